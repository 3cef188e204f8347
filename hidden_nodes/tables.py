"""Reading and writing the tables that pass between stages, as CSV; apart from `files.py`, for pandas takes a while."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from hidden_nodes.errors import BadInput

DIGITS = 6  # significant ones of a table's figures


def read_csv(path: str | Path, *columns: str, texts: Collection[str] = (), gaps: Collection[str] = ()) -> pd.DataFrame:
    """The named columns of a table that another stage wrote; each value must be a number, but in those of `texts`.

    gaps : columns in which a value may be missing.

    Raises
    ------
    BadInput
        If the file is missing or damaged, or lacks one of the columns.
    """
    try:
        table = pd.read_csv(path, usecols=list(columns), dtype=dict.fromkeys(texts, str))[list(columns)]
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a table: {' '.join(str(error).split())}") from None
    for name, values in table.items():
        if (name not in texts and values.dtype.kind not in "iuf") or (values.isna().any() and name not in gaps):
            kind = "text" if name in texts else "number"
            raise BadInput(f"{path} must hold a {kind} in every row of {str(name)!r}.")
    return table


def write_csv(table: pd.DataFrame, path: Path, digits: int = DIGITS, index: bool = False) -> None:
    """Write `table` as UTF-8, floats with so many significant digits, the same line ends on every system."""
    table.to_csv(path, index=index, float_format=f"%.{digits}g", lineterminator="\n")
