"""A plan of a grid or of a search, made of a commit that is told: which trials there are, and which have run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hidden_nodes.errors import BadInput
from sweep import plan as module
from sweep.graph import Stage
from sweep.plan import describe_plan, make_plan
from tests.clone import ROOT

PARAMS = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
DESCRIPTIONS = {"mnist": (ROOT / "datasets/mnist.yaml").read_text(encoding="utf-8")}
GRAPH = {
    "fetch": Stage("fetch", ["dataset"], []),
    "train": Stage("train", ["hidden", "train"], ["fetch"]),
    "evaluate": Stage("evaluate", [], ["train"], ("metrics/evaluate.json",)),
    "report": Stage("report", [], ["evaluate"]),
}
GRID = "grid:\n  hidden: [2, 4, 8]\ntrials:\n- hidden: 16\n"
SEARCH = "search: tpe\nranges:\n  hidden: {low: 1, high: 512}\nbudget: 11\nbatch: 4\n"


class Clone:
    """In the place of the user's clone: a commit, its experiments with their validation accuracies, what failed."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.failed: set[str] = set()
        self.asked: list[str] = []

    def resolve(self, commit: str) -> str:
        return f"{commit}-resolved"

    def read_params(self, _: str) -> dict[str, Any]:
        return dict(PARAMS)

    def read_descriptions(self, _: str) -> dict[str, str]:
        return DESCRIPTIONS

    def cache_directory(self) -> Path:
        return Path()

    @contextmanager
    def clone_at(self, _: str, cache: Path) -> Iterator[Path]:
        yield cache

    def existing(self, _: str) -> set[str]:
        return {*self.values, "of-another-sweep"}

    def read_failed(self, sweep: str, commit: str) -> set[str]:
        self.asked.append(f"failed of {sweep} on {commit}")
        return self.failed

    def read_metric(self, revision: str, paths: list[str], name: str) -> float | None:
        self.asked.append(f"{name} of {revision.rpartition('/')[2]} in {', '.join(paths)}")
        return self.values.get(revision.rpartition("/")[2])


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.chdir(tmp_path)
    clone = Clone()
    monkeypatch.setattr(module, "project", clone)
    monkeypatch.setattr(module, "read_graph", lambda _: GRAPH)
    return clone


def plan_of(text: str, **more: bool) -> module.Plan:
    path = Path("nodes.yaml")
    path.write_text(text, encoding="utf-8")
    return make_plan(path, **more)


def test_a_grid_is_planned_with_what_its_trials_share_and_need(clone: Clone) -> None:
    clone.values = {"hidden-4-to-evaluate": 0.5}
    plan = plan_of(GRID)
    assert plan.commit == "HEAD-resolved"
    assert list(plan.named) == [f"hidden-{hidden}-to-evaluate" for hidden in (2, 4, 8, 16)]
    assert plan.existing == {"hidden-4-to-evaluate"}
    assert (plan.asked, plan.needed, plan.shared) == (["evaluate"], ["fetch", "train", "evaluate"], ["fetch"])
    assert (plan.total, plan.distinct) == (3 * 4, 1 + 2 * 4)
    assert sorted(plan.memory) == sorted(plan.named)
    assert (plan.search, plan.further, plan.advance()) == (None, 0, {})
    with pytest.raises(BadInput, match="'hidden' must be greater than or equal to 1"):
        plan_of("grid:\n  hidden: [0]\n")


def test_a_search_is_planned_as_far_as_its_trials_have_run(clone: Clone) -> None:
    plan = plan_of(SEARCH)
    assert len(plan.named) == 4
    assert plan.existing == set()
    assert plan.further == 7
    assert plan.total == 3 * 2  # the ends of the range
    assert {plan.memory[name] for name in plan.named} == {max(plan.memory.values())}  # none may take more
    assert clone.asked[0] == "val_accuracy of HEAD-resolved in metrics/evaluate.json"
    first = list(plan.named)
    clone.values = dict.fromkeys(first[:3], 0.5)
    assert list(plan.advance()) == first[3:]
    assert plan.existing == set(first[:3])
    clone.values[first[3]] = 0.25
    waiting = plan.advance()
    assert list(plan.named)[4:] == list(waiting)
    assert f"val_accuracy of {first[3]} in metrics/evaluate.json" in clone.asked
    assert plan.further == 3


def test_trials_that_failed_are_followed_only_if_they_are_not_run_again(clone: Clone) -> None:
    first = list(plan_of(SEARCH).named)
    assert not any(asked.startswith("failed") for asked in clone.asked)
    clone.failed = set(first)
    assert list(plan_of(SEARCH).named) == first
    assert len(plan_of(SEARCH, follow_failed=True).named) == 8
    assert "failed of nodes on HEAD-resolved" in clone.asked


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("", "search by tpe for the best val_accuracy, 11 trials: 4 of 11 proposed; the next ones depend on what"),
        ("sampler_seeds: [1, 2]\n", "11 trials with each of 2 sampler seeds: 8 of 22 proposed; the next ones depend"),
    ],
)
def test_the_plan_of_a_search_says_how_far_it_is_known(more: str, words: str, clone: Clone) -> None:
    text = describe_plan(plan_of(SEARCH + more)).splitlines()
    assert words in text[-2]
    assert text[-1] == "once for all trials: fetch"
    assert text[-3].startswith("commit HEAD-re, up to evaluate: ")
    assert text[-3].endswith(" trials known so far, of which 0 exist")
    assert text[0].startswith("to run  hidden-")
    plan = plan_of("search: tpe\nranges:\n  hidden: [1, 2]\nbudget: 11\nbatch: 11\n")
    assert describe_plan(plan).splitlines()[-2].endswith(": 11 of 11 proposed")
    assert clone.asked
