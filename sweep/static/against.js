// A metric against each parameter: a point a trial, means with their intervals over seeds, a line for each value of another.

import {integerBelow} from "../../page/static/codecs.js";
import {element, theme} from "../../page/static/images.js";
import {describeAxis} from "./axes.js";
import {afterwards, insideOf} from "./brushed.js";
import {SmallPlots} from "./small_plots.js";
import {findMetric} from "./sweep_carried.js";
import {drawFrame, groupTrials} from "./trial_colours.js";

const JITTER = 0.3; // of the distance between two values, to both sides
const DODGE = 7; // pixels between the lines at one value
const GOLDEN_RATIO = 0.618034;

export class Against {
  static initial({columns}) {
    return {metric: findMetric(columns, "test_accuracy"), line: 0};
  }

  static address({columns}) {
    return {metric: integerBelow(columns.length), line: integerBelow(columns.length + 1)};
  }

  constructor({carried, state}) {
    Object.assign(this, {carried, state});
    const {columns, parameters} = carried;
    const others = parameters.filter((i) => columns[i].name !== "seed");
    this.shown = others.length ? others : parameters;
    [this.metric, this.line] = ["against-metric", "against-line"].map((id) => document.getElementById(id));
    const metrics = columns.flatMap(({parameter, name}, i) => (parameter ? [] : [element("option", {value: i, text: name})]));
    this.metric.append(...metrics);
    const lined = new Set(carried.means.map(({line}) => line).filter((line) => line >= 0));
    this.line.append(element("option", {value: 0, text: "no parameter: one line"}));
    this.line.append(...[...lined].toSorted((a, b) => a - b).map((i) => element("option", {value: i + 1, text: columns[i].name})));
    this.metric.addEventListener("change", () => state.set({metric: Number(this.metric.value)}));
    this.line.addEventListener("change", () => state.set({line: Number(this.line.value)}));
    this.plots = new SmallPlots(document.getElementById("against-plots"));
    this.drawSoon = afterwards(() => this.plots.draw());
  }

  redraw(changed) {
    const {state, carried} = this;
    if (changed.has("brushes") && changed.size === 1) this.drawSoon();
    if (!["metric", "line", "dark"].some((name) => changed.has(name))) return;
    [this.metric.value, this.line.value] = [state.metric, state.line];
    const {columns, colours} = carried;
    const {levels = [], name: lineName} = columns[state.line - 1] ?? {};
    const dots = levels.map((level, i) => {
      const dot = element("i");
      dot.style.setProperty("--class", colours[i % colours.length]);
      return element("span", {}, dot, `${lineName} ${level}`);
    });
    document.getElementById("against-key").replaceChildren(...dots);
    const {name} = columns[state.metric] ?? {name: ""};
    if (!carried.done.length) this.plots.show([]);
    else this.plots.show(this.shown.map((parameter) => ({
      title: `${name} against ${columns[parameter].name}`,
      name: `${name}-${columns[parameter].name}`,
      draw: (surface) => this.drawPlot(surface, parameter),
    })));
  }

  drawPlot(surface, parameter) {
    const {carried, state} = this;
    const {columns} = carried;
    const [metric, column] = [columns[state.metric], columns[parameter]];
    const across = this.stretch(describeAxis(column), column);
    const frame = drawFrame(surface, across, describeAxis(metric, true), {acrossName: `${column.name}${column.log ? " (logarithmic)" : ""}`, upName: metric.name});
    const up = describeAxis(metric, true);
    const inside = insideOf(carried, state);
    const place = (trial) => this.placeTrial(trial, column, across, frame);
    const trials = carried.done.filter((trial) => metric.values[trial] !== null);
    for (const {colour, opacity, trials: some} of groupTrials(trials, (trial) => this.colourOf(trial, parameter), inside, 0.55)) {
      surface.dots(some.flatMap((trial) => [place(trial), frame.y(up.place(metric.values[trial]))]), {colour, opacity, radius: trials.length > 500 ? 2 : 3});
    }
    this.drawMeans(surface, parameter, {across, up, frame});
  }

  /** Leave room beside the first and the last value. */
  stretch(axis, column) {
    const margin = column.levels.length ? 0.5 / column.levels.length : 0.03;
    const place = (value) => margin + (1 - 2 * margin) * axis.place(value);
    return {...axis, place, ticks: axis.ticks.map((tick) => ({...tick, place: margin + (1 - 2 * margin) * tick.place}))};
  }

  placeTrial(trial, column, across, frame) {
    const number = column.levels.length;
    const width = number ? (frame.right - frame.left) / (2 * number) : 0;
    return frame.x(across.place(column.values[trial])) + width * JITTER * (2 * ((trial * GOLDEN_RATIO) % 1) - 1);
  }

  colourOf(trial, parameter) {
    const {columns, colours} = this.carried;
    const line = this.lineOf(parameter);
    if (line < 0) return colours[0];
    const column = columns[line];
    return colours[column.at.indexOf(column.values[trial]) % colours.length];
  }

  /** The column of which each value has a line where all is set against a parameter; -1 for a single line. */
  lineOf(parameter) {
    const line = this.state.line - 1;
    return line === parameter ? -1 : line;
  }

  drawMeans(surface, parameter, {across, up, frame}) {
    const {carried, state} = this;
    const line = this.lineOf(parameter);
    const means = carried.means.find((one) => one.parameter === parameter && one.line === line);
    if (!means) return;
    const which = state.metric - carried.parameters.length;
    const [mean, low, high] = [means.mean, means.low, means.high].map((all) => all[which]);
    const lines = [...new Set(means.lines)];
    for (const [number, each] of lines.entries()) {
      const colour = line < 0 ? theme("text") : carried.colours[each % carried.colours.length];
      const shift = DODGE * (number - (lines.length - 1) / 2);
      const found = means.lines.flatMap((one, i) => (one === each && mean[i] !== null ? [i] : []));
      const x = (i) => frame.x(across.place(carried.columns[parameter].at[means.levels[i]])) + shift;
      const y = (value) => Math.min(frame.bottom, Math.max(frame.top, frame.y(up.place(value))));
      surface.lines([found.flatMap((i) => [x(i), y(mean[i])])], {colour, width: 2, opacity: 0.8});
      const bars = found.filter((i) => low[i] !== null);
      surface.lines(bars.map((i) => [x(i), y(low[i]), x(i), y(high[i])]), {colour, width: 2});
      // An end that the plot does not show has no cap.
      const ends = bars.flatMap((i) => [low[i], high[i]].map((end) => [x(i), frame.y(up.place(end))]));
      const seen = ends.filter(([, end]) => end >= frame.top && end <= frame.bottom);
      surface.lines(seen.map(([at, end]) => [at - 4, end, at + 4, end]), {colour, width: 2});
      surface.dots(found.flatMap((i) => [x(i), y(mean[i])]), {colour, radius: 4.5});
    }
  }
}
