// A canvas to draw on: the drawing is normalized as the data set's images were, and both networks classify it.

import {imageOf} from "./codecs.js";
import {blend, element, paintImage, percent, theme} from "./images.js";
import {KeyPen} from "./key_pen.js";
import {normalizeDigit} from "./normalize.js";

const PEN = 20; // thickness of a stroke, of a canvas 280 wide
const MOST_ACTIVE = 6;
const CELL = 20; // pixels of the canvas a node
const LARGEST = 48; // screen pixels a node

export class DrawingCanvas {
  static initial({shape}) {
    return {drawn: new Uint8Array(shape.rows * shape.columns)};
  }

  static address({shape}) {
    return {drawn: imageOf(shape.rows * shape.columns)};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state});
    this.canvas = document.getElementById("drawing");
    this.context = this.canvas.getContext("2d", {willReadFrequently: true});
    this.nodes = document.getElementById("activations");
    this.examples = carried.images.map((_, i) => i).slice(carried.training);
    this.turn = 0;
    this.rows = [...document.querySelectorAll("#probabilities tbody tr")];
    this.limits = carried.ranked.map((node) => this.range(node));
    this.context.lineWidth = PEN;
    this.context.lineCap = this.context.lineJoin = "round";
    this.context.strokeStyle = "black";
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.draw(event));
    this.pen = new KeyPen(this.canvas, document.getElementById("drawing-pen"), {
      stroke: (from, to) => {
        this.last = from;
        this.stroke(...to);
      },
      clear: () => this.clear(),
      say: (words) => (document.getElementById("drawing-said").textContent = words),
    });
    document.getElementById("clear-drawing").addEventListener("click", () => this.clear());
    document.getElementById("try-image").addEventListener("click", () => this.tryImage());
    this.nodes.addEventListener("click", (event) => {
      const node = this.nodeAt(event);
      if (node !== undefined) this.open(node);
    });
    this.nodes.addEventListener("pointermove", (event) => this.nameNode(event));
  }

  /** Show a node in the inspector, and on the maps. */
  open(node) {
    this.state.set({node, colouring: "node"});
    document.getElementById("nodes").scrollIntoView();
  }

  redraw(changed) {
    if (changed.has("drawn")) {
      if (this.state.drawn !== this.normalized) this.paint(this.state.drawn); // comes from the address
      this.classify();
    }
    if (changed.has("drawn") || changed.has("dark")) this.showActivations();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  start(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.place(event);
    this.stroke(...this.last);
  }

  draw(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return;
    this.stroke(...this.place(event));
  }

  stroke(x, y) {
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(x, y);
    this.context.stroke();
    this.last = [x, y];
    this.read();
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.read();
  }

  /** Put an image on the canvas, enlarged, each pixel a square; gives the classes that the two networks predict. */
  replay(image) {
    this.paint(image);
    this.read();
    return this.predicted;
  }

  paint(image) {
    const {width, height} = this.canvas;
    const {rows, columns} = this.carried.shape;
    const picture = new ImageData(width, height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
        picture.data[4 * (y * width + x) + 3] = image[pixel];
      }
    }
    this.context.putImageData(picture, 0, 0);
  }

  tryImage() {
    this.replay(this.carried.images[this.examples[this.turn++ % this.examples.length]]);
  }

  /** Take over what is on the canvas, normalized. */
  read() {
    const {width, height} = this.canvas;
    const values = this.context.getImageData(0, 0, width, height).data;
    this.normalized = normalizeDigit((x, y) => values[4 * (y * width + x) + 3], width, this.carried.shape);
    this.state.set({drawn: this.normalized});
  }

  /** What both networks predict for the drawing. */
  classify() {
    const {network, selected, shape} = this.carried;
    const image = this.state.drawn;
    paintImage(document.getElementById("normalized"), image, shape);
    this.activations = network.activations(image);
    const predictions = [network.probabilities(this.activations), selected.probabilities(selected.activations(image))];
    this.predicted = predictions.map((chances) => chances.indexOf(Math.max(...chances)));
    this.showProbabilities(predictions, !image.some((value) => value > 0));
  }

  showProbabilities(predictions, empty) {
    predictions.forEach((chances, which) => {
      const best = this.predicted[which];
      this.rows.forEach((row, k) => {
        const cell = row.children[which + 1];
        cell.style.setProperty("--share", empty ? 0 : chances[k]);
        cell.dataset.probability = chances[k];
        cell.classList.toggle("best", !empty && k === best);
        cell.querySelector("span").textContent = empty ? "–" : percent(chances[k]);
      });
      const place = document.getElementById(["predicted", "predicted-selected"][which]);
      place.textContent = empty ? "?" : this.carried.classes[best];
    });
  }

  /** The smallest and the largest activation of a node for any training image. */
  range(node) {
    const {boxes, colours, network} = this.carried;
    const size = boxes.length / network.nodes;
    const rows = colours.map((_, k) => node * size + (k * size) / colours.length);
    const known = rows.filter((start) => !Number.isNaN(boxes[start]));
    const last = size / colours.length - 1;
    return [Math.min(...known.map((start) => boxes[start])), Math.max(...known.map((start) => boxes[start + last]))];
  }

  /** The hidden nodes as squares, the lighter or darker the more active. */
  showActivations() {
    const {ranked} = this.carried;
    this.across = Math.min(ranked.length, Math.max(8, Math.ceil(Math.sqrt(2 * ranked.length))));
    const {nodes} = this;
    nodes.width = this.across * CELL;
    nodes.height = Math.ceil(ranked.length / this.across) * CELL;
    nodes.style.maxWidth = `min(34rem, ${LARGEST * this.across}px)`;
    const context = nodes.getContext("2d");
    const ends = [theme("low"), theme("high")];
    ranked.forEach((node, i) => {
      const [low, high] = this.limits[i];
      const share = high > low ? (this.activations[node] - low) / (high - low) : 0;
      context.fillStyle = blend(...ends, Math.min(1, Math.max(0, share)));
      context.fillRect((i % this.across) * CELL + 1, Math.floor(i / this.across) * CELL + 1, CELL - 2, CELL - 2);
    });
    const mostActive = ranked.toSorted((a, b) => this.activations[b] - this.activations[a]).slice(0, MOST_ACTIVE);
    document.getElementById("most-active").replaceChildren(
      ...mostActive.map((node) => {
        const button = element("button", {type: "button", text: `node ${node}: ${this.activations[node].toFixed(2)}`});
        button.addEventListener("click", () => this.open(node));
        return button;
      }),
    );
  }

  nodeAt(event) {
    const box = this.nodes.getBoundingClientRect();
    const scale = this.nodes.width / box.width / CELL;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale].map(Math.floor);
    return this.carried.ranked[y * this.across + x];
  }

  nameNode(event) {
    const node = this.nodeAt(event);
    this.nodes.title = node === undefined ? "" : `node ${node}: ${this.activations[node].toFixed(2)}`;
  }
}
