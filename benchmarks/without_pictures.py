"""One stage that computes and writes everything but pictures: `python -m benchmarks.without_pictures NAME ...`.

For the benchmark of the whole run. Pictures are empty files, nothing is drawn, and neither matplotlib nor seaborn is
imported; a stub stands in for each.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from hidden_nodes.errors import exit_with_one_line
from stages.__main__ import run_stage, set_up_process

GATHERING = ("draw_all", "draw_retrained")  # which only call the others
STUBBED = ("matplotlib", "seaborn")


class StubFinder(MetaPathFinder, Loader):
    """Finds a stub, whose attributes are stubs as well, for every module of the drawing packages."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname.split(".")[0] in STUBBED else None

    def create_module(self, spec: ModuleSpec) -> Any:
        return MagicMock(__path__=[])

    def exec_module(self, module: ModuleType) -> None:
        pass


def touch(figure: Any, path: Path, data: str) -> None:
    """What stands in for `save_figure`."""
    path.touch()


def main() -> None:
    sys.meta_path.insert(0, StubFinder())
    stage: Any = importlib.import_module(f"stages.{sys.argv[1]}")
    for module in [module for name, module in sys.modules.items() if name.startswith(("stages.", "hidden_nodes."))]:
        for name in vars(module):
            if name.startswith("draw_") and name not in GATHERING:
                setattr(module, name, lambda *arguments, **named: None)
    stage.save_figure = touch
    run_stage(sys.argv[1:])


if __name__ == "__main__":
    set_up_process()
    exit_with_one_line(main)
