"""Train the network, keep its best epoch, and draw how it learned and what its nodes look for."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from hidden_nodes.plotting.style import CLASS_COLOURS, draw_history, draw_sheet, hide_axes, new_figure, save_figure
from hidden_nodes.files import atomic_outputs, write_csv, write_json
from hidden_nodes.network.model import build_network, keras, save_network
from hidden_nodes.params import load_params
from hidden_nodes.data.prepared import read_data_title, read_prepared, read_split
from hidden_nodes.network.training import train_network

MODEL = Path("models/network.keras")
PLOTS = Path("plots/train")
METRICS = Path("metrics/train.json")
SHEET_NODES = 64  # weights are drawn of this many nodes at most
DIAGRAM_NODES = 10  # circles drawn of a layer at most


def summarize(network: keras.Model) -> str:
    """Keras's table of layers, shapes and parameters as plain text."""
    text = io.StringIO()
    network.summary(line_length=80, print_fn=lambda line: text.write(line + "\n"))
    return text.getvalue().rstrip() + "\n"


def strongest_by_norm(weights: np.ndarray, count: int) -> np.ndarray:
    """The `count` nodes with the longest weight vectors, longest first; `weights` is `(inputs, hidden)`."""
    norms = np.linalg.norm(weights, axis=0)
    return np.argsort(-norms, kind="stable")[:count]


def draw_weights(weights: np.ndarray) -> Figure:
    """The incoming weights `(784, hidden)` of each node as a picture, on one colour scale centred at 0."""
    nodes = strongest_by_norm(weights, SHEET_NODES)
    columns = min(len(nodes), 8)
    hidden = weights.shape[1]
    if len(nodes) < hidden:
        title = f"Incoming weights of the {len(nodes)} hidden nodes with the largest norm, of {hidden}"
    else:
        title = f"Incoming weights of {'the hidden node' if hidden == 1 else f'all {hidden} hidden nodes'}"
    figure = new_figure(title, max(7.0, 1.35 * columns + 1.2), max(4.2, 1.45 * -(-len(nodes) // columns) + 0.8))
    axes = figure.subplots()
    limit = np.abs(weights).max() or 1.0
    captions = [f"node {node}" for node in nodes]
    sheet = draw_sheet(axes, weights[:, nodes].T, columns, captions, cmap="RdBu_r", vmin=-limit, vmax=limit)
    figure.colorbar(sheet, ax=axes, label="Weight\n(red: ink excites, blue: ink silences)", shrink=0.7)
    return figure


def draw_network(network: keras.Model) -> Figure:
    """A diagram of the layers: their nodes, activations and numbers of parameters."""
    sizes = [network.input_shape[1], *(layer.units for layer in network.layers)]
    names = ["pixels", *(layer.name for layer in network.layers)]
    notes = ["values 0 to 1"]
    notes += [f"{layer.activation.__name__}\n{layer.count_params():,} parameters" for layer in network.layers]
    colours = ["0.75", CLASS_COLOURS[9], CLASS_COLOURS[1]]
    columns = [0.0, 1.6, 3.2]
    heights = [np.linspace(1, -1, min(size, DIAGRAM_NODES)) if size > 1 else np.zeros(1) for size in sizes]
    figure = new_figure(f"The network: {network.count_params():,} parameters", 9, 6)
    axes = figure.subplots()
    for layer in range(len(sizes) - 1):
        for start in heights[layer]:
            for end in heights[layer + 1]:
                axes.plot(columns[layer : layer + 2], [start, end], color="0.85", linewidth=0.6, zorder=1)
    for x, size, ys, colour, name, note in zip(columns, sizes, heights, colours, names, notes, strict=True):
        for position, y in enumerate(ys):
            axes.add_patch(Circle((x, y), 0.075, facecolor=colour, edgecolor="0.2", zorder=2))
            if size > DIAGRAM_NODES and position == DIAGRAM_NODES // 2:  # more nodes than circles
                axes.add_patch(Circle((x, y), 0.09, color="white", zorder=2))
                axes.text(x, y, "⋮", ha="center", va="center", fontsize=16, zorder=3)
        label = f"{size} {'node' if size == 1 else 'nodes'}\n{note}"
        axes.text(x, -1.15, name, ha="center", va="top", weight="bold")
        axes.text(x, -1.3, label, ha="center", va="top", linespacing=1.3)
    axes.set(xlim=(-0.7, 3.9), ylim=(-1.75, 1.1), aspect="equal")
    hide_axes(axes)
    return figure


def main() -> None:
    params = load_params()
    split, data = read_split(), read_data_title()
    x, y = read_prepared("x_train", "y_train_one_hot")
    count = split["train"]
    network = build_network(x.shape[1], params.hidden, params.train.activation, params.train.l2, params.seed)
    summary = summarize(network)
    print(summary)
    history, kept = train_network(network, (x[:count], y[:count]), (x[count:], y[count:]), params.train, params.seed)
    best = history.loc[kept - 1]
    with atomic_outputs(MODEL, PLOTS, METRICS) as (model, plots, metrics):
        save_network(network, model)
        write_csv(history, plots / "history.csv")
        (plots / "summary.txt").write_text(summary, encoding="utf-8")
        title = f"Learning: {params.hidden} hidden {'node' if params.hidden == 1 else 'nodes'}"
        save_figure(draw_history(history, title, kept), plots / "history.png", data)
        save_figure(draw_network(network), plots / "network.png", data)
        save_figure(draw_weights(network.get_layer("hidden").kernel.numpy()), plots / "weights.png", data)
        write_json(
            {
                "parameters": network.count_params(),
                "epochs": len(history),
                "best_epoch": kept,
                **{name: best[name] for name in ("accuracy", "loss", "val_accuracy", "val_loss")},
            },
            metrics,
        )
    print(f"kept epoch {kept} of {len(history)}: validation accuracy {best['val_accuracy']:.4f}")
