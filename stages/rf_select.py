"""Rank the pixels by how much a random forest relies on them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier

from hidden_nodes import paths
from hidden_nodes.data.pixels import scale_pixels
from hidden_nodes.data.prepared import read_prepared
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.classes import COLOURS
from hidden_nodes.plotting.sheets import mark_pixels
from hidden_nodes.plotting.style import new_figure, save_figure
from hidden_nodes.progress import progress
from hidden_nodes.tables import write_csv

STEP = 20  # trees grown between two steps of the progress bar
NO_FILTERS = "`sklearn.utils.parallel.delayed` should be used with"  # scikit-learn, on filters that it does not find


def fit_forest(x: np.ndarray, classes: np.ndarray, trees: int, seed: int) -> RandomForestClassifier:
    """Grow `trees` trees on `x` `(n, pixels)` and `classes` `(n,)` with all cores; their number changes no result.

    Growing in steps, as the progress bar needs it, gives the same forest as growing all trees at once.
    """
    forest = RandomForestClassifier(random_state=seed, n_jobs=-1, warm_start=True)
    with guarded_filters():
        for count in progress([*range(STEP, trees, STEP), trees], f"growing {trees} trees"):
            forest.set_params(n_estimators=count).fit(x, classes)
    return forest


@contextmanager
def guarded_filters() -> Iterator[None]:
    """Keep Python's filters of warnings as they are while scikit-learn grows trees in threads.

    Each of its threads empties the one list of filters that all share, and fills it again. As another begins or ends
    meanwhile, the list can stay empty; scikit-learn then warns that it was passed none, which is no news to a user.
    """
    show = warnings.showwarning

    def show_others(message: Warning | str, *where: Any, **more: Any) -> None:
        if NO_FILTERS not in str(message):
            show(message, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = show_others
        yield


def rank_pixels(importances: np.ndarray, columns: int) -> pd.DataFrame:
    """Pixels by importance, the most important first: columns `rank pixel row column importance`.

    importances : `(pixels,)` of images with so many `columns`: the mean decrease in impurity, which sums to 1 (Breiman
    2001). Equal ones keep their order.
    """
    pixels = np.argsort(-importances, kind="stable")
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(pixels) + 1),
            "pixel": pixels,
            "row": pixels // columns,
            "column": pixels % columns,
            "importance": importances[pixels],
        }
    )


def draw_importance(importances: np.ndarray) -> Figure:
    """The importances `(rows, columns)` as a heat map of the pixels."""
    figure = new_figure("How much a random forest relies on each pixel", 8, 6.8)
    axes = figure.subplots()
    picture = axes.imshow(importances, cmap="hot", interpolation="nearest")
    mark_pixels(axes, *importances.shape)
    bar = figure.colorbar(picture, ax=axes, ticks=[importances.min(), importances.max()])
    bar.ax.set_yticklabels(["Not important", "Very important"])
    return figure


def draw_importance_curve(ranking: pd.DataFrame) -> Figure:
    """Importance by rank, and what the pixels up to each rank have together."""
    figure = new_figure("How importance falls from pixel to pixel", 10, 4.2)
    single, together = figure.subplots(1, 2)
    single.plot(ranking["rank"], ranking["importance"], color=COLOURS[0], linewidth=2)
    single.set(title="Each pixel", xlabel="Rank", ylabel="Importance (all sum to 1)")
    together.plot(ranking["rank"], 100 * ranking["importance"].cumsum(), color=COLOURS[0], linewidth=2)
    together.set(
        title="All pixels up to a rank together", xlabel="Rank", ylabel="Share of importance (%)", ylim=(0, 103)
    )
    for axes in (single, together):
        axes.grid(color="0.9")
    return figure


def main() -> None:
    params, dataset = load_settings()
    trees = params.rf_select.trees
    images, y, images_test, y_test = read_prepared(
        dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN, paths.IMAGES_TEST, paths.Y_TEST
    )
    seen = min(params.rf_select.images, len(images))
    forest = fit_forest(scale_pixels(images[:seen]), y[:seen], trees, params.seed)
    forest.set_params(n_jobs=1)  # threads would add the trees' votes in an order of their own
    accuracy = forest.score(scale_pixels(images_test), y_test)
    splits = sum(int(np.sum(tree.tree_.children_left >= 0)) for tree in forest.estimators_)
    ranking = rank_pixels(forest.feature_importances_, dataset.columns)
    figures = {
        "importance": draw_importance(forest.feature_importances_.reshape(dataset.rows, dataset.columns)),
        "importance_curve": draw_importance_curve(ranking),
    }
    with atomic_outputs(paths.SELECTION, paths.SELECTION_PLOTS, paths.SELECTION_METRICS) as (
        tables, plots, metrics_file,
    ):  # fmt: skip
        write_csv(ranking, tables / paths.RANKING.name)
        summary = pd.DataFrame({"trees": [trees], "splits": [splits], "test_accuracy": [accuracy]})
        write_csv(summary, tables / paths.FOREST.name)
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json({"forest_accuracy": accuracy}, metrics_file)
    print(f"{trees} trees: test accuracy {accuracy:.4f}; best pixel {ranking['pixel'][0]}")
