"""Keep the page of a sweep current while it runs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hidden_nodes.errors import BadInput
from sweep import project
from sweep.plan import Plan
from sweep.report import PAGE, write_report
from sweep.shown import Gatherer, Progress

LEAST_PAUSE = 3.0  # seconds between two writings, where something has changed
TIMES_WRITING = 10  # as long as it took to write is waited at least so many times over
MOST_PAUSE = 60.0  # seconds, after which the page is written again in any case: it is older only if the sweep is dead


@dataclass
class Watcher:
    """Writes the page at most every few seconds.

    started : when the sweep began, by `time.monotonic`. seen : what the page shows. due : when it may be written again.
    """

    gatherer: Gatherer
    started: float = field(default_factory=time.monotonic)
    seen: Any = None
    written: float = 0.0
    due: float = 0.0

    def look(self, done: set[str], failed: dict[str, str], running: dict[str, list[str]], waiting: int) -> None:
        """Write the page if it is time to.

        done, failed : trials of this run, the failed with their logs. running : by worker. waiting : how many are left,
        with those running.
        """
        now, state = time.monotonic(), (set(done), dict(failed), running)
        if now < self.due or (state == self.seen and now < self.written + MOST_PAUSE):
            return
        ended = len(done) + len(failed)
        left = (now - self.started) / ended * waiting if ended else None
        try:
            self.write(done, failed, Progress(running, left, time.time()))
        except BadInput as error:  # the trials go on without it
            print(f"note: the page is not current: {error}", file=sys.stderr)
        self.seen, self.written = state, now
        took = time.monotonic() - now
        self.due = now + took + max(LEAST_PAUSE, TIMES_WRITING * took)

    def write(self, done: set[str], failed: dict[str, str], progress: Progress | None) -> int:
        return write_report(self.gatherer.gather(self.gatherer.plan.existing | done, failed, progress))

    def finish(self, name: str) -> None:
        """Write the page for the last time, from what there is: whoever has it open then is not told to wait."""
        plan = self.gatherer.plan
        existing = set(plan.named) & project.existing(plan.commit)
        failed = project.read_failed(name, plan.commit)
        size = self.write(existing, failed, None)
        print(f"{PAGE}: {size / 1e6:.1f} MB, opens in any browser without network", flush=True)


@contextmanager
def open_watcher(plan: Plan, path: Path) -> Iterator[Watcher]:
    """Writes the page before the first trial, and in the end, however it comes."""
    watcher = Watcher(Gatherer(plan, path, project.cache_directory()))
    watcher.look(set(), {}, {}, len(plan.named) - len(plan.existing))
    try:
        yield watcher
    finally:
        watcher.finish(path.stem)
