// The selection of training images, on all maps: by a lasso or by classes; how many there are, and the first of them.

import {findInside} from "./geometry.js";
import {count, element, showImageButton} from "./images.js";
import {describeImage} from "./map_tip.js";

const SHOWN = 24; // images
export const MOST_NUMBERS = 121; // that tell a lasso
const THOUSANDTHS = 1000; // of a map's width, in which the corners of a lasso are told

/** How a selection by a lasso on a map is told: [map, x, y, x, y, ...], with so few corners that they fit into an address. */
export function tellLasso(which, polygon) {
  const step = Math.ceil(polygon.length / (MOST_NUMBERS - 1));
  const thinned = polygon.filter((_, i) => Math.floor(i / 2) % step === 0);
  return [which, ...thinned.map((end) => Math.round(end * THOUSANDTHS))];
}

export class Selection {
  /** `maps` are the `PointMap`s of the page. */
  constructor(carried, state, maps) {
    Object.assign(this, {carried, state, maps});
    this.chips = [...document.querySelectorAll("#classes button")];
    this.chips.forEach((chip) => chip.addEventListener("click", () => this.toggle(chip)));
    document.getElementById("clear-selection").addEventListener("click", () => this.select([]));
  }

  /** The images that a selection takes in. `made` is [map, x, y, x, y, ...] of a lasso, [-1, class, ...], or nothing. */
  selectedBy(made) {
    const [which, ...rest] = made;
    const {actual, training} = this.carried;
    if (which < 0) return Array.from({length: training}, (_, i) => i).filter((i) => rest.includes(actual[i]));
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
  show(indices) {
    const {actual, predicted, index, images, shape, training} = this.carried;
    const [counts, all] = [this.chips.map(() => 0), this.chips.map(() => 0)];
    for (const i of indices) counts[actual[i]]++;
    for (let i = 0; i < training; i++) all[actual[i]]++;
    this.chips.forEach((chip, k) => {
      chip.setAttribute("aria-pressed", counts[k] > 0 && counts[k] === all[k]);
      chip.querySelector("span").textContent = indices.length ? count(counts[k]) : count(all[k]);
    });
    const wrong = indices.filter((i) => actual[i] !== predicted[i]).length;
    document.getElementById("selection").textContent = indices.length
      ? `${count(indices.length)} of ${count(training)} images selected, ${count(wrong)} of them misclassified.`
      : `Nothing is selected: the counts are those of all ${count(training)} images.`;
    document.getElementById("clear-selection").disabled = !indices.length;
    const show = (i) => showImageButton(images[i], shape, describeImage(this.carried, i), `#${index[i]}`, () => this.state.set({image: i}));
    document.getElementById("selected-images").replaceChildren(
      ...indices.slice(0, SHOWN).map(show),
      ...(indices.length > SHOWN ? [element("p", {class: "more", text: `and ${count(indices.length - SHOWN)} more`})] : []),
    );
  }
}
