"""The dense network: built, saved to the same bytes every time, loaded without trust.

Importing this module imports TensorFlow (several seconds), so only stages that need a network do. They take
`keras` and `tf` from here, for the settings below must be made first. One CPU thread computes everything: sums
then have one order, and a result does not depend on the number of cores.
"""

import json
import os
import zipfile
from pathlib import Path

# Read by TensorFlow and Keras when they are imported.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # notes on missing GPU drivers are no news to a user
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # oneDNN sums in an order of its own on each kind of processor
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # so does a GPU
os.environ.pop("XLA_FLAGS", None)  # they change the order of sums, even those that ask for no such thing
os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever ~/.keras/keras.json says

import keras
import tensorflow as tf

from stages.common.dataset import CLASSES
from stages.common.errors import BadInput

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.config.set_floatx("float32")


def build_network(inputs: int, hidden: int, activation: str, l2: float, seed: int) -> keras.Model:
    """A network `inputs` -> `hidden` -> 10 with fresh weights drawn from `seed`.

    Its output is the ten class probabilities; `l2` weighs the squared weights of the hidden layer in the loss.
    """
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.layers.Input((inputs,), name="pixels"),
            keras.layers.Dense(
                hidden, activation=activation, kernel_regularizer=keras.regularizers.L2(l2), name="hidden"
            ),
            keras.layers.Dense(CLASSES, activation="softmax", name="output_layer"),
        ],
        name="network",
    )


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


def load_network(path: Path, inputs: int) -> keras.Model:
    """Open a saved network that takes `inputs` values; a file with code in it is refused.

    Raises
    ------
    BadInput
        If the file is missing, damaged, not safe, or no network of ours.
    """
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} cannot be loaded as a network: {' '.join(str(error).split())[:200]}") from None
    names = [layer.name for layer in network.layers]
    if names != ["hidden", "output_layer"] or network.input_shape != (None, inputs):
        raise BadInput(
            f"{path} must be a network of layers 'hidden' and 'output_layer' on {inputs} inputs. "
            f"Found {names} on {network.input_shape}."
        )
    return network
