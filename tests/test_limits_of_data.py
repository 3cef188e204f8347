"""Pictures, files and sizes at their limits, and what of a data set has been downloaded."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hidden_nodes.data import class_folders, download
from hidden_nodes.data.class_folders import decode_picture, fit_picture, list_folder, read_pictures
from hidden_nodes.data.dataset import SourceFiles
from hidden_nodes.data.idx import IDX_FILES, read_idx
from hidden_nodes.data.own_images import OwnImages, Part, arrange
from hidden_nodes.errors import BadInput
from hidden_nodes.knowledge.ablation import paired_interval
from hidden_nodes.knowledge.association import spearman


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    for read in (lambda path: list_folder(path), lambda path: read_pictures({"a": [path]}, ["a"], 4)):
        with pytest.raises(BadInput, match=r"nowhere cannot be read: No such file or directory$"):
            read(tmp_path / "nowhere")
    (tmp_path / "a.gz").write_bytes(b"no archive")
    for name in ("a.gz", "nowhere.gz"):
        with pytest.raises(BadInput, match=rf"{name} cannot be unpacked: "):
            read_idx(tmp_path / name, 1)


def test_a_picture_may_be_as_long_as_the_longest_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.full((4, 4), 9, np.uint8)).save(path)
    size = path.stat().st_size
    monkeypatch.setattr(class_folders, "MOST_BYTES", size)
    assert read_pictures({"a": [path]}, ["a"], 4).images.tolist() == [[[9] * 4] * 4]
    monkeypatch.setattr(class_folders, "MOST_BYTES", size - 1)
    with pytest.raises(BadInput, match=rf"is longer than {size - 1} bytes"):
        read_pictures({"a": [path]}, ["a"], 4)


def test_a_large_jpeg_is_not_unpacked_as_a_whole(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.fromarray(np.full((800, 400), 90, np.uint8)).save(content, "JPEG")
    assert decode_picture(content.getvalue(), tmp_path, side=8).size == (50, 100)


def test_a_line_is_one_row_of_the_square() -> None:
    square = fit_picture(Image.fromarray(np.repeat([[0, 200]], 50, axis=1).astype(np.uint8)), 8)
    assert square.shape == (8, 8)
    assert (square[3, 0], square[3, 7]) == (0, 200)
    assert len(np.unique(np.delete(square, 3, axis=0))) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 64), (64, 1), (64, 64)])
def test_images_may_have_1_to_64_rows_and_columns(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)

    def own(rows: int, columns: int) -> OwnImages:
        parts = [Part(rng.integers(0, 9, (4, rows, columns), np.uint8), np.arange(4, dtype=np.uint8) % 2,
                      np.arange(4, dtype=np.uint64) + 10 * part) for part in range(2)]  # fmt: skip
        return OwnImages(parts[0], parts[1], ["a", "b"])

    assert arrange(own(*shape), None).train.images.shape[1:] == shape
    for larger in ((65, shape[1]), (shape[0], 65)):
        with pytest.raises(BadInput, match=rf"must be 1 x 1 to 64 x 64\. Found {larger[0]} x {larger[1]}\."):
            arrange(own(*larger), None)


def test_all_four_files_are_downloaded_or_it_is_not(tmp_path: Path) -> None:
    described = {}
    for number, (key, name) in enumerate(IDX_FILES.items()):
        content = bytes([number] * (number + 5))
        (tmp_path / name).write_bytes(content)
        described[key] = {"urls": [], "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    files = SourceFiles.model_validate(described)
    assert download.is_downloaded(files, tmp_path)
    last = tmp_path / IDX_FILES["test_labels"]
    last.write_bytes(last.read_bytes()[::-1][:-1] + b"x")
    assert not download.is_downloaded(files, tmp_path)
    last.unlink()
    assert not download.is_downloaded(files, tmp_path)


def test_a_source_is_one_that_has_all_four_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MNIST_MIRROR", "DATASETS_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    described = {
        key: {"urls": [f"http://{n}/{key}" for n in range(1 + number)], "sha256": "0" * 64, "size": 9}
        for number, key in enumerate(IDX_FILES)
    }
    found = list(download._sources("mnist", SourceFiles.model_validate(described)))
    assert found == [("http://0/", {key: f"http://0/{key}" for key in IDX_FILES})]


def test_no_more_than_all_accuracy_is_lost_or_gained() -> None:
    low, high = paired_interval(np.array([0, 20]), np.array([20, 0]), 20)
    assert (low[0], high[1]) == (-100, 100)


def test_three_values_have_a_rank_correlation_and_two_have_none() -> None:
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])) == pytest.approx(0.5)
    assert np.isnan(spearman(np.array([1.0, 2.0]), np.array([1.0, 3.0])))
