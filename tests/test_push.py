"""What one has run and pushed, nobody else executes again."""

import re
from pathlib import Path

from tests.clone import Project, set_up_git
from tests.stub import make_stub
from tools import push


def test_a_colleague_who_pulls_executes_nothing_that_was_pushed(tmp_path: Path) -> None:
    mine, theirs = make_stub(tmp_path / "mine", "grid: {hidden: [2]}\n"), Project(tmp_path / "theirs")
    mine.call_dvc("remote", "add", "--default", "storage", str(tmp_path / "remote"))
    mine.dvc("repro")
    set_up_git(mine)
    mine.run("git", "clone", "--quiet", ".", str(theirs.path))
    mine.dvc("exp", "run", "-S", "hidden=2")
    assert re.search("^[1-9][0-9]* files of earlier executions pushed$", mine.call(push.main).stdout, re.MULTILINE)
    theirs.call_dvc("pull", "--run-cache")
    printed = theirs.dvc("exp", "run", "--pull", "-S", "hidden=2")
    assert "Running stage" not in printed
    assert re.findall("Stage '(.*)' is cached", printed) == ["evaluate", "draw"]
    assert theirs.read("metrics/evaluate.json") == mine.read("metrics/evaluate.json")
    assert theirs.read("data/draw/summary.txt") == "data/draw/summary.txt of 2 nodes"


def test_without_a_remote_pushing_ends_with_dvcs_own_words(tmp_path: Path) -> None:
    project = make_stub(tmp_path / "stub", "grid: {hidden: [2]}\n")
    assert project.call(push.main, status=1).stdout == ""
