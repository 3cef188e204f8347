"""Information, ablation, twins and dimensions are what a plain computation, loop by loop, says they are."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest

from hidden_nodes.knowledge.ablation import ablate_nodes, mcnemar, tabulate_ablation, tabulate_classes
from hidden_nodes.knowledge.information import (
    choose_cuts,
    choose_n_bins,
    information_interval,
    mutual_information,
    shuffled_information,
)
from hidden_nodes.knowledge.moments import effective_dimensions, find_twins, sum_moments, twin_correlations
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.network.forward import activate
from hidden_nodes.network.weights import Weights

# images, hidden nodes, classes, activation function
CASES = [(300, 1, 2, "relu"), (300, 2, 10, "tanh"), (400, 9, 47, "relu"), (350, 5, 3, "linear")]


def make_case(n: int, n_hidden: int, n_classes: int, activation: str) -> tuple[Weights, np.ndarray, np.ndarray]:
    """An untrained network with biases, activations of random images, and classes that agree with it half the time."""
    rng = np.random.default_rng(n + n_hidden)
    weights = untrained_network(20, n_hidden, n_classes, activation, seed=n_hidden)
    weights.hidden_bias[:] = rng.normal(size=n_hidden) / 5
    weights.output_bias[:] = rng.normal(size=n_classes) / 5
    activations = activate(weights, rng.random((n, 20), np.float32))
    predicted = (activations @ weights.output_weights + weights.output_bias).argmax(axis=1)
    classes = np.where(rng.random(n) < 0.5, predicted, rng.integers(n_classes - 1, size=n))  # the last may be missing
    return weights, activations, classes.astype(np.uint8)


def plain_judgement(weights: Weights, row: list[float], actual: int) -> tuple[bool, float]:
    """Whether one image is classified correctly, and its cross-entropy."""
    logits = [float(b) for b in weights.output_bias]
    for value, outgoing in zip(row, weights.output_weights.tolist(), strict=True):
        logits = [logit + value * weight for logit, weight in zip(logits, outgoing, strict=True)]
    entropy = math.log(sum(math.exp(logit) for logit in logits)) - logits[actual]
    return logits.index(max(logits)) == actual, entropy


def plain_ablation(
    weights: Weights, activations: np.ndarray, classes: np.ndarray, held: np.ndarray, node: int
) -> tuple[Counter[int], Counter[int], float]:
    lost, gained, rises = Counter[int](), Counter[int](), []
    for row, actual in zip(activations.tolist(), classes.tolist(), strict=True):
        before, entropy = plain_judgement(weights, row, actual)
        after, entropy_held = plain_judgement(weights, [*row[:node], float(held[node]), *row[node + 1 :]], actual)
        lost[actual] += before and not after
        gained[actual] += after and not before
        rises.append(entropy_held - entropy)
    return lost, gained, sum(rises) / len(rises)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("at_mean", [True, False])
def test_ablation_is_a_plain_computations_to_the_image(case: tuple[int, int, int, str], at_mean: bool) -> None:
    weights, activations, classes = make_case(*case)
    held = activations.mean(axis=0, dtype=np.float64) * at_mean
    ablation = ablate_nodes(weights, activations, classes, held)
    table, by_class = tabulate_ablation(ablation), tabulate_classes(ablation).set_index(["node", "class"])
    assert len(by_class) == case[1] * len(np.unique(classes))
    for node in range(case[1]):
        lost, gained, rise = plain_ablation(weights, activations, classes, held, node)
        assert ablation.lost[node].tolist() == [lost[k] for k in range(case[2])]
        assert ablation.gained[node].tolist() == [gained[k] for k in range(case[2])]
        row = table.iloc[node]
        assert row["ablation"] == pytest.approx(100 * (lost.total() - gained.total()) / len(classes), abs=1e-12)
        assert row["ablation_low"] < row["ablation"] < row["ablation_high"]
        assert row["ablation_loss"] == pytest.approx(rise, abs=1e-9)
        for k in np.unique(classes).tolist():
            points = 100 * (lost[k] - gained[k]) / np.count_nonzero(classes == k)
            assert by_class.loc[(node, k), "points"] == pytest.approx(points, abs=1e-12)


def test_p_values_are_exact_and_q_values_are_benjamini_and_hochbergs() -> None:
    lost, gained = np.array([9, 0, 3, 5, 30]), np.array([1, 0, 3, 0, 2])
    p_values = mcnemar(lost, gained)
    for p, b, c in zip(p_values, lost, gained, strict=True):
        assert p == pytest.approx(binomtest(b, b + c).pvalue if b + c else 1, abs=1e-12)
    weights, activations, classes = make_case(400, 9, 47, "relu")
    ablation = ablate_nodes(weights, activations, classes, np.zeros(9))
    for table, p in (
        (tabulate_ablation(ablation), mcnemar(ablation.lost.sum(axis=1), ablation.gained.sum(axis=1))),
        (tabulate_classes(ablation), mcnemar(ablation.lost, ablation.gained)[:, np.unique(classes)].ravel()),
    ):
        rising = sorted(p)
        for value, q in zip(p, table["q_value"], strict=True):
            bounds = [len(p) * other / rank for rank, other in enumerate(rising, 1) if other >= value]
            assert q == pytest.approx(min(1, *bounds), abs=1e-12)


def test_holding_a_node_that_indicates_a_class_loses_that_class() -> None:
    identity = np.eye(4, dtype=np.float32)
    weights = Weights("relu", identity, np.zeros(4, np.float32), identity, np.zeros(4, np.float32))
    classes = np.repeat([0, 1, 2, 3], [40, 30, 20, 10])
    ablation = ablate_nodes(weights, identity[classes], classes, np.zeros(4))
    # With its own logit 0 as the others are, the first class is predicted: only class 0 is still right.
    assert ablation.points.tolist() == [0, 30, 20, 10]
    assert ablation.lost.tolist() == [[0, 0, 0, 0], [0, 30, 0, 0], [0, 0, 20, 0], [0, 0, 0, 10]]
    assert not ablation.gained.any()
    rise = math.log(4) - (math.log(math.e + 3) - 1)
    assert ablation.loss == pytest.approx(np.array([0.4, 0.3, 0.2, 0.1]) * rise, abs=1e-12)
    table = tabulate_ablation(ablation)
    assert table["q_value"].tolist() == pytest.approx([1, 4 / 1 * 2 / 2**30, 4 / 2 * 2 / 2**20, 4 / 3 * 2 / 2**10])


def test_a_dead_node_is_not_missed() -> None:
    weights, activations, classes = make_case(300, 2, 10, "tanh")
    activations[:, 1] = 0.5
    ablation = ablate_nodes(weights, activations, classes, activations.mean(axis=0, dtype=np.float64))
    assert ablation.points[1] == ablation.loss[1] == 0
    assert tabulate_ablation(ablation)["q_value"][1] == 1


def plain_information(values: list[float], classes: list[int], cuts: list[float]) -> float:
    bins = [sum(value > cut for cut in cuts) for value in values]

    def entropy(labels: list[int] | list[tuple[int, int]]) -> float:
        counts = Counter[object](labels).values()
        plain = -sum(count / len(labels) * math.log2(count / len(labels)) for count in counts)
        return plain + (len(counts) - 1) / (2 * len(labels) * math.log(2))

    return max(entropy(bins) + entropy(classes) - entropy(list(zip(bins, classes, strict=True))), 0)


@pytest.mark.parametrize("case", CASES)
def test_information_is_a_plain_computations(case: tuple[int, int, int, str]) -> None:
    _, activations, classes = make_case(*case)
    cuts = choose_cuts(activations[:200], 100, case[2])
    found = mutual_information(activations[200:], classes[200:], cuts, case[2])
    for node in range(case[1]):
        values = activations[200:, node].tolist()
        plain = plain_information(values, classes[200:].tolist(), cuts[node].tolist())
        assert found[node] == pytest.approx(plain, abs=1e-12)
    low, high = information_interval(activations[200:], classes[200:], cuts, case[2], np.random.default_rng(0))
    assert (low <= found).all()
    assert (found <= high).all()


def test_a_node_tells_all_of_a_class_that_it_indicates_and_nothing_where_it_is_dead_or_noise() -> None:
    rng = np.random.default_rng(0)
    classes = np.tile(np.arange(4), 1000)
    nodes = np.stack([classes == 3, np.zeros(4000), np.full(4000, 0.7), rng.normal(size=4000)], axis=1)
    cuts = choose_cuts(nodes.astype(np.float32), 4000, 4)
    found = mutual_information(nodes.astype(np.float32), classes, cuts, 4)
    assert found[0] == pytest.approx(0.25 * 2 + 0.75 * math.log2(4 / 3), abs=1e-3)
    assert found[1:3].tolist() == [0, 0]
    assert found[3] < 0.01
    assert (shuffled_information(nodes.astype(np.float32), classes, cuts, 4, rng) < 0.01).all()


def test_zero_is_a_bin_of_its_own_and_the_others_hold_equally_many() -> None:
    rng = np.random.default_rng(0)
    node = np.concatenate([np.zeros(500), rng.permutation(np.arange(1, 311)), -np.arange(1, 11)]).astype(np.float32)
    cuts = choose_cuts(node[:, None], 10**6, 2)[0]
    bins = np.searchsorted(cuts, node)  # `cuts[i - 1] < value <= cuts[i]`
    counts = np.bincount(bins)
    assert counts[bins[0]] == 500
    assert set(bins[node == 0]) == {bins[0]}
    assert bins[0] == np.unique(bins[node < 0]).size
    # 31 bins for the rest, of which the one with values of both signs, eleven, is cut in two at zero.
    assert sorted(counts)[:2] == [1, 10]
    assert set(counts) == {500, 10, 11, 1}
    assert len(counts) == 33
    relu = choose_cuts(np.maximum(node, 0)[:, None], 10**6, 2)[0]
    assert relu[0] == 0
    assert np.isfinite(relu).sum() == 31


def test_equal_cuts_are_merged_and_no_bin_is_beyond_the_values() -> None:
    assert np.isinf(choose_cuts(np.full((50, 1), 0.3), 50, 2)).all()
    two_values = choose_cuts(np.repeat([1.0, 2.0], 25)[:, None], 50, 2)[0]
    assert two_values[np.isfinite(two_values)].tolist() == [1]
    silent = choose_cuts(np.zeros((50, 1)), 50, 2)[0]
    assert silent[np.isfinite(silent)].tolist() == [0]  # an image that wakes the node falls into another bin


def test_the_same_seed_gives_the_same_interval_and_shuffled_value() -> None:
    _, activations, classes = make_case(400, 9, 47, "relu")
    cuts = choose_cuts(activations, 400, 47)
    for function in (information_interval, shuffled_information):
        first, again, other = (
            np.array(function(activations, classes, cuts, 47, np.random.default_rng(seed))).tobytes()
            for seed in (0, 0, 1)
        )
        assert first == again != other


def test_there_are_as_many_bins_as_the_images_fill() -> None:
    assert choose_n_bins(10_000, 10) == 32
    assert choose_n_bins(300, 2) == 32
    assert choose_n_bins(300, 10) == 6
    assert choose_n_bins(10, 47) == 2


@pytest.mark.parametrize("case", CASES)
def test_the_participation_ratio_is_that_of_the_eigenvalues(case: tuple[int, int, int, str]) -> None:
    _, activations, classes = make_case(*case)
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(activations.astype(np.float64).T)))
    plain = values.sum() ** 2 / (values**2).sum()
    assert effective_dimensions(sum_moments(activations, classes, case[2])) == pytest.approx(plain, abs=1e-6)


def test_dead_nodes_fill_no_dimension() -> None:
    assert effective_dimensions(sum_moments(np.zeros((60, 3), np.float32), np.zeros(60, int), 2)) == 0


def test_twins_are_found_on_training_images_and_dead_nodes_have_none() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 6000))
    nodes = np.stack([one, other, -2 * one + 0.1 * rng.normal(size=6000), np.full(6000, 0.1)], axis=1)
    nodes = nodes.astype(np.float32)
    classes = np.zeros(6000, int)
    twins = find_twins(sum_moments(nodes[:5500], classes[:5500], 2))
    assert (twins[0], twins[2], twins[3]) == (2, 0, -1)
    found = twin_correlations(sum_moments(nodes[5500:], classes[5500:], 2), twins)
    expected = np.asarray(np.corrcoef(nodes[5500:, :3].astype(np.float64).T))
    assert found[:3] == pytest.approx([expected[0, 2], expected[1, twins[1]], expected[0, 2]], abs=1e-7)
    assert found[3] == 0
    assert find_twins(sum_moments(nodes[:, :1], classes, 2)).tolist() == [-1]
    assert find_twins(sum_moments(nodes[:, [0, 3]], classes, 2)).tolist() == [-1, -1]


def test_an_untrained_network_is_drawn_by_kerass_rule() -> None:
    weights = untrained_network(784, 128, 10, "relu", seed=3)
    for kernel in (weights.hidden_weights, weights.output_weights):
        limit = math.sqrt(6 / sum(kernel.shape))
        assert kernel.dtype == np.float32
        assert 0.99 * limit < np.abs(kernel).max() <= limit * (1 + 1e-6)
        assert kernel.std() == pytest.approx(limit / math.sqrt(3), rel=0.05)
    assert not weights.hidden_bias.any()
    assert not weights.output_bias.any()
    again, other = (untrained_network(784, 128, 10, "relu", seed) for seed in (3, 4))
    assert weights.hidden_weights.tobytes() == again.hidden_weights.tobytes() != other.hidden_weights.tobytes()
