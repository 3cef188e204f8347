"""The prepared data as the stages read it: arrays by name, and what to call the data set."""

from typing import Any

import numpy as np

from stages.common.dataset import CLASSES, PIXELS, PREPARED
from stages.common.files import load_array, read_json

COLUMNS = {"x_train": PIXELS, "x_test": PIXELS, "y_train_one_hot": CLASSES, "y_test_one_hot": CLASSES}


def read_prepared(*names: str) -> list[np.ndarray]:
    """Open the named arrays of `data/prepared`, memory-mapped. Raises BadInput as `load_array` does."""
    return [load_array(PREPARED / f"{name}.npy", COLUMNS.get(name)) for name in names]


def read_split() -> dict[str, int]:
    """How many training images train ("train"), and how many, the last ones, are held back ("validation")."""
    split: dict[str, int] = read_json(PREPARED / "split.json")
    return split


def read_data_title() -> str:
    """The data set's name as pictures show it."""
    about: dict[str, Any] = read_json(PREPARED / "dataset.json")
    return str(about["title"])
