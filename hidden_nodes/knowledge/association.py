"""Whether two measures of the nodes go together: rank correlations, with intervals and what limits them."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.intervals import bootstrap_interval
from hidden_nodes.knowledge.ranks import rank_columns

LEAST_SHARE = 1e-9  # of a measure's variance that the covariates must leave


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Rank correlation of two measures `(n,)`, in [-1, 1]; NaN where one has the same value throughout."""
    return float(rank_correlations(np.stack([x, y], axis=1)[None])[0])


def partial_spearman(x: np.ndarray, y: np.ndarray, covariates: np.ndarray) -> float:
    """Rank correlation of `x` and `y` once the ranks of `covariates` `(n, any)` are held fixed, in [-1, 1].

    It is the correlation of what linear regression on the covariates' ranks leaves of the ranks of each. NaN where it
    leaves nothing of one, or where there are not two values more than covariates.
    """
    return float(rank_correlations(np.column_stack([x, y, covariates])[None])[0])


def rank_correlations(samples: np.ndarray) -> np.ndarray:
    """Rank correlation of the first two columns of each sample `(samples, n, 2 and more)`, given the other columns."""
    n, columns = samples.shape[1:]
    if n < columns + 1:
        return np.full(len(samples), np.nan)
    ranks = rank_columns(samples) - (n + 1) / 2
    norms = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    ranks = np.divide(ranks, norms, out=np.zeros_like(ranks), where=norms > 0)
    correlations = ranks.transpose(0, 2, 1) @ ranks
    pair, cross, given = correlations[:, :2, :2], correlations[:, :2, 2:], correlations[:, 2:, 2:]
    left = pair - cross @ np.linalg.pinv(given, hermitian=True) @ cross.transpose(0, 2, 1)
    scale = left[:, 0, 0] * left[:, 1, 1]
    known = (left[:, 0, 0] > LEAST_SHARE) & (left[:, 1, 1] > LEAST_SHARE)
    found = np.divide(left[:, 0, 1], np.sqrt(np.maximum(scale, 0)), out=np.full(len(samples), np.nan), where=known)
    return np.clip(found, -1, 1)


def split_halves(measure: Callable[[np.ndarray], np.ndarray], images: int, rng: np.random.Generator) -> np.ndarray:
    """A measure of the nodes on either half of the images, split at random: `(n_hidden, 2)`.

    measure : takes the numbers of the images to use, returns `(n_hidden,)`. The rank correlation of both is the
    measure's split-half reliability: no other measure can be expected to go together with it much better.
    """
    shuffled = rng.permutation(images)
    halves = np.sort(shuffled[: images // 2]), np.sort(shuffled[images // 2 :])
    return np.stack([measure(half) for half in halves], axis=1)


def tabulate_relations(
    information: np.ndarray,
    ablation_loss: np.ndarray,
    covariates: np.ndarray,
    information_halves: np.ndarray,
    ablation_loss_halves: np.ndarray,
    live: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Knowing against mattering, over the live nodes: columns `relation nodes spearman low high`.

    information, ablation_loss : `(n_hidden,)`; covariates : `(n_hidden, any)`, activation scale and outgoing norm;
    the halves : `(n_hidden, 2)`, of `split_halves`; live : which nodes count `(n_hidden,)`. Intervals are bootstrap
    ones, over nodes. NaN where too few nodes live.
    """
    pair = np.stack([information, ablation_loss], axis=1)
    relations = {
        "information and ablation loss": pair,
        "information and ablation loss, given scale and norm": np.hstack([pair, covariates]),
        "information, split halves": information_halves,
        "ablation loss, split halves": ablation_loss_halves,
    }
    rows = []
    for relation, columns in relations.items():
        values = columns[live]
        found = rank_correlations(values[None])[0]
        low, high = bootstrap_interval(values, rank_correlations, rng) if np.isfinite(found) else (np.nan, np.nan)
        rows.append({"relation": relation, "nodes": len(values), "spearman": found, "low": low, "high": high})
    return pd.DataFrame(rows)
