// What a network predicts with some of its hidden nodes held at a value. `held` has a value a node, NaN where it is free.

const BLOCK = 256; // images at a time, so that their scores stay in the processor's cache

/** Activations with some of the nodes held. */
export const hold = (activations, held) => activations.map((value, node) => (Number.isNaN(held[node]) ? value : held[node]));

/** The position of the largest of `count` values from `start`, the first of equal ones. */
export function argmax(values, start = 0, count = values.length) {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k] > values[start + best]) best = k;
  return best;
}

/**
 * The activations of all hidden nodes for `images`, arrays of pixel values: float32 (nodes, images), rounded from sums in
 * float64. `report` is told the share that is done.
 */
export function activateAll(network, images, report = () => {}) {
  const {nodes, activate} = network;
  const [count, all] = [images.length, new Float32Array(nodes * images.length)];
  const block = new Float64Array(BLOCK * nodes);
  for (let first = 0; first < count; first += BLOCK) {
    const size = Math.min(BLOCK, count - first);
    for (let i = 0; i < size; i++) network.sum(images[first + i], block.subarray(i * nodes, (i + 1) * nodes));
    for (let node = 0; node < nodes; node++) {
      for (let i = 0; i < size; i++) all[node * count + first + i] = activate(block[i * nodes + node]);
    }
    report((first + size) / count);
  }
  return all;
}

const TOGETHER = 8; // nodes whose changes are added at a time, as to read and write scores takes longer than sums

/**
 * Add to the scores of images `first` to `last` what up to eight nodes change: (held - activation) x outgoing weights, or
 * without `held` activation x weights.
 */
function addEight({activations, count, output, classes}, scores, eight, held, first, last) {
  const every = Array.from({length: TOGETHER}, (_, j) => j);
  const [ra, rb, rc, rd, re, rf, rg, rh] = every.map((j) => (eight[j] ?? 0) * count);
  const [a, b, c, d, e, f, g, h] = every.map((j) => (held && j < eight.length ? held[eight[j]] : 0));
  const weights = new Float64Array(TOGETHER * classes); // 0 for what eight has not
  eight.forEach((node, j) => {
    for (let k = 0; k < classes; k++) weights[k * TOGETHER + j] = output[node * classes + k];
  });
  const sign = held ? -1 : 1;
  for (let i = first, at = first * classes; i < last; i++) {
    const one = a + sign * activations[ra + i];
    const two = b + sign * activations[rb + i];
    const three = c + sign * activations[rc + i];
    const four = d + sign * activations[rd + i];
    const five = e + sign * activations[re + i];
    const six = f + sign * activations[rf + i];
    const seven = g + sign * activations[rg + i];
    const eighth = h + sign * activations[rh + i];
    for (let w = 0; w < weights.length; w += TOGETHER, at++) {
      scores[at] +=
        one * weights[w] + two * weights[w + 1] + three * weights[w + 2] + four * weights[w + 3] +
        five * weights[w + 4] + six * weights[w + 5] + seven * weights[w + 6] + eighth * weights[w + 7];
    }
  }
}

/** What a network with these `activations` (nodes, images) predicts for the images: an update, not a pass, a question. */
export class HeldScores {
  constructor(network, activations) {
    const classes = network.outputBias.length;
    Object.assign(this, {activations, nodes: network.nodes, output: network.output, bias: network.outputBias, classes});
    this.count = activations.length / network.nodes;
    this.free = this.sum(new Float64Array(network.nodes).fill(NaN), null);
  }

  /**
   * The scores (images, classes) of all images, float64. Each answer is summed anew, from the free network's or from the
   * bias, whichever is nearer, so that no error adds up and undoing gives the same bits.
   */
  sum(held, free = this.free) {
    const every = Array.from(held, (_, node) => node);
    const [off, on] = [true, false].map((is) => every.filter((node) => !Number.isNaN(held[node]) === is));
    const near = free && off.length <= on.length;
    const scores = near ? free.slice() : this.constant(off, held);
    const changed = near ? off : on;
    for (let first = 0; first < this.count; first += BLOCK) {
      const last = Math.min(first + BLOCK, this.count);
      for (let j = 0; j < changed.length; j += TOGETHER) addEight(this, scores, changed.slice(j, j + TOGETHER), near && held, first, last);
    }
    return scores;
  }

  /** The scores that the bias and the nodes held give to every image. */
  constant(off, held) {
    const one = Float64Array.from(this.bias);
    for (const node of off) for (let k = 0; k < this.classes; k++) one[k] += held[node] * this.output[node * this.classes + k];
    const scores = new Float64Array(this.count * this.classes);
    for (let i = 0; i < this.count; i++) scores.set(one, i * this.classes);
    return scores;
  }

  /** The predicted class of each image. */
  predict(held) {
    const scores = this.sum(held);
    return Uint8Array.from({length: this.count}, (_, i) => argmax(scores, i * this.classes, this.classes));
  }
}

/** How many images of each actual class (rows) are predicted as each class: (classes, classes). */
export function confuse(actual, predicted, classes) {
  const counts = new Uint32Array(classes * classes);
  for (let i = 0; i < predicted.length; i++) counts[actual[i] * classes + predicted[i]]++;
  return counts;
}

/**
 * Why a network gives these `activations` a class and not another: the difference of the two scores, exactly, is that of the
 * biases plus, of each node, activation x difference of its outgoing weights.
 */
export function explain(network, activations) {
  const {output, outputBias} = network;
  const classes = outputBias.length;
  const scores = network.scores(activations);
  const winner = argmax(scores);
  const rest = Float64Array.from(scores, (score, k) => (k === winner ? -Infinity : score));
  const other = argmax(rest);
  const weights = Float64Array.from(activations, (_, node) => output[node * classes + winner] - output[node * classes + other]);
  return {
    winner,
    other,
    bias: outputBias[winner] - outputBias[other],
    weights,
    parts: weights.map((weight, node) => weight * activations[node]),
    difference: scores[winner] - scores[other],
  };
}
