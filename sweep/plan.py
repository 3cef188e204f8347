"""What a study would do: its points, which of them exist, what the cache saves."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep import project
from sweep.graph import distinct_executions, last_stages, read_graph, select, shared_stages
from sweep.grid import Point, Study, check_points, expand, flatten, load_study, name_points, show


@dataclass(frozen=True)
class Plan:
    """A study of one commit.

    asked : the stages to run. needed : these, and those that they need. named : the points by the names of their
    experiments. existing : names of those that have run. shared : the stages that all points share. total, distinct :
    stage executions without and with a cache.
    """

    commit: str
    params: dict[str, Any]
    asked: list[str]
    needed: list[str]
    named: dict[str, Point]
    existing: set[str]
    shared: list[str]
    total: int
    distinct: int


def make_plan(path: Path) -> Plan:
    """Read `study.yaml` and the graph of its commit; nothing is run."""
    study: Study = load_study(path)
    commit = project.resolve(study.commit)
    params = project.read_params(commit)
    points = expand(study)
    check_points(points, params)
    with project.clone_at(commit, project.cache_directory()) as clone:
        graph = read_graph(clone)
    chosen, base = select(graph, study.stages), flatten(params)
    named = name_points(points, params, study.stages, last_stages(graph))
    there = project.existing(commit)
    return Plan(
        commit, params, study.stages, list(chosen), named, {name for name in named if name in there},
        shared_stages(chosen, points, base), len(chosen) * len(points), len(distinct_executions(chosen, points, base)),
    )  # fmt: skip


def describe_plan(plan: Plan) -> str:
    """The points, one a line, and the sum."""
    lines = [
        f"{'exists' if name in plan.existing else 'to run':8}{name}   ({show(point)})"
        for name, point in plan.named.items()
    ]
    saved = plan.total - plan.distinct
    return "\n".join([
        *lines,
        f"commit {plan.commit[:7]}, up to {', '.join(plan.asked)}: {len(plan.named)} points, "
        f"of which {len(plan.existing)} exist",
        f"{plan.total} stage executions, of which the cache saves at least {saved}; "
        f"once for all points: {', '.join(plan.shared) or 'none'}",
    ])  # fmt: skip
