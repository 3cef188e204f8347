"""What the searches of `sweeps/nodes_tpe.yaml` found beside random trials of the grid of `sweeps/nodes.yaml`."""

from math import comb

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.intervals import mean_interval

VAL, TEST = "val_accuracy", "test_accuracy"
STEPS = [10, 20, 30]  # trials after which both are compared


def best_of_random(grid: pd.DataFrame, trials: int) -> pd.Series:
    """The expected VAL of the best of `trials` random ones of a grid, none twice, and the expected TEST of that one.

    Exact: the best is a certain value if all of the chosen ones are at most that, and not all of them less; of equally
    good ones each is as likely.
    """
    values = np.sort(grid[VAL].to_numpy())
    by_value = grid.groupby(VAL)[TEST].mean()
    all_choices = comb(len(values), trials)
    probabilities = []
    for value in by_value.index:
        most, less = (int(np.searchsorted(values, value, side)) for side in ("right", "left"))
        probabilities.append((comb(most, trials) - comb(less, trials)) / all_choices)
    return pd.Series({VAL: np.dot(probabilities, by_value.index), TEST: np.dot(probabilities, by_value)})


def best_of_search(proposals: pd.DataFrame, trials: int) -> pd.DataFrame:
    """For each sampler seed, VAL and TEST of the best of its first `trials` by VAL, the first of equal ones."""
    first = proposals[proposals["trial"] <= trials].dropna(subset=[VAL])
    return first.sort_values(VAL, ascending=False, kind="stable").groupby("sampler_seed")[[VAL, TEST]].first()


def common_length(proposals: pd.DataFrame) -> int:
    """How many of their first trials all searches have run."""
    missing = proposals[proposals[VAL].isna()]["trial"]
    return int(missing.min() - 1 if len(missing) else proposals.groupby("sampler_seed")["trial"].max().min())


def compare(proposals: pd.DataFrame, grid: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row a number of trials: searches, with intervals, and random trials; then the whole grid."""
    length, rows = common_length(proposals), []
    for trials in sorted({step for step in STEPS if step < length} | {length}):
        found, control = best_of_search(proposals, trials), best_of_random(grid, trials)
        searched = [_with_interval(found[name]) for name in (VAL, TEST)]
        random = [f"{100 * control[name]:.2f}" for name in (VAL, TEST)]
        rows.append([str(trials), searched[0], random[0], searched[1], random[1]])
    whole = best_of_random(grid, len(grid))
    rows.append([f"{len(grid)}, the whole grid", "", f"{100 * whole[VAL]:.2f}", "", f"{100 * whole[TEST]:.2f}"])
    headings = ["Trials", "Validation accuracy (%): TPE", "random", "Test accuracy (%): TPE", "random"]
    return headings, rows


def in_words(proposals: pd.DataFrame, grid: pd.DataFrame, budget: int) -> str:
    """How many searches have run how far, and whether they found more than as many random trials of the grid."""
    length = common_length(proposals)
    searches, networks = proposals["sampler_seed"].nunique(), proposals.dropna(subset=[VAL])["experiment"].nunique()
    run = f"{searches} searches of {length} trials each"
    if length < budget:
        run += f" (of {budget}: the others have not run yet)"
    found, control = best_of_search(proposals, length), best_of_random(grid, length)
    said = [
        f"on the {images} images {_tell(found[name] - control[name])}"
        for name, images in ((VAL, "validation"), (TEST, "test"))
    ]
    return (
        f"{run}, {networks} networks in all. Compared with the best of as many random trials of the grid, the best of "
        f"a search is {', and '.join(said)}."
    )


def _with_interval(shares: pd.Series) -> str:
    """The mean in percent, and half the width of its interval."""
    low, high = mean_interval(shares.to_numpy())
    return f"{100 * shares.mean():.2f} ± {100 * (high - low) / 2:.2f}"


def _tell(differences: pd.Series) -> str:
    """What the mean of some differences says, if its interval permits it."""
    mean, (low, high) = differences.mean(), mean_interval(differences.to_numpy())
    interval = f"({100 * mean:+.2f} points, {100 * low:+.2f} to {100 * high:+.2f})"
    if low <= 0 <= high:
        return f"neither better nor worse, as far as {len(differences)} searches tell {interval}"
    return f"{'better' if mean > 0 else 'worse'} {interval}"
