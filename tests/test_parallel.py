"""Stages side by side, through DVC: a graph of four stages that take no time, two of which wait for one another."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from dvc.lock import make_lock
from dvc.utils.serialize import parse_yaml as parse_lock

from tests.clone import ROOT, Project, bare_environment, measured
from tests.stub import commit_files, wait_for
from tools import parallel

# A stage says that it runs, and waits until the other one does (for minutes at most, on a machine that is busy).
MEET = """\
touch $1.here
count=0
until test -e $2.here || test $count -ge 6000; do sleep 0.05; count=$((count + 1)); done
test -e $2.here && cat first.txt > $1.txt
"""
GRAPH = """\
stages:
  first: {cmd: head -n 1 source.txt > first.txt, deps: [source.txt], outs: [first.txt]}
  left: {cmd: sh meet.sh left right, deps: [first.txt], outs: [left.txt]}
  right: {cmd: sh meet.sh right left, deps: [first.txt], outs: [right.txt]}
  join: {cmd: cat left.txt right.txt > join.txt, deps: [left.txt, right.txt], outs: [join.txt]}
"""
PROGRAM = """\
from hidden_nodes.errors import exit_with_one_line
from tools.parallel import run_graph
exit_with_one_line(lambda: run_graph(3, force=False))
"""
SECONDS = 600  # that a machine may take that is busy with others
FAIL = "echo half > right.part\necho 'error: no room for it' >&2\nexit 2\n"


def run(project: Project, status: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), **measured()}
    return project.run(sys.executable, "-c", PROGRAM, status=status, environment=environment)


def start(project: Project) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=project.path, env=bare_environment() | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def executed(printed: str) -> list[str]:
    return sorted(line.split("'")[1] for line in printed.splitlines() if "Running stage" in line)


def read_lock(project: Project) -> object:
    return parse_lock(project.read("dvc.lock"), "dvc.lock")


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The graph, nothing of which has run."""
    files = {"dvc.yaml": GRAPH, "meet.sh": MEET, "source.txt": "one\n", ".gitignore": "*.here\n"}
    return commit_files(tmp_path_factory.mktemp("parallel") / "stub", files)


@pytest.fixture
def new_project(stub: Project, tmp_path: Path) -> Callable[[], Project]:
    count = iter(range(9))
    return lambda: Project(Path(shutil.copytree(stub.path, tmp_path / str(next(count)), symlinks=True)))


@pytest.fixture(scope="module")
def first_run(stub: Project) -> tuple[Project, str]:
    """The graph after its first run, which tests only copy, and what that printed."""
    project = Project(Path(shutil.copytree(stub.path, stub.path.with_name("done"), symlinks=True)))
    return project, run(project).stdout


@pytest.fixture
def done_project(first_run: tuple[Project, str], tmp_path: Path) -> Project:
    """A project of the test's own in which all has run."""
    return Project(Path(shutil.copytree(first_run[0].path, tmp_path / "done", symlinks=True)))


def test_side_by_side_the_lock_is_the_same_and_only_what_changed_runs(
    new_project: Callable[[], Project], first_run: tuple[Project, str], done_project: Project
) -> None:
    project, plain = done_project, new_project()
    assert executed(first_run[1]) == ["first", "join", "left", "right"]  # one at a time, the middle two fail
    for name in ("left", "right"):
        (plain.path / f"{name}.here").touch()
    plain.dvc("repro")
    assert read_lock(project) == read_lock(plain)
    assert plain.call_dvc("status") == project.call_dvc("status") == "Data and pipelines are up to date.\n"
    assert run(project).stdout == "all stages are up to date\n"
    (project.path / "source.txt").write_text("one\nand more\n", encoding="utf-8")
    printed = run(project).stdout
    assert executed(printed) == ["first"]  # which wrote the same again
    assert "'left' didn't change, skipping" in printed


def test_a_failing_stage_has_the_last_word_and_the_others_work_is_kept(new_project: Callable[[], Project]) -> None:
    project = new_project()
    good = project.read("meet.sh")
    (project.path / "meet.sh").write_text(f"if test $1 = right; then touch right.here\n{FAIL}fi\n{good}", "utf-8")
    done = run(project, status=2)
    assert done.stderr.splitlines() == ["error: right: no room for it"]
    assert executed(done.stdout) == ["first", "left", "right"]
    assert "Traceback" not in done.stdout
    (project.path / "meet.sh").write_text(good, encoding="utf-8")
    assert executed(run(project).stdout) == ["join", "right"]


def test_a_list_of_locks_cut_off_on_the_way_is_one_plain_line_and_mended_by_the_next_run(
    new_project: Callable[[], Project],
) -> None:
    project = new_project()
    good = project.read("meet.sh")
    # As a DVC leaves it that was killed. While both stages run, their DVCs write nothing there; and both end after it.
    cut_off = "if test $1 = right; then printf '{\"a' > cut_off; mv cut_off .dvc/tmp/rwlock\n"
    cut_off += "else while grep -q '}' .dvc/tmp/rwlock; do sleep 0.05; done; fi\n"
    (project.path / "meet.sh").write_text(good + cut_off, encoding="utf-8")
    (line,) = run(project, status=2).stderr.splitlines()
    said = ": the DVC of another stage was cut off while it wrote its locks; the next `make repro` mends that"
    assert line.startswith((f"error: left{said}", f"error: right{said}"))
    (project.path / "meet.sh").write_text(good, encoding="utf-8")
    assert "join" in executed(run(project).stdout)


def test_what_stood_stands_after_a_failure_and_a_kill(done_project: Project) -> None:
    project = done_project
    names = ("first.txt", "left.txt", "right.txt", "join.txt", "dvc.lock")
    good, before = project.read("meet.sh"), [project.read(name) for name in names]
    (project.path / "meet.sh").write_text(FAIL, encoding="utf-8")
    (project.path / "source.txt").write_text("another\n", encoding="utf-8")
    failed = run(project, status=2).stderr
    assert failed.endswith(": no room for it (The results of its last good run stand as they were.)\n")
    after = [project.read(name) for name in names]
    assert after[1:4] == before[1:4]
    assert after[0] == "another\n"  # whose stage ended well
    assert "left.txt" not in project.call_dvc("status", "left").split("changed outs")[-1]
    assert "modified" in project.call_dvc("status")
    for name in ("left", "right"):
        (project.path / f"{name}.here").unlink(missing_ok=True)
    (project.path / "meet.sh").write_text("touch $1.here\nexec sleep 300\n", encoding="utf-8")
    process = start(project)
    wait_for(lambda: all((project.path / f"{name}.here").exists() for name in ("left", "right")) or None, SECONDS)
    assert not (project.path / "left.txt").exists()  # DVC has removed it
    process.kill()
    process.communicate(timeout=SECONDS)
    (project.path / "meet.sh").write_text(FAIL, encoding="utf-8")
    run(project, status=2)
    assert [project.read(name) for name in names][1:4] == before[1:4]
    (project.path / "meet.sh").write_text(good, encoding="utf-8")
    (project.path / "source.txt").write_text("one\n", encoding="utf-8")
    run(project)
    assert [project.read(name) for name in names] == before


@pytest.mark.parametrize("lock", ["lock", pytest.param("rwlock.lock", marks=pytest.mark.slow)])
def test_dvcs_lock_may_be_held_for_longer_than_dvc_waits(lock: str, new_project: Callable[[], Project]) -> None:
    project = new_project()
    process = start(project)
    wait_for(lambda: (project.path / "left.here").exists() or None, SECONDS)
    with make_lock(str(project.path / ".dvc/tmp" / lock), wait=True):
        time.sleep(5)  # DVC gives up after three
    printed, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, printed + errors
    assert "up to date" in project.call_dvc("status")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL]
)
def test_whatever_ends_the_run_ends_its_stages_and_the_same_command_goes_on(
    number: signal.Signals, new_project: Callable[[], Project]
) -> None:
    project = new_project()
    good = project.read("meet.sh")
    (project.path / "meet.sh").write_text("touch $1.here\nexec sleep 300\n", encoding="utf-8")
    process = start(project)
    wait_for(lambda: all((project.path / f"{name}.here").exists() for name in ("left", "right")) or None, SECONDS)
    below = psutil.Process(process.pid).children(recursive=True)
    assert len(below) >= 4  # for each of the two stages DVC and what it runs
    process.send_signal(number)
    errors = process.communicate(timeout=SECONDS)[1]
    wait_for(lambda: not any(map(is_alive, below)) or None, SECONDS)
    if number == signal.SIGINT:
        assert errors == "interrupted: run the same command again to go on\n"
    (project.path / "meet.sh").write_text(good, encoding="utf-8")
    assert executed(run(project).stdout) == ["join", "left", "right"]


def test_files_of_dvc_that_a_kill_cut_off_are_put_right(done_project: Project) -> None:
    project = done_project
    lock = project.read("dvc.lock")
    (project.path / "dvc.lock").write_text(lock[: lock.index("outs")] + "outs:\n    -", encoding="utf-8")
    (project.path / ".dvc/tmp/rwlock").write_text('{"write": {"/a', encoding="utf-8")
    done = run(project)
    assert done.stderr.startswith("dvc.lock was cut off and is written anew; ")
    assert executed(done.stdout) == []  # all came from the cache
    assert parse_lock(lock, "dvc.lock") == read_lock(project)


def test_a_record_of_locks_whose_owner_is_gone_is_removed_though_its_number_is_taken_again(
    new_project: Callable[[], Project],
) -> None:
    project = new_project()
    record = project.path / ".dvc/tmp/rwlock"
    record.parent.mkdir()
    owner = f'{{"pid": {os.getpid()}, "cmd": "dvc repro"}}'
    record.write_text(f'{{"write": {{"{project.path / "first.txt"}": {owner}}}}}', encoding="utf-8")
    assert "is busy, it is being blocked by" in run(project, status=2).stderr
    os.utime(record, (1e9, 1e9))  # written before this process began
    assert len(executed(run(project).stdout)) == 4


@pytest.mark.parametrize("jobs", ["0", "-1", "1.5", "many"])
def test_the_number_of_processes_is_checked(jobs: str, reproduced: Project) -> None:
    done = reproduced.call(parallel.main, f"--jobs={jobs}", status=2)
    assert done.stderr == f"error: JOBS must be a whole number from 1. Got {jobs!r} instead.\n"


def test_after_dvc_repro_there_is_nothing_to_do(reproduced: Project) -> None:
    assert reproduced.call(parallel.main, "--jobs=2").stdout == "all stages are up to date\n"
