"""Start a tool: `python -m tools check`, `python -m tools dataset --name=animals --from=pictures`.

Its module is imported here, and with it its packages, so that Ctrl-C is one line during these imports too.
"""

import importlib
import sys
from collections.abc import Sequence

from hidden_nodes.errors import BadInput, exit_with_one_line
from hidden_nodes.garbage import collect_garbage_seldom

TOOLS = (
    "check", "code_dependencies", "dataset", "documents", "experiments", "first_imports", "parallel", "plots_page",
    "push", "results", "set_up", "verify_cache",
)  # fmt: skip


def run_tool(words: Sequence[str]) -> None:
    """Import the tool that `words` name first, and call its `main`, which finds the others as its own.

    Raises
    ------
    BadInput
        If there is no such tool.
    """
    name = words[0] if words else ""
    if name not in TOOLS:
        raise BadInput(f"the tool must be one of {', '.join(TOOLS)}. Got {name!r} instead.")
    sys.argv = [f"tools {name}", *words[1:]]
    importlib.import_module(f"tools.{name}").main()


if __name__ == "__main__":
    collect_garbage_seldom()
    exit_with_one_line(lambda: run_tool(sys.argv[1:]))
