// A map of points on a canvas that can be moved and enlarged; what is done to it by hand, `MapGestures` takes.

import {findNearest, limitView, zoomAbout} from "./geometry.js";
import {element} from "./images.js";
import {MapGestures} from "./map_gestures.js";
import {drawLasso, drawPictures, drawRings, drawTicks} from "./map_layers.js";

const MOST_ENLARGED = 64; // times that a map can be enlarged
const ENLARGEMENT = 1.5; // times that a key or a button enlarges it
const REACH = 12; // screen pixels around the pointer within which a point is taken
const SETTLE = 120; // milliseconds between two drawings of all points while the map moves, where that takes long
const PICTURES_FROM = 4; // times enlarged

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
    this.frames = 0; // drawn so far
    this.bitmap = document.createElement("canvas");
    this.drawn = {view: null, at: 0}; // what the bitmap shows, and since when
    this.gestures = new MapGestures(this);
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

  /** Enlarge by a factor about a place, or about the middle, in the course of a gesture. */
  enlarge(factor, x = this.view.x, y = this.view.y) {
    this.setView(zoomAbout(this.view, x, y, factor, MOST_ENLARGED));
  }

  /** The same, all at once. */
  zoom(factor, x, y) {
    this.enlarge(factor, x, y);
    this.owner.onView(this.view);
  }

  /** Move by a share of what is shown, in the course of a gesture. */
  move(across, up) {
    const {view} = this;
    this.setView({...view, x: view.x + across / view.scale, y: view.y + up / view.scale});
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

  /** The point that is nearest to the middle of what is shown. */
  middle() {
    return findNearest(this.layer.places, this.layer.order, this.view.x, this.view.y, 2);
  }

  /** The corners of what is shown: x and y of each in turn. */
  corners() {
    const half = 0.5 / this.view.scale;
    const [left, right, bottom, top] = [this.view.x - half, this.view.x + half, this.view.y - half, this.view.y + half];
    return [left, bottom, right, bottom, right, top, left, top];
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
    const moving = this.gestures.pointers.size > 0 && this.drawn.view && !this.painter.quick;
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
    if (this.gestures.lasso) drawLasso(this);
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
