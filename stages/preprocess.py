"""Turn the four IDX files into checked arrays: pixels in [0, 1], labels, one-hot labels, and the split."""

import shutil

import numpy as np

from hidden_nodes import paths
from hidden_nodes.data.idx import read_part
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.params import count_held_out, load_settings


def scale_pixels(images: np.ndarray) -> np.ndarray:
    """Images `(n, rows, columns)` uint8 as rows `(n, pixels)` float32 in [0, 1]: 0 is white, 1 black."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def encode_one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels `(n,)` from 0 as rows `(n, classes)` float32 with a single 1 in the label's column."""
    return np.eye(classes, dtype=np.float32)[labels]


def split_counts(images: int, validation: int | float) -> dict[str, int]:
    """How many images train and how many, the last ones, are held out for validation."""
    held_out = count_held_out(validation, images)
    return {"train": images - held_out, "validation": held_out}


def main() -> None:
    params, dataset = load_settings(paths.RAW_DATASET)
    split = split_counts(dataset.train_images, params.validation)
    with atomic_outputs(paths.PREPARED) as (prepared,):
        for part in ("train", "test"):
            images, labels = read_part(paths.RAW, part, dataset)
            if part == "train":
                np.save(prepared / paths.IMAGES_TRAIN.name, images)
            np.save(prepared / f"x_{part}.npy", scale_pixels(images))
            np.save(prepared / f"y_{part}.npy", labels)
            np.save(prepared / f"y_{part}_one_hot.npy", encode_one_hot(labels, len(dataset.classes)))
            print(f"{part}: {len(images)} images")
        write_json(split, prepared / paths.SPLIT.name)
        shutil.copyfile(paths.RAW_DATASET, prepared / paths.DATASET.name)
    print(f"of the training images, the last {split['validation']} are held out for validation")
