"""Interrupted, doubled or moved elsewhere, the graph goes on and ends as it would have; `tests/kills` does more."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from dvc.utils.serialize import parse_yaml as parse_lock

from sweep.interrupts import interrupted_once
from tests.clone import ROOT, Project, bare_environment
from tests.faults import fingerprint
from tests.kills.graph import find_stages, start_repro
from tests.kills.rounds import list_children, start_group
from tests.stub import FOUR, make_stub, wait_for
from tools.__main__ import TOOLS

INTERRUPTED = "interrupted: run the same command again to go on"
# Packages that a command imports, from early to late.
IMPORTS = {
    "stages train": ["pydantic", "numpy", "tensorflow"],
    "sweep plan": ["psutil", "dvc", "pydantic"],
    "sweep run": ["psutil", "cloudpickle", "distributed"],
    "tools check": ["numpy", "yaml", "pydantic"],
    "tools code_dependencies": ["ruamel"],
    "tools dataset": ["numpy", "yaml", "pydantic"],
    "tools documents": ["pandas", "dvc"],
    "tools experiments": ["dvc", "pandas"],
    "tools parallel": ["psutil", "dvc", "tqdm"],
    "tools plots_page": ["dvc", "vl_convert"],
    "tools push": ["dvc"],
    "tools results": ["dvc", "pandas"],
    "tools verify_cache": ["yaml", "dvc"],
}
WITHOUT_PACKAGES = ("first_imports", "set_up")


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


@pytest.mark.parametrize(
    ("command", "package"), [(command, package) for command, packages in IMPORTS.items() for package in packages]
)
def test_ctrl_c_while_a_command_imports_what_it_needs_is_one_line_and_status_130(
    command: str, package: str, tmp_path: Path
) -> None:
    """A module that sends the signal stands in the place of a package."""
    (tmp_path / f"{package}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=ROOT, env=bare_environment() | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", INTERRUPTED + "\n")


def test_ctrl_c_is_tried_while_each_tool_is_imported_and_make_starts_no_other() -> None:
    started = set(re.findall(r"python -m tools (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert started == set(TOOLS)
    assert {f"tools {name}" for name in TOOLS if name not in WITHOUT_PACKAGES} <= set(IMPORTS)
    assert "python -m tools." not in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_ctrl_c_while_dask_starts_is_one_line_and_leaves_nobody_behind(tmp_path: Path) -> None:
    """In a terminal it reaches all processes of the sweep."""
    project, command = make_stub(tmp_path / "stub", FOUR), [sys.executable, "-m", "sweep", "run", "--workers", "2"]
    process = start_group(command, project.path, PYTHONPATH=str(ROOT))

    def find_workers() -> list[psutil.Process] | None:
        found = [child for child, words in list_children(process) if "spawn_main" in str(words)]
        return found if len(found) == 2 else None

    children = wait_for(find_workers)
    if sys.platform == "linux":  # whose kernel says what a process has blocked
        blocked = [
            re.findall("^SigBlk:\\s(.*)", Path(f"/proc/{child.pid}/status").read_text(), re.M) for child in children
        ]
        assert [int(mask, 16) >> (signal.SIGINT - 1) & 1 for (mask,) in blocked] == [1, 1]
    os.killpg(process.pid, signal.SIGINT)
    printed = process.communicate(timeout=300)[0]
    assert process.returncode == 130
    assert printed.splitlines() == ["4 trials, of which 0 exist", INTERRUPTED]
    assert not any(child.is_running() for child in children)


def test_a_second_ctrl_c_ends_a_sweep_at_once() -> None:
    program = """
import os, signal
from sweep.interrupts import interrupted_once
with interrupted_once():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("once", flush=True)
        os.kill(os.getpid(), signal.SIGINT)
    print("twice", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "once\n", "")


def test_where_ctrl_c_is_ignored_a_sweep_ignores_it_too() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupted_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    with interrupted_once():
        assert signal.getsignal(signal.SIGINT) not in (before, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGINT) is before


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
