// The two plots of a training: loss by batch, and accuracy on held-out images.

const FIRST = 20; // batches for which there is room from the beginning
const MOST = 600; // points of a curve; from there on each is the mean of twice as many batches

export class LossCurve {
  /** `plots` is Bokeh's document. */
  constructor(plots) {
    this.losses = plots.get_model_by_name("learn-losses");
    this.accuracies = plots.get_model_by_name("learn-accuracies");
    this.range = plots.get_model_by_name("learn-batches");
    this.height = plots.get_model_by_name("plot-learn-loss").y_range;
    this.clear();
  }

  clear() {
    Object.assign(this, {every: 1, batches: 0, waiting: [], batch: [], loss: [], measured: [], accuracy: []});
    this.draw();
  }

  /** Take the losses of the next batches, and the accuracy after them if there is one. */
  add({losses, accuracy}) {
    for (const loss of losses) this.addLoss(loss);
    if (accuracy === null || this.measured.at(-1) === this.batches) return;
    this.measured.push(this.batches);
    this.accuracy.push(accuracy);
  }

  addLoss(loss) {
    this.batches++;
    this.waiting.push(loss);
    if (this.waiting.length < this.every) return;
    this.batch.push(this.batches);
    this.loss.push(this.waiting.reduce((sum, one) => sum + one, 0) / this.every);
    this.waiting = [];
    if (this.loss.length === MOST) this.thin();
  }

  /** Make one point of every two. */
  thin() {
    this.batch = this.batch.filter((_, i) => i % 2);
    this.loss = this.loss.flatMap((loss, i, all) => (i % 2 ? [(all[i - 1] + loss) / 2] : []));
    this.every *= 2;
  }

  draw() {
    this.range.end = Math.max(FIRST, this.batches);
    this.height.end = 1.05 * this.loss.reduce((most, loss) => (loss > most ? loss : most), 1);
    // Copies, as Bokeh takes an array that it has already for nothing new.
    this.losses.data = {batch: [...this.batch], loss: [...this.loss]};
    this.accuracies.data = {batch: [...this.measured], accuracy: [...this.accuracy]};
  }
}
