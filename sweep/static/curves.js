// Learning curves, a line a trial, in a plot for each value of a parameter.

import {integerBelow, oneOf} from "../../page/static/codecs.js";
import {element, theme} from "../../page/static/images.js";
import {describeAxis, findExtent} from "./axes.js";
import {afterwards, insideOf} from "./brushed.js";
import {SmallPlots} from "./small_plots.js";
import {findStarts} from "./sweep_carried.js";
import {colourTrials, drawFrame, groupTrials} from "./trial_colours.js";

const MOST_PLOTS = 30;
const MEASURES = {
  valAccuracy: "Accuracy, validation",
  accuracy: "Accuracy, training",
  valLoss: "Loss, validation",
  loss: "Loss, training",
};

export class Curves {
  static initial({columns, parameters}) {
    const facet = parameters.find((i) => columns[i].levels.length > 0 && columns[i].name !== "seed");
    return {measure: "valAccuracy", facet: (facet ?? -1) + 1, curveLog: "no"};
  }

  static address({columns}) {
    return {measure: oneOf(Object.keys(MEASURES)), facet: integerBelow(columns.length + 1), curveLog: oneOf(["yes", "no"])};
  }

  constructor({carried, state}) {
    const {curves, columns, parameters} = carried;
    Object.assign(this, {carried, state, starts: findStarts(curves.epochs)});
    this.order = new Map(curves.trials.map((trial, i) => [trial, i]));
    this.plots = new SmallPlots(document.getElementById("curve-plots"));
    this.drawSoon = afterwards(() => this.plots.draw());
    this.measure = document.getElementById("curve-measure");
    if (!this.measure) return;
    this.facet = document.getElementById("curve-facet");
    const few = parameters.filter((i) => columns[i].levels.length > 0 && columns[i].levels.length <= MOST_PLOTS);
    this.facet.append(element("option", {value: 0, text: "no parameter: one plot"}));
    this.facet.append(...few.map((i) => element("option", {value: i + 1, text: columns[i].name})));
    this.log = document.getElementById("curve-log");
    this.measure.addEventListener("change", () => state.set({measure: this.measure.value}));
    this.facet.addEventListener("change", () => state.set({facet: Number(this.facet.value)}));
    this.log.addEventListener("change", () => state.set({curveLog: this.log.checked ? "yes" : "no"}));
  }

  redraw(changed) {
    if (!this.measure) return;
    if (changed.has("brushes") && changed.size === 1) this.drawSoon();
    if (!["measure", "facet", "curveLog", "colouring", "dark"].some((name) => changed.has(name))) return;
    const {state, carried} = this;
    const {curves, columns} = carried;
    [this.measure.value, this.facet.value, this.log.checked] = [state.measure, state.facet, state.curveLog === "yes"];
    const numbers = curves[state.measure];
    const [low, high] = findExtent(numbers);
    const log = state.curveLog === "yes" && low > 0;
    this.up = describeAxis({levels: [], values: [low, high], log, numeric: true, percent: state.measure.endsWith("ccuracy")}, true);
    this.across = describeAxis({levels: [], values: [1, Math.max(...curves.epochs)], log: false, numeric: true});
    this.colourOf = colourTrials(carried, state.colouring);
    const column = columns[state.facet - 1];
    const groups = column?.levels.length ? column.levels.map((level, i) => [`${column.name} ${level}`, column.at[i]]) : [["All trials", null]];
    this.plots.show(groups.map(([title, value]) => ({
      title: `${title}: ${MEASURES[state.measure].toLowerCase()}`,
      name: `${state.measure}-${title}`.replaceAll(/[^\w.-]+/g, "-"),
      draw: (surface) => this.drawPlot(surface, curves.trials.filter((trial) => value === null || column.values[trial] === value)),
    })));
  }

  drawPlot(surface, trials) {
    const {carried, state, across, up} = this;
    const {curves} = carried;
    const ticks = across.ticks.filter(({text}) => !text.includes("."));
    const frame = drawFrame(surface, {...across, ticks}, up, {acrossName: "Epoch", upName: MEASURES[state.measure]});
    const numbers = curves[state.measure];
    const inside = insideOf(carried, state);
    const lineOf = (trial) => {
      const which = this.order.get(trial);
      const start = this.starts[which];
      const line = [];
      for (let i = 0; i < curves.epochs[which]; i++) line.push(frame.x(across.place(i + 1)), frame.y(up.place(numbers[start + i])));
      return line;
    };
    for (const {colour, opacity, trials: some} of groupTrials(trials, this.colourOf, inside, Math.min(0.85, 4 / Math.sqrt(trials.length)))) {
      surface.lines(some.map(lineOf), {colour, opacity, width: 1.5});
      const single = some.filter((trial) => curves.epochs[this.order.get(trial)] === 1);
      surface.dots(single.flatMap(lineOf), {colour, opacity, radius: 3});
    }
    if (!trials.length) surface.text("no trial has run", (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, {colour: theme("soft"), anchor: "middle"});
  }
}
