"""Run the trials of a sweep: a cluster, what its workers start from, and the experiments back home."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cloudpickle
from distributed import Client, Security

import hidden_nodes.locks
import sweep.clones
import sweep.commands
import sweep.job
import sweep.keep
import sweep.objects
import sweep.worker
from sweep import cluster, project
from sweep.dispatch import CACHED, Dispatcher, Watch
from sweep.job import Job
from sweep.plan import Plan
from sweep.worker import Provide

# Workers need no copy of the project: what they run of it travels with the task.
TRAVELLING = [hidden_nodes.locks, sweep.clones, sweep.commands, sweep.job, sweep.keep, sweep.objects, sweep.worker]


@dataclass(frozen=True)
class Options:
    """How a sweep is run; each field is an option of `python -m sweep run`."""

    scheduler: str | None = None
    workers: int | None = None
    keep: str = "tables"
    retries: int = 2
    security: Security | None = None


def run_sweep(plan: Plan, name: str, options: Options, watch: Watch | None = None) -> dict[str, Path]:
    """Run all trials of `plan` that do not exist yet; the failed ones with their logs.

    name : of the sweep, for `python -m sweep status`. watch : as for `Dispatcher`.
    """
    todo = {trial: changes for trial, changes in plan.named.items() if trial not in plan.existing}
    further = f"; up to {plan.further} further ones depend on what these come to" if plan.further else ""
    print(f"{len(plan.named)} trials, of which {len(plan.existing)} exist{further}", flush=True)
    if not todo:
        return {}
    for module in TRAVELLING:
        cloudpickle.register_pickle_by_value(module)
    cache = project.cache_directory()
    with ExitStack() as stack:
        clone = stack.enter_context(project.clone_at(plan.commit, cache))
        # Dask takes as long to start as the shared stages to be found in the cache: both at once.
        pool = stack.enter_context(ThreadPoolExecutor(1))
        reproduced = pool.submit(project.reproduce, clone, plan.shared)
        client = start_client(stack, options, len(todo))
        lock, executed = reproduced.result()
        if plan.shared:
            print(
                f"{', '.join(plan.shared)}: once for all trials, executed {', '.join(executed) or CACHED}", flush=True
            )
        job = make_job(plan, options, lock, cache, project.has_remote(clone))
        cluster.check_workers(client, job.versions, {trial: plan.memory[trial] for trial in todo})
        print(f"dashboard: {client.dashboard_link}", flush=True)
        provide = prepare_workers(plan, options, clone, lock, cache, job)
        client.register_plugin(provide)
        stack.callback(tidy_workers, client, provide)
        dispatcher = Dispatcher(client, job, cache, name, options.retries, todo, plan.memory, plan.further, watch)
        dispatcher.run_all()
        while todo := plan.advance(dispatcher.failed):
            dispatcher.trials.update(todo)
            dispatcher.memory.update(plan.memory)
            dispatcher.further = plan.further
            dispatcher.run_all()
    project.fetch_outputs(plan.commit, {trial: paths for trial, paths in dispatcher.done.items() if paths}, cache)
    return dispatcher.failed


def start_client(stack: ExitStack, options: Options, trials: int) -> Client:
    """A client of the scheduler that was named, or else of a cluster on this machine."""
    if options.scheduler:
        return cluster.connect(stack, options.scheduler, options.security)
    workers = min(options.workers or cluster.count_workers(), trials)
    return cluster.start(stack, workers, options.retries, project.STATE.resolve())


def make_job(plan: Plan, options: Options, lock: bytes, cache: Path, has_remote: bool) -> Job:
    """lock : the commit's `dvc.lock` after the shared stages."""
    key = f"{plan.commit[:12]}-{sha256(lock).hexdigest()[:8]}"
    return Job(
        key=key, commit=plan.commit, cache=str(cache), token=str(project.leave_token(key)), stages=tuple(plan.asked),
        shared=tuple(plan.shared), keep=options.keep, remote=options.scheduler is not None and has_remote,
        versions=cluster.installed_versions(),
    )  # fmt: skip


def prepare_workers(plan: Plan, options: Options, clone: Path, lock: bytes, cache: Path, job: Job) -> Provide:
    """What the workers get; outputs of the shared stages reach a cluster through the DVC remote or else with it."""
    objects = b""
    if job.remote and plan.shared:
        project.push(clone, plan.shared)
    elif options.scheduler is not None:
        objects = project.pack_outputs(lock, plan.shared, cache)
    own_lock = project.trim_lock(clone, plan.needed)
    return Provide(f"sweep-{uuid.uuid4()}", job, project.bundle(clone), lock, own_lock, objects)


def tidy_workers(client: Client, provide: Provide) -> None:
    """Have the workers remove what `provide` brought them, if they can still be reached."""
    if client.status == "running":
        with suppress(OSError):  # as Dask raises where one ends at this moment
            client.unregister_worker_plugin(provide.name)
