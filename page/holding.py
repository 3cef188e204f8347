"""What the page needs to hold nodes at a value: at which, in which order they are kept, and how far that takes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hidden_nodes import paths
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array
from hidden_nodes.knowledge.orders import outgoing_norm
from hidden_nodes.knowledge.top_images import rank_nodes
from hidden_nodes.network.weights import Weights
from hidden_nodes.tables import read_csv

LEVELS = 3  # mean, 1st and 99th percentile
GREEDY = "greedy"  # the order of nodes that together tell the most
MEASURES = {
    "ablation loss": "ablation_loss_train", "mutual information": "mutual_information_train",
    "eta squared": "eta_squared_train",
}  # fmt: skip
HELD = {"mean": "at_mean", "zero": "at_zero"}  # what becomes of the others in a curve


@dataclass(frozen=True)
class Holding:
    """All by the images that trained, but the curves, which are on test images."""

    levels: np.ndarray  # (n_hidden, 3): mean, 1st and 99th percentile of each node's activations
    orders: dict[str, np.ndarray]  # by measure: the nodes, most important first
    curves: pd.DataFrame  # `order nodes at_mean at_zero`: accuracy by number of nodes kept; also of order "random"


def read_curves() -> pd.DataFrame:
    """Accuracy by number of nodes kept, the others held at their means or at zero: `order nodes at_mean at_zero`."""
    table = read_csv(paths.CURVES, "order", "others", "nodes", "accuracy", texts=("order", "others"))
    curves = table.pivot_table(index=["order", "nodes"], columns="others", values="accuracy")
    return curves.rename(columns=HELD)[list(HELD.values())].reset_index()


def read_holding(network: Weights) -> Holding:
    """All of it, for a network."""
    nodes = read_csv(paths.KNOWN_NODES, "node", *MEASURES.values(), "greedy_place")
    levels = load_array(paths.LEVELS, LEVELS)
    if len(levels) != network.n_hidden:
        raise BadInput(f"{paths.LEVELS} must hold the levels of {network.n_hidden} hidden nodes. Found {len(levels)}.")
    measures = {name: nodes[column].to_numpy() for name, column in MEASURES.items()}
    measures["outgoing norm"] = outgoing_norm(network.output_weights)
    orders = {name: rank_nodes(values) for name, values in measures.items()}
    orders[GREEDY] = np.argsort(nodes["greedy_place"].to_numpy())
    return Holding(levels, orders, read_curves())
