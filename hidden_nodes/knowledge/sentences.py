"""What a node detects, as a sentence: a class or a union of classes, alone or with a shape.

The manner is that of INVERT (Bykov et al., NeurIPS 2023, "Labeling neural representations with inverse recognition"):
a sentence is true of some images and not of others, and is as good as the AUC with which the activation tells them
apart, by being higher for them or by being lower. A sentence is chosen on images that trained, its length on held-out
ones, and all that is reported is measured on test images. `search` finds them, `wording` puts them into words.
"""

from dataclasses import dataclass

import numpy as np

CHOICE_IMAGES = 10_000  # the first training images, among which sentences and thresholds are chosen
LENGTH_IMAGES = 5_000  # the first held-out images, which choose how long a sentence is
KINDS = ("class", "union", "two_part")  # sentences of one class; of up to `max_classes`; of these and a shape


@dataclass(frozen=True)
class Images:
    """Some images as a search sees them: activations `(n, columns)`, classes `(n,)`, concepts `(n, shapes)`."""

    activations: np.ndarray
    classes: np.ndarray
    concepts: np.ndarray

    def first(self, n: int) -> "Images":
        """The first `n` images, or all if there are fewer."""
        return Images(self.activations[:n], self.classes[:n], self.concepts[:n].astype(bool))


@dataclass(frozen=True)
class Sentences:
    """A sentence for each column: its classes, its shape, if any, and whether the activation is higher or lower.

    members : bool `(columns, classes)`; all for a shape alone. shape : `(columns,)`, -1 for none. negated : bool
    `(columns,)`, whether the images must not have the shape. lower : bool `(columns,)`, whether the activation is
    lower for the images of which the sentence is true.
    """

    members: np.ndarray
    shape: np.ndarray
    negated: np.ndarray
    lower: np.ndarray

    @property
    def columns(self) -> np.ndarray:
        """The numbers `(columns,)` of the columns, from 0."""
        return np.arange(len(self.shape))

    def where(self, chosen: np.ndarray, others: "Sentences") -> "Sentences":
        """These sentences where `chosen` `(columns,)`, the `others` elsewhere."""
        return Sentences(
            np.where(chosen[:, None], self.members, others.members), np.where(chosen, self.shape, others.shape),
            np.where(chosen, self.negated, others.negated), np.where(chosen, self.lower, others.lower),
        )  # fmt: skip

    def true_of(self, classes: np.ndarray, concepts: np.ndarray, column: int) -> np.ndarray:
        """Of which images `(n,)` a column's sentence is true."""
        true: np.ndarray = self.members[column][classes]
        if self.shape[column] >= 0:
            true = true & (concepts[:, self.shape[column]].astype(bool) != self.negated[column])
        return true
