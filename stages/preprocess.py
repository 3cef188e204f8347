"""Turn the four IDX files into checked arrays: pixels in [0, 1], labels, one-hot labels, and the split."""

import shutil
from pathlib import Path

import numpy as np

from hidden_nodes.paths import CLASSES, IDX_FILES, PIXELS, PREPARED, RAW
from hidden_nodes.errors import BadInput
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.data.idx import read_images, read_labels
from hidden_nodes.params import count_held_back, load_params


def scale_pixels(images: np.ndarray) -> np.ndarray:
    """Images `(n, 28, 28)` uint8 as rows `(n, 784)` float32 in [0, 1]: 0 is white paper, 1 black ink."""
    return images.reshape(len(images), PIXELS).astype(np.float32) / 255


def encode_one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels `(n,)`, 0 to 9, as rows `(n, 10)` float32 with a single 1 in the label's column."""
    return np.eye(CLASSES, dtype=np.float32)[labels]


def split_counts(images: int, validation: int | float) -> dict[str, int]:
    """How many images train and how many, the last ones, are held back for validation.

    Raises
    ------
    BadInput
        If `validation` leaves none on either side.
    """
    held_back = count_held_back(validation, images)
    if not 0 < held_back < images:
        raise BadInput(
            f"'validation' must leave some of the {images} images on either side. "
            f"Got {validation}, which holds back {held_back}."
        )
    return {"train": images - held_back, "validation": held_back}


def read_part(raw: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one part, "train" or "test", checked against each other."""
    image_file, label_file = raw / IDX_FILES[part, "images"], raw / IDX_FILES[part, "labels"]
    images, labels = read_images(image_file), read_labels(label_file)
    if len(images) != len(labels) or not len(images):
        raise BadInput(f"{image_file} holds {len(images)} images, {label_file} {len(labels)} labels: must be as many.")
    return images, labels


def main() -> None:
    validation = load_params().validation
    with atomic_outputs(PREPARED) as (prepared,):
        for part in ("train", "test"):
            images, labels = read_part(RAW, part)
            if part == "train":
                split = split_counts(len(images), validation)
                np.save(prepared / "images_train.npy", images)
            np.save(prepared / f"x_{part}.npy", scale_pixels(images))
            np.save(prepared / f"y_{part}.npy", labels)
            np.save(prepared / f"y_{part}_one_hot.npy", encode_one_hot(labels))
            print(f"{part}: {len(images)} images")
        write_json(split, prepared / "split.json")
        shutil.copyfile(RAW / "dataset.json", prepared / "dataset.json")
    print(f"of the training images, the last {split['validation']} are held back for validation")
