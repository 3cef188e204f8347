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

from hidden_nodes.plotting.classes import COLOURS, styles_of

PIXEL_RANGE = (-15, 270)  # of a pixel's values, with room for points that the page jitters a little
EPOCHS, PIXEL_TICKS = 10, 3  # named on an axis, about
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
    styles = styles_of(int(classes.max(initial=0)) + 1)
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


def draw_outgoing(names: Sequence[str]) -> figure:
    """A node's weights to the classes, as bars; the page fills them in."""
    colours = [style.colour for style in styles_of(len(names))]
    bars = ColumnDataSource({"class": names, "weight": [0.0] * len(names), "colour": colours}, name="outgoing")
    hover = HoverTool(tooltips=[("class", "@class"), ("weight", "@weight{0.000}")])
    plot = new_plot("plot-outgoing", "Class", "Outgoing weight", [hover], x_range=list(names))
    plot.vbar("class", top="weight", width=0.8, color="colour", source=bars)
    return plot


def draw_boxes(names: Sequence[str]) -> figure:
    """A node's box plot by class; the page fills it in."""
    numbers = ["low", "whisker_low", "q1", "median", "q3", "whisker_high", "high"]
    colours = [style.colour for style in styles_of(len(names))]
    boxes = ColumnDataSource({number: [0.0] * len(names) for number in numbers}, name="boxes")
    boxes.data = dict(boxes.data) | {"class": list(names), "colour": colours, "line": colours}
    plot = new_plot("plot-boxes", "Actual class", "Activation", x_range=list(names))
    plot.segment("class", "whisker_low", "class", "whisker_high", line_color="colour", line_width=2, source=boxes)
    box = plot.vbar("class", top="q3", bottom="q1", width=0.7, fill_color="colour", line_color="colour", source=boxes)
    plot.rect("class", "median", 0.7, 3, height_units="screen", fill_color="line", line_color=None, source=boxes)
    for end in ("low", "high"):
        plot.scatter("class", end, size=5, fill_color=None, line_color="colour", line_width=1.5, source=boxes)
    values = [("class", "@class"), ("largest", "@high{0.00}"), ("middle half", "@q1{0.00} to @q3{0.00}")]
    plot.add_tools(HoverTool(renderers=[box], tooltips=[*values, ("median", "@median{0.00}")]))
    return plot


def draw_importance(ranking: pd.DataFrame, rows: int, columns: int) -> figure:
    """The forest's importance of each pixel as a map of `rows` x `columns` squares that can be clicked."""
    pixels, count = ranking["pixel"].to_numpy(), rows * columns
    squares = ColumnDataSource(
        {
            "pixel": pixels, "row": pixels // columns, "column": pixels % columns, "rank": np.arange(1, count + 1),
            "importance": ranking["importance"].to_numpy(np.float32), "colour": ["#808080"] * count,
        },
        name="importance",
    )  # fmt: skip
    hover = HoverTool(tooltips=[("pixel", "@pixel (row @row, column @column)"), ("rank", f"@rank of {count}")])
    plot = new_plot(
        "plot-importance", "Column", "Row", [TapTool(), hover], x_range=(-0.5, columns - 0.5),
        y_range=(rows - 0.5, -0.5), match_aspect=True,
    )  # fmt: skip
    plot.grid.visible = False
    plot.xaxis.ticker = list(range(0, columns, max(1, columns // PIXEL_TICKS)))
    plot.yaxis.ticker = list(range(0, rows, max(1, rows // PIXEL_TICKS)))
    drawn = plot.rect("column", "row", 1.04, 1.04, color="colour", source=squares)  # no seams
    drawn.nonselection_glyph = drawn.selection_glyph = None
    hover.renderers = [drawn]
    chosen = ColumnDataSource({"column": [], "row": [], "name": [], "line": [], "outline": []}, name="chosen-pixels")
    plot.rect("column", "row", 1, 1, fill_color=None, line_color="line", line_width=2, source=chosen)
    plot.text(
        "column", "row", "name", x_offset=8, text_color="line", text_baseline="middle", text_font_style="bold",
        text_font_size="16px", text_outline_color="outline", source=chosen,
    )  # fmt: skip
    return plot


def draw_pixel_pair(images: ColumnDataSource) -> figure:
    """The values of two pixels against each other, for the images that the maps show."""
    labels = ["Value of pixel A (0 to 255)", "Value of pixel B (0 to 255)"]
    plot = draw_map(images, "plot-pair", "pixel_a", "pixel_b", labels, ticks=True)
    plot.x_range, plot.y_range = (Range1d(start=PIXEL_RANGE[0], end=PIXEL_RANGE[1]) for _ in "xy")
    return plot


def draw_history(name: str, history: pd.DataFrame, measure: str) -> figure:
    """Loss or accuracy by epoch, training and validation; a line marks the epoch whose weights were kept."""
    kept = int(history.loc[history["kept"] == 1, "epoch"].item())
    plot = new_plot(name, "Epoch", measure.capitalize())
    plot.xaxis.ticker = SingleIntervalTicker(interval=max(1, round(len(history) / EPOCHS)))
    source = ColumnDataSource({column: history[column].to_numpy() for column in history})
    plot.vspan(x=[kept], line_color="#949494", line_width=1.5, legend_label=f"kept: epoch {kept}")
    for column, label, colour, dash, mark in (
        (measure, "training", COLOURS[0], "solid", "circle"),
        (f"val_{measure}", "validation", COLOURS[3], "dashed", "square"),
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
