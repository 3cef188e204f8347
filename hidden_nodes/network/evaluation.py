"""How often a classifier is correct: one report and one confusion matrix for every network of the study."""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix

DIGITS = 4  # decimals of the printed report


def report_text(actual: np.ndarray, predicted: np.ndarray, names: list[str]) -> str:
    """scikit-learn's classification report, as text."""
    text: str = classification_report(
        actual, predicted, labels=range(len(names)), target_names=names, zero_division=0, digits=DIGITS
    )
    return text


def report_table(actual: np.ndarray, predicted: np.ndarray, names: list[str]) -> pd.DataFrame:
    """The classification report as a table: a row for each class, then accuracy and the two averages.

    A class that is never predicted has precision 0.
    """
    labels = list(range(len(names)))
    report = classification_report(actual, predicted, labels=labels, output_dict=True, zero_division=0)
    accuracy = accuracy_score(actual, predicted)
    report.pop("micro avg", None)  # scikit-learn writes this in place of the accuracy where a class is absent
    rows = [report[str(label)] for label in labels]
    rows.append(dict.fromkeys(("precision", "recall", "f1-score"), accuracy) | {"support": len(actual)})
    rows += [report[name] for name in ("macro avg", "weighted avg")]
    table = pd.DataFrame(rows).rename(columns={"f1-score": "f1"}).astype({"support": int})
    table.insert(0, "class", [*names, "accuracy", "macro avg", "weighted avg"])
    return table


def tabulate_confusions(actual: np.ndarray, predicted: np.ndarray, n_classes: int) -> pd.DataFrame:
    """The confusion matrix as rows: `actual predicted images percent`, per cent of the actual class."""
    counts = confusion_matrix(actual, predicted, labels=range(n_classes))
    rows, columns = np.indices(counts.shape)
    percent = 100 * counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    columns_by_name = {"actual": rows, "predicted": columns, "images": counts, "percent": percent.round(1)}
    return pd.DataFrame({name: values.ravel() for name, values in columns_by_name.items()})


def as_matrix(confusions: pd.DataFrame, column: str) -> np.ndarray:
    """A column of `tabulate_confusions`, as `(classes, classes)`: rows are actual, columns predicted classes."""
    classes = int(confusions["actual"].max()) + 1
    return confusions[column].to_numpy().reshape(classes, classes)
