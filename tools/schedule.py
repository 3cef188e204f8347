"""Which stage starts when: a function of durations, memory and cores alone.

`tools/parallel.py` starts real stages in this order; `simulate` tells how long the graph would take on other machines.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

MEASURED = Path("docs/results/stages.csv")  # what each stage takes alone: `make bench-parallel`
MEGABYTE = 1e6
UNKNOWN = {"seconds": 5.0, "threads": 1.0, "memory": 500.0}  # of a stage that has not been measured


@dataclass(frozen=True)
class Step:
    """A stage as the schedule sees it.

    needs : the stages that must have ended before. seconds : it takes alone. threads : cores that it then keeps busy.
    memory : its peak, in MB.
    """

    needs: frozenset[str]
    seconds: float
    threads: float
    memory: float


@dataclass(frozen=True)
class Span:
    """When a stage runs, in seconds from the beginning."""

    start: float
    end: float


def read_steps(
    needs: dict[str, set[str]], path: Path = MEASURED, overhead: float = 0, more_memory: float = 0
) -> dict[str, Step]:
    """The steps of a graph with what was measured of them.

    overhead, more_memory : seconds and MB that every stage takes besides.
    """
    measured: dict[str, dict[str, str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            measured = {row["stage"]: row for row in csv.DictReader(file)}
    steps = {}
    for name, needed in needs.items():
        known = {key: float(measured.get(name, {}).get(key, value)) for key, value in UNKNOWN.items()}
        known["seconds"] += overhead
        known["memory"] += more_memory
        steps[name] = Step(frozenset(needed), **known)
    return steps


def urgencies(steps: dict[str, Step]) -> dict[str, float]:
    """For each stage the seconds from its start to the end of the graph, if no stage had to wait for a core."""
    found = dict.fromkeys(steps, 0.0)
    order = list(TopologicalSorter({name: step.needs for name, step in steps.items()}).static_order())
    for name in reversed(order):
        found[name] += steps[name].seconds
        for needed in steps[name].needs:
            found[needed] = max(found[needed], found[name])
    return found


class Queue:
    """The stages that may start now: the most urgent first, at most `jobs` at once, within `memory` MB together."""

    def __init__(self, steps: dict[str, Step], jobs: int, memory: float) -> None:
        self.steps, self.jobs, self.memory = steps, jobs, memory
        self.sorter = TopologicalSorter({name: step.needs for name, step in steps.items()})
        self.sorter.prepare()
        self.urgency = urgencies(steps)
        self.ready: list[str] = []
        self.running: set[str] = set()

    def start(self) -> list[str]:
        """The stages to start now; they count as running from here on.

        A stage that needs more than `memory` alone is started when nothing else runs: better slowly than never.
        """
        self.ready = sorted([*self.ready, *self.sorter.get_ready()], key=lambda name: (-self.urgency[name], name))
        started = []
        for name in list(self.ready):
            used = sum(self.steps[other].memory for other in self.running)
            if len(self.running) < self.jobs and (not used or used + self.steps[name].memory <= self.memory):
                self.ready.remove(name)
                self.running.add(name)
                started.append(name)
        return started

    def finish(self, name: str) -> None:
        """A running stage has ended: those that waited for it may start."""
        self.running.remove(name)
        self.sorter.done(name)

    def put_back(self, name: str) -> None:
        """A running stage has to start again."""
        self.running.remove(name)
        self.ready.append(name)


def simulate(steps: dict[str, Step], cores: int, jobs: int, memory: float) -> dict[str, Span]:
    """When each stage would run. Where the running stages want more than the cores, all slow down alike.

    No stage gains from more cores than those it kept busy where it was measured.
    """
    queue, now = Queue(steps, jobs, memory), 0.0
    starts: dict[str, float] = {}
    left: dict[str, float] = {}  # seconds that a running stage would still take alone
    spans: dict[str, Span] = {}
    while len(spans) < len(steps):
        for name in queue.start():
            starts[name], left[name] = now, steps[name].seconds
        speed = min(1.0, cores / sum(steps[name].threads for name in left))
        first = min(left, key=lambda name: (left[name], name))
        passed = left[first]
        now += passed / speed
        left = {name: seconds - passed for name, seconds in left.items() if name != first}
        spans[first] = Span(starts[first], now)
        queue.finish(first)
    return spans


def makespan(spans: Iterable[Span]) -> float:
    """When the last stage ends."""
    return max((span.end for span in spans), default=0.0)
