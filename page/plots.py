"""The page's plots, drawn by Bokeh; the page's own CSS gives them their size and the colours of text and lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.document import Document
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    HoverTool,
    LassoSelectTool,
    PanTool,
    Range1d,
    ResetTool,
    Scatter,
    SingleIntervalTicker,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from hidden_nodes.paths import CLASSES, PIXELS, SIDE
from hidden_nodes.plotting.style import CLASS_COLOURS

# Bokeh's marks for those of `hidden_nodes/plotting/style.py`, class by class.
CLASS_MARKS = [
    "circle", "inverted_triangle", "square", "plus", "diamond", "triangle", "square_pin", "hex", "star", "triangle_pin",
]  # fmt: skip
# The same marks as pictures, for the buttons of the classes.
MARK_SHAPES = [
    f'<svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="{path}"/></svg>'
    for path in (
        "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", "M-5-4h10L0 5z", "M-4.5-4.5h9v9h-9z",
        "M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z", "M0-6L4 0L0 6L-4 0z", "M-5 4h10L0-5z",
        "M-5-5Q0-2 5-5Q2 0 5 5Q0 2-5 5Q-2 0-5-5z", "M-5 0L-2.5-4.5h5L5 0L2.5 4.5h-5z",
        "M0-5.5L1.5-1.7L5.5-1.7L2.3.8L3.5 4.8L0 2.4L-3.5 4.8L-2.3.8L-5.5-1.7L-1.5-1.7z",
        "M0-6Q1 1 5.5 4Q0 2-5.5 4Q-1 1 0-6z",
    )
]  # fmt: skip
CLASS_NAMES = [str(k) for k in range(CLASSES)]
PIXEL_RANGE = (-15, 270)  # of a pixel's levels, with room for points that the page spreads a little
EPOCHS = 10  # named on an axis, about
FONT = "system-ui, sans-serif"
MUTED = 0.06  # opacity of the points that are not selected


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


def prepare_images(classes: np.ndarray) -> ColumnDataSource:
    """The images of all maps, coloured and marked by `classes` `(n,)`; the page changes colour, size and opacity."""
    pixels = np.zeros(len(classes), np.float32)  # the page puts the values of two pixels there
    return ColumnDataSource(
        {
            "mark": [CLASS_MARKS[k] for k in classes], "colour": [CLASS_COLOURS[k] for k in classes],
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


def draw_outgoing() -> figure:
    """A node's weights to the ten classes, as bars; the page fills them in."""
    bars = ColumnDataSource({"class": CLASS_NAMES, "weight": [0.0] * CLASSES, "colour": CLASS_COLOURS}, name="outgoing")
    hover = HoverTool(tooltips=[("class", "@class"), ("weight", "@weight{0.000}")])
    plot = new_plot("plot-outgoing", "Class", "Outgoing weight", [hover], x_range=CLASS_NAMES)
    plot.vbar("class", top="weight", width=0.8, color="colour", source=bars)
    return plot


def draw_boxes() -> figure:
    """A node's box plot by class; the page fills it in."""
    numbers = ["low", "whisker_low", "q1", "median", "q3", "whisker_high", "high"]
    boxes = ColumnDataSource({name: [0.0] * CLASSES for name in numbers}, name="boxes")
    boxes.data = dict(boxes.data) | {"class": CLASS_NAMES, "colour": CLASS_COLOURS, "ink": CLASS_COLOURS}
    plot = new_plot("plot-boxes", "Actual class", "Activation", x_range=CLASS_NAMES)
    plot.segment("class", "whisker_low", "class", "whisker_high", line_color="colour", line_width=2, source=boxes)
    box = plot.vbar("class", top="q3", bottom="q1", width=0.7, fill_color="colour", line_color="colour", source=boxes)
    plot.rect("class", "median", 0.7, 3, height_units="screen", fill_color="ink", line_color=None, source=boxes)
    for end in ("low", "high"):
        plot.scatter("class", end, size=5, fill_color=None, line_color="colour", line_width=1.5, source=boxes)
    values = [("class", "@class"), ("largest", "@high{0.00}"), ("middle half", "@q1{0.00} to @q3{0.00}")]
    plot.add_tools(HoverTool(renderers=[box], tooltips=[*values, ("median", "@median{0.00}")]))
    return plot


def draw_importance(ranking: pd.DataFrame) -> figure:
    """The forest's importance of each pixel as a map of 28 x 28 squares that can be clicked."""
    pixels = ranking["pixel"].to_numpy()
    squares = ColumnDataSource(
        {
            "pixel": pixels, "row": pixels // SIDE, "column": pixels % SIDE, "rank": np.arange(1, PIXELS + 1),
            "importance": ranking["importance"].to_numpy(np.float32), "colour": ["#808080"] * PIXELS,
        },
        name="importance",
    )  # fmt: skip
    hover = HoverTool(tooltips=[("pixel", "@pixel (row @row, column @column)"), ("rank", "@rank of 784")])
    plot = new_plot(
        "plot-importance", "Column", "Row", [TapTool(), hover], x_range=(-0.5, SIDE - 0.5), y_range=(SIDE - 0.5, -0.5),
        match_aspect=True,
    )  # fmt: skip
    plot.grid.visible = False
    plot.axis.ticker = list(range(0, SIDE, 9))
    drawn = plot.rect("column", "row", 1.04, 1.04, color="colour", source=squares)  # no seams
    drawn.nonselection_glyph = drawn.selection_glyph = None
    hover.renderers = [drawn]
    chosen = ColumnDataSource({"column": [], "row": [], "name": [], "ink": [], "paper": []}, name="chosen-pixels")
    plot.rect("column", "row", 1, 1, fill_color=None, line_color="ink", line_width=2, source=chosen)
    plot.text(
        "column", "row", "name", x_offset=8, text_color="ink", text_baseline="middle", text_font_style="bold",
        text_font_size="16px", text_outline_color="paper", source=chosen,
    )  # fmt: skip
    return plot


def draw_pixel_pair(images: ColumnDataSource) -> figure:
    """The values of two pixels against each other, for the images that the maps show."""
    labels = ["Pixel A: ink (0 to 255)", "Pixel B: ink (0 to 255)"]
    plot = draw_map(images, "plot-pair", "pixel_a", "pixel_b", labels, ticks=True)
    plot.x_range, plot.y_range = (Range1d(start=PIXEL_RANGE[0], end=PIXEL_RANGE[1]) for _ in "xy")
    return plot


def draw_history(name: str, history: pd.DataFrame, measure: str, kept: int) -> figure:
    """Loss or accuracy by epoch, training and validation; a line marks the epoch whose weights were kept."""
    plot = new_plot(name, "Epoch", measure.capitalize())
    plot.xaxis.ticker = SingleIntervalTicker(interval=max(1, round(len(history) / EPOCHS)))
    source = ColumnDataSource({column: history[column].to_numpy() for column in history})
    plot.vspan(x=[kept], line_color="#949494", line_width=1.5, legend_label=f"kept: epoch {kept}")
    for column, label, colour, dash, mark in (
        (measure, "training", CLASS_COLOURS[0], "solid", "circle"),
        (f"val_{measure}", "validation", CLASS_COLOURS[3], "dashed", "square"),
    ):
        plot.line("epoch", column, source=source, color=colour, line_width=2, line_dash=dash, legend_label=label)
        points = plot.scatter("epoch", column, source=source, size=7, marker=mark, color=colour, legend_label=label)
        plot.add_tools(HoverTool(renderers=[points], tooltips=[("epoch", "@epoch"), (label, f"@{column}{{0.0000}}")]))
    plot.add_layout(plot.legend[0], "above")
    plot.legend.orientation = "horizontal"
    plot.legend.spacing = 16
    plot.legend.label_text_font = FONT
    plot.legend.background_fill_color = None
    plot.legend.border_line_color = None
    return plot


def describe(plots: Sequence[figure]) -> dict[str, Any]:
    """The plots as one document in JSON, with ids that are the same on every run."""
    document = Document()
    for plot in plots:
        document.add_root(plot)
    return dict(document.to_json(deferred=False))
