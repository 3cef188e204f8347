"""Rank sums by class and shape, from which the AUC of every sentence follows without looking at an image again."""

from dataclasses import dataclass

import numpy as np

from hidden_nodes.knowledge.ranks import auc_of_sums, sort_order, spread_midranks
from hidden_nodes.knowledge.sentences import Images, Sentences

LEAST_OF_CLASS = 5  # images with a shape, and without it, from which a class tells whether a node knows the shape


@dataclass(frozen=True)
class Cells:
    """Rank sums from which the AUC of every sentence follows, for some columns: of a class's images that have a shape.

    Conditions come in this order: none, each shape, each shape's negation. Ranks are whole or half, so sums are exact.
    """

    n: int
    sums: np.ndarray  # (columns, classes, conditions)
    counts: np.ndarray  # (classes, conditions) images
    within: np.ndarray  # (columns, classes, shapes) AUC of a shape within a class; NaN where a class has too few images

    def auc(self, sentences: Sentences) -> np.ndarray:
        """AUC `(columns,)` of each column's sentence; NaN where it is true of no image, or of all."""
        condition = self.condition(sentences)
        column = sentences.columns
        sums = (self.sums[column, :, condition] * sentences.members).sum(axis=1)
        positives = (self.counts[:, condition].T * sentences.members).sum(axis=1)
        higher = auc_of_sums(sums, positives, self.n)
        return np.where(sentences.lower, 1 - higher, higher)

    def within_auc(self, sentences: Sentences) -> np.ndarray:
        """Mean AUC `(columns,)` of each shape within its sentence's classes; NaN if there is none."""
        if not self.n_shapes:
            return np.full(len(sentences.shape), np.nan)
        found = self.within[sentences.columns, :, np.maximum(sentences.shape, 0)]
        found = np.where((sentences.negated != sentences.lower)[:, None], 1 - found, found)
        known = sentences.members & ~np.isnan(found) & (sentences.shape >= 0)[:, None]
        total = np.where(known, found, 0).sum(axis=1)
        return np.divide(total, known.sum(axis=1), out=np.full(len(total), np.nan), where=known.any(axis=1))

    def mirrored(self) -> "Cells":
        """The cells of the same activations with their signs turned."""
        return Cells(self.n, (self.n + 1) * self.counts - self.sums, self.counts, 1 - self.within)

    @property
    def n_shapes(self) -> int:
        return self.within.shape[2]

    def condition(self, sentences: Sentences) -> np.ndarray:
        """The number `(columns,)` of each sentence's condition."""
        return np.where(sentences.shape < 0, 0, 1 + sentences.shape + self.n_shapes * sentences.negated)


def sum_ranks(images: Images, n_classes: int, within_classes: bool = True) -> Cells:
    """The rank sums of each column, by class and condition; each column is sorted once.

    within_classes : whether `within` is computed, or left NaN.
    """
    n, columns = images.activations.shape
    by_class = np.argsort(images.classes, kind="stable")
    classes, concepts = images.classes[by_class].astype(np.uint8), images.concepts[by_class].astype(np.float64)
    sizes = np.bincount(classes, minlength=n_classes)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    ranks, own_ranks = np.empty((columns, n)), np.empty((columns, n if within_classes else 0))
    values = np.ascontiguousarray(images.activations[by_class].T)
    for column in range(columns):
        order = sort_order(values[column])
        ordered = values[column][order]
        ranks[column] = spread_midranks(order, ordered[1:] != ordered[:-1])
        if not within_classes:
            continue
        # The same order class by class, where ranks count within a class.
        regrouped = np.argsort(classes[order], kind="stable")
        order, ordered = order[regrouped], ordered[regrouped]
        differs = ordered[1:] != ordered[:-1]
        differs[starts[(starts > 0) & (starts < n)] - 1] = True
        own_ranks[column] = spread_midranks(order, differs)
    n_shapes = concepts.shape[1]
    sums, counts = np.zeros((columns, n_classes, 1 + 2 * n_shapes)), np.zeros((n_classes, 1 + 2 * n_shapes), int)
    within = np.full((columns, n_classes, n_shapes), np.nan)
    for k in np.flatnonzero(sizes):
        of = slice(starts[k], starts[k + 1])
        have = concepts[of]
        counts[k] = [sizes[k], *have.sum(axis=0), *(sizes[k] - have.sum(axis=0))]
        sums[:, k, 0] = ranks[:, of].sum(axis=1)
        sums[:, k, 1 : 1 + n_shapes] = ranks[:, of] @ have
        sums[:, k, 1 + n_shapes :] = sums[:, k, :1] - sums[:, k, 1 : 1 + n_shapes]
        if within_classes:
            positives = counts[k, 1 : 1 + n_shapes]
            enough = np.minimum(positives, sizes[k] - positives) >= LEAST_OF_CLASS
            found = auc_of_sums((own_ranks[:, of] - starts[k]) @ have, positives, sizes[k])
            within[:, k] = np.where(enough, found, np.nan)
    return Cells(n, sums, counts, within)
