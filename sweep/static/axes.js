// Where the values of a column lie on an axis, and how they are written.

import {count} from "../../page/static/images.js";

const MOST_TICKS = 12; // levels that are named on an axis
const TICKS = 5; // of an axis of numbers, about
const CLOSE = 0.04; // of an axis: levels nearer than that to one another are drawn in even steps
const ROOM = 0.04; // of what an axis shows, beyond the largest and the smallest value

/** A value of a column in words. */
export function showValue({levels, numeric, percent}, value) {
  if (value === null || value === undefined) return "–";
  if (!numeric) return levels[Math.round(value)];
  if (percent) return `${(100 * value).toFixed(2)} %`;
  if (Number.isInteger(value)) return count(value);
  return Number(value.toPrecision(4)).toString().replace("-", "−");
}

/** Round numbers from `low` to `high`, about `wanted` of them. */
export function roundTicks(low, high, wanted = TICKS) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1)}, (_, i) => (first + i) * step);
}

/** Powers of ten and what lies between them, where there are few. */
function logTicks(low, high) {
  const powers = Array.from({length: 40}, (_, i) => i - 20);
  const wide = high / low > 1000;
  const all = powers.flatMap((power) => (wide ? [1] : [1, 2, 5]).map((digit) => digit * 10 ** power));
  return all.filter((tick) => tick >= low && tick <= high);
}

/** The smallest and the largest of numbers, some of which may be null; 0 and 1 where there are none. */
export function findExtent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : [low, high];
}

/** The axis from `low` to `high`: `place` gives the share of it at which a value lies, `value` what lies at a share. */
export function scaleBetween(low, high, log) {
  if (low === high) return {low, high, place: () => 0.5, value: () => low};
  const [there, back] = log ? [Math.log, Math.exp] : [(x) => x, (x) => x];
  const [start, end] = [there(low), there(high)];
  return {
    low,
    high,
    place: (value) => (there(value) - start) / (end - start),
    value: (share) => back(start + share * (end - start)),
  };
}

/** The axis on which all `levels`, ascending numbers, are as far apart. */
export function scaleEvenly(levels) {
  const steps = levels.length - 1;
  const between = (from, to, x) => {
    const i = Math.min(steps - 1, Math.max(0, from.findLastIndex((start) => start <= x)));
    return to[i] + ((x - from[i]) / (from[i + 1] - from[i])) * (to[i + 1] - to[i]);
  };
  const shares = levels.map((_, i) => i / steps);
  const place = (value) => between(levels, shares, value);
  return {low: levels[0], high: levels.at(-1), place, value: (share) => between(shares, levels, share)};
}

/** Whether levels lie so close to one another that nobody could tell them apart on an axis. */
function areClose(levels) {
  const range = levels.at(-1) - levels[0];
  return levels.some((level, i) => i > 0 && level - levels[i - 1] < CLOSE * range);
}

/** The numbers at which an axis has ticks, with their words. */
function tickColumn(column, scale) {
  const {levels, at, log, percent} = column;
  if (scale.low === scale.high && !levels.length) return [{place: scale.place(scale.low), text: showValue(column, scale.low)}];
  if (levels.length) {
    const step = Math.ceil(levels.length / MOST_TICKS);
    return at.flatMap((value, i) => (i % step ? [] : [{place: scale.place(value), text: levels[i]}]));
  }
  const whole = column.values.every((value) => value === null || Number.isInteger(value));
  const all = log ? logTicks(scale.low, scale.high) : roundTicks(scale.low, scale.high);
  const ticks = all.filter((tick) => !whole || Number.isInteger(tick));
  const digits = Math.max(0, -Math.floor(Math.log10((100 * (ticks[1] - ticks[0])) || 1) + 1e-9));
  const words = (tick) => (percent ? `${(100 * tick).toFixed(digits)} %` : showValue(column, Number(tick.toPrecision(6))));
  return ticks.map((tick) => ({place: scale.place(tick), text: words(tick)}));
}

/** The axis of a column; one with `room` shows a little more than the values. */
export function describeAxis(column, room = false) {
  let [low, high] = column.levels.length ? findExtent(column.at) : findExtent(column.values);
  if (room && !column.log && !column.levels.length) [low, high] = [low - ROOM * (high - low), high + ROOM * (high - low)];
  const even = column.levels.length && !column.log && areClose(column.at);
  const scale = even ? scaleEvenly(column.at) : scaleBetween(low, high, column.log);
  return {...scale, ticks: tickColumn(column, scale)};
}
