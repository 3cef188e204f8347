"""Training with early stopping, the batches of an epoch as one compiled function."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from tqdm import tqdm

from hidden_nodes.data.pixels import as_inputs, scale_pixels
from hidden_nodes.errors import BadInput
from hidden_nodes.network.model import keras, tf
from hidden_nodes.params import Train

PIECE = 65_536  # images of an epoch that are in TensorFlow's memory at a time, about
BLOCK = 10_000  # held-out images that are classified at a time
LONGEST_SUM = 392  # inputs that are summed in one go: whole up to there in every first cache of 32 KB or more
Totals = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


def train_network(
    network: keras.Model,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    settings: Train,
    seed: int,
) -> pd.DataFrame:
    """Train `network` until `settings.monitor` stops improving; leave it with the best epoch's weights.

    training, validation : values `(n, inputs)` and classes `(n,)`. Bytes are pixels, and scaled to [0, 1] as they are
    needed; they may lie on disk, memory-mapped. Other numbers are taken as they are.

    Returns the history, one row an epoch, counted from 1: `epoch accuracy loss val_accuracy val_loss kept`, where
    `kept` is 1 in the row of the epoch that is best by `settings.keep`, the first of equal ones. Training figures are
    the running mean over the epoch's batches, as in Keras.

    Raises
    ------
    BadInput
        If a loss is no longer a number: the learning rate was too high.
    """
    stopper = keras.callbacks.EarlyStopping(settings.monitor, mode=_mode(settings.monitor), patience=settings.patience)
    stopper.set_model(network)
    stopper.on_train_begin()
    network.stop_training = False
    rows: list[dict[str, float]] = []
    kept, best_weights = 0, network.get_weights()
    for row in tqdm(
        train_epochs(network, training, validation, settings, seed), "training", settings.epochs, disable=None
    ):
        if not np.isfinite(row["loss"]):
            raise BadInput(
                f"training diverged: the loss of epoch {row['epoch']} is {row['loss']}. "
                f"Lower 'train.learning_rate'. Got {settings.learning_rate}."
            )
        rows.append(row)
        tqdm.write(
            f"epoch {row['epoch']}: loss {row['loss']:.4f}, accuracy {row['accuracy']:.4f}, "
            f"validation loss {row['val_loss']:.4f}, accuracy {row['val_accuracy']:.4f}"
        )
        if not kept or _better(settings.keep, row, rows[kept - 1]):
            kept, best_weights = int(row["epoch"]), network.get_weights()
        stopper.on_epoch_end(int(row["epoch"]) - 1, row)
        if network.stop_training:
            break
    network.set_weights(best_weights)
    table = pd.DataFrame(rows)
    return table.assign(kept=(table["epoch"] == kept).astype(int))


def _mode(measure: str) -> str:
    return "max" if measure.endswith("accuracy") else "min"


def _better(measure: str, row: dict[str, float], best: dict[str, float]) -> bool:
    return row[measure] > best[measure] if _mode(measure) == "max" else row[measure] < best[measure]


def train_epochs(
    network: keras.Model,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    settings: Train,
    seed: int,
) -> Iterator[dict[str, float]]:
    """Train one epoch after the other, each in a new random order; yield what each came to."""
    optimizer = keras.optimizers.get({"class_name": settings.optimizer, "config": {}})
    optimizer.learning_rate = settings.learning_rate
    x, y = training
    run_epoch = compile_epoch(network, optimizer, min(settings.batch_size, len(x)))
    generator = np.random.default_rng(seed)
    for epoch in range(1, settings.epochs + 1):
        loss, correct = run_epoch(x, y, generator.permutation(len(x)))
        cross_entropy, val_correct = score_images(network, *validation)
        yield {
            "epoch": epoch,
            "accuracy": float(correct) / len(x),
            "loss": float(loss) / len(x),
            "val_accuracy": float(val_correct) / len(validation[0]),
            "val_loss": float(cross_entropy + sum(network.losses)),
        }


def compile_epoch(
    network: keras.Model, optimizer: keras.Optimizer, size: int
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[tf.Tensor, tf.Tensor]]:
    """A function `(x, y, order)` that trains one epoch in batches of `size`.

    It returns the summed loss and the number of correct predictions. `x` may lie on disk: a piece of it is in memory
    at a time.
    """
    run_batches = compile_batches(network, optimizer, size)

    def run_epoch(x: np.ndarray, y: np.ndarray, order: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
        totals = tf.constant(0.0), tf.zeros_like(network.get_layer("hidden").kernel), tf.constant(0.0)
        for rows, mask in cut_into_pieces(order, size):
            loss, totals = run_batches(tf.constant(x[rows]), tf.constant(y[rows]), tf.constant(mask), totals)
        return loss, totals[2]

    return run_epoch


def cut_into_pieces(order: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cut the images `(n,)` of an epoch into pieces of whole batches of `size`, each with a mask `(n,)` float32.

    The last batch is filled up with image 0, which counts for nothing there (its mask is 0): every batch has the same
    shape.
    """
    images = PIECE // size * size or size
    for start in range(0, len(order), images):
        rows = order[start : start + images]
        filling = -len(rows) % size
        yield np.pad(rows, (0, filling)), np.pad(np.ones(len(rows), np.float32), (0, filling))


def compile_batches(
    network: keras.Model, optimizer: keras.Optimizer, size: int
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor, Totals], tuple[tf.Tensor, Totals]]:
    """A function `(x, y, mask, totals)` that trains on the batches of a piece of an epoch, one after the other.

    It returns the summed loss, and the new `totals`: of the cross-entropy, of the squared weights, of the correct
    predictions; each is the sum over the images of the epoch so far.

    Keras's `fit` returns to Python after every batch, which for a network this small takes several times as long as
    the arithmetic. Here all batches run inside one XLA program; loss, gradient and update are Keras's own, the last,
    smaller batch included. Bytes are scaled by looking them up: what XLA makes of a division has other last digits.
    """
    optimizer.build(network.trainable_variables)
    hidden, classes = network.get_layer("hidden"), network.output_shape[1]
    scaled = tf.constant(scale_pixels(np.arange(256, dtype=np.uint8)[None])[0])

    def train_batch(x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        # The penalty's value is only reported. Keras's sum over all weights waits for each addition, a quarter of the
        # epoch; squares added up weight by weight do not, and the value of `loss`, not being used, is never computed.
        squares = tf.square(hidden.kernel)
        with tf.GradientTape() as tape:
            cross_entropy, correct = _score(network, x, y, mask)
            loss = cross_entropy + tf.add_n(network.losses)
        optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        images = tf.reduce_sum(mask)
        return cross_entropy * images, squares * images, correct

    # A loop in TensorFlow's own words: what turns Python's into one would write its code to a file of its own first.
    @tf.function(jit_compile=True, autograph=False)
    def run_batches(x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, totals: Totals) -> tuple[tf.Tensor, Totals]:
        def add_batch(batch: tf.Tensor, totals: Totals) -> tuple[tf.Tensor, Totals]:
            # tf.slice, unlike x[a:b], keeps the batch's shape known to the compiler.
            values = tf.slice(x, [batch * size, 0], [size, x.shape[1]])
            classes_of, counts = (tf.slice(array, [batch * size], [size]) for array in (y, mask))
            if x.dtype == tf.uint8:
                values = tf.gather(scaled, tf.cast(values, tf.int32))
            added = train_batch(values, tf.one_hot(classes_of, classes), counts)
            return batch + 1, (totals[0] + added[0], totals[1] + added[1], totals[2] + added[2])

        batches = mask.shape[0] // size
        _, totals = tf.while_loop(
            lambda batch, _: batch < batches, add_batch, (tf.constant(0), totals), maximum_iterations=batches
        )
        return totals[0] + hidden.kernel_regularizer.l2 * tf.reduce_sum(totals[1]), totals

    return run_batches


def score_images(network: keras.Model, x: np.ndarray, y: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean cross-entropy and the number of correct predictions, over all images of `x` and classes of `y`."""
    losses, correct = [], []
    for start in range(0, len(x), BLOCK):
        one_hot = tf.one_hot(y[start : start + BLOCK], network.output_shape[1])
        found = _score_each(network, as_inputs(x[start : start + BLOCK]), one_hot)
        losses.append(found[0])
        correct.append(found[1])
    return tf.reduce_sum(tf.concat(losses, 0)) / len(x), tf.reduce_sum(tf.concat(correct, 0))


def _score(network: keras.Model, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean cross-entropy and the number of correct predictions, over the images whose `mask` is 1, not 0."""
    losses, correct = _score_each(network, x, y)
    return tf.reduce_sum(losses * mask) / tf.reduce_sum(mask), tf.reduce_sum(correct * mask)


def _score_each(network: keras.Model, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """For each image of `x`, with its class one-hot in `y`: its cross-entropy, and 1 where it is predicted, else 0."""
    predicted = _apply(network, x)
    correct = tf.equal(tf.argmax(predicted, axis=1), tf.argmax(y, axis=1))
    return keras.losses.categorical_crossentropy(y, predicted), tf.cast(correct, tf.float32)


def _apply(network: keras.Model, x: tf.Tensor) -> tf.Tensor:
    """The class probabilities of images `x`, as `network(x)` gives them, but for the order of long sums."""
    for layer in (network.get_layer("hidden"), network.layers[-1]):
        x = layer.activation(_multiply(x, layer.kernel) + layer.bias)
    return x


def _multiply(x: tf.Tensor, kernel: tf.Variable) -> tf.Tensor:
    """`x @ kernel` in equal parts of the inputs, of at most `LONGEST_SUM` each.

    TensorFlow cuts longer sums to the size of the processor's first cache, and so has other last digits on a processor
    with another one.
    """
    inputs = kernel.shape[0]
    edges = np.linspace(0, inputs, -(-inputs // LONGEST_SUM) + 1).astype(int)
    return tf.add_n([x[:, start:end] @ kernel[start:end] for start, end in pairwise(edges)])
