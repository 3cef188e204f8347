"""Every fault of the table is survived: one line, status 2, no traceback, no output lost."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clone import Project
from tests.faults import FAULTS, Fault, call_stage, provoke, serve_mirror

CODE = (".py", ".pyc", ".js", ".css")


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with serve_mirror() as address:
        yield address


def copy_but_code(source: str, target: str) -> None:
    """Code, which no fault changes, becomes a second name of the same file: that is most of the files."""
    (os.link if Path(source).suffix in CODE else shutil.copy2)(source, target)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_costs_one_line_and_no_output(fault: Fault, reproduced: Project, tmp_path: Path, mirror: str) -> None:
    path = tmp_path / "project"
    ignore = shutil.ignore_patterns(".git", "cache")
    shutil.copytree(reproduced.path, path, symlinks=True, ignore=ignore, copy_function=copy_but_code)
    outcome = (provoke if fault.needs_a_process else call_stage)(fault, Project(path), mirror)
    assert outcome.wrong == [], outcome.seen


def test_a_stage_that_trains_costs_one_line_as_a_process_too(project: Project, mirror: str) -> None:
    fault = next(fault for fault in FAULTS if fault.module == "train")
    outcome = provoke(fault, project, mirror)
    assert outcome.wrong == [], outcome.seen
