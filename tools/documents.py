"""Write what README and docs take from tables and from the graph: `make docs`.

A block stands between `<!-- NAME -->` and `<!-- /NAME -->`, in a line or over several; `BLOCKS` says what each holds.
Every measured figure of the documents is in such a block, and comes from a table in `docs/results/`.
"""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.plotting.style import plural
from hidden_nodes.yaml_files import read_yaml
from tools import benchmark_blocks, explained, findings, parameters_table, rankings, searches, seeds
from tools.blocks import draw_table, figure, percent, read_results

DOCUMENTS = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
BLOCK = re.compile(r"(<!-- (\w+) -->)(.*?)(<!-- /\2 -->)", flags=re.DOTALL)


def classifiers() -> str:
    pixels, components = int(figure("selected_pixels")), int(figure("components"))
    rows = [
        ["the network", "784", f"{int(figure('parameters')):,}", percent(figure("test_accuracy"))],
        [
            f"the same network on the {pixels} most important pixels", str(pixels),
            f"{int(figure('selected_parameters')):,}", percent(figure("selected_accuracy")),
        ],
        [
            f"the same network on {components} principal components", str(components),
            f"{int(figure('components_parameters')):,}", percent(figure("components_accuracy")),
        ],
        ["a random forest", "784", "", percent(figure("forest_accuracy"))],
    ]  # fmt: skip
    return draw_table(["Classifier", "Inputs", "Parameters", "Test accuracy"], rows)


def neighbours() -> str:
    rows = [
        [f"map of the {what}", *(percent(figure(f"{name}_knn_{kind}")) for kind in ("pca_2", "pca_3", "tsne"))]
        for what, name in (("pixels", "pixels"), ("hidden activations", "activations"))
    ]
    heading = "How often the 10 nearest images on a map predict a digit's class"
    return draw_table([heading, "PCA to 2", "PCA to 3", "t-SNE"], rows)


def same_on_processors(same: bool) -> str:
    """The stages whose outputs have, or have not, the same bytes on all processors that were tried."""
    table = read_results("processors").set_index("stage")
    chosen = table.index[table.eq(table.iloc[:, 0], axis=0).all(axis=1) == same]
    return ", ".join(f"`{stage}`" for stage in chosen)


def graph() -> str:
    """The graph as `dvc dag --md` draws it."""
    command = [sys.executable, "-m", "dvc", "dag", "--md"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def best_width() -> str:
    """The setting of the sweep that was chosen by validation accuracy, with its interval."""
    best = read_results("nodes").iloc[0]
    return (
        f"Of the sweep's settings, {plural(int(best['hidden']), 'hidden node')} with {best['settings']} have the best "
        f"validation accuracy ({percent(best['val_accuracy'])}); on the test images they reach "
        f"{percent(best['test_accuracy'])} (95 % interval over {int(best['seeds'])} seeds: "
        f"{percent(best['test_low'])} to {percent(best['test_high'])})."
    )


def widths() -> str:
    """Mean test accuracy of the sweep by number of nodes and activation function, with the half width over seeds."""
    table = read_results("nodes")
    table = table.assign(half=(table["test_high"] - table["test_low"]) / 2)
    settings = sorted(table["settings"].unique())
    rows = []
    for hidden, group in table.groupby("hidden"):
        row = group.set_index("settings").loc[settings]
        rows.append([f"{hidden:,}", *(f"{percent(r.test_accuracy)} ± {100 * r.half:.2f}" for r in row.itertuples())])
    return draw_table(["Hidden nodes", *settings], rows, texts=0)


def nodes_variance() -> str:
    """How much of the variance of the sweep's test accuracy each parameter explains, and whether one explains most."""
    table = read_results("nodes_variance")
    headings = ["Of the variance of test accuracy", "explained", "95 % interval over seeds"]
    return f"{draw_table(headings, explained.shares(table))}\n\n{explained.most(table)}"


def count_trials(path: Path) -> int:
    """How many trials the grid of a sweep has."""
    return math.prod(len(values) for values in read_yaml(path)["grid"].values())


def few_nodes() -> str:
    """How far one, eight and 64 nodes of the sweep come."""
    table = read_results("nodes").set_index(["settings", "hidden"])["test_accuracy"]
    one, eight, many = (percent(table["activation relu", hidden], 0) for hidden in (1, 8, 64))
    return f"one node alone knows enough for {one}, eight for {eight}, 64 for {many}, and more nodes add little"


def experiments() -> str:
    rows = [
        [
            f"`{row.experiment}`",
            row.changes,
            f"{row.parameters:,}",
            percent(row.val_accuracy),
            percent(row.test_accuracy),
            percent(row.selected_accuracy),
        ]
        for row in read_results("experiments").itertuples()
    ]
    headings = [
        "Experiment", "What it changes", "Parameters", "Validation accuracy", "Test accuracy", "on the selected pixels",
    ]  # fmt: skip
    return draw_table(headings, rows, texts=2)


def best_experiment() -> str:
    table = read_results("experiments").sort_values("val_accuracy", ascending=False)
    best = table.iloc[0]
    return (
        f"`{best['experiment']}` has the best validation accuracy, {percent(best['val_accuracy'])}, and "
        f"{percent(best['test_accuracy'])} on the test images (one seed)."
    )


def answer() -> str:
    """What sentences describe and how many nodes it takes, beside the controls, over seeds."""
    headings = [f"{findings.WIDTH} hidden nodes; mean and 95 % interval over seeds", *findings.DATASETS.values()]
    return draw_table(headings, findings.answer(finding_tables()))


def described() -> str:
    """The share of nodes and of controls that each kind of sentence describes."""
    sources = {
        "nodes": "nodes", "rotated": "nodes, rotated at random", "untrained": "nodes of untrained networks",
        "pixels": "single pixels", "shuffled": "nodes, activations shuffled",
    }  # fmt: skip
    kinds = ("class", "union", "two_part")
    rows = [
        [name, *(f"{100 * figure(f'described_{source}_{kind}', 'default'):.1f} %" for kind in kinds)]
        for source, name in sources.items()
    ]
    return draw_table(["Share with a test AUC of 0.85 or more", "a class", "or a union", "or with a shape"], rows)


def few_are_enough() -> str:
    """How many nodes keep most of the accuracy, and how many dimensions the activations fill."""
    kept, dimensions = figure("nodes_for_95", "default"), figure("effective_dimensions", "default")
    return f"{kept:.0f} of 128 nodes keep 95 % of the accuracy, and the activations fill {dimensions:.1f} dimensions"


def finding_tables() -> dict[str, pd.DataFrame]:
    return {name: read_results(name) for name in findings.DATASETS}


def finding(name: str) -> Callable[[], str]:
    return lambda: findings.describe(name, finding_tables())


def findings_widths() -> str:
    headings = [
        "Hidden nodes", "Test accuracy", "Nodes described", "Random directions", "Untrained nodes", "Dead nodes",
        "Nodes for 95 %", "Effective dimensions",
    ]  # fmt: skip
    return draw_table(headings, findings.widths(read_results("findings")), texts=0)


def seeds_widths() -> str:
    return draw_table(["Hidden nodes", *seeds.COLUMNS.values()], seeds.widths(read_results("seeds")), texts=0)


def search_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What searches proposed, and the trials of the grid with which they compare."""
    return read_results("nodes_tpe"), read_results("nodes_trials")


def pixel_table(rows: Callable[[pd.DataFrame], tuple[list[str], list[list[str]]]], texts: int = 1) -> Callable[[], str]:
    return lambda: draw_table(*rows(read_results("pixels")), texts=texts)


BLOCKS: dict[str, Callable[[], str]] = {
    **benchmark_blocks.BLOCKS,
    "classifiers": classifiers, "neighbours": neighbours, "graph": graph, "best_width": best_width, "widths": widths,
    "same_on_processors": lambda: same_on_processors(True), "other_on_processors": lambda: same_on_processors(False),
    "few_nodes": few_nodes, "experiments": experiments, "best_experiment": best_experiment,
    "answer": answer, "described": described, "few_are_enough": few_are_enough,
    "findings": lambda: findings.headline(finding_tables()),
    "findings_measured": lambda: findings.measured(finding_tables()),
    "nodes_variance": nodes_variance,
    "nodes_differences": lambda: explained.differences(read_results("nodes_differences")),
    "findings_widths": findings_widths, "seeds_widths": seeds_widths,
    "seeds_shared": lambda: seeds.shared(read_results("seeds")),
    "seeds_counterparts": lambda: seeds.counterparts(read_results("seeds")),
    "pixel_rankings": pixel_table(rankings.by_ranking), "best_rankings": pixel_table(rankings.best_ones, 2),
    "pixels_aim": lambda: rankings.aim(read_results("pixels")),
    "pixels_seeds": lambda: rankings.seeds(read_results("pixels"), count_trials(Path("sweeps/pixels.yaml"))),
    "pixels_default": lambda: rankings.default(read_results("pixels")),
    "nodes_tpe": lambda: draw_table(*searches.compare(*search_tables())),
    "nodes_tpe_said": lambda: searches.in_words(*search_tables(), read_yaml(Path("sweeps/nodes_tpe.yaml"))["budget"]),
    **{f"finding_{name}": finding(name) for name in findings.CLAIMS},
}  # fmt: skip


def fill_blocks(text: str, name: str) -> str:
    """A document's text with its blocks written anew. Raises BadInput for a block that nobody writes."""

    def fill(found: re.Match[str]) -> str:
        if found[2] not in BLOCKS:
            raise BadInput(f"{name}: no block is called {found[2]}. Known: {', '.join(BLOCKS)}.")
        content = BLOCKS[found[2]]()
        return f"{found[1]}\n{content}\n{found[4]}" if "\n" in content else f"{found[1]}{content}{found[4]}"

    return BLOCK.sub(fill, text)


def main() -> None:
    parameters_table.main()
    for path in DOCUMENTS:
        text = fill_blocks(path.read_text(encoding="utf-8"), str(path))
        with atomic_outputs(path) as (part,):
            part.write_text(text, encoding="utf-8")
    print(f"{', '.join(map(str, DOCUMENTS))}: tables and figures written")
