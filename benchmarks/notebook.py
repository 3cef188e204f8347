"""The study as a notebook does it: plain Keras and scikit-learn as they come.

Each function measures one part and returns its seconds and a figure of quality.
"""

import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.settings import (
    CLASSES,
    DATASET,
    EQUAL_EPOCHS,
    PARAMS,
    load_classes,
    load_images,
    select,
    split,
    test_accuracy,
)
from hidden_nodes import paths

SIZE = DATASET.rows, DATASET.columns
SEED, TRAIN, EMBEDDING = PARAMS.seed, PARAMS.train, PARAMS.pca_tsne
TSNE_SETTINGS: dict[str, Any] = {
    "init": "pca", "perplexity": EMBEDDING.perplexity, "max_iter": EMBEDDING.iterations, "learning_rate": "auto",
    "random_state": SEED,
}  # fmt: skip
History = dict[str, list[float]]
Measured = tuple[float, float]


def fit(
    x: np.ndarray, y: np.ndarray, epochs: int, patience: int, show: Callable[[History], None] = lambda history: None
) -> tuple[Any, float]:
    """Keras's `fit` with early stopping and a checkpoint; returns the kept model and the seconds of the last epoch.

    show : what draws the history, if anything does.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [
            keras.layers.Input((x.shape[1],)),
            keras.layers.Dense(PARAMS.hidden, TRAIN.activation, kernel_regularizer=keras.regularizers.L2(TRAIN.l2)),
            keras.layers.Dense(CLASSES, "softmax"),
        ]
    )
    optimizer = keras.optimizers.get({"class_name": TRAIN.optimizer, "config": {"learning_rate": TRAIN.learning_rate}})
    model.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        callbacks = [
            keras.callbacks.EarlyStopping(TRAIN.monitor, patience=patience),
            keras.callbacks.ModelCheckpoint(f"{directory}/best.keras", TRAIN.keep, save_best_only=True),
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())),
        ]
        training, validation = split(x, y)
        start = time.perf_counter()
        fitted = model.fit(
            *training, validation_data=validation, batch_size=TRAIN.batch_size, epochs=epochs, callbacks=callbacks,
            verbose=0,
        )  # fmt: skip
        show(fitted.history)
        kept = keras.models.load_model(f"{directory}/best.keras")
    return kept, ends[-1] - ([start, *ends][-2])


def epoch() -> Measured:
    (x, x_test), y = load_images(), load_classes()[1]
    model, seconds = fit(x, y, epochs=2, patience=2)
    return seconds, test_accuracy(model.predict(x_test, verbose=0))


def train(
    epochs: int = TRAIN.epochs,
    patience: int = TRAIN.patience,
    prepare: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> Measured:
    x, x_test = (prepare(images) for images in load_images())
    y = load_classes()[1]
    start = time.perf_counter()
    model, _ = fit(x, y, epochs, patience)
    return time.perf_counter() - start, test_accuracy(model.predict(x_test, verbose=0))


def train_equal_epochs() -> Measured:
    return train(EQUAL_EPOCHS, patience=EQUAL_EPOCHS)


def train_selected() -> Measured:
    return train(prepare=select)


def tsne() -> Measured:
    from sklearn.manifold import TSNE, trustworthiness

    x = load_images()[0][: EMBEDDING.images]
    start = time.perf_counter()
    points = TSNE(**TSNE_SETTINGS).fit_transform(x)
    return time.perf_counter() - start, float(trustworthiness(x, points))


def forest() -> Measured:
    from sklearn.ensemble import RandomForestClassifier

    (x, x_test), (y, _, y_test) = load_images(), load_classes()
    start = time.perf_counter()
    fitted = RandomForestClassifier(PARAMS.rf_select.trees, random_state=SEED).fit(x, y)
    return time.perf_counter() - start, float(fitted.score(x_test, y_test))


def pca() -> Measured:
    from sklearn.decomposition import PCA

    x = load_images()[0]
    start = time.perf_counter()
    PCA().fit(x)  # all components, for the 95 %
    fitted = PCA(2)
    fitted.fit_transform(x)
    return time.perf_counter() - start, float(fitted.explained_variance_ratio_.sum())


def activations() -> Measured:
    import keras

    x = load_images()[0]
    model = keras.saving.load_model(paths.NETWORK)
    start = time.perf_counter()
    reader = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    hidden, _ = reader.predict(x, verbose=0)
    return time.perf_counter() - start, float(hidden.max())


def describe_nodes(hidden: np.ndarray, weights: np.ndarray, bias: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How well each node tells each class from the others (AUC), and the accuracy without it: `(nodes, classes + 1)`.

    hidden : `(n, nodes)`; weights, bias : of the output layer; y : the images' classes.
    """
    from sklearn.metrics import accuracy_score, roc_auc_score

    rows = []
    for node in range(hidden.shape[1]):
        separation = [roc_auc_score(y == k, hidden[:, node]) for k in range(CLASSES)]
        without = hidden.copy()
        without[:, node] = 0
        rows.append([*separation, accuracy_score(y, (without @ weights + bias).argmax(axis=1))])
    return np.array(rows)


def describe_shapes(images: np.ndarray) -> np.ndarray:
    """Of each picture `(n, rows, columns)` the holes, width, height, and ink of top, bottom, left and right half."""
    from scipy.ndimage import label

    rows = []
    for image in images:
        ink = image > 0.5
        outside = np.pad(~ink, 1, constant_values=True)
        down, across = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
        middle, centre = (size // 2 for size in image.shape)
        halves = image[:middle].sum(), image[middle:].sum(), image[:, :centre].sum(), image[:, centre:].sum()
        rows.append([label(outside)[1] - 1, np.ptp(across), np.ptp(down), *halves])
    return np.array(rows)


def tell_shapes(shapes: np.ndarray, features: np.ndarray, features_test: np.ndarray, shapes_test: np.ndarray) -> float:
    """Mean accuracy of a linear classifier for each shape, above or below its median, on test images."""
    from sklearn.linear_model import RidgeClassifier

    cuts = np.median(shapes, axis=0)
    fitted = RidgeClassifier().fit(features, (shapes > cuts).astype(int))
    return float(np.mean(fitted.predict(features_test) == (shapes_test > cuts)))


class NoPictures:
    """What the whole run draws with when it draws nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:  # noqa: D105
        return lambda *arguments, **named: None


def whole(pictures: bool = True) -> Measured:
    """Everything that the notebook does, imports included, in one process; with its pictures or without."""
    start = time.perf_counter()
    import keras
    from sklearn.decomposition import PCA
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.manifold import TSNE
    from sklearn.metrics import classification_report

    (x, x_test), (y, one_hot, y_test) = load_images(), load_classes()
    with tempfile.TemporaryDirectory() as directory:
        notebook: Any = NoPictures()
        if pictures:
            from benchmarks.notebook_pictures import Notebook

            notebook = Notebook(directory)
        notebook.data(x, y, y_test)
        model, _ = fit(x, one_hot, TRAIN.epochs, TRAIN.patience, show=notebook.training)
        probabilities = model.predict(x_test, verbose=0)
        classification_report(y_test, probabilities.argmax(axis=1))
        notebook.evaluation(x_test, y_test, probabilities)
        reader = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
        hidden, output = reader.predict(x, verbose=0)
        notebook.activations(x, hidden, y, output.argmax(axis=1))
        weights, bias = model.layers[-1].get_weights()
        hidden_test = reader.predict(x_test, verbose=0)[0]
        describe_nodes(hidden_test, weights, bias, y_test)
        shapes, shapes_test = (describe_shapes(images.reshape(-1, *SIZE)) for images in (x, x_test))
        for features, features_test in ((hidden, hidden_test), (x, x_test)):
            tell_shapes(shapes, features, features_test, shapes_test)
        for values in (x, hidden):
            PCA(2).fit_transform(values)
            PCA().fit(values)
            points = PCA(3).fit_transform(values)
            embedding = TSNE(**TSNE_SETTINGS)
            notebook.maps(x, y, points, embedding.fit_transform(values[: EMBEDDING.images]))
        trees = RandomForestClassifier(PARAMS.rf_select.trees, random_state=SEED).fit(x, y)
        pixels = np.argsort(-trees.feature_importances_)[: PARAMS.retrain_selected.pixels]
        notebook.forest(x[1], trees.feature_importances_, pixels)
        selected, _ = fit(
            np.ascontiguousarray(x[:, pixels]), one_hot, TRAIN.epochs, TRAIN.patience, show=notebook.training
        )
        notebook.evaluation(x_test, y_test, selected.predict(x_test[:, pixels], verbose=0))
        projection = PCA(PARAMS.retrain_components.variance).fit(x)
        components, components_test = projection.transform(x), projection.transform(x_test)
        reduced, _ = fit(components, one_hot, TRAIN.epochs, TRAIN.patience, show=notebook.training)
        notebook.evaluation(x_test, y_test, reduced.predict(components_test, verbose=0))
    return time.perf_counter() - start, test_accuracy(probabilities)


def whole_without_pictures() -> Measured:
    return whole(pictures=False)
