"""Dask workers: of this machine's own or of a cluster's, and whether they will do."""

import ipaddress
import logging
import os
import platform
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import resource_tracker
from pathlib import Path
from urllib.parse import urlsplit

import dask
import psutil
from distributed import Client, LocalCluster, Security

from hidden_nodes.errors import BadInput
from sweep.checks import TRIAL_MEMORY
from sweep.job import Versions, compare_versions

PACKAGES = ["dask", "dvc", "keras", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "seaborn", "tensorflow"]
# How often Dask looks at itself: for tasks of milliseconds by default, at the cost of a tenth of a core.
QUIET = {
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.memory.monitor-interval": "2s",
    "distributed.worker.profile.enabled": False,
}


def installed_versions() -> Versions:
    """Python and the packages on which results depend, as they are here; what is not installed is left out."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return tuple(found.items())


def count_workers() -> int:
    """Trials at once on this machine: one a core, as a trial computes on one, if there is memory for them."""
    return max(1, min(os.cpu_count() or 1, psutil.virtual_memory().total // TRIAL_MEMORY))


def read_security(ca_file: Path | None, cert: Path | None, key: Path | None) -> Security | None:
    """TLS for both directions, if it is asked for.

    Raises
    ------
    BadInput
        If not all three files are there.
    """
    files = {"ca-file": ca_file, "cert": cert, "key": key}
    if not any(files.values()):
        return None
    for name, path in files.items():
        if path is None or not path.is_file():
            raise BadInput(f"--tls-{name} must name a PEM file, as TLS takes all three. Got {str(path)!r} instead.")
    return Security(
        tls_ca_file=str(ca_file), tls_client_cert=str(cert), tls_client_key=str(key), require_encryption=True
    )


def check_address(scheduler: str, security: Security | None) -> None:
    """Raise BadInput unless a scheduler is on this machine or reached with TLS: whoever reaches it runs code."""
    try:
        parts = urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}")
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:  # no address at all
        scheme, host = "", ""
    if not is_loopback(host) and (scheme != "tls" or security is None):
        raise BadInput(
            f"--scheduler must be an address such as tls://head:8786, with --tls-ca-file, --tls-cert and --tls-key, or "
            f"on this machine, such as tcp://127.0.0.1:8786: without TLS, whoever reaches it runs code on its workers. "
            f"Got {scheduler!r}{' without these files' * (scheme == 'tls')} instead."
        )


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connect(stack: ExitStack, scheduler: str, security: Security | None) -> Client:
    """A client of the scheduler at an address."""
    check_address(scheduler, security)
    for name in ("distributed", "distributed.client"):  # a lost connection is told in one line instead
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return stack.enter_context(Client(scheduler, security=security))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadInput(f"no Dask scheduler could be reached at {scheduler!r}: {said}") from None


def start(stack: ExitStack, workers: int, retries: int, directory: Path) -> Client:
    """A client of a cluster on this machine, which only this machine reaches; it ends with `stack`.

    Dask complains of a cluster whose start or end was cut short. So both are left to a thread, which is waited for, and
    which Ctrl-C reaches no more than the threads and processes that come from it.
    """
    stack.enter_context(dask.config.set(QUIET | {"distributed.scheduler.allowed-failures": retries}))

    resource_tracker.ensure_running()  # which unblocks the signal in whichever thread starts it
    block = (signal.SIG_BLOCK, {signal.SIGINT})
    thread = stack.enter_context(ThreadPoolExecutor(1, initializer=signal.pthread_sigmask, initargs=block))
    opened = ExitStack()
    stack.callback(lambda: thread.submit(opened.close).result())
    return thread.submit(open_cluster, opened, workers, directory).result()


def open_cluster(stack: ExitStack, workers: int, directory: Path) -> Client:
    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        local_directory=str(directory), silence_logs=logging.CRITICAL,
        resources={"trial": 1, "memory": psutil.virtual_memory().total / workers},
    )  # fmt: skip
    return stack.enter_context(Client(stack.enter_context(cluster)))


def check_workers(client: Client, versions: Versions, needs: dict[str, int]) -> None:
    """Make sure that every trial finds a worker, and that all workers give the results that this machine would.

    needs : bytes that each trial takes, by its name.

    Raises
    ------
    BadInput
        If a worker has other packages, or none offers enough room.
    """
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise BadInput(f"no worker is connected to {client.scheduler.address}: start one with `dask worker`")
    for address, info in client.get_versions()["workers"].items():
        found = ".".join(str(info["host"]["python"]).split(".")[:3])
        if found != platform.python_version():
            raise BadInput(f"worker {address} has Python {found}; this machine has {platform.python_version()}")
    for address, difference in client.run(compare_versions, versions).items():
        if difference:
            raise BadInput(f"worker {address} has {difference}: install what requirements.txt pins")
    offers = [worker["resources"] for worker in workers.values()]
    room = max((offer.get("memory", 0) for offer in offers if offer.get("trial")), default=0)
    if not room:
        raise BadInput(
            "no worker offers room for a trial: start workers with `--resources 'trial=2 memory=8e9'`, "
            "as many trials at once, and as many bytes for all of them together"
        )
    name, need = max(needs.items(), key=lambda item: item[1])
    if need > room:
        raise BadInput(f"{name} needs {need / 1e9:.1f} GB of memory; no worker offers more than {room / 1e9:.1f} GB")
