"""Midranks and the area under the ROC curve (AUC) that follows from their sums."""

import numpy as np

from hidden_nodes.knowledge.intervals import NORMAL_QUANTILE


def midranks(values: np.ndarray) -> np.ndarray:
    """The rank `(n,)` of each of `values`, from 1; equal ones share the mean of theirs. Exact: whole or half."""
    order = sort_order(values)
    return spread_midranks(order, values[order][1:] != values[order][:-1])


def rank_columns(samples: np.ndarray) -> np.ndarray:
    """Midranks, from 1, along the middle axis of samples `(samples, n, columns)`, as SciPy's `rankdata`.

    That one lies in `scipy.stats`, which takes longer to import than all that is ranked with it.
    """
    order = np.argsort(samples, axis=1, kind="stable")
    ordered = np.take_along_axis(samples, order, axis=1)
    place = np.broadcast_to(np.arange(samples.shape[1])[:, None], samples.shape)
    begins, ends = np.ones((2, *samples.shape), bool)  # of equal values
    begins[:, 1:] = ends[:, :-1] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, samples.shape[1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(samples.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    return ranks


def sort_order(values: np.ndarray) -> np.ndarray:
    """The order `(n,)` in which `values` ascend, equal ones as they come; numbers that are not float32 take longer.

    float32 numbers are sorted as integers, with the position in the lower half: thrice as quick as `argsort`.
    """
    if values.dtype != np.float32:
        return np.argsort(values, kind="stable")
    bits = np.ascontiguousarray(values).view(np.int32)
    ascending = bits ^ ((bits >> 31) & 0x7FFFFFFF)  # as whole numbers, negative floats would descend
    return np.sort((ascending.astype(np.int64) << 32) | np.arange(len(values))) & 0xFFFFFFFF


def spread_midranks(order: np.ndarray, differs: np.ndarray) -> np.ndarray:
    """Midranks `(n,)` from the `order` `(n,)` of values and whether each but the first differs from the one before."""
    starts = np.flatnonzero(np.concatenate([[True], differs]))
    lengths = np.diff(np.append(starts, len(order)))
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(starts + (lengths + 1) / 2, lengths)
    return ranks


def auc_of_sums(sums: np.ndarray, positives: np.ndarray | int, n: np.ndarray | int) -> np.ndarray:
    """AUC, in [0, 1], from the rank sums of `positives` of `n` images; NaN without positives or without others.

    It is the share of pairs of a positive and another image in which the positive is higher, ties half (Mann and
    Whitney 1947).
    """
    positives = np.asarray(positives, float)
    pairs = positives * (n - positives)
    above = sums - positives * (positives + 1) / 2
    found: np.ndarray = np.divide(above, pairs, out=np.full(np.shape(above), np.nan), where=pairs > 0)
    return found


def auc(values: np.ndarray, positive: np.ndarray) -> float:
    """AUC of `values` `(n,)` for the images that are `positive` `(n,)` bool, as scikit-learn's `roc_auc_score`."""
    return float(auc_of_sums(midranks(values)[positive].sum(), int(positive.sum()), len(values)))


def auc_interval(values: np.ndarray, positive: np.ndarray) -> tuple[float, float, float]:
    """AUC, low and high end of its 95 % interval (DeLong, DeLong and Clarke-Pearson 1988), cut off at 0 and 1.

    NaN where there are fewer than two positives or two others.
    """
    found, ranks = auc(values, positive), midranks(values)
    m, n = np.count_nonzero(positive), np.count_nonzero(~positive)
    if min(m, n) < 2:
        return found, np.nan, np.nan
    above = (ranks[positive] - midranks(values[positive])) / n  # share of the others that each positive exceeds
    below = (ranks[~positive] - midranks(values[~positive])) / m
    reach = NORMAL_QUANTILE * np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    return found, float(max(0, found - reach)), float(min(1, found + reach))
