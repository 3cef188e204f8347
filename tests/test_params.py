"""`params.yaml` as a checked object; what a mistake in it costs is in `tests/faults.py`."""

from pathlib import Path

import pytest

from hidden_nodes.data.dataset import as_dataset, read_description
from hidden_nodes.errors import BadInput
from hidden_nodes.params import count_held_out, estimate_memory, load_params
from tests.clone import ROOT


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
    assert count_held_out(5000, 60000) == 5000
    assert count_held_out(0.2, 60000) == 12000


def test_memory_grows_with_the_weights_and_with_the_square_of_the_covariances() -> None:
    mnist = as_dataset(read_description("mnist"), "mnist")
    assert estimate_memory(1, mnist) < 1e6
    assert 0.4e9 < estimate_memory(1024, mnist) < 0.6e9  # 60,000 x 1,024 activations, twice
    assert estimate_memory(10**6, mnist) > 12e12
