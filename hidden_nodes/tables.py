"""Reading and writing the tables that pass between stages, as CSV; apart from `files.py`, for pandas takes a while."""

from pathlib import Path

import pandas as pd

from hidden_nodes.errors import BadInput


def read_csv(path: str | Path, *columns: str) -> pd.DataFrame:
    """The named columns of a table that another stage wrote; each of its values must be a number.

    Raises
    ------
    BadInput
        If the file is missing or damaged, or lacks one of the columns.
    """
    try:
        table = pd.read_csv(path, usecols=list(columns))[list(columns)]
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a table: {' '.join(str(error).split())}") from None
    for name, values in table.items():
        if values.dtype.kind not in "iuf" or values.isna().any():
            raise BadInput(f"{path} must hold a number in every row of {str(name)!r}.")
    return table


def write_csv(table: pd.DataFrame, path: Path, index: bool = False) -> None:
    """Write `table` as UTF-8, floats with 6 significant digits, the same line ends on every system."""
    table.to_csv(path, index=index, float_format="%.6g", lineterminator="\n")
