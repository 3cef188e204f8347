"""The numbers that the stages report are the ones their names promise."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier

from stages.activations import class_means, eta_squared, order_nodes, tabulate_boxes, tabulate_first, tabulate_ranges
from hidden_nodes.errors import BadInput
from hidden_nodes.plotting.points import choose_evenly
from hidden_nodes.params import PcaTsne
from hidden_nodes.data.ranking import read_ranking
from hidden_nodes.network.evaluation import count_confusions, report_table, report_text, score, tabulate_confusions
from stages.evaluate import find_confused_pair, tabulate_predictions
from stages.explore import count_classes, count_pixel_values, list_levels
from stages.pca_tsne import (
    choose_spread,
    count_components,
    fit_pca,
    place_tsne,
    tabulate_map,
    tabulate_points,
    vote_accuracy,
)
from stages.retrain_selected import compare
from stages.rf_select import fit_forest, rank_pixels

GENERATOR = np.random.default_rng(0)


def test_classes_and_pixel_values_are_counted() -> None:
    counts = count_classes(np.array([0, 1, 1], np.uint8), np.array([9], np.uint8))
    assert counts["train"].tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert counts["test"].tolist() == [0] * 9 + [1]
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 2, 21] = 7
    table = count_pixel_values(images, [77, 78])
    assert table.to_dict("list") == {"pixel": [77, 77, 78], "value": [0, 7, 0], "images": [2, 1, 3]}
    assert list_levels(images[0])["before"].tolist() == [0, 7]
    assert list_levels(images[0])["after"].tolist() == [0, np.float32(7 / 255)]


def test_a_class_that_is_never_predicted_scores_0_without_a_warning() -> None:
    actual, predicted = np.arange(10).repeat(2), np.zeros(20, int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = score(actual, predicted)
        report_text(actual, predicted)
    assert {name: values[5] for name, values in result["per_class"].items()} == {
        "precision": 0, "recall": 0, "f1": 0, "support": 2,
    }  # fmt: skip
    assert result["accuracy"] == 0.1
    assert result["errors"] == 18
    assert result["rmse"] == pytest.approx(np.sqrt(np.mean(actual**2)))


def test_the_report_has_classes_accuracy_and_averages() -> None:
    table = report_table(np.array([0, 1, 1]), np.array([0, 1, 0]))
    assert table["class"].tolist() == [*"0123456789", "accuracy", "macro avg", "weighted avg"]
    row = table.set_index("class").loc["1"]
    assert (row["precision"], row["recall"], row["support"]) == (1, 0.5, 2)
    assert table.set_index("class").loc["accuracy", "f1"] == pytest.approx(2 / 3)


def test_the_most_confused_pair_is_found_in_the_matrix() -> None:
    actual = np.array([4, 4, 9, 9, 9, 7, 7])
    predicted = np.array([9, 4, 4, 4, 9, 1, 7])
    assert find_confused_pair(count_confusions(actual, predicted)) == (4, 9)


def test_predictions_name_the_surest_class() -> None:
    table = tabulate_predictions(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    assert table.to_dict("list") == {"index": [0, 1], "actual": [1, 0], "predicted": [1, 1], "probability": [0.8, 0.6]}


def test_eta_squared_is_1_for_a_node_that_knows_and_0_for_one_that_does_not() -> None:
    classes = np.arange(10).repeat(50)
    hidden = np.stack([classes * 2.0, np.tile([0.0, 1.0], 250), np.full(500, 3.0)], axis=1).astype(np.float32)
    assert eta_squared(hidden, classes) == pytest.approx([1, 0, 0])


def test_eta_squared_is_the_share_between_classes() -> None:
    classes = GENERATOR.integers(10, size=300)
    values = classes + 3 * GENERATOR.standard_normal(300)
    total = np.sum((values - values.mean()) ** 2)
    within = sum(np.sum((values[classes == k] - values[classes == k].mean()) ** 2) for k in range(10))
    assert eta_squared(values[:, None].astype(np.float32), classes)[0] == pytest.approx(1 - within / total, abs=1e-5)


def test_nodes_are_ordered_by_the_class_they_answer_and_silent_ones_come_last() -> None:
    means = np.zeros((10, 4))
    means[3, 0], means[1, 1], means[1, 2] = 1, 2, 5
    assert order_nodes(means).tolist() == [2, 1, 0, 3]
    assert class_means(np.array([[1.0], [3.0]]), np.array([2, 2]))[2] == 2


def test_ranges_and_first_rows_are_those_of_the_activations() -> None:
    hidden, classes = np.array([[1.0, 5.0], [2.0, 4.0], [7.0, 0.5]]), np.array([0, 0, 3])
    ranges = tabulate_ranges(hidden, classes)
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
    assert count_components(np.array([0.5, 0.4, 0.06, 0.04])) == 3
    assert count_components(np.array([1.0])) == 1
    assert count_components(np.zeros(3)) == 0


def test_one_hidden_node_leaves_maps_of_one_dimension() -> None:
    values = GENERATOR.random((60, 1), np.float32)
    settings = PcaTsne(images=60, perplexity=5, iterations=250)
    assert fit_pca(values).points.shape == (60, 1)
    points, divergence = place_tsne(values, settings, seed=0)
    assert points.shape == (60, 1)
    assert divergence is not None


def test_dead_nodes_alone_give_a_map_without_a_warning() -> None:
    values = np.zeros((60, 1), np.float32)
    assert fit_pca(values).ratio.tolist() == [0]
    points, divergence = place_tsne(values, PcaTsne(images=60, perplexity=5, iterations=250), seed=0)
    assert not points.any()
    assert divergence is None


def test_tsne_gives_the_same_map_twice() -> None:
    values = GENERATOR.random((300, 8), np.float32)
    settings = PcaTsne(images=300, perplexity=10, iterations=300)
    first, second = (place_tsne(values, settings, seed=0)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_the_neighbours_vote_is_right_where_classes_lie_apart() -> None:
    classes = np.arange(10).repeat(30)
    points = classes[:, None] * 10 + GENERATOR.random((300, 2))
    assert vote_accuracy(points, classes) == 1
    assert vote_accuracy(GENERATOR.random((300, 2)), classes) < 0.3


def test_no_two_digits_are_drawn_on_each_other() -> None:
    points = np.array([[0.0, 0.0], [0.001, 0.001], [1.0, 1.0], [0.0, 1.0]])
    assert choose_spread(points) == [0, 2, 3]
    assert choose_spread(np.zeros((5, 2))) == [0]


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
    ranking = rank_pixels(importances)
    assert ranking["pixel"].tolist()[:4] == [50, 100, 0, 1]
    assert ranking.iloc[0].to_dict() == {"rank": 1, "pixel": 50, "row": 1, "column": 22, "importance": 0.6}


def test_a_ranking_is_read_in_its_order_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "ranking.csv"
    rank_pixels(np.arange(784.0)).to_csv(path, index=False)
    assert read_ranking(path)["pixel"].tolist()[:3] == [783, 782, 781]
    pd.DataFrame({"pixel": [1, 1], "importance": [0.5, 0.5]}).to_csv(path, index=False)
    with pytest.raises(BadInput, match=r"must rank each of the 784 pixels once\. Found 2 rows."):
        read_ranking(path)
    path.write_text("pixel,importance\n1,\n")
    with pytest.raises(BadInput, match=r"must hold a number in every row of 'importance'\."):
        read_ranking(path)
    with pytest.raises(BadInput, match="cannot be read as a table"):
        read_ranking(tmp_path / "nowhere.csv")


def test_full_network_selected_network_and_forest_stand_side_by_side() -> None:
    table = compare(
        {"parameters": 101770, "accuracy": 0.96},
        {"pixels": 70, "parameters": 10378, "accuracy": 0.93},
        {"trees": 100, "splits": 5, "test_accuracy": 0.97},
    )
    assert table["inputs"].tolist() == [784, 70, 784]
    assert table["test_accuracy"].tolist() == [0.96, 0.93, 0.97]


def test_the_points_of_a_page_are_spread_evenly_over_the_classes() -> None:
    classes = np.array([0] * 50 + [1] * 5 + [2] * 50)
    chosen = choose_evenly(classes, 100)
    assert np.bincount(classes[chosen]).tolist() == [10, 5, 10]
    assert chosen.tolist() == sorted(chosen)
    points = GENERATOR.normal(size=(len(classes), 2))
    table = tabulate_map(points, classes, "pca")
    assert list(table) == ["index", "class", "dimensions", "pca_1", "pca_2"]
    assert np.array_equal(table["pca_2"], points[table["index"], 1])


def test_a_map_of_one_dimension_is_spread_out_by_class_and_names_what_was_predicted() -> None:
    classes = np.repeat(np.arange(10), 20)
    table = tabulate_map(GENERATOR.normal(size=(200, 1)), classes, "tsne", predicted=classes[::-1])
    assert set(table["dimensions"]) == {1}
    assert table["tsne_2"].round().tolist() == table["class"].tolist()
    assert table["predicted"].tolist() == classes[::-1].tolist()


def test_a_box_has_its_quartiles_and_whiskers() -> None:
    values = np.array([1.0, 2, 3, 4, 100, 7])
    table = tabulate_boxes(values, np.array([0, 0, 0, 0, 0, 3]), node=5)
    assert table.iloc[0].tolist() == [5, 0, 5, 1, 1, 2, 3, 4, 4, 100]
    assert table.iloc[1].tolist() == [5, 3, 1, 7, 7, 7, 7, 7, 7, 7]


def test_confusions_are_counted_and_shared_out_by_actual_class() -> None:
    counts = np.zeros((10, 10), int)
    counts[4, 9], counts[4, 4] = 1, 3
    table = tabulate_confusions(counts).set_index(["actual", "predicted"])
    assert len(table) == 100
    assert table.loc[(4, 9)].tolist() == [1, 25.0]
    assert table.loc[(9, 4)].tolist() == [0, 0.0]
