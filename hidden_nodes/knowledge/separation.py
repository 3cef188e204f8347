"""How a node's activation differs by class: means, the share of variance between classes, ranges, box plots."""

import numpy as np
import pandas as pd

BLOCK = 5_000  # images whose squares are added up at a time
WHISKER = 1.5  # lengths of the box that a whisker reaches at most (Tukey)
BOX_NUMBERS = ["min", "whisker_low", "q1", "median", "q3", "whisker_high", "max"]


def class_means(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Mean activation `(n_classes, n_hidden)` by class; 0 where a class has no image."""
    means = np.zeros((n_classes, activations.shape[1]))
    for k in np.unique(classes):
        means[k] = activations[classes == k].mean(axis=0, dtype=np.float64)
    return means


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


def tabulate_ranges(activations: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """Smallest and largest activation of each node by class: columns `node class min max`."""
    tables = []
    for k in np.unique(classes):
        values = activations[classes == k]
        nodes = np.arange(values.shape[1])
        tables.append(pd.DataFrame({"node": nodes, "class": k, "min": values.min(axis=0), "max": values.max(axis=0)}))
    return pd.concat(tables).sort_values(["node", "class"], ignore_index=True)


def summarize_boxes(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Box plots `(n_hidden, n_classes, 7)` float32 of all nodes by class, in the order of `BOX_NUMBERS`.

    A whisker ends at the last value that is no further from the box than 1.5 times its length; NaN where a class has
    no image.
    """
    boxes = np.full((activations.shape[1], n_classes, len(BOX_NUMBERS)), np.nan, np.float32)
    for k in np.unique(classes):
        ordered = np.sort(activations[classes == k].T, axis=1)
        low, middle, high = np.quantile(ordered, [0.25, 0.5, 0.75], axis=1)
        reach = WHISKER * (high - low)
        inside = (ordered >= (low - reach)[:, None]) & (ordered <= (high + reach)[:, None])
        nodes = np.arange(len(ordered))
        first, last = inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
        whiskers = ordered[nodes, first], ordered[nodes, last]
        boxes[:, k] = np.stack([ordered[:, 0], whiskers[0], low, middle, high, whiskers[1], ordered[:, -1]], axis=1)
    return boxes


def tabulate_boxes(boxes: np.ndarray, classes: np.ndarray, node: int) -> pd.DataFrame:
    """One node's box plot as a table, a row a class that has images: `node class images`, then `BOX_NUMBERS`."""
    present, images = np.unique(classes, return_counts=True)
    table = pd.DataFrame({"node": node, "class": present, "images": images})
    return table.assign(**dict(zip(BOX_NUMBERS, boxes[node, present].T, strict=True)))
