"""The page of a sweep: one file that opens without network, `report/sweep.html`."""

from pathlib import Path
from typing import Any

import pandas as pd

from hidden_nodes import paths
from hidden_nodes.files import atomic_outputs
from page.bundle import PARTS, embed_json, fill_page, read_scripts, with_imports, write_script
from page.panel import Panel
from sweep.carried import CarriedSweep
from sweep.carry import carry_sweep, fill_room
from sweep.means import choose_setting, list_levels, name_value
from sweep.scores import CHOSEN_BY
from sweep.shown import Shown

PAGE = paths.PAGE.with_name("sweep.html")
FOLDERS = [Path(__file__).with_name("static"), PARTS]
MAX_BYTES = 8_000_000
SENTENCES = 1_000  # bytes for what the page says of trials that it does not carry
PANELS = [
    Panel("parallel", "Parallel coordinates", script="Parallel"),
    Panel("trials", "Trials", script="Trials"),
    Panel("against", "Metric against parameters", script="Against"),
    Panel("curves", "Learning curves", script="Curves"),
    Panel("pair", "Two trials", script="Pair"),
    Panel("matching", "Seeds"),
    Panel("failed", "Failed"),
]
MOST_NAMED = 12  # values of a parameter in the page's first sentences
# What the comparison of networks found: the figures that are shown, with their heading.
MATCHING = {
    "seeds_cka": "CKA between seeds", "pixels_cka": "CKA to the pixels", "labels_cka": "CKA to the labels",
    "seeds_share_80": "matched nodes that correlate above 0.8", "rotated_share_80": "the same, second network rotated",
    "permuted_share_80": "images permuted within their class", "untrained_share_80": "untrained networks",
}  # fmt: skip


def render_sweep(shown: Shown) -> str:
    """The page as HTML, of MAX_BYTES at most."""
    carried = carry_sweep(shown)
    none = dict.fromkeys(["curves", "confusions", "pictures"], (0, 0))
    parts = fill_room(carried, shown, MAX_BYTES - SENTENCES - len(fill(shown, carried, none).encode()))
    return fill(shown, carried, parts)


def fill(shown: Shown, carried: CarriedSweep, parts: dict[str, tuple[int, int]]) -> str:
    """The page as HTML. parts : of each part how many trials it carries, and how many have it."""
    order = "the best on the validation images" if CHOSEN_BY in shown.metrics else "the first ones"
    counts = {name: shown.status.count(name) for name in ("done", "failed", "running", "waiting")}
    return fill_page(
        "sweep.html",
        [write_script(PANELS, modules())],
        FOLDERS,
        panels=PANELS,
        shown=shown,
        counts=counts,
        total=len(shown.status),
        values={name: list_values(shown.table[name]) for name in shown.parameters},
        best=describe_best(shown),
        titles=sorted({dataset.title for dataset in shown.datasets if dataset}),
        carried=carried,
        missing={name: describe_missing(*numbers, counts["done"], order) for name, numbers in parts.items()},
        settings=tabulate_matching(shown.matching),
        matching_headings=list(MATCHING.values()),
        left=describe_seconds(shown.progress.left) if shown.progress and shown.progress.left is not None else None,
        data=embed_json(carried),
    )  # fmt: skip


def modules() -> dict[str, str]:
    """The page's own modules, and those of a run's page that they import."""
    own = read_scripts(FOLDERS[:1])
    return with_imports(read_scripts(FOLDERS), own)


def list_values(values: pd.Series) -> str:
    """The different values of a parameter, such as "1, 2, 4"; of many the first and the last."""
    levels = [name_value(level) for level in list_levels(values)]
    return ", ".join(levels) if len(levels) <= MOST_NAMED else f"{levels[0]} to {levels[-1]} ({len(levels)} values)"


def describe_best(shown: Shown) -> str | None:
    """The setting that is best on the validation images, with its accuracy on the test images."""
    done = shown.done
    done = done.assign(**{name: done[name].map(name_value) for name in shown.parameters})
    best = choose_setting(done, shown.parameters)
    if best is None:
        return None
    setting = ", ".join(f"{name} {best[name]}" for name in shown.parameters if name != "seed")
    over = "1 seed" if best["seeds"] == 1 else f"{best['seeds']} seeds"
    ends = [min(max(100 * best[end], 0), 100) for end in ("low", "high")]
    interval = "" if pd.isna(best["low"]) else f"95 % interval {ends[0]:.2f} to {ends[1]:.2f} %, "
    sentence = f"{setting or 'the only one'}: test accuracy {100 * best['mean']:.2f} % ({interval}{over})"
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")


def describe_missing(carried: int, there: int, done: int, order: str) -> str:
    """Which of the trials that have run are not carried, and why; nothing where all are. order : which ones are."""
    sentences = []
    if there < done:
        some = "None of the trials" if there == 0 else f"{done - there:,} of {done:,} trials that have run"
        sentences.append(f"{some} {'has such a' if there == 0 else 'have no such'} table here.")
    if carried < there:
        sentences.append(f"The page carries those of {carried:,} of {there:,} trials, {order}.")
    return " ".join(sentences)


def describe_seconds(seconds: float) -> str:
    """About how long: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def tabulate_matching(summary: pd.DataFrame | None) -> list[dict[str, Any]]:
    """A row a setting: its name, its networks, and of each of MATCHING mean, low and high, as they are shown."""
    rows: list[dict[str, Any]] = []
    if summary is None:
        return rows
    for setting, figures in summary.groupby("setting", sort=False):
        of = {row["figure"]: row for row in figures.to_dict("records")}
        cells = [(of[name]["mean"], of[name]["low"], of[name]["high"]) if name in of else None for name in MATCHING]
        percent = ["share" in name for name in MATCHING]
        rows.append({
            "setting": setting, "networks": figures["networks"].iloc[0],
            "cells": [describe_interval(cell, share) for cell, share in zip(cells, percent, strict=True)],
        })  # fmt: skip
    return rows


def describe_interval(cell: tuple[float | None, float | None, float | None] | None, share: bool) -> tuple[str, str]:
    """A mean and its interval as they are shown."""
    if cell is None or cell[0] is None:
        return "not known", ""
    scale, unit, digits = (100, " %", 1) if share else (1, "", 3)
    mean = f"{scale * cell[0]:.{digits}f}{unit}"
    if cell[1] is None or cell[2] is None:
        return mean, ""
    low, high = (scale * (min(max(end, 0), 1) if share else end) for end in cell[1:] if end is not None)
    return mean, f"{low:.{digits}f} to {high:.{digits}f}{unit}"


def write_report(shown: Shown) -> int:
    """Write the page, in one go; the bytes that it has."""
    page = render_sweep(shown)
    with atomic_outputs(PAGE) as (part,):
        part.write_text(page, encoding="utf-8")
    return len(page.encode())
