"""Sentences say what a node detects: known answers, equal figures, nothing chosen on test images."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from hidden_nodes.knowledge import search
from hidden_nodes.knowledge.cells import LEAST_OF_CLASS, sum_ranks
from hidden_nodes.knowledge.controls import (
    choose_pixels,
    find_controls,
    median_interval,
    random_rotation,
    rotate,
    shuffle,
    tabulate_controls,
)
from hidden_nodes.knowledge.search import find_sentences, search_forms
from hidden_nodes.knowledge.sentences import Images, Sentences
from hidden_nodes.knowledge.wording import Words, choose_threshold, count_rates, tabulate_sentences
from hidden_nodes.knowledge.words import NOTHING

WORDS = Words(
    [str(k) for k in range(10)], "digit", ["slanted", "hole"], ["slanted to the right", "with a hole"],
    ["not slanted to the right", "without a hole"],
)  # fmt: skip
CLASSES, SHAPES = 10, 2
NODES = ["class", "union", "class and shape", "shape", "noise", "dead", "class and not shape", "lower"]


def make_images(n: int, seed: int, n_classes: int = CLASSES) -> Images:
    """Images whose nodes each know one thing: see NODES."""
    rng = np.random.default_rng(seed)
    classes, concepts = rng.integers(0, n_classes, n), rng.random((n, SHAPES)) < 0.4
    is_three, seven = classes == 3 % n_classes, classes == 7 % n_classes
    known = [
        is_three, np.isin(classes, [2, 5, 8]), seven & concepts[:, 0], concepts[:, 0], np.zeros(n), np.zeros(n),
        seven & ~concepts[:, 1], classes != 1,
    ]  # fmt: skip
    activations = rng.random((n, len(NODES))) + 1.5 * np.stack(known, axis=1)
    activations[:, NODES.index("dead")] = 0
    return Images(activations.astype(np.float32), classes, concepts)


TRAIN, HELD_OUT, TEST = make_images(3000, 1), make_images(1500, 2), make_images(2000, 3)


def tabulate(train: Images, held_out: Images, test: Images, words: Words = WORDS) -> pd.DataFrame:
    found = find_sentences(train, held_out, test, len(words.classes), 3, within_test=True)
    return tabulate_sentences(found["two_part"], train, test, words, 0.85)


def compare(parts: tuple[Images, Images, Images], others: dict[str, list[Any]], rotations: int) -> pd.DataFrame:
    nodes = {"nodes": [find_sentences(*parts, CLASSES, 3)]}
    return tabulate_controls(nodes | find_controls(parts, others, CLASSES, 3, rotations, seed=4), 0.85)


def test_constructed_nodes_are_described_by_what_they_know() -> None:
    table = tabulate(TRAIN, HELD_OUT, TEST).set_index(pd.Index(NODES))
    assert table["sentence"].to_dict() == {
        "class": "fires for the digit 3",
        "union": "fires for the digits 2, 5 or 8",
        "class and shape": "fires for the digit 7 slanted to the right",
        "shape": "fires for digits slanted to the right",
        "noise": NOTHING,
        "dead": NOTHING,
        "class and not shape": "fires for the digit 7 without a hole",
        "lower": "lower for the digit 1 than for others",
    }
    live = table.drop(index=["noise", "dead"])
    exact = ["sentence_auc", "sentence_auc_train", "precision_train", "recall_train"]
    assert (live[exact] == 1).all(axis=None)
    assert (live["false_alarm_train"] == 0).all()
    assert (live[["precision", "recall"]] > 0.95).all(axis=None)
    assert live["concept"].tolist() == ["3", "2 | 5 | 8", "7 & slanted", "slanted", "7 & not hole", "lower: 1"]
    assert table["within_class_auc"].notna().tolist()[:4] == [False, False, True, True]
    assert table.loc["dead", "sentence_auc"] == 0.5


def test_a_node_that_is_not_precise_is_higher_and_does_not_fire() -> None:
    rng = np.random.default_rng(0)
    parts = []
    for part in (TRAIN, HELD_OUT, TEST):
        values = (part.classes == 4) * 1.6 + rng.normal(size=len(part.classes))
        parts.append(replace(part, activations=values[:, None].astype(np.float32)))
    row = tabulate(parts[0], parts[1], parts[2]).iloc[0]
    assert row["sentence"] == "higher for the digit 4 than for others"
    assert row["precision_train"] < 0.8


def test_a_shape_is_not_named_that_the_node_does_not_tell_within_its_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    # "3 with a hole" has the better AUC, but among the 3s a hole makes a difference of only 0.67.
    rng, parts = np.random.default_rng(0), []
    for part in (TRAIN, HELD_OUT, TEST):
        three, n = part.classes == 3, len(part.classes)
        hole = rng.random(n) < np.where(three, 0.5, 0.05)
        values = three * (1.5 + 0.6 * hole) + rng.normal(size=n)
        concepts = np.stack([part.concepts[:, 0], hole], axis=1)
        parts.append(Images(values[:, None].astype(np.float32), part.classes, concepts))
    assert tabulate(parts[0], parts[1], parts[2])["concept"].tolist() == ["3"]
    monkeypatch.setattr(search, "WITHIN", 0.6)
    assert tabulate(parts[0], parts[1], parts[2])["concept"].tolist() == ["3 & hole"]


def test_every_auc_is_scikit_learns() -> None:
    images = make_images(400, 5)
    activations = np.maximum(images.activations - 0.7, 0).round(1)  # many ties
    cells, rng = sum_ranks(replace(images, activations=activations), CLASSES), np.random.default_rng(0)
    columns = len(NODES)
    for _ in range(20):
        sentences = Sentences(
            rng.random((columns, CLASSES)) < 0.3, rng.integers(-1, SHAPES, columns), rng.random(columns) < 0.5,
            rng.random(columns) < 0.5,
        )  # fmt: skip
        for column, (found, within) in enumerate(zip(cells.auc(sentences), cells.within_auc(sentences), strict=True)):
            true = sentences.true_of(images.classes, images.concepts, column)
            values = activations[:, column] * (-1 if sentences.lower[column] else 1)
            expected = roc_auc_score(true, values) if true.any() else np.nan
            assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)
            own = []
            for k in np.flatnonzero(sentences.members[column]) if sentences.shape[column] >= 0 else []:
                of = images.classes == k
                if min(true[of].sum(), (~true[of]).sum()) >= LEAST_OF_CLASS:
                    own.append(roc_auc_score(true[of], values[of]))
            assert within == pytest.approx(np.mean(own) if own else np.nan, abs=1e-9, nan_ok=True)


def test_the_search_finds_the_best_union_there_is() -> None:
    images = make_images(1000, 6)
    images = replace(images, activations=np.random.default_rng(1).normal(size=(1000, 3)) + images.classes[:, None] % 4)
    alone, _ = search_forms(sum_ranks(images, CLASSES), 2)
    pairs = [(a, b) for a in range(10) for b in range(a)]
    for column in range(3):
        values = images.activations[:, column]
        every = [roc_auc_score(np.isin(images.classes, pair), values) for pair in pairs]
        assert alone[1].auc[column] == pytest.approx(max(max(every), 1 - min(every)), abs=2e-3)


def test_the_threshold_has_the_highest_f1_and_rates_are_counted_from_it_on() -> None:
    values, true = np.array([5, 4, 4, 3, 2.0]), np.array([True, True, False, True, False])
    assert choose_threshold(values, true) == 3
    assert count_rates(values, true, 3) == (0.75, 1, 0.5)
    assert count_rates(values, true, 5) == pytest.approx((1, 1 / 3, 0))
    assert np.isnan(count_rates(values, true, 9)[0])
    assert choose_threshold(values, np.zeros(5, bool)) == 5


def test_test_images_choose_nothing() -> None:
    rng = np.random.default_rng(9)
    noise = Images(
        rng.random(TEST.activations.shape).astype(np.float32), rng.permutation(TEST.classes), ~TEST.concepts
    )  # fmt: skip
    chosen = ["sentence", "concept", "threshold", *(name + "_train" for name in (
        "sentence_auc", "within_class_auc", "precision", "recall", "false_alarm"))]  # fmt: skip
    own, other = tabulate(TRAIN, HELD_OUT, TEST), tabulate(TRAIN, HELD_OUT, noise)
    assert own[chosen].to_csv() == other[chosen].to_csv()
    assert own["sentence_auc"].tolist() != other["sentence_auc"].tolist()


def test_controls_describe_rotations_the_same_each_time_and_nothing_that_is_shuffled() -> None:
    parts = (TRAIN, HELD_OUT, TEST)
    tables = [compare(parts, {"pixels": [parts]}, rotations=2) for _ in "ab"]
    assert tables[0].equals(tables[1])
    table = tables[0].set_index(["source", "sentences"])
    assert table.loc[("shuffled", "two_part"), "share"] == 0
    assert table.loc[("nodes", "class"), "share"] == 3 / 8  # 3, lower for 1, and one of three
    assert table.loc[("nodes", "union"), "share"] >= 3 / 8
    assert table.loc[("nodes", "two_part"), "share"] == 6 / 8
    assert table.loc[("rotated", "class"), ["searches", "columns"]].tolist() == [2, 16]
    assert table.loc[("pixels", "union"), "median"] == table.loc[("nodes", "union"), "median"]


def test_rotations_are_orthogonal_and_keep_distances() -> None:
    rotation = random_rotation(6, 1, 1)
    assert np.allclose(rotation @ rotation.T, np.eye(6))
    assert not np.allclose(rotation, random_rotation(6, 1, 2))
    turned = rotate(Images(TRAIN.activations[:, :6], TRAIN.classes, TRAIN.concepts), rotation)
    assert np.allclose(np.linalg.norm(turned.activations, axis=1), np.linalg.norm(TRAIN.activations[:, :6], axis=1))
    assert np.abs(random_rotation(1, 0, 1)) == 1
    shuffled = shuffle(TRAIN, np.random.default_rng(0)).activations
    assert np.array_equal(np.sort(shuffled, axis=0), np.sort(TRAIN.activations, axis=0))


def test_pixels_are_drawn_from_those_that_differ() -> None:
    images = np.zeros((20, 3, 3), np.uint8)
    images[4, 1] = 7
    assert choose_pixels(images, 2, 0).tolist() == choose_pixels(images, 2, 0).tolist()
    assert choose_pixels(images, 9, 0).tolist() == [3, 4, 5]
    assert choose_pixels(images[:3], 9, 0).tolist() == [0]


def test_the_interval_of_a_median_covers_it() -> None:
    rng = np.random.default_rng(0)
    intervals = [median_interval(np.sort(rng.normal(size=40))) for _ in range(200)]
    assert 180 <= sum(low <= 0 <= high for low, high in intervals) <= 199
    assert np.isnan(median_interval(np.arange(5.0))).all()
    assert median_interval(np.arange(6.0)) == (0, 5)


@pytest.mark.parametrize(("n_classes", "n"), [(2, 300), (10, 300), (47, 300), (47, 3000)])
def test_any_number_of_classes_and_few_images_will_do(n_classes: int, n: int) -> None:
    parts = [make_images(n, seed, n_classes) for seed in (1, 2, 3)]
    words = replace(WORDS, classes=[f"c{k}" for k in range(n_classes)])
    table = tabulate(parts[0], parts[1], parts[2], words)
    assert table["concept"][0] in (f"c{3 % n_classes}", "lower: c0")
    assert table["sentence"][NODES.index("noise")] == NOTHING or n / n_classes < 10
    assert table["sentence_auc"].notna().all()


def test_one_node_without_shapes_and_a_class_that_is_missing_will_do() -> None:
    parts = [Images(part.activations[:, :1], part.classes, part.concepts[:, :0]) for part in (TRAIN, HELD_OUT, TEST)]
    no_shapes = replace(WORDS, shapes=[], wordings=[], negations=[])
    assert tabulate(parts[0], parts[1], parts[2], no_shapes)["sentence"].tolist() == ["fires for the digit 3"]
    here = parts[2].classes != 3
    missing = Images(parts[2].activations[here], parts[2].classes[here], parts[2].concepts[here])
    row = tabulate(parts[0], parts[1], missing, no_shapes).iloc[0]
    assert row["sentence"] == "fires for the digit 3"
    assert np.isnan(row["sentence_auc"])
    table = compare((parts[0], parts[1], missing), {}, rotations=1)
    assert table.loc[table["source"] == "nodes", "share"].tolist() == [0, 0, 0]
    nobody = Images(parts[1].activations[:0], parts[1].classes[:0], parts[1].concepts[:0])
    assert tabulate(parts[0], nobody, parts[2], no_shapes)["sentence"].tolist() == ["fires for the digit 3"]


def test_a_search_in_blocks_is_the_search() -> None:
    wide = [replace(part, activations=np.tile(part.activations, 17)) for part in (TRAIN, HELD_OUT, TEST)]  # 136
    found = find_sentences(wide[0], wide[1], wide[2], CLASSES, 3)["union"]
    assert np.array_equal(found.auc[: len(NODES)], found.auc[-len(NODES) :])
    assert len(found.sentences.shape) == 136
