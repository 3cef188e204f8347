"""Make what the page of a sweep carries: its columns and means, and as much of the rest as there is room for."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from hidden_nodes.plotting.classes import COLOURS
from page.packed import pack
from sweep.brought import CURVES, Brought
from sweep.carried import CarriedColumn, CarriedConfusions, CarriedCurves, CarriedMeans, CarriedPictures, CarriedSweep
from sweep.means import MOST_LEVELS, MOST_LINES, is_number, list_levels, name_value, tabulate_means
from sweep.scores import CHOSEN_BY
from sweep.shown import Shown

Part = TypeVar("Part")

HASH = 8  # hexadecimal digits that tell the page of one sweep from that of another
DIGITS = 6  # significant ones of what was computed
LOG_FROM, METRIC_LOG_FROM = 20, 200  # times the smallest value: from there on a column has a logarithmic axis
SHARES = ("accuracy", "_knn", "_described")  # ends of the names of metrics that are shown in percent
MARGIN = 0.98  # of the room, as sizes are estimated


def round_all(values: Iterable[float]) -> list[float | None]:
    """Numbers with DIGITS digits, None for NaN; whole ones as such."""
    return [None if np.isnan(value) else float(f"{value:.{DIGITS}g}") for value in values]


def carry_parameter(name: str, values: pd.Series) -> CarriedColumn:
    levels = list_levels(values)
    numeric = all(map(is_number, levels))
    at = levels if numeric else list(range(len(levels)))
    place = {name_value(level): number for level, number in zip(levels, at, strict=True)}
    few = not numeric or len(levels) <= MOST_LEVELS
    return {
        "name": name,
        "parameter": True,
        "numeric": numeric,
        "log": numeric and levels[0] > 0 and levels[-1] >= LOG_FROM * levels[0],
        "percent": False,
        "levels": [name_value(level) for level in levels] if few else [],
        "at": at if few else [],
        "values": [place[name_value(value)] for value in values],
    }


def carry_metric(name: str, values: pd.Series) -> CarriedColumn:
    numbers = [None if np.isnan(value) else value for value in values.tolist()]
    log = bool(values.min() > 0 and values.max() >= METRIC_LOG_FROM * values.min())
    return {
        "name": name, "parameter": False, "numeric": True, "log": log, "percent": name.endswith(SHARES), "levels": [],
        "at": [], "values": numbers,
    }  # fmt: skip


def carry_means(shown: Shown, columns: Sequence[CarriedColumn]) -> list[CarriedMeans]:
    """Of each parameter with few values, without lines and with those of each other parameter with few values."""
    done = shown.done
    done = done.assign(**{name: done[name].map(name_value) for name in shown.parameters})
    count = len(shown.parameters)
    found: list[CarriedMeans] = []
    for parameter in range(count):
        for line in [-1, *(other for other in range(count) if other != parameter)]:
            lined = 0 < len(columns[line]["levels"]) <= MOST_LINES
            if 0 < len(columns[parameter]["levels"]) <= MOST_LEVELS and (line < 0 or lined) and len(done):
                found.append(carry_means_of(shown, done, columns, parameter, line))
    return found


def carry_means_of(
    shown: Shown, done: pd.DataFrame, columns: Sequence[CarriedColumn], parameter: int, line: int
) -> CarriedMeans:
    names = shown.parameters
    of_lines = None if line < 0 else names[line]
    table = tabulate_means(done, names[parameter], of_lines, names, shown.metrics)
    levels = table[names[parameter]].map(columns[parameter]["levels"].index)
    lines = table[of_lines].map(columns[line]["levels"].index) if of_lines else levels * 0
    order = np.lexsort((levels, lines))
    numbers = {
        kind: [round_all(table[f"{metric}_{kind}"].to_numpy()[order]) for metric in shown.metrics]
        for kind in ("mean", "low", "high")
    }
    return {
        "parameter": parameter, "line": line, "levels": levels.to_numpy()[order].tolist(),
        "lines": lines.to_numpy()[order].tolist(), "trials": table["trials"].to_numpy()[order].tolist(),
        "mean": numbers["mean"], "low": numbers["low"], "high": numbers["high"],
    }  # fmt: skip


def carry_curves(shown: Shown, trials: Sequence[int]) -> CarriedCurves:
    histories = [history for trial in trials if (history := brought_of(shown, trial).history) is not None]
    curves = [np.concatenate([[], *(history[name] for history in histories)]).astype(np.float32) for name in CURVES]
    loss, accuracy, val_loss, val_accuracy = map(pack, curves)
    return {
        "trials": list(trials), "epochs": [len(history) for history in histories],
        "kept": [int(history.loc[history["kept"] == 1, "epoch"].item()) for history in histories],
        "loss": loss, "accuracy": accuracy, "valLoss": val_loss, "valAccuracy": val_accuracy,
    }  # fmt: skip


def carry_confusions(shown: Shown, trials: Sequence[int]) -> CarriedConfusions:
    matrices = [matrix for trial in trials if (matrix := brought_of(shown, trial).confusions) is not None]
    counts = np.concatenate([[], *(matrix.ravel() for matrix in matrices)]).astype(
        np.float32
    )  # exact up to 16 millions
    return {"trials": list(trials), "classes": [len(matrix) for matrix in matrices], "counts": pack(counts)}


def carry_pictures(shown: Shown, trials: Sequence[int]) -> CarriedPictures:
    found = [pictures for trial in trials if (pictures := brought_of(shown, trial).pictures) is not None]
    pixels = np.concatenate([np.zeros(0, np.uint8), *(pictures.pixels.ravel() for pictures in found)])
    return {
        "trials": list(trials), "nodes": [pictures.nodes.tolist() for pictures in found],
        "largest": [[float(f"{value:.{DIGITS}g}") for value in pictures.largest] for pictures in found],
        "pixels": pack(pixels),
    }  # fmt: skip


def brought_of(shown: Shown, trial: int) -> Brought:
    return shown.brought[shown.table.index[trial]]


def trials_with(shown: Shown, part: str) -> list[int]:
    """The numbers of the trials that brought something home, those with the best validation accuracy first."""
    names = shown.table.index
    trials = [
        k for k, name in enumerate(names) if name in shown.brought and getattr(shown.brought[name], part) is not None
    ]
    if CHOSEN_BY not in shown.table:
        return trials
    chosen = shown.table[CHOSEN_BY].fillna(-1).to_numpy()
    return sorted(trials, key=lambda trial: -chosen[trial])


def fit(carry: Callable[[list[int]], Part], trials: Sequence[int], room: float) -> tuple[Part, int]:
    """What `carry` makes of as many of `trials`, the first ones, as fit into `room` bytes; and the bytes it takes."""
    count = len(trials)
    while True:
        carried = carry(sorted(trials[:count]))
        size = len(json.dumps(carried, separators=(",", ":")))
        if size <= room or count == 0:
            return carried, size
        count = min(count - 1, int(MARGIN * count * max(room, 0) / size))


def carry_sweep(shown: Shown) -> CarriedSweep:
    """What the page's scripts work with, but for what there may be no room for: learning curves, matrices, pictures."""
    columns = [carry_parameter(name, shown.table[name]) for name in shown.parameters]
    columns += [carry_metric(name, shown.table[name]) for name in shown.metrics]
    known = list({dataset.name: dataset for dataset in shown.datasets if dataset}.values())
    carried: CarriedSweep = {
        "run": hash_sweep(shown),
        "trials": list(shown.table.index),
        "status": shown.status,
        "columns": columns,
        "means": carry_means(shown, columns),
        "datasets": [
            {"title": one.title, "classes": one.classes, "rows": one.rows, "columns": one.columns} for one in known
        ],
        "dataset": [known.index(dataset) if dataset else -1 for dataset in shown.datasets],
        "colours": COLOURS,
        "curves": carry_curves(shown, []),
        "confusions": carry_confusions(shown, []),
        "pictures": carry_pictures(shown, []),
    }
    if shown.progress:
        carried["progress"] = {"written": round(shown.progress.written)}
    return carried


def fill_room(carried: CarriedSweep, shown: Shown, room: float) -> dict[str, tuple[int, int]]:
    """Add what fits into `room` bytes: learning curves, then confusion matrices, then pictures of weights.

    Of each part, how many trials it carries, and how many have it.
    """
    with_curves, with_confusions, with_pictures = (
        trials_with(shown, part) for part in ("history", "confusions", "pictures")
    )
    carried["curves"], size = fit(partial(carry_curves, shown), with_curves, room)
    carried["confusions"], more = fit(partial(carry_confusions, shown), with_confusions, room - size)
    carried["pictures"], _ = fit(partial(carry_pictures, shown), with_pictures, room - size - more)
    return {
        "curves": (len(carried["curves"]["trials"]), len(with_curves)),
        "confusions": (len(carried["confusions"]["trials"]), len(with_confusions)),
        "pictures": (len(carried["pictures"]["trials"]), len(with_pictures)),
    }


def hash_sweep(shown: Shown) -> str:
    """A short hash of the sweep's trials, the same however many of them have run, so that an address outlives them."""
    values = shown.table[shown.parameters].map(name_value).to_dict("split", index=True)
    text = json.dumps([shown.commit, shown.stages, shown.fixed, values], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH]
