"""The sentences of `docs/findings.md` on whether another seed knows the same, made of `docs/results/seeds.csv`."""

import pandas as pd

from tools.findings import WIDTH, Figures, Value, figures_at

CONTROLS = {
    "rotated": "where the other network is rotated at random, which leaves its CKA as it is",
    "permuted": "where the other network's images are permuted within their classes",
    "untrained": "between untrained networks",
}


def shared(table: pd.DataFrame) -> str:
    """How much of the space and of the basis seeds share, with all controls."""
    f = figures_at(table, WIDTH)
    controls = ", ".join(f"{f[f'{name}_share_80'].percent()} {text}" for name, text in CONTROLS.items())
    return "\n".join([
        f"- {_space(f)}: CKA between seeds is {f['seeds_cka'].plain(2)}. That alone says little: it "
        f"is {f['untrained_cka'].plain(2)} between untrained networks, {f['pixels_cka'].plain(2)} between a trained "
        f"network and the raw pixels, {f['labels_cka'].plain(2)} with the classes, and {f['permuted_cka'].plain(2)} "
        "where the other network's images are permuted within their classes.",
        f"- {_basis(f)}: {f['seeds_share_80'].percent()} of matched nodes correlate above 0.8. Controls: {controls}.",
        f"- {f['common'].percent()} of the nodes have a counterpart in at least half of the other seeds, and "
        f"{f['anywhere'].percent()} in one or more. Families of at least half of the seeds, in each of which any two "
        f"members are counterparts, hold {f['in_families'].percent()} of the nodes; there are "
        f"{WIDTH * f['families'].mean:.0f} of them, beside {WIDTH} nodes of each network.",
    ])  # fmt: skip


def _space(f: Figures) -> str:
    above = max(f[name].high for name in ("untrained_cka", "permuted_cka"))
    return (
        "The space is shared" if f["seeds_cka"].low > above else "Whether the space is shared, these seeds do not tell"
    )


def _basis(f: Figures) -> str:
    above = max(f[f"{name}_share_80"].high for name in CONTROLS)
    return "So much of the basis is" if f["seeds_share_80"].low > above else "Of the basis, no more is than by chance"


def counterparts(table: pd.DataFrame) -> str:
    """Whether nodes that have counterparts are those that can be described, those that matter, and say the same."""
    f = figures_at(table, WIDTH)
    return "\n".join([
        f"- **Can they be described?** Of the live nodes with a counterpart in at least half of the other seeds, a "
        f"sentence describes {f['described_common'].percent()}, of the others {f['described_rare'].percent()}: "
        f"{_side(f['described_difference'], 'they are described more often', 'they are described less often')} "
        f"(difference in points: {points(f['described_difference'])}). The rank correlation of the number of seeds in "
        f"which a node has a counterpart with the AUC of its sentence is {f['common_auc'].plain(2)}.",
        f"- **Do they matter?** With the rise of the cross-entropy without the node it is {f['common_loss'].plain(2)}: "
        f"{_side(f['common_loss'], 'they matter more', 'they matter less')}. Between two members of a family, the "
        f"rank correlation of that rise, ranked in each network, is {f['family_loss'].plain(2)}.",
        f"- **Do they say the same?** Two members of a family have the very same sentence in "
        f"{f['same_sentence'].percent()} of pairs, of those that a sentence describes both; with the same sentences "
        f"put together at random it would be {f['same_by_chance'].percent()} (difference in points: "
        f"{points(f['same_difference'])}).",
    ])  # fmt: skip


def _side(difference: Value, more: str, less: str) -> str:
    if difference.low > 0:
        return more
    return less if difference.high < 0 else "these seeds do not tell more from less"


def points(value: Value) -> str:
    """A difference of shares in percentage points, with its interval."""
    return Value(100 * value.mean, 100 * value.low, 100 * value.high).plain()


COLUMNS = {
    "seeds_cka": "CKA, seeds", "pixels_cka": "CKA, pixels", "seeds_share_80": "Matched above 0.8",
    "seeds_share_80_live": "of live nodes", "rotated_share_80": "Rotated", "permuted_share_80": "Permuted",
    "untrained_share_80": "Untrained", "common": "In half of the seeds", "in_families": "In families",
}  # fmt: skip
CKA = ("seeds_cka", "pixels_cka")


def widths(table: pd.DataFrame) -> list[list[str]]:
    """The rows of the table by width: nodes, then the mean of each of COLUMNS; shares in percent, with intervals."""
    rows = []
    for hidden in sorted(table["hidden"].unique()):
        f = figures_at(table, hidden)
        rows.append([f"{hidden:,}", *(f"{f[name].mean:.3f}" if name in CKA else _cell(f[name]) for name in COLUMNS)])
    return rows


def _cell(value: Value) -> str:
    """Such as "28.9 ± 1.2", in percent: the interval is as wide to either side."""
    return f"{100 * value.mean:.1f} ± {100 * (value.high - value.mean):.1f}"
