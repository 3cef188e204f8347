"""One look for all pictures: colours and marks of the ten classes, sheets of digits, maps by class.

Every function returns a `Figure` and saves nothing; `save_figure` writes it. No picture goes through
pyplot, so none depends on a screen or on what was drawn before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from hidden_nodes.paths import CLASSES, SIDE

matplotlib.use("agg")
matplotlib.rcdefaults()  # a user's own matplotlibrc must not change a picture's bytes
matplotlib.rcParams.update(
    {
        "figure.dpi": 120,
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "figure.titlesize": 13,
        "figure.titleweight": "bold",
        "legend.frameon": False,
    }
)

# seaborn's "colorblind" palette; the marks tell the classes apart where colour cannot.
CLASS_COLOURS = [
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc",
    "#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9",
]  # fmt: skip
CLASS_MARKS = ["o", "v", "s", "P", "D", "^", "X", "<", "p", ">"]
BACKGROUND = 3  # of the other classes' points, every third is enough for the grey background of a small panel
ROUNDS = 5  # in which the classes of a scatter plot take turns
RIGHT_COLOUR, WRONG_COLOUR = "#1b7837", "#b2182b"


def save_figure(figure: Figure, path: Path, data: str) -> None:
    """Write a PNG with the name of the data it shows in a corner, without time or version text."""
    figure.supxlabel(f"Data: {data}", x=0.995, ha="right", fontsize=7, color="0.45")
    figure.savefig(path, metadata={"Software": None}, pil_kwargs={"compress_level": 4})


def new_figure(title: str, width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches, its title at the upper left."""
    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.05))
    figure.suptitle(title, x=0.01, ha="left")
    return figure


def show_digit(axes: Axes, image: np.ndarray) -> None:
    """Draw one image, `(28, 28)` or `(784,)` in [0, 1], white paper and black ink, no axes."""
    axes.imshow(np.reshape(image, (SIDE, SIDE)), cmap="binary", vmin=0, vmax=1, interpolation="nearest")
    hide_axes(axes)


def hide_axes(axes: Axes) -> None:
    """Leave the picture and its title, and take away ticks and frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def draw_sheet(
    axes: Axes,
    images: np.ndarray,
    columns: int,
    captions: Sequence[str] = (),
    colours: Sequence[str] = (),
    rows: int | None = None,
    **colour_scale: Any,
) -> AxesImage:
    """Lay out `images` `(n, 784)` row by row, each under its caption, as one picture, and return that.

    One picture draws ten times as fast as one pair of axes an image. colours : of the captions, black by default;
    rows : at least as many as the images fill; colour_scale : `cmap`, `vmin` and `vmax`, ink on paper by default.
    """
    rows = rows or max(1, -(-len(images) // columns))
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    width, height = SIDE + 6, SIDE + 3 + 6 * lines
    canvas = np.full((rows * height, columns * width), np.nan)
    for position, image in enumerate(images):
        top, left = (position // columns + 1) * height - SIDE, position % columns * width + 3
        canvas[top : top + SIDE, left : left + SIDE] = image.reshape(SIDE, SIDE)
        if captions:
            colour = colours[position] if colours else "black"
            axes.text(left + SIDE / 2, top - 1, captions[position], fontsize=8, color=colour, ha="center", va="bottom")
    hide_axes(axes)
    scale = colour_scale or {"cmap": "binary", "vmin": 0, "vmax": 1}
    return axes.imshow(canvas, interpolation="nearest", **scale)


def draw_digit_sheet(
    images: np.ndarray, captions: Sequence[str], title: str, columns: int, colours: Sequence[str] = ()
) -> Figure:
    """A figure with nothing but a sheet of digits, as `draw_sheet` lays them out."""
    rows = max(1, -(-len(images) // columns))
    figure = new_figure(title, max(6.0, 1.1 * columns), 0.8 + rows * (1.35 if "\n" in "".join(captions) else 1.15))
    draw_sheet(figure.subplots(), images, columns, captions, colours)
    return figure


def draw_map(points: np.ndarray, classes: np.ndarray, title: str, axis_names: Sequence[str]) -> Figure:
    """A two-dimensional map coloured by class, and beside it each class alone in front of all others.

    The small panels say what colour and overlap hide in the large one; they can be read in grey.

    points : `(n, 2)`; classes : `(n,)`, 0 to 9; axis_names : with units where there are any.
    """
    figure = new_figure(title, 12.5, 6.2)
    layout = figure.add_gridspec(3, 7)
    large = figure.add_subplot(layout[:, :3])
    scatter_classes(large, points, classes)
    large.set(xlabel=axis_names[0], ylabel=axis_names[1])
    panels = [(0, column) for column in range(4)] + [(1, column) for column in range(4)] + [(2, 0), (2, 1)]
    for k, (row, column) in enumerate(panels):
        axes = figure.add_subplot(layout[row, 3 + column], sharex=large, sharey=large)
        own, others = points[classes == k], points[classes != k][::BACKGROUND]
        axes.plot(others[:, 0], others[:, 1], "o", markersize=1, markeredgewidth=0, color="0.85")
        axes.plot(own[:, 0], own[:, 1], "o", markersize=1.4, markeredgewidth=0, color=CLASS_COLOURS[k])
        axes.set_title(f"class {k}", fontsize=9, pad=2)
        axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    legend = figure.add_subplot(layout[2, 5:])
    hide_axes(legend)
    legend.legend(handles=class_handles(), title="Class", ncols=2, loc="center")
    return figure


def scatter_classes(axes: Axes, points: np.ndarray, classes: np.ndarray, size: float = 9) -> None:
    """Scatter `points` `(n, 2)` by class, drawn in order of the rows, so that no class covers the others."""
    # One call a class would paint class 9 over all before it; so the rows are cut into rounds.
    rounds = np.arange(len(points)) * ROUNDS // max(1, len(points))
    for part in range(ROUNDS):
        for k in range(CLASSES):
            x, y = points[(rounds == part) & (classes == k)].T
            axes.plot(
                x, y, linestyle="", marker=CLASS_MARKS[k], markersize=size**0.5, color=CLASS_COLOURS[k],
                markeredgewidth=0, alpha=0.8,
            )  # fmt: skip


def class_handles() -> list[Line2D]:
    """Legend entries of the ten classes."""
    return [
        Line2D([], [], linestyle="", marker=CLASS_MARKS[k], color=CLASS_COLOURS[k], markersize=7, label=f"{k}")
        for k in range(CLASSES)
    ]


def draw_history(history: pd.DataFrame, title: str, kept_epoch: int) -> Figure:
    """Loss and accuracy by epoch, training and validation, side by side; a line marks the kept epoch."""
    figure = new_figure(title, 10, 4.2)
    for axes, measure in zip(figure.subplots(1, 2), ["loss", "accuracy"], strict=True):
        axes.plot(history["epoch"], history[measure], "o-", color=CLASS_COLOURS[0], label="training")
        axes.plot(history["epoch"], history[f"val_{measure}"], "s--", color=CLASS_COLOURS[3], label="validation")
        axes.axvline(kept_epoch, color="0.6", linewidth=1, zorder=0, label=f"kept: epoch {kept_epoch}")
        axes.set(title=measure.capitalize(), xlabel="Epoch", ylabel=measure.capitalize())
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y", color="0.9")
        axes.legend()
    return figure
