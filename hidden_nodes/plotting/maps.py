"""Pictures of projections: the variance that components carry, pairs of components, maps with small images on them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from hidden_nodes.plotting.classes import COLOURS, styles_of
from hidden_nodes.plotting.labels import label_classes
from hidden_nodes.plotting.points import jitter_by_class, name_tsne
from hidden_nodes.plotting.scatter import add_legend, extra_width, legend_height, scatter_classes
from hidden_nodes.plotting.style import hide_axes, new_figure

MIN_DISTANCE = 0.038  # of the map's width between the centres of two small images: no frame lies on another
IMAGE_SIZE = 21  # points that the longer side of a small image takes


def draw_explained_variance(ratio: np.ndarray, share: float, needed: int, title: str) -> Figure:
    """The cumulative share of variance by number of components; marked is how many are `needed` for a `share` of it."""
    figure = new_figure(title, 9, 4.5)
    axes = figure.subplots()
    numbers = np.arange(1, len(ratio) + 1)
    axes.plot(numbers, 100 * np.cumsum(ratio), "o-" if len(ratio) < 30 else "-", color=COLOURS[0], linewidth=2)
    if needed:
        axes.axhline(100 * share, color="0.6", linewidth=1, linestyle="--")
        axes.axvline(needed, color="0.6", linewidth=1, linestyle="--")
        axes.plot(needed, 100 * np.cumsum(ratio)[needed - 1], "D", color=COLOURS[3], markersize=8)
        verb = "component carries" if needed == 1 else "components carry"
        note = f"{needed} of {len(ratio)} {verb} {share:.0%}"
        axes.text(0.98, 0.12, note, color=COLOURS[3], weight="bold", ha="right", transform=axes.transAxes)
    axes.set(xlabel="Components", ylabel="Cumulative explained variance (%)", ylim=(0, 103))
    if len(ratio) <= 10:
        axes.set_xticks(numbers)
    return figure


def draw_pairs(
    points: np.ndarray, classes: np.ndarray, names: Sequence[str], axis_names: Sequence[str], title: str
) -> Figure:
    """The three pairs of the first three components `(n, 3)`, coloured by class."""
    figure = new_figure(title, 15 + extra_width(names), max(5.2, legend_height(names)))
    for axes, (first, second) in zip(figure.subplots(1, 3), [(0, 1), (0, 2), (1, 2)], strict=True):
        scatter_classes(axes, points[:, [first, second]], classes, len(names), size=5)
        axes.set(xlabel=axis_names[first], ylabel=axis_names[second])
    add_legend(figure, names)
    return figure


def draw_line(points: np.ndarray, classes: np.ndarray, names: Sequence[str], title: str, axis_name: str) -> Figure:
    """A one-dimensional map `(n, 1)`: a row for each class, the points jittered within it."""
    figure = new_figure(title, 12, max(5, 0.16 * len(names) + 1))
    axes = figure.subplots()
    colours = np.array([style.colour for style in styles_of(len(names))])
    axes.scatter(points[:, 0], jitter_by_class(classes), s=3, c=colours[classes], linewidths=0)
    axes.set(xlabel=axis_name, ylabel="Class")
    label_classes(axes, "y", np.arange(len(names)), names)
    axes.invert_yaxis()
    return figure


def draw_image_map(
    points: np.ndarray, classes: np.ndarray, images: np.ndarray, names: Sequence[str], title: str
) -> Figure:
    """A t-SNE map `(n, 2)`, with small images laid over it where there is room, framed in their class's colour."""
    figure = new_figure(title, 12 + extra_width(names), 11)
    axes = figure.subplots()
    scatter_classes(axes, points, classes, len(names), size=8)
    styles = styles_of(len(names))
    zoom = IMAGE_SIZE / max(images.shape[1:])
    for index in choose_distant(points):
        picture = OffsetImage(images[index], zoom=zoom, cmap="binary")
        frame = {"edgecolor": styles[classes[index]].colour, "linewidth": 2, "boxstyle": "square,pad=0.05"}
        axes.add_artist(AnnotationBbox(picture, points[index], bboxprops=frame, pad=0))
    add_legend(figure, names)
    hide_axes(axes)
    axes.set(xlabel=name_tsne(0), ylabel=name_tsne(1))
    return figure


def choose_distant(points: np.ndarray) -> list[int]:
    """Indices of points `(n, 2)` in order of the rows, each at a distance from all chosen before."""
    extent = np.ptp(points, axis=0)
    places = (points - points.min(axis=0)) / np.where(extent > 0, extent, 1)
    chosen: list[int] = []
    for index, place in enumerate(places):
        if not chosen or np.abs(places[chosen] - place).max(axis=1).min() > MIN_DISTANCE:
            chosen.append(index)
    return chosen
