"""Kills of a sweep: of its program, of a worker, of a stage that a trial runs."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
from dvc.utils.serialize import parse_yaml as parse_lock

from sweep.objects import list_objects, list_outputs
from tests.clone import Project
from tests.kills.rounds import Kind, list_children, start_group

GRID = "stages: [evaluate]\ngrid:\n  hidden: [2, 4]\n  seed: [1, 2]\n"
ENDED = re.compile(r"^\d+ of \d+: (\S+): .*executed", flags=re.MULTILINE)


class Sweep(Kind):
    """`python -m sweep run`, four trials on two workers."""

    name = "sweep"
    victims = ("the command", "all", "a worker", "a stage")

    def __init__(self, fresh: Path, good: Path, path: Path, longest: float) -> None:
        self.fresh, self.path, self.longest = fresh, path, longest
        self.expected = read_experiments(Project(good))

    def begin(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self.fresh, self.path, symlinks=True)

    def start(self) -> "subprocess.Popen[str]":
        return start_sweep(self.path)

    def find(self, process: "subprocess.Popen[str]", victim: str) -> list[psutil.Process]:
        children = list_children(process)
        if victim == "a stage":
            return [child for child, command in children if "stages" in command]
        if victim == "a worker":
            return [child for child, command in children if any("spawn_main" in word for word in command)]
        return []

    def compare(self, outputs: list[str]) -> list[str]:
        """Each trial must have come home once in the whole round, its results those of a run without kills."""
        found, project = [], Project(self.path)
        ended = Counter(name for output in outputs for name in ENDED.findall(output))
        if twice := [name for name, count in ended.items() if count > 1]:
            found.append(f"came home twice: {twice}")
        experiments = read_experiments(project)
        if set(experiments) != set(self.expected):
            found.append(f"experiments: {sorted(experiments)}")
        found += [
            f"other results of {name}"
            for name in set(experiments) & set(self.expected)
            if experiments[name] != self.expected[name]
        ]
        return found + find_missing(project)


def start_sweep(path: Path) -> "subprocess.Popen[str]":
    return start_group([sys.executable, "-m", "sweep", "run", "--workers", "2", "--retries", "3"], path)


def read_experiments(project: Project) -> dict[str, object]:
    """Of each reference that DVC keeps for an experiment: its `dvc.lock` as data, and all else of its tree by hash."""
    found: dict[str, object] = {}
    for reference in list_references(project):
        listed = project.run("git", "ls-tree", "-r", reference).stdout.splitlines()
        found[reference] = read_lock(project, reference), [line for line in listed if not line.endswith("\tdvc.lock")]
    return found


def list_references(project: Project) -> list[str]:
    references = project.run("git", "for-each-ref", "--format=%(refname)", "refs/exps").stdout.split()
    return [reference for reference in references if "/exec/" not in reference]


def read_lock(project: Project, reference: str) -> dict[str, object]:
    return dict(parse_lock(project.run("git", "show", f"{reference}:dvc.lock").stdout, "dvc.lock"))


def find_missing(project: Project) -> list[str]:
    """Outputs of the experiments that are not whole in the project's cache."""
    cache, found = project.path / ".dvc/cache", []
    for reference in list_references(project):
        lock = read_lock(project, reference)
        outputs = list_outputs(lock, cache)
        missing = [name for name in list_objects(outputs) if not (cache / name).is_file()]
        cached = {output.path for output in outputs}
        expected = {out["path"] for stage in dict(lock["stages"]).values() for out in stage["outs"]}  # type: ignore[call-overload]
        missing += [path for path in expected - cached if not path.startswith("metrics/")]  # which lie in git
        found += [f"{reference} lacks {missing}"] * bool(missing)
    return found
