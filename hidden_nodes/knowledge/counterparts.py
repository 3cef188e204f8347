"""Are nodes that have counterparts in other networks those that can be described, and those that matter?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hidden_nodes.knowledge.association import spearman
from hidden_nodes.knowledge.comparison import Pairs
from hidden_nodes.knowledge.families import Node, find_families
from hidden_nodes.knowledge.ranks import rank_columns
from hidden_nodes.knowledge.words import NOTHING


@dataclass(frozen=True)
class Known:
    """What the stage `knowledge` found of each node of one network, `(nodes,)`.

    sentence : texts; auc : how well the sentence's images are told apart, in [0, 1]; loss : by how much the
    cross-entropy rises without the node, in nats; live : whether its activation differs between images.
    """

    sentence: np.ndarray
    auc: np.ndarray
    loss: np.ndarray
    live: np.ndarray

    @property
    def loss_rank(self) -> np.ndarray:
        """The rank of each node's loss in its network, as a share of its nodes, `(nodes,)`."""
        return rank_columns(self.loss[None, :, None])[0, :, 0] / len(self.loss)


def count_counterparts(pairs: Pairs, sizes: Sequence[int], networks: Sequence[int]) -> dict[int, np.ndarray]:
    """In how many of the other networks each node of each network has a counterpart, `(nodes,)` by network.

    sizes : how many nodes each of all networks has.
    """
    counts = {network: np.zeros(sizes[network], int) for network in networks}
    for first, second in combinations(sorted(networks), 2):
        partners = pairs[first, second].counterparts
        has = partners >= 0
        counts[first] += has
        counts[second][partners[has]] += 1
    return counts


def families_of(pairs: Pairs, networks: Sequence[int]) -> list[list[Node]]:
    """The families among some of the networks, as `find_families` has them."""
    counterparts = {numbers: pair.counterparts for numbers, pair in pairs.items()}
    strengths = {numbers: pair.strengths for numbers, pair in pairs.items()}
    return find_families(counterparts, strengths, networks)


def measure_sharing(pairs: Pairs, sizes: Sequence[int], networks: Sequence[int]) -> dict[str, float]:
    """How many nodes other networks have too: shares of all nodes of the given networks.

    `common` : with a counterpart in at least half of the others; `anywhere` : in one of them or more; `in_families` :
    in a family of at least half of the networks. `families` : how many such families there are, as a share of the nodes
    of one network. `largest_family` : its members, as a share of the networks.
    """
    counts = np.concatenate([*count_counterparts(pairs, sizes, networks).values()])
    found = families_of(pairs, networks)
    large = [members for members in found if 2 * len(members) >= len(networks)]
    return {
        "common": float((2 * counts >= len(networks) - 1).mean()),
        "anywhere": float((counts > 0).mean()),
        "in_families": sum(map(len, large)) / len(counts),
        "families": len(large) * len(networks) / len(counts),
        "largest_family": len(found[0]) / len(networks) if found else 0.0,
    }


def relate_to_knowledge(
    pairs: Pairs, known: Mapping[int, Known], sizes: Sequence[int], networks: Sequence[int]
) -> dict[str, float]:
    """What nodes with counterparts have that others have not, over the live nodes of the given networks.

    `described_common`, `described_rare` : shares that a sentence describes, of nodes with a counterpart in at least
    half of the other networks, and of the others; `described_difference`. `common_auc`, `common_loss` : rank
    correlation, in each network, of the number of counterparts with the sentence's AUC, and with the ablation loss; the
    mean over networks. NaN where there are no such nodes.
    """
    counts = count_counterparts(pairs, sizes, networks)
    rows, correlations = [], []
    for network in networks:
        own, count = known[network], counts[network][known[network].live]
        rows.append(np.column_stack([2 * count >= len(networks) - 1, (own.sentence != NOTHING)[own.live]]))
        measures = (own.auc[own.live], own.loss[own.live])
        correlations.append([spearman(count.astype(float), measure) for measure in measures])
    common, described = np.concatenate(rows).T.astype(bool)
    shares = [described[chosen].mean() if chosen.any() else np.nan for chosen in (common, ~common)]
    auc, loss = mean_of_known(np.array(correlations))
    return {
        "described_common": shares[0], "described_rare": shares[1], "described_difference": shares[0] - shares[1],
        "common_auc": auc, "common_loss": loss,
    }  # fmt: skip


def relate_in_families(pairs: Pairs, known: Mapping[int, Known], networks: Sequence[int]) -> dict[str, float]:
    """Whether the members of a family are alike in more than their activations.

    `same_sentence` : share of pairs of members, of those that a sentence describes both, that have the same sentence;
    `same_by_chance` : what it would be with the same sentences put together at random, in each two networks;
    `same_difference`. `family_loss` : rank correlation of the ablation losses of both members, each ranked in its own
    network; by chance it is 0. NaN where there are no such pairs.
    """
    members = [pair for family in families_of(pairs, networks) for pair in combinations(family, 2)]
    between: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for (first, node), (second, other) in members:
        between.setdefault((first, second), []).append((node, other))
    texts, losses = [], []
    for (first, second), nodes in between.items():
        a, b = np.array(nodes).T
        texts.append((known[first].sentence[a], known[second].sentence[b]))
        losses.append(np.column_stack([known[first].loss_rank[a], known[second].loss_rank[b]]))
    same, chance = agreement(texts)
    both = np.concatenate([*losses, *(loss[:, ::-1] for loss in losses)]) if losses else np.zeros((0, 2))
    return {
        "same_sentence": same, "same_by_chance": chance, "same_difference": same - chance,
        "family_loss": spearman(*both.T),
    }  # fmt: skip


def agreement(texts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """How often two texts are the same, and how often they would be if they were put together at random.

    texts : of each two networks, the texts of paired nodes, `(pairs,)` each; pairs with NOTHING are left out. In each,
    the second texts are permuted, which leaves all as frequent as they are. Shares of all pairs; NaN if there are none.
    """
    count, same, chance = 0, 0, 0.0
    for first, second in texts:
        described = (first != NOTHING) & (second != NOTHING)
        equal = first[described][:, None] == second[described]
        if len(equal):
            count, same, chance = count + len(equal), same + np.trace(equal), chance + equal.mean() * len(equal)
    return (same / count, chance / count) if count else (np.nan, np.nan)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Mean of each column of `values` `(rows, columns)` over what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0).sum(axis=0)
    return np.divide(sums, known.sum(axis=0), out=np.full(values.shape[1], np.nan), where=known.any(axis=0))
