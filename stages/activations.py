"""Read what every node answers to every training image, and how well each hidden node tells the classes."""

from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.cbook import boxplot_stats
from matplotlib.figure import Figure

from hidden_nodes.paths import ACTIVATIONS, CLASSES, PIXELS
from hidden_nodes.errors import BadInput
from hidden_nodes.plotting.style import (
    CLASS_COLOURS,
    draw_map,
    draw_sheet,
    new_figure,
    save_figure,
)
from hidden_nodes.files import atomic_outputs, write_csv, write_json
from hidden_nodes.network.model import keras, load_network
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared
from hidden_nodes.progress import progress

MODEL = Path("models/network.keras")
PLOTS = Path("plots/activations")
METRICS = Path("metrics/activations.json")
CHUNK = 5_000  # images read at a time
TABLE_IMAGES = 15
STRONGEST = 10  # nodes whose favourite digits are drawn, and digits drawn of each
BARS = 64  # nodes in the bar plot at most
DRAWN = 10_000  # points of the scatter plot; more would only lie on one another


def read_activations(network: keras.Model, x: np.ndarray, hidden: np.ndarray, output: np.ndarray) -> None:
    """Fill `hidden` `(n, hidden)` and `output` `(n, 10)` with what each layer answers to `x` `(n, 784)`."""
    reader = keras.Model(network.inputs[0], [layer.output for layer in network.layers])
    for start in progress(range(0, len(x), CHUNK), "reading activations"):
        part = slice(start, start + CHUNK)
        for target, values in zip((hidden, output), reader(np.asarray(x[part])), strict=True):
            target[part] = values.numpy()
    sums = output.sum(axis=1)
    if not np.allclose(sums, 1, atol=1e-4):
        raise BadInput(f"{MODEL}: each row of class probabilities must sum to 1. Found {sums.min()} to {sums.max()}.")


def class_means(hidden: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Mean activation `(10, hidden)` by class; 0 where a class has no image."""
    means = np.zeros((CLASSES, hidden.shape[1]))
    for k in np.unique(classes):
        means[k] = hidden[classes == k].mean(axis=0, dtype=np.float64)
    return means


def eta_squared(hidden: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Share `(hidden,)` of each node's variance that lies between the classes: 0 tells nothing, 1 tells all.

    A node that answers every image alike has none. Source: the correlation ratio of Pearson and Fisher.
    """
    means, sizes = class_means(hidden, classes), np.bincount(classes, minlength=CLASSES)
    overall = sizes @ means / sizes.sum()
    between = sizes @ (means - overall) ** 2
    total = np.zeros(hidden.shape[1])
    for start in range(0, len(hidden), CHUNK):
        total += ((hidden[start : start + CHUNK] - overall) ** 2).sum(axis=0)
    alive = hidden.max(axis=0) > hidden.min(axis=0)
    return np.divide(between, total, out=np.zeros_like(total), where=alive)


def tabulate_ranges(hidden: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """Smallest and largest activation of each node by class: columns `node class min max`."""
    tables = []
    for k in np.unique(classes):
        values = hidden[classes == k]
        nodes = np.arange(values.shape[1])
        tables.append(pd.DataFrame({"node": nodes, "class": k, "min": values.min(axis=0), "max": values.max(axis=0)}))
    return pd.concat(tables).sort_values(["node", "class"], ignore_index=True)


def tabulate_boxes(values: np.ndarray, classes: np.ndarray, node: int) -> pd.DataFrame:
    """A box plot of one node's activations `(n,)` in numbers, a row a class; whiskers reach 1.5 boxes far (Tukey)."""
    rows = []
    for k in np.unique(classes):
        own = values[classes == k]
        box = boxplot_stats(own)[0]
        low, high = box["whislo"], box["whishi"]
        rows.append([node, k, len(own), own.min(), low, box["q1"], box["med"], box["q3"], high, own.max()])
    names = ["node", "class", "images", "min", "whisker_low", "q1", "median", "q3", "whisker_high", "max"]
    return pd.DataFrame(rows, columns=names)


def tabulate_first(hidden: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """The first 15 images, one a column: the actual class, then `act_val_0`, `act_val_1`, ... ."""
    table = pd.DataFrame(hidden[:TABLE_IMAGES]).add_prefix("act_val_").map("{:.6g}".format)
    table.insert(0, "actual_class", [f"{k}" for k in classes[:TABLE_IMAGES]])
    return table.T.add_prefix("image_").rename_axis("value")


def order_nodes(means: np.ndarray) -> np.ndarray:
    """Nodes by the class they answer most, strongest first, so that a heat map of `(10, hidden)` shows blocks.

    Nodes that answer all classes alike come last.
    """
    indifferent = np.ptp(means, axis=0) == 0
    return np.lexsort((-means.max(axis=0), means.argmax(axis=0), indifferent))


def draw_boxes(values: np.ndarray, actual: np.ndarray, predicted: np.ndarray, node: int, note: str) -> Figure:
    """Box plots of one node's activations `(n,)` by actual and by predicted class."""
    figure = new_figure(f"What node {node} answers to each class ({note})", 11, 4.8)
    for axes, (name, classes) in zip(
        figure.subplots(1, 2, sharey=True), {"Actual": actual, "Predicted": predicted}.items(), strict=True
    ):
        sns.boxplot(
            x=classes, y=values, hue=classes, order=range(CLASSES), hue_order=range(CLASSES), palette=CLASS_COLOURS,
            saturation=1, fliersize=1, linewidth=1, dodge=False, legend=False, ax=axes,
        )  # fmt: skip
        axes.set(title=f"By {name.lower()} class", xlabel=f"{name} class", ylabel="Activation")
    return figure


def draw_eta_squared(eta: np.ndarray) -> Figure:
    """Bars of eta squared, best node first; of a large layer the best 64."""
    best = np.argsort(-eta, kind="stable")[:BARS]
    shown = f"the best {len(best)} of {len(eta)} nodes" if len(best) < len(eta) else "best node first"
    figure = new_figure(f"How well each hidden node tells the classes apart on its own: {shown}", 12, 4.2)
    axes = figure.subplots()
    sns.barplot(x=[str(node) for node in best], y=eta[best], color=CLASS_COLOURS[0], saturation=1, ax=axes)
    axes.set(xlabel="Node", ylabel="Eta squared (share of variance\nthat lies between classes)", ylim=(0, 1))
    axes.tick_params(axis="x", rotation=90 if len(best) > 20 else 0, labelsize=8)
    return figure


def draw_class_means(means: np.ndarray) -> Figure:
    """Heat map of the mean activation, classes by nodes, the nodes ordered by the class that excites them most."""
    order = order_nodes(means)
    figure = new_figure("Mean activation by class; nodes ordered by the class that they answer most", 12, 4.2)
    axes = figure.subplots()
    limits = {} if means.min() < 0 else {"vmin": 0}  # the map's light end is silence where there is nothing below it
    sns.heatmap(means[:, order], cmap="rocket_r", cbar_kws={"label": "Mean activation"}, ax=axes, **limits)
    labelled = np.arange(0, len(order), max(1, -(-len(order) // 32)))
    axes.set_xticks(labelled + 0.5, [str(order[position]) for position in labelled], rotation=90, fontsize=8)
    axes.set(xlabel="Node" if len(labelled) == len(order) else "Node (not all are labelled)", ylabel="Class")
    return figure


def draw_favourites(x: np.ndarray, hidden: np.ndarray, weights: np.ndarray, classes: np.ndarray) -> Figure:
    """For each of the strongest nodes: its incoming weights, and the ten digits that excite it most.

    Strongest are the nodes with the largest activation. x : `(n, 784)`; weights : `(784, hidden)`.
    """
    strongest = np.argsort(-hidden.max(axis=0), kind="stable")[:STRONGEST]
    if len(strongest) == 1:
        title = "The hidden node: its weights, and the digits that excite it most"
    else:
        title = f"The {len(strongest)} strongest hidden nodes: weights, and the digits that excite them most"
    figure = new_figure(title, 12, 0.9 + 1.25 * len(strongest))
    left, right = figure.subplots(1, 2, width_ratios=[1, STRONGEST])
    limit = np.abs(weights[:, strongest]).max() or 1.0
    names = [f"node {node}" for node in strongest]
    draw_sheet(left, weights[:, strongest].T, 1, names, cmap="RdBu_r", vmin=-limit, vmax=limit)
    top = [(index, node) for node in strongest for index in np.argsort(-hidden[:, node], kind="stable")[:STRONGEST]]
    captions = [f"{hidden[index, node]:.2f}: a {classes[index]}" for index, node in top]
    draw_sheet(right, x[[index for index, _ in top]], STRONGEST, captions)
    return figure


def draw_two_nodes(hidden: np.ndarray, classes: np.ndarray, eta: np.ndarray) -> Figure:
    """Scatter the activations of the two nodes that tell most, by class."""
    first, second = np.argsort(-eta, kind="stable")[:2]
    points = np.asarray(hidden[:DRAWN, [first, second]])
    title = f"The two hidden nodes that tell most, first {len(points):,} training images"
    names = [f"Activation of node {node} (eta squared {eta[node]:.2f})" for node in (first, second)]
    return draw_map(points, classes[:DRAWN], title, names)


def main() -> None:
    node = load_params().activations.node
    data = read_data_title()
    network = load_network(MODEL, PIXELS)
    x, actual = read_prepared("x_train", "y_train")
    weights = network.get_layer("hidden").kernel.numpy()
    nodes = weights.shape[1]
    if node >= nodes:
        raise BadInput(f"'activations.node' must be below the number of hidden nodes, {nodes}. Got {node} instead.")
    with atomic_outputs(ACTIVATIONS, PLOTS, METRICS) as (arrays, plots, metrics):
        hidden, output = np.empty((len(x), nodes), np.float32), np.empty((len(x), CLASSES), np.float32)
        read_activations(network, x, hidden, output)
        np.save(arrays / "hidden.npy", hidden)
        np.save(arrays / "output.npy", output)
        eta = eta_squared(hidden, actual)
        best = np.argsort(-eta, kind="stable")
        table = pd.DataFrame({"rank": np.arange(1, nodes + 1), "node": best, "eta_squared": eta[best]})
        write_csv(table, plots / "eta_squared.csv")
        write_csv(tabulate_ranges(hidden, actual), plots / "ranges.csv")
        write_csv(tabulate_boxes(hidden[:, node], actual, node), plots / "node_boxes.csv")
        write_csv(tabulate_first(hidden, actual), plots / "first_images.csv", index=True)
        dead = int(np.sum(hidden.max(axis=0) == hidden.min(axis=0)))
        note = f"eta squared {eta[node]:.2f}"
        figures = {
            "node_boxes": draw_boxes(hidden[:, node], actual, output.argmax(axis=1), node, note),
            "eta_squared": draw_eta_squared(eta),
            "class_means": draw_class_means(class_means(hidden, actual)),
            "favourite_digits": draw_favourites(x, hidden, weights, actual),
        }
        if nodes > 1:
            figures["two_nodes"] = draw_two_nodes(hidden, actual, eta)
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", data)
        largest = hidden.max()
        write_json({"images": len(x), "nodes": nodes, "dead_nodes": dead, "max_activation": largest}, metrics)
    print(f"{len(x)} images; hidden nodes: {nodes}, of which {dead} answer every image alike; largest {largest:.2f}")
