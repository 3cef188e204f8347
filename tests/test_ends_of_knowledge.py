"""Where ties, rounding, signs or too few values decide, the figures of nodes are still those of a plain computation."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from scipy.stats import beta
from scipy.stats import t as student
from sklearn.manifold import trustworthiness
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_info

from hidden_nodes.knowledge import search
from hidden_nodes.knowledge.ablation import paired_interval
from hidden_nodes.knowledge.association import partial_spearman
from hidden_nodes.knowledge.cells import sum_ranks
from hidden_nodes.knowledge.cka import linear_cka
from hidden_nodes.knowledge.comparison import Pair
from hidden_nodes.knowledge.components import fit_components
from hidden_nodes.knowledge.counterparts import measure_sharing
from hidden_nodes.knowledge.information import corrected_information, cuts_of, information_interval, plain_information
from hidden_nodes.knowledge.intervals import bootstrap_interval, mean_interval
from hidden_nodes.knowledge.jackknife import jackknife
from hidden_nodes.knowledge.keeping import nodes_for
from hidden_nodes.knowledge.layer import center
from hidden_nodes.knowledge.matching import similarities
from hidden_nodes.knowledge.moments import correlations, effective_dimensions, sum_moments
from hidden_nodes.knowledge.neighbours import Neighbourhoods, on_grid, rate_maps
from hidden_nodes.knowledge.ridge import NestedRidge
from hidden_nodes.knowledge.search import Found
from hidden_nodes.knowledge.sentences import Images, Sentences
from hidden_nodes.knowledge.wording import Words, choose_threshold, tabulate_sentences


@pytest.mark.parametrize(("lost", "gained", "n"), [(30, 12, 60), (5, 9, 40), (20, 20, 41), (1, 0, 10), (0, 0, 10)])
def test_the_interval_of_an_ablation_is_newcombes_with_exact_limits(lost: int, gained: int, n: int) -> None:
    def limits(hits: int) -> tuple[float, float]:
        low = beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0
        return low, beta.ppf(0.975, hits + 1, n - hits)

    p, q = lost / n, gained / n
    (p_low, p_high), (q_low, q_high) = limits(lost), limits(gained)
    against = min(1, (p * q / ((1 - p) * (1 - q))) ** 0.5)
    a, b = p - p_low, q_high - q
    low = p - q - (a**2 + b**2 + 2 * against * a * b) ** 0.5
    a, b = p_high - p, q - q_low
    high = p - q + (a**2 + b**2 + 2 * against * a * b) ** 0.5
    found = paired_interval(np.array([lost]), np.array([gained]), n)
    assert np.ravel(found) == pytest.approx([100 * max(-1, low), 100 * min(1, high)], abs=1e-9)


@pytest.mark.parametrize(("n", "is_known"), [(1000, True), (3000, False)])
def test_covariates_that_leave_a_billionth_of_a_measure_leave_nothing(n: int, is_known: bool) -> None:
    measure, covariate = np.random.default_rng(7).normal(size=n), np.arange(float(n))
    swapped = covariate.copy()
    swapped[[5, 6]] = swapped[[6, 5]]  # 24 / n^3 of the variance is left
    assert np.isfinite(partial_spearman(measure, swapped, covariate[:, None])) == is_known


def test_cells_know_the_auc_of_every_sentence_with_ties() -> None:
    rng = np.random.default_rng(0)
    classes, concepts = rng.integers(0, 3, 120), rng.random((120, 2)) < 0.5
    concepts[classes == 2, 1] = False  # too few to tell whether a node knows the shape within this class
    values = rng.integers(0, 5, (120, 1)).astype(np.float32)
    cells = sum_ranks(Images(values, classes, concepts), 3)
    for members, shape, negated, lower in product(
        ([True, False, False], [False, True, True]), (-1, 0, 1), (False, True), (False, True)
    ):
        if shape < 0 and negated:
            continue
        as_array = Sentences(np.array([members]), np.array([shape]), np.array([negated]), np.array([lower]))
        sign = -1 if lower else 1
        true = np.array(members)[classes] & ((shape < 0) | (concepts[:, shape] != negated))
        for of, signed in ((cells, sign), (cells.mirrored(), -sign)):
            assert of.auc(as_array)[0] == pytest.approx(roc_auc_score(true, signed * values[:, 0]), abs=1e-12)
            areas = [
                roc_auc_score(concepts[classes == k, shape] != negated, signed * values[classes == k, 0])
                for k in np.flatnonzero(members)
                if shape >= 0 and not (shape == 1 and k == 2)
            ]
            expected = np.mean(areas) if areas else np.nan
            assert of.within_auc(as_array)[0] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_the_likeness_of_spaces_and_dimensions_do_not_depend_on_the_scale() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 3))
    y[:, 0] += x[:, 0]
    found = []
    for scale in (1.0, 1e-3):
        layers = center(scale * x), center(scale * y)
        found.append(linear_cka(*layers, layers[0].centred.T @ layers[1].centred))
    assert found[1] == pytest.approx(found[0])
    sizes = [effective_dimensions(sum_moments((scale * x).astype(np.float32), np.zeros(30, int), 1))
             for scale in (1.0, 1e-3)]  # fmt: skip
    assert sizes[1] == pytest.approx(sizes[0], rel=1e-5)
    assert sizes[0] > 1


def test_a_node_that_changes_little_is_not_dead() -> None:
    small = np.random.default_rng(2).normal(size=50) * 1e-3
    activations = np.column_stack([1 + small, 1 - small, np.full(50, 0.1)]).astype(np.float32)
    assert correlations(sum_moments(activations, np.zeros(50, int), 1)) == pytest.approx(
        np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]]), abs=1e-3
    )


def test_similarities_are_never_beyond_one() -> None:
    x = np.random.default_rng(3).normal(size=(37, 150))
    layers = center(x), center(np.hstack([x, -x]))
    found = similarities(*layers, False, layers[0].centred.T @ layers[1].centred)
    assert found.max() == -found.min() == 1


@pytest.mark.parametrize("rows", [2, 3, 40, 300])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_components_carry_the_variance_of_the_sample(rows: int, kind: str) -> None:
    values = np.random.default_rng(rows).integers(0, 256, (rows, 4)).astype(kind)
    plain = values / 255 if kind == "uint8" else values.astype(float)
    covariance = np.cov(plain, rowvar=False)
    found = fit_components(values)
    assert found.mean == pytest.approx(plain.mean(axis=0))
    scale = np.trace(covariance)
    assert found.variances == pytest.approx(np.linalg.eigvalsh(covariance)[::-1], abs=1e-9 * scale)
    rebuilt = found.vectors * found.variances @ found.vectors.T
    assert rebuilt == pytest.approx(covariance, abs=4e-6 * scale)  # the vectors are rounded
    assert all(column[np.abs(column).argmax()] > 0 for column in found.vectors.T)


def test_a_family_of_two_is_none_of_half_of_five_networks() -> None:
    def pair(partner: int) -> Pair:
        nothing = np.full(2, np.nan)
        return Pair(np.array([0, 1]), nothing, np.array([partner, -1]), np.array([0.9, 0.1]), live=2, cka=1.0)

    pairs = {(i, j): pair(0 if (i, j) == (0, 1) else -1) for i in range(5) for j in range(i + 1, 5)}
    found = measure_sharing(pairs, [2] * 5, range(5))
    assert found == {"common": 0, "anywhere": 0.2, "in_families": 0, "families": 0, "largest_family": 0.4}
    found = measure_sharing(pairs, [2] * 5, [0, 1, 2, 3])  # two are half of four
    assert (found["in_families"], found["families"]) == (0.25, 0.5)


def test_cuts_are_quantiles_of_what_is_not_zero() -> None:
    assert cuts_of(np.arange(1.0, 13), 4).tolist() == [3, 6, 9]
    assert cuts_of(np.arange(1.0, 5), 4).tolist() == [1, 2, 3]
    below = float(np.nextafter(np.float32(0), np.float32(-1)))
    assert cuts_of(np.array([-2, -1, 0, 0], np.float32), 3).tolist() == [-2, below, 0]
    assert cuts_of(np.array([0, 0, 1, 2], np.float32), 3).tolist() == [0, 1]


def test_the_interval_of_information_is_corrected_by_the_bias_of_the_draws() -> None:
    rng = np.random.default_rng(4)
    classes, values = rng.integers(0, 3, 60), rng.normal(size=(60, 2)).astype(np.float32)
    values[:, 0] += classes
    cuts = np.array([[-0.5, 0.5, 1.5], [0.0, np.inf, np.inf]])
    low, high = information_interval(values, classes, cuts, 3, np.random.default_rng(5))
    draws = [np.random.default_rng(5).integers(60, size=(200, 60))][0]
    for node in range(2):
        bins = np.array([sum(value > cut for cut in cuts[node]) for value in values[:, node]])

        def table(chosen: np.ndarray, bins: np.ndarray = bins) -> np.ndarray:
            counts = np.zeros((4, 3, 1))
            for image in chosen:
                counts[bins[image], classes[image]] += 1
            return counts

        whole = table(np.arange(60))
        estimate, plain = corrected_information(whole)[0], plain_information(whole)[0]
        drawn = [corrected_information(table(draw))[0] for draw in draws]
        centre, reach = estimate - (np.mean(drawn) - plain), 1.959963985 * np.std(drawn, ddof=1)
        assert low[node] == pytest.approx(max(0, min(centre - reach, estimate)), abs=1e-5)
        assert high[node] == pytest.approx(max(0, centre + reach, estimate), abs=1e-5)


def test_two_values_have_an_interval_of_their_mean_and_one_has_none() -> None:
    reach = student.ppf(0.975, 1) * 2**0.5 / 2**0.5
    assert mean_interval(np.array([1.0, 3.0])) == pytest.approx((2 - reach, 2 + reach))
    assert np.isnan(mean_interval(np.array([1.0]))).all()


def test_the_bootstrap_takes_quantiles_if_half_of_the_draws_have_a_value() -> None:
    draws = np.arange(1000.0)
    values, rng = np.zeros(3), np.random.default_rng(0)
    assert bootstrap_interval(values, lambda _: draws, rng) == pytest.approx((24.975, 974.025))
    draws[:500] = np.nan
    assert bootstrap_interval(values, lambda _: draws, rng) == pytest.approx((500 + 0.025 * 499, 500 + 0.975 * 499))
    draws[500] = np.nan
    assert np.isnan(bootstrap_interval(values, lambda _: draws, rng)).all()


def test_three_networks_have_a_jackknife_and_two_have_none() -> None:
    values = [1.0, 2.0, 6.0]

    def mean(networks: Sequence[int]) -> dict[str, float]:
        return {"mean": float(np.mean([values[network] for network in networks]))}

    row = jackknife(mean, 3).iloc[0]
    reach = student.ppf(0.975, 2) * np.std(values, ddof=1) / 3**0.5
    assert (row["low"], row["high"]) == pytest.approx((3 - reach, 3 + reach))
    row = jackknife(mean, 2).iloc[0]
    assert row["mean"] == 1.5
    assert np.isnan([row["low"], row["high"]]).all()


class Known(NestedRidge):
    """An order of 16 nodes with an accuracy for each number of them."""

    def __init__(self, good: set[int]) -> None:
        self.order, self.good, self.asked = np.arange(16), good, list[int]()

    def accuracies(self, counts: Sequence[int], activations: np.ndarray, classes: np.ndarray) -> np.ndarray:
        self.asked += counts
        return np.array([1.0 if count in self.good else 0.949 for count in counts])


@pytest.mark.parametrize(
    ("good", "needed", "asked"),
    [({3, 5, 6, 8, 16}, 5, [6, 5]), ({8, 16}, 8, [6, 7]), ({1, 16}, 1, []), ({2, 16}, 2, []), ({16}, 16, [12, 14, 15])],
)
def test_the_number_of_nodes_is_bisected_between_the_last_too_few_and_the_first_enough(
    good: set[int], needed: int, asked: list[int]
) -> None:
    ridge = Known(good)
    assert nodes_for(ridge, np.zeros((0, 16)), np.zeros(0)) == needed
    assert ridge.asked == [1, 2, 4, 8, 16, *asked]


@pytest.mark.parametrize(("n", "k"), [(3, 1), (4, 1), (5, 2), (6, 2), (20, 9), (70, 30)])
@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_maps_of_few_images_are_rated_as_scikit_learn_does(n: int, k: int, scale: float) -> None:
    rng = np.random.default_rng(n)
    values, shown = rng.normal(size=(n, 4)), rng.normal(size=(n, 2))
    rated = rate_maps(scale * values, [shown])[0].mean(axis=0)
    near = [[set(np.argsort(((one - one[i]) ** 2).sum(axis=1))[1 : k + 1].tolist()) for i in range(n)]
            for one in (values, shown)]  # fmt: skip
    kept = np.mean([len(a & b) / k for a, b in zip(*near, strict=True)])
    assert rated[2] == pytest.approx(kept)
    if 2 * k < n:
        assert rated[0] == pytest.approx(trustworthiness(values, shown, n_neighbors=k))
        assert rated[1] == pytest.approx(trustworthiness(shown, values, n_neighbors=k))


@pytest.mark.parametrize("largest", [1.0, 1.5, 1.99, 3e-5, 700.0])
@pytest.mark.parametrize("features", [1, 3, 4, 50])
def test_squared_distances_on_the_grid_are_exact(largest: float, features: int) -> None:
    grid = on_grid(np.full((2, features), largest))
    assert (grid == np.round(grid)).all()
    assert 2**46 <= 4 * features * grid.max() ** 2 <= 2**53  # of two points that lie opposite each other


def test_classes_without_images_take_no_place_in_a_union() -> None:
    rng = np.random.default_rng(6)
    classes = np.concatenate([[0], rng.integers(1, 9, 300)])  # one image of the first, none of the last four

    def draw() -> Images:
        values = rng.random((301, 1)) + 2 * (classes < 3)[:, None]
        values[0] = 5
        return Images(values.astype(np.float32), classes, np.zeros((301, 0), bool))

    parts = draw(), draw(), draw()
    forms, _ = search.search_forms(sum_ranks(parts[0], 13), 3)
    assert [np.flatnonzero(form.sentences.members[0]).tolist() for form in forms[2:]] == [[0, 1, 2]]
    assert forms[2].auc[0] == 1


def test_ranks_are_summed_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, plain = set[int](), search.sum_ranks

    def watched(images: Images, n_classes: int, within_classes: bool = True) -> object:
        seen.update(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return plain(images, n_classes, within_classes)

    monkeypatch.setattr(search, "sum_ranks", watched)
    images = Images(np.arange(20, dtype=np.float32)[:, None], np.arange(20) // 10, np.zeros((20, 0), bool))
    search.find_sentences(images, images, images, 2, 1)
    assert seen == {1}


def test_a_threshold_may_be_the_lowest_activation() -> None:
    assert choose_threshold(np.array([3.0, 1, 2]), np.array([True, True, True])) == 1
    assert choose_threshold(np.array([3.0, 1, 2, 1, 1]), np.array([True, True, True, False, False])) == 2
    assert choose_threshold(np.array([3.0, 1, 2]), np.array([False, True, False])) == 1
    assert choose_threshold(np.array([3.0, 1, 2]), np.array([False, False, False])) == 3


def test_a_table_of_sentences_has_thresholds_in_the_nodes_own_sign() -> None:
    values = np.array([[1, 9], [2, 8], [3, 2], [4, 1]], np.float32)
    images = Images(values, np.array([0, 0, 1, 1]), np.zeros((4, 0), bool))
    sentences = Sentences(np.array([[False, True]] * 2), np.full(2, -1), np.zeros(2, bool), np.array([False, True]))
    figures = np.array([0.9, 0.91]), np.array([0.92, 0.7]), np.array([0.94, 0.95]), np.array([0.96, 0.97])
    found = Found(sentences, *figures)
    test = Images(values + np.array([0, 2], np.float32), images.classes, images.concepts)
    table = tabulate_sentences(found, images, test, Words(["a", "b"], "letter", [], [], []), 0.8)
    assert table["threshold"].tolist() == [3, 2]
    assert table["sentence"].tolist() == ["fires for the letter b", "lower for the letter b than for others"]
    assert table["concept"].tolist() == ["b", "lower: b"]
    assert table["precision_train"].tolist() == table["recall_train"].tolist() == [1, 1]
    assert table["recall"].tolist() == [1, 0]
    assert table["false_alarm"].tolist() == table["false_alarm_train"].tolist() == [0, 0]
    names = ["sentence_auc_train", "sentence_auc", "within_class_auc_train", "within_class_auc"]
    for name, own in zip(names, figures, strict=True):
        assert table[name].tolist() == own.tolist()


@pytest.mark.parametrize(
    ("classes", "rates"),
    [([0, 1, 1, 1, 1], [0.8, 1]), ([1, 1, 0, 0, 0, 0, 0, 1], [1, 2 / 3])],
    ids=["four of five are just enough", "of the class, a third is missed"],
)
def test_a_node_fires_for_what_most_images_above_its_threshold_are(classes: list[int], rates: list[float]) -> None:
    values = np.arange(len(classes), 0, -1, dtype=np.float32)[:, None]
    images = Images(values, np.array(classes), np.zeros((len(classes), 0), bool))
    sentences = Sentences(np.array([[False, True]]), np.array([-1]), np.array([False]), np.array([False]))
    found = Found(sentences, *np.full((4, 1), 0.9))
    table = tabulate_sentences(found, images, images, Words(["a", "b"], "letter", [], [], []), 0.8)
    assert table.loc[0, ["precision_train", "recall_train"]].tolist() == rates
    assert table["sentence"].tolist() == ["fires for the letter b"]


def test_of_two_that_are_as_near_the_first_is_the_nearer_neighbour() -> None:
    points = np.array([[0.0], [1], [-1], [5], [-5]])
    around = Neighbourhoods(points, (points**2).sum(axis=1), 0, 4)
    assert around.ranks(0, np.array([1, 2, 3, 4])).tolist() == [1, 2, 3, 4]
    assert around.nearest[0].tolist() == [1, 2, 3, 4]


def test_a_figure_that_is_missing_without_one_network_has_no_interval() -> None:
    table = jackknife(lambda networks: {"a": len(networks), "b": np.nan if 0 not in networks else 1.0}, 3)
    assert table["low"].isna().tolist() == [False, True]
    assert table["mean"].tolist() == [3, 1]


def test_similarities_do_not_depend_on_the_scale_of_activations() -> None:
    rng = np.random.default_rng(14)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    expected = np.corrcoef(x.T, y.T)[:3, 3:]
    for scale in (1e-4, 1.0, 1e4):
        layers = center(scale * x), center(scale * y)
        found = similarities(*layers, False, layers[0].centred.T @ layers[1].centred)
        assert found == pytest.approx(expected, abs=1e-9)
