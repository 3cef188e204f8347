"""What the stages write: each table and array by hand, from a few images, activations and probabilities."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from hidden_nodes import paths
from hidden_nodes.data import digits
from hidden_nodes.data.dataset import Dataset, parse_description
from hidden_nodes.data.idx import IDX_FILES, read_idx, read_shape, write_idx
from hidden_nodes.errors import BadInput
from hidden_nodes.files import write_json
from hidden_nodes.knowledge import components as components_module
from hidden_nodes.knowledge.components import fit_components
from hidden_nodes.knowledge.neighbours import MEASURES
from hidden_nodes.knowledge.shapes import SHAPES
from hidden_nodes.network import forward
from hidden_nodes.network.forward import activate, classify
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import PcaTsne
from stages import pca_tsne, retrain_components
from stages.activations import TABLE_IMAGES, tabulate_first, write_activations
from stages.activations import tabulate_predictions as tabulate_training_predictions
from stages.concepts import LEAST_AUC, choose_concepts, name_list, tabulate_concepts
from stages.evaluate import TABLE_ROWS, compute_loss, find_confused_pair, tabulate_predictions, tabulate_probabilities
from stages.explore import count_classes, count_pixel_values, tabulate_values
from stages.fetch import bring, is_sorted_by_class, mix_classes, number_labels_from_zero, turn_upright
from stages.knowledge import read_concepts, read_parts, share_of
from stages.pca_tsne import (
    FOLDS,
    MAX_POINTS,
    NEIGHBOURS,
    embed_tsne,
    fit_pca,
    knn_accuracy,
    read_values,
    tabulate_components,
    tabulate_maps,
    tabulate_plot,
    tabulate_points,
    tabulate_variance,
)
from stages.preprocess import split_counts
from stages.retrain_components import count_components, write_projected
from stages.retrain_selected import tabulate_pixels
from stages.rf_select import rank_pixels
from stages.train import rank_by_norm
from tests.clone import ROOT

GENERATOR = np.random.default_rng(11)
ROWS, COLUMNS, NODES, CLASSES = 3, 4, 5, 3
SHAPES_OF_WEIGHTS = [(ROWS * COLUMNS, NODES), (NODES,), (NODES, CLASSES), (CLASSES,)]
WEIGHTS = Weights("relu", *(GENERATOR.normal(0, 1, shape).astype(np.float32) for shape in SHAPES_OF_WEIGHTS), l2=0.5)
IMAGES = GENERATOR.integers(0, 256, (7, ROWS, COLUMNS), np.uint8)
DATASET = Dataset(
    name="small", title="Small", noun="thing", classes=["a", "b", "c"], rows=ROWS, columns=COLUMNS, train_images=5,
    test_images=3, ordered=False, drawing=None,
)  # fmt: skip


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Path, np.ndarray]:
    """The prepared files of DATASET in an empty directory, 3 images of which train, and two shapes of each image."""
    monkeypatch.chdir(tmp_path)
    arrays = {
        paths.IMAGES_TRAIN: IMAGES[:5], paths.IMAGES_TEST: IMAGES[4:],
        paths.Y_TRAIN: np.array([0, 1, 2, 1, 0], np.uint8), paths.Y_TEST: np.array([2, 2, 1], np.uint8),
        paths.CONCEPTS_TRAIN: GENERATOR.integers(0, 2, (5, 2), np.uint8),
        paths.CONCEPTS_TEST: GENERATOR.integers(0, 2, (3, 2), np.uint8),
        paths.HIDDEN: np.arange(20, dtype=np.float32).reshape(5, 4),
    }  # fmt: skip
    for path, array in arrays.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, array)
    write_json({"train": 3, "validation": 2}, paths.SPLIT)
    return arrays


# activations


@pytest.mark.parametrize("in_memory", [12, 30, 2**20])
def test_activations_are_written_of_all_images_in_their_order(
    in_memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "VALUES", in_memory)
    write_activations(WEIGHTS, IMAGES, tmp_path / "hidden.npy", tmp_path / "output.npy")
    hidden, output = np.load(tmp_path / "hidden.npy"), np.load(tmp_path / "output.npy")
    assert (hidden.shape, output.shape, hidden.dtype, output.dtype) == ((7, 5), (7, 3), np.float32, np.float32)
    assert np.array_equal(hidden, activate(WEIGHTS, IMAGES))
    assert np.array_equal(output, classify(WEIGHTS, hidden))


def test_training_images_have_a_row_each_with_the_most_probable_class() -> None:
    table = tabulate_training_predictions(np.array([2, 0]), np.array([[0.1, 0.2, 0.7], [0.3, 0.5, 0.2]]))
    assert table.to_dict("list") == {"index": [0, 1], "actual": [2, 0], "predicted": [2, 1]}


def test_the_first_15_images_have_a_column_each_of_the_class_and_the_activations_with_6_digits() -> None:
    hidden = np.array([[1 / 3, 1e-7]] * 20)
    table = tabulate_first(hidden, np.arange(20))
    assert table.index.tolist() == ["actual_class", "act_val_0", "act_val_1"]
    assert table.columns.tolist() == [f"image_{k}" for k in range(TABLE_IMAGES)]
    assert table["image_14"].tolist() == ["14", "0.333333", "1e-07"]
    assert table.index.name == "value"


# concepts


def test_shapes_of_a_twentieth_of_the_images_are_kept_and_opposites_are_not() -> None:
    has = np.zeros((100, 7), bool)
    has[:5, 0] = has[:95, 1] = has[:4, 2] = has[:96, 3] = True
    has[40:60, 4] = has[40:60, 5] = True
    has[:, 6] = ~has[:, 0]
    assert choose_concepts(has, np.full(7, 0.9)).tolist() == [True, True, False, False, True, False, False]
    probed = np.array([LEAST_AUC, LEAST_AUC - 1e-9, 1, 1, np.nan, 0.9, 0.9])
    assert choose_concepts(has, probed).tolist() == [True, False, False, False, False, True, False]


def test_a_shape_has_its_share_of_the_training_and_of_the_test_images() -> None:
    count = len(SHAPES)
    has_train, has_test = np.zeros((4, count), bool), np.zeros((2, count), bool)
    has_train[0, 0] = has_test[0, 1] = has_test[1, 1] = True
    kept = np.arange(count) == 1
    table = tabulate_concepts(has_train, has_test, np.arange(count), np.full(count, 0.7), kept)
    assert table.columns.tolist() == [
        "name", "wording", "negation", "cut", "below", "train", "test", "probe_auc", "kept"
    ]  # fmt: skip
    assert table["train"].tolist() == [0.25] + [0] * (count - 1)
    assert table["test"].tolist() == [0, 1] + [0] * (count - 2)
    assert table["kept"].tolist() == [0, 1] + [0] * (count - 2)
    assert table["below"].tolist() == [int(shape.is_below) for shape in SHAPES]
    assert table["cut"].tolist() == list(range(count))
    assert (name_list(["hole", "thick"]), name_list([])) == ("hole, thick", "none")


# evaluate


def test_the_loss_is_the_mean_cross_entropy_and_the_penalty_of_all_hidden_weights() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], np.float32)
    weights = replace(WEIGHTS, hidden_weights=np.full((2, 2), 3.0, np.float32), l2=0.01)
    expected = -(np.log(0.5) + np.log(float(np.float32(0.8)))) / 2 + 0.01 * 4 * 9
    assert compute_loss(weights, np.array([0, 2]), probabilities) == pytest.approx(expected, rel=1e-12)


def test_certain_predictions_have_the_loss_that_keras_gives_them() -> None:
    sure = np.array([[1.0, 0.0, 0.0]], np.float32)
    bare = replace(WEIGHTS, l2=0.0)
    assert compute_loss(bare, np.array([0]), sure) == pytest.approx(1e-7, rel=1e-6)
    assert compute_loss(bare, np.array([1]), sure) == pytest.approx(-np.log(1e-7), rel=1e-12)


def test_predictions_have_the_probability_of_their_class_and_the_first_20_that_of_all_in_percent() -> None:
    probabilities = GENERATOR.dirichlet(np.ones(3), 30)
    actual = GENERATOR.integers(0, 3, 30)
    table = tabulate_predictions(actual, probabilities)
    assert table.columns.tolist() == ["index", "actual", "predicted", "probability"]
    assert table["index"].tolist() == list(range(30))
    for row, own in zip(table.itertuples(), probabilities, strict=True):
        assert (row.predicted, row.probability) == (own.argmax(), own.max())
    first = tabulate_probabilities(probabilities, actual)
    assert first.columns.tolist() == ["index", "class_0_percent", "class_1_percent", "class_2_percent", "actual"]
    assert len(first) == TABLE_ROWS
    assert np.allclose(first.iloc[:, 1:4], 100 * probabilities[:20])
    assert first["actual"].tolist() == actual[:20].tolist()
    assert first["index"].tolist() == list(range(20))


def test_two_classes_are_confused_both_ways_and_never_with_themselves() -> None:
    counts = np.array([[90, 3, 4], [4, 90, 0], [2, 5, 90]])
    assert find_confused_pair(counts) == (0, 1)
    assert find_confused_pair(counts.T) == (0, 1)


# explore


def test_pixel_values_and_classes_are_counted() -> None:
    counts = count_classes(np.array([2, 2, 0]), np.array([1]), 4)
    assert counts.to_dict("list") == {"class": [0, 1, 2, 3], "train": [1, 0, 2, 0], "test": [0, 1, 0, 0]}
    images = np.zeros((3, 2, 2), np.uint8)
    images[1, 1, 0], images[2, 0, 1] = 255, 9
    table = count_pixel_values(images, [2, 1])
    assert table.index.tolist() == [0, 1, 2, 3]
    assert table.to_dict("list") == {"pixel": [2, 2, 1, 1], "value": [0, 255, 0, 9], "images": [2, 1, 2, 1]}
    values = tabulate_values(images[1])
    assert values.to_dict("list") == {"before": [0, 255], "after": [0, 1], "pixels": [3, 1]}


# fetch


def write_parts(directory: Path, labels: list[int]) -> None:
    for part in ("train", "test"):
        images = np.arange(len(labels) * 6, dtype=np.uint8).reshape(len(labels), 2, 3)
        write_idx(images, directory / IDX_FILES[f"{part}_images"])
        write_idx(np.array(labels, np.uint8), directory / IDX_FILES[f"{part}_labels"])


def test_images_are_turned_upright_and_labels_count_from_0(tmp_path: Path) -> None:
    write_parts(tmp_path, [5, 3, 4])
    turn_upright(tmp_path)
    number_labels_from_zero(tmp_path, 3)
    for part in ("train", "test"):
        upright = read_idx(tmp_path / IDX_FILES[f"{part}_images"], 3)
        assert upright.shape == (3, 3, 2)
        assert upright[1].tolist() == [[6, 9], [7, 10], [8, 11]]
        assert read_idx(tmp_path / IDX_FILES[f"{part}_labels"], 1).tolist() == [2, 0, 1]
    write_parts(tmp_path, [5, 3, 4])
    with pytest.raises(BadInput, match=r"labels must be 4 or more\. Found 3 at position 1\.$"):
        number_labels_from_zero(tmp_path, 4)


@pytest.mark.parametrize(
    ("labels", "is_sorted"),
    [([1, 1, 0, 0, 2], True), ([0, 1, 0], False), ([1, 1, 1], True), ([2], True), ([0, 0, 1, 1, 0], False)],
)
def test_a_set_is_sorted_where_each_class_stands_together(labels: list[int], is_sorted: bool) -> None:
    assert is_sorted_by_class(np.array(labels)) is is_sorted


def test_only_a_sorted_part_is_mixed_each_image_with_its_label(tmp_path: Path) -> None:
    write_parts(tmp_path, [0] * 10 + [1] * 10)
    before = (tmp_path / IDX_FILES["test_images"]).read_bytes()
    mix_classes(tmp_path, "train")
    assert (tmp_path / IDX_FILES["test_images"]).read_bytes() == before
    images, labels = (read_idx(tmp_path / IDX_FILES[f"train_{kind}"], n) for kind, n in (("images", 3), ("labels", 1)))
    assert not is_sorted_by_class(labels)
    assert sorted(labels) == [0] * 10 + [1] * 10
    assert np.array_equal(images[:, 0, 0] >= 60, labels == 1)
    assert len(np.unique(images[:, 0, 0])) == 20
    mixed = [(tmp_path / IDX_FILES[f"train_{kind}"]).read_bytes() for kind in ("images", "labels")]
    mix_classes(tmp_path, "train")
    assert [(tmp_path / IDX_FILES[f"train_{kind}"]).read_bytes() for kind in ("images", "labels")] == mixed


def test_the_bundled_digits_are_brought_as_four_files(tmp_path: Path) -> None:
    text = (ROOT / "datasets/digits.yaml").read_text(encoding="utf-8")
    counts = text.replace("train: 60000", "train: 12").replace("test: 10000", "test: 5")
    bring("digits", parse_description(counts, "digits"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(IDX_FILES.values())
    made = digits.make_digits(12, 5)
    for part, count in (("train", 12), ("test", 5)):
        blocks, labels = made[part]
        assert read_shape(tmp_path / IDX_FILES[f"{part}_images"], 3) == (count, 28, 28)
        assert np.array_equal(read_idx(tmp_path / IDX_FILES[f"{part}_images"], 3), np.concatenate(list(blocks)))
        assert np.array_equal(read_idx(tmp_path / IDX_FILES[f"{part}_labels"], 1), labels)


def test_the_split_has_all_images_the_last_of_which_are_held_out() -> None:
    assert split_counts(101, 0.2) == {"train": 80, "validation": 21}
    assert split_counts(101, 100) == {"train": 1, "validation": 100}


# knowledge


def test_parts_are_those_that_train_those_that_are_held_out_and_the_test_images(
    prepared: dict[Path, np.ndarray],
) -> None:
    train, held_out, test = read_parts(DATASET, 2)
    for part, rows in ((train, slice(0, 3)), (held_out, slice(3, None))):
        assert np.array_equal(part.images, prepared[paths.IMAGES_TRAIN][rows])
        assert np.array_equal(part.classes, prepared[paths.Y_TRAIN][rows])
        assert np.array_equal(part.concepts, prepared[paths.CONCEPTS_TRAIN][rows])
    assert np.array_equal(test.images, prepared[paths.IMAGES_TEST])
    assert np.array_equal(test.classes, prepared[paths.Y_TEST])
    assert np.array_equal(test.concepts, prepared[paths.CONCEPTS_TEST])


@pytest.mark.parametrize(("path", "images"), [(paths.CONCEPTS_TRAIN, 5), (paths.CONCEPTS_TEST, 3)])
def test_shapes_of_another_number_of_images_are_refused(
    path: Path, images: int, prepared: dict[Path, np.ndarray]
) -> None:
    np.save(path, prepared[path][1:])
    with pytest.raises(BadInput, match=rf"{path.name} must hold {images} images\. Found {images - 1}\.$"):
        read_parts(DATASET, 2)


@pytest.mark.usefixtures("prepared")
def test_only_shapes_that_were_kept_are_concepts() -> None:
    rows = {"name": ["hole", "thick"], "wording": ["with", "thick"], "negation": ["without", "thin"], "kept": [0, 1]}
    pd.DataFrame(rows).to_csv(paths.CONCEPTS_TABLE, index=False)
    assert read_concepts()["name"].tolist() == ["thick"]


def test_the_share_that_sentences_describe_is_that_of_two_parts_and_of_the_source() -> None:
    controls = pd.DataFrame(
        [("nodes", "class", 0.1), ("rotated", "two_part", 0.2), ("nodes", "two_part", 0.3), ("rotated", "class", 0.4)],
        columns=["source", "sentences", "share"],
    )
    assert (share_of(controls, "nodes"), share_of(controls, "rotated")) == (0.3, 0.2)


# pca_tsne


def test_components_and_their_shares_have_a_row_each() -> None:
    ratio = np.array([0.5, 0.3, 0.2])
    assert tabulate_variance(ratio)["component"].tolist() == [1, 2, 3]
    assert tabulate_variance(ratio)["cumulative"].tolist() == pytest.approx([0.5, 0.8, 1])
    components = fit_components(GENERATOR.normal(0, 1, (30, 4)).astype(np.float32))
    table = tabulate_components(components)
    assert table.columns.tolist() == ["feature", "mean", "component_1", "component_2", "component_3"]
    assert table["feature"].tolist() == [0, 1, 2, 3]
    assert np.array_equal(table["component_2"], components.vectors[:, 1])
    assert np.array_equal(table["mean"], components.mean)


def test_a_projection_has_three_components_and_counts_those_with_95_percent() -> None:
    values = (GENERATOR.normal(0, 1, (400, 5)) * [100, 40, 10, 1, 1]).astype(np.float32)
    projection = fit_pca(values)
    assert projection.points.shape == (400, 3)
    assert projection.needed == int((projection.ratio.cumsum() < 0.95).sum()) + 1 == 2


def test_knn_accuracy_is_scikit_learns_with_folds_that_fit_the_classes() -> None:
    classes = np.arange(120) % 3
    points = GENERATOR.normal(0, 1, (120, 2)) + classes[:, None]
    ten = KNeighborsClassifier(NEIGHBOURS)
    expected = cross_val_score(ten, points, classes, cv=StratifiedKFold(FOLDS)).mean()
    assert knn_accuracy(points, classes) == pytest.approx(expected)


@pytest.mark.parametrize("fewest", [FOLDS, FOLDS - 1])
def test_folds_have_their_share_of_each_class_that_has_as_many_images_as_there_are_folds(
    fewest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they have not, the last fold has all images of class 2, and of class 1 there are none at all."""
    monkeypatch.setattr(pca_tsne, "NEIGHBOURS", 1)
    classes = np.repeat([0, 2], [40, fewest])
    points = 10 * classes[:, None] + GENERATOR.random((len(classes), 2))
    expected = cross_val_score(KNeighborsClassifier(1), points, classes, cv=KFold(FOLDS)).mean()
    assert expected < 0.95
    assert knn_accuracy(points, classes) == pytest.approx(1 if fewest == FOLDS else expected)


@pytest.mark.parametrize("count", [3, 8])
def test_of_few_images_all_others_are_the_neighbours(count: int) -> None:
    classes, points = np.arange(count) % 2, GENERATOR.normal(0, 1, (count, 2))
    folds = KFold(min(FOLDS, count))
    others = count - -(-count // folds.n_splits)  # those beside the largest fold
    expected = cross_val_score(KNeighborsClassifier(others), points, classes, cv=folds).mean()
    assert knn_accuracy(points, classes) == pytest.approx(expected)


def test_maps_have_a_row_each_with_the_means_of_their_measures() -> None:
    values = (GENERATOR.normal(0, 1, (60, 4)) * [9, 5, 3, 1]).astype(np.float32)
    classes, tsne = (values[:, 2] > 0).astype(int), GENERATOR.normal(0, 1, (50, 2))  # what the third component tells
    pca, rated = fit_pca(values), {"tsne": GENERATOR.random((50, 3)), "pca_2": GENERATOR.random((50, 3))}
    table = tabulate_maps(pca, tsne, 0.7, classes, rated).set_index("map")
    assert table.index.tolist() == ["pca_2", "pca_3", "tsne"]
    assert table["images"].tolist() == [50] * 3
    assert table["kl_divergence"].tolist()[2] == 0.7
    assert table["kl_divergence"].isna().tolist() == [True, True, False]
    for name in ("pca_2", "tsne"):
        assert table.loc[name, MEASURES].tolist() == pytest.approx(rated[name].mean(axis=0).tolist())
    assert table.loc["pca_3", MEASURES].isna().all()
    for name, points in (("pca_2", pca.points[:50, :2]), ("pca_3", pca.points[:50]), ("tsne", tsne)):
        assert table.loc[name, "knn_accuracy"] == knn_accuracy(points, classes[:50])


def test_a_map_for_plots_has_at_most_2000_images_in_two_dimensions() -> None:
    classes = np.arange(2100) % 2
    table = tabulate_plot(GENERATOR.normal(0, 1, (2100, 3)), classes, 2, "pca")
    assert len(table) == MAX_POINTS
    assert set(table["dimensions"]) == {2}
    points = np.arange(8.0).reshape(4, 2)
    small = tabulate_plot(points, np.array([0, 1, 1, 0]), 2, "tsne", np.array([1, 1, 0, 0]))
    assert small.columns.tolist() == ["index", "class", "predicted", "dimensions", "tsne_1", "tsne_2"]
    assert small["tsne_1"].tolist() == [0, 2, 4, 6]
    assert small["tsne_2"].tolist() == [1, 3, 5, 7]
    assert small["predicted"].tolist() == [1, 1, 0, 0]


def test_points_have_a_row_each_with_what_each_is_rated() -> None:
    points, rated = np.arange(6.0).reshape(2, 3), np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    table = tabulate_points(points, np.array([1, 0, 1]), "pca", rated)
    assert table.columns.tolist() == ["index", "class", "pca_1", "pca_2", "pca_3", *MEASURES]
    assert table["pca_3"].tolist() == [2, 5]
    assert table[list(MEASURES)].to_numpy().tolist() == rated.tolist()
    with pytest.raises(ValueError, match="zip"):
        tabulate_points(points, np.array([1, 0]), "pca", rated[:, :2])


def test_values_are_all_pixels_or_all_activations_with_what_was_predicted(prepared: dict[Path, np.ndarray]) -> None:
    values, classes, predicted = read_values("pixels", DATASET)
    assert np.array_equal(values, prepared[paths.IMAGES_TRAIN].reshape(5, 12))
    assert np.array_equal(classes, prepared[paths.Y_TRAIN])
    assert predicted is None
    table = pd.DataFrame({"actual": [0, 1, 2, 1, 0], "predicted": [0, 1, 1, 1, 0]})
    table.to_csv(paths.TRAINING_PREDICTIONS, index=False)
    values, classes, predicted = read_values("activations", DATASET)
    assert predicted is not None
    assert np.array_equal(values, prepared[paths.HIDDEN])
    assert (classes.tolist(), predicted.tolist()) == ([0, 1, 2, 1, 0], [0, 1, 1, 1, 0])
    for path, write in (
        (paths.TRAINING_PREDICTIONS, lambda: table[1:].to_csv(paths.TRAINING_PREDICTIONS, index=False)),
        (paths.HIDDEN, lambda: np.save(paths.HIDDEN, prepared[paths.HIDDEN][1:])),
    ):
        write()
        with pytest.raises(BadInput, match=rf"{path.name} must hold 5 images\. Found 4\.$"):
            read_values("activations", DATASET)


class Embedding:
    """In the place of t-SNE: gives what it begins with, and how it was asked."""

    asked: dict[str, object]

    def __init__(self, **asked: object) -> None:
        Embedding.asked, self.kl_divergence_ = asked, 0.25

    def fit_transform(self, values: np.ndarray) -> object:
        assert values.flags.c_contiguous
        return self.asked["init"]


@pytest.mark.parametrize("features", [1, 2, 4])
def test_tsne_begins_with_small_components_and_takes_the_settings(
    features: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearnex.manifold", SimpleNamespace(TSNE=Embedding))
    values = np.asfortranarray(GENERATOR.normal(3, 2, (40, features)).astype(np.float32))
    start, divergence = embed_tsne(values, PcaTsne(images=40, perplexity=7, iterations=260), seed=5)
    assert divergence == 0.25
    assert start.shape == (40, min(2, features))
    assert start.dtype == np.float32
    assert start[:, 0].std() == pytest.approx(1e-4, rel=1e-5)
    points = fit_pca(values).points[:, : min(2, features)]
    assert np.allclose(start, points * 1e-4 / points[:, 0].std(), rtol=1e-5)
    asked = {name: Embedding.asked[name] for name in ("n_components", "random_state", "perplexity", "max_iter")}
    assert asked == {"n_components": min(2, features), "random_state": 5, "perplexity": 7, "max_iter": 260}


def test_a_map_of_values_of_which_one_never_changes_is_no_empty_one() -> None:
    values = np.hstack([np.zeros((30, 1)), GENERATOR.normal(0, 1, (30, 1))]).astype(np.float32)
    points, divergence = embed_tsne(values, PcaTsne(images=30, perplexity=2, iterations=250), seed=0)
    assert divergence is not None
    assert np.ptp(points[:, 0]) > 0
    nothing, none = embed_tsne(np.ones((30, 3), np.float32), PcaTsne(images=30, perplexity=2, iterations=250), seed=0)
    assert (nothing.shape, nothing.any(), none) == ((30, 2), np.False_, None)


# retrain_components, retrain_selected, rf_select, train


def test_projected_images_are_written_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = GENERATOR.integers(0, 256, (11, 6), np.uint8)
    components = fit_components(images)
    whole = components.project(images, 2)
    for module in (components_module, retrain_components):
        monkeypatch.setattr(module, "BLOCK", 4)
    write_projected(components, images, 2, tmp_path / "projected.npy")
    assert np.array_equal(np.load(tmp_path / "projected.npy"), whole)
    assert [count_components(components, share) for share in (1e-9, components.ratio[0] + 1e-9)] == [1, 2]


def test_chosen_and_ranked_pixels_have_their_places_in_the_image() -> None:
    table = tabulate_pixels(np.array([7, 0, 5]), columns=3)
    assert table.to_dict("list") == {"rank": [1, 2, 3], "pixel": [7, 0, 5], "row": [2, 0, 1], "column": [1, 0, 2]}
    ranking = rank_pixels(np.array([0.1, 0.5, 0.1, 0.3]), columns=3)
    assert ranking.to_dict("list") == {
        "rank": [1, 2, 3, 4], "pixel": [1, 3, 0, 2], "row": [0, 1, 0, 0], "column": [1, 0, 0, 2],
        "importance": [0.5, 0.3, 0.1, 0.1],
    }  # fmt: skip


def test_nodes_of_equally_long_weight_vectors_keep_their_order() -> None:
    weights = np.array([[3.0, 0.0, 0.0, 1.0], [4.0, 5.0, 6.0, 1.0]])
    assert rank_by_norm(weights, 3).tolist() == [2, 0, 1]
