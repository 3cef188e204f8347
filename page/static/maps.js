// The four maps: what colours their points, what is selected in all of them, which image is pointed at.

import {numbers, oneOf} from "./codecs.js";
import {findInside} from "./geometry.js";
import {count, element, paintImage, rgb, showImageButton, theme} from "./images.js";
import {MEASURES, changesLooks, lookAt, openPainter, ringsOf, scaleOf} from "./looks.js";
import {PointMap} from "./point_map.js";

const SHOWN = 24; // images of a selection
const GAP = 14; // screen pixels between the pointer and the image beside it
const PLACE_STEPS = 65535; // of a place on a map as it is carried
const CORNERS = 121; // numbers at most that tell a lasso
const THOUSANDTHS = 1000; // of a map's width, in which the corners of a lasso are told

/** The corners of a polygon, so few that they fit into an address. */
function thin(polygon) {
  const step = Math.ceil(polygon.length / (CORNERS - 1));
  return polygon.filter((_, i) => Math.floor(i / 2) % step === 0);
}

/**
 * What is carried of a map, as `placed.py` describes it.
 * @typedef {object} CarriedMap
 * @property {string} values
 * @property {number[]} frame
 * @property {boolean} ticks
 * @property {Packed} places
 * @property {Packed} [measures]
 * @property {Packed} [mean]
 * @property {Packed} [axes]
 */

export class Maps {
  static initial() {
    return {colouring: "class", images: [], made: [], views: [], tests: false, pointed: -1};
  }

  static address() {
    return {
      colouring: oneOf(["class", "correct", "node", ...MEASURES]),
      made: numbers(0, CORNERS),
      views: numbers(0, 12),
      tests: {encode: String, decode: (text) => text === "true"},
    };
  }

  constructor({carried, state, ask}) {
    Object.assign(this, {carried, state, ask});
    this.images = carried.images.slice(0, carried.training);
    this.chips = [...document.querySelectorAll("#classes button")];
    this.painter = openPainter();
    this.pictures = new Map();
    this.names = Object.keys(carried.maps);
    this.maps = this.names.map((name, which) => this.openMap(name, which));
    for (const choice of document.querySelectorAll("[name=colour-by]")) {
      choice.addEventListener("change", () => state.set({colouring: choice.value}));
    }
    for (const choice of document.querySelectorAll("[name=map-tool]")) {
      choice.addEventListener("change", () => this.maps.forEach((map) => map.setView(map.view)));
    }
    for (const button of document.querySelectorAll("[data-zoom]")) {
      const map = this.maps[this.names.indexOf(button.dataset.map)];
      const act = {in: () => map.step(1), out: () => map.step(-1), all: () => map.reset()}[button.dataset.zoom];
      button.addEventListener("click", act);
    }
    this.chips.forEach((chip) => chip.addEventListener("click", () => this.toggle(chip)));
    document.getElementById("clear-selection").addEventListener("click", () => this.select([]));
    document.getElementById("show-tests").addEventListener("change", ({target}) => state.set({tests: target.checked}));
  }

  openMap(name, which) {
    const {frame, ticks, places} = this.carried.maps[name];
    const owner = {
      tool: () => document.querySelector("[name=map-tool]:checked").value,
      onPoint: (i) => this.point(which, i),
      onOpen: (i) => this.state.set({image: i}),
      onLasso: (polygon) => this.select([which, ...thin(polygon).map((end) => Math.round(end * THOUSANDTHS))]),
      onView: () => this.sayView(which),
      pictureOf: (i) => this.pictureOf(i),
    };
    const map = new PointMap(document.getElementById(name), {frame, ticks}, this.painter, owner);
    map.show({places: Float32Array.from(places, (step) => step / PLACE_STEPS)});
    return map;
  }

  /** What can be saved: each map as it is shown. */
  drawings() {
    return this.maps.map((map, which) => ({place: map.canvas, name: this.names[which], draw: (times) => map.copy(times)}));
  }

  redraw(changed) {
    const {node, images, tests} = this.state;
    if (changed.has("node")) document.getElementById("colour-node").textContent = `activation of node ${node}`;
    if (changed.has("tests")) this.placeTests();
    if (changed.has("made") && !changed.has("images")) this.state.set({images: this.selectedBy(this.state.made)});
    if (changesLooks(changed, this.state)) this.colour();
    if (changed.has("images")) this.showSelection(images);
    if (changed.has("views")) this.showViews();
    if (["image", "pointed", "dark"].some((name) => changed.has(name))) this.maps.forEach((map) => map.mark(ringsOf(this.state)));
    document.getElementById("show-tests").checked = tests;
  }

  /** Colour the points by class, by correct or misclassified, by the activation of the chosen node, or by a measure. */
  colour() {
    const {colouring, tests} = this.state;
    document.querySelector(`[name=colour-by][value=${colouring}]`).checked = true;
    this.pictures.clear();
    this.maps.forEach((map, which) => {
      const shown = tests ? map.layer.places.length / 2 : this.carried.training;
      map.show(lookAt(this.carried, this.state, shown, this.carried.maps[this.names[which]].measures));
    });
    this.showLegend();
  }

  showLegend() {
    const scale = scaleOf(this.carried, this.state);
    const kind = scale ? "scale" : this.state.colouring;
    for (const legend of document.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== kind;
    if (!scale) return;
    [...document.querySelectorAll("#scale output")].forEach((place, i) => (place.textContent = scale.words[i]));
    document.querySelector("#scale > :last-child").textContent = scale.where;
  }

  /** The images that a selection takes in. `made` is [map, x, y, x, y, ...] of a lasso, [-1, class, ...], or nothing. */
  selectedBy(made) {
    const [which, ...rest] = made;
    const {actual, training} = this.carried;
    if (which < 0) return this.images.map((_, i) => i).filter((i) => rest.includes(actual[i]));
    const polygon = rest.map((end) => end / THOUSANDTHS);
    return this.maps[which] ? findInside(this.maps[which].layer.places, polygon, training) : [];
  }

  select(made) {
    this.state.set({made, images: this.selectedBy(made)});
  }

  /** Add all images of a class to the selection, or take them out. */
  toggle(chip) {
    const pressed = chip.getAttribute("aria-pressed") !== "true";
    chip.setAttribute("aria-pressed", pressed);
    const classes = this.chips.flatMap((each, k) => (each.getAttribute("aria-pressed") === "true" ? [k] : []));
    this.select(classes.length ? [-1, ...classes] : []);
  }

  /** How many of each class are selected, and the first of them. */
  showSelection(indices) {
    const {actual, predicted, index} = this.carried;
    const [counts, all] = [this.chips.map(() => 0), this.chips.map(() => 0)];
    for (const i of indices) counts[actual[i]]++;
    this.images.forEach((_, i) => all[actual[i]]++);
    this.chips.forEach((chip, k) => {
      chip.setAttribute("aria-pressed", counts[k] > 0 && counts[k] === all[k]);
      chip.querySelector("span").textContent = indices.length ? count(counts[k]) : count(all[k]);
    });
    const wrong = indices.filter((i) => actual[i] !== predicted[i]).length;
    document.getElementById("selection").textContent = indices.length
      ? `${count(indices.length)} of ${count(this.images.length)} images selected, ${count(wrong)} of them misclassified.`
      : `Nothing is selected: the counts are those of all ${count(this.images.length)} images.`;
    document.getElementById("clear-selection").disabled = !indices.length;
    const show = (i) => showImageButton(this.images[i], this.carried.shape, this.describe(i), `#${index[i]}`, () => this.state.set({image: i}));
    document.getElementById("selected-images").replaceChildren(
      ...indices.slice(0, SHOWN).map(show),
      ...(indices.length > SHOWN ? [element("p", {class: "more", text: `and ${count(indices.length - SHOWN)} more`})] : []),
    );
  }

  describe(i) {
    const {actual, predicted, index, classes, training} = this.carried;
    return `${i < training ? "Training" : "Test"} image #${index[i]}: ${classes[actual[i]]}, predicted as ${classes[predicted[i]]}`;
  }

  /** Test images have places on the maps of PCA, which the worker computes when they are asked for. */
  async placeTests() {
    if (!this.state.tests || this.placed) return;
    this.placed = true;
    const found = await this.ask("project");
    this.maps.forEach((map, which) => {
      const components = found[this.names[which]];
      if (!components) return;
      const [left, right, bottom, top] = this.carried.maps[this.names[which]].frame;
      const across = (value, i) => (i % 2 ? (value - bottom) / (top - bottom) : (value - left) / (right - left));
      map.show({places: Float32Array.from([...map.layer.places, ...components.map(across)])});
    });
    this.colour();
  }

  /** Show the image that is pointed at, beside the pointer; it is marked on all maps. */
  point(which, i) {
    if (i === this.state.pointed) return;
    this.state.set({pointed: i});
    const tip = document.getElementById("tip");
    tip.hidden = i < 0;
    if (i < 0) return;
    const {images, actual, predicted, index, classes, shape, training, network} = this.carried;
    paintImage(tip.querySelector("canvas"), images[i], shape);
    tip.querySelector("canvas").setAttribute("aria-label", this.describe(i));
    const verdict = actual[i] === predicted[i] ? "✓" : "✗";
    const words = [`#${index[i]}`, classes[actual[i]], `predicted as ${classes[predicted[i]]} ${verdict}`];
    if (i >= training) words[0] = `test image #${index[i]}`;
    if (this.state.colouring === "node") words.push(`node ${this.state.node}: ${network.activationsOf(this.state.node, [images[i]])[0].toFixed(2)}`);
    const {measures} = this.carried.maps[this.names[which]];
    if (measures && i < training) words.push(...MEASURES.map((name, k) => `${name} ${(measures[3 * i + k] / 255).toFixed(2)}`));
    tip.querySelector("p").replaceChildren(...words.map((text) => element("span", {text})));
    const map = this.maps[which];
    const box = map.canvas.getBoundingClientRect();
    const [x, y] = map.screen(map.layer.places[2 * i], map.layer.places[2 * i + 1]);
    const left = Math.min(box.left + x + GAP, document.documentElement.clientWidth - tip.offsetWidth - GAP);
    const top = Math.min(box.top + y + GAP, document.documentElement.clientHeight - tip.offsetHeight - GAP);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  /** An image, in place of its point. */
  pictureOf(i) {
    if (!this.pictures.has(i)) {
      const canvas = document.createElement("canvas");
      paintImage(canvas, this.carried.images[i], this.carried.shape, rgb(theme("text")));
      this.pictures.set(i, canvas);
    }
    return this.pictures.get(i);
  }

  /** Say what a map shows after it was moved or enlarged, and have the state know. */
  sayView(which) {
    const map = this.maps[which];
    const views = this.maps.flatMap(({view}) => [view.x, view.y, view.scale].map((value) => Number(value.toFixed(4))));
    this.state.set({views});
    const nearest = map.middle();
    const words = [`${map.canvas.getAttribute("aria-label").split(":")[0]}: enlarged ${Number(map.view.scale.toFixed(1))} times`];
    words.push(`${count(map.inView().length)} images in view`);
    if (nearest >= 0) words.push(`nearest to the middle is ${this.describe(nearest).replace(/^./, (letter) => letter.toLowerCase())}`);
    document.getElementById("map-said").textContent = `${words.join("; ")}.`;
  }

  showViews() {
    const {views} = this.state;
    this.maps.forEach((map, which) => {
      const [x, y, scale] = views.length === 3 * this.maps.length ? views.slice(3 * which, 3 * which + 3) : [0.5, 0.5, 1];
      map.setView({x, y, scale});
    });
  }
}
