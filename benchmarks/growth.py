"""How seconds and memory of the graph's heavy parts grow with the number of training images: `make bench-growth`.

Each size is a copy of the project on as many of the bundled digits; each stage runs alone, in a process of its own.
Training does three epochs whatever happens, and t-SNE embeds a sixth of the images, as by default on MNIST.
`docs/results/growth.csv` has seconds, memory and the exponents fitted to them; one that is missing means flat.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from benchmarks.machine import write_measured
from tests.clone import STAGES, Project, copy_project

SIZES = [15_000, 30_000, 60_000, 120_000, 240_000]
TEST_IMAGES = 10_000
REPEATS, SHORT = 3, 10  # a stage that takes under 10 s is measured three times
FLAT = 1.5  # a stage whose largest value is less than 1.5 times its smallest hardly grows: no exponent


def measure(project: Project, stage: str) -> tuple[float, float]:
    """Seconds, and peak resident memory in MB, of one stage; a short one is run again, and the quickest run counts."""
    runs = [run_once(project, stage)]
    while len(runs) < REPEATS and runs[0][0] < SHORT:
        runs.append(run_once(project, stage))
    return min(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def run_once(project: Project, stage: str) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "stages", *STAGES[stage]], cwd=project.path, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{stage} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def growth_exponent(sizes: list[int], values: np.ndarray) -> float | None:
    """The b of `values = a + c * n ** b`, where `a` is what a stage takes whatever the size.

    By relative least squares with `a` and `c` at least 0. With imports taking seconds, a plain power law through small
    sizes would call everything sublinear. None where the values hardly grow.
    """
    if values.max() < FLAT * values.min():
        return None
    n = np.asarray(sizes) / sizes[0]
    best = (np.inf, 0.0)
    for exponent in np.arange(0, 2.5, 0.01):
        terms = np.stack([np.ones_like(n), n**exponent], axis=1)
        _, residual = nnls(terms / values[:, None], np.ones_like(n))
        best = min(best, (float(residual), float(exponent)))
    return best[1]


def main() -> None:
    seconds, memory = (pd.DataFrame(index=list(STAGES), dtype=float) for _ in range(2))
    for size in SIZES:
        with tempfile.TemporaryDirectory() as directory:
            params: dict[str, object] = {"pca_tsne.images": size // 6, "train.epochs": 3, "train.patience": 3}
            project = copy_project(Path(directory) / "project", size, TEST_IMAGES, params)
            for stage in STAGES:
                seconds.loc[stage, size], memory.loc[stage, size] = measure(project, stage)
                print(f"{size}: {stage} {seconds.loc[stage, size]:.1f} s", file=sys.stderr, flush=True)
    rows = []
    for measured, table, decimals in (("seconds", seconds, 1), ("memory_mb", memory, 0)):
        for stage in STAGES:
            values = table.loc[stage]
            exponent = growth_exponent(SIZES, values.to_numpy())
            rows.append({"measured": measured, "stage": stage, **values.round(decimals), "exponent": exponent})
    write_measured(pd.DataFrame(rows).round({"exponent": 2}), "growth")


if __name__ == "__main__":
    main()
