"""Prepared arrays are those of the data set, or refused in a line that names the file."""

from pathlib import Path

import numpy as np
import pytest

from hidden_nodes import paths
from hidden_nodes.data.dataset import Dataset
from hidden_nodes.data.prepared import read_prepared, read_split
from hidden_nodes.errors import BadInput

SMALL = Dataset(
    name="small", title="Small", noun="thing", classes=["a", "b"], rows=3, columns=2, train_images=4, test_images=2,
    ordered=False, drawing=None,
)  # fmt: skip
FILES = (paths.IMAGES_TRAIN, paths.IMAGES_TEST, paths.Y_TRAIN, paths.Y_TEST)


@pytest.fixture
def arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    monkeypatch.chdir(tmp_path)
    paths.IMAGES_TRAIN.parent.mkdir(parents=True)
    made = [np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) for shape in ((4, 3, 2), (2, 3, 2), (4,), (2,))]
    for file, array in zip(FILES, made, strict=True):
        np.save(file, array)
    return made


def test_arrays_come_as_they_were_asked_for(arrays: list[np.ndarray]) -> None:
    for found, array in zip(read_prepared(SMALL, *FILES), arrays, strict=True):
        np.testing.assert_array_equal(found, array)
    assert [len(array) for array in read_prepared(SMALL, paths.Y_TEST, paths.IMAGES_TRAIN)] == [2, 4]


@pytest.mark.parametrize(
    ("file", "array", "refusal"),
    [
        (paths.IMAGES_TRAIN, np.zeros((5, 3, 2), np.uint8), "must hold 4 images. Found 5."),
        (paths.IMAGES_TEST, np.zeros((4, 3, 2), np.uint8), "must hold 2 images. Found 4."),
        (paths.Y_TRAIN, np.zeros(2, np.uint8), "must hold 4 images. Found 2."),
        (paths.Y_TEST, np.zeros(3, np.uint8), "must hold 2 images. Found 3."),
        (paths.Y_TEST, np.zeros(2, np.uint16), "must hold bytes (uint8). Found uint16."),
    ],
)
@pytest.mark.usefixtures("arrays")
def test_what_does_not_fit_is_refused(file: Path, array: np.ndarray, refusal: str) -> None:
    np.save(file, array)
    with pytest.raises(BadInput) as refused:
        read_prepared(SMALL, *FILES)
    assert str(refused.value) == f"{file} {refusal}"


@pytest.mark.usefixtures("arrays")
def test_the_split_is_two_numbers() -> None:
    paths.SPLIT.write_text('{"train": 3, "validation": 1}', encoding="utf-8")
    assert read_split() == {"train": 3, "validation": 1}
