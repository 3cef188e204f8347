// Small plots side by side, each on a canvas of its own with buttons that save it, drawn when they are seen.

import {element, theme} from "../../page/static/images.js";
import {offerSvg} from "../../page/static/take_along.js";
import {openCanvas, SvgSurface} from "./surface.js";

/**
 * A plot: its `title`, the `name` of its file, and `draw(surface)`.
 * @typedef {object} SmallPlot
 * @property {string} title
 * @property {string} name
 * @property {Function} draw
 */
export class SmallPlots {
  constructor(place) {
    Object.assign(this, {place, plots: [], seen: new Set()});
    this.sight = new IntersectionObserver((entries) => this.look(entries), {rootMargin: "50%"});
    this.sizes = new ResizeObserver((entries) => entries.forEach(({target}) => this.drawOne(target)));
  }

  /** @param {SmallPlot[]} plots */
  show(plots) {
    const same = plots.length === this.plots.length && plots.every(({title}, i) => title === this.plots[i].title);
    this.plots = plots;
    if (same) {
      this.draw();
      return;
    }
    this.seen.clear();
    this.sight.disconnect();
    this.sizes.disconnect();
    this.canvases = plots.map(({title}) => element("canvas", {role: "img", "aria-label": title}));
    this.place.replaceChildren(...this.canvases.map((canvas, i) => element("figure", {}, element("figcaption", {text: plots[i].title}), canvas)));
    this.canvases.forEach((canvas, i) => {
      offerSvg(canvas, plots[i].title, () => this.plots[i].name, () => this.drawSvg(canvas));
      this.sight.observe(canvas);
      this.sizes.observe(canvas);
    });
  }

  look(entries) {
    for (const {target, isIntersecting} of entries) {
      if (isIntersecting) this.seen.add(target);
      else this.seen.delete(target);
      if (isIntersecting) this.drawOne(target);
    }
  }

  draw() {
    for (const canvas of this.seen) this.drawOne(canvas);
  }

  drawOne(canvas) {
    if (!this.seen.has(canvas)) return;
    const surface = openCanvas(canvas);
    if (surface) this.plots[this.canvases.indexOf(canvas)].draw(surface);
  }

  drawSvg(canvas) {
    const surface = new SvgSurface(canvas.clientWidth, canvas.clientHeight, theme("background"));
    this.plots[this.canvases.indexOf(canvas)].draw(surface);
    return surface.write();
  }
}
