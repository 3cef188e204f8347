"""One stage's `dvc repro --single-item` as a process of its own, which ends with the process that started it."""

import contextlib
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from pathlib import Path

import dvc.cli
import dvc.cli.parser  # all commands, which each fork would import

from hidden_nodes.errors import PREFIX, exit_with_one_line
from tools.keep_outputs import keep_outputs, remove
from tools.verify_cache import is_whole_run, list_outputs, list_runs, locate_cache, remove_damaged

# A fork is spared the import of DVC. On macOS, system libraries do not survive one.
CONTEXT = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
SIGNALS = {signal.SIGINT, signal.SIGTERM}
PATIENCE = 1.0  # seconds between Ctrl-C and a kill
CUT_OFF = "Unable to read RWLock-file"  # DVC on its list of locks, when another DVC was killed while it wrote that
NOT_KEPT = "ERROR: failed to transfer"  # DVC where its cache takes no more, after which it may end well all the same
# DVC, not the stage, on a file that it could not read or write. The second is all that it says where a copy fails.
OWN_FILES = re.compile(r"\[Errno .*|No possible cache link types for '(?P<file>.*?)'")
SAID_BEFORE = ("> ", "Running stage", "Stage '")  # DVC's own lines, after which a stage has said nothing yet
# What DVC says after each stage, and is of use once at most.
HINTS = ("To track the changes", "git add ", "To enable auto staging", "dvc config ", "Use `dvc push`", "Updating lock")


class Child:
    """A stage's DVC and all that it starts: a process group, whose output is read line by line."""

    def __init__(self, name: str, outputs: Sequence[Path], force: bool) -> None:
        self.name, self.rest = name, b""
        self.lines: list[str] = []
        self.reader, writer = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=reproduce_stage, args=(name, outputs, force, writer))  # type: ignore[attr-defined]
        with held_signals():  # no Ctrl-C between the start and the place where it is known
            self.process.start()
        writer.close()

    def read(self) -> list[str]:
        """The lines that came since; at the end of the output, the reader is closed."""
        content = os.read(self.reader.fileno(), 1 << 16)
        if not content:
            self.reader.close()
            content = b"\n" if self.rest else b""
        *whole, self.rest = (self.rest + content).split(b"\n")
        texts = [line.decode("utf-8", "replace").rstrip().rpartition("\r")[2] for line in whole]
        lines = [line for line in texts if line and not line.strip().startswith(HINTS)]
        self.lines += lines
        return lines

    def send(self, number: int) -> None:
        """Signal the whole group."""
        with contextlib.suppress(ProcessLookupError):  # all have ended
            os.killpg(self.process.pid, number)

    @property
    def ended_well(self) -> bool:
        """Whether the stage ran, and DVC keeps what it wrote."""
        return self.process.exitcode == 0 and not any(line.startswith(NOT_KEPT) for line in self.lines)

    def reason(self) -> str:
        """Why it failed: what DVC could not do after the stage, or the stage's last words before DVC's error."""
        if any(CUT_OFF in line for line in self.lines):
            return "the DVC of another stage was cut off while it wrote its locks; the next `make repro` mends that"
        errors = [line for line in self.lines if line.startswith("ERROR: ")]
        if found := next(filter(None, map(OWN_FILES.search, errors)), None):
            cache = os.path.relpath(locate_cache())
            cause = found[0] if found["file"] is None else f"{found['file']} cannot be written (is the disk full?)"
            return f"DVC failed between the stage's outputs and its cache ({cache}): {cause}"
        said = self.lines[: self.lines.index(errors[0])] if errors else self.lines
        if said and not said[-1].startswith(SAID_BEFORE):
            return said[-1].removeprefix(PREFIX)
        return errors[0].removeprefix("ERROR: ") if errors else f"ended with status {self.process.exitcode}"


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM come after the block, not within."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def reproduce_stage(name: str, outputs: Sequence[Path], force: bool, output: connection.Connection) -> None:
    """What the process of a stage does: its results replace those at `outputs`, or these stay."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.environ["PYTHONUNBUFFERED"] = "1"  # a stage's lines come when they are printed
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(output.fileno(), stream)
    output.close()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    threading.Thread(target=end_with_parent, daemon=True).start()
    words = ["--wait-for-lock", "repro", "--single-item", *(["--force"] if force else []), name]
    sys.argv = ["dvc", *words]  # which DVC's locks show to others
    with keep_outputs(name, outputs):
        exit_with_one_line(lambda: reproduce_whole(name, outputs, words))


def reproduce_whole(name: str, outputs: Sequence[Path], words: list[str]) -> None:
    """Call DVC for one stage, and again without what was damaged in its cache, which DVC does not notice."""
    status, cache = dvc.cli.main(words), locate_cache()
    damaged = remove_damaged(list_runs(cache), is_whole_run) if status else remove_damaged(list_outputs(name, cache))
    if damaged:
        for output in outputs:  # may have come from there
            remove(output)
        status = dvc.cli.main(words)
    if status:
        sys.exit(status)


def end_with_parent() -> None:
    """Wait until the process that started this one is gone, however it ended; then end all of the group."""
    parent = multiprocessing.parent_process()
    if parent:
        connection.wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def stop(children: Sequence[Child]) -> None:
    """End children and all that they started: as Ctrl-C does, then by force."""
    for number in (signal.SIGINT, signal.SIGKILL):
        for child in children:
            child.send(number)
        deadline = time.monotonic() + PATIENCE
        while alive := [child.process.sentinel for child in children if child.process.is_alive()]:
            if not connection.wait(alive, max(0.0, deadline - time.monotonic())):
                break
