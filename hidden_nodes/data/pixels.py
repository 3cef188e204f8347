"""Bytes as numbers that a network takes: pixels in [0, 1], classes one-hot."""

import numpy as np


def scale_images(images: np.ndarray) -> np.ndarray:
    """Bytes of any shape as float32 in [0, 1]: 0 is white, 1 black."""
    return images.astype(np.float32) / 255


def scale_pixels(images: np.ndarray) -> np.ndarray:
    """Images `(n, rows, columns)` or `(n, pixels)` uint8 as rows `(n, pixels)` float32 in [0, 1]."""
    return scale_images(images.reshape(len(images), -1))


def encode_one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels `(n,)` from 0 as rows `(n, classes)` float32 with a single 1 in the label's column."""
    return np.eye(classes, dtype=np.float32)[labels]


def as_inputs(values: np.ndarray) -> np.ndarray:
    """What a network takes for `values` of `(n, ...)`: bytes are scaled, other numbers are float32 as they are."""
    if values.dtype == np.uint8:
        return scale_pixels(values)
    return np.asarray(values, np.float32)
