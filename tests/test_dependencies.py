"""A stage depends on exactly the code it runs, and the comments in `params.yaml` say what `dvc.yaml` says."""

import ast
import re
from pathlib import Path

import pytest
from dvc.repo import Repo

from stages.report import SCRIPTS
from tests.clone import ROOT

GRAPH = Repo(str(ROOT))
STAGES = {stage.name: stage for stage in GRAPH.index.stages}


def imported_modules(path: Path) -> set[Path]:
    """The project's modules that the one at `path` imports, directly or not, itself included; paths from the root."""
    found: set[Path] = set()
    waiting = [Path("stages/__init__.py"), path]  # Python runs the package's own file first
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, "relative imports would escape this test"
                names = [f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)]
            candidates = [Path(*name.split(".")).with_suffix(".py") for name in names if name.startswith("stages.")]
            waiting += [candidate for candidate in candidates if (ROOT / candidate).is_file()]
    return found


def module_of(stage: str) -> Path:
    return Path("stages") / f"{stage.split('@')[0]}.py"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_exactly_the_code_it_runs(stage: str) -> None:
    declared = {Path(dep.def_path) for dep in STAGES[stage].deps if dep.def_path.endswith(".py")}
    assert declared == imported_modules(module_of(stage))


def test_the_page_is_made_of_exactly_the_files_that_its_stage_declares() -> None:
    parts = {path.relative_to(ROOT) for path in (ROOT / "page/static").iterdir() if path.suffix not in ("", ".py")}
    declared = {Path(dep.def_path) for dep in STAGES["report"].deps}
    assert {path for path in declared if path.parent == Path("page/static") and path.suffix != ".py"} == parts
    assert {path.name for path in parts} == {*SCRIPTS, "page.html", "page.css"}


def test_each_script_of_the_page_stands_after_those_that_it_imports() -> None:
    for position, name in enumerate(SCRIPTS):
        script = (ROOT / "page/static" / name).read_text(encoding="utf-8")
        imports = re.findall(r'^import .* from "\./([\w.]+)";$', script, flags=re.MULTILINE)
        assert set(imports) <= set(SCRIPTS[:position]), name


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_and_writes_only_what_it_declares(stage: str) -> None:
    """Every path of the design that a stage's own module spells out is among its deps and outs."""
    text = (ROOT / module_of(stage)).read_text(encoding="utf-8")
    key = stage.partition("@")[2]
    spelled = {path.replace("{what}", key) for path in re.findall(r'"((?:data|models|plots|metrics)/[^"]*)"', text)}
    declared = {item.def_path for item in [*STAGES[stage].deps, *STAGES[stage].outs]}
    undeclared = {p for p in spelled if not any(p == d or p.startswith(f"{d}/") for d in declared)}
    assert not undeclared


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_uses_exactly_the_parameters_it_declares(stage: str) -> None:
    module = ROOT / module_of(stage)
    used = set(re.findall(r"(?:params|load_params\(\))\.(\w+)", module.read_text(encoding="utf-8")))
    declared = {name for dep in STAGES[stage].deps for name in getattr(dep, "params", [])}
    assert used == declared


def test_only_stages_that_need_a_network_import_tensorflow() -> None:
    heavy = {stage for stage in STAGES if Path("hidden_nodes/network/model.py") in imported_modules(module_of(stage))}
    assert heavy == {"train", "evaluate", "activations", "retrain_selected"}


def test_the_comments_in_params_yaml_name_the_stages_that_read_each_parameter() -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    readers: dict[str, set[str]] = {}
    for name, stage in STAGES.items():
        for dep in stage.deps:
            for parameter in getattr(dep, "params", []):
                readers.setdefault(parameter, set()).add(name)
    for parameter, stages in readers.items():
        block = re.search(rf"^{parameter}:.*?\[(.*?)\]", text, flags=re.MULTILINE | re.DOTALL)
        assert block, parameter
        named = {name.strip() for name in block[1].replace("#", "").split(",")}
        assert named in (stages, {name.split("@")[0] for name in stages}), parameter
