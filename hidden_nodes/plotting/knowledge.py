"""Pictures of what nodes know: curves of nodes kept, knowing against mattering, controls, probes, sentences."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hidden_nodes.plotting.classes import CLASS_STYLES, COLOURS
from hidden_nodes.plotting.sheets import draw_sheet, sheet_stretch
from hidden_nodes.plotting.style import hide_axes, new_figure

OTHERS = {
    "mean": "the others held at their means",
    "zero": "the others held at 0",
    "refitted": "the others left out, output layer refitted",
}
SOURCES = {  # of a search for sentences: what its columns are
    "nodes": "nodes", "rotated": "nodes, rotated", "untrained": "nodes, untrained", "pixels": "single pixels",
    "shuffled": "nodes, shuffled",
}  # fmt: skip
SENTENCES = {"class": "a class", "union": "a class or a union", "two_part": "with a shape as well"}
PROBED = {"hidden": "hidden activations", "pixels": "pixels", "untrained": "untrained activations"}
IMAGES = 12  # of either kind in a row of the sheet of sentences
WIDTH = 4  # of the distributions, in images
BINS = 30  # of a node's distribution


def draw_curves(curves: pd.DataFrame) -> Figure:
    """Test accuracy by number of nodes kept, for each order, a plot for each fate of the other nodes.

    curves : `order others nodes accuracy low high`.
    """
    figure = new_figure("Test accuracy with a few hidden nodes, the most important first", 14, 4.8)
    counts = sorted(curves["nodes"].unique())
    for axes, (others, title) in zip(figure.subplots(1, 3, sharey=True), OTHERS.items(), strict=True):
        part = curves[curves["others"] == others]
        for style, (order, line) in zip(CLASS_STYLES, part.groupby("order", sort=False), strict=False):
            drawn = "black" if order == "random" else style.colour
            axes.fill_between(line["nodes"], line["low"], line["high"], color=drawn, alpha=0.15, linewidth=0)
            axes.plot(
                line["nodes"], line["accuracy"], color=drawn, marker=style.mark, markersize=4,
                linestyle="--" if order == "random" else "-", label=order,
            )  # fmt: skip
        axes.set(title=title[0].upper() + title[1:], xlabel="Nodes kept (log scale)", xscale="log", ylim=(0, 1.02))
        axes.set_xticks(counts, [f"{count}" for count in counts], fontsize=8)
        axes.minorticks_off()
        axes.grid(axis="y", color="0.9")
    figure.axes[0].set_ylabel("Test accuracy")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), title="Order", loc="outside right center")
    return figure


def draw_relations(nodes: pd.DataFrame, relations: pd.DataFrame) -> Figure:
    """Knowing against mattering: a point a live node, its information and the loss that it spares the network."""
    live = nodes[nodes["dead"] == 0]
    figure = new_figure("Does what a node knows say how much it matters?", 8.5, 6)
    axes = figure.subplots()
    axes.plot(live["mutual_information"], live["ablation_loss"], "o", color=COLOURS[0], markersize=5, alpha=0.8)
    axes.axhline(0, color="0.6", linewidth=1, zorder=0)
    axes.set(xlabel="Mutual information with the class (bits)", ylabel="Rise of the cross-entropy without the node")
    lines = [
        f"{row.relation}: {row.spearman:.2f} ({row.low:.2f} to {row.high:.2f})" if np.isfinite(row.spearman)
        else f"{row.relation}: too few nodes live"
        for row in relations.itertuples()
    ]  # fmt: skip
    text = "Rank correlations over the live nodes (95 % intervals)\n" + "\n".join(lines)
    axes.set_title(text, fontsize=8.5, linespacing=1.4)
    return figure


def draw_controls(controls: pd.DataFrame, least_auc: float) -> Figure:
    """The share of columns that sentences describe, of nodes and of what they are held against, by kind of sentence."""
    figure = new_figure("What share of nodes can be described, and of what is no node", 10, 4.8)
    axes = figure.subplots()
    sources = [source for source in SOURCES if source in set(controls["source"])]
    height = 0.8 / len(SENTENCES)
    for n, (kind, label) in enumerate(SENTENCES.items()):
        part = controls[controls["sentences"] == kind].set_index("source").loc[sources]
        places = np.arange(len(sources)) + (n - 1) * height
        reach = np.abs(100 * part[["share_low", "share_high"]].to_numpy().T - 100 * part["share"].to_numpy())
        axes.barh(
            places, 100 * part["share"], height, xerr=reach, color=COLOURS[n], ecolor="0.3", capsize=2, label=label,
            hatch=["", "//", ".."][n], edgecolor="white", linewidth=0,
        )  # fmt: skip
    axes.set_yticks(range(len(sources)), [SOURCES[source] for source in sources])
    axes.invert_yaxis()
    axes.set(xlim=(0, 103), xlabel=f"Share with a test AUC of {least_auc:g} or more (%), 95 % interval")
    figure.legend(title="Sentences of", loc="outside right center")
    return figure


def draw_probes(probes: pd.DataFrame) -> Figure:
    """How well linear probes tell class and shapes: from activations, from pixels, from an untrained network."""
    targets = list(dict.fromkeys(probes["target"]))
    figure = new_figure("What linear probes tell, of the class and of shapes", 10, 1.6 + 0.42 * len(targets))
    axes = figure.subplots()
    for n, (style, (source, label)) in enumerate(zip(CLASS_STYLES, PROBED.items(), strict=False)):
        part = probes[probes["source"] == source].set_index("target").reindex(targets)
        reach = np.abs(part[["low", "high"]].to_numpy().T - part["value"].to_numpy())
        axes.errorbar(
            part["value"], np.arange(len(targets)) + 0.22 * (n - 1), xerr=reach, fmt=style.mark, color=style.colour,
            markersize=5, label=label,
        )  # fmt: skip
    names = [f"{target} (accuracy)" if target == "class" else f"{target.replace('_', ' ')} (AUC)" for target in targets]
    axes.set_yticks(range(len(targets)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", color="0.9")
    axes.set(xlabel="On test images, 95 % interval", xlim=(None, 1.005))
    figure.legend(title="From", loc="outside right center")
    return figure


def draw_sentences(
    nodes: pd.DataFrame, examples: pd.DataFrame, images: np.ndarray, pictures: np.ndarray, activations: np.ndarray,
    true: np.ndarray,
) -> Figure:  # fmt: skip
    """A row a node: its weights, its sentence over its strongest images, the strongest counter-examples, distributions.

    nodes : the rows to draw; images : test images `(n, rows, columns)` in [0, 1]; pictures : `(nodes, rows, columns)`
    weights; activations, true : `(n, nodes)`, and of which images each sentence is true.
    """
    stretch = sheet_stretch(*images.shape[1:])
    title = f"What {len(nodes)} hidden nodes detect: those without which the network loses most"
    figure = new_figure(title, 17, 1.4 + 0.62 * stretch * len(nodes))
    left, middle, right, last = figure.subplots(1, 4, width_ratios=[1, IMAGES, IMAGES, WIDTH])
    limit = np.abs(pictures).max() or 1.0
    draw_sheet(left, pictures, 1, [f"{node}" for node in nodes["node"]], cmap="RdBu_r", vmin=-limit, vmax=limit)
    left.set_title("Node")
    texts = [f"{row.sentence} (AUC {row.sentence_auc:.2f})" for row in nodes.itertuples()]
    _draw_rows(middle, examples, "strongest", nodes["node"].tolist(), images, texts)
    middle.set_title("Its sentence, and the test images that it answers to most")
    rates = [f"precision {row.precision:.2f}, recall {row.recall:.2f}" for row in nodes.itertuples()]
    _draw_rows(right, examples, "counter", nodes["node"].tolist(), images, rates)
    right.set_title("The strongest images of which the sentence is not true")
    _draw_distributions(last, activations, true)
    last.set_box_aspect(
        np.ptp(middle.get_ylim()) / np.ptp(middle.get_xlim()) * IMAGES / WIDTH
    )  # its rows beside theirs
    return figure


def _draw_rows(
    axes: Axes, examples: pd.DataFrame, kind: str, nodes: Sequence[int], images: np.ndarray, texts: Sequence[str]
) -> None:
    """A row of images a node, under a text."""
    sheet = np.full((len(nodes) * IMAGES, *images.shape[1:]), np.nan)
    of_kind = examples[examples["kind"] == kind]
    for row, node in enumerate(nodes):
        shown = of_kind.loc[of_kind["node"] == node, "image"].to_numpy()[:IMAGES]
        sheet[row * IMAGES : row * IMAGES + len(shown)] = images[shown]
    captions = [""] * len(sheet)
    captions[::IMAGES] = [" "] * len(nodes)  # a line of room
    draw_sheet(axes, sheet, IMAGES, captions)
    places = [text.get_position() for text in axes.texts][::IMAGES]
    for (x, y), text in zip(places, texts, strict=True):
        axes.text(x - images.shape[2] / 2, y, text, fontsize=8, ha="left", va="bottom")


def _draw_distributions(axes: Axes, activations: np.ndarray, true: np.ndarray) -> None:
    """A row a node: how often each activation is among images of which its sentence is true, and of which it is not."""
    count = activations.shape[1]
    for row in range(count):
        values, own = activations[:, row], true[:, row]
        edges = np.linspace(values.min(), max(values.max(), values.min() + 1e-6), BINS + 1)
        for chosen, colour in ((~own, "0.6"), (own, COLOURS[3])):
            heights = np.histogram(values[chosen], edges)[0] / max(1, np.count_nonzero(chosen))
            scaled = 0.85 * np.sqrt(heights)  # the square root lets the rare ones be seen
            axes.fill_between(
                np.linspace(0, 1, BINS), row + 0.95, row + 0.95 - scaled, color=colour, alpha=0.6, linewidth=0
            )  # fmt: skip
    axes.set_ylim(count, 0)
    axes.set_title("Activations, least to most;\norange if true, grey if not", fontsize=9)
    hide_axes(axes)
