"""What is known of each node, as a table that the script sorts, and a plot of knowing against mattering."""

from typing import TypedDict

import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, TapTool
from bokeh.plotting import figure

from hidden_nodes.knowledge.words import NOTHING
from page.contents import Contents
from page.plots import new_plot


class CarriedKnown(TypedDict):
    """What is known of each node, by number, on test images; null where there is nothing to measure."""

    sentences: list[str]
    auc: list[float | None]  # of the sentence, or of the best that was tried
    precision: list[float | None]  # of the sentence, as its recall
    recall: list[float | None]
    information: list[float | None]  # on the class, bits
    lossRise: list[float | None]  # of the cross-entropy without the node
    lost: list[float | None]  # percentage points of accuracy without the node, with its interval
    lostLow: list[float | None]
    lostHigh: list[float | None]
    qValue: list[float | None]  # of `lost`
    twin: list[int]  # the node whose activation correlates most with its own; -1 for none
    twinCorrelation: list[float | None]
    dead: list[int]
    counterexamples: list[list[int]]  # test images of which the sentence is not true, the strongest first
    leastAuc: float  # from which on a sentence describes a node


def list_values(values: pd.Series) -> list[float | None]:
    """A column's numbers, None where there is none."""
    return [None if value != value else float(value) for value in values]


def carry_known(contents: Contents) -> CarriedKnown:
    """What only this panel and the inspector take from the run."""
    nodes = contents.knowledge.nodes
    named = nodes["sentence"] != NOTHING
    return {
        "sentences": nodes["sentence"].tolist(),
        "auc": list_values(nodes["sentence_auc"]),
        "precision": list_values(nodes["precision"].where(named)),
        "recall": list_values(nodes["recall"].where(named)),
        "information": list_values(nodes["mutual_information"]),
        "lossRise": list_values(nodes["ablation_loss"]),
        "lost": list_values(nodes["ablation"]),
        "lostLow": list_values(nodes["ablation_low"]),
        "lostHigh": list_values(nodes["ablation_high"]),
        "qValue": list_values(nodes["q_value"]),
        "twin": nodes["twin"].tolist(),
        "twinCorrelation": list_values(nodes["twin_correlation"]),
        "dead": nodes["dead"].tolist(),
        "counterexamples": contents.knowledge.counterexamples,
        "leastAuc": float(contents.parameters["knowledge.auc"]),
    }


def draw_known(contents: Contents) -> list[figure]:
    """A point a node: what it tells of the class, and what is lost without it; the script colours and chooses them."""
    nodes = contents.knowledge.nodes
    points = ColumnDataSource(
        {
            "node": nodes["node"].to_numpy(), "information": nodes["mutual_information"].to_numpy(),
            "loss": nodes["ablation_loss"].to_numpy(), "sentence": nodes["sentence"].tolist(),
            "colour": ["#808080"] * len(nodes), "opacity": [1.0] * len(nodes),
        },
        name="known",
    )  # fmt: skip
    tap, hover = TapTool(), HoverTool(tooltips=[("node", "@node"), ("", "@sentence")])
    labels = "Information on the class (bits)", "Rise of the cross-entropy without it"
    plot = new_plot("plot-known", *labels, [tap, hover])
    drawn = plot.scatter(
        "information", "loss", size=8, fill_color="colour", line_color="colour", fill_alpha="opacity",
        line_alpha="opacity", source=points,
    )  # fmt: skip
    drawn.nonselection_glyph = drawn.selection_glyph = None
    hover.renderers = tap.renderers = [drawn]
    chosen = ColumnDataSource({name: [] for name in ("information", "loss", "name", "line")}, name="known-chosen")
    plot.scatter("information", "loss", size=15, fill_color=None, line_color="line", line_width=2.5, source=chosen)
    plot.text(
        "information", "loss", "name", x_offset=11, text_color="line", text_baseline="middle",
        text_font_style="bold", text_font_size="13px", source=chosen,
    )  # fmt: skip
    return [plot]
