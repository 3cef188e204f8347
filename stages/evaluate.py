"""How often the network is correct on the test images, what it confuses, and how sure it was."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from sklearn.metrics import accuracy_score, root_mean_squared_error

from hidden_nodes import paths
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.prepared import read_prepared
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.network.evaluation import as_matrix, report_table, report_text, tabulate_confusions
from hidden_nodes.network.forward import classify_images
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.confusion import MOST_NUMBERS, draw_confusions, draw_error_rates
from hidden_nodes.plotting.labels import FEW, label_classes, shorten_all
from hidden_nodes.plotting.sheets import draw_image_sheet, draw_sheet, sheet_stretch
from hidden_nodes.plotting.style import CORRECT_COLOUR, WRONG_COLOUR, new_figure, save_figure
from hidden_nodes.tables import write_csv

SHEET = 25  # images on a sheet of 5 x 5
SHORT_NAME, LINE_NAME = 4, 10  # characters of a class's name, of which two fit into a line above an image, or one
TABLE_ROWS = 20  # images in the table of probabilities
LEAST_PROBABILITY = 1e-7  # of which Keras takes the logarithm


def compute_loss(weights: Weights, actual: np.ndarray, probabilities: np.ndarray) -> float:
    """The loss that training lowers: mean categorical cross-entropy plus the penalty on the weights.

    actual : classes `(n,)`; probabilities : `(n, classes)`, which Keras takes as at least 1e-7 and at most 1 - 1e-7.
    """
    own = probabilities[np.arange(len(actual)), actual].astype(np.float64)
    cross_entropy = -np.log(own.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    return float(cross_entropy.mean() + weights.l2 * np.square(weights.hidden_weights, dtype=np.float64).sum())


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


def tabulate_probabilities(probabilities: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """The first images' class probabilities in per cent: `index`, `class_0_percent`, ..., `actual`."""
    names = [f"class_{k}_percent" for k in range(probabilities.shape[1])]
    table = pd.DataFrame(100 * probabilities[:TABLE_ROWS], columns=names).assign(actual=actual[:TABLE_ROWS])
    return table.rename_axis("index").reset_index()


def find_confused_pair(counts: np.ndarray) -> tuple[int, int]:
    """The two classes most often confused, both ways together; `counts` is `(classes, classes)`."""
    both_ways = np.triu(counts + counts.T, k=1)
    first, second = np.unravel_index(both_ways.argmax(), both_ways.shape)
    return int(first), int(second)


def draw_predictions(images: np.ndarray, predictions: pd.DataFrame, names: Sequence[str], title: str) -> Figure:
    """A 5 x 5 sheet, captioned with index, predicted and actual class: green where correct, red and crossed where not.

    images : all test images `(n, rows, columns)` uint8; predictions : the rows to show, as `tabulate_predictions`
    makes them.
    """
    captions, colours, names = [], [], shorten_all(names, LINE_NAME)
    apart = "\n" if max(map(len, names)) > SHORT_NAME else " "  # two names of some length take a line each
    for row in predictions.itertuples():
        correct = row.predicted == row.actual
        verdict = " ✓" if correct else f"{apart}✗ is {names[row.actual]}"
        captions.append(f"#{row.index}: {names[row.predicted]}{verdict}\n{row.probability:.1%}")
        colours.append(CORRECT_COLOUR if correct else WRONG_COLOUR)
    return draw_image_sheet(scale_images(images[predictions["index"]]), captions, title, columns=5, colours=colours)


def draw_probabilities(probabilities: np.ndarray, actual: np.ndarray, names: Sequence[str]) -> Figure:
    """A shaded table of class probabilities in per cent, a row an image; the actual class is framed."""
    rows, many = len(probabilities), len(names) > FEW
    width = 9 if not many else max(9, 0.28 * len(names) + 4) if len(names) <= MOST_NUMBERS else 0.12 * len(names) + 4
    figure = new_figure(f"Class probabilities of the first {rows} test images (actual class framed)", width, 7.5)
    axes = figure.subplots()
    short = shorten_all(names)
    labels = [f"#{index} is {short[k]}" for index, k in enumerate(actual)]
    sns.heatmap(
        100 * probabilities, annot=len(names) <= MOST_NUMBERS, fmt=".0f" if many else ".1f", cmap="Blues", vmin=0,
        vmax=100, xticklabels=False, yticklabels=False, linewidths=0.5,
        cbar_kws={"label": "Probability (%)", "shrink": 0.7}, ax=axes, annot_kws={"fontsize": 7} if many else None,
    )  # fmt: skip
    label_classes(axes, "x", np.arange(len(names)) + 0.5, names)
    axes.set_yticks(np.arange(rows) + 0.5, labels, va="center")
    for index, k in enumerate(actual):
        axes.plot([k, k + 1, k + 1, k, k], [index, index, index + 1, index + 1, index], color="black", linewidth=1.5)
    axes.set(xlabel="Class", ylabel="Test image")
    return figure


def draw_confused_pair(
    images: np.ndarray, predictions: pd.DataFrame, names: Sequence[str], pair: tuple[int, int]
) -> Figure:
    """Four panels of up to 25 images: a predicted as a, a as b, b as a, b as b."""
    (a, b), names = pair, shorten_all(names)
    stretch = sheet_stretch(images.shape[1], images.shape[2], lines=0)
    figure = new_figure(f"The most confused pair: {names[a]} and {names[b]}", 9, 0.6 + 9 * stretch)
    for axes, (actual, predicted) in zip(figure.subplots(2, 2).flat, [(a, a), (a, b), (b, a), (b, b)], strict=True):
        chosen = np.flatnonzero((predictions["actual"] == actual) & (predictions["predicted"] == predicted))
        draw_sheet(axes, scale_images(images[chosen[:SHEET]]), columns=5, rows=5)
        shown = f", the first {SHEET}" if len(chosen) > SHEET else ""
        colour = CORRECT_COLOUR if actual == predicted else WRONG_COLOUR
        axes.set_title(f"{names[actual]} predicted as {names[predicted]}: {len(chosen)}{shown}", color=colour)
    return figure


def draw_all(
    images: np.ndarray, predictions: pd.DataFrame, probabilities: np.ndarray, confusions: pd.DataFrame,
    names: list[str], first: int,
) -> dict[str, Figure]:  # fmt: skip
    """The pictures by file name; images : all test images `(n, rows, columns)` uint8."""
    counts, percent = (as_matrix(confusions, column) for column in ("images", "percent"))
    wrong = predictions[predictions["actual"] != predictions["predicted"]]
    surest = wrong.sort_values("probability", ascending=False, kind="stable").head(SHEET)
    actual = predictions["actual"].to_numpy()[:TABLE_ROWS]
    sheet_title = f"Predictions from test image {first} on"
    surest_title = f"The {len(surest)} errors that the network was surest of"
    return {
        "predictions": draw_predictions(images, predictions.iloc[first : first + SHEET], names, sheet_title),
        "probabilities": draw_probabilities(probabilities[:TABLE_ROWS], actual, names),
        "confusion_counts": draw_confusions(
            counts, names, f"Confusion matrix: {len(wrong)} of {len(images)} misclassified"
        ),
        "confusion_rates": draw_error_rates(percent, names, "Error rates: what each class is confused with"),
        "confused_pair": draw_confused_pair(images, predictions, names, find_confused_pair(counts)),
        "surest_errors": draw_predictions(images, surest, names, surest_title),
    }


def main() -> None:
    params, dataset = load_settings()
    names = dataset.classes
    weights = read_weights(paths.WEIGHTS, dataset.pixels, len(names))
    images, actual, y_train = read_prepared(dataset, paths.IMAGES_TEST, paths.Y_TEST, paths.Y_TRAIN)
    probabilities = classify_images(weights, images)
    predictions = tabulate_predictions(actual, probabilities)
    predicted = predictions["predicted"].to_numpy()
    confusions = tabulate_confusions(actual, predicted, len(names))
    figures = draw_all(images, predictions, probabilities, confusions, names, params.evaluate.first)
    loss = compute_loss(weights, actual, probabilities)
    metrics = {"test_accuracy": accuracy_score(actual, predicted), "test_loss": loss}
    if dataset.ordered:
        metrics["rmse"] = root_mean_squared_error(actual, predicted)
    largest = int(np.bincount(y_train).argmax())
    report = report_text(actual, predicted, names, largest)
    with atomic_outputs(paths.EVALUATE_TABLES, paths.EVALUATE_PLOTS, paths.EVALUATE_METRICS) as (
        tables, plots, metrics_file,
    ):  # fmt: skip
        (tables / "classification_report.txt").write_text(report, encoding="utf-8")
        write_csv(report_table(actual, predicted, names, largest), tables / paths.REPORT.name)
        write_csv(confusions, tables / paths.CONFUSIONS.name)
        write_csv(predictions, tables / paths.PREDICTIONS.name)
        write_csv(tabulate_probabilities(probabilities, actual), tables / "probabilities.csv")
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json(metrics, metrics_file)
    print(report)
