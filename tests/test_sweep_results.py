"""What becomes of a sweep's experiments: a table, a figure, and the best setting."""

from pathlib import Path
from typing import Any

import pytest

from sweep.results import COLUMNS, collect, describe_best, draw_accuracy, summarize, without_files, write_results


def row(hidden: int, accuracy: float, seed: int = 1, optimizer: str = "rmsprop") -> dict[str, Any]:
    named = {"Experiment": f"e{hidden}", "hidden": hidden, "seed": seed, "train.optimizer": optimizer, "train.l2": 0.1}
    return named | {"val_accuracy": 1 - accuracy, "test_accuracy": accuracy, "rmse": 1.0, "rf_select.trees": 100}


def test_networks_are_told_apart_by_what_differs_and_seeds_make_the_range() -> None:
    rows = [row(2, 0.6), row(1, 0.3), row(2, 0.5), row(2, 0.7, 2), row(2, 0.8, 1, "adam"), {"hidden": 4}]
    table = collect(rows)
    assert list(table) == COLUMNS
    assert table[["settings", "hidden", "seed", "test_accuracy"]].to_numpy().tolist() == [
        ["optimizer adam", 2, 1, 0.8],
        ["optimizer rmsprop", 1, 1, 0.3],
        ["optimizer rmsprop", 2, 1, 0.6],
        ["optimizer rmsprop", 2, 2, 0.7],
    ]
    axes = draw_accuracy(table, summarize(table).iloc[0]).axes[0]
    _, labels = axes.get_legend_handles_labels()
    assert set(labels) == {*table["settings"], "best validation accuracy"}
    extents = [path.get_extents() for patch in axes.collections for path in patch.get_paths()]
    assert max(extent.y1 for extent in extents) == pytest.approx(70)


def test_the_best_setting_is_chosen_by_validation_accuracy_and_reported_with_its_interval_over_seeds() -> None:
    summary = summarize(collect([row(1, 0.3), row(1, 0.4, 2), row(1, 0.5, 3), row(2, 0.9), row(4, 0.8)]))
    assert summary["hidden"].tolist() == [
        1,
        4,
        2,
    ]
    best = summary.iloc[0]
    # Student's t for two degrees of freedom, 4.3027, times the standard error.
    half = 4.3027 * 0.1 / 3**0.5
    assert (best["test_low"], best["test_high"]) == pytest.approx((0.4 - half, 0.4 + half), abs=1e-5)
    assert summary["test_low"].isna().tolist() == [False, True, True]
    assert describe_best(best) == "1 node: test accuracy 40.00 % (95 % interval 15.16 to 64.84 %, 3 seeds)"
    assert describe_best(summary.iloc[1]) == "4 nodes: test accuracy 80.00 % (1 seed)"


def test_no_best_is_chosen_across_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [row(1, 0.3) | {"dataset": "digits"}, row(2, 0.4) | {"dataset": "mnist"}]
    write_results(collect(rows), "both")
    assert "no best one: the accuracies of several data sets cannot be compared" in capsys.readouterr().out
    write_results(collect(rows[:1]), "one")
    assert "best by validation accuracy: 1 node: test accuracy 30.00 % (1 seed)" in capsys.readouterr().out


def test_where_nothing_was_run_there_is_nothing_to_collect() -> None:
    assert collect([]).empty
    assert collect([{"hidden": 4}]).empty


def test_names_that_dvc_gives_with_their_file_are_found() -> None:
    row = {"Experiment": "first", "metrics/evaluate.json:test_accuracy": 0.9, "metrics/old.json:test_accuracy": None}
    assert without_files(row) == {"Experiment": "first", "test_accuracy": 0.9}
