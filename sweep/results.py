"""Accuracy against the number of hidden nodes, by whatever else differs, with the range over seeds."""

from pathlib import Path
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
from hidden_nodes.plotting.style import new_figure, save_figure
from hidden_nodes.tables import write_csv

NETWORK = ["dataset", "validation", "train"]  # parameters that make another network of as many nodes
SCORES = ["test_accuracy", "test_loss", "rmse"]  # metrics of `evaluate`; rmse where classes are numbers
COLUMNS = ["experiment", "dataset", "hidden", "settings", "seed", *SCORES]
PICTURES = Path("plots")  # results lie in a directory there, beside those of the stages
MAX_LINES = len(CLASS_STYLES)  # as many colours and marks there are


def collect(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a network that was evaluated, with COLUMNS, by settings, hidden and seed.

    rows : as `dvc.api.exp_show` gives them, newest first. Of several runs of the same network the newest counts.
    settings : what sets the network apart from the others here, apart from its nodes and seed; empty if nothing does.
    """
    table = pd.DataFrame(rows).rename(columns={"Experiment": "experiment"})
    if not {"hidden", "seed", "test_accuracy"} <= set(table):
        return pd.DataFrame(columns=COLUMNS)
    own = [name for name in table if name in NETWORK or name.startswith("train.")]
    table = table.dropna(subset=["hidden", "test_accuracy"]).drop_duplicates(["hidden", "seed", *own])
    varied = [name for name in own if len(table[name].unique()) > 1]
    table["settings"] = [_describe_settings(varied, values) for values in table[varied].to_numpy(dtype=object)]
    table = table.reindex(columns=COLUMNS).astype({"hidden": int, "seed": int, "test_accuracy": float})
    return table.sort_values(["settings", "hidden", "seed"], ignore_index=True)


def _describe_settings(names: list[str], values: np.ndarray) -> str:
    """Such as "activation relu, l2 0.01"."""
    shown = [f"{value:g}" if isinstance(value, float) else value for value in values]
    return ", ".join(f"{name.removeprefix('train.')} {value}" for name, value in zip(names, shown, strict=True))


def draw_accuracy(table: pd.DataFrame) -> Figure:
    """A line for each of the settings over a logarithmic axis of nodes, those with most networks first.

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
    axes.set_xscale("log", base=2)
    axes.set_xticks(2 ** np.arange(0, np.log2(table["hidden"].max()) + 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    summary = "mean, and range over seeds" if shown.duplicated(["hidden", "settings"]).any() else "test images"
    axes.set(xlabel="Hidden nodes (log scale)", ylabel=f"Test accuracy (%; {summary})", ylim=(0, 101))
    axes.grid(color="0.9")
    if common != [""]:
        axes.legend(title="Settings that differ", loc="lower right")
    return figure


def write_results(table: pd.DataFrame, name: str) -> None:
    """Write the table and its figure to `plots/NAME/results.*`; the directory is replaced as a whole.

    Raises
    ------
    BadInput
        If the table is empty.
    """
    if table.empty:
        raise BadInput(f"no experiment with {EVALUATE_METRICS} was found: `dvc exp run` makes one")
    directory = PICTURES / name
    with atomic_outputs(directory) as (part,):
        write_csv(table, part / "results.csv")
        data = [*table["dataset"].dropna().unique(), f"{len(table)} networks"]
        save_figure(draw_accuracy(table), part / "results.png", ", ".join(data))
    print(table.to_string(index=False))
    print(f"{directory}/results.png and results.csv: {len(table)} networks")


def read_experiments(commit: str | None, names: set[str]) -> list[dict[str, Any]]:
    """The rows of the experiments `names` on a commit; without a commit, of all that DVC knows of."""
    if commit is None:
        return list(dvc.api.exp_show(num=-1))
    return [row for row in dvc.api.exp_show(revs=[commit]) if row.get("Experiment") in names]
