"""The prepared data as the stages read it: arrays by their paths, checked against the data set and one another."""

from pathlib import Path

import numpy as np

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array, read_json


def read_prepared(dataset: Dataset, *files: Path) -> list[np.ndarray]:
    """Open the prepared arrays at `files`, uint8, memory-mapped.

    Raises
    ------
    BadInput
        As `load_array` does, and if an array has another number of images than the data set, or holds no bytes.
    """
    rows: dict[Path, tuple[int, ...]] = {
        paths.IMAGES_TRAIN: (dataset.rows, dataset.columns), paths.IMAGES_TEST: (dataset.rows, dataset.columns),
        paths.Y_TRAIN: (), paths.Y_TEST: (),
    }  # fmt: skip
    test = (paths.IMAGES_TEST, paths.Y_TEST)
    arrays = [load_array(file, *rows[file]) for file in files]
    for file, array in zip(files, arrays, strict=True):
        check_length(file, len(array), dataset.test_images if file in test else dataset.train_images)
        if array.dtype != np.uint8:
            raise BadInput(f"{file} must hold bytes (uint8). Found {array.dtype}.")
    return arrays


def check_length(file: Path, found: int, images: int) -> None:
    """Raise BadInput unless a file holds as many images as it has to."""
    if found != images:
        raise BadInput(f"{file} must hold {images} images. Found {found}.")


def read_split() -> dict[str, int]:
    """How many training images train ("train"), and how many, the last ones, are held out ("validation")."""
    return read_json(paths.SPLIT, train=int, validation=int)
