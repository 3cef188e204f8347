"""The first and second moments of activations, from which ridge classifiers, twins and dimensions follow."""

from dataclasses import dataclass

import numpy as np

from hidden_nodes.knowledge.separation import class_means
from hidden_nodes.network.exact import multiply_centred


@dataclass(frozen=True)
class Moments:
    """Sums over images, all float64, of `n_hidden` activations and of the classes as one-hot rows."""

    sizes: np.ndarray  # (classes,) images of each class
    means: np.ndarray  # (n_hidden,)
    gram: np.ndarray  # (n_hidden, n_hidden) products of the centred activations
    cross: np.ndarray  # (n_hidden, classes) products of the centred activations with the centred one-hot classes

    @property
    def shares(self) -> np.ndarray:
        """The share `(classes,)` of the images that each class has."""
        return self.sizes / self.sizes.sum()


def sum_moments(activations: np.ndarray, classes: np.ndarray, n_classes: int) -> Moments:
    """The moments of activations `(n, n_hidden)` and of their classes `(n,)`: the same bytes on any processor."""
    means, gram = multiply_centred(activations)
    sizes = np.bincount(classes, minlength=n_classes)
    by_class = class_means(activations, classes, n_classes)
    return Moments(sizes, means, gram, (sizes[:, None] * (by_class - means)).T)


def effective_dimensions(moments: Moments) -> float:
    """How many dimensions the activations fill: the participation ratio of their covariance, from 1 to `n_hidden`.

    `(sum of eigenvalues)^2 / sum of their squares`, here from trace and entries; 0 where every node is dead. Source:
    Gao et al. 2017, "A theory of multineuronal dimensionality, dynamics and measurement".
    """
    squares = (moments.gram**2).sum()
    return float(np.trace(moments.gram) ** 2 / squares) if squares > 0 else 0.0


def find_twins(moments_train: Moments) -> np.ndarray:
    """For each node the other one `(n_hidden,)` whose activation correlates most with its own, in size; -1 if none.

    A dead node, and a node beside dead ones alone, has none.
    """
    sizes = np.abs(correlations(moments_train))
    np.fill_diagonal(sizes, 0)
    return np.where(sizes.max(axis=0) > 0, sizes.argmax(axis=0), -1)


def twin_correlations(moments: Moments, twins: np.ndarray) -> np.ndarray:
    """Pearson correlation `(n_hidden,)`, in [-1, 1], of each node with its twin; 0 where it has none."""
    own = correlations(moments)[np.arange(len(twins)), twins]
    return np.where(twins >= 0, own, 0.0)


def correlations(moments: Moments) -> np.ndarray:
    """Pearson correlations `(n_hidden, n_hidden)` of the nodes; 0 for a node whose activation never changes."""
    # Rounding leaves something of a constant too.
    least = moments.sizes.sum() * (1e-6 * moments.means) ** 2
    live = np.diag(moments.gram) > least
    scale = np.where(live, np.sqrt(np.diag(moments.gram)), np.inf)
    return np.clip(moments.gram / scale / scale[:, None], -1, 1)
