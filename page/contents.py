"""What the `report` stage gathers for the page: everything that one run found, as the other stages wrote it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.data.dataset import Dataset
from hidden_nodes.network.weights import Weights


@dataclass(frozen=True)
class Embedding:
    """One map: `points` `(n, 2)` of the embedded images, and what its two axes show."""

    values: str  # "pixels" or "activations"
    method: str  # "pca" or "tsne"
    points: np.ndarray
    axis_names: list[str]


@dataclass(frozen=True)
class Contents:
    """A run. Images are `(n, pixels)` uint8, classes positions in `dataset.classes`."""

    dataset: Dataset
    parameters: dict[str, Any]  # by dotted name, such as "train.l2"
    split: dict[str, int]  # training images: "train" and "validation"
    images_train: np.ndarray
    classes: np.ndarray  # (n,) of the training images
    predicted: np.ndarray  # (n,)
    images_test: np.ndarray
    predictions: pd.DataFrame  # a row a test image: index actual predicted
    confusions: np.ndarray  # (classes, classes): test images by actual and by predicted class
    network: Weights
    selected: Weights  # the network trained on the first pixels of the ranking
    ranked_nodes: pd.DataFrame  # node eta_squared, the best first
    boxes: np.ndarray  # (n_hidden, classes, 7): box plots of the training images' activations
    ranking: pd.DataFrame  # pixel importance, the most important first
    embeddings: list[Embedding]
    histories: dict[str, pd.DataFrame]  # "all" pixels and "selected" ones: loss and accuracy by epoch, kept
    classifiers: list[dict[str, Any]]  # name inputs parameters accuracy, as the page's first table shows them
