// The training of a small network on the images that the page carries, as far as it is at any time.

import {countCorrect, drawOrder, drawWeights, listInputs, seededRandom, startLearning, trainBatch} from "./learning.js";

const MEASURED = 4; // times an epoch that the held-out images are classified

/**
 * What the visitor chooses of a training.
 * @typedef {object} LearnSettings
 * @property {number} nodes
 * @property {"relu" | "tanh" | "sigmoid"} activation
 * @property {number} l2
 * @property {number} learningRate
 * @property {"all" | "selected"} pixels
 * @property {number} seed - of the first weights and of the order of the images
 * @property {number} batchSize
 */

/** Its images are the training images that the page carries; the test images that it carries are held out. */
export class Course {
  /**
   * Draw the first weights.
   * @param {{images: Uint8Array[], actual: number[], training: number, classes: string[], selected: Network}} carried
   * @param {LearnSettings} settings
   */
  constructor({images, actual, training, classes, selected}, settings) {
    const pixels = settings.pixels === "selected" ? selected.pixels : null;
    const inputs = pixels ? pixels.length : images[0].length;
    this.random = seededRandom(settings.seed);
    this.training = listInputs(images.slice(0, training), actual.slice(0, training), pixels);
    this.heldOut = listInputs(images.slice(training), actual.slice(training), pixels);
    this.learner = startLearning(drawWeights(inputs, settings.nodes, classes.length, this.random), settings);
    this.size = settings.batchSize;
    this.perEpoch = Math.ceil(training / this.size);
    Object.assign(this, {epoch: 0, seen: 0, done: this.perEpoch});
  }

  /** A batch; the first of an epoch finds the images in a new order. Gives its loss. */
  trainNext() {
    if (this.done === this.perEpoch) {
      const order = drawOrder(this.training.actual.length, this.random);
      Object.assign(this, {order, epoch: this.epoch + 1, done: 0, images: 0, loss: 0, correct: 0});
    }
    const rows = this.order.subarray(this.done * this.size, (this.done + 1) * this.size);
    const {loss, correct} = trainBatch(this.learner, this.training, rows);
    this.done++;
    this.seen++;
    this.images += rows.length;
    this.loss += loss * rows.length;
    this.correct += correct;
    return loss;
  }

  /** Whether the held-out images are due: some times an epoch, and at its end. */
  get isDue() {
    return this.done === this.perEpoch || this.done % Math.ceil(this.perEpoch / MEASURED) === 0;
  }

  /** The share of the held-out images that is classified correctly now. */
  measure() {
    return countCorrect(this.learner, this.heldOut) / this.heldOut.actual.length;
  }

  /**
   * Train so many `batches`, for about so many `milliseconds`, and no further than to where the held-out images are due.
   * Gives the losses of these batches, how far the training is, loss and accuracy in this epoch so far (means over its
   * images, as in Keras), and the accuracy on the held-out images where that was due or asked for (`measure`).
   */
  advance({batches = Infinity, milliseconds = Infinity, measure = false}) {
    const until = performance.now() + milliseconds;
    const losses = [];
    while (losses.length < batches && performance.now() < until) {
      losses.push(this.trainNext());
      if (this.isDue) break;
    }
    const {epoch, seen, done, perEpoch, images} = this;
    const accuracy = measure || (losses.length && this.isDue) ? this.measure() : null;
    return {losses, epoch, seen, done, perEpoch, loss: this.loss / images, trained: this.correct / images, accuracy};
  }
}
