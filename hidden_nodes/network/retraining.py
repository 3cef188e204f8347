"""The same network once more on other inputs: trained, and measured on the test images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import accuracy_score

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.prepared import read_prepared, read_split
from hidden_nodes.network.evaluation import as_matrix, report_table, report_text, tabulate_confusions
from hidden_nodes.network.model import build_network, keras, predict, read_weights_of
from hidden_nodes.network.training import train_network
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import Train
from hidden_nodes.plotting.confusion import draw_confusions, draw_error_rates
from hidden_nodes.plotting.history import draw_history
from hidden_nodes.plotting.style import plural
from hidden_nodes.tables import write_csv


@dataclass(frozen=True)
class Images:
    """All images, `(n, pixels)` uint8, with their classes `(n,)`; the first `training` of `train` are not held out."""

    train: np.ndarray
    y_train: np.ndarray
    test: np.ndarray
    y_test: np.ndarray
    training: int


@dataclass(frozen=True)
class Retrained:
    """A trained network and what it predicted for the test images."""

    network: keras.Model
    weights: Weights
    history: pd.DataFrame  # as `train_network` gives it
    actual: np.ndarray  # (n,)
    predicted: np.ndarray  # (n,)
    names: list[str]  # of the classes
    largest: int  # the class with the most training images

    @property
    def accuracy(self) -> float:
        return float(accuracy_score(self.actual, self.predicted))

    @property
    def val_accuracy(self) -> float:
        """Of the epoch that was kept."""
        return float(self.history.loc[self.history["kept"] == 1, "val_accuracy"].item())

    @property
    def confusions(self) -> pd.DataFrame:
        return tabulate_confusions(self.actual, self.predicted, len(self.names))


def read_images(dataset: Dataset) -> Images:
    """The prepared images, memory-mapped, and how many of them train."""
    images, y, images_test, y_test = read_prepared(
        dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN, paths.IMAGES_TEST, paths.Y_TEST
    )
    flat, flat_test = (array.reshape(len(array), -1) for array in (images, images_test))
    return Images(flat, y, flat_test, y_test, read_split()["train"])


def retrain(
    x: np.ndarray, x_test: np.ndarray, images: Images, names: list[str], n_hidden: int, settings: Train, seed: int
) -> Retrained:
    """Train a network of `n_hidden` nodes on `x`, and classify `x_test`: a row each for all images of `images`.

    Both are `(n, inputs)`: bytes, which are scaled, or float32 as they are.
    """
    network = build_network(x.shape[1], n_hidden, len(names), settings.activation, settings.l2, seed)
    count, y = images.training, images.y_train
    history = train_network(network, (x[:count], y[:count]), (x[count:], y[count:]), settings, seed)
    predicted = predict(network, x_test).argmax(axis=1)
    return Retrained(
        network, read_weights_of(network), history, images.y_test, predicted, names, int(np.bincount(y).argmax())
    )


def draw_retrained(found: Retrained, inputs: str) -> dict[str, Figure]:
    """The pictures of how the network learned and what it confuses, by file name; `inputs` such as "70 pixels"."""
    counts, percent = (as_matrix(found.confusions, column) for column in ("images", "percent"))
    wrong = f"{counts.sum() - counts.trace()} of {counts.sum()} misclassified"
    nodes = plural(found.weights.n_hidden, "hidden node")
    return {
        "history": draw_history(found.history, f"Learning from {inputs}: {nodes}"),
        "confusion_counts": draw_confusions(counts, found.names, f"Confusion matrix with {inputs}: {wrong}"),
        "confusion_rates": draw_error_rates(percent, found.names, f"Error rates with {inputs}"),
    }


def write_tables(found: Retrained, kind: str, directory: Path) -> None:
    """History, size, confusions and report of the network, as files of `directory`; `kind` names its inputs."""
    write_csv(found.history, directory / "history.csv")
    size = {
        kind: [len(found.weights.hidden_weights)], "parameters": found.weights.parameters,
        "epochs": len(found.history),
    }  # fmt: skip
    write_csv(pd.DataFrame(size), directory / "network.csv")
    write_csv(found.confusions, directory / "confusion.csv")
    report = (found.actual, found.predicted, found.names, found.largest)
    write_csv(report_table(*report), directory / "classification_report.csv")
    (directory / "classification_report.txt").write_text(report_text(*report), encoding="utf-8")
