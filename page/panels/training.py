"""Plots of loss and accuracy by epoch."""

import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, SingleIntervalTicker
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import COLOURS
from page.contents import Contents
from page.plots import new_plot, place_legend

EPOCHS = 10  # named on an axis, about
MEASURES = ["loss", "accuracy"]


def draw_training(contents: Contents) -> list[figure]:
    """Loss and accuracy of the training on all pixels, and of that on the selected ones."""
    return [
        draw_history(f"plot-{measure}-{name}", history, measure)
        for name, history in contents.histories.items()
        for measure in MEASURES
    ]


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
    place_legend(plot)
    return plot
