"""The picture of compared networks: how much of the space they share, and how much of the basis."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from hidden_nodes.plotting.classes import CLASS_STYLES
from hidden_nodes.plotting.style import new_figure

SPACE = {
    "seeds_cka": "other seeds", "pixels_cka": "the pixels", "labels_cka": "the classes",
    "permuted_cka": "other seeds, images permuted within class", "untrained_cka": "untrained networks",
}  # fmt: skip
BASIS = {
    "seeds": "other seeds", "rotated": "rotated at random (same CKA)",
    "permuted": "images permuted within class", "untrained": "untrained networks",
}  # fmt: skip


def draw_comparison(summary: pd.DataFrame) -> Figure:
    """CKA on the left, on the right the share of matched nodes that correlate above 0.8, by width.

    summary : as `compare` writes it, means and 95 % intervals over seeds. Several settings of one width are averaged.
    """
    figure = new_figure("Would another seed know the same?", 12, 5)
    left, right = figure.subplots(1, 2)
    _draw_lines(left, summary, SPACE, 1)
    left.set(
        title="The space: CKA of the activations with those of ...", ylabel="CKA (linear, debiased)", ylim=(0, 1.02)
    )
    _draw_lines(right, summary, {f"{control}_share_80": text for control, text in BASIS.items()}, 100)
    right.set(
        title="The basis: nodes that another network has too", ylabel="Matched nodes that correlate above 0.8 (%)"
    )
    right.set_ylim(bottom=-1)
    return figure


def _draw_lines(axes: Axes, summary: pd.DataFrame, lines: dict[str, str], factor: float) -> None:
    """A line a figure over the numbers of nodes, with its interval; single points where there is one number."""
    for style, (figure, text) in zip(CLASS_STYLES, lines.items(), strict=False):
        rows = summary[summary["figure"] == figure].groupby("hidden")[["mean", "low", "high"]].mean()
        values = factor * rows
        reach = np.stack([values["mean"] - values["low"], values["high"] - values["mean"]])
        axes.errorbar(
            values.index, values["mean"], np.nan_to_num(reach), color=style.colour, marker=style.mark, capsize=3,
            linewidth=2, markersize=6, label=text,
        )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted(summary["hidden"].unique()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlabel("Hidden nodes (log scale)")
    axes.grid(color="0.9")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize=9)
