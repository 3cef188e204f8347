"""What the README's commands take, and what they leave on the disk: `make bench-commands`.

In a fresh clone, with the raw files at hand: the set-up with the run, a changed parameter, and nothing to do. Writes
`docs/results/commands.csv`.
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from benchmarks.machine import write_measured
from hidden_nodes import paths

REPEATS = 1  # clones, each with a set-up of minutes
MEGABYTE = 1e6
SETUP = "make repro, with the set-up"
# Each in the same clone, in this order, after the set-up.
COMMANDS = ["dvc repro", "make repro", "dvc repro --force", "dvc exp run --set-param hidden=64"]


def measure(command: str, clone: Path) -> float:
    """The seconds of a command in the activated environment of `clone`."""
    environment = os.environ | {
        "PATH": f"{clone / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "MNIST_MIRROR": str(paths.RAW.resolve()),
    }
    start = time.perf_counter()
    subprocess.run(command.split(), cwd=clone, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def weigh(path: Path) -> float:
    """The size of a file or of all files in a directory, in MB; a file with several names counts once."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    sizes = {file.stat().st_ino: file.stat().st_size for file in files}
    return sum(sizes.values()) / MEGABYTE


def main() -> None:
    runs: dict[str, list[float]] = {name: [] for name in (SETUP, *COMMANDS)}
    sizes: dict[str, float] = {}
    for _ in tqdm(range(REPEATS), "clones"):
        with tempfile.TemporaryDirectory() as directory:
            clone = Path(directory) / "clone"
            subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
            runs[SETUP].append(measure("make repro", clone))
            for command in COMMANDS:
                runs[command].append(measure(command, clone))
            places = {"packages": ".venv", "page": str(paths.PAGE), "cache": ".dvc/cache"}
            sizes = {f"size of the {name}": weigh(clone / place) for name, place in places.items()}
    figures = [(name, statistics.median(seconds), "s") for name, seconds in runs.items()]
    figures += [(name, size, "MB") for name, size in sizes.items()]
    write_measured(pd.DataFrame(figures, columns=["figure", "value", "unit"]).round({"value": 1}), "commands")


if __name__ == "__main__":
    main()
