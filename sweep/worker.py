"""What happens on a worker: one point of the grid is run through DVC in a clone of the worker's own.

Workers get these functions by value, so that they need the packages of requirements.txt and no copy of the project.
A worker keeps everything in one directory, which all workers of a machine with the same `--local-directory` share:
the project as a git bundle, clones of it (each used by one point at a time), and a DVC cache.
"""

import fcntl
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from dvc.utils.serialize import load_yaml, modify_yaml

from sweep.objects import list_objects, pack, unpack

# Runs a command, and ends its whole process group when standard input closes: a worker that is
# killed takes its running stage with it.
WATCHED = 'exec 3<&0; "$@" </dev/null 3<&- & child=$!; { cat; kill -- -$$; } <&3 >/dev/null 2>&1 & wait $child'
IDLE = ".git/idle"  # stands in a clone whose last point ended well; any other is made anew
PROVIDED = ["project.bundle", "dvc.lock", "own.lock", "objects.tar.gz"]  # what every worker gets
TAIL = 4_000  # characters of a failed point's log that travel


@dataclass(frozen=True)
class Job:
    """What all points of a study share.

    key : names the study's files on a worker. cache : the client's DVC cache, used where `token`, a file in it, holds
    the key: the same file system. stages : what to run. shared : stages that are done already. keep : which outputs
    travel home. remote : whether they do so through the project's DVC remote. versions : of the client's packages.
    """

    key: str
    commit: str
    cache: str
    token: str
    stages: tuple[str, ...]
    shared: tuple[str, ...]
    keep: str
    remote: bool
    versions: tuple[tuple[str, str], ...]


class Provide(WorkerPlugin):
    """Gives every worker, also one that comes later, what the points start from.

    bundle : the commit in git. lock : its `dvc.lock` after the shared stages. own_lock : of it only the stages asked
    for, with those that they need. objects : outputs of the shared stages, if neither cache nor remote is shared.
    """

    def __init__(self, name: str, job: Job, bundle: bytes, lock: bytes, own_lock: bytes, objects: bytes) -> None:
        self.name = name
        self.job = job
        self.files = dict(zip(PROVIDED, (bundle, lock, own_lock, objects), strict=True))

    def setup(self, worker: Worker) -> None:
        home = home_of(worker, self.job)
        try:
            home.mkdir(parents=True, exist_ok=True)
            for name, content in self.files.items():
                part = home / f"{name}.{os.getpid()}"
                part.write_bytes(content)
                part.replace(home / name)
        except OSError as error:
            # Not the end of the study: each point that is tried here fails with this, and goes elsewhere.
            worker.log_event("study", f"{home} cannot be written: {error}")

    def teardown(self, worker: Worker) -> None:
        tidy(home_of(worker, self.job))


def home_of(worker: Worker, job: Job) -> Path:
    return Path(worker.local_directory).parent / f"study-{job.key}"


def tidy(home: Path) -> None:
    """Remove the clones that no point is running in; the cache stays, and makes a later study short."""
    for lock in sorted(home.glob("clone-*.lock")):
        with _try_lock(lock) as locked:
            if locked:
                _discard(lock.with_suffix(""))


def compare_versions(expected: tuple[tuple[str, str], ...]) -> str:
    """What differs from the client's Python and packages, in words; empty if nothing does."""
    found = []
    for name, wanted in expected:
        try:
            present = platform.python_version() if name == "Python" else version(name)
        except PackageNotFoundError:
            present = "none"
        if present != wanted:
            found.append(f"{name} {present} instead of {wanted}")
    return ", ".join(found)


def run_point(job: Job, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Run one experiment; return it as a git bundle, with the outputs to keep, or say why it failed.

    The result holds `name worker seconds`, and either `bundle objects executed` or `log`.
    """
    worker, start = get_worker(), time.monotonic()
    result: dict[str, Any] = {"name": name, "worker": worker.address, "host": socket.gethostname()}
    try:
        if difference := compare_versions(job.versions):
            raise RuntimeError(f"this worker has {difference}")
        home = home_of(worker, job)
        if missing := [name for name in PROVIDED if not (home / name).is_file()]:
            raise RuntimeError(f"error: {home / missing[0]} could not be written on this worker")
        with take_clone(home, job, name) as clone:
            began = time.time()
            log = run_experiment(clone, job, name, changes)
            restore_lock(clone, home, job, name)
            result["executed"] = executed_stages(log)
            result["bundle"] = bundle_experiment(clone, job, name)
            result["objects"] = bring_home(clone, job, began)
    except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
        result["log"] = str(getattr(error, "stdout", None) or error)[-TAIL:].strip()
    return result | {"seconds": time.monotonic() - start}


@contextmanager
def take_clone(home: Path, job: Job, name: str) -> Iterator[Path]:
    """A clone that nobody else uses, at the study's commit and without an experiment `name`."""
    for number in range(10_000):
        clone = home / f"clone-{number}"
        with _try_lock(clone.with_name(f"{clone.name}.lock")) as locked:
            if not locked:
                continue
            if not (clone / IDLE).exists():
                _discard(clone)
                make_clone(clone, home, job)
            (clone / IDLE).unlink(missing_ok=True)
            run("git", "reset", "--hard", "--quiet", job.commit, directory=clone)
            # What an earlier attempt left, its result lost on the way home.
            run("git", "update-ref", "-d", experiment_reference(job.commit, name), directory=clone)
            shutil.copyfile(home / "own.lock", clone / "dvc.lock")
            yield clone
            (clone / IDLE).touch()
            return
    raise RuntimeError(f"all clones in {home} are in use")


def make_clone(clone: Path, home: Path, job: Job) -> None:
    """Clone the project from its bundle, with a cache that has the outputs of the shared stages."""
    run("git", "clone", "--quiet", "--branch", "study", str(home / "project.bundle"), str(clone), directory=home)
    run("git", "config", "user.name", "study", directory=clone)
    run("git", "config", "user.email", "study@localhost", directory=clone)
    shared, cache = has_clients_cache(job), home / "cache"
    if not shared and (archive := (home / "objects.tar.gz").read_bytes()):
        unpack(archive, cache)
    # Outputs are links into the cache, so that the clones of a machine hold large files once, on disk and in memory.
    config = f"[cache]\n    dir = {job.cache if shared else cache}\n    type = reflink,hardlink,symlink,copy\n"
    (clone / ".dvc/config.local").write_text(config, encoding="utf-8")
    shutil.copyfile(home / "own.lock", clone / "dvc.lock")
    if not shared and job.remote:
        dvc("pull", "--quiet", *job.shared, directory=clone)


def has_clients_cache(job: Job) -> bool:
    try:
        return Path(job.token).read_text(encoding="utf-8") == job.key
    except OSError:
        return False


def run_experiment(clone: Path, job: Job, name: str, changes: dict[str, Any]) -> str:
    """`dvc exp run` in a clone; return what it printed."""
    settings = [word for leaf, value in changes.items() for word in ("-S", f"{leaf}={json.dumps(value)}")]
    command = [sys.executable, "-m", "dvc", "exp", "run", "--name", name, *settings, *job.stages]
    # Whoever holds the writing end keeps the command alive: this process, until it ends in whatever way.
    reading, writing = os.pipe()
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", WATCHED, "sh", *command],
            cwd=clone, env=_environment(), stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
    finally:
        os.close(reading)
        os.close(writing)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    return done.stdout


def restore_lock(clone: Path, home: Path, job: Job, name: str) -> None:
    """Give the experiment's `dvc.lock` its entries of stages that were not asked for, as `dvc exp run` leaves them.

    DVC wants the outputs of those stages at hand even if it does not run them, so it runs here without their entries.
    """
    if (home / "own.lock").read_bytes() == (home / "dvc.lock").read_bytes():
        return
    ran = load_yaml(clone / "dvc.lock")["stages"]
    shutil.copyfile(home / "dvc.lock", clone / "dvc.lock")
    with modify_yaml(clone / "dvc.lock") as lock:  # as DVC itself changes the file
        lock["stages"].update(ran)
    reference = experiment_reference(job.commit, name)
    message = run("git", "log", "-1", "--format=%B", reference, directory=clone).decode().strip()
    run("git", "read-tree", reference, directory=clone)
    run("git", "update-index", "--add", "dvc.lock", directory=clone)
    tree = run("git", "write-tree", directory=clone).decode().strip()
    commit = run("git", "commit-tree", tree, "-p", job.commit, "-m", message, directory=clone).decode().strip()
    run("git", "update-ref", reference, commit, directory=clone)


def executed_stages(log: str) -> list[str]:
    """The stages that DVC executed, by what it printed; those restored or skipped are none of them."""
    return [line.split("'")[1] for line in log.splitlines() if line.startswith("Running stage '")]


def bundle_experiment(clone: Path, job: Job, name: str) -> bytes:
    """The experiment's commit as a git bundle that builds on the study's commit."""
    reference = experiment_reference(job.commit, name)
    return run("git", "bundle", "create", "--quiet", "-", reference, f"^{job.commit}", directory=clone)


def experiment_reference(commit: str, name: str) -> str:
    """Where DVC keeps an experiment in git."""
    return f"refs/exps/{commit[:2]}/{commit[2:]}/{name}"


def bring_home(clone: Path, job: Job, began: float) -> bytes:
    """The outputs to keep, and DVC's records of the stages run since `began`; nothing where all is home already."""
    if has_clients_cache(job):
        return b""
    lock = load_yaml(clone / "dvc.lock")
    cache = clone.parent / "cache"

    def wanted(stage: str, path: str) -> bool:
        return stage not in job.shared and (job.keep == "all" or (job.keep == "plots" and path.startswith("plots/")))

    names = list_objects(lock, cache, wanted)
    runs = [path for path in (cache / "runs").glob("*/*/*") if path.stat().st_mtime >= began]
    runs_names = [str(path.relative_to(cache)) for path in runs if len(path.name) == 64]
    if job.remote and names:
        paths = [out["path"] for stage, entry in lock["stages"].items() for out in entry.get("outs", [])
                 if wanted(stage, out["path"])]  # fmt: skip
        dvc("push", "--quiet", *(path for path in paths if not path.startswith("metrics/")), directory=clone)
        names = []
    return pack(cache, names + runs_names)


def run(*command: str, directory: Path) -> bytes:
    """Run a short command; its output, or an error that holds what it said."""
    done = subprocess.run(command, cwd=directory, env=_environment(), capture_output=True)
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", errors="replace")
        raise subprocess.CalledProcessError(done.returncode, command, said)
    return done.stdout


def dvc(*arguments: str, directory: Path) -> bytes:
    return run(sys.executable, "-m", "dvc", *arguments, directory=directory)


def _environment() -> dict[str, str]:
    """That of a user in the activated environment, whoever started the worker."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": ""}  # a clone is ours: the next point has its modules compiled
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | own


def _discard(clone: Path) -> None:
    """Remove a clone, even if a process that is about to end still writes into it."""
    if clone.exists():
        moved = clone.rename(clone.with_name(f"discarded-{clone.name}-{time.time_ns()}"))
        shutil.rmtree(moved, ignore_errors=True)


@contextmanager
def _try_lock(path: Path) -> Iterator[bool]:
    """Whether this process now has the lock on `path`; it is freed when the process ends, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
