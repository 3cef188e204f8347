"""Run all that holds the project's promises, part by part, and note what each part takes: `make check-all`.

`python -m benchmarks.checks kills slow` runs these parts alone. Each that passes gets its minutes in
`docs/results/checks.csv`; the first that fails ends the run, with its status.
"""

import subprocess
import sys
import time

import pandas as pd

from benchmarks.machine import RESULTS, describe_machine
from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.files import atomic_outputs
from hidden_nodes.tables import write_csv

TABLE = RESULTS / "checks.csv"
# What each part covers, and its command.
PARTS = {
    "coverage": ("the tests of `make test`, and that they run at least 95 % of the code", "make coverage"),
    "lint": ("style and types of all code, the page's scripts and the workflow included", "make lint"),
    "faults": (
        "every fault of parameters, files, data sets, the disk below each stage and DVC's cache, on the whole graph",
        "make faults",
    ),
    "fuzz": ("20,000 random inputs for each kind of reader", "make fuzz"),
    "slow": (
        "sweeps on two hosts over TLS, on a Slurm of their own and of 200 trials; another processor, under QEMU; "
        "a disk that fails below each stage, is full or writes less than it is asked; pages in Firefox; searches; "
        "networks of 1 to 1,024 hidden nodes",
        "python -m pytest tests/slow",
    ),
    "lists": ("the whole lists of which `make test` tries some", "python -m pytest -m slow"),
    "kills": ("300 kills of the graph, a sweep and `make dataset` at random moments", "make kills"),
}


def run_part(part: str) -> dict[str, object]:
    """Run a part; what is noted of it. Ends the program with the part's status if it fails."""
    command = PARTS[part][1]
    print(f"{part}: {command}", flush=True)
    start = time.monotonic()
    if status := subprocess.run(command.split()).returncode:
        sys.exit(status)
    return {"minutes": round((time.monotonic() - start) / 60, 1), **describe_machine()}


def note(part: str, found: dict[str, object]) -> None:
    """Put what was found of a part into the table, which has a row for each part, also for one that never ran."""
    rows = {name: {"covers": covers, "command": command} for name, (covers, command) in PARTS.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("part")
    old = pd.read_csv(TABLE, index_col="part") if TABLE.exists() else pd.DataFrame()
    table = table.join(old.reindex(index=table.index, columns=list(found)).astype(object))
    table.loc[part, list(found)] = list(found.values())
    with atomic_outputs(TABLE) as (path,):
        write_csv(table.reset_index(), path)


def main() -> None:
    parts = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        raise BadInput(f"PARTS must be some of {', '.join(PARTS)}. Got {unknown[0]!r} instead.")
    for part in parts:
        note(part, run_part(part))


if __name__ == "__main__":
    exit_with_one_line(main)
