"""Curves of nodes kept, the refitted output layer and the orders are what a plain computation says they are."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from hidden_nodes.knowledge.ablation import ablate_nodes
from hidden_nodes.knowledge.information import choose_cuts, mutual_information
from hidden_nodes.knowledge.keeping import (
    choose_order,
    keep_nodes,
    kept_counts,
    measure_size,
    nodes_for,
    tabulate_curves,
)
from hidden_nodes.knowledge.moments import find_twins, sum_moments
from hidden_nodes.knowledge.orders import greedy_order, order_nodes, outgoing_norm, random_orders
from hidden_nodes.knowledge.ridge import NestedRidge, choose_penalty, penalties
from hidden_nodes.knowledge.separation import eta_squared
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.network.forward import activate
from hidden_nodes.network.weights import Weights

TRAIN = slice(0, 600)
HELD_OUT = slice(600, 900)
TEST = slice(900, 1200)
# hidden nodes, classes, activation function
CASES = [(1, 2, "relu"), (2, 10, "tanh"), (11, 4, "relu"), (6, 47, "linear")]


def make_case(n_hidden: int, n_classes: int, activation: str) -> tuple[Weights, np.ndarray, np.ndarray]:
    """An untrained network, and its activations for images that lie about a centre for each class."""
    rng = np.random.default_rng(n_hidden)
    weights = untrained_network(30, n_hidden, n_classes, activation, seed=n_hidden)
    classes = rng.integers(n_classes, size=1200).astype(np.uint8)
    centres = rng.random((n_classes, 30))
    x = (centres[classes] + 0.3 * rng.normal(size=(1200, 30))).astype(np.float32)
    return weights, activate(weights, x), classes


def plain_accuracy(activations: np.ndarray, weights: np.ndarray, bias: np.ndarray, classes: np.ndarray) -> float:
    correct = 0
    for row, actual in zip(activations.astype(float), classes, strict=True):
        logits = [sum(a * w for a, w in zip(row, column, strict=True)) for column in weights.T.astype(float)]
        correct += int(np.argmax([logit + b for logit, b in zip(logits, bias, strict=True)])) == actual
    return correct / len(classes)


@pytest.mark.parametrize("case", CASES)
def test_curves_are_a_plain_computations_to_the_image(case: tuple[int, int, str]) -> None:
    weights, activations, classes = make_case(*case)
    train, test = activations[TRAIN], activations[TEST]
    order = np.random.default_rng(0).permutation(case[0])
    moments = sum_moments(train, classes[TRAIN], case[1])
    penalty = 0.5
    curves = keep_nodes(weights, moments, order, penalty, test, classes[TEST])
    means = train.mean(axis=0, dtype=float)
    one_hot = np.eye(case[1])[classes[TRAIN]]
    counts = kept_counts(case[0])
    assert {name: len(curve) for name, curve in curves.items()} == dict.fromkeys(curves, len(counts))
    for i, kept in enumerate(counts):
        for others, held in {"mean": means, "zero": 0 * means}.items():
            values = test.astype(float)
            values[:, order[kept:]] = held[order[kept:]]
            expected = plain_accuracy(values, weights.output_weights, weights.output_bias, classes[TEST])
            assert curves[others][i] == pytest.approx(expected, abs=1e-12)
        own = Ridge(penalty, solver="cholesky").fit(train[:, order[:kept]].astype(float), one_hot)
        expected = plain_accuracy(test[:, order[:kept]], own.coef_.T, own.intercept_, classes[TEST])
        assert curves["refitted"][i] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("n_hidden", "counts"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 4, 5]), (8, [1, 2, 4, 8])])
def test_the_numbers_of_nodes_kept_double_up_to_all(n_hidden: int, counts: list[int]) -> None:
    assert kept_counts(n_hidden) == counts


def test_the_refitted_layer_is_scikit_learns_ridge() -> None:
    _, activations, classes = make_case(11, 4, "relu")
    order = np.arange(11)[::-1]
    ridge = NestedRidge(sum_moments(activations[TRAIN], classes[TRAIN], 4), order, 2.0)
    for kept in (1, 3, 11):
        own = Ridge(2.0).fit(activations[TRAIN][:, order[:kept]].astype(float), np.eye(4)[classes[TRAIN]])
        weights, bias = ridge.layer(kept)
        assert np.allclose(weights, own.coef_.T, atol=1e-9)
        assert np.allclose(bias, own.intercept_, atol=1e-9)


@pytest.mark.parametrize("case", [*CASES, (24, 10, "sigmoid")])
def test_the_greedy_order_lowers_the_refitted_loss_the_most_at_every_step(case: tuple[int, int, str]) -> None:
    _, activations, classes = make_case(*case)
    x, targets = activations[TRAIN].astype(float), np.eye(case[1])[classes[TRAIN]]
    x, targets = x - x.mean(axis=0), targets - targets.mean(axis=0)

    def loss(nodes: list[int]) -> float:
        own = x[:, nodes]
        weights = np.linalg.solve(own.T @ own + 3.0 * np.eye(len(nodes)), own.T @ targets)
        return float(((targets - own @ weights) ** 2).sum() + 3.0 * (weights**2).sum())

    chosen: list[int] = []
    while len(chosen) < case[0]:
        waiting = [node for node in range(case[0]) if node not in chosen]
        chosen.append(min(waiting, key=lambda node: loss([*chosen, node])))
    assert greedy_order(sum_moments(activations[TRAIN], classes[TRAIN], case[1]), 3.0).tolist() == chosen


def test_twins_and_dead_nodes_come_late_in_the_greedy_order() -> None:
    classes = np.tile(np.arange(3), 200)
    rng = np.random.default_rng(0)
    first, second = ((classes == k) + 0.1 * rng.normal(size=600) for k in (0, 1))
    nodes = np.stack([first, first, np.zeros(600), 0.9 * second, second], axis=1)
    order = greedy_order(sum_moments(nodes, classes, 3), 1.0).tolist()
    assert len({0, 1} & set(order[:2])) == len({3, 4} & set(order[:2])) == 1
    assert order[-1] == 2


def test_orders_are_by_measure_and_random_ones_are_permutations() -> None:
    _, activations, classes = make_case(11, 4, "relu")
    moments = sum_moments(activations[TRAIN], classes[TRAIN], 4)
    orders = order_nodes({"outgoing_norm": outgoing_norm(np.diag([3.0, 4.0, 1.0]))}, moments, 1.0)
    assert orders["outgoing_norm"].tolist() == [1, 0, 2]
    assert sorted(orders["greedy"]) == list(range(11))
    drawn = random_orders(11, np.random.default_rng(0))
    assert drawn.shape == (20, 11)
    assert (np.sort(drawn, axis=1) == np.arange(11)).all()
    assert len(np.unique(drawn, axis=0)) == 20


@pytest.mark.parametrize("case", CASES)
def test_the_penalty_is_the_best_on_held_out_images(case: tuple[int, int, str]) -> None:
    _, activations, classes = make_case(*case)
    moments = sum_moments(activations[TRAIN], classes[TRAIN], case[1])
    found = {}
    for penalty in penalties(moments):
        own = Ridge(penalty).fit(activations[TRAIN].astype(float), np.eye(case[1])[classes[TRAIN]])
        predicted = own.predict(activations[HELD_OUT].astype(float)).argmax(axis=1)
        found[penalty] = np.mean(predicted == classes[HELD_OUT])
    assert choose_penalty(moments, activations[HELD_OUT], classes[HELD_OUT]) == max(found, key=lambda key: found[key])


def test_as_few_nodes_as_keep_95_percent_are_counted() -> None:
    classes = np.repeat(np.arange(20), 30)
    nodes = np.eye(20)[classes]
    ridge = NestedRidge(sum_moments(nodes, classes, 20), np.arange(20), 1e-6)
    # With k nodes, k classes are told and one more is guessed: 18 of them suffice for 19 of 20 classes.
    assert nodes_for(ridge, nodes, classes) == 18
    assert nodes_for(ridge, nodes, classes, share=0.5) == 9
    assert nodes_for(ridge, nodes, classes, share=0.0) == 1
    assert nodes_for(ridge, nodes, classes, share=1.0) == 19


def test_the_order_is_the_one_that_needs_the_fewest_nodes_on_held_out_images() -> None:
    classes = np.tile(np.arange(4), 100)
    nodes = np.column_stack([np.zeros((400, 12)), np.eye(4)[classes]])
    moments = sum_moments(nodes, classes, 4)
    orders = {"backward": np.arange(16), "forward": np.arange(16)[::-1], "again": np.arange(16)[::-1]}
    assert choose_order(moments, orders, 1e-6, nodes, classes) == "forward"


def test_a_table_of_curves_has_a_row_an_order_and_a_number_of_nodes() -> None:
    weights, activations, classes = make_case(11, 4, "relu")
    moments = sum_moments(activations[TRAIN], classes[TRAIN], 4)
    orders, random = {"norm": np.arange(11)}, random_orders(11, np.random.default_rng(0), count=6)
    table = tabulate_curves(weights, moments, orders, random, 1.0, activations[TEST], classes[TEST])
    keys = [*product(["norm", "random"], ["mean", "zero", "refitted"], [1, 2, 4, 8, 11])]
    assert table[["order", "others", "nodes"]].apply(tuple, axis=1).tolist() == keys
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()
    found = table.set_index(["order", "others", "nodes"])["accuracy"]
    curves = [keep_nodes(weights, moments, order, 1.0, activations[TEST], classes[TEST]) for order in random]
    assert found["random", "zero", 4] == pytest.approx(np.mean([curve["zero"][2] for curve in curves]))
    full = ((activations[TEST] @ weights.output_weights + weights.output_bias).argmax(axis=1) == classes[TEST]).mean()
    for order, others in product(["norm", "random"], ["mean", "zero"]):
        assert found[order, others, 11] == pytest.approx(full)


def make_choices(
    weights: Weights, activations: np.ndarray, classes: np.ndarray, test: np.ndarray, test_classes: np.ndarray
) -> tuple[list[bytes], pd.DataFrame]:
    """Everything that is chosen, and what is reported with it."""
    train, held_out = (activations[TRAIN], classes[TRAIN]), (activations[HELD_OUT], classes[HELD_OUT])
    n_classes = len(weights.output_bias)
    cuts = choose_cuts(train[0], len(test), n_classes)
    moments = sum_moments(*train, n_classes)
    penalty = choose_penalty(moments, *held_out)
    measures = {
        "ablation_loss": ablate_nodes(weights, *train, moments.means).loss,
        "mutual_information": mutual_information(*train, cuts, n_classes),
        "eta_squared": eta_squared(*train, n_classes),
        "outgoing_norm": outgoing_norm(weights.output_weights),
    }
    orders = order_nodes(measures, moments, penalty)
    random = random_orders(weights.n_hidden, np.random.default_rng(0))
    chosen = choose_order(moments, orders, penalty, *held_out)
    reported = tabulate_curves(weights, moments, orders, random, penalty, test, test_classes)
    choices = [cuts, moments.means, np.array(penalty), *orders.values(), random, find_twins(moments)]
    return [*(choice.tobytes() for choice in choices), *(name.encode() for name in (*orders, chosen))], reported


@pytest.mark.parametrize("case", CASES)
def test_noise_in_place_of_the_test_images_changes_no_choice(case: tuple[int, int, str]) -> None:
    weights, activations, classes = make_case(*case)
    rng = np.random.default_rng(1)
    noise = activate(weights, rng.random((300, 30), np.float32))
    choices, reported = make_choices(weights, activations, classes, activations[TEST], classes[TEST])
    with_noise, reported_with_noise = make_choices(weights, activations, classes, noise, rng.permutation(classes[TEST]))
    assert choices == with_noise
    assert not reported.equals(reported_with_noise)


def test_dead_nodes_alone_are_kept_without_a_warning() -> None:
    weights, activations, classes = make_case(2, 10, "relu")
    choices, reported = make_choices(weights, 0 * activations, classes, 0 * activations[TEST], classes[TEST])
    assert choices
    assert np.isfinite(reported[["accuracy", "low", "high"]]).all(axis=None)


def test_the_size_of_a_layer_is_that_of_what_it_holds() -> None:
    """Four nodes that indicate a class each, three of noise: three tell all, and fill three dimensions."""
    classes = np.arange(400) % 4
    noise = 1e-6 * np.random.default_rng(0).standard_normal((400, 3))
    part = np.hstack([np.eye(4)[classes], noise]), classes
    accuracy, nodes, dimensions = measure_size([part, part, part], 4)
    assert (accuracy, nodes) == (1.0, 3)
    assert dimensions == pytest.approx(3)
