// Pictures of images and of weights, and other small things that every part of the page uses. A shape is {rows, columns}.

const RED = [202, 0, 32];
const BLUE = [5, 113, 176];

/** An element with attributes and children; `text` and `class` among the attributes are what they say. */
export function element(tag, {text, ...attributes} = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

const THEMES = {light: {}, dark: {}}; // as they were read: to read one has the browser lay out anew what has changed

/** A colour of the style sheet, as it is now. */
export function theme(name) {
  const found = THEMES[matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"];
  return (found[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
}

export const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)} %`;
export const fixed = (value, digits) => (value === null ? "–" : value.toFixed(digits).replace("-", "−"));
export const count = (number) => number.toLocaleString("en");

/** Red, green and blue, 0 to 255, of "#rrggbb". */
export const rgb = (colour) => [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));

/** A colour between `from` and `to`, both "#rrggbb"; `share` is 0 to 1. */
export function blend(from, to, share) {
  const [start, end] = [rgb(from), rgb(to)];
  return `#${start.map((value, i) => Math.round(value + share * (end[i] - value)).toString(16).padStart(2, "0")).join("")}`;
}

/** Fill a canvas of so many pixels; `colour(pixel)` gives red, green, blue and opacity, 0 to 255. */
function paint(canvas, {rows, columns}, colour) {
  [canvas.width, canvas.height] = [columns, rows];
  const picture = new ImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel++) picture.data.set(colour(pixel), 4 * pixel);
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** Black on nothing: the style sheet makes it light where the page is dark. */
export function paintImage(canvas, image, shape, ink = [0, 0, 0]) {
  paint(canvas, shape, (pixel) => [...ink, image[pixel]]);
}

/** Red where a weight is positive, blue where it is negative, stronger the larger it is against the largest. */
export function paintWeights(canvas, weights, shape) {
  const limit = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  paint(canvas, shape, (pixel) => [...(weights[pixel] > 0 ? RED : BLUE), (255 * Math.abs(weights[pixel])) / limit]);
  return limit;
}

const FIGURES = new WeakMap();

/** An image with its caption, as a button. */
export function showImage(image, shape, description, ...caption) {
  const button = element("button", {type: "button"}, element("canvas", {class: "grey", role: "img"}));
  return changeImage(element("figure", {class: "image"}, button, element("figcaption")), image, shape, description, ...caption);
}

/** Another image with its caption in a figure that is there: quicker than a new one. */
export function changeImage(figure, image, shape, description, ...caption) {
  const [button, text] = figure.children;
  const [canvas] = button.children;
  if (FIGURES.get(figure) !== image) paintImage(canvas, image, shape);
  FIGURES.set(figure, image);
  figure.title = canvas.ariaLabel = button.ariaLabel = description;
  text.replaceChildren(...caption);
  return figure;
}

/** The pixels of the image to whose button an element belongs, if it does. */
export const imageShown = (target) => target.closest("button") && FIGURES.get(target.closest("figure.image"));

/** An image with its caption as a button; `act` answers it. */
export function showImageButton(image, shape, description, caption, act) {
  const canvas = element("canvas", {class: "grey"});
  paintImage(canvas, image, shape);
  const button = element("button", {type: "button", class: "image", "aria-label": description, title: description}, canvas, caption);
  button.addEventListener("click", act);
  return button;
}
