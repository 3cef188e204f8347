"""A stand-in for MNIST that needs no download: scikit-learn's 1,797 handwritten digits, multiplied.

Source: the UCI "Optical Recognition of Handwritten Digits" test set as bundled with scikit-learn,
8 x 8 pixels of 17 values.
"""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from hidden_nodes.progress import progress

SEED = 1797  # of the split and of the distortions; part of what this data set is, hence no parameter
SIDE, BOX = 28, 20  # as MNIST's digits, which fill a box of 20 x 20 in the middle of 28 x 28
TEST_SHARE = 1 / 6
CHUNK = 5_000  # images distorted at a time


def make_digits(train_images: int, test_images: int) -> dict[str, tuple[Iterator[np.ndarray], np.ndarray]]:
    """Images `(n, 28, 28)` uint8, in blocks, and labels `(n,)` uint8 for "train" and "test", the same on every call.

    The originals are split first, so that no test image is a distortion of a training image.
    """
    digits = load_digits()
    framed = np.stack([pad_digit(image) for image in digits.images])
    split = train_test_split(
        framed, digits.target.astype(np.uint8), test_size=TEST_SHARE, random_state=SEED, stratify=digits.target
    )
    return {
        "train": multiply(split[0], split[2], train_images, np.random.default_rng([SEED, 0])),
        "test": multiply(split[1], split[3], test_images, np.random.default_rng([SEED, 1])),
    }


def pad_digit(image: np.ndarray) -> np.ndarray:
    """Enlarge an 8 x 8 image of values 0 to 16 to 20 x 20 in the middle of `(28, 28)`, float in [0, 255]."""
    box = ndimage.zoom(image, BOX / len(image), order=1, grid_mode=True, mode="nearest")
    margin = (SIDE - BOX) // 2
    return np.pad(box * (255 / 16), margin)


def multiply(
    images: np.ndarray, labels: np.ndarray, count: int, generator: np.random.Generator
) -> tuple[Iterator[np.ndarray], np.ndarray]:
    """Draw `count` of `images` `(n, 28, 28)` with replacement, each shifted, turned and scaled a little.

    Up to 2 pixels, 12 degrees and 10 %, each uniformly distributed: enough to make every image its own, too
    little to turn one digit into another.
    """
    chosen = generator.integers(len(images), size=count)
    shift = generator.uniform(-2, 2, (count, 2, 1, 1))
    angle = np.deg2rad(generator.uniform(-12, 12, (count, 1, 1)))
    scale = generator.uniform(0.9, 1.1, (count, 1, 1))
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2

    def distort() -> Iterator[np.ndarray]:
        for start in progress(range(0, count, CHUNK), "distorting digits"):
            part = slice(start, start + CHUNK)
            cosine, sine = np.cos(angle[part]) / scale[part], np.sin(angle[part]) / scale[part]
            # Where each pixel of the new image lies in the original.
            source = np.stack(
                [
                    np.broadcast_to(chosen[part, None, None], (len(cosine), SIDE, SIDE)),
                    cosine * rows - sine * columns + (SIDE - 1) / 2 + shift[part, 0],
                    sine * rows + cosine * columns + (SIDE - 1) / 2 + shift[part, 1],
                ]
            )
            yield ndimage.map_coordinates(images, source, order=1).round().clip(0, 255).astype(np.uint8)

    return distort(), labels[chosen]
