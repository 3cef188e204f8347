"""The IDX format of the MNIST files: a magic number, the dimensions, then bytes (all big-endian).

Source: the description on LeCun's MNIST page. `0x00 0x00 0x08 N` announces N dimensions of unsigned
bytes; N big-endian 32-bit sizes follow, then the values, last dimension fastest.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from hidden_nodes.paths import CLASSES, SIDE
from hidden_nodes.errors import BadInput

UNSIGNED_BYTE = 8
MOST_BYTES = 2**30  # no header may promise more; MNIST's largest file holds 47,040,000


def read_images(path: Path) -> np.ndarray:
    """Images `(n, 28, 28)` uint8 from a gzipped IDX file. Raises BadInput as `read_idx` does."""
    images = read_idx(path, dimensions=3)
    if images.shape[1:] != (SIDE, SIDE):
        raise BadInput(f"{path}: images must be {SIDE} x {SIDE}. Found {images.shape[1]} x {images.shape[2]}.")
    return images


def read_labels(path: Path) -> np.ndarray:
    """Labels `(n,)` uint8, each 0 to 9, from a gzipped IDX file. Raises BadInput as `read_idx` does."""
    labels = read_idx(path, dimensions=1)
    if labels.size and labels.max() >= CLASSES:
        position = int(np.argmax(labels >= CLASSES))
        raise BadInput(f"{path}: labels must be 0 to {CLASSES - 1}. Found {labels[position]} at position {position}.")
    return labels


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """A gzipped IDX file as a uint8 array; never unpacks more than the file's own header allows.

    Raises
    ------
    BadInput
        If the file cannot be read, is no IDX file of unsigned bytes with so many `dimensions`, or holds
        fewer or more bytes than its header promises.
    """
    try:
        with gzip.open(path, "rb") as file:
            magic, *shape = struct.unpack(f">{1 + dimensions}I", file.read(4 + 4 * dimensions))
            expected = UNSIGNED_BYTE << 8 | dimensions
            if magic != expected:
                raise BadInput(f"{path}: the magic number must be {expected}. Found {magic}.")
            promised = math.prod(shape)
            if promised > MOST_BYTES:
                raise BadInput(f"{path}: the header promises {promised} bytes. Allowed are {MOST_BYTES}.")
            values = file.read(promised)
            if len(values) < promised:
                raise BadInput(f"{path}: the header promises {promised} bytes. Found {len(values)}.")
            if file.read(1):
                raise BadInput(f"{path}: more bytes follow than the {promised} that the header promises.")
    except struct.error:
        raise BadInput(f"{path}: too short to hold an IDX header of {4 + 4 * dimensions} bytes.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} cannot be unpacked: {error}") from None
    return np.frombuffer(values, np.uint8).reshape(shape)


def write_idx(array: np.ndarray, path: Path) -> None:
    """Write a uint8 array as a gzipped IDX file without name or time, so equal arrays give equal bytes."""
    header = struct.pack(f">{1 + array.ndim}I", UNSIGNED_BYTE << 8 | array.ndim, *array.shape)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
        file.write(header)
        file.write(np.ascontiguousarray(array, np.uint8).data)
