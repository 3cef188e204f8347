"""What is measured of a network's nodes: what each knows, what it matters, whether the two go together, how few do."""

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.ablation import Ablation, ablate_nodes, tabulate_ablation
from hidden_nodes.knowledge.association import split_halves, tabulate_relations
from hidden_nodes.knowledge.information import information_interval, mutual_information, shuffled_information
from hidden_nodes.knowledge.keeping import choose_order, nodes_for, tabulate_curves
from hidden_nodes.knowledge.moments import Moments, find_twins, twin_correlations
from hidden_nodes.knowledge.orders import order_nodes, outgoing_norm, random_orders
from hidden_nodes.knowledge.parts import Activations, Part
from hidden_nodes.knowledge.ridge import NestedRidge, choose_penalty
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES
from hidden_nodes.knowledge.separation import eta_squared, is_dead
from hidden_nodes.network.weights import Weights


def measure_nodes(
    weights: Weights,
    of: Activations,
    train: Part,
    test: Part,
    moments: tuple[Moments, Moments],
    cuts: np.ndarray,
    held: Ablation,
    seed: int,
) -> pd.DataFrame:
    """What each node tells of the class and what the network loses without it: a row a node.

    moments : of the images that trained, and of the test images; held : of the test images, nodes at their means.
    """
    n_classes, chosen_on = len(weights.output_bias), train.first(CHOICE_IMAGES)
    first = of.train[: len(chosen_on.classes)]
    low, high = information_interval(of.test, test.classes, cuts, n_classes, np.random.default_rng([seed, 1]))
    rng = np.random.default_rng([seed, 2])
    twins = find_twins(moments[0])
    at_zero = np.zeros(weights.n_hidden)
    return tabulate_ablation(held).assign(
        dead=is_dead(of.test).astype(int),
        eta_squared=eta_squared(of.test, test.classes, n_classes),
        mutual_information=mutual_information(of.test, test.classes, cuts, n_classes),
        eta_squared_train=eta_squared(first, chosen_on.classes, n_classes),
        mutual_information_train=mutual_information(first, chosen_on.classes, cuts, n_classes),
        mi_shuffled=shuffled_information(of.test, test.classes, cuts, n_classes, rng),
        mi_low=low,
        mi_high=high,
        ablation_loss_train=ablate_nodes(weights, first, chosen_on.classes, moments[0].means).loss,
        ablation_zero=ablate_nodes(weights, of.test, test.classes, at_zero).points,
        twin=twins,
        twin_correlation=twin_correlations(moments[1], twins),
    )


def relate_measures(
    nodes: pd.DataFrame, weights: Weights, moments: Moments, of: Activations, test: Part, cuts: np.ndarray, seed: int
) -> pd.DataFrame:
    """Whether the nodes that know much matter much: rank correlations over the live nodes."""
    n_classes, classes = len(weights.output_bias), test.classes

    def know(half: np.ndarray) -> np.ndarray:
        return mutual_information(of.test[half], classes[half], cuts, n_classes)

    def matter(half: np.ndarray) -> np.ndarray:
        return ablate_nodes(weights, of.test[half], classes[half], moments.means).loss

    halves = [split_halves(measure, len(classes), np.random.default_rng([seed, 3])) for measure in (know, matter)]
    spread = np.sqrt(np.diag(moments.gram) / moments.sizes.sum())
    covariates = np.column_stack([spread, outgoing_norm(weights.output_weights)])
    return tabulate_relations(
        nodes["mutual_information"].to_numpy(), nodes["ablation_loss"].to_numpy(), covariates, halves[0], halves[1],
        nodes["dead"].to_numpy() == 0, np.random.default_rng([seed, 4]),
    )  # fmt: skip


def keep_few(
    nodes: pd.DataFrame, weights: Weights, moments: Moments, of: Activations, held_out: Part, test: Part, seed: int
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Accuracy by number of nodes kept; the greedy order `(n_hidden,)`; how many nodes keep 95 % of the accuracy.

    These are taken in the order that held-out images choose.
    """
    penalty = choose_penalty(moments, of.held_out, held_out.classes)
    measures = {
        "ablation loss": nodes["ablation_loss_train"].to_numpy(),
        "mutual information": nodes["mutual_information_train"].to_numpy(),
        "eta squared": nodes["eta_squared_train"].to_numpy(),
        "outgoing norm": outgoing_norm(weights.output_weights),
    }
    orders = order_nodes(measures, moments, penalty)
    drawn = random_orders(weights.n_hidden, np.random.default_rng([seed, 5]))
    curves = tabulate_curves(weights, moments, orders, drawn, penalty, of.test, test.classes)
    best = choose_order(moments, orders, penalty, of.held_out, held_out.classes)
    return curves, orders["greedy"], nodes_for(NestedRidge(moments, orders[best], penalty), of.test, test.classes)
