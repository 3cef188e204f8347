"""Confusion matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes.plotting.labels import FEW, label_classes
from hidden_nodes.plotting.style import new_figure

MOST_NUMBERS = 50  # classes of a matrix whose cells have numbers
CELL, SMALL_CELL = 0.32, 0.16  # inches of a cell, with a number and without


def draw_confusions(counts: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """The confusion matrix `(classes, classes)` as an annotated heat map of counts."""
    return _draw_matrix(counts, np.zeros(counts.shape, bool), "d", names, title, "Images")


def draw_error_rates(percent: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """Each row in per cent of its class `(classes, classes)`, the correct ones blanked, so that the errors compare."""
    return _draw_matrix(percent, np.eye(len(names), dtype=bool), ".1f", names, title, "Share of the actual class (%)")


def _draw_matrix(
    values: np.ndarray, blank: np.ndarray, form: str, names: Sequence[str], title: str, unit: str
) -> Figure:
    """A matrix `(classes, classes)` but for its `blank` cells.

    Of many classes, zeros have no number; of very many, no cell has one.
    """
    side = max(8, (CELL if len(names) <= MOST_NUMBERS else SMALL_CELL) * len(names) + 3)
    figure = new_figure(title, side, side)
    axes = figure.subplots()
    numbers = np.vectorize(lambda value: format(value, form))(values)
    if len(names) > FEW:
        numbers[values == 0] = ""
    style: dict[str, Any] = (
        {} if len(names) <= FEW else {"annot_kws": {"fontsize": 7 if len(names) <= MOST_NUMBERS // 2 else 6}}
    )
    sns.heatmap(
        values, mask=blank, annot=numbers if len(names) <= MOST_NUMBERS else False, fmt="", cmap="Blues", vmin=0,
        square=True, xticklabels=False, yticklabels=False, cbar_kws={"label": unit, "shrink": 0.7}, ax=axes, **style,
    )  # fmt: skip
    places = np.arange(len(names)) + 0.5
    label_classes(axes, "x", places, names)
    label_classes(axes, "y", places, names, "center")
    axes.set(xlabel="Predicted class", ylabel="Actual class")
    return figure
