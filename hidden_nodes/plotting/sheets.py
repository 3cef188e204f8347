"""Sheets of images: row by row, each under its caption."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from hidden_nodes.plotting.style import hide_axes, new_figure

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
    width, height = wide + 6, high + 3 + 6 * lines
    canvas = np.full((rows * height, columns * width), np.nan)
    for position, image in enumerate(images):
        top, left = (position // columns + 1) * height - high, position % columns * width + 3
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
    rows = max(1, -(-len(images) // columns))
    figure = new_figure(title, max(6.0, 1.1 * columns), 0.8 + rows * (1.35 if "\n" in "".join(captions) else 1.15))
    draw_sheet(figure.subplots(), images, columns, captions, colours)
    return figure
