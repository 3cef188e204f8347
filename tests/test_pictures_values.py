"""What pictures show is what their tables hold: points, bars, boxes, cells, limits, labels, legends, colours by class.

Read from matplotlib's artists, not from pixels; the pictures of knowledge and of sweeps are in files of their own.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hidden_nodes.plotting.classes import COLOURS, styles_of
from hidden_nodes.plotting.confusion import draw_confusions, draw_error_rates
from hidden_nodes.plotting.history import draw_history
from hidden_nodes.plotting.maps import draw_explained_variance, draw_image_map, draw_line, draw_pairs
from hidden_nodes.plotting.scatter import BACKGROUND_STEP, PANEL_COLUMNS, draw_scatter
from stages.activations import draw_boxes, draw_class_means, draw_eta_squared, draw_top_images, draw_two_nodes
from stages.evaluate import draw_all, draw_probabilities, tabulate_predictions
from stages.explore import count_classes, draw_class_counts, draw_two_pixels, draw_values
from stages.retrain_selected import draw_selected
from stages.rf_select import draw_importance, draw_importance_curve, rank_pixels

NAMES = ["cat", "dog", "emu"]
STYLES = styles_of(3)
RNG = np.random.default_rng(3)


def labels_of(axes: Axes) -> tuple[str, str]:
    return axes.get_xlabel(), axes.get_ylabel()


def ticks_of(axes: Axes, side: str) -> list[str]:
    return [label.get_text() for label in getattr(axes, f"get_{side}ticklabels")()]


def title_of(figure: Figure) -> str:
    return figure.get_suptitle()


def points_by_style(lines: Sequence[Line2D]) -> dict[tuple[str, str], np.ndarray]:
    """All points that lines of one colour and mark have, sorted, `(n, 2)`."""
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for line in lines:
        found.setdefault((to_hex(line.get_color()), str(line.get_marker())), []).append(line.get_xydata())
    return {style: sort_rows(np.concatenate(parts)) for style, parts in found.items()}


def sort_rows(points: np.ndarray) -> np.ndarray:
    return points[np.lexsort(points.T)]


def check_classes(axes: Axes, points: np.ndarray, classes: np.ndarray) -> None:
    """Each point of each class is drawn once, in the class's colour and mark."""
    found = points_by_style(axes.lines)
    assert set(found) == {(style.colour, style.mark) for style in STYLES}
    for k, style in enumerate(STYLES):
        np.testing.assert_allclose(found[style.colour, style.mark], sort_rows(points[classes == k]))


def check_legend(handles: Sequence[Line2D], texts: Sequence[str]) -> None:
    assert list(texts) == NAMES
    assert [(to_hex(handle.get_color()), handle.get_marker()) for handle in handles] == [
        (style.colour, style.mark) for style in STYLES
    ]


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return RNG.normal(size=(50, 3))


@pytest.fixture(scope="module")
def classes() -> np.ndarray:
    return np.arange(50) // 2 % 3


def test_a_scatter_plot_has_every_point_once_and_each_class_again_in_its_panel(
    points: np.ndarray, classes: np.ndarray
) -> None:
    figure = draw_scatter(points[:, :2], classes, NAMES, "Points", ["Across (m)", "Up (s)"])
    large, *panels, legend = figure.axes
    assert (title_of(figure), labels_of(large)) == ("Points", ("Across (m)", "Up (s)"))
    check_classes(large, points[:, :2], classes)
    assert len(panels) == len(NAMES) <= PANEL_COLUMNS
    for k, axes in enumerate(panels):
        others, own = axes.lines
        assert axes.get_title(loc="left") == f"class {NAMES[k]}"
        assert to_hex(own.get_color()) == STYLES[k].colour
        np.testing.assert_array_equal(own.get_xydata(), points[classes == k][:, :2])
        np.testing.assert_array_equal(others.get_xydata(), points[classes != k][::BACKGROUND_STEP, :2])
    box = legend.get_legend()
    assert box is not None
    check_legend(box.legend_handles, [text.get_text() for text in box.get_texts()])


def test_pairs_of_components_and_a_map_of_images_show_every_point(points: np.ndarray, classes: np.ndarray) -> None:
    figure = draw_pairs(points, classes, NAMES, ["A", "B", "C"], "Pairs")
    for axes, pair in zip(figure.axes, [(0, 1), (0, 2), (1, 2)], strict=True):
        assert labels_of(axes) == tuple("ABC"[n] for n in pair)
        check_classes(axes, points[:, pair], classes)
    legend = figure.legends[0]
    check_legend(legend.legend_handles, [text.get_text() for text in legend.get_texts()])
    images = RNG.random((50, 4, 4))
    (axes,) = draw_image_map(points[:, :2], classes, images, NAMES, "Map").axes
    check_classes(axes, points[:, :2], classes)
    assert labels_of(axes) == ("t-SNE 1 (no unit)", "t-SNE 2 (no unit)")
    framed = [artist for artist in axes.artists if hasattr(artist, "xy")]
    assert framed
    for artist in framed:
        index = int(np.flatnonzero((points[:, :2] == artist.xy).all(axis=1))[0])
        assert to_hex(artist.patch.get_edgecolor()) == STYLES[classes[index]].colour
        np.testing.assert_array_equal(artist.offsetbox.get_data(), images[index])


def test_a_map_of_one_dimension_has_a_row_a_class(points: np.ndarray, classes: np.ndarray) -> None:
    (axes,) = draw_line(points[:, :1], classes, NAMES, "Line", "Axis (no unit)").axes
    (dots,) = axes.collections
    offsets = np.asarray(dots.get_offsets())
    np.testing.assert_array_equal(offsets[:, 0], points[:, 0])
    np.testing.assert_array_equal(offsets[:, 1].round(), classes)
    assert [to_hex(colour) for colour in dots.get_facecolors()] == [STYLES[k].colour for k in classes]
    assert (labels_of(axes), ticks_of(axes, "y")) == (("Axis (no unit)", "Class"), NAMES)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first class above


def test_learning_curves_are_the_history() -> None:
    columns = ("loss", "val_loss", "accuracy", "val_accuracy")
    history = pd.DataFrame({"epoch": [1, 2, 3], "kept": [0, 1, 0]} | {name: RNG.random(3) for name in columns})
    for axes, measure in zip(draw_history(history, "Learning").axes, ["loss", "accuracy"], strict=True):
        training, validation, kept = axes.lines
        np.testing.assert_array_equal(training.get_xydata(), history[["epoch", measure]])
        np.testing.assert_array_equal(validation.get_xydata(), history[["epoch", f"val_{measure}"]])
        assert set(kept.get_xdata()) == {2}
        legend = axes.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == ["training", "validation", "kept: epoch 2"]
        assert (axes.get_title(loc="left"), *labels_of(axes)) == (measure.capitalize(), "Epoch", measure.capitalize())


def test_bars_of_class_counts_are_the_counts() -> None:
    counts = count_classes(np.array([0, 0, 1, 2, 2, 2]), np.array([1, 1, 2]), 3)
    figure = draw_class_counts(counts, NAMES)
    titles = ["Training: 6 images", "Test: 3 images"]
    for axes, part, title in zip(figure.axes, ["train", "test"], titles, strict=True):
        bars = [bar for container in axes.containers for bar in container]
        assert [bar.get_height() for bar in bars] == counts[part].tolist()
        assert [round(bar.get_x() + bar.get_width() / 2) for bar in bars] == [0, 1, 2]
        assert [to_hex(bar.get_facecolor()) for bar in bars] == [style.colour for style in STYLES]
        assert [text.get_text() for text in axes.texts] == [f"{count}" for count in counts[part]]
        assert (axes.get_title(loc="left"), *labels_of(axes)) == (title, "Class", "Images")
        assert ticks_of(axes, "x") == NAMES
        assert axes.get_ylim()[0] == 0


@pytest.mark.filterwarnings("ignore:vert")  # seaborn calls matplotlib in an older way
def test_boxes_are_quartiles_and_medians_by_class(classes: np.ndarray) -> None:
    values, predicted = RNG.normal(size=50), (classes + (np.arange(50) % 5 == 0)) % 3
    figure = draw_boxes(values, classes, predicted, NAMES, "Boxes")
    for axes, by, name in zip(figure.axes, [classes, predicted], ["Actual", "Predicted"], strict=True):
        boxes = sorted(axes.patches, key=lambda patch: patch.get_path().vertices[:, 0].mean())
        for k, box in enumerate(boxes):
            low, high = np.quantile(values[by == k], [0.25, 0.75])
            heights = box.get_path().vertices[:, 1]
            assert (heights[:-1].min(), heights.max()) == pytest.approx((low, high))
            assert to_hex(box.get_facecolor()) == STYLES[k].colour
        assert len(boxes) == 3
        flat = {round(float(line.get_ydata()[0]), 9) for line in axes.lines if len(set(line.get_ydata())) == 1}
        assert {round(float(np.median(values[by == k])), 9) for k in range(3)} <= flat
        assert labels_of(axes) == (f"{name} class", "Activation")
        assert ticks_of(axes, "x") == NAMES


def test_bars_of_eta_squared_are_in_order_and_of_many_the_best() -> None:
    eta = RNG.permutation(80) / 100
    figure = draw_eta_squared(eta)
    (axes,) = figure.axes
    assert [patch.get_height() for patch in axes.patches] == pytest.approx(np.sort(eta)[::-1][:64])
    assert ticks_of(axes, "x") == [str(node) for node in np.argsort(-eta)[:64]]
    assert axes.get_ylim() == (0, 1)
    assert title_of(figure).endswith("the best 64 of 80 nodes")
    assert axes.get_ylabel().startswith("Eta squared")


def test_cells_of_a_confusion_matrix_are_the_counts() -> None:
    counts = np.array([[5, 1, 0], [2, 6, 0], [0, 3, 7]])
    axes = draw_confusions(counts, NAMES, "Confusions").axes[0]
    np.testing.assert_array_equal(np.asarray(axes.collections[0].get_array()).reshape(3, 3), counts)
    assert [text.get_text() for text in axes.texts] == [str(count) for count in counts.flat]
    assert (labels_of(axes), ticks_of(axes, "x"), ticks_of(axes, "y")) == (
        ("Predicted class", "Actual class"), NAMES, NAMES,
    )  # fmt: skip
    percent = 100 * counts / counts.sum(axis=1, keepdims=True)
    figure = draw_error_rates(percent, NAMES, "Errors")
    shown = np.ma.getmaskarray(figure.axes[0].collections[0].get_array()).reshape(3, 3)
    np.testing.assert_array_equal(shown, np.eye(3, dtype=bool))
    assert [text.get_text() for text in figure.axes[0].texts] == [
        f"{percent[i, j]:.1f}" for i in range(3) for j in range(3) if i != j
    ]
    assert figure.axes[1].get_ylabel() == "Share of the actual class (%)"


def test_titles_of_the_evaluation_state_what_its_tables_hold() -> None:
    actual = np.arange(40) % 3
    probabilities = RNG.dirichlet([1, 1, 1], 40)
    predictions = tabulate_predictions(actual, probabilities)
    wrong = int((predictions["actual"] != predictions["predicted"]).sum())
    table = pd.DataFrame([(a, p) for a in range(3) for p in range(3)], columns=["actual", "predicted"])
    table["images"] = [
        int(((predictions["actual"] == row.actual) & (predictions["predicted"] == row.predicted)).sum())
        for row in table.itertuples()
    ]
    table["percent"] = 100 * table["images"] / table.groupby("actual")["images"].transform("sum")
    images = RNG.integers(0, 256, (40, 4, 4)).astype(np.uint8)
    figures = draw_all(images, predictions, probabilities, table, NAMES, 5)
    assert title_of(figures["confusion_counts"]) == f"Confusion matrix: {wrong} of 40 misclassified"
    assert title_of(figures["surest_errors"]) == f"The {min(wrong, 25)} errors that the network was surest of"
    captions = [text.get_text() for text in figures["predictions"].axes[0].texts]
    assert [caption.split(":")[0] for caption in captions] == [f"#{n}" for n in range(5, 5 + len(captions))]
    for caption, row in zip(captions, predictions.iloc[5:].itertuples(), strict=False):
        assert NAMES[row.predicted] in caption
        assert caption.endswith(f"\n{row.probability:.1%}")
        assert ("✓" in caption) == (row.actual == row.predicted)
    counts = table.set_index(["actual", "predicted"])["images"]
    stated = [axes.get_title(loc="left") for axes in figures["confused_pair"].axes]
    a, b = (NAMES.index(name) for name in title_of(figures["confused_pair"]).split(": ")[1].split(" and "))
    assert counts[a, b] + counts[b, a] == max(counts[i, j] + counts[j, i] for i in range(3) for j in range(i))
    for text, pair in zip(stated, [(a, a), (a, b), (b, a), (b, b)], strict=True):
        assert text == f"{NAMES[pair[0]]} predicted as {NAMES[pair[1]]}: {counts[pair]}"


def test_a_table_of_probabilities_is_in_per_cent_and_frames_the_actual_class() -> None:
    chances, actual = RNG.dirichlet([1, 1, 1], 4), np.array([2, 0, 1, 1])
    axes = draw_probabilities(chances, actual, NAMES).axes[0]
    np.testing.assert_allclose(np.asarray(axes.collections[0].get_array()).reshape(4, 3), 100 * chances)
    assert axes.collections[0].get_clim() == (0, 100)
    assert [line.get_xdata().min() for line in axes.lines] == actual.tolist()
    assert [line.get_ydata().min() for line in axes.lines] == [0, 1, 2, 3]
    assert ticks_of(axes, "y") == [f"#{n} is {NAMES[k]}" for n, k in enumerate(actual)]


def test_explained_variance_is_cumulative_and_marks_what_is_needed() -> None:
    ratio = np.array([0.5, 0.3, 0.15, 0.05])
    (axes,) = draw_explained_variance(ratio, 0.9, 3, "PCA").axes
    curve, level, count, mark = axes.lines
    np.testing.assert_allclose(curve.get_xydata(), np.c_[[1, 2, 3, 4], [50, 80, 95, 100]])
    assert (set(level.get_ydata()), set(count.get_xdata())) == ({90}, {3})
    np.testing.assert_allclose(mark.get_xydata(), [[3, 95]])
    assert [text.get_text() for text in axes.texts] == ["3 of 4 components carry 90%"]
    assert (labels_of(axes), axes.get_ylim()) == (("Components", "Cumulative explained variance (%)"), (0, 103))


def test_class_means_stand_in_the_order_of_their_labels() -> None:
    means = RNG.random((3, 12))
    axes = draw_class_means(means, NAMES).axes[0]
    order = [int(text) for text in ticks_of(axes, "x")]
    assert sorted(order) == list(range(12))
    np.testing.assert_array_equal(np.asarray(axes.collections[0].get_array()).reshape(3, 12), means[:, order])
    assert (labels_of(axes), ticks_of(axes, "y")) == (("Node", "Class"), NAMES)
    best = means.argmax(axis=0)[order]
    assert (np.diff(best) >= 0).all()


def test_two_nodes_and_top_images_name_what_they_show(classes: np.ndarray) -> None:
    hidden, eta = RNG.random((50, 4)), np.array([0.1, 0.4, 0.3, 0.2])
    figure = draw_two_nodes(hidden, classes, NAMES, eta)
    assert title_of(figure).endswith("first 50 training images")
    names = ("Activation of node 1 (eta squared 0.40)", "Activation of node 2 (eta squared 0.30)")
    assert labels_of(figure.axes[0]) == names
    check_classes(figure.axes[0], hidden[:, [1, 2]], classes)
    images = RNG.integers(0, 256, (50, 4, 4)).astype(np.uint8)
    left, right = draw_top_images(images, hidden, RNG.normal(size=(16, 4)), classes, NAMES).axes
    nodes = np.argsort(-hidden.max(axis=0))
    assert [text.get_text() for text in left.texts] == [f"node {node}" for node in nodes]
    top = [(image, node) for node in nodes for image in np.argsort(-hidden[:, node])[:10]]
    assert [text.get_text() for text in right.texts] == [f"{hidden[n, k]:.2f}: {NAMES[classes[n]]}" for n, k in top]
    low, high = left.images[0].get_clim()
    assert low == -high  # white is a weight of 0


def test_two_pixels_and_the_first_image_state_what_they_hold(classes: np.ndarray) -> None:
    images = RNG.integers(0, 3, (50, 4, 4)).astype(np.uint8) * 100
    figure = draw_two_pixels(images, classes, NAMES, [5, 10])
    both_white = np.mean((images[:, 1, 1] == 0) & (images[:, 2, 2] == 0))
    assert f"5 against 10, 50 training images ({both_white:.1%} lie at 0, 0)" in title_of(figure)
    assert labels_of(figure.axes[0]) == ("Pixel 5 (row 1, column 1)", "Pixel 10 (row 2, column 2)")
    check_classes(figure.axes[0], images.reshape(50, -1)[:, [5, 10]] / 255, classes)
    left, right = draw_values(images[0]).axes[:2]
    values = images[0]
    assert [text.get_text() for text in left.texts] == [str(value) for value in values.flat if value]
    assert (
        left.get_title(loc="left")
        == f"Before scaling: {len(np.unique(values))} distinct values from 0 to {values.max()}"
    )
    np.testing.assert_array_equal(right.images[0].get_array(), values / 255)
    assert right.images[0].get_clim() == (0, 1)


def test_importance_is_drawn_as_it_is() -> None:
    importances = RNG.dirichlet(np.ones(12))
    axes, bar = draw_importance(importances.reshape(3, 4)).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), importances.reshape(3, 4))
    assert labels_of(axes) == ("Column", "Row")
    assert ticks_of(bar, "y") == ["Not important", "Very important"]
    single, together = draw_importance_curve(rank_pixels(importances, 4)).axes
    np.testing.assert_allclose(single.lines[0].get_ydata(), np.sort(importances)[::-1])
    np.testing.assert_allclose(together.lines[0].get_ydata(), 100 * np.sort(importances)[::-1].cumsum())
    assert single.lines[0].get_xdata().tolist() == list(range(1, 13))
    assert [to_hex(line.get_color()) for axes in (single, together) for line in axes.lines] == [COLOURS[0]] * 2
    assert (together.get_ylabel(), together.get_ylim()) == ("Share of importance (%)", (0, 103))


def test_selected_pixels_lie_where_they_are() -> None:
    figure = draw_selected(RNG.random((3, 4)), np.array([1, 6, 11]), "forest")
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), [[1, 0], [2, 1], [3, 2]])
    assert " 3 " in title_of(figure)
