"""Each part of the study the notebook's way and the stages' way, side by side: `make bench`.

The notebook's way is plain Keras and scikit-learn as they come. Only the whole run includes the pictures, both ways.
Every measurement is a process of its own, the two ways alternate, and a part that takes under 20 s is measured three
times; the table shows medians.
Reads `data/` and `models/`, as `dvc repro` left them.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.network.settings import set_environment
from tests.clone import ROOT

SHORT = 20  # seconds; what takes less is repeated
REPEATS = 3
TSNE_IMAGES = 10_000
SELECTED = 70
SEED = 42
Measured = tuple[float, float]  # seconds, and a figure of quality

PREPARED = ROOT / "data/prepared"


def load(name: str) -> np.ndarray:
    """One of the prepared arrays, read into memory."""
    return np.load(PREPARED / f"{name}.npy", allow_pickle=False)


def split(x: np.ndarray, y: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Training and validation as `params.yaml` has them by default: the last 5,000 are held out."""
    return (x[:-5000], y[:-5000]), (x[-5000:], y[-5000:])


def select(x: np.ndarray) -> np.ndarray:
    """The columns of the 70 pixels that `rf_select` ranked first."""
    ranking = pd.read_csv(ROOT / "data/selection/ranking.csv")
    return np.ascontiguousarray(x[:, ranking["pixel"][:SELECTED]])


# --- the notebook's way ---------------------------------------------------------------------------------------------


def fit_notebook(
    x: np.ndarray, y: np.ndarray, epochs: int, show: Callable[[dict[str, list[float]]], None] = lambda history: None
) -> tuple[Any, float]:
    """Keras's `fit` with early stopping and a checkpoint; returns the kept model and the seconds of the last epoch.

    show : what draws the history, if anything does.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    model = keras.Sequential(
        [
            keras.layers.Input((x.shape[1],)),
            keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(0.001)),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        callbacks = [
            keras.callbacks.EarlyStopping("val_accuracy", patience=2),
            keras.callbacks.ModelCheckpoint(f"{directory}/best.keras", save_best_only=True),
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())),
        ]
        training, validation = split(x, y)
        start = time.perf_counter()
        fitted = model.fit(
            *training, validation_data=validation, batch_size=32, epochs=epochs, callbacks=callbacks, verbose=0
        )
        show(fitted.history)
        kept = keras.models.load_model(f"{directory}/best.keras")
    return kept, ends[-1] - ([start, *ends][-2])


def test_accuracy(predicted: np.ndarray) -> float:
    """Share of the test images whose class is the most probable one of `predicted` `(n, 10)`."""
    return float(np.mean(predicted.argmax(axis=1) == load("y_test")))


def notebook_epoch() -> Measured:
    x, y = load("x_train"), load("y_train_one_hot")
    model, seconds = fit_notebook(x, y, epochs=2)
    return seconds, test_accuracy(model.predict(load("x_test"), verbose=0))


def notebook_training(prepare: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> Measured:
    x, y, x_test = prepare(load("x_train")), load("y_train_one_hot"), prepare(load("x_test"))
    start = time.perf_counter()
    model, _ = fit_notebook(x, y, epochs=200)
    return time.perf_counter() - start, test_accuracy(model.predict(x_test, verbose=0))


def notebook_tsne() -> Measured:
    from sklearn.manifold import TSNE, trustworthiness

    x = load("x_train")[:TSNE_IMAGES]
    start = time.perf_counter()
    points = TSNE(init="pca", perplexity=40, learning_rate="auto", random_state=SEED).fit_transform(x)
    return time.perf_counter() - start, float(trustworthiness(x, points))


def notebook_forest() -> Measured:
    from sklearn.ensemble import RandomForestClassifier

    x, y = load("x_train"), load("y_train")
    start = time.perf_counter()
    forest = RandomForestClassifier(100, random_state=SEED).fit(x, y)
    return time.perf_counter() - start, float(forest.score(load("x_test"), load("y_test")))


def notebook_pca() -> Measured:
    from sklearn.decomposition import PCA

    x = load("x_train")
    start = time.perf_counter()
    PCA().fit(x)  # all components, for the 95 %
    pca = PCA(2)
    pca.fit_transform(x)
    return time.perf_counter() - start, float(pca.explained_variance_ratio_.sum())


def notebook_activations() -> Measured:
    import keras

    x = load("x_train")
    model = keras.saving.load_model(ROOT / "models/network.keras")
    start = time.perf_counter()
    reader = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    hidden, _ = reader.predict(x, verbose=0)
    return time.perf_counter() - start, float(hidden.max())


def notebook_whole() -> Measured:
    """Everything that the notebook does, imports and pictures included, in one process."""
    start = time.perf_counter()
    import keras
    from sklearn.decomposition import PCA
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.manifold import TSNE
    from sklearn.metrics import classification_report

    from benchmarks.notebook_pictures import Notebook

    x, y, one_hot, x_test, y_test = (load(n) for n in ("x_train", "y_train", "y_train_one_hot", "x_test", "y_test"))
    with tempfile.TemporaryDirectory() as directory:
        notebook = Notebook(directory)
        notebook.data(x, y, y_test)
        model, _ = fit_notebook(x, one_hot, epochs=200, show=notebook.training)
        probabilities = model.predict(x_test, verbose=0)
        classification_report(y_test, probabilities.argmax(axis=1))
        notebook.evaluation(x_test, y_test, probabilities)
        hidden, output = keras.Model(model.inputs[0], [layer.output for layer in model.layers]).predict(x, verbose=0)
        notebook.activations(x, hidden, y, output.argmax(axis=1))
        for values in (x, hidden):
            PCA(2).fit_transform(values)
            PCA().fit(values)
            points = PCA(3).fit_transform(values)
            tsne = TSNE(init="pca", perplexity=40, learning_rate="auto", random_state=SEED)
            notebook.maps(x, y, points, tsne.fit_transform(values[:TSNE_IMAGES]))
        forest = RandomForestClassifier(100, random_state=SEED).fit(x, y)
        pixels = np.argsort(-forest.feature_importances_)[:SELECTED]
        notebook.forest(x[1], forest.feature_importances_, pixels)
        selected, _ = fit_notebook(np.ascontiguousarray(x[:, pixels]), one_hot, epochs=200, show=notebook.training)
        notebook.evaluation(x_test, y_test, selected.predict(x_test[:, pixels], verbose=0))
    return time.perf_counter() - start, test_accuracy(probabilities)


# --- the stages' way ------------------------------------------------------------------------------------------------


def our_epoch() -> Measured:
    from hidden_nodes.network.model import build_network
    from hidden_nodes.network.training import train_epochs
    from hidden_nodes.params import load_params

    settings = load_params(ROOT / "params.yaml").train.model_copy(update={"epochs": 2})
    network = build_network(784, 128, 10, settings.activation, settings.l2, SEED)
    training, validation = split(load("x_train"), load("y_train_one_hot"))
    epochs = train_epochs(network, training, validation, settings, SEED)
    next(epochs)  # compiles
    start = time.perf_counter()
    next(epochs)
    return time.perf_counter() - start, test_accuracy(network(load("x_test")).numpy())


def our_training(prepare: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> Measured:
    from hidden_nodes.network.model import build_network
    from hidden_nodes.network.training import train_network
    from hidden_nodes.params import load_params

    settings = load_params(ROOT / "params.yaml").train
    x, x_test = prepare(load("x_train")), prepare(load("x_test"))
    training, validation = split(x, load("y_train_one_hot"))
    start = time.perf_counter()
    network = build_network(x.shape[1], 128, 10, settings.activation, settings.l2, SEED)
    train_network(network, training, validation, settings, SEED)
    return time.perf_counter() - start, test_accuracy(network(x_test).numpy())


def our_tsne() -> Measured:
    from sklearn.manifold import trustworthiness

    from hidden_nodes.params import load_params
    from stages.pca_tsne import embed_tsne

    x = load("x_train")[:TSNE_IMAGES]
    start = time.perf_counter()
    points, _ = embed_tsne(x, load_params(ROOT / "params.yaml").pca_tsne, SEED)
    return time.perf_counter() - start, float(trustworthiness(x, points))


def our_forest() -> Measured:
    from stages.rf_select import fit_forest

    x, y = load("x_train"), load("y_train")
    start = time.perf_counter()
    forest = fit_forest(x, y, 100, SEED)
    return time.perf_counter() - start, float(forest.score(load("x_test"), load("y_test")))


def our_pca() -> Measured:
    from stages.pca_tsne import fit_pca

    x = load("x_train")
    start = time.perf_counter()
    projection = fit_pca(x)
    return time.perf_counter() - start, float(projection.ratio[:2].sum())


def our_activations() -> Measured:
    from hidden_nodes.network.model import load_network
    from stages.activations import read_activations

    x = load("x_train")
    network = load_network(ROOT / "models/network.keras", 784, 10)
    start = time.perf_counter()
    hidden, output = np.empty((len(x), 128), np.float32), np.empty((len(x), 10), np.float32)
    read_activations(network, x, hidden, output)
    return time.perf_counter() - start, float(hidden.max())


def our_whole() -> Measured:
    """`dvc repro` in a fresh clone with nothing cached, the raw files at hand: all stages, pictures and imports."""
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "MNIST_MIRROR": str(ROOT / "data/raw")}
        start = time.perf_counter()
        subprocess.run(["dvc", "repro", "--quiet"], cwd=clone, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        metrics = json.loads((clone / "metrics/evaluate.json").read_text(encoding="utf-8"))
    return seconds, float(metrics["test_accuracy"])


# --- the comparison -------------------------------------------------------------------------------------------------

WHOLE = "the whole default run"
PARTS: dict[str, tuple[Callable[[], Measured], Callable[[], Measured], str]] = {
    "an epoch of training": (notebook_epoch, our_epoch, "test accuracy"),
    "training, to the stop": (notebook_training, our_training, "test accuracy"),
    "training on 70 pixels": (lambda: notebook_training(select), lambda: our_training(select), "test accuracy"),
    "activations, 60,000 images": (notebook_activations, our_activations, "largest"),
    "PCA of the pixels": (notebook_pca, our_pca, "variance of 2"),
    "t-SNE of 10,000 images": (notebook_tsne, our_tsne, "trustworthiness"),
    "forest of 100 trees": (notebook_forest, our_forest, "test accuracy"),
    WHOLE: (notebook_whole, our_whole, "test accuracy"),
}


def measure(part: str, way: int) -> Measured:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench", part, str(way)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:  # only then: TensorFlow's notes on oneDNN come at every log level
        sys.exit(done.stderr)
    seconds, quality = json.loads(done.stdout.splitlines()[-1])
    print(f"{part}, {('notebook', 'ours')[way]}: {seconds:.2f} s, {quality:.4f}", file=sys.stderr, flush=True)
    return seconds, quality


def compare(part: str) -> dict[str, str]:
    """Measure both ways in turn and make a row of the table."""
    results: list[list[Measured]] = [[], []]
    for _ in range(REPEATS):
        for way in (0, 1):
            if not results[way] or results[way][0][0] < SHORT or part == WHOLE:
                results[way].append(measure(part, way))
    theirs, ours = (statistics.median(seconds for seconds, _ in ways) for ways in results)
    figures = [f"{ways[0][1]:.4f}" for ways in results]
    return {
        "Part": part,
        "Notebook's way": f"{theirs:.2f} s",
        "Ours": f"{ours:.2f} s",
        "Ours / notebook's": f"{100 * ours / theirs:.0f} %",
        "Times as fast": f"{theirs / ours:.1f}",
        "Quality (notebook's, ours)": f"{PARTS[part][2]} {figures[0]}, {figures[1]}",
    }


def main() -> None:
    if len(sys.argv) == 3:
        part, way = sys.argv[1], int(sys.argv[2])
        if way == 1:
            set_environment()  # as stages/__main__.py does for the stages
        print(json.dumps(PARTS[part][way]()))  # type: ignore[operator]
        return
    table = pd.DataFrame([compare(part) for part in PARTS])
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print("| " + " | ".join(table) + " |")
    print("| --- |" + " --: |" * 4 + " --- |")
    for row in table.itertuples(index=False):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
