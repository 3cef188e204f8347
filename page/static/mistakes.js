// The confusion matrix, a table of buttons, and the images behind each of its cells.

import {count, showImage} from "./images.js";

export class Mistakes {
  constructor(carried) {
    this.carried = carried;
    this.cells = [...document.querySelectorAll("#confusions button")];
    this.cells.forEach((cell, i) => {
      cell.addEventListener("click", () => this.choose(cell));
      cell.addEventListener("keydown", (event) => this.move(event, i));
    });
    const wrong = this.cells.filter((cell) => cell.dataset.actual !== cell.dataset.predicted);
    this.choose(wrong.reduce((most, cell) => (Number(cell.dataset.images) > Number(most.dataset.images) ? cell : most)));
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

  choose(cell) {
    this.focusable(cell);
    for (const each of this.cells) each.setAttribute("aria-pressed", each === cell);
    const {images, index, actual, predicted, training, classes, shape} = this.carried;
    const [is, as, all] = ["actual", "predicted", "images"].map((name) => Number(cell.dataset[name]));
    const found = images.map((_, i) => i).filter((i) => i >= training && actual[i] === is && predicted[i] === as);
    const shown = found.length < all ? `, of which ${found.length || "none"} ${found.length === 1 ? "is" : "are"} on this page` : "";
    const title = is === as ? `${classes[is]}, predicted correctly` : `${classes[is]}, predicted as ${classes[as]}`;
    document.getElementById("cell-title").textContent = title;
    document.getElementById("cell-text").textContent = `${count(all)} test ${all === 1 ? "image" : "images"}${all ? shown : ""}.`;
    document.getElementById("cell-images").replaceChildren(
      ...found.map((i) => showImage(images[i], shape, `Test image #${index[i]}: ${title}`, `#${index[i]}`)),
    );
  }
}
