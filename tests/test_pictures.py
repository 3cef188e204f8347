"""Pictures of 2 to 100 classes, with awkward names: each class has a style of its own, and no text lies on another."""

import colorsys
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from hidden_nodes.plotting.classes import CLASS_STYLES, styles_of
from hidden_nodes.plotting.confusion import draw_confusions, draw_error_rates
from hidden_nodes.plotting.labels import shorten, shorten_all
from hidden_nodes.plotting.maps import draw_line, draw_pairs
from hidden_nodes.plotting.scatter import draw_scatter
from hidden_nodes.plotting.sheets import draw_image_sheet
from hidden_nodes.plotting.style import find_undrawable, save_figure
from stages.activations import draw_class_means
from stages.evaluate import draw_probabilities
from stages.explore import count_classes, draw_class_counts

COUNTS = (2, 26, 100)
ODD_NAMES = ["<b>bold</b>", "é", "a name of forty characters, to the last", "$x^2$", "猫"]
GENERATOR = np.random.default_rng(5)


def names_of(count: int) -> list[str]:
    return [*ODD_NAMES, *(f"class number {k}" for k in range(len(ODD_NAMES), count))][:count]


def draw_points(draw: Callable[..., Figure], dimensions: int) -> Callable[[list[str]], Figure]:
    """A picture of four points a class by one of the functions that draw maps."""
    axis_names = [f"Axis {n}" for n in range(dimensions)]

    def draw_names(names: list[str]) -> Figure:
        points, classes = GENERATOR.random((4 * len(names), dimensions)), np.arange(4 * len(names)) % len(names)
        if draw is draw_scatter:
            return draw(points, classes, names, "Points", axis_names)
        return draw(points, classes, names, axis_names, "Points")

    return draw_names


def draw_counts(names: list[str]) -> Figure:
    labels = np.arange(12345) % len(names)
    return draw_class_counts(count_classes(labels, labels[:100], len(names)), names)


def draw_chances(names: list[str]) -> Figure:
    chances = np.full((20, len(names)), 1 / len(names))
    return draw_probabilities(chances, np.arange(20) % len(names), names)


DRAWN: dict[str, Callable[[list[str]], Figure]] = {
    "confusions": lambda names: draw_confusions(np.full((len(names),) * 2, 980), names, "Confusions"),
    "error rates": lambda names: draw_error_rates(np.full((len(names),) * 2, 99.9), names, "Errors"),
    "scatter": draw_points(draw_scatter, 2),
    "pairs": draw_points(draw_pairs, 3),
    "line": lambda names: draw_line(GENERATOR.random((len(names), 1)), np.arange(len(names)), names, "Line", "Axis"),
    "class counts": draw_counts,
    "class means": lambda names: draw_class_means(GENERATOR.random((len(names), 30)), names),
    "probabilities": draw_chances,
}


def overlapping(texts: list[Text]) -> list[tuple[str, str]]:
    """Neighbours whose boxes share more than a pixel."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text() and text.get_visible()]
    return [
        (one, other)
        for (one, first), (other, second) in pairwise(boxes)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]


def all_axes(figure: Figure) -> list[Axes]:
    return [*figure.axes, *(axes for part in figure.subfigs for axes in part.axes if axes not in figure.axes)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("what", DRAWN)
def test_no_name_lies_on_another(what: str, count: int, tmp_path: Path) -> None:
    figure = DRAWN[what](names_of(count))
    save_figure(figure, tmp_path / "picture.png", "made up")
    with warnings.catch_warnings():  # to measure a text is to lay it out once more
        warnings.filterwarnings("ignore", message="Glyph")
        check_texts(figure, count)


def check_texts(figure: Figure, count: int) -> None:
    """No tick label lies on its neighbour; a legend has all classes and is all in the picture."""
    FigureCanvasAgg(figure)
    for axes in all_axes(figure):
        assert overlapping(axes.xaxis.get_ticklabels()) == overlapping(axes.yaxis.get_ticklabels()) == []
    found = [*figure.legends, *(axes.get_legend() for axes in all_axes(figure))]
    for legend in [legend for legend in found if legend is not None]:
        assert len(legend.get_texts()) == count
        box = legend.get_window_extent()
        assert min(box.x0, box.y0) >= -1
        assert (box.x1 <= figure.bbox.width + 1, box.y1 <= figure.bbox.height + 1) == (True, True)


def test_every_class_has_a_style_of_its_own() -> None:
    assert styles_of(10) == CLASS_STYLES
    for count in range(2, 101):
        styles = styles_of(count)
        assert len({style.colour for style in styles}) == len({(s.colour, s.mark) for s in styles}) == count
        assert [style.mark for style in styles] == [CLASS_STYLES[k % 10].mark for k in range(count)]
    lightness = [colorsys.rgb_to_hls(*to_rgb(style.colour))[1] for style in styles_of(100)]
    assert min(abs(one - other) for one, other in pairwise(lightness)) > 0.1


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (20, 30), (30, 20), (28, 28), (64, 64)])
def test_captions_of_a_sheet_have_room_whatever_the_images_size(rows: int, columns: int, tmp_path: Path) -> None:
    captions = ["one line\nand another"] * 20
    figure = draw_image_sheet(np.ones((20, rows, columns)), captions, "Sheet", columns=5)
    save_figure(figure, tmp_path / "sheet.png", "made up")
    axes = figure.axes[0]
    pixel = axes.transData.transform((0, 1))[1] - axes.transData.transform((0, 0))[1]
    for text in axes.texts:
        box = text.get_window_extent()
        bottom = axes.transData.inverted().transform((0, box.y1))[1]  # rows count downwards
        row = int(text.get_position()[1] // (abs(box.height / pixel) + rows + 1))
        assert box.height <= figure.bbox.height
        assert bottom >= row  # never above the picture
    first, below = axes.texts[0].get_window_extent(), axes.texts[5].get_window_extent()
    assert first.y0 - below.y1 >= rows * abs(pixel) * 0.98  # a whole image between the captions of two lines


def test_long_names_end_with_an_ellipsis_and_missing_letters_are_found() -> None:
    assert shorten("Ankle boot", 16) == "Ankle boot"
    assert shorten("a name of forty characters", 10) == "a name of…"
    assert shorten_all(["a long name, first", "a long name, second", "short"], 12) == [
        "a long n… 0",
        "a long n… 1",
        "short",
    ]
    assert find_undrawable(["é", "ёж", "γάτα", "猫", "कुत्ता"]) == ["猫", "कुत्ता"]
