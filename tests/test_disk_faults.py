"""What lies below the project fails, the disk or a merge: each costs one line and no result."""

import pytest

from tests.clone import Project
from tests.disk_faults import WRITES, DiskFault, list_faults, provoke_disk
from tools import check


@pytest.mark.parametrize(
    "fault",
    [
        DiskFault("fetch", WRITES, "EIO", "data/raw", "data/part-raw/dataset.json"),
        DiskFault("preprocess", "read", "EIO", "data/raw/dataset.json", "data/raw/dataset.json"),
        DiskFault("preprocess", "openat", "ENOSPC", "data/prepared", "data/part-prepared/split.json"),
    ],
    ids=lambda fault: fault.name,
)
def test_a_call_of_the_kernel_that_fails_costs_one_line(fault: DiskFault, project: Project) -> None:
    assert fault in list_faults(fault.stage, project)
    outcome = provoke_disk(fault, project)
    assert outcome is not None, "the call was not made"
    assert outcome.wrong == [], outcome.seen


@pytest.mark.parametrize("file", ["params.yaml", "dvc.lock"])
def test_a_merge_that_git_left_open_is_told_in_one_line(file: str, project: Project) -> None:
    path = project.path / file
    path.write_text(f"# a comment\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n{project.read(file)}", encoding="utf-8")
    said = project.call(check.main, status=2).stderr
    assert said == f"error: {file} has both versions of a merge from line 2 on: keep one, and remove git's marks.\n"
