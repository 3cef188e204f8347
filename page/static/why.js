// Why is an image taken for this class and not for the next best? A waterfall of the nodes' contributions, as a table.

import {heldValues} from "./holding.js";
import {element, fixed, imageShown, paintImage} from "./images.js";
import {explain, hold} from "./scores.js";

const BARS = 12; // nodes with a bar of their own

/** The rows of the waterfall: the bias, the largest contributions, the sum of all others; each begins where the last ends. */
export function stackParts({bias, parts, difference}, listed = BARS) {
  const order = Array.from(parts, (_, node) => node).toSorted((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]) || a - b);
  const rest = order.slice(listed);
  const rows = order.slice(0, listed).map((node) => ({node, value: parts[node]}));
  if (rest.length) rows.push({name: rest.length === 1 ? "the other node" : `the other ${rest.length} nodes`, value: rest.reduce((sum, node) => sum + parts[node], 0)});
  rows.push({name: "biases", value: bias});
  let at = 0;
  for (const row of rows) Object.assign(row, {from: at, to: (at += row.value)});
  return [...rows, {name: "difference of the scores", value: difference, from: 0, to: difference, total: true}];
}

export class Why {
  static initial({actual, predicted, training}) {
    const wrong = actual.findIndex((is, i) => i >= training && is !== predicted[i]);
    return {image: wrong < 0 ? training : wrong};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state});
    this.means = carried.panels.off.levels.filter((_, i) => i % 3 === 0);
    const {actual, predicted, training, images} = carried;
    const tests = images.map((_, i) => i).slice(training);
    const next = (chosen) => state.set({image: chosen.find((i) => i > state.image) ?? chosen[0]});
    const wrong = tests.filter((i) => actual[i] !== predicted[i]);
    document.getElementById("why-next").addEventListener("click", () => next(tests));
    document.getElementById("why-wrong").disabled = !wrong.length;
    document.getElementById("why-wrong").addEventListener("click", () => next(wrong));
    document.getElementById("why-drawn").hidden = !document.getElementById("draw");
    document.getElementById("why-drawn").addEventListener("click", () => state.set({image: -1}));
    document.addEventListener("click", ({target}) => this.open(imageShown(target)));
    document.getElementById("why-parts").addEventListener("click", ({target}) => {
      const button = target.closest("button");
      if (!button) return;
      state.set({node: Number(button.value), colouring: "node"});
      document.getElementById("nodes").scrollIntoView();
    });
  }

  /** Open the image that was clicked, if it was one that the page carries. */
  open(image) {
    const found = image ? this.carried.images.indexOf(image) : -1;
    if (found < 0) return;
    this.state.set({image: found});
    document.getElementById("why").scrollIntoView();
  }

  redraw(changed) {
    if (!["image", "off", "offAt", "levels"].some((name) => changed.has(name)) && !(changed.has("drawn") && this.state.image < 0)) return;
    const {image, drawn} = this.state;
    const {images, network, shape} = this.carried;
    const pixels = image < 0 ? drawn : images[image];
    paintImage(document.getElementById("why-image"), pixels, shape);
    const activations = hold(network.activations(pixels), heldValues(this.state, this.means));
    this.found = explain(network, activations);
    this.showWords(image);
    this.showParts(activations);
  }

  showWords(image) {
    const {classes, index, actual, training, noun} = this.carried;
    const {winner, other, difference} = this.found;
    const kind = image < training ? "Training" : "Test";
    const name = image < 0 ? `Your ${noun}` : `${kind} image #${index[image]}: ${classes[actual[image]]}`;
    document.getElementById("why-name").textContent = name;
    document.getElementById("why-image").setAttribute("aria-label", name);
    document.getElementById("why-winner").textContent = classes[winner];
    document.getElementById("why-other").textContent = classes[other];
    const held = this.state.off.length || this.state.levels.length ? ", with the nodes that are held" : "";
    const verdict = image < 0 ? "" : actual[image] === winner ? " ✓" : " ✗";
    document.getElementById("why-text").textContent =
      `Predicted as ${classes[winner]}${verdict}${held}; the next best is ${classes[other]}. Their scores differ by ${difference.toFixed(3)}.`;
  }

  showParts(activations) {
    const rows = stackParts(this.found);
    const ends = rows.flatMap(({from, to}) => [from, to]);
    const low = Math.min(...ends);
    const width = Math.max(...ends) - low || 1;
    const show = ({node, name, value, from, to, total}) => {
      const head = node === undefined ? name : element("button", {type: "button", value: node, text: `node ${node}`});
      const product = node === undefined ? "" : `${fixed(activations[node], 2)} × ${fixed(this.found.weights[node], 2)}`;
      const place = `--from: ${(Math.min(from, to) - low) / width}; --share: ${Math.abs(value) / width}`;
      const bar = element("span", {class: value < 0 ? "bar against" : "bar", "aria-hidden": true});
      bar.style.cssText = place;
      const cells = [product, `${value < 0 ? "" : "+"}${fixed(value, 3)}`].map((text) => element("td", {text}));
      return element("tr", total ? {class: "total"} : {}, element("th", {scope: "row"}, head), ...cells, element("td", {}, bar));
    };
    document.querySelector("#why-parts tbody").replaceChildren(...rows.map(show));
  }
}
