"""The tables of a comparison, of networks that are made here: one of each size, and activations that are given."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hidden_nodes.data.dataset import Dataset
from hidden_nodes.knowledge.comparison import Pair, Pairs
from hidden_nodes.knowledge.counterparts import Known
from hidden_nodes.knowledge.layer import Layer, center
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.knowledge.words import NOTHING
from sweep import compared
from sweep.compared import FIGURES, compare_networks, compare_with, measure_spaces, summarize, tabulate_nodes
from sweep.networks import Network

GENERATOR = np.random.default_rng(13)
IMAGES = GENERATOR.integers(0, 256, (60, 2, 3), np.uint8)
CLASSES = np.arange(60) % 3
SIZES = [4, 6, 5]
DATASET = Dataset(
    name="tiny", title="Tiny", noun="image", classes=["a", "b", "c"], rows=2, columns=3, train_images=4,
    test_images=60, ordered=False, drawing=None,
)  # fmt: skip


def make_networks(known: bool = False, activation: str = "relu") -> list[Network]:
    networks = []
    for number, nodes in enumerate(SIZES):
        weights, initial = (untrained_network(6, nodes, 3, "relu", seed) for seed in (number, number + 10))
        of = Known(np.array([NOTHING, *["a"] * (nodes - 1)], object), np.full(nodes, 0.75), np.arange(nodes) / 10,
                   np.ones(nodes, bool)) if known else None  # fmt: skip
        networks.append(Network(f"seed-{number}", ("images",), DATASET, weights, initial, of))
    networks[1] = replace(networks[1], weights=replace(networks[1].weights, activation=activation))
    return networks


@pytest.mark.parametrize("known", [False, True])
def test_every_pair_is_compared_with_all_controls_and_the_largest_layer_is_named(known: bool) -> None:
    found = compare_networks(make_networks(known), IMAGES, CLASSES)
    assert found.summary.columns.tolist() == ["hidden", "networks", "figure", "mean", "low", "high"]
    assert set(found.summary["hidden"]) == {6}
    assert set(found.summary["networks"]) == {3}
    assert found.pairs.index.tolist() == list(range(12))
    assert found.pairs["control"].tolist() == [
        control for control in ("seeds", "rotated", "permuted", "untrained") for _ in range(3)
    ]  # fmt: skip
    assert len(found.nodes) == sum(SIZES)
    assert ("sentence" in found.nodes) == ("common_auc" in set(found.summary["figure"])) == known
    one_is_silent = make_networks(known)
    one_is_silent[2] = replace(one_is_silent[2], known=None)
    assert "sentence" not in compare_networks(one_is_silent, IMAGES, CLASSES).nodes


@pytest.mark.parametrize(("activation", "mirrored"), [("relu", False), ("tanh", True)])
def test_a_node_is_as_good_as_its_mirror_image_if_any_network_mirrors(
    activation: str, mirrored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[bool] = []
    compare = compared.compare_with

    def note(layers: list[Layer], change: Any, mirrored: bool, control: str) -> Pairs:
        given.append(mirrored)
        return compare(layers, change, mirrored, control)

    monkeypatch.setattr(compared, "compare_with", note)
    compare_networks(make_networks(activation=activation), IMAGES, CLASSES)
    assert given == [mirrored] * 4


def test_a_layer_of_pixels_or_of_classes_is_as_like_them_as_can_be_and_dead_nodes_do_not_live() -> None:
    pixels, labels = (IMAGES.reshape(60, 6) / 255).astype(np.float32), np.eye(3, dtype=np.float32)[CLASSES]
    dead = np.hstack([labels, np.full((60, 1), 2, np.float32)])
    spaces = measure_spaces([center(pixels), center(dead)], IMAGES, CLASSES)
    assert spaces["pixels_cka"][0] == pytest.approx(1, abs=1e-6)
    assert spaces["labels_cka"][1] == pytest.approx(1, abs=1e-6)
    assert abs(spaces["labels_cka"][0]) < 0.3
    assert spaces["labels_cka"][0] == pytest.approx(spaces["pixels_cka"][1], abs=1e-6)
    assert spaces["live"].tolist() == [1, 0.75]


def test_the_bar_counts_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    totals: list[int] = []
    updates: list[int] = []

    class Bar:
        def __init__(self, total: int, **_: object) -> None:
            totals.append(total)

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is drawn."""

        def update(self, count: int) -> None:
            updates.append(count)

    monkeypatch.setattr(compared, "tqdm", Bar)
    layers = [center(GENERATOR.normal(0, 1, (20, nodes))) for nodes in (2, 3, 2, 4)]
    pairs = compare_with(layers, lambda layer, _: layer, False, "seeds")
    assert (totals, updates, len(pairs)) == ([6], [1, 2, 3], 6)


def make_pair(counterparts: list[int], strengths: list[float]) -> Pair:
    nodes = np.array(counterparts)
    return Pair(nodes, np.array(strengths), nodes, np.array(strengths), live=2, cka=0.5)


def test_figures_are_means_over_the_networks_or_over_their_pairs() -> None:
    """Networks 0 and 1 have both nodes in common, 2 has none of them."""
    alone = [-1, -1]
    seeds = {
        (0, 1): make_pair([1, 0], [0.9, 0.95]), (0, 2): make_pair(alone, [0.1, 0.2]),
        (1, 2): make_pair(alone, [0.3, 0.4]),
    }  # fmt: skip
    pairs = pd.DataFrame([
        {"control": control, "first": i, "second": j} | {name: n + i + 2 * j for n, name in enumerate(FIGURES)}
        for control in ("seeds", "rotated") for i, j in seeds
    ])  # fmt: skip
    spaces = pd.DataFrame({"pixels_cka": [0.1, 0.2, 0.6], "labels_cka": [0.3, 0.3, 0.3], "live": [1.0, 1.0, 0.5]})
    summary = summarize(pairs, spaces, seeds, {}, [2, 2, 2]).set_index("figure")["mean"]
    assert summary["pixels_cka"] == pytest.approx(0.3)
    assert summary["live"] == pytest.approx(2.5 / 3)
    assert summary["seeds_correlation"] == summary["rotated_correlation"] == pytest.approx((2 + 4 + 5) / 3)
    assert summary["rotated_share_50"] == pytest.approx(1 + 11 / 3)
    assert (summary["anywhere"], summary["in_families"]) == (pytest.approx(4 / 6), pytest.approx(4 / 6))
    nodes = tabulate_nodes(seeds, {}, [2, 2, 2])
    assert nodes.columns.tolist() == ["network", "node", "counterparts", "family", "members"]
    assert nodes["counterparts"].tolist() == [1, 1, 1, 1, 0, 0]
    assert nodes["members"].tolist() == [2, 2, 2, 2, 1, 1]
    assert nodes["family"].tolist()[4:] == [-1, -1]
    assert sorted(nodes["family"].tolist()[:4]) == [0, 0, 1, 1]
    assert nodes.set_index(["network", "node"])["family"][0, 0] == nodes.set_index(["network", "node"])["family"][1, 1]
