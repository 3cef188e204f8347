"""Linear probes are scikit-learn's ridge regressions; controls are what they say, drawn by their own seeds."""

from dataclasses import astuple
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_info

from hidden_nodes.knowledge import controls, probes
from hidden_nodes.knowledge.probes import Probe, ProbedImages
from hidden_nodes.knowledge.search import Found, find_sentences
from hidden_nodes.knowledge.sentences import Images, Sentences

STRENGTHS = [10, 1, 0.1, 0.01, 0.001, 0.0001]


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


class Watched(np.ndarray):
    """An array that notes how many threads its products have."""

    threads: ClassVar[set[int]] = set()

    def __matmul__(self, other: Any) -> Any:
        Watched.threads |= blas_threads()
        return np.asarray(self) @ other


@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_probes_are_ridge_regressions_of_each_strength(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "BLOCK", 7)
    monkeypatch.setattr(probes, "PROBE_IMAGES", 40)
    rng = np.random.default_rng(1)
    values = rng.integers(0, 256, (50, 2, 3)).astype(np.uint8) if kind == "uint8" else rng.normal(3, 2, (50, 6))
    values = values.astype(kind)
    targets = rng.random((50, 2)) < 0.4
    features = values.reshape(50, -1).astype(float) / (255 if kind == "uint8" else 1)
    variance = np.square(features[:40] - features[:40].mean(axis=0)).sum(axis=0).mean()
    found = probes.fit_probes(values, targets)
    assert len(found) == len(STRENGTHS)
    for probe, strength in zip(found, STRENGTHS, strict=True):
        ridge = Ridge(alpha=strength * variance).fit(features[:40], targets[:40].astype(float))
        assert probe.weights == pytest.approx(ridge.coef_.T, abs=1e-9)
        assert probe.bias == pytest.approx(ridge.intercept_, abs=1e-9)
        assert probe.score(values) == pytest.approx(ridge.predict(features), abs=1e-9)


def test_probes_of_dead_features_are_the_mean_of_the_targets() -> None:
    for probe in probes.fit_probes(np.full((10, 2), 3, np.float32), np.arange(10)[:, None] < 4):
        assert probe.weights.tolist() == [[0], [0]]
        assert probe.bias == pytest.approx([0.4])


def test_held_out_images_are_scored_by_each_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "HELD_OUT_IMAGES", 5)
    rng = np.random.default_rng(2)
    tried = [Probe(rng.normal(size=(3, 4)), rng.normal(size=4)) for _ in range(2)]
    values = rng.normal(size=(8, 3))
    scores = probes.score_held_out(tried, values)
    assert scores.shape == (2, 5, 4)
    for own, probe in zip(scores, tried, strict=True):
        assert own == pytest.approx(values[:5] @ probe.weights + probe.bias, abs=1e-12)


def test_the_strength_is_the_best_of_held_out_images_for_each_target() -> None:
    rng = np.random.default_rng(3)
    tried = [Probe(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(6)]
    scores, targets = rng.normal(size=(6, 20, 3)), rng.random((25, 3)) < 0.5
    targets[:, 2] = True  # not both values: no AUC
    chosen, found = probes.choose_probes(tried, scores, targets)
    for t in range(2):
        areas = [roc_auc_score(targets[:20, t], own[:, t]) for own in scores]
        best = int(np.argmax(areas))
        assert found[t] == pytest.approx(areas[best], abs=1e-12)
        assert chosen.weights[:, t].tolist() == tried[best].weights[:, t].tolist()
        assert chosen.bias[t] == tried[best].bias[t]
    assert np.isnan(found[2])
    assert chosen.weights[:, 2].tolist() == tried[3].weights[:, 2].tolist()
    scores[:] = scores[0]  # of equal ones the strongest
    assert probes.choose_probes(tried, scores, targets)[0].bias[0] == tried[0].bias[0]


def test_the_classifier_is_the_one_that_is_right_most_often() -> None:
    tried = [Probe(np.zeros((1, 2)), np.array([n, 0.0])) for n in range(3)]
    classes = np.array([0, 1, 1, 0])
    says = np.array([[0, 1, 0], [0, 1, 1], [0, 1, 1]])
    scores = np.eye(2)[says]
    assert probes.choose_classifier(tried, scores, classes) is tried[1]  # 2, 3 and 3 of the first three
    assert probes.choose_classifier(tried, scores[::-1], classes) is tried[0]
    assert probes.choose_classifier(tried, -scores[:2], classes) is tried[0]


def test_a_table_of_probes_counts_hits_on_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PROBE_IMAGES", 50)
    rng = np.random.default_rng(4)

    def part(count: int) -> ProbedImages:
        classes = rng.integers(0, 3, count)
        values = (np.eye(3)[classes] + rng.normal(scale=0.7, size=(count, 3))).astype(np.float32)
        return ProbedImages(classes, values[:, [0, 1]] + rng.normal(size=(count, 2)) > 0.5, {"hidden": values})

    train, held_out, test = part(60), part(30), part(40)
    table = probes.tabulate_probes(train, held_out, test, 3, ["a", "b"])
    assert table[["source", "target", "measure"]].to_numpy().tolist() == [
        ["hidden", "class", "accuracy"], ["hidden", "a", "auc"], ["hidden", "b", "auc"],
    ]  # fmt: skip
    fitted = probes.fit_probes(train.features["hidden"], np.hstack([np.eye(3)[train.classes], train.concepts]))
    right = [
        (probe.score(held_out.features["hidden"])[:, :3].argmax(axis=1) == held_out.classes).sum() for probe in fitted
    ]
    best = fitted[int(np.argmax(right))]
    hits = int((best.score(test.features["hidden"])[:, :3].argmax(axis=1) == test.classes).sum())
    interval = binomtest(hits, 40).proportion_ci(method="exact")
    assert table.iloc[0, 3:].tolist() == pytest.approx([hits / 40, interval.low, interval.high], abs=1e-9)
    for row, t in ((1, 3), (2, 4)):
        areas = [
            roc_auc_score(held_out.concepts[:, t - 3], probe.score(held_out.features["hidden"])[:, t])
            for probe in fitted
        ]
        scores = fitted[int(np.argmax(areas))].score(test.features["hidden"])[:, t]
        assert table["value"][row] == pytest.approx(roc_auc_score(test.concepts[:, t - 3], scores), abs=1e-12)
    alone = probes.tabulate_probes(train, held_out, test, 3, [])
    assert alone["target"].tolist() == ["class"]


def test_probes_and_rotations_are_computed_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set[int]()

    def watch(module: Any, name: str) -> None:
        plain = getattr(module, name)

        def watched(*given: Any, **named: Any) -> Any:
            seen.update(blas_threads())
            return plain(*given, **named)

        monkeypatch.setattr(module, name, watched)

    watch(controls, "qr")
    controls.random_rotation(3, 0, 0)
    watch(probes, "eigh")
    fitted = probes.fit_probes(np.eye(4), np.eye(4))
    watch(probes, "as_features")
    fitted[0].score(np.eye(4))
    Watched.threads = set()
    images = Images(np.eye(4, dtype=np.float32).view(Watched), np.zeros(4, int), np.zeros((4, 0)))
    controls.rotate(images, np.eye(4))
    assert seen == Watched.threads == {1}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_rotation_is_the_orthogonal_factor_with_positive_diagonal(number: int) -> None:
    rotation = controls.random_rotation(9, 5, number)
    assert rotation @ rotation.T == pytest.approx(np.eye(9), abs=1e-12)
    triangle = rotation.T @ np.random.default_rng([5, number]).standard_normal((9, 9))
    assert triangle == pytest.approx(np.triu(triangle), abs=1e-12)
    assert (np.diag(triangle) > 0).all()


def test_pixels_are_drawn_among_those_that_differ() -> None:
    images = np.zeros((4, 2, 3), np.uint8)
    images[1, 0, 2] = images[2, 1, 0] = images[3, 1, 2] = 9
    images[:, 0, 0] = 7
    assert controls.choose_pixels(images, 5, seed=1).tolist() == [2, 3, 5]
    drawn = controls.choose_pixels(images, 2, seed=1)
    assert drawn.tolist() == sorted(np.random.default_rng(1).choice([2, 3, 5], 2, replace=False))
    assert controls.choose_pixels(images[:1], 5, seed=1).tolist() == [0]


def test_only_the_first_images_say_which_pixels_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "CHOICE_IMAGES", 2)
    images = np.array([[0, 0], [0, 1], [1, 0]], np.uint8)
    assert controls.choose_pixels(images, 5, seed=0).tolist() == [1]


def draw_images(rng: np.random.Generator, count: int) -> Images:
    classes = rng.integers(0, 3, count)
    values = np.eye(3)[classes] @ rng.normal(size=(3, 4)) + rng.normal(size=(count, 4))
    return Images(values.astype(np.float32), classes, rng.random((count, 1)) < 0.5)


def flatten(found: dict[str, Found]) -> list[list[Any]]:
    return [[np.asarray(value).tolist() for value in (*astuple(of.sentences), of.auc_train, of.auc)]
            for of in found.values()]  # fmt: skip


def test_controls_are_rotated_and_shuffled_each_by_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "CHOICE_IMAGES", 80)
    monkeypatch.setattr(controls, "LENGTH_IMAGES", 50)
    monkeypatch.setattr(controls, "CONTROL_COLUMNS", 3)
    rng = np.random.default_rng(6)
    nodes = (draw_images(rng, 90), draw_images(rng, 60), draw_images(rng, 70))
    other = (draw_images(rng, 80), draw_images(rng, 50), draw_images(rng, 70))
    found = controls.find_controls(nodes, {"pixels": [other]}, 3, 1, 2, seed=8)
    assert {source: len(searches) for source, searches in found.items()} == {"rotated": 2, "pixels": 1, "shuffled": 1}

    def search(activations: list[np.ndarray], parts: tuple[Images, ...]) -> list[list[Any]]:
        images = [
            Images(own.astype(np.float32)[:, :3], part.classes[: len(own)], part.concepts[: len(own)])
            for own, part in zip(activations, parts, strict=True)
        ]
        return flatten(find_sentences(images[0], images[1], images[2], 3, 1))

    few = [part.activations[:count] for part, count in zip(nodes, (80, 50, 70), strict=True)]
    for number in (0, 1):
        rotation = controls.random_rotation(4, 8, number + 1)[:, :3].astype(np.float32)
        assert flatten(found["rotated"][number]) == search([own @ rotation for own in few], nodes)
    shuffler = np.random.default_rng([8, 0])
    assert flatten(found["shuffled"][0]) == search([own[shuffler.permutation(len(own))] for own in few], nodes)
    assert flatten(found["pixels"][0]) == search([part.activations for part in other], other)


def as_found(auc: list[float]) -> dict[str, Found]:
    values, no = np.array(auc), np.zeros(len(auc), bool)
    sentences = Sentences(np.ones((len(auc), 2), bool), np.full(len(auc), -1), no, no)
    return dict.fromkeys(("class", "union", "two_part"), Found(sentences, values, values, values, values))


def test_described_columns_are_counted_over_all_searches() -> None:
    searches = [as_found([0.8, 0.5, 0.79, 0.9]), as_found([np.nan, 0.6, 0.85, 0.7])]
    table = controls.tabulate_controls({"nodes": searches, "none": [], "few": [as_found([np.nan])]}, 0.8)
    assert table["source"].tolist() == ["nodes"] * 3 + ["few"] * 3
    assert table["sentences"].tolist() == ["class", "union", "two_part"] * 2
    row = table.iloc[0]
    assert (row["searches"], row["columns"], row["share"]) == (2, 8, 3 / 8)
    interval = binomtest(3, 8).proportion_ci(method="exact")
    assert row[["share_low", "share_high"]].tolist() == pytest.approx([interval.low, interval.high], abs=1e-9)
    assert row[["median", "median_low", "median_high"]].tolist() == [0.79, 0.5, 0.9]
    assert table.iloc[3]["share"] == 0
    assert np.isnan(table.iloc[3][["median", "median_low", "median_high"]].astype(float)).all()


@pytest.mark.parametrize("n", [6, 7, 8, 9, 10, 25, 100])
def test_the_interval_of_a_median_is_the_narrowest_that_order_statistics_allow(n: int) -> None:
    values = np.arange(n, dtype=float)
    # Both ends leave out `below - 1` values; the median lies outside of them with this probability.
    below = max(k for k in range(1, n // 2 + 1) if binom.cdf(k - 1, n, 0.5) <= 0.025)
    assert controls.median_interval(values) == (below - 1, n - below)


def test_five_values_have_no_interval_of_their_median() -> None:
    assert np.isnan(controls.median_interval(np.arange(5.0))).all()
