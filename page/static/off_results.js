// What becomes of the test images with nodes held: accuracy, by class, the confusion matrix, and which images change.

import {changeImage, count, element, percent, showImage} from "./images.js";
import {argmax, confuse, hold} from "./scores.js";

const NEWLY_SHOWN = 18; // images that are newly wrong, and newly right

const at = (name) => document.getElementById(`off-${name}`);
const points = (share) => `${share > 0 ? "+" : share < 0 ? "−" : "±"}${Math.abs(100 * share).toFixed(1)}`;
const heading = (name, scope) => element("th", {scope, text: name, title: name});
const countImages = (number) => `${count(number)} ${number === 1 ? "image" : "images"}`;

export class OffResults {
  constructor(carried) {
    const {classes} = carried;
    this.carried = carried;
    this.rows = classes.map((name) => {
      const cells = [1, 2, 3].map(() => element("td"));
      at("classes").tBodies[0].append(element("tr", {}, element("th", {scope: "row", text: name}), ...cells));
      return cells;
    });
    at("confusions").tHead.append(element("tr", {}, element("td"), ...classes.map((name) => heading(name, "col"))));
    this.cells = classes.flatMap((name, actual) => {
      const cells = classes.map((_, predicted) => element("td", {class: actual === predicted ? "correct" : "wrong"}));
      at("confusions").tBodies[0].append(element("tr", {}, heading(name, "row"), ...cells));
      return cells;
    });
    this.shares = this.cells.map(() => null);
    this.drawable = document.getElementById("draw") !== null;
  }

  /** Show what is predicted `now` against what is predicted with all nodes `free`; gives the accuracy. */
  show(actual, free, now, held) {
    const classes = this.carried.classes.length;
    const [before, after] = [free, now].map((predicted) => confuse(actual, predicted, classes));
    const correct = (counts) => this.carried.classes.reduce((sum, _, k) => sum + counts[k * (classes + 1)], 0);
    const [was, is] = [correct(before), correct(after)];
    const changed = (from, to) => actual.map((_, i) => i).filter((i) => from[i] === actual[i] && to[i] !== actual[i]);
    const [wrong, right] = [changed(free, now), changed(now, free)];
    const [accuracy, all] = [is / actual.length, was / actual.length];
    at("accuracy").textContent = `${percent(accuracy, 2)} correct`;
    at("status").textContent =
      `${held} ${count(is)} of ${count(actual.length)} test images are classified correctly, ${percent(accuracy, 2)}; ` +
      `with all nodes on ${percent(all, 2)}. ${countImages(wrong.length)} newly wrong, ${count(right.length)} newly right.`;
    this.showClasses(before, after);
    this.showConfusions(after);
    this.showImages("wrong", wrong, free, now);
    this.showImages("right", right, free, now);
    return accuracy;
  }

  showClasses(before, after) {
    const classes = this.carried.classes.length;
    this.rows.forEach((cells, k) => {
      const total = before.subarray(k * classes, (k + 1) * classes).reduce((a, b) => a + b, 0);
      const [was, is] = [before, after].map((counts) => counts[k * (classes + 1)] / total);
      const texts = total ? [percent(was), percent(is), points(is - was)] : ["–", "–", "–"];
      cells.forEach((cell, i) => (cell.textContent = texts[i]));
      cells[2].className = is < was ? "less" : is > was ? "more" : "";
    });
  }

  showConfusions(counts) {
    const classes = this.carried.classes.length;
    const own = (i) => i % (classes + 1) === 0;
    const most = [true, false].map((is) => counts.reduce((top, value, i) => (own(i) === is ? Math.max(top, value) : top), 1));
    this.cells.forEach((cell, i) => {
      const text = counts[i] ? count(counts[i]) : "·";
      if (cell.textContent !== text) cell.textContent = text;
      const share = counts[i] / most[own(i) ? 0 : 1];
      if (share !== this.shares[i]) cell.style.setProperty("--share", (this.shares[i] = share));
    });
  }

  /** The first of the images that are newly "wrong" or "right". */
  showImages(kind, found, free, now) {
    const {classes, index, actual, shape, training} = this.carried;
    at(`${kind}-title`).textContent = `Newly ${kind}: ${count(found.length)}`;
    const more = at(`${kind}-more`);
    const figures = [...at(kind).querySelectorAll("figure")];
    found.slice(0, NEWLY_SHOWN).forEach((i, place) => {
      const [before, after] = [free, now].map((predicted) => classes[predicted[i]]);
      const description = `Test image #${index[training + i]}: ${classes[actual[training + i]]}, predicted as ${before}, now as ${after}`;
      const shown = [this.carried.images[training + i], shape, description, `${before} → ${after}`];
      if (figures[place]) changeImage(figures[place], ...shown);
      else more.before(showImage(...shown));
    });
    figures.slice(found.length).forEach((figure) => figure.remove());
    more.hidden = found.length <= NEWLY_SHOWN;
    more.textContent = `and ${count(found.length - NEWLY_SHOWN)} more`;
  }

  /** What the network takes the drawing for. */
  showDrawn(drawn, held) {
    const {network, classes, noun} = this.carried;
    const empty = !this.drawable || !drawn.some((value) => value > 0);
    const activations = empty ? null : network.activations(drawn);
    const name = (values) => classes[argmax(network.scores(values))];
    at("drawn").textContent = empty ? "" : `Your ${noun}: ${name(hold(activations, held))}; with all nodes on ${name(activations)}.`;
  }
}
