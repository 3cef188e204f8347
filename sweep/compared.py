"""The tables of networks that are compared: pairs, matched nodes, what nodes have in common, figures with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from hidden_nodes.data.pixels import encode_one_hot, scale_pixels
from hidden_nodes.knowledge.cka import linear_cka
from hidden_nodes.knowledge.comparison import Pairs, compare_all, controls_of_matching, tabulate_matches, tabulate_pairs
from hidden_nodes.knowledge.counterparts import (
    Known,
    count_counterparts,
    families_of,
    measure_sharing,
    relate_in_families,
    relate_to_knowledge,
)
from hidden_nodes.knowledge.jackknife import jackknife
from hidden_nodes.knowledge.layer import Layer, center
from hidden_nodes.knowledge.matching import MIRRORED
from hidden_nodes.network.forward import activate_images
from sweep.networks import Network

SEED = 0  # of the rotations and permutations of the controls
FIGURES = ["correlation", "share_50", "share_70", "share_80", "share_90", "share_80_live", "cka"]  # of a pair


@dataclass(frozen=True)
class Compared:
    """Tables with a row a pair of networks, a matched pair of nodes, a node, and a figure; networks by number."""

    pairs: pd.DataFrame
    matches: pd.DataFrame
    nodes: pd.DataFrame
    summary: pd.DataFrame


def compare_networks(networks: Sequence[Network], images: np.ndarray, classes: np.ndarray) -> Compared:
    """Compare all networks on test images `(n, rows, columns)` uint8 of classes `(n,)`, trained and untrained."""
    mirrored = any(network.weights.activation in MIRRORED for network in networks)
    sizes = [network.weights.n_hidden for network in networks]
    layers = [center(activate_images(network.weights, images)) for network in networks]
    spaces = measure_spaces(layers, images, classes)
    found = {
        control: compare_with(layers, change, mirrored, control)
        for control, change in controls_of_matching(classes, SEED).items()
    }
    del layers  # the untrained ones take as much memory
    untrained = [center(activate_images(network.initial, images)) for network in networks]
    found["untrained"] = compare_with(untrained, lambda layer, _: layer, mirrored, "untrained")
    pairs = pd.concat([tabulate_pairs(of, control) for control, of in found.items()], ignore_index=True)
    known = {number: network.known for number, network in enumerate(networks) if network.known is not None}
    if len(known) < len(networks):
        known = {}
    summary = summarize(pairs, spaces, found["seeds"], known, sizes)
    summary.insert(0, "networks", len(networks))
    summary.insert(0, "hidden", max(sizes))
    return Compared(pairs, tabulate_matches(found["seeds"]), tabulate_nodes(found["seeds"], known, sizes), summary)


def measure_spaces(layers: Sequence[Layer], images: np.ndarray, classes: np.ndarray) -> pd.DataFrame:
    """A row a network: its CKA to the pixels and to the classes, one-hot, and its share of nodes that are not constant.

    Columns: `pixels_cka labels_cka live`.
    """
    pixels = center(scale_pixels(images))
    labels = center(encode_one_hot(classes, int(classes.max()) + 1))
    rows = [
        {
            "pixels_cka": linear_cka(layer, pixels, layer.centred.T @ pixels.centred),
            "labels_cka": linear_cka(layer, labels, layer.centred.T @ labels.centred),
            "live": layer.live / len(layer.squares),
        }
        for layer in layers
    ]
    return pd.DataFrame(rows)


def compare_with(layers: Sequence[Layer], change: Callable[[Layer, int], Layer], mirrored: bool, control: str) -> Pairs:
    """As `compare_all`, all at once, with a bar that says how far it is."""
    pairs: Pairs = {}
    with tqdm(total=len(layers) * (len(layers) - 1) // 2, desc=control, unit="pair", disable=None) as bar:
        for new in compare_all(layers, change, mirrored):
            pairs |= new
            bar.update(len(new))
    return pairs


def summarize(
    pairs: pd.DataFrame, spaces: pd.DataFrame, seeds: Pairs, known: Mapping[int, Known], sizes: Sequence[int]
) -> pd.DataFrame:
    """All figures with their intervals over networks: columns `figure mean low high`.

    Figures of pairs are called `CONTROL_FIGURE`, such as `rotated_share_80`. known : of every network, or of none.
    """

    def measure(networks: Sequence[int]) -> dict[str, float]:
        among = pairs[pairs["first"].isin(networks) & pairs["second"].isin(networks)]
        means = among.groupby("control", sort=False)[FIGURES].mean()
        figures = {f"{control}_{name}": row[name] for control, row in means.iterrows() for name in FIGURES}
        figures |= spaces.iloc[list(networks)].mean().to_dict() | measure_sharing(seeds, sizes, networks)
        if known:
            figures |= relate_to_knowledge(seeds, known, sizes, networks)
            figures |= relate_in_families(seeds, known, networks)
        return figures

    return jackknife(measure, len(sizes))


def tabulate_nodes(pairs: Pairs, known: Mapping[int, Known], sizes: Sequence[int]) -> pd.DataFrame:
    """A row a node: `network node counterparts family members`, and what is known of it: `sentence auc ablation_loss`.

    counterparts : in how many other networks it has one. family : its number, the largest family first; -1 if it is in
    none, with `members` 1.
    """
    numbers = range(len(sizes))
    counts = count_counterparts(pairs, sizes, numbers)
    parts = []
    for network in numbers:
        columns = {"network": network, "node": np.arange(sizes[network]), "counterparts": counts[network]}
        table = pd.DataFrame(columns | {"family": -1, "members": 1})
        if network in known:
            own = known[network]
            table = table.assign(sentence=own.sentence, auc=own.auc, ablation_loss=own.loss)
        parts.append(table)
    nodes = pd.concat(parts, ignore_index=True).set_index(["network", "node"])
    for number, family in enumerate(families_of(pairs, numbers)):
        nodes.loc[family, ["family", "members"]] = number, len(family)
    return nodes.reset_index()
