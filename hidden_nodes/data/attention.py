"""Sequential Attention: pixels picked one by one while a network trains on them (Yasuda et al., ICLR 2023).

The network, one hidden layer, sees each pixel times its mask: 1 for those picked, a softmax of trained logits for the
others. Every STEPS batches the pixel with the largest logit is picked: the one that, beside those already picked,
helps the network most. One run picks all (the paper's "one-pass" form). NumPy and Adam, with one BLAS thread.
"""

import numpy as np
from threadpoolctl import threadpool_limits

HIDDEN = 64  # nodes of the network that picks; the paper has 67
BATCH = 256
WARM_UP = 400  # batches before the first pick
STEPS = 100  # batches from pick to pick
PICKS = 200  # at most, so that it takes less than a minute; the others follow by their last logits
RATE = 0.001  # of Adam, for weights and logits
DECAYS = 0.9, 0.999  # of Adam's two moments: its usual ones


class Adam:
    """Adam's moments of one array, which `step` changes in place (Kingma and Ba 2015)."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.steps = array, 0
        self.first, self.second = np.zeros_like(array), np.zeros_like(array)

    def step(self, gradient: np.ndarray) -> None:
        self.steps += 1
        self.first += (1 - DECAYS[0]) * (gradient - self.first)
        self.second += (1 - DECAYS[1]) * (gradient**2 - self.second)
        corrections = [1 - decay**self.steps for decay in DECAYS]
        rate = RATE * corrections[1] ** 0.5 / corrections[0]
        self.array -= (rate * self.first / (np.sqrt(self.second) + 1e-7)).astype(self.array.dtype)


def attention_ranking(images: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """All pixels of `images` `(n, pixels)` uint8 with `labels` `(n,)`; the first `count`, PICKS at most, as picked.

    The pixels picked for a smaller count are the first of those for a larger. Pixels that never change come last.
    """
    generator = np.random.default_rng(seed)
    pixels, classes = images.shape[1], int(labels.max()) + 1
    weights = [
        _glorot(generator, pixels, HIDDEN), np.zeros(HIDDEN, np.float32),
        _glorot(generator, HIDDEN, classes), np.zeros(classes, np.float32),
        np.zeros(pixels, np.float32),
    ]  # fmt: skip
    optimizers = [Adam(array) for array in weights]
    changes = images.min(axis=0) != images.max(axis=0)
    open_pixels = changes.copy()
    picked: list[int] = []
    with threadpool_limits(1, "blas"):
        for _ in range(min(count, PICKS, int(changes.sum()))):
            for _ in range(STEPS if picked else WARM_UP):
                rows = generator.integers(len(images), size=min(BATCH, len(images)))
                x = images[rows].astype(np.float32) / 255
                mask = _mask(weights[-1], open_pixels, picked)
                for optimizer, gradient in zip(
                    optimizers, _gradients(x, labels[rows], mask, open_pixels, weights), strict=True
                ):
                    optimizer.step(gradient)
            picked.append(int(np.where(open_pixels, weights[-1], -np.inf).argmax()))
            open_pixels[picked[-1]] = False
    others = np.where(changes, weights[-1], -np.inf)
    rest = [int(pixel) for pixel in np.argsort(-others, kind="stable") if pixel not in set(picked)]
    return np.array([*picked, *rest], int)


def _glorot(generator: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    limit = (6 / (inputs + outputs)) ** 0.5
    return generator.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)


def _mask(logits: np.ndarray, open_pixels: np.ndarray, picked: list[int]) -> np.ndarray:
    """1 for pixels picked, the softmax of the logits over those still open, 0 for those that never change."""
    mask = np.zeros_like(logits)
    powers = np.exp(logits[open_pixels] - logits[open_pixels].max())
    mask[open_pixels] = powers / powers.sum()
    mask[picked] = 1
    return mask


def _gradients(
    x: np.ndarray, labels: np.ndarray, mask: np.ndarray, open_pixels: np.ndarray, weights: list[np.ndarray]
) -> list[np.ndarray]:
    """Of the mean cross-entropy of a batch `x` `(n, pixels)`, by each of `weights`; the last are the logits."""
    hidden_kernel, hidden_bias, kernel, bias, _ = weights
    masked = x * mask
    activations = np.maximum(0, masked @ hidden_kernel + hidden_bias)
    outputs = activations @ kernel + bias
    errors = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    errors /= errors.sum(axis=1, keepdims=True)
    errors[np.arange(len(labels)), labels] -= 1
    errors /= len(labels)
    back = (errors @ kernel.T) * (activations > 0)
    by_input = x.T @ back  # as if all masks were 1
    by_mask = np.where(open_pixels, (by_input * hidden_kernel).sum(axis=1), 0)
    by_logit = np.where(open_pixels, mask * (by_mask - (mask * by_mask).sum()), 0)
    return [
        by_input * mask[:, None], back.sum(axis=0), activations.T @ errors, errors.sum(axis=0),
        by_logit.astype(np.float32),
    ]  # fmt: skip
