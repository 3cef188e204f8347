"""The measures that the stages report are the ones their names promise."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import boxplot_stats
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.manifold import trustworthiness

from hidden_nodes.data import ranking as ranking_module
from hidden_nodes.data.ranking import read_ranking
from hidden_nodes.errors import BadInput
from hidden_nodes.knowledge import components, neighbours
from hidden_nodes.knowledge.components import Components
from hidden_nodes.knowledge.separation import (
    BOX_NUMBERS,
    class_means,
    eta_squared,
    is_dead,
    summarize_boxes,
    tabulate_boxes,
    tabulate_ranges,
)
from hidden_nodes.knowledge.top_images import order_by_class, rank_nodes, top_images
from hidden_nodes.network.evaluation import as_matrix, report_table, report_text, tabulate_confusions
from hidden_nodes.params import PcaTsne
from hidden_nodes.plotting.maps import choose_distant
from hidden_nodes.plotting.points import stratified_subsample
from stages.activations import tabulate_first
from stages.evaluate import find_confused_pair, tabulate_predictions
from stages.explore import count_classes, count_pixel_values, tabulate_values
from stages.pca_tsne import (
    Projection,
    embed_tsne,
    fit_pca,
    knn_accuracy,
    tabulate_components,
    tabulate_maps,
    tabulate_plot,
    tabulate_points,
)
from stages.rf_select import fit_forest, rank_pixels

GENERATOR = np.random.default_rng(0)
NAMES = [str(k) for k in range(10)]


def test_classes_and_pixel_values_are_counted() -> None:
    counts = count_classes(np.array([0, 1, 1], np.uint8), np.array([9], np.uint8), 10)
    assert counts["train"].tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert counts["test"].tolist() == [0] * 9 + [1]
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 2, 21] = 7
    table = count_pixel_values(images, [77, 78])
    assert table.to_dict("list") == {"pixel": [77, 77, 78], "value": [0, 7, 0], "images": [2, 1, 3]}
    assert tabulate_values(images[0])["before"].tolist() == [0, 7]
    assert tabulate_values(images[0])["after"].tolist() == [0, np.float32(7 / 255)]


def test_a_class_that_is_never_predicted_scores_0_without_a_warning() -> None:
    actual, predicted = np.arange(10).repeat(2), np.zeros(20, int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = report_table(actual, predicted, NAMES, 3)
        report_text(actual, predicted, NAMES, 3)
    assert table.iloc[5].to_dict() == {"number": 5, "class": "5", "precision": 0, "recall": 0, "f1": 0, "support": 2}
    assert table.set_index("class").loc["accuracy", "precision"] == 0.1


def test_the_report_has_classes_accuracy_and_averages() -> None:
    table = report_table(np.array([0, 1, 1]), np.array([0, 1, 0]), NAMES, 0)
    accuracies = ["accuracy", "balanced accuracy", "always the largest class"]
    assert table["class"].tolist() == [*"0123456789", *accuracies, "macro avg", "weighted avg"]
    assert table["number"].tolist() == [*range(10), *[pd.NA] * 5]
    row = table.set_index("class").loc["1"]
    assert (row["precision"], row["recall"], row["support"]) == (1, 0.5, 2)
    assert table.set_index("class").loc[accuracies, "f1"].tolist() == pytest.approx([2 / 3, 3 / 4, 1 / 3])


def test_the_most_confused_pair_is_found_in_the_matrix() -> None:
    actual = np.array([4, 4, 9, 9, 9, 7, 7])
    predicted = np.array([9, 4, 4, 4, 9, 1, 7])
    assert find_confused_pair(as_matrix(tabulate_confusions(actual, predicted, 10), "images")) == (4, 9)


def test_predictions_name_the_most_probable_class() -> None:
    table = tabulate_predictions(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    assert table.to_dict("list") == {"index": [0, 1], "actual": [1, 0], "predicted": [1, 1], "probability": [0.8, 0.6]}


def test_eta_squared_is_1_for_a_node_that_knows_and_0_for_one_that_does_not() -> None:
    classes = np.arange(10).repeat(50)
    hidden = np.stack([classes * 2.0, np.tile([0.0, 1.0], 250), np.full(500, 3.0)], axis=1).astype(np.float32)
    assert eta_squared(hidden, classes, 10) == pytest.approx([1, 0, 0])


def test_eta_squared_is_the_share_between_classes() -> None:
    classes = GENERATOR.integers(10, size=300)
    values = classes + 3 * GENERATOR.standard_normal(300)
    total = np.sum((values - values.mean()) ** 2)
    within = sum(np.sum((values[classes == k] - values[classes == k].mean()) ** 2) for k in range(10))
    assert eta_squared(values[:, None].astype(np.float32), classes, 10)[0] == pytest.approx(
        1 - within / total, abs=1e-5
    )


def test_nodes_are_ordered_by_the_class_of_their_largest_mean_and_indifferent_ones_come_last() -> None:
    means = np.zeros((10, 4))
    means[3, 0], means[1, 1], means[1, 2] = 1, 2, 5
    assert order_by_class(means).tolist() == [2, 1, 0, 3]
    assert class_means(np.array([[1.0], [3.0]]), np.array([2, 2]), 10)[2] == 2


def test_ranges_and_first_rows_are_those_of_the_activations() -> None:
    hidden, classes = np.array([[1.0, 5.0], [2.0, 4.0], [7.0, 0.5]]), np.array([0, 0, 3])
    ranges = tabulate_ranges(summarize_boxes(hidden, classes, 4), classes)
    assert ranges[(ranges["node"] == 1) & (ranges["class"] == 0)][["min", "max"]].to_numpy().tolist() == [[4, 5]]
    first = tabulate_first(hidden, classes)
    assert first.loc["actual_class"].tolist() == ["0", "0", "3"]
    assert first.loc["act_val_1"].tolist() == ["5", "4", "0.5"]


def test_pca_is_scikit_learns_full_one() -> None:
    values = GENERATOR.standard_normal((200, 6)).astype(np.float32) * np.arange(1, 7, dtype=np.float32)
    full = PCA(svd_solver="full").fit(values)
    ours = fit_pca(values)
    assert np.allclose(ours.ratio, full.explained_variance_ratio_, atol=1e-5)
    assert np.allclose(np.abs(ours.points), np.abs(full.transform(values)[:, :3]), atol=1e-3)


def test_components_are_counted_up_to_95_percent() -> None:
    for variances, needed in (([0.5, 0.4, 0.06, 0.04], 3), ([1.0], 1), ([0.0, 0.0, 0.0], 0)):
        count = len(variances)
        assert Components(np.zeros(count), np.eye(count), np.array(variances)).count(0.95) == needed


@pytest.mark.parametrize("kind", ["bytes", "floats"])
def test_components_added_up_in_blocks_are_scikit_learns(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = GENERATOR.random((700, 12)) @ GENERATOR.random((12, 12))
    values = (mixed * 40).astype(np.uint8) if kind == "bytes" else mixed.astype(np.float32)
    monkeypatch.setattr(components, "BLOCK", 300)
    ours = components.fit_components(values)
    plain = values / 255 if kind == "bytes" else values.astype(np.float64)
    theirs = PCA(svd_solver="full").fit(plain)
    assert np.abs(ours.ratio - theirs.explained_variance_ratio_).max() < 1e-6
    assert np.abs(np.abs(ours.vectors.T) - np.abs(theirs.components_)).max() < 1e-6
    assert np.abs(ours.project(values, 3) - (plain - theirs.mean_) @ ours.vectors[:, :3]).max() < 1e-6
    assert (ours.vectors[np.abs(ours.vectors).argmax(axis=0), np.arange(12)] > 0).all()


def test_the_sums_of_bytes_are_exact_whatever_the_order() -> None:
    values = GENERATOR.integers(0, 256, (1000, 30), np.uint8)
    values[:, :3] = 255
    one, other = (components.fit_components(array) for array in (values, values[::-1]))
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.variances, other.variances)


def test_the_table_of_the_components_projects_an_image_as_pca_does() -> None:
    values = GENERATOR.integers(0, 256, (60, 7), np.uint8)
    projection = fit_pca(values)
    table = tabulate_components(projection.components)
    vectors = table[["component_1", "component_2", "component_3"]].to_numpy()
    assert np.allclose((values / 255 - table["mean"].to_numpy()) @ vectors, projection.points, atol=1e-5)


def test_one_hidden_node_leaves_maps_of_one_dimension() -> None:
    values = GENERATOR.random((60, 1), np.float32)
    settings = PcaTsne(images=60, perplexity=5, iterations=250)
    assert fit_pca(values).points.shape == (60, 1)
    points, divergence = embed_tsne(values, settings, seed=0)
    assert points.shape == (60, 1)
    assert divergence is not None


def test_dead_nodes_alone_give_a_map_without_a_warning() -> None:
    values = np.zeros((60, 1), np.float32)
    assert fit_pca(values).ratio.tolist() == [0]
    points, divergence = embed_tsne(values, PcaTsne(images=60, perplexity=5, iterations=250), seed=0)
    assert not points.any()
    assert divergence is None


def test_tsne_gives_the_same_map_twice() -> None:
    values = GENERATOR.random((300, 8), np.float32)
    settings = PcaTsne(images=300, perplexity=10, iterations=300)
    first, second = (embed_tsne(values, settings, seed=0)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_the_nearest_neighbours_are_correct_where_classes_lie_apart() -> None:
    classes = np.arange(10).repeat(30)
    points = classes[:, None] * 10 + GENERATOR.random((300, 2))
    assert knn_accuracy(points, classes) == 1
    assert knn_accuracy(GENERATOR.random((300, 2)), classes) < 0.3


def test_no_two_images_are_drawn_on_each_other() -> None:
    points = np.array([[0.0, 0.0], [0.001, 0.001], [1.0, 1.0], [0.0, 1.0]])
    assert choose_distant(points) == [0, 2, 3]
    assert choose_distant(np.zeros((5, 2))) == [0]


def test_embeddings_have_a_row_an_image() -> None:
    table = tabulate_points(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([7, 8, 9]), "pca")
    assert table.to_dict("list") == {"index": [0, 1], "class": [7, 8], "pca_1": [1, 3], "pca_2": [2, 4]}


def test_growing_the_forest_in_steps_changes_nothing() -> None:
    x, classes = GENERATOR.random((200, 20), np.float32), GENERATOR.integers(3, size=200)
    ours = fit_forest(x, classes, trees=13, seed=42)
    theirs = RandomForestClassifier(13, random_state=42).fit(x, classes)
    assert len(ours.estimators_) == 13
    assert np.array_equal(ours.feature_importances_, theirs.feature_importances_)


def test_pixels_are_ranked_by_importance_and_equal_ones_keep_their_order() -> None:
    importances = np.zeros(784)
    importances[[100, 50]] = 0.4, 0.6
    ranking = rank_pixels(importances, columns=28)
    assert ranking["pixel"].tolist()[:4] == [50, 100, 0, 1]
    assert ranking.iloc[0].to_dict() == {"rank": 1, "pixel": 50, "row": 1, "column": 22, "importance": 0.6}


def test_a_ranking_is_read_in_its_order_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ranking.csv"
    monkeypatch.setattr(ranking_module, "RANKING", path)
    rank_pixels(np.arange(784.0), columns=28).to_csv(path, index=False)
    assert read_ranking(784)["pixel"].tolist()[:3] == [783, 782, 781]
    pd.DataFrame({"pixel": [1, 1], "importance": [0.5, 0.5]}).to_csv(path, index=False)
    with pytest.raises(BadInput, match=r"must rank each of the 784 pixels once\. Found 2 rows."):
        read_ranking(784)
    path.write_text("pixel,importance\n1,\n")
    with pytest.raises(BadInput, match=r"must hold a number in every row of 'importance'\."):
        read_ranking(784)
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read as a table"):
        read_ranking(784)


def test_a_stratified_subsample_has_as_many_images_of_each_class() -> None:
    classes = np.array([0] * 50 + [1] * 5 + [2] * 50)
    chosen = stratified_subsample(classes, 100, 10)
    assert np.bincount(classes[chosen]).tolist() == [10, 5, 10]
    assert chosen.tolist() == sorted(chosen)
    points = GENERATOR.normal(size=(len(classes), 2))
    table = tabulate_plot(points, classes, 10, "pca")
    assert list(table) == ["index", "class", "dimensions", "pca_1", "pca_2"]
    assert np.array_equal(table["pca_2"], points[table["index"], 1])


def test_a_map_of_one_dimension_is_jittered_by_class_and_names_what_was_predicted() -> None:
    classes = np.repeat(np.arange(10), 20)
    table = tabulate_plot(GENERATOR.normal(size=(200, 1)), classes, 10, "tsne", predicted=classes[::-1])
    assert set(table["dimensions"]) == {1}
    assert table["tsne_2"].round().tolist() == table["class"].tolist()
    assert table["predicted"].tolist() == classes[::-1].tolist()


def test_a_box_has_its_quartiles_and_whiskers() -> None:
    values, classes = np.array([[1.0], [2], [3], [4], [100], [7]], np.float32), np.array([0, 0, 0, 0, 0, 3])
    boxes = summarize_boxes(values, classes, 10)
    assert boxes.shape == (1, 10, len(BOX_NUMBERS))
    assert np.isnan(boxes[0, 1]).all()
    table = tabulate_boxes(boxes, classes, node=0)
    assert table.iloc[0].tolist() == [0, 0, 5, 1, 1, 2, 3, 4, 4, 100]
    assert table.iloc[1].tolist() == [0, 3, 1, 7, 7, 7, 7, 7, 7, 7]


def test_boxes_are_those_that_matplotlib_draws() -> None:
    hidden = np.maximum(GENERATOR.normal(size=(300, 3)), 0).astype(np.float32)
    classes = np.arange(300) % 9  # class 9 has no image
    boxes = summarize_boxes(hidden, classes, 10)
    for node in range(3):
        for k in range(9):
            own = hidden[classes == k, node]
            drawn = boxplot_stats(own)[0]
            numbers = [drawn[name] for name in ("whislo", "q1", "med", "q3", "whishi")]
            assert np.allclose(boxes[node, k], [own.min(), *numbers, own.max()], atol=1e-6)


def test_confusions_are_counted_and_shared_out_by_actual_class() -> None:
    actual, predicted = np.array([4, 4, 4, 4]), np.array([9, 4, 4, 4])
    table = tabulate_confusions(actual, predicted, 10)
    assert len(table) == 100
    assert table.set_index(["actual", "predicted"]).loc[(4, 9)].tolist() == [1, 25.0]
    assert table.set_index(["actual", "predicted"]).loc[(9, 4)].tolist() == [0, 0.0]
    matrix = as_matrix(table, "images")
    assert (matrix[4, 9], matrix[4, 4], matrix.sum()) == (1, 3, 4)


def test_dead_nodes_are_those_whose_activation_never_changes() -> None:
    assert is_dead(np.array([[0.0, 1, 3], [0, 2, 3]])).tolist() == [True, False, True]


def test_nodes_and_images_are_ranked_from_the_largest_and_equal_ones_keep_their_order() -> None:
    assert rank_nodes(np.array([0.5, 2, 0.5, 1])).tolist() == [1, 3, 0, 2]
    assert top_images(np.array([[0.0, 1], [0, 3], [0, 2]]), node=1, count=2).tolist() == [1, 2]


def test_neighbours_are_counted_with_fewer_images_than_folds_or_neighbours() -> None:
    points = np.array([[0.0], [9.0], [0.1], [9.1], [0.2], [9.2], [0.3], [9.3], [0.4], [9.4], [0.5], [9.5], [9.6]])
    assert knn_accuracy(points, np.array([0, 1] * 6 + [2])) < 1  # a class of one image is never told
    assert knn_accuracy(points[:3], np.array([0, 1, 2])) == 0
    assert knn_accuracy(np.arange(40.0)[:, None] > 19, np.repeat([0, 1], 20) * 5) == 1


def test_maps_are_compared_by_their_nearest_neighbours() -> None:
    classes = np.arange(10).repeat(12)
    points = classes[:, None] * [10.0, 10, 10] + GENERATOR.random((120, 3))
    rated = {"tsne": np.repeat([[0.5, 0.25, 0.125]], 120, axis=0)}
    projection = Projection(points, np.ones(3) / 3, 3, components.fit_components(points))
    table = tabulate_maps(projection, points[:, :2], 1.5, classes, rated).set_index("map")
    assert table["images"].tolist() == [120] * 3
    assert table["knn_accuracy"].tolist() == [1, 1, 1]
    assert table["kl_divergence"]["tsne"] == 1.5
    assert table["kl_divergence"].isna().tolist() == [True, True, False]
    assert table.loc["tsne", neighbours.MEASURES].tolist() == [0.5, 0.25, 0.125]


def rate_plainly(values: np.ndarray, points: np.ndarray, k: int) -> np.ndarray:
    """Trustworthiness, continuity and neighbours kept as they are defined, an image at a time."""
    n, worst = len(values), k * (2 * len(values) - 3 * k - 1) / 2
    orders = []
    for space in (values, points):
        distances = ((space[:, None] - space) ** 2).sum(axis=2)
        np.fill_diagonal(distances, -1)
        orders.append(np.argsort(distances, axis=1, kind="stable")[:, 1:].tolist())
    rows = []
    for true, mapped in zip(*orders, strict=True):
        intruders = sum(true.index(j) + 1 - k for j in mapped[:k] if j not in true[:k])
        missing = sum(mapped.index(j) + 1 - k for j in true[:k] if j not in mapped[:k])
        rows.append([1 - intruders / worst, 1 - missing / worst, len(set(true[:k]) & set(mapped[:k])) / k])
    assert len(rows) == n
    return np.array(rows)


def test_how_far_a_map_is_to_be_trusted_is_what_scikit_learn_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 64)
    generator = np.random.default_rng(0)  # no two distances so close that one rank more would make 2e-6
    values = generator.random((150, 20), np.float32)
    points = values[:, :2] + generator.normal(scale=0.1, size=(150, 2)).astype(np.float32)
    (rated,) = neighbours.rate_maps(values, [points])
    assert abs(rated[:, 0].mean() - trustworthiness(values, points, n_neighbors=30)) < 1e-6
    assert np.allclose(rated, rate_plainly(values.astype(float), points.astype(float), 30), atol=1e-12)


def test_equal_images_are_neighbours_in_the_order_of_their_indices() -> None:
    values = GENERATOR.integers(0, 2, (90, 3), np.uint8)  # at most 8 different ones
    points = GENERATOR.integers(0, 3, (90, 1)).astype(np.float32)
    (rated,) = neighbours.rate_maps(values, [points], neighbours=10)
    assert np.allclose(rated, rate_plainly(values.astype(float), points.astype(float), 10), atol=1e-12)
    (same,) = neighbours.rate_maps(np.zeros((90, 3)), [np.zeros((90, 1))])
    assert (same == 1).all()


def test_a_map_of_few_images_is_rated_by_fewer_neighbours() -> None:
    values = GENERATOR.random((20, 4), np.float32)
    (rated,) = neighbours.rate_maps(values, [values[:, :2]])
    assert np.allclose(rated, rate_plainly(values.astype(float), values[:, :2].astype(float), 9), atol=1e-12)
    assert (neighbours.rate_maps(values[:2], [values[:2, :2]])[0] == 1).all()
