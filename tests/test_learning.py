"""What learns in the page is the pipeline's network: after 20 batches it has Keras's losses and weights."""

from typing import Any

import numpy as np
import pytest

from hidden_nodes.network.forward import activate, classify
from hidden_nodes.network.model import build_network, keras, predict
from hidden_nodes.network.training import compile_epoch
from hidden_nodes.network.weights import Weights
from tests.node import run_in_node

ACTIVATIONS = ["relu", "tanh", "sigmoid"]
NAMES = ["hidden", "hiddenBias", "output", "outputBias"]  # in Keras's order
PIXELS, CLASSES, NODES, BATCH, BATCHES = 60, 5, 7, 32, 20
L2, LEARNING_RATE = 0.01, 0.005
TRAIN = """
    import {countCorrect, listInputs, startLearning, trainBatch} from "./learning.js";
    const {images, actual, rows, runs} = input;
    const sparse = listInputs(images, actual);
    answer(runs.map(({weights, settings}) => {
        const learner = startLearning(weights, settings);
        const batches = rows.map((batch) => trainBatch(learner, sparse, batch));
        return {batches, weights: learner.weights, correct: countCorrect(learner, sparse)};
    }));
"""


def train_with_keras(
    activation: str, weights: list[np.ndarray], x: np.ndarray, y: np.ndarray, rows: list[np.ndarray]
) -> dict[str, Any]:
    """The same batches by the pipeline's own training: loss and correct predictions of each, and the weights then."""
    network = build_network(PIXELS, NODES, CLASSES, activation, L2, seed=0)
    network.set_weights(weights)
    run_batch = compile_epoch(network, keras.optimizers.RMSprop(LEARNING_RATE), BATCH)
    found = [run_batch(x, y, batch) for batch in rows]
    return {
        "losses": [float(loss) / len(batch) for (loss, _), batch in zip(found, rows, strict=True)],
        "correct": [int(correct) for _, correct in found],
        "weights": network.get_weights(),
        "predicted": predict(network, x).argmax(axis=1),
    }


def test_losses_and_weights_are_those_of_keras_after_20_batches() -> None:
    generator = np.random.default_rng(0)
    x = generator.integers(1, 256, (200, PIXELS), dtype=np.uint8) * (generator.random((200, PIXELS)) < 0.2)
    x, y = x.astype(np.uint8), generator.integers(0, CLASSES, 200)
    rows = [generator.choice(200, BATCH, replace=False) for _ in range(BATCHES - 1)]
    rows.append(generator.choice(200, BATCH // 3, replace=False))  # as an epoch's last batch may be
    shapes = [(PIXELS, NODES), (NODES,), (NODES, CLASSES), (CLASSES,)]
    weights = [generator.normal(0, 0.3, shape).astype(np.float32) for shape in shapes]
    flat = {name: array.ravel() for name, array in zip(NAMES, weights, strict=True)}
    runs = [
        {"weights": flat, "settings": {"activation": activation, "l2": L2, "learningRate": LEARNING_RATE}}
        for activation in ACTIVATIONS
    ]
    answers = run_in_node(TRAIN, {"images": x, "actual": y, "rows": rows, "runs": runs})
    for activation, answer in zip(ACTIVATIONS, answers, strict=True):
        expected = train_with_keras(activation, weights, x, y, rows)
        assert [batch["loss"] for batch in answer["batches"]] == pytest.approx(expected["losses"], abs=1e-4)
        assert [batch["correct"] for batch in answer["batches"]] == expected["correct"]
        for name, before, after in zip(NAMES, weights, expected["weights"], strict=True):
            assert np.abs(np.reshape(answer["weights"][name], after.shape) - after).max() < 1e-4
            assert np.abs(after - before).max() > 0.05  # it has learned by far more than that
        assert answer["correct"] == (expected["predicted"] == y).sum()


LIST = """
    import {drawOrder, drawWeights, listInputs, seededRandom} from "./learning.js";
    const draw = (seed) => drawWeights(40, 30, 20, seededRandom(seed));
    answer({
        sparse: listInputs(input, [1, 0], [3, 1, 2]), none: listInputs([], []),
        drawn: [5, 5, 6].map(draw), orders: [7, 8].map((seed) => drawOrder(50, seededRandom(seed))),
    });
"""


def test_what_a_learning_network_begins_with() -> None:
    """Inputs that are not 0, of the chosen pixels in their order; weights within Glorot's limits; each image once."""
    found = run_in_node(LIST, [[9, 8, 0, 7], [1, 0, 0, 0]])
    assert found["sparse"] == {"starts": [0, 2, 2], "inputs": [0, 1], "values": [7, 8], "actual": [1, 0]}
    assert found["none"]["starts"] == [0]
    first, again, other = found["drawn"]
    assert first == again != other
    for name, fans in (("hidden", 40 + 30), ("output", 30 + 20)):
        limit = np.sqrt(6 / fans)
        values = np.array(first[name])
        assert np.abs(values).max() < limit
        assert values.std() == pytest.approx(limit / np.sqrt(3), rel=0.1)
        assert abs(values.mean()) < 0.1 * limit
    assert set(first["hiddenBias"]) == set(first["outputBias"]) == {0}
    one, another = found["orders"]
    assert sorted(one) == sorted(another) == list(range(50))
    assert one != another != sorted(another)


COURSE = """
    import {Course} from "./course.js";
    const take = (seed, slices) => {
        const course = new Course(input.carried, {...input.settings, seed});
        const news = slices.map((question) => course.advance(question));
        return {news, losses: news.flatMap(({losses}) => losses), weights: course.learner.weights};
    };
    const single = Array.from({length: 14}, () => ({batches: 1, measure: true}));
    answer({long: take(3, [{}, {}, {}, {}, {}, {}, {}]), single: take(3, single), other: take(4, single)});
"""


def test_a_training_goes_through_all_images_each_epoch_and_is_the_same_in_any_slices() -> None:
    """52 images in batches of 8, the last of 4: 7 an epoch, of which each second one and the last are measured."""
    generator = np.random.default_rng(1)
    actual = generator.integers(0, 3, 80)
    images = generator.integers(0, 20, (80, 12)) + 60 * (np.arange(12) % 3 == actual[:, None])
    pixels = [11, 3, 4, 7, 8]
    carried = {
        "images": images, "actual": actual, "training": 52, "classes": ["a", "b", "c"], "selected": {"pixels": pixels}
    }  # fmt: skip
    settings = {"nodes": 4, "activation": "tanh", "l2": 0.001, "learningRate": 0.02, "pixels": "selected"}
    found = run_in_node(COURSE, {"carried": carried, "settings": settings | {"batchSize": 8}})
    long, single = found["long"], found["single"]
    assert [len(news["losses"]) for news in long["news"]] == [2, 2, 2, 1, 2, 2, 2]
    assert long["losses"] == single["losses"][:13]
    assert found["other"]["losses"][0] != single["losses"][0]
    assert [(news["epoch"], news["done"]) for news in single["news"]] == [
        (epoch, batch) for epoch in (1, 2) for batch in range(1, 8)
    ]
    for end in (6, 13):
        weighted = np.average(single["losses"][end - 6 : end + 1], weights=[8] * 6 + [4])
        assert single["news"][end]["loss"] == pytest.approx(weighted)
    measured = [news["accuracy"] for news in long["news"]]
    assert measured == [single["news"][batch]["accuracy"] for batch in (1, 3, 5, 6, 8, 10, 12)]
    shapes = [(5, 4), (4,), (4, 3), (3,)]
    arrays = [np.reshape(single["weights"][name], shape) for name, shape in zip(NAMES, shapes, strict=True)]
    weights = Weights("tanh", *arrays)
    predicted = classify(weights, activate(weights, images[52:, pixels] / 255)).argmax(axis=1)
    assert single["news"][-1]["accuracy"] == np.mean(predicted == actual[52:]) > 0.6
