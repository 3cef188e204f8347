"""A sweep's file: which trials it makes, what they share, and what a mistake in it costs; nothing is run here."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hidden_nodes.errors import BadInput
from sweep.checks import TRIAL_MEMORY, check_trials, memory_needs
from sweep.graph import Stage, distinct_executions, select, shared_stages
from sweep.grid import Sweep, expand, load_sweep, name_trials
from tests.clone import ROOT, Project, set_up_git
from tests.stub import FOUR, call_sweep, commit_files, make_stub, run_sweep

ROOT_PARAMS = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
DESCRIPTIONS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "datasets").glob("*.yaml")}
GRAPH = {
    "fetch": Stage("fetch", ["dataset"], []),
    "train": Stage("train", ["hidden", "train"], ["fetch"]),
    "forest": Stage("forest", ["trees"], ["fetch"]),
    "evaluate": Stage("evaluate", [], ["train"]),
}
BASE: dict[str, Any] = {"dataset": "mnist", "hidden": 8, "train.l2": 0.1, "trees": 10}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "sweeps/nodes.yaml must hold values by name, such as"),
        ("grid: {}\n", "must name at least one trial"),
        ("grid: {hidden: []}\n", "'grid.hidden' must be at least 1 item"),
        ("gird: {hidden: [1]}\n", "Did you mean 'grid'?"),
        ("grid: {hiden: [1]}\n", "params.yaml has no parameter 'hiden'. Did you mean 'hidden'?"),
        ("grid: {hidden: [1]}\nstages: [evalute]\n", "must be among preprocess, evaluate, draw. Got 'evalute'"),
        ("grid: {hidden: [1]}\ncommit: nowhere\n", "'commit' must be a commit of this repository. Got 'nowhere'"),
        ("grid: {hidden: [null]}\n", "'a value' must be a finite number, a text, true or false"),
        ("trials: [{train: {l2: 0.1}}]\n", "'a value' must be a finite number, a text"),
        ("grid: [\n", "sweeps/nodes.yaml is not valid YAML"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_sweeps_file_is_one_line(content: str, message: str, stub: Project) -> None:
    (stub.path / "sweeps/nodes.yaml").write_text(content, encoding="utf-8")
    printed = call_sweep(stub, "run", status=2)
    assert message in printed
    assert len(printed.splitlines()) == 1


def test_a_page_of_nothing_is_refused_in_one_line(stub: Project) -> None:
    (stub.path / "sweeps/nodes.yaml").write_text(FOUR, encoding="utf-8")
    printed = call_sweep(stub, "report", status=2)
    assert printed.startswith("error: no trial of sweeps/nodes.yaml has run on commit ")
    assert len(printed.splitlines()) == 1


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_stub(tmp_path_factory.mktemp("mistakes") / "stub", FOUR)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "no Dask scheduler could be reached at 'tcp://127.0.0.1:1'"),
        (["--workers", "0"], "--workers must be at least 1. Got 0"),
        (["--tls-cert", "here.pem"], "--tls-ca-file must name a PEM file"),
    ],
)
def test_a_mistake_in_the_command_is_one_line(
    arguments: list[str], message: str, stub: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stub.path / "sweeps/nodes.yaml").write_text(FOUR, encoding="utf-8")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    ask = run_sweep if "--scheduler" in arguments else call_sweep
    printed = ask(stub, "run", *arguments, status=2)
    assert message in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        ({"hidden": 0}, "the trial hidden=0: 'hidden' must be greater than or equal to 1. Got 0 instead."),
        ({"activations.node": 1, "hidden": 1}, "'activations.node' must be below the number of hidden nodes, 1."),
        ({"dataset": "mnst"}, "'dataset' must be one of digits, mnist. Got 'mnst' instead. Did you mean 'mnist'?"),
        ({"dataset": "MNIST"}, "'dataset' must be text of the form"),
        ({"dataset": "digits", "explore.pixels": [1, 784]}, "positions below the number of pixels, 784."),
    ],
)
def test_trials_that_the_commit_does_not_admit_are_refused_before_anything_runs(
    trial: dict[str, Any], message: str
) -> None:
    descriptions = {name: text for name, text in DESCRIPTIONS.items() if name in ("digits", "mnist")}
    with pytest.raises(BadInput) as caught:
        check_trials([{"hidden": 2}, trial], ROOT_PARAMS, descriptions)
    assert message in str(caught.value)
    unknown = ROOT_PARAMS | {"dataset": "animals"}  # described in a file that was not committed
    with pytest.raises(BadInput, match=r"the trial hidden=2: 'dataset' must be one of .* commit it first\."):
        check_trials([{"hidden": 2}], unknown, descriptions)
    older = {name: value for name, value in ROOT_PARAMS.items() if name != "report"}
    check_trials([trial], older, descriptions)
    check_trials([trial], ROOT_PARAMS, {})


def test_the_commits_own_data_sets_count(tmp_path: Path) -> None:
    """One that is described in a file that is not committed is refused in one line, like one without a file."""
    files = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("params.yaml", "dvc.yaml")}
    project = commit_files(tmp_path, files | {f"datasets/{name}.yaml": text for name, text in DESCRIPTIONS.items()})
    (tmp_path / "datasets/animals.yaml").write_text(DESCRIPTIONS["mnist"], encoding="utf-8")
    (tmp_path / "animals.yaml").write_text("grid: {dataset: [mnist, animals]}", encoding="utf-8")
    printed = call_sweep(project, "run", "animals.yaml", status=2)
    assert printed.startswith("error: the trial dataset=\"animals\": 'dataset' must be one of ")
    assert printed.endswith("Got 'animals' instead. If you made datasets/animals.yaml, commit it first.\n")
    assert len(printed.splitlines()) == 1
    set_up_git(project)
    assert "2 trials, of which 0 exist" in call_sweep(project, "plan", "animals.yaml")


def test_a_trial_takes_the_memory_that_its_nodes_and_data_set_ask_for() -> None:
    trials: dict[str, Any] = {"few": {"hidden": 1}, "many": {"hidden": 1024}}
    needs = memory_needs(trials, ROOT_PARAMS, DESCRIPTIONS)
    assert TRIAL_MEMORY < needs["few"] < needs["many"]
    assert memory_needs(trials, {"hidden": 1}, {}) == {"few": TRIAL_MEMORY, "many": TRIAL_MEMORY}


def test_a_grid_is_every_value_with_every_other_and_none_twice() -> None:
    sweep = Sweep(grid={"hidden": [1, 2], "seed": [3, 4]}, trials=[{"hidden": 2, "seed": 3}, {"hidden": 9}])
    assert [tuple(trial.values()) for trial in expand(sweep)] == [(1, 3), (1, 4), (2, 3), (2, 4), (9,)]


def test_experiments_are_named_by_what_they_change() -> None:
    trials: list[dict[str, Any]] = [{"hidden": 1, "train.activation": "tanh"}, {"retrain_selected.pixels": 50}]
    assert list(name_trials(trials, ROOT_PARAMS, ["evaluate"], ["report"])) == [
        "hidden-1-activation-tanh-to-evaluate", "retrain_selected.pixels-50-to-evaluate",
    ]  # fmt: skip
    assert list(name_trials(trials[:1], ROOT_PARAMS, ["report"], ["report"])) == ["hidden-1-activation-tanh"]


def test_the_sweep_of_the_project_is_valid_and_documented() -> None:
    sweep = load_sweep(ROOT / "sweeps/nodes.yaml")
    check_trials(expand(sweep), ROOT_PARAMS, DESCRIPTIONS)
    text = (ROOT / "sweeps/nodes.yaml").read_text(encoding="utf-8")
    assert all(f"\n{name}:" in text for name in Sweep.model_fields)
    assert f"= {len(expand(sweep))} trials" in text


def test_stages_are_shared_unless_a_trial_changes_what_they_depend_on() -> None:
    trials: list[dict[str, Any]] = [{"hidden": 8, "trees": 10}, {"hidden": 9, "trees": 10}]
    assert shared_stages(GRAPH, trials, BASE) == ["fetch", "forest"]
    assert shared_stages(GRAPH, [{"train.l2": 0.2}], BASE) == ["fetch", "forest"]
    assert shared_stages(GRAPH, [{"dataset": "digits"}], BASE) == []
    chosen = select(GRAPH, ["evaluate"])
    assert list(chosen) == ["fetch", "train", "evaluate"]
    assert len(distinct_executions(chosen, trials, BASE)) == 5
