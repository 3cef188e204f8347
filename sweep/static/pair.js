// Two trials side by side: what they were given and what they reached, their mistakes, their nodes, the line that draws both.

import {integersBelow} from "../../page/static/codecs.js";
import {element, paintWeights} from "../../page/static/images.js";
import {showValue} from "./axes.js";
import {findStarts} from "./sweep_carried.js";

const NUMBERED = 12; // classes up to which a confusion matrix has its numbers written in

/** The pair with a trial ticked, the older one making room for a third, or not ticked; trials from 1 on, 0 for none. */
export function setPair(pair, number, ticked) {
  const others = pair.filter((one) => one && one !== number);
  const [first = 0, second = 0] = ticked ? [...others, number].slice(-2) : others;
  return [first, second];
}

export class Pair {
  static initial({done}) {
    return {pair: [(done[0] ?? -1) + 1, 0]};
  }

  static address({trials}) {
    return {pair: integersBelow([trials.length + 1, trials.length + 1])};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state});
    this.starts = {
      confusions: findStarts(carried.confusions.classes.map((classes) => classes ** 2)),
      pictures: findStarts(carried.pictures.trials.map((trial, i) => carried.pictures.nodes[i].length * this.pixelsOf(trial))),
    };
    this.choices = ["pair-first", "pair-second"].map((id) => document.getElementById(id));
    this.choices.forEach((choice, k) => {
      choice.append(element("option", {value: 0, text: "none"}), ...carried.trials.map((name, i) => element("option", {value: i + 1, text: name})));
      choice.addEventListener("change", () => state.set({pair: state.pair.with(k, Number(choice.value))}));
    });
    document.getElementById("copy-diff").addEventListener("click", () => this.copy());
  }

  pixelsOf(trial) {
    const {rows = 0, columns = 0} = this.carried.datasets[this.carried.dataset[trial]] ?? {};
    return rows * columns;
  }

  /** The trials that are chosen, by number from 0. */
  get trials() {
    return this.state.pair.filter(Boolean).map((number) => number - 1);
  }

  redraw(changed) {
    if (!changed.has("pair") && !changed.has("dark")) return;
    const {trials, carried} = this;
    this.choices.forEach((choice, k) => (choice.value = this.state.pair[k]));
    const line = document.getElementById("diff-line");
    const both = trials.length === 2;
    line.textContent = both ? `make diff EXP="${trials.map((trial) => carried.trials[trial]).join(" ")}"` : "Choose two trials for the line that draws both.";
    document.getElementById("copy-diff").disabled = !both;
    document.getElementById("diff-note").textContent = "";
    this.showTable(trials);
    for (const [id, show] of [["pair-confusions", this.showConfusions], ["pair-pictures", this.showPictures]]) {
      document.getElementById(id).replaceChildren(...trials.map((trial) => element("div", {}, element("h4", {text: carried.trials[trial]}), ...show.call(this, trial))));
    }
  }

  showTable(trials) {
    const {columns, status, trials: names} = this.carried;
    const table = document.getElementById("pair-table");
    table.tHead.replaceChildren(element("tr", {}, element("th", {scope: "col", text: "Trial"}), ...trials.map((trial) => element("th", {scope: "col", text: names[trial]}))));
    const rows = [{name: "status", cells: trials.map((trial) => status[trial])}];
    for (const column of columns) rows.push({name: column.name, cells: trials.map((trial) => showValue(column, column.values[trial]))});
    table.tBodies[0].replaceChildren(
      ...rows.map(({name, cells}) => {
        const differs = cells.length === 2 && cells[0] !== cells[1];
        return element("tr", differs ? {class: "differs"} : {}, element("th", {scope: "row", text: name}), ...cells.map((text) => element("td", {text})));
      }),
    );
  }

  showConfusions(trial) {
    const {confusions, datasets, dataset} = this.carried;
    const which = confusions.trials.indexOf(trial);
    if (which < 0) return [element("p", {class: "note", text: "The page has no confusion matrix of this trial."})];
    const size = confusions.classes[which];
    const counts = confusions.counts.subarray(this.starts.confusions[which], this.starts.confusions[which] + size ** 2);
    const known = datasets[dataset[trial]]?.classes;
    const names = known?.length === size ? known : Array.from({length: size}, (_, k) => String(k));
    const most = [true, false].map((is) => counts.reduce((top, value, i) => ((Math.floor(i / size) === i % size) === is ? Math.max(top, value) : top), 1));
    const rows = names.map((name, actual) => {
      const cells = names.map((other, predicted) => {
        const images = counts[actual * size + predicted];
        const is = actual === predicted;
        const cell = element("td", {class: is ? "is" : "as", title: `${name} predicted as ${other}: ${images}`, "data-value": images, text: size > NUMBERED ? "" : images || "·"});
        cell.style.setProperty("--share", images / most[is ? 0 : 1]);
        return cell;
      });
      return element("tr", {}, element("th", {scope: "row", text: name}), ...cells);
    });
    const head = element("tr", {}, element("td"), ...names.map((name) => element("th", {scope: "col", text: name})));
    const caption = element("caption", {text: "Rows: the actual class. Columns: the predicted class."});
    const table = element("table", {class: "confusion"}, caption, element("thead", {}, head), element("tbody", {}, ...rows));
    return [element("div", {class: "wide", tabindex: 0, role: "region", "aria-label": `Confusion matrix of ${this.carried.trials[trial]}`}, table)];
  }

  showPictures(trial) {
    const {pictures, datasets, dataset} = this.carried;
    const which = pictures.trials.indexOf(trial);
    if (which < 0) return [element("p", {class: "note", text: "The page has no weights of this trial."})];
    const size = this.pixelsOf(trial);
    const figures = pictures.nodes[which].map((node, i) => {
      const start = this.starts.pictures[which] + i * size;
      const weights = Float32Array.from(pictures.pixels.subarray(start, start + size), (value) => value - 128);
      const largest = Number(pictures.largest[which][i].toPrecision(3));
      const canvas = element("canvas", {role: "img", "aria-label": `Incoming weights of node ${node}, the largest ${largest}`});
      paintWeights(canvas, weights, datasets[dataset[trial]]);
      return element("figure", {title: `largest weight ${largest}`}, canvas, element("figcaption", {text: `node ${node}`}));
    });
    return [element("div", {class: "pictures"}, ...figures)];
  }

  async copy() {
    const line = document.getElementById("diff-line");
    const note = document.getElementById("diff-note");
    try {
      await navigator.clipboard.writeText(line.textContent);
      note.textContent = "Copied: run it in a terminal of the project.";
    } catch {
      // Without the right to the clipboard, the visitor copies what is marked.
      getSelection().selectAllChildren(line);
      note.textContent = "Marked: copy it from there.";
    }
  }
}
