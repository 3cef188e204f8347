"""What was measured, on what, and when: the tables of `docs/results/`."""

import os
import platform
import time
from pathlib import Path

import pandas as pd

from hidden_nodes.files import atomic_outputs
from hidden_nodes.tables import write_csv

RESULTS = Path("docs/results")


def name_processor() -> str:
    """The processor as Linux names it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].split() for line in lines if line.startswith("model name")]
    return " ".join(names[0]) if names else platform.machine()


def describe_machine() -> dict[str, object]:
    """When and on what it is measured: day, processor, its cores and Python."""
    return {
        "day": time.strftime("%Y-%m-%d"), "processor": name_processor(), "cores": os.cpu_count(),
        "python": platform.python_version(),
    }  # fmt: skip


def write_measured(table: pd.DataFrame, name: str) -> None:
    """Write `docs/results/NAME.csv`, with `describe_machine` in every row."""
    path = RESULTS / f"{name}.csv"
    with atomic_outputs(path) as (part,):
        write_csv(table.assign(**describe_machine()), part)
    print(f"{path}: {len(table)} rows")
