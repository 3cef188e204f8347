"""Reads and writes of a stage's files that fail, by the kernel's word: rows of `make faults`, as in `tests/faults.py`.

strace answers a call of the kernel in its place, so that no disk has to be broken. (A write that comes short it cannot
give: what it answers for the kernel, the kernel has not done.)
"""

import errno
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hidden_nodes.errors import BadInput
from tests.clone import GRAPH, MEASURE, STAGES, Project
from tests.faults import Outcome, observe

WRITES = "write,sendfile,copy_file_range"  # whichever of them Python takes


@dataclass(frozen=True)
class DiskFault:
    """A call of the kernel for a file of a stage that fails, always, and with which error.

    file : whose name the user must see; path : of which the kernel is asked, as the stage spells it.
    """

    stage: str
    call: str
    error: str
    file: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.stage}: {self.call} of {self.path} fails ({self.error})"

    @property
    def cause(self) -> str:
        """The kernel's words."""
        return os.strerror(getattr(errno, self.error))


def list_files(project: Project, path: str) -> list[str]:
    """A declared file, or the files of a declared directory as the last good run left them."""
    found = project.path / path
    files = sorted(file for file in found.rglob("*") if file.is_file()) if found.is_dir() else [found]
    return [str(file.relative_to(project.path)) for file in files]


def list_faults(stage: str, project: Project) -> list[DiskFault]:
    """Faults of every file that a stage may read and every one that it writes; of its parameters, too."""
    written = {str(out) for other in GRAPH.values() for out in other.outs}
    declared = [path for path in map(str, GRAPH[stage].deps) if path in written]
    inputs = [file for path in declared for file in list_files(project, path)]
    reads = (("openat", "EMFILE"), ("read", "EIO"))
    params = ["params.yaml"] * bool(GRAPH[stage].params)
    faults = [DiskFault(stage, *fault, path, path) for path in [*params, *inputs] for fault in reads]
    for out in map(str, GRAPH[stage].outs):
        part = str(Path(out).with_name(f"part-{Path(out).name}"))
        for file in list_files(project, out):
            path = file.replace(out, part, 1)
            faults += [DiskFault(stage, *fault, out, path) for fault in (("openat", "ENOSPC"), (WRITES, "EIO"))]
    return faults


def sample_faults(stage: str, project: Project) -> list[DiskFault]:
    """Of each directory's files the first, with each of its faults."""
    sample: dict[tuple[str, str], DiskFault] = {}
    for fault in list_faults(stage, project):
        sample.setdefault((fault.call, str(Path(fault.path).parent)), fault)
    return list(sample.values())


@cache
def refuse_without_tracing() -> None:
    """Raise BadInput where strace is not installed or may not trace: these faults are then untried."""
    command = ["strace", "-qq", "-o", os.devnull, "-e", "inject=openat:error=EIO", "-P", os.devnull, "cat", os.devnull]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise BadInput("faults of the disk need strace, which is not installed (Debian's package strace)") from None
    if os.strerror(errno.EIO) not in done.stderr:
        raise BadInput(f"faults of the disk need strace, which may not trace here: {done.stderr.strip()}")


def provoke_disk(fault: DiskFault, project: Project) -> Outcome | None:
    """Bring the fault about in a project that has run, and look at what happens; None if the call was never made."""
    refuse_without_tracing()
    log = project.path / ".dvc/tmp/strace"
    command = [
        "strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={fault.call}",
        "-e", f"inject={fault.call}:error={fault.error}", "-P", fault.path,
        "-P", str(project.path / fault.path),  # what is open already has its whole path
        sys.executable, "-m", "stages", *STAGES[fault.stage],
    ]  # fmt: skip
    outcome = observe(command, project.path, fault.cause, {MEASURE: ""})
    if "(INJECTED)" not in log.read_text(encoding="utf-8", errors="replace"):
        return None
    nameless = [] if fault.file in outcome.seen else [f"no {fault.file!r} in it"]
    return Outcome(outcome.seen, outcome.wrong + nameless)
