"""Read every node's activation for every training image, and how well each hidden node separates the classes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hidden_nodes import paths
from hidden_nodes.data.pixels import scale_images
from hidden_nodes.data.prepared import read_prepared
from hidden_nodes.files import array_writer, atomic_outputs, load_array, write_json
from hidden_nodes.knowledge.separation import (
    class_means,
    eta_squared,
    is_dead,
    summarize_boxes,
    tabulate_boxes,
    tabulate_ranges,
)
from hidden_nodes.knowledge.top_images import order_by_class, rank_nodes, top_images
from hidden_nodes.network.forward import activate, classify, cut_into_blocks
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.classes import COLOURS, styles_of
from hidden_nodes.plotting.labels import FEW, label_classes, shorten_all
from hidden_nodes.plotting.scatter import MAX_POINTS, draw_scatter
from hidden_nodes.plotting.sheets import draw_sheet, sheet_stretch
from hidden_nodes.plotting.style import new_figure, save_figure
from hidden_nodes.progress import progress
from hidden_nodes.tables import write_csv

TABLE_IMAGES = 15
TOP = 10  # nodes whose top-activating images are drawn, and images drawn of each
TOP_NAME = 10  # characters of a class's name above such an image, at most
BARS = 64  # nodes in the bar plot at most


def write_activations(weights: Weights, images: np.ndarray, hidden: Path, output: Path) -> None:
    """Write each layer's activations for `images` `(n, rows, columns)`: `(n, n_hidden)` and `(n, classes)` float32."""
    sizes = weights.output_weights.shape
    with (
        array_writer(hidden, "float32", (len(images), sizes[0])) as write_hidden,
        array_writer(output, "float32", (len(images), sizes[1])) as write_output,
    ):
        for block in progress(cut_into_blocks(weights, len(images)), "reading activations"):
            activations = activate(weights, images[block])
            write_hidden(activations)
            write_output(classify(weights, activations))


def tabulate_predictions(actual: np.ndarray, output: np.ndarray) -> pd.DataFrame:
    """A row an image: `index actual predicted`; `output` `(n, classes)` are the class probabilities."""
    return pd.DataFrame({"index": np.arange(len(actual)), "actual": actual, "predicted": output.argmax(axis=1)})


def tabulate_first(hidden: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """The first 15 images, one a column: the actual class, then `act_val_0`, `act_val_1`, ... ."""
    table = pd.DataFrame(hidden[:TABLE_IMAGES]).add_prefix("act_val_").map("{:.6g}".format)
    table.insert(0, "actual_class", [f"{k}" for k in classes[:TABLE_IMAGES]])
    return table.T.add_prefix("image_").rename_axis("value")


def draw_boxes(
    values: np.ndarray, actual: np.ndarray, predicted: np.ndarray, names: Sequence[str], title: str
) -> Figure:
    """Box plots of one node's activations `(n,)` by actual and by predicted class."""
    shape, size = ((2, 1), (14, 8.5)) if len(names) > FEW else ((1, 2), (11, 4.8))
    figure = new_figure(title, *size)
    order, colours = range(len(names)), [style.colour for style in styles_of(len(names))]
    for axes, (name, classes) in zip(
        figure.subplots(*shape, sharey=True), {"Actual": actual, "Predicted": predicted}.items(), strict=True
    ):
        sns.boxplot(
            x=classes, y=values, hue=classes, order=order, hue_order=order, palette=colours,
            saturation=1, fliersize=1, linewidth=1, dodge=False, legend=False, ax=axes,
        )  # fmt: skip
        axes.set(title=f"By {name.lower()} class", xlabel=f"{name} class", ylabel="Activation")
        label_classes(axes, "x", np.arange(len(names)), names)
    return figure


def draw_eta_squared(eta: np.ndarray) -> Figure:
    """Bars of eta squared, best node first; of a large layer the best 64."""
    best = rank_nodes(eta)[:BARS]
    shown = f"the best {len(best)} of {len(eta)} nodes" if len(best) < len(eta) else "best node first"
    figure = new_figure(f"How well each hidden node separates the classes on its own: {shown}", 12, 4.2)
    axes = figure.subplots()
    sns.barplot(x=[str(node) for node in best], y=eta[best], color=COLOURS[0], saturation=1, ax=axes)
    axes.set(xlabel="Node", ylabel="Eta squared (share of variance\nthat lies between classes)", ylim=(0, 1))
    axes.tick_params(axis="x", rotation=90 if len(best) > 20 else 0, labelsize=8)
    return figure


def draw_class_means(means: np.ndarray, names: Sequence[str]) -> Figure:
    """Heat map of the mean activation, classes by nodes, the nodes ordered by the class of their largest mean."""
    order = order_by_class(means)
    title = "Mean activation by class; nodes ordered by the class of their largest mean"
    figure = new_figure(title, 12, max(4.2, 0.16 * len(names) + 1))
    axes = figure.subplots()
    limits = {} if means.min() < 0 else {"vmin": 0}  # the map's light end is 0 where there is nothing below it
    sns.heatmap(
        means[:, order], cmap="rocket_r", yticklabels=False, cbar_kws={"label": "Mean activation"}, ax=axes, **limits
    )
    labelled = np.arange(0, len(order), max(1, -(-len(order) // 32)))
    axes.set_xticks(labelled + 0.5, [str(order[position]) for position in labelled], rotation=90, fontsize=8)
    label_classes(axes, "y", np.arange(len(names)) + 0.5, names, "center")
    axes.set(xlabel="Node" if len(labelled) == len(order) else "Node (not all are labelled)", ylabel="Class")
    return figure


def draw_top_images(
    images: np.ndarray, hidden: np.ndarray, weights: np.ndarray, classes: np.ndarray, names: Sequence[str]
) -> Figure:
    """For each of the nodes with the largest activations: its incoming weights, and its ten top-activating images.

    images : `(n, rows, columns)` uint8; weights : `(pixels, n_hidden)`.
    """
    nodes = rank_nodes(hidden.max(axis=0))[:TOP]
    if len(nodes) == 1:
        title = "The hidden node: its weights and its top-activating images"
    else:
        title = f"The {len(nodes)} hidden nodes with the largest activations: weights and top-activating images"
    figure = new_figure(title, 12, 0.9 + 1.25 * len(nodes) * sheet_stretch(*images.shape[1:]))
    left, right = figure.subplots(1, 2, width_ratios=[1, TOP])
    limit = np.abs(weights[:, nodes]).max() or 1.0
    pictures = weights[:, nodes].T.reshape(-1, *images.shape[1:])
    draw_sheet(left, pictures, 1, [f"node {node}" for node in nodes], cmap="RdBu_r", vmin=-limit, vmax=limit)
    top = [(index, node) for node in nodes for index in top_images(hidden, node, TOP)]
    short = shorten_all(names, TOP_NAME)
    captions = [f"{hidden[index, node]:.2f}: {short[classes[index]]}" for index, node in top]
    draw_sheet(right, scale_images(images[[index for index, _ in top]]), TOP, captions)
    return figure


def draw_two_nodes(hidden: np.ndarray, classes: np.ndarray, names: Sequence[str], eta: np.ndarray) -> Figure:
    """Scatter the activations of the two nodes that separate the classes best."""
    first, second = rank_nodes(eta)[:2]
    points = np.asarray(hidden[:MAX_POINTS, [first, second]])
    title = f"The two hidden nodes that separate the classes best, first {len(points):,} training images"
    axis_names = [f"Activation of node {node} (eta squared {eta[node]:.2f})" for node in (first, second)]
    return draw_scatter(points, classes[:MAX_POINTS], names, title, axis_names)


def draw_all(
    images: np.ndarray, hidden: np.ndarray, output: np.ndarray, actual: np.ndarray, weights: np.ndarray,
    names: list[str], eta: np.ndarray, node: int,
) -> dict[str, Figure]:  # fmt: skip
    """The pictures by file name, of arrays that may lie on disk; `node` is the one of the box plots."""
    box_title = f"Activation of node {node} by class (eta squared {eta[node]:.2f})"
    figures = {
        "node_boxes": draw_boxes(hidden[:, node], actual, output.argmax(axis=1), names, box_title),
        "eta_squared": draw_eta_squared(eta),
        "class_means": draw_class_means(class_means(hidden, actual, len(names)), names),
        "top_images": draw_top_images(images, hidden, weights, actual, names),
    }
    if len(eta) > 1:
        figures["two_nodes"] = draw_two_nodes(hidden, actual, names, eta)
    return figures


def main() -> None:
    params, dataset = load_settings()
    names, node = dataset.classes, params.activations.node
    weights = read_weights(paths.WEIGHTS, dataset.pixels, len(names))
    images, actual = read_prepared(dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN)
    with atomic_outputs(paths.ACTIVATIONS, paths.NODE_BOXES, paths.ACTIVATIONS_PLOTS, paths.ACTIVATIONS_METRICS) as (
        tables,
        node_boxes,
        plots,
        metrics_file,
    ):
        write_activations(weights, images, tables / paths.HIDDEN.name, tables / paths.OUTPUT.name)
        hidden = load_array(tables / paths.HIDDEN.name, weights.n_hidden)
        output = load_array(tables / paths.OUTPUT.name, len(names))
        incoming = weights.hidden_weights
        eta, dead = eta_squared(hidden, actual, len(names)), int(np.sum(is_dead(hidden)))
        best, boxes = rank_nodes(eta), summarize_boxes(hidden, actual, len(names))
        np.save(tables / paths.BOXES.name, boxes)
        ranked = pd.DataFrame({"rank": np.arange(1, len(eta) + 1), "node": best, "eta_squared": eta[best]})
        write_csv(tabulate_predictions(actual, output), tables / paths.TRAINING_PREDICTIONS.name)
        write_csv(ranked, tables / paths.ETA_SQUARED.name)
        write_csv(tabulate_ranges(boxes, actual), tables / "ranges.csv")
        write_csv(tabulate_first(hidden, actual), tables / "first_images.csv", index=True)
        write_csv(tabulate_boxes(boxes, actual, node), node_boxes)
        for name, figure in draw_all(images, hidden, output, actual, incoming, names, eta, node).items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json({"dead_nodes": dead}, metrics_file)
    largest = hidden.max()
    print(f"{len(images)} images; hidden nodes: {len(eta)}, of which {dead} are dead; largest activation {largest:.2f}")
