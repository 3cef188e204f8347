"""Which pixels to keep: rankings other than the forest's own, each from the images that train alone.

All but `grid_pixels` order all pixels, and the first of them are taken: those chosen for 50 are among those chosen for
70. Images are `(n, pixels)` uint8, pixels flat positions.
"""

import numpy as np

from hidden_nodes.knowledge.components import covariance_of_bytes

BOUND = 0.5  # correlation, either sign; of 0.4 to 0.8 the best on MNIST's held-out images, with 50 and 70 pixels
BOUND_STEP = 0.1  # by which the bound rises when every pixel left is above it


def variance_ranking(images: np.ndarray) -> np.ndarray:
    """The pixels whose values vary most first; equal ones keep their order."""
    _, covariance = covariance_of_bytes(images)
    return np.argsort(-np.diagonal(covariance), kind="stable")


def random_ranking(pixels: int, seed: int) -> np.ndarray:
    """All pixels in an order that `seed` draws, whatever the images show."""
    return np.random.default_rng(seed).permutation(pixels)


def grid_pixels(rows: int, columns: int, count: int) -> np.ndarray:
    """`count` pixels evenly over an image: lines, about as far apart as the pixels in them, each line's evenly in it.

    Any count is met, as the lines need not have equally many: some have one pixel more than others. Each pixel is the
    middle of the part of its line, and each line of the part of the image, that it stands for. Not a ranking: another
    count takes other pixels.
    """
    least = -(-count // columns)  # lines, so that none has more pixels than there are columns
    lines = min(rows, count, max(least, round((count * rows / columns) ** 0.5)))
    in_line = np.diff(np.arange(lines + 1) * count // lines)
    return np.concatenate(
        [row * columns + _middles(columns, number) for row, number in zip(_middles(rows, lines), in_line, strict=True)]
    )


def _middles(length: int, parts: int) -> np.ndarray:
    """The middle of each of `parts` equal parts of `length` positions; distinct, as `parts` is at most `length`."""
    return ((2 * np.arange(parts) + 1) * length) // (2 * parts)


def spread_ranking(ranking: np.ndarray, images: np.ndarray, bound: float = BOUND) -> np.ndarray:
    """Down `ranking` `(pixels,)`, each pixel that correlates at most `bound` with every one chosen before it.

    When none is left that does, the bound rises by BOUND_STEP, and those passed over are gone through again from the
    top: any number can be taken. Pixels that never change come last.
    """
    correlations = np.abs(correlate_pixels(images))
    changes = np.diagonal(correlations) > 0
    left = [int(pixel) for pixel in ranking if changes[pixel]]
    chosen: list[int] = []
    highest = np.zeros(len(ranking))  # correlation of each pixel with any that is chosen
    while left:
        skipped = []
        for pixel in left:
            if highest[pixel] > bound:
                skipped.append(pixel)
                continue
            chosen.append(pixel)
            highest = np.maximum(highest, correlations[pixel])
        left, bound = skipped, bound + BOUND_STEP
    return np.array([*chosen, *(pixel for pixel in ranking if not changes[pixel])], int)


def correlate_pixels(images: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each pixel with each, `(pixels, pixels)`; 0 where one of them never changes."""
    _, covariance = covariance_of_bytes(images)
    deviations = np.sqrt(np.diagonal(covariance))
    scale = np.divide(1, deviations, out=np.zeros_like(deviations), where=deviations > 0)
    return np.clip(covariance * scale * scale[:, None], -1, 1)
