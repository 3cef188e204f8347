"""The README tells the truth: its numbers come from the committed run, its tables from the graph."""

import hashlib
import json
import re
import subprocess
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from dvc.utils.serialize import parse_yaml as parse_lock

from hidden_nodes.yaml_files import parse_yaml
from tests.clone import ROOT, STAGES
from tests.test_invalidation import LEAVES, TABLE
from tools.documents import BLOCK, BLOCKS, DOCUMENTS, fill_blocks
from tools.parameters_table import draw_page

# A number with a unit in which something is measured, or an accuracy.
FIGURE = re.compile(r"\d[\d.,]*\s?(?:%|s\b|ms\b|min\b|minutes?\b|seconds?\b|hours?\b|[kMG]i?B\b)|\b0\.\d{3,}")
# Figures that are no measurements of ours, and why.
NOT_MEASURED = [
    ("20 seconds", "how long a test cuts a link; what the benchmark calls long"),
    ("4GB", "an example of a machine"),
    ("0.001", "a default of params.yaml"),
    ("8 MB", "the most that a page may have"),
    ("95 %", "a confidence, and a share of variance"),
]

README = (ROOT / "README.md").read_text(encoding="utf-8")


def committed(path: str) -> str:
    """A file as it was committed: a run with other parameters or on another machine may have changed it since."""
    command = ["git", "show", f"HEAD:./{path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"{path} is not in git here: {done.stderr.strip()}")
    return done.stdout


def outside_blocks(text: str) -> str:
    """A document without its blocks, whose figures `make docs` writes."""
    return BLOCK.sub("", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_make_docs_changes_nothing(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert fill_blocks(text, str(document)) == text


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_no_measured_figure_stands_outside_a_block(document: Path) -> None:
    found = {
        " ".join(match[0].split()) for match in FIGURE.finditer(outside_blocks((ROOT / document).read_text("utf-8")))
    }
    assert found - {figure for figure, _ in NOT_MEASURED} == set()


def test_every_exception_is_still_in_a_document() -> None:
    texts = " ".join(" ".join((ROOT / document).read_text("utf-8").split()) for document in DOCUMENTS)
    assert [figure for figure, _ in NOT_MEASURED if figure not in texts] == []


def test_every_block_is_in_a_document() -> None:
    texts = "".join((ROOT / document).read_text("utf-8") for document in DOCUMENTS)
    assert {name for _, name, *_ in BLOCK.findall(texts)} == set(BLOCKS)


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 200


def test_the_committed_table_holds_the_committed_metrics() -> None:
    table = pd.read_csv(StringIO(committed("docs/results/default.csv"))).set_index("figure")["value"]
    for path in sorted((ROOT / "metrics").glob("*.json")):
        for name, value in json.loads(committed(f"metrics/{path.name}")).items():
            assert table[name] == pytest.approx(value, rel=1e-5), name


def test_the_committed_metrics_are_those_of_the_committed_lock() -> None:
    lock = parse_lock(committed("dvc.lock"), "dvc.lock")
    assert set(lock["stages"]) == set(STAGES)
    params = parse_yaml(committed("params.yaml"), "params.yaml")
    for stage in lock["stages"].values():
        for name, value in stage.get("params", {}).get("params.yaml", {}).items():
            assert params[name] == value
    for name in sorted(path.stem for path in (ROOT / "metrics").glob("*.json")):
        content = committed(f"metrics/{name}.json").encode()
        outs = [out for stage in lock["stages"].values() for out in stage["outs"]]
        recorded = {out["md5"] for out in outs if out["path"] == f"metrics/{name}.json"}
        assert recorded == {hashlib.md5(content, usedforsecurity=False).hexdigest()}


def test_the_table_of_parameters_is_what_make_docs_writes() -> None:
    assert (ROOT / "docs/parameters.md").read_text(encoding="utf-8") == draw_page(ROOT)


def test_the_table_of_parameters_names_all_that_a_change_executes() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \|.*\| ([^|]+) \|$", draw_page(ROOT), flags=re.MULTILINE))
    assert set(rows) == set(LEAVES)
    for parameter, (_, executed) in TABLE.items():
        assert executed <= set(re.findall(r"`([\w@]+)`", rows[parameter])), parameter


def test_every_stage_and_every_direct_dependency_is_explained() -> None:
    explained = set(re.findall(r"^\| `([\w@]+)` \| [a-z]", README, flags=re.MULTILINE))
    assert set(STAGES) <= explained
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = set(re.findall(r'"([\w.-]+)==', project))
    table = (ROOT / "docs/developing.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    assert not [package for package in packages if package not in table]


def test_every_make_command_of_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for name in re.findall(r"(?:^|`|&& )make\s([a-z-]+)", text, flags=re.MULTILINE):
            assert re.search(rf"^{name}:", makefile, flags=re.MULTILINE), name


def test_every_link_of_the_documents_leads_to_a_file() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / document).read_text(encoding="utf-8")):
            assert (ROOT / document.parent / target).is_file(), f"{document}: {target}"


def test_the_docs_show_the_script_that_is_run_on_slurm() -> None:
    script = (ROOT / "tests/slow/slurm_workers.py").read_text(encoding="utf-8")
    assert f"```python\n{script}```\n" in (ROOT / "docs/sweeps.md").read_text(encoding="utf-8")
