// The four maps: what colours their points, what is selected in all of them, which image is pointed at.

import {numbers, oneOf} from "./codecs.js";
import {count, paintImage, rgb, theme} from "./images.js";
import {MEASURES, changesLooks, lookAt, openPainter, ringsOf, scaleOf} from "./looks.js";
import {MapList} from "./map_list.js";
import {describeImage, showTip} from "./map_tip.js";
import {PointMap} from "./point_map.js";
import {MOST_NUMBERS, Selection, tellLasso} from "./selection.js";

const PLACE_STEPS = 65535; // of a place on a map as it is carried

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
      made: numbers(0, MOST_NUMBERS),
      views: numbers(0, 12),
      tests: {encode: String, decode: (text) => text === "true"},
    };
  }

  constructor({carried, state, ask}) {
    Object.assign(this, {carried, state, ask});
    this.painter = openPainter();
    this.pictures = new Map();
    this.names = Object.keys(carried.maps);
    this.maps = this.names.map((name, which) => this.openMap(name, which));
    this.selection = new Selection(carried, state, this.maps);
    this.list = this.openList();
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
    document.getElementById("show-tests").addEventListener("change", ({target}) => state.set({tests: target.checked}));
  }

  openMap(name, which) {
    const {frame, ticks, places} = this.carried.maps[name];
    const owner = {
      tool: () => document.querySelector("[name=map-tool]:checked").value,
      onPoint: (i) => this.point(which, i),
      onOpen: (i) => this.state.set({image: i}),
      onLasso: (polygon) => this.selection.select(tellLasso(which, polygon)),
      onView: () => this.sayView(which),
      pictureOf: (i) => this.pictureOf(i),
    };
    const map = new PointMap(document.getElementById(name), {frame, ticks}, this.painter, owner);
    map.show({places: Float32Array.from(places, (step) => step / PLACE_STEPS)});
    return map;
  }

  /** The same images as a list, for those who point at nothing. */
  openList() {
    const titles = this.maps.map(({canvas}) => canvas.closest("figure").querySelector("figcaption").textContent);
    const maps = new Map(titles.map((title, which) => [title, this.maps[which]]));
    return new MapList(document.getElementById("map-list"), this.carried, this.state, maps, {
      describe: (i) => describeImage(this.carried, i),
      select: (which, corners) => this.selection.select(tellLasso(which, corners)),
    });
  }

  /** What can be saved: each map as it is shown. */
  drawings() {
    return this.maps.map((map, which) => ({place: map.canvas, name: this.names[which], draw: (times) => map.copy(times)}));
  }

  redraw(changed) {
    const {node, images, tests} = this.state;
    if (changed.has("node")) document.getElementById("colour-node").textContent = `activation of node ${node}`;
    if (changed.has("tests")) this.placeTests();
    if (changed.has("made") && !changed.has("images")) this.state.set({images: this.selection.selectedBy(this.state.made)});
    if (changesLooks(changed, this.state)) this.colour();
    if (changed.has("images")) this.selection.show(images);
    if (changed.has("views")) this.showViews();
    if (["image", "pointed", "dark"].some((name) => changed.has(name))) this.maps.forEach((map) => map.mark(ringsOf(this.state)));
    if (["views", "tests", "dark"].some((name) => changed.has(name))) this.list.show();
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
    const {carried, state, maps, names} = this;
    showTip(i, {carried, state, map: maps[which], measures: carried.maps[names[which]].measures});
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
    if (nearest >= 0) words.push(`nearest to the middle is ${describeImage(this.carried, nearest).replace(/^./, (letter) => letter.toLowerCase())}`);
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
