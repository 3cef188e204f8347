"use strict";
/* exported SIDE, element, paintDigit, paintWeights, showDigit, percent, count, theme */

// Pictures of digits and of weights, and other small things that every part of the page uses.

const SIDE = 28;
const RED = [202, 0, 32];
const BLUE = [5, 113, 176];

/** An element with attributes and children; `text` and `class` among the attributes are what they say. */
function element(tag, {text, ...attributes} = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;
const count = (number) => number.toLocaleString("en");

/** Fill a canvas of 28 x 28 pixels; `colour(pixel)` gives red, green, blue and opacity, 0 to 255. */
function paint(canvas, colour) {
  canvas.width = canvas.height = SIDE;
  const picture = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) picture.data.set(colour(pixel), 4 * pixel);
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** Black ink on nothing: the style sheet makes it light ink where the page is dark. */
function paintDigit(canvas, image) {
  paint(canvas, (pixel) => [0, 0, 0, image[pixel]]);
}

/** Red where ink excites, blue where it silences, stronger the larger the weight is against the largest. */
function paintWeights(canvas, weights) {
  const limit = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  paint(canvas, (pixel) => [...(weights[pixel] > 0 ? RED : BLUE), (255 * Math.abs(weights[pixel])) / limit]);
  return limit;
}

/** A digit with its caption. */
function showDigit(image, description, ...caption) {
  const canvas = element("canvas", {class: "ink", role: "img", "aria-label": description});
  paintDigit(canvas, image);
  return element("figure", {class: "digit", title: description}, canvas, element("figcaption", {}, ...caption));
}
