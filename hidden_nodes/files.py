"""Reading and writing the files that pass between stages: complete or absent, the same bytes every time."""

import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hidden_nodes.errors import BadInput


@contextmanager
def atomic_outputs(*outputs: str | Path) -> Iterator[list[Path]]:
    """Stand-ins for `outputs` to write to; when the block ends well, each takes its output's place.

    An output without a suffix is a directory, and made. If the block fails, nothing of it is left
    and what stood at `outputs` before stands there still.

    Raises
    ------
    BadInput
        If something cannot be written, as on a full disk.
    """
    targets = [Path(output) for output in outputs]
    parts = [target.with_name(f"part-{target.name}") for target in targets]
    replaced = [target.with_name(f"part-old-{target.name}") for target in targets]
    placed: list[Path] = []
    whole = False
    try:
        for part, old in zip(parts, replaced, strict=True):
            _remove(part)  # left by a process that was killed
            _remove(old)
            part.parent.mkdir(parents=True, exist_ok=True)
            if not part.suffix:
                part.mkdir()
        yield parts
        for part, old, target in zip(parts, replaced, targets, strict=True):
            if os.path.lexists(target):
                target.rename(old)  # to be removed when all new ones stand: that may take a while
            placed.append(target)
            part.rename(target)
        whole = True
    except OSError as error:
        names = " and ".join(str(target) for target in targets)
        raise BadInput(f"{names} cannot be written: {error.strerror or error}") from None
    finally:
        for target in placed:
            if not whole:  # some are new, the others are not: none shall be
                _remove(target)
        for part, old, target in zip(parts, replaced, targets, strict=True):
            if os.path.lexists(old) and not os.path.lexists(target):
                old.rename(target)
            _remove(part)
            _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


@contextmanager
def array_writer(path: Path, dtype: str, shape: tuple[int, ...]) -> Iterator[Callable[[np.ndarray], None]]:
    """Write a `.npy` array of `shape` one block of rows after the other, with the bytes that `np.save` would write.

    What the block gives is a function that appends rows; it must be given `shape[0]` of them in all.
    """
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        yield lambda rows: _write_bytes(file, np.ascontiguousarray(rows, dtype))


def _write_bytes(file: BinaryIO, array: np.ndarray) -> None:
    file.write(array.data)


@contextmanager
def refuse_damage(path: str | Path, kind: str) -> Iterator[None]:
    """Turn whatever the block raises into BadInput: `path` is not what it should be, which messages call `kind`.

    For what NumPy reads, whose parser of headers fails in a dozen ways; its warnings would be a second line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"{path} cannot be read as {kind}: {' '.join(str(error).split())}") from None


def load_array(path: str | Path, *row: int | None) -> np.ndarray:
    """Open a `.npy` array memory-mapped and read-only: pages are read from disk as they are used.

    row : the shape of a row, such as 784 for an array `(n, 784)` and nothing for one `(n,)`; None is any number.
    A pickled array is refused.

    Raises
    ------
    BadInput
        If the file is missing, is no array, or has another shape.
    """
    with refuse_damage(path, "a numpy array"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    fits = array.ndim == 1 + len(row) and all(size in (None, n) for size, n in zip(row, array.shape[1:], strict=True))
    if not fits or array.dtype.kind not in "fu":
        expected = ", ".join("m" if size is None else str(size) for size in row)
        raise BadInput(
            f"{path} must hold numbers of shape (n, {expected}). Found {array.dtype} of shape {array.shape}."
        )
    return array


def read_json(path: str | Path, **kinds: type) -> dict[str, Any]:
    """Read a JSON file that another stage wrote; each name of `kinds` must be in it, with a value of that type."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}") from None
    for name, kind in kinds.items():
        if not isinstance(values, dict) or not isinstance(values.get(name), kind):
            raise BadInput(f"{path} must hold {name!r}, of type {kind.__name__}. Found {str(values)[:80]}.")
    return values


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
