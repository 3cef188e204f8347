"""A network's weights as plain arrays: written beside the `.keras` file, read without TensorFlow."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np

from hidden_nodes.errors import BadInput
from hidden_nodes.files import refuse_damage
from hidden_nodes.params import Train

ACTIVATIONS = get_args(Train.model_fields["activation"].annotation)
ARRAYS = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")
LARGEST = 1e30  # a weight of this size and below leaves activations that float32 can hold


@dataclass(frozen=True)
class Weights:
    """A network `inputs` -> `n_hidden` -> `classes`: its weights, float32, and its hidden activation function.

    l2 : what weighs the sum of the squared hidden weights in the loss that training lowers.
    """

    activation: str
    hidden_weights: np.ndarray  # (inputs, n_hidden)
    hidden_bias: np.ndarray  # (n_hidden,)
    output_weights: np.ndarray  # (n_hidden, classes)
    output_bias: np.ndarray  # (classes,)
    l2: float = field(default=0.0, kw_only=True)

    @property
    def n_hidden(self) -> int:
        return len(self.hidden_bias)

    @property
    def parameters(self) -> int:
        return sum(getattr(self, name).size for name in ARRAYS)


def write_weights(weights: Weights, path: Path) -> None:
    """Write a `.npz` file: equal weights give equal bytes.

    What `np.savez` writes depends on the version of Python: on how `zipfile` allows for large entries.
    """
    arrays = {"activation": np.array(weights.activation), "l2": np.array(weights.l2)}
    arrays |= {name: getattr(weights, name) for name in ARRAYS}
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())  # ZipInfo's default date is 1980


def read_weights(path: Path, inputs: int, classes: int) -> Weights:
    """The weights of a network of ours that takes `inputs` values and tells `classes` classes.

    Raises
    ------
    BadInput
        If the file is missing or damaged, or holds no such network.
    """
    # NumPy leaves a file open that it cannot read to its end, unless it is somebody else's.
    with (
        refuse_damage(path, "a network's weights"), path.open("rb") as file,
        np.load(file, allow_pickle=False) as content,
    ):  # fmt: skip
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in content.zip.infolist()):  # may unpack to anything
            raise BadInput(f"{path} cannot be read as a network's weights: it is compressed")
        activation, l2 = str(content["activation"]), float(content["l2"])
        arrays = [content[name] for name in ARRAYS]
    nodes = arrays[1].size
    shapes = [array.shape for array in arrays]
    if shapes != [(inputs, nodes), (nodes,), (nodes, classes), (classes,)]:
        raise BadInput(f"{path} must hold a network of {inputs} inputs and {classes} classes. Found shapes {shapes}.")
    if activation not in ACTIVATIONS:
        raise BadInput(f"{path}: the activation must be one of {', '.join(ACTIVATIONS)}. Found {activation!r}.")
    if not all(array.dtype == np.float32 and np.all(np.abs(array) <= LARGEST) for array in arrays):
        raise BadInput(f"{path}: every weight must be a finite float32 number, at most {LARGEST:g} in size.")
    if not 0 <= l2 < np.inf:
        raise BadInput(f"{path}: 'l2' must be a finite number from 0. Found {l2}.")
    return Weights(activation, *arrays, l2=l2)
