"""The points of maps, whoever draws them: which images to show, where those of a single dimension lie, axis names."""

import numpy as np


def stratified_subsample(classes: np.ndarray, count: int, n_classes: int) -> np.ndarray:
    """The indices, ascending, of at most `count` images: the first of each class, of all classes as many."""
    each = count // n_classes
    return np.sort(np.concatenate([np.flatnonzero(classes == k)[:each] for k in range(n_classes)]))


def jitter_by_class(classes: np.ndarray) -> np.ndarray:
    """For each image a height around its class, so that images of a class fill a row evenly: its number +- 0.35."""
    return classes + 0.7 * (np.arange(len(classes)) * 0.618034 % 1 - 0.5)  # multiples of the golden ratio


def name_component(number: int, share: float) -> str:
    """What the axis of a principal component shows; `number` counts from 0."""
    return f"Component {number + 1} ({share:.1%} of the variance)"


def name_tsne(number: int) -> str:
    """What an axis of a t-SNE map shows; `number` counts from 0."""
    return f"t-SNE {number + 1} (no unit)"
