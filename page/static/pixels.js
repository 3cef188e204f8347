// The pixels: how many of them are kept, and what two of them tell about the class.

import {integerBelow, integersBelow} from "./codecs.js";
import {blend, paintImage, percent, theme} from "./images.js";
import {changesLooks, lookAt, openPainter, ringsOf} from "./looks.js";
import {MapList} from "./map_list.js";
import {PointMap} from "./point_map.js";

const SCALE = 10; // screen pixels a pixel
const DOT = 3;

const JITTER = 12; // pixel values, of 255
const FRAME = [-15, 270, -15, 270]; // pixel values that the plot of two of them shows

// Most pixels are 0: jittered a little, by multiples of an irrational number, points do not hide one another.
const JITTERS = [0.618034, 0.754878];
const jitter = (i, step) => JITTER * (((i * step) % 1) - 0.5);
const across = (value) => (value - FRAME[0]) / (FRAME[1] - FRAME[0]);
const sum = (values) => values.reduce((a, b) => a + b, 0);

/**
 * What only this panel takes from what the page carries: all pixels, the most important first.
 * @typedef {object} CarriedPixels
 * @property {number[]} ranking
 * @property {number[]} importance
 */
export class Pixels {
  static initial({panels, selected}) {
    const {ranking} = panels.pixels;
    return {pixels: ranking.slice(0, 2), kept: selected.pixels.length, shown: 0};
  }

  static address({panels, training}) {
    const count = panels.pixels.ranking.length;
    return {pixels: integersBelow([count, count]), kept: integerBelow(count + 1), shown: integerBelow(training)};
  }

  constructor({carried, own, state, plots}) {
    Object.assign(this, {carried, own, state});
    const owner = {
      tool: () => "move",
      onPoint: (pointed) => state.set({pointed}),
      onOpen: (image) => state.set({image}),
      onLasso() {},
      onView: () => this.list.show(),
      pictureOf: () => null,
    };
    this.pair = new PointMap(document.getElementById("plot-pair"), {frame: FRAME, ticks: true}, openPainter(), owner);
    const title = document.getElementById("plot-pair").closest("figure").querySelector("figcaption").textContent;
    this.list = new MapList(document.getElementById("pair-list"), carried, state, new Map([[title, this.pair]]), {
      describe: (i) => this.describe(i),
    });
    this.squares = plots.get_model_by_name("importance");
    this.marks = plots.get_model_by_name("chosen-pixels");
    this.slider = document.getElementById("kept");
    this.slider.addEventListener("input", () => state.set({kept: Number(this.slider.value)}));
    document.getElementById("other-image").addEventListener("click", () => state.set({shown: (state.shown + 1) % carried.training}));
    this.fields = ["pixel-a", "pixel-b"].map((id) => document.getElementById(id));
    for (const field of this.fields) field.addEventListener("change", () => this.readPair());
    this.next = 0;
    const {properties} = this.squares.selected;
    properties.indices.change.connect(() => {
      const [i] = this.squares.selected.indices;
      if (i !== undefined) this.pick(this.own.ranking[i]);
    });
  }

  redraw(changed) {
    if (changed.has("dark")) this.paint();
    if (["kept", "shown", "dark"].some((name) => changed.has(name))) this.showKept();
    if (changed.has("pixels") || changed.has("dark")) this.showPair();
    if (changesLooks(changed, this.state)) this.pair.show(lookAt(this.carried, this.state, this.carried.training));
    if (["image", "pointed", "dark"].some((name) => changed.has(name))) this.pair.mark(ringsOf(this.state));
  }

  /** An image, with its values of the two pixels. */
  describe(i) {
    const {images, index, actual, classes} = this.carried;
    const [a, b] = this.state.pixels.map((pixel) => images[i][pixel]);
    return `Training image #${index[i]}: ${classes[actual[i]]}, pixel A ${a}, pixel B ${b}`;
  }

  /** Colour the map of importance for the light or the dark page. */
  paint() {
    const {importance} = this.own;
    const most = Math.max(...importance) || 1;
    const ends = [theme("low"), theme("high")];
    this.squares.data = {...this.squares.data, colour: importance.map((value) => blend(...ends, Math.sqrt(value / most)))};
  }

  /** The image with a dot on each pixel that is kept, and what is left of it. */
  showKept() {
    const {images, index, actual, classes, shape} = this.carried;
    const {ranking, importance} = this.own;
    const {shown} = this.state;
    const kept = ranking.slice(0, this.state.kept);
    const image = images[shown];
    this.slider.value = kept.length;
    const left = image.map(() => 0);
    for (const pixel of kept) left[pixel] = image[pixel];
    paintImage(document.getElementById("kept-left"), left, shape);
    paintImage(document.getElementById("kept-image"), image, shape);
    const dots = document.getElementById("kept-dots");
    [dots.width, dots.height] = [shape.columns * SCALE, shape.rows * SCALE];
    const context = dots.getContext("2d");
    context.fillStyle = theme("dot");
    for (const pixel of kept) {
      const [x, y] = [pixel % shape.columns, Math.floor(pixel / shape.columns)].map((place) => (place + 0.5) * SCALE);
      context.beginPath();
      context.arc(x, y, DOT, 0, 2 * Math.PI);
      context.fill();
    }
    const share = sum(importance.slice(0, kept.length)) / (sum(importance) || 1);
    const keptValues = sum(left) / (sum(image) || 1);
    document.getElementById("kept-count").textContent = `${kept.length} of ${ranking.length}`;
    document.getElementById("kept-text").textContent =
      `They carry ${percent(share)} of the importance, and ${percent(keptValues)} of the pixel values of this image (#${index[shown]}, ${classes[actual[shown]]}).`;
  }

  /** A click on the map: pixel A and pixel B take turns. */
  pick(pixel) {
    const pixels = [...this.state.pixels];
    pixels[this.next] = pixel;
    this.next = 1 - this.next;
    this.state.set({pixels});
  }

  /** What the fields say, put right where there is no such pixel. */
  readPair() {
    const last = this.own.ranking.length - 1;
    this.state.set({pixels: this.fields.map((field) => Math.min(Math.max(Math.round(field.value) || 0, 0), last))});
    this.fields.forEach((field, i) => (field.value = this.state.pixels[i]));
  }

  showPair() {
    const {columns} = this.carried.shape;
    const chosen = this.state.pixels;
    this.fields.forEach((field, i) => (field.value = chosen[i]));
    this.marks.data = {
      column: chosen.map((pixel) => pixel % columns),
      row: chosen.map((pixel) => Math.floor(pixel / columns)),
      name: ["A", "B"],
      line: chosen.map(() => theme("text")),
      outline: chosen.map(() => theme("background")),
    };
    const {training, images} = this.carried;
    this.pair.show({places: Float32Array.from({length: 2 * training}, (_, end) => {
      const [i, which] = [end >> 1, end % 2];
      return across(images[i][chosen[which]] + jitter(i, JITTERS[which]));
    })});
    this.list.show();
  }
}
