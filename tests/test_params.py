"""A mistake in `params.yaml` costs one clear line."""

from pathlib import Path

import pytest

from stages.common.errors import BadInput
from stages.common.params import count_held_back, load_params
from tests.clone import ROOT, set_params

WRONG = [
    ("hidden", 0, "'hidden' must be greater than or equal to 1. Got 0 instead."),
    ("hidden", -1, "'hidden' must be greater than or equal to 1. Got -1 instead."),
    ("hidden", 1.5, "'hidden' must be a valid integer. Got 1.5 instead."),
    ("hidden", "many", "'hidden' must be a valid integer. Got 'many' instead."),
    ("hidden", None, "'hidden' must be a valid integer. Got None instead."),
    ("hidden", True, "'hidden' must be a valid integer. Got True instead."),
    ("validation", 0, "'validation' must be a count from 1 to 59999 or a fraction between 0 and 1. Got 0 instead."),
    ("validation", 60000, "Got 60000 instead."),
    ("validation", -5, "Got -5 instead."),
    ("validation", 1.0, "Got 1.0 instead."),
    ("validation", 0.99999, "'validation' must be a share of the 60000 images that leaves some on either side."),
    ("train.batch_size", 0, "'train.batch_size' must be greater than or equal to 1. Got 0 instead."),
    ("train.batch_size", 55001, "'train.batch_size' must be at most the number of training images, 55000."),
    ("train.learning_rate", 0, "'train.learning_rate' must be greater than 0. Got 0 instead."),
    ("train.learning_rate", float("nan"), "'train.learning_rate' must be a finite number. Got nan instead."),
    ("train.learning_rate", float("inf"), "'train.learning_rate' must be a finite number. Got inf instead."),
    ("train.optimizer", "rmsprp", "Got 'rmsprp' instead. Did you mean 'rmsprop'?"),
    ("train.activation", "rel", "Got 'rel' instead. Did you mean 'relu'?"),
    ("train.monitor", "val_acc", "'train.monitor' must be one of 'accuracy', 'loss', 'val_accuracy' or 'val_loss'."),
    ("train.keep", "last", "Got 'last' instead."),
    ("pca_tsne.perplexity", 4000, "'pca_tsne.perplexity' must be at most a third of the 10000 images placed."),
    ("pca_tsne.images", 0, "'pca_tsne.images' must be greater than or equal to 1. Got 0 instead."),
    ("retrain_selected.pixels", 0, "'retrain_selected.pixels' must be greater than or equal to 1. Got 0 instead."),
    ("retrain_selected.pixels", 785, "'retrain_selected.pixels' must be less than or equal to 784. Got 785 instead."),
    ("explore.pixels", [1], "'explore.pixels' must be at least 2 items"),
    ("explore.pixels", [1, 784], "'explore.pixels.1' must be less than 784. Got 784 instead."),
    ("evaluate.first", 10000, "'evaluate.first' must be less than 10000. Got 10000 instead."),
    ("activations.node", 128, "'activations.node' must be below the number of hidden nodes, 128. Got 128 instead."),
    ("dataset", "mnst", "'dataset' must be one of 'mnist' or 'digits'. Got 'mnst' instead. Did you mean 'mnist'?"),
    ("train.batchsize", 32, "there is no parameter 'train.batchsize'. Did you mean 'batch_size'?"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    name: str, value: object, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    set_params(path, {name: value})
    with pytest.raises(BadInput) as caught:
        load_params(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must hold parameters by name, such as 'hidden: 128'. Found nothing."),
        (b"- 1\n- 2\n", "must hold parameters by name, such as 'hidden: 128'. Found a list."),
        (b"hidden: 1\nhidden: 2\n", 'is not valid YAML: found duplicate key "hidden"'),
        (b"hidden: [", "is not valid YAML"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"hidden: 3\n", "the parameter 'seed' is missing."),
    ],
)
def test_a_file_that_is_no_params_yaml_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load_params(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(BadInput, match=r"nowhere.yaml cannot be read: No such file or directory"):
        load_params("nowhere.yaml")


def test_the_committed_parameters_are_valid_and_those_of_the_notebook() -> None:
    params = load_params(ROOT / "params.yaml")
    assert (params.hidden, params.train.l2, params.train.optimizer, params.train.patience) == (128, 0.001, "rmsprop", 2)


def test_scientific_notation_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("learning_rate: 0.001", "learning_rate: 1e-3"), encoding="utf-8")
    assert load_params(path).train.learning_rate == 0.001


def test_validation_is_a_count_or_a_fraction() -> None:
    assert count_held_back(5000, 60000) == 5000
    assert count_held_back(0.2, 60000) == 12000
