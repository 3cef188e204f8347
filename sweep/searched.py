"""What a search found: its proposals in their order, each with what it came to."""

import pandas as pd

from sweep.search import Search

TEST = "test_accuracy"
SEED, TRIAL, EXPERIMENT = "sampler_seed", "trial", "experiment"


def tabulate_search(search: Search, table: pd.DataFrame) -> pd.DataFrame:
    """A row a proposal: `sampler_seed trial experiment`, the parameters, the objective, `test_accuracy`.

    table : the experiments, with columns `experiment val_accuracy test_accuracy` at least. `trial` counts from 1, by
    sampler seed. What has not run, or failed, has no values.
    """
    rows = [
        {SEED: proposal.seed, TRIAL: proposal.number + 1, EXPERIMENT: proposal.experiment}
        | search.named[proposal.experiment]
        | {search.sweep.objective: search.read_value(proposal.experiment)}
        for proposal in search.proposals
    ]
    proposals = pd.DataFrame(rows).astype({search.sweep.objective: float})
    return proposals.merge(table[[EXPERIMENT, TEST]], on=EXPERIMENT, how="left").sort_values(
        [SEED, TRIAL], ignore_index=True
    )


def describe_best(proposals: pd.DataFrame, objective: str) -> str:
    """Of each sampler seed the best trial by the objective, a line each."""
    lines = []
    for seed, rows in proposals.groupby(SEED):
        ordered = rows.dropna(subset=[objective]).sort_values(
            objective, ascending=objective.endswith("loss"), kind="stable"
        )
        if ordered.empty:
            lines.append(f"sampler seed {seed}: no trial has run")
            continue
        best = ordered.iloc[0]
        found = f"{best[EXPERIMENT]} with {objective} {best[objective]:.4f}, test accuracy {100 * best[TEST]:.2f} %"
        lines.append(f"sampler seed {seed}: the best of {len(ordered)} trials is {found}")
    return "\n".join(lines)
