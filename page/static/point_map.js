// A map of points on a canvas that can be moved and enlarged, and on which points can be pointed at, opened and encircled.

import {findNearest, limitView, zoomAbout} from "./geometry.js";
import {element} from "./images.js";
import {drawLasso, drawPictures, drawRings, drawTicks} from "./map_layers.js";

const MOST_ENLARGED = 64; // times that a map can be enlarged
const ENLARGEMENT = 1.5; // times that a key or a button enlarges it
const REACH = 12; // screen pixels around the pointer within which a point is taken
const STILL = 4; // screen pixels that a pointer may move in a click
const SETTLE = 120; // milliseconds between two drawings of all points while the map moves, without WebGL
const PICTURES_FROM = 4; // times enlarged
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};

const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

/**
 * What a map asks of whoever made it, and tells: `onPoint(i)` with -1 for none, `onOpen(i)`, `onLasso(polygon)`, `onView(view)`;
 * `tool()` is what a drag does; `pictureOf(i)` is a small canvas, or null where a point has no picture.
 * @typedef {object} MapOwner
 */
export class PointMap {
  /**
   * @param {HTMLCanvasElement} canvas - square
   * @param {{frame: number[], ticks: boolean}} axes - left, right, bottom and top of the square, in the units of its axes
   * @param {object} painter
   * @param {MapOwner} owner
   */
  constructor(canvas, axes, painter, owner) {
    Object.assign(this, {canvas, axes, painter, owner, context: canvas.getContext("2d")});
    this.view = {x: 0.5, y: 0.5, scale: 1};
    this.layer = {places: new Float32Array(0), looks: null, order: new Uint32Array(0)};
    this.rings = []; // {i, colour}
    this.pointers = new Map();
    this.lasso = null;
    this.frames = 0; // drawn so far
    this.bitmap = document.createElement("canvas");
    this.drawn = {view: null, at: 0}; // what the bitmap shows, and since when
    const handle = (kind, answer) => canvas.addEventListener(kind, answer, {passive: false});
    handle("pointerdown", (event) => this.press(event));
    handle("pointermove", (event) => this.move(event));
    handle("pointerup", (event) => this.release(event));
    handle("pointercancel", (event) => this.release(event, false));
    handle("pointerleave", () => owner.onPoint(-1));
    handle("wheel", (event) => this.wheel(event));
    handle("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.near = false; // to what is seen of the page: what is not need not be drawn
    const look = ([{isIntersecting}]) => this.approach(isIntersecting);
    new IntersectionObserver(look, {rootMargin: "100%"}).observe(canvas);
    window.addEventListener("beforeprint", () => this.approach(true));
  }

  approach(near) {
    this.near = near;
    if (near) this.draw();
  }

  /** Take over new points: `places` (0 to 1), their `looks`, and in which `order` they are drawn, the last on top. */
  show(layer) {
    this.layer = {...this.layer, ...layer};
    this.drawn.view = null;
    this.request();
  }

  /** Mark points by rings. */
  mark(rings) {
    this.rings = rings;
    this.request();
  }

  setView(view) {
    this.view = limitView(view, MOST_ENLARGED);
    this.canvas.style.touchAction = this.view.scale > 1 || this.owner.tool() === "lasso" ? "none" : "pan-y";
    this.request();
  }

  /** Enlarge by a factor about a place, or about the middle. */
  zoom(factor, x = this.view.x, y = this.view.y) {
    this.setView(zoomAbout(this.view, x, y, factor, MOST_ENLARGED));
    this.owner.onView(this.view);
  }

  step(direction) {
    this.zoom(ENLARGEMENT ** direction);
  }

  reset() {
    this.setView({x: 0.5, y: 0.5, scale: 1});
    this.owner.onView(this.view);
  }

  /** Draw as the canvas is wide, so many times enlarged. */
  resize(times = 1) {
    const {width} = this.canvas.getBoundingClientRect();
    this.ratio = times * (window.devicePixelRatio || 1);
    this.size = Math.max(1, Math.round(width * this.ratio));
    for (const canvas of [this.canvas, this.bitmap]) [canvas.width, canvas.height] = [this.size, this.size];
    this.drawn.view = null;
    this.draw(); // at once, as a canvas of a new size is empty
  }

  /** The map as a canvas of its own, so many times enlarged. */
  copy(times) {
    this.near = true;
    this.resize(times);
    const copy = element("canvas", {width: this.size, height: this.size});
    copy.getContext("2d").drawImage(this.canvas, 0, 0);
    this.resize();
    return copy;
  }

  /** Screen pixels from the canvas's left and top to the place (x, y) of the map. */
  screen(x, y) {
    const width = this.size / this.ratio;
    return [((x - this.view.x) * this.view.scale + 0.5) * width, (0.5 - (y - this.view.y) * this.view.scale) * width];
  }

  /** The place of the map where a pointer is. */
  placeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width - 0.5, 0.5 - (event.clientY - box.top) / box.height];
    return [this.view.x + x / this.view.scale, this.view.y + y / this.view.scale];
  }

  pointAt(event) {
    const {width} = this.canvas.getBoundingClientRect();
    return findNearest(this.layer.places, this.layer.order, ...this.placeAt(event), REACH / width / this.view.scale);
  }

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({preventScroll: true, focusVisible: false});
    const spot = [event.clientX, event.clientY];
    this.pointers.set(event.pointerId, spot);
    this.start = {spot, still: this.pointers.size === 1};
    const encircles = this.pointers.size === 1 && (event.shiftKey || this.owner.tool() === "lasso");
    this.lasso = encircles ? [...this.placeAt(event)] : null;
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) {
      this.owner.onPoint(this.pointAt(event));
      return;
    }
    const before = [...this.pointers.values()];
    const spot = [event.clientX, event.clientY];
    const last = this.pointers.get(event.pointerId);
    if (distance(this.start.spot, spot) > STILL) this.start.still = false;
    if (this.start.still) return;
    this.owner.onPoint(-1);
    this.pointers.set(event.pointerId, spot);
    if (this.lasso) {
      this.lasso.push(...this.placeAt(event));
      this.request();
      return;
    }
    const reach = this.canvas.getBoundingClientRect().width * this.view.scale;
    const shared = 1 / before.length; // two fingers move the map by the mean of their ways
    const [dx, dy] = [spot[0] - last[0], spot[1] - last[1]].map((way) => (way * shared) / reach);
    this.setView({...this.view, x: this.view.x - dx, y: this.view.y + dy});
    if (before.length === 2) {
      const [one, other] = this.pointers.values();
      const middle = {clientX: (one[0] + other[0]) / 2, clientY: (one[1] + other[1]) / 2};
      this.setView(zoomAbout(this.view, ...this.placeAt(middle), distance(one, other) / (distance(...before) || 1), MOST_ENLARGED));
    }
  }

  release(event, completes = true) {
    if (!this.pointers.delete(event.pointerId)) return;
    const {lasso} = this;
    this.lasso = null;
    if (completes && this.start.still) {
      const i = this.pointAt(event);
      if (i >= 0) this.owner.onOpen(i);
    } else if (completes && lasso) {
      this.owner.onLasso(lasso);
    } else {
      this.owner.onView(this.view);
    }
    this.settle();
  }

  /** The wheel enlarges the map that has the focus, or with the control key, as a pinch on a touch pad comes; else it scrolls the page. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.canvas) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), ...this.placeAt(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {view} = this;
    if (event.key in ARROWS) {
      const [right, up] = ARROWS[event.key];
      this.setView({...view, x: view.x + right / (8 * view.scale), y: view.y + up / (8 * view.scale)});
      this.owner.onView(this.view);
    } else if (event.key === "+" || event.key === "=") this.step(1);
    else if (event.key === "-") this.step(-1);
    else if (event.key === "0") this.reset();
    else if (event.key === "Enter") {
      const i = this.middle();
      if (i >= 0) this.owner.onOpen(i);
    } else return;
    event.preventDefault();
  }

  /** The point that is nearest to the middle of what is shown. */
  middle() {
    return findNearest(this.layer.places, this.layer.order, this.view.x, this.view.y, 2);
  }

  /** The points that are shown. */
  inView() {
    const {places, order} = this.layer;
    const half = 0.5 / this.view.scale;
    return order.filter((i) => Math.abs(places[2 * i] - this.view.x) <= half && Math.abs(places[2 * i + 1] - this.view.y) <= half);
  }

  request() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!this.near || !this.size || !this.layer.looks) return;
    const now = performance.now();
    const moving = this.pointers.size > 0 && this.drawn.view && !this.painter.quick;
    if (this.drawn.view !== this.view && !(moving && now - this.drawn.at < SETTLE)) this.drawPoints(now);
    const {context, size, view, drawn} = this;
    const rate = view.scale / drawn.view.scale;
    const shift = [(drawn.view.x - view.x) * view.scale * size, (view.y - drawn.view.y) * view.scale * size];
    const corner = shift.map((way) => (size * (1 - rate)) / 2 + way);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, size, size);
    context.drawImage(this.bitmap, ...corner, size * rate, size * rate);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (this.axes.ticks) drawTicks(this);
    drawRings(this);
    if (this.lasso) drawLasso(this);
    this.frames++;
  }

  /** When a gesture ends, what it left out is drawn. */
  settle() {
    this.drawn.at = 0;
    this.request();
  }

  drawPoints(now) {
    const context = this.bitmap.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.size, this.size);
    this.painter.paint(context, this.layer, this.view, this.size, this.ratio);
    if (this.view.scale >= PICTURES_FROM) drawPictures(this, context);
    this.drawn = {view: this.view, at: now};
  }
}
