"""The stages of the study: each module runs by itself as `python -m stages.NAME`.

What is set here holds from before the first import of a library. Imports make a million objects that last to the end.
Looking through them for garbage again and again, and once more at the exit, would take a quarter of the time of a
stage that imports TensorFlow.
"""

import atexit
import gc
import importlib.util
import logging
import sys
from types import TracebackType

gc.set_threshold(200_000)
atexit.register(gc.freeze)
# Where the home directory cannot be written, matplotlib keeps its font list elsewhere: no news to a user.
logging.getLogger("matplotlib").addFilter(lambda record: "mkdir -p failed" not in record.msg)
logging.getLogger("matplotlib").addFilter(lambda record: "temporary cache directory" not in record.msg)


def report_interrupt(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line that Ctrl-C ended an import, which no `main` can catch."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted: run the same command again to go on", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = report_interrupt

if importlib.util.find_spec("pydantic") is None:
    sys.exit(f"error: {sys.executable} has no packages of this project: activate its environment, or use make")
