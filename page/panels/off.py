"""Nodes off or set: the curve of accuracy against nodes kept, and what the script takes for holding nodes."""

from typing import TypedDict

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from hidden_nodes.plotting.classes import COLOURS
from page.contents import Contents
from page.holding import GREEDY
from page.packed import Packed, pack
from page.plots import new_plot, place_legend

LINES = (
    ("at_mean", "others at mean", COLOURS[0], "solid"),
    ("at_zero", "others at zero", COLOURS[3], "dashed"),
)  # fmt: skip
WORDS = {GREEDY: "greedy choice"}  # what an order is called on the page, where that is not its name


class CarriedOff(TypedDict):
    """What nodes may be held at, and in which orders they are kept: float64 (nodes, 3), mean and two percentiles."""

    levels: Packed
    measures: list[str]
    orders: list[list[int]]  # of each measure: the nodes, most important first; greedily, one after the other
    kept: list[int]  # by so many nodes kept
    atMean: list[list[float]]  # of each measure, then of random orders: accuracy by `kept`
    atZero: list[list[float]]


def carry_off(contents: Contents) -> CarriedOff:
    """What only this panel takes from the run."""
    holding = contents.holding
    measures = list(holding.orders)
    of = [holding.curves[holding.curves["order"] == name] for name in (*measures, "random")]
    return {
        "levels": pack(holding.levels),
        "measures": [WORDS.get(name, name) for name in measures],
        "orders": [order.tolist() for order in holding.orders.values()],
        "kept": of[0]["nodes"].tolist(),
        "atMean": [curve["at_mean"].tolist() for curve in of],
        "atZero": [curve["at_zero"].tolist() for curve in of],
    }


def draw_off(contents: Contents) -> list[figure]:
    """Accuracy against the number of nodes kept; the script fills it in, and marks where the visitor is."""
    counts = np.unique(contents.holding.curves["nodes"])
    columns = ("nodes", "at_mean", "at_zero", "random")
    curves = ColumnDataSource(
        {name: counts if name == "nodes" else np.zeros(len(counts)) for name in columns}, name="kept"
    )
    mark = ColumnDataSource({"nodes": [], "accuracy": [], "line": [], "fill": []}, name="kept-mark")
    plot = new_plot("plot-kept", "Nodes kept", "Test accuracy", x_axis_type="log", y_range=(0, 1))
    plot.xaxis.ticker = counts.tolist()
    plot.line(
        "nodes", "random", source=curves, color="#949494", line_width=2, line_dash="dotted", legend_label="random"
    )
    for column, label, colour, dash in LINES:
        plot.line("nodes", column, source=curves, color=colour, line_width=2, line_dash=dash, legend_label=label)
        points = plot.scatter("nodes", column, source=curves, color=colour, size=6)
        tips = [("nodes kept", "@nodes"), (label, f"@{column}{{0.00%}}")]
        plot.add_tools(HoverTool(renderers=[points], tooltips=tips))
    plot.scatter(
        "nodes", "accuracy", source=mark, size=16, marker="star", line_color="line", fill_color="fill", line_width=2
    )
    place_legend(plot)
    return [plot]
