"""Interrupted, doubled or moved elsewhere, the graph goes on and ends as it would have; `tests/kills` does more."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.utils.serialize import parse_yaml as parse_lock

from tests.clone import Project
from tests.faults import fingerprint
from tests.kills.graph import find_stages, start_repro

INTERRUPTED = "interrupted: run the same command again to go on"


def lock_entries(project: Project) -> set[str]:
    """What `dvc.lock` says of each stage, as text."""
    return {f"{name}: {entry}" for name, entry in parse_lock(project.read("dvc.lock"), "dvc.lock")["stages"].items()}


def start_training(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "stages", "train"], cwd=project.path, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_ctrl_c_during_training_is_one_line_and_status_130(project: Project) -> None:
    project.set(train__epochs=10**6, train__patience=10**6)
    before = fingerprint(project.path)
    process = start_training(project)
    assert process.stdout
    while not process.stdout.readline().startswith("epoch 3:"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == INTERRUPTED
    assert "Traceback" not in output + errors
    assert fingerprint(project.path) == before


def test_ctrl_c_during_an_import_is_one_line_too(project: Project) -> None:
    process = start_training(project)
    time.sleep(0.8)  # TensorFlow alone takes longer
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert (output, errors) == ("", INTERRUPTED + "\n")


def test_after_a_kill_the_graph_goes_on_where_it_was(fresh_project: Callable[[], Project], reproduced: Project) -> None:
    project = fresh_project()
    process = start_repro(project, "preprocess")
    # Not earlier: DVC itself does not survive a kill while it writes the file of its locks.
    while not any("preprocess" in stage.cmdline() for stage in find_stages(process)):
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert "preprocess" in project.repro("preprocess")
    assert lock_entries(project) <= lock_entries(reproduced)


@pytest.mark.slow
def test_two_runs_at_once_corrupt_nothing(fresh_project: Callable[[], Project], reproduced: Project) -> None:
    project = fresh_project()
    processes = [start_repro(project, "preprocess") for _ in range(2)]
    outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0 or "ERROR: " in output
        assert "Traceback" not in output
    project.dvc("repro", "preprocess")
    assert lock_entries(project) <= lock_entries(reproduced)


def test_a_refused_parameter_loses_nothing_through_dvc(project: Project) -> None:
    before, lock = fingerprint(project.path), project.read("dvc.lock")
    project.set(hidden=0)
    output = project.dvc("repro", status=None)
    assert "'hidden' must be greater than or equal to 1. Got 0 instead." in output
    assert "Traceback" not in output
    project.set(hidden=8)
    assert project.repro() == []
    assert fingerprint(project.path) == before
    assert project.read("dvc.lock") == lock


@pytest.mark.slow
def test_a_git_worktree_is_a_project_like_any_other(reproduced: Project, tmp_path: Path) -> None:
    path = tmp_path / "another worktree"
    reproduced.run("git", "worktree", "add", "--quiet", "--detach", str(path))
    try:
        assert Project(path).repro("fetch") == ["fetch"]
    finally:
        reproduced.run("git", "worktree", "remove", "--force", str(path))


def test_without_git_dvc_says_so_and_core_no_scm_helps(project: Project) -> None:
    shutil.rmtree(project.path / ".git")
    assert "is not a git repository" in project.dvc("repro", status=None)
    project.call_dvc("config", "--local", "core.no_scm", "true")
    assert project.repro() == []


@pytest.mark.parametrize("stage", ["train", "explore"])
def test_without_the_projects_packages_a_stage_says_so(stage: str, project: Project) -> None:
    done = project.run(sys.executable, "-S", "-m", "stages", stage, status=2)
    assert done.stderr.startswith("error: ")
    assert "has no packages of this project: activate its environment" in done.stderr
    assert len(done.stderr.splitlines()) == 1
