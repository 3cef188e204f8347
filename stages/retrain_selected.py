"""Train the same network again on the most important pixels alone: how much accuracy is left?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import accuracy_score

from hidden_nodes import paths
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.prepared import read_prepared, read_split
from hidden_nodes.data.ranking import read_ranking
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.network.evaluation import as_matrix, report_table, report_text, tabulate_confusions
from hidden_nodes.network.model import build_network, predict, read_weights_of, save_network
from hidden_nodes.network.training import train_network
from hidden_nodes.network.weights import write_weights
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.confusion import draw_confusions, draw_error_rates
from hidden_nodes.plotting.history import draw_history
from hidden_nodes.plotting.sheets import mark_pixels, show_image
from hidden_nodes.plotting.style import new_figure, plural, save_figure
from hidden_nodes.tables import write_csv


def draw_selected(image: np.ndarray, pixels: np.ndarray) -> Figure:
    """The selected pixels as red dots on an image `(rows, columns)`."""
    chosen = "most important pixel" if len(pixels) == 1 else f"{len(pixels)} most important pixels"
    figure = new_figure(f"The {chosen}, on the second training image", 7, 7)
    axes = figure.subplots()
    show_image(axes, image)
    rows, columns = image.shape
    axes.scatter(pixels % columns, pixels // columns, s=30, color="red", edgecolors="white", linewidths=0.5)
    axes.spines[:].set_visible(True)
    mark_pixels(axes, rows, columns)
    return figure


def draw_all(
    history: pd.DataFrame, confusions: pd.DataFrame, names: list[str], n_hidden: int, pixels: int
) -> dict[str, Figure]:
    """The pictures of how the network learned and what it confuses, by file name."""
    counts, percent = (as_matrix(confusions, column) for column in ("images", "percent"))
    wrong = f"{counts.sum() - counts.trace()} of {counts.sum()} misclassified"
    on_pixels = plural(pixels, "pixel")
    return {
        "history": draw_history(history, f"Learning from {on_pixels}: {plural(n_hidden, 'hidden node')}"),
        "confusion_counts": draw_confusions(counts, names, f"Confusion matrix with {on_pixels}: {wrong}"),
        "confusion_rates": draw_error_rates(percent, names, f"Error rates with {on_pixels}"),
    }


def main() -> None:
    params, dataset = load_settings()
    names = dataset.classes
    pixels = read_ranking(dataset.pixels)["pixel"].to_numpy()[: params.retrain_selected.pixels]
    images, y, images_test, actual = read_prepared(
        dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN, paths.IMAGES_TEST, paths.Y_TEST
    )
    x, x_test = (array.reshape(len(array), -1)[:, pixels] for array in (images, images_test))
    count = read_split()["train"]
    network = build_network(
        len(pixels), params.hidden, len(names), params.train.activation, params.train.l2, params.seed
    )
    history = train_network(network, (x[:count], y[:count]), (x[count:], y[count:]), params.train, params.seed)
    weights, predicted = read_weights_of(network), predict(network, x_test).argmax(axis=1)
    accuracy = accuracy_score(actual, predicted)
    val_accuracy = history.loc[history["kept"] == 1, "val_accuracy"].item()
    confusions = tabulate_confusions(actual, predicted, len(names))
    largest = int(np.bincount(y).argmax())
    report = report_text(actual, predicted, names, largest)
    figures = draw_all(history, confusions, names, params.hidden, len(pixels))
    figures["selected_pixels"] = draw_selected(scale_images(images[1]), pixels)
    with atomic_outputs(
        paths.SELECTED_NETWORK, paths.SELECTED_WEIGHTS, paths.SELECTED_TABLES, paths.SELECTED_PLOTS,
        paths.SELECTED_METRICS,
    ) as (model, weights_file, tables, plots, metrics_file):  # fmt: skip
        save_network(network, model)
        write_weights(weights, weights_file)
        write_csv(history, tables / paths.SELECTED_HISTORY.name)
        summary = pd.DataFrame({"pixels": [len(pixels)], "parameters": weights.parameters, "epochs": len(history)})
        write_csv(summary, tables / paths.SELECTED_NETWORK_TABLE.name)
        write_csv(confusions, tables / "confusion.csv")
        write_csv(report_table(actual, predicted, names, largest), tables / "classification_report.csv")
        (tables / "classification_report.txt").write_text(report, encoding="utf-8")
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json({"selected_accuracy": accuracy, "selected_val_accuracy": val_accuracy}, metrics_file)
    print(f"{plural(len(pixels), 'pixel')}: test accuracy {accuracy:.4f}, validation accuracy {val_accuracy:.4f}")
