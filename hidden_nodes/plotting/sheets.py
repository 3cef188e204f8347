"""Sheets of images: row by row, each under its caption."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from hidden_nodes.plotting.style import hide_axes, new_figure

USUAL = 28  # columns of an image for which the gaps of a sheet are made
TICKS = 9  # rows or columns named on the axes of a single image, about


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draw one image `(rows, columns)` in [0, 1] in grey, 1 black, no axes."""
    axes.imshow(image, cmap="binary", vmin=0, vmax=1, interpolation="nearest")
    hide_axes(axes)


def mark_pixels(axes: Axes, rows: int, columns: int) -> None:
    """Number the rows and columns of an image."""
    axes.set(xlabel="Column", ylabel="Row")
    axes.set(xticks=range(0, columns, max(1, columns // TICKS)), yticks=range(0, rows, max(1, rows // TICKS)))


def draw_sheet(
    axes: Axes,
    images: np.ndarray,
    columns: int,
    captions: Sequence[str] = (),
    colours: Sequence[str] = (),
    rows: int | None = None,
    **colour_scale: Any,
) -> AxesImage:
    """Lay out `images` `(n, rows, columns)` row by row, each under its caption, as one picture, and return that.

    One picture draws ten times as fast as one pair of axes an image. colours : of the captions, black by default;
    rows : at least as many as the images fill; colour_scale : `cmap`, `vmin` and `vmax`, black on white by default.
    """
    rows = rows or max(1, -(-len(images) // columns))
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    high, wide = images.shape[1:]
    margin, line = _gaps(wide)
    width, height = wide + 2 * margin, high + margin + line * lines
    canvas = np.full((rows * height, columns * width), np.nan)
    for position, image in enumerate(images):
        top, left = (position // columns + 1) * height - high, position % columns * width + margin
        canvas[top : top + high, left : left + wide] = image
        if captions:
            colour = colours[position] if colours else "black"
            axes.text(left + wide / 2, top - 1, captions[position], fontsize=8, color=colour, ha="center", va="bottom")
    hide_axes(axes)
    scale = colour_scale or {"cmap": "binary", "vmin": 0, "vmax": 1}
    return axes.imshow(canvas, interpolation="nearest", **scale)


def draw_image_sheet(
    images: np.ndarray, captions: Sequence[str], title: str, columns: int, colours: Sequence[str] = ()
) -> Figure:
    """A figure with nothing but a sheet of images, as `draw_sheet` lays them out."""
    rows, lines = max(1, -(-len(images) // columns)), max(caption.count("\n") + 1 for caption in ["", *captions])
    height = rows * (0.95 + 0.2 * lines) * sheet_stretch(images.shape[1], images.shape[2], lines)
    figure = new_figure(title, max(6.0, 1.1 * columns), 0.8 + height)
    draw_sheet(figure.subplots(), images, columns, captions, colours)
    return figure


def sheet_stretch(rows: int, columns: int, lines: int = 1) -> float:
    """How much higher a sheet is of images of `rows` x `columns` than of square ones; `lines` a caption has."""
    margin, line = _gaps(columns)
    return (rows + margin + line * lines) / (columns + 2 * margin) / ((31 + 6 * lines) / 34)


def _gaps(columns: int) -> tuple[int, int]:
    """The margin of an image in a sheet and the height of a line of its caption, in pixels of the image."""
    return max(1, round(3 * columns / USUAL)), max(1, round(6 * columns / USUAL))
