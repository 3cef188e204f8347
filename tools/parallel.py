"""Run the graph, with stages that do not depend on one another side by side: `make repro`.

DVC is asked once which stages have to run; each of these is then a `dvc repro --single-item STAGE` of its own, under
DVC's own locks, as if typed in as many terminals. So a stage whose inputs turn out to be the same is skipped, one that
the cache has is restored, and plain `dvc repro` finds nothing left to do.
"""

import argparse
import os
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from multiprocessing import connection
from pathlib import Path

import psutil
from dvc.exceptions import DvcException
from dvc.repo import Repo, lock_repo

from hidden_nodes.data.dataset import as_dataset, read_description
from hidden_nodes.errors import BadInput
from hidden_nodes.params import estimate_memory
from tools import choose_dataset
from tools.check import load_checked
from tools.child import Child, stop
from tools.keep_outputs import put_back_all
from tools.mend_locks import mend_locks
from tools.schedule import MEGABYTE, Queue, read_steps
from tools.verify_cache import LISTING, locate, remove_damaged

BUSY = "Unable to acquire lock"  # what DVC says when another process has held one of its locks for some seconds
ATTEMPTS = 10  # at a stage that could not have the lock
Outputs = Mapping[str, Sequence[Path]]  # the files and directories that each stage writes, by its name


def find_outdated(force: bool) -> tuple[dict[str, set[str]], Outputs]:
    """The stages that may have to run, each with those of them that it needs: what changed, and all that follows.

    force : all stages. Also the outputs of all stages, where those of stages that were killed are put back.
    """
    with Repo(_wait_for_lock=True) as repo, lock_repo(repo):
        mend_locks(repo)
        stages = {stage.addressing: stage for stage in repo.index.stages}
        outputs = {name: [Path(out.fs_path) for out in stage.outs] for name, stage in stages.items()}
        put_back_all(outputs)
        hashes = (out.hash_info.value or "" for stage in stages.values() for out in stage.outs)
        remove_damaged(locate(name, Path(repo.cache.local.path)) for name in hashes if name.endswith(LISTING))
        needs = {
            name: {other.addressing for other in repo.index.graph.successors(stage)} for name, stage in stages.items()
        }
        outdated: dict[str, set[str]] = {}
        for name in TopologicalSorter(needs).static_order():
            needed = needs[name] & set(outdated)
            if force or needed or stages[name].changed():
                outdated[name] = needed
    return outdated, outputs


def run_stages(queue: Queue, outputs: Outputs, force: bool) -> None:
    """Run the stages of a queue; after one that fails no other is started, and those that run are waited for.

    outputs : of each stage; what stood there stands there still where a stage did not end well.

    Raises
    ------
    BadInput
        If a stage failed: what it said.
    """
    width = max(map(len, queue.steps), default=0)
    running: list[Child] = []
    failed: list[Child] = []
    attempts: Counter[str] = Counter()
    try:
        while True:
            for name in [] if failed else queue.start():
                running.append(Child(name, outputs[name], force))
            if not running:
                break
            for child in wait_for(running):
                for line in child.read():
                    print(f"{child.name:{width}} | {line}", flush=True)
                if not child.reader.closed:
                    continue
                child.process.join()
                running.remove(child)
                attempts[child.name] += 1
                if child.ended_well:
                    queue.finish(child.name)
                elif any(BUSY in line for line in child.lines) and attempts[child.name] < ATTEMPTS:
                    queue.put_back(child.name)
                else:
                    failed.append(child)
                    names = ", ".join(other.name for other in running)
                    print(f"{child.name} failed" + f"; waiting for {names}" * bool(names), flush=True)
    except KeyboardInterrupt:
        stop(running)
        raise
    finally:
        for child in running:
            child.send(signal.SIGKILL)
            child.process.join()
        put_back_all(outputs)
    if failed:
        name, reason = failed[0].name, failed[0].reason()
        stand = failed[0].process.exitcode and any(path.exists() for path in outputs[name])
        raise BadInput(f"{name}: {reason}" + " (The results of its last good run stand as they were.)" * bool(stand))


def wait_for(running: list[Child]) -> list[Child]:
    """Those of the children whose output can be read. What a killed one leaves running is ended."""
    for child in running:
        if (child.process.exitcode or 0) < 0:
            child.send(signal.SIGKILL)
    alive = [child.process.sentinel for child in running if child.process.exitcode is None]
    ready = connection.wait([*(child.reader for child in running), *alive])
    return [child for child in running if child.reader in ready]


def run_graph(jobs: int, force: bool = False, more_memory: float = 0) -> None:
    """Bring all stages up to date, `jobs` at once as far as memory allows. more_memory : MB that each takes besides."""
    try:
        outdated, outputs = find_outdated(force)
    except DvcException as error:
        raise BadInput(" ".join(str(error).split())) from None
    if outdated:
        memory = psutil.virtual_memory().available / MEGABYTE
        run_stages(Queue(read_steps(outdated, more_memory=more_memory), jobs, memory), outputs, force)
    print("all stages are up to date")


def count_jobs(text: str) -> int:
    """The number of processes that a user asks for; by default one a core."""
    if not text:
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise BadInput(f"JOBS must be a whole number from 1. Got {text!r} instead.")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="", help="processes at once (default: one a core)")
    parser.add_argument("--force", action="store_true", help="run all stages")
    words = parser.parse_args()
    jobs = count_jobs(words.jobs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    choose_dataset.main()
    params = load_checked()
    dataset = as_dataset(read_description(params.dataset), params.dataset)
    run_graph(jobs, words.force, estimate_memory(params.hidden, dataset) / MEGABYTE)
