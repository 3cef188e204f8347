"""A network of one hidden layer that learns in plain NumPy, for rankings that choose its inputs while it trains.

`layers` are its hidden kernel `(inputs, nodes)`, hidden bias, output kernel `(nodes, classes)` and output bias.
"""

from collections.abc import Iterator

import numpy as np

DECAYS = 0.9, 0.999  # of Adam's two moments: its usual ones


class Adam:
    """Adam's moments of one array, which `step` changes in place (Kingma and Ba 2015)."""

    def __init__(self, array: np.ndarray, rate: float) -> None:
        self.array, self.rate, self.steps = array, rate, 0
        self.first, self.second = np.zeros_like(array), np.zeros_like(array)

    def step(self, gradient: np.ndarray) -> None:
        self.steps += 1
        self.first += (1 - DECAYS[0]) * (gradient - self.first)
        self.second += (1 - DECAYS[1]) * (gradient**2 - self.second)
        corrections = [1 - decay**self.steps for decay in DECAYS]
        rate = self.rate * corrections[1] ** 0.5 / corrections[0]
        self.array -= (rate * self.first / (np.sqrt(self.second) + 1e-7)).astype(self.array.dtype)

    def keep(self, rows: np.ndarray) -> None:
        """Leave the array, and its moments, these rows only."""
        self.array, self.first, self.second = self.array[rows], self.first[rows], self.second[rows]


def initial_layers(generator: np.random.Generator, inputs: int, nodes: int, classes: int) -> list[np.ndarray]:
    """Fresh layers: kernels as Glorot and Bengio 2010 draw them, biases 0."""
    layers = []
    for rows, columns in ((inputs, nodes), (nodes, classes)):
        limit = np.sqrt(6 / (rows + columns))
        layers += [generator.uniform(-limit, limit, (rows, columns)).astype(np.float32), np.zeros(columns, np.float32)]
    return layers


def find_gradients(x: np.ndarray, labels: np.ndarray, layers: list[np.ndarray]) -> list[np.ndarray]:
    """Of the mean cross-entropy of a batch `x` `(n, inputs)` with `labels` `(n,)`, by each of `layers`; with ReLU."""
    hidden_kernel, hidden_bias, kernel, bias = layers
    activations = np.maximum(0, x @ hidden_kernel + hidden_bias)
    outputs = activations @ kernel + bias
    errors = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    errors /= errors.sum(axis=1, keepdims=True)
    errors[np.arange(len(labels)), labels] -= 1
    errors /= len(labels)
    back = (errors @ kernel.T) * (activations > 0)
    return [x.T @ back, back.sum(axis=0), activations.T @ errors, errors.sum(axis=0)]


def shuffled_batches(generator: np.random.Generator, count: int, size: int) -> Iterator[np.ndarray]:
    """The rows of batches without end, of `size` out of `count`, or of all if there are fewer.

    Each epoch is in a new random order; the last, smaller batch of it is left out.
    """
    size = min(size, count)
    while True:
        order = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]
