"""Put right what a kill in the middle of writing leaves of DVC's files, which DVC itself would ask a user to do."""

import json
import sys
from itertools import chain
from pathlib import Path

import psutil
from dvc.dvcfile import LOCK_FILE, Lockfile
from dvc.exceptions import DvcException
from dvc.lock import make_lock
from dvc.repo import Repo

CLOCKS = 10  # seconds by which a process's start and a file's time may disagree
CONFLICT = "<<<<<<<"  # git's mark: this file is for its user to mend


def mend_locks(repo: Repo) -> None:
    """Remove a record of locks that nobody holds, and a `dvc.lock` that was cut off; `repo` must be locked.

    The stages that such a `dvc.lock` had are in DVC's cache of runs, and need not be executed again.
    """
    record = Path(repo.tmp_dir, "rwlock")
    with make_lock(f"{record}.lock", wait=True):
        if record.is_file() and not is_held(record):
            record.unlink()
    path = Path(repo.root_dir, LOCK_FILE)
    if path.is_file() and is_cut_off(repo, path):
        moved = Path(repo.tmp_dir, f"{LOCK_FILE}.broken")
        path.replace(moved)
        print(f"{LOCK_FILE} was cut off and is written anew; what it was is in {moved}", file=sys.stderr)


def is_held(record: Path) -> bool:
    """Whether a process that DVC's record of locks names is alive, and not another one that has its number now."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
    except ValueError:  # its writer was killed
        return False
    writers, readers = (content.get(kind, {}).values() for kind in ("write", "read"))
    owners = {owner["pid"] for owner in chain(writers, *readers)}
    return any(owns(process, record.stat().st_mtime) for process in owners)


def owns(process: int, written: float) -> bool:
    """Whether a process still runs, and was there already when the record was written."""
    try:
        found = psutil.Process(process)
        return found.status() != psutil.STATUS_ZOMBIE and found.create_time() <= written + CLOCKS
    except psutil.NoSuchProcess:
        return False


def is_cut_off(repo: Repo, path: Path) -> bool:
    try:
        Lockfile(repo, str(path)).load()
    except DvcException:
        return CONFLICT not in path.read_text(encoding="utf-8", errors="replace")
    return False
