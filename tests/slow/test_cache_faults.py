"""Two users on one cache, a clock that was set back, a push that was cut off, and writes that come short."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cache_faults import CACHE, DIRECTORY, FILE, REPRO, RUN_STUB, build_bad_disk, find_cached, make_cached
from tests.clone import ROOT, Project, bare_environment
from tests.faults import fingerprint
from tests.kills.graph import read_lock
from tools.verify_cache import is_whole, list_cached

GROUP = "54321"


def repro(project: Project, *before: str) -> "subprocess.CompletedProcess[str]":
    """What `make repro` does, by whatever stands before the command."""
    environment = bare_environment() | {"LOGNAME": "somebody", "HOME": str(project.path.parent)}
    return subprocess.run([*before, *RUN_STUB], cwd=project.path, env=environment, capture_output=True, text=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that all users may enter, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("shared", [True, False])
def test_two_users_share_a_cache_if_dvc_is_told_so(open_folder: Path, shared: bool) -> None:
    good, cache = make_cached(open_folder / "good"), open_folder / "cache"
    cache.mkdir()
    cache.chmod(0o2775)
    subprocess.run(["chown", f"60001:{GROUP}", cache], check=True)
    done = []
    for user in ("60001", "60002"):
        project = Project(open_folder / user)
        shutil.copytree(good.path, project.path, symlinks=True)
        for name in (".dvc/cache", "plots", "report"):
            shutil.rmtree(project.path / name)
        project.run("dvc", "cache", "dir", str(cache))
        if shared:
            project.run("dvc", "config", "cache.shared", "group")
        subprocess.run(["chown", "-R", f"{user}:{GROUP}", project.path], check=True)
        done.append(repro(project, "setpriv", "--reuid", user, "--regid", GROUP, "--clear-groups"))
    assert "Running stage 'explore'" in done[0].stdout
    assert done[0].returncode == 0, done[0].stderr
    outputs = [
        Path(open_folder, user, output) for user in ("60001", "60002") for output in (FILE, f"{DIRECTORY}/a.csv")
    ]
    if shared:
        assert done[1].returncode == 0, done[1].stderr
        assert "Running stage" not in done[1].stdout
        assert [path.read_bytes() for path in outputs[:2]] == [path.read_bytes() for path in outputs[2:]]
    else:
        assert done[1].returncode == 2
        assert done[1].stderr.startswith("error: ")
        assert done[1].stderr.count("\n") == 1
        assert "Permission denied" in done[1].stderr
        assert not any(path.exists() for path in outputs[2:])
    assert all(map(is_whole, list_cached(cache / "files/md5")))


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed (Debian's package)")
def test_a_clock_that_was_set_back_changes_nothing(tmp_path: Path) -> None:
    project = make_cached(tmp_path / "project")
    good, lock, year = fingerprint(project.path), project.read("dvc.lock"), ("faketime", "-f", "-365d")
    assert "Running stage" not in repro(project, *year).stdout
    content = project.read("source.txt")
    (project.path / "source.txt").write_text(content.replace("eagle", "early"), encoding="utf-8")
    os.utime(project.path / "source.txt", (time.time() - 365 * 86_400,) * 2)
    done = repro(project, *year)
    assert done.stdout.count("Running stage") == 2, done.stdout + done.stderr
    assert "early" in project.read(FILE)
    (project.path / "source.txt").write_text(content, encoding="utf-8")
    assert "Running stage" not in repro(project).stdout
    assert (fingerprint(project.path), project.read("dvc.lock")) == (good, lock)


def bad_disk(directory: Path, what: str, part: str) -> dict[str, str]:
    """The variables by which `what` happens to writes where `part` is in the path."""
    return {"LD_PRELOAD": str(build_bad_disk(directory)), "BAD_DISK": what, "BAD_DISK_PATH": part}


@pytest.mark.parametrize(("what", "status"), [("kill", -signal.SIGKILL % 256), ("ENOSPC", 1), ("short", 0)])
def test_a_push_that_was_cut_off_goes_on_and_brings_all(what: str, status: int, tmp_path: Path) -> None:
    """It is cut off at one of the files; what has come is whole, and nobody takes it for more than it is."""
    mine, theirs, remote = make_cached(tmp_path / "mine"), Project(tmp_path / "theirs"), tmp_path / "remote"
    mine.run("dvc", "remote", "add", "--default", "storage", str(remote))
    mine.run("git", "add", "--all")
    mine.run("git", "commit", "--quiet", "--message", "run")
    folder = remote / "files/md5" / find_cached(mine, "file of a directory").parent.name
    push, given = (sys.executable, "-m", "tools", "push"), {"PYTHONPATH": str(ROOT)}
    cut = mine.run(*push, status=status, environment=given | bad_disk(tmp_path / "bad_disk", what, f"{folder}/"))
    assert "Traceback" not in cut.stdout + cut.stderr
    assert ("No space left on device" in cut.stderr) == (what == "ENOSPC"), cut.stderr
    came = list(list_cached(remote / "files/md5"))
    assert any(path.parent == folder for path in came) == (what == "short")
    assert came or what == "kill"  # before any other file had come
    assert all(map(is_whole, came))
    mine.run(*push, environment=given)
    whole = [path.name for path in list_cached(mine.path / CACHE)]
    assert [path.name for path in list_cached(remote / "files/md5")] == whole
    mine.run("git", "clone", "--quiet", ".", str(theirs.path))
    theirs.dvc("pull", "--run-cache")
    assert "Running stage" not in repro(theirs).stdout
    assert read_outputs(theirs) == read_outputs(mine)


def test_writes_that_come_short_change_no_byte(
    reproduced: Project, fresh_project: Callable[[], Project], tmp_path: Path
) -> None:
    """The whole graph, where every write to the project's files ends half-way at first.

    But for the modules that Python compiles: it does not go on with what it has begun to write of these.
    """
    project = fresh_project()
    given = bad_disk(tmp_path / "bad_disk", "short", f"{project.path}/") | {"PYTHONDONTWRITEBYTECODE": "1"}
    project.run(*REPRO, environment=given)
    assert read_lock(project) == read_lock(reproduced)
    assert read_outputs(project) == read_outputs(reproduced)
    assert all(map(is_whole, list_cached(project.path / CACHE)))


def read_outputs(project: Project) -> dict[str, str]:
    """The hash of every output, by its path in the project."""
    return {os.path.relpath(path, project.path): found for path, found in fingerprint(project.path).items()}
