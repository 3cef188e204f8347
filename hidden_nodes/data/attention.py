"""Sequential Attention: pixels picked one by one while a network trains on them (Yasuda et al., ICLR 2023).

The network, one hidden layer, sees each pixel times its mask: 1 for those picked, a softmax of trained logits for the
others. Every STEPS batches the pixel with the largest logit is picked: the one that, beside those already picked,
helps the network most. One run picks all (the paper's "one-pass" form). NumPy and Adam, with one BLAS thread.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from hidden_nodes.network.backprop import Adam, find_gradients, initial_layers, shuffled_batches

HIDDEN = 64  # nodes of the network that picks; the paper has 67
BATCH = 256
WARM_UP = 400  # batches before the first pick
STEPS = 100  # batches from pick to pick
PICKS = 200  # at most, so that it takes less than a minute; the others follow by their last logits
RATE = 0.001  # of Adam, for weights and logits


def attention_ranking(images: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """All pixels of `images` `(n, pixels)` uint8 with `labels` `(n,)`; the first `count`, PICKS at most, as picked.

    The pixels picked for a smaller count are the first of those for a larger. Pixels that never change come last.
    """
    generator = np.random.default_rng(seed)
    pixels, classes = images.shape[1], int(labels.max()) + 1
    layers, logits = initial_layers(generator, pixels, HIDDEN, classes), np.zeros(pixels, np.float32)
    optimizers = [Adam(array, RATE) for array in (*layers, logits)]
    batches = shuffled_batches(generator, len(images), BATCH)
    changes = images.min(axis=0) != images.max(axis=0)
    open_pixels = changes.copy()
    picked: list[int] = []
    with threadpool_limits(1, "blas"):
        for _ in range(min(count, PICKS, int(changes.sum()))):
            for _ in range(STEPS if picked else WARM_UP):
                rows = next(batches)
                gradients = _gradients(images[rows], labels[rows], layers, logits, open_pixels, picked)
                for optimizer, gradient in zip(optimizers, gradients, strict=True):
                    optimizer.step(gradient)
            picked.append(int(np.where(open_pixels, logits, -np.inf).argmax()))
            open_pixels[picked[-1]] = False
    others = np.where(changes, logits, -np.inf)
    rest = [int(pixel) for pixel in np.argsort(-others, kind="stable") if pixel not in set(picked)]
    return np.array([*picked, *rest], int)


def _mask(logits: np.ndarray, open_pixels: np.ndarray, picked: list[int]) -> np.ndarray:
    """1 for pixels picked, the softmax of the logits over those still open, 0 for those that never change."""
    mask = np.zeros_like(logits)
    powers = np.exp(logits[open_pixels] - logits[open_pixels].max())
    mask[open_pixels] = powers / powers.sum()
    mask[picked] = 1
    return mask


def _gradients(
    images: np.ndarray, labels: np.ndarray, layers: list[np.ndarray], logits: np.ndarray, open_pixels: np.ndarray,
    picked: list[int],
) -> list[np.ndarray]:  # fmt: skip
    """Of the mean cross-entropy of a batch, by each of `layers` and by the logits."""
    mask = _mask(logits, open_pixels, picked)
    x = images.astype(np.float32) / np.float32(255)
    by_product, *others = find_gradients(x, labels, [layers[0] * mask[:, None], *layers[1:]])
    by_mask = np.where(open_pixels, (by_product * layers[0]).sum(axis=1), 0)
    by_logit = np.where(open_pixels, mask * (by_mask - (mask * by_mask).sum()), 0)
    return [by_product * mask[:, None], *others, by_logit.astype(np.float32)]
