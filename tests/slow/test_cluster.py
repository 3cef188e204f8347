"""A sweep on hosts of their own: network namespaces, each with a worker that sees nothing of the project's files.

For root on Linux, with iproute2, openssl and util-linux; skipped elsewhere.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.clone import copy_project, set_up_git
from tests.conftest import SMALL_PARAMS
from tests.stub import busy_worker, experiments, make_stub, run_sweep, wait_for

TOOLS = [tool for tool in ("ip", "openssl", "unshare", "mount") if shutil.which(tool) is None]
GRID = "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4, 5, 6]\n  seed: [1, 2]\n"
NAMES = sorted(f"hidden-{hidden}-seed-{seed}-to-evaluate" for hidden in range(1, 7) for seed in (1, 2))
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.skipif(
    bool(TOOLS) or os.geteuid() != 0, reason=f"needs root, and these tools: {', '.join(TOOLS) or 'all there'}"
)
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts commands that end with the test."""
    started = []

    def start_one(*command: str, log: Path) -> "subprocess.Popen[str]":
        with log.open("w") as file:
            process = subprocess.Popen(
                command, cwd="/", stdout=file, stderr=subprocess.STDOUT, text=True,
                env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MNIST_MIRROR")},
            )  # fmt: skip
        started.append(process)
        return process

    yield start_one
    for process in started:
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            child.kill()
        process.wait()


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two network namespaces, joined by a pair of interfaces; the first has 10.77.0.1, the second 10.77.0.2."""
    names = [f"sweep-{os.getpid()}-{number}" for number in (1, 2)]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)

    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "sweep1", "netns", names[0], "type", "veth", "peer", "name", "sweep2", "netns", names[1])
        for number, name in enumerate(names, 1):
            ip("-n", name, "address", "add", f"10.77.0.{number}/24", "dev", f"sweep{number}")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", f"sweep{number}", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def make_certificate(directory: Path) -> list[str]:
    """A certificate that is its own authority, as options of Dask's commands and of the sweep's."""
    directory.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=sweep",
         "-keyout", "key.pem", "-out", "cert.pem"], cwd=directory, check=True, capture_output=True,
    )  # fmt: skip
    cert, key = str(directory / "cert.pem"), str(directory / "key.pem")
    return ["--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key]


def worker_command(address: str, hidden: Path, size: str = "4g") -> list[str]:
    """A worker with a file tree of its own: what lies in `hidden` is not there, and its own files lie there instead."""
    dask = f"{BIN / 'dask'} worker {address} --nthreads 1 --resources 'trial=1 memory=8e9' --no-dashboard"
    script = f'mount -t tmpfs -o size={size} none "$0" && exec {dask} --local-directory "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(hidden)]


def wait_until_registered(log: Path) -> None:
    wait_for(lambda: "Registered to" in log.read_text(encoding="utf-8") or None)


def test_two_hosts_over_tls_lose_no_trial_to_a_kill_and_a_cut_link(
    tmp_path: Path, hosts: list[str], start: Start
) -> None:
    tls = make_certificate(tmp_path / "tls")
    files = tmp_path / "files"
    files.mkdir()
    project = copy_project(files / "project", 1_500, 400, SMALL_PARAMS)
    (project.path / "sweeps/nodes.yaml").write_text(GRID, encoding="utf-8")
    inside = [["ip", "netns", "exec", host] for host in hosts]
    address = "tls://10.77.0.1:8786"
    start(*inside[0], str(BIN / "dask"), "scheduler", "--protocol", "tls", "--host", "10.77.0.1", "--port", "8786",
          "--no-dashboard", *tls, log=tmp_path / "scheduler.log")  # fmt: skip
    workers = [
        start(*inside[number], *worker_command(address, files), *tls, log=tmp_path / f"worker{number}.log")
        for number in (0, 1)
    ]
    for number in (0, 1):
        wait_until_registered(tmp_path / f"worker{number}.log")
    command = [*inside[0], sys.executable, "-u", "-m", "sweep", "run", "--scheduler", address, *tls]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    printed = ""
    with subprocess.Popen(
        command, cwd=project.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as client:
        for line in client.stdout or ():
            printed += line
            if line.startswith("2 of 12"):
                busy_worker(workers[1].pid).send_signal(signal.SIGKILL)
            if line.startswith("6 of 12"):
                subprocess.run(["ip", "-n", hosts[1], "link", "set", "sweep2", "down"], check=True)
                time.sleep(20)
                subprocess.run(["ip", "-n", hosts[1], "link", "set", "sweep2", "up"], check=True)
    print(printed)
    assert client.returncode == 0, printed
    assert sorted(re.findall(r"^\d+ of 12: (\S+): .*executed", printed, flags=re.MULTILINE)) == NAMES
    assert experiments(project) == NAMES
    assert len(re.findall("executed .*preprocess", printed)) == 1  # before the first trial, and on no worker
    assert "Traceback" not in printed


def test_a_full_disk_sends_its_trials_elsewhere(tmp_path: Path, start: Start) -> None:
    project = make_stub(tmp_path / "files/project", "stages: [draw]\ngrid:\n  hidden: [1, 2, 3, 4]\n")
    address = "tcp://127.0.0.1:18786"
    start(str(BIN / "dask"), "scheduler", "--host", "127.0.0.1", "--port", "18786", "--no-dashboard",
          log=tmp_path / "scheduler.log")  # fmt: skip
    for number, size in enumerate(("100k", "1g")):
        log = tmp_path / f"worker{number}.log"
        start(*worker_command(address, tmp_path / "files", size), log=log)
        wait_until_registered(log)
    printed = run_sweep(project, "run", "--scheduler", address, "--keep", "all")
    assert experiments(project) == [f"hidden-{hidden}" for hidden in (1, 2, 3, 4)]
    assert "No space left" in printed or "could not be written" in printed
    project.dvc("exp", "apply", "hidden-2")
    assert project.read("plots/draw/curve.png") == "plots/draw/curve.png of 2 nodes"


def test_outputs_travel_through_the_projects_remote_where_there_is_one(tmp_path: Path, start: Start) -> None:
    remote = tmp_path / "remote"
    project = make_stub(tmp_path / "files/project", "stages: [draw]\ngrid:\n  hidden: [1, 2]\n")
    project.dvc("remote", "add", "--default", "storage", str(remote))
    set_up_git(project)
    start(str(BIN / "dask"), "scheduler", "--host", "127.0.0.1", "--port", "18787", "--no-dashboard",
          log=tmp_path / "scheduler.log")  # fmt: skip
    log = tmp_path / "worker.log"
    start(*worker_command("tcp://127.0.0.1:18787", tmp_path / "files"), log=log)
    wait_until_registered(log)
    run_sweep(project, "run", "--scheduler", "tcp://127.0.0.1:18787", "--keep", "all")
    stored = {path.read_text(encoding="utf-8") for path in remote.rglob("*") if path.is_file()}
    pictures = {f"plots/draw/curve.png of {hidden} nodes" for hidden in (1, 2)}
    assert pictures | {"data/prepared/images.npy of 0 nodes"} <= stored
    project.dvc("exp", "apply", "hidden-2")
    assert project.read("plots/draw/curve.png") == "plots/draw/curve.png of 2 nodes"
