// The pixels: how many of them are kept, and what two of them tell about the class.

import {blend, paintImage, percent, theme} from "./images.js";

const SCALE = 10; // screen pixels a pixel
const DOT = 3;

const sum = (values) => values.reduce((a, b) => a + b, 0);

export class Pixels {
  constructor(carried, plots, maps) {
    Object.assign(this, {carried, maps});
    this.squares = plots.get_model_by_name("importance");
    this.marks = plots.get_model_by_name("chosen-pixels");
    this.shown = 0;
    this.slider = document.getElementById("kept");
    this.slider.addEventListener("input", () => this.showKept());
    document.getElementById("other-image").addEventListener("click", () => {
      this.shown = (this.shown + 1) % carried.training;
      this.showKept();
    });
    this.fields = ["pixel-a", "pixel-b"].map((id) => document.getElementById(id));
    for (const field of this.fields) field.addEventListener("change", () => this.showPair());
    this.next = 0;
    this.paint();
    this.showKept();
    this.showPair();
    const {properties} = this.squares.selected;
    properties.indices.change.connect(() => {
      const [i] = this.squares.selected.indices;
      if (i !== undefined) this.pick(this.carried.pixels[i]);
    });
  }

  /** Colour the map of importance for the light or the dark page. */
  paint() {
    const {importance} = this.carried;
    const most = Math.max(...importance) || 1;
    const ends = [theme("low"), theme("high")];
    this.squares.data = {...this.squares.data, colour: importance.map((value) => blend(...ends, Math.sqrt(value / most)))};
  }

  /** The image with a dot on each pixel that is kept, and what is left of it. */
  showKept() {
    const {images, pixels, importance, index, actual, classes, shape} = this.carried;
    const kept = pixels.slice(0, this.slider.value);
    const image = images[this.shown];
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
    document.getElementById("kept-count").textContent = `${kept.length} of ${pixels.length}`;
    document.getElementById("kept-text").textContent =
      `They carry ${percent(share)} of the importance, and ${percent(keptValues)} of the pixel values of this image (#${index[this.shown]}, ${classes[actual[this.shown]]}).`;
  }

  /** A click on the map: pixel A and pixel B take turns. */
  pick(pixel) {
    this.fields[this.next].value = pixel;
    this.next = 1 - this.next;
    this.showPair();
  }

  showPair() {
    const {rows, columns} = this.carried.shape;
    const chosen = this.fields.map((field) => Math.min(Math.max(Math.round(field.value) || 0, 0), rows * columns - 1));
    this.fields.forEach((field, i) => (field.value = chosen[i]));
    this.marks.data = {
      column: chosen.map((pixel) => pixel % columns),
      row: chosen.map((pixel) => Math.floor(pixel / columns)),
      name: ["A", "B"],
      line: chosen.map(() => theme("text")),
      outline: chosen.map(() => theme("background")),
    };
    this.maps.setPixels(chosen);
  }
}
