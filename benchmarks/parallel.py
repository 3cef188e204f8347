"""What each stage takes alone, and the graph with stages side by side, measured and simulated: `make bench-parallel`.

In fresh clones, with the raw files at hand and nothing cached. `docs/results/stages.csv` has what the schedule of
`make repro` knows of each stage, `docs/results/parallel.csv` the seconds of the whole graph and its peak memory.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import psutil
from tqdm import tqdm

from benchmarks.growth import read_anonymous_memory
from benchmarks.machine import write_measured
from hidden_nodes import paths
from tests.clone import STAGES
from tools.parallel import find_outdated
from tools.schedule import MEASURED, makespan, read_steps, simulate

REPEATS = 3
JOBS = [1, 2, 3]  # processes with which the whole is measured
CORES = [2, 4, 8, 16]  # for which it is simulated, with as many processes
LOOK = 0.05  # seconds between two looks at memory
MEMORY_A_CORE = 4_000  # MB of the simulated machines


def clone_into(directory: str) -> tuple[Path, dict[str, str]]:
    """A fresh clone, and the environment in which its stages run."""
    clone = Path(directory) / "clone"
    subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return clone, os.environ | {"PATH": path, "MNIST_MIRROR": str(paths.RAW.resolve())}


def watch(command: list[str], clone: Path, environment: dict[str, str]) -> tuple[float, float, float]:
    """Run a command; its seconds, the CPU seconds and the peak memory (MB) of it and all that it starts."""
    start, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=clone, env=environment, stdout=subprocess.DEVNULL)
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        peak = max(peak, sum_memory(process.pid))
        time.sleep(LOOK)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, peak


def sum_memory(process: int) -> float:
    """MB that a process and all below it hold of memory that is no part of a file."""
    try:
        below = psutil.Process(process).children(recursive=True)
        return sum(read_anonymous_memory(number) for number in [process, *(child.pid for child in below)])
    except (psutil.NoSuchProcess, FileNotFoundError):  # one of them has just ended
        return 0


def measure_stages() -> pd.DataFrame:
    """Seconds, busy cores and peak memory of each stage alone: medians."""
    runs = []
    for _ in tqdm(range(REPEATS), "stages alone"):
        with tempfile.TemporaryDirectory() as directory:
            clone, environment = clone_into(directory)
            for stage, words in STAGES.items():
                seconds, cpu, memory = watch([sys.executable, "-m", "stages", *words], clone, environment)
                runs.append({"stage": stage, "seconds": seconds, "threads": cpu / seconds, "memory": memory})
    return pd.DataFrame(runs).groupby("stage", sort=False).median().round({"seconds": 2, "threads": 2, "memory": 0})


def measure_whole(jobs: int) -> dict[str, object]:
    """The whole graph with so many processes: medians."""
    runs = []
    for _ in tqdm(range(REPEATS), f"{jobs} at once"):
        with tempfile.TemporaryDirectory() as directory:
            clone, environment = clone_into(directory)
            runs.append(watch([sys.executable, "-m", "tools", "parallel", "--jobs", str(jobs)], clone, environment))
    seconds, _, memory = (statistics.median(values) for values in zip(*runs, strict=True))
    return {"kind": "measured", "processor_cores": os.cpu_count(), "jobs": jobs, "seconds": seconds, "memory": memory}


def simulate_whole(cores: int, overhead: float) -> dict[str, object]:
    """The whole graph on a machine with more cores. overhead : seconds that DVC adds to each stage."""
    steps = read_steps(find_outdated(force=True)[0], overhead=overhead)
    seconds = makespan(simulate(steps, cores, cores, MEMORY_A_CORE * cores).values())
    return {"kind": "simulated", "processor_cores": cores, "jobs": cores, "seconds": seconds}


def main() -> None:
    write_measured(measure_stages().reset_index(), MEASURED.stem)
    rows = [measure_whole(jobs) for jobs in JOBS]
    alone = sum(step.seconds for step in read_steps({name: set() for name in STAGES}).values())
    overhead = max(0.0, float(str(rows[0]["seconds"])) - alone) / len(STAGES)
    rows += [simulate_whole(cores, overhead) for cores in CORES]
    write_measured(pd.DataFrame(rows).round({"seconds": 1, "memory": 0}), "parallel")


if __name__ == "__main__":
    main()
