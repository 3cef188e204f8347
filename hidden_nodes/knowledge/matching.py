"""Which node of one network is which of another: pairs of nodes whose activations go together on the same images.

A network computes the same when its nodes are numbered anew, or when one node's incoming weights are scaled and its
outgoing ones the other way; with some activation functions, also when a node's sign changes. Correlations see none of
these.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from hidden_nodes.knowledge.layer import Layer

# f(-x) = c - f(x): a node and its mirror image, all its incoming weights with the other sign, do the same.
MIRRORED = {"linear", "sigmoid", "softsign", "tanh"}
LEAST = 0.8  # correlation above which two nodes count as the same


def similarities(x: Layer, y: Layer, mirrored: bool, products: np.ndarray) -> np.ndarray:
    """Correlations `(nodes of x, nodes of y)`, in [-1, 1]; 0 for a constant node.

    mirrored : whether a node is as good as its mirror image: then their absolute values, in [0, 1]. products : those
    of the columns, `x.centred.T @ y.centred`.
    """
    scale = np.sqrt(np.outer(x.squares, y.squares))
    found = np.clip(np.divide(products, scale, out=np.zeros_like(products), where=scale > 0), -1, 1)
    return np.abs(found) if mirrored else found


def match_nodes(similar: np.ndarray) -> np.ndarray:
    """The partner of each node of the first network, `(nodes of x,)`: one-to-one, with the largest sum (Kuhn 1955).

    similar : `(nodes of x, nodes of y)`, as `similarities` gives them. -1 for a node that has none, where the second
    network has fewer. Li et al. (2016) match networks so.
    """
    partners = np.full(len(similar), -1)
    first, second = linear_sum_assignment(similar, maximize=True)
    partners[first] = second
    return partners


def find_counterparts(similar: np.ndarray, least: float = LEAST) -> np.ndarray:
    """The counterpart of each node of the first network, `(nodes of x,)`; -1 where it has none.

    Two nodes are counterparts if each is the most similar one to the other, and they are more similar than `least`.
    """
    best_of_x, best_of_y = similar.argmax(axis=1), similar.argmax(axis=0)
    nodes = np.arange(len(similar))
    mutual = (best_of_y[best_of_x] == nodes) & (similar[nodes, best_of_x] > least)
    return np.where(mutual, best_of_x, -1)
