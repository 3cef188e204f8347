"""The table of experiments, as many columns as fit the terminal: `make experiments`.

DVC's own table has a column for every parameter and metric, and wraps its lines. Here an experiment is one line: its
name, the parameters that differ, then metrics in order of importance; what does not fit is named below.
"""

import argparse
import shutil
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import dvc.api
import pandas as pd

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.files import atomic_outputs
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import did_you_mean, flatten
from hidden_nodes.yaml_files import read_yaml

# Metrics in order of importance, each with which value is best; others follow in their own order.
BEST = {
    "test_accuracy": max, "selected_accuracy": max, "forest_accuracy": max, "components_accuracy": max,
    "val_accuracy": max, "test_loss": min, "activations_knn": max, "pixels_knn": max, "dead_nodes": min,
    "best_epoch": None, "parameters": None, "activations_components": None, "pixels_components": None,
    "train_accuracy": max, "selected_val_accuracy": max, "val_loss": min, "rmse": min,
}  # fmt: skip
NAME = "experiment"
GAP = "  "  # between two columns
LONGEST_NAME = 24  # characters of an experiment's name; a longer one is shortened in its middle
BOLD, PLAIN = "\033[1m", "\033[0m"


def read_experiments(parameters: list[str]) -> pd.DataFrame:
    """A row for each experiment of the current commit, and one for the commit itself: name, parameters, metrics."""
    rows = []
    for row in dvc.api.exp_show():
        if row.get("rev") == "workspace":
            continue
        named = {NAME: row.get("Experiment") or row["rev"]}
        # DVC puts the file in front of a name that stands in several files: none of the metrics does.
        values = {name.rpartition(":")[2]: as_whole(value) for name, value in row.items()}
        rows.append(named | {name: values[name] for name in [*parameters, *values] if name in values})
    table = pd.DataFrame(rows)
    kept = [name for name in table if name in {NAME, *parameters} or is_metric(table[name])]
    return table[[name for name in kept if name not in ("rev", "Created")]]


def as_whole(value: Any) -> Any:
    """A number as DVC's table has it, where every number is a float: a count is a whole number again."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_metric(column: pd.Series) -> bool:
    """Whether a column holds numbers: what DVC shows besides are dates, parents and states."""
    values = [value for value in column if not pd.isna(value)]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def choose_columns(table: pd.DataFrame, parameters: list[str]) -> tuple[list[str], list[str]]:
    """The parameters that differ between the rows, and the metrics in order of importance."""
    differing = [name for name in parameters if name in table and len(set(table[name].map(str))) > 1]
    metrics = [name for name in table if name not in {NAME, *parameters}]
    order = list(BEST)
    return differing, sorted(metrics, key=lambda name: order.index(name) if name in order else len(order))


def shorten_names(names: list[str]) -> dict[str, str]:
    """What each parameter is called in the table: its last part, unless another one ends alike."""
    ends = Counter(name.rpartition(".")[2] for name in names)
    return {name: name.rpartition(".")[2] if ends[name.rpartition(".")[2]] == 1 else name for name in names}


def find_best(column: pd.Series, name: str) -> set[int]:
    """The positions of a metric's best values; none where all are equal or no value is better than another."""
    choose, values = BEST.get(name), column.dropna()
    if choose is None or values.nunique() < 2:
        return set()
    return set(values.index[values == choose(values)])


def format_cells(column: pd.Series) -> list[str]:
    """A metric's values: counts as whole numbers, others with four decimals, what is missing as a dash."""
    whole = all(float(value).is_integer() for value in column.dropna())
    return ["-" if pd.isna(value) else f"{value:.0f}" if whole else f"{value:.4f}" for value in column]


def format_column(table: pd.DataFrame, name: str, heading: str, is_parameter: bool) -> list[str]:
    """A column as text of one width: the heading's lines (three), then the values, the best one marked."""
    if name == NAME:
        cells = [shorten(str(value)) for value in table[name]]
    elif is_parameter:
        cells = ["-" if pd.isna(value) else str(as_whole(value)) for value in table[name]]
    else:
        best = find_best(table[name], name)
        cells = [text + ("*" if row in best else " ") for row, text in enumerate(format_cells(table[name]))]
    lines = wrap_heading(heading)
    width = max(len(text) for text in [*lines, *cells])
    if name == NAME:
        return [text.ljust(width) for text in [*lines, *cells]]
    right = lines if is_parameter else [f"{line} " for line in lines]  # room for the mark
    width = max(len(text) for text in [*right, *cells])
    return [text.rjust(width) for text in [*right, *cells]]


def shorten(name: str) -> str:
    half = (LONGEST_NAME - 1) // 2
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1 - half]}…{name[-half:]}"


def wrap_heading(heading: str) -> list[str]:
    """A heading on three lines, the last ones filled: a name is broken behind an underscore or a point."""
    parts = heading.replace("_", "_ ").replace(".", ". ").split()
    while len(parts) > 3:
        shortest = min(range(len(parts) - 1), key=lambda i: len(parts[i]) + len(parts[i + 1]))
        parts[shortest : shortest + 2] = [parts[shortest] + parts[shortest + 1]]
    return [""] * (3 - len(parts)) + parts


def draw_table(table: pd.DataFrame, parameters: list[str], width: int, bold: bool = False) -> str:
    """The table as text, no line of which is longer than `width`; bold : mark the best values in bold, too."""
    table = table.reset_index(drop=True)
    differing, metrics = choose_columns(table, parameters)
    called = shorten_names(differing)
    shown = [format_column(table, NAME, NAME, is_parameter=False)]
    left_out: list[str] = []
    for name in [*differing, *metrics]:
        column = format_column(table, name, called.get(name, name), name in differing)
        taken = sum(len(each[0]) + len(GAP) for each in shown) + len(column[0])
        if taken <= width and not left_out:
            shown.append(column)
        else:
            left_out.append(name)
    lines = [GAP.join(cells).rstrip() for cells in zip(*shown, strict=True)]
    lines = [line for line in lines if line]
    if bold:
        lines = [" ".join(f"{BOLD}{word}{PLAIN}" if word.endswith("*") else word for word in line.split(" "))
                 for line in lines]  # fmt: skip
    lines += ["", *textwrap.wrap("*: the best value of a metric", width)] if "*" in "".join(lines) else []
    if left_out:
        lines += textwrap.wrap(f"not shown (too wide): {', '.join(left_out)}", width)
    return "\n".join(lines)


def sort_table(table: pd.DataFrame, parameters: list[str], name: str) -> pd.DataFrame:
    """The rows by a parameter or metric, the best first; where none is best, the smallest.

    Raises
    ------
    BadInput
        If there is no such column.
    """
    differing, metrics = choose_columns(table, parameters)
    full = {short: long for long, short in shorten_names(differing).items()} | {each: each for each in table}
    if name not in full or full[name] == NAME:
        known = [*shorten_names(differing).values(), *metrics]
        raise BadInput(f"SORT must be one of {', '.join(known)}. Got {name!r} instead.{did_you_mean(name, known)}")
    return table.sort_values(full[name], ascending=BEST.get(full[name]) is not max, kind="stable")


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.experiments", description="The table of experiments.")
    parser.add_argument("--sort", help="a parameter or metric; the best value comes first")
    parser.add_argument("--csv", type=Path, help="a file for the whole table, all columns and digits")
    return parser.parse_args(words)


def main() -> None:
    arguments = read_arguments(sys.argv[1:])
    parameters = list(flatten(read_yaml(PARAMS)))
    table = read_experiments(parameters)
    if arguments.sort:
        table = sort_table(table, parameters, arguments.sort)
    if arguments.csv:
        differing, metrics = choose_columns(table, parameters)
        with atomic_outputs(arguments.csv) as (part,):
            table[[NAME, *differing, *metrics]].to_csv(part, index=False, lineterminator="\n")
    print(draw_table(table, parameters, shutil.get_terminal_size().columns, sys.stdout.isatty()))
    if len(table) < 2:
        print("no experiments on this commit yet: dvc exp run -S hidden=64 makes one")


if __name__ == "__main__":
    exit_with_one_line(main)
