"""A search on real workers: the same trials with 1, 2 and 4 of them, and after a kill in the middle."""

import re
from pathlib import Path

from tests.clone import Project
from tests.stub import call_sweep, experiments, make_stub, run_sweep, start_sweep

SEARCH = """\
stages: [evaluate]
search: tpe
ranges:
  hidden: {low: 1, high: 99, log: true}
  train.activation: [relu, tanh]
budget: 14
batch: 4
"""


def read_proposals(project: Project) -> str:
    """What was proposed, in its order, and what it came to."""
    call_sweep(project, "results")
    return project.read("plots/nodes/search.csv")


def list_executed(printed: str) -> list[str]:
    return re.findall(r"^\d+ of \d+: (\S+): .*executed evaluate", printed, flags=re.MULTILINE)


def test_one_two_and_four_workers_try_the_same_trials_also_after_a_kill(tmp_path: Path) -> None:
    proposals = set()
    for workers in (1, 2, 4):
        project = make_stub(tmp_path / str(workers), SEARCH)
        printed = run_sweep(project, "run", "--workers", str(workers))
        assert sorted(list_executed(printed)) == experiments(project)
        assert "Warning" not in printed
        proposals.add(read_proposals(project))
    project = make_stub(tmp_path / "killed", SEARCH)
    process = start_sweep(project, "run", "--workers", "2")
    assert process.stdout is not None
    before = ""
    for line in process.stdout:
        before += line
        if line.startswith("6 of"):  # in the second batch
            process.kill()
            break
    before += process.communicate()[0]
    after = run_sweep(project, "run", "--workers", "4")
    assert len(list_executed(before)) >= 6
    assert sorted(list_executed(before) + list_executed(after)) == experiments(project)
    proposals.add(read_proposals(project))
    (only,) = proposals
    assert len(only.splitlines()) == 15
    assert "Warning" not in after
