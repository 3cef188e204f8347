"""What explains accuracy in a sweep: which parameter how much, and what the best setting is better than.

Only for full grids, every combination with the same seeds: there the parts of the variance add up exactly. They are
those of the values that were swept, and of no others: wider ranges of a parameter make it explain more.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student_t
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from hidden_nodes.knowledge.jackknife import jackknife
from sweep.grid import Trial
from sweep.scores import CHOSEN_BY, CONFIDENCE

METRIC = "test_accuracy"
SEED = "seed"


def tabulate_grid(named: Mapping[str, Trial], accuracies: pd.DataFrame) -> pd.DataFrame | None:
    """A row a trial: the parameters that vary, `seed val_accuracy test_accuracy`; None unless the grid is full.

    accuracies : columns `experiment val_accuracy test_accuracy`, of the trials that have run. A grid is full if some
    parameter beside the seed has several values, and each combination has run with the same seeds, two or more.
    """
    trials = pd.DataFrame.from_dict(named, orient="index").rename_axis("experiment").reset_index()
    if SEED not in trials or trials.isna().any(axis=None):
        return None
    levels = {name: len(trials[name].astype(str).unique()) for name in trials.columns[1:]}
    varied = [name for name, count in levels.items() if name != SEED and count > 1]
    if not varied or "dataset" in varied or levels[SEED] == 1:  # accuracies of several data sets do not compare
        return None
    table = trials[["experiment", *varied, SEED]].merge(accuracies[["experiment", CHOSEN_BY, METRIC]], on="experiment")
    repeated = table[[*varied, SEED]].astype(str).duplicated().any()
    is_full = len(table) == len(trials) == math.prod(levels.values()) and not repeated
    return table.drop(columns="experiment").dropna() if is_full else None


def explain_variance(table: pd.DataFrame) -> pd.DataFrame:
    """Analysis of variance of the test accuracy: columns `term share low high degrees f p_value`.

    table : as `tabulate_grid` gives it. A term is a parameter, an interaction of parameters ("a x b"), or "seed": what
    differs between seeds at the same values, the residual. share : of the sum of squares; its interval is a jackknife
    over seeds. f, p_value : of the hypothesis that a term explains nothing; they take the residual's variance to be the
    same everywhere.
    """
    parameters, seeds = _parameters(table), sorted(table[SEED].unique())
    parts = _analyse(table, parameters)

    def shares(chosen: Sequence[int]) -> dict[str, float]:
        squares = _analyse(table[table[SEED].isin([seeds[number] for number in chosen])], parameters)["sum_sq"]
        return (squares / squares.sum()).to_dict()

    intervals = jackknife(shares, len(seeds)).rename(columns={"figure": "term", "mean": "share"}).set_index("term")
    tests = parts.drop(columns="sum_sq").rename(columns={"df": "degrees", "F": "f", "PR(>F)": "p_value"})
    return intervals.join(tests).reset_index()


def _analyse(table: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """Of each term its `df sum_sq F PR(>F)`, with all interactions; in a full grid their order makes no difference."""
    short = {name: f"p{number}" for number, name in enumerate(parameters)}  # names with dots are no formula's
    values = table[list(parameters)].astype(str).rename(columns=short).assign(accuracy=table[METRIC])
    found = anova_lm(ols(f"accuracy ~ {' * '.join(short.values())}", values).fit())
    long = {shortened: name for name, shortened in short.items()} | {"Residual": SEED}
    terms = [" x ".join(long[part] for part in term.split(":")) for term in found.index]
    return found[["df", "sum_sq", "F", "PR(>F)"]].set_axis(terms)


def compare_to_best(table: pd.DataFrame) -> pd.DataFrame:
    """How much more accurate the best setting is than each other one: the parameters, then `seeds difference low high`.

    The best is chosen by its mean validation accuracy, the first of equal ones; differences are those of the test
    accuracy, seed by seed, with Student's intervals that hold all at once (Bonferroni). The best comes first, with no
    difference; the others follow by validation accuracy.
    """
    parameters = _parameters(table)
    wide = table.pivot_table(index=parameters, columns=SEED, values=METRIC, sort=False)
    order = table.groupby(parameters, sort=False)[CHOSEN_BY].mean().sort_values(ascending=False, kind="stable").index
    wide = wide.loc[order]
    differences = wide.iloc[0] - wide
    seeds, others = len(wide.columns), len(wide) - 1
    tail = (1 - CONFIDENCE) / 2 / others
    half = differences.std(axis=1) / np.sqrt(seeds) * student_t.ppf(1 - tail, seeds - 1)
    mean = differences.mean(axis=1)
    found = pd.DataFrame({"seeds": seeds, "difference": mean, "low": mean - half, "high": mean + half})
    return found.reset_index()


def _parameters(table: pd.DataFrame) -> list[str]:
    return [name for name in table if name not in (SEED, CHOSEN_BY, METRIC)]


def describe_variance(variance: pd.DataFrame) -> str:
    """Which term explains most, in a sentence; none but the shares where intervals leave that open."""
    shares = ", ".join(
        f"{row.term} {_percent(row.share, row.low, row.high)}" for row in variance.itertuples(index=False)
    )
    parts = variance.sort_values("share", ascending=False, kind="stable")
    clear = parts["low"].iloc[0] > parts["high"].iloc[1:].max()
    most = f"{parts['term'].iloc[0]} explains most" if clear else "which explains most, these seeds do not tell"
    return f"of the variance of test accuracy, for the swept values only: {shares}; {most}"


def _percent(share: float, low: float, high: float) -> str:
    ends = [min(max(100 * end, 0), 100) for end in (low, high)]
    return f"{100 * share:.1f} %" + ("" if np.isnan(low) else f" ({ends[0]:.1f} to {ends[1]:.1f})")


def describe_differences(differences: pd.DataFrame) -> str:
    """Of how many settings the intervals say that the best one is better on the test images, and of how many worse."""
    others = differences.iloc[1:]
    better, worse = int((others["low"] > 0).sum()), int((others["high"] < 0).sum())
    untold = len(others) - better - worse
    sentence = f"on the test images, seed by seed, the best setting is better than {better} of {len(others)} others"
    if worse:
        sentence += f", worse than {worse}"
    return f"{sentence}; from {untold} these seeds do not tell it (95 % intervals that hold all at once)"
