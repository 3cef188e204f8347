"""Accuracy against the number of hidden nodes, from every experiment that DVC knows of: `make nodes`."""

from pathlib import Path
from typing import Any

import dvc.api
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from stages.common.errors import BadInput, run
from stages.common.figures import CLASS_COLOURS, CLASS_MARKS, new_figure, save_figure
from stages.common.files import complete, write_csv

RESULT = Path("plots/nodes")
NETWORK = ["dataset", "validation", "seed", "train"]  # parameters that make another network of as many nodes
LINES = 10  # colours and marks there are


def collect(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a network that was evaluated: `hidden accuracy settings`, by settings and hidden.

    rows : as `dvc.api.exp_show` gives them, newest first. Of several runs of the same network the newest counts.
    settings : what sets the network apart from the others here, apart from its nodes; empty if nothing does.
    """
    table = pd.DataFrame(rows)
    for column in ("hidden", "metrics/evaluate.json:accuracy"):
        if column not in table:
            return pd.DataFrame(columns=["hidden", "accuracy", "settings"])
    own = [name for name in table if name in NETWORK or name.startswith("train.")]
    table = table.rename(columns={"metrics/evaluate.json:accuracy": "accuracy"})[["hidden", "accuracy", *own]]
    table = table.dropna(subset=["hidden", "accuracy"]).drop_duplicates(["hidden", *own])
    varied = [name for name in own if len(table[name].unique()) > 1]
    table["settings"] = [
        ", ".join(
            f"{name.removeprefix('train.')} {f'{value:g}' if isinstance(value, float) else value}"
            for name, value in zip(varied, values, strict=True)
        )
        for values in table[varied].to_numpy(dtype=object)
    ]
    table = table.astype({"hidden": int, "accuracy": float})[["hidden", "accuracy", "settings"]]
    return table.sort_values(["settings", "hidden"], ignore_index=True)


def draw_accuracy(table: pd.DataFrame) -> Figure:
    """A line for each of the settings over a logarithmic axis of nodes; the settings with most networks first."""
    figure = new_figure("How many hidden nodes does it take?", 10, 5.5)
    axes = figure.subplots()
    common = table["settings"].value_counts(sort=True).index[:LINES]
    for number, settings in enumerate(common):
        line = table[table["settings"] == settings]
        axes.plot(
            line["hidden"], 100 * line["accuracy"], marker=CLASS_MARKS[number], color=CLASS_COLOURS[number],
            linewidth=2, markersize=7, label=settings or "test images",
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(2 ** np.arange(0, np.log2(table["hidden"].max()) + 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set(xlabel="Hidden nodes (log scale)", ylabel="Test accuracy (%)", ylim=(0, 101))
    axes.grid(color="0.9")
    axes.legend(title="Settings that differ" if common[0] or len(common) > 1 else None, loc="lower right")
    return figure


def main() -> None:
    table = collect(dvc.api.exp_show(revs=None, num=-1))
    if table.empty:
        raise BadInput("no experiment has been run yet: `make repro` runs the first. Found no metrics/evaluate.json.")
    with complete(RESULT) as (directory,):
        write_csv(table, directory / "nodes.csv")
        save_figure(draw_accuracy(table), directory / "nodes.png", f"{len(table)} networks")
    print(table.to_string(index=False))
    print(f"{RESULT}/nodes.png and nodes.csv: {len(table)} networks")


if __name__ == "__main__":
    run(main)
