"""Accuracy against the number of pixels kept, a curve a ranking: the results of `sweeps/pixels.yaml` and its like."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.style import new_figure, plural, save_figure
from hidden_nodes.tables import write_csv
from sweep.grid import Trial
from sweep.scores import PICTURES, half_width

RANKING, PIXELS = "retrain_selected.ranking", "retrain_selected.pixels"  # what such a sweep varies
VAL, TEST = "selected_val_accuracy", "selected_accuracy"  # rankings are compared by the first
COLUMNS = ["experiment", "dataset", "ranking", "pixels", "seed", VAL, TEST]


def is_of_pixels(trials: list[Trial]) -> bool:
    """Whether it is a contest of rankings: every trial says which ranking, and how many pixels."""
    return all({RANKING, PIXELS} <= set(trial) for trial in trials)


def collect_pixels(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a network that was trained on selected pixels, with COLUMNS, by ranking, pixels and seed.

    rows : as `dvc.api.exp_show` gives them.
    """
    table = pd.DataFrame(rows).rename(columns={"Experiment": "experiment", RANKING: "ranking", PIXELS: "pixels"})
    if not set(COLUMNS) <= set(table):
        return pd.DataFrame(columns=COLUMNS)
    table = table[COLUMNS].dropna(subset=[TEST]).astype({"pixels": int, "seed": int, VAL: float, TEST: float})
    return table.sort_values(["ranking", "pixels", "seed"], ignore_index=True)


def summarize_pixels(table: pd.DataFrame) -> pd.DataFrame:
    """A row a number of pixels and ranking, means over seeds, with Student's intervals; the best by VAL first.

    Columns `pixels ranking seeds val_accuracy val_low val_high test_accuracy test_low test_high`.
    """
    summary = table.groupby(["pixels", "ranking"], as_index=False).agg(seeds=("seed", "size"))
    for name, metric in (("val", VAL), ("test", TEST)):
        values = table.groupby(["pixels", "ranking"])[metric]
        mean, half = values.mean().to_numpy(), half_width(values.std().reset_index(drop=True), summary["seeds"])
        summary = summary.assign(**{f"{name}_accuracy": mean, f"{name}_low": mean - half, f"{name}_high": mean + half})
    order = ["pixels", "val_accuracy"]
    return summary.sort_values(order, ascending=[True, False], kind="stable", ignore_index=True)


def choose_best(summary: pd.DataFrame) -> pd.DataFrame:
    """Of each number of pixels the ranking that is best on the held-out images."""
    return summary.drop_duplicates("pixels", ignore_index=True)


def describe_best(best: pd.Series) -> str:
    """A row of `choose_best` in words: "50 pixels: forest_spread, test accuracy 95.22 % (...)"."""
    low, high = (100 * best[f"test_{end}"] for end in ("low", "high"))
    interval = f"95 % interval {low:.2f} to {high:.2f} %"
    over = "1 seed" if best["seeds"] == 1 else f"{interval}, {best['seeds']} seeds"
    accuracy = f"test accuracy {100 * best['test_accuracy']:.2f} % ({over})"
    return f"{plural(best['pixels'], 'pixel')}: {best['ranking']}, {accuracy}"


def draw_pixels(summary: pd.DataFrame) -> Figure:
    """A line a ranking on the held-out images, with intervals; and of the best ones the accuracy on the test images."""
    figure = new_figure("Which pixels are worth keeping?", 10, 6)
    axes = figure.subplots()
    rankings = summary.groupby("ranking")["val_accuracy"].mean().sort_values(ascending=False).index
    for ranking, style in zip(rankings, styles_of(len(rankings)), strict=True):
        rows = summary[summary["ranking"] == ranking].sort_values("pixels")
        half = 100 * (rows["val_high"] - rows["val_accuracy"]).fillna(0)
        axes.errorbar(
            rows["pixels"], 100 * rows["val_accuracy"], half, color=style.colour, marker=style.mark, capsize=3,
            linewidth=2, markersize=7, label=ranking,
        )  # fmt: skip
    best = choose_best(summary)
    axes.plot(
        best["pixels"], 100 * best["test_accuracy"], "o", markersize=14, fillstyle="none", color="black",
        markeredgewidth=1.5, label="the best one,\non the test images",
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(sorted(summary["pixels"].unique()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    means = "mean and 95 % interval\nover seeds" if summary["seeds"].max() > 1 else "one seed"
    axes.set(xlabel="Pixels (log scale)", ylabel="Accuracy on the held-out images (%)")
    axes.set_ylim(top=100)
    axes.grid(color="0.9")
    axes.legend(title=f"Ranking: {means}", loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


def write_pixels(table: pd.DataFrame, name: str) -> None:
    """Write the table, its figure and its summary to `plots/NAME/`; the directory is replaced as a whole.

    Raises
    ------
    BadInput
        If the table is empty, or of several data sets, whose accuracies do not compare.
    """
    if table.empty:
        raise BadInput(f"no experiment with '{TEST}' was found: the sweep must run the stage retrain_selected")
    datasets = table["dataset"].unique()
    if len(datasets) > 1:
        raise BadInput(f"rankings compare on one data set. Found {', '.join(datasets)}.")
    directory = PICTURES / name
    summary = summarize_pixels(table)
    with atomic_outputs(directory) as (part,):
        write_csv(table, part / "results.csv")
        write_csv(summary, part / "summary.csv")
        save_figure(draw_pixels(summary), part / "results.png", f"{datasets[0]}, {len(table)} networks")
    print(summary.to_string(index=False))
    print(f"{directory}/: results.png, results.csv and summary.csv of {len(table)} networks")
    for _, best in choose_best(summary).iterrows():
        print(f"best by validation accuracy, {describe_best(best)}")
