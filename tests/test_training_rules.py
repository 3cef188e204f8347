"""When training stops, which epoch it keeps, what it prints; how an epoch is cut; what a retrained network reports."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.files import write_json
from hidden_nodes.network import model, retraining, settings, training
from hidden_nodes.network.model import build_network, keras, predict, read_weights_of, tf
from hidden_nodes.network.retraining import Images, Retrained, draw_retrained, read_images, retrain, write_tables
from hidden_nodes.network.training import cut_into_pieces, score_images, train_epochs, train_network
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import Train

SETTINGS = Train(
    activation="relu", l2=0.001, optimizer="rmsprop", learning_rate=0.01, batch_size=8,
    epochs=9, monitor="val_accuracy", patience=2, keep="val_loss",
)  # fmt: skip
NOTHING = (np.zeros((0, 1)), np.zeros(0))
GENERATOR = np.random.default_rng(12)


class Network:
    """In the place of a network: its weights are the number of the epoch that it has come to."""

    def __init__(self) -> None:
        self.epoch, self.stop_training = 0, True  # as a training before may have left it

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, epoch: int) -> None:
        self.epoch = epoch


def train(rows: dict[str, list[float]], monkeypatch: pytest.MonkeyPatch, **changed: object) -> tuple[Any, pd.DataFrame]:
    """`train_network` where the epochs come to `rows`: the network as it is left, and the history."""
    network = Network()
    full = dict.fromkeys(("accuracy", "loss", "val_accuracy", "val_loss"), [0.5] * 9) | rows

    def epochs(*_: object) -> Iterator[dict[str, float]]:
        for number, values in enumerate(zip(*full.values(), strict=False), 1):
            network.epoch = number
            yield {"epoch": number} | dict(zip(full, values, strict=True))

    monkeypatch.setattr(training, "train_epochs", epochs)
    settings = SETTINGS.model_copy(update=changed)
    return network, train_network(network, NOTHING, NOTHING, settings, seed=0)


@pytest.mark.parametrize(
    ("monitor", "values", "patience", "epochs"),
    [
        ("val_accuracy", [0.1, 0.2, 0.2, 0.1, 0.9], 2, 4),  # an equal one is no new best
        ("val_accuracy", [0.1, 0.2, 0.1, 0.3, 0.1, 0.1, 0.9], 2, 6),
        ("val_loss", [0.9, 0.8, 0.8, 0.9, 0.1], 2, 4),
        ("loss", [0.9, 0.8, 0.85, 0.1], 1, 3),
        ("accuracy", [0.1, 0.2, 0.3, 0.4], 1, 4),
    ],
)
def test_training_stops_after_so_many_epochs_without_a_new_best(
    monitor: str, values: list[float], patience: int, epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, history = train({monitor: values}, monkeypatch, monitor=monitor, patience=patience)
    assert history["epoch"].tolist() == list(range(1, epochs + 1))
    assert history[monitor].tolist() == values[:epochs]


@pytest.mark.parametrize(
    ("keep", "values", "kept"),
    [
        ("val_loss", [0.5, 0.3, 0.3, 0.4], 2),
        ("loss", [0.1, 0.3, 0.2], 1),
        ("val_accuracy", [0.5, 0.7, 0.7, 0.6], 2),
        ("accuracy", [0.5, 0.4, 0.9], 3),
    ],
)
def test_the_first_of_the_best_epochs_is_kept(
    keep: str, values: list[float], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, history = train({keep: values}, monkeypatch, keep=keep, patience=9)
    assert history["kept"].tolist() == [int(epoch == kept) for epoch in range(1, len(values) + 1)]
    assert network.epoch == kept


def test_each_epoch_is_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    train({"loss": [0.25, 0.125], "val_accuracy": [0.75, 1]}, monkeypatch)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1: loss 0.2500, accuracy 0.5000, validation loss 0.5000, accuracy 0.7500",
        "epoch 2: loss 0.1250, accuracy 0.5000, validation loss 0.5000, accuracy 1.0000",
    ]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_training(loss: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=rf"^training diverged: the loss of epoch 2 is {loss}\. Lower 'train\.learn"):
        train({"loss": [0.5, loss, 0.4]}, monkeypatch)


def test_an_epochs_figures_are_means_over_its_images_and_the_penalty_is_that_of_the_weights_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders: list[list[int]] = []
    rates: list[float] = []

    def compile_epoch(_: object, optimizer: keras.Optimizer, size: int) -> object:
        rates.extend([float(optimizer.learning_rate), size])

        def run_epoch(x: np.ndarray, y: np.ndarray, order: np.ndarray) -> tuple[float, float]:
            orders.append(order.tolist())
            return 6.0, 3.0

        return run_epoch

    monkeypatch.setattr(training, "compile_epoch", compile_epoch)
    monkeypatch.setattr(training, "score_images", lambda *_: (0.5, 2.0))
    network: Any = SimpleNamespace(losses=[0.25, 0.5])
    given = (np.zeros((4, 1)), np.zeros(4)), (np.zeros((5, 1)), np.zeros(5))
    rows = list(train_epochs(network, *given, SETTINGS.model_copy(update={"epochs": 3}), seed=0))
    assert [row.pop("epoch") for row in rows] == [1, 2, 3]
    assert rows == [{"accuracy": 0.75, "loss": 1.5, "val_accuracy": 0.4, "val_loss": 1.25}] * 3
    assert rates == pytest.approx([0.01, 4])  # batches of no more than all images
    assert [sorted(order) for order in orders] == [[0, 1, 2, 3]] * 3
    assert orders[0] != orders[1]


@pytest.mark.parametrize(("images", "size", "piece"), [(43, 8, 20), (43, 8, 65_536), (16, 8, 16), (5, 8, 4), (3, 1, 2)])
def test_an_epoch_is_cut_into_whole_batches_and_what_fills_the_last_counts_for_nothing(
    images: int, size: int, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "PIECE", piece)
    order = GENERATOR.permutation(images) + 100
    rows, masks = zip(*cut_into_pieces(order, size), strict=True)
    assert all(len(part) % size == 0 and len(part) <= max(piece, size) for part in rows)
    together, mask = np.concatenate(rows), np.concatenate(masks)
    assert np.array_equal(together[mask == 1], order)
    assert np.array_equal(mask, np.arange(len(mask)) < images)
    assert not together[images:].any()  # image 0
    assert len(mask) < images + size
    assert mask.dtype == np.float32


def make_network(inputs: int = 6, nodes: int = 4) -> keras.Model:
    network = build_network(inputs, nodes, 3, "tanh", 0.5, seed=1)
    network.set_weights([GENERATOR.normal(0, 1, array.shape) for array in network.get_weights()])
    return network


def predict_plainly(network: keras.Model, x: np.ndarray) -> np.ndarray:
    hidden_weights, hidden_bias, output_weights, output_bias = (array.astype(float) for array in network.get_weights())
    return np.asarray(softmax(np.tanh(x @ hidden_weights + hidden_bias) @ output_weights + output_bias, axis=1))


@pytest.mark.parametrize(("inputs", "block"), [(6, 4), (6, 10_000), (1000, 5)])
def test_held_out_images_are_scored_block_by_block(inputs: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BLOCK", block)
    monkeypatch.setattr(model, "BLOCK", block)
    network, y = make_network(inputs), GENERATOR.integers(0, 3, 11)
    pixels = GENERATOR.integers(0, 256, (11, inputs), np.uint8)
    for x in (pixels, (pixels / 255).astype(np.float32)):
        expected = predict_plainly(network, pixels / 255)
        cross_entropy, correct = score_images(network, x, y)
        assert float(cross_entropy) == pytest.approx(-np.log(expected[np.arange(11), y]).mean(), rel=1e-4)
        assert float(correct) == (expected.argmax(axis=1) == y).sum()
        assert np.allclose(predict(network, x), expected, atol=1e-5)


# model and settings


def test_networks_compute_on_one_thread_in_float32_whatever_keras_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, int] = {}
    for kind in ("intra", "inter"):
        name = f"set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(tf.config.threading, name, lambda count, kind=kind: threads.update({kind: count}))
    keras.config.set_floatx("float64")
    network = build_network(2, 2, 2, "relu", 0.25, seed=0)
    assert threads == {"intra": 1, "inter": 1}
    assert keras.config.floatx() == "float32"
    assert {array.dtype for array in network.get_weights()} == {np.dtype(np.float32)}
    assert read_weights_of(network).l2 == 0.25


def test_what_tensorflow_reads_is_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"CUDA_VISIBLE_DEVICES": "0", "HOME": "/here"})
    settings.set_environment()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
    assert os.environ["HOME"] == "/here"
    assert settings.ENVIRONMENT.items() <= dict(os.environ).items()
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    assert ("--xla_cpu_max_isa=AVX2" in os.environ["XLA_FLAGS"].split()) is is_x86


# retraining

FOUND = Retrained(
    network=None, weights=Weights("relu", *(np.zeros(shape, np.float32) for shape in ((2, 1), (1,), (1, 3), (3,)))),
    history=pd.DataFrame({
        "epoch": [1, 2], "accuracy": [0.5, 0.6], "loss": [0.9, 0.8], "val_accuracy": [0.7, 0.4], "val_loss": [0.5, 0.6],
        "kept": [1, 0],
    }),
    actual=np.array([0, 1, 2, 2]), predicted=np.array([0, 1, 1, 2]), names=["a", "b", "c"], largest=1,
)  # fmt: skip


def test_a_retrained_network_is_rated_by_its_kept_epoch_and_by_the_test_images() -> None:
    assert FOUND.accuracy == 0.75
    assert FOUND.val_accuracy == 0.7
    assert FOUND.confusions["images"].tolist() == [1, 0, 0, 0, 1, 0, 0, 1, 1]


def test_the_tables_of_a_retrained_network_are_written_with_its_size(tmp_path: Path) -> None:
    write_tables(FOUND, "pixels", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "classification_report.csv", "classification_report.txt", "confusion.csv", "history.csv", "network.csv",
    ]  # fmt: skip
    assert (tmp_path / "network.csv").read_text() == "pixels,parameters,epochs\n2,9,2\n"
    assert pd.read_csv(tmp_path / "history.csv").to_dict("list") == FOUND.history.to_dict("list")
    assert pd.read_csv(tmp_path / "confusion.csv")["images"].tolist() == FOUND.confusions["images"].tolist()
    report = pd.read_csv(tmp_path / "classification_report.csv").set_index("class")
    assert report.loc["always the largest class", "recall"] == 0.25
    assert "always the largest class, b: 0.2500" in (tmp_path / "classification_report.txt").read_text()


def test_the_pictures_of_a_retrained_network_say_how_many_it_misclassified() -> None:
    figures = draw_retrained(FOUND, "2 pixels")
    assert list(figures) == ["history", "confusion_counts", "confusion_rates"]
    titles = {name: figure.get_suptitle() for name, figure in figures.items()}
    assert titles["history"] == "Learning from 2 pixels: 1 hidden node"
    assert titles["confusion_counts"] == "Confusion matrix with 2 pixels: 1 of 4 misclassified"


def test_images_to_train_on_again_are_rows_of_pixels_of_which_the_first_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(
        name="small", title="Small", noun="thing", classes=["a", "b"], rows=2, columns=3, train_images=4,
        test_images=2, ordered=False, drawing=None,
    )  # fmt: skip
    paths.PREPARED.mkdir(parents=True)
    images = GENERATOR.integers(0, 256, (6, 2, 3), np.uint8)
    for path, array in (
        (paths.IMAGES_TRAIN, images[:4]), (paths.IMAGES_TEST, images[4:]),
        (paths.Y_TRAIN, np.array([1, 0, 0, 1], np.uint8)), (paths.Y_TEST, np.array([0, 1], np.uint8)),
    ):  # fmt: skip
        np.save(path, array)
    write_json({"train": 3, "validation": 1}, paths.SPLIT)
    found = read_images(dataset)
    assert np.array_equal(found.train, images[:4].reshape(4, 6))
    assert np.array_equal(found.test, images[4:].reshape(2, 6))
    assert (found.y_train.tolist(), found.y_test.tolist(), found.training) == ([1, 0, 0, 1], [0, 1], 3)


def test_a_network_is_trained_again_on_the_images_that_train_and_classifies_the_test_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    def note(network: object, training: object, validation: object, settings: object, seed: int) -> pd.DataFrame:
        given.update(training=training, validation=validation, settings=settings, seed=seed)
        return FOUND.history

    monkeypatch.setattr(retraining, "train_network", note)
    x, x_test = GENERATOR.random((5, 4), np.float32), GENERATOR.random((3, 4), np.float32)
    y, y_test = np.array([2, 1, 0, 1, 2, 2])[:5], np.array([0, 2, 1])
    images = Images(np.zeros((5, 6), np.uint8), y, np.zeros((3, 6), np.uint8), y_test, training=3)
    found = retrain(x, x_test, images, ["a", "b", "c"], 2, SETTINGS, seed=7)
    assert [len(part) for part in (*given["training"], *given["validation"])] == [3, 3, 2, 2]
    assert np.array_equal(given["validation"][0], x[3:])
    assert given["training"][1].tolist() == [2, 1, 0]
    assert (given["settings"], given["seed"]) == (SETTINGS, 7)
    assert [array.shape for array in found.network.get_weights()] == [(4, 2), (2,), (2, 3), (3,)]
    assert np.array_equal(found.predicted, predict(found.network, x_test).argmax(axis=1))
    assert np.array_equal(found.weights.hidden_weights, found.network.get_weights()[0])
    assert (found.actual.tolist(), found.names, found.largest) == ([0, 2, 1], ["a", "b", "c"], 1)
    same = build_network(4, 2, 3, "relu", 0.001, seed=7).get_weights()
    assert np.array_equal(found.network.get_weights()[0], same[0])
