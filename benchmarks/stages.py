"""The study as the stages do it. Each function measures one part and returns its seconds and a figure of quality."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.settings import (
    CLASSES,
    DATASET,
    EQUAL_EPOCHS,
    PARAMS,
    load_classes,
    load_images,
    load_stored,
    select,
    split,
    test_accuracy,
)
from hidden_nodes import paths
from hidden_nodes.files import read_json
from hidden_nodes.params import Train

Measured = tuple[float, float]


def load_rows() -> tuple[np.ndarray, np.ndarray]:
    """Training and test images `(n, pixels)` as the stages read them: bytes."""
    train, test = load_stored(paths.IMAGES_TRAIN), load_stored(paths.IMAGES_TEST)
    return train.reshape(len(train), -1), test.reshape(len(test), -1)


def epoch() -> Measured:
    from hidden_nodes.network.model import build_network, predict
    from hidden_nodes.network.training import train_epochs

    settings = PARAMS.train.model_copy(update={"epochs": 2})
    network = build_network(DATASET.pixels, PARAMS.hidden, CLASSES, settings.activation, settings.l2, PARAMS.seed)
    x, x_test = load_rows()
    training, validation = split(x, load_classes()[0])
    epochs = train_epochs(network, training, validation, settings, PARAMS.seed)
    next(epochs)  # compiles
    start = time.perf_counter()
    next(epochs)
    return time.perf_counter() - start, test_accuracy(predict(network, x_test))


def train(settings: Train = PARAMS.train, prepare: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> Measured:
    from hidden_nodes.network.model import build_network, predict
    from hidden_nodes.network.training import train_network

    x, x_test = (prepare(images) for images in load_rows())
    training, validation = split(x, load_classes()[0])
    start = time.perf_counter()
    network = build_network(x.shape[1], PARAMS.hidden, CLASSES, settings.activation, settings.l2, PARAMS.seed)
    train_network(network, training, validation, settings, PARAMS.seed)
    return time.perf_counter() - start, test_accuracy(predict(network, x_test))


def train_equal_epochs() -> Measured:
    return train(PARAMS.train.model_copy(update={"epochs": EQUAL_EPOCHS, "patience": EQUAL_EPOCHS}))


def train_selected() -> Measured:
    return train(prepare=select)


def tsne() -> Measured:
    from sklearn.manifold import trustworthiness

    from stages.pca_tsne import embed_tsne

    x = load_images()[0][: PARAMS.pca_tsne.images]
    start = time.perf_counter()
    points, _ = embed_tsne(x, PARAMS.pca_tsne, PARAMS.seed)
    return time.perf_counter() - start, float(trustworthiness(x, points))


def forest() -> Measured:
    from stages.rf_select import fit_forest

    (x, x_test), (y, _, y_test) = load_images(), load_classes()
    start = time.perf_counter()
    fitted = fit_forest(x, y, PARAMS.rf_select.trees, PARAMS.seed)
    return time.perf_counter() - start, float(fitted.score(x_test, y_test))


def pca() -> Measured:
    from stages.pca_tsne import fit_pca

    x = load_rows()[0]
    start = time.perf_counter()
    projection = fit_pca(x)
    return time.perf_counter() - start, float(projection.ratio[:2].sum())


def activations() -> Measured:
    from hidden_nodes.network.weights import read_weights
    from stages.activations import write_activations

    images = load_stored(paths.IMAGES_TRAIN)
    weights = read_weights(paths.WEIGHTS, DATASET.pixels, CLASSES)
    with tempfile.TemporaryDirectory() as directory:
        hidden, output = (Path(directory) / name for name in ("hidden.npy", "output.npy"))
        start = time.perf_counter()
        write_activations(weights, images, hidden, output)
        return time.perf_counter() - start, float(load_stored(hidden).max())


def whole(pictures: bool = True) -> Measured:
    """What `make repro` runs in a fresh clone with nothing cached, the raw files at hand: imports included.

    Without pictures, each stage writes empty files in their place, and the page is an empty file.
    """
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "MNIST_MIRROR": str(paths.RAW.resolve())}
        if not pictures:
            graph = clone / "dvc.yaml"
            text = graph.read_text(encoding="utf-8")
            text = text.replace("python -m stages report", f"mkdir -p {paths.PAGE.parent} && touch {paths.PAGE}")
            graph.write_text(text.replace("python -m stages ", "python -m benchmarks.without_pictures "), "utf-8")
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "tools", "parallel"], cwd=clone, env=environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        accuracy = read_json(clone / paths.EVALUATE_METRICS, test_accuracy=float)["test_accuracy"]
    return seconds, accuracy


def whole_without_pictures() -> Measured:
    return whole(pictures=False)
