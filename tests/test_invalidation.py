"""A changed parameter executes the stages that it affects, and no others."""

from collections.abc import Iterator

import pytest
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from dvc.repo.index import Index

from hidden_nodes.schema import flatten
from hidden_nodes.yaml_files import read_yaml
from stages.__main__ import run_stage
from tests.clone import ROOT, Project, set_params
from tools.parameters_table import read_effects

FULL_NETWORK = {
    "train", "evaluate", "activations", "pca_tsne@activations", "knowledge", "retrain_selected", "retrain_components",
    "report",
}  # fmt: skip
EVERYTHING = FULL_NETWORK | {"fetch", "preprocess", "explore", "concepts", "pca_tsne@pixels", "rf_select"}
MAPS = {"pca_tsne@pixels", "pca_tsne@activations"}

# Leaves of params.yaml: another value, and the stages that this value executes. One that is not listed must execute the
# stages that its comment in params.yaml names, and all behind them.
TABLE: dict[str, tuple[object, set[str]]] = {
    "seed": (7, FULL_NETWORK | MAPS | {"rf_select"}),
    "dataset": ("mnist", EVERYTHING),
    "validation": (0.3, FULL_NETWORK | {"preprocess", "concepts"}),
    "hidden": (9, FULL_NETWORK),
    "explore.pixels": ([100, 101], {"explore"}),
    "train.activation": ("tanh", FULL_NETWORK),
    "train.l2": (0.01, FULL_NETWORK),
    "train.optimizer": ("adam", FULL_NETWORK),
    "train.learning_rate": (0.01, FULL_NETWORK),
    "train.batch_size": (64, FULL_NETWORK),
    "train.epochs": (4, FULL_NETWORK),
    "train.monitor": ("loss", FULL_NETWORK),
    "train.patience": (5, FULL_NETWORK),
    "train.keep": ("loss", FULL_NETWORK),
    "evaluate.first": (25, {"evaluate"}),
    "activations.node": (1, {"activations"}),
    "pca_tsne.images": (200, MAPS | {"report"}),
    "pca_tsne.perplexity": (20, MAPS | {"report"}),
    "pca_tsne.iterations": (300, MAPS | {"report"}),
    "rf_select.images": (300, {"rf_select", "retrain_selected", "report"}),
    "rf_select.trees": (3, {"rf_select", "retrain_selected", "report"}),
    "retrain_selected.ranking": ("forest_spread", {"retrain_selected", "report"}),
    "retrain_selected.pixels": (50, {"retrain_selected", "report"}),
    "retrain_components.variance": (0.9, {"retrain_components", "report"}),
    "report.megabytes": (3, {"report"}),
}
# Of the files that a stage writes, those that a parameter leaves as they are (tested below).
UNTOUCHED = {
    "validation": {
        f"data/prepared/{name}.npy" for name in ("images_train", "y_train", "images_test", "y_test")
    } | {"data/prepared/dataset.json"},
    "evaluate.first": {"data/evaluate", "metrics/evaluate.json"},
    "activations.node": {"data/activations", "metrics/activations.json"},
}  # fmt: skip


LEAVES = list(flatten(read_yaml(ROOT / "params.yaml")))


def lies_in(path: str, places: set[str]) -> bool:
    """Whether `path` is one of `places`, or in one that is a directory."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


@pytest.fixture(scope="module")
def graph(reproduced: Project) -> Iterator[Index]:
    """The graph of a small project that has run; DVC takes a second to read it, and it is the same for all leaves."""
    with Repo(str(reproduced.path)) as repo, repo.lock:
        yield repo.index


def stages_to_run(graph: Index, untouched: set[str]) -> set[str]:
    """The stages whose parameters differ from `dvc.lock`, and all that read a file which these write anew."""
    params = {stage.name: [dep for dep in stage.deps if isinstance(dep, ParamsDependency)] for stage in graph.stages}
    changed = {name for name, deps in params.items() if any(dep.status() for dep in deps)}
    found: set[str] = set()
    while changed - found:
        found |= changed
        written = {out.def_path for stage in graph.stages if stage.name in found for out in stage.outs}
        for stage in graph.stages:
            reads = {dep.def_path for dep in stage.deps if not lies_in(dep.def_path, untouched)}
            if any(lies_in(path, written) for path in reads):
                changed.add(stage.name)
    return found


@pytest.fixture(scope="module")
def effects() -> dict[str, list[str]]:
    """The stages that each parameter executes, as the graph says; for this, too, DVC reads it anew."""
    return read_effects(ROOT)


def expected_of(leaf: str, effects: dict[str, list[str]]) -> set[str]:
    return TABLE[leaf][1] if leaf in TABLE else set(effects.get(leaf) or effects[leaf.partition(".")[0]])


def test_every_row_is_a_leaf_of_params_yaml() -> None:
    assert set(TABLE) <= set(LEAVES)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_changed_leaf_executes_its_stages_and_no_others(
    leaf: str, reproduced: Project, graph: Index, effects: dict[str, list[str]]
) -> None:
    value = TABLE[leaf][0] if leaf in TABLE else "another value"
    params = reproduced.path / "params.yaml"
    before = params.read_bytes()
    try:
        set_params(params, {leaf: value})
        assert stages_to_run(graph, UNTOUCHED.get(leaf, set())) == expected_of(leaf, effects)
    finally:
        params.write_bytes(before)


@pytest.mark.parametrize("leaf", UNTOUCHED)
def test_files_counted_as_untouched_are(leaf: str, project: Project) -> None:
    paths = [file for name in UNTOUCHED[leaf] for file in [project.path / name, *(project.path / name).rglob("*")]]
    before = [path.read_bytes() for path in paths if path.is_file()]
    assert before
    value, _ = TABLE[leaf]
    set_params(project.path / "params.yaml", {leaf: value})
    stage = {"validation": "preprocess", "evaluate.first": "evaluate", "activations.node": "activations"}[leaf]
    project.call(lambda: run_stage([stage]))
    assert [path.read_bytes() for path in paths if path.is_file()] == before


def test_a_rerun_that_reproduces_a_stages_outputs_stops_there(project: Project) -> None:
    """The forest sees all of the few images, whatever it may see at most; the page shows the new parameter."""
    project.set(rf_select__images=50_000)
    assert project.repro() == ["rf_select", "report"]  # not retrain_selected
