"""Start one stage: `python -m stages train`, `python -m stages pca_tsne pixels`.

The process is set up here, before the stage's module and with it its libraries are imported; no other module does
anything when it is imported.
"""

import importlib
import importlib.util
import inspect
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.garbage import collect_garbage_seldom
from hidden_nodes.network.settings import set_environment

STAGES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def set_up_process() -> None:
    """What has to hold before the first library is imported."""
    collect_garbage_seldom()
    # Where the home directory cannot be written, matplotlib keeps its font list elsewhere: no news to a user.
    logging.getLogger("matplotlib").addFilter(lambda record: "mkdir -p failed" not in record.msg)
    logging.getLogger("matplotlib").addFilter(lambda record: "temporary cache directory" not in record.msg)
    set_environment()


def run_stage(words: Sequence[str]) -> None:
    """Import the stage that `words` name first, and call its `main` with the others.

    Raises
    ------
    BadInput
        If there is no such stage, if it takes other words, if this Python lacks the project's packages, or if no file
        can be written: libraries ask for a place for temporary ones when they are imported.
    """
    name, arguments = (words[0] if words else ""), words[1:]
    if name not in STAGES:
        raise BadInput(f"the stage must be one of {', '.join(STAGES)}. Got {name!r} instead.")
    if importlib.util.find_spec("pydantic") is None:
        raise BadInput(f"{sys.executable} has no packages of this project: activate its environment, or use make")
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise BadInput(f"temporary files cannot be written: {error.strerror}") from None
    main = importlib.import_module(f"stages.{name}").main
    expected = list(inspect.signature(main).parameters)
    if len(arguments) != len(expected):
        usage = " ".join([name, *(word.upper() for word in expected)])
        raise BadInput(f"usage: python -m stages {usage}. Got {' '.join(words)!r} instead.")
    main(*arguments)


if __name__ == "__main__":
    set_up_process()
    exit_with_one_line(lambda: run_stage(sys.argv[1:]))
