"""The page's arithmetic: its forward pass held against Keras, its normalizing of a drawing, what it carries."""

import json
import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from selenium import webdriver

from hidden_nodes.data.dataset import as_dataset, read_description
from hidden_nodes.data.pixels import scale_pixels
from hidden_nodes.network.model import build_network, read_weights_of
from hidden_nodes.params import Train
from page.bundle import embed_json
from page.carried import describe_network, pack
from page.choice import choose, page_limit, share_room
from tests.browser import read_carried, read_opacity
from tests.clone import Project

GENERATOR = np.random.default_rng(0)
CLASSIFY_ALL = """
    const {images, network} = window.page.carried;
    return images.map((image) => {
        const activations = network.activations(image);
        return [Array.from(activations), network.probabilities(activations)];
    });
"""
CLASSIFY = """
    const [packed, values, size, done] = arguments;
    const {Network, unpackAll} = window.page;
    const read = unpackAll({packed, all: values}).then(({packed: arrays, all}) => [new Network(arrays), all]);
    read.then(([network, all]) => done(
        Array.from({length: all.length / size}, (_, i) => all.subarray(size * i, size * (i + 1))).map((image) => {
            const activations = network.activations(image);
            return [Array.from(activations), network.probabilities(activations)];
        })
    ), (error) => done(String(error)));
"""


def centred_as_mnist(image: np.ndarray) -> np.ndarray:
    """A digit `(28, 28)` moved so that its centre of mass lies where MNIST's images have it."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    places = [np.arange(size) + 0.5 for size in box.shape]
    middle = [places[axis] @ box.sum(axis=1 - axis) / box.sum() for axis in (0, 1)]
    top, left = (int(np.ceil(14 - value)) for value in middle)
    centred = np.zeros_like(image)
    centred[top : top + box.shape[0], left : left + box.shape[1]] = box
    return centred


def test_digits_replayed_on_the_canvas_come_back_as_they_were(opened: webdriver.Chrome) -> None:
    """Twenty digits as large as MNIST's, 20 pixels in height or width, each exactly as it was, and classified alike."""
    replay = """
        const {draw, carried: {network}} = window.page;
        const [predicted] = draw.replay(arguments[0]);
        const chances = network.probabilities(network.activations(arguments[0]));
        return [predicted, chances.indexOf(Math.max(...chances))];
    """
    for number in range(20):
        image = np.zeros((28, 28), np.uint8)
        height, width = (20, 6 + number % 15) if number % 2 else (6 + number % 15, 20)
        image[4 : 4 + height, 4 : 4 + width] = GENERATOR.integers(1, 256, (height, width))
        image = centred_as_mnist(image)
        predicted, own = opened.execute_script(replay, image.ravel().tolist())
        assert np.abs(np.array(read_opacity(opened, "#normalized")) - image.ravel()).max() <= 1
        assert predicted == own


def test_a_drawing_is_normalized_alike_wherever_it_stands_and_whatever_its_size(opened: webdriver.Chrome) -> None:
    draw = """
        const [x, y, size] = arguments;
        const {draw} = window.page;
        draw.clear();
        draw.context.fillRect(x, y, size, size / 5);
        draw.context.fillRect(x + (size * 4) / 5, y, size / 5, size);
        draw.read();
    """
    seen = []
    for place in ([10, 20, 100], [60, 40, 200]):
        opened.execute_script(draw, *place)
        seen.append(np.reshape(read_opacity(opened, "#normalized"), (28, 28)))
    assert np.array_equal(seen[0], seen[1])
    rows, columns = np.nonzero(seen[0])
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 20


def test_the_forward_pass_agrees_with_keras_on_all_images_of_the_page(
    opened: webdriver.Chrome, reproduced: Project
) -> None:
    data = read_carried(reproduced)
    answers = opened.execute_script(CLASSIFY_ALL)
    read = np.array([chances for _, chances in answers])
    assert read.argmax(axis=1).tolist() == data["predicted"]
    training = data["index"][: data["training"]]
    assert np.allclose(
        read[: len(training)], np.load(reproduced.path / "data/activations/output.npy")[training], atol=1e-4
    )
    hidden = np.array([activations for activations, _ in answers[: len(training)]])
    assert np.allclose(hidden, np.load(reproduced.path / "data/activations/hidden.npy")[training], atol=1e-4)
    table = pd.read_csv(reproduced.path / "data/evaluate/predictions.csv").loc[data["index"][len(training) :]]
    assert np.allclose(read[len(training) :].max(axis=1), table["probability"], atol=1e-4)


@pytest.mark.parametrize("activation", get_args(Train.model_fields["activation"].annotation))
def test_the_forward_pass_agrees_with_keras_for_every_activation(
    activation: str, opened: webdriver.Chrome, reproduced: Project
) -> None:
    images = np.load(reproduced.path / "data/prepared/images_test.npy")[:50].reshape(50, -1)
    x, values = scale_pixels(images), pack(images)
    for nodes, pixels in ((1, None), (2, None), (128, None), (8, GENERATOR.permutation(784)[:70])):
        network = build_network(784 if pixels is None else len(pixels), nodes, 10, activation, 0.001, seed=nodes)
        # Weights of a trained network's size, and biases that are not zero.
        network.set_weights([GENERATOR.normal(0, 0.2, array.shape) for array in network.get_weights()])
        packed = describe_network(read_weights_of(network))
        inputs = x if pixels is None else x[:, pixels]
        described = packed | ({} if pixels is None else {"pixels": pixels.tolist()})
        answers = opened.execute_async_script(CLASSIFY, described, values, x.shape[1])
        chances = np.array([answer for _, answer in answers])
        expected = network(inputs).numpy()
        assert np.abs(chances - expected).max() < 1e-4
        assert np.array_equal(chances.argmax(axis=1), expected.argmax(axis=1))


def test_images_are_chosen_evenly_over_the_classes_and_all_where_there_are_no_more() -> None:
    classes = np.array([0] * 50 + [1] * 50)
    assert np.bincount(classes[choose(classes, 60, 2)]).tolist() == [30, 30]
    assert np.bincount(classes[choose(classes, 0, 2)]).tolist() == [10, 10]
    assert choose(classes, 100, 10).tolist() == choose(classes, 3000, 10).tolist() == list(range(100))


def test_test_images_come_first_but_for_a_quarter_of_the_room() -> None:
    assert share_room(100, (50, 1), (100, 1)) == (50, 50)
    assert share_room(100, (500, 1), (100, 2)) == (75, 12)
    assert share_room(100, (500, 1), (10, 1)) == (90, 10)
    assert share_room(0, (500, 1), (10, 1)) == (0, 0)


def test_the_page_keeps_to_its_size_and_says_what_it_carries(reproduced: Project) -> None:
    """The least that is allowed leaves room for some of the images only."""
    code = """
from hidden_nodes.params import load_settings
from page.contents import gather
from page.render import render_page
print(render_page(gather(*load_settings()), 2))
"""
    page = reproduced.run("python", "-c", code).stdout
    assert 0.9 * page_limit(2, 8) < len(page.encode()) <= page_limit(2, 8) + 1  # the line's end
    data = json.loads(re.findall(r'id="data">(.*?)</script>', page)[0])
    tests = len(data["index"]) - data["training"]
    assert data["training"] < 300
    text = " ".join(page.split())
    assert f"carries {tests if tests < 400 else 'all'}" in text
    assert f" test images, and {data['training']} of the 300 training images" in text


def test_weights_are_read_without_tensorflow(reproduced: Project) -> None:
    code = (
        "import sys, pathlib, hidden_nodes.network.weights as w; p = pathlib.Path('models/network.npz');"
        "print(w.read_weights(p, 784, 10).hidden_weights.shape, 'tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    assert reproduced.run("python", "-c", code).stdout == "(784, 8) False False\n"


def test_what_the_page_carries_cannot_end_its_script() -> None:
    dataset = as_dataset(read_description("mnist"), "mnist").model_copy(update={"classes": ["</script><b>", "é"]})
    assert "<" not in embed_json({"classes": dataset.classes})
