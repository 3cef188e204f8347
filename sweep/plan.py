"""What a sweep would do: its trials, which of them exist, what the cache saves."""

from dataclasses import dataclass
from pathlib import Path

from hidden_nodes.schema import flatten
from sweep import project
from sweep.checks import check_trials, memory_needs
from sweep.graph import distinct_executions, last_stages, read_graph, select, shared_stages
from sweep.grid import Trial, expand, load_sweep, name_trials, show


@dataclass(frozen=True)
class Plan:
    """A sweep of one commit.

    asked : the stages to run. needed : these, and those that they need. named : the trials by the names of their
    experiments. existing : names of those that have run. memory : bytes that each takes at most. shared : the stages
    that all trials share. total, distinct : stage executions without and with a cache.
    """

    commit: str
    asked: list[str]
    needed: list[str]
    named: dict[str, Trial]
    existing: set[str]
    memory: dict[str, int]
    shared: list[str]
    total: int
    distinct: int


def make_plan(path: Path) -> Plan:
    """Read a sweep and the graph of its commit; nothing is run."""
    sweep = load_sweep(path)
    commit = project.resolve(sweep.commit)
    params, descriptions = project.read_params(commit), project.read_descriptions(commit)
    trials = expand(sweep)
    check_trials(trials, params, descriptions)
    with project.clone_at(commit, project.cache_directory()) as clone:
        graph = read_graph(clone)
    chosen, base = select(graph, sweep.stages), flatten(params)
    named = name_trials(trials, params, sweep.stages, last_stages(graph))
    return Plan(
        commit=commit, asked=sweep.stages, needed=list(chosen), named=named,
        existing=set(named) & project.existing(commit), memory=memory_needs(named, params, descriptions),
        shared=shared_stages(chosen, trials, base), total=len(chosen) * len(trials),
        distinct=len(distinct_executions(chosen, trials, base)),
    )  # fmt: skip


def describe_plan(plan: Plan) -> str:
    """The trials, one a line, and the sum."""
    lines = [
        f"{'exists' if name in plan.existing else 'to run':8}{name}   ({show(trial)})"
        for name, trial in plan.named.items()
    ]
    saved = plan.total - plan.distinct
    return "\n".join([
        *lines,
        f"commit {plan.commit[:7]}, up to {', '.join(plan.asked)}: {len(plan.named)} trials, "
        f"of which {len(plan.existing)} exist",
        f"{plan.total} stage executions, of which the cache saves at least {saved}; "
        f"once for all trials: {', '.join(plan.shared) or 'none'}",
    ])  # fmt: skip
