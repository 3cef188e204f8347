"""Orders of the nodes, most important first: by a measure, greedily, at random."""

import numpy as np

from hidden_nodes.knowledge.moments import Moments
from hidden_nodes.knowledge.top_images import rank_nodes

RANDOM_ORDERS = 20


def outgoing_norm(output_weights: np.ndarray) -> np.ndarray:
    """Euclidean length `(n_hidden,)` of each node's weights `(n_hidden, classes)` to the output layer."""
    norms: np.ndarray = np.linalg.norm(output_weights.astype(np.float64), axis=1)
    return norms


def order_nodes(measures_train: dict[str, np.ndarray], moments_train: Moments, penalty: float) -> dict[str, np.ndarray]:
    """The orders to compare, by name: one for each measure `(n_hidden,)`, largest first, and `greedy`.

    All of them must come from the images that trained.
    """
    orders = {name: rank_nodes(values) for name, values in measures_train.items()}
    return {**orders, "greedy": greedy_order(moments_train, penalty)}


def random_orders(n_hidden: int, rng: np.random.Generator, count: int = RANDOM_ORDERS) -> np.ndarray:
    """`count` random orders `(count, n_hidden)`."""
    return rng.permuted(np.tile(np.arange(n_hidden), (count, 1)), axis=1)


def greedy_order(moments_train: Moments, penalty: float) -> np.ndarray:
    """The order `(n_hidden,)` in which each next node lowers the loss of the refitted output layer the most.

    That loss is the ridge classifier's: squared errors on one-hot classes plus `penalty` times the squared weights.
    Orthogonal least squares (Chen, Billings and Luo 1989): what the chosen nodes explain is taken out of all the
    others, so a twin of a chosen node comes late. It is a Cholesky factorization that chooses its pivots.
    """
    n_hidden = len(moments_train.gram)
    order = np.arange(n_hidden)
    factor = np.zeros((n_hidden, n_hidden))  # a row a step: what the others share with the node chosen in it
    left = np.diag(moments_train.gram) + penalty  # of each node, what the chosen ones do not explain
    cross = moments_train.cross.copy()  # what that tells of the classes
    waiting = np.ones(n_hidden, bool)
    for step in range(n_hidden):
        gains = np.where(waiting, (cross**2).sum(axis=1) / left, -1)
        node = int(gains.argmax())
        order[step], waiting[node] = node, False
        root = np.sqrt(left[node])
        shared = (moments_train.gram[node] - factor[:step, node] @ factor[:step]) / root
        shared[node] = root
        factor[step] = shared
        told = cross[node] / root
        cross -= shared[:, None] * told
        # Not below the penalty, which no node can explain: rounding could take it there.
        left = np.maximum(left - shared**2, penalty)
    return order
