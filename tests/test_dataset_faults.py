"""Every fault of `make dataset` is survived: one line, status 2, no traceback, nothing written."""

from pathlib import Path

import pytest

from tests.dataset_faults import DATASET_FAULTS, DatasetFault, call_dataset, make_workspace, provoke_dataset


@pytest.mark.parametrize("fault", DATASET_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_costs_one_line_and_writes_nothing(fault: DatasetFault, tmp_path: Path) -> None:
    provoke = provoke_dataset if fault.needs_a_process else call_dataset
    outcome = provoke(fault, make_workspace(tmp_path / "project"))
    assert outcome.wrong == [], outcome.seen
