"""Nodes beside what is none: the same search, probes and sizes for controls, pixels and untrained networks."""

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.controls import (
    CONTROL_COLUMNS,
    PIXELS,
    Parts,
    choose_pixels,
    find_controls,
    tabulate_controls,
)
from hidden_nodes.knowledge.keeping import measure_size
from hidden_nodes.knowledge.parts import Activations, Part
from hidden_nodes.knowledge.probes import HELD_OUT_IMAGES, PROBE_IMAGES, ProbedImages, tabulate_probes
from hidden_nodes.knowledge.search import Found
from hidden_nodes.knowledge.sentences import CHOICE_IMAGES, LENGTH_IMAGES
from hidden_nodes.knowledge.untrained import untrained_network
from hidden_nodes.network.forward import activate_images
from hidden_nodes.network.weights import Weights
from hidden_nodes.params import Knowledge

UNTRAINED = 4  # networks drawn anew, beside the run's own one before its first batch


def narrow(weights: Weights) -> Weights:
    """The first nodes of a network, as many as a control needs."""
    few = slice(CONTROL_COLUMNS)
    return Weights(
        weights.activation, weights.hidden_weights[:, few], weights.hidden_bias[few], weights.output_weights[few],
        weights.output_bias,
    )  # fmt: skip


def apply_to(weights: Weights, train: Part, held_out: Part, test: Part) -> Parts:
    """A control's activations of the images that a search looks at."""
    few, weights = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test), narrow(weights)
    first, second, third = (part.searched(activate_images(weights, part.images)) for part in few)
    return first, second, third


def look_at_pixels(train: Part, held_out: Part, test: Part, seed: int) -> Parts:
    """The same for single pixels in place of nodes."""
    pixels = choose_pixels(train.images, PIXELS, seed)
    few = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test)
    first, second, third = (
        part.searched(part.images.reshape(len(part.images), -1)[:, pixels].astype(np.float32)) for part in few
    )
    return first, second, third


def search_controls(
    searched: Parts,
    known: dict[str, Found],
    initial: Weights,
    train: Part,
    held_out: Part,
    test: Part,
    settings: Knowledge,
    seed: int,
) -> pd.DataFrame:
    """The search for sentences on the nodes (`known`) and on what is none: rotated, untrained, pixels, shuffled."""
    inputs, n_classes = initial.hidden_weights.shape[0], len(initial.output_bias)
    drawn = [
        untrained_network(inputs, initial.n_hidden, n_classes, initial.activation, seed + 1 + n)
        for n in range(UNTRAINED)
    ]
    others = {
        "untrained": (apply_to(network, train, held_out, test) for network in (initial, *drawn)),
        "pixels": [look_at_pixels(train, held_out, test, seed)],
    }
    found = find_controls(searched, others, n_classes, settings.classes, settings.rotations, seed)
    return tabulate_controls({"nodes": [known], **found}, settings.auc)


def probe_all(
    of: Activations, initial: Weights, train: Part, held_out: Part, test: Part, shapes: list[str]
) -> pd.DataFrame:
    """How well linear probes tell classes and shapes from hidden activations, pixels, and untrained activations."""
    few = (train.first(PROBE_IMAGES), held_out.first(HELD_OUT_IMAGES), test)
    probed = [
        ProbedImages(
            part.classes, part.concepts,
            {"hidden": own[: len(part.classes)], "pixels": part.images,
             "untrained": activate_images(initial, part.images)},
        )
        for part, own in zip(few, (of.train, of.held_out, of.test), strict=True)
    ]  # fmt: skip
    return tabulate_probes(probed[0], probed[1], probed[2], len(initial.output_bias), shapes)


def size_layers(of: Activations, initial: Weights, train: Part, held_out: Part, test: Part) -> pd.DataFrame:
    """How many nodes, and how many dimensions, it takes: of the trained network and of the untrained one.

    Columns: `network accuracy nodes_for_95 effective_dimensions`, each of output layers refitted on the first training
    images, so that both are measured alike.
    """
    few, n_classes = (train.first(CHOICE_IMAGES), held_out.first(LENGTH_IMAGES), test), len(initial.output_bias)
    layers = {
        "trained": [own[: len(part.classes)] for part, own in zip(few, (of.train, of.held_out, of.test), strict=True)],
        "untrained": [activate_images(initial, part.images) for part in few],
    }
    rows = []
    for network, activations in layers.items():
        parts = [(own, part.classes) for part, own in zip(few, activations, strict=True)]
        rows.append((network, *measure_size(parts, n_classes)))
    return pd.DataFrame(rows, columns=["network", "accuracy", "nodes_for_95", "effective_dimensions"])
