"""Shapes are told from the picture as one would tell them by eye, and kept where they earn it."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hidden_nodes.knowledge.probes import ProbedImages, choose_probes, fit_probes, score_held_out, tabulate_probes
from hidden_nodes.knowledge.ranks import auc, auc_interval, midranks
from hidden_nodes.knowledge.shapes import MEASURES, SHAPES, find_cuts, has_shapes, measure_shapes
from stages.concepts import choose_concepts, draw_examples, tabulate_concepts

NAMES = [shape.name for shape in SHAPES]


def draw(*lines: str) -> np.ndarray:
    """One image from lines of text: # is ink."""
    return np.array([[[255 * (mark == "#") for mark in line] for line in lines]], np.uint8)


def measure(image: np.ndarray, name: str) -> float:
    return float(measure_shapes(image)[0, MEASURES.index(name)])


RING = draw(".......", ".#####.", ".#...#.", ".#...#.", ".#####.", ".......")
EIGHT = draw("#####", "#...#", "#####", "#...#", "#####")
BAR = draw("........", "...##...", "...##...", "...##...", "...##...", "...##...", "...##...", "........")
DIAGONAL = draw(".....#", "....#.", "...#..", "..#...", ".#....", "#.....")  # a slash
CROSS = draw("...#...", "...#...", "...#...", "#######", "...#...", "...#...", "...#...")


def test_holes_are_white_areas_that_ink_encloses() -> None:
    assert [measure(image, "holes") for image in (RING, EIGHT, BAR, DIAGONAL)] == [1, 2, 0, 0]
    diamond = draw(".#.", "#.#", ".#.")  # ink that touches at corners encloses
    assert measure(diamond, "holes") == 1
    assert measure(draw("###", "#.#", "#.#"), "holes") == 0  # open at the border
    assert measure_shapes(np.concatenate([diamond, draw("...", "...", "..."), diamond]))[:, 0].tolist() == [1, 0, 1]


def test_ends_are_those_of_the_strokes_centre_lines() -> None:
    assert [measure(image, "ends") for image in (RING, EIGHT, BAR, DIAGONAL, CROSS)] == [0, 0, 2, 2, 4]
    thick = np.zeros((1, 20, 20), np.uint8)
    thick[0, 3:6, 3:17] = thick[0, 3:17, 8:11] = 255  # a T
    assert measure(thick, "ends") == 3


def test_slant_is_columns_to_the_right_per_row_upwards() -> None:
    assert measure(DIAGONAL, "slant") == pytest.approx(1)
    assert measure(DIAGONAL[:, :, ::-1], "slant") == pytest.approx(-1)
    assert measure(BAR, "slant") == 0
    assert measure(draw("....", "####", "...."), "slant") == 0  # a single row has none


def test_a_stroke_is_as_thick_as_it_was_drawn() -> None:
    for thickness in (1, 2, 4):
        bar = np.zeros((1, 64, 12), np.uint8)
        bar[0, 2:62, 3 : 3 + thickness] = 200
        assert measure(bar, "stroke") == pytest.approx(thickness, rel=0.08)


def test_size_is_that_of_the_smallest_box_around_the_ink() -> None:
    assert [(measure(image, "width"), measure(image, "height")) for image in (RING, BAR, CROSS)] == [
        (5, 4), (2, 6), (7, 7),
    ]  # fmt: skip


def test_ink_is_found_where_it_lies() -> None:
    image = np.zeros((1, 9, 9), np.uint8)
    image[0, :3, :3] = 255
    regions = {name: measure(image, name) for name in MEASURES if name.startswith("ink_")}
    assert regions == {name: float(name == "ink_top_left") for name in regions}
    assert measure(image, "top_bottom") == measure(image, "left_right") == 1
    assert measure(image[:, ::-1], "top_bottom") == -1
    assert measure(np.full((1, 5, 5), 9, np.uint8), "left_right") == 0


@pytest.mark.parametrize("size", [(2, 2), (2, 64), (28, 20), (64, 64)])
def test_any_image_has_finite_measures_and_cuts(size: tuple[int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, *size)).astype(np.uint8)
    images[0], images[1] = 0, 255
    measures = measure_shapes(images)
    assert measures.shape == (7, len(MEASURES))
    assert np.isfinite(measures).all()
    assert not measures[0].any()
    blank = np.zeros((3, *size), np.uint8)
    cuts = find_cuts(measure_shapes(blank))
    assert np.isfinite(cuts).all()
    has = dict(zip(NAMES, has_shapes(measure_shapes(blank), cuts)[0], strict=True))
    assert not any(has[name] for name in NAMES if name.startswith("ink_") or name in ("hole", "top_heavy", "loose_end"))


def test_cuts_are_a_third_of_the_training_images() -> None:
    measures = np.zeros((300, len(MEASURES)))
    measures[:, MEASURES.index("slant")] = np.arange(300) - 100.0
    measures[:, MEASURES.index("width")] = np.arange(300)
    rates = dict(zip(NAMES, has_shapes(measures, find_cuts(measures)).mean(axis=0), strict=True))
    assert rates["slanted_right"] == rates["wide"] == pytest.approx(1 / 3, abs=0.01)
    assert rates["narrow"] == pytest.approx(1 / 3, abs=0.01)
    measures[:, MEASURES.index("slant")] += 101  # all slanted to the right: none is called slanted to the left
    assert not has_shapes(measures, find_cuts(measures))[:, NAMES.index("slanted_left")].any()


def test_images_are_measured_one_by_one() -> None:
    images = np.random.default_rng(1).integers(0, 256, (2100, 8, 5)).astype(np.uint8)  # more than a block
    assert np.array_equal(measure_shapes(images)[1995:2005], measure_shapes(images[1995:2005]))


def test_shapes_are_kept_that_are_neither_rare_nor_untold_nor_twice() -> None:
    has = np.zeros((100, 6), bool)
    has[:50, 0] = has[50:, 1] = has[:4, 2] = has[:30, 3] = has[:70, 4] = True
    assert choose_concepts(has, np.array([0.9, 0.9, 0.9, 0.79, 0.8, 0.9])).tolist() == [
        True, False, False, False, True, False,
    ]  # fmt: skip
    assert not choose_concepts(has, np.full(6, np.nan)).any()


def test_the_table_and_the_picture_name_every_shape() -> None:
    images = np.random.default_rng(2).integers(0, 256, (40, 6, 4)).astype(np.uint8)
    measures = measure_shapes(images)
    cuts = find_cuts(measures)
    has = has_shapes(measures, cuts)
    table = tabulate_concepts(has, has[:20], cuts, np.full(len(SHAPES), 0.9), np.ones(len(SHAPES), bool))
    assert table["name"].tolist() == NAMES
    assert table["test"].tolist() == has[:20].mean(axis=0).tolist()
    texts = [text.get_text() for axes in draw_examples(images, has, table).axes for text in axes.texts]
    assert texts == [*table["wording"], *table["negation"]]
    draw_examples(images, has[:, :0], table[:0])  # nothing kept


def test_midranks_and_auc_are_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    values, positive = np.maximum(rng.normal(size=500), 0).astype(np.float32), rng.random(500) < 0.2
    assert auc(values, positive) == pytest.approx(roc_auc_score(positive, values), abs=1e-12)
    assert midranks(np.array([3, 1, 3, 2])).tolist() == [3.5, 1, 3.5, 2]
    mixed = np.array([-1, 0.5, -0.0, 0, -2, 1e30, 1e-40, -1e-40], np.float32)
    assert midranks(mixed).tolist() == midranks(mixed.astype(float)).tolist() == [2, 7, 4.5, 4.5, 1, 8, 6, 3]
    assert np.isnan(auc(values, np.zeros(500, bool)))
    assert np.isnan(auc_interval(values, np.arange(500) == 0)[1])


def test_the_interval_of_an_auc_covers_it() -> None:
    rng = np.random.default_rng(4)
    truth, covered = 0.7602499389065233, 0  # of normal values that lie 1 apart: the normal distribution at 1 / sqrt(2)
    positive = np.arange(150) < 60
    for _ in range(200):
        _, low, high = auc_interval(rng.normal(size=150) + positive, positive)
        covered += low <= truth <= high
    assert 180 <= covered <= 198


def test_probes_tell_what_a_weighted_sum_tells() -> None:
    rng = np.random.default_rng(5)
    hidden, classes = rng.normal(size=(900, 6)).astype(np.float32), rng.integers(0, 3, 900)
    hidden[np.arange(900), classes] += 6
    concepts = np.stack([hidden[:, 4] > 0, rng.random(900) < 0.5], axis=1)
    features: dict[str, np.ndarray] = {"hidden": hidden, "pixels": rng.integers(0, 256, (900, 3, 2)).astype(np.uint8)}
    parts = [
        ProbedImages(classes[part], concepts[part], {name: own[part] for name, own in features.items()})
        for part in (slice(0, 500), slice(500, 600), slice(600, 900))
    ]
    table = tabulate_probes(parts[0], parts[1], parts[2], 3, ["positive", "noise"])
    table = table.set_index(["source", "target"])
    assert table.loc[("hidden", "class"), "value"] > 0.98
    assert table.loc[("hidden", "positive"), "value"] > 0.98
    for which, chance in [(("pixels", "class"), 1 / 3), (("pixels", "positive"), 0.5), (("hidden", "noise"), 0.5)]:
        assert abs(table.loc[which, "value"] - chance) < 0.15
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_probes_do_with_features_that_never_change_and_targets_without_both_values() -> None:
    probes = fit_probes(np.ones((30, 2), np.float32), np.ones((30, 1), bool))
    chosen, found = choose_probes(probes, score_held_out(probes, np.ones((5, 2), np.float32)), np.ones((5, 1), bool))
    assert np.isfinite(chosen.weights).all()
    assert np.isnan(found).all()
