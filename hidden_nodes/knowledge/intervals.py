"""How far a figure can be trusted: 95 % intervals for a share, a mean, and what is resampled."""

from collections.abc import Callable

import numpy as np
from scipy.special import betaincinv, stdtrit

LEVEL = 0.95
NORMAL_QUANTILE = 1.959963984540054  # standard errors that a 95 % interval reaches to either side
RESAMPLES = 1000

Interval = tuple[float, float]


def binomial_interval(successes: np.ndarray | int, trials: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of a probability, in [0, 1], from how often it came true: exact (Clopper and Pearson 1934)."""
    hits, misses = np.asarray(successes, float), np.asarray(trials, float) - successes
    tail = (1 - LEVEL) / 2
    # The beta distribution wants parameters above 0; where there is no hit, or no miss, the end is known.
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1), misses + 1, tail), 0)
    high = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1), 1 - tail), 1)
    return low, high


def mean_interval(values: np.ndarray) -> Interval:
    """Low and high end of the mean of what `values` `(n,)` were drawn from (Student 1908); NaN for fewer than two."""
    if len(values) < 2:
        return np.nan, np.nan
    reach = stdtrit(len(values) - 1, (1 + LEVEL) / 2) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - reach), float(np.mean(values) + reach)


def bootstrap_interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator
) -> Interval:
    """Low and high end of a statistic of `values` `(n, ...)`: quantiles of 1,000 resamples (Efron 1979).

    statistic : of resamples `(resamples, n, ...)`, one number each. A resample that has none (NaN) is left out;
    where fewer than half have one, the interval is NaN.
    """
    drawn = statistic(values[rng.integers(len(values), size=(RESAMPLES, len(values)))])
    known = drawn[np.isfinite(drawn)]
    if len(known) < RESAMPLES / 2:
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
