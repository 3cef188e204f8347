// The colours of trials, by the column that the visitor chose; and the frame that all small plots have.

import {blend, theme} from "../../page/static/images.js";
import {describeAxis, showValue} from "./axes.js";

const LOW = "#0173b2";
const HIGH = "#de8f05";
const SHADES = 32;
const PALE = 0.12; // opacity of trials outside the ranges

/** A function that gives the colour of a trial. */
export function colourTrials({columns, colours}, colouring) {
  const column = columns[colouring];
  if (!column) return () => LOW;
  if (!column.numeric) return (trial) => colours[column.values[trial] % colours.length];
  const {place} = describeAxis(column);
  const shades = Array.from({length: SHADES}, (_, i) => blend(LOW, HIGH, i / (SHADES - 1)));
  const shadeOf = (share) => shades[Math.round((SHADES - 1) * Math.min(1, Math.max(0, share)))];
  return (trial) => (column.values[trial] === null ? theme("soft") : shadeOf(place(column.values[trial])));
}

/** What the colours mean, as the children of an element. */
export function explainColours({columns, colours}, colouring, element) {
  const column = columns[colouring];
  if (!column) return [];
  if (!column.numeric) {
    return column.levels.map((level, i) => {
      const dot = element("span", {class: "dot"});
      dot.style.background = colours[i % colours.length];
      return element("span", {}, dot, level);
    });
  }
  const {low, high} = describeAxis(column);
  const bar = element("span", {class: "gradient"});
  bar.style.background = `linear-gradient(90deg, ${LOW}, ${HIGH})`;
  return [element("span", {text: `${column.name}: ${showValue(column, low)}`}), bar, element("span", {text: showValue(column, high)})];
}

/** Trials by colour, those inside the ranges and those outside apart: [{colour, opacity, trials}], the inside ones last. */
export function groupTrials(trials, colourOf, inside, opacity) {
  const groups = [new Map(), new Map()];
  for (const trial of trials) {
    const [group, colour] = [groups[inside[trial]], colourOf(trial)];
    if (!group.has(colour)) group.set(colour, []);
    group.get(colour).push(trial);
  }
  return groups.flatMap((group, is) => [...group].map(([colour, found]) => ({colour, opacity: is ? opacity : PALE, trials: found})));
}

/**
 * Draw the axes of a plot; the rectangle that is left for its contents. `across` and `up` are axes as `describeAxis` gives them.
 */
export function drawFrame(surface, across, up, {acrossName, upName}) {
  const {width, height} = surface;
  const longest = Math.max(...up.ticks.map(({text}) => text.length), 1);
  const frame = {left: Math.min(110, 34 + 6.6 * longest), top: 10, right: width - 14, bottom: height - 46};
  const [soft, line] = [theme("soft"), theme("line")];
  const y = (share) => frame.bottom - share * (frame.bottom - frame.top);
  const x = (share) => frame.left + share * (frame.right - frame.left);
  surface.lines(up.ticks.map(({place}) => [frame.left, y(place), frame.right, y(place)]), {colour: line});
  for (const {place, text} of up.ticks) surface.text(text, frame.left - 6, y(place), {colour: soft, anchor: "end", size: 11});
  let free = -Infinity;
  for (const {place, text} of across.ticks) {
    const half = 3.4 * text.length;
    if (x(place) - half < free) continue;
    free = x(place) + half + 4;
    surface.text(text, x(place), frame.bottom + 14, {colour: soft, anchor: "middle", size: 11});
  }
  surface.text(acrossName, (frame.left + frame.right) / 2, height - 10, {colour: soft, anchor: "middle"});
  surface.text(upName, 10, (frame.top + frame.bottom) / 2, {colour: soft, anchor: "middle", turn: -90});
  return {...frame, x, y};
}
