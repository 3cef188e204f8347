"""What the page carries: which images, the box plots of the nodes in numbers, and arrays as text."""

import base64
import zlib

import numpy as np
import pandas as pd

from hidden_nodes.paths import CLASSES
from hidden_nodes.plotting.points import choose_evenly

WHISKER = 1.5  # boxes that a whisker reaches at most (Tukey)
BOX_NUMBERS = 7  # smallest value, whisker, quartile, median, quartile, whisker, largest value
EXAMPLES = 10  # of each class: test images that are read rightly


def choose_training(classes: np.ndarray, count: int) -> np.ndarray:
    """The indices, ascending, of `count` images evenly over `classes` `(n,)`, or of all if there are no more."""
    return choose_evenly(classes, count) if count < len(classes) else np.arange(len(classes))


def choose_mistakes(predictions: pd.DataFrame, count: int) -> np.ndarray:
    """The indices, ascending, of at most `count` misread images: of each confusion the first, then the second, ... .

    predictions : a row an image, `index actual predicted`.
    """
    wrong = predictions[predictions["actual"] != predictions["predicted"]]
    turn = wrong.groupby(["actual", "predicted"]).cumcount()
    chosen = wrong.loc[turn.sort_values(kind="stable").index[:count], "index"]
    return np.sort(chosen.to_numpy())


def choose_examples(predictions: pd.DataFrame) -> np.ndarray:
    """The indices, ascending, of the first ten test images of each class that the network reads rightly."""
    right = predictions[predictions["actual"] == predictions["predicted"]]
    return right["index"].to_numpy()[choose_evenly(right["actual"].to_numpy(), EXAMPLES * CLASSES)]


def summarize_boxes(hidden: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Box plots `(nodes, 10, 7)` float32 of the activations `hidden` `(n, nodes)` by class; NaN where there are none.

    In order: smallest, lower whisker, quartile, median, quartile, upper whisker, largest. A whisker ends at the last
    value that is no further from the box than 1.5 times its length.
    """
    boxes = np.full((hidden.shape[1], CLASSES, BOX_NUMBERS), np.nan, np.float32)
    for k in np.unique(classes):
        ordered = np.sort(hidden[classes == k].T, axis=1)
        low, middle, high = np.quantile(ordered, [0.25, 0.5, 0.75], axis=1)
        reach = WHISKER * (high - low)
        inside = (ordered >= (low - reach)[:, None]) & (ordered <= (high + reach)[:, None])
        nodes = np.arange(len(ordered))
        first, last = inside.argmax(axis=1), inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
        whiskers = ordered[nodes, first], ordered[nodes, last]
        boxes[:, k] = np.stack([ordered[:, 0], whiskers[0], low, middle, high, whiskers[1], ordered[:, -1]], axis=1)
    return boxes


def pack(values: np.ndarray) -> dict[str, str]:
    """An array's numbers as text, for `unpack` in `forward.js`: zlib-compressed, little-endian, base64."""
    content = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return {"type": values.dtype.name, "data": base64.b64encode(content).decode()}
