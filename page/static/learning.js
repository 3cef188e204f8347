// A network that learns, as the pipeline's does: first weights, loss and gradients of a batch, a step of RMSprop.

import {ACTIVATIONS} from "./network.js";

const RHO = 0.9; // RMSprop's memory of squared gradients, and what keeps their root from 0: Keras's defaults
const EPSILON = 1e-7;
const SCALED = Float32Array.from({length: 256}, (_, value) => value / 255); // as `scale_pixels` does

// The slope of an activation function, from the activation.
const SLOPES = {
  relu: (y) => (y > 0 ? 1 : 0),
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
};

/**
 * Images as only those of their inputs that are not 0, as most pixels are: image i has those from starts[i] to starts[i + 1].
 * @typedef {object} SparseImages
 * @property {Uint32Array} starts
 * @property {Uint16Array} inputs - positions
 * @property {Uint8Array} values - pixel values, 1 to 255
 * @property {ArrayLike<number>} actual - the class of each image
 */

/**
 * Weights as in `CarriedNetwork`: `hidden` is (inputs, nodes), `output` (nodes, classes).
 * @typedef {object} LearnedWeights
 * @property {Float64Array} hidden
 * @property {Float64Array} hiddenBias
 * @property {Float64Array} output
 * @property {Float64Array} outputBias
 */

/** A source of numbers from 0 to below 1, the same ones for the same whole number `seed` (mulberry32). */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers from 0 to `count` - 1 in a random order. */
export function drawOrder(count, random) {
  const order = Uint32Array.from({length: count}, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** First weights as Keras draws them: evenly within Glorot's limits, biases 0. */
export function drawWeights(inputs, nodes, classes, random) {
  const draw = (from, to) => {
    const limit = Math.sqrt(6 / (from + to));
    return Float64Array.from({length: from * to}, () => limit * (2 * random() - 1));
  };
  return {
    hidden: draw(inputs, nodes),
    hiddenBias: new Float64Array(nodes),
    output: draw(nodes, classes),
    outputBias: new Float64Array(classes),
  };
}

/** `images`, an array of pixel values each, and their classes as `SparseImages`; inputs are all pixels, or those of `pixels`. */
export function listInputs(images, actual, pixels = null) {
  const places = pixels ?? Array.from(images[0] ?? [], (_, pixel) => pixel);
  const starts = new Uint32Array(images.length + 1);
  images.forEach((image, i) => {
    starts[i + 1] = starts[i];
    for (const place of places) if (image[place]) starts[i + 1]++;
  });
  const [inputs, values] = [new Uint16Array(starts[images.length]), new Uint8Array(starts[images.length])];
  let next = 0;
  for (const image of images) {
    for (let input = 0; input < places.length; input++) {
      if (!image[places[input]]) continue;
      inputs[next] = input;
      values[next++] = image[places[input]];
    }
  }
  return {starts, inputs, values, actual};
}

/** What learns: `weights`, copied, and what training needs beside them. `settings` are {activation, l2, learningRate}. */
export function startLearning(weights, settings) {
  const each = (make) => Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, make(values)]));
  return {
    ...settings,
    weights: each((values) => Float64Array.from(values)),
    gradients: each((values) => new Float64Array(values.length)),
    velocities: each((values) => new Float64Array(values.length)),
    activations: new Float64Array(weights.hiddenBias.length),
    scores: new Float64Array(weights.outputBias.length),
  };
}

/** Put the activations and the class scores of an image into `activations` and `scores` of what learns. */
function applyWeights({weights, activation, activations, scores}, {starts, inputs, values}, image) {
  const {hidden, output} = weights;
  const [nodes, classes, activate] = [activations.length, scores.length, ACTIVATIONS[activation]];
  activations.set(weights.hiddenBias);
  for (let i = starts[image]; i < starts[image + 1]; i++) {
    const [value, row] = [SCALED[values[i]], inputs[i] * nodes];
    for (let node = 0; node < nodes; node++) activations[node] += value * hidden[row + node];
  }
  scores.set(weights.outputBias);
  for (let node = 0; node < nodes; node++) {
    const active = (activations[node] = activate(activations[node]));
    for (let k = 0; k < classes; k++) scores[k] += active * output[node * classes + k];
  }
}

/** Make scores class probabilities, in place; the cross-entropy with class `actual`, and whether that is predicted. */
function compare(scores, actual) {
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k] > scores[best]) best = k;
  const [largest, score] = [scores[best], scores[actual]];
  let total = 0;
  for (let k = 0; k < scores.length; k++) total += scores[k] = Math.exp(scores[k] - largest);
  for (let k = 0; k < scores.length; k++) scores[k] /= total;
  return {crossEntropy: largest - score + Math.log(total), correct: best === actual};
}

/** Add the gradient of one image's cross-entropy, of which the activations and class probabilities are at hand. */
function addGradients({weights, gradients, activation, activations, scores}, {starts, inputs, values, actual}, image) {
  const {hidden, hiddenBias, output, outputBias} = gradients;
  const [nodes, classes, slope] = [activations.length, scores.length, SLOPES[activation]];
  scores[actual[image]] -= 1;
  for (let k = 0; k < classes; k++) outputBias[k] += scores[k];
  for (let node = 0; node < nodes; node++) {
    const active = activations[node];
    let back = 0;
    for (let i = node * classes, k = 0; k < classes; i++, k++) {
      output[i] += active * scores[k];
      back += weights.output[i] * scores[k];
    }
    activations[node] = back * slope(active);
    hiddenBias[node] += activations[node];
  }
  for (let i = starts[image]; i < starts[image + 1]; i++) {
    const [value, row] = [SCALED[values[i]], inputs[i] * nodes];
    for (let node = 0; node < nodes; node++) hidden[row + node] += value * activations[node];
  }
}

/** A step of RMSprop; the gradients, sums over `images` images, are 0 again after it. Gives the sum of the squared weights. */
function stepWeights(weights, gradients, velocities, images, l2, learningRate) {
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i];
    const gradient = gradients[i] / images + 2 * l2 * weight;
    const velocity = (velocities[i] = RHO * velocities[i] + (1 - RHO) * gradient * gradient);
    weights[i] = weight - (learningRate * gradient) / Math.sqrt(velocity + EPSILON);
    gradients[i] = 0;
    squares += weight * weight;
  }
  return squares;
}

/**
 * Learn from the images `rows` of `images`, a batch. Gives its loss before the step, as the pipeline defines it (the mean
 * cross-entropy, and `l2` times the sum of the squared weights of the hidden layer), and how many were predicted correctly.
 */
export function trainBatch(learner, images, rows) {
  const {weights, gradients, velocities, l2, learningRate} = learner;
  let [loss, correct] = [0, 0];
  for (const image of rows) {
    applyWeights(learner, images, image);
    const found = compare(learner.scores, images.actual[image]);
    loss += found.crossEntropy / rows.length;
    correct += found.correct;
    addGradients(learner, images, image);
  }
  for (const name of Object.keys(weights)) {
    const penalty = name === "hidden" ? l2 : 0;
    const squares = stepWeights(weights[name], gradients[name], velocities[name], rows.length, penalty, learningRate);
    loss += penalty * squares;
  }
  return {loss, correct};
}

/** How many of all `images` are predicted correctly. */
export function countCorrect(learner, images) {
  let correct = 0;
  for (let image = 0; image < images.actual.length; image++) {
    applyWeights(learner, images, image);
    correct += compare(learner.scores, images.actual[image]).correct;
  }
  return correct;
}
