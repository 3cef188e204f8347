// The image that is pointed at on a map, beside the pointer, with what is known of it.

import {element, paintImage} from "./images.js";
import {MEASURES} from "./looks.js";

const GAP = 14; // screen pixels between the pointer and the image beside it

/** An image in words. */
export function describeImage({actual, predicted, index, classes, training}, i) {
  return `${i < training ? "Training" : "Test"} image #${index[i]}: ${classes[actual[i]]}, predicted as ${classes[predicted[i]]}`;
}

/** Show an image at its point of a map, or nothing for -1; `measures` are those of the map, if it has any. */
export function showTip(i, {carried, state, map, measures}) {
  const tip = document.getElementById("tip");
  tip.hidden = i < 0;
  if (i < 0) return;
  const {images, actual, predicted, index, classes, shape, training, network} = carried;
  paintImage(tip.querySelector("canvas"), images[i], shape);
  tip.querySelector("canvas").setAttribute("aria-label", describeImage(carried, i));
  const verdict = actual[i] === predicted[i] ? "✓" : "✗";
  const words = [`#${index[i]}`, classes[actual[i]], `predicted as ${classes[predicted[i]]} ${verdict}`];
  if (i >= training) words[0] = `test image #${index[i]}`;
  if (state.colouring === "node") words.push(`node ${state.node}: ${network.activationsOf(state.node, [images[i]])[0].toFixed(2)}`);
  if (measures && i < training) words.push(...MEASURES.map((name, k) => `${name} ${(measures[3 * i + k] / 255).toFixed(2)}`));
  tip.querySelector("p").replaceChildren(...words.map((text) => element("span", {text})));
  const box = map.canvas.getBoundingClientRect();
  const [x, y] = map.screen(map.layer.places[2 * i], map.layer.places[2 * i + 1]);
  const left = Math.min(box.left + x + GAP, document.documentElement.clientWidth - tip.offsetWidth - GAP);
  const top = Math.min(box.top + y + GAP, document.documentElement.clientHeight - tip.offsetHeight - GAP);
  tip.style.transform = `translate(${left}px, ${top}px)`;
}
