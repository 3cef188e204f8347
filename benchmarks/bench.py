"""Each part of the study the notebook's way and the stages' way, side by side: `make bench`.

Training is compared at equal epochs as well as to the stop, the whole run with pictures on both sides and on neither.
Every measurement is a process of its own, the two ways alternate, and a part that takes under 20 s is measured three
times; `docs/results/benchmarks.csv` has the medians.
Reads `data/` and `models/`, as `dvc repro` left them.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys

import pandas as pd

from benchmarks.machine import write_measured
from hidden_nodes.network.settings import set_environment

SHORT = 20  # seconds; what takes less is repeated
REPEATS = 3
WAYS = ("notebook", "stages")  # the modules that measure
Measured = tuple[float, float]  # seconds, and a figure of quality

# By the function of either module: what the table calls it, and what its figure of quality is.
PARTS = {
    "epoch": ("an epoch of training", "test accuracy"),
    "train_equal_epochs": ("training for ten epochs", "test accuracy"),
    "train": ("training, to the stop", "test accuracy"),
    "train_selected": ("training on the selected pixels, to the stop", "test accuracy"),
    "activations": ("activations of all training images", "largest"),
    "pca": ("PCA of the pixels", "variance of 2"),
    "tsne": ("t-SNE of the pixels", "trustworthiness"),
    "forest": ("the forest", "test accuracy"),
    "whole_without_pictures": ("the whole run, without pictures", "test accuracy"),
    "whole": ("the whole run, with pictures", "test accuracy"),
}


def measure(part: str, way: str) -> Measured:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench", part, way]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:  # only then: TensorFlow's notes on oneDNN come at every log level
        sys.exit(done.stderr)
    seconds, quality = json.loads(done.stdout.splitlines()[-1])
    print(f"{PARTS[part][0]}, {way}: {seconds:.2f} s, {quality:.4f}", file=sys.stderr, flush=True)
    return seconds, quality


def compare(part: str) -> dict[str, object]:
    """Measure both ways in turn and make a row of the table."""
    results: dict[str, list[Measured]] = {way: [] for way in WAYS}
    for _ in range(REPEATS):
        for way, runs in results.items():
            if not runs or runs[0][0] < SHORT or part.startswith("whole"):
                runs.append(measure(part, way))
    row: dict[str, object] = {"part": PARTS[part][0], "quality": PARTS[part][1]}
    for way, runs in results.items():
        row |= {f"{way}_seconds": round(statistics.median(seconds for seconds, _ in runs), 3)}
        row |= {f"{way}_quality": round(runs[0][1], 4), f"{way}_runs": len(runs)}
    return row


def main() -> None:
    if len(sys.argv) == 3:
        part, way = sys.argv[1:]
        if way == "stages":
            set_environment()  # as stages/__main__.py does for the stages
        print(json.dumps(getattr(importlib.import_module(f"benchmarks.{way}"), part)()))
        return
    write_measured(pd.DataFrame([compare(part) for part in PARTS]), "benchmarks")


if __name__ == "__main__":
    main()
