"""Intervals cover a known value in 90 to 99 % of 200 simulated draws; relations are what they are called."""

from collections.abc import Iterable

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control, rankdata, spearmanr, ttest_1samp

from hidden_nodes.knowledge.ablation import paired_interval, q_values
from hidden_nodes.knowledge.association import (
    partial_spearman,
    rank_correlations,
    spearman,
    split_halves,
    tabulate_relations,
)
from hidden_nodes.knowledge.information import choose_n_bins, information_interval
from hidden_nodes.knowledge.intervals import binomial_interval, bootstrap_interval, mean_interval
from hidden_nodes.knowledge.ranks import rank_columns

DRAWS = 200


def coverage(intervals: Iterable[tuple[float, float]], known: float) -> float:
    covered = [low <= known <= high for low, high in intervals]
    assert len(covered) == DRAWS
    return float(np.mean(covered))


@pytest.mark.parametrize("images", [300, 10_000])
@pytest.mark.parametrize("shares", [(0.02, 0.01), (0.05, 0.05), (0.3, 0.05)])
def test_the_interval_of_an_ablation_covers_the_accuracy_lost(images: int, shares: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    lost, gained, _ = rng.multinomial(images, [*shares, 1 - sum(shares)], size=DRAWS).T
    intervals = zip(*paired_interval(lost, gained, images), strict=True)
    assert 0.9 <= coverage(intervals, 100 * (shares[0] - shares[1])) <= 0.99


def test_the_interval_of_an_ablation_is_known_at_its_ends() -> None:
    low, high = paired_interval(np.array([0, 50, 0, 25]), np.array([0, 0, 50, 25]), 50)
    assert 5 < high[0] < 11
    assert low[0] == -high[0]
    assert (high[1], low[2]) == (100, -100)
    assert np.isfinite([low, high]).all()


def told_with(share: float) -> np.ndarray:
    """Five values and classes: the class is the value in this share of the images, else any."""
    return share * np.eye(5) / 5 + (1 - share) / 25


def tuned(n_bins: int) -> np.ndarray:
    """As many values, and ten classes: each class has a value around which its images lie."""
    values, centres = np.meshgrid(np.linspace(0, 1, n_bins), np.linspace(0, 1, 10), indexing="ij")
    joint = np.exp(-((values - centres) ** 2) / 0.2)
    return joint / joint.sum()


@pytest.mark.parametrize(
    ("images", "joint"),
    [(300, told_with(0.3)), (2000, told_with(0.3)), (2000, told_with(0.9)), (2000, tuned(choose_n_bins(2000, 10)))],
)
def test_the_interval_of_information_covers_it(images: int, joint: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    n_bins, n_classes = joint.shape
    known = (joint * np.log2(joint / (joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)))).sum()
    intervals = []
    for _ in range(DRAWS):
        values, classes = np.divmod(rng.choice(joint.size, size=images, p=joint.ravel()), n_classes)
        low, high = information_interval(values[:, None], classes, np.arange(n_bins)[None], n_classes, rng)
        intervals.append((low[0], high[0]))
    assert 0.9 <= coverage(intervals, known) <= 0.99


def test_the_interval_of_a_share_is_clopper_and_pearsons_and_covers_it() -> None:
    rng = np.random.default_rng(0)
    hits = rng.binomial(200, 0.93, size=DRAWS)
    assert 0.9 <= coverage(zip(*binomial_interval(hits, 200), strict=True), 0.93) <= 0.99
    for count in (0, 1, 77, 200):
        expected = binomtest(count, 200).proportion_ci()
        assert [float(end) for end in binomial_interval(count, 200)] == pytest.approx([*expected], abs=1e-9)


def test_the_interval_of_a_mean_is_students_and_covers_it() -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(3, 2, size=(DRAWS, 20))
    assert 0.9 <= coverage(map(mean_interval, samples), 3) <= 0.99
    assert mean_interval(samples[0]) == pytest.approx([*ttest_1samp(samples[0], 0).confidence_interval()], abs=1e-9)
    assert np.isnan(mean_interval(samples[0, :1])).all()


def test_the_bootstrap_covers_a_mean() -> None:
    rng = np.random.default_rng(0)
    samples = rng.exponential(1, size=(DRAWS, 60))
    intervals = [bootstrap_interval(values, lambda drawn: drawn.mean(axis=1), rng) for values in samples]
    assert 0.9 <= coverage(intervals, 1) <= 0.99


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_the_interval_of_a_rank_correlation_covers_it(correlation: float) -> None:
    rng = np.random.default_rng(0)
    known = 6 / np.pi * np.arcsin(correlation / 2)  # of a bivariate normal distribution
    covariance = [[1, correlation], [correlation, 1]]
    samples = rng.multivariate_normal([0, 0], covariance, size=(DRAWS, 50))
    assert 0.9 <= coverage([bootstrap_interval(pairs, rank_correlations, rng) for pairs in samples], known) <= 0.99


def test_rank_correlations_are_scipys_and_partial_ones_those_of_residuals() -> None:
    rng = np.random.default_rng(0)
    given = rng.normal(size=(60, 2))
    x, y = given.sum(axis=1) + rng.normal(size=60), (given[:, 0] + rng.normal(size=60)).round()  # with ties
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    ranks = np.array([[1 + np.sum(v < a) + (np.sum(v == a) - 1) / 2 for a in v] for v in (x, y, *given.T)]).T
    design = np.column_stack([np.ones(60), ranks[:, 2:]])
    left = ranks[:, :2] - design @ np.linalg.lstsq(design, ranks[:, :2])[0]
    assert partial_spearman(x, y, given) == pytest.approx(np.corrcoef(left.T)[0, 1], abs=1e-9)


def test_there_is_no_rank_correlation_where_nothing_varies_or_nothing_is_left() -> None:
    x = np.arange(10.0)
    assert np.isnan(spearman(x, np.zeros(10)))
    assert np.isnan(spearman(x[:2], x[:2]))
    assert np.isnan(partial_spearman(x, x[::-1] ** 2, x[:, None]))
    assert spearman(x, -x) == pytest.approx(-1)
    assert partial_spearman(x, x**2, np.zeros((10, 1))) == pytest.approx(1)


def test_halves_have_no_image_in_common_and_leave_none_out() -> None:
    seen: list[np.ndarray] = []

    def measure(images: np.ndarray) -> np.ndarray:
        seen.append(images)
        return images[:3].astype(float)

    halves = split_halves(measure, 11, np.random.default_rng(0))
    assert halves.shape == (3, 2)
    assert np.sort(np.concatenate(seen)).tolist() == list(range(11))
    assert [len(half) for half in seen] == [5, 6]


def test_relations_are_those_of_the_live_nodes() -> None:
    rng = np.random.default_rng(0)
    live = np.arange(30) != 4
    scale = rng.random((30, 2))
    information, loss = rng.random((2, 30)) + scale[:, 0]
    halves = information[:, None] + 0.1 * rng.random((30, 2)), loss[:, None] + rng.random((30, 2))
    table = tabulate_relations(information, loss, scale, *halves, live, rng).set_index("relation")
    assert table["nodes"].tolist() == [29] * 4
    assert table["spearman"].tolist() == [
        spearman(information[live], loss[live]),
        partial_spearman(information[live], loss[live], scale[live]),
        spearman(*halves[0][live].T),
        spearman(*halves[1][live].T),
    ]
    assert (table["low"] < table["spearman"]).all()
    assert (table["spearman"] < table["high"]).all()
    few = tabulate_relations(information, loss, scale, *halves, np.arange(30) < 2, rng)
    assert few[["spearman", "low", "high"]].isna().all(axis=None)


def test_ranks_and_q_values_are_scipys() -> None:
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 6, (5, 40, 3)).astype(float)
    np.testing.assert_array_equal(rank_columns(samples), rankdata(samples, axis=1))
    p_values = rng.random((7, 9)) ** 3
    p_values[0, :3] = 1, 1, 0
    np.testing.assert_allclose(q_values(p_values), false_discovery_control(p_values.ravel()).reshape(7, 9), rtol=1e-12)
