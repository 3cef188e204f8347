// A table of buttons, a row each, which a click on a heading sorts and arrow keys walk through.

import {element} from "./images.js";

/**
 * A column of the table.
 * @typedef {object} Column
 * @property {string} name - by which it is sorted
 * @property {string} heading
 * @property {Function} value - of a row: a number, a text, or null, which stands last
 * @property {Function} show - of a row: what stands in the cell, a text or an element
 * @property {boolean} [text] - set left, and sorted from the first letter on
 */

/** The rows in the order of a column; `sorting` is its name, with a minus before it for the largest first. */
export function sortRows(rows, columns, sorting) {
  const {value} = columns.find(({name}) => name === sorting.replace("-", ""));
  const sign = sorting.startsWith("-") ? -1 : 1;
  const missing = (row) => value(row) === null;
  return rows.toSorted((a, b) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b) || a - b;
    const [one, other] = [value(a), value(b)];
    if (one === other) return a - b;
    return sign * (one < other ? -1 : 1);
  });
}

/** What is sorted by when the heading of a column is pressed: the other way round if it was that column already. */
export function sortBy({name, text}, sorting) {
  const [up, down] = [name, `-${name}`];
  if (sorting === up || sorting === down) return sorting === up ? down : up;
  return text ? up : down;
}

/** Say in the headings of a table by which of its columns it is sorted. */
export function markSorted(head, columns, sorting) {
  columns.forEach(({name}, i) => {
    const sorted = name === sorting.replace("-", "");
    head.rows[0].cells[i].ariaSort = sorted ? (sorting.startsWith("-") ? "descending" : "ascending") : null;
  });
}

/** The row that an arrow key leads to from the one whose button has it, if it leads to one of those `shown`. */
export function rowBeside(event, shown) {
  const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
  const button = event.target.closest("th button");
  return step && button ? shown[shown.indexOf(Number(button.value)) + step] : undefined;
}

export class SortedTable {
  /**
   * `rows` are integers, the first column their buttons.
   * @param {HTMLTableElement} table
   * @param {Column[]} columns
   * @param {number[]} rows
   * @param {object} answers
   * @param {Function} answers.sort - called with what the visitor sorts by
   * @param {Function} answers.open - called with the row whose button is pressed
   */
  constructor(table, columns, rows, {sort, open}) {
    Object.assign(this, {columns, rows, order: sort, open});
    [this.head, this.body] = [table.tHead, table.tBodies[0]];
    this.head.append(element("tr", {}, ...columns.map((column) => this.heading(column))));
    this.lines = new Map(rows.map((row) => [row, this.line(row)]));
    this.body.addEventListener("keydown", (event) => this.move(event));
    this.body.addEventListener("click", (event) => {
      const button = event.target.closest("th button");
      if (button) open(Number(button.value));
    });
  }

  heading(column) {
    const button = element("button", {type: "button", text: column.heading});
    button.addEventListener("click", () => this.order(sortBy(column, this.sorting)));
    return element("th", {scope: "col", ...(column.text && {class: "text"})}, button);
  }

  line(row) {
    const [first, ...others] = this.columns;
    const button = element("button", {type: "button", value: row, text: first.show(row), tabindex: -1});
    const cells = others.map(({show, text}) => element("td", text ? {class: "text"} : {}, show(row)));
    return element("tr", {}, element("th", {scope: "row"}, button), ...cells);
  }

  /** Show those of `rows` that are `listed`, sorted; `current` is the one that is open. */
  show(listed, sorting, current) {
    this.sorting = sorting;
    markSorted(this.head, this.columns, sorting);
    this.shown = sortRows(listed, this.columns, sorting);
    this.body.replaceChildren(...this.shown.map((row) => this.lines.get(row)));
    for (const [row, line] of this.lines) line.ariaCurrent = row === current ? "true" : null;
    this.focusable(this.shown.includes(current) ? current : this.shown[0]);
  }

  /** The one row that is reached with the tab key. */
  focusable(row) {
    for (const [each, line] of this.lines) line.querySelector("button").tabIndex = each === row ? 0 : -1;
  }

  move(event) {
    const row = rowBeside(event, this.shown);
    if (row === undefined) return;
    event.preventDefault();
    this.focusable(row);
    this.lines.get(row).querySelector("button").focus();
  }
}
