"""The output layer refitted: a ridge classifier on some hidden nodes, from the moments of the training images."""

import numpy as np
from scipy.linalg import solve_triangular

from hidden_nodes.knowledge.moments import Moments

# Penalties to choose from, in mean squared deviations of a node over the training images, the strongest first.
STRENGTHS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


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

    def weights(self, kept: int) -> tuple[np.ndarray, np.ndarray]:
        """Output weights `(n_hidden, classes)`, 0 for all but the first `kept` nodes, and biases `(classes,)`."""
        own = solve_triangular(self.factor[:kept, :kept], self.forward[:kept], lower=True, trans="T")
        weights = np.zeros((len(self.order), len(self.shares)))
        weights[self.order[:kept]] = own
        return weights, self.shares - self.means[:kept] @ own

    def accuracies(self, counts: np.ndarray, activations: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Accuracy `(counts,)` on images with `activations` `(n, n_hidden)`, by how many nodes are kept."""
        weights, biases = zip(*(self.weights(kept) for kept in counts), strict=True)
        return accuracies(np.stack(weights), np.stack(biases), activations, classes)


def accuracies(weights: np.ndarray, biases: np.ndarray, activations: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Accuracy `(layers,)` in [0, 1] of several output layers on the same images.

    weights : `(layers, n_hidden, classes)`; biases : `(layers, classes)`; activations : `(n, n_hidden)`.
    """
    n_layers, n_hidden, n_classes = weights.shape
    joined = weights.transpose(1, 0, 2).reshape(n_hidden, -1)
    logits = (activations @ joined).reshape(-1, n_layers, n_classes) + biases
    correct: np.ndarray = (logits.argmax(axis=2) == classes[:, None]).mean(axis=0)
    return correct


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
        found.append(ridge.accuracies(everyone[-1:] + 1, activations_held_out, classes_held_out)[0])
    return float(penalties(moments_train)[np.argmax(found)])
