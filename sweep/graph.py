"""The graph of a sweep's commit: which stages its trials share, and how many executions the cache saves."""

import json
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from dvc.repo import Repo

from hidden_nodes.errors import BadInput
from hidden_nodes.schema import did_you_mean, must_be
from sweep.grid import Trial


@dataclass(frozen=True)
class Stage:
    """A stage of the graph. params : its own. needs : the stages whose outputs it reads. metrics : its files."""

    name: str
    params: list[str]
    needs: list[str]
    metrics: tuple[str, ...] = ()


def read_graph(directory: Path) -> dict[str, Stage]:
    """The stages of the project in `directory`, by name, each after those that it needs."""
    with Repo(str(directory)) as repo:
        found = {}
        for stage in repo.index.stages:
            params = [name for dep in stage.deps for name in getattr(dep, "params", [])]
            needs = sorted(needed.name for needed in repo.index.graph.successors(stage))
            metrics = tuple(out.def_path for out in stage.outs if out.metric)
            found[stage.name] = Stage(stage.name, params, needs, metrics)
    order = TopologicalSorter({name: stage.needs for name, stage in found.items()}).static_order()
    return {name: found[name] for name in order}


def last_stages(graph: dict[str, Stage]) -> list[str]:
    """The stages that no other one needs."""
    needed = {name for stage in graph.values() for name in stage.needs}
    return [name for name in graph if name not in needed]


def select(graph: dict[str, Stage], asked: list[str]) -> dict[str, Stage]:
    """The `asked` stages and all that they need.

    Raises
    ------
    BadInput
        If the graph has no such stage.
    """
    for name in asked:
        if name not in graph:
            refused = must_be("stages", f"among {', '.join(graph)}", name)
            raise BadInput(f"sweep: {refused}{did_you_mean(name, graph)}")
    chosen = set(asked)
    for stage in reversed(graph.values()):
        if stage.name in chosen:
            chosen.update(stage.needs)
    return {name: stage for name, stage in graph.items() if name in chosen}


def reads(graph: dict[str, Stage]) -> dict[str, set[str]]:
    """For each stage the parameters on which its result depends, those of the stages that it needs included."""
    found: dict[str, set[str]] = {}
    for stage in graph.values():
        found[stage.name] = set(stage.params).union(*(found[name] for name in stage.needs))
    return found


def covers(params: set[str], leaf: str) -> bool:
    """Whether a stage that reads `params`, sections or leaves, reads `leaf`."""
    return any(leaf == name or leaf.startswith(f"{name}.") for name in params)


def shared_stages(graph: dict[str, Stage], trials: list[Trial], base: Trial) -> list[str]:
    """The stages with one result for all trials: none of their parameters leaves its `base` value."""
    varied = {leaf for trial in trials for leaf, value in trial.items() if value != base[leaf]}
    return [name for name, params in reads(graph).items() if not any(covers(params, leaf) for leaf in varied)]


def distinct_executions(graph: dict[str, Stage], trials: list[Trial], base: Trial) -> set[tuple[str, str]]:
    """Stages with the values of all parameters they depend on: as many executions as a cache leaves to be done."""
    return {
        (name, json.dumps({leaf: (base | trial)[leaf] for leaf in sorted(base) if covers(params, leaf)}))
        for name, params in reads(graph).items()
        for trial in trials
    }
