"""Accuracy against the number of hidden nodes, by whatever else differs, with the range over seeds; and the best."""

from collections.abc import Mapping
from typing import Any

import dvc.api
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.paths import EVALUATE_METRICS
from hidden_nodes.plotting.classes import CLASS_STYLES, styles_of
from hidden_nodes.plotting.style import new_figure, plural, save_figure
from hidden_nodes.tables import write_csv
from sweep.scores import CHOSEN_BY, PICTURES, SCORES, half_width

NETWORK = ["dataset", "validation", "train"]  # parameters that make another network of as many nodes
COLUMNS = ["experiment", "dataset", "hidden", "settings", "seed", *SCORES]
MAX_LINES = len(CLASS_STYLES)  # as many colours and marks there are


def collect(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a network that was evaluated, with COLUMNS, by settings, hidden and seed.

    rows : as `dvc.api.exp_show` gives them, newest first. Of several runs of the same network the newest counts.
    settings : what sets the network apart from the others here, apart from its nodes and seed; empty if nothing does.
    """
    table = pd.DataFrame(rows).rename(columns={"Experiment": "experiment"})
    if not {"hidden", "seed", CHOSEN_BY, "test_accuracy"} <= set(table):
        return pd.DataFrame(columns=COLUMNS)
    own = [name for name in table if name in NETWORK or name.startswith("train.")]
    table = table.dropna(subset=["hidden", "test_accuracy"]).drop_duplicates(["hidden", "seed", *own])
    varied = [name for name in own if len(table[name].unique()) > 1]
    table["settings"] = [_describe_settings(varied, values) for values in table[varied].to_numpy(dtype=object)]
    table = table.reindex(columns=COLUMNS).astype(
        {"hidden": int, "seed": int, CHOSEN_BY: float, "test_accuracy": float}
    )
    return table.sort_values(["settings", "hidden", "seed"], ignore_index=True)


def _describe_settings(names: list[str], values: np.ndarray) -> str:
    """Such as "activation relu, l2 0.01"."""
    shown = [f"{value:g}" if isinstance(value, float) else value for value in values]
    return ", ".join(f"{name.removeprefix('train.')} {value}" for name, value in zip(names, shown, strict=True))


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each of the settings and numbers of nodes, means over its seeds, the best validation accuracy first.

    `test_low` and `test_high` are the interval of Student's t, at CONFIDENCE, around the mean test accuracy; they are
    missing where there is a single seed.
    """
    groups = table.groupby(["settings", "hidden"], as_index=False)
    summary = groups.agg(
        seeds=("seed", "size"), val_accuracy=(CHOSEN_BY, "mean"), test_accuracy=("test_accuracy", "mean"),
        deviation=("test_accuracy", "std"),
    )  # fmt: skip
    half = half_width(summary.pop("deviation"), summary["seeds"])
    summary = summary.assign(test_low=summary["test_accuracy"] - half, test_high=summary["test_accuracy"] + half)
    return summary.sort_values(CHOSEN_BY, ascending=False, kind="stable", ignore_index=True)


def describe_best(best: pd.Series) -> str:
    """The first row of `summarize` in words: "256 nodes, activation tanh: test accuracy 97.1 % (...)"."""
    settings = f", {best['settings']}" if best["settings"] else ""
    interval = f"95 % interval {100 * best['test_low']:.2f} to {100 * best['test_high']:.2f} %"
    over = "1 seed" if best["seeds"] == 1 else f"{interval}, {best['seeds']} seeds"
    return f"{plural(best['hidden'], 'node')}{settings}: test accuracy {100 * best['test_accuracy']:.2f} % ({over})"


def draw_accuracy(table: pd.DataFrame, best: pd.Series | None) -> Figure:
    """A line for each of the settings over a logarithmic axis of nodes, those with most networks first.

    best : the row of `summarize` that is marked, if any.

    Where there are several seeds the line is their mean, and the band reaches from the worst to the best.
    """
    figure = new_figure("How many hidden nodes does it take?", 10, 5.5)
    axes = figure.subplots()
    common = list(table["settings"].value_counts(sort=True).index[:MAX_LINES])
    shown = table[table["settings"].isin(common)].assign(percent=lambda rows: 100 * rows["test_accuracy"])
    styles = styles_of(len(common))
    sns.lineplot(
        shown, x="hidden", y="percent", hue="settings", hue_order=common, style="settings", style_order=common,
        palette=[style.colour for style in styles], markers=[style.mark for style in styles], dashes=False,
        errorbar=("pi", 100), linewidth=2, markersize=8, ax=axes, legend=False if common == [""] else "auto",
    )  # fmt: skip
    if best is not None:
        axes.plot(
            best["hidden"], 100 * best["test_accuracy"], "o", markersize=17, fillstyle="none", color="black",
            markeredgewidth=1.5, label="best validation accuracy",
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(2 ** np.arange(0, np.log2(table["hidden"].max()) + 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    summary = "mean, and range over seeds" if shown.duplicated(["hidden", "settings"]).any() else "test images"
    axes.set(xlabel="Hidden nodes (log scale)", ylabel=f"Test accuracy (%; {summary})", ylim=(0, 101))
    axes.grid(color="0.9")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(title=None if common == [""] else "Settings that differ", loc="lower right")
    return figure


def write_results(table: pd.DataFrame, name: str, further: Mapping[str, pd.DataFrame] | None = None) -> None:
    """Write the table, its figure and its summary to `plots/NAME/`; the directory is replaced as a whole.

    further : tables that are written beside them, by the names of their files.

    Raises
    ------
    BadInput
        If the table is empty.
    """
    if table.empty:
        raise BadInput(f"no experiment with {EVALUATE_METRICS} was found: `dvc exp run` makes one")
    directory = PICTURES / name
    summary = summarize(table)
    best = summary.iloc[0] if len(table["dataset"].unique()) == 1 else None
    with atomic_outputs(directory) as (part,):
        write_csv(table, part / "results.csv")
        write_csv(summary, part / "summary.csv")
        for file, content in (further or {}).items():
            write_csv(content, part / f"{file}.csv")
        data = [*table["dataset"].dropna().unique(), f"{len(table)} networks"]
        save_figure(draw_accuracy(table, best), part / "results.png", ", ".join(data))
    print(table.to_string(index=False))
    print(f"{directory}/: results.png, results.csv and summary.csv of {len(table)} networks")
    if best is None:
        print("no best one: the accuracies of several data sets cannot be compared")
    else:
        print(f"best by validation accuracy: {describe_best(best)}")


def read_experiments(commit: str | None, names: set[str]) -> list[dict[str, Any]]:
    """The rows of the experiments `names` on a commit; without a commit, of all that DVC knows of."""
    if commit is None:
        return [without_files(row) for row in dvc.api.exp_show(num=-1)]
    return [row for row in dvc.api.exp_show(revs=[commit]) if row.get("Experiment") in names]


def without_files(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose names are without the files that DVC puts before those that several files have, in any commit."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        short = name.rpartition(":")[2]
        if found.get(short) is None:
            found[short] = value
    return found
