// The nodes by what they know: a table that is sorted and filtered, and a plot of knowing against mattering.

import {oneOf} from "./codecs.js";
import {count, element, fixed, theme} from "./images.js";
import {SortedTable} from "./sorted_table.js";

const SURE = 0.05; // q value below which a node is missed
const FADED = 0.15; // opacity of the nodes that are not listed

/**
 * What is known of each node, by number, on test images; null where there is nothing to measure.
 * @typedef {object} CarriedKnown
 * @property {string[]} sentences
 * @property {(number | null)[]} auc
 * @property {(number | null)[]} precision
 * @property {(number | null)[]} recall
 * @property {(number | null)[]} information
 * @property {(number | null)[]} lossRise
 * @property {(number | null)[]} lost
 * @property {(number | null)[]} lostLow
 * @property {(number | null)[]} lostHigh
 * @property {(number | null)[]} qValue
 * @property {number[]} twin
 * @property {(number | null)[]} twinCorrelation
 * @property {number[]} dead
 * @property {number[][]} counterexamples
 * @property {number} leastAuc
 */

/** The nodes of a kind whose sentence has the words, or whose number they are. */
export function listNodes(own, kind, words) {
  const kinds = {
    all: () => true,
    described: (node) => own.auc[node] >= own.leastAuc,
    undescribed: (node) => !(own.auc[node] >= own.leastAuc),
    missed: (node) => own.lost[node] > 0 && own.qValue[node] < SURE,
    dead: (node) => own.dead[node] === 1,
  };
  const wanted = words.trim().toLowerCase();
  const nodes = own.sentences.map((_, node) => node).filter(kinds[kind]);
  if (/^\d+$/.test(wanted) && Number(wanted) < own.sentences.length) return nodes.filter((node) => node === Number(wanted));
  return nodes.filter((node) => own.sentences[node].toLowerCase().includes(wanted));
}

/** A column of numbers. */
function describeNumbers(name, heading, values, digits) {
  return {name, heading, value: (node) => values[node], show: (node) => fixed(values[node], digits)};
}

/** The columns of the table; `open` opens a node. */
function describeColumns(own, open) {
  const twin = (node) => {
    if (own.twin[node] < 0) return "none";
    const button = element("button", {type: "button", text: own.twin[node], tabindex: -1, "aria-label": `open the twin, node ${own.twin[node]}`});
    button.addEventListener("click", () => open(own.twin[node]));
    return element("span", {class: "twin"}, button, element("span", {text: fixed(own.twinCorrelation[node], 2)}));
  };
  const interval = (node) => `${fixed(own.lost[node], 2)} (${fixed(own.lostLow[node], 2)} to ${fixed(own.lostHigh[node], 2)})`;
  return [
    {name: "node", heading: "Node", value: (node) => node, show: String},
    {name: "sentence", heading: "Its activation", text: true, value: (node) => own.sentences[node], show: (node) => own.sentences[node]},
    describeNumbers("auc", "AUC", own.auc, 3),
    describeNumbers("precision", "Precision", own.precision, 2),
    describeNumbers("information", "Information (bits)", own.information, 3),
    describeNumbers("lossRise", "Rise of cross-entropy without it", own.lossRise, 4),
    {name: "lost", heading: "Accuracy lost, points (95 % interval)", value: (node) => own.lost[node], show: interval},
    {name: "twin", heading: "Twin", value: (node) => (own.twin[node] < 0 ? null : Math.abs(own.twinCorrelation[node])), show: twin},
    {name: "dead", heading: "Dead", value: (node) => own.dead[node], show: (node) => (own.dead[node] ? "dead" : "")},
  ];
}

const NAMES = ["node", "sentence", "auc", "precision", "information", "lossRise", "lost", "twin", "dead"];

export class Known {
  static initial() {
    return {sorting: "-auc", kind: "all", words: ""};
  }

  static address() {
    return {
      sorting: oneOf(NAMES.flatMap((name) => [name, `-${name}`])),
      kind: oneOf(["all", "described", "undescribed", "missed", "dead"]),
    };
  }

  constructor({carried, own, state, plots}) {
    Object.assign(this, {carried, own, state});
    const open = (node) => state.set({node, colouring: "node"});
    this.columns = describeColumns(own, open);
    const nodes = own.sentences.map((_, node) => node);
    this.table = new SortedTable(document.getElementById("known-nodes"), this.columns, nodes, {open, sort: (sorting) => state.set({sorting})});
    this.words = document.getElementById("known-words");
    this.words.addEventListener("input", () => state.set({words: this.words.value}));
    this.kind = document.getElementById("known-kind");
    this.kind.addEventListener("change", () => state.set({kind: this.kind.value}));
    [this.points, this.chosen] = ["known", "known-chosen"].map((name) => plots.get_model_by_name(name));
    this.points.selected.properties.indices.change.connect(() => {
      const [node] = this.points.selected.indices;
      if (node !== undefined) open(node);
    });
  }

  redraw(changed) {
    const {sorting, kind, words, node} = this.state;
    const relisted = ["sorting", "kind", "words"].some((name) => changed.has(name));
    if (!relisted && !changed.has("node") && !changed.has("dark")) return;
    const listed = listNodes(this.own, kind, words);
    this.kind.value = kind;
    this.table.show(listed, sorting, node);
    this.showPoints(new Set(listed));
    if (!relisted) return;
    const {heading} = this.columns.find(({name}) => name === sorting.replace("-", ""));
    const order = sorting.startsWith("-") ? "the largest first" : "the smallest first";
    document.getElementById("known-count").textContent =
      `${count(listed.length)} of ${count(this.own.sentences.length)} nodes, sorted by ${heading}, ${order}.`;
  }

  /** The points of the nodes that are listed, with the open node and its twin named. */
  showPoints(listed) {
    const {node} = this.state;
    const {data} = this.points;
    const every = (value) => this.own.sentences.map((_, each) => value(each));
    this.points.data = {...data, colour: every(() => theme("accent")), opacity: every((each) => (listed.has(each) ? 0.85 : FADED))};
    const twin = this.own.twin[node];
    const named = twin < 0 ? [node] : [node, twin];
    this.chosen.data = {
      information: named.map((each) => data.information[each]),
      loss: named.map((each) => data.loss[each]),
      name: named.map((each, i) => (i ? `T ${each}` : String(each))),
      line: named.map(() => theme("text")),
    };
  }
}
