"""DVC's cache is damaged, full or write-protected: `make repro` mends it, or says so in one line; no byte is wrong."""

import shutil
from pathlib import Path

import pytest

from tests.cache_faults import CACHE, CACHE_FAULTS, RUN_STUB, CacheFault, cached_outputs, make_cached, provoke_cache
from tests.clone import Project
from tests.faults import fingerprint
from tools import verify_cache

QUICK = [
    "a cached file, cut in half",
    "a cached file of a directory, altered",
    "a cache that may not be written",
    "a cache on a full disk",
]


@pytest.fixture(scope="session")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A graph of two stages that take no time, after a run; tests leave it as it is."""
    return make_cached(tmp_path_factory.mktemp("cached") / "project")


@pytest.mark.parametrize("name", QUICK)
def test_what_is_wrong_with_the_cache_is_mended_or_told(name: str, cached: Project, tmp_path: Path) -> None:
    [fault] = [fault for fault in CACHE_FAULTS if fault.name == name]
    try_fault(fault, cached, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("fault", CACHE_FAULTS, ids=lambda fault: fault.name)
def test_so_is_the_whole_list(fault: CacheFault, cached: Project, tmp_path: Path) -> None:
    try_fault(fault, cached, tmp_path)


def try_fault(fault: CacheFault, cached: Project, directory: Path) -> None:
    shutil.copytree(cached.path, directory / "project", symlinks=True)
    outcome = provoke_cache(fault, Project(directory / "project"), RUN_STUB)
    assert outcome.wrong == [], outcome.seen


def test_a_whole_cache_is_said_to_be_whole_and_a_damaged_file_of_it_is_removed(cached: Project, tmp_path: Path) -> None:
    shutil.copytree(cached.path, tmp_path / "project", symlinks=True)
    project = Project(tmp_path / "project")
    before, cache = fingerprint(project.path), project.path / CACHE
    count = len(list(verify_cache.list_cached(cache))) + len(verify_cache.list_runs(cache))
    said = project.call(verify_cache.main).stdout
    assert said == f"{count} files in {project.path / '.dvc/cache'} are what their names say\n"
    path = cached_outputs(project)["report/index.html"]
    path.chmod(0o644)
    path.write_bytes(b"other")
    path.chmod(0o444)
    done = project.call(verify_cache.main, status=2)
    assert done.stdout.startswith(f"{path} was damaged (its hash must be its name) and has been removed\n{count - 1} ")
    assert done.stderr.startswith("error: 1 cached files were damaged")
    assert not path.exists()
    assert project.repro() == ["report"]
    assert fingerprint(project.path) == before
    assert verify_cache.is_whole(path)
