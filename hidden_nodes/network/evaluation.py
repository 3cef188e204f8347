"""How often a classifier is correct: one report and one confusion matrix for every network of the study."""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix

DIGITS = 4  # decimals of the printed report
AVERAGES = ["macro avg", "weighted avg"]  # over the classes, in scikit-learn's words


def balanced_accuracy(actual: np.ndarray, predicted: np.ndarray) -> float:
    """The mean recall of the classes among `actual`: each class counts the same, however many images it has."""
    # scikit-learn's balanced_accuracy_score, without its warning where a predicted class is not among `actual`.
    return float(np.mean([np.mean(predicted[actual == k] == k) for k in np.unique(actual)]))


def guess_accuracy(actual: np.ndarray, largest: int) -> float:
    """The accuracy of always guessing the class `largest`, without a look at the image."""
    return float(np.mean(actual == largest))


def report_text(actual: np.ndarray, predicted: np.ndarray, names: list[str], largest: int) -> str:
    """scikit-learn's classification report as text, and below it what accuracy is to be held against.

    largest : the class with the most training images.
    """
    text: str = classification_report(
        actual, predicted, labels=range(len(names)), target_names=names, zero_division=0, digits=DIGITS
    )
    balanced, guess = balanced_accuracy(actual, predicted), guess_accuracy(actual, largest)
    return (
        f"{text}\nbalanced accuracy, the mean recall of the classes: {balanced:.{DIGITS}f}\n"
        f"accuracy of always the largest class, {names[largest]}: {guess:.{DIGITS}f}\n"
    )


def report_table(actual: np.ndarray, predicted: np.ndarray, names: list[str], largest: int) -> pd.DataFrame:
    """The classification report as a table: a row for each class, then accuracies and the two averages.

    `number` is that of a class, and empty in the other rows, whose names a class could have as well. The accuracies
    are that of the predictions, the balanced one, and that of always guessing `largest`, the class with the most
    training images. A class that is never predicted has precision 0.
    """
    labels = list(range(len(names)))
    report = classification_report(actual, predicted, labels=labels, output_dict=True, zero_division=0)
    accuracies = {
        "accuracy": accuracy_score(actual, predicted),
        "balanced accuracy": balanced_accuracy(actual, predicted),
        "always the largest class": guess_accuracy(actual, largest),
    }
    rows = [report[str(label)] for label in labels]
    for accuracy in accuracies.values():
        rows.append(dict.fromkeys(("precision", "recall", "f1-score"), accuracy) | {"support": len(actual)})
    rows += [report[name] for name in AVERAGES]
    table = pd.DataFrame(rows).rename(columns={"f1-score": "f1"}).astype({"support": int})
    table.insert(0, "class", [*names, *accuracies, *AVERAGES])
    table.insert(0, "number", pd.Series(labels, dtype="Int64").reindex(table.index))
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
