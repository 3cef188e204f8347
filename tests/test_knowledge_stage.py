"""What the stage `knowledge` writes is what plain computations give, and nothing in it was chosen on test images."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from hidden_nodes import paths
from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import read_weights
from stages.__main__ import run_stage
from tests.clone import Project

# And all columns that end in _train.
CHOSEN = ["concept", "sentence", "threshold", "twin", "best_class", "greedy_place"]


def read_run(project: Project) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """The network's arrays, the test images' activations in float64, their classes, and the nodes' training means."""
    with np.load(project.path / paths.WEIGHTS, allow_pickle=False) as file:
        network = {name: file[name].astype(np.float64) for name in file if name != "activation"}
    images, classes = (np.load(project.path / path) for path in (paths.IMAGES_TEST, paths.Y_TEST))
    pixels = images.reshape(len(images), -1) / 255
    activations = np.maximum(pixels @ network["hidden_weights"] + network["hidden_bias"], 0)
    trained = json.loads(project.read(str(paths.SPLIT)))["train"]
    means = np.load(project.path / paths.HIDDEN)[:trained].mean(axis=0, dtype=np.float64)
    return network, activations, classes, means


def classify(network: dict[str, np.ndarray], activations: np.ndarray) -> np.ndarray:
    """Class probabilities, image by image."""
    rows = []
    for row in activations:
        logits = row @ network["output_weights"] + network["output_bias"]
        powers = np.exp(logits - logits.max())
        rows.append(powers / powers.sum())
    return np.array(rows)


def cross_entropy(chances: np.ndarray, classes: np.ndarray) -> float:
    return float(np.mean([-np.log(row[k]) for row, k in zip(chances, classes, strict=True)]))


def check_nodes(project: Project) -> None:
    """Hold the figures of each node, and how many dimensions they fill, against a plain computation."""
    network, activations, classes, means = read_run(project)
    nodes = pd.read_csv(project.path / paths.KNOWN_NODES)
    chances = classify(network, activations)
    correct, loss = chances.argmax(axis=1) == classes, cross_entropy(chances, classes)
    for node in range(activations.shape[1]):
        for column, value in (("ablation", means[node]), ("ablation_zero", 0.0)):
            held = activations.copy()
            held[:, node] = value
            changed = classify(network, held)
            images = int(correct.sum()) - int((changed.argmax(axis=1) == classes).sum())
            assert nodes[column][node] == pytest.approx(100 * images / len(classes), abs=1e-6)  # to the image
            if column == "ablation":
                assert nodes["ablation_loss"][node] == pytest.approx(cross_entropy(changed, classes) - loss, abs=1e-6)
        auc = roc_auc_score(classes == nodes["best_class"][node], activations[:, node].astype(np.float32))
        assert nodes["auc"][node] == pytest.approx(max(auc, 1 - auc), abs=1e-9)
    variances = np.linalg.eigvalsh(np.atleast_2d(np.cov(activations.T)))
    metrics = json.loads(project.read(str(paths.KNOWLEDGE_METRICS)))
    ratio = variances.sum() ** 2 / (variances**2).sum() if variances.any() else 0
    assert metrics["effective_dimensions"] == pytest.approx(ratio, rel=1e-6)


def check_information(project: Project) -> None:
    """Hold the information of each node against sums over bins and classes, in plain loops.

    The activations are the stage's own: a cut is an activation of a training image, and the last digit tells on which
    side of it an equal test image lies.
    """
    network, _, classes, _ = read_run(project)
    images = np.load(project.path / paths.IMAGES_TEST)
    weights = read_weights(project.path / paths.WEIGHTS, images[0].size, len(network["output_bias"]))
    activations = activate_images(weights, images)
    nodes = pd.read_csv(project.path / paths.KNOWN_NODES)
    trained = np.load(project.path / paths.HIDDEN)[: json.loads(project.read(str(paths.SPLIT)))["train"]][:10_000]
    present = np.unique(np.load(project.path / paths.Y_TRAIN))
    most = min(max(1 + int(2.8 * np.sqrt(min(len(classes), len(trained))) / (len(present) - 1)), 2), 32)
    for node in range(activations.shape[1]):
        values = np.sort(trained[:, node])
        rest = values[values != 0]
        zero = len(rest) < len(values)
        edges = {
            float(rest[int(np.ceil(k / (most - zero) * len(rest))) - 1]) for k in range(1, most - zero) if len(rest)
        }
        edges |= {float(np.nextafter(np.float32(0), np.float32(-1))), 0.0} if zero else set()
        cuts = sorted(edge for edge in edges if values[0] <= edge and (edge < values[-1] or edge == 0))
        cells: dict[tuple[int, int], int] = {}
        for value, k in zip(activations[:, node].tolist(), classes.tolist(), strict=True):
            cell = sum(value > cut for cut in cuts), k
            cells[cell] = cells.get(cell, 0) + 1
        bins, of_class = (dict.fromkeys({cell[axis] for cell in cells}, 0) for axis in (0, 1))
        for (b, k), count in cells.items():
            bins[b] += count
            of_class[k] += count
        n = len(classes)

        def entropy(counts: dict[Any, int], n: int = n) -> float:
            """Miller and Madow's, in bits."""
            plain = -sum(count / n * np.log2(count / n) for count in counts.values())
            return float(plain + (len(counts) - 1) / (2 * n * np.log(2)))

        information = max(0, entropy(bins) + entropy(of_class) - entropy(cells))
        assert nodes["mutual_information"][node] == pytest.approx(information, abs=1e-6)


def check_curves(project: Project) -> None:
    """Hold the curves of the order by ablation loss, the others at their means and at 0, against plain computations."""
    network, activations, classes, means = read_run(project)
    nodes = pd.read_csv(project.path / paths.KNOWN_NODES)
    curves = pd.read_csv(project.path / paths.CURVES).set_index(["order", "others", "nodes"])["accuracy"].sort_index()
    order = np.argsort(-nodes["ablation_loss_train"], kind="stable")
    counts = [2**power for power in range(8) if 2**power < len(order)] + [len(order)]
    assert curves["ablation loss", "mean"].index.tolist() == counts
    for others, value in (("mean", means), ("zero", np.zeros_like(means))):
        for kept in counts:
            held = np.tile(value, (len(classes), 1))
            held[:, order[:kept]] = activations[:, order[:kept]]
            accuracy = np.mean(classify(network, held).argmax(axis=1) == classes)
            assert curves["ablation loss", others, kept] == pytest.approx(accuracy, abs=1e-6)
    whole = np.mean(classify(network, activations).argmax(axis=1) == classes)
    for order_name in ("random", "greedy"):
        assert curves[order_name, "mean", len(order)] == pytest.approx(whole, abs=1e-6)


CHECKS = [check_nodes, check_information, check_curves]


@pytest.mark.parametrize("check", CHECKS)
def test_the_figures_are_those_of_a_plain_computation(reproduced: Project, check: Callable[[Project], None]) -> None:
    check(reproduced)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as Python does in programs
def test_nothing_is_chosen_on_test_images(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before, shapes = (pd.read_csv(project.path / path) for path in (paths.KNOWN_NODES, paths.CONCEPTS_TABLE))
    generator = np.random.default_rng(0)
    for path, most in ((paths.IMAGES_TEST, 256), (paths.Y_TEST, 10)):
        array = np.load(project.path / path)
        (project.path / path).unlink()  # DVC may have it as a link into its cache
        np.save(project.path / path, generator.integers(0, most, array.shape, np.uint8))
    monkeypatch.chdir(project.path)
    for stage in ("concepts", "knowledge"):
        run_stage([stage])
    after, shapes_after = pd.read_csv(paths.KNOWN_NODES), pd.read_csv(paths.CONCEPTS_TABLE)
    chosen = [column for column in before if column in CHOSEN or column.endswith("_train")]
    assert {"auc_train", "ablation_loss_train", "sentence_auc_train", "precision_train"} <= set(chosen)
    pd.testing.assert_frame_equal(before[chosen], after[chosen], check_exact=True)
    pd.testing.assert_frame_equal(shapes.drop(columns="test"), shapes_after.drop(columns="test"), check_exact=True)
    assert not before["auc"].equals(after["auc"])
