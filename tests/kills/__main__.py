"""Run as `python -m tests.kills [COUNT [KIND ...]]`: COUNT kills, 300 by default, shared out among the kinds.

What was lost, if anything, is printed as it is found; a line a kind follows, and at the end one for all.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.clone import copy_project, set_up_git
from tests.kills.dataset import DataSet, make_fresh, start_dataset
from tests.kills.graph import Graph, ParallelGraph
from tests.kills.rounds import Kind, Tally, run_rounds
from tests.kills.sweep import GRID, Sweep, start_sweep

COUNT, SEED = 300, 7


def make_project(directory: Path) -> Path:
    """A small project in which nothing has run, whose sweep has few trials."""
    from tests.conftest import SMALL_PARAMS

    project = copy_project(directory / "fresh", 1_500, 400, SMALL_PARAMS)
    (project.path / "sweeps/nodes.yaml").write_text(GRID, encoding="utf-8")
    set_up_git(project)
    return project.path


def make_good(fresh: Path, name: str, start: Callable[[Path], "subprocess.Popen[str]"]) -> tuple[Path, float]:
    """A copy in which a command has run without a kill, and the seconds that it took."""
    good = fresh.with_name(name)
    shutil.copytree(fresh, good, symlinks=True)
    began, process = time.monotonic(), start(good)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    return good, time.monotonic() - began


def make_graph(kind: type[Graph], directory: Path) -> Graph:
    fresh = make_project(directory)
    good, _ = make_good(fresh, "good", lambda path: kind(fresh, path, path).start())
    return kind(fresh, good, directory / "round")


def make_sweep(directory: Path) -> Sweep:
    fresh = make_project(directory)
    good, seconds = make_good(fresh, "good", start_sweep)
    return Sweep(fresh, good, directory / "round", seconds)


def make_dataset(directory: Path) -> DataSet:
    fresh = make_fresh(directory / "fresh")
    make_good(fresh, "first", start_dataset)  # matplotlib writes its list of fonts once
    good, seconds = make_good(fresh, "good", start_dataset)
    return DataSet(fresh, good, directory / "round", seconds)


KINDS: dict[str, Callable[[Path], Kind]] = {
    "graph": lambda directory: make_graph(Graph, directory),
    "parallel": lambda directory: make_graph(ParallelGraph, directory),
    "sweep": make_sweep,
    "dataset": make_dataset,
}


def share_out(count: int, names: list[str]) -> dict[str, int]:
    """As many kills of each kind, the first ones get what is left over."""
    each, more = divmod(count, len(names))
    return {name: each + (position < more) for position, name in enumerate(names)}


def describe(name: str, tally: Tally, seconds: float) -> str:
    early = f" (Ctrl-C came {tally.early} times before the program was ready, at the cost of a traceback)"
    mended = f" (`make repro` mended {tally.mended} times what DVC did not read any more)"
    return (
        f"{name}: {tally.kills} kills in {tally.rounds} rounds, {len(tally.lost)} losses, {seconds / 60:.0f} minutes"
        + early * bool(tally.early)
        + mended * bool(tally.mended)
    )


def main() -> None:
    count, names = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, sys.argv[2:] or list(KINDS)
    kills = losses = 0
    for name, share in share_out(count, names).items():
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as directory:
            tally = run_rounds(KINDS[name](Path(directory)), share, SEED)
        print(describe(name, tally, time.monotonic() - start), flush=True)
        kills, losses = kills + tally.kills, losses + len(tally.lost)
    print(f"{kills} kills, {losses} losses")
    sys.exit(bool(losses))


if __name__ == "__main__":
    main()
