"""The network is the notebook's; its training is Keras's arithmetic; its file has no date and no code in it."""

import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from hidden_nodes.data.pixels import encode_one_hot, scale_pixels
from hidden_nodes.errors import BadInput
from hidden_nodes.network import training
from hidden_nodes.network.forward import activate, classify, classify_images
from hidden_nodes.network.functions import ACTIVATION_FUNCTIONS
from hidden_nodes.network.model import build_network, keras, predict, read_weights_of, save_network, tf
from hidden_nodes.network.training import compile_epoch, train_network
from hidden_nodes.network.weights import read_weights, write_weights
from hidden_nodes.params import Train
from stages.evaluate import compute_loss
from stages.train import rank_by_norm, summarize

LATER = 2e9  # seconds, a time that zip archives would write down
INPUTS, HIDDEN = 12, 5
SETTINGS = Train(
    activation="relu", l2=0.001, optimizer="rmsprop", learning_rate=0.01, batch_size=8,
    epochs=4, monitor="val_accuracy", patience=2, keep="val_loss",
)  # fmt: skip


def make_data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    classes = generator.integers(10, size=count)
    x = generator.random((count, INPUTS), np.float32) + 0.3 * np.eye(10, INPUTS, dtype=np.float32)[classes]
    return x, classes


def build_small(activation: str = "relu") -> keras.Model:
    return build_network(INPUTS, HIDDEN, 10, activation, 0.001, seed=1)


def kept_epoch(history: pd.DataFrame) -> int:
    return int(history.loc[history["kept"] == 1, "epoch"].item())


@pytest.mark.parametrize(("hidden", "parameters"), [(1, 805), (128, 101_770)])
def test_the_network_has_the_notebooks_layers_and_parameters(hidden: int, parameters: int) -> None:
    network = build_network(784, hidden, 10, "relu", 0.001, seed=42)
    assert network.count_params() == parameters
    assert [layer.name for layer in network.layers] == ["hidden", "output_layer"]
    assert "output_layer" in summarize(network)


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (build_network(INPUTS, HIDDEN, 10, "relu", 0.001, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.get_weights()[0], second.get_weights()[0])
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


# Each optimizer and each activation function at least once; the two have nothing to do with one another.
OPTIMIZERS, ACTIVATIONS = (get_args(Train.model_fields[name].annotation) for name in ("optimizer", "activation"))


@pytest.mark.parametrize(("optimizer", "activation"), list(zip(cycle(OPTIMIZERS), ACTIVATIONS, strict=False)))
def test_a_compiled_epoch_equals_keras_fit(optimizer: str, activation: str) -> None:
    x, y = make_data(43)  # five batches of 8 and one of 3
    order = np.random.default_rng(2).permutation(len(x))
    theirs, ours = build_small(activation), build_small(activation)

    theirs.compile(
        keras.optimizers.get(optimizer), loss="categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    one_hot = encode_one_hot(y, 10)
    history = theirs.fit(x[order], one_hot[order], batch_size=8, epochs=1, shuffle=False, verbose=0).history
    loss, correct = compile_epoch(ours, keras.optimizers.get(optimizer), 8)(x, y, order)

    assert float(loss) / len(x) == pytest.approx(history["loss"][0], abs=1e-4)
    assert float(correct) / len(x) == pytest.approx(history["accuracy"][0], abs=1e-6)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-4)


def test_a_compiled_epoch_equals_the_same_steps_one_after_the_other() -> None:
    x, y = make_data(43)
    order = np.random.default_rng(2).permutation(len(x))
    compiled, stepped = build_small(), build_small()
    loss, correct = compile_epoch(compiled, keras.optimizers.get("adam"), 8)(x, y, order)
    tf.config.run_functions_eagerly(True)
    try:
        own_loss, own_correct = compile_epoch(stepped, keras.optimizers.get("adam"), 8)(x, y, order)
    finally:
        tf.config.run_functions_eagerly(False)
    assert float(own_loss) == pytest.approx(float(loss), rel=1e-5)
    assert float(own_correct) == float(correct)
    for one, other in zip(stepped.get_weights(), compiled.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-5)


def test_an_epoch_in_pieces_is_the_same_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = make_data(43)
    order, found = np.random.default_rng(2).permutation(len(x)), []
    for piece in (training.PIECE, 20):  # whole batches: 16 and 16 images, then 11
        monkeypatch.setattr(training, "PIECE", piece)
        network = build_small()
        loss, correct = compile_epoch(network, keras.optimizers.get("adam"), 8)(x, y, order)
        found.append((float(loss), float(correct), network.get_weights()))
    assert [len(rows) for rows, _ in training.cut_into_pieces(order, 8)] == [16, 16, 16]
    assert sum(mask.sum() for _, mask in training.cut_into_pieces(order, 8)) == 43
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert found[0][1] == found[1][1]
    for one, other in zip(found[0][2], found[1][2], strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_bytes_train_as_their_scaled_pixels_do_to_the_bit(tmp_path: Path) -> None:
    generator, weights = np.random.default_rng(3), []
    pixels, y = generator.integers(0, 256, (60, INPUTS), np.uint8), generator.integers(0, 10, 60).astype(np.uint8)
    np.save(tmp_path / "pixels.npy", pixels)
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    for x in (mapped, scale_pixels(pixels)):
        network = build_small()
        train_network(network, (x[:40], y[:40]), (x[40:], y[40:]), SETTINGS, seed=3)
        weights.append(network.get_weights())
        assert np.array_equal(predict(network, x), network(scale_pixels(pixels)).numpy())
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


def test_training_reports_keras_figures_and_keeps_the_best_epoch() -> None:
    validation = make_data(40, seed=1)
    network = build_small()
    history = train_network(network, make_data(100), validation, SETTINGS, seed=3)
    assert list(history) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss", "kept"]
    kept = kept_epoch(history)
    assert kept == history["val_loss"].idxmin() + 1
    network.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(validation[0], encode_one_hot(validation[1], 10), verbose=0)
    assert loss == pytest.approx(history["val_loss"][kept - 1], abs=1e-4)
    assert accuracy == pytest.approx(history["val_accuracy"][kept - 1], abs=1e-6)


def test_training_twice_gives_the_same_weights() -> None:
    weights = []
    for _ in range(2):
        network = build_small()
        train_network(network, make_data(60), make_data(20, seed=1), SETTINGS, seed=3)
        weights.append(network.get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*weights, strict=True))


def test_training_stops_after_patience_epochs_without_a_new_best() -> None:
    for patience in (1, 3):  # with so small a rate no epoch beats the first
        settings = SETTINGS.model_copy(update={"epochs": 50, "learning_rate": 1e-12, "patience": patience})
        history = train_network(build_small(), make_data(60), make_data(20, seed=1), settings, seed=3)
        assert len(history) == 1 + patience


def test_more_patience_that_finds_nothing_better_keeps_the_same_file(tmp_path: Path) -> None:
    files = []
    for patience in (2, 4):
        settings = SETTINGS.model_copy(update={"epochs": 30, "learning_rate": 1e-12, "patience": patience})
        settings = settings.model_copy(update={"keep": "val_accuracy"})
        network = build_small()
        history = train_network(network, make_data(60), make_data(20, seed=1), settings, seed=3)
        save_network(network, tmp_path / "network.keras")
        files.append((kept_epoch(history), (tmp_path / "network.keras").read_bytes(), len(history)))
    assert files[0][2] < files[1][2]
    assert files[0][:2] == files[1][:2]


def test_divergence_is_one_clear_line() -> None:
    settings = SETTINGS.model_copy(update={"optimizer": "sgd", "learning_rate": 1e30, "activation": "linear"})
    with pytest.raises(BadInput, match=r"training diverged: .* Lower 'train.learning_rate'\. Got 1e\+30\."):
        train_network(build_small("linear"), make_data(60), make_data(20, seed=1), settings, seed=3)


def test_a_saved_network_has_the_same_bytes_at_any_time_and_opens_with_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for name in ("a.keras", "b.keras"):
        network = build_small()
        save_network(network, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
        monkeypatch.setattr(time, "time", lambda: LATER)
    assert contents[0] == contents[1]
    opened = keras.saving.load_model(tmp_path / "a.keras")
    assert all(
        np.array_equal(one, other) for one, other in zip(opened.get_weights(), network.get_weights(), strict=True)
    )


def test_nodes_are_ranked_by_the_length_of_their_weight_vectors() -> None:
    weights = np.array([[1.0, 0.0, -3.0], [0.0, 2.0, 0.0]])
    assert rank_by_norm(weights, 2).tolist() == [2, 1]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numpy_applies_a_network_as_keras_does_for_every_activation_function(activation: str) -> None:
    generator = np.random.default_rng(4)
    pixels = generator.integers(0, 256, (400, 784), np.uint8)
    network = build_network(784, 32, 10, activation, 0.001, seed=1)
    # Weights of a trained network's size, and biases that are not zero.
    network.set_weights([generator.normal(0, 0.1, array.shape) for array in network.get_weights()])
    weights, x = read_weights_of(network), scale_pixels(pixels)
    reader = keras.Model(network.inputs[0], [layer.output for layer in network.layers])
    activations, probabilities = (values.numpy() for values in reader(x))
    for own in (pixels, x):
        assert np.abs(activate(weights, own) - activations).max() < 1e-5
    found = classify_images(weights, pixels.reshape(-1, 28, 28))
    assert np.abs(found - probabilities).max() < 1e-5
    assert np.array_equal(found.argmax(axis=1), probabilities.argmax(axis=1))


def test_every_activation_function_of_the_parameters_is_known_to_numpy() -> None:
    assert set(ACTIVATION_FUNCTIONS) == set(ACTIVATIONS)


def test_the_loss_is_keras_loss() -> None:
    network, (x, y) = build_small(), make_data(50)
    network.set_weights([3 * array for array in network.get_weights()])
    network.compile(loss="categorical_crossentropy")
    weights, loss = read_weights_of(network), network.evaluate(x, encode_one_hot(y, 10), verbose=0)
    assert compute_loss(weights, y, classify(weights, activate(weights, x))) == pytest.approx(loss, rel=1e-5)


def test_weights_are_written_to_the_same_bytes_at_any_time_and_read_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = read_weights_of(build_small("tanh"))
    for name in ("a.npz", "b.npz"):
        write_weights(weights, tmp_path / name)
        monkeypatch.setattr(time, "time", lambda: LATER)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = read_weights(tmp_path / "a.npz", INPUTS, 10)
    assert (found.activation, found.n_hidden, found.parameters) == ("tanh", HIDDEN, 12 * 5 + 5 + 5 * 10 + 10)
    assert np.array_equal(found.output_weights, weights.output_weights)
    assert found.l2 == 0.001


def test_only_finite_weights_of_the_expected_shape_are_read(tmp_path: Path) -> None:
    path, weights = tmp_path / "network.npz", read_weights_of(build_small())
    write_weights(weights, path)
    with pytest.raises(BadInput, match=r"must hold a network of 784 inputs and 10 classes\. Found shapes \[\(12, 5\)"):
        read_weights(path, 784, 10)
    with pytest.raises(BadInput, match="of 12 inputs and 3 classes"):
        read_weights(path, INPUTS, 3)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match="cannot be read as a network's weights"):
        read_weights(path, INPUTS, 10)
    for size in (np.nan, np.inf, -1e31):
        weights.hidden_bias[0] = size
        write_weights(weights, path)
        with pytest.raises(BadInput, match=r"every weight must be a finite float32 number, at most 1e\+30 in size"):
            read_weights(path, INPUTS, 10)
    write_weights(replace(weights, hidden_bias=np.zeros(HIDDEN, np.float32), l2=-1.0), path)
    with pytest.raises(BadInput, match=r"'l2' must be a finite number from 0\. Found -1"):
        read_weights(path, INPUTS, 10)


def test_roots_are_rounded_correctly_on_any_processor() -> None:
    # XLA's own way takes 1 / sqrt(x) from an approximation in hardware, whose last digits differ between makers.
    rng = np.random.default_rng(3)
    gradients, velocities = rng.normal(size=4_096).astype(np.float32), rng.random(4_096, np.float32)
    divide = tf.function(lambda x, y: x / tf.sqrt(y), jit_compile=True, autograph=False)
    expected = gradients * (np.float32(1) / np.sqrt(velocities))
    np.testing.assert_array_equal(divide(gradients, velocities), expected)
