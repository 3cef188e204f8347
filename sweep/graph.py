"""The graph of a study's commit: which stages its points share, and how many executions the cache saves."""

import json
from dataclasses import dataclass
from pathlib import Path

from dvc.repo import Repo

from hidden_nodes.errors import BadInput
from sweep.grid import Point


@dataclass(frozen=True)
class Stage:
    """A stage of the graph. params : its own. needs : the stages whose outputs it reads."""

    name: str
    params: list[str]
    needs: list[str]


def read_graph(directory: Path) -> dict[str, Stage]:
    """The stages of the project in `directory`, by name, each after those that it needs."""
    with Repo(str(directory)) as repo:
        stages = list(repo.index.stages)
        needs = {stage: {n.name for n in repo.index.graph.successors(stage)} for stage in stages}
        params = {stage: [name for dep in stage.deps for name in getattr(dep, "params", [])] for stage in stages}
    graph: dict[str, Stage] = {}
    while len(graph) < len(stages):
        for stage in stages:
            if stage.name not in graph and needs[stage] <= set(graph):
                graph[stage.name] = Stage(stage.name, params[stage], sorted(needs[stage]))
    return graph


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
    if unknown := [name for name in asked if name not in graph]:
        raise BadInput(f"study: 'stages' must be among {', '.join(graph)}. Got {unknown[0]!r} instead.")
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


def shared_stages(graph: dict[str, Stage], points: list[Point], base: Point) -> list[str]:
    """The stages with one result for all points: none of their parameters leaves its `base` value."""
    varied = {leaf for point in points for leaf, value in point.items() if value != base[leaf]}
    return [name for name, params in reads(graph).items() if not any(covers(params, leaf) for leaf in varied)]


def distinct_executions(graph: dict[str, Stage], points: list[Point], base: Point) -> set[tuple[str, str]]:
    """Stages with the values of all parameters they depend on: as many executions as a cache leaves to be done."""
    return {
        (name, json.dumps({leaf: (base | point)[leaf] for leaf in sorted(base) if covers(params, leaf)}))
        for name, params in reads(graph).items()
        for point in points
    }
