"""Maps with few enough images to look at: which of them to show, and where to put those of a single dimension."""

import numpy as np

from hidden_nodes.paths import CLASSES


def choose_evenly(classes: np.ndarray, count: int) -> np.ndarray:
    """The indices, ascending, of at most `count` images: the first of each class, of all classes as many."""
    each = count // CLASSES
    return np.sort(np.concatenate([np.flatnonzero(classes == k)[:each] for k in range(CLASSES)]))


def spread_by_class(classes: np.ndarray) -> np.ndarray:
    """For each image a place around its class, so that images of a class fill a row evenly: its own number +- 0.35."""
    return classes + 0.7 * (np.arange(len(classes)) * 0.618034 % 1 - 0.5)  # multiples of the golden ratio
