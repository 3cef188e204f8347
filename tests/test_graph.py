"""The whole graph, run for real through DVC on a few digits in a temporary clone."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from hidden_nodes.network.model import keras
from tests.clone import Project

STAGES = [
    "fetch", "preprocess", "explore", "train", "evaluate", "activations",
    "pca_tsne@pixels", "pca_tsne@activations", "rf_select", "retrain_selected",
    "report",
]  # fmt: skip
OUTPUTS = {
    "data/raw": ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
    "data/prepared": ["x_train.npy", "y_train.npy", "y_train_one_hot.npy", "x_test.npy"],
    "plots/explore": [
        "class_counts.csv",
        "class_counts.png",
        "first_digits.png",
        "first_image_levels.csv",
        "first_image.png",
        "pixel_values.csv",
        "two_pixels.png",
    ],
    "models": ["network.keras", "network_selected.keras"],
    "plots/train": ["history.csv", "history.png", "summary.txt", "network.png", "weights.png"],
    "plots/evaluate": [
        "classification_report.txt",
        "classification_report.csv",
        "confusion.csv",
        "predictions.csv",
        "predictions.png",
        "probabilities.csv",
        "probabilities.png",
        "confusion_counts.png",
        "confusion_rates.png",
        "confused_pair.png",
        "surest_errors.png",
    ],
    "data/activations": ["hidden.npy", "output.npy"],
    "plots/activations": [
        "first_images.csv",
        "node_boxes.csv",
        "node_boxes.png",
        "ranges.csv",
        "eta_squared.csv",
        "eta_squared.png",
        "class_means.png",
        "favourite_digits.png",
        "two_nodes.png",
    ],
    "data/embeddings/pixels": ["pca.csv", "tsne.csv"],
    "data/embeddings/activations": ["pca.csv", "tsne.csv"],
    "plots/pca_tsne/pixels": ["explained_variance.csv", "explained_variance.png", "pca.png", "pca_3.png", "tsne.png"],
    "plots/pca_tsne/activations": ["pca_map.csv", "tsne_map.csv", "pca.png", "pca_3.png", "tsne.png"],
    "data/selection": ["ranking.csv"],
    "plots/rf_select": ["importance.png", "importance_curve.png"],
    "plots/retrain_selected": [
        "history.csv",
        "history.png",
        "classification_report.csv",
        "confusion_counts.png",
        "confusion_rates.png",
        "selected_pixels.png",
        "comparison.csv",
        "comparison.png",
    ],
    "report": ["index.html"],
}
FILES = [f"{directory}/{name}" for directory, names in OUTPUTS.items() for name in names]
METRICS = {
    "train": {"parameters", "epochs", "best_epoch", "accuracy", "loss", "val_accuracy", "val_loss"},
    "evaluate": {"accuracy", "loss", "rmse", "errors", "per_class"},
    "activations": {"images", "nodes", "dead_nodes", "max_activation"},
    "pca_tsne_pixels": {"explained_variance_ratio", "components_for_95", "kl_divergence", "knn_accuracy"},
    "pca_tsne_activations": {"explained_variance_ratio", "components_for_95", "kl_divergence", "knn_accuracy"},
    "rf_select": {"trees", "splits", "test_accuracy"},
    "retrain_selected": {"pixels", "parameters", "epochs", "accuracy", "val_accuracy"},
}


def read_metrics(project: Project, name: str) -> dict[str, float]:
    metrics: dict[str, float] = json.loads(project.read(f"metrics/{name}.json"))
    return metrics


def assert_quiet(output: str) -> None:
    for word in ("warning", "traceback", "deprecat", "failed", "temporary"):
        assert word not in output.lower()


def test_every_stage_runs_and_writes_what_it_promises(twins: tuple[Project, Project, list[str]]) -> None:
    project, _, outputs = twins
    for stage in STAGES:
        assert f"Running stage '{stage}'" in outputs[0]
    missing = [path for path in FILES if not (project.path / path).is_file()]
    assert not missing
    assert not [path for path in project.path.rglob("part-*") if ".dvc" not in path.parts]


def test_no_warning_reaches_the_user(twins: tuple[Project, Project, list[str]]) -> None:
    for output in twins[2]:
        assert_quiet(output)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_have_the_names_that_users_hold_on_to(name: str, reproduced: Project) -> None:
    assert set(read_metrics(reproduced, name)) == METRICS[name]


def test_the_results_are_of_the_expected_kind(reproduced: Project) -> None:
    metrics = {name: read_metrics(reproduced, name) for name in METRICS}
    assert metrics["train"]["parameters"] == 784 * 8 + 8 + 8 * 10 + 10
    assert metrics["activations"]["nodes"] == 8
    assert metrics["rf_select"]["test_accuracy"] > 0.6
    assert metrics["evaluate"]["accuracy"] > 0.4
    assert metrics["retrain_selected"]["pixels"] == 70
    hidden = np.load(reproduced.path / "data/activations/hidden.npy", allow_pickle=False)
    output = np.load(reproduced.path / "data/activations/output.npy", allow_pickle=False)
    assert hidden.shape == (1500, 8)
    assert np.allclose(output.sum(axis=1), 1, atol=1e-5)


def test_the_saved_network_scores_what_the_metrics_say(reproduced: Project) -> None:
    network = keras.saving.load_model(reproduced.path / "models/network.keras")
    prepared = reproduced.path / "data/prepared"
    x, one_hot = (np.load(prepared / name, allow_pickle=False) for name in ("x_test.npy", "y_test_one_hot.npy"))
    network.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(x, one_hot, verbose=0)
    metrics = read_metrics(reproduced, "evaluate")
    assert loss == pytest.approx(metrics["loss"], abs=1e-4)
    assert accuracy == pytest.approx(metrics["accuracy"], abs=1e-6)


def test_nothing_to_do_runs_nothing(reproduced: Project) -> None:
    assert reproduced.repro() == []
    assert "up to date" in reproduced.dvc("status")


def test_the_same_inputs_give_the_same_bytes_without_network_home_or_locale(
    twins: tuple[Project, Project, list[str]],
) -> None:
    assert twins[0].read("dvc.lock") == twins[1].read("dvc.lock")


def test_the_number_of_pixels_grows_no_new_forest_and_going_back_runs_nothing(project: Project) -> None:
    before = project.read("dvc.lock")
    project.set(retrain_selected__pixels=50)
    assert project.repro() == ["retrain_selected", "report"]
    assert read_metrics(project, "retrain_selected")["pixels"] == 50
    project.set(retrain_selected__pixels=70)
    assert project.repro() == []
    assert project.read("dvc.lock") == before


def test_where_mnist_cannot_be_had_the_bundled_digits_are_chosen_visibly(fresh_project: Callable[[], Project]) -> None:
    project = fresh_project()
    project.set(dataset="mnist")
    offline = {"MNIST_MIRROR": "nowhere", "XDG_CACHE_HOME": str(project.path / "cache"), "HTTPS_PROXY": "127.0.0.1:9"}
    done = project.run("python", "-m", "tools.choose_dataset", environment=offline)
    assert len(done.stderr.splitlines()) == 1
    assert "Set MNIST_MIRROR" in done.stderr
    assert "'dataset' in params.yaml is now digits" in done.stderr
    assert "dataset: digits  " in project.read("params.yaml")
    assert project.run("python", "-m", "tools.choose_dataset", environment=offline).stderr == ""
