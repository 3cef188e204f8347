"""Intervals of what is measured on pairs of networks: each network in turn is left out.

Pairs that share a network are not independent, so an interval over pairs is too narrow; and a bootstrap draws some
network twice, pairs it with itself, and finds too much agreement. Whoever is left out is in no pair.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from hidden_nodes.knowledge.intervals import LEVEL

LEAST_NETWORKS = 3  # fewer leave no pair without one of them


def jackknife(statistics: Callable[[Sequence[int]], Mapping[str, float]], networks: int) -> pd.DataFrame:
    """Statistics of `networks` networks with 95 % intervals: delete-one jackknife (Tukey 1958), with Student's t.

    statistics : by name, of the networks whose numbers, from 0, it is given. Columns: `figure mean low high`; where the
    statistic is a mean over networks, it is Student's interval. `low` and `high` are NaN for fewer than three networks,
    and where the statistic is NaN without one of them.
    """
    everyone = list(range(networks))
    found = pd.Series(statistics(everyone), dtype=float)
    half = pd.Series(np.nan, found.index)
    if networks >= LEAST_NETWORKS:
        without = pd.DataFrame([statistics(everyone[:left] + everyone[left + 1 :]) for left in everyone])
        variance = (networks - 1) / networks * ((without - without.mean()) ** 2).sum(skipna=False)
        half = stdtrit(networks - 1, (1 + LEVEL) / 2) * np.sqrt(variance)
    table = pd.DataFrame({"mean": found, "low": found - half, "high": found + half})
    return table.rename_axis("figure").reset_index()
