// The confusion matrix, a table of buttons, and the digits behind each of its cells.

import {count, showDigit} from "./digits.js";

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
    const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10};
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
    const {images, index, actual, predicted, training} = this.carried;
    const [is, read, all] = ["actual", "predicted", "images"].map((name) => Number(cell.dataset[name]));
    const found = images.map((_, i) => i).filter((i) => i >= training && actual[i] === is && predicted[i] === read);
    const shown = found.length < all ? `, of which ${found.length || "none"} ${found.length === 1 ? "is" : "are"} on this page` : "";
    document.getElementById("cell-title").textContent = is === read ? `${is}, read rightly` : `${is}, read as ${read}`;
    document.getElementById("cell-text").textContent = `${count(all)} test ${all === 1 ? "image" : "images"}${all ? shown : ""}.`;
    document.getElementById("cell-digits").replaceChildren(
      ...found.map((i) => showDigit(images[i], `Test image #${index[i]}: a ${is}, read as ${read}`, `#${index[i]}`)),
    );
  }
}
