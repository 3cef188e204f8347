"""What the plots of all panels share. Bokeh draws; the page's CSS gives size, and the colours of text and lines."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    HoverTool,
    LassoSelectTool,
    PanTool,
    ResetTool,
    Scatter,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.labels import TICK_NAME, shorten_all

FONT = "system-ui, sans-serif"
MUTED = 0.06  # opacity of the points that are not selected
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


def prepare_images(classes: np.ndarray, n_classes: int) -> ColumnDataSource:
    """The images of all maps, coloured and marked by `classes` `(n,)`; the page changes colour, size and opacity.

    n_classes : of the data set, by which the buttons have their styles; the last may be missing among the images.
    """
    styles = styles_of(n_classes)
    pixels = np.zeros(len(classes), np.float32)  # the page puts the values of two pixels there
    return ColumnDataSource(
        {
            "mark": [styles[k].bokeh for k in classes], "colour": [styles[k].colour for k in classes],
            "size": np.full(len(classes), 5, np.uint8), "opacity": np.full(len(classes), 0.85, np.float32),
            "pixel_a": pixels, "pixel_b": pixels,
        },
        name="images",
    )  # fmt: skip


def draw_map(images: ColumnDataSource, name: str, x: str, y: str, labels: Sequence[str], ticks: bool) -> figure:
    """The images as points; all maps share `images`, so that what is selected or pointed at in one is so in all."""
    hover = HoverTool(tooltips=None, visible=False)
    box, lasso = BoxSelectTool(), LassoSelectTool()
    plot = new_plot(
        name, labels[0], labels[1], [box, lasso, TapTool(), PanTool(), WheelZoomTool(), ResetTool(), hover],
        active_drag=box, active_scroll=None,
    )  # fmt: skip
    plot.toolbar_location = "above"
    plot.ygrid.visible = False
    if not ticks:  # t-SNE's axes have no unit
        plot.axis.ticker = []
    marks: dict[str, Any] = {"x": x, "y": y, "size": "size", "marker": "mark", "fill_color": "colour"}
    plot.add_glyph(
        images,
        Scatter(**marks, line_color="colour", fill_alpha="opacity", line_alpha="opacity"),
        nonselection_glyph=Scatter(**marks, line_color="colour", fill_alpha=MUTED, line_alpha=MUTED),
        hover_glyph=Scatter(**marks | {"size": 15}, line_color="#d55e00", line_width=3, fill_alpha=1),
    )
    return plot


def describe(plots: Sequence[figure]) -> dict[str, Any]:
    """The plots as one document in JSON, with ids that are the same on every run."""
    # What bokeh.embed does as well; but its functions give the document a random id, and equal runs unequal pages.
    document = Document()
    for plot in plots:
        document.add_root(plot)
    return dict(document.to_json(deferred=False))
