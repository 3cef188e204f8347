"""How right a classifier is: one set of figures and tables for every network of the study."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, root_mean_squared_error

from hidden_nodes.paths import CLASSES
from hidden_nodes.plotting.style import new_figure

LABELS = list(range(CLASSES))
DIGITS = 4  # decimals of the printed report


def score(actual: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """`accuracy`, `rmse` (of the class numbers), `errors`, and `per_class`: precision, recall, f1, support.

    `per_class` has a list of ten values for each, class 0 first: DVC leaves lists out of its tables of metrics, which
    forty columns would drown. A class that is never predicted has precision 0.
    """
    classes = report_table(actual, predicted).set_index("class").loc[[str(k) for k in LABELS]]
    return {
        "accuracy": accuracy_score(actual, predicted),
        "rmse": root_mean_squared_error(actual, predicted),
        "errors": int(np.sum(actual != predicted)),
        "per_class": classes.to_dict("list"),
    }


def report_text(actual: np.ndarray, predicted: np.ndarray) -> str:
    """scikit-learn's classification report, as text."""
    text: str = classification_report(actual, predicted, labels=LABELS, zero_division=0, digits=DIGITS)
    return text


def report_table(actual: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """The classification report as a table: a row for each class, then accuracy and the two averages."""
    report = classification_report(actual, predicted, labels=LABELS, output_dict=True, zero_division=0)
    accuracy = accuracy_score(actual, predicted)
    report.pop("micro avg", None)  # scikit-learn writes this in place of the accuracy where a class is absent
    averages = {name: report.pop(name) for name in ("macro avg", "weighted avg")}
    report["accuracy"] = dict.fromkeys(("precision", "recall", "f1-score"), accuracy) | {"support": len(actual)}
    table = pd.DataFrame(report | averages).T.rename(columns={"f1-score": "f1"})
    return table.astype({"support": int}).rename_axis("class").reset_index()


def count_confusions(actual: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """`(10, 10)`: how many images of the row's class were read as the column's."""
    counts: np.ndarray = confusion_matrix(actual, predicted, labels=LABELS)
    return counts


def tabulate_confusions(counts: np.ndarray) -> pd.DataFrame:
    """The confusion matrix as rows: `actual predicted images percent`, per cent of the actual class."""
    actual, predicted = np.indices(counts.shape)
    percent = 100 * counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    columns = {"actual": actual, "predicted": predicted, "images": counts, "percent": percent.round(1)}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def draw_confusions(counts: np.ndarray, title: str) -> Figure:
    """The confusion matrix as an annotated heat map of counts."""
    figure = new_figure(title, 8, 8)
    axes = figure.subplots()
    sns.heatmap(
        counts, annot=True, fmt="d", cmap="Blues", square=True, cbar_kws={"label": "Images", "shrink": 0.7}, ax=axes
    )
    axes.set(xlabel="Predicted class", ylabel="Actual class")
    return figure


def draw_error_rates(counts: np.ndarray, title: str) -> Figure:
    """Each row in per cent of its class, the right answers blanked, so that the errors compare."""
    rates = 100 * counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure = new_figure(title, 8, 8)
    axes = figure.subplots()
    sns.heatmap(
        rates, mask=np.eye(CLASSES, dtype=bool), annot=True, fmt=".1f", cmap="Blues", vmin=0, square=True,
        cbar_kws={"label": "Share of the actual class (%)", "shrink": 0.7}, ax=axes,
    )  # fmt: skip
    axes.set(xlabel="Predicted class", ylabel="Actual class")
    return figure
