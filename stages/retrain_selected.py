"""Train the same network again on a few pixels alone: how much accuracy is left?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hidden_nodes import paths
from hidden_nodes.data.attention import attention_ranking
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.pruning import pruning_ranking
from hidden_nodes.data.ranking import read_ranking
from hidden_nodes.data.rankings import grid_pixels, random_ranking, spread_ranking, variance_ranking
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.network.model import save_network
from hidden_nodes.network.retraining import Images, draw_retrained, read_images, retrain, write_tables
from hidden_nodes.network.weights import write_weights
from hidden_nodes.params import RetrainSelected, load_settings
from hidden_nodes.plotting.sheets import mark_pixels, show_image
from hidden_nodes.plotting.style import new_figure, plural, save_figure
from hidden_nodes.tables import write_csv

# What a title calls the pixels of each ranking, one and many.
CALLED = {
    "forest": ("most important pixel", "{} most important pixels"),
    "forest_spread": ("most important pixel", "{} most important pixels that are not much alike"),
    "grid": ("pixel in the middle", "{} pixels of an even grid"),
    "variance": ("pixel that varies most", "{} pixels that vary most"),
    "random": ("pixel drawn at random", "{} pixels drawn at random"),
    "attention": ("pixel that Sequential Attention picked", "{} pixels that Sequential Attention picked"),
    "pruning": ("pixel that pruning left", "{} pixels that pruning left"),
}


def choose_pixels(
    settings: RetrainSelected, images: Images, shape: tuple[int, int], forest: np.ndarray, seed: int
) -> np.ndarray:
    """The first `settings.pixels` pixels by `settings.ranking`, from the images that train alone.

    shape : rows and columns of an image. forest : `(pixels,)`, the forest's ranking, on which "forest" and
    "forest_spread" rest; the forest saw as many of the first training images as `rf_select.images` says.
    """
    count, x, y = settings.pixels, images.train[: images.training], images.y_train[: images.training]
    match settings.ranking:
        case "forest":
            ranking = forest
        case "forest_spread":
            ranking = spread_ranking(forest, x)
        case "grid":
            ranking = grid_pixels(*shape, count)
        case "variance":
            ranking = variance_ranking(x)
        case "random":
            ranking = random_ranking(x.shape[1], seed)
        case "attention":
            ranking = attention_ranking(x, y, count, seed)
        case "pruning":
            ranking = pruning_ranking(x, y, count, seed)
    return ranking[:count]


def tabulate_pixels(pixels: np.ndarray, columns: int) -> pd.DataFrame:
    """The chosen pixels of images with so many `columns`: `rank pixel row column`."""
    ranks = np.arange(1, len(pixels) + 1)
    return pd.DataFrame({"rank": ranks, "pixel": pixels, "row": pixels // columns, "column": pixels % columns})


def draw_selected(image: np.ndarray, pixels: np.ndarray, ranking: str) -> Figure:
    """The selected pixels, by `ranking`, as red dots on an image `(rows, columns)`."""
    one, many = CALLED[ranking]
    chosen = one if len(pixels) == 1 else many.format(len(pixels))
    space = " " if ranking == "forest" else "\n"  # the others' titles do not fit on one line
    figure = new_figure(f"The {chosen},{space}on the second training image", 7, 7)
    axes = figure.subplots()
    show_image(axes, image)
    rows, columns = image.shape
    axes.scatter(pixels % columns, pixels // columns, s=30, color="red", edgecolors="white", linewidths=0.5)
    axes.spines[:].set_visible(True)
    mark_pixels(axes, rows, columns)
    return figure


def main() -> None:
    params, dataset = load_settings()
    ranking = params.retrain_selected.ranking
    forest = read_ranking(dataset.pixels)["pixel"].to_numpy()
    images = read_images(dataset)
    shape = (dataset.rows, dataset.columns)
    pixels = choose_pixels(params.retrain_selected, images, shape, forest, params.seed)
    x, x_test = images.train[:, pixels], images.test[:, pixels]
    found = retrain(x, x_test, images, dataset.classes, params.hidden, params.train, params.seed)
    figures = draw_retrained(found, plural(len(pixels), "pixel"))
    figures["selected_pixels"] = draw_selected(scale_images(images.train[1].reshape(shape)), pixels, ranking)
    with atomic_outputs(
        paths.SELECTED_NETWORK, paths.SELECTED_WEIGHTS, paths.SELECTED_TABLES, paths.SELECTED_PLOTS,
        paths.SELECTED_METRICS,
    ) as (model, weights_file, tables, plots, metrics_file):  # fmt: skip
        save_network(found.network, model)
        write_weights(found.weights, weights_file)
        write_tables(found, "pixels", tables)
        write_csv(tabulate_pixels(pixels, dataset.columns), tables / paths.SELECTED_PIXELS.name)
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        metrics = {"selected_accuracy": found.accuracy, "selected_val_accuracy": found.val_accuracy}
        write_json(metrics, metrics_file)
    print(
        f"{plural(len(pixels), 'pixel')}, ranking {ranking}: test accuracy {found.accuracy:.4f}, "
        f"validation accuracy {found.val_accuracy:.4f}"
    )
