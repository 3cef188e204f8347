"""Plots of the node inspector; its script fills them in."""

from collections.abc import Sequence

from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import styles_of
from page.contents import Contents
from page.plots import new_class_plot, shorten


def draw_nodes(contents: Contents) -> list[figure]:
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
