"""Scatter plots by class."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.labels import FEW, TICK_NAME, shorten_all
from hidden_nodes.plotting.style import hide_axes, new_figure

MAX_POINTS = 10_000  # of a scatter plot of two values; more would only lie on one another
BACKGROUND_STEP = 3  # of the other classes' points, every third is enough for the grey background of a small panel
ROUNDS = 5  # in which the classes take turns
PANEL_COLUMNS = 4  # of the small panels, one a class
PANEL_NAME = 12  # characters of a class's name above its panel, at most
LEGEND_ROWS = 26


def draw_scatter(
    points: np.ndarray, classes: np.ndarray, names: Sequence[str], title: str, axis_names: Sequence[str]
) -> Figure:
    """A scatter plot coloured by class, and beside it each class alone in front of all others.

    The small panels say what colour and overlap hide in the large one; they can be read in grey.

    points : `(n, 2)`; classes : `(n,)`, positions in `names`; axis_names : with units where there are any.
    """
    if len(names) > FEW:
        return _draw_many(points, classes, names, title, axis_names)
    rows = -(-(len(names) + 2) // PANEL_COLUMNS)  # the legend takes at least the room of two panels
    figure = new_figure(title, 12.5, max(6.2, 2 * rows))
    layout = figure.add_gridspec(rows, 3 + PANEL_COLUMNS)
    large = figure.add_subplot(layout[:, :3])
    scatter_classes(large, points, classes, len(names))
    large.set(xlabel=axis_names[0], ylabel=axis_names[1])
    for k, (style, name) in enumerate(zip(styles_of(len(names)), shorten_all(names, PANEL_NAME), strict=True)):
        axes = figure.add_subplot(layout[k // PANEL_COLUMNS, 3 + k % PANEL_COLUMNS], sharex=large, sharey=large)
        _draw_panel(axes, points, classes, k, "o", 1.4, style.colour)
        axes.set_title(f"class {name}", fontsize=9, pad=2)
    free = len(names) - (rows - 1) * PANEL_COLUMNS  # columns that the last row of panels takes
    legend = figure.add_subplot(layout[rows - 1, 3 + max(0, free) :])
    hide_axes(legend)
    legend.legend(handles=class_handles(names), title="Class", ncols=2, loc="center")
    return figure


def _draw_many(
    points: np.ndarray, classes: np.ndarray, names: Sequence[str], title: str, axis_names: Sequence[str]
) -> Figure:
    """The same for many classes: more and smaller panels, which are the legend, too."""
    across = math.ceil(len(names) ** 0.5)
    down = -(-len(names) // across)
    height = max(6.2, 0.95 * down)
    figure = new_figure(title, height + 1.1 * across, height)
    halves: Any = figure.subfigures(1, 2, width_ratios=[height, 1.1 * across])
    left, right = halves
    large = left.subplots()
    scatter_classes(large, points, classes, len(names))
    large.set(xlabel=axis_names[0], ylabel=axis_names[1])
    panels = list(right.subplots(down, across, sharex=True, sharey=True, squeeze=False).flat)
    for axes in panels:
        hide_axes(axes)
    for k, (axes, style, name) in enumerate(
        zip(panels, styles_of(len(names)), shorten_all(names, PANEL_NAME), strict=False)
    ):
        _draw_panel(axes, points, classes, k, style.mark, 2.5, style.colour)
        axes.set_title(name, fontsize=7, pad=1)
    return figure


def _draw_panel(
    axes: Axes, points: np.ndarray, classes: np.ndarray, k: int, mark: str, size: float, colour: str
) -> None:
    """One class alone in front of all others."""
    own, others = points[classes == k], points[classes != k][::BACKGROUND_STEP]
    axes.plot(others[:, 0], others[:, 1], "o", markersize=1, markeredgewidth=0, color="0.85")
    axes.plot(own[:, 0], own[:, 1], mark, markersize=size, markeredgewidth=0, color=colour)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)


def scatter_classes(axes: Axes, points: np.ndarray, classes: np.ndarray, n_classes: int, size: float = 9) -> None:
    """Scatter `points` `(n, 2)` by class, drawn in order of the rows, so that no class covers the others.

    n_classes : of the data set, by which the legend has its styles; the last may be missing among the points.
    """
    # One call a class would paint the last class over all before it; so the rows are cut into rounds.
    rounds = np.arange(len(points)) * ROUNDS // max(1, len(points))
    styles = styles_of(n_classes)
    for part in range(ROUNDS):
        for k, style in enumerate(styles):
            x, y = points[(rounds == part) & (classes == k)].T
            axes.plot(
                x, y, linestyle="", marker=style.mark, markersize=size**0.5, color=style.colour,
                markeredgewidth=0, alpha=0.8,
            )  # fmt: skip


def add_legend(figure: Figure, names: Sequence[str]) -> None:
    """A legend of the classes at the right of a figure, in as many columns as they need."""
    columns = -(-len(names) // LEGEND_ROWS)
    figure.legend(handles=class_handles(names), title="Class", loc="outside right center", ncols=columns)


def extra_width(names: Sequence[str]) -> float:
    """Inches that a legend of more than one column takes more."""
    return 2.1 * (-(-len(names) // LEGEND_ROWS) - 1)


def legend_height(names: Sequence[str]) -> float:
    """Inches that a legend needs."""
    return 0.21 * min(len(names), LEGEND_ROWS) + 0.5


def class_handles(names: Sequence[str]) -> list[Line2D]:
    """Legend entries of the classes."""
    return [
        Line2D([], [], linestyle="", marker=style.mark, color=style.colour, markersize=7, label=name)
        for style, name in zip(styles_of(len(names)), shorten_all(names, TICK_NAME), strict=True)
    ]
