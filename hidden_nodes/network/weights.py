"""A saved network's weights, read without TensorFlow: a `.keras` file is a zip of JSON and HDF5."""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import h5py
import numpy as np

from hidden_nodes.paths import CLASSES
from hidden_nodes.errors import BadInput
from hidden_nodes.params import Train

ACTIVATIONS = get_args(Train.model_fields["activation"].annotation)


@dataclass(frozen=True)
class Weights:
    """What a network `inputs` -> `nodes` -> 10 has learned, float32, and its hidden layer's activation function."""

    activation: str
    hidden: np.ndarray  # (inputs, nodes)
    hidden_bias: np.ndarray  # (nodes,)
    output: np.ndarray  # (nodes, 10)
    output_bias: np.ndarray  # (10,)

    @property
    def parameters(self) -> int:
        return sum(array.size for array in (self.hidden, self.hidden_bias, self.output, self.output_bias))


def read_weights(path: Path, inputs: int) -> Weights:
    """The weights of a network of ours that takes `inputs` values.

    Raises
    ------
    BadInput
        If the file is missing or damaged, or no such network.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            layers = json.loads(archive.read("config.json"))["config"]["layers"][1:]
            content = archive.read("model.weights.h5")
        settings = [layer["config"] for layer in layers]
        names, activations = [[layer.get(key) for layer in settings] for key in ("name", "activation")]
        with h5py.File(io.BytesIO(content)) as file:
            # Keras names a layer's weights after its kind, not after the layer.
            parts = [f"layers/{layer}/vars/{part}" for layer in ("dense", "dense_1") for part in (0, 1)]
            arrays = [np.asarray(file[part]) for part in parts]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(f"{path} cannot be read as a network: {' '.join(str(error).split())[:200]}") from None
    nodes = arrays[1].size
    shapes = [array.shape for array in arrays]
    if names != ["hidden", "output_layer"] or shapes != [(inputs, nodes), (nodes,), (nodes, CLASSES), (CLASSES,)]:
        raise BadInput(
            f"{path} must be a network of layers 'hidden' and 'output_layer' on {inputs} inputs. "
            f"Found {names} with weights of shapes {shapes}."
        )
    if activations[0] not in ACTIVATIONS or activations[1] != "softmax":
        raise BadInput(f"{path}: the activation must be one of {', '.join(ACTIVATIONS)}. Found {activations[0]!r}.")
    if not all(np.isfinite(array).all() for array in arrays):
        raise BadInput(f"{path}: every weight must be a finite number.")
    return Weights(activations[0], *(array.astype(np.float32) for array in arrays))
