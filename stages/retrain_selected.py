"""Train the same network again on the most important pixels alone: how much accuracy is left?"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hidden_nodes.paths import PIXELS, SIDE
from hidden_nodes.plotting.style import draw_history, new_figure, save_figure, show_digit
from hidden_nodes.files import atomic_outputs, read_json, write_csv, write_json
from hidden_nodes.network.model import build_network, keras, load_network, save_network
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared, read_split
from hidden_nodes.data.ranking import RANKING, read_ranking
from hidden_nodes.network.evaluation import (
    count_confusions,
    draw_confusions,
    draw_error_rates,
    report_table,
    report_text,
)
from hidden_nodes.network.training import train_network

MODEL = Path("models/network_selected.keras")
FULL_MODEL = Path("models/network.keras")
PLOTS = Path("plots/retrain_selected")
METRICS = Path("metrics/retrain_selected.json")


def read_classes(network: keras.Model, x: np.ndarray) -> np.ndarray:
    """The class `(n,)` that the network reads in each image of `x` `(n, inputs)`."""
    classes: np.ndarray = network(np.asarray(x)).numpy().argmax(axis=1)
    return classes


def draw_selected(image: np.ndarray, pixels: np.ndarray) -> Figure:
    """The selected pixels as red dots on an image `(784,)`."""
    chosen = "most important pixel" if len(pixels) == 1 else f"{len(pixels)} most important pixels"
    figure = new_figure(f"The {chosen}, on the second training image", 7, 7)
    axes = figure.subplots()
    show_digit(axes, image)
    axes.scatter(pixels % SIDE, pixels // SIDE, s=30, color="red", edgecolors="white", linewidths=0.5)
    axes.spines[:].set_visible(True)
    axes.set(xticks=range(0, SIDE, 3), yticks=range(0, SIDE, 3), xlabel="Column", ylabel="Row")
    return figure


def compare(full: dict[str, float], selected: dict[str, float], forest: dict[str, float]) -> pd.DataFrame:
    """Full network, selected network and forest side by side: `model inputs parameters test_accuracy`.

    A network's parameters are its weights and biases, a forest's are its splits.
    """
    return pd.DataFrame(
        [
            ["network, all pixels", PIXELS, full["parameters"], full["accuracy"]],
            ["network, selected pixels", selected["pixels"], selected["parameters"], selected["accuracy"]],
            [f"forest of {forest['trees']} trees, all pixels", PIXELS, forest["splits"], forest["test_accuracy"]],
        ],
        columns=["model", "inputs", "parameters", "test_accuracy"],
    )


def draw_comparison(table: pd.DataFrame) -> Figure:
    """The comparison as a picture of a table."""
    figure = new_figure("How much accuracy is left", 9, 2.3)
    axes = figure.subplots()
    axes.axis("off")
    cells = [
        [row.model, f"{row.inputs}", f"{row.parameters:,}", f"{row.test_accuracy:.2%}"] for row in table.itertuples()
    ]
    drawn = axes.table(
        cells,
        colLabels=["Model", "Inputs", "Parameters (forest: splits)", "Test accuracy"],
        colWidths=[0.38, 0.1, 0.32, 0.2],
        cellLoc="right",
        loc="center",
        edges="horizontal",
    )
    drawn.scale(1, 1.6)
    for (row, column), cell in drawn.get_celld().items():
        cell.set_text_props(weight="bold" if row == 0 else "normal", ha="left" if column == 0 else "right")
    return figure


def main() -> None:
    params = load_params()
    split, data = read_split(), read_data_title()
    pixels = read_ranking(RANKING)["pixel"].to_numpy()[: params.retrain_selected.pixels]
    x_train, y_train, x_test, actual = read_prepared("x_train", "y_train_one_hot", "x_test", "y_test")
    full = load_network(FULL_MODEL, PIXELS)
    x = x_train[:, pixels]
    count = split["train"]
    network = build_network(len(pixels), params.hidden, params.train.activation, params.train.l2, params.seed)
    history, kept = train_network(
        network, (x[:count], y_train[:count]), (x[count:], y_train[count:]), params.train, params.seed
    )
    predicted = read_classes(network, x_test[:, pixels])
    figures_of_merit = {
        "pixels": len(pixels),
        "parameters": network.count_params(),
        "epochs": len(history),
        "accuracy": np.mean(predicted == actual),
        "val_accuracy": history["val_accuracy"][kept - 1],
    }
    full_merit = {"parameters": full.count_params(), "accuracy": np.mean(read_classes(full, x_test) == actual)}
    table = compare(
        full_merit, figures_of_merit, read_json("metrics/rf_select.json", trees=int, splits=int, test_accuracy=float)
    )
    counts = count_confusions(actual, predicted)
    report = report_text(actual, predicted)
    with atomic_outputs(MODEL, PLOTS, METRICS) as (model, plots, metrics):
        save_network(network, model)
        write_csv(history, plots / "history.csv")
        write_csv(table, plots / "comparison.csv")
        write_csv(report_table(actual, predicted), plots / "classification_report.csv")
        (plots / "classification_report.txt").write_text(report, encoding="utf-8")
        wrong = f"{int(np.sum(predicted != actual))} of {len(actual)} wrong"
        figures = {
            "history": draw_history(history, f"Learning from {len(pixels)} pixels: {params.hidden} hidden nodes", kept),
            "confusion_counts": draw_confusions(counts, f"Confusion matrix with {len(pixels)} pixels: {wrong}"),
            "confusion_rates": draw_error_rates(counts, f"Error rates with {len(pixels)} pixels"),
            "selected_pixels": draw_selected(x_train[1], pixels),
            "comparison": draw_comparison(table),
        }
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", data)
        write_json(figures_of_merit, metrics)
    print(table.to_string(index=False))
