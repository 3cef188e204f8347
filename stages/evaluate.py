"""How well the network reads the test digits, what it mistakes for what, and how sure it was."""

from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes.paths import CLASSES, PIXELS
from hidden_nodes.errors import BadInput
from hidden_nodes.plotting.style import (
    RIGHT_COLOUR,
    WRONG_COLOUR,
    draw_digit_sheet,
    draw_sheet,
    new_figure,
    save_figure,
)
from hidden_nodes.files import atomic_outputs, write_csv, write_json
from hidden_nodes.network.model import keras, load_network
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared
from hidden_nodes.network.evaluation import (
    count_confusions,
    draw_confusions,
    draw_error_rates,
    report_table,
    report_text,
    score,
    tabulate_confusions,
)

MODEL = Path("models/network.keras")
PLOTS = Path("plots/evaluate")
METRICS = Path("metrics/evaluate.json")
SHEET = 25  # digits on a sheet of 5 x 5
TABLE_ROWS = 20  # images in the table of probabilities


def compute_loss(network: keras.Model, one_hot: np.ndarray, probabilities: np.ndarray) -> float:
    """The loss that training lowers: mean categorical cross-entropy plus the penalty on the weights."""
    cross_entropy = keras.losses.categorical_crossentropy(one_hot, probabilities)
    return float(np.mean(cross_entropy) + sum(float(penalty) for penalty in network.losses))


def tabulate_predictions(actual: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """A row an image: `index actual predicted probability` (of the predicted class)."""
    return pd.DataFrame(
        {
            "index": np.arange(len(actual)),
            "actual": actual,
            "predicted": probabilities.argmax(axis=1),
            "probability": probabilities.max(axis=1),
        }
    )


def find_confused_pair(counts: np.ndarray) -> tuple[int, int]:
    """The two classes most often taken for each other, both ways together; `counts` is `(10, 10)`."""
    both_ways = np.triu(counts + counts.T, k=1)
    first, second = np.unravel_index(both_ways.argmax(), both_ways.shape)
    return int(first), int(second)


def draw_predictions(images: np.ndarray, predictions: pd.DataFrame, title: str) -> Figure:
    """A 5 x 5 sheet, captioned with index, predicted and true class: green where right, red and crossed where wrong.

    images : all test images `(n, 784)`; predictions : the rows to show, as `tabulate_predictions` makes them.
    """
    captions, colours = [], []
    for row in predictions.itertuples():
        right = row.predicted == row.actual
        captions.append(
            f"#{row.index}: {row.predicted} {'✓' if right else f'✗ is {row.actual}'}\n{row.probability:.1%}"
        )
        colours.append(RIGHT_COLOUR if right else WRONG_COLOUR)
    return draw_digit_sheet(images[predictions["index"]], captions, title, columns=5, colours=colours)


def draw_probabilities(probabilities: np.ndarray, actual: np.ndarray) -> Figure:
    """A shaded table of class probabilities in per cent, a row an image; the true class is framed."""
    rows = len(probabilities)
    figure = new_figure(f"Class probabilities of the first {rows} test images (true class framed)", 9, 7.5)
    axes = figure.subplots()
    labels = [f"#{index} is {k}" for index, k in enumerate(actual)]
    sns.heatmap(
        100 * probabilities, annot=True, fmt=".1f", cmap="Blues", vmin=0, vmax=100, yticklabels=labels,
        linewidths=0.5, cbar_kws={"label": "Probability (%)", "shrink": 0.7}, ax=axes,
    )  # fmt: skip
    for index, k in enumerate(actual):
        axes.plot([k, k + 1, k + 1, k, k], [index, index, index + 1, index + 1, index], color="black", linewidth=1.5)
    axes.set(xlabel="Class", ylabel="Test image")
    axes.tick_params(axis="y", rotation=0)
    return figure


def draw_confused_pair(images: np.ndarray, actual: np.ndarray, predicted: np.ndarray, pair: tuple[int, int]) -> Figure:
    """Four panels of up to 25 digits: a read as a, a read as b, b read as a, b read as b."""
    a, b = pair
    figure = new_figure(f"The most confused pair: {a} and {b}", 9, 9.6)
    for axes, (true, read) in zip(figure.subplots(2, 2).flat, [(a, a), (a, b), (b, a), (b, b)], strict=True):
        chosen = np.flatnonzero((actual == true) & (predicted == read))
        draw_sheet(axes, images[chosen[:SHEET]], columns=5, rows=5)
        shown = f", the first {SHEET}" if len(chosen) > SHEET else ""
        colour = RIGHT_COLOUR if true == read else WRONG_COLOUR
        axes.set_title(f"{true} read as {read}: {len(chosen)}{shown}", color=colour)
    return figure


def main() -> None:
    first = load_params().evaluate.first
    data = read_data_title()
    network = load_network(MODEL, PIXELS)
    x, actual, one_hot = read_prepared("x_test", "y_test", "y_test_one_hot")
    if first >= len(x):
        raise BadInput(f"'evaluate.first' must be below the number of test images, {len(x)}. Got {first} instead.")
    probabilities = network(np.asarray(x)).numpy()
    predictions = tabulate_predictions(actual, probabilities)
    predicted = predictions["predicted"].to_numpy()
    counts = count_confusions(actual, predicted)
    wrong = predictions[predictions["actual"] != predictions["predicted"]]
    surest = wrong.sort_values("probability", ascending=False, kind="stable").head(SHEET)
    sheet = predictions.iloc[first : first + SHEET]
    report = report_text(actual, predicted)
    with atomic_outputs(PLOTS, METRICS) as (plots, metrics):
        write_json({**score(actual, predicted), "loss": compute_loss(network, one_hot, probabilities)}, metrics)
        (plots / "classification_report.txt").write_text(report, encoding="utf-8")
        write_csv(report_table(actual, predicted), plots / "classification_report.csv")
        write_csv(tabulate_confusions(counts), plots / "confusion.csv")
        write_csv(predictions, plots / "predictions.csv")
        table = pd.DataFrame(100 * probabilities[:TABLE_ROWS], columns=[f"class_{k}_percent" for k in range(CLASSES)])
        write_csv(
            table.assign(actual=actual[:TABLE_ROWS]).rename_axis("index"), plots / "probabilities.csv", index=True
        )
        figures = {
            "predictions": draw_predictions(x, sheet, f"Predictions from test image {first} on"),
            "probabilities": draw_probabilities(probabilities[:TABLE_ROWS], actual[:TABLE_ROWS]),
            "confusion_counts": draw_confusions(counts, f"Confusion matrix: {len(wrong)} of {len(x)} wrong"),
            "confusion_rates": draw_error_rates(counts, "Error rates: what each class is mistaken for"),
            "confused_pair": draw_confused_pair(x, actual, predicted, find_confused_pair(counts)),
            "surest_errors": draw_predictions(x, surest, f"The {len(surest)} errors that the network was surest of"),
        }
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", data)
    print(report)
