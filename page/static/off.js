// Nodes off or set: what the visitor switches, and what becomes of the test images.

import {newestOnly} from "./ask.js";
import {integerBelow, numbers, oneOf, subsetBelow} from "./codecs.js";
import {describeHeld, drawNodes, heldValues, readNodes, setLevel, switchNodes} from "./holding.js";
import {element, percent, theme} from "./images.js";
import {NodeButtons} from "./node_buttons.js";
import {OffResults} from "./off_results.js";

const LEVEL_DIGITS = 4; // significant ones, of a value at which a node is set

/**
 * What nodes may be held at, and in which orders they are kept: float64 (nodes, 3), mean and two percentiles.
 * @typedef {object} CarriedOff
 * @property {Packed} levels
 * @property {string[]} measures
 * @property {number[][]} orders
 * @property {number[]} kept
 * @property {number[][]} atMean
 * @property {number[][]} atZero
 */

const field = (name) => document.getElementById(`off-${name}`);
const meansOf = ({levels}) => levels.filter((_, i) => i % 3 === 0);
const choose = ({off, offAt, levels}) => ({off, offAt, levels});

export class Off {
  static initial() {
    return {off: [], offAt: "mean", levels: [], measure: 0};
  }

  static address({network, panels}) {
    const {nodes} = network;
    return {
      off: subsetBelow(nodes),
      offAt: oneOf(["mean", "zero"]),
      levels: numbers(0, 2 * nodes),
      measure: integerBelow(panels.off.measures.length),
    };
  }

  constructor({carried, own, state, plots, ask}) {
    Object.assign(this, {carried, own, state, plots, ask, past: [], dragged: false, free: null});
    this.update = newestOnly((held) => this.answer(held));
    this.means = meansOf(own);
    this.results = new OffResults(carried);
    this.buttons = new NodeButtons(field("nodes"), carried.network.nodes, (node, on) => this.switch([node], on ? "off" : "on"));
    field("measure").append(...own.measures.map((name, i) => element("option", {value: i, text: name})));
    field("measure").addEventListener("change", () => state.set({measure: Number(field("measure").value)}));
    field("which").addEventListener("change", () => this.showFields());
    for (const button of document.querySelectorAll("#off [data-how]")) button.addEventListener("click", () => this.switch(this.read(), button.dataset.how));
    for (const choice of document.querySelectorAll("[name=off-at]")) choice.addEventListener("change", () => this.change({offAt: choice.value}));
    field("undo").addEventListener("click", () => this.undo());
    field("reset").addEventListener("click", () => this.change({off: [], levels: []}));
    field("level").addEventListener("input", () => this.set(Number(Number(field("level").value).toPrecision(LEVEL_DIGITS)), true));
    field("level").addEventListener("change", () => (this.dragged = false));
    field("free").addEventListener("click", () => this.set(null, false));
    field("node").addEventListener("change", () => this.choose());
    field("open").addEventListener("click", () => document.getElementById("nodes").scrollIntoView());
  }

  /** The nodes that the fields choose; a text that names none says so, and chooses none. */
  read() {
    const {nodes} = this.carried.network;
    const [which, number] = [field("which").value, Math.max(0, Math.round(Number(field("k").value)))];
    if (which === "best") return this.own.orders[this.state.measure].slice(0, number);
    if (which === "random") return drawNodes(number, nodes);
    try {
      field("numbers").setCustomValidity("");
      return readNodes(field("numbers").value, nodes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      field("numbers").setCustomValidity(`Numbers from 0 to ${nodes - 1}, such as 3-17, 20`);
      field("numbers").reportValidity();
      return [];
    }
  }

  switch(nodes, how) {
    if (nodes.length) this.change(switchNodes(this.state, nodes, how, this.carried.network.nodes));
  }

  set(value, dragged) {
    this.change(setLevel(this.state, this.state.node, value), dragged);
  }

  /** Take over a change that can be undone; the steps of one drag are one. */
  change(choices, dragged = false) {
    if (!(dragged && this.dragged)) this.past.push(choose(this.state));
    this.dragged = dragged;
    this.state.set(choices);
  }

  undo() {
    this.state.set(this.past.pop());
  }

  choose() {
    const node = Math.round(Number(field("node").value));
    if (node >= 0 && node < this.carried.network.nodes) this.state.set({node, colouring: "node"});
    field("node").value = this.state.node;
  }

  redraw(changed) {
    const any = (...names) => names.some((name) => changed.has(name));
    const held = heldValues(this.state, this.means);
    if (any("measure")) this.showMeasure();
    if (any("off", "offAt", "levels")) {
      this.buttons.show(this.state, held);
      document.querySelector(`[name=off-at][value=${this.state.offAt}]`).checked = true;
      this.updated = this.update(held);
    }
    if (any("off", "offAt", "levels", "node")) this.showLevel(held);
    if (any("off", "offAt", "levels", "drawn")) this.results.showDrawn(this.state.drawn, held);
    if (any("measure", "dark")) this.showCurve();
    field("undo").disabled = !this.past.length;
    field("reset").disabled = !this.state.off.length && !this.state.levels.length;
  }

  /** Have the worker predict with these nodes held, and show it. */
  async answer(held) {
    const {actual, predicted, training} = this.carried;
    const allFree = held.every(Number.isNaN);
    if (!allFree && !this.free) this.free = await this.prepare();
    const free = this.free ?? predicted.slice(training);
    const now = allFree ? free : await this.ask("predict", held);
    this.accuracy = this.results.show(actual.slice(training), free, now, describeHeld(this.state));
    this.showMark();
  }

  /** The first question, about all nodes on, takes the longest. */
  async prepare() {
    const progress = field("progress");
    progress.hidden = false;
    field("status").textContent = "The activations of the test images are computed, once.";
    const free = await this.ask("predict", new Float64Array(this.means.length).fill(NaN), (share) => (progress.value = share));
    progress.hidden = true;
    return free;
  }

  showFields() {
    for (const label of document.querySelectorAll("#off [data-which]")) label.hidden = !label.dataset.which.includes(field("which").value);
  }

  showMeasure() {
    const {measures, orders} = this.own;
    field("measure").value = this.state.measure;
    field("nodes-title").textContent = `Nodes, the best by ${measures[this.state.measure]} first`;
    this.buttons.order(orders[this.state.measure]);
  }

  /** The slider of the open node: from 0 to its 99th percentile, and down to the first where that is below 0. */
  showLevel(held) {
    const {node} = this.state;
    const [mean, low, high] = this.own.levels.subarray(3 * node, 3 * node + 3);
    const slider = field("level");
    [slider.min, slider.max] = [Math.min(0, low), Math.max(0, high)];
    slider.disabled = Number(slider.min) === Number(slider.max);
    const free = Number.isNaN(held[node]);
    slider.value = free ? mean : held[node];
    field("node").value = node;
    field("value").textContent = free ? "free" : held[node].toFixed(2);
    slider.setAttribute("aria-valuetext", free ? `free, its mean is ${mean.toFixed(2)}` : held[node].toFixed(2));
    field("free").disabled = free;
  }

  showCurve() {
    const {kept, atMean, atZero, measures} = this.own;
    const [at_mean, at_zero, random] = [atMean[this.state.measure], atZero[this.state.measure], atMean[measures.length]];
    this.plots.get_model_by_name("kept").data = {nodes: kept, at_mean, at_zero, random};
    const cells = (i) => [kept[i], ...[at_mean, at_zero, random].map((curve) => percent(curve[i]))].map((text) => element("td", {text}));
    field("kept").tBodies[0].replaceChildren(...kept.map((_, i) => element("tr", {}, ...cells(i))));
    this.showMark();
  }

  /** A star where the visitor is: nodes that are not off, and the accuracy. */
  showMark() {
    const nodes = this.means.length - this.state.off.length;
    const seen = nodes > 0 && this.accuracy !== undefined;
    const data = {nodes: [nodes], accuracy: [this.accuracy], line: [theme("text")], fill: [theme("high")]};
    this.plots.get_model_by_name("kept-mark").data = seen ? data : {nodes: [], accuracy: [], line: [], fill: []};
  }
}
