"""Training with early stopping, an epoch at a time as one compiled function."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from tqdm import tqdm

from hidden_nodes.errors import BadInput
from hidden_nodes.network.model import keras, tf
from hidden_nodes.params import Train


def train_network(
    network: keras.Model,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    settings: Train,
    seed: int,
) -> pd.DataFrame:
    """Train `network` until `settings.monitor` stops improving; leave it with the best epoch's weights.

    training, validation : images `(n, inputs)` float32 in [0, 1] and one-hot classes `(n, classes)`.

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
    run_epoch = compile_epoch(network, optimizer, settings.batch_size)
    x, y = (tf.constant(np.asarray(array)) for array in training)
    x_val, y_val = (tf.constant(np.asarray(array)) for array in validation)
    generator = np.random.default_rng(seed)
    for epoch in range(1, settings.epochs + 1):
        order = tf.constant(generator.permutation(len(x)).astype(np.int32))
        loss, correct = run_epoch(x, y, order)
        cross_entropy, val_correct = _score(network, x_val, y_val, tf.ones(len(x_val)))
        yield {
            "epoch": epoch,
            "accuracy": float(correct) / len(x),
            "loss": float(loss) / len(x),
            "val_accuracy": float(val_correct) / len(x_val),
            "val_loss": float(cross_entropy + sum(network.losses)),
        }


def compile_epoch(
    network: keras.Model, optimizer: keras.Optimizer, batch_size: int
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """A function `(x, y, order)` that trains one epoch, and returns the summed loss and the correct predictions.

    Keras's `fit` returns to Python after every batch, which for a network this small takes several times as long as
    the arithmetic. Here all batches run inside one XLA program; loss, gradient and update are Keras's own, the last,
    smaller batch included.
    """
    optimizer.build(network.trainable_variables)
    hidden = network.get_layer("hidden")

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

    @tf.function(jit_compile=True)
    def run_epoch(x: tf.Tensor, y: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        size = min(batch_size, len(order))
        batches = -(-len(order) // size)
        # The last batch is filled up with image 0, which counts for nothing there: every batch has the same shape.
        order, mask = (tf.pad(values, [[0, batches * size - len(order)]]) for values in (order, tf.ones(len(order))))
        cross_entropy, squares, correct = tf.constant(0.0), tf.zeros_like(hidden.kernel), tf.constant(0.0)
        for batch in tf.range(batches):
            # tf.slice, unlike order[a:b], keeps the batch's shape known to the compiler.
            rows, counts = (tf.slice(values, [batch * size], [size]) for values in (order, mask))
            added = train_batch(tf.gather(x, rows), tf.gather(y, rows), counts)
            cross_entropy, squares, correct = cross_entropy + added[0], squares + added[1], correct + added[2]
        return cross_entropy + hidden.kernel_regularizer.l2 * tf.reduce_sum(squares), correct

    return run_epoch


def _score(network: keras.Model, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean cross-entropy and the number of correct predictions, over the images whose `mask` is 1, not 0."""
    predicted = network(x, training=True)
    losses = keras.losses.categorical_crossentropy(y, predicted)
    correct = tf.cast(tf.equal(tf.argmax(predicted, axis=1), tf.argmax(y, axis=1)), tf.float32)
    return tf.reduce_sum(losses * mask) / tf.reduce_sum(mask), tf.reduce_sum(correct * mask)
