"""A metric against a parameter: means over trials, with intervals over seeds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sweep.scores import CHOSEN_BY, half_width

SEED, METRIC = "seed", "test_accuracy"
MOST_LEVELS = 30  # a parameter with more values has no means, a point stands for each trial
MOST_LINES = 10  # as many colours there are


def name_value(value: object) -> str:
    """A parameter's value as it is written."""
    return value if isinstance(value, str) else json.dumps(value)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def list_levels(values: Iterable[Any]) -> list[Any]:
    """The different values of a parameter: numbers ascending, others in the order in which they come."""
    distinct = list({name_value(value): value for value in values}.values())
    return sorted(distinct) if all(map(is_number, distinct)) else distinct


def tabulate_means(
    trials: pd.DataFrame, parameter: str, line: str | None, parameters: Sequence[str], metrics: Sequence[str]
) -> pd.DataFrame:
    """A row a value of `parameter`, and of `line` if one is given, in their order: `trials`, and of each metric its
    `METRIC_mean METRIC_low METRIC_high`.

    trials : a row each that has run, its `parameters` as texts, and its metrics. A mean is taken over everything else
    that varies. Its interval is Student's, over seeds: each seed's mean over the other parameters counts once. It is
    missing where seeds did not all run the same settings, or where there is one seed.
    """
    by = [parameter] if line is None else [parameter, line]
    others = [name for name in parameters if name != SEED]
    groups = trials.groupby(by, sort=False)
    means, counts = groups[list(metrics)].mean(), groups.size()
    table = counts.rename("trials").to_frame()
    half = pd.DataFrame(np.nan, means.index, means.columns)
    if SEED in parameters and SEED not in by:
        settings = trials.groupby(others, sort=False).ngroup()
        seeds = groups[SEED].nunique()
        complete = counts == seeds * settings.groupby([trials[name] for name in by], sort=False).nunique()
        of_seeds = trials.groupby([*by, SEED], sort=False)[list(metrics)].mean().groupby(level=by, sort=False)
        everywhere = groups[list(metrics)].count().eq(counts, axis=0)
        spread = of_seeds.std().reindex(means.index)
        half = spread.apply(half_width, seeds=seeds.where(seeds > 1)).where(everywhere.mul(complete, axis=0))
    for name in metrics:
        table[f"{name}_mean"] = means[name]
        table[f"{name}_low"], table[f"{name}_high"] = means[name] - half[name], means[name] + half[name]
    return table.reset_index()


def choose_setting(trials: pd.DataFrame, parameters: Sequence[str]) -> pd.Series | None:
    """The setting with the best mean of CHOSEN_BY over its seeds: its parameters, `seeds`, `mean low high` of METRIC.

    trials : as for `tabulate_means`; None where these metrics are missing, or where data sets differ.
    """
    settings = [name for name in parameters if name != SEED]
    if not {CHOSEN_BY, METRIC} <= set(trials) or "dataset" in settings or trials.empty:
        return None
    groups = trials.groupby(settings, sort=False) if settings else trials.groupby(lambda _: "")
    table = groups[METRIC].agg(["size", "mean", "std"]).assign(chosen=groups[CHOSEN_BY].mean())
    half = half_width(table["std"], table["size"].where(table["size"] > 1))
    table = table.assign(seeds=table["size"], low=table["mean"] - half, high=table["mean"] + half).reset_index()
    return table.sort_values("chosen", ascending=False, kind="stable").iloc[0][
        [*settings, "seeds", "mean", "low", "high"]
    ]
