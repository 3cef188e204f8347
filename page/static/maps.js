// The four maps: what colours their points, what is selected in all of them, which image is pointed at.

import {oneOf} from "./codecs.js";
import {blend, count, element, paintImage, showImage, theme} from "./images.js";

const SHOWN = 24; // images of a selection
const SIZES = {plain: 5, wrong: 9};
const GAP = 14; // screen pixels between the pointer and the image beside it

export class Maps {
  static initial() {
    return {colouring: "class", images: []};
  }

  static address() {
    return {colouring: oneOf(["class", "correct", "node"])};
  }

  constructor({carried, state, plots, views}) {
    Object.assign(this, {carried, state, plots, views});
    this.source = plots.get_model_by_name("images");
    this.images = carried.images.slice(0, carried.training);
    this.source.selected.properties.indices.change.connect(() => state.set({images: this.source.selected.indices}));
    this.source.inspect.connect(([renderer, {geometry}]) => this.point(renderer, geometry));
    for (const place of document.querySelectorAll(".plot")) place.addEventListener("pointerleave", () => this.hideTip());
    for (const choice of document.querySelectorAll("[name=colour-by]")) {
      choice.addEventListener("change", () => state.set({colouring: choice.value}));
    }
    this.chips = [...document.querySelectorAll("#classes button")];
    this.chips.forEach((chip) => chip.addEventListener("click", () => this.toggle(chip)));
    document.getElementById("clear-selection").addEventListener("click", () => state.set({images: []}));
    // With a finger, dragging scrolls the page until a tool is chosen.
    if (matchMedia("(pointer: coarse)").matches) {
      for (const plot of plots.roots()) plot.toolbar.active_drag = null;
    }
  }

  /** The activations of the chosen node for the images. */
  get activations() {
    return this.carried.activationsOf(this.state.node);
  }

  redraw(changed) {
    const {node, colouring, images} = this.state;
    if (changed.has("node")) document.getElementById("colour-node").textContent = `activation of node ${node}`;
    if (changed.has("colouring") || changed.has("dark") || (changed.has("node") && colouring === "node")) this.colour();
    if (changed.has("images")) {
      if (this.source.selected.indices !== images) this.source.selected.indices = images;
      this.showSelection();
    }
  }

  /** Colour the points by class, by correct or misclassified, or by the activation of the chosen node. */
  colour() {
    const {colouring} = this.state;
    document.querySelector(`[name=colour-by][value=${colouring}]`).checked = true;
    const {actual, predicted, colours} = this.carried;
    const correct = (i) => actual[i] === predicted[i];
    const every = (value) => this.images.map((_, i) => value(i));
    const shades = {correct: theme("correct"), wrong: theme("wrong"), low: theme("low"), high: theme("high")};
    const judged = colouring === "correct";
    let colour = (i) => colours[actual[i]];
    if (judged) colour = (i) => shades[correct(i) ? "correct" : "wrong"];
    if (colouring === "node") {
      const {activations} = this;
      const [low, high] = [Math.min(...activations), Math.max(...activations)];
      colour = (i) => blend(shades.low, shades.high, high > low ? (activations[i] - low) / (high - low) : 0);
      [...document.querySelectorAll("#scale output")].forEach((end, i) => (end.textContent = [low, high][i].toFixed(2)));
    }
    this.source.data = {
      ...this.source.data,
      colour: every(colour),
      size: every((i) => (judged && !correct(i) ? SIZES.wrong : SIZES.plain)),
      opacity: every((i) => (judged && correct(i) ? 0.35 : 0.85)),
    };
    for (const legend of document.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== colouring;
  }

  /** Add all images of a class to the selection, or take them out. */
  toggle(chip) {
    const pressed = chip.getAttribute("aria-pressed") !== "true";
    chip.setAttribute("aria-pressed", pressed);
    const chosen = this.chips.map((each) => each.getAttribute("aria-pressed") === "true");
    this.state.set({images: this.images.map((_, i) => i).filter((i) => chosen[this.carried.actual[i]])});
  }

  /** How many of each class are selected, and the first of them. */
  showSelection() {
    const {actual, predicted, index} = this.carried;
    const indices = this.state.images;
    const counts = this.chips.map(() => 0);
    for (const i of indices) counts[actual[i]]++;
    this.chips.forEach((chip, k) => {
      const all = this.images.filter((_, i) => actual[i] === k).length;
      chip.setAttribute("aria-pressed", counts[k] > 0 && counts[k] === all);
      chip.querySelector("span").textContent = indices.length ? count(counts[k]) : count(all);
    });
    const wrong = indices.filter((i) => actual[i] !== predicted[i]).length;
    document.getElementById("selection").textContent = indices.length
      ? `${count(indices.length)} of ${count(this.images.length)} images selected, ${count(wrong)} of them misclassified.`
      : `Nothing is selected: the counts are those of all ${count(this.images.length)} images.`;
    document.getElementById("clear-selection").disabled = !indices.length;
    document.getElementById("selected-images").replaceChildren(
      ...indices.slice(0, SHOWN).map((i) => showImage(this.images[i], this.carried.shape, this.describe(i), `#${index[i]}`)),
      ...(indices.length > SHOWN ? [element("p", {class: "more", text: `and ${count(indices.length - SHOWN)} more`})] : []),
    );
  }

  describe(i) {
    const {actual, predicted, index, classes} = this.carried;
    return `Training image #${index[i]}: ${classes[actual[i]]}, predicted as ${classes[predicted[i]]}`;
  }

  /** Show the image that is pointed at, beside the pointer; it is marked on all maps. */
  point(renderer, {sx, sy}) {
    const [i] = this.source.inspected.indices;
    const plot = this.plots.roots().find((root) => root.renderers.includes(renderer));
    if (i === undefined || !plot) {
      this.hideTip();
      return;
    }
    const {actual, predicted, index, classes, shape} = this.carried;
    const tip = document.getElementById("tip");
    paintImage(tip.querySelector("canvas"), this.images[i], shape);
    tip.querySelector("canvas").setAttribute("aria-label", this.describe(i));
    const verdict = actual[i] === predicted[i] ? "✓" : "✗";
    const words = [`#${index[i]}`, classes[actual[i]], `predicted as ${classes[predicted[i]]} ${verdict}`];
    if (this.state.colouring === "node") words.push(`node ${this.state.node}: ${this.activations[i].toFixed(2)}`);
    tip.querySelector("p").replaceChildren(...words.map((text) => element("span", {text})));
    tip.hidden = false;
    const box = this.views.get(plot).el.getBoundingClientRect();
    const left = Math.min(box.left + sx + GAP, document.documentElement.clientWidth - tip.offsetWidth - GAP);
    const top = Math.min(box.top + sy + GAP, document.documentElement.clientHeight - tip.offsetHeight - GAP);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  hideTip() {
    document.getElementById("tip").hidden = true;
  }
}
