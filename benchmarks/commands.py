"""What the README's commands take beside the notebook's way, and what they leave on the disk: `make bench-commands`.

In fresh clones with the raw files at hand, three times in turn: the notebook's way, the set-up with the run, a changed
parameter, nothing to do, trials of a sweep and the parts of one; the whole sweep once. Writes
`docs/results/commands.csv`.
"""

import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from benchmarks.bench import measure as measure_part
from benchmarks.machine import write_measured
from hidden_nodes import paths

REPEATS = 3  # clones, each with a set-up of its own
MEGABYTE = 1e6
NOTEBOOK = "the notebook's way, with pictures"
SETUP, INSTALL = "make repro, with the set-up", "of which the set-up"
# Each in the same clone, in this order, after the set-up.
COMMANDS = ["make repro", "dvc repro", "make repro FORCE=1", "dvc repro --force", "dvc exp run --set-param hidden=64"]
TRIAL, SWEEP = "a trial of a sweep, two at once", "the sweep of 66 networks"
# What a trial runs, with nothing beside it, and its two stages without DVC.
PARTS = {
    "what a trial runs, alone": "dvc exp run --set-param hidden=40 evaluate",
    "of which training": "python -m stages train",
    "of which evaluation": "python -m stages evaluate",
}
# Seconds, or shares of the notebook's way, that are aimed at.
AIMS = {SETUP: 70.0, "make repro": 0.9, "dvc repro": 0.9, TRIAL: 7.0, SWEEP: 270.0}
SHARES = {"make repro FORCE=1": 0.3, "dvc exp run --set-param hidden=64": 0.2}
# Six trials of a sweep, like those of sweeps/nodes.yaml.
FEW = "stages: [evaluate]\ngrid:\n  hidden: [24, 48, 96]\n  train.activation: [relu, tanh]\n"
SECONDS = re.compile(r": (\d+) s on ")  # in what a sweep says of a trial


def measure(command: str, clone: Path) -> tuple[float, str]:
    """The seconds of a command in the activated environment of `clone`, and what it printed.

    It finds no packages that an earlier set-up left in a cache.
    """
    caches = {name: str(clone.parent / name) for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR")}
    environment = os.environ | caches | {
        "PATH": f"{clone / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "MNIST_MIRROR": str(paths.RAW.resolve()),
    }  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(command.split(), cwd=clone, env=environment, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout


def weigh(path: Path) -> float:
    """The size of a file or of all files in a directory, in MB; a file with several names counts once."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    sizes = {file.stat().st_ino: file.stat().st_size for file in files}
    return sum(sizes.values()) / MEGABYTE


def measure_trials(clone: Path) -> list[float]:
    """The seconds of each trial of a short sweep, two at once, what they share being in the cache."""
    sweep = clone / "sweeps/few.yaml"
    sweep.write_text(FEW, encoding="utf-8")
    _, printed = measure(f"python -m sweep run --workers 2 {sweep.relative_to(clone)}", clone)
    return [float(seconds) for seconds in SECONDS.findall(printed)]


def main() -> None:
    runs: dict[str, list[float]] = {name: [] for name in (NOTEBOOK, SETUP, INSTALL, *COMMANDS, TRIAL, *PARTS, SWEEP)}
    sizes: dict[str, float] = {}
    for repeat in tqdm(range(REPEATS), "clones"):
        with tempfile.TemporaryDirectory() as directory:
            runs[NOTEBOOK].append(measure_part("whole", "notebook")[0])
            clone = Path(directory) / "clone"
            subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
            runs[INSTALL].append(measure("make .venv/installed", clone)[0])
            runs[SETUP].append(runs[INSTALL][-1] + measure("make repro", clone)[0])
            for command in COMMANDS:
                runs[command].append(measure(command, clone)[0])
            places = {"packages": ".venv", "page": str(paths.PAGE), "cache": ".dvc/cache"}
            sizes = {f"size of the {name}": weigh(clone / place) for name, place in places.items()}
            for name, command in PARTS.items():
                runs[name].append(measure(command, clone)[0])
            subprocess.run(["git", "checkout", "--quiet", "."], cwd=clone, check=True)
            runs[TRIAL] += measure_trials(clone)
            if repeat == 0:
                runs[SWEEP].append(measure("python -m sweep run --workers 2", clone)[0])
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    aims = AIMS | {name: share * medians[NOTEBOOK] for name, share in SHARES.items()}
    figures = [(name, seconds, "s", aims.get(name)) for name, seconds in medians.items()]
    figures += [(name, size, "MB", None) for name, size in sizes.items()]
    table = pd.DataFrame(figures, columns=["figure", "value", "unit", "aim"])
    write_measured(table.round({"value": 1, "aim": 1}), "commands")


if __name__ == "__main__":
    main()
