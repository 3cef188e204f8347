"""What docs/findings.md says of seeds is what docs/results/seeds.csv bears out, and no more."""

import pandas as pd

from tools import seeds
from tools.findings import WIDTH

SURE = 0.01  # half of an interval
FIGURES = {
    "seeds_cka": 0.95, "pixels_cka": 0.89, "labels_cka": 0.5, "permuted_cka": 0.4, "untrained_cka": 0.8,
    "seeds_share_80": 0.29, "seeds_share_80_live": 0.3, "rotated_share_80": 0.008, "permuted_share_80": 0.0,
    "untrained_share_80": 0.0, "common": 0.2, "anywhere": 0.5, "in_families": 0.25, "families": 0.5,
    "described_common": 0.9, "described_rare": 0.8, "described_difference": 0.1, "common_auc": 0.2, "common_loss": 0.3,
    "family_loss": 0.4, "same_sentence": 0.3, "same_by_chance": 0.05, "same_difference": 0.25,
}  # fmt: skip


def make_table(**changed: float) -> pd.DataFrame:
    rows = [(WIDTH, figure, mean, mean - SURE, mean + SURE) for figure, mean in (FIGURES | changed).items()]
    return pd.DataFrame(rows, columns=["hidden", "figure", "mean", "low", "high"])


def test_space_and_basis_are_called_shared_only_above_every_control() -> None:
    space, basis, nodes = seeds.shared(make_table()).splitlines()
    assert space.startswith("- The space is shared: CKA between seeds is 0.95 (0.94 to 0.96). That alone says little")
    assert "0.89 (0.88 to 0.90) between a trained network and the raw pixels" in space
    assert basis.startswith("- So much of the basis is: 29.0 % (28.0 to 30.0) of matched nodes correlate above 0.8.")
    assert "0.8 % (0.0 to 1.8) where the other network is rotated at random" in basis
    assert "there are 64 of them" in nodes
    assert seeds.shared(make_table(untrained_cka=0.945)).startswith("- Whether the space is shared, these seeds do not")
    for control in seeds.CONTROLS:
        refuted = seeds.shared(make_table(**{f"{control}_share_80": 0.285})).splitlines()
        assert refuted[1].startswith("- Of the basis, no more is than by chance")


def test_nodes_with_counterparts_are_called_other_than_the_rest_only_where_intervals_permit_it() -> None:
    described, matter, same = seeds.counterparts(make_table()).splitlines()
    assert "they are described more often (difference in points: 10.0 (9.0 to 11.0))" in described
    assert "it is 0.30 (0.29 to 0.31): they matter more." in matter
    assert "in 30.0 % (29.0 to 31.0) of pairs" in same
    described, matter, _ = seeds.counterparts(make_table(described_difference=0.009, common_loss=-0.2)).splitlines()
    assert "these seeds do not tell more from less (difference in points: 0.9 (-0.1 to 1.9))" in described
    assert "they matter less" in matter
    assert "described less often" in seeds.counterparts(make_table(described_difference=-0.1))


def test_the_table_by_width_has_a_cell_a_figure() -> None:
    rows = seeds.widths(pd.concat([make_table(), make_table(seeds_cka=0.5).assign(hidden=1024)]))
    assert [row[:2] for row in rows] == [[f"{WIDTH}", "0.950"], ["1,024", "0.500"]]
    assert all(len(row) == 1 + len(seeds.COLUMNS) for row in rows)
    assert rows[0][3] == "29.0 ± 1.0"
