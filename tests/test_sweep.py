"""Sweeps: the grid becomes experiments, each once, whatever dies on the way."""

import json
import re
import signal
from pathlib import Path

import pytest

from tests.clone import Project, set_up_git
from tests.stub import FOUR, busy_worker, call_sweep, experiments, make_stub, run_sweep, start_sweep


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
    project.call_dvc("exp", "apply", names(3)[-1])
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
    assert "report/sweep.html: 0." in call_sweep(project, "report")
    assert "None of the trials has such a table here." in project.read("report/sweep.html")  # the stub's are others


def test_a_sweep_goes_on_where_its_killed_client_stopped(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "stub", FOUR.replace(", 4]", "]"))
    process = start_sweep(project, "run", "--workers", "2", "--watch")
    assert process.stdout is not None
    before = ""
    for line in process.stdout:
        before += line
        if line.startswith("2 of 3"):
            process.kill()
            break
    before += process.communicate()[0]
    page = project.read("report/sweep.html")  # it says that the sweep runs, and when it was written
    assert re.search(r"[0-2] of 3</strong> trials done", page)
    assert '"progress":{"written":' in page
    after = run_sweep(project, "run", "--workers", "1", "--watch")
    finished = [re.findall(r"^\d of \d: (\S+): .*executed", text, flags=re.MULTILINE) for text in (before, after)]
    assert len(finished[0]) >= 2
    assert f"3 trials, of which {len(finished[0])} exist" in after
    assert sorted(finished[0] + finished[1]) == names(3) == experiments(project)
    page = project.read("report/sweep.html")
    assert "3 of 3</strong> trials done." in page
    assert '"progress":' not in page
    assert '"values":[0.01,0.02,0.03]' in page  # the accuracies of all three


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
    call_sweep(project, "report")
    page = project.read("report/sweep.html")
    assert '1 of 2</strong> trials done, <strong class="bad">1 failed' in page
    assert "error: &#39;hidden&#39; must not be negative" in page
    assert "Traceback" not in printed
