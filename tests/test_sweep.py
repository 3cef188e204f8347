"""Sweeps: the grid becomes experiments, each once, whatever dies on the way."""

import hashlib
import json
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hidden_nodes.errors import BadInput
from sweep.checks import TRIAL_MEMORY, check_trials, memory_needs
from sweep.cluster import installed_versions, is_loopback, read_security
from sweep.graph import Stage, distinct_executions, select, shared_stages
from sweep.grid import Sweep, expand, load_sweep, name_trials
from sweep.job import compare_versions
from sweep.objects import list_objects, list_outputs, pack, unpack
from sweep.results import COLUMNS, collect, describe_best, draw_accuracy, summarize, write_results
from tests.clone import ROOT, Project, set_up_git
from tests.stub import busy_worker, call_sweep, experiments, make_stub, run_sweep, start_sweep

FOUR = "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4]\n  seconds: [0.5]\n"
ROOT_PARAMS = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
DESCRIPTIONS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "datasets").glob("*.yaml")}
GRAPH = {
    "fetch": Stage("fetch", ["dataset"], []),
    "train": Stage("train", ["hidden", "train"], ["fetch"]),
    "forest": Stage("forest", ["trees"], ["fetch"]),
    "evaluate": Stage("evaluate", [], ["train"]),
}
BASE: dict[str, Any] = {"dataset": "mnist", "hidden": 8, "train.l2": 0.1, "trees": 10}


def names(count: int) -> list[str]:
    return [f"hidden-{hidden}-seconds-0.5-to-evaluate" for hidden in range(1, count + 1)]


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A sweep of four trials on two workers, one of which was killed while it ran a trial."""
    directory = tmp_path_factory.mktemp("sweep")
    original = make_stub(directory / "original", FOUR)
    original.dvc("repro")
    set_up_git(original)
    # A clone has none of the outputs that its dvc.lock names.
    original.run("git", "clone", "--quiet", ".", str(directory / "clone"))
    project = Project(directory / "clone")
    process = start_sweep(project, "run", "--workers", "2")
    busy_worker(process.pid).send_signal(signal.SIGKILL)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    return project, printed


def test_a_killed_worker_costs_no_trial_and_doubles_none(survived: tuple[Project, str]) -> None:
    project, printed = survived
    assert experiments(project) == names(4)
    assert sorted(re.findall(r"^\d of 4: (\S+):", printed, flags=re.MULTILINE)) == names(4)
    assert "Traceback" not in printed
    assert "dashboard: http://127.0.0.1:" in printed


def test_what_all_trials_share_is_executed_once(survived: tuple[Project, str]) -> None:
    """The stage that no trial's parameters touch runs before the first of them."""
    _, printed = survived
    assert re.findall("executed (.*)", printed) == ["preprocess", *["evaluate"] * 4]


def test_trials_come_home_as_experiments_with_their_plots(survived: tuple[Project, str]) -> None:
    project, _ = survived
    shown = json.loads(project.dvc("metrics", "diff", "--json", *names(2)))
    assert shown["metrics/evaluate.json"]["test_accuracy"]["new"] == 0.02
    project.dvc("repro")  # whose pictures, in a new clone, nothing has drawn yet
    project.dvc("exp", "apply", names(3)[-1])
    assert project.read("plots/evaluate/errors.png") == "plots/evaluate/errors.png of 3 nodes"
    project.run("git", "restore", ".")


def test_a_trial_and_the_same_experiment_run_by_dvc_have_one_lock(survived: tuple[Project, str]) -> None:
    project, _ = survived
    original = Project(project.path.with_name("original"))
    original.dvc("exp", "run", "--temp", "--name", "by-dvc", "-S", "hidden=4", "-S", "seconds=0.5", "evaluate")
    locks = []
    for place, name in ((original, "by-dvc"), (project, "hidden-4-seconds-0.5-to-evaluate")):
        (reference,) = place.run("git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{name}").stdout.split()
        locks.append(place.run("git", "show", f"{reference}:dvc.lock").stdout)
    assert locks[0] == locks[1]
    assert "plots/draw" in locks[0]


def test_plan_status_and_results_know_what_has_run(survived: tuple[Project, str]) -> None:
    project, _ = survived
    (project.path / "more.yaml").write_text(FOUR.replace("4]", "4, 5]"), encoding="utf-8")
    plan = call_sweep(project, "plan", "more.yaml")
    assert "5 trials, of which 4 exist" in plan
    assert "10 stage executions, of which the cache saves at least 4; once for all trials: preprocess" in plan
    assert re.findall("^to run +(.*?) ", plan, flags=re.MULTILINE) == ["hidden-5-seconds-0.5-to-evaluate"]
    assert "4 of 4 trials are done, 0 failed" in call_sweep(project, "status")
    assert "4 of 5 trials are done" in call_sweep(project, "status", "more.yaml")
    call_sweep(project, "results")
    rows = project.read("plots/nodes/results.csv").splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [[name, "", str(n)] for n, name in enumerate(names(4), 1)]
    assert (project.path / "plots/nodes/results.png").stat().st_size > 10_000
    assert "4 trials, of which 4 exist" in call_sweep(project, "run")


def test_a_sweep_goes_on_where_its_killed_client_stopped(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "stub", FOUR)
    process = start_sweep(project, "run", "--workers", "2")
    assert process.stdout is not None
    before = ""
    for line in process.stdout:
        before += line
        if line.startswith("2 of 4"):
            process.kill()
            break
    before += process.communicate()[0]
    after = run_sweep(project, "run", "--workers", "2")
    finished = [re.findall(r"^\d of \d: (\S+): .*executed", text, flags=re.MULTILINE) for text in (before, after)]
    assert len(finished[0]) >= 2
    assert f"4 trials, of which {len(finished[0])} exist" in after
    assert sorted(finished[0] + finished[1]) == names(4) == experiments(project)


def test_a_failing_trial_is_tried_again_reported_and_stops_no_other(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "stub", "stages: [evaluate]\ngrid:\n  hidden: [3, -1]\n")
    printed = run_sweep(project, "run", "--workers", "1", "--retries", "1", status=1)
    assert experiments(project) == ["hidden-3-to-evaluate"]
    assert "hidden--1-to-evaluate: failed" in printed
    assert "hidden--1-to-evaluate: given up" in printed
    assert (
        printed.splitlines()[-1] == "error: hidden--1-to-evaluate failed: see .dvc/tmp/sweep/hidden--1-to-evaluate.log"
    )
    assert "error: 'hidden' must not be negative" in project.read(".dvc/tmp/sweep/hidden--1-to-evaluate.log")
    assert "1 of 2 trials are done, 1 failed" in call_sweep(project, "status")
    assert "Traceback" not in printed


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
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    project = Project(tmp_path)
    project.run("git", "init", "--quiet")
    project.run("dvc", "init", "--quiet")
    set_up_git(project)
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


def test_objects_travel_unchanged_and_only_as_what_they_are(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"

    def store(content: bytes, suffix: str = "") -> tuple[str, Path]:
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
        path = Path(f"files/md5/{md5[:2]}/{md5[2:]}")
        (ours / path).parent.mkdir(parents=True)
        (ours / path).write_bytes(content)
        return md5, path

    child, path = store(b"digits")
    top, _ = store(json.dumps([{"md5": child, "relpath": "a"}]).encode(), ".dir")
    lock = {"stages": {"prepare": {"outs": [{"md5": top, "path": "data"}, {"md5": "0" * 32, "path": "in-git"}]}}}
    outputs = list_outputs(lock, ours)
    assert [(output.stage, list(output.files)) for output in outputs] == [("prepare", ["data/a"])]
    found = list_objects(outputs)
    assert len(found) == 2
    unpack(pack(ours, found), theirs)
    assert (theirs / path).read_bytes() == b"digits"
    (ours / path).write_bytes(b"others")
    with pytest.raises(ValueError, match="does not hold what its name says"):
        unpack(pack(ours, found), tmp_path / "third")
    (ours / "evil.sh").write_bytes(b"")
    with pytest.raises(ValueError, match="no object"):
        unpack(pack(ours, ["evil.sh"]), theirs)


def test_other_versions_are_told_apart() -> None:
    assert compare_versions(installed_versions()) == ""
    assert compare_versions((("numpy", "0.1"), ("no-such-package", "1"))).endswith("no-such-package none instead of 1")


def test_only_loopback_is_reached_without_tls() -> None:
    assert is_loopback("tcp://127.0.0.1:8786")
    assert is_loopback("localhost:8786")
    assert not is_loopback("tcp://head:8786")
    assert not is_loopback("tcp://10.0.0.1:8786")
    assert read_security(None, None, None) is None


def row(hidden: int, accuracy: float, seed: int = 1, optimizer: str = "rmsprop") -> dict[str, Any]:
    named = {"Experiment": f"e{hidden}", "hidden": hidden, "seed": seed, "train.optimizer": optimizer, "train.l2": 0.1}
    return named | {"val_accuracy": 1 - accuracy, "test_accuracy": accuracy, "rmse": 1.0, "rf_select.trees": 100}


def test_networks_are_told_apart_by_what_differs_and_seeds_make_the_range() -> None:
    rows = [row(2, 0.6), row(1, 0.3), row(2, 0.5), row(2, 0.7, 2), row(2, 0.8, 1, "adam"), {"hidden": 4}]
    table = collect(rows)
    assert list(table) == COLUMNS
    assert table[["settings", "hidden", "seed", "test_accuracy"]].to_numpy().tolist() == [
        ["optimizer adam", 2, 1, 0.8],
        ["optimizer rmsprop", 1, 1, 0.3],
        ["optimizer rmsprop", 2, 1, 0.6],
        ["optimizer rmsprop", 2, 2, 0.7],
    ]
    axes = draw_accuracy(table, summarize(table).iloc[0]).axes[0]
    _, labels = axes.get_legend_handles_labels()
    assert set(labels) == {*table["settings"], "best validation accuracy"}
    extents = [path.get_extents() for patch in axes.collections for path in patch.get_paths()]
    assert max(extent.y1 for extent in extents) == pytest.approx(70)


def test_the_best_setting_is_chosen_by_validation_accuracy_and_reported_with_its_interval_over_seeds() -> None:
    summary = summarize(collect([row(1, 0.3), row(1, 0.4, 2), row(1, 0.5, 3), row(2, 0.9), row(4, 0.8)]))
    assert summary["hidden"].tolist() == [
        1,
        4,
        2,
    ]
    best = summary.iloc[0]
    # Student's t for two degrees of freedom, 4.3027, times the standard error.
    half = 4.3027 * 0.1 / 3**0.5
    assert (best["test_low"], best["test_high"]) == pytest.approx((0.4 - half, 0.4 + half), abs=1e-5)
    assert summary["test_low"].isna().tolist() == [False, True, True]
    assert describe_best(best) == "1 node: test accuracy 40.00 % (95 % interval 15.16 to 64.84 %, 3 seeds)"
    assert describe_best(summary.iloc[1]) == "4 nodes: test accuracy 80.00 % (1 seed)"


def test_no_best_is_chosen_across_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [row(1, 0.3) | {"dataset": "digits"}, row(2, 0.4) | {"dataset": "mnist"}]
    write_results(collect(rows), "both")
    assert "no best one: the accuracies of several data sets cannot be compared" in capsys.readouterr().out
    write_results(collect(rows[:1]), "one")
    assert "best by validation accuracy: 1 node: test accuracy 30.00 % (1 seed)" in capsys.readouterr().out


def test_where_nothing_was_run_there_is_nothing_to_collect() -> None:
    assert collect([]).empty
    assert collect([{"hidden": 4}]).empty
