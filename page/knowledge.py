"""What the page shows of the `knowledge` stage: what each node knows, its controls, how few nodes are enough."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hidden_nodes import paths
from hidden_nodes.errors import BadInput
from hidden_nodes.files import read_json
from hidden_nodes.tables import read_csv

SEARCHED = "two_part"  # sentences with a shape, the longest that are searched
TEXTS = ("sentence",)
MEASURES = (
    "sentence_auc", "precision", "recall", "mutual_information", "ablation", "ablation_low", "ablation_high", "q_value",
    "ablation_loss", "twin", "twin_correlation", "dead",
)  # fmt: skip
ORDERS = ("greedy", "random")  # nodes that are kept: those that together tell the most, or any
REFITTED = "refitted"  # the output layer, for those that are kept
RELATION = "information and ablation loss"


@dataclass(frozen=True)
class Knowledge:
    """What `knowledge` found, on test images."""

    nodes: pd.DataFrame  # a row a node: `node`, `TEXTS` and `MEASURES`
    counterexamples: list[list[int]]  # of each node: test images that speak against its sentence, the strongest first
    described: pd.DataFrame  # by source, as "nodes" and "rotated": share share_low share_high that sentences describe
    few: pd.DataFrame  # by number of `nodes` kept, the output layer refitted: accuracy in each of `ORDERS`
    nodes_for_95: int  # so many keep 95 % of the accuracy
    relations: pd.DataFrame  # by relation, such as `RELATION`: spearman low high, over the live nodes

    @property
    def control_nodes(self) -> int:
        """The smallest number of nodes in `few` that is no less than `nodes_for_95`."""
        return int(self.few.index[self.few.index >= self.nodes_for_95].min())

    @property
    def relation_found(self) -> str | None:
        """Whether nodes that know more matter "more", "less", or "none" of both is sure; None if too few nodes live."""
        low, high = self.relations.loc[RELATION, ["low", "high"]]
        if low != low:
            return None
        return "more" if low > 0 else "less" if high < 0 else "none"


def read_nodes(count: int) -> pd.DataFrame:
    """A row a node: the sentence that describes it, how well it does, what the node tells, what is lost without."""
    gaps = ("sentence_auc", "precision", "recall")
    table = read_csv(paths.KNOWN_NODES, "node", *TEXTS, *MEASURES, texts=TEXTS, gaps=gaps)
    if not np.array_equal(table["node"], np.arange(count)):
        raise BadInput(f"{paths.KNOWN_NODES} must hold each of the {count} hidden nodes once. Found {len(table)} rows.")
    return table


def read_counterexamples(count: int) -> list[list[int]]:
    """Of each node the test images that speak against its sentence, the strongest first."""
    table = read_csv(paths.KNOWN_EXAMPLES, "node", "kind", "rank", "image", texts=("kind",))
    against = table[table["kind"] == "counter"].sort_values(["node", "rank"], kind="stable").groupby("node")["image"]
    images = against.agg(list).to_dict()
    return [images.get(node, []) for node in range(count)]


def read_described() -> pd.DataFrame:
    """The share of columns that sentences with a shape describe, of the nodes and of each control, with interval."""
    table = read_csv(
        paths.CONTROLS, "source", "sentences", "share", "share_low", "share_high", texts=("source", "sentences")
    )
    return table[table["sentences"] == SEARCHED].set_index("source")[["share", "share_low", "share_high"]]


def read_few() -> pd.DataFrame:
    """Accuracy by number of nodes kept, the output layer refitted: a column for each of `ORDERS`, by `nodes`."""
    table = read_csv(paths.CURVES, "order", "others", "nodes", "accuracy", texts=("order", "others"))
    refitted = table[table["others"] == REFITTED]
    return refitted.pivot_table(index="nodes", columns="order", values="accuracy")[list(ORDERS)]


def read_relations() -> pd.DataFrame:
    """Rank correlations over the live nodes, by relation: `spearman low high`, missing where too few nodes live."""
    columns = ("spearman", "low", "high")
    return read_csv(paths.RELATIONS, "relation", *columns, texts=("relation",), gaps=columns).set_index("relation")


def read_knowledge(count: int) -> Knowledge:
    """All of it, for a network of `count` hidden nodes."""
    return Knowledge(
        nodes=read_nodes(count),
        counterexamples=read_counterexamples(count),
        described=read_described(),
        few=read_few(),
        nodes_for_95=int(read_json(paths.KNOWLEDGE_METRICS, nodes_for_95=int)["nodes_for_95"]),
        relations=read_relations(),
    )
