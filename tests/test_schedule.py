"""The schedule: a function of durations, memory and cores."""

from pathlib import Path

import pytest

from tools.schedule import Queue, Step, makespan, read_steps, simulate, urgencies

LARGE = 1e6  # MB: more than these stages ask for


def step(seconds: float, *needs: str, threads: float = 1, memory: float = 100) -> Step:
    return Step(frozenset(needs), seconds, threads, memory)


# Two branches after a common beginning; the longer one is a, b, d.
GRAPH = {"a": step(1), "b": step(4, "a"), "c": step(1, "a"), "d": step(2, "b"), "e": step(3, "a")}


def test_a_stage_is_the_more_urgent_the_longer_what_waits_for_it() -> None:
    assert urgencies(GRAPH) == {"a": 7, "b": 6, "c": 1, "d": 2, "e": 3}


def test_the_most_urgent_stages_start_first_and_no_more_than_asked_for() -> None:
    queue = Queue(GRAPH, jobs=2, memory=LARGE)
    assert queue.start() == ["a"]
    assert queue.start() == []
    queue.finish("a")
    assert queue.start() == ["b", "e"]
    queue.finish("b")
    assert queue.start() == ["d"]
    queue.put_back("d")
    assert queue.start() == ["d"]


@pytest.mark.parametrize(("cores", "seconds"), [(1, 11), (2, 7), (8, 7)])
def test_on_enough_cores_the_longest_branch_is_all_that_it_takes(cores: int, seconds: float) -> None:
    assert makespan(simulate(GRAPH, cores, cores, LARGE).values()) == seconds


def test_stages_that_want_more_than_the_cores_slow_each_other_down() -> None:
    graph = {"x": step(4, threads=2), "y": step(4, threads=2)}
    spans = simulate(graph, cores=2, jobs=2, memory=LARGE)
    assert [(span.start, span.end) for span in spans.values()] == [(0, 8), (0, 8)]
    assert makespan(simulate(graph, cores=4, jobs=2, memory=LARGE).values()) == 4


def test_stages_run_side_by_side_only_as_far_as_memory_allows() -> None:
    graph = {"x": step(2, memory=600), "y": step(2, memory=600), "z": step(1, memory=300)}
    spans = simulate(graph, cores=3, jobs=3, memory=1_000)
    for one in graph:
        together = [other for other in graph if spans[other].start <= spans[one].start < spans[other].end]
        assert sum(graph[other].memory for other in together) <= 1_000
    assert makespan(spans.values()) == 4


def test_a_stage_that_asks_for_more_than_there_is_runs_alone() -> None:
    graph = {"x": step(2, memory=5_000), "y": step(1)}
    assert makespan(simulate(graph, cores=2, jobs=2, memory=1_000).values()) == 3


def test_what_was_measured_is_read_and_what_was_not_is_assumed(tmp_path: Path) -> None:
    table = tmp_path / "stages.csv"
    table.write_text("stage,seconds,threads,memory\na,2.5,1.5,300\n", encoding="utf-8")
    steps = read_steps({"a": set(), "new": {"a"}}, table, overhead=0.5, more_memory=50)
    assert steps["a"] == Step(frozenset(), 3, 1.5, 350)
    assert steps["new"] == Step(frozenset({"a"}), 5.5, 1, 550)
    assert read_steps({"a": set()}, tmp_path / "none.csv")["a"].seconds == 5
