"""What the stage `knowledge` writes is what plain computations give, on whole data sets and networks of any width."""

import os
from pathlib import Path

import pytest

from tests.clone import ROOT, Project, set_params
from tests.test_knowledge_stage import CHECKS


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
@pytest.mark.parametrize("hidden", [1, 2, 128])
def test_the_figures_are_those_of_a_plain_computation(tmp_path: Path, dataset: str, hidden: int) -> None:
    project = Project(tmp_path / "clone")
    Project(tmp_path).run("git", "clone", "--quiet", str(ROOT), str(project.path))
    project.dvc("config", "--local", "cache.dir", str(ROOT / ".dvc/cache"))
    set_params(project.path / "params.yaml", {"dataset": dataset, "hidden": hidden})
    mirrors = {name: value for name, value in os.environ.items() if name in ("MNIST_MIRROR", "DATASETS_MIRROR")}
    project.dvc("repro", "knowledge", environment=mirrors)
    for check in CHECKS:
        check(project)
