"""What the page computes with nodes held at a value, in Node: held against NumPy."""

import numpy as np
import pytest

from hidden_nodes.knowledge.ablation import ablate_nodes
from hidden_nodes.network.weights import Weights
from tests.node import run_in_node

CLASSES, PIXELS = 5, 12
START = """
    import {Network} from "./network.js";
    import {HeldScores, activateAll, explain} from "./scores.js";
    const arrays = Object.entries(input.network).map(([name, values]) => [name, Float32Array.from(values)]);
    const typed = Object.fromEntries(arrays);
    const network = new Network({...typed, activation: input.activation, nodes: typed.hiddenBias.length});
    const images = input.images.map((image) => Uint8Array.from(image));
    const activations = activateAll(network, images);
"""
PREDICT = """
    const scores = new HeldScores(network, activations);
    answer(input.held.map((held) => scores.predict(Float64Array.from(held, (value) => value ?? NaN))));
"""


def make_network(nodes: int, activation: str = "relu") -> Weights:
    rng = np.random.default_rng(nodes)
    shapes = [(PIXELS, nodes), (nodes,), (nodes, CLASSES), (CLASSES,)]
    return Weights(activation, *(rng.normal(0, 1, shape).astype(np.float32) for shape in shapes))


def make_images(count: int) -> np.ndarray:
    images = np.random.default_rng(1).integers(0, 256, (count, PIXELS)).astype(np.uint8)
    return np.where(images < 120, 0, images).astype(np.uint8)


def describe(weights: Weights, images: np.ndarray, held: np.ndarray) -> dict[str, object]:
    arrays = (weights.hidden_weights, weights.hidden_bias, weights.output_weights, weights.output_bias)
    names = ("hidden", "hiddenBias", "output", "outputBias")
    return {
        "activation": weights.activation, "images": images,
        "network": {name: array.ravel() for name, array in zip(names, arrays, strict=True)},
        "held": [[None if np.isnan(value) else value for value in row] for row in held],
    }  # fmt: skip


def activate(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Activations `(n, n_hidden)`, summed in float64 and rounded, as the page has them."""
    sums = images / 255 @ weights.hidden_weights.astype(np.float64) + weights.hidden_bias.astype(np.float64)
    own = np.tanh(sums) if weights.activation == "tanh" else np.maximum(sums, 0)
    return own.astype(np.float32)


def draw_sets(nodes: int, count: int, means: np.ndarray) -> np.ndarray:
    """For each of `count` random sets of nodes a row: NaN where a node is free, else its mean, zero or any value."""
    rng = np.random.default_rng(2)
    held = np.full((count, nodes), np.nan)
    for number, row in enumerate(held):
        chosen = rng.choice(nodes, rng.integers(0, nodes + 1), replace=False)
        row[chosen] = [means, np.zeros(nodes), rng.uniform(0, 2, nodes)][number % 3][chosen]
    return held


@pytest.mark.parametrize(("nodes", "activation"), [(1, "relu"), (2, "tanh"), (128, "relu"), (1024, "relu")])
def test_what_is_predicted_with_any_nodes_off_or_set_is_what_numpy_predicts(nodes: int, activation: str) -> None:
    weights, images = make_network(nodes, activation), make_images(200)
    hidden = activate(weights, images).astype(np.float64)
    held = draw_sets(nodes, 150, hidden.mean(axis=0))  # 50 of each kind
    expected = [
        np.argmax(
            np.where(np.isnan(row), hidden, row) @ weights.output_weights.astype(float) + weights.output_bias, axis=1
        )
        for row in held
    ]
    assert np.array_equal(run_in_node(START + PREDICT, describe(weights, images, held)), expected)


def test_one_node_off_loses_and_gains_the_images_that_its_ablation_counts() -> None:
    weights, images = make_network(20), make_images(400)
    hidden = activate(weights, images)
    means = hidden.mean(axis=0, dtype=np.float64)
    held = np.where(np.eye(20, dtype=bool), means, np.nan)
    free, *off = np.array(run_in_node(START + PREDICT, describe(weights, images, np.vstack([held[:1] * np.nan, held]))))
    logits = hidden @ weights.output_weights.astype(np.float64) + weights.output_bias
    second = np.argsort(logits, axis=1)[:, -2]
    classes = np.where(np.arange(400) % 4 > 0, free, second)  # three of four images are classified correctly
    found = ablate_nodes(weights, hidden, classes, means)
    for node, predicted in enumerate(off):
        for counts, mine in ((found.lost, (free == classes) & (predicted != classes)),
                             (found.gained, (free != classes) & (predicted == classes))):  # fmt: skip
            assert np.array_equal(counts[node], np.bincount(classes[mine], minlength=CLASSES))
    assert found.lost.sum() > 50
    assert found.gained.sum() > 5


def test_the_contributions_to_a_class_add_up_to_the_difference_of_the_scores() -> None:
    weights, images = make_network(128), make_images(1000)
    code = "answer(images.map((image) => explain(network, network.activations(image))));"
    answers = run_in_node(START + code, describe(weights, images, np.empty((0, 128))))
    logits = activate(weights, images) @ weights.output_weights.astype(np.float64) + weights.output_bias
    for answer, scores in zip(answers, logits, strict=True):
        other, winner = np.argsort(scores, kind="stable")[-2:]
        assert (answer["winner"], answer["other"]) == (winner, other)
        assert answer["bias"] + np.sum(answer["parts"]) == pytest.approx(scores[winner] - scores[other], abs=1e-5)
        assert answer["difference"] == pytest.approx(scores[winner] - scores[other], abs=1e-5)
