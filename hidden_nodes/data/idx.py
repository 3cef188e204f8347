"""The IDX format of the MNIST files: a magic number, the dimensions, then bytes (all big-endian).

Source: the description on LeCun's MNIST page. `0x00 0x00 0x08 N` announces N dimensions of unsigned
bytes; N big-endian 32-bit sizes follow, then the values, last dimension fastest.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from hidden_nodes.data.dataset import Dataset
from hidden_nodes.errors import BadInput

UNSIGNED_BYTE = 8
BLOCK_BYTES = 4 * 2**20  # read at a time, about
MOST_BYTES = 2**30  # no header may promise more; MNIST's largest file holds 47,040,000

# The four files of a data set in `data/raw`, under LeCun's names, by the part and the kind of what they hold.
IDX_FILES = {
    "train_images": "train-images-idx3-ubyte.gz",
    "train_labels": "train-labels-idx1-ubyte.gz",
    "test_images": "t10k-images-idx3-ubyte.gz",
    "test_labels": "t10k-labels-idx1-ubyte.gz",
}


def check_part(directory: Path, part: str, dataset: Dataset) -> None:
    """Hold the headers of one part, "train" or "test", and its labels, against what the data set is said to be.

    Raises
    ------
    BadInput
        If a file cannot be read, or has another number of images, another size or another label than `dataset` says.
    """
    image_file, label_file = directory / IDX_FILES[f"{part}_images"], directory / IDX_FILES[f"{part}_labels"]
    shape, labels = read_shape(image_file, dimensions=3), read_idx(label_file, dimensions=1)
    expected = {"train": dataset.train_images, "test": dataset.test_images}[part]
    for path, kind, found in ((image_file, "images", shape[0]), (label_file, "labels", len(labels))):
        if found != expected:
            raise BadInput(f"{path} must hold {expected} {kind}, as many as {dataset.name} has. Found {found}.")
    if shape[1:] != (dataset.rows, dataset.columns):
        raise BadInput(
            f"{image_file}: images must be {dataset.rows} x {dataset.columns}. Found {shape[1]} x {shape[2]}."
        )
    last = len(dataset.classes) - 1
    if labels.max() > last:
        position = int(np.argmax(labels > last))
        raise BadInput(f"{label_file}: labels must be 0 to {last}. Found {labels[position]} at position {position}.")


def read_shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """The shape that an IDX file's header promises. Raises BadInput as `read_idx` does."""
    with _open_idx(path, dimensions) as (_, shape):
        return shape


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file, gzipped if its name ends in .gz, as a uint8 array; never unpacks more than its own header allows.

    Raises
    ------
    BadInput
        If the file cannot be read, is no IDX file of unsigned bytes with so many `dimensions`, or holds
        fewer or more bytes than its header promises.
    """
    return np.concatenate(list(read_idx_blocks(path, dimensions)))


def read_idx_blocks(path: Path, dimensions: int) -> Iterator[np.ndarray]:
    """The same, so many rows at a time that a block takes a few megabytes."""
    with _open_idx(path, dimensions) as (file, shape):
        promised, row = math.prod(shape), math.prod(shape[1:])
        size = max(1, BLOCK_BYTES // max(1, row) * row, row)
        for start in range(0, max(1, promised), size):
            values = file.read(min(size, promised - start))
            if start + len(values) < min(promised, start + size):
                raise BadInput(f"{path}: the header promises {promised} bytes. Found {start + len(values)}.")
            rows = len(values) // row if row else shape[0]
            yield np.frombuffer(values, np.uint8).reshape(rows, *shape[1:])
        if file.read(1):
            raise BadInput(f"{path}: more bytes follow than the {promised} that the header promises.")


@contextmanager
def _open_idx(path: Path, dimensions: int) -> Iterator[tuple[BinaryIO, tuple[int, ...]]]:
    """The file behind its header, and the shape that the header promises."""
    try:
        with cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file:
            magic, *shape = struct.unpack(f">{1 + dimensions}I", file.read(4 + 4 * dimensions))
            expected = UNSIGNED_BYTE << 8 | dimensions
            if magic != expected:
                raise BadInput(
                    f"{path}: the magic number must be {expected}. Found {magic}. "
                    f"Only unsigned bytes in {dimensions} dimension{'s' * (dimensions > 1)} are read."
                )
            promised = math.prod(size or 1 for size in shape)  # NumPy refuses even none of too large ones
            if promised > MOST_BYTES:
                raise BadInput(f"{path}: the header promises {promised} bytes. Allowed are {MOST_BYTES}.")
            yield file, tuple(shape)
    except struct.error:
        raise BadInput(f"{path}: too short to hold an IDX header of {4 + 4 * dimensions} bytes.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} cannot be unpacked: {error}") from None


def write_idx(array: np.ndarray, path: Path) -> None:
    """Write a uint8 array as a gzipped IDX file without name or time, so equal arrays give equal bytes."""
    write_idx_blocks([array], array.shape, path)


def write_idx_blocks(blocks: Iterable[np.ndarray], shape: tuple[int, ...], path: Path) -> None:
    """The same for an array of `shape` that comes in `blocks` of rows."""
    header = struct.pack(f">{1 + len(shape)}I", UNSIGNED_BYTE << 8 | len(shape), *shape)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
        file.write(header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.uint8).data)
