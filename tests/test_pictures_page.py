"""The plots of the page show what the stages' tables hold: read from the JSON that the page carries for Bokeh."""

import json
import re
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.document import Document

from hidden_nodes.plotting.classes import COLOURS, styles_of
from tests.clone import Project

LABELS = {
    "plot-loss-all": ("Epoch", "Loss"), "plot-accuracy-all": ("Epoch", "Accuracy"),
    "plot-loss-selected": ("Epoch", "Loss"), "plot-accuracy-selected": ("Epoch", "Accuracy"),
    "plot-outgoing": ("Class", "Outgoing weight"), "plot-boxes": ("Actual class", "Activation"),
    "plot-importance": ("Column", "Row"), "plot-kept": ("Nodes kept", "Test accuracy"),
    "plot-few": ("Nodes kept", "Test accuracy"), "plot-learn-loss": ("Batch", "Loss"),
    "plot-learn-accuracy": ("Batch", "Accuracy"),
    "plot-known": ("Information on the class (bits)", "Rise of the cross-entropy without it"),
}  # fmt: skip


@pytest.fixture(scope="module")
def plots(reproduced: Project) -> dict[str, Any]:
    """The page's plots by name, as Bokeh makes them of the page's JSON."""
    found = re.search(r'id="plots">(.*?)</script>', reproduced.read("report/index.html"), flags=re.DOTALL)
    assert found
    document = Document.from_json(json.loads(found[1]))
    return {str(plot.name): plot for plot in document.roots}


def table(project: Project, path: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(project.read(path)))


def drawn(plot: Any, kind: str) -> list[Any]:
    return [renderer for renderer in plot.renderers if type(renderer.glyph).__name__ == kind]


def legend_of(plot: Any) -> list[str]:
    return [item.label.value for item in plot.legend[0].items]


def test_every_plot_names_its_axes(plots: dict[str, Any]) -> None:
    assert {name: (plot.xaxis[0].axis_label, plot.yaxis[0].axis_label) for name, plot in plots.items()} == LABELS


@pytest.mark.parametrize(("name", "path"), [("all", "train"), ("selected", "retrain_selected")])
@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_learning_curves_are_the_history(
    name: str, path: str, measure: str, plots: dict[str, Any], reproduced: Project
) -> None:
    plot, history = plots[f"plot-{measure}-{name}"], table(reproduced, f"data/{path}/history.csv")
    kept = int(history.loc[history["kept"] == 1, "epoch"].item())
    for renderer, column, colour in zip(
        drawn(plot, "Line"), (measure, f"val_{measure}"), (COLOURS[0], COLOURS[3]), strict=True
    ):
        data, glyph = renderer.data_source.data, renderer.glyph
        assert (glyph.x.field, glyph.y.field, glyph.line_color) == ("epoch", column, colour)
        np.testing.assert_array_equal(data["epoch"], history["epoch"])
        np.testing.assert_allclose(data[column], history[column])
    assert legend_of(plot) == [f"kept: epoch {kept}", "training", "validation"]


def test_the_map_of_importance_has_each_pixel_in_its_place(plots: dict[str, Any], reproduced: Project) -> None:
    plot, ranking = plots["plot-importance"], table(reproduced, "data/selection/ranking.csv")
    data = drawn(plot, "Rect")[0].data_source.data
    for column in ("pixel", "row", "column", "rank"):
        np.testing.assert_array_equal(data[column], ranking[column])
    np.testing.assert_allclose(data["importance"], ranking["importance"], rtol=1e-6)
    np.testing.assert_array_equal(np.asarray(data["row"]) * 28 + data["column"], data["pixel"])
    assert (plot.x_range.start, plot.x_range.end) == (-0.5, 27.5)
    assert (plot.y_range.start, plot.y_range.end) == (27.5, -0.5)


def test_a_point_for_each_node_at_what_it_knows_and_what_is_lost_without_it(
    plots: dict[str, Any], reproduced: Project
) -> None:
    nodes = table(reproduced, "data/knowledge/nodes.csv")
    data = drawn(plots["plot-known"], "Scatter")[0].data_source.data
    np.testing.assert_array_equal(data["node"], nodes["node"])
    np.testing.assert_allclose(data["information"], nodes["mutual_information"])
    np.testing.assert_allclose(data["loss"], nodes["ablation_loss"])
    assert data["sentence"] == nodes["sentence"].tolist()


def test_few_nodes_reach_what_the_table_says(plots: dict[str, Any], reproduced: Project) -> None:
    curves = table(reproduced, "data/knowledge/curves.csv")
    refitted = curves[curves["others"] == "refitted"]
    plot = plots["plot-few"]
    assert legend_of(plot) == ["guess", "chosen", "random"]
    assert (plot.y_range.start, plot.y_range.end) == (0, 1)
    for renderer, order in zip(drawn(plot, "Line")[1:], ("greedy", "random"), strict=True):
        data = renderer.data_source.data
        rows = refitted[refitted["order"] == order]
        assert list(data["nodes"]) == rows["nodes"].tolist()
        np.testing.assert_allclose(data["accuracy"], rows["accuracy"])
    assert plots["plot-kept"].xaxis[0].ticker.ticks == sorted(curves["nodes"].unique())


def test_classes_have_their_colours_and_names(plots: dict[str, Any]) -> None:
    for name in ("plot-outgoing", "plot-boxes"):
        plot = plots[name]
        data = drawn(plot, "VBar")[0].data_source.data
        assert list(data["colour"]) == [style.colour for style in styles_of(10)]
        assert list(data["class"]) == list(data["label"]) == list(plot.x_range.factors) == [str(k) for k in range(10)]
