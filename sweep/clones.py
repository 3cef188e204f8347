"""A worker's clones of the project: each is used by one trial at a time, and by others after it.

Workers get these functions by value, and these import nothing of ours but what travels with them.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hidden_nodes.locks import try_lock
from sweep.commands import experiment_reference, run_command, run_dvc
from sweep.job import Job
from sweep.objects import unpack

BUNDLE, LOCK, OWN_LOCK, OBJECTS = "project.bundle", "dvc.lock", "own.lock", "objects.tar.gz"
PROVIDED = [BUNDLE, LOCK, OWN_LOCK, OBJECTS]  # what every worker gets, in its home directory
IDLE = ".git/idle"  # stands in a clone whose last trial ended well; any other is made anew
BRANCH = "sweep"  # of the bundle: the sweep's commit


@contextmanager
def take_clone(home: Path, job: Job, name: str) -> Iterator[Path]:
    """A clone that nobody else uses, at the sweep's commit and without an experiment `name`."""
    for number in range(10_000):
        clone = home / f"clone-{number}"
        with try_lock(clone.with_name(f"{clone.name}.lock")) as locked:
            if not locked:
                continue
            if not (clone / IDLE).exists():
                _discard(clone)
                _make_clone(clone, home, job)
            (clone / IDLE).unlink(missing_ok=True)
            run_command("git", "reset", "--hard", "--quiet", job.commit, directory=clone)
            # What an earlier attempt left, its result lost on the way home.
            run_command("git", "update-ref", "-d", experiment_reference(job.commit, name), directory=clone)
            shutil.copyfile(home / OWN_LOCK, clone / "dvc.lock")
            yield clone
            (clone / IDLE).touch()
            return
    raise RuntimeError(f"all clones in {home} are in use")


def cache_of(clone: Path) -> Path:
    """The DVC cache that the clones of a worker share where they cannot use the client's."""
    return clone.parent / "cache"


def has_clients_cache(job: Job) -> bool:
    try:
        return Path(job.token).read_text(encoding="utf-8") == job.key
    except OSError:
        return False


def remove_clones(home: Path) -> None:
    """Remove the clones that no trial is running in; the cache stays, and makes a later sweep short."""
    for lock in sorted(home.glob("clone-*.lock")):
        with try_lock(lock) as locked:
            if locked:
                _discard(lock.with_suffix(""))


def _make_clone(clone: Path, home: Path, job: Job) -> None:
    """Clone the project from its bundle, with a cache that has the outputs of the shared stages."""
    run_command("git", "clone", "--quiet", "--branch", BRANCH, str(home / BUNDLE), str(clone), directory=home)
    run_command("git", "config", "user.name", "sweep", directory=clone)
    run_command("git", "config", "user.email", "sweep@localhost", directory=clone)
    shared, cache = has_clients_cache(job), cache_of(clone)
    if not shared and (archive := (home / OBJECTS).read_bytes()):
        unpack(archive, cache)
    # Outputs are links into the cache, so that the clones of a machine hold large files once, on disk and in memory.
    config = f"[cache]\n    dir = {job.cache if shared else cache}\n    type = reflink,hardlink,symlink,copy\n"
    (clone / ".dvc/config.local").write_text(config, encoding="utf-8")
    shutil.copyfile(home / OWN_LOCK, clone / "dvc.lock")
    if not shared and job.remote and job.shared:
        run_dvc("pull", "--quiet", *job.shared, directory=clone)


def _discard(clone: Path) -> None:
    """Remove a clone, even if a process that is about to end still writes into it."""
    if clone.exists():
        moved = clone.rename(clone.with_name(f"discarded-{clone.name}-{time.time_ns()}"))
        shutil.rmtree(moved, ignore_errors=True)
