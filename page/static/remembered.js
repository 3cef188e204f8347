// The activations that the worker has computed, once for each part of what the page carries: training and test images.

import {activateAll} from "./scores.js";

const known = {training: null, tests: null};

/** Those for a part of the images, (nodes, images); `report` is told the share that is done. */
export function rememberActivationsOf(part, {network, images, training}, report) {
  known[part] ??= activateAll(network, part === "tests" ? images.slice(training) : images.slice(0, training), report);
  return known[part];
}
