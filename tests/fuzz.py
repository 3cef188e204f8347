"""Random input, and the rule that every reader keeps: it is read, or refused in one line. `make fuzz` tries for hours.

What is refused costs one line of at most 300 characters that can be printed, exit status 2, no warning and no
traceback; either way it takes at most 2 s of processor time and 500 MB. Seeds are not fixed. `python -m tests.fuzz
20000` tries so many examples of each kind, and goes on where it was interrupted; what it did is in `.fuzz_cache`.
"""

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.strategies import SearchStrategy

from hidden_nodes.errors import BadInput, exit_with_one_line
from tests.clone import ROOT

SECONDS, MEGABYTES = 2.0, 500.0
LONGEST = BadInput.longest
BATCH = 500  # examples between two notes of how far it came
KEPT = ROOT / ".fuzz_cache"  # what failed is tried again first, and how far each kind came
PEAK, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # of Linux; elsewhere memory is not held


@dataclass(frozen=True)
class Kind:
    """Something to read: `examples` of it, and what reads one in the working directory, a directory of its own."""

    name: str
    examples: SearchStrategy[Any]
    read: Callable[[Any], None]


@dataclass
class Record:
    """How many examples of a kind were tried, how many of them were refused, and what the costliest took."""

    tried: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    slowest: str = ""
    largest: str = ""


def hold_to_the_rule(kind: Kind, example: Any, record: Record) -> None:
    """Have an example read, and assert all that the rule says."""
    errors, status = io.StringIO(), 0
    with watched_memory() as peak, warnings.catch_warnings(record=True) as said, contextlib.redirect_stderr(errors):
        warnings.simplefilter("always")
        start = time.process_time()
        try:
            exit_with_one_line(lambda: kind.read(example))
        except SystemExit as ended:
            status = int(ended.code or 0)
        seconds = time.process_time() - start
    line = errors.getvalue()
    assert [str(warning.message) for warning in said] == []
    assert status in (0, 2)
    assert (line == "") == (status == 0), line
    assert len(line) <= LONGEST + 1, line
    assert line.removesuffix("\n").isprintable(), line
    assert seconds <= SECONDS
    assert peak[0] <= MEGABYTES
    note(record, example, bool(status), seconds, peak[0])


def note(record: Record, example: Any, refused: bool, seconds: float, megabytes: float) -> None:
    record.tried += 1
    record.refused += refused
    shown = f"{len(example)} long: {example[:60]!r}" if isinstance(example, bytes | str) else repr(example)[:80]
    if seconds > record.seconds:
        record.seconds, record.slowest = seconds, shown
    if megabytes > record.megabytes:
        record.megabytes, record.largest = megabytes, shown


@contextlib.contextmanager
def watched_memory() -> Iterator[list[float]]:
    """How much memory the block took at most, in MB, once it has ended."""
    peak = [0.0]
    if not RESET.exists():
        yield peak
        return
    RESET.write_bytes(b"5")  # the peak is what the process has now
    before = read_peak()
    try:
        yield peak
    finally:
        peak[0] = read_peak() - before


def read_peak() -> float:
    for line in PEAK.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def try_examples(kind: Kind, count: int, record: Record) -> None:
    """Try so many examples in the working directory; what fails is shrunk, kept in KEPT, and shown."""

    @settings(
        max_examples=count, deadline=None, derandomize=False, suppress_health_check=list(HealthCheck),
        database=DirectoryBasedExampleDatabase(KEPT / "failed"),
    )  # fmt: skip
    @given(kind.examples)
    def hold(example: Any) -> None:
        hold_to_the_rule(kind, example, record)

    hold.hypothesis.inner_test.__qualname__ = f"fuzz {kind.name}"  # type: ignore[attr-defined]  # for the database
    hold()


@st.composite
def damaged(draw: st.DrawFn, whole: bytes, most: int = 4) -> bytes:
    """`whole` with 1 to `most` changes: bytes replaced, put in, left out or repeated, or the end cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        change = draw(st.sampled_from(["replace", "insert", "leave out", "repeat", "cut", "bit"]))
        if change == "cut":
            del content[start:]
        elif change == "leave out":
            del content[start:end]
        elif change == "repeat":
            content[start:start] = content[start:end] * draw(st.integers(1, 20))
        elif change == "bit" and start < len(content):
            content[start] ^= 1 << draw(st.integers(0, 7))
        else:
            content[start : end if change == "replace" else start] = draw(st.binary(max_size=12))
    return bytes(content)


def all_kinds() -> list[Kind]:
    from tests import fuzz_address, fuzz_files, fuzz_texts

    return [*fuzz_texts.KINDS, *fuzz_files.KINDS, *fuzz_address.KINDS]


@contextlib.contextmanager
def workspace() -> Iterator[None]:
    """A directory of its own to work in, with the parameters and the descriptions of data sets."""
    from tests.dataset_faults import make_workspace

    with tempfile.TemporaryDirectory() as directory, contextlib.chdir(make_workspace(Path(directory) / "project")):
        yield


def state_of_code() -> str:
    """A hash of all that reads and of what it is given: where that has changed, what was tried counts no more."""
    patterns = ("hidden_nodes/**/*.py", "sweep/*.py", "tests/fuzz*.py", "tools/check.py", "page/static/address.js",
                "page/static/codecs.js")  # fmt: skip
    files = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def try_kind(kind: Kind, count: int, record: Record, save: Callable[[], None]) -> str:
    """Try examples of a kind until `count` were tried; what was found, if anything."""
    with workspace():
        while record.tried < count:
            before = record.tried
            try:
                try_examples(kind, min(BATCH, count - record.tried), record)
            except Exception:  # whatever a reader did: shown as it is
                return f"{kind.name}\n{traceback.format_exc()}"
            save()
            if record.tried == before:
                break  # there are no more examples
    return ""


def main(count: int) -> None:
    """Try `count` examples of each kind, those of earlier calls among them; status 1 if a kind breaks the rule."""
    done = KEPT / f"{state_of_code()[:16]}.json"
    records = {name: Record(**values) for name, values in json.loads(done.read_text()).items()} if done.exists() else {}
    KEPT.mkdir(exist_ok=True)
    found = []

    def save() -> None:
        done.write_text(json.dumps({name: asdict(one) for name, one in records.items()}, indent=1))

    print("| kind | examples | refused | slowest, s | largest, MB | the slowest | the largest |", flush=True)
    print("| --- | ---: | ---: | ---: | ---: | --- | --- |", flush=True)
    for kind in all_kinds():
        record = records.setdefault(kind.name, Record())
        found.append(try_kind(kind, count, record, save))
        print(
            f"| {kind.name} | {record.tried:,} | {record.refused:,} | {record.seconds:.2f} | {record.megabytes:.0f} "
            f"| {record.slowest} | {record.largest} |", flush=True,
        )  # fmt: skip
    sys.exit("\n".join(filter(None, found)) or 0)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
