"""The networks of experiments, with what their trials found of each node, and the images on which they are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset, read_dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array
from hidden_nodes.knowledge.counterparts import Known
from hidden_nodes.network.weights import Weights, read_weights
from hidden_nodes.tables import read_csv

KNOWN_COLUMNS = ["node", "dead", "ablation_loss", "sentence", "sentence_auc"]
CHANCE = 0.5  # the AUC of a sentence of which no test image is true
# What DVC raises where files are not here: the last one of a directory whose list of files is not.
NOT_HERE = (DvcException, OSError, DataIndexDirError)


@dataclass(frozen=True)
class Network:
    """A network, `weights`, the one it was before its first batch, `initial`, and its nodes, where its trial has them.

    images : the hashes of the test images and their classes.
    """

    name: str
    images: tuple[str, ...]
    dataset: Dataset
    weights: Weights
    initial: Weights
    known: Known | None


def read_network(name: str) -> Network:
    """The network of an experiment or commit, from git and DVC's cache.

    Raises
    ------
    BadInput
        If there is no such experiment, or its files are not here.
    """
    try:
        files = DVCFileSystem(rev=name)
        with TemporaryDirectory() as directory:
            dataset = read_dataset(_fetch(files, paths.DATASET, directory))
            shape = dataset.pixels, len(dataset.classes)
            weights, initial = (
                read_weights(_fetch(files, path, directory), *shape) for path in (paths.WEIGHTS, paths.INITIAL_WEIGHTS)
            )
            known = None
            if files.exists(str(paths.KNOWN_NODES)):
                table = read_csv(_fetch(files, paths.KNOWN_NODES, directory), *KNOWN_COLUMNS, texts=["sentence"],
                                 gaps=["sentence_auc"])  # fmt: skip
                known = take_known(table)
            images = tuple(files.info(str(path))["md5"] for path in (paths.IMAGES_TEST, paths.Y_TEST))
    except NOT_HERE as error:
        raise BadInput(f"{name}: {' '.join(str(error).split())[:200]}") from None
    return Network(name, images, dataset, weights, initial, known)


def take_known(table: pd.DataFrame) -> Known:
    """What a table of the stage `knowledge` says of each node."""
    table = table.sort_values("node")
    return Known(
        table["sentence"].to_numpy(dtype=object), table["sentence_auc"].fillna(CHANCE).to_numpy(),
        table["ablation_loss"].to_numpy(), table["dead"].to_numpy() == 0,
    )  # fmt: skip


def read_images(name: str, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The test images `(n, rows, columns)` uint8 of an experiment, and their classes `(n,)`."""
    with TemporaryDirectory() as directory:
        try:
            files = DVCFileSystem(rev=name)
            images = load_array(_fetch(files, paths.IMAGES_TEST, directory), dataset.rows, dataset.columns)
            classes = load_array(_fetch(files, paths.Y_TEST, directory))
        except NOT_HERE as error:
            raise BadInput(f"{name}: {' '.join(str(error).split())[:200]}") from None
        return np.array(images), np.array(classes)


def check_comparable(networks: Sequence[Network]) -> None:
    """Raise BadInput unless there are two networks or more, of the same test images."""
    if len(networks) < 2:
        raise BadInput(f"compare needs two networks or more. Got {len(networks)}.")
    first = networks[0]
    for other in networks[1:]:
        if other.images != first.images:
            raise BadInput(
                f"networks are compared on the same test images; those of {first.name} and {other.name} differ"
            )


def _fetch(files: DVCFileSystem, path: Path, directory: str) -> Path:
    """Copy a file of an experiment into a directory; its path there."""
    target = Path(directory) / path.name
    files.get_file(str(path), str(target))
    return target
