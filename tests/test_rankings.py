"""Rankings of pixels: none twice, each as it promises, from the images that train alone; components too."""

import warnings
from collections.abc import Callable
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy.special import log_softmax
from sklearn.decomposition import PCA

from hidden_nodes.data import attention, pruning
from hidden_nodes.data.attention import attention_ranking
from hidden_nodes.data.pruning import pruning_ranking
from hidden_nodes.data.rankings import correlate_pixels, grid_pixels, random_ranking, spread_ranking, variance_ranking
from hidden_nodes.knowledge.components import fit_components
from hidden_nodes.network.backprop import find_gradients, initial_layers
from hidden_nodes.network.retraining import Images
from hidden_nodes.params import RetrainSelected
from stages.retrain_components import count_components, draw_components
from stages.retrain_selected import CALLED, choose_pixels, draw_selected
from stages.rf_select import fit_forest, rank_pixels
from sweep.pixels import TEST, VAL, choose_best, collect_pixels, draw_pixels, is_of_pixels, summarize_pixels
from tools import rankings

ROWS, COLUMNS = 6, 5
PIXELS = ROWS * COLUMNS
RANKINGS = get_args(RetrainSelected.model_fields["ranking"].annotation)


def make_images(count: int = 400, training: int = 300, seed: int = 0) -> Images:
    """Noise of three classes, each with a pixel of its own; pixel 3 is the twin of pixel 2, and 0 never changes."""
    generator = np.random.default_rng(seed)
    y = generator.integers(3, size=count).astype(np.uint8)
    x = generator.integers(100, size=(count, PIXELS), dtype=np.uint8)
    for label in range(3):
        x[y == label, 5 * label + 2] += 120
    x[:, 3] = x[:, 2]
    x[:, 0] = 7
    return Images(x, y, x[:50], y[:50], training)


def choose(ranking: str, images: Images, count: int = 12, seed: int = 1) -> np.ndarray:
    settings = RetrainSelected(ranking=ranking, pixels=count)  # type: ignore[arg-type]
    forest = fit_forest(images.train[: images.training], images.y_train[: images.training], 5, seed)
    pixels = rank_pixels(forest.feature_importances_, COLUMNS)["pixel"].to_numpy()
    return choose_pixels(settings, images, (ROWS, COLUMNS), pixels, seed)


def test_a_forest_says_nothing_of_filters_that_a_thread_has_emptied_and_leaves_them_as_they_were() -> None:
    images = make_images()
    with warnings.catch_warnings(record=True) as said:
        warnings.resetwarnings()  # as each of scikit-learn's threads does
        fit_forest(images.train, images.y_train, 5, seed=1)
        assert (said, warnings.filters) == ([], [])
        warnings.warn("another", stacklevel=1)
    assert [str(warning.message) for warning in said] == ["another"]


@pytest.fixture(autouse=True)
def _few_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "STEPS", 10)
    monkeypatch.setattr(attention, "WARM_UP", 100)
    monkeypatch.setattr(pruning, "WARM_UP", 50)
    monkeypatch.setattr(pruning, "BATCHES", 350)


@pytest.mark.parametrize("count", [1, 12, PIXELS])
@pytest.mark.parametrize("ranking", RANKINGS)
def test_a_ranking_gives_as_many_pixels_as_asked_for_none_twice(ranking: str, count: int) -> None:
    chosen = choose(ranking, make_images(), count)
    assert len(chosen) == len(set(chosen.tolist())) == count
    assert set(chosen.tolist()) <= set(range(PIXELS))


@pytest.mark.parametrize("ranking", sorted(set(RANKINGS) - {"grid", "pruning"}))
def test_the_pixels_for_a_smaller_number_are_the_first_of_a_larger(ranking: str) -> None:
    images = make_images()
    assert np.array_equal(choose(ranking, images, 5), choose(ranking, images, 12)[:5])


@pytest.mark.parametrize("ranking", RANKINGS)
def test_no_ranking_sees_a_test_image_or_one_that_is_held_out(ranking: str) -> None:
    """The forest's neither, where `rf_select.images` is the number of images that train, as in sweeps/pixels.yaml."""
    images, noise = make_images(), np.random.default_rng(5)
    x, y = images.train.copy(), images.y_train.copy()
    x[images.training :] = noise.integers(256, size=x[images.training :].shape)
    y[images.training :] = noise.integers(3, size=len(y) - images.training)
    test = noise.integers(256, size=images.test.shape, dtype=np.uint8)
    other = Images(x, y, test, noise.permutation(images.y_test), images.training)
    assert choose(ranking, images).tobytes() == choose(ranking, other).tobytes()


def test_spread_pixels_correlate_at_most_as_bound_and_follow_the_ranking() -> None:
    images, bound = make_images().train, 0.3
    ranking = np.random.default_rng(2).permutation(PIXELS)
    spread = spread_ranking(ranking, images, bound)
    assert sorted(spread) == list(range(PIXELS))
    correlations = np.abs(np.corrcoef(images[:, 1:].T))
    correlations = np.pad(correlations, ((1, 0), (1, 0)))
    free = 0  # chosen before the bound rose
    while free < PIXELS and all(correlations[spread[free], other] <= bound for other in spread[:free]):
        free += 1
    places = np.argsort(ranking)[spread[:free]]
    assert 3 < free < PIXELS
    assert (np.diff(places[:-1]) > 0).all()
    passed_over = set(ranking[: places[-2]].tolist()) - set(spread[:free].tolist()) - {0}
    assert all(max(correlations[pixel, spread[:free]]) > bound for pixel in passed_over)


def test_a_pixel_that_correlates_just_as_the_bound_allows_is_chosen() -> None:
    images = np.random.default_rng(4).integers(256, size=(40, 3), dtype=np.uint8)
    correlations = np.abs(correlate_pixels(images))
    first, far, near = 0, *(1 + np.argsort(correlations[0, 1:]))
    bound = float(correlations[first, near])
    assert spread_ranking(np.array([first, near, far]), images, bound)[1] == near
    assert spread_ranking(np.array([first, near, far]), images, bound - 1e-9)[1] == far


def test_where_too_few_pixels_are_within_the_bound_it_rises_and_constant_ones_come_last() -> None:
    images = make_images().train
    spread = spread_ranking(np.arange(PIXELS), images, bound=0.5)
    assert spread[-1] == 0  # it never changes
    assert spread[-2] == 3  # it says what pixel 2 does
    assert spread.tolist().index(2) < 5


def test_correlations_are_pearsons_and_0_for_what_never_changes() -> None:
    images = make_images().train
    ours = correlate_pixels(images)
    assert np.allclose(ours[1:, 1:], np.corrcoef(images[:, 1:].T), atol=1e-9)
    assert not ours[0].any()


@pytest.mark.parametrize(("rows", "columns"), [(28, 28), (10, 40), (40, 10), (1, 7), (7, 1), (1, 1)])
def test_a_grid_covers_the_image_whatever_the_count(rows: int, columns: int) -> None:
    for count in range(1, rows * columns + 1):
        pixels = grid_pixels(rows, columns, count)
        assert len(set(pixels.tolist())) == count
        assert pixels.min() >= 0
        assert pixels.max() < rows * columns
        counts = np.bincount(pixels // columns, minlength=rows)
        lines = np.flatnonzero(counts)
        assert np.ptp(counts[lines]) <= 1
        assert np.ptp(np.diff(np.concatenate([lines, lines[:1] + rows]))) <= 1  # as a ring: the edges as well
        for line in lines:
            places = pixels[pixels // columns == line] % columns
            assert np.ptp(np.diff(np.concatenate([places, places[:1] + columns]))) <= 1


def test_a_grid_is_about_as_dense_along_rows_as_along_columns() -> None:
    lines = np.unique(grid_pixels(20, 40, 50) // 40)
    assert len(lines) == 5  # and 10 pixels in each


def test_variance_puts_first_what_varies_most() -> None:
    images = make_images().train
    assert np.array_equal(np.sort(variance_ranking(images)), np.arange(PIXELS))
    assert (np.diff(images.var(axis=0)[variance_ranking(images)]) <= 1e-9).all()


def test_random_depends_on_the_seed_alone() -> None:
    assert np.array_equal(choose("random", make_images(seed=0)), choose("random", make_images(seed=9)))
    assert not np.array_equal(random_ranking(PIXELS, 1), random_ranking(PIXELS, 2))


@pytest.mark.parametrize("rank", [attention_ranking, pruning_ranking])
def test_what_picks_while_it_trains_takes_a_pixel_of_each_class_first(rank: Callable[..., np.ndarray]) -> None:
    images = make_images()
    picked = rank(images.train, images.y_train, 4, seed=1)
    groups = {2: "first", 3: "first", 7: "second", 12: "third"}  # pixels that tell a class; 2 and 3 are twins
    assert {groups[pixel] for pixel in picked[:4].tolist() if pixel in groups} == {"first", "second", "third"}
    assert picked[-1] == 0  # it never changes


def test_attention_never_picks_both_of_twins_first() -> None:
    images = make_images()
    picked = attention_ranking(images.train, images.y_train, 3, seed=1)[:3]
    assert len({2, 3} & set(picked.tolist())) == 1


def test_pruning_is_fast_at_first_slow_at_the_end_and_begins_after_the_warm_up() -> None:
    left = pruning.schedule(700, 50)
    assert left[: pruning.WARM_UP // pruning.EVERY] == [700] * (pruning.WARM_UP // pruning.EVERY)
    pruned = -np.diff(left[pruning.WARM_UP // pruning.EVERY - 1 :])
    assert left[-1] == 50
    assert (np.diff(pruned) <= 1).all()  # fewer and fewer, but for rounding
    halfway = pruning.schedule(1000, 0)[(pruning.WARM_UP + pruning.BATCHES) // 2 // pruning.EVERY - 1]
    assert halfway == pytest.approx(1000 / 8, abs=1)  # (1 - 1/2) cubed


def test_gradients_are_the_slopes_of_the_cross_entropy() -> None:
    generator = np.random.default_rng(4)
    layers = [array.astype(float) for array in initial_layers(generator, 5, 4, 3)]
    x, labels = generator.random((6, 5)), np.array([0, 1, 2, 0, 1, 2])

    def loss() -> float:
        outputs = np.maximum(0, x @ layers[0] + layers[1]) @ layers[2] + layers[3]
        return float(-log_softmax(outputs, axis=1)[np.arange(6), labels].mean())

    for array, gradient in zip(layers, find_gradients(x, labels, layers), strict=True):
        for place in np.ndindex(array.shape):
            value = array[place]
            array[place] = value + 1e-6
            above = loss()
            array[place] = value - 1e-6
            below = loss()
            array[place] = value
            assert gradient[place] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_images_that_never_change_are_ranked_all_the_same() -> None:
    images, labels = np.full((20, 6), 3, np.uint8), np.zeros(20, np.uint8)
    for rank in (attention_ranking, pruning_ranking):
        assert sorted(rank(images, labels, 2, 1).tolist()) == list(range(6))


def test_every_ranking_has_a_title() -> None:
    assert set(CALLED) == set(RANKINGS)
    titles = {draw_selected(np.zeros((4, 4)), np.arange(3), ranking).get_suptitle() for ranking in RANKINGS}
    assert len(titles) == len(RANKINGS)
    title = draw_selected(np.zeros((4, 4)), np.arange(3), "forest").get_suptitle()
    assert title == "The 3 most important pixels, on the second training image"


def test_components_are_scikit_learns_and_as_many_as_carry_the_share() -> None:
    images = make_images().train
    ours, theirs = fit_components(images), PCA(svd_solver="full").fit(images / 255)
    known = theirs.explained_variance_ > 1e-9
    assert np.allclose(ours.variances[: len(known)], theirs.explained_variance_, atol=1e-6)
    signs = np.sign((ours.vectors.T[known] * theirs.components_[known]).sum(axis=1))
    assert np.allclose(ours.vectors.T[known], theirs.components_[known] * signs[:, None], atol=1e-6)
    projected = theirs.transform(images / 255)[:, known] * signs
    assert np.allclose(ours.project(images, int(known.sum())), projected, atol=1e-6)
    for share in (0.01, 0.5, 0.95):
        count = count_components(ours, share)
        assert np.cumsum(theirs.explained_variance_ratio_)[count - 1] >= share
        assert count == 1 or np.cumsum(theirs.explained_variance_ratio_)[count - 2] < share
    assert PIXELS - 2 <= count_components(ours, 1) <= PIXELS


def test_images_that_are_all_alike_leave_one_component() -> None:
    components = fit_components(np.full((20, 6), 3, np.uint8))
    assert count_components(components, 0.95) == 1
    assert draw_components(components, 1, (2, 3)).get_suptitle().startswith("1 component")


def make_rows() -> list[dict[str, object]]:
    generator, places = np.random.default_rng(3), {"forest": 0.8, "attention": 0.9}
    return [
        {
            "Experiment": f"{ranking}-{pixels}-{seed}", "dataset": "mnist", "seed": float(seed),
            "retrain_selected.ranking": ranking, "retrain_selected.pixels": float(pixels),
            VAL: place + 0.001 * pixels + 0.01 * generator.random(), TEST: 0.7 + 0.01 * generator.random(),
        }
        for ranking, place in places.items() for pixels in (10, 50) for seed in range(4)
    ]  # fmt: skip


def test_rankings_are_compared_on_held_out_images_and_the_best_is_reported_on_test_images() -> None:
    table = collect_pixels(make_rows())
    summary = summarize_pixels(table)
    best = choose_best(summary)
    assert best[["pixels", "ranking"]].to_numpy().tolist() == [[10, "attention"], [50, "attention"]]
    tests = table[(table["ranking"] == "attention") & (table["pixels"] == 50)][TEST]
    assert best["test_accuracy"][1] == pytest.approx(tests.mean())
    assert best["test_high"][1] - best["test_low"][1] == pytest.approx(2 * 3.182446 * tests.std() / 2)
    legend = draw_pixels(summary).axes[0].get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["the best one,\non the test images", "attention", "forest"]


def test_the_documents_say_what_reached_the_aim_and_what_was_tried_in_vain() -> None:
    accuracies = {(50, "pruning"): 0.956, (50, "forest"): 0.91, (70, "forest"): 0.94, (70, "pruning"): 0.95}
    rows = [
        {
            "experiment": f"{ranking}-{number}-{seed}", "dataset": "mnist", "ranking": ranking, "pixels": number,
            "seed": seed, VAL: accuracy + 0.01, TEST: accuracy + 0.001 * (seed - 1),
        }
        for (number, ranking), accuracy in accuracies.items() for seed in range(3 if number == 50 else 2)
    ]  # fmt: skip
    table = summarize_pixels(pd.DataFrame(rows))
    text = rankings.aim(table)
    assert "95.5 % of the test images. `pruning`, the best on held-out images, reaches it: 95.60 % (95 % inter" in text
    assert "Tried in vain: `forest` (91.00 %; on held-out images 4.60 behind)." in text
    assert text.endswith("choose `pruning`, which does not reach both aims: 95.60 % with 50 and 94.95 % with 70.")
    assert "96.0 % of the test images. `pruning`, the best on held-out images, misses it: 94.95 %" in text
    assert rankings.seeds(table, 12) == "2 to 3 seeds; 10 of 12 trials have run"
    headings, cells = rankings.by_ranking(table)
    assert headings == ["Ranking", "50 pixels", "70 pixels"]
    assert cells[0] == ["`pruning`", "96.60 ± 0.00", "96.00 ± 0.00"]
    assert [row[:2] for row in rankings.best_ones(table)[1]] == [["50", "`pruning`"], ["70", "`pruning`"]]
    assert rankings.default(table) == "93.95 % of the test images with 70 pixels, where `pruning` has 94.95 %"


def test_a_sweep_of_pixels_is_told_from_one_of_nodes() -> None:
    assert is_of_pixels([{"retrain_selected.ranking": "grid", "retrain_selected.pixels": 5}])
    assert not is_of_pixels([{"hidden": 5}])
    assert collect_pixels([{"Experiment": "old", "hidden": 5}]).empty
    assert isinstance(collect_pixels([]), pd.DataFrame)
