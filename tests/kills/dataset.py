"""Kills of `make dataset`: what it writes is whole or absent, and what the next run writes is equal to the byte."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clone import ROOT
from tests.dataset_faults import make_workspace
from tests.kills.rounds import Kind, start_group
from tests.own_pictures import write_pictures

PICTURES = 150  # of each of the two classes
CACHE = "cache"  # the home of downloads, in the workspace
DESCRIPTION, SHEET = "datasets/animals.yaml", "plots/datasets/animals.png"


class DataSet(Kind):
    """`python -m tools dataset`, which is what `make dataset` runs: every other round where it has run already."""

    name = "dataset"
    victims = ("the command",)
    most = 2
    again = False

    def __init__(self, fresh: Path, good: Path, path: Path, longest: float) -> None:
        self.fresh, self.good, self.path, self.longest = fresh, good, path, longest
        self.expected = read_files(good)
        self.kept: set[str] = set()

    def begin(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self.good if self.again else self.fresh, self.path)
        self.again = not self.again
        self.kept = set(read_files(self.path)) - {SHEET}  # which makes way for the new one

    def start(self) -> "subprocess.Popen[str]":
        return start_dataset(self.path)

    def inspect(self) -> list[str]:
        """Whatever stands under its final name must be whole, and what stood before must stand still."""
        there = read_files(self.path)
        final = {name for name in there if "part-" not in name}
        half = [f"{name} is half-written" for name in sorted(final) if there[name] != self.expected.get(name)]
        return half + [f"{name} is gone" for name in sorted(self.kept - final)]

    def compare(self, outputs: list[str]) -> list[str]:
        there = read_files(self.path)
        names = sorted(set(there) | set(self.expected))
        return [f"{name} differs" for name in names if there.get(name) != self.expected.get(name)]


def make_fresh(path: Path) -> Path:
    """A directory with the pictures, in which nothing has run."""
    write_pictures(make_workspace(path) / "source", count=PICTURES)
    return path


def start_dataset(path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tools", "dataset", "--name=animals", "--from=source"]
    return start_group(
        command, path, PYTHONPATH=str(ROOT), XDG_CACHE_HOME=str(path / CACHE), MPLCONFIGDIR=str(path.parent)
    )


def read_files(path: Path) -> dict[str, str]:
    """The hash of each file of a directory."""
    files = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
