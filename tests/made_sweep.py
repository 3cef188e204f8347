"""Sweeps that never ran: trials with made-up metrics, learning curves, confusion matrices and networks."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.data.dataset import Dataset, as_dataset, read_description
from hidden_nodes.network.weights import Weights
from sweep.brought import CURVES, Brought, picture_weights
from sweep.shown import Progress, Shown

SMALL: dict[str, list[Any]] = {
    "hidden": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], "train.activation": ["relu", "tanh"], "seed": [1, 2, 3],
}  # fmt: skip
LARGE: dict[str, list[Any]] = {
    "hidden": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], "train.activation": ["relu", "tanh"],
    "train.learning_rate": [0.0003, 0.001, 0.003, 0.01, 0.03], "train.l2": [0, 0.0001, 0.001, 0.01],
    "seed": [1, 2, 3, 4, 5],
}  # fmt: skip
LOG = "Running stage 'train'\nerror: <b>the network</b> has no memory left"
METRICS = ["val_accuracy", "test_accuracy", "test_loss", "parameters", "best_epoch", "val_loss"]


def make_shown(
    grid: dict[str, list[Any]], undone: dict[int, str] | None = None, most_nodes: int = 2, **more: Any
) -> Shown:
    """A sweep of a whole grid on MNIST.

    undone : trials that have not run, by number, with what they are instead. most_nodes : that a network has.
    """
    rng = np.random.default_rng(0)
    dataset = as_dataset(read_description("mnist"), "mnist")
    combinations = list(itertools.product(*grid.values()))
    names = ["-".join(f"{key.split('.')[-1]}-{value}" for key, value in zip(grid, values, strict=True))
             for values in combinations]  # fmt: skip
    table = pd.DataFrame(combinations, index=names, columns=list(grid), dtype=object)
    status = [(undone or {}).get(number, "done") for number in range(len(names))]
    brought = {
        name: make_brought(rng, dataset, int(str(hidden)), most_nodes)
        for name, hidden, one in zip(names, table["hidden"], status, strict=True)
        if one == "done"
    }
    numbers = [[(brought[name].metrics if name in brought else {}).get(metric) for metric in METRICS] for name in names]
    return Shown(
        path=Path("sweeps/made.yaml"), commit="0123456789" * 4, stages=["evaluate"], parameters=list(grid),
        fixed={"knowledge.rotations": "20"}, metrics=METRICS,
        table=table.join(pd.DataFrame(numbers, index=names, columns=METRICS, dtype=float)), status=status,
        datasets=[dataset] * len(names), brought=brought,
        logs={name: LOG for name, one in zip(names, status, strict=True) if one == "failed"}, **more,
    )  # fmt: skip


def make_brought(rng: np.random.Generator, dataset: Dataset, hidden: int, most_nodes: int) -> Brought:
    """What a trial with so many nodes might have brought home; its weights are those of fewer."""
    best = 0.97 - 0.6 / hidden + rng.normal(0, 0.01)
    epochs = int(rng.integers(5, 25))
    rise = best * (1 - 0.7 * np.exp(-np.arange(1, epochs + 1) / 3))
    loss = 1.2 - rise + rng.uniform(0, 0.02, epochs)
    history = pd.DataFrame(dict(zip(CURVES, (loss, rise + 0.01, loss + 0.05, rise), strict=True)))
    history = history.assign(epoch=range(1, epochs + 1), kept=[0] * (epochs - 1) + [1]).round(6)
    classes = len(dataset.classes)
    confusions = rng.integers(0, 20, (classes, classes)) + np.diag(rng.integers(700, 1000, classes))
    shape = (dataset.pixels, min(hidden, most_nodes))
    weights = Weights(
        "relu", rng.normal(size=shape).astype(np.float32), np.zeros(shape[1], np.float32),
        rng.normal(size=(shape[1], classes)).astype(np.float32), np.zeros(classes, np.float32),
    )  # fmt: skip
    accuracy = float(np.trace(confusions) / confusions.sum())
    metrics = {
        "val_accuracy": round(best, 4), "test_accuracy": round(best - 0.002 + rng.normal(0, 0.002), 4),
        "test_loss": round(1.2 - best, 5), "parameters": float(hidden * 795 + 10), "best_epoch": float(epochs),
        "val_loss": round(1.25 - best + accuracy / 100, 5),
    }  # fmt: skip
    return Brought(metrics, history, confusions, picture_weights(weights))


def make_matching() -> pd.DataFrame:
    """What `python -m sweep compare` might have found."""
    figures = {"seeds_cka": 0.952, "pixels_cka": 0.89, "labels_cka": 0.6, "seeds_share_80": 0.285,
               "rotated_share_80": 0.008, "permuted_share_80": 0.0, "untrained_share_80": 0.0}  # fmt: skip
    rows = [
        {"setting": setting, "networks": 3, "figure": name, "mean": mean, "low": mean - 0.01, "high": mean + 0.01}
        for setting in ("hidden=16", "hidden=128") for name, mean in figures.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_progress(shown: Shown, written: float) -> Progress:
    running = [name for name, status in zip(shown.table.index, shown.status, strict=True) if status == "running"]
    return Progress({"tcp://127.0.0.1:40001": running}, 740.0, written)
