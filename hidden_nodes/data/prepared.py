"""The prepared data as the stages read it: arrays by name, and what to call the data set."""

import numpy as np

from hidden_nodes.paths import CLASSES, PIXELS, PREPARED, SIDE
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array, read_json

ROWS = {
    "images_train": (SIDE, SIDE), "x_train": (PIXELS,), "x_test": (PIXELS,), "y_train": (), "y_test": (),
    "y_train_one_hot": (CLASSES,), "y_test_one_hot": (CLASSES,),
}  # fmt: skip


def read_prepared(*names: str) -> list[np.ndarray]:
    """Open the named arrays of `data/prepared`, memory-mapped.

    Raises
    ------
    BadInput
        As `load_array` does, and if two arrays of one part, "train" or "test", differ in their number of images.
    """
    arrays = [load_array(PREPARED / f"{name}.npy", *ROWS[name]) for name in names]
    sizes: dict[str, tuple[str, int]] = {}
    for name, array in zip(names, arrays, strict=True):
        first, size = sizes.setdefault(name.split("_")[1], (name, len(array)))
        check_as_many(f"{PREPARED}/{first}.npy", size, f"{PREPARED}/{name}.npy", len(array))
    return arrays


def check_as_many(name: str, size: int, other_name: str, other_size: int) -> None:
    """Raise BadInput unless both files hold as many images."""
    if size != other_size:
        raise BadInput(f"{name} and {other_name} must hold as many images. Found {size} and {other_size}.")


def read_split() -> dict[str, int]:
    """How many training images train ("train"), and how many, the last ones, are held back ("validation")."""
    return read_json(PREPARED / "split.json", train=int, validation=int)


def read_data_title() -> str:
    """The data set's name as pictures show it."""
    title: str = read_json(PREPARED / "dataset.json", title=str)["title"]
    return title
