"""Layers compared: figures are those of plain definitions, copies are recognized, controls are what they are called."""

from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from hidden_nodes.knowledge.cka import linear_cka, unbiased_hsic
from hidden_nodes.knowledge.comparison import Pair, Pairs, compare_all, compare_layers, controls_of_matching
from hidden_nodes.knowledge.counterparts import (
    Known,
    agreement,
    count_counterparts,
    measure_sharing,
    relate_in_families,
    relate_to_knowledge,
)
from hidden_nodes.knowledge.families import find_families
from hidden_nodes.knowledge.jackknife import jackknife
from hidden_nodes.knowledge.layer import Layer, center, permute_within_classes
from hidden_nodes.knowledge.matching import find_counterparts, match_nodes, similarities
from hidden_nodes.knowledge.words import NOTHING

DRAWS = 200


def make_activations(seed: int, nodes: int = 24, images: int = 600, kind: str = "relu") -> np.ndarray:
    """Activations of a network with random weights, for images that are the same for every seed."""
    inputs = np.random.default_rng(99).normal(size=(images, 12))
    sums = inputs @ np.random.default_rng(seed).normal(size=(12, nodes))
    return (np.maximum(sums, 0) if kind == "relu" else np.tanh(sums)).astype(np.float32)


def compare(x: np.ndarray, y: np.ndarray, mirrored: bool = False) -> Pair:
    return compare_layers(center(x), center(y), mirrored)


def cka(x: Layer, y: Layer) -> float:
    return linear_cka(x, y, x.centred.T @ y.centred)


def test_similarities_are_correlations_and_zero_for_constant_nodes() -> None:
    x, y = make_activations(1, 5), make_activations(2, 7)
    x[:, 3] = 0.1
    layers = center(x), center(y)
    found = similarities(*layers, False, layers[0].centred.T @ layers[1].centred)
    for i, j in np.ndindex(5, 7):
        expected = 0 if i == 3 else np.corrcoef(x[:, i].astype(float), y[:, j].astype(float))[0, 1]
        assert found[i, j] == pytest.approx(expected, abs=1e-6)
    mirrored = similarities(*layers, True, layers[0].centred.T @ layers[1].centred)
    np.testing.assert_array_equal(mirrored, np.abs(found))
    assert (layers[0].live, layers[1].live) == (4, 7)


@pytest.mark.parametrize("shape", [(5, 5), (4, 6), (6, 4)])
def test_a_matching_is_the_best_of_all(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        similar = rng.uniform(-1, 1, shape)
        partners = match_nodes(similar)
        matched = np.flatnonzero(partners >= 0)
        assert len(matched) == len(set(partners[matched])) == min(shape)
        small = similar if shape[0] <= shape[1] else similar.T
        best = max(
            sum(small[row, column] for row, column in enumerate(order))
            for order in permutations(range(small.shape[1]), small.shape[0])
        )
        assert similar[matched, partners[matched]].sum() == pytest.approx(best, abs=1e-12)


def plain_hsic(x: np.ndarray, y: np.ndarray) -> float:
    """Equation 5 of Song et al. (2012), with its matrices."""
    n = len(x)
    k, l = x @ x.T, y @ y.T  # noqa: E741
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    trace = np.trace(k @ l)
    sums = k.sum() * l.sum() / ((n - 1) * (n - 2))
    return (trace + sums - 2 / (n - 2) * np.ones(n) @ k @ l @ np.ones(n)) / (n * (n - 3))


def test_cka_is_that_of_its_definition() -> None:
    x, y = (make_activations(seed, nodes, 80).astype(float) for seed, nodes in ((1, 9), (2, 14)))
    expected = plain_hsic(x, y) / np.sqrt(plain_hsic(x, x) * plain_hsic(y, y))  # not centred: it makes no difference
    assert cka(center(x), center(y)) == pytest.approx(expected, abs=1e-6)
    assert cka(center(x), center(y)) == pytest.approx(cka(center(y), center(x)), abs=1e-12)
    assert np.isnan(cka(center(x), center(np.ones((80, 3)))))


def test_debiased_cka_of_unrelated_layers_is_zero_where_the_plain_one_is_not() -> None:
    rng = np.random.default_rng(0)
    plain, debiased = [], []
    for _ in range(50):
        x, y = (center(rng.normal(size=(100, 60))) for _ in range(2))
        products = ((x.centred.T @ y.centred) ** 2).sum()
        plain.append(products / np.sqrt((x.own_products**2).sum() * (y.own_products**2).sum()))
        debiased.append(cka(x, y))
    assert np.mean(plain) > 0.3
    assert abs(np.mean(debiased)) < 3 * np.std(debiased) / np.sqrt(50)


def test_hsic_without_bias_has_the_right_mean() -> None:
    rng = np.random.default_rng(0)
    # Of one standard normal number with itself: the mean of (xy - x'y) ... comes to 1 for linear kernels.
    found = []
    for _ in range(400):
        layer = center(rng.normal(size=(30, 1)))
        found.append(unbiased_hsic(layer, layer, layer.own_products))
    assert abs(np.mean(found) - 1) < 3 * np.std(found) / np.sqrt(400)


@pytest.mark.parametrize(("kind", "mirrored"), [("relu", False), ("tanh", True)])
def test_a_copy_with_permuted_and_scaled_nodes_matches_everywhere(kind: str, mirrored: bool) -> None:
    rng = np.random.default_rng(0)
    x = make_activations(1, kind=kind)
    order = rng.permutation(24)
    scales = rng.uniform(0.1, 9, 24) * (rng.choice([-1, 1], 24) if mirrored else 1)
    pair = compare(x, x[:, order] * scales.astype(np.float32), mirrored)
    assert order[pair.partners].tolist() == list(range(24))
    assert pair.counterparts.tolist() == pair.partners.tolist()
    np.testing.assert_allclose(pair.correlations, 1, atol=1e-6)
    assert pair.summarize()["share_90"] == pair.summarize()["share_80_live"] == 1
    assert compare(x, x[:, order], mirrored).cka == pytest.approx(1, abs=1e-9)


def test_a_sign_counts_unless_nodes_are_as_good_as_their_mirror_images() -> None:
    x = make_activations(1, kind="tanh")
    assert compare(x, -x, True).summarize()["share_90"] == 1
    assert compare(x, -x, False).summarize()["share_90"] == 0


def test_a_rotated_copy_has_the_same_space_and_other_nodes_as_the_control_says() -> None:
    x, other = center(make_activations(1)), center(make_activations(2))
    control = controls_of_matching(np.zeros(600, int), 0)["rotated"]
    pair = compare_layers(x, control(x, 1), False)
    assert pair.cka == pytest.approx(1, abs=1e-9)
    level = compare_layers(x, control(other, 2), False).summarize()["share_80"]
    assert abs(pair.summarize()["share_80"] - level) <= 0.1
    assert pair.summarize()["share_80"] < 0.1
    # A network that has nothing to do with it is no better than that.
    assert abs(compare_layers(x, other, False).summarize()["share_80"] - level) <= 0.1


def test_within_classes_only_class_means_are_kept() -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 4, 600)
    order = permute_within_classes(classes, rng)
    assert sorted(order) == list(range(600))
    np.testing.assert_array_equal(classes[order], classes)
    assert (order != np.arange(600)).mean() > 0.9
    layer = center(make_activations(1))
    permuted = controls_of_matching(classes, 0)["permuted"](layer, 3)
    for k in range(4):
        own = classes == k
        np.testing.assert_allclose(permuted.centred[own].mean(axis=0), layer.centred[own].mean(axis=0), atol=1e-9)
    # The activations are of no class, so a copy has nothing left in common with itself.
    assert abs(compare_layers(layer, permuted, False).cka) < 0.05


def test_counterparts_are_mutual_and_similar() -> None:
    similar = np.array([[0.95, 0.9, 0.0], [0.92, 0.1, 0.0], [0.0, 0.0, 0.8]])
    assert find_counterparts(similar).tolist() == [0, -1, -1]  # 1 prefers 0, which does not; 0.8 is not above 0.8
    assert find_counterparts(similar, 0.7).tolist() == [0, -1, 2]
    assert find_counterparts(similar.T, 0.7).tolist() == [0, -1, 2]


def make_pairs(networks: int, nodes: int, edges: dict[tuple[int, int], dict[int, tuple[int, float]]]) -> Pairs:
    """Pairs whose counterparts are `{(first, second): {node: (counterpart, strength)}}`."""
    pairs = {}
    for numbers in combinations(range(networks), 2):
        counterparts, strengths = np.full(nodes, -1), np.zeros(nodes)
        for node, (other, strength) in edges.get(numbers, {}).items():
            counterparts[node], strengths[node] = other, strength
        pairs[numbers] = Pair(counterparts, strengths, counterparts, strengths, nodes, 1.0)
    return pairs


def families(pairs: Pairs, networks: Sequence[int]) -> list[list[tuple[int, int]]]:
    counterparts = {numbers: pair.counterparts for numbers, pair in pairs.items()}
    return find_families(counterparts, {numbers: pair.strengths for numbers, pair in pairs.items()}, networks)


def test_a_chain_of_counterparts_is_no_family() -> None:
    chain = make_pairs(3, 2, {(0, 1): {0: (0, 0.9)}, (1, 2): {0: (0, 0.95)}})
    assert families(chain, range(3)) == [[(1, 0), (2, 0)]]
    assert families(chain, [0, 1]) == [[(0, 0), (1, 0)]]
    closed = make_pairs(3, 2, {(0, 1): {0: (0, 0.9)}, (1, 2): {0: (0, 0.95)}, (0, 2): {0: (0, 0.85)}})
    assert families(closed, range(3)) == [[(0, 0), (1, 0), (2, 0)]]
    wrong = make_pairs(3, 2, {(0, 1): {0: (0, 0.9)}, (1, 2): {0: (0, 0.95)}, (0, 2): {0: (1, 0.85)}})
    assert families(wrong, range(3)) == [[(0, 0), (2, 1)], [(1, 0), (2, 0)]]


def test_families_are_of_mutual_counterparts_one_a_network_and_cannot_grow_together() -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(400, 10))
    layers = [center(shared + rng.normal(0, 0.45, shared.shape)) for _ in range(5)]
    pairs: Pairs = {}
    for new in compare_all(layers, lambda layer, _: layer, False):
        pairs |= new
    found = families(pairs, range(5))
    joined = {
        frozenset([(i, node), (j, int(other))])
        for (i, j), pair in pairs.items() for node, other in enumerate(pair.counterparts) if other >= 0
    }  # fmt: skip
    assert len({len(members) for members in found}) > 1  # not a case where all are alike
    assert len(members := [node for family in found for node in family]) == len(set(members))
    for family in found:
        assert len({network for network, _ in family}) == len(family)
        assert all(frozenset(pair) in joined for pair in combinations(family, 2))
    for one, other in combinations(found, 2):
        assert not all(frozenset([a, b]) in joined for a in one for b in other)


def test_the_jackknife_of_a_mean_over_networks_is_students_interval() -> None:
    values = np.random.default_rng(0).normal(size=8)
    table = jackknife(lambda networks: {"value": values[list(networks)].mean()}, 8).set_index("figure")
    expected = ttest_1samp(values, 0).confidence_interval()
    assert table.loc["value", ["low", "high"]].tolist() == pytest.approx([expected.low, expected.high])
    assert jackknife(lambda networks: {"value": 1.0}, 2)[["low", "high"]].isna().all(axis=None)


def test_the_jackknife_covers_a_known_value_of_pairs_which_intervals_over_pairs_do_not() -> None:
    rng = np.random.default_rng(0)
    chosen, naive = [], []
    for _ in range(DRAWS):
        own, noise = rng.normal(0, 0.1, 10), rng.normal(0, 0.05, (10, 10))
        values = 0.285 + own[:, None] + own + noise

        def mean(networks: Sequence[int], values: np.ndarray = values) -> dict[str, float]:
            return {"share": float(np.mean([values[pair] for pair in combinations(networks, 2)]))}

        low, high = jackknife(mean, 10).loc[0, ["low", "high"]]
        chosen.append(low <= 0.285 <= high)
        low, high = ttest_1samp(values[np.triu_indices(10, 1)], 0).confidence_interval()
        naive.append(low <= 0.285 <= high)
    assert 0.9 <= np.mean(chosen) <= 0.99
    assert np.mean(naive) < 0.8


def make_known(sentences: list[str], auc: list[float], loss: list[float]) -> Known:
    return Known(np.array(sentences, object), np.array(auc), np.array(loss), np.ones(len(auc), bool))


THREE = {(0, 1): {0: (0, 0.9), 1: (1, 0.9)}, (1, 2): {0: (0, 0.95), 1: (1, 0.9)}, (0, 2): {0: (0, 0.85), 1: (1, 0.9)}}


def test_what_nodes_share_is_counted() -> None:
    pairs = make_pairs(3, 4, THREE | {(0, 1): {0: (0, 0.9), 1: (1, 0.9), 2: (3, 0.9)}})
    counts = count_counterparts(pairs, [4, 4, 4], range(3))
    assert [counts[network].tolist() for network in range(3)] == [[2, 2, 1, 0], [2, 2, 0, 1], [2, 2, 0, 0]]
    shared = measure_sharing(pairs, [4, 4, 4], range(3))
    assert shared == pytest.approx(
        {"common": 8 / 12, "anywhere": 8 / 12, "in_families": 8 / 12, "families": 3 * 3 / 12, "largest_family": 1}
    )


def test_nodes_with_counterparts_are_held_against_the_others() -> None:
    pairs = make_pairs(3, 4, THREE)
    known = dict.fromkeys(range(3), make_known(["a", "b", NOTHING, "c"], [0.9, 0.9, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4]))
    found = relate_to_knowledge(pairs, known, [4, 4, 4], range(3))
    assert found["described_common"] == 1
    assert found["described_rare"] == 0.5
    assert found["described_difference"] == 0.5
    assert found["common_auc"] > 0.8
    assert found["common_loss"] < -0.8
    dead = {n: Known(k.sentence, k.auc, k.loss, np.array([1, 1, 0, 0], bool)) for n, k in known.items()}
    assert np.isnan(relate_to_knowledge(pairs, dead, [4, 4, 4], range(3))["described_rare"])


def test_members_of_a_family_are_held_against_pairs_with_the_same_sentences() -> None:
    pairs = make_pairs(3, 3, THREE)
    known = {
        0: make_known(["a", "b", "c"], [1, 1, 1], [3, 1, 2]), 1: make_known(["a", "b", "c"], [1, 1, 1], [9, 7, 8]),
        2: make_known(["a", NOTHING, "c"], [1, 1, 1], [0.3, 0.1, 0.2]),
    }  # fmt: skip
    found = relate_in_families(pairs, known, range(3))
    # Pairs that are described both: two of networks 0 and 1, one each of the others; all have the same sentence.
    assert found["same_sentence"] == 1
    assert found["same_by_chance"] == pytest.approx((2 * 0.5 + 1 + 1) / 4)
    assert found["same_difference"] == pytest.approx(1 - 0.75)
    assert found["family_loss"] == pytest.approx(1)
    alone = relate_in_families(make_pairs(3, 3, {}), known, range(3))
    assert np.isnan([*alone.values()]).all()


def test_agreement_by_chance_is_the_mean_over_permutations() -> None:
    first = np.array(["a", "a", "b", NOTHING, "c"], object)
    second = np.array(["a", "b", "b", "c", "a"], object)
    same, chance = agreement([(first, second)])
    kept = [(a, b) for a, b in zip(first, second, strict=True) if a != NOTHING]
    shares = [
        np.mean([a == b for (a, _), b in zip(kept, order, strict=True)]) for order in permutations(b for _, b in kept)
    ]
    assert same == 0.5
    assert chance == pytest.approx(np.mean(shares))
