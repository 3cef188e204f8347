"""A network is applied to any number of images, block by block; its weights are read only if they are a network's."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hidden_nodes.errors import BadInput
from hidden_nodes.network import forward
from hidden_nodes.network.forward import activate, activate_images, classify, classify_images, cut_into_blocks
from hidden_nodes.network.weights import LARGEST, Weights, read_weights, write_weights

GENERATOR = np.random.default_rng(8)
INPUTS, NODES, CLASSES = 12, 5, 3
SHAPES = [(INPUTS, NODES), (NODES,), (NODES, CLASSES), (CLASSES,)]
WEIGHTS = Weights("tanh", *(GENERATOR.normal(0, 1, shape).astype(np.float32) for shape in SHAPES), l2=0.5)
IMAGES = GENERATOR.integers(0, 256, (11, 4, 3), np.uint8)


def apply_plainly(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.tanh(images.reshape(len(images), -1) / 255 @ WEIGHTS.hidden_weights + WEIGHTS.hidden_bias)
    sizes = np.exp(hidden @ WEIGHTS.output_weights + WEIGHTS.output_bias)
    return hidden, sizes / sizes.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("in_memory", [1, 12 * 4, 2**20])
def test_images_are_applied_in_their_order_however_few_are_in_memory(
    in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "VALUES", in_memory)
    hidden, probabilities = apply_plainly(IMAGES)
    activations = activate_images(WEIGHTS, IMAGES)
    assert np.allclose(activations, hidden, atol=1e-6)
    assert np.allclose(classify(WEIGHTS, activations), probabilities, atol=1e-6)
    assert np.allclose(classify_images(WEIGHTS, IMAGES), probabilities, atol=1e-6)
    assert activations.dtype == classify_images(WEIGHTS, IMAGES).dtype == np.float32


def test_numbers_are_taken_as_they_are_and_bytes_are_scaled() -> None:
    scaled = activate(WEIGHTS, IMAGES / 255)
    assert np.allclose(scaled, activate(WEIGHTS, IMAGES), atol=1e-6)
    assert not np.allclose(scaled, activate(WEIGHTS, IMAGES.astype(float)), atol=0.01)


@pytest.mark.parametrize(("inputs", "nodes"), [(784, 3), (784, 128), (9, 4096)])
def test_blocks_take_a_few_megabytes_and_cover_the_images(inputs: int, nodes: int) -> None:
    weights = replace(WEIGHTS, hidden_weights=np.zeros((inputs, nodes), np.float32))
    blocks = cut_into_blocks(weights, 60_000)
    assert np.array_equal(np.concatenate([np.arange(60_000)[block] for block in blocks]), np.arange(60_000))
    assert 4e6 < len(range(60_000)[blocks[0]]) * max(inputs, nodes) * 8 < 10e6


def test_an_image_that_is_larger_than_a_block_is_one() -> None:
    huge = np.broadcast_to(np.float32(0), (2**20 + 1, 2))
    assert cut_into_blocks(replace(WEIGHTS, hidden_weights=huge), 2) == [slice(0, 1), slice(1, 2)]
    assert cut_into_blocks(WEIGHTS, 0) == []


def test_a_network_knows_its_size() -> None:
    assert (WEIGHTS.n_hidden, WEIGHTS.parameters) == (5, 12 * 5 + 5 + 5 * 3 + 3)
    assert Weights("relu", *(np.zeros(shape, np.float32) for shape in SHAPES)).l2 == 0


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    largest = np.array([LARGEST, -LARGEST, 0], np.float32)
    for weights in (WEIGHTS, replace(WEIGHTS, output_bias=largest, l2=0.0)):
        write_weights(weights, tmp_path / "a.npz")
        found = read_weights(tmp_path / "a.npz", INPUTS, CLASSES)
        assert (found.activation, found.l2) == ("tanh", weights.l2)
        for name in ("hidden_weights", "hidden_bias", "output_weights", "output_bias"):
            assert np.array_equal(getattr(found, name), getattr(weights, name))


def one_is_float64(weights: Weights) -> Weights:
    return replace(weights, output_bias=weights.output_bias.astype(np.float64))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: replace(weights, activation="sine"), "the activation must be one of elu, .* Found 'sine'"),
        (one_is_float64, "every weight must be a finite float32 number"),
        (lambda weights: replace(weights, hidden_bias=np.full(5, 1.1e30, np.float32)), r"at most 1e\+30 in size"),
        (
            lambda weights: replace(weights, output_bias=np.array([0, -1.1e30, 0], np.float32)),
            r"at most 1e\+30 in size",
        ),
        (lambda weights: replace(weights, hidden_bias=np.zeros(4, np.float32)), "of 12 inputs and 3 classes. Found sh"),
        (lambda weights: replace(weights, output_bias=np.zeros(4, np.float32)), "of 12 inputs and 3 classes. Found sh"),
        (lambda weights: replace(weights, l2=float("inf")), "'l2' must be a finite number from 0. Found inf"),
        (lambda weights: replace(weights, l2=float("nan")), "'l2' must be a finite number from 0. Found nan"),
    ],
)
def test_what_is_no_network_of_ours_is_refused(
    change: Callable[[Weights], Weights], message: str, tmp_path: Path
) -> None:
    write_weights(change(WEIGHTS), tmp_path / "a.npz")
    with pytest.raises(BadInput, match=message):
        read_weights(tmp_path / "a.npz", INPUTS, CLASSES)


def test_compressed_or_pickled_weights_are_neither_read_nor_written(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_weights(WEIGHTS, path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if name == "l2.npy" else zipfile.ZIP_STORED)
    with pytest.raises(BadInput, match="it is compressed"):
        read_weights(path, INPUTS, CLASSES)
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], object))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (entries | {"hidden_bias.npy": pickled.getvalue()}).items():
            archive.writestr(name, content)
    with pytest.raises(BadInput, match="cannot be read as a network's weights"):
        read_weights(path, INPUTS, CLASSES)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        write_weights(replace(WEIGHTS, hidden_bias=np.array([{}], object)), path)
