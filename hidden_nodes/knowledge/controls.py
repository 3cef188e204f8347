"""The search for sentences on what is not a node: rotations, untrained networks, single pixels, shuffled activations.

A share of nodes that sentences describe means nothing without them: a wide enough search describes anything a little,
and random directions in the space of activations are as good candidates as the nodes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import qr
from scipy.special import bdtr
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge.components import round_to_step
from hidden_nodes.knowledge.intervals import LEVEL, binomial_interval
from hidden_nodes.knowledge.search import Found, find_sentences
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, KINDS, LENGTH_IMAGES, Images
from hidden_nodes.network.exact import multiply

# Columns of each control that are searched at most. The directions of a rotation, and the nodes of a network that was
# only drawn, are alike but for chance: the first stand for all.
CONTROL_COLUMNS = 256
PIXELS = 128  # single pixels that are searched, drawn by the seed from those that differ between training images


def random_rotation(n_hidden: int, seed: int, number: int) -> np.ndarray:
    """An orthogonal matrix `(n_hidden, n_hidden)`, uniform over all: Q of a Gaussian one (Stewart 1980).

    number : which of the rotations that belong to a seed.
    """
    gaussian = np.random.default_rng([seed, number]).standard_normal((n_hidden, n_hidden))
    with threadpool_limits(1, "blas"):  # so that the number of cores changes no bit
        q, r = qr(gaussian)
    turned: np.ndarray = q * np.where(np.diag(r) < 0, -1, 1)
    return turned


def rotate(images: Images, rotation: np.ndarray) -> Images:
    """The same images with their activations along the columns `(n_hidden, any)` of a rotation, in float32.

    The columns are rounded and the products exact, so that the bytes do not depend on the kernels of LAPACK and BLAS.
    """
    with threadpool_limits(1, "blas"):  # probes are fitted beside it
        turned = multiply(images.activations, round_to_step(rotation)).astype(np.float32)
    return Images(turned, images.classes, images.concepts)


def shuffle(images: Images, rng: np.random.Generator) -> Images:
    """The same images, each with the activations of another one: no column has to do with class or shape."""
    return Images(images.activations[rng.permutation(len(images.classes))], images.classes, images.concepts)


def choose_pixels(images_train: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Up to `count` pixels, ascending, of those that differ between the images `(n, ...)` uint8 that train."""
    values = images_train[:CHOICE_IMAGES].reshape(min(len(images_train), CHOICE_IMAGES), -1)
    live = np.flatnonzero(values.max(axis=0) > values.min(axis=0))
    if not len(live):  # blank images: one stands for all
        live = np.array([0])
    return np.sort(np.random.default_rng(seed).choice(live, min(count, len(live)), replace=False))


Parts = tuple[Images, Images, Images]  # that trained, held out, test


def find_controls(
    nodes: Parts, others: Mapping[str, Iterable[Parts]], n_classes: int, max_classes: int, rotations: int, seed: int
) -> dict[str, list[dict[str, Found]]]:
    """The search for sentences on what nodes are held against: for each source, a search or several.

    nodes : the activations of the trained network; "rotated" and "shuffled" are made of them, with `seed`. others :
    what is given, such as "untrained", networks drawn anew, and "pixels"; may be made one by one, as they are searched.
    Of each, the first `CONTROL_COLUMNS` columns are searched.
    """
    few = (nodes[0].first(CHOICE_IMAGES), nodes[1].first(LENGTH_IMAGES), nodes[2])
    rng, n_hidden = np.random.default_rng([seed, 0]), nodes[0].activations.shape[1]
    rotated = (
        _of_each(few, rotate, random_rotation(n_hidden, seed, number + 1)[:, :CONTROL_COLUMNS])
        for number in range(rotations)
    )
    shuffled = (_of_each(few, shuffle, rng) for _ in range(1))
    sources: dict[str, Iterable[Parts]] = {"rotated": rotated, **others, "shuffled": shuffled}
    return {
        source: [
            find_sentences(*_of_each(parts, take_columns, CONTROL_COLUMNS), n_classes, max_classes)
            for parts in searches
        ]
        for source, searches in sources.items()
    }


def _of_each(parts: Parts, change: Callable[[Images, Any], Images], how: Any) -> Parts:
    return change(parts[0], how), change(parts[1], how), change(parts[2], how)


def take_columns(images: Images, count: int) -> Images:
    """The same images with the first `count` columns of their activations."""
    return Images(images.activations[:, :count], images.classes, images.concepts)


def tabulate_controls(found: Mapping[str, Sequence[Mapping[str, Found]]], least_auc: float) -> pd.DataFrame:
    """How many columns of each source are described, by kind of sentence, on test images.

    found : of each source, such as "nodes" or "rotated", the searches, each as `find_sentences` gives them.
    Columns: `source sentences searches columns share share_low share_high median median_low median_high`. `share` of
    columns with a test AUC of at least `least_auc`, with its exact binomial interval; `median` of the test AUC, with
    the interval between order statistics, which assumes no distribution. Both take the columns of all searches as
    drawn one by one; those of one network are not quite that. A sentence without test images counts as not described.
    """
    rows = []
    for source, searches in found.items():
        for kind in KINDS:
            reached = np.concatenate([search[kind].auc for search in searches]) if searches else np.array([])
            if not len(reached):
                continue
            described = int((reached >= least_auc).sum())
            low, high = binomial_interval(described, len(reached))
            ordered = np.sort(reached[~np.isnan(reached)])
            middle = (float(np.median(ordered)), *median_interval(ordered)) if len(ordered) else (np.nan,) * 3
            share = described / len(reached)
            rows.append((source, kind, len(searches), len(reached), share, float(low), float(high), *middle))
    columns = "source sentences searches columns share share_low share_high median median_low median_high"
    return pd.DataFrame(rows, columns=columns.split())


def median_interval(ordered: np.ndarray) -> tuple[float, float]:
    """Low and high end of the median of what ascending values `(n,)` were drawn from: order statistics.

    Exact and free of a distribution (Thompson 1936); NaN for fewer than six, of which not even the ends reach 95 %.
    """
    n, tail = len(ordered), (1 - LEVEL) / 2
    below = np.count_nonzero(bdtr(np.arange(n // 2), n, 0.5) <= tail)  # values that may be left out at either end
    if not below:
        return np.nan, np.nan
    return float(ordered[below - 1]), float(ordered[n - below])
