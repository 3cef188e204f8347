"""Calls of the kernel that fail, in every stage; `make dataset` ended in the middle; a merge of two branches."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clone import ROOT, STAGES, Project, set_up_git
from tests.dataset_faults import make_workspace
from tests.disk_faults import provoke_disk, sample_faults
from tests.faults import fingerprint
from tests.own_pictures import write_pictures
from tests.stub import make_stub
from tools import check

# Killed when it renames a file for the nth time; on PYTHONPATH, where Python reads it when it starts.
KILL = """
import os, signal, sys
count = 0
def kill(event, arguments):
    global count
    if event == "os.rename":
        count += 1
        if count == {n}:
            os.kill(os.getpid(), signal.{signal})
sys.addaudithook(kill)
"""


@pytest.mark.parametrize("stage", STAGES)
def test_a_failing_disk_costs_one_line_and_the_next_run_is_equal(stage: str, project: Project) -> None:
    lock, met = project.read("dvc.lock"), 0
    for fault in sample_faults(stage, project):
        outcome = provoke_disk(fault, project)
        met += outcome is not None
        assert outcome is None or outcome.wrong == [], f"{fault.name}: {outcome.seen}"
    assert met, "no call of the sample was made"
    project.dvc("repro", "--single-item", "--force", stage)
    assert project.read("dvc.lock") == lock


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
@pytest.mark.parametrize("n", [1, 5, 6])
def test_a_data_set_that_was_interrupted_is_made_by_the_same_command(tmp_path: Path, name: str, n: int) -> None:
    """At the first of the four files, at the contact sheet, and between that and the description."""
    whole, path = make_workspace(tmp_path / "whole"), make_workspace(tmp_path / "project")
    before = fingerprint(path)
    for workspace in (whole, path):
        write_pictures(workspace / "source")
    site = tmp_path / "site"
    site.mkdir()
    command = [sys.executable, "-m", "tools", "dataset", "--name=animals", "--from=source"]
    given = os.environ | {"PYTHONPATH": f"{site}:{ROOT}"}

    def run(workspace: Path) -> subprocess.CompletedProcess[str]:
        environment = given | {"XDG_CACHE_HOME": str(workspace / "c"), "MPLCONFIGDIR": str(tmp_path)}
        return subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True)

    assert run(whole).returncode == 0
    (site / "sitecustomize.py").write_text(KILL.format(n=n, signal=name))
    done = run(path)
    assert done.returncode == {"SIGKILL": -signal.SIGKILL, "SIGINT": 130}[name], done.stderr
    if name == "SIGINT":
        assert done.stderr == "interrupted: run the same command again to go on\n"
        assert fingerprint(path) == before
        assert not list(path.rglob("part-*"))
    shutil.rmtree(site)
    assert run(path).returncode == 0
    made = [{file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
            for root in (whole, path)]  # fmt: skip
    assert made[0] == made[1]


def test_a_merge_is_resolved_by_either_side_and_runs_nothing(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "stub", "grid: {hidden: [2]}\n")
    project.dvc("repro")
    set_up_git(project)
    for branch, hidden in (("mine", 2), ("theirs", 3)):
        project.run("git", "checkout", "--quiet", "-b", branch, "HEAD" if branch == "mine" else "HEAD~1")
        project.set(hidden=hidden)
        project.dvc("repro")
        project.run("git", "commit", "--quiet", "--all", "--message", branch)
    project.run("git", "merge", "mine", status=1)
    for file in ("params.yaml", "dvc.lock"):
        assert "<<<<<<< " in project.read(file)
    said = [project.call(check.main, status=2).stderr]
    project.run("git", "checkout", "--theirs", "dvc.lock")  # that is, those of the branch merged in
    said.append(project.call(check.main, status=2).stderr)
    for file, line in zip(("dvc.lock", "params.yaml"), said, strict=True):
        assert line.startswith(f"error: {file} has both versions of a merge from line ")
        assert line.count("\n") == 1
    project.run("git", "checkout", "--theirs", "params.yaml")
    assert project.repro() == []
    assert project.read("dvc.lock") == project.run("git", "show", "mine:dvc.lock").stdout
