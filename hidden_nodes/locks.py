"""A lock between processes of one machine, which ends with the process that has it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Whether this process now has the lock on `path`; it is freed when the process ends, however it ends."""
    # filelock makes the same call of the kernel, and would be one more package that has to be alike on all workers.
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
