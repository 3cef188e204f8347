"""The sentences of `docs/findings.md`: each claim with its control, its interval, and whether it holds.

All are made of `docs/results/findings.csv` and `findings_digits.csv`, which `make findings` writes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

WIDTH = 128  # hidden nodes of the networks that the sentences speak of: those of the default run
DATASETS = {"findings": "MNIST", "findings_digits": "the bundled digits"}  # table, and what it was measured on
MOST = 0.5  # a share above which one speaks of most


@dataclass(frozen=True)
class Value:
    """A figure: its mean over seeds and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float

    def percent(self, decimals: int = 1) -> str:
        """Such as "93.0 % (92.1 to 93.9)", of a share: the interval ends at 0 and 100."""
        mean, low, high = (f"{100 * min(max(end, 0), 1):.{decimals}f}" for end in (self.mean, self.low, self.high))
        return f"{mean} % ({low} to {high})"

    def plain(self, decimals: int = 1) -> str:
        """Such as "11.6 (11.4 to 11.9)"."""
        return f"{self.mean:.{decimals}f} ({self.low:.{decimals}f} to {self.high:.{decimals}f})"


Figures = dict[str, Value]


def figures_at(table: pd.DataFrame, hidden: int) -> Figures:
    """The figures of one width, of a summary `dataset hidden figure seeds mean low high`."""
    rows = table[table["hidden"] == hidden]
    return {row.figure: Value(row.mean, row.low, row.high) for row in rows.itertuples(index=False)}


@dataclass(frozen=True)
class Claim:
    """A claim: the sentence that the figures make, and whether they bear out what it claims."""

    claims: str  # in general, without a figure
    sentence: Callable[[Figures], str]
    holds: Callable[[Figures], bool]


def _compare(difference: Value, better: str, worse: str) -> str:
    if difference.low > 0:
        return better
    return worse if difference.high < 0 else "neither more nor less often, as far as these seeds tell"


CLAIMS = {
    "described": Claim(
        "training makes the space of activations readable, but nodes are no better directions in it than random ones",
        lambda f: (
            f"A sentence describes {f['nodes_described'].percent()} of the nodes, and "
            f"{f['directions_described'].percent()} of random directions in the same space: seed by seed, nodes are "
            f"described {_compare(f['nodes_minus_rotated'], 'more often', 'less often')} "
            f"(difference in points: {_points(f['nodes_minus_rotated'])}). Of the nodes of untrained networks it "
            f"describes {f['untrained_described'].percent()}, of single pixels {f['pixels_described'].percent()}, of "
            f"activations shuffled among the images {f['shuffled_described'].percent()}."
        ),
        lambda f: f["nodes_described"].low > f["untrained_described"].high and f["nodes_minus_rotated"].high <= 0,
    ),
    "size": Claim(
        "a few well-chosen nodes hold what the whole layer knows of the class, fewer than in an untrained layer",
        lambda f: (
            f"{f['nodes_for_95'].plain()} of {WIDTH} nodes keep 95 % of the accuracy, the output layer refitted, in "
            f"the order that is best on held-out images; taken at random it is {f['random_for_95'].plain()} of 1, 2, "
            f"4 and so on. Refitted on equally many images, the trained layer needs {f['trained_size'].plain()} nodes "
            f"for 95 % of its accuracy, the untrained one {f['untrained_size'].plain()} for 95 % of its lower one."
        ),
        lambda f: f["trained_minus_untrained_size"].high < 0 and f["nodes_for_95"].high < f["random_for_95"].low,
    ),
    "dimensions": Claim(
        "training concentrates the activations on few dimensions",
        lambda f: (
            f"The activations of {WIDTH} nodes fill {f['effective_dimensions'].plain()} dimensions (participation "
            f"ratio); before training it was {f['untrained_dimensions'].plain()}."
        ),
        lambda f: f["effective_dimensions"].high < f["untrained_dimensions"].low,
    ),
    "probes": Claim(
        "the layer tells the class to a weighted sum better than the pixels do, and that comes from training",
        lambda f: (
            f"A weighted sum tells the class of {f['hidden_probe'].percent()} of the test images from hidden "
            f"activations, of {f['pixels_probe'].percent()} from the pixels, and of {f['untrained_probe'].percent()} "
            "from the activations of the untrained network."
        ),
        lambda f: f["hidden_probe"].low > max(f["pixels_probe"].high, f["untrained_probe"].high),
    ),
    "ablation": Claim(
        "no single node matters much: most can be left out, each by itself, without a significant loss of accuracy",
        lambda f: (
            f"Accuracy falls significantly without a node for {f['significant'].percent()} of the nodes (false "
            f"discovery rate 5 %); the largest loss of any node is {f['largest_ablation_points'].plain(2)} percentage "
            "points."
        ),
        lambda f: f["significant"].high < MOST,
    ),
    "mattering": Claim(
        "what a node knows of the class says little about how much the network needs it",
        lambda f: (
            f"The rank correlation of a node's information about the class with the rise of the cross-entropy "
            f"without it is {f['knowing_mattering'].plain(2)}, though both are measured reliably: halves of the test "
            f"images agree to {f['knowing_halves'].plain(2)} and {f['mattering_halves'].plain(2)}."
        ),
        lambda f: abs(f["knowing_mattering"].mean) < f["mattering_halves"].low / 2,
    ),
}


def _points(difference: Value) -> str:
    return Value(100 * difference.mean, 100 * difference.low, 100 * difference.high).plain()


def describe(name: str, tables: dict[str, pd.DataFrame]) -> str:
    """A claim on each data set: what was measured, and whether it holds there.

    tables : the summaries by the names of DATASETS.
    """
    claim, lines = CLAIMS[name], []
    for table, dataset in DATASETS.items():
        figures = figures_at(tables[table], WIDTH)
        holds = "" if claim.holds(figures) else " The claim does **not** hold here."
        lines.append(f"- On {dataset}: {_lower(claim.sentence(figures))}{holds}")
    return "\n".join(lines)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def headline(tables: dict[str, pd.DataFrame]) -> str:
    """The claims in one line each, with where they hold."""
    lines = []
    for name, claim in CLAIMS.items():
        where = [dataset for table, dataset in DATASETS.items() if claim.holds(figures_at(tables[table], WIDTH))]
        lines.append(f"- {claim.claims[0].upper()}{claim.claims[1:]}: {_where(where)} ([more](#{name})).")
    return "\n".join(lines)


def _where(names: list[str]) -> str:
    if len(names) == len(DATASETS):
        return "so it is on both data sets"
    return f"so it is on {names[0]}, not on the other data set" if names else "refuted on both data sets"


def measured(tables: dict[str, pd.DataFrame]) -> str:
    """How many networks and seeds there are, of each data set."""
    parts = []
    for table, dataset in DATASETS.items():
        own = tables[table]
        widths = ", ".join(f"{width:,}" for width in sorted(own["hidden"].unique()))
        parts.append(f"{int(own['seeds'].max())} seeds of each width ({widths}) on {dataset}")
    return " and ".join(parts)


def widths(table: pd.DataFrame) -> list[list[str]]:
    """The rows of the table by width: nodes, accuracy, shares described, dead nodes, nodes for 95 %, dimensions."""
    rows = []
    for hidden in sorted(table["hidden"].unique()):
        f = figures_at(table, hidden)
        shares = ("test_accuracy", "nodes_described", "directions_described", "untrained_described", "dead")
        sizes = ("nodes_for_95", "effective_dimensions")
        rows.append(
            [
                f"{hidden:,}", *(f"{100 * f[name].mean:.1f} %" for name in shares),
                *(f"{f[name].mean:.1f}" for name in sizes),
            ]
        )  # fmt: skip
    return rows


ANSWER = {  # the rows of the README's table: the figure, what it is, decimals, whether it is a share
    "nodes_described": ("nodes that a sentence describes", 1, True),
    "directions_described": ("- control: random directions in the space of their activations", 1, True),
    "untrained_described": ("- control: nodes of untrained networks", 1, True),
    "pixels_described": ("- control: single pixels", 1, True),
    "shuffled_described": ("- control: nodes, their activations shuffled among the images", 1, True),
    "nodes_for_95": (f"nodes, of {WIDTH}, that keep 95 % of the accuracy", 1, False),
    "random_for_95": ("- control: taken at random, of 1, 2, 4, 8 and so on", 1, False),
    "significant": ("nodes without which accuracy falls significantly", 1, True),
}


def answer(tables: dict[str, pd.DataFrame]) -> list[list[str]]:
    """The rows of the README's first table: what it is, and its value with its interval on each data set."""
    rows = []
    for name, (text, decimals, is_share) in ANSWER.items():
        values = [figures_at(tables[table], WIDTH)[name] for table in DATASETS]
        rows.append([text, *(value.percent(decimals) if is_share else value.plain(decimals) for value in values)])
    return rows
