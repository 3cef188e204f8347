"""What happens on a worker: one trial is run through DVC in a clone of the worker's own.

Workers get these functions by value, so that they need the packages of requirements.txt and no copy of the project.
A worker keeps everything in one directory, which all workers of a machine with the same `--local-directory` share:
the project as a git bundle, clones of it (each used by one trial at a time), and a DVC cache.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from dvc.utils.serialize import load_yaml, modify_yaml

from sweep.clones import LOCK, OWN_LOCK, PROVIDED, cache_of, has_clients_cache, remove_clones, take_clone
from sweep.commands import executed_stages, experiment_reference, run_command, run_dvc, run_watched_dvc
from sweep.job import TAIL, Job, compare_versions
from sweep.keep import split_outputs
from sweep.objects import list_objects, list_outputs, pack


class Provide(WorkerPlugin):
    """Gives every worker, also one that comes later, what the trials start from.

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
            # Not the end of the sweep: each trial that is tried here fails with this, and goes elsewhere.
            worker.log_event("sweep", f"{home} cannot be written: {error}")

    def teardown(self, worker: Worker) -> None:
        remove_clones(home_of(worker, self.job))


def home_of(worker: Worker, job: Job) -> Path:
    return Path(worker.local_directory).parent / f"sweep-{job.key}"


def run_trial(job: Job, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Run one experiment; return it as a git bundle, with the outputs to keep, or say why it failed.

    The result holds `name worker host seconds`, and either `executed bundle objects pushed` or `log`.
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
            result["executed"] = executed_stages(log)
            result["objects"], result["pushed"] = bring_home(clone, job, began)
            restore_lock(clone, home, job, name)
            result["bundle"] = bundle_experiment(clone, job, name)
    except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
        result["log"] = str(getattr(error, "stdout", None) or error)[-TAIL:].strip()
    return result | {"seconds": time.monotonic() - start}


def run_experiment(clone: Path, job: Job, name: str, changes: dict[str, Any]) -> str:
    """`dvc exp run` in a clone; return what it printed."""
    settings = [word for leaf, value in changes.items() for word in ("-S", f"{leaf}={json.dumps(value)}")]
    return run_watched_dvc("exp", "run", "--name", name, *settings, *job.stages, directory=clone)


def bring_home(clone: Path, job: Job, began: float) -> tuple[bytes, list[str]]:
    """An archive of what travels with the experiment, and the outputs that were pushed to the DVC remote instead.

    In the archive are outputs of the stages that the trial ran, as `job.keep` says, and DVC's records of the stages
    run since `began`. Nothing travels where the client's own cache was used.
    """
    if has_clients_cache(job):
        return b"", []
    cache = cache_of(clone)
    outputs = list_outputs(load_yaml(clone / "dvc.lock"), cache)
    whole, names = split_outputs(job.keep, [output for output in outputs if output.stage not in job.shared])
    pushed = [output.path for output in whole] if job.remote else []
    if pushed:
        run_dvc("push", "--quiet", *pushed, directory=clone)
    else:
        names |= list_objects(whole)
    runs = [path for path in (cache / "runs").glob("*/*/*") if path.stat().st_mtime >= began]
    return pack(cache, names | {str(path.relative_to(cache)) for path in runs if len(path.name) == 64}), pushed


def restore_lock(clone: Path, home: Path, job: Job, name: str) -> None:
    """Give the experiment's `dvc.lock` its entries of stages that were not asked for, as `dvc exp run` leaves them.

    DVC wants the outputs of those stages at hand even if it does not run them, so it ran here without their entries.
    """
    if (home / OWN_LOCK).read_bytes() == (home / LOCK).read_bytes():
        return
    ran = load_yaml(clone / "dvc.lock")["stages"]
    shutil.copyfile(home / LOCK, clone / "dvc.lock")
    with modify_yaml(clone / "dvc.lock") as lock:  # as DVC itself changes the file
        lock["stages"].update(ran)
    reference = experiment_reference(job.commit, name)
    message = run_command("git", "log", "-1", "--format=%B", reference, directory=clone).decode().strip()
    run_command("git", "read-tree", reference, directory=clone)
    run_command("git", "update-index", "--add", "dvc.lock", directory=clone)
    tree = run_command("git", "write-tree", directory=clone).decode().strip()
    commit = run_command("git", "commit-tree", tree, "-p", job.commit, "-m", message, directory=clone).decode().strip()
    run_command("git", "update-ref", reference, commit, directory=clone)


def bundle_experiment(clone: Path, job: Job, name: str) -> bytes:
    """The experiment's commit as a git bundle that builds on the sweep's commit."""
    reference = experiment_reference(job.commit, name)
    return run_command("git", "bundle", "create", "--quiet", "-", reference, f"^{job.commit}", directory=clone)
