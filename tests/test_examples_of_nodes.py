"""The images beside a node's sentence are those that a plain sort finds."""

import numpy as np
import pytest

from hidden_nodes.knowledge import examples
from hidden_nodes.knowledge.sentences import Sentences


def test_examples_are_the_strongest_the_counter_and_the_silent_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "EXAMPLES", 4)
    rng = np.random.default_rng(3)
    activations = 1e-9 * rng.integers(0, 6, (30, 3)).astype(np.float32)  # with ties: the first image comes first
    classes, concepts = rng.integers(0, 3, 30), rng.random((30, 2)) < 0.5
    members = np.array([[True, False, False], [True, True, False], [True, True, True]])
    no, lower = np.zeros(3, bool), np.array([False, True, False])
    sentences = Sentences(members, np.array([-1, -1, 1]), no, lower)
    true = [classes == 0, classes < 2, concepts[:, 1]]
    expected = []
    for node in range(3):
        sign = -1 if lower[node] else 1
        answers = [sign * float(value) for value in activations[:, node]]
        falling = sorted(range(30), key=lambda image: -answers[image])
        rising = sorted(range(30), key=lambda image: answers[image])
        kinds = {
            "strongest": falling,
            "counter": [image for image in falling if not true[node][image]],
            "silent": [image for image in rising if true[node][image]],
        }
        for kind, images in kinds.items():
            expected += [[node, kind, rank + 1, image] for rank, image in enumerate(images[:4])]
    table = examples.tabulate_examples(activations, classes, concepts, sentences)
    assert table.columns.tolist() == ["node", "kind", "rank", "image"]
    assert table.to_numpy().tolist() == expected
