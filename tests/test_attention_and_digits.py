"""Pixels picked by attention, and the bundled digits, are those of a plain computation with the same seed."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.ndimage import zoom
from sklearn.datasets import load_digits

from hidden_nodes.data import attention, digits
from hidden_nodes.network.backprop import Adam, initial_layers, shuffled_batches

OPEN = np.array([True, False, True, True, False])  # the second is picked, the last never changes
LOGITS = np.array([0.5, 9, -1, 0.25, 0], np.float32)


def plain_mask(logits: np.ndarray, open_pixels: np.ndarray, picked: list[int]) -> list[float]:
    total = sum(np.exp(float(logit)) for logit, is_open in zip(logits, open_pixels, strict=True) if is_open)
    return [
        1.0 if pixel in picked else float(np.exp(float(logit))) / total if is_open else 0.0
        for pixel, (logit, is_open) in enumerate(zip(logits, open_pixels, strict=True))
    ]


def plain_loss(
    x: np.ndarray, labels: np.ndarray, layers: list[np.ndarray], logits: np.ndarray, open_pixels: np.ndarray,
    picked: list[int],
) -> float:  # fmt: skip
    """Mean cross-entropy of the masked network, image by image."""
    mask = np.array(plain_mask(logits, open_pixels, picked))
    total = 0.0
    for image, label in zip(x, labels, strict=True):
        hidden = np.maximum(0, (image / 255 * mask) @ layers[0] + layers[1])
        outputs = hidden @ layers[2] + layers[3]
        total += np.log(np.exp(outputs).sum()) - outputs[label]
    return float(total / len(x))


def test_the_mask_is_a_softmax_over_open_pixels_and_one_for_those_picked() -> None:
    found = attention._mask(LOGITS, OPEN, [1])
    assert found.tolist() == pytest.approx(plain_mask(LOGITS, OPEN, [1]), rel=1e-6)
    assert found[OPEN].sum() == pytest.approx(1)
    far = np.array([-200, 9, 300, 299, 0], np.float32)  # no overflow
    assert attention._mask(far, OPEN, [1]) == pytest.approx([0, 1, 1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0])


def test_gradients_are_differences_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (12, 5)).astype(np.uint8), rng.integers(0, 3, 12)
    layers = [array.astype(np.float64) for array in initial_layers(rng, 5, 4, 3)]
    layers[1] += 0.3
    arrays = [*layers, LOGITS.astype(np.float64)]
    found = attention._gradients(images, labels, layers, arrays[4], OPEN, [1])
    assert [gradient.shape for gradient in found] == [array.shape for array in arrays]
    for array, gradient in zip(arrays, found, strict=True):
        for place in np.ndindex(*array.shape):
            losses = []
            for step in (1e-5, -2e-5):
                array[place] += step
                losses.append(plain_loss(images.astype(float), labels, layers, arrays[4], OPEN, [1]))
            array[place] += 1e-5
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=2e-6)


def plain_ranking(images: np.ndarray, labels: np.ndarray, picks: int, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    layers, logits = initial_layers(rng, images.shape[1], 6, len(set(labels))), np.zeros(images.shape[1], np.float32)
    optimizers = [Adam(array, 0.01) for array in (*layers, logits)]
    batches = shuffled_batches(rng, len(images), 16)
    changing = [pixel for pixel in range(images.shape[1]) if len(set(images[:, pixel])) > 1]
    picked: list[int] = []
    for _ in range(min(picks, len(changing))):
        open_pixels = np.isin(np.arange(images.shape[1]), [pixel for pixel in changing if pixel not in picked])
        for _ in range(3 if picked else 5):
            rows = next(batches)
            gradients = attention._gradients(images[rows], labels[rows], layers, logits, open_pixels, picked)
            for number, optimizer in enumerate(optimizers):
                optimizer.step(gradients[number])
        picked.append(max(np.flatnonzero(open_pixels).tolist(), key=lambda pixel: float(logits[pixel])))
    rest = sorted(set(changing) - set(picked), key=lambda pixel: (-float(logits[pixel]), pixel))
    return picked + rest + [pixel for pixel in range(images.shape[1]) if pixel not in changing]


@pytest.mark.parametrize(("count", "picks"), [(1, 1), (3, 3), (5, 4), (8, 4)])
def test_pixels_are_picked_one_by_one_the_others_by_their_last_logits(
    count: int, picks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HIDDEN": 6, "BATCH": 16, "WARM_UP": 5, "STEPS": 3, "PICKS": 4, "RATE": 0.01}.items():
        monkeypatch.setattr(attention, name, value)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 40)
    images = rng.integers(0, 120, (40, 8)).astype(np.uint8)
    images[np.arange(40), labels + 3] += 130
    images[:, [2, 7]] = 5
    ranking = attention.attention_ranking(images, labels, count, seed=4)
    assert ranking.tolist() == plain_ranking(images, labels, picks, seed=4)
    assert attention.attention_ranking(images[:, [2, 0, 7]], labels, 3, seed=0).tolist() == [1, 0, 2]


def read_between(image: np.ndarray, y: float, x: float) -> float:
    """The value between four pixels, 0 for those outside."""
    value = 0.0
    for row, column in ((int(np.floor(y)) + down, int(np.floor(x)) + right) for down in (0, 1) for right in (0, 1)):
        if 0 <= row < 28 and 0 <= column < 28:
            value += float(image[row, column]) * (1 - abs(y - row)) * (1 - abs(x - column))
    return value


def test_digits_are_shifted_turned_and_scaled_as_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "CHUNK", 2)
    originals = np.stack([digits.pad_digit(image) for image in load_digits().images[:4]])
    blocks, labels = digits.multiply(originals, np.arange(4) + 10, 5, np.random.default_rng(3))
    found = list(blocks)
    assert [len(block) for block in found] == [2, 2, 1]
    rng = np.random.default_rng(3)
    chosen, shift = rng.integers(4, size=5), rng.uniform(-2, 2, (5, 2))
    angle, scale = np.deg2rad(rng.uniform(-12, 12, 5)), rng.uniform(0.9, 1.1, 5)
    assert labels.tolist() == (chosen + 10).tolist()
    for n, image in enumerate(np.concatenate(found)):
        assert image.dtype == np.uint8
        for row, column in np.ndindex(28, 28):
            y, x = row - 13.5, column - 13.5
            source_y = (np.cos(angle[n]) * y - np.sin(angle[n]) * x) / scale[n] + 13.5 + shift[n, 0]
            source_x = (np.sin(angle[n]) * y + np.cos(angle[n]) * x) / scale[n] + 13.5 + shift[n, 1]
            plain = read_between(originals[chosen[n]], source_y, source_x)
            assert abs(float(image[row, column]) - min(max(plain, 0), 255)) <= 0.5 + 1e-6


def test_a_digit_is_enlarged_without_a_change_of_its_sides() -> None:
    image = np.arange(64.0).reshape(8, 8) / 4
    padded = digits.pad_digit(image)
    assert padded.shape == (28, 28)
    box = zoom(image, 2.5, order=1, grid_mode=True, mode="nearest") * 15.9375
    assert padded[4:24, 4:24] == pytest.approx(box)
    assert padded.sum() == pytest.approx(box.sum())


def test_a_sixth_of_the_digits_is_the_origin_of_the_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def note(
        images: np.ndarray, labels: np.ndarray, count: int, generator: np.random.Generator
    ) -> tuple[Iterator[np.ndarray], np.ndarray]:
        seen.append((images, labels, count, generator.bit_generator.state))
        return iter([]), labels

    monkeypatch.setattr(digits, "multiply", note)
    assert list(digits.make_digits(70, 30)) == ["train", "test"]
    originals = load_digits()
    labelled = zip(originals.images, originals.target, strict=True)
    known = {digits.pad_digit(image).tobytes(): int(label) for image, label in labelled}
    (train, y_train, n_train, drawn), (test, y_test, n_test, drawn_test) = seen
    assert (len(train), len(test), n_train, n_test) == (1497, 300, 70, 30)  # 1,797 / 6, rounded up
    assert drawn == np.random.default_rng([digits.SEED, 0]).bit_generator.state
    assert drawn_test == np.random.default_rng([digits.SEED, 1]).bit_generator.state
    origins = [{image.tobytes() for image in part} for part in (train, test)]
    assert not origins[0] & origins[1]
    for part, labels in ((train, y_train), (test, y_test)):
        assert labels.dtype == np.uint8
        assert [known[image.tobytes()] for image in part] == labels.tolist()
        shares = np.bincount(labels) / len(labels)
        assert shares == pytest.approx(np.bincount(originals.target) / 1797, abs=0.003)
