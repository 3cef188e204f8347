"""The output layer refitted: a ridge classifier on some hidden nodes, from the moments of the training images."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular

from hidden_nodes.knowledge.moments import Moments

# Penalties to choose from, in mean squared deviations of a node over the training images, the strongest first.
STRENGTHS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
BLOCK = 2_000  # images whose logits are computed at a time

Layer = tuple[np.ndarray, np.ndarray]  # weights (nodes, classes) of the first nodes of an order, and biases (classes,)


class NestedRidge:
    """Ridge regression on the first nodes of an order, for any number of them; the largest value is the class.

    Targets are one-hot, the intercept is not penalized. One Cholesky factorization serves all numbers of nodes: that
    of the first `c` nodes is its own first `c` rows and columns.
    """

    def __init__(self, moments_train: Moments, order: np.ndarray, penalty: float) -> None:
        """Factorize the moments of the images that trained, with the nodes in `order` `(n_hidden,)`."""
        gram = moments_train.gram[np.ix_(order, order)]
        gram[np.diag_indices_from(gram)] += penalty
        self.order = order
        self.means = moments_train.means[order]
        self.shares = moments_train.shares
        self.factor = np.linalg.cholesky(gram)
        self.forward = solve_triangular(self.factor, moments_train.cross[order], lower=True)

    def layer(self, kept: int) -> Layer:
        """The output layer on the first `kept` nodes of the order."""
        factor = self.factor[:kept, :kept]
        weights: np.ndarray = solve_triangular(factor, self.forward[:kept], lower=True, trans="T")
        return weights, self.shares - self.means[:kept] @ weights

    def accuracies(self, counts: Sequence[int], activations: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Accuracy `(counts,)` on images with `activations` `(n, n_hidden)`, by how many nodes are kept."""
        return accuracies([[self.layer(kept)] for kept in counts], self.order, activations, classes)[:, 0]


def accuracies(
    layers: Sequence[Sequence[Layer]], order: np.ndarray, activations: np.ndarray, classes: np.ndarray
) -> np.ndarray:
    """Accuracy `(groups, layers of each)`, in [0, 1], of output layers that take the first few nodes of an order.

    layers : in groups, within which all take equally many; order : `(n_hidden,)`; activations : `(n, n_hidden)`.
    Computed in float64; of equal logits the first class's counts.
    """
    weights = [np.hstack([own for own, _ in group]) for group in layers]  # one product for each group is quicker
    biases = [np.stack([bias for _, bias in group]) for group in layers]
    correct = np.zeros((len(layers), len(layers[0])), int)
    for start in range(0, len(classes), BLOCK):
        actual = classes[start : start + BLOCK, None]
        ordered = np.take(activations[start : start + BLOCK], order, axis=1).astype(np.float64)
        for i in range(len(layers)):
            logits = (ordered[:, : len(weights[i])] @ weights[i]).reshape(-1, *biases[i].shape) + biases[i]
            correct[i] += np.count_nonzero(logits.argmax(axis=2) == actual, axis=0)
    return correct / len(classes)


def penalties(moments_train: Moments) -> np.ndarray:
    """The penalties to choose from, for these activations; of dead nodes alone any will do."""
    scale = np.diag(moments_train.gram).mean()
    return np.array(STRENGTHS) * (scale if scale > 0 else 1.0)


def choose_penalty(moments_train: Moments, activations_held_out: np.ndarray, classes_held_out: np.ndarray) -> float:
    """The penalty with which all nodes classify the held-out images best; of equal ones the strongest."""
    everyone = np.arange(len(moments_train.gram))
    found = []
    for penalty in penalties(moments_train):
        ridge = NestedRidge(moments_train, everyone, penalty)
        found.append(ridge.accuracies([len(everyone)], activations_held_out, classes_held_out)[0])
    return float(penalties(moments_train)[np.argmax(found)])
