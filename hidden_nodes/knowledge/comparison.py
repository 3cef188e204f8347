"""Networks compared two by two on the same images: matched nodes, counterparts, and the likeness of their spaces."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.cka import linear_cka
from hidden_nodes.knowledge.controls import random_rotation
from hidden_nodes.knowledge.layer import Layer, permute_within_classes
from hidden_nodes.knowledge.matching import LEAST, find_counterparts, match_nodes, similarities

LEVELS = (0.5, 0.7, 0.8, 0.9)  # correlations above which pairs are counted

Pairs = dict[tuple[int, int], "Pair"]  # by the numbers of two networks, the lower one first


@dataclass(frozen=True)
class Pair:
    """Two networks compared; of each node of the first, `(nodes,)`, what it has in the second.

    partners, correlations : one-to-one, over all nodes; -1 and NaN for a node that is left over. counterparts,
    strengths : as `find_counterparts` has them, and how similar a node is to its most similar one. live : how many
    nodes that are not constant the one has that has fewer of them.
    """

    partners: np.ndarray
    correlations: np.ndarray
    counterparts: np.ndarray
    strengths: np.ndarray
    live: int
    cka: float

    def summarize(self) -> dict[str, Any]:
        """`nodes live correlation share_50 ... share_80_live cka`: shares of the matched pairs, and of live nodes."""
        known = self.correlations[~np.isnan(self.correlations)]
        shares = {f"share_{100 * level:.0f}": (known > level).mean() for level in LEVELS}
        live = (known > LEAST).sum() / self.live if self.live else np.nan
        counts = {"nodes": len(known), "live": self.live, "correlation": known.mean()}
        return {**counts, **shares, "share_80_live": live, "cka": self.cka}


def compare_layers(x: Layer, y: Layer, mirrored: bool) -> Pair:
    """Match the nodes of two layers, which hold the same images in the same order."""
    products = x.centred.T @ y.centred
    similar = similarities(x, y, mirrored, products)
    partners, nodes = match_nodes(similar), np.arange(len(similar))
    correlations = np.where(partners >= 0, similar[nodes, partners], np.nan)
    cka = linear_cka(x, y, products)
    return Pair(partners, correlations, find_counterparts(similar), similar.max(axis=1), min(x.live, y.live), cka)


def compare_all(layers: Sequence[Layer], change: Callable[[Layer, int], Layer], mirrored: bool) -> Iterator[Pairs]:
    """Compare every layer with all before it; yields after each layer what is new.

    change : what becomes of the second layer of each pair first, given its number: a control, or nothing.
    """
    for second in range(1, len(layers)):
        y = change(layers[second], second)
        yield {(first, second): compare_layers(layers[first], y, mirrored) for first in range(second)}


def controls_of_matching(classes: np.ndarray, seed: int) -> dict[str, Callable[[Layer, int], Layer]]:
    """What is done to the second network of each pair: nothing ("seeds"), and two controls.

    "rotated" at random: the same space, so the same CKA, but other directions in it. "permuted" within the classes
    `(n,)`: what nodes share with one another beyond the means of classes is lost.
    """

    def rotate(layer: Layer, number: int) -> Layer:
        return layer.rotate(random_rotation(layer.centred.shape[1], seed, number))

    def permute(layer: Layer, number: int) -> Layer:
        return layer.permute(permute_within_classes(classes, np.random.default_rng([seed, number])))

    return {"seeds": lambda layer, _: layer, "rotated": rotate, "permuted": permute}


def tabulate_pairs(pairs: Pairs, control: str) -> pd.DataFrame:
    """A row a pair of networks: `control first second`, and what `Pair.summarize` gives."""
    rows = [{"control": control, "first": i, "second": j} | pair.summarize() for (i, j), pair in pairs.items()]
    return pd.DataFrame(rows)


def tabulate_matches(pairs: Pairs) -> pd.DataFrame:
    """A row a matched pair of nodes: `first second node partner correlation`."""
    parts = []
    for (first, second), pair in pairs.items():
        matched = np.flatnonzero(pair.partners >= 0)
        columns = {"node": matched, "partner": pair.partners[matched], "correlation": pair.correlations[matched]}
        parts.append(pd.DataFrame({"first": first, "second": second, **columns}))
    return pd.concat(parts, ignore_index=True)
