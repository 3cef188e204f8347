// What a map shows, as a list: the images nearest to its middle, which can be pointed at, opened and, on maps, selected.

import {count, element, showImageButton} from "./images.js";

const MOST_LISTED = 24; // images

export class MapList {
  /**
   * Fills a `details` element, when it is open.
   * @param {HTMLDetailsElement} place
   * @param {object} carried
   * @param {State} state
   * @param {Map<string, PointMap>} maps - by what they are called
   * @param {object} answers
   * @param {Function} answers.describe - an image in words
   * @param {Function} [answers.select] - called with the place of a map in `maps` and a polygon of what it shows
   */
  constructor(place, carried, state, maps, {describe, select}) {
    Object.assign(this, {place, carried, state, maps: [...maps.values()], describe});
    this.choice = element("select", {}, ...[...maps.keys()].map((name, i) => element("option", {value: i, text: name})));
    const take = element("button", {type: "button", text: "Select what it shows"});
    take.addEventListener("click", () => select(Number(this.choice.value), this.map.corners()));
    this.choice.addEventListener("change", () => this.show());
    this.words = element("p", {id: `${place.id}-text`, class: "note", "aria-live": "polite"});
    this.images = element("div", {class: "images"});
    const controls = element("p", {class: "controls"}, element("label", {text: "Map "}, this.choice), take);
    controls.hidden = !select;
    place.append(controls, this.words, this.images);
    place.addEventListener("toggle", () => this.show());
  }

  get map() {
    return this.maps[this.choice.value];
  }

  show() {
    if (!this.place.open) return;
    const {map} = this;
    const {places} = map.layer;
    const far = (i) => (places[2 * i] - map.view.x) ** 2 + (places[2 * i + 1] - map.view.y) ** 2;
    const shown = Array.from(map.inView()).toSorted((a, b) => far(a) - far(b) || a - b);
    const listed = shown.slice(0, MOST_LISTED);
    const first = shown.length > MOST_LISTED ? ` The ${MOST_LISTED} nearest to its middle:` : "";
    this.words.textContent = `It shows ${count(shown.length)} ${shown.length === 1 ? "image" : "images"}.${first}`;
    this.images.replaceChildren(...listed.map((i) => this.button(i)));
  }

  /** An image that is marked on the maps while it has the focus, and opened when it is pressed. */
  button(i) {
    const {images, index, shape} = this.carried;
    const button = showImageButton(images[i], shape, this.describe(i), `#${index[i]}`, () => this.state.set({image: i}));
    button.addEventListener("focus", () => this.state.set({pointed: i}));
    button.addEventListener("blur", () => this.state.set({pointed: -1}));
    return button;
  }
}
