"""What the page carries: which images, and arrays as text."""

import base64
import zlib
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.network.weights import Weights
from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.points import stratified_subsample
from page.contents import Contents

EXAMPLES = 10  # of each class: test images that are classified correctly


def choose_training(classes: np.ndarray, count: int, n_classes: int) -> np.ndarray:
    """The indices, ascending, of `count` images evenly over `classes` `(n,)`, or of all if there are no more."""
    return stratified_subsample(classes, count, n_classes) if count < len(classes) else np.arange(len(classes))


def choose_mistakes(predictions: pd.DataFrame, count: int) -> np.ndarray:
    """The indices, ascending, of at most `count` misclassified images: of each confusion the first, then the next.

    predictions : a row an image, `index actual predicted`.
    """
    wrong = predictions[predictions["actual"] != predictions["predicted"]]
    turn = wrong.groupby(["actual", "predicted"]).cumcount()
    chosen = wrong.loc[turn.sort_values(kind="stable").index[:count], "index"]
    return np.sort(chosen.to_numpy())


def choose_examples(predictions: pd.DataFrame, n_classes: int) -> np.ndarray:
    """The indices, ascending, of the first ten test images of each class that the network classifies correctly."""
    correct = predictions[predictions["actual"] == predictions["predicted"]]
    chosen = stratified_subsample(correct["actual"].to_numpy(), EXAMPLES * n_classes, n_classes)
    return correct["index"].to_numpy()[chosen]


def describe_network(weights: Weights) -> dict[str, Any]:
    """A network for the page's own forward pass."""
    return {
        "activation": weights.activation,
        "nodes": weights.n_hidden,
        "hidden": pack(weights.hidden_weights),
        "hiddenBias": pack(weights.hidden_bias),
        "output": pack(weights.output_weights),
        "outputBias": pack(weights.output_bias),
    }


def carry(contents: Contents, training: np.ndarray, mistakes: np.ndarray) -> dict[str, Any]:
    """Everything that the page's scripts work with.

    training, mistakes : the chosen training and misclassified test images; examples of correct ones follow them.
    """
    dataset, predictions = contents.dataset, contents.predictions
    tests = np.concatenate([mistakes, choose_examples(predictions, len(dataset.classes))])
    chosen = predictions.iloc[tests]
    pixels = contents.ranking["pixel"].tolist()
    return {
        "rows": dataset.rows,
        "columns": dataset.columns,
        "classes": dataset.classes,
        "noun": dataset.noun,
        "network": describe_network(contents.network),
        "selected": describe_network(contents.selected) | {"pixels": pixels[: len(contents.selected.hidden_weights)]},
        "images": pack(np.concatenate([contents.images_train[training], contents.images_test[tests]])),
        "index": [*training.tolist(), *tests.tolist()],
        "actual": [*contents.classes[training].tolist(), *chosen["actual"].tolist()],
        "predicted": [*contents.predicted[training].tolist(), *chosen["predicted"].tolist()],
        "training": len(training),
        "mistakes": len(mistakes),
        "ranked": contents.ranked_nodes["node"].tolist(),
        "etaSquared": contents.ranked_nodes["eta_squared"].tolist(),
        "boxes": pack(contents.boxes),
        "pixels": pixels,
        "importance": contents.ranking["importance"].tolist(),
        "colours": [style.colour for style in styles_of(len(dataset.classes))],
    }


def pack(values: np.ndarray) -> dict[str, str]:
    """An array's numbers as text, for `unpack` in `network.js`: zlib-compressed, little-endian, base64."""
    content = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return {"type": values.dtype.name, "data": base64.b64encode(content).decode()}
