"""Each parameter is admitted up to the ends of its range, and held against the data set before anything is computed."""

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from hidden_nodes import params as module
from hidden_nodes.data.dataset import Dataset, write_dataset
from hidden_nodes.errors import BadInput
from hidden_nodes.params import (
    Params,
    check_against,
    count_held_out,
    estimate_memory,
    find_misfits,
    fit_settings,
    load_params,
    load_settings,
)
from hidden_nodes.paths import PARAMS
from hidden_nodes.schema import MOST, check
from tests.clone import ROOT

COMMITTED = load_params(ROOT / PARAMS).model_dump()
DATASET = Dataset(
    name="small", title="Small", noun="thing", classes=["a", "b", "c"], rows=4, columns=5, train_images=100,
    test_images=30, ordered=False, drawing=None,
)  # fmt: skip
FITTING = {
    "validation": 20, "hidden": 8, "train.batch_size": 8, "explore.pixels": [0, 1], "evaluate.first": 0,
    "pca_tsne.images": 60, "pca_tsne.perplexity": 5, "retrain_selected.pixels": 5,
}  # fmt: skip


def with_values(values: dict[str, Any]) -> Params:
    """The committed parameters with others in their places, by dotted name."""
    changed = json.loads(json.dumps(COMMITTED))
    for name, value in values.items():
        section, _, leaf = name.rpartition(".")
        (changed[section] if section else changed)[leaf] = value
    return check(Params, changed, PARAMS)


@pytest.mark.parametrize(
    ("name", "admitted", "refused"),
    [
        ("seed", [0, 2**32 - 1], [-1, 2**32, 1.0]),
        ("dataset", ["mnist", "a_1"], ["MNIST", "a-b", ""]),
        ("validation", [1, MOST, 1e-9, 1 - 1e-9], [0, MOST + 1, 0.0, 1.0, -0.5, True, "0.2", None]),
        ("hidden", [1, MOST], [0, MOST + 1, 1.0, True]),
        ("explore.pixels", [[0, 0], [1, 2]], [[1], [1, 2, 3], [-1, 2], 1]),
        ("train.l2", [0.0, 1e9], [-1e-9, float("inf")]),
        ("train.learning_rate", [1e-9], [0.0, -0.1]),
        ("train.batch_size", [1], [0]),
        ("train.epochs", [1], [0]),
        ("train.patience", [0], [-1]),
        ("train.optimizer", ["sgd"], ["SGD"]),
        ("train.keep", ["loss"], ["f1"]),
        ("pca_tsne.perplexity", [1.0], [0.99]),
        ("pca_tsne.iterations", [250, MOST], [249, MOST + 1]),
        ("knowledge.classes", [1, 3], [0, 4]),
        ("knowledge.auc", [0.51, 0.99], [0.5, 1.0]),
        ("knowledge.rotations", [1, 100], [0, 101]),
        ("retrain_components.variance", [1e-9, 1.0], [0.0, 1.001]),
        ("report.megabytes", [2.0], [1.99]),
        ("activations.node", [0, COMMITTED["hidden"] - 1], [-1, COMMITTED["hidden"]]),
    ],
)
def test_a_parameter_is_admitted_up_to_the_ends_of_its_range(
    name: str, admitted: list[Any], refused: list[Any]
) -> None:
    for value in admitted:
        section, _, leaf = name.rpartition(".")
        found = with_values({name: value}).model_dump()
        assert (found[section] if section else found)[leaf] == value
    for value in refused:
        with pytest.raises(BadInput, match=rf"^params\.yaml: '{name}(\.\d)?' must be "):
            with_values({name: value})


@pytest.mark.parametrize(
    ("changed", "fits", "misfits", "fitting"),
    [
        ("validation", [20], [100, 101, 200, 1e-18], 0.2),
        ("train.batch_size", [80], [81, 1000], 80),
        ("explore.pixels", [[19, 0], [0, 19]], [[20, 0], [0, 20]], [6, 12]),
        ("evaluate.first", [29], [30], 0),
        ("pca_tsne.perplexity", [20], [20.01, 21], 15),
        ("retrain_selected.pixels", [20], [21], 6),
    ],
)
def test_what_does_not_fit_the_data_set_is_found_with_a_value_that_does(
    changed: str, fits: list[Any], misfits: list[Any], fitting: object
) -> None:
    for value in fits:
        assert find_misfits(with_values(FITTING | {changed: value}), DATASET) == []
    for value in misfits:
        params = with_values(FITTING | {changed: value})
        found = find_misfits(params, DATASET)
        assert [(misfit.parameter, misfit.given, misfit.fitting) for misfit in found] == [(changed, value, fitting)]
        with pytest.raises(BadInput) as refused:
            check_against(params, DATASET, "here")
        assert str(refused.value) == f"here: {found[0].message}"
        assert found[0].message.endswith(f" Got {found[0].given} instead. {fitting} would do.")
        assert find_misfits(with_values(FITTING | {changed: fitting}), DATASET) == []


def test_all_but_one_training_image_may_be_held_out() -> None:
    assert find_misfits(with_values(FITTING | {"validation": 99, "train.batch_size": 1}), DATASET) == []
    (misfit,) = find_misfits(with_values(FITTING | {"validation": 99}), DATASET)
    assert (misfit.parameter, misfit.fitting) == ("train.batch_size", 1)


def test_the_perplexity_is_held_against_the_images_that_are_embedded() -> None:
    all_images = FITTING | {"pca_tsne.images": 1000}
    assert find_misfits(with_values(all_images | {"pca_tsne.perplexity": 33.3}), DATASET) == []
    (misfit,) = find_misfits(with_values(all_images | {"pca_tsne.perplexity": 33.4}), DATASET)
    assert misfit.fitting == 20
    assert "a third of the 100 images" in misfit.allowed
    (misfit,) = find_misfits(with_values(FITTING | {"pca_tsne.images": 3, "pca_tsne.perplexity": 2}), DATASET)
    assert misfit.fitting == 1


def test_a_network_that_memory_does_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    params = with_values(FITTING | {"hidden": 1000})
    needed = estimate_memory(1000, DATASET)
    monkeypatch.setattr(module, "_memory_size", lambda: needed)
    assert find_misfits(params, DATASET) == []
    monkeypatch.setattr(module, "_memory_size", lambda: needed - 1)
    (misfit,) = find_misfits(params, DATASET)
    assert (misfit.parameter, misfit.fitting) == ("hidden", 499)  # half as many, as memory grows faster than they
    monkeypatch.setattr(module, "_memory_size", lambda: needed // 4)
    (misfit,) = find_misfits(params, DATASET)
    assert misfit.fitting == 125
    assert find_misfits(with_values(FITTING | {"hidden": misfit.fitting}), DATASET) == []
    monkeypatch.setattr(module, "_memory_size", lambda: 10)
    assert [one.fitting for one in find_misfits(with_values(FITTING | {"hidden": 1}), DATASET)] == [1]


def test_the_memory_of_a_network_is_its_weights_five_times_or_the_matrices_of_the_components() -> None:
    one_weight, few = 4, DATASET.model_copy(update={"train_images": 10})
    assert estimate_memory(10, few) == 5 * one_weight * 10 * (20 + 1 + 3)
    assert estimate_memory(10, DATASET) == 2 * 4 * 100 * 10 + 3 * 4 * 10 * 10


def test_the_memory_of_this_machine_is_what_psutil_finds() -> None:
    assert module._memory_size() == pytest.approx(psutil.virtual_memory().total, rel=0.01)
    assert module._memory_size() % os.sysconf("SC_PAGE_SIZE") == 0


def test_a_fraction_is_held_out_as_keras_takes_it() -> None:
    assert [count_held_out(0.2, images) for images in (100, 101, 104, 2, 1)] == [20, 21, 21, 1, 1]
    assert [count_held_out(count, 100) for count in (1, 100, 250)] == [1, 100, 250]


def test_settings_are_made_to_fit_one_after_the_other() -> None:
    params = with_values({"validation": 5000, "hidden": 8})
    settings = fit_settings(params, DATASET)
    assert settings == {
        "validation": 0.2, "explore.pixels": [6, 12], "pca_tsne.perplexity": 20, "retrain_selected.pixels": 6,
    }  # fmt: skip
    assert find_misfits(with_values({"hidden": 8} | settings), DATASET) == []
    assert fit_settings(with_values(FITTING), DATASET) == {}


def test_tiny_images_leave_positions_that_exist() -> None:
    tiny = DATASET.model_copy(update={"rows": 1, "columns": 1})
    settings = fit_settings(with_values(FITTING), tiny)
    assert settings == {"explore.pixels": [0, 0], "retrain_selected.pixels": 1}


def test_two_images_that_no_value_fits_are_refused() -> None:
    with pytest.raises(BadInput, match=r"^'pca_tsne\.perplexity' must be at most a third of the 2 images .* Got 1 "):
        fit_settings(with_values(FITTING), DATASET.model_copy(update={"train_images": 2}))


def test_settings_are_read_with_the_data_set_and_held_against_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "dataset.json"
    write_dataset(DATASET, path)
    PARAMS.write_text((ROOT / PARAMS).read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"^params\.yaml: 'validation' must be so that some of the 100 training images"):
        load_settings(path)
    mnist = DATASET.model_copy(update={"train_images": 60_000, "test_images": 10_000, "rows": 28, "columns": 28})
    write_dataset(mnist, path)
    assert load_settings(path) == (load_params(ROOT / PARAMS), mnist)
