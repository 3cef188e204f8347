"""The house keeps its order: what may import what, what a stage depends on, where paths are named."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from hidden_nodes import paths
from page.bundle import PARTS, SCRIPTS
from tests.clone import ROOT
from tools.code_dependencies import (
    ROOMS,
    imported_files,
    imported_names,
    is_code,
    stage_files,
    write_dependencies,
)

GRAPH = {stage.name: stage for stage in Repo(str(ROOT)).index.stages}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
}
MAY_IMPORT = {
    "stages": {"page", "hidden_nodes"},
    "sweep": {"sweep", "page", "hidden_nodes"},
    "page": {"page", "hidden_nodes"},
    "tools": {"tools", "hidden_nodes"},
    "hidden_nodes": {"hidden_nodes"},
}
WITH_TENSORFLOW = {"hidden_nodes.network.model"}  # the others take `keras` and `tf` from it
# Text that begins like a path of the graph and names no file of it.
PREFIXES = {"data/", "plots/", "models/", "metrics/"}  # by which a sweep sorts outputs into kinds
PATH = re.compile(r"(data|models|plots|metrics|report)/|params\.yaml$|datasets/")


def imports_of(module: str) -> set[str]:
    """The modules of ours that a module imports itself."""
    names = imported_names(MODULES[module].read_text(encoding="utf-8"))
    return {name for name in names if name in MODULES}


def declared_code(stage: str) -> set[str]:
    return {dep.def_path for dep in GRAPH[stage].deps if is_code(dep.def_path)}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_only_where_they_may(module: str) -> None:
    room = module.split(".")[0]
    found = {name.split(".")[0] for name in imported_names(MODULES[module].read_text(encoding="utf-8"))}
    assert found & {*ROOMS, "tests", "benchmarks"} <= MAY_IMPORT[room]


def test_the_library_imports_itself_in_no_circle() -> None:
    library = [name for name in MODULES if name.startswith("hidden_nodes")]
    try:
        TopologicalSorter({name: imports_of(name) - {name} for name in library}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_only_modules_that_build_or_train_a_network_import_tensorflow() -> None:
    heavy = {
        name
        for name, path in MODULES.items()
        if {"tensorflow", "keras"} & {found.split(".")[0] for found in imported_names(path.read_text("utf-8"))}
    }
    assert heavy == WITH_TENSORFLOW
    reaching = {stage for stage in GRAPH if "hidden_nodes/network/model.py" in declared_code(stage)}
    assert reaching == {"train", "evaluate", "activations", "retrain_selected"}
    for room in ("sweep", "page", "tools"):
        modules = [name for name in MODULES if name.split(".")[0] == room]
        assert Path("hidden_nodes/network/model.py") not in imported_files(modules, ROOT)


def test_importing_a_module_has_no_side_effect_of_its_own() -> None:
    modules = [name for name in MODULES if not name.endswith("__main__")]
    command = [sys.executable, "-m", "tests.snapshot", *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_make_deps_changes_nothing() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    graph = YAML().load(text)
    write_dependencies(graph, ROOT)
    assert graph == YAML().load(text)


@pytest.mark.parametrize("stage", GRAPH)
def test_a_stage_depends_on_exactly_the_code_it_imports(stage: str) -> None:
    assert declared_code(stage) == set(stage_files(GRAPH[stage].cmd, ROOT))


def constants_of(path: Path) -> Iterator[str]:
    """The texts that a module spells out, but not its docstrings; of an f-string the parts between its values."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    with_docstring = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, with_docstring)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"hidden_nodes.paths"}))
def test_only_one_module_spells_the_paths_of_the_graph(module: str) -> None:
    spelled = {text for text in constants_of(MODULES[module]) if PATH.match(text)}
    assert spelled - (PREFIXES if module.startswith("sweep") else set()) == set()


def named_paths() -> set[str]:
    """Every path that `hidden_nodes/paths.py` names, its functions called with what the graph has."""
    constants = {str(value) for value in vars(paths).values() if isinstance(value, Path)}
    constants.add(str(paths.dataset_file("mnist")))
    for values in ("pixels", "activations"):
        constants.add(str(paths.embedding_metrics(values)))
        constants |= {str(paths.embedding(values, name)) for name in ("pca", "tsne", "explained_variance")}
        constants |= {f"{directory}/{values}" for directory in (paths.EMBEDDINGS, paths.EMBEDDINGS_PLOTS)}
    return constants


def test_every_file_of_the_graph_is_named_and_every_named_file_is_in_the_graph() -> None:
    deps = {dep.def_path for stage in GRAPH.values() for dep in stage.deps if dep.def_path} - {"params.yaml"}
    outs = {out.def_path for stage in GRAPH.values() for out in stage.outs}
    files = {path for path in deps | outs if not is_code(path)}
    assert files - named_paths() == set()

    def lies_in_the_graph(path: str) -> bool:
        around = any(known.startswith(f"{path}/") for known in files)
        return path in files or around or any(path.startswith(f"{out}/") for out in outs)

    assert {path for path in named_paths() - {"params.yaml"} if not lies_in_the_graph(path)} == set()


def test_no_stage_reads_pictures() -> None:
    assert not [dep.def_path for stage in GRAPH.values() for dep in stage.deps if dep.def_path.startswith("plots/")]


def test_the_page_is_made_of_exactly_the_files_that_its_stage_declares() -> None:
    parts = {str(path.relative_to(ROOT)) for path in PARTS.iterdir()}
    assert {path for path in declared_code("report") if path.startswith("page/static/")} == parts
    assert {Path(path).name for path in parts} == {*SCRIPTS, "page.html", "page.css"}


def test_each_script_of_the_page_stands_after_those_that_it_imports() -> None:
    for position, name in enumerate(SCRIPTS):
        imports = re.findall(r'^import .* from "\./([\w.]+)";$', (PARTS / name).read_text("utf-8"), flags=re.MULTILINE)
        assert set(imports) <= set(SCRIPTS[:position]), name


@pytest.mark.parametrize("stage", GRAPH)
def test_a_stage_uses_exactly_the_parameters_it_declares(stage: str) -> None:
    text = (ROOT / "stages" / f"{stage.split('@')[0]}.py").read_text(encoding="utf-8")
    used = set(re.findall(r"params\.(\w+)", text)) - {"model_dump"}
    shown = re.search(r"SHOWN_PARAMETERS = \{(.*?)\}", text)  # the page's list of parameters
    used |= set(re.findall(r'"(\w+)"', shown[1])) if shown else set()
    declared = {name for dep in GRAPH[stage].deps for name in getattr(dep, "params", [])}
    assert used == declared


def test_the_comments_in_params_yaml_name_the_stages_that_read_each_parameter() -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    readers: dict[str, set[str]] = {}
    for name, stage in GRAPH.items():
        for dep in stage.deps:
            for parameter in getattr(dep, "params", []):
                readers.setdefault(parameter, set()).add(name)
    for parameter, stages in readers.items():
        block = re.search(rf"^{parameter}:.*?\[(.*?)\]", text, flags=re.MULTILINE | re.DOTALL)
        assert block, parameter
        named = {name.strip() for name in block[1].replace("#", "").split(",")}
        assert named in (stages, {name.split("@")[0] for name in stages}), parameter
