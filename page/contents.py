"""What the page shows: everything that one run found, as the other stages wrote it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.prepared import check_length, read_prepared, read_split
from hidden_nodes.data.ranking import read_ranking
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array, read_json
from hidden_nodes.knowledge.neighbours import MEASURES
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.params import Params
from hidden_nodes.plotting.points import jitter_by_class, name_component, name_tsne
from hidden_nodes.schema import flatten
from hidden_nodes.tables import read_csv
from page.holding import Holding, read_holding
from page.knowledge import Knowledge, read_knowledge

SHOWN_PARAMETERS = {
    "seed", "hidden", "train", "pca_tsne", "rf_select", "retrain_selected", "knowledge", "retrain_components", "report",
}  # fmt: skip
BOX_NUMBERS = 7  # of a box plot


@dataclass(frozen=True)
class Embedding:
    """One map: `points` `(n, 2)` of the embedded images, and what its two axes show.

    means : over all images, of `MEASURES`. measures : `(n, 3)`, the same of each image, of a t-SNE map.
    components : `(features, 3)`, of a PCA map: the mean, and the components on its two axes; one feature has but one.
    """

    values: str  # "pixels" or "activations"
    method: str  # "pca" or "tsne"
    points: np.ndarray
    axis_names: list[str]
    means: list[float]
    measures: np.ndarray | None = None
    components: np.ndarray | None = None
    flat: bool = False  # of one dimension: the other only sets the classes apart

    @property
    def name(self) -> str:
        return f"{self.method}-{self.values}"

    @property
    def title(self) -> str:
        return f"{'PCA' if self.method == 'pca' else 't-SNE'} of the {self.values}"


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
    balanced_accuracy: float  # of the network on the test images
    guess_accuracy: float  # of always guessing the class with the most training images
    network: Weights
    selected: Weights  # the network trained on a few pixels
    chosen_pixels: np.ndarray  # (inputs,): which these are
    knowledge: Knowledge
    holding: Holding
    ranked_nodes: pd.DataFrame  # node eta_squared, the best first
    boxes: np.ndarray  # (n_hidden, classes, 7): box plots of the training images' activations
    ranking: pd.DataFrame  # pixel importance, the most important to the forest first
    embeddings: list[Embedding]
    histories: dict[str, pd.DataFrame]  # "all" pixels and "selected" ones: loss and accuracy by epoch, kept
    classifiers: list[dict[str, Any]]  # name inputs parameters accuracy, as the page's first table shows them


def read_history(path: Path) -> pd.DataFrame:
    """A training run by epoch: loss and accuracy of training and validation images, and which epoch was kept."""
    return read_csv(path, "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "kept")


def read_embedding(values: str, method: str, features: int, rows: int) -> Embedding:
    """A map of the first `rows` images; one of a single dimension is jittered by class in the other.

    features : how many were projected; one leaves a single dimension.
    """
    path = paths.embedding(values, method)
    names = [f"{method}_1", f"{method}_2"][:features]
    measured = MEASURES if method == "tsne" else []
    table = read_csv(path, "class", *names, *measured)
    if len(table) < rows:
        raise BadInput(f"{path} must hold at least {rows} images. Found {len(table)}.")
    table = table[:rows]
    points, flat = table[names].to_numpy(np.float32), features == 1
    axis_names = [name_tsne(number) for number in range(2)]
    if method == "pca":
        shares = read_csv(paths.embedding(values, "explained_variance"), "explained_variance_ratio")
        axis_names = [name_component(number, share) for number, share in enumerate(shares.iloc[:2, 0])]
    if flat:
        points = np.column_stack([points, jitter_by_class(table["class"].to_numpy())])
        axis_names = [axis_names[0], "Class"]
    return Embedding(
        values, method, points, axis_names, read_means(values, method),
        measures=table[measured].to_numpy(np.float32) if measured else None,
        components=read_components(values, features) if method == "pca" else None, flat=flat,
    )  # fmt: skip


def read_means(values: str, method: str) -> list[float]:
    """The means of `MEASURES` over the images of a map of two dimensions."""
    path = paths.embedding(values, "maps")
    table = read_csv(path, "map", *MEASURES, texts=["map"], gaps=MEASURES).set_index("map")
    name = {"pca": "pca_2", "tsne": "tsne"}[method]
    if name not in table.index or table.loc[name].isna().any():
        raise BadInput(f"{path} must hold {', '.join(MEASURES)} of the map {name!r}.")
    return [float(mean) for mean in table.loc[name]]


def read_components(values: str, features: int) -> np.ndarray:
    """What projects `features` values to a PCA map: `(features, at most 3)`, the mean and the components."""
    path = paths.embedding(values, "components")
    table = read_csv(path, "mean", *["component_1", "component_2"][:features])
    if len(table) != features:
        raise BadInput(f"{path} must hold {features} rows. Found {len(table)}.")
    return table.to_numpy()


def read_embeddings(dataset: Dataset, nodes: int) -> list[Embedding]:
    """PCA and t-SNE of the pixels and of the activations, as far as t-SNE embedded the images."""
    counts = [len(read_csv(paths.embedding(values, "tsne"), "class")) for values in ("pixels", "activations")]
    check_length(paths.embedding("activations", "tsne"), counts[1], counts[0])
    return [
        read_embedding(values, method, features, counts[0])
        for values, features in (("pixels", dataset.pixels), ("activations", nodes))
        for method in ("pca", "tsne")
    ]


def read_ranked_nodes(nodes: int) -> pd.DataFrame:
    """Every hidden node and its eta squared, the one that separates the classes best first: `node eta_squared`."""
    table = read_csv(paths.ETA_SQUARED, "node", "eta_squared")
    if not np.array_equal(np.sort(table["node"]), np.arange(nodes)):
        raise BadInput(f"{paths.ETA_SQUARED} must rank each of the {nodes} hidden nodes once. Found {len(table)} rows.")
    return table


def read_boxes(nodes: int, classes: int) -> np.ndarray:
    """The box plots `(nodes, classes, 7)` of all nodes."""
    boxes = load_array(paths.BOXES, classes, BOX_NUMBERS)
    if len(boxes) != nodes:
        raise BadInput(f"{paths.BOXES} must hold the box plots of {nodes} hidden nodes. Found {len(boxes)}.")
    return boxes


def read_confusions(classes: int) -> np.ndarray:
    """The confusion matrix `(classes, classes)`: test images by actual class (rows) and predicted class."""
    table = read_csv(paths.CONFUSIONS, "actual", "predicted", "images")
    if len(table) != classes**2:
        raise BadInput(f"{paths.CONFUSIONS} must hold {classes**2} rows. Found {len(table)}.")
    counts = np.zeros((classes, classes), int)
    counts[table["actual"], table["predicted"]] = table["images"]
    return counts


def read_baselines(classes: int) -> tuple[float, float]:
    """What the network's accuracy is to be held against: its balanced accuracy, that of always the largest class."""
    recall = read_csv(paths.REPORT, "recall")["recall"]
    if len(recall) != classes + 5:
        raise BadInput(f"{paths.REPORT} must hold {classes + 5} rows. Found {len(recall)}.")
    return recall[classes + 1], recall[classes + 2]  # below the classes, and the accuracy


def read_selected_pixels(count: int, pixels: int) -> np.ndarray:
    """Which `count` of the `pixels` the network on few pixels takes, in its order."""
    found = read_csv(paths.SELECTED_PIXELS, "pixel")["pixel"].to_numpy()
    if len(found) != count or not set(found) <= set(range(pixels)):
        raise BadInput(f"{paths.SELECTED_PIXELS} must name {count} of the {pixels} pixels. Found {len(found)} rows.")
    return found


def read_classifiers(network: Weights, selected: Weights, pixels: int, ranking: str) -> list[dict[str, Any]]:
    """A row for each classifier: `name inputs parameters accuracy`; a forest's parameters are its splits.

    ranking : by which the pixels of the network on few were chosen.
    """
    full = read_json(paths.EVALUATE_METRICS, test_accuracy=float)["test_accuracy"]
    few = read_json(paths.SELECTED_METRICS, selected_accuracy=float)["selected_accuracy"]
    projected = read_json(paths.COMPONENTS_METRICS, components_accuracy=float)["components_accuracy"]
    size = read_csv(paths.COMPONENTS_NETWORK_TABLE, "components", "parameters").iloc[0]
    forest = read_csv(paths.FOREST, "trees", "splits", "test_accuracy").iloc[0]
    inputs, trees = len(selected.hidden_weights), int(forest["trees"])
    components = int(size["components"])
    on_pixels = f"{inputs} pixel" if inputs == 1 else f"{inputs} pixels"
    on_components = "1 principal component" if components == 1 else f"{components} principal components"
    of_trees = f"{trees} tree" if trees == 1 else f"{trees} trees"
    rows = [
        ("The network", pixels, f"{network.parameters:,}", full),
        (f"The same network on {on_pixels} (ranking: {ranking})", inputs, f"{selected.parameters:,}", few),
        (f"The same network on {on_components}", components, f"{int(size['parameters']):,}", projected),
        (f"A random forest of {of_trees}", pixels, f"{int(forest['splits']):,} splits", float(forest["test_accuracy"])),
    ]  # fmt: skip
    return [dict(zip(("name", "inputs", "parameters", "accuracy"), row, strict=True)) for row in rows]


def gather(params: Params, dataset: Dataset) -> Contents:
    """Read everything that the page shows, each figure from the stage that computed it."""
    classes = len(dataset.classes)
    images, labels, images_test = read_prepared(dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN, paths.IMAGES_TEST)
    network = read_weights(paths.WEIGHTS, dataset.pixels, classes)
    balanced, guess = read_baselines(classes)
    selected = read_weights(paths.SELECTED_WEIGHTS, params.retrain_selected.pixels, classes)
    predicted = read_csv(paths.TRAINING_PREDICTIONS, "predicted")["predicted"].to_numpy()
    predictions = read_csv(paths.PREDICTIONS, "index", "actual", "predicted")
    check_length(paths.TRAINING_PREDICTIONS, len(predicted), dataset.train_images)
    check_length(paths.PREDICTIONS, len(predictions), dataset.test_images)
    return Contents(
        dataset=dataset,
        parameters=flatten(params.model_dump(include=SHOWN_PARAMETERS)),
        split=read_split(),
        images_train=images.reshape(len(images), -1),
        classes=labels,
        predicted=predicted,
        images_test=images_test.reshape(len(images_test), -1),
        predictions=predictions,
        confusions=read_confusions(classes),
        balanced_accuracy=balanced,
        guess_accuracy=guess,
        network=network,
        selected=selected,
        chosen_pixels=read_selected_pixels(len(selected.hidden_weights), dataset.pixels),
        knowledge=read_knowledge(network.n_hidden),
        holding=read_holding(network),
        ranked_nodes=read_ranked_nodes(network.n_hidden),
        boxes=read_boxes(network.n_hidden, classes),
        ranking=read_ranking(dataset.pixels),
        embeddings=read_embeddings(dataset, network.n_hidden),
        histories={"all": read_history(paths.HISTORY), "selected": read_history(paths.SELECTED_HISTORY)},
        classifiers=read_classifiers(network, selected, dataset.pixels, params.retrain_selected.ranking),
    )
