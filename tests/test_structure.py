"""The house keeps its order: what may import what, what a stage depends on, where paths are named."""

import ast
import functools
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import product
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hidden_nodes import paths
from hidden_nodes.errors import BadInput
from page.bundle import PARTS
from page.panels import PANELS
from tests.clone import GRAPH, ROOT
from tools.code_dependencies import (
    ROOMS,
    imported_files,
    imported_names,
    is_code,
    stage_files,
    with_dependencies,
)

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
MODEL = Path("hidden_nodes/network/model.py")

# Text that begins like a path of the graph.
PATH = re.compile(r"(data|models|plots|metrics|report)/|params\.yaml$|datasets/")
NO_PATHS = {"sweep.keep": {"data/", "models/", "plots/"}}  # prefixes, by which it sorts outputs into kinds
# Folders that paths.py names for its functions: no stage's own, but the graph has what lies in them.
FOLDERS = {str(folder) for folder in (paths.DATASETS, paths.EMBEDDINGS, paths.EMBEDDINGS_PLOTS)}
KEYS = [name.split("@")[1] for name in GRAPH if name.startswith("pca_tsne@")]
PARAMS = YAML().load((ROOT / "params.yaml").read_text(encoding="utf-8"))
# What each function of paths.py is called with to learn all that it names.
ARGUMENTS: dict[str, Iterable[tuple[str, ...]]] = {
    "dataset_file": [(PARAMS["dataset"],)],
    "embedding": list(product(KEYS, ["pca", "tsne", "maps", "components", "explained_variance"])),
    "embedding_metrics": [(key,) for key in KEYS],
}


def imports_of(module: str) -> set[str]:
    """The modules of ours that a module imports itself."""
    names = imported_names(MODULES[module])
    return {name for name in names if name in MODULES}


@functools.cache  # two tests ask for those of every module
def files_behind(module: str) -> set[Path]:
    """The files of ours that importing a module runs."""
    return imported_files([module], ROOT)


def declared_code(stage: str) -> set[str]:
    return {dep.def_path for dep in GRAPH[stage].deps if is_code(dep.def_path)}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_only_where_they_may(module: str) -> None:
    room = module.split(".")[0]
    found = {name.split(".")[0] for name in imported_names(MODULES[module])}
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
        if {"tensorflow", "keras"} & {found.split(".")[0] for found in imported_names(path)}
    }
    assert heavy == WITH_TENSORFLOW
    reaching = {name for name in MODULES if MODEL in files_behind(name)}
    outside = {name for name in reaching if not name.startswith("hidden_nodes.")}
    assert outside == {f"stages.{name}" for name in ("train", "retrain_selected", "retrain_components")}


def test_importing_a_module_has_no_side_effect_of_its_own() -> None:
    ours = [name for name in MODULES if not name.endswith("__main__")]
    ours.sort(key=lambda name: len(files_behind(name)))  # a module runs more files than any that it imports
    named = {name for module in ours for name in imported_names(MODULES[module])}
    theirs = sorted(name for name in named if name.split(".")[0] not in ROOMS)
    command = [sys.executable, "-m", "tests.snapshot"]
    names = json.dumps({"theirs": theirs, "ours": ours})
    # Not the whole environment of this process, in which many of ours are imported already.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(command, input=names, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_make_deps_changes_nothing() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert with_dependencies(text, ROOT) == text


def test_a_relative_import_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def late():\n    from . import other\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"module\.py, line 2: relative imports are not followed"):
        imported_names(module)


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
    assert spelled == NO_PATHS.get(module, set())  # equal, so that no exception outlives its reason


def named_paths() -> set[str]:
    """Every path that `hidden_nodes/paths.py` names, its functions called with what the graph has."""
    named = {str(value) for value in vars(paths).values() if isinstance(value, Path)}
    for name, arguments in ARGUMENTS.items():
        named |= {str(getattr(paths, name)(*words)) for words in arguments}
    return named | {f"{folder}/{key}" for folder in (paths.EMBEDDINGS, paths.EMBEDDINGS_PLOTS) for key in KEYS}


def files_of_the_graph() -> tuple[set[str], set[str]]:
    """What the stages read and what they write, code aside."""
    deps = {dep.def_path for stage in GRAPH.values() for dep in stage.deps}
    outs = {out.def_path for stage in GRAPH.values() for out in stage.outs}
    return {path for path in deps if not is_code(path)}, outs


def test_every_file_of_the_graph_is_named() -> None:
    deps, outs = files_of_the_graph()
    assert (deps | outs) - named_paths() == set()


def test_every_named_file_is_in_the_graph() -> None:
    deps, outs = files_of_the_graph()
    written = {path for path in named_paths() if any(path.startswith(f"{out}/") for out in outs)}
    assert named_paths() - deps - outs - written == FOLDERS
    for folder in FOLDERS:
        assert any(path.startswith(f"{folder}/") for path in deps | outs), folder


def test_every_function_that_names_files_is_asked() -> None:
    functions = {name for name, _ in inspect.getmembers(paths, inspect.isfunction)}
    assert functions == set(ARGUMENTS)


def test_no_stage_reads_pictures() -> None:
    assert not [dep.def_path for stage in GRAPH.values() for dep in stage.deps if dep.def_path.startswith("plots/")]


def test_the_page_is_made_of_exactly_the_files_that_its_stage_declares() -> None:
    parts = {str(path.relative_to(ROOT)) for path in PARTS.glob("[!.]*")}
    assert {path for path in declared_code("report") if path.startswith("page/static/")} == parts
    html = {f"{panel.name}.html" for panel in PANELS}
    assert {Path(path).name for path in parts if path.endswith(".html")} == {"frame.html", "page.html", *html}
    assert {Path(path).suffix for path in parts} == {".html", ".css", ".js"}


@pytest.mark.parametrize("stage", GRAPH)
def test_a_stage_uses_exactly_the_parameters_it_declares(stage: str) -> None:
    module = f"stages.{stage.split('@')[0]}"
    text = MODULES[module].read_text(encoding="utf-8")
    if "page.contents" in imports_of(module):  # which reads for the page
        text += MODULES["page.contents"].read_text(encoding="utf-8")
    used = set(re.findall(r"params\.(\w+)", text)) - {"model_dump"}
    shown = re.search(r"SHOWN_PARAMETERS = \{(.*?)\}", text, flags=re.DOTALL)  # the page's list of parameters
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
    assert set(readers) == set(PARAMS)
    for block in re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]:  # one a parameter; a comment stands before
        parameter = block.split(":")[0]
        comment = re.search(r"\[(.*?)\]", block, flags=re.DOTALL)
        assert comment, parameter
        named = {name.strip() for name in comment[1].replace("#", "").split(",")}
        stages = readers[parameter]
        assert named in (stages, {name.split("@")[0] for name in stages}), parameter


def test_what_is_called_draw_makes_pictures() -> None:
    """The benchmark without pictures leaves out every `draw_...` by its name."""
    for path in [*(ROOT / "stages").glob("*.py"), *(ROOT / "hidden_nodes").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("draw_"):
                assert node.returns is not None, node.name
                assert ast.unparse(node.returns) in ("Figure", "dict[str, Figure]", "AxesImage"), f"{path}: {node.name}"
