"""Data sets are described, raw files checked before they are believed, and prepared as the notebook prepares them."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from hidden_nodes.data.dataset import Dataset, as_dataset, list_datasets, parse_description, read_description
from hidden_nodes.data.digits import make_digits, pad_digit
from hidden_nodes.data.idx import IDX_FILES, check_part, read_idx, read_part, read_shape, write_idx
from hidden_nodes.errors import BadInput
from stages.fetch import turn_upright
from stages.preprocess import encode_one_hot, scale_pixels, split_counts
from tests.clone import ROOT

SMALL = Dataset(
    name="small", title="Small", noun="thing", classes=["a", "b"], rows=3, columns=2, train_images=4, test_images=2,
    ordered=False, drawing=None,
)  # fmt: skip
DIGITS = (ROOT / "datasets/digits.yaml").read_text(encoding="utf-8")


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def header(*shape: int, magic: int | None = None) -> bytes:
    return struct.pack(f">{1 + len(shape)}I", 0x0800 + len(shape) if magic is None else magic, *shape)


def test_idx_files_are_read_as_written(tmp_path: Path) -> None:
    images = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
    write_idx(images, tmp_path / "images.gz")
    assert np.array_equal(read_idx(tmp_path / "images.gz", dimensions=3), images)


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


def write_part(directory: Path, images: np.ndarray, labels: list[int]) -> None:
    write_idx(images, directory / IDX_FILES["train_images"])
    write_idx(np.array(labels, np.uint8), directory / IDX_FILES["train_labels"])


def test_a_part_is_read_if_it_is_what_the_data_set_is_said_to_be(tmp_path: Path) -> None:
    images = np.arange(24, dtype=np.uint8).reshape(4, 3, 2)
    write_part(tmp_path, images, [0, 1, 1, 0])
    assert read_shape(tmp_path / IDX_FILES["train_images"], dimensions=3) == (4, 3, 2)
    found, labels = read_part(tmp_path, "train", SMALL)
    assert np.array_equal(found, images)
    assert labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [
        ((3, 3, 2), [0, 1, 0, 1], r"images-idx3-ubyte.gz must hold 4 images, as many as small has\. Found 3\."),
        ((4, 3, 2), [0, 1, 0], r"labels-idx1-ubyte.gz must hold 4 labels, as many as small has\. Found 3\."),
        ((4, 2, 3), [0, 1, 0, 1], r"images must be 3 x 2\. Found 2 x 3\."),
        ((4, 3, 2), [0, 1, 2, 1], r"labels must be 0 to 1\. Found 2 at position 2\."),
    ],
)
def test_a_part_that_is_not_as_described_is_refused(
    shape: tuple[int, ...], labels: list[int], message: str, tmp_path: Path
) -> None:
    write_part(tmp_path, np.zeros(shape, np.uint8), labels)
    with pytest.raises(BadInput, match=message):
        check_part(tmp_path, "train", SMALL)


def test_transposed_images_are_turned_upright(tmp_path: Path) -> None:
    stored = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    for key in ("train_images", "test_images"):
        write_idx(stored, tmp_path / IDX_FILES[key])
    turn_upright(tmp_path)
    for key in ("train_images", "test_images"):
        upright = read_idx(tmp_path / IDX_FILES[key], dimensions=3)
        assert upright.shape == (4, 3, 2)
        assert upright[1, 2, 0] == stored[1, 0, 2]


@pytest.mark.parametrize("name", list_datasets())
def test_every_description_is_valid_and_says_what_its_fields_mean(name: str) -> None:
    dataset = as_dataset(read_description(name), name)
    assert dataset.pixels == dataset.rows * dataset.columns
    text = (ROOT / "datasets/mnist.yaml").read_text(encoding="utf-8")
    for field in ("title", "noun", "classes", "ordered", "drawing", "transposed", "size", "member", "made_by"):
        assert field in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("size: [28, 28]", "size: [28, 65]"), r"'size.1' must be less than or equal to 64. Got 65 instead."),
        (("size: [28, 28]", "size: [28]"), r"'size' must be at least 2 items"),
        (("noun: digit", "nouns: digit"), r"the parameter 'noun' is missing|Did you mean 'noun'"),
        (("'8', '9'", "'8', '8'"), r"'classes' must be names of which none stands twice. Got '8' instead."),
        (("'8', '9'", "8, 9"), r"'classes.8' must be a valid string. Got 8 instead."),
        (("made_by: digits", "made_by: letters"), r"'made_by' must be one of 'digits'. Got 'letters' instead."),
        (("made_by: digits", "transposed: false"), r"'files' must be given, or else 'made_by', and not both."),
        (("train: 60000", "train: 0"), r"'images.train' must be greater than or equal to 1. Got 0 instead."),
        (("ordered: true", "ordered: yes"), r"'ordered' must be a valid boolean. Got 'yes' instead."),
        (("drawing: mnist", "drawing: emnist"), r"'drawing' must be one of 'mnist'. Got 'emnist' instead."),
    ],
)
def test_a_mistake_in_a_description_is_one_line(change: tuple[str, str], message: str) -> None:
    assert change[0] in DIGITS
    with pytest.raises(BadInput, match=message) as caught:
        parse_description(DIGITS.replace(*change), "digits")
    assert str(caught.value).startswith("datasets/digits.yaml: ")
    assert len(str(caught.value).splitlines()) == 1


def test_a_data_set_without_a_file_is_refused_with_the_known_names() -> None:
    with pytest.raises(BadInput, match=r"'dataset' must be one of digits, mnist\. Got 'mnst' .* Did you mean 'mnist'"):
        read_description("mnst")


def test_pixels_are_scaled_to_0_1_as_float32_rows() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 2, 22] = 255
    x = scale_pixels(images)
    assert x.shape == (2, 784)
    assert x.dtype == np.float32
    assert (x[1, 78], x.sum()) == (1, 1)


def test_labels_are_encoded_one_hot() -> None:
    encoded = encode_one_hot(np.array([3, 0], np.uint8), 10)
    assert encoded.shape == (2, 10)
    assert encoded[0, 3] == encoded[1, 0] == 1
    assert encoded.sum() == 2


def test_validation_holds_out_a_count_or_the_last_fraction() -> None:
    assert split_counts(60000, 5000) == {"train": 55000, "validation": 5000}
    assert split_counts(60000, 0.2) == {"train": 48000, "validation": 12000}


def test_digits_are_the_same_on_every_call_and_as_large_as_mnists() -> None:
    digits = make_digits(120, 40)
    again = make_digits(120, 40)
    for part, count in (("train", 120), ("test", 40)):
        images, labels = digits[part]
        assert images.shape == (count, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        assert np.array_equal(images, again[part][0])
        assert set(labels) <= set(range(10))
    assert digits["train"][0].max() > 200


def test_a_padded_digit_lies_in_the_middle_20_by_20() -> None:
    padded = pad_digit(np.full((8, 8), 16.0))
    assert padded.shape == (28, 28)
    assert np.allclose(padded[4:24, 4:24], 255)
    assert padded.sum() == pytest.approx(400 * 255)
