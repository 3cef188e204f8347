"""Gradual pruning of pixels: a network trains on all of them, and those that matter least leave it one after another.

The number that is left falls by the cubic schedule of Zhu and Gupta 2017 ("To prune, or not to prune"), who prune
single weights: fast while many pixels are of little use, slowly at the end. What a pixel matters is the variance that
it brings to the hidden nodes: its own, times the sum of its squared weights. NumPy and Adam, with one BLAS thread.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from hidden_nodes.knowledge.components import covariance_of_bytes
from hidden_nodes.network.backprop import Adam, find_gradients, initial_layers, shuffled_batches

HIDDEN = 128  # nodes of the network
BATCH = 256
WARM_UP = 400  # batches with all pixels
BATCHES = 3200  # in all: of MNIST 15 epochs
EVERY = 10  # batches from one pruning to the next
RATE = 0.002  # of Adam


def pruning_ranking(images: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """All pixels of `images` `(n, pixels)` uint8 with `labels` `(n,)`; the first `count` are those that are left.

    Of these the one that matters most comes first; then those pruned, the last one first; then those that never
    change. Another `count` has another schedule, and may leave other pixels.
    """
    generator = np.random.default_rng(seed)
    changes = images.min(axis=0) != images.max(axis=0)
    left, constant = np.flatnonzero(changes), np.flatnonzero(~changes)
    if not len(left):
        return constant
    variances = np.diagonal(covariance_of_bytes(images[:, left])[1])
    layers = initial_layers(generator, len(left), HIDDEN, int(labels.max()) + 1)
    optimizers = [Adam(array, RATE) for array in layers]
    batches = shuffled_batches(generator, len(images), BATCH)
    pruned: list[np.ndarray] = []
    with threadpool_limits(1, "blas"):
        for number in schedule(len(left), min(count, len(left))):
            for _ in range(EVERY):
                rows = next(batches)
                x = images[rows][:, left].astype(np.float32) / np.float32(255)
                gradients = find_gradients(x, labels[rows], [optimizer.array for optimizer in optimizers])
                for optimizer, gradient in zip(optimizers, gradients, strict=True):
                    optimizer.step(gradient)
            order = np.argsort(-variances * (optimizers[0].array ** 2).sum(axis=1), kind="stable")
            pruned.insert(0, left[order[number:]])
            optimizers[0].keep(order[:number])
            left, variances = left[order[:number]], variances[order[:number]]
    return np.concatenate([left, *pruned, constant])


def schedule(pixels: int, count: int) -> list[int]:
    """How many of `pixels` are left after each pruning: all in the warm-up, `count` after the last one."""
    batches = np.arange(EVERY, BATCHES + 1, EVERY)
    progress = (batches - WARM_UP).clip(min=0) / (BATCHES - WARM_UP)
    return [count + int((pixels - count) * (1 - part) ** 3) for part in progress]
