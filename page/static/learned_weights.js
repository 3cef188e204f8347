// The weights of a network that learns, as pictures with captions and as a table.

import {element, paintWeights} from "./images.js";

const positionOfLargest = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

export class LearnedWeights {
  /** `shape` is that of the images. */
  constructor({classes, shape}) {
    Object.assign(this, {classes, shape, place: document.getElementById("learn-nodes"), table: document.getElementById("learn-table")});
  }

  /** Pictures for so many nodes, whose inputs are all pixels, or `pixels`. */
  prepare(nodes, pixels) {
    this.pixels = pixels;
    this.pictures = Array.from({length: nodes}, (_, node) => element("canvas", {role: "img", "aria-label": `Incoming weights of node ${node}`}));
    this.captions = this.pictures.map(() => element("figcaption"));
    this.place.replaceChildren(...this.pictures.map((picture, node) => element("figure", {}, picture, this.captions[node])));
  }

  /** Show the weights, `hidden` (inputs, nodes), `output` (nodes, classes) and the biases; the table only if it is open. */
  show(weights) {
    this.weights = weights;
    this.pictures.forEach((picture, node) => paintWeights(picture, this.incoming(node), this.shape));
    this.captions.forEach((caption, node) => {
      const [most, least] = this.extremes(node);
      caption.replaceChildren(element("b", {text: node}), ` +${most} −${least}`);
      caption.title = `node ${node}: for ${most}, against ${least}`;
    });
    this.tabulate();
  }

  /** A node's incoming weights by pixel, 0 where it takes none. */
  incoming(node) {
    const {hidden, hiddenBias} = this.weights;
    const found = new Float32Array(this.shape.rows * this.shape.columns);
    for (let i = node, input = 0; i < hidden.length; i += hiddenBias.length, input++) found[this.pixels ? this.pixels[input] : input] = hidden[i];
    return found;
  }

  /** The classes that a node speaks most for and most against. */
  extremes(node) {
    const {output, outputBias} = this.weights;
    const outgoing = output.subarray(node * outputBias.length, (node + 1) * outputBias.length);
    return [outgoing, outgoing.map((weight) => -weight)].map((values) => this.classes[positionOfLargest(values)]);
  }

  tabulate() {
    if (!this.weights || !this.table.closest("details").open) return;
    const {columns} = this.shape;
    const rows = this.pictures.map((_, node) => {
      const incoming = this.incoming(node);
      const pixel = positionOfLargest(incoming.map(Math.abs));
      const place = `${Math.floor(pixel / columns)}, ${pixel % columns}`;
      const texts = [...this.extremes(node), this.weights.hiddenBias[node].toFixed(3), incoming[pixel].toFixed(3), place];
      return element("tr", {}, element("th", {scope: "row", text: node}), ...texts.map((text) => element("td", {text})));
    });
    this.table.tBodies[0].replaceChildren(...rows);
  }
}
