"""What both ways of the benchmark use: the settings of `params.yaml`, and the data as `dvc repro` prepared them."""

from pathlib import Path

import numpy as np
import pandas as pd

from hidden_nodes import paths
from hidden_nodes.data.dataset import read_dataset
from hidden_nodes.data.pixels import encode_one_hot, scale_pixels
from hidden_nodes.params import count_held_out, load_params

PARAMS = load_params()
DATASET = read_dataset(paths.DATASET)
CLASSES = len(DATASET.classes)
EQUAL_EPOCHS = 10  # of the training that both ways do for as long

Pair = tuple[np.ndarray, np.ndarray]


def load_images() -> tuple[np.ndarray, np.ndarray]:
    """Training and test images `(n, pixels)`, float32 of 0 to 1, in memory."""
    return scale_pixels(load_stored(paths.IMAGES_TRAIN)), scale_pixels(load_stored(paths.IMAGES_TEST))


def load_stored(path: Path) -> np.ndarray:
    """An array that a stage wrote, in memory; those of `data/prepared` are bytes."""
    values: np.ndarray = np.load(path, allow_pickle=False)
    return values


def load_classes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The training images' classes `(n,)`, the same one-hot `(n, classes)`, and the test images' classes."""
    classes, classes_test = (load_stored(path) for path in (paths.Y_TRAIN, paths.Y_TEST))
    return classes, encode_one_hot(classes, CLASSES), classes_test


def split(x: np.ndarray, y: np.ndarray) -> tuple[Pair, Pair]:
    """Training and validation: the last images are held out."""
    held_out = count_held_out(PARAMS.validation, len(x))
    return (x[:-held_out], y[:-held_out]), (x[-held_out:], y[-held_out:])


def select(x: np.ndarray) -> np.ndarray:
    """The columns of the pixels that `rf_select` ranked first."""
    ranking = pd.read_csv(paths.RANKING)
    return np.ascontiguousarray(x[:, ranking["pixel"][: PARAMS.retrain_selected.pixels]])


def test_accuracy(predicted: np.ndarray) -> float:
    """Share of the test images whose class is the most probable one of `predicted` `(n, classes)`."""
    return float(np.mean(predicted.argmax(axis=1) == load_classes()[2]))
