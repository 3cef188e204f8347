"""Reading and writing the files that pass between stages: complete or absent, the same bytes every time."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.common.errors import BadInput


@contextmanager
def complete(*outputs: str | Path) -> Iterator[list[Path]]:
    """Stand-ins for `outputs` to write to; when the block ends well, each takes its output's place.

    An output without a suffix is a directory, and made. If the block fails, nothing of it is left
    and what stood at `outputs` before stands there still.
    """
    targets = [Path(output) for output in outputs]
    parts = [target.with_name(f"part-{target.name}") for target in targets]
    try:
        for part in parts:
            _remove(part)  # left by a process that was killed
            part.parent.mkdir(parents=True, exist_ok=True)
            if not part.suffix:
                part.mkdir()
        yield parts
        for part, target in zip(parts, targets, strict=True):
            _remove(target)
            part.replace(target)
    finally:
        for part in parts:
            _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def load_array(path: str | Path, columns: int | None = None) -> np.ndarray:
    """Open a `.npy` array memory-mapped and read-only: pages are read from disk as they are used.

    With `columns`, the array must have shape `(n, columns)`. A pickled array is refused.

    Raises
    ------
    BadInput
        If the file is missing, is no array, or has another shape.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path} cannot be read as a numpy array: {' '.join(str(error).split())}") from None
    if columns is not None and (array.ndim != 2 or array.shape[1] != columns):
        raise BadInput(f"{path} must hold an array of shape (n, {columns}). Found {array.shape}.")
    return array


def read_json(path: str | Path) -> Any:
    """Read a JSON file that another stage wrote."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}") from None


def write_json(values: dict[str, Any], path: Path) -> None:
    """Write `values` with sorted keys, floats rounded to 6 places (a millionth is less than one image)."""
    text = json.dumps(_rounded(values), indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6)
    return value.item() if isinstance(value, np.integer) else value


def write_csv(table: pd.DataFrame, path: Path, index: bool = False) -> None:
    """Write `table` as UTF-8, floats with 6 significant digits, the same line ends on every system."""
    table.to_csv(path, index=index, float_format="%.6g", lineterminator="\n")
