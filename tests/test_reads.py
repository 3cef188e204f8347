"""A stage reads what `dvc.yaml` declares, all of it and nothing else, as Python itself saw it when the graph ran.

The second of the twins (`conftest.py`) runs with a hook on every file that is opened (`no_network/sitecustomize.py`).
Files that C code opens by itself escape it.
"""

import importlib.util
from pathlib import Path

import pytest

from tests.clone import GRAPH, STAGES, Project
from tests.conftest import READ_FILES

# Every stage looks at all parameters before it works: a refusal is no dependency (DVC itself compares those declared).
ALWAYS = {"params.yaml"}
# Declared, but read only where MNIST is downloaded; the twins make the bundled digits.
OTHER_DATA = {"fetch": {"hidden_nodes/data/download.py", "datasets/mnist.yaml"}}


def declared_of(stage: str) -> set[str]:
    """The files and directories that a stage declares to read; the data set's description is that of the digits."""
    deps = {dep.def_path for dep in GRAPH[stage].deps} - ALWAYS
    return {path.replace("datasets/mnist.yaml", "datasets/digits.yaml") for path in deps}


def read_by(stage: str, project: Project) -> set[str]:
    """The project's files that a stage opened to read, relative to the project; not what it was still writing."""
    log = project.path / READ_FILES / "-".join(STAGES[stage])
    found = set()
    for line in log.read_text(encoding="utf-8").splitlines():
        path = Path(line)
        if not path.is_relative_to(project.path):
            continue
        path = path.relative_to(project.path)
        if path.suffix == ".pyc":
            path = Path(importlib.util.source_from_cache(str(path)))
        hidden = any(part.startswith(("part-", ".")) for part in path.parts)
        if not hidden and (project.path / path).is_file():
            found.add(str(path))
    return found - ALWAYS


def compare(declared: set[str], read: set[str]) -> dict[str, set[str]]:
    """What was read without being declared, and what was declared and never read; a directory is read with any file."""

    def lies_in(path: str, place: str) -> bool:
        return path == place or path.startswith(f"{place}/")

    return {
        "undeclared": {path for path in read if not any(lies_in(path, place) for place in declared)},
        "unread": {place for place in declared if not any(lies_in(path, place) for path in read)},
    }


def read_own(stage: str, project: Project) -> set[str]:
    """What a stage read of its own outputs."""
    own = {out.def_path for out in GRAPH[stage].outs}
    return read_by(stage, project) - compare(own, read_by(stage, project))["undeclared"]


@pytest.mark.parametrize("stage", GRAPH)
def test_a_stage_reads_what_it_declares_and_nothing_else(stage: str, twins: tuple[Project, Project, str]) -> None:
    found = compare(declared_of(stage), read_by(stage, twins[0]))
    assert found["undeclared"] == set()
    assert found["unread"] <= OTHER_DATA.get(stage, set())


@pytest.mark.parametrize("stage", GRAPH)
def test_a_stage_never_reads_its_own_output(stage: str, twins: tuple[Project, Project, str]) -> None:
    """Nor what an earlier run left there: tests/slow/test_refusals.py runs each stage beside its old outputs."""
    assert read_own(stage, twins[0]) == set()


def test_a_dependency_too_few_or_too_many_is_found(twins: tuple[Project, Project, str]) -> None:
    declared, read = declared_of("train"), read_by("train", twins[0])
    fewer = compare(declared - {"data/prepared/split.json", "hidden_nodes/files.py"}, read)
    assert fewer["undeclared"] == {"data/prepared/split.json", "hidden_nodes/files.py"}
    more = compare(declared | {"data/prepared/images_test.npy", "page/plots.py"}, read)
    assert more["unread"] == {"data/prepared/images_test.npy", "page/plots.py"}
