"""How far a few nodes take the network: accuracy against the number of nodes kept, most important first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.intervals import binomial_interval, mean_interval
from hidden_nodes.knowledge.moments import Moments, effective_dimensions, sum_moments
from hidden_nodes.knowledge.orders import greedy_order
from hidden_nodes.knowledge.ridge import Layer, NestedRidge, accuracies, choose_penalty
from hidden_nodes.network.weights import Weights

SHARE = 0.95  # of the accuracy with all nodes, that a few are to keep
OTHERS = ("mean", "zero", "refitted")  # what becomes of the nodes that are not kept


def kept_counts(n_hidden: int) -> list[int]:
    """How many nodes are kept: 1, 2, 4, ... and all."""
    return [*(2**i for i in range(n_hidden.bit_length()) if 2**i < n_hidden), n_hidden]


def held_layer(weights: Weights, order: np.ndarray, kept: int, held: np.ndarray) -> Layer:
    """The network's own output layer on the first `kept` nodes of an order, the others held at `held` `(n_hidden,)`."""
    output_weights, bias = weights.output_weights.astype(np.float64), weights.output_bias.astype(np.float64)
    others = order[kept:]
    return output_weights[order[:kept]], bias + held[others] @ output_weights[others]


def keep_nodes(
    weights: Weights, moments_train: Moments, order: np.ndarray, penalty: float,
    activations: np.ndarray, classes: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Accuracy `(counts,)` by `kept_counts`, and by what becomes of the other nodes: `mean`, `zero`, `refitted`.

    `mean`: held at their means over the images that trained; `zero`: held at 0; both ask what the output layer relies
    on. `refitted`: left out, and the output layer fitted anew on the images that trained: what the nodes know.
    """
    means = moments_train.means
    ridge = NestedRidge(moments_train, order, penalty)
    layers = []
    for kept in kept_counts(len(order)):
        at_mean = held_layer(weights, order, kept, means)
        at_zero = held_layer(weights, order, kept, np.zeros_like(means))
        layers.append([at_mean, at_zero, ridge.layer(kept)])
    return dict(zip(OTHERS, accuracies(layers, order, activations, classes).T, strict=True))


def tabulate_curves(
    weights: Weights, moments_train: Moments, orders: dict[str, np.ndarray], random: np.ndarray, penalty: float,
    activations: np.ndarray, classes: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """The curves on the images to report on: columns `order others nodes accuracy low high`.

    orders : by name; random : `(orders, n_hidden)`, whose mean accuracy is the order `random`. The 95 % intervals of
    the former are exact ones for the images' being a sample, those of the mean are for the orders' being one.
    """
    n, counts = len(classes), kept_counts(len(moments_train.means))
    tables = []
    for name, order in orders.items():
        for others, found in keep_nodes(weights, moments_train, order, penalty, activations, classes).items():
            low, high = binomial_interval(np.rint(found * n), n)
            tables.append(as_curve(name, others, counts, found, low, high))
    drawn = [keep_nodes(weights, moments_train, order, penalty, activations, classes) for order in random]
    for others in OTHERS if drawn else ():
        found = np.stack([curves[others] for curves in drawn])
        low, high = np.array([mean_interval(values) for values in found.T]).T
        tables.append(as_curve("random", others, counts, found.mean(axis=0), low, high))
    return pd.concat(tables, ignore_index=True)


def as_curve(
    order: str, others: str, nodes: list[int], accuracy: np.ndarray, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    columns = {"order": order, "others": others, "nodes": nodes, "accuracy": accuracy, "low": low, "high": high}
    return pd.DataFrame(columns)


def nodes_for(ridge: NestedRidge, activations: np.ndarray, classes: np.ndarray, share: float = SHARE) -> int:
    """With how many nodes of the order the refitted output layer keeps `share` of its accuracy with all nodes.

    The first of 1, 2, 4, ... that keeps it is found, then a smaller number by bisection: accuracy is taken to rise
    with the number of nodes, as it does but for chance.
    """
    counts = kept_counts(len(ridge.order))
    found = ridge.accuracies(counts, activations, classes)
    target = share * found[-1]
    first = int(np.argmax(found >= target))
    too_few, enough = counts[first - 1] if first else 0, counts[first]
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if ridge.accuracies([middle], activations, classes)[0] >= target:
            enough = middle
        else:
            too_few = middle
    return enough


def choose_order(
    moments_train: Moments, orders: dict[str, np.ndarray], penalty: float,
    activations_held_out: np.ndarray, classes_held_out: np.ndarray,
) -> str:  # fmt: skip
    """The order that needs the fewest nodes to keep 95 % on held-out images, output layer refitted.

    Of equal ones that with the highest mean accuracy over 1, 2, 4, ... nodes, then the first.
    """
    scores = {}
    for name, order in orders.items():
        ridge = NestedRidge(moments_train, order, penalty)
        curve = ridge.accuracies(kept_counts(len(order)), activations_held_out, classes_held_out)
        scores[name] = (-nodes_for(ridge, activations_held_out, classes_held_out), curve.mean())
    return max(scores, key=lambda name: scores[name])


def measure_size(parts: Sequence[tuple[np.ndarray, np.ndarray]], n_classes: int) -> tuple[float, int, float]:
    """How large a space a layer's activations need: refitted accuracy, nodes that keep 95 % of it, dimensions filled.

    parts : activations `(n, n_hidden)` and classes `(n,)` of images that trained, were held out, and test. The output
    layer is refitted on the first, nodes are taken in the greedy order, accuracy and dimensions are of the last.
    """
    moments = sum_moments(*parts[0], n_classes)
    penalty = choose_penalty(moments, *parts[1])
    ridge = NestedRidge(moments, greedy_order(moments, penalty), penalty)
    accuracy = ridge.accuracies([len(ridge.order)], *parts[2])[0]
    return accuracy, nodes_for(ridge, *parts[2]), effective_dimensions(sum_moments(*parts[2], n_classes))
