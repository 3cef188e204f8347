"""Plots of the node inspector; its script fills them in."""

from collections.abc import Sequence
from typing import Any, TypedDict

from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from hidden_nodes.knowledge.words import NOTHING
from hidden_nodes.plotting.classes import styles_of
from page.contents import Contents
from page.panel import Shown
from page.plots import new_class_plot, shorten


class CarriedNodes(TypedDict):
    """What is known of each node, in the order of their numbers."""

    sentences: list[str]
    figures: list[str]


def carry_nodes(contents: Contents) -> CarriedNodes:
    """What only this panel takes from the run."""
    rows = list(contents.known_nodes.itertuples())
    return {"sentences": [row.sentence for row in rows], "figures": [describe_figures(row) for row in rows]}


def describe_figures(row: Any) -> str:
    """How well a node's sentence fits, and what the node tells and is worth, on test images."""
    figures = {"AUC": row.sentence_auc, "precision": row.precision, "recall": row.recall}
    # Without a test image of which a sentence is true, or not true, there is none of these.
    known = [f"{name} {value:.2f}" for name, value in figures.items() if row.sentence != NOTHING and value == value]
    known.append(f"information on the class {row.mutual_information:.2f} bits")
    known.append(f"rise of the cross-entropy without it {row.ablation_loss:.4f}")
    return f"On test images: {', '.join(known)}."


def draw_nodes(contents: Contents, shown: Shown) -> list[figure]:
    """A node's outgoing weights and its activations by class."""
    names = contents.dataset.classes
    return [draw_outgoing(names), draw_boxes(names)]


def draw_outgoing(names: Sequence[str]) -> figure:
    """A node's weights to the classes, as bars; the page fills them in."""
    colours = [style.colour for style in styles_of(len(names))]
    columns = {"class": names, "label": shorten(names), "weight": [0.0] * len(names), "colour": colours}
    bars = ColumnDataSource(columns, name="outgoing")
    hover = HoverTool(tooltips=[("class", "@class"), ("weight", "@weight{0.000}")])
    plot = new_class_plot("plot-outgoing", "Class", "Outgoing weight", names, tools=[hover])
    plot.vbar("label", top="weight", width=0.8, color="colour", source=bars)
    return plot


def draw_boxes(names: Sequence[str]) -> figure:
    """A node's box plot by class; the page fills it in."""
    numbers = ["low", "whisker_low", "q1", "median", "q3", "whisker_high", "high"]
    colours = [style.colour for style in styles_of(len(names))]
    boxes = ColumnDataSource({number: [0.0] * len(names) for number in numbers}, name="boxes")
    boxes.data = dict(boxes.data) | {"class": list(names), "label": shorten(names), "colour": colours, "line": colours}
    plot = new_class_plot("plot-boxes", "Actual class", "Activation", names)
    plot.segment("label", "whisker_low", "label", "whisker_high", line_color="colour", line_width=2, source=boxes)
    box = plot.vbar("label", top="q3", bottom="q1", width=0.7, fill_color="colour", line_color="colour", source=boxes)
    plot.rect("label", "median", 0.7, 3, height_units="screen", fill_color="line", line_color=None, source=boxes)
    for end in ("low", "high"):
        plot.scatter("label", end, size=5, fill_color=None, line_color="colour", line_width=1.5, source=boxes)
    values = [("class", "@class"), ("largest", "@high{0.00}"), ("middle half", "@q1{0.00} to @q3{0.00}")]
    plot.add_tools(HoverTool(renderers=[box], tooltips=[*values, ("median", "@median{0.00}")]))
    return plot
