"""A network applied with NumPy: the activations of its hidden nodes, and the class probabilities that follow."""

from collections.abc import Callable

import numpy as np
from scipy.special import erf, expit, softmax

from hidden_nodes.data.pixels import scale_pixels
from hidden_nodes.network.weights import Weights

BLOCK = 5_000  # images whose activations are computed at a time

# Each activation function with Keras's constants, on values of any shape.
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x / 2 * (1 + erf(x / np.sqrt(2))),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0))),
    "sigmoid": expit,
    "silu": lambda x: x * expit(x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
}


def activate(weights: Weights, x: np.ndarray) -> np.ndarray:
    """Activations `(n, n_hidden)` of the hidden nodes for `x` `(n, inputs)` in [0, 1]."""
    return FUNCTIONS[weights.activation](x @ weights.hidden_weights + weights.hidden_bias)


def activate_images(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Activations `(n, n_hidden)` float32 for `images` `(n, rows, columns)` uint8, computed by blocks."""
    blocks = [images[start : start + BLOCK] for start in range(0, len(images), BLOCK)]
    return np.concatenate([activate(weights, scale_pixels(block)).astype(np.float32) for block in blocks])


def classify(weights: Weights, activations: np.ndarray) -> np.ndarray:
    """Class probabilities `(n, classes)` that follow from `activations` `(n, n_hidden)`."""
    probabilities: np.ndarray = softmax(activations @ weights.output_weights + weights.output_bias, axis=1)
    return probabilities
