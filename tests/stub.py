"""A graph of three stages that take no time, for what is not about the network: sweeps, queues."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

import sweep.__main__
from tests.clone import ROOT, Project, measured, set_up_git

Found = TypeVar("Found")

PARAMS = "hidden: 1\nseed: 1\nseconds: 0\ntrain:\n  activation: relu\n"
GRAPH = """\
stages:
  preprocess:
    cmd: python write.py data/prepared/images.npy
    deps: [write.py]
    outs: [data/prepared]
  evaluate:
    cmd: >-
      python write.py data/evaluate/confusion.csv data/evaluate/output.npy models/network.keras models/network.npz
      plots/evaluate/errors.png metrics/evaluate.json
    params: [hidden, seed, seconds, train]
    deps: [data/prepared, write.py]
    outs: [data/evaluate, models/network.keras, models/network.npz, plots/evaluate]
    metrics:
      - metrics/evaluate.json: {cache: false}
  draw:
    cmd: python write.py data/draw/curve.csv data/draw/summary.txt plots/draw/curve.png
    params: [hidden]
    deps: [data/evaluate/output.npy, write.py]
    outs: [data/draw, plots/draw]
plots:
  - confusion:
      x: class
      y: {data/evaluate/confusion.csv: images}
  - plots/evaluate/errors.png
"""
# Each file holds its name and the number of nodes, so that one can tell whose it is; what all trials share has 0 nodes.
WRITE = """\
import sys, time
from pathlib import Path

params = dict(line.split(": ") for line in Path("params.yaml").read_text().splitlines() if line[-1] != ":")
time.sleep(float(params["seconds"]))
if int(params["hidden"]) < 0:
    sys.exit("error: 'hidden' must not be negative")
for path in map(Path, sys.argv[1:]):
    hidden = 0 if path.stem == "images" else int(params["hidden"])
    content = {
        ".json": '{"val_accuracy": 0.%02d, "test_accuracy": 0.%02d}' % (hidden, hidden),
        ".csv": f"class,images\\n{path.stem},{hidden}\\n",
    }
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(content.get(path.suffix, f"{path} of {hidden} nodes"))
"""
# What `dvc init` would write, were it quicker.
DVC_FILES = {
    ".dvcignore": "", ".dvc/config": "[core]\n    analytics = false\n",
    ".dvc/.gitignore": (ROOT / ".dvc/.gitignore").read_text(encoding="utf-8"),
}  # fmt: skip
FOUR = "stages: [evaluate]\ngrid:\n  hidden: [1, 2, 3, 4]\n  seconds: [0.5]\n"
SWEEP = "sweeps/nodes.yaml"  # the command's default


def make_stub(path: Path, trials: str) -> Project:
    """A project with the stub graph and the sweep `trials` as its `sweeps/nodes.yaml`, committed."""
    files = {"params.yaml": PARAMS, "dvc.yaml": GRAPH, "write.py": WRITE, SWEEP: trials,
             ".gitignore": "/data\n/models\n/plots\n"}  # fmt: skip
    return commit_files(path, files)


def commit_files(path: Path, files: dict[str, str]) -> Project:
    """A project of the directory `path`, with `files` by their names and those of DVC's own, committed."""
    for name, content in (files | DVC_FILES).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(content, encoding="utf-8")
    project = Project(path)
    project.run("git", "init", "--quiet")
    set_up_git(project)
    return project


def run_sweep(project: Project, *arguments: str, status: int | None = 0) -> str:
    """Run `python -m sweep` with this project's code in another project; what it printed."""
    environment = {"PYTHONPATH": str(ROOT), **measured()}
    done = project.run("python", "-m", "sweep", *arguments, status=status, environment=environment)
    return done.stdout + done.stderr


def call_sweep(project: Project, *arguments: str, status: int = 0) -> str:
    """The same in this process, for what starts no others."""
    done = project.call(sweep.__main__.main, *arguments, status=status)
    return done.stdout + done.stderr


def start_sweep(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    """The same in the background; what it prints is to be read from `stdout`."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sweep", *arguments], cwd=project.path, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@contextmanager
def dask_cluster(directory: Path) -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    """A scheduler and a worker that runs two trials at once: the scheduler's address and process."""
    (directory / "files").mkdir(parents=True)
    address, log = directory / "scheduler.json", directory / "log"
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", "0"],
        ["worker", "--nthreads", "2", "--resources", "trial=2 memory=8e9", "--local-directory", "files"],
    ]
    with log.open("w") as file:
        started = [
            subprocess.Popen(
                [Path(sys.executable).with_name("dask"), *words, "--no-dashboard", "--scheduler-file", str(address)],
                cwd=directory, stdout=file, stderr=file, text=True,
            )
            for words in commands
        ]  # fmt: skip
        try:
            wait_for(lambda: "Registered to" in log.read_text(encoding="utf-8") or None)
            yield json.loads(address.read_text(encoding="utf-8"))["address"], started[0]
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


def busy_worker(process: int) -> psutil.Process:
    """A worker below `process` that runs a trial now."""

    def find() -> psutil.Process | None:
        for child in psutil.Process(process).children(recursive=True):
            try:
                command = child.cmdline()
                if command[3:5] == ["exp", "run"]:
                    return child.parent().parent()  # above the shell that watches it
            except (psutil.NoSuchProcess, AttributeError):
                continue
        return None

    return wait_for(find)


def wait_for(look: Callable[[], Found | None], seconds: float = 60) -> Found:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.05)
    return found


def experiments(project: Project) -> list[str]:
    """Names of the project's experiments in git, each as often as it is there."""
    references = project.run("git", "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").stdout.split()
    return sorted(name for name in references if name)
