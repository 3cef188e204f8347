// The table of trials: sorted by a click on a heading, filtered, saved as CSV; two of them ticked to be compared.

import {oneOf} from "../../page/static/codecs.js";
import {count, element} from "../../page/static/images.js";
import {markSorted, rowBeside, sortBy, sortRows} from "../../page/static/sorted_table.js";
import {offer, saveText, writeCsv} from "../../page/static/take_along.js";
import {showValue} from "./axes.js";
import {afterwards, insideOf} from "./brushed.js";
import {setPair} from "./pair.js";

const ROWS = 100; // that are shown at first, and more at each press of the button
const KINDS = ["all", "brushed", "done", "failed", "running", "waiting"];

/** The columns of the table; rows are the numbers of trials. */
function describeTable({trials, status, columns}) {
  return [
    {name: "trial", heading: "Trial", text: true, value: (row) => row, show: (row) => trials[row]},
    {name: "status", heading: "Status", text: true, value: (row) => status[row], show: (row) => status[row]},
    ...columns.map((column, i) => ({
      name: `c${i}`,
      heading: column.name,
      text: !column.numeric,
      value: (row) => column.values[row],
      show: (row) => showValue(column, column.values[row]),
    })),
  ];
}

/** A trial's value as it was measured. */
function writeValue({levels, numeric, values}, row) {
  if (values[row] === null) return "";
  return numeric ? String(values[row]) : levels[values[row]];
}

export class Trials {
  static initial() {
    return {sorting: "trial", listed: "all", words: ""};
  }

  static address({columns}) {
    const names = ["trial", "status", ...columns.map((_, i) => `c${i}`)];
    return {sorting: oneOf(names.flatMap((name) => [name, `-${name}`])), listed: oneOf(KINDS)};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state, columns: describeTable(carried), most: ROWS, lines: new Map()});
    const table = document.getElementById("trial-table");
    [this.head, this.body] = [table.tHead, table.tBodies[0]];
    this.head.append(element("tr", {}, ...this.columns.map((column) => this.heading(column)), element("th", {scope: "col", text: "Compare"})));
    this.body.addEventListener("click", (event) => this.answer(event));
    this.body.addEventListener("keydown", (event) => this.walk(event));
    this.words = document.getElementById("trial-words");
    this.words.addEventListener("input", () => state.set({words: this.words.value}));
    this.kind = document.getElementById("trial-kind");
    this.kind.addEventListener("change", () => state.set({listed: this.kind.value}));
    this.more = document.getElementById("trial-more");
    this.listSoon = afterwards(() => this.list());
    offer(table.closest(".wide"), "the trials that are listed", {CSV: () => saveText(this.writeTable(), "trials.csv", "text/csv")});
  }

  heading(column) {
    const button = element("button", {type: "button", text: column.heading});
    button.addEventListener("click", () => this.state.set({sorting: sortBy(column, this.state.sorting)}));
    return element("th", {scope: "col", ...(column.text && {class: "text"})}, button);
  }

  /** The row of a trial, made when it is first seen. */
  line(row) {
    if (!this.lines.has(row)) {
      const name = this.carried.trials[row];
      const cells = this.columns.slice(1).map(({show, text}) => element("td", {text: show(row), ...(text && {class: "text"})}));
      const tick = element("input", {type: "checkbox", value: row, "aria-label": `Compare ${name}`});
      const button = element("button", {type: "button", value: row, text: name, tabindex: -1});
      this.lines.set(row, element("tr", {}, element("th", {scope: "row"}, button), ...cells, element("td", {}, tick)));
    }
    return this.lines.get(row);
  }

  answer({target}) {
    const {state} = this;
    const [button, tick] = [target.closest("th button"), target.closest("input")];
    if (tick) state.set({pair: setPair(state.pair, Number(tick.value) + 1, tick.checked)});
    if (!button) return;
    const number = Number(button.value) + 1;
    state.set({pair: [number, state.pair[1] === number ? 0 : state.pair[1]]});
    document.getElementById("pair").scrollIntoView();
  }

  walk(event) {
    const next = rowBeside(event, this.shown);
    if (next === undefined) return;
    event.preventDefault();
    this.focusable(next);
    this.line(next).querySelector("button").focus();
  }

  focusable(row) {
    for (const [each, line] of this.lines) line.querySelector("button").tabIndex = each === row ? 0 : -1;
  }

  redraw(changed) {
    if (changed.has("pair")) this.tick();
    if (changed.has("brushes")) this.listSoon();
    if (!["sorting", "listed", "words"].some((name) => changed.has(name))) return;
    this.most = ROWS;
    this.list();
  }

  tick() {
    for (const [row, line] of this.lines) line.querySelector("input").checked = this.state.pair.includes(row + 1);
  }

  /** The trials that the visitor asks for, sorted. */
  find() {
    const {carried, state} = this;
    const inside = insideOf(carried, state);
    const words = state.words.trim().toLowerCase().split(/\s+/);
    const fits = (row) => words.every((word) => carried.trials[row].toLowerCase().includes(word));
    const kinds = {all: () => true, brushed: (row) => inside[row] && carried.status[row] === "done"};
    const isKind = kinds[state.listed] ?? ((row) => carried.status[row] === state.listed);
    return sortRows(carried.every.filter((row) => isKind(row) && fits(row)), this.columns, state.sorting);
  }

  list() {
    const {carried, state} = this;
    const inside = insideOf(carried, state);
    this.kind.value = state.listed;
    this.words.value = state.words;
    this.found = this.find();
    this.shown = this.found.slice(0, this.most);
    const had = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.body.replaceChildren(...this.shown.map((row) => this.line(row)));
    for (const row of this.shown) this.line(row).classList.toggle("outside", !inside[row]);
    if (had?.isConnected) had.focus();
    this.focusable(this.shown.includes(state.pair[0] - 1) ? state.pair[0] - 1 : this.shown[0]);
    this.tick();
    markSorted(this.head, this.columns, state.sorting);
    this.describe();
  }

  describe() {
    const {found, shown, state, carried} = this;
    const {heading} = this.columns.find(({name}) => name === state.sorting.replace("-", ""));
    const first = shown.length < found.length ? `, of which the first ${count(shown.length)} are shown` : "";
    document.getElementById("trial-count").textContent =
      `${count(found.length)} of ${count(carried.trials.length)} trials${first}, sorted by ${heading}.`;
    const more = element("button", {type: "button", text: `Show ${Math.min(ROWS, found.length - shown.length)} more`});
    more.addEventListener("click", () => {
      this.most += ROWS;
      this.list();
    });
    this.more.replaceChildren(...(shown.length < found.length ? [more] : []));
  }

  /** All trials that are listed, with the values as they were measured. */
  writeTable() {
    const {trials, status, columns} = this.carried;
    const names = ["experiment", "status", ...columns.map(({name}) => name)];
    return writeCsv([names, ...this.found.map((row) => [trials[row], status[row], ...columns.map((column) => writeValue(column, row))])]);
  }
}
