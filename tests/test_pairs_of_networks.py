"""What is said of two networks compared, and how well a refitted output layer does, as counted by hand."""

import numpy as np
import pytest

from hidden_nodes.knowledge import ridge
from hidden_nodes.knowledge.comparison import Pair, compare_layers, tabulate_matches, tabulate_pairs
from hidden_nodes.knowledge.layer import center
from hidden_nodes.knowledge.moments import Moments, sum_moments

CORRELATIONS = np.array([0.5, 0.65, 0.75, np.nan, 0.8, 0.85, 0.95, -0.9])
PAIR = Pair(
    np.array([3, 0, 2, -1, 1, 5, 4, 6]), CORRELATIONS, np.full(8, -1), np.abs(CORRELATIONS), live=5, cka=0.25,
)  # fmt: skip


def test_a_pair_is_summarized_by_its_matched_nodes() -> None:
    assert PAIR.summarize() == pytest.approx(
        {
            "nodes": 7, "live": 5, "correlation": 3.6 / 7, "share_50": 5 / 7, "share_70": 4 / 7, "share_80": 2 / 7,
            "share_90": 1 / 7, "share_80_live": 2 / 5, "cka": 0.25,
        }
    )  # fmt: skip
    dead = Pair(np.array([0]), np.array([0.0]), np.array([-1]), np.array([0.0]), live=0, cka=np.nan)
    assert np.isnan(dead.summarize()["share_80_live"])


def test_pairs_have_a_row_each_and_matched_nodes_too() -> None:
    pairs = {(0, 2): PAIR, (1, 2): PAIR}
    table = tabulate_pairs(pairs, "rotated")
    assert table[["control", "first", "second", "nodes"]].to_numpy().tolist() == [
        ["rotated", 0, 2, 7], ["rotated", 1, 2, 7],
    ]  # fmt: skip
    matches = tabulate_matches(pairs)
    assert matches.columns.tolist() == ["first", "second", "node", "partner", "correlation"]
    own = [[node, partner, CORRELATIONS[node]] for node, partner in enumerate(PAIR.partners) if partner != -1]
    assert matches.to_numpy().tolist() == [[0, 2, *row] for row in own] + [[1, 2, *row] for row in own]


def test_compared_layers_are_matched_and_the_strongest_similarity_is_kept() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 3))
    y[:, 1], x[:, 2] = x[:, 0] + 0.1 * y[:, 0], 5
    pair = compare_layers(center(x), center(y), mirrored=False)
    similar = [[0 if i == 2 else np.corrcoef(x[:, i], y[:, j])[0, 1] for j in range(3)] for i in range(4)]
    assert pair.strengths == pytest.approx([max(row) for row in similar], abs=1e-9)
    assert pair.live == 3
    assert pair.partners[0] == pair.counterparts[0] == 1
    assert sorted(pair.partners)[0] == -1
    for node, partner in enumerate(pair.partners):
        if partner == -1:
            assert np.isnan(pair.correlations[node])
        else:
            assert pair.correlations[node] == pytest.approx(similar[node][partner], abs=1e-9)


def as_moments(gram: np.ndarray) -> Moments:
    return Moments(np.array([2, 2]), np.zeros(len(gram)), gram, np.zeros((len(gram), 2)))


def test_penalties_are_powers_of_ten_of_the_mean_squared_deviation() -> None:
    powers = [0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001]
    found = ridge.penalties(as_moments(np.array([[0.2, 0.1], [0.1, 0.6]])))
    assert found == pytest.approx([0.4 * power for power in powers])
    assert ridge.penalties(as_moments(np.zeros((2, 2)))) == pytest.approx(powers)


def test_accuracy_is_counted_over_blocks_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "BLOCK", 7)
    rng = np.random.default_rng(1)
    activations, classes = rng.normal(size=(20, 4)).astype(np.float32), rng.integers(0, 3, 20)
    order = np.array([2, 0, 3, 1])
    layers = [[(rng.normal(size=(kept, 3)), rng.normal(size=3)) for _ in range(2)] for kept in (1, 3)]
    found = ridge.accuracies(layers, order, activations, classes)
    for i, group in enumerate(layers):
        for j, (weights, bias) in enumerate(group):
            hits = 0
            for row, actual in zip(activations, classes, strict=True):
                logits = bias + sum(float(row[node]) * own for node, own in zip(order, weights, strict=False))
                hits += int(np.argmax(logits)) == actual
            assert found[i, j] == hits / 20


def test_of_equal_penalties_the_strongest_is_chosen() -> None:
    rng = np.random.default_rng(2)
    classes = np.repeat([0, 1], 20)
    activations = (4.0 * classes[:, None] + rng.normal(size=(40, 2))).astype(np.float32)
    moments = sum_moments(activations, classes, 2)
    tried = ridge.penalties(moments)
    everyone = np.arange(2)
    known = [ridge.NestedRidge(moments, everyone, one).accuracies([2], activations, classes)[0] for one in tried]
    assert ridge.choose_penalty(moments, activations, classes) == tried[known.index(max(known))]
