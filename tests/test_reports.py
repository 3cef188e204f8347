"""The report of a classifier: each figure by hand, for classes of which one is never seen."""

import numpy as np
import pytest

from hidden_nodes.network.evaluation import (
    as_matrix,
    balanced_accuracy,
    guess_accuracy,
    report_table,
    report_text,
    tabulate_confusions,
)

ACTUAL, PREDICTED = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
NAMES = ["cat", "dog", "emu"]  # no image is of an emu


def test_classes_count_the_same_in_the_balanced_accuracy() -> None:
    assert balanced_accuracy(ACTUAL, PREDICTED) == pytest.approx((2 / 3 + 1) / 2)
    assert balanced_accuracy(ACTUAL, np.array([2, 2, 2, 1])) == 0.5
    assert [guess_accuracy(ACTUAL, largest) for largest in range(3)] == [0.75, 0.25, 0]


def test_the_table_has_classes_accuracies_and_averages_in_this_order() -> None:
    table = report_table(ACTUAL, PREDICTED, NAMES, largest=0)
    assert table.columns.tolist() == ["number", "class", "precision", "recall", "f1", "support"]
    dog, emu = table.iloc[1], table.iloc[2]
    assert dog[["precision", "recall", "f1", "support"]].tolist() == pytest.approx([1 / 2, 1, 2 / 3, 1])
    assert emu[["number", "precision", "recall", "f1", "support"]].tolist() == [2, 0, 0, 0, 0]
    accuracies = table.iloc[3:6]
    assert accuracies["precision"].tolist() == pytest.approx([3 / 4, 5 / 6, 3 / 4])
    for name in ("recall", "f1"):
        assert accuracies[name].tolist() == accuracies["precision"].tolist()
    assert table["support"].tolist() == [3, 1, 0, 4, 4, 4, 4, 4]
    macro, weighted = table["recall"].tolist()[-2:]
    assert (macro, weighted) == pytest.approx(((2 / 3 + 1) / 3, 3 / 4))


def test_the_text_has_the_same_figures_with_4_decimals() -> None:
    text = report_text(ACTUAL, PREDICTED, NAMES, largest=1)
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
    assert lines["dog"] == ["0.5000", "1.0000", "0.6667", "1"]
    assert lines["emu"] == ["0.0000", "0.0000", "0.0000", "0"]
    assert text.endswith(
        "balanced accuracy, the mean recall of the classes: 0.8333\naccuracy of always the largest class, dog: 0.2500\n"
    )


def test_confusions_are_in_percent_of_the_actual_class_with_one_decimal() -> None:
    table = tabulate_confusions(ACTUAL, PREDICTED, 3)
    assert table["actual"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert table["predicted"].tolist() == [0, 1, 2] * 3
    assert table["images"].tolist() == [2, 1, 0, 0, 1, 0, 0, 0, 0]
    assert table["percent"].tolist() == [66.7, 33.3, 0, 0, 100, 0, 0, 0, 0]
    assert as_matrix(table, "images").tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
