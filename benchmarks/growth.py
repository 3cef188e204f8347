"""How seconds and memory of the graph's heavy parts grow with the number of training images: `make bench-growth`.

Each size is a copy of the project on as many of the bundled digits, distorted; each stage runs alone, in a process of
its own. Training does three epochs whatever happens. Two parameters are caps: t-SNE places `pca_tsne.images`, the
forest sees `rf_select.images`. Memory is a process's peak of anonymous memory, as Linux counts it: without the pages of
files, which it can drop. `docs/results/growth.csv` has seconds, memory and the exponents fitted to them, one that is
missing means flat; `docs/growth.png` draws it.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.optimize import nnls

from benchmarks.machine import write_measured
from hidden_nodes.plotting.classes import styles_of
from hidden_nodes.plotting.style import new_figure, save_figure
from tests.clone import STAGES, Project, copy_project

SIZES = {15_000: 3, 60_000: 3, 240_000: 3, 1_000_000: 1}  # images, and how often each stage runs
TEST_IMAGES = 10_000
LOOK = 0.01  # seconds between two looks at a process's memory
TICKS = [digit * 10.0**power for power in range(-1, 4) for digit in (1, 2, 5)]  # of seconds, and of MB
PICTURE = Path("docs/growth.png")
FLAT = 1.5  # a stage whose largest value is less than 1.5 times its smallest hardly grows: no exponent


def measure(project: Project, stage: str, repeats: int) -> tuple[float, float]:
    """Seconds, and peak anonymous memory in MB, of one stage: the medians of its runs."""
    runs = [run_once(project, stage) for _ in range(repeats)]
    return median(seconds for seconds, _ in runs), median(memory for _, memory in runs)


def run_once(project: Project, stage: str) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "stages", *STAGES[stage]], cwd=project.path, stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, read_anonymous_memory(process.pid))
        time.sleep(LOOK)
    if process.returncode:
        sys.exit(f"{stage} failed")
    return time.perf_counter() - start, peak


def read_anonymous_memory(process: int) -> float:
    """What a process holds now, in MB, of memory that is no part of a file."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except ProcessLookupError:  # it has just ended
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1000 if found else 0


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


def draw_growth(measured: dict[str, pd.DataFrame]) -> Figure:
    """What each stage takes (rows) by number of training images (columns), a plot for each measure."""
    figure = new_figure("What a stage takes as the number of training images grows", 12, 5.2)
    for axes, (name, table) in zip(figure.subplots(1, len(measured)), measured.items(), strict=True):
        for style, (stage, values) in zip(styles_of(len(table)), table.iterrows(), strict=True):
            axes.plot(values.index, values, marker=style.mark, color=style.colour, label=stage)
        axes.set(xscale="log", yscale="log", xlabel="Training images", ylabel=name)
        axes.set_xticks(list(SIZES), [f"{size:,}" for size in SIZES], fontsize=8)
        low, high = table.min(axis=None), table.max(axis=None)
        axes.set_yticks([tick for tick in TICKS if low / 2 < tick < 2 * high])
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.grid(color="0.9")
    figure.legend(*axes.get_legend_handles_labels(), title="Stage", loc="outside right center")
    return figure


def main() -> None:
    seconds, memory = (pd.DataFrame(index=list(STAGES), dtype=float) for _ in range(2))
    for size, repeats in SIZES.items():
        with tempfile.TemporaryDirectory() as directory:
            params: dict[str, object] = {"train.epochs": 3, "train.patience": 3}
            project = copy_project(Path(directory) / "project", size, TEST_IMAGES, params)
            for stage in STAGES:
                seconds.loc[stage, size], memory.loc[stage, size] = measure(project, stage, repeats)
                print(f"{size}: {stage} {seconds.loc[stage, size]:.1f} s", file=sys.stderr, flush=True)
    rows, sizes = [], list(SIZES)
    for measured, table, decimals in (("seconds", seconds, 1), ("memory_mb", memory, 0)):
        for stage in STAGES:
            values = table.loc[stage]
            exponent = growth_exponent(sizes, values.to_numpy())
            rows.append({"measured": measured, "stage": stage, **values.round(decimals), "exponent": exponent})
    write_measured(pd.DataFrame(rows).round({"exponent": 2}), "growth")
    figures = {"Seconds": seconds, "Peak anonymous memory (MB)": memory}
    save_figure(draw_growth(figures), PICTURE, "the bundled digits, distorted")


if __name__ == "__main__":
    main()
