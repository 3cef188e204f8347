"""The README tells the truth: its numbers come from the committed run, its tables from the graph."""

import hashlib
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from hidden_nodes.yaml_files import parse_yaml
from tests.clone import ROOT, STAGES
from tests.test_invalidation import LEAVES, TABLE
from tools.parameters_table import draw_page

README = (ROOT / "README.md").read_text(encoding="utf-8")


def committed(path: str) -> str:
    """A file as it was committed: a run with other parameters or on another machine may have changed it since."""
    command = ["git", "show", f"HEAD:./{path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"{path} is not in git here: {done.stderr.strip()}")
    return done.stdout


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def test_the_results_are_those_of_the_committed_table() -> None:
    table = pd.read_csv(StringIO(committed("docs/results/default.csv"))).set_index("figure")["value"]
    parameters, selected = int(table["parameters"]), int(table["selected_parameters"])
    for accuracy, row in (
        (table["test_accuracy"], f"| 784 | {parameters:,} |"),
        (table["selected_accuracy"], f"| {int(table['selected_pixels'])} | {selected:,} |"),
        (table["forest_accuracy"], "| 784 | |"),
    ):
        assert f"{row} {percent(accuracy)} |" in README
    for what, name in (("pixels", "pixels"), ("hidden activations", "activations")):
        cells = " | ".join(percent(table[f"{name}_knn_{projection}"]) for projection in ("pca_2", "pca_3", "tsne"))
        assert f"| map of the {what} | {cells} |" in README
    own = f"{parameters:,} | {percent(table['test_accuracy'])} | {percent(table['selected_accuracy'])}"
    assert f"| `wide` | 128 hidden nodes, the default | {own} |" in README


def test_the_committed_table_holds_the_committed_metrics() -> None:
    table = pd.read_csv(StringIO(committed("docs/results/default.csv"))).set_index("figure")["value"]
    for path in sorted((ROOT / "metrics").glob("*.json")):
        for name, value in json.loads(committed(f"metrics/{path.name}")).items():
            assert table[name] == pytest.approx(value, rel=1e-5), name


def test_the_committed_metrics_are_those_of_the_committed_lock() -> None:
    lock = parse_yaml(committed("dvc.lock"), "dvc.lock")
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


def test_the_graph_is_the_one_that_dvc_draws() -> None:
    dvc = Path(sys.executable).with_name("dvc")
    drawn = subprocess.run([dvc, "dag", "--mermaid"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert drawn.strip() in README


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
    table = README.split("## Dependencies")[1].split("## Licence")[0]
    assert not [package for package in packages if package not in table]


def test_every_make_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in set(re.findall(r"`?make ([a-z-]+)", README)) - {"sense"}:
        assert re.search(rf"^{name}:", makefile, flags=re.MULTILINE), name
