"""The images in the parts in which they are used, and one network's activations for them."""

from dataclasses import dataclass

import numpy as np

from hidden_nodes.knowledge.sentences import Images


@dataclass(frozen=True)
class Part:
    """Some of the images: `images` `(n, rows, columns)` uint8, `classes` `(n,)`, and of each its shape concepts."""

    images: np.ndarray
    classes: np.ndarray
    concepts: np.ndarray

    def first(self, count: int) -> "Part":
        return Part(self.images[:count], self.classes[:count], self.concepts[:count])

    def searched(self, activations: np.ndarray) -> Images:
        """As a search for sentences sees them."""
        return Images(activations, self.classes, self.concepts)


@dataclass(frozen=True)
class Activations:
    """Activations `(n, n_hidden)` of one network for the images that trained, were held out, and test it."""

    train: np.ndarray
    held_out: np.ndarray
    test: np.ndarray
