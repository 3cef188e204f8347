"""The activations of a layer as two layers are compared: centred, with the sums that comparisons share."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Layer:
    """Centred activations `(n, nodes)` float64 for `n` images: each column has mean 0, a constant one is all 0."""

    centred: np.ndarray

    @cached_property
    def squares(self) -> np.ndarray:
        """Sum of the squares of each column, `(nodes,)`."""
        return np.einsum("ij,ij->j", self.centred, self.centred)

    @cached_property
    def norms(self) -> np.ndarray:
        """Squared length of each row, `(n,)`."""
        return np.einsum("ij,ij->i", self.centred, self.centred)

    @cached_property
    def own_products(self) -> np.ndarray:
        """Sums of the products of each two columns, `(nodes, nodes)`."""
        return self.centred.T @ self.centred

    @property
    def live(self) -> int:
        """How many nodes do not have the same activation for every image."""
        return int(np.count_nonzero(self.squares))

    def rotate(self, rotation: np.ndarray) -> "Layer":
        """The same images along other directions in the same space: the columns of `rotation` `(nodes, nodes)`."""
        return Layer(self.centred @ rotation)

    def permute(self, order: np.ndarray) -> "Layer":
        """Each image `(n,)` with the activations of another one."""
        return Layer(self.centred[order])


def center(activations: np.ndarray) -> Layer:
    """A layer of activations `(n, nodes)`, or of other numbers of the same images, such as pixels."""
    centred = activations - activations.mean(axis=0, dtype=np.float64)
    centred[:, activations.max(axis=0) == activations.min(axis=0)] = 0
    return Layer(centred)


def permute_within_classes(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An order `(n,)` of images that puts in the place of each one another of its class, or itself."""
    order = np.arange(len(classes))
    for k in np.unique(classes):
        own = np.flatnonzero(classes == k)
        order[own] = rng.permutation(own)
    return order
