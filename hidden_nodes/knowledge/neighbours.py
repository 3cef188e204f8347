"""How far a map can be trusted: how many of an image's nearest neighbours stay its neighbours on the map.

Source: Venna and Kaski 2001 (trustworthiness and continuity). Neighbours at the same distance are in the order of their
indices, and distances that float32 does not tell apart are the same.
"""

from collections.abc import Sequence

import numpy as np

NEIGHBOURS = 30
MEASURES = ["trustworthiness", "continuity", "neighbours_kept"]
BLOCK = 128  # images whose distances to all others are in memory at a time
EXACT_BITS = 53  # of a whole number in float64


def rate_maps(values: np.ndarray, maps: Sequence[np.ndarray], neighbours: int = NEIGHBOURS) -> list[np.ndarray]:
    """Trustworthiness, continuity and the share of neighbours kept, of each image on each of `maps`: `(n, 3)` arrays.

    All are 1 where the map keeps the neighbours. Trustworthiness falls with images that are neighbours on the map only,
    the farther they are in `values`; continuity with neighbours that the map tears away, the farther they are on it.

    values : `(n, features)`; maps : each `(n, dimensions)`. With fewer than 61 images, `neighbours` is less than half
    of them, the largest number for which the measures are defined. The mean of the first column is scikit-learn's
    `trustworthiness`.
    """
    n = len(values)
    k = min(neighbours, max(1, (n - 1) // 2))
    worst = max(1, k * (2 * n - 3 * k - 1)) / 2  # what the ranks beyond k add up to at most
    spaces = [on_grid(space) for space in (values, *maps)]
    squares = [np.einsum("ij,ij->i", space, space) for space in spaces]
    found = [np.ones((n, len(MEASURES))) for _ in maps]
    for start in range(0, n, BLOCK):
        true, *mapped = (Neighbourhoods(*space, start, k) for space in zip(spaces, squares, strict=True))
        for i, index in enumerate(range(start, min(start + BLOCK, n))):
            for rated, near in zip(found, mapped, strict=True):
                intruders, missing = (beyond(one, other, i, k) for one, other in ((true, near), (near, true)))
                rated[index] = 1 - intruders.sum() / worst, 1 - missing.sum() / worst, 1 - len(missing) / k
    return found


def on_grid(values: np.ndarray) -> np.ndarray:
    """`values` `(n, features)` as whole numbers on so fine a grid that squared distances are still exact in float64.

    So equal distances are found equal, and the order of the sums, which depends on the machine, changes nothing.
    """
    largest = float(np.abs(values).max(initial=0)) or 1.0
    bits = (EXACT_BITS - np.log2(4 * values.shape[1])) // 2 - np.ceil(np.log2(largest))
    return np.round(values.astype(np.float64) * 2.0**bits)


class Neighbourhoods:
    """The distances from a block of images to all, and the nearest of each.

    distances : `(block, n)` float32, squared; -1 to the image itself. ascending : the same, sorted.
    nearest : `(block, k)` indices.
    """

    def __init__(self, points: np.ndarray, squares: np.ndarray, start: int, k: int) -> None:
        block = points[start : start + BLOCK]
        distances = squares[start : start + BLOCK, None] + squares - 2 * block @ points.T
        self.distances = distances.astype(np.float32)
        self.distances[np.arange(len(block)), start + np.arange(len(block))] = -1
        self.ascending = np.sort(self.distances, axis=1)
        self.nearest = np.array([self._find_nearest(i, k) for i in range(len(block))])

    def _find_nearest(self, i: int, k: int) -> np.ndarray:
        distances = self.distances[i]
        (near,) = np.nonzero(distances <= self.ascending[i, min(k, len(distances) - 1)])
        nearest: np.ndarray = near[np.argsort(distances[near], kind="stable")][1 : k + 1]
        return nearest

    def ranks(self, i: int, others: np.ndarray) -> np.ndarray:
        """The place of each of `others` among the neighbours of the block's image `i`: 1 is the nearest."""
        distances, ascending = self.distances[i], self.ascending[i]
        found = np.searchsorted(ascending, distances[others])
        tied = np.searchsorted(ascending, distances[others], side="right") > found + 1
        for which in np.flatnonzero(tied):
            other = others[which]
            found[which] += np.count_nonzero(distances[:other] == distances[other])
        return found


def beyond(one: Neighbourhoods, other: Neighbourhoods, i: int, k: int) -> np.ndarray:
    """How far behind the `k` nearest in `one` those of the nearest in `other` are that are not among them."""
    ranks = one.ranks(i, other.nearest[i])
    return ranks[ranks > k] - k
