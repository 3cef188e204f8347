"""The table of experiments fits the terminal, names what it leaves out, and marks what is best."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hidden_nodes.errors import BadInput
from tests.stub import make_stub
from tools import experiments
from tools.experiments import DETAILS, METRICS, arrange, draw_table, sort_table, write_whole

PARAMETERS = ["seed", "hidden", "train.activation", "pca_tsne.images", "report.images"]
LONG = "a-name-that-is-longer-than-a-column-may-be"
TABLE = pd.DataFrame(
    {
        "experiment": ["main", "one-node", LONG],
        "hidden": [128.0, 1.0, 1024.0],
        "train.activation": ["relu", "relu", "tanh"],
        "pca_tsne.images": [10000.0, None, 500.0],
        "test_accuracy": [0.9624, 0.3142, 0.96151],
        "forest_accuracy": [1.0, 1.0, 1.0],
        "test_loss": [0.1828, 1.8, 0.2],
        "activations_knn": [0.9651, None, 0.972],
        "dead_nodes": [2.0, 0.0, 288.0],
        "best_epoch": [3.0, 9.0, 4.0],
        "parameters": [101770.0, 805.0, 8140900.0],
        "activations_components": [38.0, 1.0, 102.0],
        "pixels_components": [154.0, 154.0, 154.0],
        "rmse": [0.861336, 3.1, 1.234567],
        "train_accuracy": [0.962055, 0.31, 0.98],
        "val_loss": [0.159441, 1.7, 0.17],
        "selected_val_accuracy": [0.943, 0.33, 0.95],
        "a_metric_of_a_later_stage": [1.5, 2.5, 3.5],
    }
)
TITLES = ["activation" if name == "train.activation" else name for name in TABLE]


def exp_row(
    rev: str, name: str | None = None, hidden: float = 128, metrics: dict[str, float | None] | None = None
) -> dict[str, Any]:
    """A row such as DVC gives: details, then metrics, parameters and dependencies."""
    details = dict.fromkeys(DETAILS) | {"Experiment": name, "rev": rev, "typ": "branch_commit" if name else "baseline"}
    scores: dict[str, float | None] = {"val_loss": 0.2, "metrics/train.json:parameters": 805.0, "test_accuracy": 0.9}
    return (
        details
        | scores
        | (metrics or {})
        | {"seed": 42.0, "hidden": hidden, "train.activation": "relu", "write.py": "1a2b"}
    )


def test_no_value_is_best_where_data_sets_differ() -> None:
    table = TABLE.assign(dataset=["mnist", "digits", "mnist"])
    text = draw_table(table, [*PARAMETERS, "dataset"], 200)
    assert "*" not in text
    assert "no best values are marked: figures of different data sets do not compare" in text
    assert "0.9624*" in draw_table(TABLE, PARAMETERS, 200)


def names_of(rows: list[dict[str, Any]]) -> list[str]:
    return list(arrange(rows, PARAMETERS)["experiment"])


def heading_words(text: str) -> list[str]:
    """The headings, each put together again from its lines, from left to right."""
    lines = text.splitlines()
    first_row = next(number for number, line in enumerate(lines) if line.startswith("main "))
    spans = [match.span() for match in re.finditer(r"\S+", lines[first_row].replace("- ", "x "))]
    words = [""] * len(spans)
    for line in lines[:first_row]:
        for match in re.finditer(r"\S+", line):
            apart = [max(start - match.end(), match.start() - end) for start, end in spans]
            words[apart.index(min(apart))] += match[0]
    return words


def columns_left_out(text: str) -> list[str]:
    named = " ".join(text.split()).partition("not shown (too wide): ")[2]
    return named.split(", ") if named else []


@pytest.mark.parametrize("width", [30, 60, 79, 80, 81, 100, 120, 200, 250])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, draw_table(TABLE, PARAMETERS, width).splitlines())) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_each_column_is_shown_whole_or_named_and_the_most_important_are_shown(width: int) -> None:
    text = draw_table(TABLE, PARAMETERS, width)
    shown = heading_words(text)
    assert sorted(shown + columns_left_out(text)) == sorted(TITLES)
    assert shown == [title for title in TITLES if title in shown]
    assert "test_accuracy" in shown
    assert bool(columns_left_out(text)) == (width < 200)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_column_is_left_out_only_if_it_does_not_fit(width: int) -> None:
    shown = len(heading_words(draw_table(TABLE, PARAMETERS, width)))
    with_one_more = draw_table(TABLE.iloc[:, : shown + 1], PARAMETERS, 200)
    # 17 characters of the name can be spared; behind the last column there must be room for a mark.
    assert max(map(len, with_one_more.splitlines())) - (len(LONG) - 24) >= width


def test_a_heading_has_three_lines_at_most() -> None:
    lines = draw_table(TABLE, PARAMETERS, 200).splitlines()
    assert [line.startswith("main ") for line in lines[:4]].index(True) <= 3


def test_a_long_name_is_shortened_in_its_middle_only_where_the_table_does_not_fit() -> None:
    assert "\na-name-that-…lumn-may-be " in draw_table(TABLE, PARAMETERS, 80)
    assert f"\n{LONG} " in draw_table(TABLE, PARAMETERS, 250)


def test_the_best_value_of_each_metric_is_marked() -> None:
    marked = re.findall(r"\S+\*", draw_table(TABLE, PARAMETERS, 250).partition("*:")[0])
    high = {"0.9624*", "0.9720*", "0.9800*", "0.9500*"}
    assert sorted(marked) == sorted(high | {"0.1828*", "0*", "0.8613*", "0.1594*"})


def test_what_looks_equal_is_equally_good_and_nothing_is_best_where_all_are_equal() -> None:
    close = pd.DataFrame({"experiment": ["main", "b", "c"], "test_accuracy": [0.96239, 0.96241, 0.9]})
    assert draw_table(close, [], 80).count("0.9624*") == 2
    assert "*" not in draw_table(close.head(2), [], 80)
    assert "*" not in draw_table(close.head(1), [], 80)


def test_a_terminal_shows_the_best_in_bold_at_the_same_places() -> None:
    plain, bold = (draw_table(TABLE, PARAMETERS, 120, bold) for bold in (False, True))
    assert "\033[1m0.9624*\033[0m" in bold
    assert re.sub(r"\033\[\d+m", "", bold) == plain
    assert "\033" not in plain


def test_shares_have_four_decimals_counts_none_and_what_is_missing_is_a_dash() -> None:
    cells = {line.split()[0]: line.split()[1:] for line in draw_table(TABLE, PARAMETERS, 250).splitlines()[2:6]}
    assert " ".join(cells["one-node"]) == (
        "1 relu - 0.3142 1.0000 1.8000 - 0* 9 805 1 154 3.1000 0.3100 1.7000 0.3300 2.5000"
    )
    assert cells["main"][6:10] == ["0.9651", "2", "3", "101770"]


def test_a_parameter_has_a_short_name_where_no_other_ends_alike() -> None:
    headings = heading_words(draw_table(TABLE, PARAMETERS, 200))
    assert headings[1:4] == ["hidden", "activation", "pca_tsne.images"]


def test_only_parameters_that_differ_and_metrics_that_a_row_has_are_columns() -> None:
    none: dict[str, float | None] = {"rmse": None}
    rows = [exp_row("workspace", metrics=none), exp_row("main", metrics=none), exp_row("1a", "wide", 256, none)]
    assert list(arrange(rows, PARAMETERS)) == ["experiment", "hidden", "test_accuracy", "parameters", "val_loss"]


def test_a_file_stands_in_front_of_a_metric_only_where_another_has_its_name() -> None:
    more: dict[str, float | None] = {"metrics/old.json:parameters": 1.0}
    rows = [exp_row("workspace", metrics=more), exp_row("main", metrics=more)]
    assert list(arrange(rows, PARAMETERS))[-2:] == ["metrics/train.json:parameters", "metrics/old.json:parameters"]


def test_a_parameter_that_an_older_commit_lacks_is_missing_there() -> None:
    rows = [exp_row("workspace"), exp_row("main"), exp_row("1a", "old") | {"seed": "None"}]
    table = arrange(rows, PARAMETERS)
    assert table["seed"].isna().tolist() == [False, True]
    assert draw_table(table, PARAMETERS, 80).splitlines()[-1].split()[:2] == ["old", "-"]


def test_rows_are_the_commit_its_experiments_and_older_commits_that_have_some() -> None:
    rows = [exp_row("workspace"), exp_row("main"), exp_row("1a", "wide"), exp_row("2b"), exp_row("3c"),
            exp_row("4d", "older")]  # fmt: skip
    assert names_of(rows) == ["main", "wide", "3c", "older"]


def test_the_workspace_is_shown_only_if_it_differs_from_its_commit() -> None:
    assert names_of([exp_row("workspace"), exp_row("main")]) == ["main"]
    assert names_of([exp_row("workspace", hidden=2), exp_row("main")]) == ["workspace", "main"]
    assert names_of([exp_row("workspace", metrics={"test_accuracy": 0.8}), exp_row("main")]) == ["workspace", "main"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("test_accuracy", ["main", LONG, "one-node"]),
        ("test_loss", ["main", LONG, "one-node"]),
        ("best_epoch", ["main", LONG, "one-node"]),
        ("hidden", ["one-node", "main", LONG]),
        ("activation", ["main", "one-node", LONG]),
        ("train.activation", ["main", "one-node", LONG]),
        ("activations_knn", [LONG, "main", "one-node"]),  # the missing one last
        ("pca_tsne.images", [LONG, "main", "one-node"]),
    ],
)
def test_sorting_puts_the_best_first_and_what_is_missing_last(column: str, expected: list[str]) -> None:
    assert list(sort_table(TABLE, PARAMETERS, column)["experiment"]) == expected


def test_a_parameter_of_numbers_and_words_can_be_sorted() -> None:
    mixed = pd.DataFrame({"experiment": ["main", "b", "c"], "seed": ["none", 5.0, None]})
    assert list(sort_table(mixed, PARAMETERS, "seed")["experiment"]) == ["b", "main", "c"]


def test_the_mark_stays_with_its_row_after_sorting() -> None:
    last = draw_table(sort_table(TABLE, PARAMETERS, "hidden"), PARAMETERS, 120).splitlines()
    assert [line.split()[0] for line in last if "0.9624*" in line] == ["main"]


def test_an_unknown_column_to_sort_by_is_one_line_with_a_hint() -> None:
    known = ", ".join(TITLES[1:])
    with pytest.raises(BadInput) as caught:
        sort_table(TABLE, PARAMETERS, "test_acuracy")
    assert str(caught.value) == (
        f"SORT must be one of {known}. Got 'test_acuracy' instead. Did you mean 'test_accuracy'?"
    )


def test_the_csv_holds_every_row_column_and_digit(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    write_whole(TABLE, path)
    pd.testing.assert_frame_equal(pd.read_csv(path), TABLE, check_dtype=False, check_exact=True)
    assert b"\r" not in path.read_bytes()
    assert "8140900," in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [".", "table", "kept.csv"])
def test_the_csv_takes_no_directorys_place(name: str, tmp_path: Path) -> None:
    (tmp_path / "kept.csv").mkdir()
    with pytest.raises(BadInput, match=r"^CSV must be a file whose name ends in \.csv\. Got '"):
        write_whole(TABLE, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]


def test_each_metric_has_a_best_value_or_none() -> None:
    assert {best for best, _ in METRICS.values()} == {"high", "low", "none"}


def test_dvcs_own_experiments_become_the_table(tmp_path: Path) -> None:
    project = make_stub(tmp_path, "grid: {hidden: [2]}\n")
    environment = {"COLUMNS": "80"}
    hint = "no experiments yet: `dvc exp run -S hidden=64` makes one"
    assert project.call(experiments.main, environment=environment).stdout.splitlines() == [hint]
    project.dvc("exp", "run", "--temp", "--name", "64", "-S", "hidden=64", "-S", "train.activation=tanh")
    done = project.call(experiments.main, "--sort", "test_accuracy", "--csv", "all.csv", environment=environment)
    assert [line.split() for line in done.stdout.splitlines()[-2:]] == [
        ["64", "64", "tanh", "0.6400", "0.6400"], ["master", "1", "relu", "-", "-"],
    ]  # fmt: skip
    assert project.read("all.csv").splitlines()[0] == "experiment,hidden,train.activation,test_accuracy,val_accuracy"
    done = project.call(experiments.main, "--sort", "hiden", status=2, environment=environment)
    assert done.stdout == ""
    assert done.stderr == (
        "error: SORT must be one of hidden, activation, test_accuracy, val_accuracy. Got 'hiden' instead. "
        "Did you mean 'hidden'?\n"
    )
