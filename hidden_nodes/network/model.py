"""The dense network: built, applied, saved to the same bytes every time.

Importing this module imports TensorFlow (several seconds), so only stages that need a network do. What has to be set
before that is in `settings.py`.
"""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from hidden_nodes.data.pixels import as_inputs
from hidden_nodes.network.weights import Weights

BLOCK = 10_000  # images that are classified at a time


def compute_on_one_thread() -> None:
    """Have one CPU thread compute everything: sums then have one order, whatever the number of cores.

    Called before the first network is built; TensorFlow refuses the change later, and ignores a repetition.
    """
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.config.set_floatx("float32")  # whatever ~/.keras/keras.json says


def build_network(inputs: int, n_hidden: int, classes: int, activation: str, l2: float, seed: int) -> keras.Model:
    """A network `inputs` -> `n_hidden` -> `classes` with fresh weights drawn from `seed`.

    Its output are the class probabilities; `l2` weighs the squared weights of the hidden layer in the loss.
    """
    compute_on_one_thread()
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.layers.Input((inputs,), name="pixels"),
            keras.layers.Dense(
                n_hidden, activation=activation, kernel_regularizer=keras.regularizers.L2(l2), name="hidden"
            ),
            keras.layers.Dense(classes, activation="softmax", name="output_layer"),
        ],
        name="network",
    )


def predict(network: keras.Model, x: np.ndarray) -> np.ndarray:
    """Class probabilities `(n, classes)` for `x` `(n, ...)`, bytes or numbers as training takes them, by blocks."""
    blocks = [network(as_inputs(x[start : start + BLOCK])).numpy() for start in range(0, len(x), BLOCK)]
    return np.concatenate(blocks)


def read_weights_of(network: keras.Model) -> Weights:
    """The weights that a network has now, as plain arrays."""
    hidden = network.get_layer("hidden")
    return Weights(hidden.activation.__name__, *network.get_weights(), l2=float(hidden.kernel_regularizer.l2))


def save_network(network: keras.Model, path: Path) -> None:
    """Write layers and weights as a `.keras` file whose bytes depend on nothing else.

    Keras's own file holds the date, memory addresses (`shared_object_id`) and its zip entries the time; here
    they are left out. The file opens with `keras.saving.load_model`. No optimizer is saved: the network is a
    result, not a checkpoint.
    """
    network.save(path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    for name in ("config.json", "metadata.json"):
        entries[name] = json.dumps(json.loads(entries[name], object_hook=_without_the_moment)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # ZipInfo's default date is fixed: 1980


def _without_the_moment(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if key not in ("date_saved", "shared_object_id")}
