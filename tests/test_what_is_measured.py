"""The tables of `knowledge/measures.py` and `knowledge/baselines.py` are what their parts give, of the right images."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge import baselines, measures
from hidden_nodes.knowledge.ablation import ablate_nodes, tabulate_ablation
from hidden_nodes.knowledge.association import split_halves, tabulate_relations
from hidden_nodes.knowledge.controls import choose_pixels, find_controls, tabulate_controls
from hidden_nodes.knowledge.information import (
    choose_cuts,
    information_interval,
    mutual_information,
    shuffled_information,
)
from hidden_nodes.knowledge.keeping import choose_order, measure_size, nodes_for, tabulate_curves
from hidden_nodes.knowledge.moments import Moments, find_twins, sum_moments
from hidden_nodes.knowledge.orders import order_nodes
from hidden_nodes.knowledge.parts import Activations, Part
from hidden_nodes.knowledge.probes import ProbedImages, tabulate_probes
from hidden_nodes.knowledge.ridge import NestedRidge, choose_penalty
from hidden_nodes.knowledge.search import find_sentences
from hidden_nodes.knowledge.sentences import Images
from hidden_nodes.knowledge.separation import eta_squared
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import Knowledge

SEED, CLASSES, NODES = 7, 3, 12
LIVE = np.arange(NODES) != 3
FIRST, SECOND = 60, 40  # of the images that trained, and were held out, those that count


class Case(NamedTuple):
    """A network with a dead node, which is its fourth, and images in three parts."""

    weights: Weights
    of: Activations
    parts: tuple[Part, Part, Part]
    moments: tuple[Moments, Moments]
    cuts: np.ndarray
    nodes: pd.DataFrame


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads wait for one another longer than they work on so little."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def case() -> Case:
    rng = np.random.default_rng(0)
    weights = untrained_network(12, NODES, CLASSES, "relu", seed=1)
    weights.hidden_bias[:] = np.where(LIVE, 0.8, -100)
    weights.output_bias[:] = [0.1, -0.1, 0.2]
    centres = rng.integers(0, 200, (CLASSES, 4, 3))
    parts = []
    for count in (90, 60, 80):
        classes = rng.integers(0, CLASSES, count).astype(np.uint8)
        images = (centres[classes] + rng.integers(0, 56, (count, 4, 3))).astype(np.uint8)
        parts.append(Part(images, classes, rng.random((count, 2)) < 0.5))
    train, held_out, test = parts
    of = Activations(*(activate_images(weights, part.images) for part in parts))
    moments = (sum_moments(of.train, train.classes, CLASSES), sum_moments(of.test, test.classes, CLASSES))
    cuts = choose_cuts(of.train, len(test.classes), CLASSES)
    held = ablate_nodes(weights, of.test, test.classes, moments[0].means)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "CHOICE_IMAGES", FIRST)
        nodes = measures.measure_nodes(weights, of, train, test, moments, cuts, held, SEED)
    return Case(weights, of, (train, held_out, test), moments, cuts, nodes)


def test_a_row_a_node_says_what_it_tells_and_what_is_lost_without_it(case: Case) -> None:
    weights, of, (train, _, test), moments, cuts, nodes = case
    first, classes = of.train[:FIRST], train.classes[:FIRST]
    means = of.train.mean(axis=0, dtype=np.float64)
    held = tabulate_ablation(ablate_nodes(weights, of.test, test.classes, means))
    for name in held:
        assert nodes[name].tolist() == pytest.approx(held[name].tolist(), abs=1e-9)
    low, high = information_interval(of.test, test.classes, cuts, CLASSES, np.random.default_rng([SEED, 1]))
    shuffled = shuffled_information(of.test, test.classes, cuts, CLASSES, np.random.default_rng([SEED, 2]))
    expected: dict[str, np.ndarray] = {
        "dead": 1 - LIVE,
        "eta_squared": eta_squared(of.test, test.classes, CLASSES),
        "eta_squared_train": eta_squared(first, classes, CLASSES),
        "mutual_information": mutual_information(of.test, test.classes, cuts, CLASSES),
        "mutual_information_train": mutual_information(first, classes, cuts, CLASSES),
        "mi_low": low,
        "mi_high": high,
        "mi_shuffled": shuffled,
        "ablation_loss_train": ablate_nodes(weights, first, classes, means).loss,
        "ablation_zero": ablate_nodes(weights, of.test, test.classes, np.zeros(NODES)).points,
    }
    for name, values in expected.items():
        assert nodes[name].tolist() == pytest.approx(values.tolist(), abs=1e-9), name
    live = np.flatnonzero(LIVE).tolist()
    for node in range(NODES):
        if node == 3:
            assert (nodes.loc[node, "twin"], nodes.loc[node, "twin_correlation"]) == (-1, 0)
            continue
        sizes = {
            other: abs(np.corrcoef(of.train[:, node], of.train[:, other])[0, 1]) for other in live if other != node
        }
        twin = max(sizes, key=lambda other: sizes[other])
        assert nodes.loc[node, "twin"] == twin
        plain = np.corrcoef(of.test[:, node], of.test[:, twin])[0, 1]
        assert nodes.loc[node, "twin_correlation"] == pytest.approx(plain, abs=1e-5)
    assert nodes["twin"].tolist() != find_twins(moments[1]).tolist()  # test images would have chosen others


def test_knowing_is_held_against_mattering_over_live_nodes(case: Case) -> None:
    weights, of, (_, _, test), moments, cuts, nodes = case
    means = of.train.mean(axis=0, dtype=np.float64)

    def know(half: np.ndarray) -> np.ndarray:
        return mutual_information(of.test[half], test.classes[half], cuts, CLASSES)

    def matter(half: np.ndarray) -> np.ndarray:
        return ablate_nodes(weights, of.test[half], test.classes[half], means).loss

    known, mattered = (split_halves(one, 80, np.random.default_rng([SEED, 3])) for one in (know, matter))
    covariates = np.column_stack([of.train.std(axis=0), np.linalg.norm(weights.output_weights, axis=1)])
    expected = tabulate_relations(
        nodes["mutual_information"].to_numpy(), nodes["ablation_loss"].to_numpy(), covariates, known, mattered,
        LIVE, np.random.default_rng([SEED, 4]),
    )  # fmt: skip
    found = measures.relate_measures(nodes, weights, moments[0], of, test, cuts, SEED)
    pd.testing.assert_frame_equal(found, expected)


def test_covariates_are_the_deviation_of_a_node_and_its_outgoing_norm(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []
    monkeypatch.setattr(measures, "tabulate_relations", lambda *given: seen.extend(given[2:6]))
    measures.relate_measures(case.nodes, case.weights, case.moments[0], case.of, case.parts[2], case.cuts, SEED)
    norms = [sum(float(weight) ** 2 for weight in row) ** 0.5 for row in case.weights.output_weights]
    assert seen[0][:, 0] == pytest.approx(case.of.train.std(axis=0, dtype=np.float64), abs=1e-6)
    assert seen[0][:, 1] == pytest.approx(norms, abs=1e-6)
    assert seen[3].tolist() == LIVE.tolist()
    assert seen[1].shape == seen[2].shape == (NODES, 2)
    assert not np.array_equal(seen[1], seen[2])


def test_few_nodes_are_kept_in_orders_that_training_images_choose(case: Case) -> None:
    weights, of, (_, held_out, test), (moments, _), _, nodes = case
    curves, greedy, count = measures.keep_few(nodes, weights, moments, of, held_out, test, SEED)
    penalty = choose_penalty(moments, of.held_out, held_out.classes)
    columns = {
        "ablation loss": "ablation_loss_train",
        "mutual information": "mutual_information_train",
        "eta squared": "eta_squared_train",
    }
    by_name = {name: nodes[column].to_numpy() for name, column in columns.items()}
    by_name["outgoing norm"] = np.linalg.norm(weights.output_weights, axis=1)
    orders = order_nodes(by_name, moments, penalty)
    drawn = np.random.default_rng([SEED, 5]).permuted(np.tile(np.arange(NODES), (20, 1)), axis=1)
    expected = tabulate_curves(weights, moments, orders, drawn, penalty, of.test, test.classes)
    pd.testing.assert_frame_equal(curves, expected)
    assert greedy.tolist() == orders["greedy"].tolist()
    best = choose_order(moments, orders, penalty, of.held_out, held_out.classes)
    assert count == nodes_for(NestedRidge(moments, orders[best], penalty), of.test, test.classes)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer images count than there are."""
    for first, second in (("CHOICE_IMAGES", "LENGTH_IMAGES"), ("PROBE_IMAGES", "HELD_OUT_IMAGES")):
        monkeypatch.setattr(baselines, first, FIRST)
        monkeypatch.setattr(baselines, second, SECOND)


def first_ones(case: Case) -> tuple[Part, Part, Part]:
    train, held_out, test = case.parts
    return train.first(FIRST), held_out.first(SECOND), test


@pytest.mark.usefixtures("few")
def test_pixels_are_searched_as_nodes_are(case: Case) -> None:
    pixels = choose_pixels(case.parts[0].images, baselines.PIXELS, SEED)
    assert 6 < len(pixels) <= 12
    for part, found in zip(first_ones(case), baselines.look_at_pixels(*case.parts, SEED), strict=True):
        assert found.activations.dtype == np.float32
        for image, row in zip(part.images, found.activations, strict=True):
            assert row.tolist() == [image[pixel // 3, pixel % 3] for pixel in pixels]
        assert np.array_equal(found.classes, part.classes)
        assert np.array_equal(found.concepts, part.concepts)


@pytest.mark.usefixtures("few")
def test_a_control_has_the_first_nodes_of_its_network(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "CONTROL_COLUMNS", 2)
    for part, found in zip(first_ones(case), baselines.apply_to(case.weights, *case.parts), strict=True):
        assert found.activations == pytest.approx(activate_images(case.weights, part.images)[:, :2], abs=1e-6)
        assert np.array_equal(found.classes, part.classes)


@pytest.mark.usefixtures("few")
def test_controls_are_four_more_networks_and_pixels(case: Case) -> None:
    searched = (
        Images(case.of.train, case.parts[0].classes, case.parts[0].concepts),
        Images(case.of.held_out, case.parts[1].classes, case.parts[1].concepts),
        Images(case.of.test, case.parts[2].classes, case.parts[2].concepts),
    )
    known = find_sentences(*searched, CLASSES, 1)
    initial = untrained_network(12, 6, CLASSES, "tanh", seed=SEED)
    networks = [untrained_network(12, 6, CLASSES, "tanh", seed=SEED + n) for n in range(5)]
    others = {
        "untrained": [baselines.apply_to(network, *case.parts) for network in networks],
        "pixels": [baselines.look_at_pixels(*case.parts, SEED)],
    }
    settings = Knowledge(classes=1, auc=0.7, rotations=2)
    found = baselines.search_controls(searched, known, initial, *case.parts, settings, SEED)
    controls = find_controls(searched, others, CLASSES, 1, 2, SEED)
    pd.testing.assert_frame_equal(found, tabulate_controls({"nodes": [known], **controls}, 0.7))
    assert found.set_index(["source", "sentences"]).loc[("untrained", "class"), "columns"] == 30


@pytest.mark.usefixtures("few")
def test_probes_see_the_layer_the_pixels_and_the_untrained_layer(case: Case) -> None:
    initial = untrained_network(12, 4, CLASSES, "tanh", seed=2)
    probed = [
        ProbedImages(
            part.classes, part.concepts,
            {"hidden": activate_images(case.weights, part.images), "pixels": part.images,
             "untrained": activate_images(initial, part.images)},
        )
        for part in first_ones(case)
    ]  # fmt: skip
    expected = tabulate_probes(probed[0], probed[1], probed[2], CLASSES, ["a", "b"])
    pd.testing.assert_frame_equal(baselines.probe_all(case.of, initial, *case.parts, ["a", "b"]), expected, rtol=1e-4)


@pytest.mark.usefixtures("few")
def test_the_trained_and_the_untrained_layer_are_sized_alike(case: Case) -> None:
    initial = untrained_network(12, 4, CLASSES, "tanh", seed=2)
    table = baselines.size_layers(case.of, initial, *case.parts)
    assert table.columns.tolist() == ["network", "accuracy", "nodes_for_95", "effective_dimensions"]
    assert table["network"].tolist() == ["trained", "untrained"]
    for row, network in enumerate((case.weights, initial)):
        parts = [(activate_images(network, part.images), part.classes) for part in first_ones(case)]
        assert table.iloc[row, 1:].tolist() == pytest.approx(measure_size(parts, CLASSES), rel=1e-4)
