"""Confusion matrices."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes.plotting.style import new_figure


def draw_confusions(counts: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """The confusion matrix `(classes, classes)` as an annotated heat map of counts."""
    figure = new_figure(title, 8, 8)
    axes = figure.subplots()
    sns.heatmap(
        counts, annot=True, fmt="d", cmap="Blues", square=True, xticklabels=names, yticklabels=names,
        cbar_kws={"label": "Images", "shrink": 0.7}, ax=axes,
    )  # fmt: skip
    axes.set(xlabel="Predicted class", ylabel="Actual class")
    axes.tick_params(axis="y", rotation=0)
    return figure


def draw_error_rates(percent: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """Each row in per cent of its class `(classes, classes)`, the correct ones blanked, so that the errors compare."""
    figure = new_figure(title, 8, 8)
    axes = figure.subplots()
    sns.heatmap(
        percent, mask=np.eye(len(names), dtype=bool), annot=True, fmt=".1f", cmap="Blues", vmin=0, square=True,
        xticklabels=names, yticklabels=names, cbar_kws={"label": "Share of the actual class (%)", "shrink": 0.7},
        ax=axes,
    )  # fmt: skip
    axes.set(xlabel="Predicted class", ylabel="Actual class")
    axes.tick_params(axis="y", rotation=0)
    return figure
