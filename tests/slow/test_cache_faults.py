"""Two users on one cache, and a clock that was set back."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache_faults import DIRECTORY, FILE, RUN_STUB, make_cached
from tests.clone import Project, bare_environment
from tests.faults import fingerprint
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
