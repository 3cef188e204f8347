"""Pictures of what nodes know, and of sweeps, show what their tables hold: read from matplotlib's artists."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from hidden_nodes.plotting.classes import CLASS_STYLES, COLOURS
from hidden_nodes.plotting.knowledge import (
    OTHERS,
    PROBED,
    SENTENCES,
    SOURCES,
    draw_controls,
    draw_curves,
    draw_probes,
    draw_relations,
)
from sweep.findings import DRAWN, draw_finding
from sweep.pixels import draw_pixels
from sweep.results import draw_accuracy

RNG = np.random.default_rng(4)


def around(values: np.ndarray) -> dict[str, np.ndarray]:
    """Ends of intervals around `values`, not as far on either side."""
    return {"low": values - 0.03, "high": values + 0.02}


def bands_of(axes: Axes) -> list[np.ndarray]:
    """The lower and the upper end of each band at its places, `(2, n)`."""
    found = []
    for band in axes.collections:
        assert isinstance(band, PolyCollection)
        if not band.get_paths():
            continue  # of a single value
        vertices = band.get_paths()[0].vertices
        found.append(
            np.array([
                [vertices[vertices[:, 0] == x, 1].min(), vertices[vertices[:, 0] == x, 1].max()]
                for x in np.unique(vertices[:, 0])
            ]).T
        )  # fmt: skip
    return found


def texts_of(legend: object) -> Sequence[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_curves_are_the_accuracies_in_the_order_of_nodes_with_their_intervals() -> None:
    rows = [
        {"order": order, "others": others, "nodes": nodes, "accuracy": RNG.uniform(0.1, 0.9)}
        for others in OTHERS for order in ("loss", "information", "random") for nodes in (1, 2, 4, 8)
    ]  # fmt: skip
    curves = pd.DataFrame(rows).assign(**around(np.array([row["accuracy"] for row in rows])))
    figure = draw_curves(curves)
    for axes, (others, title) in zip(figure.axes, OTHERS.items(), strict=True):
        assert axes.get_title(loc="left").lower() == title.lower()
        for n, (line, order) in enumerate(zip(axes.lines, ("loss", "information", "random"), strict=True)):
            part = curves[(curves["others"] == others) & (curves["order"] == order)]
            np.testing.assert_allclose(line.get_xydata(), part[["nodes", "accuracy"]])
            np.testing.assert_allclose(bands_of(axes)[n], part[["low", "high"]].T)
            colour = "#000000" if order == "random" else CLASS_STYLES[n].colour
            assert (to_hex(line.get_color()), line.get_marker()) == (colour, CLASS_STYLES[n].mark)
        assert (axes.get_xscale(), axes.get_ylim()) == ("log", (0, 1.02))
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "4", "8"]
        assert axes.get_xlabel() == "Nodes kept (log scale)"
    assert figure.axes[0].get_ylabel() == "Test accuracy"
    assert texts_of(figure.legends[0]) == ["loss", "information", "random"]


def test_a_point_for_each_live_node_and_the_correlations_of_the_table_in_the_title() -> None:
    nodes = pd.DataFrame({
        "dead": [0, 0, 1, 0], "mutual_information": [0.1, 0.7, 0.0, 0.4], "ablation_loss": [0.02, 0.3, 0.0, -0.01],
    })  # fmt: skip
    relations = pd.DataFrame({
        "relation": ["information", "size"], "spearman": [0.456, np.nan], "low": [0.1, np.nan], "high": [0.789, np.nan],
    })  # fmt: skip
    (axes,) = draw_relations(nodes, relations).axes
    live = nodes[nodes["dead"] == 0]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), live[["mutual_information", "ablation_loss"]])
    assert set(axes.lines[1].get_ydata()) == {0}
    assert axes.get_title(loc="left").splitlines()[1:] == [
        "information: 0.46 (0.10 to 0.79)", "size: too few nodes live",
    ]  # fmt: skip
    assert axes.get_xlabel() == "Mutual information with the class (bits)"
    assert axes.get_ylabel() == "Rise of the cross-entropy without the node"


def test_bars_of_controls_are_shares_in_per_cent_with_their_intervals() -> None:
    sources = ["nodes", "untrained", "shuffled"]
    shares = RNG.uniform(0.1, 0.9, (len(SENTENCES), len(sources)))
    controls = pd.DataFrame([
        {"source": source, "sentences": kind, "share": share, "share_low": share - 0.05, "share_high": share + 0.08}
        for kind, row in zip(SENTENCES, shares, strict=True) for source, share in zip(sources, row, strict=True)
    ])  # fmt: skip
    figure = draw_controls(controls, 0.9)
    (axes,) = figure.axes
    bars = [container for container in axes.containers if hasattr(container, "errorbar")]
    for n, (container, row) in enumerate(zip(bars, shares, strict=True)):
        assert [bar.get_width() for bar in container] == pytest.approx(100 * row)
        assert {to_hex(bar.get_facecolor()) for bar in container} == {COLOURS[n]}
        segments = container.errorbar.lines[2][0].get_segments()
        ends = np.array([segment[:, 0] for segment in segments])
        np.testing.assert_allclose(ends, 100 * np.c_[row - 0.05, row + 0.08])
        assert [round(bar.get_y() + bar.get_height() / 2) for bar in container] == [0, 1, 2]
    assert [label.get_text() for label in axes.get_yticklabels()] == [SOURCES[source] for source in sources]
    assert texts_of(figure.legends[0]) == list(SENTENCES.values())
    assert axes.get_xlim() == (0, 103)
    assert axes.get_xlabel() == "Share with a test AUC of 0.9 or more (%), 95 % interval"


def test_probes_stand_at_their_values_in_the_row_of_their_target() -> None:
    targets = ["class", "closed_loop"]
    values = RNG.uniform(0.5, 0.9, len(PROBED) * len(targets))
    table = [{"source": source, "target": target} for source in PROBED for target in targets]
    probes = pd.DataFrame(table).assign(value=values, **around(values))
    figure = draw_probes(probes)
    (axes,) = figure.axes
    for n, (container, source) in enumerate(zip(axes.containers, PROBED, strict=True)):
        points, _, bars = container.lines
        part = probes[probes["source"] == source]
        np.testing.assert_allclose(points.get_xdata(orig=False), part["value"])
        np.testing.assert_array_equal(np.round(points.get_ydata()), [0, 1])
        ends = np.array([segment[:, 0] for segment in bars[0].get_segments()])
        np.testing.assert_allclose(ends, part[["low", "high"]])
        assert (to_hex(points.get_color()), points.get_marker()) == (CLASS_STYLES[n].colour, CLASS_STYLES[n].mark)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["class (accuracy)", "closed loop (AUC)"]
    assert texts_of(figure.legends[0]) == list(PROBED.values())


@pytest.mark.parametrize("name", DRAWN)
def test_a_finding_is_drawn_as_its_summary_says(name: str) -> None:
    title, label, lines = DRAWN[name]
    summary = pd.DataFrame([
        {"figure": column, "hidden": hidden, "mean": mean, "low": mean - 0.1, "high": mean + 0.05}
        for column in lines for hidden, mean in zip((4, 8, 16), RNG.uniform(0.2, 0.8, 3), strict=True)
    ])  # fmt: skip
    figure = draw_finding(summary.sample(frac=1, random_state=0), name)
    (axes,) = figure.axes
    factor = 100 if "%" in label else 1
    for n, (line, column) in enumerate(zip(axes.lines, lines, strict=True)):
        part = summary[summary["figure"] == column]
        np.testing.assert_allclose(line.get_xydata(), np.c_[part["hidden"], factor * part["mean"]])
        np.testing.assert_allclose(bands_of(axes)[n], factor * part[["low", "high"]].T)
        assert to_hex(line.get_color()) == CLASS_STYLES[n].colour
    assert figure.get_suptitle() == title
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Hidden nodes (log scale)", label)
    assert (texts_of(figure.legends[0]) if len(lines) > 1 else list(lines.values())) == list(lines.values())


def test_accuracy_by_nodes_is_the_mean_over_seeds_in_per_cent() -> None:
    table = pd.DataFrame({
        "settings": ["a"] * 4 + ["b"] * 2, "hidden": [2, 2, 8, 8, 2, 8], "seed": [1, 2, 1, 2, 1, 1],
        "test_accuracy": [0.5, 0.7, 0.8, 0.9, 0.4, 0.6],
    })  # fmt: skip
    best = pd.Series({"hidden": 8, "test_accuracy": 0.85})
    (axes,) = draw_accuracy(table, best).axes
    first, second = axes.lines[:2]
    np.testing.assert_allclose(first.get_xydata(), [[2, 60], [8, 85]])
    np.testing.assert_allclose(second.get_xydata(), [[2, 40], [8, 60]])
    np.testing.assert_allclose(bands_of(axes)[0], [[50, 80], [70, 90]])
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), [[8, 85]])
    assert [to_hex(line.get_color()) for line in (first, second)] == COLOURS[:2]
    assert axes.get_ylabel() == "Test accuracy (%; mean, and range over seeds)"
    assert axes.get_ylim() == (0, 101)
    legend = axes.get_legend()
    assert legend is not None
    assert {"a", "b", "best validation accuracy"} <= set(texts_of(legend))


def test_rankings_of_pixels_are_drawn_best_first_with_their_intervals() -> None:
    values = {"forest": [0.7, 0.9], "grid": [0.6, 0.8]}
    summary = pd.DataFrame([
        {"ranking": ranking, "pixels": pixels, "val_accuracy": value, "val_low": value - 0.02,
         "val_high": value + 0.02, "test_accuracy": value - 0.01, "seeds": 3}
        for ranking, row in values.items() for pixels, value in zip((10, 70), row, strict=True)
    ])  # fmt: skip
    (axes,) = draw_pixels(summary).axes
    for container, (ranking, row), colour in zip(axes.containers, values.items(), COLOURS, strict=False):
        points, _, bars = container.lines
        assert container.get_label() == ranking
        np.testing.assert_allclose(points.get_xydata(), np.c_[[10, 70], 100 * np.array(row)])
        heights = [np.ptp(segment[:, 1]) for segment in bars[0].get_segments()]
        assert heights == pytest.approx([4, 4])
        assert to_hex(points.get_color()) == colour
    np.testing.assert_allclose(axes.lines[-1].get_xydata()[-1], [70, 89])
    assert axes.get_ylabel() == "Accuracy on the held-out images (%)"
    assert axes.get_ylim()[1] == 100
