"""Hand trials out to the workers of a cluster, and take each experiment over as it finishes."""

import operator
import queue
import sys
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import Client, Future, KilledWorker
from tqdm import tqdm

from hidden_nodes.errors import BadInput, one_line
from sweep import project
from sweep.grid import Trial
from sweep.job import Job
from sweep.worker import run_trial

CACHED = "nothing, all was cached"
PAUSE = 1.0  # seconds between two looks at the workers while no trial ends
Watch = Callable[[set[str], dict[str, str], dict[str, list[str]], int], None]


class ByValue:
    """A function that arrives with its code: Dask itself sends those of a module by name alone."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.content = cloudpickle.dumps(function)

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        """Make pickle call `cloudpickle.loads`, which gives the function itself."""
        return cloudpickle.loads, (self.content,)


@dataclass
class Dispatcher:
    """The trials under way on a cluster, and what has become of the others.

    watch : is told now and then which trials are done, which failed (with their logs), which run by worker, and how
    many are left, with those that may come besides.

    sweep : its name, for `python -m sweep status`. trials : by the names of their experiments. memory : bytes that each
    takes. further : how many trials may come besides. attempts : the workers on which a trial has failed. confined :
    those to which it is limited then. done : of each trial that has come home, the outputs that its worker pushed to
    the DVC remote. failed : the logs of those given up.
    """

    client: Client
    job: Job
    cache: Path
    sweep: str
    retries: int
    trials: dict[str, Trial]
    memory: dict[str, int]
    further: int = 0
    watch: Watch | None = None
    attempts: dict[str, list[str]] = field(default_factory=dict)
    confined: dict[str, set[str]] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, Path] = field(default_factory=dict)
    running: dict[Future, str] = field(default_factory=dict)
    ended: "queue.SimpleQueue[Future]" = field(default_factory=queue.SimpleQueue)

    def run_all(self) -> None:
        """Return when each trial has come home or is given up."""
        waiting = [name for name in self.trials if name not in self.done and name not in self.failed]
        # The largest first, so that none is left alone at the end.
        for name in sorted(waiting, key=lambda name: -self.memory[name]):
            self.submit(name)
        ended = len(self.trials) - len(waiting)
        with tqdm(total=self.total, initial=ended, unit="trial", disable=not sys.stderr.isatty()) as bar:
            while self.running:
                tasks = self.tasks_by_worker()
                running = self.name_running(tasks)
                under_way = sum(map(len, running.values()))
                bar.set_postfix(running=under_way, failed=len(self.failed))
                self.write_state(under_way)
                if self.watch:
                    self.watch(set(self.done), self.name_logs(), running, len(self.running) + self.further)
                self.free_confined(set(tasks))
                self.take_ended()
                bar.update(len(self.done) + len(self.failed) - bar.n)
        self.write_state(0)

    @property
    def total(self) -> int:
        return len(self.trials) + self.further

    def submit(self, name: str) -> None:
        """One task a trial; after a failure it goes to a worker where it has not failed, if there is one."""
        failed_on = self.attempts.setdefault(name, [])
        self.confined[name] = set(self.tasks_by_worker()) - set(failed_on) if failed_on else set()
        future = self.client.submit(
            operator.call, ByValue(partial(run_trial, self.job)), name, self.trials[name], key=f"{name}-{uuid.uuid4()}",
            resources={"trial": 1, "memory": self.memory[name]}, workers=sorted(self.confined[name]) or None,
        )  # fmt: skip
        self.running[future] = name
        future.add_done_callback(self.ended.put)

    def tasks_by_worker(self) -> dict[str, Any]:
        """The tasks that Dask has given to each worker, by its address; more than it runs at once."""
        try:
            return dict(self.client.processing())
        except OSError:
            raise self.lost_scheduler() from None

    def lost_scheduler(self) -> BadInput:
        return BadInput(f"the scheduler is gone; {len(self.done)} finished trials are kept: run the sweep again")

    def free_confined(self, there: set[str]) -> None:
        """Let trials go anywhere whose second attempt waits for workers of which none is `there` any more."""
        for future, name in list(self.running.items()):
            if self.confined[name] and not self.confined[name] & there:
                del self.running[future]
                future.cancel()
                self.submit(name)

    def take_ended(self) -> None:
        """Take over what has ended, as soon as there is anything, or pause."""
        try:
            future = self.ended.get(timeout=PAUSE)
            while True:
                if future in self.running:
                    self.take(future, self.running.pop(future))
                future = self.ended.get_nowait()
        except queue.Empty:
            return

    def take(self, future: Future, name: str) -> None:
        """Take a trial over that has ended; where it failed, try it again or give it up."""
        if future.status == "cancelled":
            raise self.lost_scheduler()
        result: dict[str, Any]
        result = {"log": describe(future), "worker": ""} if future.status == "error" else future.result()
        if "log" not in result:
            result["name"] = name  # the trial that was asked for, whatever a worker calls it
            project.import_experiment(result, self.job.commit, self.cache)
            self.done[name] = result["pushed"]
            executed = ", ".join(result["executed"]) or CACHED
            self.say(f"{name}: {result['seconds']:.0f} s on {result['host']}, executed {executed}")
            return
        self.attempts[name].append(result["worker"])
        log = project.write_log(name, result["log"])
        last = one_line(result["log"].splitlines()[-1], BadInput.longest) if result["log"] else "no word"
        if len(self.attempts[name]) <= self.retries:
            self.say(f"{name}: failed ({last}), trying again")
            self.submit(name)
        else:
            self.failed[name] = log
            self.say(f"{name}: given up ({last})")

    def say(self, what: str) -> None:
        tqdm.write(f"{len(self.done) + len(self.failed)} of {self.total}: {what}")
        sys.stdout.flush()

    def name_logs(self) -> dict[str, str]:
        return {name: str(log) for name, log in self.failed.items()}

    def name_running(self, tasks: dict[str, Any]) -> dict[str, list[str]]:
        """The trials that run now, by the addresses of their workers."""
        try:
            workers = self.client.scheduler_info(n_workers=-1)["workers"]
        except OSError:
            raise self.lost_scheduler() from None
        offers = {address: worker["resources"] for address, worker in workers.items()}
        return list_running({future.key: name for future, name in self.running.items()}, tasks, offers, self.memory)

    def write_state(self, under_way: int) -> None:
        state = {"dashboard": self.client.dashboard_link, "running": under_way, "failed": self.name_logs()}
        state["commit"] = self.job.commit
        project.write_state(self.sweep, state)


def describe(future: Future) -> str:
    """Why a task ended without a result."""
    error = future.exception()
    if isinstance(error, KilledWorker):
        return "error: every worker that tried this trial died"
    return f"error: {type(error).__name__}: {error}"


def list_running(
    names: Mapping[str, str],
    tasks: Mapping[str, Collection[str]],
    offers: Mapping[str, Mapping[str, float]],
    memory: Mapping[str, int],
) -> dict[str, list[str]]:
    """The trials that run now, by worker: of those that Dask has given it, the first that it has room for at once.

    names : of trials by the keys of their tasks, in the order in which they were submitted, which is that in which a
    worker takes them. tasks : the keys that each worker has. offers : how many trials it runs at once, `trial`, in how
    many bytes, `memory`.
    """
    found: dict[str, list[str]] = {}
    for worker in sorted(tasks):
        offer = offers.get(worker, {})
        slots, room = offer.get("trial", 0), offer.get("memory", 0)
        for name in (name for key, name in names.items() if key in tasks[worker]):
            slots, room = slots - 1, room - memory[name]
            if slots < 0 or room < 0:
                break
            found.setdefault(worker, []).append(name)
    return found
