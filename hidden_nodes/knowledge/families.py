"""Families: nodes of several networks that are all counterparts of one another, at most one of each network.

Whoever follows matches from network to network, and calls all that is reached one family, soon has most nodes in one:
a chain of fair matches leads anywhere. Here every two members must be counterparts, so that following matches around
any cycle of a family's networks leads back to where one started.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

Node = tuple[int, int]  # number of the network, number of the node in it
Counterparts = Mapping[tuple[int, int], np.ndarray]  # of each pair of networks i < j, as `find_counterparts` gives them


def find_families(
    counterparts: Counterparts, similar: Mapping[tuple[int, int], np.ndarray], networks: Sequence[int]
) -> list[list[Node]]:
    """Families of two members or more, the largest first; each node is in one at most.

    similar : of each pair of networks, how similar each node of the first is to its counterpart `(nodes of i,)`.
    Families begin as single nodes and are merged along the counterparts, the most similar ones first, wherever all
    members of one are counterparts of all members of the other. Which of several partitions that finds depends on
    that order; none of its families can be merged with another.
    """
    edges = [
        (float(similar[pair][node]), (pair[0], int(node)), (pair[1], int(counterparts[pair][node])))
        for pair in combinations(sorted(networks), 2)
        for node in np.flatnonzero(counterparts[pair] >= 0)
    ]
    joined = {frozenset(edge[1:]) for edge in edges}
    family: dict[Node, list[Node]] = {node: [node] for edge in edges for node in edge[1:]}
    for _, first, second in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        one, other = family[first], family[second]
        if one is not other and all(frozenset((a, b)) in joined for a in one for b in other):
            one.extend(other)
            family.update(dict.fromkeys(other, one))
    found = {id(members): sorted(members) for members in family.values() if len(members) > 1}
    return sorted(found.values(), key=lambda members: (-len(members), members))
