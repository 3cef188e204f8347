// The node inspector: one hidden node from every side.

import {integerBelow} from "./codecs.js";
import {count, element, paintWeights, showImage, theme} from "./images.js";

const TOP = 12; // images with the largest, and with the smallest activations
const LISTED = 20; // nodes in the list without scrolling

/**
 * What is known of each node, in the order of their numbers.
 * @typedef {object} CarriedNodes
 * @property {string[]} sentences
 * @property {string[]} figures
 */

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
    /** @type {CarriedNodes} */
    const {sentences, figures} = this.carried.panels.nodes;
    const sentence = sentences[node];
    document.getElementById("node-sentence").textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
    document.getElementById("node-figures").textContent = figures[node];
    this.showWeights(node);
    this.showBoxes(node);
    this.showTopImages(this.carried.activationsOf(node));
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
