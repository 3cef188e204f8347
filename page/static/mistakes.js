// The confusion matrix, a table of buttons, and the images behind each of its cells.

import {integersBelow} from "./codecs.js";
import {count, showImage} from "./images.js";

const images = (cell) => Number(cell.dataset.images);
const place = (cell) => [Number(cell.dataset.actual), Number(cell.dataset.predicted)];

export class Mistakes {
  static initial() {
    const wrong = [...document.querySelectorAll("#confusions .wrong")];
    const most = wrong.reduce((one, other) => (images(other) > images(one) ? other : one));
    return {cell: place(most)};
  }

  static address({classes}) {
    return {cell: integersBelow([classes.length, classes.length])};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state});
    this.cells = [...document.querySelectorAll("#confusions button")];
    for (const kind of ["correct", "wrong"]) {
      const cells = this.cells.filter((cell) => cell.classList.contains(kind));
      const most = Math.max(1, ...cells.map(images));
      for (const cell of cells) cell.style.setProperty("--share", images(cell) / most);
    }
    this.cells.forEach((cell, i) => {
      cell.addEventListener("click", () => state.set({cell: place(cell)}));
      cell.addEventListener("keydown", (event) => this.move(event, i));
    });
  }

  /** Arrow keys walk through the table, of which one cell is reached with the tab key. */
  move(event, i) {
    const across = this.carried.classes.length;
    const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across};
    const target = this.cells[i + steps[event.key]];
    if (!target) return;
    event.preventDefault();
    this.focusable(target);
    target.focus();
  }

  focusable(cell) {
    for (const each of this.cells) each.tabIndex = each === cell ? 0 : -1;
  }

  redraw(changed) {
    if (!changed.has("cell")) return;
    const [is, as] = this.state.cell;
    const {classes, index, actual, predicted, training, shape} = this.carried;
    const cell = this.cells[is * classes.length + as];
    this.focusable(cell);
    for (const each of this.cells) each.setAttribute("aria-pressed", each === cell);
    const all = images(cell);
    const found = actual.map((_, i) => i).filter((i) => i >= training && actual[i] === is && predicted[i] === as);
    const shown = found.length < all ? `, of which ${found.length || "none"} ${found.length === 1 ? "is" : "are"} on this page` : "";
    const title = is === as ? `${classes[is]}, predicted correctly` : `${classes[is]}, predicted as ${classes[as]}`;
    document.getElementById("cell-title").textContent = title;
    document.getElementById("cell-text").textContent = `${count(all)} test ${all === 1 ? "image" : "images"}${all ? shown : ""}.`;
    document.getElementById("cell-images").replaceChildren(
      ...found.map((i) => showImage(this.carried.images[i], shape, `Test image #${index[i]}: ${title}`, `#${index[i]}`)),
    );
  }
}
