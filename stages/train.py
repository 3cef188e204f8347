"""Train the network, keep its best epoch, and draw how it learned and what its nodes look for."""

import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from hidden_nodes import paths
from hidden_nodes.data.prepared import read_prepared, read_split
from hidden_nodes.files import atomic_outputs, write_json
from hidden_nodes.network.model import build_network, keras, read_weights_of, save_network
from hidden_nodes.network.training import train_network
from hidden_nodes.network.weights import write_weights
from hidden_nodes.params import load_settings
from hidden_nodes.plotting.classes import COLOURS
from hidden_nodes.plotting.history import draw_history
from hidden_nodes.plotting.sheets import draw_sheet, sheet_stretch
from hidden_nodes.plotting.style import hide_axes, new_figure, plural, save_figure
from hidden_nodes.tables import write_csv

SHEET_NODES = 64  # weights are drawn of this many nodes at most
DIAGRAM_NODES = 10  # circles drawn of a layer at most


def summarize(network: keras.Model) -> str:
    """Keras's table of layers, shapes and parameters as plain text."""
    text = io.StringIO()
    network.summary(line_length=80, print_fn=lambda line: text.write(line + "\n"))
    return text.getvalue().rstrip() + "\n"


def rank_by_norm(weights: np.ndarray, count: int) -> np.ndarray:
    """The `count` nodes with the longest weight vectors, longest first; `weights` is `(inputs, n_hidden)`."""
    norms = np.linalg.norm(weights, axis=0)
    return np.argsort(-norms, kind="stable")[:count]


def draw_weights(weights: np.ndarray, rows: int, columns: int) -> Figure:
    """The incoming weights `(rows * columns, n_hidden)` of each node as a picture, on one colour scale centred at 0."""
    nodes, n_hidden = rank_by_norm(weights, SHEET_NODES), weights.shape[1]
    across = min(len(nodes), 8)
    if len(nodes) < n_hidden:
        title = f"Incoming weights of the {len(nodes)} hidden nodes with the largest norm, of {n_hidden}"
    else:
        title = f"Incoming weights of {'the hidden node' if n_hidden == 1 else f'all {n_hidden} hidden nodes'}"
    height = 1.45 * -(-len(nodes) // across) * sheet_stretch(rows, columns)
    figure = new_figure(title, max(7.0, 1.35 * across + 1.2), max(4.2, height + 0.8))
    axes = figure.subplots()
    limit = np.abs(weights).max() or 1.0
    captions = [f"node {node}" for node in nodes]
    pictures = weights[:, nodes].T.reshape(-1, rows, columns)
    sheet = draw_sheet(axes, pictures, across, captions, cmap="RdBu_r", vmin=-limit, vmax=limit)
    figure.colorbar(
        sheet, ax=axes, label="Weight\n(red: a dark pixel raises the activation, blue: lowers it)", shrink=0.7
    )
    return figure


def draw_network(network: keras.Model) -> Figure:
    """A diagram of the layers: their nodes, activation functions and numbers of parameters."""
    sizes = [network.input_shape[1], *(layer.units for layer in network.layers)]
    names = ["pixels", *(layer.name for layer in network.layers)]
    notes = ["values 0 to 1"]
    notes += [f"{layer.activation.__name__}\n{layer.count_params():,} parameters" for layer in network.layers]
    columns = [0.0, 1.6, 3.2]
    heights = [np.linspace(1, -1, min(size, DIAGRAM_NODES)) if size > 1 else np.zeros(1) for size in sizes]
    figure = new_figure(f"The network: {network.count_params():,} parameters", 9, 6)
    axes = figure.subplots()
    for layer in range(len(sizes) - 1):
        for start in heights[layer]:
            for end in heights[layer + 1]:
                axes.plot(columns[layer : layer + 2], [start, end], color="0.85", linewidth=0.6, zorder=1)
    for x, size, ys, colour in zip(columns, sizes, heights, ["0.75", COLOURS[9], COLOURS[1]], strict=True):
        for position, y in enumerate(ys):
            axes.add_patch(Circle((x, y), 0.075, facecolor=colour, edgecolor="0.2", zorder=2))
            if size > DIAGRAM_NODES and position == DIAGRAM_NODES // 2:  # more nodes than circles
                axes.add_patch(Circle((x, y), 0.09, color="white", zorder=2))
                axes.text(x, y, "⋮", ha="center", va="center", fontsize=16, zorder=3)
    for x, size, name, note in zip(columns, sizes, names, notes, strict=True):
        axes.text(x, -1.15, name, ha="center", va="top", weight="bold")
        axes.text(x, -1.3, f"{plural(size, 'node')}\n{note}", ha="center", va="top", linespacing=1.3)
    axes.set(xlim=(-0.7, 3.9), ylim=(-1.75, 1.1), aspect="equal")
    hide_axes(axes)
    return figure


def main() -> None:
    params, dataset = load_settings()
    images, y = read_prepared(dataset, paths.IMAGES_TRAIN, paths.Y_TRAIN)
    x, count = images.reshape(len(images), -1), read_split()["train"]
    network = build_network(
        dataset.pixels, params.hidden, len(dataset.classes), params.train.activation, params.train.l2, params.seed
    )
    initial, summary = read_weights_of(network), summarize(network)
    print(summary)
    history = train_network(network, (x[:count], y[:count]), (x[count:], y[count:]), params.train, params.seed)
    weights, kept = read_weights_of(network), history[history["kept"] == 1].iloc[0]
    figures = {
        "history": draw_history(history, f"Learning: {plural(params.hidden, 'hidden node')}"),
        "network": draw_network(network),
        "weights": draw_weights(weights.hidden_weights, dataset.rows, dataset.columns),
    }
    metrics = {
        "parameters": weights.parameters, "best_epoch": int(kept["epoch"]), "train_accuracy": kept["accuracy"],
        "val_accuracy": kept["val_accuracy"], "val_loss": kept["val_loss"],
    }  # fmt: skip
    with atomic_outputs(
        paths.NETWORK, paths.WEIGHTS, paths.INITIAL_WEIGHTS, paths.TRAIN_TABLES, paths.TRAIN_PLOTS, paths.TRAIN_METRICS
    ) as (model, weights_file, initial_file, tables, plots, metrics_file):
        save_network(network, model)
        write_weights(weights, weights_file)
        write_weights(initial, initial_file)
        write_csv(history, tables / paths.HISTORY.name)
        (tables / "summary.txt").write_text(summary, encoding="utf-8")
        for name, figure in figures.items():
            save_figure(figure, plots / f"{name}.png", dataset.title)
        write_json(metrics, metrics_file)
    print(f"kept epoch {metrics['best_epoch']} of {len(history)}: validation accuracy {kept['val_accuracy']:.4f}")
