// What the points of maps look like: their colours by the rule that was chosen, what is selected, what lies on top.

import {blend, rgb, theme} from "./images.js";
import {SpritePainter} from "./sprites.js";
import {WebglPainter} from "./webgl.js";

export const MEASURES = ["trustworthiness", "continuity", "kept"];
const SIZES = {plain: 6, wrong: 10, test: 4};
const OPACITIES = {plain: 0.85, pale: 0.35, muted: 0.07};
const SHADES = 64; // between the two ends of a scale
const TAIL = 0.02; // of the images may lie beyond the lower end of a measure's scale
const shared = {painter: null};

/** The marks of the classes, SVG paths: those of the buttons that select classes. */
const readMarks = () => [...document.querySelectorAll("#classes path")].map((path) => path.getAttribute("d"));

/** What draws the points of all maps: WebGL where the browser has it. */
export function openPainter() {
  shared.painter ??= WebglPainter.open(readMarks()) ?? new SpritePainter(readMarks());
  return shared.painter;
}

/** The ends of the scale of a measure, the same on both t-SNE maps. */
function measureScale({maps}, which) {
  const measured = Object.values(maps).filter(({measures}) => measures);
  const values = measured.flatMap(({measures}) => Array.from(measures).filter((_, i) => i % 3 === which)).toSorted((a, b) => a - b);
  return [values[Math.floor(TAIL * values.length)] / 255, values.at(-1) / 255];
}

/** The ends of the scale that colours follow, and what they are called; null where colours follow none. */
export function scaleOf(carried, {colouring, node}) {
  const which = MEASURES.indexOf(colouring);
  if (which >= 0) {
    const [low, high] = measureScale(carried, which);
    return {low, high, words: [`${low.toFixed(2)} or less`, high.toFixed(2)], where: "on the maps of t-SNE"};
  }
  if (colouring !== "node") return null;
  const activations = carried.activationsOf(node);
  const [low, high] = [Math.min(...activations), Math.max(...activations)];
  return {low, high, words: [`smallest ${low.toFixed(2)}`, `${high.toFixed(2)} largest`], where: ""};
}

/** The value of each image on the scale, a function of its position; null where it has none. */
function valuesOf(carried, {colouring, node, tests}, measures) {
  const {training, images, network} = carried;
  if (colouring === "node") {
    const more = tests ? network.activationsOf(node, images.slice(training)) : [];
    const activations = carried.activationsOf(node);
    return (i) => (i < training ? activations[i] : more[i - training]);
  }
  const which = MEASURES.indexOf(colouring);
  return (i) => (measures && i < training ? measures[3 * i + which] / 255 : null);
}

/** A function that gives an image's colour, [red, green, blue]; `measures` are those of the map, if it has any. */
function colourRule(carried, state, measures) {
  const {actual, predicted} = carried;
  const scale = scaleOf(carried, state);
  if (scale) {
    const value = valuesOf(carried, state, measures);
    const [low, high, none] = ["low", "high", "soft"].map(theme);
    const shades = Array.from({length: SHADES}, (_, i) => rgb(blend(low, high, i / (SHADES - 1))));
    const share = (number) => Math.min(1, Math.max(0, (number - scale.low) / (scale.high - scale.low || 1)));
    const missing = rgb(none);
    return (i) => (value(i) === null ? missing : shades[Math.round((SHADES - 1) * share(value(i)))]);
  }
  const [correct, wrong] = ["correct", "wrong"].map((name) => rgb(theme(name)));
  const classes = carried.colours.map(rgb);
  return state.colouring === "correct" ? (i) => (actual[i] === predicted[i] ? correct : wrong) : (i) => classes[actual[i]];
}

/** How the first `shown` images look on a map, and in which order they are drawn: what matters on top. */
export function lookAt(carried, state, shown, measures) {
  const {actual, predicted, images, training} = carried;
  const {count} = openPainter();
  const colour = colourRule(carried, state, measures);
  const selected = new Set(state.images);
  const judged = state.colouring === "correct";
  const marks = Uint8Array.from(actual, (k) => k % count);
  const looks = {colours: new Uint8Array(4 * images.length), marks, sizes: new Uint8Array(images.length)};
  const layers = [[], [], []];
  for (let i = 0; i < shown; i++) {
    const wrong = judged && actual[i] !== predicted[i];
    const muted = selected.size > 0 && !selected.has(i);
    const opacity = OPACITIES[muted ? "muted" : judged && !wrong ? "pale" : "plain"];
    looks.colours.set([...colour(i), Math.round(255 * opacity)], 4 * i);
    looks.sizes[i] = SIZES[wrong ? "wrong" : i < training ? "plain" : "test"];
    layers[muted ? 0 : wrong ? 2 : 1].push(i);
  }
  return {looks, order: Uint32Array.from(layers.flat())};
}

/** Whether a change of the state changes what points look like. */
export const changesLooks = (changed, {colouring}) =>
  ["colouring", "dark", "images", "tests"].some((name) => changed.has(name)) || (changed.has("node") && colouring === "node");

/** Rings around the image that is open and the one that is pointed at. */
export const ringsOf = ({image, pointed}) =>
  [{i: image, colour: theme("text")}, {i: pointed, colour: theme("dot")}].filter(({i}) => i >= 0);
