// The neighbours of an image, or of the drawing, in pixels and in activations.

import {integerBelow} from "./codecs.js";
import {element, showImage, showImageButton} from "./images.js";

const DRAWN = -1; // in place of an image, the drawing
const KINDS = ["pixels", "activations"];

export class Neighbours {
  static initial({actual, predicted, training}) {
    const wrong = actual.findIndex((is, i) => i >= training && is !== predicted[i]);
    return {image: wrong < 0 ? training : wrong};
  }

  static address({images}) {
    const {encode, decode} = integerBelow(images.length);
    return {image: {encode: (i) => (i === DRAWN ? "drawing" : encode(i)), decode: (text) => (text === "drawing" ? DRAWN : decode(text))}};
  }

  constructor({carried, state, ask}) {
    Object.assign(this, {carried, state, ask, asked: 0, turn: -1});
    this.field = document.getElementById("neighbours-index");
    this.field.addEventListener("change", () => this.read());
    const {actual, predicted} = carried;
    const wrong = actual.map((_, i) => i).filter((i) => actual[i] !== predicted[i]);
    const another = document.getElementById("neighbours-random");
    another.disabled = !wrong.length;
    another.addEventListener("click", () => state.set({image: wrong[++this.turn % wrong.length]}));
    this.near = false; // to what is seen of the page: before, nothing is asked
    new IntersectionObserver(([{isIntersecting}]) => this.approach(isIntersecting)).observe(document.getElementById("neighbours"));
    document.getElementById("neighbours-drawn")?.addEventListener("click", () => state.set({image: DRAWN}));
  }

  approach(near) {
    this.near ||= near;
    if (this.near && !this.asked) this.show();
  }

  redraw(changed) {
    if (changed.has("image") || (changed.has("drawn") && this.state.image === DRAWN)) this.show();
  }

  /** The training image that is named, or of those that the page carries the next one. */
  read() {
    const {index, training} = this.carried;
    const wanted = Number(this.field.value) || 0;
    const found = index.slice(0, training).findIndex((number) => number >= wanted);
    this.state.set({image: found < 0 ? training - 1 : found});
    this.nameImage();
  }

  nameImage() {
    const {image} = this.state;
    const {index, training} = this.carried;
    this.field.value = image >= 0 && image < training ? index[image] : "";
  }

  describe(i) {
    const {actual, predicted, index, classes, training} = this.carried;
    const verdict = actual[i] === predicted[i] ? "" : `, predicted as ${classes[predicted[i]]}`;
    return `${i < training ? "Training" : "Test"} image #${index[i]}: ${classes[actual[i]]}${verdict}`;
  }

  /** Ask for the neighbours; of several questions only the last is answered. */
  async show() {
    if (!this.near) return;
    const {image} = this.state;
    const {images, shape} = this.carried;
    const drawing = image === DRAWN ? this.state.drawn : null;
    const number = ++this.asked;
    this.nameImage();
    const words = drawing ? "What is drawn" : this.describe(image);
    document.getElementById("neighbours-own").replaceChildren(showImage(drawing ?? images[image], shape, words, words));
    const said = document.getElementById("neighbours-said");
    if (drawing && !drawing.some((value) => value > 0)) {
      said.textContent = "Nothing is drawn yet.";
      for (const kind of KINDS) this.list(kind, [], []);
      return;
    }
    const answers = await this.ask("neighbours", {i: image, drawing}, (share) => {
      if (number === this.asked) said.textContent = `Activations of all images: ${Math.round(100 * share)} %`;
    });
    if (number !== this.asked) return;
    const counted = answers.map(({nearest, distances}, which) => this.list(KINDS[which], nearest, distances));
    said.textContent = `${words}. ${KINDS.map((kind, which) => `Nearest in the ${kind}: ${counted[which]}`).join(". ")}.`;
  }

  /** Show the neighbours of a kind; returns how many are of which class, in words. */
  list(kind, nearest, distances) {
    const {images, actual, classes, shape} = this.carried;
    const counts = new Map();
    for (const i of nearest) counts.set(actual[i], (counts.get(actual[i]) ?? 0) + 1);
    const ordered = [...counts].toSorted(([a, n], [b, m]) => m - n || a - b);
    const words = ordered.map(([k, count]) => `${count} × ${classes[k]}`).join(", ");
    document.getElementById(`nearest-${kind}-text`).textContent = words || "–";
    document.getElementById(`nearest-${kind}`).replaceChildren(
      ...nearest.map((i, place) => {
        const distance = distances[place].toFixed(2);
        const caption = element("span", {}, element("b", {text: classes[actual[i]]}), ` ${distance}`);
        return showImageButton(images[i], shape, `${this.describe(i)}, distance ${distance}`, caption, () => this.state.set({image: i}));
      }),
    );
    return words;
  }
}
