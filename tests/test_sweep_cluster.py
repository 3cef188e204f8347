"""What a sweep asks of a cluster's workers and sends them, and what becomes of bad endings; none is started."""

import hashlib
import json
import platform
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import KilledWorker, Security
from distributed.comm import CommClosedError

from hidden_nodes.errors import BadInput
from sweep import cluster, project
from sweep.client import tidy_workers
from sweep.cluster import (
    check_address,
    check_workers,
    connect,
    count_workers,
    installed_versions,
    read_security,
)
from sweep.dispatch import Dispatcher
from sweep.job import Job, compare_versions
from sweep.objects import list_objects, list_outputs, pack, unpack

HERE = ".".join([platform.python_version(), "final", "0"])
NEEDS = {"few": 2 * 10**9, "many": 4 * 10**9}


def make_cluster(resources: list[dict[str, float]], python: str = HERE, differences: str = "") -> Any:
    """A client of as many workers as there are `resources`."""
    addresses = [f"tcp://127.0.0.1:{number}" for number in range(len(resources))]
    workers = {address: {"resources": offer} for address, offer in zip(addresses, resources, strict=True)}
    return SimpleNamespace(
        scheduler=SimpleNamespace(address="tcp://127.0.0.1:8786"),
        scheduler_info=lambda n_workers: {"workers": workers},
        get_versions=lambda: {"workers": {address: {"host": {"python": python}} for address in addresses}},
        run=lambda function, versions: dict.fromkeys(addresses, differences),
    )


def test_workers_that_will_do_are_taken() -> None:
    check_workers(make_cluster([{"trial": 1, "memory": 1e9}, {"trial": 2, "memory": 8e9}]), (), NEEDS)
    assert count_workers() >= 1


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        (make_cluster([]), "no worker is connected to tcp://127.0.0.1:8786: start one with `dask worker`"),
        (make_cluster([{}], python="3.9.1.final.0"), "worker tcp://127.0.0.1:0 has Python 3.9.1; this machine has "),
        (make_cluster([{}], differences="numpy 1"), "has numpy 1: install what requirements.txt pins"),
        (make_cluster([{"memory": 9e9}]), "no worker offers room for a trial: start workers with `--resources "),
        (make_cluster([{"trial": 1, "memory": 3e9}]), "many needs 4.0 GB of memory; no worker offers more than 3.0 GB"),
    ],
)
def test_workers_that_will_not_do_are_refused(cluster: Any, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_workers(cluster, (), NEEDS)
    assert message in str(caught.value)


def test_tls_takes_all_three_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for file in files:
        file.touch()
    security = read_security(*files)
    assert security is not None
    assert security.require_encryption is True
    files[2].unlink()
    with pytest.raises(BadInput, match="--tls-key must name a PEM file"):
        read_security(*files)


def test_objects_travel_unchanged_and_only_as_what_they_are(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"

    def store(content: bytes, suffix: str = "") -> tuple[str, Path]:
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
        path = Path(f"files/md5/{md5[:2]}/{md5[2:]}")
        (ours / path).parent.mkdir(parents=True)
        (ours / path).write_bytes(content)
        return md5, path

    child, path = store(b"digits")
    top, _ = store(json.dumps([{"md5": child, "relpath": "a"}]).encode(), ".dir")
    lock = {"stages": {"prepare": {"outs": [{"md5": top, "path": "data"}, {"md5": "0" * 32, "path": "in-git"}]}}}
    outputs = list_outputs(lock, ours)
    assert [(output.stage, list(output.files)) for output in outputs] == [("prepare", ["data/a"])]
    found = list_objects(outputs)
    assert len(found) == 2
    unpack(pack(ours, found), theirs)
    assert (theirs / path).read_bytes() == b"digits"
    (ours / path).write_bytes(b"others")
    with pytest.raises(ValueError, match="does not hold what its name says"):
        unpack(pack(ours, found), tmp_path / "third")
    (ours / "evil.sh").write_bytes(b"")
    with pytest.raises(ValueError, match="no object"):
        unpack(pack(ours, ["evil.sh"]), theirs)


def test_other_versions_are_told_apart() -> None:
    assert compare_versions(installed_versions()) == ""
    assert compare_versions((("numpy", "0.1"), ("no-such-package", "1"))).endswith("no-such-package none instead of 1")


@pytest.mark.parametrize(
    ("address", "tls"),
    [("tcp://127.0.0.1:8786", False), ("localhost:8786", False), ("tcp://[::1]:8786", False),
     ("tls://127.0.0.1:8786", True), ("tls://head:8786", True)],
)  # fmt: skip
def test_loopback_and_tls_are_reached(address: str, tls: bool) -> None:
    check_address(address, Security(require_encryption=True) if tls else None)


@pytest.mark.parametrize(
    ("address", "tls"),
    [("tcp://head:8786", False), ("tcp://10.0.0.1:8786", False), ("10.0.0.1:8786", False), ("tls://head:8786", False),
     ("head:8786", True), ("tcp://head:8786", True), ("tcp://[bad", False), ("tcp://localhost.evil:1", False),
     ("", False), ("tcp://0.0.0.0:8786", False), ("tcp://127.0.0.1@head:8786", False)],
)  # fmt: skip
def test_only_loopback_is_reached_without_tls(address: str, tls: bool) -> None:
    security = Security(require_encryption=True) if tls else None
    with ExitStack() as stack, pytest.raises(BadInput) as caught:
        connect(stack, address, security)
    assert str(caught.value).startswith("--scheduler must be an address such as tls://head:8786, with --tls-ca-file")
    assert f"Got {address!r}" in str(caught.value)
    assert len(str(caught.value)) < BadInput.longest


def test_dask_starts_and_ends_where_ctrl_c_does_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads and processes have the blocked signals of the thread that starts them."""
    blocked: list[bool] = []

    @contextmanager
    def look(*_arguments: Any, **_options: Any) -> Iterator[None]:
        blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        yield
        blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    monkeypatch.setattr(cluster, "LocalCluster", look)
    monkeypatch.setattr(cluster, "Client", nullcontext)
    with ExitStack() as stack:
        cluster.start(stack, 1, 1, tmp_path)
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert blocked == [True, True]


class Ended:
    """A task that has ended."""

    def __init__(self, status: str, error: Exception | None = None) -> None:
        self.status, self.error, self.key = status, error, ""

    def exception(self) -> Exception | None:
        return self.error

    def add_done_callback(self, function: Any) -> None:
        """Nobody waits for it."""

    def cancel(self) -> None:
        self.status = "cancelled"


@pytest.fixture
def dispatcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dispatcher:
    """Two trials on a cluster of one worker, each to be tried twice."""
    monkeypatch.setattr(project, "STATE", tmp_path)
    client: Any = SimpleNamespace(
        processing=lambda: {"tcp://127.0.0.1:1": []}, submit=lambda *arguments, **options: Ended("pending"),
        dashboard_link="http://127.0.0.1:1",
    )  # fmt: skip
    job = Job("key", "0" * 40, str(tmp_path), "", ("evaluate",), (), "tables", False, ())
    return Dispatcher(client, job, tmp_path, "nodes", 1, {"few": {}, "many": {}}, NEEDS)


def test_a_trial_whose_workers_die_is_tried_again_and_then_given_up(
    dispatcher: Dispatcher, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    dispatcher.submit("few")
    for _ in range(2):
        died: Any = Ended("error", KilledWorker("few", None, 1))
        dispatcher.take(died, "few")
    assert capsys.readouterr().out.splitlines() == [
        "0 of 2: few: failed (error: every worker that tried this trial died), trying again",
        "1 of 2: few: given up (error: every worker that tried this trial died)",
    ]
    assert dispatcher.failed == {"few": tmp_path / "few.log"}


def test_an_error_of_dasks_own_is_told_by_its_name(dispatcher: Dispatcher, tmp_path: Path) -> None:
    dispatcher.submit("few")
    for _ in range(2):
        ended: Any = Ended("error", MemoryError("no room"))
        dispatcher.take(ended, "few")
    assert (tmp_path / "few.log").read_text(encoding="utf-8") == "error: MemoryError: no room\n"


def test_a_worker_cannot_name_another_trial_than_the_one_asked_for(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(project, "import_experiment", lambda result, *_: taken.append(result["name"]))
    answer = {"name": "../../heads/main", "pushed": [], "executed": [], "seconds": 1.0, "host": "here"}
    ended: Any = SimpleNamespace(status="finished", result=lambda: answer)
    dispatcher.take(ended, "few")
    assert taken == ["few"]


def test_a_trial_that_waits_at_its_worker_does_not_count_as_running(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask gives a worker more tasks than it has room for at once."""
    address = "tcp://127.0.0.1:1"

    def submit(*_arguments: Any, **options: Any) -> Any:
        future = Ended("pending")
        future.key = options["key"]
        return future

    client: Any = dispatcher.client
    client.submit = submit
    client.processing = lambda: {address: [future.key for future in dispatcher.running]}
    client.scheduler_info = lambda n_workers: {"workers": {address: {"resources": {"trial": 1, "memory": 9e9}}}}
    said: list[int] = []

    def end_all() -> None:
        said.append(project.read_state("nodes")["running"])
        dispatcher.running.clear()

    monkeypatch.setattr(dispatcher, "take_ended", end_all)
    dispatcher.run_all()
    assert said == [1]
    assert project.read_state("nodes")["running"] == 0


def test_a_second_attempt_waits_for_no_worker_that_is_gone(dispatcher: Dispatcher) -> None:
    dispatcher.submit("few")
    dispatcher.attempts["few"] = ["tcp://127.0.0.1:2"]
    dispatcher.running.clear()
    dispatcher.submit("few")
    (first,) = dispatcher.running
    assert dispatcher.confined == {"few": {"tcp://127.0.0.1:1"}}
    dispatcher.free_confined({"tcp://127.0.0.1:1"})
    assert list(dispatcher.running) == [first]
    dispatcher.free_confined({"tcp://127.0.0.1:2"})
    assert first.status == "cancelled"
    assert first not in dispatcher.running


def test_a_lost_scheduler_is_one_line(dispatcher: Dispatcher) -> None:
    cancelled: Any = Ended("cancelled")
    with pytest.raises(BadInput, match="the scheduler is gone; 0 finished trials are kept: run the sweep again"):
        dispatcher.take(cancelled, "few")

    def lost() -> None:
        raise OSError("connection closed")

    dispatcher.client.processing = lost
    with pytest.raises(BadInput, match="the scheduler is gone"):
        dispatcher.tasks_by_worker()


def test_a_worker_that_ends_as_the_sweep_does_is_no_error() -> None:
    asked = []

    def unregister(name: str) -> None:
        asked.append(name)
        raise CommClosedError("Stream is closed")

    client: Any = SimpleNamespace(status="running", unregister_worker_plugin=unregister)
    provide: Any = SimpleNamespace(name="sweep-1")
    tidy_workers(client, provide)
    client.status = "closed"
    tidy_workers(client, provide)
    assert asked == ["sweep-1"]
