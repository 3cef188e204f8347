"""Which nodes and images stand out: the nodes in an order to look at, and the top-activating images of each."""

import numpy as np


def rank_nodes(values: np.ndarray) -> np.ndarray:
    """The nodes `(n_hidden,)` by a measure of them, the largest first; equal ones keep their order."""
    return np.argsort(-values, kind="stable")


def order_by_class(means: np.ndarray) -> np.ndarray:
    """The nodes by the class of their largest mean, strongest first, so that a heat map of `means` shows blocks.

    means : `(n_classes, n_hidden)`. Nodes whose means are all alike come last.
    """
    indifferent = np.ptp(means, axis=0) == 0
    return np.lexsort((-means.max(axis=0), means.argmax(axis=0), indifferent))


def top_images(activations: np.ndarray, node: int, count: int) -> np.ndarray:
    """The `count` images with the largest activation of a node, the largest first."""
    return np.argsort(-activations[:, node], kind="stable")[:count]
