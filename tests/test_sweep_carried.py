"""What the page of a sweep carries of a few trials: columns, means, and what others brought home, by hand."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from hidden_nodes.data.dataset import Dataset
from page.packed import Packed
from sweep import means
from sweep.brought import CURVES, Brought, Pictures
from sweep.carry import (
    carry_confusions,
    carry_curves,
    carry_means,
    carry_metric,
    carry_parameter,
    carry_pictures,
    carry_sweep,
    fill_room,
    fit,
    hash_sweep,
    round_all,
    trials_with,
)
from sweep.means import choose_setting, list_levels, name_value, tabulate_means
from sweep.shown import Progress, Shown

NAN = float("nan")
DATASET = Dataset(
    name="tiny", title="Tiny", noun="image", classes=["a", "b"], rows=1, columns=3, train_images=4, test_images=4,
    ordered=False, drawing=None,
)  # fmt: skip


def unpack(packed: Packed) -> list[float]:
    content = zlib.decompress(base64.b64decode(packed["data"]))
    return list(np.frombuffer(content, np.dtype(packed["type"]).newbyteorder("<")).tolist())


def make_brought(number: int) -> Brought:
    """What the trial of that number has: as many epochs, nodes and classes as its number, and its number in each."""
    history = pd.DataFrame(dict.fromkeys(CURVES, [number + 0.5] * number)).assign(epoch=range(1, number + 1))
    pictures = Pictures(
        nodes=np.arange(number), largest=np.full(number, number / 3, np.float32),
        pixels=np.full((number, 3), number, np.uint8),
    )  # fmt: skip
    return Brought({}, history.assign(kept=[1, *[0] * (number - 1)]), np.full((2, 2), number), pictures)


def make_shown() -> Shown:
    """Four trials of two widths and two seeds, of which the second and the third brought something; one waits."""
    table = pd.DataFrame(
        {"hidden": [1, 1, 2, 2], "seed": [1, 2, 1, 2], "val_accuracy": [0.5, 0.6, 0.8, NAN]},
        index=["a", "b", "c", "d"],
    ).astype({"hidden": object, "seed": object})
    return Shown(
        path=Path("sweeps/here.yaml"), commit="01" * 20, stages=["evaluate"], parameters=["hidden", "seed"], fixed={},
        metrics=["val_accuracy"], table=table, status=["done", "done", "done", "waiting"],
        datasets=[DATASET, DATASET, None, DATASET], brought={"b": make_brought(1), "c": make_brought(2)}, logs={},
    )  # fmt: skip


def test_numbers_have_6_digits_and_gaps_are_none() -> None:
    assert round_all([1 / 3, 1234567.0, NAN, 2]) == [0.333333, 1234570.0, None, 2]


@pytest.mark.parametrize(
    ("values", "numeric", "log", "levels", "at", "carried"),
    [
        ([16, 1, 16], True, False, ["1", "16"], [1, 16], [16, 1, 16]),
        ([20, 1], True, True, ["1", "20"], [1, 20], [20, 1]),
        ([0, 20], True, False, ["0", "20"], [0, 20], [0, 20]),
        ([-1, 100], True, False, ["-1", "100"], [-1, 100], [-1, 100]),
        (["tanh", "relu", "tanh"], False, False, ["tanh", "relu"], [0, 1], [0, 1, 0]),
        ([1, "relu"], False, False, ["1", "relu"], [0, 1], [0, 1]),
        ([True, False], False, False, ["true", "false"], [0, 1], [0, 1]),
        ([[1, 2], [3]], False, False, ["[1, 2]", "[3]"], [0, 1], [0, 1]),
    ],
)
def test_a_parameter_is_carried_by_its_levels(
    values: list[Any], numeric: bool, log: bool, levels: list[str], at: list[Any], carried: list[Any]
) -> None:
    assert carry_parameter("p", pd.Series(values, dtype=object)) == {
        "name": "p", "parameter": True, "numeric": numeric, "log": log, "percent": False, "levels": levels, "at": at,
        "values": carried,
    }  # fmt: skip


def test_a_parameter_with_more_than_30_numbers_has_no_levels_and_one_of_words_has() -> None:
    for count, listed in ((30, 30), (31, 0)):
        found = carry_parameter("p", pd.Series(range(count), dtype=object))
        assert len(found["levels"]) == len(found["at"]) == listed
        assert found["values"] == list(range(count))
    assert len(carry_parameter("p", pd.Series([f"v{k}" for k in range(31)]))["levels"]) == 31


@pytest.mark.parametrize(
    ("name", "values", "log", "percent"),
    [
        ("test_accuracy", [0.5, NAN], False, True),
        ("pixels_knn", [0.5], False, True),
        ("nodes_described", [0.5], False, True),
        ("parameters", [1, 200], True, False),
        ("loss", [1, 199], False, False),
        ("loss", [0, 200], False, False),
        ("loss", [-1, 200], False, False),
        ("loss", [NAN, NAN], False, False),
    ],
)
def test_a_metric_is_carried_with_its_axis(name: str, values: list[float], log: bool, percent: bool) -> None:
    assert carry_metric(name, pd.Series(values, dtype=float)) == {
        "name": name, "parameter": False, "numeric": True, "log": log, "percent": percent, "levels": [], "at": [],
        "values": [None if np.isnan(value) else value for value in values],
    }  # fmt: skip


def test_means_are_carried_of_each_parameter_and_of_each_pair_in_the_order_of_their_levels() -> None:
    shown = make_shown()
    table = shown.table.iloc[::-1]  # in another order than that of the levels
    shown = replace(shown, table=table, status=shown.status[::-1], datasets=shown.datasets[::-1])
    columns = [carry_parameter(name, shown.table[name]) for name in shown.parameters]
    found = {(one["parameter"], one["line"]): one for one in carry_means(shown, columns)}
    assert list(found) == [(0, -1), (0, 1), (1, -1), (1, 0)]
    half = student_t.ppf(0.975, 1) * np.std([0.5, 0.6], ddof=1) / np.sqrt(2)
    alone = found[0, -1]
    assert (alone["levels"], alone["lines"], alone["trials"]) == ([0, 1], [0, 0], [2, 1])
    assert alone["mean"] == [[0.55, 0.8]]
    assert alone["low"] == [[float(f"{0.55 - half:.6g}"), None]]
    assert alone["high"] == [[float(f"{0.55 + half:.6g}"), None]]
    lined = found[0, 1]
    assert (lined["levels"], lined["lines"], lined["mean"]) == ([0, 1, 0], [0, 0, 1], [[0.5, 0.8, 0.6]])


def test_no_means_are_carried_of_many_values_of_many_lines_or_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    many = pd.DataFrame({"a": range(31), "b": [k % 11 for k in range(31)], "m": 1.0}).astype({"a": object, "b": object})
    shown = replace(
        make_shown(), table=many.rename(index=str), status=["done"] * 31, parameters=["a", "b"], metrics=["m"],
    )  # fmt: skip
    columns = [carry_parameter(name, shown.table[name]) for name in shown.parameters]
    assert [(one["parameter"], one["line"]) for one in carry_means(shown, columns)] == [(1, -1)]
    thirty = replace(shown, table=shown.table[:30].assign(b=[k % 10 for k in range(30)]), status=["done"] * 30)
    columns = [carry_parameter(name, thirty.table[name]) for name in thirty.parameters]
    assert [(one["parameter"], one["line"]) for one in carry_means(thirty, columns)] == [(0, -1), (0, 1), (1, -1)]
    nothing = replace(thirty, status=["waiting"] * 30)
    assert carry_means(nothing, columns) == []


def test_what_trials_brought_is_carried_in_their_order() -> None:
    shown = make_shown()
    curves = carry_curves(shown, [1, 2])
    assert (curves["trials"], curves["epochs"], curves["kept"]) == ([1, 2], [1, 2], [1, 1])
    assert unpack(curves["loss"]) == unpack(curves["valAccuracy"]) == [1.5, 2.5, 2.5]
    assert curves["loss"]["type"] == "float32"
    confusions = carry_confusions(shown, [2, 1])
    assert (confusions["trials"], confusions["classes"]) == ([2, 1], [2, 2])
    assert unpack(confusions["counts"]) == [2] * 4 + [1] * 4
    pictures = carry_pictures(shown, [1, 2])
    assert (pictures["nodes"], pictures["largest"]) == ([[0], [0, 1]], [[0.333333], [0.666667, 0.666667]])
    assert unpack(pictures["pixels"]) == [1] * 3 + [2] * 6
    assert unpack(carry_curves(shown, [])["loss"]) == unpack(carry_pictures(shown, [])["pixels"]) == []


def test_trials_that_brought_something_come_by_validation_accuracy() -> None:
    shown = make_shown()
    assert trials_with(shown, "history") == [2, 1]
    without = replace(shown.brought["c"], pictures=None)
    more = replace(shown, brought=shown.brought | {"c": without, "d": make_brought(3), "a": make_brought(1)})
    assert trials_with(more, "pictures") == [1, 0, 3]  # the last has no validation accuracy
    assert trials_with(replace(more, table=more.table.drop(columns="val_accuracy")), "pictures") == [0, 1, 3]


def test_as_many_of_the_first_trials_are_taken_as_fit() -> None:
    calls: list[list[int]] = []

    def carry(trials: list[int]) -> dict[str, list[int]]:
        calls.append(trials)
        return {"trials": trials}

    sizes = {room: fit(carry, [3, 1, 2, 0], room) for room in (20, 19, 18, 14, 5, -1)}
    assert [found["trials"] for found, _ in sizes.values()] == [[0, 1, 2, 3], [1, 2, 3], [1, 2, 3], [3], [], []]
    assert {len(json.dumps(found, separators=(",", ":"))) == size for found, size in sizes.values()} == {True}
    assert len(calls) < 16


def test_room_is_filled_with_curves_then_matrices_then_pictures() -> None:
    shown = make_shown()
    carried = carry_sweep(shown)
    assert (carried["curves"]["trials"], carried["dataset"]) == ([], [0, 0, -1, 0])
    assert carried["datasets"] == [{"title": "Tiny", "classes": ["a", "b"], "rows": 1, "columns": 3}]
    assert [column["name"] for column in carried["columns"]] == ["hidden", "seed", "val_accuracy"]
    assert "progress" not in carried
    assert fill_room(carried, shown, 1e6) == dict.fromkeys(("curves", "confusions", "pictures"), (2, 2))
    parts = [len(json.dumps(carried[name], separators=(",", ":"))) for name in ("curves", "confusions", "pictures")]
    assert fill_room(carried, shown, sum(parts)) == dict.fromkeys(("curves", "confusions", "pictures"), (2, 2))
    assert fill_room(carried, shown, sum(parts) - 1)["pictures"] == (1, 2)
    assert carried["pictures"]["trials"] == [2]  # the one with the best validation accuracy
    assert fill_room(carried, shown, sum(parts[:2]))["confusions"] == (2, 2)
    assert fill_room(carried, shown, sum(parts[:2]))["pictures"] == (0, 2)
    assert fill_room(carried, shown, sum(parts[:2]) - 1)["confusions"] == (1, 2)
    assert fill_room(carried, shown, 0) == dict.fromkeys(("curves", "confusions", "pictures"), (0, 2))


def test_progress_is_carried_in_whole_seconds() -> None:
    carried = carry_sweep(replace(make_shown(), progress=Progress({}, None, 1234.7)))
    assert carried["progress"] == {"written": 1235}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda shown: replace(shown, status=["failed"] * 4), True),
        (lambda shown: replace(shown, commit="02" * 20), False),
        (lambda shown: replace(shown, stages=["train"]), False),
        (lambda shown: replace(shown, fixed={"a": "1"}), False),
        (lambda shown: replace(shown, table=shown.table.assign(seed=[1, 2, 1, 3])), False),
    ],
)
def test_a_sweep_is_told_by_its_trials(change: Callable[[Shown], Shown], same: bool) -> None:
    first = hash_sweep(make_shown())
    assert len(first) == 8
    assert (hash_sweep(change(make_shown())) == first) is same


# means


def test_values_are_written_as_they_are_in_a_file() -> None:
    assert [name_value(value) for value in ("relu", 1, 0.5, True, [1, 2])] == ["relu", "1", "0.5", "true", "[1, 2]"]
    assert [means.is_number(value) for value in (1, 0.5, True, "1", None)] == [True, True, False, False, False]
    assert list_levels([3, True, 1]) == [3, True, 1]
    assert list_levels([0.1, "a", 0.05]) == [0.1, "a", 0.05]


def test_means_stand_in_the_order_of_the_trials_and_have_intervals_only_where_all_seeds_ran_all() -> None:
    rows = [("z", "1", "1", 1.0), ("z", "1", "2", 3.0), ("z", "2", "1", 5.0), ("z", "2", "2", 5.0),
            ("a", "1", "1", 2.0), ("a", "1", "2", NAN), ("m", "1", "1", 4.0)]  # fmt: skip
    trials = pd.DataFrame(rows, columns=["kind", "width", "seed", "loss"])
    table = tabulate_means(trials, "kind", None, ["kind", "width", "seed"], ["loss"])
    assert table["kind"].tolist() == ["z", "a", "m"]
    assert table["trials"].tolist() == [4, 2, 1]
    assert table["loss_mean"].tolist() == [3.5, 2, 4]
    half = student_t.ppf(0.975, 1) * np.std([3.0, 4.0], ddof=1) / np.sqrt(2)
    assert table.loc[0, ["loss_low", "loss_high"]].tolist() == pytest.approx([3.5 - half, 3.5 + half])
    assert table[["loss_low", "loss_high"]].isna().all(axis=1).tolist() == [False, True, True]
    lined = tabulate_means(trials, "width", "kind", ["kind", "width", "seed"], ["loss"])
    assert lined[["width", "kind"]].to_numpy().tolist() == [["1", "z"], ["2", "z"], ["1", "a"], ["1", "m"]]
    assert lined["loss_low"].isna().tolist() == [False, False, True, True]


def test_the_best_setting_is_the_first_of_equal_ones_and_has_an_interval_over_two_seeds_or_more() -> None:
    rows = [("z", "1", 0.9, 0.1), ("z", "2", 0.9, 0.3), ("a", "1", 0.9, 0.5), ("c", "1", 0.8, 0.9)]
    trials = pd.DataFrame(rows, columns=["kind", "seed", "val_accuracy", "test_accuracy"])
    best = choose_setting(trials, ["kind", "seed"])
    assert best is not None
    half = student_t.ppf(0.975, 1) * np.std([0.1, 0.3], ddof=1) / np.sqrt(2)
    assert best.index.tolist() == ["kind", "seeds", "mean", "low", "high"]
    assert best.tolist()[:2] == ["z", 2]
    assert best.tolist()[2:] == pytest.approx([0.2, 0.2 - half, 0.2 + half])
    better = pd.concat([trials, pd.DataFrame([("b", "1", 0.95, 0.2)], columns=trials.columns)])
    once = choose_setting(better, ["kind", "seed"])
    assert once is not None
    assert once["kind"] == "b"  # however many seeds others have
    single = choose_setting(trials[2:], ["kind", "seed"])
    assert single is not None
    assert (single["kind"], single["seeds"], np.isnan(single["low"])) == ("a", 1, True)
    only = choose_setting(trials[["seed", "val_accuracy", "test_accuracy"]], ["seed"])
    assert only is not None
    assert (only["seeds"], only["mean"]) == (4, pytest.approx(0.45))
    bare = choose_setting(trials[["val_accuracy", "test_accuracy"]], [])
    assert bare is not None
    assert bare["seeds"] == 4
    assert choose_setting(trials[:0], ["kind", "seed"]) is None
