"""The whole graph, run for real through DVC on a few digits in a temporary clone."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hidden_nodes.data import download
from hidden_nodes.data.dataset import list_datasets
from hidden_nodes.data.pixels import encode_one_hot, scale_pixels
from hidden_nodes.network.model import build_network, keras
from hidden_nodes.network.weights import ARRAYS, read_weights
from tests.clone import GRAPH, ROOT, STAGES, Project
from tools import check, choose_dataset

OUTPUTS = {
    "data/raw": ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "dataset.json"],
    "data/prepared": ["images_train.npy", "y_train.npy", "images_test.npy", "y_test.npy", "split.json", "dataset.json"],
    "data/explore": ["class_counts.csv", "first_image_values.csv", "pixel_values.csv"],
    "plots/explore": ["class_counts.png", "first_images.png", "first_image.png", "two_pixels.png"],
    "models": ["network.keras", "network.npz", "initial.npz", "network_selected.keras", "network_selected.npz"],
    "data/train": ["history.csv", "summary.txt"],
    "plots/train": ["history.png", "network.png", "weights.png"],
    "data/evaluate": [
        "classification_report.txt", "classification_report.csv", "confusion.csv", "predictions.csv",
        "probabilities.csv",
    ],
    "plots/evaluate": [
        "predictions.png", "probabilities.png", "confusion_counts.png", "confusion_rates.png", "confused_pair.png",
        "surest_errors.png",
    ],
    "data/activations": [
        "hidden.npy", "output.npy", "boxes.npy", "predictions.csv", "first_images.csv", "ranges.csv", "eta_squared.csv",
    ],
    "data": ["node_boxes.csv"],
    "plots/activations": ["node_boxes.png", "eta_squared.png", "class_means.png", "top_images.png", "two_nodes.png"],
    "data/embeddings/pixels": ["pca.csv", "tsne.csv", "maps.csv", "explained_variance.csv", "tsne_plot.csv"],
    "data/embeddings/activations": ["pca.csv", "tsne.csv", "maps.csv", "components.csv", "pca_plot.csv"],
    "plots/pca_tsne/pixels": ["explained_variance.png", "pca.png", "pca_3.png", "tsne.png"],
    "plots/pca_tsne/activations": ["pca.png", "pca_3.png", "tsne.png"],
    "data/concepts": ["concepts.csv", "concepts_train.npy", "concepts_test.npy"],
    "data/knowledge": [
        "nodes.csv", "examples.csv", "ablation_classes.csv", "controls.csv", "curves.csv", "probes.csv",
        "relations.csv",
    ],
    "plots/knowledge": ["curves.png", "relations.png", "controls.png", "probes.png", "sentences.png"],
    "data/selection": ["ranking.csv", "forest.csv"],
    "plots/rf_select": ["importance.png", "importance_curve.png"],
    "data/retrain_selected": [
        "history.csv", "network.csv", "confusion.csv", "classification_report.csv", "classification_report.txt",
        "pixels.csv",
    ],
    "plots/retrain_selected": ["history.png", "confusion_counts.png", "confusion_rates.png", "selected_pixels.png"],
    "data/retrain_components": [
        "history.csv", "network.csv", "confusion.csv", "classification_report.csv", "classification_report.txt",
    ],
    "plots/retrain_components": ["history.png", "confusion_counts.png", "confusion_rates.png", "components.png"],
    "report": ["index.html"],
}  # fmt: skip
FILES = [f"{directory}/{name}" for directory, names in OUTPUTS.items() for name in names]
METRICS = {
    "train": {"parameters", "best_epoch", "train_accuracy", "val_accuracy", "val_loss"},
    "evaluate": {"test_accuracy", "test_loss", "rmse"},
    "activations": {"dead_nodes"},
    "pca_tsne_pixels": {"pixels_components", "pixels_knn"},
    "pca_tsne_activations": {"activations_components", "activations_knn"},
    "rf_select": {"forest_accuracy"},
    "knowledge": {"nodes_described", "directions_described", "nodes_for_95", "effective_dimensions"},
    "retrain_selected": {"selected_accuracy", "selected_val_accuracy"},
    "retrain_components": {"components_accuracy"},
}


def read_metrics(project: Project, name: str) -> dict[str, float]:
    metrics: dict[str, float] = json.loads(project.read(f"metrics/{name}.json"))
    return metrics


def written_files(project: Project) -> list[Path]:
    """All that the stages write."""
    outputs = [project.path / out.def_path for stage in GRAPH.values() for out in stage.outs]
    return sorted(path for out in outputs for path in (out, *out.rglob("*")) if path.is_file())


def assert_quiet(output: str) -> None:
    for word in ("warning", "traceback", "deprecat", "failed", "temporary"):
        assert word not in output.lower()


def test_every_stage_runs_and_writes_what_it_promises(twins: tuple[Project, Project, str]) -> None:
    project, _, output = twins
    for stage in STAGES:
        assert f"Running stage '{stage}'" in output
    missing = [path for path in FILES if not (project.path / path).is_file()]
    assert not missing
    assert not [path for path in project.path.rglob("part-*") if ".dvc" not in path.parts]


def test_no_warning_reaches_the_user(twins: tuple[Project, Project, str]) -> None:
    assert_quiet(twins[2])


@pytest.mark.parametrize("name", METRICS)
def test_metrics_have_the_names_that_users_hold_on_to(name: str, reproduced: Project) -> None:
    assert set(read_metrics(reproduced, name)) == METRICS[name]


def test_metrics_are_few_and_each_name_is_unique(reproduced: Project) -> None:
    assert {path.stem for path in (reproduced.path / "metrics").iterdir()} == set(METRICS)
    columns = [name for names in METRICS.values() for name in names]
    assert len(columns) == len(set(columns)) < 22


def test_the_results_are_of_the_expected_kind(reproduced: Project) -> None:
    metrics = {name: read_metrics(reproduced, name) for name in METRICS}
    assert metrics["train"]["parameters"] == 784 * 8 + 8 + 8 * 10 + 10
    assert metrics["rf_select"]["forest_accuracy"] > 0.6
    assert metrics["evaluate"]["test_accuracy"] > 0.4
    assert metrics["retrain_selected"]["selected_accuracy"] > 0.3
    assert metrics["retrain_components"]["components_accuracy"] > 0.3
    hidden = np.load(reproduced.path / "data/activations/hidden.npy", allow_pickle=False)
    output = np.load(reproduced.path / "data/activations/output.npy", allow_pickle=False)
    assert hidden.shape == (1500, 8)
    assert np.allclose(output.sum(axis=1), 1, atol=1e-5)


def test_the_saved_network_scores_what_the_metrics_say(reproduced: Project) -> None:
    network = keras.saving.load_model(reproduced.path / "models/network.keras")
    prepared = reproduced.path / "data/prepared"
    images, y = (np.load(prepared / name, allow_pickle=False) for name in ("images_test.npy", "y_test.npy"))
    network.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(scale_pixels(images), encode_one_hot(y, 10), verbose=0)
    metrics = read_metrics(reproduced, "evaluate")
    assert loss == pytest.approx(metrics["test_loss"], abs=1e-4)
    assert accuracy == pytest.approx(metrics["test_accuracy"], abs=1e-6)


@pytest.mark.parametrize(("name", "inputs"), [("network", 784), ("network_selected", 70)])
def test_the_plain_weights_are_those_of_the_network(name: str, inputs: int, reproduced: Project) -> None:
    network = keras.saving.load_model(reproduced.path / f"models/{name}.keras")
    weights = read_weights(reproduced.path / f"models/{name}.npz", inputs, 10)
    for ours, theirs in zip((getattr(weights, array) for array in ARRAYS), network.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


def test_the_initial_weights_are_those_before_the_first_batch(reproduced: Project) -> None:
    initial = read_weights(reproduced.path / "models/initial.npz", 784, 10)
    fresh = build_network(784, 8, 10, "relu", 0.001, seed=42).get_weights()
    for ours, theirs in zip((getattr(initial, array) for array in ARRAYS), fresh, strict=True):
        assert np.array_equal(ours, theirs)


def test_nothing_to_do_runs_nothing(reproduced: Project) -> None:
    printed = reproduced.dvc("repro")
    assert "Running stage" not in printed
    assert "up to date" in printed


def test_the_same_inputs_give_the_same_bytes_without_network_home_or_locale(
    twins: tuple[Project, Project, str],
) -> None:
    """Whether DVC starts each stage as a process, or all run in one, elsewhere and with all of these."""
    one, other = (
        {str(path.relative_to(twin.path)): path.read_bytes() for path in written_files(twin)} for twin in twins[:2]
    )
    assert list(one) == list(other)
    assert [path for path in one if one[path] != other[path]] == []


def test_where_mnist_cannot_be_had_the_bundled_digits_are_chosen_visibly(
    fresh_project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = fresh_project()
    project.set(dataset="mnist")
    offline = {"MNIST_MIRROR": "nowhere", "HTTPS_PROXY": "127.0.0.1:9"}
    monkeypatch.setattr(download, "CACHE", project.path / "cache")  # as a new user's: it is looked up at the import
    done = project.call(choose_dataset.main, environment=offline)
    assert len(done.stderr.splitlines()) == 1
    assert "Set MNIST_MIRROR" in done.stderr
    assert "'dataset' in params.yaml is now digits" in done.stderr
    assert "dataset: digits  " in project.read("params.yaml")
    assert project.call(choose_dataset.main, environment=offline).stderr == ""


def test_another_data_set_that_cannot_be_had_is_one_line_and_is_not_replaced(
    fresh_project: Callable[[], Project],
) -> None:
    project = fresh_project()
    project.set(dataset="fashion_mnist")
    before, dead = project.read("params.yaml"), "127.0.0.1:9"
    offline = {"DATASETS_MIRROR": "nowhere", "XDG_CACHE_HOME": str(project.path / "cache"), "HTTPS_PROXY": dead}
    offline |= {"HTTP_PROXY": dead, "http_proxy": dead, "https_proxy": dead}
    assert project.call(choose_dataset.main, environment=offline).stderr == ""
    done = project.run("python", "-m", "stages", "fetch", environment=offline, status=2)
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: Fashion-MNIST cannot be had (nowhere/fashion_mnist: ")
    assert "Set DATASETS_MIRROR to a directory or URL that has the four files in a folder fashion_mnist" in done.stderr
    assert project.read("params.yaml") == before


def test_make_check_says_that_all_is_well(reproduced: Project) -> None:
    assert reproduced.call(check.main).stdout.startswith("params.yaml: every parameter is known")


@pytest.mark.parametrize("program", [check, choose_dataset])
def test_a_data_set_without_a_description_is_refused_before_anything_runs(
    program: ModuleType, project: Project
) -> None:
    project.set(dataset="mnst")
    done = project.call(program.main, status=2)
    known = ", ".join(list_datasets(ROOT / "datasets"))
    assert done.stderr == (
        f"error: 'dataset' must be one of {known}. Got 'mnst' instead. Did you mean 'mnist'? "
        "If you made datasets/mnst.yaml, commit it first.\n"
    )
