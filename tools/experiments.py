"""The table of experiments, as many columns as fit the terminal: `make experiments SORT=test_accuracy CSV=file.csv`.

DVC's own table has a column for every parameter and metric, and wraps its lines. Here an experiment is one line: its
name, the parameters that differ, then the metrics in order of importance; what does not fit is named below.
"""

import argparse
import re
import shutil
import sys
import textwrap
from collections import Counter
from itertools import accumulate
from pathlib import Path
from typing import Any

import dvc.api
import pandas as pd
from dvc.exceptions import DvcException

from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import did_you_mean, flatten
from hidden_nodes.yaml_files import read_yaml

# The metrics in order of importance: which value is best, and how many decimals are shown.
METRICS = {
    "test_accuracy": ("high", 4), "selected_accuracy": ("high", 4), "forest_accuracy": ("high", 4),
    "val_accuracy": ("high", 4), "test_loss": ("low", 4), "activations_knn": ("high", 4), "pixels_knn": ("high", 4),
    "dead_nodes": ("low", 0), "best_epoch": ("none", 0), "parameters": ("none", 0), "components_accuracy": ("high", 4),
    "nodes_described": ("none", 0), "directions_described": ("none", 0), "nodes_for_95": ("none", 0),
    "effective_dimensions": ("none", 4), "activations_components": ("none", 0), "pixels_components": ("none", 0),
    "rmse": ("low", 4), "train_accuracy": ("high", 4), "val_loss": ("low", 4), "selected_val_accuracy": ("high", 4),
}  # fmt: skip
NAME, DATA_SET = "experiment", "dataset"
DETAILS = ["Experiment", "rev", "typ", "Created", "parent", "State", "Executor"]  # what DVC has before the metrics
LONGEST_NAME = 24  # characters of a name in a table that does not fit
HEADING_LINES = 3  # at most


def arrange(rows: list[dict[str, Any]], parameters: list[str]) -> pd.DataFrame:
    """A table of NAME, the parameters that differ, and the metrics that a row has, the most important ones first.

    rows : as `dvc.api.exp_show` gives them: the workspace, then each commit followed by its experiments.
    parameters : dotted names of all there are.
    """
    names = list(rows[0])
    own = [name for name in names if name in parameters]
    # exp_show does not say what is a metric; but it has all of them in front of the parameters.
    metrics = names[len(DETAILS) : names.index(own[0])]
    table = pd.DataFrame(choose_rows(rows, own + metrics))
    table[NAME] = table["Experiment"].where(table["Experiment"].notna(), table["rev"])
    table[metrics] = table[metrics].apply(pd.to_numeric, errors="coerce")
    table[own] = table[own].replace("None", None).infer_objects()  # so exp_show has what a commit lacks
    own = [name for name in own if len(table[name].unique()) > 1]
    metrics = [name for name in metrics if table[name].notna().any()]
    # DVC puts the file in front of a name that two files have, be it in a commit that is not shown.
    table = table[[NAME, *own, *metrics]].rename(columns=last_parts(metrics, ":"))
    known = [name for name in METRICS if name in table]
    return table[[NAME, *own, *known, *(name for name in table if name not in (NAME, *own, *known))]]


def choose_rows(rows: list[dict[str, Any]], compared: list[str]) -> list[dict[str, Any]]:
    """Leave out older commits without an experiment, and the workspace if its `compared` values are the commit's."""
    workspace, *others = rows
    groups: list[list[dict[str, Any]]] = []
    for row in others:
        if row["typ"] == "baseline":
            groups.append([])
        groups[-1].append(row)
    chosen = [row for group in groups if group is groups[0] or len(group) > 1 for row in group]
    is_clean = bool(chosen) and all(workspace[name] == chosen[0][name] for name in compared)
    return chosen if is_clean else [workspace, *chosen]


def last_parts(names: list[str], separator: str) -> dict[str, str]:
    """What stands behind each name's last separator; the whole name where another one ends alike."""
    ends = Counter(name.rpartition(separator)[2] for name in names)
    return {name: end if ends[end := name.rpartition(separator)[2]] == 1 else name for name in names}


def sort_table(table: pd.DataFrame, parameters: list[str], title: str) -> pd.DataFrame:
    """The rows by a parameter or metric, the best first; where none is best, the lowest. What is missing comes last.

    Raises
    ------
    BadInput
        If there is no such column.
    """
    titles = last_parts(parameters, ".")
    names = {titles.get(name, name): name for name in table if name != NAME}
    if title not in names and title not in names.values():
        known = ", ".join(names) or "the columns, of which there are none"
        raise BadInput(f"SORT must be one of {known}. Got {title!r} instead.{did_you_mean(title, names)}")
    name = names.get(title, title)
    values = table[name]
    if not pd.api.types.is_numeric_dtype(values):
        values = values.map(str, na_action="ignore")  # a parameter may be a number here and a word there
    lowest_first = METRICS.get(name, ("none", 0))[0] != "high"
    return table.loc[values.sort_values(ascending=lowest_first, kind="stable").index]


def format_metric(name: str, values: pd.Series, mark: bool) -> list[str]:
    """Each value with a space behind it, or an asterisk if none is better, as shown.

    None has one if all are equal, or if `mark` says so.
    """
    best, decimals = METRICS.get(name, ("none", 0 if (values.dropna() % 1 == 0).all() else 4))
    shown = values.round(decimals)
    winner = {"high": shown.max(), "low": shown.min()}.get(best) if mark and shown.min() < shown.max() else None
    texts = ["-" if pd.isna(value) else f"{value:.{decimals}f}" for value in values]
    return [f"{text}*" if value == winner else f"{text} " for text, value in zip(texts, shown, strict=True)]


def format_parameter(value: Any) -> str:
    """A parameter's value with a space behind it; all numbers of exp_show are floats, 128 as well."""
    return "- " if pd.isna(value) else f"{value} " if isinstance(value, str) else f"{value:.15g} "


def wrap_heading(title: str, width: int) -> list[str]:
    """The title on few lines, broken behind underscores and points, where possible none longer than `width`."""
    lines = [""]
    for part in re.findall(r"[^_.]+[_.]*", title):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return lines if len(lines) <= HEADING_LINES else wrap_heading(title, width + 1)


def draw_column(title: str, cells: list[str], left: bool) -> list[str]:
    """Lines of one width: the heading, then the cells, each of which ends with a space or a mark."""
    heading = [f"{line} " for line in wrap_heading(title, max(map(len, cells)) - 1)]
    lines = [" "] * (HEADING_LINES - len(heading)) + heading + cells
    width = max(map(len, lines))
    return [line.ljust(width) if left else line.rjust(width) for line in lines]


def shorten(name: str) -> str:
    """At most LONGEST_NAME characters, the middle left out."""
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[half + 1 - LONGEST_NAME :]}"


def choose_columns(widths: list[int], n_parameters: int, width: int) -> list[int]:
    """The positions of the columns that fit: the name, the parameters, the metrics; the first metric in any case.

    widths : of the name, of `n_parameters`, and of the metrics, with the gap behind each.
    """
    first_metric = sum(widths[1 + n_parameters :][:1])
    kept = [
        1 + n
        for n, end in enumerate(accumulate(widths[1 : 1 + n_parameters]))
        if widths[0] + end + first_metric <= width
    ]
    order = [0, *kept, *range(1 + n_parameters, len(widths))]
    ends = accumulate(widths[position] for position in order)
    return [position for position, end in zip(order, ends, strict=True) if end <= width]


def draw_table(table: pd.DataFrame, parameters: list[str], width: int, bold: bool = False) -> str:
    """The table as text, no line longer than `width`; bold : show the best values in bold, too."""
    titles, columns = last_parts(parameters, "."), []
    one_data_set = DATA_SET not in table  # a parameter that differs has a column
    for name, values in table.items():
        is_text = any(isinstance(value, str) for value in values)
        is_metric = name not in (NAME, *parameters)
        cells = format_metric(name, values, one_data_set) if is_metric else [format_parameter(v) for v in values]
        columns.append(draw_column(titles.get(name, name), cells, left=is_text))
    if sum(len(lines[0]) + 1 for lines in columns) > width + 1:
        columns[0] = draw_column(NAME, [f"{shorten(name)} " for name in table[NAME]], left=True)
    n_parameters = sum(name in parameters for name in table)
    shown = choose_columns([len(lines[0]) + 1 for lines in columns], n_parameters, width + 1)
    lines = [" ".join(cells).rstrip() for cells in zip(*(columns[position] for position in shown), strict=True)]
    text = "\n".join(line for line in lines if line)
    notes = ["*: the best of its column"] if re.search(r"\d\*", text) else []
    if not one_data_set:
        notes.append("no best values are marked: figures of different data sets do not compare")
    if left_out := [titles.get(name, name) for position, name in enumerate(table) if position not in shown]:
        notes.append(f"not shown (too wide): {', '.join(left_out)}")
    if bold:
        text = re.sub(r"[-.\d]+\*", "\033[1m\\g<0>\033[0m", text)
    return "\n".join([text, *(line for note in notes for line in textwrap.wrap(note, width))])


def write_whole(table: pd.DataFrame, path: Path) -> None:
    """Write all columns with all digits. Raises BadInput if `path` does not end in .csv or cannot be written."""
    if path.suffix != ".csv" or path.is_dir():  # a directory would be replaced, with all that is in it
        raise BadInput(f"CSV must be a file whose name ends in .csv. Got '{path}' instead.")
    with atomic_outputs(path) as (part,):
        table.convert_dtypes().to_csv(part, index=False, lineterminator="\n")  # write_csv rounds to six digits


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools experiments", description="The table of experiments.")
    parser.add_argument("--sort", metavar="NAME", help="a metric or parameter; the best comes first, else the lowest")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="also write all rows, columns and digits to FILE")
    return parser.parse_args(words)


def main() -> None:
    arguments = read_arguments(sys.argv[1:])
    parameters = list(flatten(read_yaml(PARAMS)))
    try:
        rows = dvc.api.exp_show(num=-1)
    except DvcException as error:
        raise BadInput(" ".join(str(error).split())) from None
    table = arrange(rows, parameters)
    if arguments.sort:
        table = sort_table(table, parameters, arguments.sort)
    if arguments.csv:
        write_whole(table, arguments.csv)
    if len(table.columns) > 1:
        print(draw_table(table, parameters, shutil.get_terminal_size().columns, sys.stdout.isatty()))
    if all(row["typ"] == "baseline" for row in rows):
        print("no experiments yet: `dvc exp run -S hidden=64` makes one")
