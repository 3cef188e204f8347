"""Small images of one's own, made for tests, in the three forms that `make dataset` takes."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from hidden_nodes.data.idx import IDX_FILES, write_idx

NAMES = ("cat", "dog")


def draw_picture(label: int, number: int, side: int = 12) -> Image.Image:
    """A dark bar on white, lying or standing by its label, another one for each number."""
    pixels = np.full((side, side), 255, np.uint8)
    at = slice(2 + number % (side - 4), 4 + number % (side - 4))
    pixels[(at, slice(2, -2)) if label % 2 else (slice(2, -2), at)] = number % 100
    pixels[-3, 2] = label
    return Image.fromarray(pixels)


def write_pictures(folder: Path, names: Sequence[str] = NAMES, count: int = 20, first: int = 0) -> Path:
    """A folder of class folders with `count` pictures each, those of the numbers from `first`."""
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for number in range(first, first + count):
            draw_picture(label, number).save(folder / name / f"{number}.png")
    return folder


def make_arrays(count: int = 60, classes: int = 3, rows: int = 10, columns: int = 8) -> dict[str, np.ndarray]:
    """Images and labels as Keras names them, sorted by class; a fifth as many test images."""
    generator = np.random.default_rng(1)
    arrays: dict[str, np.ndarray] = {}
    for part, n in (("train", count), ("test", count // 5)):
        labels = np.sort(np.arange(n) % classes).astype(np.uint8)
        images = generator.integers(1, 256, (n, rows, columns)).astype(np.uint8)
        images[:, [0, -1]] = 0
        images[:, :, [0, -1]] = 0
        arrays |= {f"x_{part}": images, f"y_{part}": labels}
    return arrays


def write_npz(path: Path, **changed: np.ndarray) -> Path:
    """The arrays of `make_arrays` in a file, some of them changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=True, **(make_arrays() | changed))
    return path


def write_idx_folder(folder: Path, **changed: np.ndarray) -> Path:
    """The arrays of `make_arrays` as four gzipped IDX files, some of them changed."""
    folder.mkdir(parents=True)
    arrays = make_arrays() | changed
    names = {"x_train": "train_images", "y_train": "train_labels", "x_test": "test_images", "y_test": "test_labels"}
    for name, key in names.items():
        write_idx(arrays[name], folder / IDX_FILES[key])
    return folder


def unpack_idx_folder(folder: Path) -> Path:
    """Put the unpacked files in the place of the gzipped ones."""
    for path in list(folder.glob("*.gz")):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    return folder
