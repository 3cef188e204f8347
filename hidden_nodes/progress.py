"""How far long work has come: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
PAUSE = 10  # seconds between two lines where there is no terminal


def progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through `items`, and say how many are done of `what`."""
    if sys.stderr.isatty():
        yield from tqdm(items, what)
        return
    # tqdm's own pause (`mininterval`) still ends its lines with a carriage return, which makes one long line of a log.
    spoken = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - spoken > PAUSE:
            print(f"{what}: {done} of {len(items)} steps done", flush=True)
            spoken = time.monotonic()
        yield item
