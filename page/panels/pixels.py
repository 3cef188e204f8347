"""The plot of the pixels, a map of importance, and what the script takes for that and for two pixels."""

from typing import TypedDict

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, TapTool
from bokeh.plotting import figure

from page.contents import Contents
from page.plots import new_plot

PIXEL_TICKS = 3  # named on an axis, about


class CarriedPixels(TypedDict):
    """All pixels, the most important first."""

    ranking: list[int]
    importance: list[float]


def carry_pixels(contents: Contents) -> CarriedPixels:
    """What only this panel takes from the run."""
    return {"ranking": contents.ranking["pixel"].tolist(), "importance": contents.ranking["importance"].tolist()}


def draw_pixels(contents: Contents) -> list[figure]:
    """Which pixels are important."""
    return [draw_importance(contents.ranking, contents.dataset.rows, contents.dataset.columns)]


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
