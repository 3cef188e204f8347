"""Accuracy against the number of hidden nodes, by whatever else differs, with the spread over seeds."""

from pathlib import Path
from typing import Any

import dvc.api
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from hidden_nodes.errors import BadInput
from hidden_nodes.plotting.style import CLASS_COLOURS, CLASS_MARKS, new_figure, save_figure
from hidden_nodes.files import atomic_outputs, write_csv

NETWORK = ["dataset", "validation", "train"]  # parameters that make another network of as many nodes
SCORES = ["accuracy", "loss", "rmse", "errors"]  # of the test images
LINES = 10  # colours and marks there are
COLUMNS = ["experiment", "dataset", "hidden", "settings", "seed", *SCORES]


def collect(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a network that was evaluated, with COLUMNS, by settings, hidden and seed.

    rows : as `dvc.api.exp_show` gives them, newest first. Of several runs of the same network the newest counts.
    settings : what sets the network apart from the others here, apart from its nodes and seed; empty if nothing does.
    """
    table = pd.DataFrame(rows).rename(columns={"Experiment": "experiment"})
    table = table.rename(columns={f"metrics/evaluate.json:{name}": name for name in SCORES})
    if not {"hidden", "seed", "accuracy"} <= set(table):
        return pd.DataFrame(columns=COLUMNS)
    own = [name for name in table if name in NETWORK or name.startswith("train.")]
    table = table.dropna(subset=["hidden", "accuracy"]).drop_duplicates(["hidden", "seed", *own])
    varied = [name for name in own if len(table[name].unique()) > 1]
    table["settings"] = [
        ", ".join(
            f"{name.removeprefix('train.')} {f'{value:g}' if isinstance(value, float) else value}"
            for name, value in zip(varied, values, strict=True)
        )
        for values in table[varied].to_numpy(dtype=object)
    ]
    table = table.reindex(columns=COLUMNS).astype({"hidden": int, "seed": int, "accuracy": float, "errors": "Int64"})
    return table.sort_values(["settings", "hidden", "seed"], ignore_index=True)


def draw_accuracy(table: pd.DataFrame) -> Figure:
    """A line for each of the settings over a logarithmic axis of nodes, those with most networks first.

    Where there are several seeds the line is their mean, and the band reaches from the worst to the best.
    """
    figure = new_figure("How many hidden nodes does it take?", 10, 5.5)
    axes = figure.subplots()
    common = list(table["settings"].value_counts(sort=True).index[:LINES])
    shown = table[table["settings"].isin(common)].assign(percent=lambda rows: 100 * rows["accuracy"])
    sns.lineplot(
        shown, x="hidden", y="percent", hue="settings", hue_order=common, style="settings", style_order=common,
        palette=CLASS_COLOURS[: len(common)], markers=CLASS_MARKS[: len(common)], dashes=False, errorbar=("pi", 100),
        linewidth=2, markersize=8, ax=axes, legend=False if common == [""] else "auto",
    )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(2 ** np.arange(0, np.log2(table["hidden"].max()) + 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    spread = "mean, and range over seeds" if shown.duplicated(["hidden", "settings"]).any() else "test images"
    axes.set(xlabel="Hidden nodes (log scale)", ylabel=f"Test accuracy (%; {spread})", ylim=(0, 101))
    axes.grid(color="0.9")
    if common != [""]:
        axes.legend(title="Settings that differ", loc="lower right")
    return figure


def write_results(table: pd.DataFrame, directory: Path, name: str) -> None:
    """Write the table and its figure to `directory`, which is replaced as a whole.

    Raises
    ------
    BadInput
        If the table is empty.
    """
    if table.empty:
        raise BadInput("no experiment with metrics/evaluate.json was found: `make repro` or `make study` runs some")
    with atomic_outputs(directory) as (part,):
        write_csv(table, part / f"{name}.csv")
        data = [*table["dataset"].dropna().unique(), f"{len(table)} networks"]
        save_figure(draw_accuracy(table), part / f"{name}.png", ", ".join(data))
    print(table.to_string(index=False))
    print(f"{directory}/{name}.png and {name}.csv: {len(table)} networks")


def read_experiments(commit: str | None, names: set[str]) -> list[dict[str, Any]]:
    """The rows of the experiments `names` on a commit; without a commit, of all that DVC knows of."""
    if commit is None:
        return list(dvc.api.exp_show(num=-1))
    return [row for row in dvc.api.exp_show(revs=[commit]) if row.get("Experiment") in names]
