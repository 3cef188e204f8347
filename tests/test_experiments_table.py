"""The table of experiments fits the terminal, names what it leaves out, and marks what is best."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hidden_nodes.errors import BadInput
from tests.clone import Project
from tools.experiments import draw_table, find_best, shorten, shorten_names, sort_table, wrap_heading

PARAMETERS = ["seed", "hidden", "train.activation", "train.l2", "pca_tsne.images", "report.images"]
TABLE = pd.DataFrame(
    {
        "experiment": ["1a2b3c4", "one-node", "a-name-that-is-longer-than-a-column-may-be"],
        "seed": [42, 42, 42],
        "hidden": [128, 1, 1024],
        "train.activation": ["relu", "relu", "tanh"],
        "pca_tsne.images": [10000, 10000, 500],
        "report.images": [3000, 3000, 100],
        "dead_nodes": [2, 0, 288],
        "val_accuracy": [0.9702, 0.3123, np.nan],
        "test_accuracy": [0.9624, 0.3142, 0.9615],
        "test_loss": [0.1828, 1.8, 0.2],
        "parameters": [101770, 805, 814090],
        "forest_accuracy": [0.9704, 0.9704, 0.9704],
        "selected_accuracy": [0.929, 0.3278, 0.9285],
        "new_metric_of_a_later_stage": [1.5, 2.5, 3.5],
    }
)
METRICS = [name for name in TABLE if name not in {"experiment", *PARAMETERS}]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_what_is_left_out_is_named(width: int) -> None:
    lines = draw_table(TABLE, PARAMETERS, width).splitlines()
    assert max(len(line) for line in lines) <= width
    text = " ".join(lines)
    named = text.partition("not shown (too wide): ")[2].split(", ") if "not shown" in text else []
    words = "".join(line.ljust(width) for line in lines[:3])
    for name in [*METRICS, "hidden", "train.activation", "pca_tsne.images", "report.images"]:
        parts = [part for part in wrap_heading(name.removeprefix("train.")) if part]
        assert (name in named) != all(part in words for part in parts), name


def test_a_wide_terminal_shows_everything_and_a_narrow_one_the_most_important() -> None:
    assert "not shown" not in draw_table(TABLE, PARAMETERS, 200)
    narrow = draw_table(TABLE, PARAMETERS, 80)
    assert "0.9624*" in narrow
    assert "not shown (too wide): " in narrow
    assert "seed" not in narrow  # the same everywhere


def test_the_best_value_of_a_metric_is_marked() -> None:
    assert find_best(TABLE["test_accuracy"], "test_accuracy") == {0}
    assert find_best(TABLE["test_loss"], "test_loss") == {0}
    assert find_best(TABLE["dead_nodes"], "dead_nodes") == {1}
    assert find_best(TABLE["forest_accuracy"], "forest_accuracy") == set()  # all equal
    assert find_best(TABLE["parameters"], "parameters") == set()  # none is better
    assert find_best(TABLE["new_metric_of_a_later_stage"], "new_metric_of_a_later_stage") == set()
    assert draw_table(TABLE, PARAMETERS, 200, bold=True).count("\033[1m0.9624*\033[0m") == 1


def test_values_are_written_as_what_they_are() -> None:
    text = draw_table(TABLE, PARAMETERS, 200)
    assert " 814090 " in text
    assert "0.3142" in text
    assert text.splitlines()[-3].count(" - ") == 1  # the validation accuracy that is missing


def test_parameters_have_short_names_where_no_other_ends_alike() -> None:
    names = shorten_names(["train.activation", "pca_tsne.images", "report.images"])
    assert list(names.values()) == ["activation", "pca_tsne.images", "report.images"]
    assert shorten("a-name-that-is-longer-than-a-column-may-be") == "a-name-that-…lumn-may-be"


def test_rows_are_sorted_with_the_best_first() -> None:
    assert sort_table(TABLE, PARAMETERS, "test_accuracy")["hidden"].tolist() == [128, 1024, 1]
    assert sort_table(TABLE, PARAMETERS, "test_loss")["hidden"].tolist() == [128, 1024, 1]
    assert sort_table(TABLE, PARAMETERS, "hidden")["hidden"].tolist() == [1, 128, 1024]
    assert sort_table(TABLE, PARAMETERS, "activation")["hidden"].tolist() == [128, 1, 1024]


def test_an_unknown_column_is_one_line() -> None:
    with pytest.raises(BadInput, match=r"^SORT must be one of hidden, activation.* Did you mean 'test_accuracy'\?$"):
        sort_table(TABLE, PARAMETERS, "test_acuracy")


def test_without_experiments_the_commit_is_shown_and_how_to_make_one(reproduced: Project, tmp_path: Path) -> None:
    done = reproduced.run(
        "python", "-m", "tools.experiments", "--csv", str(tmp_path / "all.csv"), environment={"COLUMNS": "80"}
    )
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert lines[-1] == "no experiments on this commit yet: dvc exp run -S hidden=64 makes one"
    table = pd.read_csv(tmp_path / "all.csv")
    assert {"test_accuracy", "selected_accuracy", "forest_accuracy", "pixels_knn", "dead_nodes"} <= set(table)
    assert len(table) == 1
