"""What the trials of a sweep brought home: metrics from git, tables and weights from DVC's cache.

Read straight from there: DVC itself would open the project anew for each of them.
"""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from tqdm import tqdm

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.tables import read_csv
from sweep.commands import experiment_reference
from sweep.objects import list_outputs

LOCK = "dvc.lock"
METRICS = paths.EVALUATE_METRICS.parent
READ = {str(path) for path in (paths.TRAIN_TABLES, paths.EVALUATE_TABLES, paths.WEIGHTS)}  # outputs
CURVES = ["loss", "accuracy", "val_loss", "val_accuracy"]
# What stages read, as DVC writes it: most of a lock's thousands of lines, and nothing that is looked for here.
DEPENDENCIES = re.compile(rb"^    deps:\n(?:    [- ] .*\n)+", flags=re.MULTILINE)
FEW = 100  # trials, which are read without a bar
MOST_PICTURES = 16  # nodes of a trial whose weights are shown


@dataclass(frozen=True)
class Pictures:
    """Incoming weights of the nodes with the largest outgoing ones.

    nodes : `(n,)`, at most MOST_PICTURES, ascending. pixels : `(n, pixels)` uint8, 128 for a weight of 0, 255 and 1 for
    the node's `largest` `(n,)`, positive and negative.
    """

    nodes: np.ndarray
    largest: np.ndarray
    pixels: np.ndarray


@dataclass(frozen=True)
class Brought:
    """What one trial has; None for what it did not bring, or what cannot be read.

    history : a row an epoch, CURVES and `kept`. confusions : `(classes, classes)`, test images by actual class (rows)
    and predicted class.
    """

    metrics: dict[str, float]
    history: pd.DataFrame | None = None
    confusions: np.ndarray | None = None
    pictures: Pictures | None = None


def read_brought(
    commit: str, stages: Sequence[str], datasets: Mapping[str, Dataset | None], cache: Path
) -> dict[str, Brought]:
    """What experiments on a commit brought home.

    stages : those that the sweep runs; what the commit holds of others is no trial's. datasets : of each experiment,
    None where its description is unknown. cache : DVC's.
    """
    references = {name: experiment_reference(commit, name) for name in datasets}
    locks = {
        name: parse_lock(text, stages)
        for name, text in read_blobs({name: f"{ref}:./{LOCK}" for name, ref in references.items()}).items()
    }
    wanted = {
        f"{name}:{path}": f"{references[name]}:./{path}"
        for name, lock in locks.items()
        for path in paths_of(lock)
        if Path(path).parent == METRICS
    }
    metrics: dict[str, dict[str, float]] = {name: {} for name in datasets}
    for key, text in read_blobs(wanted).items():
        metrics[key.partition(":")[0]] |= parse_metrics(text)
    bar = tqdm(datasets.items(), "read", unit="trial", leave=False, disable=None if len(datasets) > FEW else True)
    return {name: read_outputs(metrics[name], locks.get(name, {}), dataset, cache) for name, dataset in bar}


def read_blobs(objects: Mapping[str, str]) -> dict[str, bytes]:
    """The contents of files in git, by the keys of `objects`, whose values are such as `REVISION:./PATH`."""
    if not objects:
        return {}
    asked = "".join(f"{name}\n" for name in objects.values()).encode()
    done = subprocess.run(["git", "cat-file", "--batch"], input=asked, capture_output=True, check=True)
    found, place = {}, 0
    for key in objects:
        end = done.stdout.index(b"\n", place)
        words = done.stdout[place:end].split(b" ")
        place = end + 1
        if len(words) == 3 and words[1] == b"blob":
            size = int(words[2])
            found[key] = done.stdout[place : place + size]
            place += size + 1
    return found


def parse_lock(text: bytes, stages: Sequence[str]) -> dict[str, Any]:
    """The stages of a `dvc.lock` that the sweep runs, each with the outputs of which something is read."""
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where there is one
        entries = yaml.load(DEPENDENCIES.sub(b"", text), loader)["stages"]  # noqa: S506  # a SafeLoader
        outputs = {name: entries[name].get("outs", []) for name in stages if name in entries}
        return {
            name: [out for out in outs if out["path"] in READ or Path(out["path"]).parent == METRICS]
            for name, outs in outputs.items()
        }
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}


def paths_of(lock: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    return [out["path"] for outs in lock.values() for out in outs]


def parse_metrics(text: bytes) -> dict[str, float]:
    """The numbers of a file of metrics; none if it is damaged."""
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    numbers = values.items() if isinstance(values, dict) else ()
    return {name: value for name, value in numbers if isinstance(value, int | float) and np.isfinite(value)}


def read_outputs(
    metrics: dict[str, float], lock: Mapping[str, list[dict[str, Any]]], dataset: Dataset | None, cache: Path
) -> Brought:
    """A trial's tables and weights, as far as the cache has them."""
    files: dict[str, Path] = {}
    try:
        stages = {name: {"outs": outs} for name, outs in lock.items()}
        for output in list_outputs({"stages": stages}, cache):
            files |= {path: cache / name for path, name in output.files.items()}
    except (KeyError, TypeError, ValueError):
        return Brought(metrics)
    history, confusions, weights = (files.get(str(path)) for path in (paths.HISTORY, paths.CONFUSIONS, paths.WEIGHTS))
    return Brought(
        metrics,
        read_history(history) if history else None,
        read_confusions(confusions) if confusions else None,
        read_pictures(weights, dataset) if weights and dataset else None,
    )


def read_history(path: Path) -> pd.DataFrame | None:
    try:
        table = read_csv(path, "epoch", *CURVES, "kept")
    except BadInput:
        return None
    return table if len(table) and (table["kept"] == 1).sum() == 1 else None


def read_confusions(path: Path) -> np.ndarray | None:
    """The table as a matrix: every pair of classes stands in it once."""
    try:
        table = read_csv(path, "actual", "predicted", "images")
    except BadInput:
        return None
    classes = round(len(table) ** 0.5)
    pairs = table.sort_values(["actual", "predicted"])
    if classes**2 != len(table) or not np.array_equal(
        pairs[["actual", "predicted"]].to_numpy(), np.indices((classes, classes)).reshape(2, -1).T
    ):
        return None
    return pairs["images"].to_numpy().reshape(classes, classes)


def read_pictures(path: Path, dataset: Dataset) -> Pictures | None:
    try:
        return picture_weights(read_weights(path, dataset.pixels, len(dataset.classes)))
    except BadInput:
        return None


def picture_weights(weights: Weights) -> Pictures:
    """The pictures of a network's nodes."""
    sizes = np.linalg.norm(weights.output_weights, axis=1)
    nodes = np.sort(np.argsort(-sizes, kind="stable")[:MOST_PICTURES])
    incoming = weights.hidden_weights[:, nodes].T
    largest = np.abs(incoming).max(axis=1)
    scaled = incoming / np.where(largest > 0, largest, 1)[:, None]
    return Pictures(nodes, largest, np.rint(128 + 127 * scaled).astype(np.uint8))
