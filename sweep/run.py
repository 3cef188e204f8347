"""Run the points of a study, and take each experiment over as it finishes."""

import operator
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import Client, Future, KilledWorker, Security
from tqdm import tqdm

import sweep.objects
import sweep.worker
from hidden_nodes.errors import BadInput
from hidden_nodes.params import estimate_memory
from sweep import cluster, project
from sweep.grid import Point, flatten
from sweep.plan import Plan
from sweep.worker import Job, Provide, run_point

# Workers need no copy of the project: what they run of it travels with the task.
cloudpickle.register_pickle_by_value(sweep.worker)
cloudpickle.register_pickle_by_value(sweep.objects)

CACHED = "nothing, all was cached"
PAUSE = 1.0  # seconds between two looks at what is running


class ByValue:
    """A function that arrives with its code: Dask itself sends those of a module by name alone."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.content = cloudpickle.dumps(function)

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        """Make pickle call `cloudpickle.loads`, which gives the function itself."""
        return cloudpickle.loads, (self.content,)


@dataclass(frozen=True)
class Options:
    """How a study is run; each field is an option of `python -m study run`."""

    scheduler: str | None = None
    workers: int | None = None
    keep: str = "plots"
    retries: int = 2
    security: Security | None = None


def run_study(plan: Plan, name: str, options: Options) -> dict[str, Path]:
    """Run all points of `plan` that do not exist yet; the failed ones with their logs.

    name : of the study, for `python -m study status`.
    """
    todo = {point: changes for point, changes in plan.named.items() if point not in plan.existing}
    print(f"{len(plan.named)} points, of which {len(plan.existing)} exist", flush=True)
    if not todo:
        return {}
    cache, needs = project.cache_directory(), memory_needs(todo, plan.params)
    with ExitStack() as stack:
        clone = stack.enter_context(project.clone_at(plan.commit, cache))
        # Dask takes as long to start as the shared stages to be found in the cache: both at once.
        pool = stack.enter_context(ThreadPoolExecutor(1))
        reproduced = pool.submit(project.reproduce, clone, plan.shared)
        client = connect(stack, options, len(todo))
        lock, executed = reproduced.result()
        if plan.shared:
            print(
                f"{', '.join(plan.shared)}: once for all points, executed {', '.join(executed) or CACHED}", flush=True
            )
        remote = options.scheduler is not None and project.has_remote(clone)
        if remote and plan.shared:
            project.push(clone, plan.shared)
        key = f"{plan.commit[:12]}-{sha256(lock).hexdigest()[:8]}"
        job = Job(
            key, plan.commit, str(cache), str(project.leave_token(key)), tuple(plan.asked), tuple(plan.shared),
            options.keep, remote, cluster.installed_versions(),
        )  # fmt: skip
        travels = options.scheduler is not None and not remote
        objects = project.pack_outputs(lock, plan.shared, cache) if travels else b""
        cluster.check_workers(client, job.versions, needs)
        print(f"dashboard: {client.dashboard_link}", flush=True)
        own_lock = project.trim_lock(clone, plan.needed)
        provide = Provide(f"study-{uuid.uuid4()}", job, project.bundle(clone), lock, own_lock, objects)
        client.register_plugin(provide)
        stack.callback(client.unregister_worker_plugin, provide.name)
        run = Run(client, job, cache, options.retries, needs, name, list(plan.named))
        run.run(todo)
    if remote:
        project.fetch_outputs(plan.commit, sorted(run.ran), options.keep, cache)
    return run.failed


def connect(stack: ExitStack, options: Options, points: int) -> Client:
    """A client of the scheduler that was named, or else of a cluster on this machine."""
    if options.scheduler:
        return cluster.connect(stack, options.scheduler, options.security)
    workers = min(options.workers or cluster.count_workers(), points)
    return cluster.start(stack, workers, options.retries, project.STATE.resolve())


def memory_needs(named: dict[str, Point], params: dict[str, Any]) -> dict[str, int]:
    """Bytes that each point takes at most."""
    base = flatten(params)
    hidden = {name: (base | point).get("hidden", 1) for name, point in named.items()}
    return {name: cluster.POINT_MEMORY + estimate_memory(int(str(nodes))) for name, nodes in hidden.items()}


@dataclass
class Run:
    """The points under way on a cluster, and what has become of the others.

    needs : bytes by point. attempts : the workers on which a point has failed. confined : those to which it is limited
    then. failed : the logs of those given up.
    """

    client: Client
    job: Job
    cache: Path
    retries: int
    needs: dict[str, int]
    study: str
    names: list[str]
    attempts: dict[str, list[str]] = field(default_factory=dict)
    confined: dict[str, set[str]] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    failed: dict[str, Path] = field(default_factory=dict)

    def run(self, todo: dict[str, Point]) -> None:
        # The largest first, so that none is left alone at the end.
        order = sorted(todo, key=lambda name: -self.needs[name])
        futures = {self.submit(name, todo[name]): name for name in order}
        with tqdm(total=len(todo), unit="point", disable=not sys.stderr.isatty()) as bar:
            while futures:
                under_way = sum(len(keys) for keys in self.client.processing().values())
                bar.set_postfix(running=min(under_way, len(futures)), failed=len(self.failed))
                project.write_state(self.study, self.state(under_way))
                self.free(futures, todo)
                for future in wait_a_little(futures):
                    name = futures.pop(future)
                    again = self.take(future, name, todo[name])
                    if again is not None:
                        futures[again] = name
                bar.update(len(self.ran) + len(self.failed) - bar.n)
        project.write_state(self.study, self.state(0))

    def submit(self, name: str, changes: Point) -> Future:
        """One task a point; after a failure it goes to a worker where it has not failed, if there is one."""
        others = self.workers() - set(self.attempts.setdefault(name, []))
        self.confined[name] = others if self.attempts[name] else set()
        return self.client.submit(
            operator.call, ByValue(partial(run_point, self.job)), name, changes, key=f"{name}-{uuid.uuid4()}",
            resources={"point": 1, "memory": self.needs[name]}, workers=sorted(self.confined[name]) or None,
        )  # fmt: skip

    def workers(self) -> set[str]:
        """Addresses of the workers that are there now."""
        return set(self.client.scheduler_info(n_workers=-1)["workers"])

    def free(self, futures: dict[Future, str], todo: dict[str, Point]) -> None:
        """Let points go anywhere whose second attempt waits for workers that are all gone."""
        there = self.workers()
        for future, name in list(futures.items()):
            if self.confined[name] and not self.confined[name] & there:
                future.cancel()
                del futures[future]
                futures[self.submit(name, todo[name])] = name

    def take(self, future: Future, name: str, changes: Point) -> Future | None:
        """Take a finished point over; where it failed, the future of its next attempt."""
        if future.status == "cancelled":
            raise BadInput(f"the scheduler is gone; {len(self.ran)} finished points are kept: run the study again")
        result = future.result() if future.status == "finished" else {"log": describe(future), "worker": ""}
        if "log" not in result:
            project.import_experiment(result, self.job.commit, self.cache)
            self.ran.add(name)
            executed = ", ".join(result["executed"]) or CACHED
            self.say(f"{name}: {result['seconds']:.0f} s on {result['host']}, executed {executed}")
            return None
        self.attempts[name].append(result["worker"])
        log = project.write_log(name, result["log"])
        last = result["log"].splitlines()[-1] if result["log"] else "no word"
        if len(self.attempts[name]) <= self.retries:
            self.say(f"{name}: failed ({last}), trying again")
            return self.submit(name, changes)
        self.failed[name] = log
        self.say(f"{name}: given up ({last})")
        return None

    def say(self, what: str) -> None:
        tqdm.write(f"{len(self.ran) + len(self.failed)} of {len(self.needs)}: {what}")
        sys.stdout.flush()

    def state(self, under_way: int) -> dict[str, Any]:
        return {
            "dashboard": self.client.dashboard_link, "running": under_way,
            "failed": {name: str(log) for name, log in self.failed.items()},
        }  # fmt: skip


def wait_a_little(futures: dict[Future, str]) -> list[Future]:
    """Those that have ended, as soon as there are any, or after a pause."""
    deadline = time.monotonic() + PAUSE
    while not (ended := [future for future in futures if future.done()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return ended


def describe(future: Future) -> str:
    """Why a task ended without a result."""
    error = future.exception()
    if isinstance(error, KilledWorker):
        return "error: every worker that tried this point died"
    return f"error: {type(error).__name__}: {error}"
