"""What the page carries for its scripts: which images, and arrays as text. `static/carried.js` repeats the types."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np

from hidden_nodes.network.weights import Weights
from hidden_nodes.plotting.classes import styles_of
from page.choice import Chosen
from page.contents import Contents
from page.packed import Packed, pack
from page.panel import Panel
from page.placed import carry_maps

HASH = 8  # hexadecimal digits that tell the page of one run from that of another


class CarriedNetwork(TypedDict):
    """A network: `hidden` is (inputs, nodes), `output` (nodes, classes); `pixels` are its inputs if not all are."""

    activation: str
    nodes: int
    hidden: Packed
    hiddenBias: Packed
    output: Packed
    outputBias: Packed
    pixels: NotRequired[list[int]]


class Carried(TypedDict):
    """Images are the training images shown on the maps, then the test images."""

    run: str  # a short hash of all the rest
    rows: int
    columns: int
    classes: list[str]
    noun: str
    network: CarriedNetwork
    selected: CarriedNetwork
    images: Packed  # uint8 (images, pixels)
    index: list[int]  # of each image among the training or the test images
    actual: list[int]
    predicted: list[int]
    training: int  # so many are training images
    maps: dict[str, Any]  # by the name of its element, a `CarriedMap`
    ranked: list[int]  # nodes, the one that separates the classes best first
    etaSquared: list[float]  # of each of `ranked`
    boxes: Packed  # float (nodes, classes, numbers of a box plot)
    colours: list[str]  # of the classes
    panels: dict[str, Any]  # by a panel's name what only that panel takes, its own TypedDict


def describe_network(weights: Weights) -> CarriedNetwork:
    """A network for the page's own forward pass."""
    return {
        "activation": weights.activation,
        "nodes": weights.n_hidden,
        "hidden": pack(weights.hidden_weights),
        "hiddenBias": pack(weights.hidden_bias),
        "output": pack(weights.output_weights),
        "outputBias": pack(weights.output_bias),
    }


def carry(contents: Contents, panels: Sequence[Panel], chosen: Chosen) -> Carried:
    """Everything that the page's scripts work with; `chosen` are the images."""
    dataset, training, tests = contents.dataset, chosen.training, chosen.tests
    predictions = contents.predictions.iloc[tests]
    selected = describe_network(contents.selected)
    selected["pixels"] = contents.chosen_pixels.tolist()
    carried: Carried = {
        "run": "",
        "rows": dataset.rows,
        "columns": dataset.columns,
        "classes": dataset.classes,
        "noun": dataset.noun,
        "network": describe_network(contents.network),
        "selected": selected,
        "images": pack(np.concatenate([contents.images_train[training], contents.images_test[tests]])),
        "index": [*training.tolist(), *tests.tolist()],
        "actual": [*contents.classes[training].tolist(), *predictions["actual"].tolist()],
        "predicted": [*contents.predicted[training].tolist(), *predictions["predicted"].tolist()],
        "training": len(training),
        "maps": carry_maps(contents, training),
        "ranked": contents.ranked_nodes["node"].tolist(),
        "etaSquared": contents.ranked_nodes["eta_squared"].tolist(),
        "boxes": pack(contents.boxes),
        "colours": [style.colour for style in styles_of(len(dataset.classes))],
        "panels": {panel.name: panel.carry(contents) for panel in panels if panel.carry},
    }
    text = json.dumps(carried, sort_keys=True)
    return carried | {"run": hashlib.sha256(text.encode()).hexdigest()[:HASH]}
