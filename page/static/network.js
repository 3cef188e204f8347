// The network's own arithmetic: the same as Keras's, on the weights of this run.

const TYPES = {uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array, float64: Float64Array};

/** The numbers of an array that `pack` in carried.py made text of. */
export async function unpack({type, data}) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new TYPES[type](await new Response(stream).arrayBuffer());
}

/** The error function, to 1.2e-7 (Numerical Recipes' erfc, a Chebyshev fit). */
function erf(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const fit = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ].reduce((sum, coefficient) => sum * t + coefficient, 0);
  const rest = t * Math.exp(-x * x + fit);
  return x >= 0 ? 1 - rest : rest - 1;
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// Every activation that params.yaml admits, with Keras's constants.
export const ACTIVATIONS = {
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  linear: (x) => x,
  relu: (x) => (x > 0 ? x : 0),
  selu: (x) => 1.05070098 * (x > 0 ? x : 1.67326324 * Math.expm1(x)),
  sigmoid,
  silu: (x) => x * sigmoid(x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x) => x / (1 + Math.abs(x)),
  tanh: Math.tanh,
};

/** A network: pixels -> hidden nodes -> classes. */
export class Network {
  /** Takes a `CarriedNetwork` with its arrays unpacked. */
  constructor({activation, nodes, hidden, hiddenBias, output, outputBias, pixels = null}) {
    Object.assign(this, {nodes, hidden, hiddenBias, output, outputBias, pixels});
    this.activate = ACTIVATIONS[activation];
  }

  /** The inputs, 0 to 1, that the network takes of an image of pixel values 0 to 255. */
  inputs(image) {
    return this.pixels ? this.pixels.map((pixel) => image[pixel] / 255) : Array.from(image, (value) => value / 255);
  }

  /** Put the sums that all hidden nodes make of an image into `sums`, an array of float64. */
  sum(image, sums) {
    const {nodes, hidden} = this;
    sums.set(this.hiddenBias);
    this.inputs(image).forEach((value, input) => {
      if (value === 0) return;
      const start = input * nodes;
      for (let node = 0; node < nodes; node++) sums[node] += value * hidden[start + node];
    });
    return sums;
  }

  /** The activations of all hidden nodes for an image. */
  activations(image) {
    return this.sum(image, new Float64Array(this.nodes)).map(this.activate);
  }

  /** The scores of the classes, which the largest wins, that follow from the activations of the hidden nodes. */
  scores(activations) {
    const sums = Array.from(this.outputBias);
    activations.forEach((value, node) => {
      for (let k = 0; k < sums.length; k++) sums[k] += value * this.output[node * sums.length + k];
    });
    return sums;
  }

  /** The class probabilities that follow from the activations of the hidden nodes. */
  probabilities(activations) {
    const sums = this.scores(activations);
    const largest = Math.max(...sums);
    const powers = sums.map((sum) => Math.exp(sum - largest));
    const total = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / total);
  }

  /** The activations of one node for each of `images`, arrays of pixel values. */
  activationsOf(node, images) {
    const weights = this.incoming(node);
    return images.map((image) => {
      let sum = 0;
      for (let i = 0; i < image.length; i++) if (image[i]) sum += image[i] * weights[i];
      return this.activate(sum / 255 + this.hiddenBias[node]);
    });
  }

  incoming(node) {
    return Float64Array.from({length: this.hidden.length / this.nodes}, (_, i) => this.hidden[i * this.nodes + node]);
  }

  outgoing(node) {
    const classes = this.outputBias.length;
    return Array.from(this.output.subarray(node * classes, (node + 1) * classes));
  }
}
