"""What docs/security.md promises of hostile files, names and workers, where no other test holds it."""

import ast
import os
import re
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

from hidden_nodes.data.image_arrays import ARRAYS, read_npz
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array
from hidden_nodes.network.weights import read_weights
from page.render import render_page
from sweep import cluster
from sweep.objects import list_outputs
from sweep.report import render_sweep
from tests.browser import HOSTILE, assert_names_are_text, open_page
from tests.clone import ROOT, Project
from tests.made_sweep import make_shown
from tests.test_many_classes import make_contents

CODE = sorted(
    path for room in ("hidden_nodes", "stages", "page", "sweep", "tools") for path in (ROOT / room).rglob("*.py")
)
UNPICKLERS = {"pickle", "_pickle", "dill", "joblib", "marshal", "shelve"}
RUNNERS = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pd.read_pickle",
    "keras.saving.load_model",
    "keras.models.load_model",
}
# Loaders made from SafeLoader, in the two modules that have one, and SafeLoader in C.
YAML_LOADERS = {"Loader", "loader", "yaml.CSafeLoader"}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def find_dangers(text: str) -> list[str]:
    """Calls and imports in a module that could make code of data."""
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    imported = [alias.name for node in imports for alias in node.names]
    imported += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [name for name in imported if name.split(".")[0] in UNPICKLERS] + [
        ast.unparse(call.func) for call in calls if is_dangerous(call, "yaml" in imported)
    ]


def is_dangerous(call: ast.Call, pyyaml: bool) -> bool:
    """pyyaml : whether `yaml` is PyYAML, and not a `YAML()` of ruamel.yaml's, which makes no objects."""
    name, words = ast.unparse(call.func), {word.arg: ast.unparse(word.value) for word in call.keywords}
    if name == "np.load":
        return words.get("allow_pickle") != "False"
    if name == "YAML":
        return "unsafe" in words.get("typ", "") or bool(call.args)
    if pyyaml and name.startswith("yaml.") and name.endswith("load"):
        return not call.args[1:] or ast.unparse(call.args[1]) not in YAML_LOADERS
    return name in RUNNERS or any(words.get(word, "False") != "False" for word in ("shell", "allow_pickle"))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_makes_code_of_data(path: Path) -> None:
    assert find_dangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from joblib import load", "eval(x)", "exec(x)", "os.system(x)", "run(x, shell=True)",
     "np.load(x)", "np.load(x, allow_pickle=True)", "import yaml; yaml.load(x)", "keras.saving.load_model(x)",
     "import yaml; yaml.load(x, yaml.Loader)", "YAML(typ='unsafe')"],
)  # fmt: skip
def test_what_makes_code_of_data_is_found(text: str) -> None:
    assert len(find_dangers(text)) == 1


class Hostile:
    """Makes a directory when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    ("suffix", "read"),
    [("npy", load_array), ("npz", read_npz), ("npz", lambda path: read_weights(path, 2, 2))],
)
def test_a_hostile_pickle_is_refused_and_never_runs(suffix: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    path, trace = tmp_path / f"file.{suffix}", tmp_path / "ran"
    hostile = np.array([Hostile(trace)], dtype=object)
    if suffix == "npy":
        np.save(path, hostile, allow_pickle=True)
    else:
        names = [*ARRAYS, "activation", "l2"]
        np.savez(path, allow_pickle=True, **dict.fromkeys(names, hostile))
    with pytest.raises(BadInput):
        read(path)
    assert not trace.exists()
    content = np.load(path, allow_pickle=True)  # our own: it would have run
    if suffix == "npz":
        with content:
            assert content["activation"].shape == (1,)
    assert trace.exists()


def test_members_of_an_npz_are_never_unpacked_to_their_paths(tmp_path: Path) -> None:
    path = tmp_path / "in/images.npz"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../evil.npy", str(tmp_path / "evil.npy"), "in/../../evil.npy"):
            archive.writestr(name, b"evil")
    with pytest.raises(BadInput):
        read_npz(path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


@pytest.mark.parametrize("md5", ["../../../outside", "ab/../../../../outside", "/etc/passwd", "ab"])
def test_a_lock_names_no_file_outside_the_cache(md5: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("1")
    with pytest.raises(ValueError, match="no object"):
        list_outputs({"stages": {"train": {"outs": [{"md5": md5, "path": "data"}]}}}, tmp_path / "cache")


def test_a_sweeps_own_scheduler_listens_on_loopback_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(cluster, "LocalCluster", lambda **options: asked.update(options) or nullcontext())
    monkeypatch.setattr(cluster, "Client", nullcontext)
    with ExitStack() as stack:
        cluster.start(stack, 1, 1, tmp_path)
    assert (asked["host"], asked["dashboard_address"]) == ("127.0.0.1", "127.0.0.1:0")


def test_hostile_names_run_nothing_on_a_sweeps_page(tmp_path: Path, browser: webdriver.Chrome) -> None:
    shown = make_shown({"hidden": [1, 2], "train.activation": HOSTILE})
    known = shown.datasets[0]
    assert known is not None
    known = known.model_copy(update={"title": HOSTILE[1], "classes": [*HOSTILE, *known.classes[len(HOSTILE) :]]})
    failed = list(shown.table.index)[-1]
    shown = replace(
        shown, datasets=[known] * len(shown.table), status=[*shown.status[:-1], "failed"], logs={failed: HOSTILE[1]},
        fixed={"dataset": HOSTILE[0]}, stages=[HOSTILE[2]], path=Path("sweeps/<img src=x onerror=intruder=1>.yaml"),
    )  # fmt: skip
    path = tmp_path / "sweep.html"
    path.write_text(render_sweep(shown), encoding="utf-8")
    browser.get(path.as_uri() + "#" + "".join(HOSTILE))
    WebDriverWait(browser, 60).until(
        lambda driver: driver.execute_script("return document.documentElement.dataset.ready")
    )
    assert_names_are_text(browser)


def test_hostile_names_run_nothing_on_the_report_page(tmp_path: Path, browser: webdriver.Chrome) -> None:
    contents = make_contents(HOSTILE)
    words = {"title": HOSTILE[0], "noun": HOSTILE[2], "name": HOSTILE[1], "drawing": "mnist"}
    named = [{**classifier, "name": name} for classifier, name in zip(contents.classifiers, HOSTILE[1:], strict=False)]
    known = contents.knowledge.nodes.assign(sentence=[f"fires for {name}" for name in [*HOSTILE, HOSTILE[0]]])
    contents = replace(
        contents, dataset=contents.dataset.model_copy(update=words), classifiers=named,
        parameters=contents.parameters | {"retrain_selected.ranking": HOSTILE[1], "train.activation": HOSTILE[2]},
        knowledge=replace(contents.knowledge, nodes=known),
    )  # fmt: skip
    (tmp_path / "report").mkdir()
    page = tmp_path / "report/index.html"
    page.write_text(render_page(contents, 8), encoding="utf-8")
    open_page(Project(tmp_path), browser, "#" + "".join(HOSTILE))
    for control in ("#classes button", "#confusions td button", "#known-nodes tbody tr"):
        browser.execute_script("document.querySelector(arguments[0]).click()", control)
    assert_names_are_text(browser)


def list_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_line_of_the_threat_model_names_tests_that_are_collected() -> None:
    lines = (ROOT / "docs/security.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| ---", "| What"))]
    assert len(rows) > 15
    for row in rows:
        named = NAMED.findall(row)
        assert named, row
        for file, name in named:
            assert Path(file).name.startswith("test_"), file
            assert name.startswith("test_"), name
            assert name in list_tests(ROOT / file), f"{file}::{name}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-uv.txt"])
def test_every_requirement_has_its_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if not re.search(r"==\S+.*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_every_action_of_the_workflow_is_named_by_its_commit() -> None:
    used = re.findall(r"uses: (\S+)", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []
