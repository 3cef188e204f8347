"""What importing our modules does to a process besides defining things: run as `python -m tests.snapshot`.

Reads a JSON object: `theirs`, names of third-party modules, and `ours`, our modules, each after those it imports. First
`theirs` are imported: what these do is not ours. Then each of `ours` is, and everything that a module might change
by the way is looked at before and after. Prints a line for each difference. This program imports nothing of ours: what
it had loaded itself it could not watch.
"""

import atexit
import gc
import importlib
import importlib.util
import json
import locale
import logging
import os
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any


def import_if_module(name: str) -> None:
    """Import `name` if it is a module: of `from a import b`, b may be one or not, and not all are installed."""
    parent = name.rpartition(".")[0]
    if parent and parent not in sys.modules:
        import_if_module(parent)
    try:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    except (ImportError, AttributeError, ValueError):
        return


def look_at_python() -> dict[str, Any]:
    """What belongs to Python and the process."""
    state: dict[str, Any] = {f"os.environ {name}": value for name, value in os.environ.items()}
    state |= {f"signal {number}": signal.getsignal(number) for number in signal.valid_signals()}
    return state | {
        "sys.excepthook": sys.excepthook,
        "sys.unraisablehook": sys.unraisablehook,
        "sys.displayhook": sys.displayhook,
        "sys.gettrace": sys.gettrace(),
        "sys.getprofile": sys.getprofile(),
        "sys.path": list(sys.path),
        "threading.excepthook": threading.excepthook,
        "gc.threshold": gc.get_threshold(),
        "gc.isenabled": gc.isenabled(),
        "gc.callbacks": list(gc.callbacks),
        "atexit": atexit._ncallbacks(),
        "warnings.filters": list(warnings.filters),
        "locale": locale.setlocale(locale.LC_ALL),
        "directory": Path.cwd(),
    }


def look_at_libraries() -> dict[str, Any]:
    """What belongs to the loggers, and to the libraries that keep settings of their own."""
    state: dict[str, Any] = {}
    loggers = {"root": logging.getLogger(), **logging.Logger.manager.loggerDict}
    for name, logger in loggers.items():
        if isinstance(logger, logging.Logger):
            settings = (logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)
            state[f"logging {name}"] = settings
    if "matplotlib" in sys.modules:
        # As a plain dict: asked in its own way, rcParams would choose a backend where none is chosen yet.
        settings_of = dict.items(sys.modules["matplotlib"].rcParams)
        state |= {f"matplotlib {name}": str(value) for name, value in settings_of}
    if "cloudpickle" in sys.modules:
        state["cloudpickle by value"] = set(sys.modules["cloudpickle"].list_registry_pickle_by_value())
    if "numpy" in sys.modules:
        state["numpy.geterr"] = sys.modules["numpy"].geterr()
    return state


def look() -> dict[str, Any]:
    """The state of this process that no import of ours may change."""
    return look_at_python() | look_at_libraries()


def main() -> None:
    names = json.load(sys.stdin)
    for name in names["theirs"]:
        import_if_module(name)
    after = look()
    for name in names["ours"]:
        loaded, before = set(sys.modules), after
        importlib.import_module(name)
        after = look()
        # A third-party module that was loaded only now may be the one whose doing a difference is.
        others = sorted(set(sys.modules) - loaded - set(names["ours"]))
        also = f" (with it were loaded: {' '.join(others)})" if others else ""
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                print(f"{name}: {key} was {before.get(key)!r:.80}, is {after.get(key)!r:.80}{also}")


if __name__ == "__main__":
    main()
