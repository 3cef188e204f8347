"""What importing our modules does to a process besides defining things: run as `python -m tests.snapshot MODULE ...`.

First all third-party modules that any of ours names are imported; what these do is not ours. Then each of ours is
imported, and everything that a module might change by the way is looked at before and after. Prints a line for each
difference.
"""

import atexit
import gc
import importlib
import importlib.util
import logging
import os
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from tools.code_dependencies import ROOMS, imported_names


def third_party(files: list[Path]) -> list[str]:
    """The modules that are not ours among the imports of `files`, those inside functions included."""
    found = set()
    for file in files:
        for name in imported_names(file.read_text(encoding="utf-8")):
            if name.split(".")[0] not in ROOMS:
                found.add(name)
    return sorted(found)


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


def look() -> dict[str, Any]:
    """The state of this process that no import of ours may change."""
    state: dict[str, Any] = {f"os.environ {name}": value for name, value in os.environ.items()}
    state |= {
        "sys.excepthook": sys.excepthook,
        "sys.unraisablehook": sys.unraisablehook,
        "sys.displayhook": sys.displayhook,
        "threading.excepthook": threading.excepthook,
        "sys.settrace": sys.gettrace(),
        "gc.threshold": gc.get_threshold(),
        "gc.enabled": gc.isenabled(),
        "gc.callbacks": list(gc.callbacks),
        "atexit": atexit._ncallbacks(),
        "warnings.filters": list(warnings.filters),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "directory": Path.cwd(),
    }
    loggers = {"root": logging.getLogger(), **logging.Logger.manager.loggerDict}
    for name, logger in loggers.items():
        if isinstance(logger, logging.Logger):
            settings = (logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)
            state[f"logging {name}"] = settings
    if "matplotlib" in sys.modules:
        state |= {f"matplotlib {name}": str(value) for name, value in sys.modules["matplotlib"].rcParams.items()}
    if "cloudpickle" in sys.modules:
        state["cloudpickle by value"] = set(sys.modules["cloudpickle"].list_registry_pickle_by_value())
    return state


def main() -> None:
    names = sys.argv[1:]
    specs = [importlib.util.find_spec(name) for name in names]
    files = [Path(spec.origin) for spec in specs if spec is not None and spec.origin]
    for name in third_party(files):
        import_if_module(name)
    for name in names:
        before = look()
        importlib.import_module(name)
        after = look()
        changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
        for key in sorted(changed):
            print(f"{name}: {key}")


if __name__ == "__main__":
    main()
