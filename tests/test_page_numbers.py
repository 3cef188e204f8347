"""The page's arithmetic: its forward pass held against Keras, its framing of a drawing, what it carries."""

from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver

from stages.activations import tabulate_boxes
from hidden_nodes.network.model import build_network, save_network
from hidden_nodes.params import Train
from page.carried import choose_mistakes, choose_training, pack, summarize_boxes
from hidden_nodes.network.weights import read_weights
from stages.report import describe_network, find_kept
from tests.browser import open_page, read_carried, read_opacity
from tests.clone import Project

GENERATOR = np.random.default_rng(0)
READ_ALL = """
    const {images, network} = window.page.carried;
    return images.map((image) => {
        const activations = network.activations(image);
        return [Array.from(activations), network.probabilities(activations)];
    });
"""
READ_NETWORK = """
    const [packed, levels, done] = arguments;
    const {Network, unpack} = window.page;
    Promise.all([Network.read(packed), unpack(levels)]).then(([network, all]) => done(
        Array.from({length: all.length / 784}, (_, i) => all.subarray(784 * i, 784 * (i + 1))).map((image) => {
            const activations = network.activations(image);
            return [Array.from(activations), network.probabilities(activations)];
        })
    ), (error) => done(String(error)));
"""


def framed_as_mnist(image: np.ndarray) -> np.ndarray:
    """A digit `(28, 28)` moved so that its centre of mass lies where MNIST's images have it."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    places = [np.arange(size) + 0.5 for size in box.shape]
    middle = [places[axis] @ box.sum(axis=1 - axis) / box.sum() for axis in (0, 1)]
    top, left = (int(np.ceil(14 - value)) for value in middle)
    framed = np.zeros_like(image)
    framed[top : top + box.shape[0], left : left + box.shape[1]] = box
    return framed


def test_digits_replayed_on_the_pad_come_back_as_they_were(page: webdriver.Chrome) -> None:
    """Twenty digits as large as MNIST's, 20 pixels in height or width, each exactly as it was, hence read alike."""
    replay = """
        const {pad, carried: {network}} = window.page;
        const [verdict] = pad.replay(arguments[0]);
        const chances = network.probabilities(network.activations(arguments[0]));
        return [verdict, chances.indexOf(Math.max(...chances))];
    """
    for number in range(20):
        image = np.zeros((28, 28), np.uint8)
        height, width = (20, 6 + number % 15) if number % 2 else (6 + number % 15, 20)
        image[4 : 4 + height, 4 : 4 + width] = GENERATOR.integers(1, 256, (height, width))
        image = framed_as_mnist(image)
        verdict, own = page.execute_script(replay, image.ravel().tolist())
        assert np.abs(np.array(read_opacity(page, "#seen")) - image.ravel()).max() <= 1
        assert verdict == own


def test_a_drawing_is_seen_alike_wherever_it_stands_and_whatever_its_size(page: webdriver.Chrome) -> None:
    draw = """
        const [x, y, size] = arguments;
        const {pad} = window.page;
        pad.clear();
        pad.context.fillRect(x, y, size, size / 5);
        pad.context.fillRect(x + (size * 4) / 5, y, size / 5, size);
        pad.read();
    """
    seen = []
    for place in ([10, 20, 100], [60, 40, 200]):
        page.execute_script(draw, *place)
        seen.append(np.reshape(read_opacity(page, "#seen"), (28, 28)))
    assert np.array_equal(seen[0], seen[1])
    rows, columns = np.nonzero(seen[0])
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 20


def test_the_forward_pass_agrees_with_keras_on_all_images_of_the_page(
    page: webdriver.Chrome, reproduced: Project
) -> None:
    data = read_carried(reproduced)
    answers = page.execute_script(READ_ALL)
    read = np.array([chances for _, chances in answers])
    assert read.argmax(axis=1).tolist() == data["predicted"]
    training = data["index"][: data["training"]]
    assert np.allclose(
        read[: len(training)], np.load(reproduced.path / "data/activations/output.npy")[training], atol=1e-4
    )
    hidden = np.array([activations for activations, _ in answers[: len(training)]])
    assert np.allclose(hidden, np.load(reproduced.path / "data/activations/hidden.npy")[training], atol=1e-4)
    table = pd.read_csv(reproduced.path / "plots/evaluate/predictions.csv").loc[data["index"][len(training) :]]
    assert np.allclose(read[len(training) :].max(axis=1), table["probability"], atol=1e-4)


@pytest.mark.parametrize("activation", get_args(Train.model_fields["activation"].annotation))
def test_the_forward_pass_agrees_with_keras_for_every_activation(
    activation: str, browser: webdriver.Chrome, reproduced: Project, tmp_path: Path
) -> None:
    if not browser.execute_script("return Boolean(window.page)"):
        open_page(reproduced, browser)
    x = np.load(reproduced.path / "data/prepared/x_test.npy")[:50]
    levels = pack(np.rint(x * 255).astype(np.uint8))
    for nodes, pixels in ((1, None), (2, None), (128, None), (8, GENERATOR.permutation(784)[:70])):
        network = build_network(784 if pixels is None else len(pixels), nodes, activation, 0.001, seed=nodes)
        # Weights of a trained network's size, and biases that are not zero.
        network.set_weights([GENERATOR.normal(0, 0.2, array.shape) for array in network.get_weights()])
        save_network(network, tmp_path / "network.keras")
        packed = describe_network(read_weights(tmp_path / "network.keras", network.input_shape[1]))
        inputs = x if pixels is None else x[:, pixels]
        described = packed | ({} if pixels is None else {"pixels": pixels.tolist()})
        answers = browser.execute_async_script(READ_NETWORK, described, levels)
        chances = np.array([answer for _, answer in answers])
        expected = network(inputs).numpy()
        assert np.abs(chances - expected).max() < 1e-4
        assert np.array_equal(chances.argmax(axis=1), expected.argmax(axis=1))


def test_images_are_chosen_evenly_over_the_classes_and_all_where_there_are_no_more() -> None:
    classes = np.array([0] * 50 + [1] * 50)
    assert np.bincount(classes[choose_training(classes, 40)]).tolist() == [4, 4]
    assert choose_training(classes, 100).tolist() == choose_training(classes, 3000).tolist() == list(range(100))


def test_mistakes_are_chosen_evenly_over_the_confusions() -> None:
    table = pd.DataFrame({"index": range(7), "actual": [1, 1, 1, 2, 3, 1, 4], "predicted": [2, 2, 2, 2, 4, 4, 9]})
    assert choose_mistakes(table, 4).tolist() == [0, 4, 5, 6]
    assert choose_mistakes(table, 5).tolist() == [0, 1, 4, 5, 6]
    assert choose_mistakes(table, 500).tolist() == [0, 1, 2, 4, 5, 6]
    assert choose_mistakes(table, 0).tolist() == []


def test_the_boxes_of_the_page_are_those_of_the_pictures() -> None:
    hidden = np.maximum(GENERATOR.normal(size=(300, 3)), 0).astype(np.float32)
    classes = np.arange(300) % 9  # class 9 has no image
    boxes = summarize_boxes(hidden, classes)
    for node in range(3):
        columns = ["min", "whisker_low", "q1", "median", "q3", "whisker_high", "max"]
        assert np.allclose(boxes[node, :9], tabulate_boxes(hidden[:, node], classes, node)[columns], atol=1e-6)
    assert np.isnan(boxes[:, 9]).all()


def test_the_kept_epoch_is_the_first_of_the_best() -> None:
    history = pd.DataFrame({"epoch": [1, 2, 3, 4], "val_loss": [3, 1, 1, 2.0], "accuracy": [0.1, 0.3, 0.9, 0.9]})
    assert (find_kept(history, "val_loss"), find_kept(history, "accuracy")) == (2, 3)


def test_a_saved_networks_weights_are_read_without_tensorflow(reproduced: Project) -> None:
    code = (
        "import sys, pathlib, hidden_nodes.network.weights as w; p = pathlib.Path('models/network.keras');"
        "print(w.read_weights(p, 784).hidden.shape, 'tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    assert reproduced.run("python", "-c", code).stdout == "(784, 8) False False\n"
