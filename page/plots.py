"""What the plots of all panels share. Bokeh draws; the page's CSS gives size, and the colours of text and lines."""

import math
from collections.abc import Sequence
from typing import Any

from bokeh.document import Document
from bokeh.plotting import figure

from hidden_nodes.plotting.labels import TICK_NAME, shorten_all

FONT = "system-ui, sans-serif"
CHARACTERS = 50  # class names on the axis of a narrow plot, side by side


def new_plot(name: str, x_label: str, y_label: str, tools: Sequence[Any] = (), **settings: Any) -> figure:
    """An empty plot that fills the element `name` of the page."""
    plot = figure(
        name=name, sizing_mode="stretch_both", min_height=120, tools=list(tools), toolbar_location=None,
        x_axis_label=x_label, y_axis_label=y_label, **settings,
    )  # fmt: skip
    plot.toolbar.logo = None
    plot.xgrid.visible = False
    plot.axis.minor_tick_line_color = None
    plot.axis.axis_label_text_font = plot.axis.major_label_text_font = FONT
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.axis_label_text_font_size = "12px"
    return plot


def is_crowded(names: Sequence[str]) -> bool:
    """Whether class names are too many or too long to stand side by side on an axis, or above a table."""
    return len(names) * max(map(len, names)) > CHARACTERS


def shorten(names: Sequence[str]) -> list[str]:
    """The names as labels of an axis: long ones cut, and with the number of the class where two would look the same."""
    return shorten_all(names, TICK_NAME)


def place_legend(plot: figure) -> None:
    """Put the legend above the plot, in a line."""
    plot.add_layout(plot.legend[0], "above")
    plot.legend.orientation = "horizontal"
    plot.legend.spacing = 16
    plot.legend.label_text_font = FONT
    plot.legend.background_fill_color = None
    plot.legend.border_line_color = None


def new_class_plot(name: str, x_label: str, y_label: str, names: Sequence[str], **settings: Any) -> figure:
    """An empty plot with the classes on x, by their names as `shorten` makes them; crowded ones stand upright."""
    plot = new_plot(name, x_label, y_label, x_range=shorten(names), **settings)
    if is_crowded(names):
        plot.xaxis.major_label_orientation = math.pi / 2
        plot.xaxis.major_label_text_font_size = "10px"
    return plot


def describe(plots: Sequence[figure]) -> dict[str, Any]:
    """The plots as one document in JSON, with ids that are the same on every run."""
    # What bokeh.embed does as well; but its functions give the document a random id, and equal runs unequal pages.
    document = Document()
    with document.models.freeze():  # it would look through all plots anew with each that is added
        for plot in plots:
            document.add_root(plot)
    return dict(document.to_json(deferred=False))
