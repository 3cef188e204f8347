"""Whatever ends a stage before its time costs nothing: its outputs stand as they were, and the next good run is equal.

Each stage is refused a value, killed when its first output is about to take its place, and given a full disk.
"""

import sys
from pathlib import Path

import pytest

from tests.clone import GRAPH, ROOT, STAGES, Project
from tests.conftest import READ_FILES
from tests.faults import fingerprint
from tests.test_reads import read_by, read_own

# One stage under the eyes of `make repro`, whatever of the graph is up to date.
RUN = """
import sys
from hidden_nodes.errors import exit_with_one_line
from tools.parallel import Queue, find_outdated, read_steps, run_stages
_, outputs = find_outdated(force=False)
exit_with_one_line(lambda: run_stages(Queue(read_steps({sys.argv[1]: set()}), 1, 1e6), outputs, force=True))
"""
# On PYTHONPATH of what runs: Python reads it when it starts.
FAULTS = {
    "refused": "",
    "killed": """
import os, signal, sys
def kill(event, arguments):
    if event == "os.rename" and os.path.basename(os.fsdecode(arguments[0])).startswith("part-"):
        os.kill(os.getpid(), signal.SIGKILL)
if sys.orig_argv[1:3] == ["-m", "stages"]:
    sys.addaudithook(kill)
""",
    "full": """
import resource, sys
if sys.orig_argv[1:3] == ["-m", "stages"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
""",
    "no byte": """
import resource, sys
if sys.orig_argv[1:3] == ["-m", "stages"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
""",
}
SAID = {
    "refused": "'hidden' must be greater than or equal to 1. Got 0 instead.", "killed": "error: ",
    "full": " cannot be written: ", "no byte": " cannot be written: ",
}  # fmt: skip


def run_stage(project: Project, stage: str, fault: str, directory: Path, status: int) -> str:
    directory.mkdir(exist_ok=True)
    (directory / "sitecustomize.py").write_text(FAULTS.get(fault, ""))
    done = project.run(
        sys.executable, "-c", RUN, stage, status=status,
        environment={"PYTHONPATH": f"{directory}:{project.path}", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


def whole_outputs(project: Project) -> dict[str, str]:
    """All outputs but what a killed stage had not finished, under names with "part-", which its next run removes."""
    found = fingerprint(project.path)
    return {name: digest for name, digest in found.items() if "/part-" not in name}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_does_not_end_well_costs_nothing(stage: str, project: Project, tmp_path: Path) -> None:
    module = project.path / f"stages/{STAGES[stage][0]}.py"
    source, params = module.read_text(encoding="utf-8"), project.read("params.yaml")
    before, lock = fingerprint(project.path), project.read("dvc.lock")
    for fault, said in SAID.items():
        if fault == "refused" and not GRAPH[stage].params:
            continue  # it reads no parameter
        module.write_text(source + "# another\n", encoding="utf-8")
        if fault == "refused":
            project.set(hidden=0)
        printed = run_stage(project, stage, fault, tmp_path / "site", 2)
        assert said in printed
        assert whole_outputs(project) == before
        assert project.read("dvc.lock") == lock
        status = project.dvc("status", stage)
        assert stage in status
        assert f"stages/{STAGES[stage][0]}.py" in status
        module.write_text(source, encoding="utf-8")
        (project.path / "params.yaml").write_text(params, encoding="utf-8")
    assert "up to date" in project.dvc("status")
    run_stage(project, stage, "", tmp_path / "site", 0)
    assert fingerprint(project.path) == before
    assert project.read("dvc.lock") == lock


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_never_reads_its_own_old_output(stage: str, project: Project) -> None:
    before = fingerprint(project.path)
    observed = {"PYTHONPATH": str(ROOT / "tests/no_network"), "READ_FILES": READ_FILES}
    project.run(sys.executable, "-m", "stages", *STAGES[stage], environment=observed)
    assert read_by(stage, project)
    assert read_own(stage, project) == set()
    assert fingerprint(project.path) == before
