"""How a node's activation differs by class: means, the share of variance between classes, ranges, box plots."""

import numpy as np
import pandas as pd

BLOCK = 5_000  # images that are added up at a time
SORTED = 4 * 2**20  # activations that are sorted at a time, to find their quantiles
WHISKER = 1.5  # lengths of the box that a whisker reaches at most (Tukey)
BOX_NUMBERS = ["min", "whisker_low", "q1", "median", "q3", "whisker_high", "max"]


def class_means(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Mean activation `(n_classes, n_hidden)` by class; 0 where a class has no image."""
    sums = np.zeros((n_classes, activations.shape[1]))
    for start in range(0, len(activations), BLOCK):
        block, of = activations[start : start + BLOCK], classes[start : start + BLOCK]
        for k in np.unique(of):
            sums[k] += block[of == k].sum(axis=0, dtype=np.float64)
    return sums / np.maximum(1, np.bincount(classes, minlength=n_classes))[:, None]


def eta_squared(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Share `(n_hidden,)` of each node's variance that lies between the classes: 0 tells nothing, 1 tells all.

    A node with the same activation for every image has none. Source: the correlation ratio of Pearson and Fisher.
    """
    means, sizes = class_means(activations, classes, n_classes), np.bincount(classes, minlength=n_classes)
    overall = sizes @ means / sizes.sum()
    between = sizes @ (means - overall) ** 2
    total = np.zeros(activations.shape[1])
    for start in range(0, len(activations), BLOCK):
        total += ((activations[start : start + BLOCK] - overall) ** 2).sum(axis=0)
    return np.divide(between, total, out=np.zeros_like(total), where=~is_dead(activations))


def is_dead(activations: np.ndarray) -> np.ndarray:
    """Whether each node `(n_hidden,)` has the same activation for every image."""
    return activations.max(axis=0) == activations.min(axis=0)


def tabulate_ranges(boxes: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """Smallest and largest activation of each node, by class that has images: columns `node class min max`.

    boxes : of all nodes, as `summarize_boxes` gives them.
    """
    present = np.unique(classes)
    ends = boxes[:, present][:, :, [0, -1]].reshape(-1, 2)
    node, k = np.repeat(np.arange(len(boxes)), len(present)), np.tile(present, len(boxes))
    return pd.DataFrame({"node": node, "class": k, "min": ends[:, 0], "max": ends[:, 1]})


def summarize_boxes(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Box plots `(n_hidden, n_classes, 7)` float32 of all nodes by class, in the order of `BOX_NUMBERS`.

    A whisker ends at the last value that is no further from the box than 1.5 times its length; NaN where a class has
    no image.
    """
    n_hidden = activations.shape[1]
    boxes = np.full((n_hidden, n_classes, len(BOX_NUMBERS)), np.nan, np.float32)
    for k, images in zip(*np.unique(classes, return_counts=True), strict=True):
        step, of_class = max(1, SORTED // images), np.flatnonzero(classes == k)
        for start in range(0, n_hidden, step):
            nodes = slice(start, start + step)
            boxes[nodes, k] = _box_numbers(np.sort(activations[of_class, nodes].T, axis=1))
    return boxes


def _box_numbers(ordered: np.ndarray) -> np.ndarray:
    """The box plot `(nodes, 7)` of each row of `ordered` `(nodes, n)`, whose values ascend."""
    low, middle, high = np.quantile(ordered, [0.25, 0.5, 0.75], axis=1)
    reach = WHISKER * (high - low)
    inside = (ordered >= (low - reach)[:, None]) & (ordered <= (high + reach)[:, None])
    nodes = np.arange(len(ordered))
    first, last = inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    whiskers = ordered[nodes, first], ordered[nodes, last]
    return np.stack([ordered[:, 0], whiskers[0], low, middle, high, whiskers[1], ordered[:, -1]], axis=1)


def tabulate_boxes(boxes: np.ndarray, classes: np.ndarray, node: int) -> pd.DataFrame:
    """One node's box plot as a table, a row a class that has images: `node class images`, then `BOX_NUMBERS`."""
    present, images = np.unique(classes, return_counts=True)
    table = pd.DataFrame({"node": node, "class": present, "images": images})
    return table.assign(**dict(zip(BOX_NUMBERS, boxes[node, present].T, strict=True)))
