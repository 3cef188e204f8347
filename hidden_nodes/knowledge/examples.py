"""Which images show what a node's sentence says, which speak against it, and where the node is silent."""

import numpy as np
import pandas as pd

from hidden_nodes.knowledge.ranks import sort_order
from hidden_nodes.knowledge.sentences import Sentences

EXAMPLES = 12  # images of each kind, at most


def tabulate_examples(
    activations: np.ndarray, classes: np.ndarray, concepts: np.ndarray, sentences: Sentences
) -> pd.DataFrame:
    """A row an image: `node kind rank image`, the image a position among those that are given, rank from 1.

    The kinds: `strongest`, the images that the node answers to most; `counter`, the strongest of which its sentence is
    not true; `silent`, the weakest of which it is. Where a sentence says "lower", a strong answer is a low activation.

    activations : `(n, n_hidden)`; classes : `(n,)`; concepts : `(n, shapes)`; sentences : one a node.
    """
    rows = []
    for node in range(activations.shape[1]):
        answers = 0 - activations[:, node] if sentences.lower[node] else activations[:, node]
        strongest = sort_order(0 - answers)
        true = sentences.true_of(classes, concepts, node)
        kinds = {
            "strongest": strongest,
            "counter": strongest[~true[strongest]],
            "silent": sort_order(answers),
        }
        kinds["silent"] = kinds["silent"][true[kinds["silent"]]]
        for kind, images in kinds.items():
            rows += [(node, kind, rank, image) for rank, image in enumerate(images[:EXAMPLES].tolist(), 1)]
    return pd.DataFrame(rows, columns=["node", "kind", "rank", "image"])
