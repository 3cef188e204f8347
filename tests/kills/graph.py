"""Kills of the graph: of `dvc repro`, and of `make repro JOBS=3`, which runs stages side by side."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import psutil
from dvc.utils.serialize import parse_yaml as parse_lock

from tests.clone import Project
from tests.kills.rounds import Kind, list_children, start_group

# What DVC says of a dvc.lock, and of its list of locks, that was cut off while it was written.
CUT_OFF = (
    "dvc.lock' validation failed",
    "dvc.lock' is invalid",
    "unable to read: 'dvc.lock'",
    "Unable to read RWLock-file",
)


def start_repro(project: Project, *targets: str, jobs: str = "") -> "subprocess.Popen[str]":
    """`dvc repro` as a process group of its own; with `jobs` what `make repro JOBS=...` runs."""
    command = [sys.executable, "-m", "tools", "parallel", "--jobs", jobs] if jobs else ["dvc", "repro", *targets]
    return start_group(command, project.path)


def find_stages(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The Python processes of the stages that `process` runs, if it runs any."""
    return [child for child, command in list_children(process) if "stages" in command]


class Graph(Kind):
    """`dvc repro`: two of three kills hit DVC and its stage together, as Ctrl-C does, and one the stage alone.

    DVC writes its own files in their places; what a kill has cut off of them it refuses, and `make repro` mends it.
    """

    name = "graph"
    victims: ClassVar[tuple[str, ...]] = ("the stage", "all", "all")
    jobs = ""
    longest = 9.0  # a stage of a small project takes up to 6 seconds

    def __init__(self, fresh: Path, good: Path, path: Path) -> None:
        self.fresh, self.good, self.path = fresh, Project(good), path

    def begin(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self.fresh, self.path, symlinks=True)

    def start(self) -> "subprocess.Popen[str]":
        return start_repro(Project(self.path), jobs=self.jobs)

    def find(self, process: "subprocess.Popen[str]", victim: str) -> list[psutil.Process]:
        stages = find_stages(process)
        if victim == "a DVC":
            return [parent for stage in stages if stage.is_running() and (parent := stage.parent())]
        return stages if victim == "the stage" else []

    def mend(self, output: str) -> "subprocess.Popen[str] | None":
        cut_off = self.jobs == "" and any(words in output for words in CUT_OFF)
        return start_repro(Project(self.path), jobs="1") if cut_off else None

    def compare(self, outputs: list[str]) -> list[str]:
        found = []
        if read_lock(Project(self.path)) != read_lock(self.good):
            found.append("another dvc.lock")
        parts = [str(path) for path in self.path.rglob("part-*") if ".dvc" not in path.parts]
        return found + [f"left behind: {parts}"] * bool(parts)


class ParallelGraph(Graph):
    """`make repro`: a kill hits all, the program that starts the stages, one stage's DVC, or one stage."""

    name = "parallel"
    victims = ("the stage", "a DVC", "the command", "all")
    jobs = "3"


def read_lock(project: Project) -> object:
    return parse_lock(project.read("dvc.lock"), "dvc.lock")
