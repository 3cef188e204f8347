// Parallel coordinates: an axis for each column, a line for each trial, ranges drawn along the axes.

import {count, element, theme} from "../../page/static/images.js";
import {integerBelow, numbers, subsetBelow} from "../../page/static/codecs.js";
import {describeAxis, showValue} from "./axes.js";
import {takeGestures} from "./brush_gestures.js";
import {afterwards, insideOf, listBrushes, meanOf, setBrush} from "./brushed.js";
import {ParallelTip} from "./parallel_tip.js";
import {RangeFields} from "./range_fields.js";
import {CanvasSurface, openCanvas, SvgSurface} from "./surface.js";
import {findMetric} from "./sweep_carried.js";
import {colourTrials, explainColours, groupTrials} from "./trial_colours.js";

const HEIGHT = 430;
const EDGES = {top: 64, bottom: 18, side: 54};
const CLOSEST = 104; // pixels between two axes
const MOST_AXES = 9; // at first
const REACH = 20; // pixels to the left and right of an axis within which it is meant
const FAINT = 0.12; // opacity at most of the lines outside the ranges; the more there are, the fainter
const LETTER = 6.4; // pixels, about

/** A column's name in lines that fit between two axes. */
function breakName(name, width) {
  const lines = [""];
  for (const part of name.split(/(?<=[._])/)) {
    if (lines.at(-1) && (lines.at(-1) + part).length * LETTER > width) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.slice(0, 3);
}

export class Parallel {
  static initial({columns, parameters}) {
    const axes = columns.map((_, i) => i).slice(0, Math.max(MOST_AXES, parameters.length));
    return {brushes: [], axes, colouring: findMetric(columns, "val_accuracy")};
  }

  static address({columns}) {
    const brushes = numbers(0, 3 * columns.length);
    const decode = (text) => {
      const values = brushes.decode(text);
      const fits = listBrushes(values).every(({column, low, high}) => column in columns && low <= high);
      if (!fits || values.length % 3) throw new RangeError("no ranges");
      return values;
    };
    return {brushes: {...brushes, decode}, axes: subsetBelow(columns.length), colouring: integerBelow(columns.length)};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state, frames: 0, requested: false});
    [this.frame, this.plot, this.lines, this.top] = ["parallel-frame", "parallel-plot", "parallel-lines", "parallel-axes"].map((id) =>
      document.getElementById(id),
    );
    this.faint = document.createElement("canvas");
    this.axes = carried.columns.map((column) => describeAxis(column));
    this.fields = new RangeFields(carried, state);
    this.tellSoon = afterwards(() => this.tell());
    this.choice = document.getElementById("colour-by");
    this.choice.append(...carried.columns.map(({name}, i) => element("option", {value: i, text: name})));
    this.choice.addEventListener("change", () => state.set({colouring: Number(this.choice.value)}));
    this.clear = document.getElementById("clear-brushes");
    this.clear.addEventListener("click", () => state.set({brushes: []}));
    this.boxes = carried.columns.map(({name}, i) => {
      const box = element("input", {type: "checkbox", value: i});
      box.addEventListener("change", () => state.set({axes: this.boxes.flatMap(({checked}, k) => (checked ? [k] : []))}));
      document.getElementById("axes-shown").append(element("label", {}, box, ` ${name}`));
      return box;
    });
    this.tip = new ParallelTip(this);
    new ResizeObserver(() => this.layOut()).observe(this.frame);
  }

  drawings() {
    return [{place: this.frame, name: "parallel", draw: () => this.drawSvg()}];
  }

  redraw(changed) {
    const relaid = ["axes", "dark", "colouring"].some((name) => changed.has(name));
    if (!relaid && !changed.has("brushes")) return;
    const {state, carried} = this;
    if (relaid) {
      this.choice.value = state.colouring;
      this.boxes.forEach((box, i) => (box.checked = state.axes.includes(i)));
      this.colourOf = colourTrials(carried, state.colouring);
      document.getElementById("colour-scale").replaceChildren(...explainColours(carried, state.colouring, element));
      this.layOut();
    }
    this.describe();
    this.tellSoon();
    this.request();
  }

  /** The trials that have run and lie in the ranges. */
  get within() {
    const inside = insideOf(this.carried, this.state);
    return this.carried.done.filter((trial) => inside[trial]);
  }

  /** How many trials lie in the ranges. */
  describe() {
    const {within, carried, state} = this;
    const some = state.brushes.length > 0;
    this.clear.disabled = !some;
    document.getElementById("brushed-count").textContent = some
      ? `${count(within.length)} of ${count(carried.done.length)} trials that have run lie in the ranges.`
      : `${within.length === 1 ? "1 trial has" : `${count(within.length)} trials have`} run; none is left out.`;
  }

  /** The ranges as numbers, and the means of the trials in them. */
  tell() {
    const {within, carried, state} = this;
    this.fields.show(state.axes, state.brushes);
    const metrics = carried.columns.filter(({parameter}) => !parameter);
    document.querySelector("#brushed-means tbody").replaceChildren(
      ...metrics.map((column) => {
        const means = [within, carried.done].map((trials) => meanOf(column, trials));
        const cells = means.map((mean) => element("td", {text: showValue(column, mean), "data-value": mean ?? ""}));
        return element("tr", {}, element("th", {scope: "row", text: column.name}), ...cells);
      }),
    );
  }

  /** Give the axes their places, and each the strip that is dragged along. */
  layOut() {
    const {axes} = this.state;
    const width = Math.max(this.frame.clientWidth, 2 * EDGES.side + CLOSEST * (axes.length - 1), 200);
    const gap = axes.length > 1 ? (width - 2 * EDGES.side) / (axes.length - 1) : 0;
    Object.assign(this, {width, gap, places: axes.map((_, i) => (axes.length > 1 ? EDGES.side + i * gap : width / 2))});
    for (const canvas of [this.lines, this.top]) Object.assign(canvas.style, {width: `${width}px`, height: `${HEIGHT}px`});
    for (const strip of this.plot.querySelectorAll(".strip")) strip.remove();
    for (const [i, column] of axes.entries()) {
      const strip = element("div", {class: "strip"});
      const edges = {left: this.places[i] - REACH, top: EDGES.top, width: 2 * REACH, height: HEIGHT - EDGES.top - EDGES.bottom};
      for (const [name, value] of Object.entries(edges)) strip.style[name] = `${value}px`;
      this.plot.append(strip);
      takeGestures(strip, this.axes[column], {
        read: () => listBrushes(this.state.brushes).find((brush) => brush.column === column),
        set: (range) => this.state.set({brushes: setBrush(this.state.brushes, column, range)}),
      });
    }
    this.stale = true;
    this.request();
  }

  y(share) {
    return HEIGHT - EDGES.bottom - share * (HEIGHT - EDGES.top - EDGES.bottom);
  }

  /** The line of each trial that has run; where it lacks a value, it ends. */
  linesOf(trials) {
    const {columns} = this.carried;
    const shown = this.state.axes.map((column, i) => [this.places[i], this.axes[column].place, columns[column].values]);
    return trials.map((trial) => {
      const line = [];
      for (const [x, place, values] of shown) if (values[trial] !== null) line.push(x, this.y(place(values[trial])));
      return line;
    });
  }

  request() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame(() => {
      this.requested = false;
      this.draw();
    });
  }

  /** All lines faintly, once; over them at every change those inside the ranges, and the axes. */
  draw() {
    const surface = openCanvas(this.lines, this.width, HEIGHT);
    if (!surface) return;
    if (this.stale) this.drawFaint();
    this.frames++;
    const {brushes} = this.state;
    if (brushes.length) surface.context.drawImage(this.faint, 0, 0, this.width, HEIGHT);
    this.drawInside(surface);
    this.drawAxes(openCanvas(this.top, this.width, HEIGHT));
  }

  drawFaint() {
    this.stale = false;
    [this.faint.width, this.faint.height] = [this.lines.width, this.lines.height];
    const context = this.faint.getContext("2d");
    context.scale(this.faint.width / this.width, this.faint.height / HEIGHT);
    this.drawOutside(new CanvasSurface(context, this.width, HEIGHT), this.carried.done);
    this.drawn = new Map(this.carried.done.map((trial, i) => [trial, i]));
    this.polylines = this.linesOf(this.carried.done);
  }

  drawOutside(surface, trials) {
    surface.lines(this.linesOf(trials), {colour: theme("soft"), opacity: Math.min(FAINT, 1 / Math.sqrt(trials.length + 1))});
  }

  drawInside(surface) {
    const {carried, state, within} = this;
    const inside = insideOf(carried, state);
    const opacity = Math.max(0.25, Math.min(0.9, 4 / Math.sqrt(within.length + 1)));
    for (const {colour, trials} of groupTrials(within, this.colourOf, inside, opacity)) {
      surface.lines(trials.map((trial) => this.polylines[this.drawn.get(trial)]), {colour, opacity, width: within.length > 300 ? 1 : 1.5});
    }
  }

  drawAxes(surface) {
    this.tip.mark(surface);
    const {columns} = this.carried;
    const [text, soft, accent, background] = ["text", "soft", "accent", "background"].map(theme);
    const brushes = listBrushes(this.state.brushes);
    for (const [i, column] of this.state.axes.entries()) {
      const [x, axis] = [this.places[i], this.axes[column]];
      surface.lines([[x, EDGES.top, x, HEIGHT - EDGES.bottom]], {colour: soft, width: 1.5});
      const words = breakName(columns[column].name, this.gap ? this.gap - 12 : 200);
      words.forEach((line, row) => surface.text(line, x, 12 + 15 * row + 7.5 * (3 - words.length), {colour: text, anchor: "middle", bold: true}));
      const brush = brushes.find((one) => one.column === column);
      if (brush) {
        const [high, low] = [brush.high, brush.low].map((value) => this.y(Math.min(1, Math.max(0, axis.place(value)))));
        surface.box(x - 9, high - 1, 18, Math.max(3, low - high + 2), {fill: accent, stroke: accent, opacity: 0.35});
      }
      for (const {place, text: tick} of axis.ticks) {
        const y = this.y(place);
        surface.lines([[x - 4, y, x, y]], {colour: soft});
        surface.box(x - 8 - tick.length * 5.8, y - 7, tick.length * 5.8 + 2, 14, {fill: background, opacity: 0.75});
        surface.text(tick, x - 7, y, {colour: text, size: 11, anchor: "end"});
      }
    }
  }

  drawSvg() {
    const surface = new SvgSurface(this.width, HEIGHT, theme("background"));
    if (this.state.brushes.length) this.drawOutside(surface, this.carried.done);
    this.drawInside(surface);
    this.drawAxes(surface);
    return surface.write();
  }
}
