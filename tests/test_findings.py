"""A finding says what its figures bear out: gathered from a trial's tables, with intervals over seeds, or refuted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from sweep.findings import DRAWN, METRICS, draw_finding, gather_figures, summarize_findings
from tools import findings

SOURCES = ["nodes", "rotated", "untrained", "pixels", "shuffled"]
TABLES = {
    "controls": pd.DataFrame(
        [(source, kind, n / 10 + (kind == "class") / 100) for n, source in enumerate(SOURCES)
         for kind in ("class", "union", "two_part")],
        columns=["source", "sentences", "share"],
    ),
    "nodes": pd.DataFrame({
        "sentence": ["fires for the digit 1", "no concept we tried describes it"], "q_value": [0.04, 0.06],
        "ablation": [0.3, -0.1], "mutual_information": [0.5, 0.2], "mi_shuffled": [0.01, 0.02], "dead": [0, 1],
    }),
    "relations": pd.DataFrame({
        "relation": ["information and ablation loss", "information, split halves", "ablation loss, split halves"],
        "spearman": [0.1, 0.9, 0.8],
    }),
    "probes": pd.DataFrame({
        "source": ["hidden", "pixels", "untrained"] * 2, "target": ["class"] * 3 + ["hole"] * 3,
        "value": [0.9, 0.8, 0.7, 0.1, 0.2, 0.3],
    }),
    "layers": pd.DataFrame({
        "network": ["trained", "untrained"], "nodes_for_95": [3, 5], "effective_dimensions": [2.5, 6.5],
    }),
    "curves": pd.DataFrame({
        "order": ["random"] * 4, "others": ["refitted"] * 3 + ["mean"], "nodes": [4, 1, 2, 4],
        "accuracy": [0.9, 0.5, 0.86, 0.97],
    }),
}  # fmt: skip


def make_trials(**changed: float) -> pd.DataFrame:
    """Two widths with three seeds each: the figures of TABLES, a little more with each seed."""
    figures = gather_figures(TABLES.__getitem__) | dict.fromkeys(METRICS, 0.5) | changed
    rows: list[dict[str, Any]] = []
    for hidden in (2, findings.WIDTH):
        for seed in (1, 2, 3):
            values = {name: value + 0.01 * seed for name, value in figures.items()}
            rows.append({"experiment": f"{hidden}-{seed}", "dataset": "mnist", "hidden": hidden, "seed": seed} | values)
    return pd.DataFrame(rows)


def test_figures_are_those_of_the_tables() -> None:
    found = gather_figures(TABLES.__getitem__)
    assert found["untrained_described"] == pytest.approx(0.2)
    assert found["rotated_class"] == pytest.approx(0.11)
    assert found["test_accuracy"] == 0.97
    assert (found["significant"], found["fires_for"], found["dead"]) == (0.5, 0.5, 0.5)
    assert (found["largest_ablation_points"], found["knowing_mattering"]) == (0.3, 0.1)
    assert (found["hidden_probe"], found["untrained_size"], found["random_for_95"]) == (0.9, 5, 2)


def test_intervals_over_seeds_are_students() -> None:
    table = make_trials()
    rows = summarize_findings(table).query("hidden == 2").set_index("figure")
    interval = ttest_1samp(table.query("hidden == 2")["hidden_probe"], 0).confidence_interval()
    assert rows.loc["hidden_probe", ["low", "high"]].tolist() == pytest.approx([interval.low, interval.high])
    assert rows.loc["nodes_minus_rotated", "mean"] == pytest.approx(0, abs=1e-12)
    assert rows.loc["trained_minus_untrained_size", ["mean", "seeds"]].tolist() == pytest.approx([-2, 3])


def test_a_claim_that_the_figures_refute_is_said_not_to_hold() -> None:
    kept = {"nodes_described": 0.9, "directions_described": 0.95, "nodes_for_95": 1.0}
    good, bad = (summarize_findings(make_trials(**(kept | own))) for own in ({}, {"untrained_described": 0.97}))
    tables = {"findings": good, "findings_digits": bad}
    lines = findings.describe("described", tables).splitlines()
    assert lines[0].startswith("- On MNIST: a sentence describes 92.0 % (")
    assert "less often" in lines[0]
    assert "not" not in lines[0]
    assert lines[1].endswith("The claim does **not** hold here.")
    assert "so it is on MNIST, not on the other data set ([more](#described))" in findings.headline(tables)
    swapped = summarize_findings(make_trials(nodes_described=0.95, directions_described=0.9))
    assert "more often" in findings.describe("described", {"findings": swapped, "findings_digits": good})


@pytest.mark.parametrize("name", findings.CLAIMS)
def test_every_claim_has_a_picture_of_its_figures(name: str) -> None:
    summary = summarize_findings(make_trials())
    assert set(DRAWN) == set(findings.CLAIMS)
    axes = draw_finding(summary, name).axes[0]
    lines = DRAWN[name][2]
    assert [line.get_label() for line in axes.lines] == list(lines.values())
    for line, figure in zip(axes.lines, lines, strict=True):
        means = summary[summary["figure"] == figure].sort_values("hidden")["mean"]
        assert np.ptp(np.asarray(line.get_ydata()) / means.to_numpy()) == pytest.approx(0, abs=1e-9)
        assert np.asarray(line.get_xdata()).tolist() == [2, findings.WIDTH]
