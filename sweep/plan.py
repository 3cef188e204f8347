"""What a sweep would do: its trials, which of them exist, what the cache saves."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hidden_nodes.plotting.style import plural
from hidden_nodes.schema import flatten
from hidden_nodes.yaml_files import read_yaml
from sweep import project
from sweep.checks import check_trials, memory_needs
from sweep.commands import experiment_reference
from sweep.graph import Stage, distinct_executions, last_stages, read_graph, select, shared_stages
from sweep.grid import Trial, expand, name_trial, name_trials, read_sweep, show
from sweep.ranges import Ranges, SearchSweep, corners, is_search, read_ranges, read_search

if TYPE_CHECKING:
    from sweep.search import Search  # with Optuna, which only a search imports


@dataclass
class Plan:
    """A sweep of one commit.

    asked : the stages to run. needed : these, and those that they need. named : the trials by the names of their
    experiments. existing : names of those that have run. memory : bytes that each takes at most. shared : the stages
    that all trials share. total, distinct : stage executions without and with a cache. search : what says which trials
    there are, if no grid does; `named`, `existing` and `memory` are then about those that are known so far.
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
    search: "Search | None" = None

    @property
    def further(self) -> int:
        """How many trials are not known yet, at most."""
        return self.search.further if self.search else 0

    def advance(self, failed: Collection[str] = ()) -> dict[str, Trial]:
        """The trials that a search asks for next, as far as others have run or `failed`; none at its end."""
        if self.search is None:
            return {}
        waiting = self.search.advance(failed)
        self.named.update(self.search.named)
        self.existing = set(self.named) & project.existing(self.commit)
        self.memory.update(dict.fromkeys(self.named, max(self.memory.values())))
        return {name: self.named[name] for name in waiting}


def make_plan(path: Path, follow_failed: bool = False) -> Plan:
    """Read a sweep and the graph of its commit; nothing is run.

    follow_failed : whether a search is known beyond trials that failed when it ran last: unless they are run again.
    """
    values = read_yaml(path)
    sweep = read_search(values, path) if is_search(values) else read_sweep(values, path)
    commit = project.resolve(sweep.commit)
    params, descriptions = project.read_params(commit), project.read_descriptions(commit)
    base = flatten(params)
    ranges = read_ranges(sweep, base, path) if isinstance(sweep, SearchSweep) else {}
    trials = corners(ranges) if isinstance(sweep, SearchSweep) else expand(sweep)
    check_trials(trials, params, descriptions)
    with project.clone_at(commit, project.cache_directory()) as clone:
        graph = read_graph(clone)
    chosen, last = select(graph, sweep.stages), last_stages(graph)
    named = name_trials(trials, params, sweep.stages, last)
    plan = Plan(
        commit=commit, asked=sweep.stages, needed=list(chosen), named=named,
        existing=set(named) & project.existing(commit), memory=memory_needs(named, params, descriptions),
        shared=shared_stages(chosen, trials, base), total=len(chosen) * len(trials),
        distinct=len(distinct_executions(chosen, trials, base)),
    )  # fmt: skip
    if isinstance(sweep, SearchSweep):
        start_search(plan, sweep, ranges, partial(name_trial, params=params, stages=sweep.stages, last=last), chosen)
        plan.advance(project.read_failed(path.stem, commit) if follow_failed else ())
    return plan


def start_search(
    plan: Plan, sweep: SearchSweep, ranges: Ranges, name: Callable[[Trial], str], graph: dict[str, Stage]
) -> None:
    """Make `plan` that of a search, of which no trial is known yet.

    name : gives a trial its experiment's name. graph : the stages that would run. Raises BadInput if none of them
    writes the objective, as far as the commit's own metrics tell.
    """
    from sweep.search import Search

    metrics = [path for stage in graph.values() for path in stage.metrics]
    project.read_metric(plan.commit, metrics, sweep.objective)

    there = project.existing(plan.commit)

    def read_value(experiment: str) -> float | None:
        if experiment not in there:
            there.update(project.existing(plan.commit))
        if experiment not in there:
            return None
        return project.read_metric(experiment_reference(plan.commit, experiment), metrics, sweep.objective)

    plan.search = Search(sweep, ranges, name, read_value)
    plan.named = {}


def describe_plan(plan: Plan) -> str:
    """The trials, one a line, and the sum."""
    lines = [
        f"{'exists' if name in plan.existing else 'to run':8}{name}   ({show(trial)})"
        for name, trial in plan.named.items()
    ]
    where = f"commit {plan.commit[:7]}, up to {', '.join(plan.asked)}"
    exist, shared = f"of which {len(plan.existing)} exist", f"once for all trials: {', '.join(plan.shared) or 'none'}"
    if plan.search:
        known = f"{where}: {plural(len(plan.named), 'trial')} known so far, {exist}"
        return "\n".join([*lines, known, describe_search(plan.search), shared])
    saved = plan.total - plan.distinct
    executions = f"{plan.total} stage executions, of which the cache saves at least {saved}"
    return "\n".join([*lines, f"{where}: {len(plan.named)} trials, {exist}", f"{executions}; {shared}"])


def describe_search(search: "Search") -> str:
    """How far a search is known."""
    sweep = search.sweep
    seeds = len(sweep.sampler_seeds)
    each = f" with each of {seeds} sampler seeds" if seeds > 1 else ""
    asked = f"{len(search.proposals)} of {sweep.budget * seeds} proposed"
    later = "; the next ones depend on what these come to" if search.further else ""
    return f"search by {sweep.search} for the best {sweep.objective}, {sweep.budget} trials{each}: {asked}{later}"
