"""A search in place of a grid: the same trials however many workers there are, and whenever it was killed."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from hidden_nodes.errors import BadInput
from hidden_nodes.yaml_files import parse_yaml
from sweep import project
from sweep.dispatch import Dispatcher
from sweep.grid import Trial, name_trial
from sweep.job import Job
from sweep.plan import Plan
from sweep.ranges import Choices, Range, Ranges, SearchSweep, corners, is_search, read_ranges, read_search
from sweep.search import Search, as_value
from sweep.searched import describe_best, tabulate_search
from tests.clone import Project
from tests.stub import FOUR, call_sweep, commit_files, make_stub

SEARCH = """\
stages: [evaluate]
search: tpe
ranges:
  hidden: {low: 1, high: 64, log: true}
  train.activation: [relu, tanh]
budget: 12
batch: 5
sampler_seeds: [1, 2]
"""
PARAMS: dict[str, Any] = {"hidden": 1, "train": {"l2": 0.1, "activation": "relu"}}
RANGES: Ranges = {
    "hidden": Range(low=1, high=64, log=True),
    "train.l2": Range(low=1e-4, high=1.0, log=True),
    "train.activation": Choices(values=["relu", "tanh"]),
}


def make_search(found: dict[str, float], **fields: Any) -> Search:
    """A search whose experiments are those `found`, by name."""
    given: dict[str, Any] = {"search": "tpe", "ranges": dict(RANGES), "budget": 16, "sampler_seeds": [1, 2]}
    sweep = SearchSweep(**given | fields)
    return Search(sweep, RANGES, lambda trial: name_trial(trial, PARAMS, ["evaluate"], ["report"]), found.get)


def value_of(trial: Trial) -> float:
    """What a trial comes to: best at 16 nodes with tanh; 0 to 1."""
    hidden, l2 = float(str(trial["hidden"])), float(str(trial["train.l2"]))
    return (1 / (1 + abs(hidden - 16)) + (trial["train.activation"] == "tanh") + min(l2, 1)) / 3


class Ended:
    """A task that has ended as `result` says, without having been run."""

    status, key = "finished", ""

    def __init__(self, result: dict[str, Any]) -> None:
        self.outcome = result

    def add_done_callback(self, function: Any) -> None:
        """Nobody waits for it."""

    def result(self) -> dict[str, Any]:
        return self.outcome


class Stopped(Exception):
    """The process is killed."""


class Machine:
    """A cluster on which trials end in any order, and the experiments that came home from it.

    found : what they came to. log : each trial that was started, as often as it was. broken : those that always fail.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, broken: set[str]) -> None:
        self.found: dict[str, float] = {}
        self.log: list[str] = []
        self.broken = broken
        monkeypatch.setattr(project, "existing", lambda commit: set(self.found))
        monkeypatch.setattr(project, "import_experiment", self.import_experiment)
        monkeypatch.setattr(project, "write_log", lambda name, log: Path(name))
        monkeypatch.setattr(project, "write_state", lambda name, state: None)

    def import_experiment(self, result: dict[str, Any], commit: str, cache: Path) -> None:
        self.found[result["name"]] = result["value"]

    def run(self, workers: int, kill_after: int = 10_000) -> Search:
        """As `python -m sweep run` does, from a new plan to the end, or until it is killed after some trials."""
        search = make_search(self.found)
        plan = Plan("0" * 40, ["evaluate"], [], {}, set(), {"corner": 1}, [], 0, 0, search)
        client: Any = SimpleNamespace(
            processing=dict, scheduler_info=lambda n_workers: {"workers": {}}, dashboard_link="", submit=self.submit
        )
        job = Job("key", plan.commit, "", "", ("evaluate",), (), "tables", False, ())
        dispatcher = Dispatcher(client, job, Path(), "nodes", 0, {}, plan.memory)
        order = random.Random(workers)  # noqa: S311  # an order that a test can repeat
        ended = 0

        def take_ended() -> None:
            nonlocal ended
            side_by_side = list(dispatcher.running)[:workers]
            future = order.choice(side_by_side)
            dispatcher.take(future, dispatcher.running.pop(future))
            ended += 1
            if ended == kill_after:
                raise Stopped

        dispatcher.take_ended = take_ended  # type: ignore[method-assign]
        while todo := plan.advance(dispatcher.failed):
            dispatcher.trials.update(todo)
            dispatcher.run_all()
        return search

    def submit(self, function: Any, by_value: Any, name: str, trial: Trial, **options: Any) -> Ended:
        self.log.append(name)
        result = {"name": name, "worker": "", "host": "", "seconds": 0, "pushed": [], "executed": []}
        return Ended(result | ({"log": "error: broken"} if name in self.broken else {"value": value_of(trial)}))


@pytest.fixture(scope="module")
def expected() -> Search:
    """What is proposed where nothing is interrupted and all trials end at once."""
    found: dict[str, float] = {}
    search = make_search(found)
    while waiting := search.advance():
        found |= {name: value_of(search.named[name]) for name in waiting}
    return search


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_tries_the_same_trials(
    workers: int, expected: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, set())
    assert machine.run(workers).proposals == expected.proposals
    assert sorted(machine.log) == sorted(expected.named)
    assert len(expected.proposals) == 32


def test_a_search_that_was_killed_goes_on_with_the_same_trials_and_runs_none_twice(
    expected: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, set())
    for kill_after in (3, 9):  # in the first batch, and in a later one
        with pytest.raises(Stopped):
            machine.run(2, kill_after)
    before = set(machine.found)
    assert len(before) == 12
    first = len(machine.log)
    assert machine.run(4).proposals == expected.proposals
    assert not before & set(machine.log[first:])
    assert set(machine.found) == set(expected.named)


def test_a_trial_that_fails_stops_nothing_and_fails_again_in_the_same_sequence(
    expected: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {expected.proposals[1].experiment, expected.proposals[-1].experiment}
    machine = Machine(monkeypatch, broken)
    first = machine.run(1).proposals
    assert len(first) == 32
    experiments = dict(machine.found)
    assert machine.run(4).proposals == first
    assert machine.found == experiments
    assert not broken & set(experiments)


def test_what_is_proposed_depends_on_what_trials_came_to(expected: Search) -> None:
    found: dict[str, float] = {}
    search = make_search(found)
    while waiting := search.advance():
        found |= {name: -value_of(search.named[name]) for name in waiting}
    random_ones = [proposal for proposal in expected.proposals if proposal.number < 10]
    assert [proposal for proposal in search.proposals if proposal.number < 10] == random_ones
    assert search.proposals != expected.proposals
    learnt = [value_of(expected.named[p.experiment]) for p in expected.proposals if p.number >= 12]
    drawn = [value_of(expected.named[p.experiment]) for p in random_ones]
    assert sum(learnt) / len(learnt) > sum(drawn) / len(drawn)


def test_a_loss_is_minimized_and_what_is_no_number_counts_as_failed() -> None:
    found: dict[str, float] = {}
    search = make_search(found, objective="val_loss")
    waiting = search.advance()
    found |= dict.fromkeys(waiting, 1.0) | {waiting[0]: float("nan")}
    search.advance()
    study = search.studies[1]
    assert study.direction.name == "MINIMIZE"
    assert [trial.state.name for trial in study.trials[:2]] == ["FAIL", "COMPLETE"]


def test_proposed_numbers_are_short_and_in_their_range() -> None:
    assert as_value(Range(low=0.12344, high=1.0), 0.345678) == 0.3457
    assert as_value(Range(low=0.12344, high=1.0), 0.12344) == 0.12344  # 0.1234 would be below
    assert as_value(Range(low=0.0, high=0.99998), 0.99998) == 0.99998
    assert as_value(Choices(values=[[1, 2], "relu"]), 0) == [1, 2]


def test_both_ends_of_each_range_and_every_choice_are_checked_before_anything_runs() -> None:
    found = corners(RANGES | {"seed": Choices(values=[1, 2, 3])})
    assert [trial["hidden"] for trial in found] == [1, 64, 64]
    assert {trial["seed"] for trial in found} == {1, 2, 3}


def test_whole_ends_make_a_range_of_whole_numbers_only_where_the_parameter_is_one() -> None:
    sweep = SearchSweep(search="tpe", budget=11, ranges={"hidden": {"low": 1, "high": 8}, "l2": {"low": 0, "high": 1}})
    ranges = read_ranges(sweep, {"hidden": 4, "l2": 0.1}, Path("x.yaml"))
    assert ranges == {"hidden": Range(low=1, high=8), "l2": Range(low=0.0, high=1.0)}
    assert isinstance(ranges["l2"], Range)
    assert isinstance(ranges["l2"].low, float)


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_stub(tmp_path_factory.mktemp("search") / "stub", FOUR)
    (project.path / "metrics").mkdir()
    return commit_files(project.path, {"sweeps/tpe.yaml": SEARCH})


RANGE = "  hidden: {low: 1, high: 64, log: true}\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low: 1, high: 64", "low: 65, high: 64", "'ranges.hidden': 'low' must be below 'high', 64. Got 65"),
        ("low: 1", "low: 0", "'ranges.hidden': 'low' must be at least 1, as 'log' is true. Got 0"),
        ("low: 1,", "", "'ranges.hidden': the parameter 'low' is missing"),
        ("low: 1", "low: few", "'the end of a range' must be a finite number. Got 'few'"),
        ("log: true", "lgo: true", "'ranges.hidden': there is no parameter 'lgo'. Did you mean 'lo"),
        ("high: 64", "hihg: 64", "'ranges.hidden': the parameter 'high' is missing"),
        ("[relu, tanh]", "[]", "'ranges.train.activation': 'values' must be at least 1 item"),
        ("[relu, tanh]", "relu", "must be a list of values, or {low: ..., high: ...}. Got 'relu'"),
        ("  hidden:", "  hiden:", "params.yaml has no parameter 'hiden'. Did you mean 'hidden'?"),
        ("budget: 12", "budget: 10", "'budget' must be greater than 10. Got 10"),
        ("budget: 12", "", "the parameter 'budget' is missing"),
        ("budget: 12", "budget: 5000", "must ask for at most 5000 trials. Found 5000 for each of 2 sampler seeds"),
        ("search: tpe", "search: tpr", "'search' must be one of 'tpe'. Got 'tpr' instead. Did you mean 'tpe'?"),
        ("search: tpe", "", "the parameter 'search' is missing"),
        ("batch: 5", "bach: 5", "there is no parameter 'bach'. Did you mean 'batch'?"),
        ("batch: 5", "batch: 0", "'batch' must be greater than or equal to 1. Got 0"),
        ("batch: 5", "objective: test_accuracy", "'objective' must be one of 'val_accuracy', 'val_loss' or"),
        ("batch: 5", "grid: {hidden: [1]}", "must have either a 'grid' and 'trials', or a 'search'"),
        ("[1, 2]", "[1, 1]", "'sampler_seeds' must be numbers that differ. Got [1, 1]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_search_is_one_line(old: str, new: str, message: str) -> None:
    path = Path("sweeps/tpe.yaml")
    assert SEARCH.count(old) >= 1
    values = parse_yaml(SEARCH.replace(old, new), path)
    assert is_search(values)
    with pytest.raises(BadInput) as caught:
        read_ranges(read_search(values, path), {"hidden": 1, "train.activation": "relu"}, path)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_search_is_planned_as_far_as_it_is_known(stub: Project) -> None:
    printed = call_sweep(stub, "plan", "sweeps/tpe.yaml")
    waiting = [line.split()[2] for line in printed.splitlines() if line.startswith("to run")]
    assert len(waiting) > 5
    assert f"{len(waiting)} trials known so far, of which 0 exist" in printed
    assert "12 trials with each of 2 sampler seeds: 10 of 24 proposed; the next ones depend on what these" in printed
    assert f"0 of {len(waiting)} trials are done, 0 failed" in call_sweep(stub, "status", "sweeps/tpe.yaml")
    assert "no trial of sweeps/tpe.yaml has run" in call_sweep(stub, "results", "sweeps/tpe.yaml", status=2)
    (stub.path / "more.yaml").write_text(SEARCH.replace("search: tpe", "search: tpe\nobjective: val_loss"))
    (stub.path / "metrics/evaluate.json").write_text('{"val_accuracy": 0.5}')
    stub.run("git", "add", "-f", "metrics/evaluate.json")
    stub.run("git", "commit", "--quiet", "-m", "metrics")
    assert "no stage that would run writes the metric 'val_loss'. Looked in metrics/evaluate.json." in call_sweep(
        stub, "plan", "more.yaml", status=2
    )


def test_what_a_search_found_is_told_in_the_order_of_its_proposals(expected: Search) -> None:
    table = pd.DataFrame({"experiment": list(expected.named), "val_accuracy": 0.5, "test_accuracy": 0.25})
    proposals = tabulate_search(expected, table)
    assert list(proposals) == [
        "sampler_seed", "trial", "experiment", "hidden", "train.l2", "train.activation", "val_accuracy",
        "test_accuracy",
    ]  # fmt: skip
    assert proposals["trial"].tolist() == [*range(1, 17), *range(1, 17)]
    best = max((p.experiment for p in expected.proposals if p.seed == 2), key=lambda n: value_of(expected.named[n]))
    assert f"sampler seed 2: the best of 16 trials is {best} with " in describe_best(proposals, "val_accuracy")
