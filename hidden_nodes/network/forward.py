"""A network applied with NumPy: the activations of its hidden nodes, and the class probabilities that follow.

The same network and images give the same bytes on every processor and with any number of threads: products are exact
(`exact.py`), and functions are made of operations that have one result only (`functions.py`). What TensorFlow makes of
them, in float32, differs by about a millionth.
"""

import numpy as np

from hidden_nodes.network.exact import multiply, multiply_bytes
from hidden_nodes.network.functions import ACTIVATION_FUNCTIONS, softmax
from hidden_nodes.network.weights import Weights

VALUES = 2**20  # inputs, or activations, that are in memory at a time


def activate(weights: Weights, x: np.ndarray) -> np.ndarray:
    """Activations `(n, n_hidden)` float32 of the hidden nodes for `x` `(n, ...)`: bytes, or numbers as they are."""
    rows = x.reshape(len(x), -1)
    product = multiply_bytes if x.dtype == np.uint8 else multiply
    sums = product(rows, weights.hidden_weights) + weights.hidden_bias
    return ACTIVATION_FUNCTIONS[weights.activation](sums).astype(np.float32)


def cut_into_blocks(weights: Weights, images: int) -> list[slice]:
    """Blocks of so many images that what a network makes of one of them takes a few megabytes."""
    step = max(1, VALUES // max(weights.hidden_weights.shape))
    return [slice(start, start + step) for start in range(0, images, step)]


def activate_images(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Activations `(n, n_hidden)` float32 for `images` `(n, ...)`, which may lie on disk, block by block."""
    return np.concatenate([activate(weights, images[block]) for block in cut_into_blocks(weights, len(images))])


def classify(weights: Weights, activations: np.ndarray) -> np.ndarray:
    """Class probabilities `(n, classes)` float32 that follow from `activations` `(n, n_hidden)`."""
    scores = multiply(activations, weights.output_weights) + weights.output_bias
    return softmax(scores).astype(np.float32)


def classify_images(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Class probabilities `(n, classes)` float32 for `images` `(n, ...)`, which may lie on disk, block by block."""
    blocks = cut_into_blocks(weights, len(images))
    return np.concatenate([classify(weights, activate(weights, images[block])) for block in blocks])
