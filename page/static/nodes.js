// The node inspector: one hidden node from every side.

import {count, element, paintWeights, showDigit, theme} from "./digits.js";

const FAVOURITES = 12;
const LISTED = 20; // nodes in the list without scrolling

export class Nodes {
  /** `maps` are coloured by the chosen node. */
  constructor(carried, plots, maps) {
    Object.assign(this, {carried, maps});
    this.outgoing = plots.get_model_by_name("outgoing");
    this.boxes = plots.get_model_by_name("boxes");
    this.list = document.getElementById("node");
    this.list.append(
      ...carried.ranked.map((node, i) =>
        element("option", {value: node, text: `${i + 1}. node ${node}: ${carried.etaSquared[i].toFixed(2)}`}),
      ),
    );
    this.list.size = Math.min(LISTED, carried.ranked.length);
    this.list.addEventListener("change", () => this.choose(Number(this.list.value)));
    this.show(carried.ranked[0]);
  }

  /** Open a node here and on the maps. */
  choose(node) {
    this.show(node);
    this.maps.colourBy("node");
  }

  show(node) {
    const {network, images, training} = this.carried;
    this.list.value = node;
    const answers = network.answers(node, images.slice(0, training));
    this.maps.setNode(node, answers);
    const rank = this.carried.ranked.indexOf(node);
    document.getElementById("node-title").textContent = `Node ${node}`;
    document.getElementById("node-rank").textContent =
      `number ${rank + 1} of ${network.nodes}: eta squared ${this.carried.etaSquared[rank].toFixed(2)}`;
    this.showWeights(node);
    this.showBoxes(node);
    this.showFavourites(answers);
  }

  showWeights(node) {
    const {network, colours} = this.carried;
    const canvas = document.getElementById("incoming");
    const limit = paintWeights(canvas, network.incoming(node));
    canvas.setAttribute("aria-label", `Incoming weights of node ${node} as a picture of 28 by 28 pixels`);
    document.getElementById("weight-low").textContent = `−${limit.toFixed(2)}`;
    document.getElementById("weight-high").textContent = `+${limit.toFixed(2)}`;
    const weight = network.outgoing(node);
    this.outgoing.data = {class: weight.map((_, k) => String(k)), weight, colour: colours};
    const ordered = weight.map((_, k) => k).toSorted((a, b) => weight[b] - weight[a]);
    document.getElementById("outgoing-text").textContent =
      `When it fires it speaks most for class ${ordered[0]}, most against class ${ordered.at(-1)}.`;
  }

  showBoxes(node) {
    const {boxes, colours} = this.carried;
    const size = boxes.length / this.carried.network.nodes;
    const names = ["low", "whisker_low", "q1", "median", "q3", "whisker_high", "high"];
    const rows = colours
      .map((colour, k) => ({colour, class: String(k), start: node * size + k * names.length}))
      .filter(({start}) => !Number.isNaN(boxes[start]));
    this.boxes.data = {
      class: rows.map((row) => row.class),
      colour: rows.map((row) => row.colour),
      ink: rows.map(() => theme("ink")),
      ...Object.fromEntries(names.map((name, i) => [name, rows.map(({start}) => boxes[start + i])])),
    };
  }

  showFavourites(answers) {
    const {images, index, actual} = this.carried;
    const order = answers.map((_, i) => i).toSorted((a, b) => answers[b] - answers[a] || a - b);
    const show = (i) =>
      showDigit(images[i], `Training image #${index[i]}: a ${actual[i]}, activation ${answers[i].toFixed(2)}`, answers[i].toFixed(2));
    const least = Math.min(...answers);
    const silent = answers.filter((value) => value === least).length;
    document.getElementById("exciting").replaceChildren(...order.slice(0, FAVOURITES).map(show));
    // Equal answers keep the order of the images, which mixes the classes.
    const lowest = answers.map((_, i) => i).toSorted((a, b) => answers[a] - answers[b] || a - b);
    document.getElementById("silent").replaceChildren(...lowest.slice(0, FAVOURITES).map(show));
    document.getElementById("silent-text").textContent =
      silent > 1 ? `${count(silent)} of ${count(answers.length)} get the lowest answer, ${least.toFixed(2)}.` : "";
  }
}
