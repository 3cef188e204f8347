"""Sheets of images, weights and components, and the diagram of the network, show what their arrays hold.

Read from matplotlib's artists, as in `tests/test_pictures_values.py`.
"""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Circle

from hidden_nodes.knowledge.components import Components
from hidden_nodes.plotting.sheets import draw_image_sheet
from stages.activations import draw_top_images
from stages.concepts import EXAMPLES, draw_examples
from stages.evaluate import CORRECT_COLOUR, WRONG_COLOUR, draw_predictions
from stages.retrain_components import draw_components
from stages.train import SHEET_NODES, draw_weights

RNG = np.random.default_rng(5)
ROWS, COLUMNS = 5, 4


def texts_of(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def pictures_on(axes: Axes, across: int, count: int) -> np.ndarray:
    """The images of a sheet `(count, ROWS, COLUMNS)`, cut out of it row by row: what is not around one is no number."""
    canvas = np.ma.filled(axes.images[0].get_array().astype(float), np.nan)
    filled = ~np.isnan(canvas)
    tops = np.flatnonzero(np.diff(np.r_[False, filled.any(axis=1)].astype(int)) == 1)
    lefts = np.flatnonzero(np.diff(np.r_[False, filled.any(axis=0)].astype(int)) == 1)
    assert len(lefts) == min(across, count)
    cut = [canvas[top : top + ROWS, left : left + COLUMNS] for top in tops for left in lefts]
    return np.array(cut[:count])


def test_a_sheet_has_every_image_in_its_place_under_its_caption() -> None:
    images, names = RNG.random((7, ROWS, COLUMNS)), [f"image {n}" for n in range(7)]
    figure = draw_image_sheet(images, names, "Seven images", 3)
    axes = figure.axes[0]
    assert figure.get_suptitle() == "Seven images"
    assert texts_of(axes) == names
    np.testing.assert_array_equal(pictures_on(axes, 3, 7), images)
    assert axes.images[0].get_clim() == (0, 1)
    across, down = ([text.get_position()[side] for text in axes.texts] for side in (0, 1))
    assert across[:3] == across[3:6]
    assert across == [*sorted(across[:3]), *across[3:]]
    assert down[0] == down[1] == down[2] < down[3] == down[5] < down[6]


@pytest.mark.parametrize("n_hidden", [1, 6, SHEET_NODES + 2])
def test_weights_are_drawn_for_the_longest_nodes_on_one_scale_around_0(n_hidden: int) -> None:
    weights = RNG.standard_normal((ROWS * COLUMNS, n_hidden))
    figure = draw_weights(weights, ROWS, COLUMNS)
    nodes = np.argsort(-np.linalg.norm(weights, axis=0))[:SHEET_NODES]
    sheet = figure.axes[0]
    assert texts_of(sheet) == [f"node {node}" for node in nodes]
    np.testing.assert_array_equal(pictures_on(sheet, 8, len(nodes)), weights[:, nodes].T.reshape(-1, ROWS, COLUMNS))
    limit = np.abs(weights).max()
    assert sheet.images[0].get_clim() == (-limit, limit)
    assert figure.axes[1].get_ylabel().startswith("Weight\n(red: a dark pixel raises")
    expected = {1: "the hidden node", 6: "all 6 hidden nodes"}.get(
        n_hidden, f"the {SHEET_NODES} hidden nodes with the largest norm, of {n_hidden}"
    )
    assert figure.get_suptitle() == f"Incoming weights of {expected}"


@pytest.mark.parametrize(("count", "title"), [(1, "1 component"), (6, "6 components"), (25, "The first 20 of 25 comp")])
def test_components_stand_with_their_share_of_the_variance(count: int, title: str) -> None:
    rows, columns = 5, 5
    vectors = np.linalg.qr(RNG.standard_normal((rows * columns, rows * columns)))[0]
    variances = np.linspace(3, 0.1, rows * columns)
    figure = draw_components(Components(np.zeros(25), vectors, variances), count, (rows, columns))
    shown, sheet = min(count, 20), figure.axes[0]
    shares = 100 * variances / variances.sum()
    assert texts_of(sheet) == [f"{n + 1}: {shares[n]:.1f} %" for n in range(shown)]
    drawn = np.ma.filled(sheet.images[0].get_array().astype(float), np.nan)
    np.testing.assert_allclose(np.sort(drawn[~np.isnan(drawn)]), np.sort(vectors[:, :shown].ravel()))
    limit = np.abs(vectors[:, :shown]).max()
    assert sheet.images[0].get_clim() == (-limit, limit)
    assert figure.get_suptitle().startswith(title)
    assert figure.axes[1].get_ylabel() == "Weight of the pixel"


def test_top_images_are_those_of_the_largest_activation_beside_the_nodes_weights() -> None:
    images = RNG.integers(0, 256, (30, ROWS, COLUMNS), dtype=np.uint8)
    hidden, weights = RNG.random((30, 2)), RNG.standard_normal((ROWS * COLUMNS, 2))
    classes = np.arange(30) % 3
    left, right = draw_top_images(images, hidden, weights, classes, ["cat", "dog", "emu"]).axes
    nodes = np.argsort(-hidden.max(axis=0))
    top = [index for node in nodes for index in np.argsort(-hidden[:, node])[:10]]
    np.testing.assert_array_equal(pictures_on(left, 1, 2), weights[:, nodes].T.reshape(-1, ROWS, COLUMNS))
    np.testing.assert_allclose(pictures_on(right, 10, 20), images[top] / 255, rtol=1e-6)
    assert texts_of(left) == [f"node {node}" for node in nodes]
    assert texts_of(right) == [
        f"{hidden[index, node]:.2f}: {('cat', 'dog', 'emu')[classes[index]]}"
        for index, node in zip(top, np.repeat(nodes, 10), strict=True)
    ]


def test_predictions_are_green_where_correct_and_red_with_the_actual_class_where_not() -> None:
    images = RNG.integers(0, 256, (6, ROWS, COLUMNS), dtype=np.uint8)
    table = pd.DataFrame({"index": [4, 1], "actual": [0, 1], "predicted": [0, 2], "probability": [0.75, 0.5]})
    axes = draw_predictions(images, table, ["cat", "dog", "emu"], "Two").axes[0]
    assert texts_of(axes) == ["#4: cat ✓\n75.0%", "#1: emu ✗ is dog\n50.0%"]
    assert [to_hex(text.get_color()) for text in axes.texts] == [to_hex(CORRECT_COLOUR), to_hex(WRONG_COLOUR)]
    np.testing.assert_allclose(pictures_on(axes, 2, 2), images[[4, 1]] / 255, rtol=1e-6)


def test_examples_of_a_shape_have_it_at_the_left_and_not_at_the_right() -> None:
    images = RNG.integers(0, 256, (12, ROWS, COLUMNS), dtype=np.uint8)
    has = (np.arange(12) % 2 == 0)[:, None]
    table = pd.DataFrame({"wording": ["has a hole"], "negation": ["has no hole"]})
    figure = draw_examples(images, has, table)
    for axes, first, wording in zip(figure.axes, (0, 1), ("has a hole", "has no hole"), strict=True):
        expected = images[first::2][:EXAMPLES] / 255
        np.testing.assert_allclose(pictures_on(axes, len(expected), len(expected)), expected)
        assert texts_of(axes) == [wording]


def test_the_diagram_of_the_network_has_its_nodes_and_counts_its_parameters() -> None:
    from hidden_nodes.network.model import build_network
    from stages.train import draw_network

    figure = draw_network(build_network(4, 3, 2, "relu", 0.001, 1))
    axes = figure.axes[0]
    assert figure.get_suptitle() == f"The network: {4 * 3 + 3 + 3 * 2 + 2} parameters"
    circles = [patch.center for patch in axes.patches if isinstance(patch, Circle)]
    columns = sorted({x for x, _ in circles})
    assert [sum(x == column for x, _ in circles) for column in columns] == [4, 3, 2]
    assert len(axes.lines) == 4 * 3 + 3 * 2
    said = " ".join(texts_of(axes))
    for part in ("pixels", "4 nodes", "3 nodes\nrelu\n15 parameters", "2 nodes\nsoftmax\n8 parameters"):
        assert part in said
