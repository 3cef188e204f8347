"""A graph of three stages that take no time, for what is not about the network: studies, queues."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

from tests.clone import ROOT, Project, set_up_git

Found = TypeVar("Found")

PARAMS = "hidden: 1\nseed: 1\nseconds: 0\ntrain:\n  activation: relu\n"
GRAPH = """\
stages:
  preprocess:
    cmd: python write.py data/prepared.txt
    deps: [write.py]
    outs: [data/prepared.txt]
  evaluate:
    cmd: python write.py plots/evaluate.txt metrics/evaluate.json
    params: [hidden, seed, seconds, train]
    deps: [data/prepared.txt, write.py]
    outs: [plots/evaluate.txt]
    metrics:
      - metrics/evaluate.json: {cache: false}
  draw:
    cmd: python write.py plots/drawn/picture.png
    params: [hidden]
    deps: [plots/evaluate.txt, write.py]
    outs: [plots/drawn]
plots:
  - plots/drawn/picture.png
"""
WRITE = """\
import sys, time
from pathlib import Path

params = dict(line.split(": ") for line in Path("params.yaml").read_text().splitlines() if line[-1] != ":")
time.sleep(float(params["seconds"]))
if int(params["hidden"]) < 0:
    sys.exit("error: 'hidden' must not be negative")
for name in sys.argv[1:]:
    Path(name).parent.mkdir(exist_ok=True, parents=True)
    share = 0 if name.startswith("data") else int(params["hidden"])
    Path(name).write_text('{"accuracy": 0.%02d}' % share)
"""


def make_stub(path: Path, study: str) -> Project:
    """A project with the stub graph and a `study.yaml`, committed."""
    path.mkdir(parents=True)
    files = {"params.yaml": PARAMS, "dvc.yaml": GRAPH, "write.py": WRITE, "study.yaml": study,
             ".gitignore": "/data\n/plots\n"}  # fmt: skip
    for name, content in files.items():
        (path / name).write_text(content, encoding="utf-8")
    project = Project(path)
    project.run("git", "init", "--quiet")
    project.run("dvc", "init", "--quiet")
    project.dvc("config", "core.analytics", "false")
    set_up_git(project)
    return project


def study(project: Project, *arguments: str, status: int | None = 0) -> str:
    """Run `python -m study` with this project's code in another project."""
    environment = {"PYTHONPATH": str(ROOT)}
    done = project.run("python", "-m", "sweep", *arguments, status=status, environment=environment)
    return done.stdout + done.stderr


def start_study(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    """The same in the background; what it prints is to be read from `stdout`."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sweep", *arguments], cwd=project.path, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def busy_worker(process: int) -> psutil.Process:
    """A worker below `process` that runs a point now."""

    def find() -> psutil.Process | None:
        for child in psutil.Process(process).children(recursive=True):
            try:
                command = child.cmdline()
                if command[1:5] == ["-m", "dvc", "exp", "run"]:
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
