"""Learning curves."""

import pandas as pd
from matplotlib.figure import Figure

from hidden_nodes.plotting.classes import COLOURS
from hidden_nodes.plotting.style import new_figure


def draw_history(history: pd.DataFrame, title: str) -> Figure:
    """Loss and accuracy by epoch, training and validation, side by side; a line marks the kept epoch.

    history : as `train_network` gives it.
    """
    kept = int(history.loc[history["kept"] == 1, "epoch"].item())
    figure = new_figure(title, 10, 4.2)
    for axes, measure in zip(figure.subplots(1, 2), ["loss", "accuracy"], strict=True):
        axes.plot(history["epoch"], history[measure], "o-", color=COLOURS[0], label="training")
        axes.plot(history["epoch"], history[f"val_{measure}"], "s--", color=COLOURS[3], label="validation")
        axes.axvline(kept, color="0.6", linewidth=1, zorder=0, label=f"kept: epoch {kept}")
        axes.set(title=measure.capitalize(), xlabel="Epoch", ylabel=measure.capitalize())
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y", color="0.9")
        axes.legend()
    return figure
