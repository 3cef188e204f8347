"""A network's weights as plain arrays: written beside the `.keras` file, read without TensorFlow."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from hidden_nodes.errors import BadInput
from hidden_nodes.params import Train

ACTIVATIONS = get_args(Train.model_fields["activation"].annotation)
ARRAYS = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")


@dataclass(frozen=True)
class Weights:
    """A network `inputs` -> `n_hidden` -> `classes`: its weights, float32, and its hidden activation function."""

    activation: str
    hidden_weights: np.ndarray  # (inputs, n_hidden)
    hidden_bias: np.ndarray  # (n_hidden,)
    output_weights: np.ndarray  # (n_hidden, classes)
    output_bias: np.ndarray  # (classes,)

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
    arrays = {"activation": np.array(weights.activation)} | {name: getattr(weights, name) for name in ARRAYS}
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
    try:
        # NumPy leaves a file open that it cannot read to its end, unless it is somebody else's.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            activation = str(content["activation"])
            arrays = [content[name] for name in ARRAYS]
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(f"{path} cannot be read as a network's weights: {' '.join(str(error).split())[:200]}") from None
    nodes = arrays[1].size
    shapes = [array.shape for array in arrays]
    if shapes != [(inputs, nodes), (nodes,), (nodes, classes), (classes,)]:
        raise BadInput(f"{path} must hold a network of {inputs} inputs and {classes} classes. Found shapes {shapes}.")
    if activation not in ACTIVATIONS:
        raise BadInput(f"{path}: the activation must be one of {', '.join(ACTIVATIONS)}. Found {activation!r}.")
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays):
        raise BadInput(f"{path}: every weight must be a finite float32 number.")
    return Weights(activation, *arrays)
