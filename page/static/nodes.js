// The node inspector: one hidden node from every side.

import {integerBelow} from "./codecs.js";
import {count, element, fixed, paintWeights, showImage, theme} from "./images.js";

const TOP = 12; // images with the largest, and with the smallest activations
const LISTED = 20; // nodes in the list without scrolling

/** How well a node's sentence fits, what the node tells, and what is lost without it. */
function describeFigures(known, node) {
  const measures = {AUC: known.auc, precision: known.precision, recall: known.recall};
  const figures = Object.entries(measures).filter(([, values]) => values[node] !== null);
  const words = figures.map(([name, values]) => `${name} ${fixed(values[node], 2)}`);
  words.push(`information on the class ${fixed(known.information[node], 2)} bits`);
  words.push(`rise of the cross-entropy without it ${fixed(known.lossRise[node], 4)}`);
  return `On test images: ${words.join(", ")}.`;
}

export class Nodes {
  static initial({ranked}) {
    return {node: ranked[0]};
  }

  static address({network}) {
    return {node: integerBelow(network.nodes)};
  }

  constructor({carried, state, plots}) {
    Object.assign(this, {carried, state});
    this.outgoing = plots.get_model_by_name("outgoing");
    this.boxes = plots.get_model_by_name("boxes");
    this.list = document.getElementById("node");
    this.list.append(
      ...carried.ranked.map((node, i) =>
        element("option", {value: node, text: `${i + 1}. node ${node}: ${carried.etaSquared[i].toFixed(2)}`}),
      ),
    );
    this.list.size = Math.min(LISTED, carried.ranked.length);
    // The maps take the colours of a node that is opened.
    this.list.addEventListener("change", () => state.set({node: Number(this.list.value), colouring: "node"}));
  }

  redraw(changed) {
    if (!changed.has("node") && !changed.has("dark")) return;
    const {node} = this.state;
    const {network} = this.carried;
    this.list.value = node;
    const rank = this.carried.ranked.indexOf(node);
    document.getElementById("node-title").textContent = `Node ${node}`;
    document.getElementById("node-rank").textContent =
      `number ${rank + 1} of ${network.nodes}: eta squared ${this.carried.etaSquared[rank].toFixed(2)}`;
    /** @type {CarriedKnown} */
    const {known} = this.carried.panels;
    const sentence = known.sentences[node];
    document.getElementById("node-sentence").textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
    document.getElementById("node-figures").textContent = describeFigures(known, node);
    this.showTwin(known, node);
    this.showCounterexamples(known, node);
    this.showWeights(node);
    this.showBoxes(node);
    this.showClasses(node);
    this.showTopImages(this.carried.activationsOf(node));
  }

  /** The node whose activation correlates most with its own. */
  showTwin(known, node) {
    const place = document.getElementById("node-twin");
    const twin = known.twin[node];
    if (twin < 0) {
      place.textContent = known.dead[node] ? "It is dead: its activation is the same for every image." : "It has no twin.";
      return;
    }
    const button = element("button", {type: "button", text: `node ${twin}`});
    button.addEventListener("click", () => this.state.set({node: twin, colouring: "node"}));
    const words = `, whose activation correlates with its own by ${fixed(known.twinCorrelation[node], 2)}: ${known.sentences[twin]}.`;
    place.replaceChildren("Its twin is ", button, words);
  }

  /** The test images that speak against its sentence: not true of them, and yet a strong activation. */
  showCounterexamples(known, node) {
    const {images, index, training, actual, classes, shape} = this.carried;
    const places = new Map(index.slice(training).map((image, i) => [image, training + i]));
    const all = known.counterexamples[node];
    const found = all.filter((image) => places.has(image));
    document.getElementById("counterexamples").replaceChildren(
      ...found.map((image) => {
        const i = places.get(image);
        return showImage(images[i], shape, `Test image #${image}: ${classes[actual[i]]}`, classes[actual[i]]);
      }),
    );
    const missing = found.length < all.length ? ` ${count(found.length)} of ${count(all.length)} are on this page.` : "";
    document.getElementById("counterexamples-text").textContent = `Test images of which the sentence is not true, and that activate it most, as the sentence says it, with their classes.${missing}`;
  }

  showWeights(node) {
    const {network, classes, shape} = this.carried;
    const canvas = document.getElementById("incoming");
    const limit = paintWeights(canvas, network.incoming(node), shape);
    canvas.setAttribute("aria-label", `Incoming weights of node ${node} as a picture of ${shape.rows} by ${shape.columns} pixels`);
    document.getElementById("weight-low").textContent = `−${limit.toFixed(2)}`;
    document.getElementById("weight-high").textContent = `+${limit.toFixed(2)}`;
    const weight = network.outgoing(node);
    this.outgoing.data = {...this.outgoing.data, weight};
    const ordered = weight.map((_, k) => k).toSorted((a, b) => weight[b] - weight[a]);
    document.getElementById("outgoing-text").textContent =
      `Its activation speaks most for class ${classes[ordered[0]]}, most against class ${classes[ordered.at(-1)]}.`;
  }

  showBoxes(node) {
    const {boxes, colours, classes} = this.carried;
    const size = boxes.length / this.carried.network.nodes;
    const names = ["low", "whisker_low", "q1", "median", "q3", "whisker_high", "high"];
    const rows = colours
      .map((colour, k) => ({colour, class: classes[k], label: this.outgoing.data.label[k], start: node * size + k * names.length}))
      .filter(({start}) => !Number.isNaN(boxes[start]));
    this.boxes.data = {
      class: rows.map((row) => row.class),
      label: rows.map((row) => row.label),
      colour: rows.map((row) => row.colour),
      line: rows.map(() => theme("text")),
      ...Object.fromEntries(names.map((name, i) => [name, rows.map(({start}) => boxes[start + i])])),
    };
  }

  /** What the two plots show, as a table. */
  showClasses(node) {
    const {boxes, classes, network} = this.carried;
    const weights = network.outgoing(node);
    const size = boxes.length / network.nodes / classes.length;
    const rows = classes.map((name, k) => {
      const start = (node * classes.length + k) * size;
      const [low, median, high] = [0, (size - 1) / 2, size - 1].map((place) => boxes[start + place]);
      const cells = [fixed(weights[k], 3), ...[low, median, high].map((value) => (Number.isNaN(value) ? "–" : fixed(value, 2)))];
      return element("tr", {}, element("th", {scope: "row", text: name}), ...cells.map((text) => element("td", {text})));
    });
    document.querySelector("#node-classes tbody").replaceChildren(...rows);
  }

  showTopImages(activations) {
    const {images, index, actual, classes, shape} = this.carried;
    const order = activations.map((_, i) => i).toSorted((a, b) => activations[b] - activations[a] || a - b);
    const show = (i) => {
      const value = activations[i].toFixed(2);
      const description = `Training image #${index[i]}: ${classes[actual[i]]}, activation ${value}`;
      return showImage(images[i], shape, description, value);
    };
    const least = Math.min(...activations);
    const lowest = activations.filter((value) => value === least).length;
    document.getElementById("top-images").replaceChildren(...order.slice(0, TOP).map(show));
    // Equal activations keep the order of the images, which mixes the classes.
    const ascending = activations.map((_, i) => i).toSorted((a, b) => activations[a] - activations[b] || a - b);
    document.getElementById("lowest-images").replaceChildren(...ascending.slice(0, TOP).map(show));
    document.getElementById("lowest-text").textContent =
      lowest > 1 ? `${count(lowest)} of ${count(activations.length)} have the smallest, ${least.toFixed(2)}.` : "";
  }
}
