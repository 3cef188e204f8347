"""Rank the pixels by how much a random forest relies on them."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier

from hidden_nodes.paths import SIDE
from hidden_nodes.plotting.style import CLASS_COLOURS, new_figure, save_figure
from hidden_nodes.files import atomic_outputs, write_csv, write_json
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared
from hidden_nodes.progress import progress

SELECTION = Path("data/selection")
PLOTS = Path("plots/rf_select")
METRICS = Path("metrics/rf_select.json")
STEP = 20  # trees grown between two steps of the progress bar


def fit_forest(x: np.ndarray, classes: np.ndarray, trees: int, seed: int) -> RandomForestClassifier:
    """Grow `trees` trees on `x` `(n, 784)` and `classes` `(n,)` with all cores; their number changes no result.

    Growing in steps, as the progress bar needs it, gives the same forest as growing all trees at once.
    """
    forest = RandomForestClassifier(random_state=seed, n_jobs=-1, warm_start=True)
    for count in progress([*range(STEP, trees, STEP), trees], f"growing {trees} trees"):
        forest.set_params(n_estimators=count).fit(x, classes)
    return forest


def rank_pixels(importances: np.ndarray) -> pd.DataFrame:
    """Pixels by importance, the most important first: columns `rank pixel row column importance`.

    importances : `(784,)`, the mean decrease in impurity, which sums to 1 (Breiman 2001). Equal ones keep their order.
    """
    pixels = np.argsort(-importances, kind="stable")
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(pixels) + 1),
            "pixel": pixels,
            "row": pixels // SIDE,
            "column": pixels % SIDE,
            "importance": importances[pixels],
        }
    )


def draw_importance(importances: np.ndarray) -> Figure:
    """The importances `(784,)` as a heat map of 28 x 28 pixels."""
    figure = new_figure("How much a random forest relies on each pixel", 8, 6.8)
    axes = figure.subplots()
    picture = axes.imshow(importances.reshape(SIDE, SIDE), cmap="hot", interpolation="nearest")
    axes.set(xlabel="Column", ylabel="Row", xticks=range(0, SIDE, 3), yticks=range(0, SIDE, 3))
    bar = figure.colorbar(picture, ax=axes, ticks=[importances.min(), importances.max()])
    bar.ax.set_yticklabels(["Not important", "Very important"])
    return figure


def draw_importance_curve(ranking: pd.DataFrame) -> Figure:
    """Importance by rank, and what the pixels up to each rank have together."""
    figure = new_figure("How importance falls from pixel to pixel", 10, 4.2)
    single, together = figure.subplots(1, 2)
    single.plot(ranking["rank"], ranking["importance"], color=CLASS_COLOURS[0], linewidth=2)
    single.set(title="Each pixel", xlabel="Rank", ylabel="Importance (all sum to 1)")
    together.plot(ranking["rank"], 100 * ranking["importance"].cumsum(), color=CLASS_COLOURS[0], linewidth=2)
    together.set(
        title="All pixels up to a rank together", xlabel="Rank", ylabel="Share of importance (%)", ylim=(0, 103)
    )
    for axes in (single, together):
        axes.grid(color="0.9")
    return figure


def main() -> None:
    params = load_params()
    data = read_data_title()
    x_train, y_train, x_test, y_test = read_prepared("x_train", "y_train", "x_test", "y_test")
    forest = fit_forest(x_train, y_train, params.rf_select.trees, params.seed)
    forest.set_params(n_jobs=1)  # threads would add the trees' votes in an order of their own
    accuracy = forest.score(x_test, y_test)
    ranking = rank_pixels(forest.feature_importances_)
    with atomic_outputs(SELECTION, PLOTS, METRICS) as (selection, plots, metrics):
        write_csv(ranking, selection / "ranking.csv")
        save_figure(draw_importance(forest.feature_importances_), plots / "importance.png", data)
        save_figure(draw_importance_curve(ranking), plots / "importance_curve.png", data)
        splits = sum(int(np.sum(tree.tree_.children_left >= 0)) for tree in forest.estimators_)
        write_json({"trees": params.rf_select.trees, "splits": splits, "test_accuracy": accuracy}, metrics)
    print(f"{params.rf_select.trees} trees: test accuracy {accuracy:.4f}; best pixel {ranking['pixel'][0]}")
