"""What nodes know by width, over seeds, each figure beside its controls: results of `sweeps/findings.yaml`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from dvc.api import DVCFileSystem
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter
from tqdm import tqdm

from hidden_nodes import paths
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.plotting.classes import CLASS_STYLES
from hidden_nodes.plotting.style import new_figure, plural, save_figure
from hidden_nodes.tables import write_csv
from sweep.scores import PICTURES, half_width

KEYS = ["dataset", "hidden", "seed"]
METRICS = ["nodes_described", "directions_described", "nodes_for_95", "effective_dimensions"]
SIGNIFICANT = 0.05  # false discovery rate
SHARE = 0.95  # of the accuracy with all nodes

Read = Callable[[str], pd.DataFrame]


def is_of_findings(stages: list[str]) -> bool:
    """Whether a sweep asks what nodes know: it ends with the stage `knowledge`."""
    return stages == ["knowledge"]


def gather_figures(read: Read) -> dict[str, float]:
    """The figures of one trial, from its tables of `data/knowledge/`.

    `..._described`: share that two-part sentences describe; `..._class`: that a class alone does. `random_for_95`: how
    many nodes of random orders, of 1, 2, 4 ..., keep 95 % of the accuracy in the mean. `..._points` are
    percentage points. `test_accuracy` is that of the curves with all nodes: these sweeps do not run `evaluate`.
    """
    share = read("controls").set_index(["sentences", "source"])["share"]
    nodes = read("nodes")
    related = read("relations").set_index("relation")["spearman"]
    probed = read("probes").query("target == 'class'").set_index("source")["value"]
    layers = read("layers").set_index("network")
    curves = read("curves").sort_values("nodes")
    curve = curves.query("order == 'random' and others == 'refitted'")
    enough = curve[curve["accuracy"] >= SHARE * curve["accuracy"].iloc[-1]]
    return {
        "test_accuracy": curves.query("order == 'random' and others == 'mean'")["accuracy"].iloc[-1],
        **{f"{source}_described": share["two_part", source] for source in ("untrained", "pixels", "shuffled")},
        **{f"{source}_class": share["class", source] for source in ("nodes", "rotated", "untrained")},
        "fires_for": nodes["sentence"].str.startswith("fires for").mean(),
        "significant": (nodes["q_value"] < SIGNIFICANT).mean(),
        "largest_ablation_points": nodes["ablation"].max(),
        "largest_information": nodes["mutual_information"].max(),
        "largest_shuffled_information": nodes["mi_shuffled"].max(),
        "dead": nodes["dead"].mean(),
        "knowing_mattering": related["information and ablation loss"],
        "knowing_halves": related["information, split halves"],
        "mattering_halves": related["ablation loss, split halves"],
        **{f"{source}_probe": probed[source] for source in ("hidden", "pixels", "untrained")},
        "random_for_95": enough["nodes"].iloc[0],
        "trained_size": layers.loc["trained", "nodes_for_95"],
        "untrained_size": layers.loc["untrained", "nodes_for_95"],
        "untrained_dimensions": layers.loc["untrained", "effective_dimensions"],
    }


def collect_findings(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A row a trial: `experiment dataset hidden seed`, METRICS, and what `gather_figures` gives.

    rows : as `dvc.api.exp_show` gives them.
    """
    table = pd.DataFrame(rows).rename(columns={"Experiment": "experiment"}).dropna(subset=METRICS)
    found = []
    for row in tqdm(table.to_dict("records"), desc="reading tables", unit="trial", disable=None):
        files = DVCFileSystem(rev=row["experiment"])

        def read(name: str, files: DVCFileSystem = files) -> pd.DataFrame:
            with files.open(str(paths.KNOWLEDGE / f"{name}.csv")) as file:
                return pd.read_csv(file)

        found.append({name: row[name] for name in ("experiment", *KEYS, *METRICS)} | gather_figures(read))
    return pd.DataFrame(found).sort_values(KEYS, ignore_index=True)


def summarize_findings(table: pd.DataFrame) -> pd.DataFrame:
    """A row a data set, width and figure: `dataset hidden figure seeds mean low high`, intervals of Student's t.

    Two figures more: `nodes_minus_rotated` and `trained_minus_untrained_size`, differences taken seed by seed.
    """
    table = table.assign(
        nodes_minus_rotated=table["nodes_described"] - table["directions_described"],
        trained_minus_untrained_size=table["trained_size"] - table["untrained_size"],
    )
    figures = [name for name in table if name not in ("experiment", *KEYS)]
    long = table.melt(["dataset", "hidden"], figures, "figure", "value").dropna(subset=["value"])
    groups = long.groupby(["dataset", "hidden", "figure"], sort=False)["value"]
    summary = groups.agg(seeds="size", mean="mean", deviation="std").reset_index()
    half = half_width(summary.pop("deviation"), summary["seeds"])
    return summary.assign(low=summary["mean"] - half, high=summary["mean"] + half)


# The pictures: title, axis, and of each line its figure with its label. Shares are drawn in percent.
DRAWN = {
    "described": (
        "What share of nodes a sentence describes, and of what is no node", "Described, test AUC of 0.85 or more (%)",
        {"nodes_described": "nodes", "directions_described": "random directions", "untrained_described":
         "untrained nodes", "pixels_described": "single pixels", "shuffled_described": "nodes, shuffled"},
    ),
    "size": (
        "How many nodes keep 95 % of the accuracy, output layer refitted", "Nodes (log scale)",
        {"nodes_for_95": "the best order", "random_for_95": "random orders", "untrained_size": "untrained network"},
    ),
    "dimensions": (
        "How many dimensions the activations fill", "Effective dimensions (log scale)",
        {"effective_dimensions": "trained", "untrained_dimensions": "untrained"},
    ),
    "probes": (
        "What the layer tells of the class by a weighted sum", "Test accuracy of linear probes (%)",
        {"hidden_probe": "hidden activations", "pixels_probe": "pixels", "untrained_probe": "untrained activations"},
    ),
    "mattering": (
        "Does what a node knows say how much it matters?", "Rank correlation over live nodes",
        {"knowing_mattering": "information and ablation loss", "mattering_halves": "ablation loss, split halves",
         "knowing_halves": "information, split halves"},
    ),
    "ablation": (
        "Nodes without which accuracy falls significantly", "Share of nodes (%, false discovery rate 5 %)",
        {"significant": "significant nodes"},
    ),
}  # fmt: skip


def draw_finding(summary: pd.DataFrame, name: str) -> Figure:
    """One of DRAWN: a line a figure over the widths, mean and 95 % interval over seeds; of one data set."""
    title, label, lines = DRAWN[name]
    figure = new_figure(title, 8.5, 4.8)
    axes = figure.subplots()
    percent = 100 if "%)" in label or "(%" in label else 1
    for style, (column, text) in zip(CLASS_STYLES, lines.items(), strict=False):
        rows = summary[summary["figure"] == column].sort_values("hidden")
        ends = (percent * rows[["low", "high"]]).clip(*((0, 100) if percent == 100 else (None, None)))
        axes.fill_between(
            rows["hidden"], ends["low"], ends["high"], color=style.colour, alpha=0.15, linewidth=0
        )  # fmt: skip
        axes.plot(
            rows["hidden"], percent * rows["mean"], color=style.colour, marker=style.mark, markersize=6, linewidth=2,
            label=text,
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(summary["hidden"].unique()))
    if "log scale" in label:
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter(ScalarFormatter())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set(xlabel="Hidden nodes (log scale)", ylabel=label)
    axes.grid(color="0.9")
    if len(lines) > 1:
        figure.legend(loc="outside right center")
    return figure


def write_findings(table: pd.DataFrame, name: str) -> None:
    """Write the table, its summary and the pictures to `plots/NAME/`; the directory is replaced as a whole.

    Raises
    ------
    BadInput
        If the table is empty, or of several data sets, which have a sweep each.
    """
    if table.empty:
        raise BadInput("no experiment with 'nodes_described' was found: the sweep must run the stage knowledge")
    datasets = table["dataset"].unique()
    if len(datasets) > 1:
        raise BadInput(f"findings are drawn of one data set. Found {', '.join(datasets)}.")
    directory, summary = PICTURES / name, summarize_findings(table)
    seeds = int(np.median(summary["seeds"]))
    data = f"{datasets[0]}; {plural(len(table), 'network')}, mean and 95 % interval over {plural(seeds, 'seed')}"
    with atomic_outputs(directory) as (part,):
        write_csv(table, part / "results.csv")
        write_csv(summary, part / "summary.csv")
        for picture in DRAWN:
            save_figure(draw_finding(summary, picture), part / f"{picture}.png", data)
    print(f"{directory}/: results.csv, summary.csv and {len(DRAWN)} pictures of {len(table)} networks")
