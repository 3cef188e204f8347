"""Raw files are checked before they are believed, and prepared as the notebook prepares them."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from hidden_nodes.data.digits import frame_digit, make_digits
from hidden_nodes.errors import BadInput
from hidden_nodes.data.idx import read_idx, read_images, write_idx
from stages.preprocess import encode_one_hot, scale_pixels, split_counts


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def header(*shape: int, magic: int | None = None) -> bytes:
    return struct.pack(f">{1 + len(shape)}I", 0x0800 + len(shape) if magic is None else magic, *shape)


def test_idx_files_are_read_as_written(tmp_path: Path) -> None:
    images = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
    write_idx(images, tmp_path / "images.gz")
    assert np.array_equal(read_images(tmp_path / "images.gz"), images)


def test_equal_arrays_give_equal_idx_files(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        write_idx(np.arange(10, dtype=np.uint8), tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_gzip_bomb_is_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_gzip(tmp_path / "bomb.gz", header(3) + bytes(50_000_000))
    unpacked = []
    read = gzip.GzipFile.read

    def counting_read(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        content: bytes = read(self, size)
        unpacked.append(len(content))
        return content

    monkeypatch.setattr(gzip.GzipFile, "read", counting_read)
    with pytest.raises(BadInput):
        read_idx(path, dimensions=1)
    assert sum(unpacked) <= 8 + 3 + 1


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    path = write_gzip(tmp_path / "images.gz", header(1, 2, 2) + bytes(4))
    with pytest.raises(BadInput, match=r"images must be 28 x 28\. Found 2 x 2."):
        read_images(path)


def test_pixels_are_scaled_to_0_1_as_float32_rows() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 2, 22] = 255
    x = scale_pixels(images)
    assert x.shape == (2, 784)
    assert x.dtype == np.float32
    assert (x[1, 78], x.sum()) == (1, 1)


def test_labels_are_encoded_one_hot() -> None:
    encoded = encode_one_hot(np.array([3, 0], np.uint8))
    assert encoded.shape == (2, 10)
    assert encoded[0, 3] == encoded[1, 0] == 1
    assert encoded.sum() == 2


def test_validation_holds_back_a_count_or_the_last_fraction() -> None:
    assert split_counts(60000, 5000) == {"train": 55000, "validation": 5000}
    assert split_counts(60000, 0.2) == {"train": 48000, "validation": 12000}
    with pytest.raises(BadInput, match=r"must leave some of the 100 images on either side\. Got 5000"):
        split_counts(100, 5000)


def test_digits_are_the_same_on_every_call_and_fill_mnists_frame() -> None:
    digits = make_digits(120, 40)
    again = make_digits(120, 40)
    for part, count in (("train", 120), ("test", 40)):
        images, labels = digits[part]
        assert images.shape == (count, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        assert np.array_equal(images, again[part][0])
        assert set(labels) <= set(range(10))
    assert digits["train"][0].max() > 200


def test_a_framed_digit_lies_in_the_middle_20_by_20() -> None:
    framed = frame_digit(np.full((8, 8), 16.0))
    assert framed.shape == (28, 28)
    assert np.allclose(framed[4:24, 4:24], 255)
    assert framed.sum() == pytest.approx(400 * 255)
