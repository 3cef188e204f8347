"""Data sets are described, raw files checked before they are believed, and prepared as the notebook prepares them."""

import gzip
import hashlib
import shutil
import string
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hidden_nodes.data import download, idx
from hidden_nodes.data.dataset import (
    Dataset,
    Description,
    SourceFile,
    as_dataset,
    list_datasets,
    parse_description,
    read_dataset,
    read_description,
)
from hidden_nodes.data.digits import make_digits, pad_digit
from hidden_nodes.data.idx import (
    IDX_FILES,
    check_part,
    read_idx,
    read_idx_blocks,
    read_shape,
    write_idx,
    write_idx_blocks,
)
from hidden_nodes.data.pixels import as_inputs, encode_one_hot, scale_pixels
from hidden_nodes.errors import BadInput
from hidden_nodes.params import check_against, load_params
from hidden_nodes.paths import RAW, RAW_DATASET
from stages import fetch
from stages.fetch import is_sorted_by_class, mix_classes, number_labels_from_zero, turn_upright
from stages.preprocess import split_counts
from tests.clone import ROOT, set_params

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
    check_part(tmp_path, "train", SMALL)
    assert np.array_equal(read_idx(tmp_path / IDX_FILES["train_images"], dimensions=3), images)


def test_a_file_is_read_in_blocks_of_whole_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.arange(42, dtype=np.uint8).reshape(7, 3, 2)
    write_idx_blocks([images[:4], images[4:]], images.shape, tmp_path / "images.gz")
    monkeypatch.setattr(idx, "BLOCK_BYTES", 20)  # three images of 6 bytes
    blocks = list(read_idx_blocks(tmp_path / "images.gz", dimensions=3))
    assert [len(block) for block in blocks] == [3, 3, 1]
    assert np.array_equal(np.concatenate(blocks), images)


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


def write_labels(directory: Path, *labels: int) -> None:
    for key in ("train_labels", "test_labels"):
        write_idx(np.array(labels, np.uint8), directory / IDX_FILES[key])


def test_labels_count_from_0_whatever_the_files_call_the_first_class(tmp_path: Path) -> None:
    write_labels(tmp_path, 26, 1, 2)
    number_labels_from_zero(tmp_path, 1)
    for key in ("train_labels", "test_labels"):
        assert read_idx(tmp_path / IDX_FILES[key], dimensions=1).tolist() == [25, 0, 1]


def test_a_label_before_the_first_class_is_refused(tmp_path: Path) -> None:
    write_labels(tmp_path, 1, 0, 2)
    with pytest.raises(BadInput, match=r"labels-idx1-ubyte.gz: labels must be 1 or more\. Found 0 at position 1\.$"):
        number_labels_from_zero(tmp_path, 1)


@pytest.mark.parametrize("classes", [[0, 1, 2], [2, 0, 1]])
def test_a_part_that_is_sorted_by_class_is_put_into_one_fixed_random_order(classes: list[int], tmp_path: Path) -> None:
    labels = np.repeat(np.array(classes, np.uint8), 50)
    images = np.repeat(labels, 6).reshape(150, 3, 2) + np.arange(150, dtype=np.uint8).reshape(150, 1, 1)
    mixed = []
    for _ in range(2):
        write_part(tmp_path, images, labels.tolist())
        mix_classes(tmp_path, "train")
        mixed.append([read_idx(tmp_path / IDX_FILES[f"train_{kind}"], n) for kind, n in (("images", 3), ("labels", 1))])
    for first, second in zip(*mixed, strict=True):
        assert np.array_equal(first, second)
    found_images, found_labels = mixed[0]
    for share in (found_labels[:30], found_labels[-30:]):  # what t-SNE and validation take has every class
        assert set(share) == {0, 1, 2}
    pairs = {(bytes(image), label) for image, label in zip(images, labels, strict=True)}
    assert {(bytes(image), label) for image, label in zip(found_images, found_labels, strict=True)} == pairs
    assert len(found_images) == 150


def test_a_part_that_is_not_sorted_by_class_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    write_part(tmp_path, np.arange(24, dtype=np.uint8).reshape(4, 3, 2), [0, 1, 1, 0])
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    mix_classes(tmp_path, "train")
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before


def test_neither_mnist_nor_the_bundled_digits_are_sorted_by_class() -> None:
    for first_labels_of_mnist in ([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]):  # train, test
        assert not is_sorted_by_class(np.array(first_labels_of_mnist, np.uint8))
    for _, labels in make_digits(120, 40).values():
        assert not is_sorted_by_class(labels)


@pytest.mark.parametrize("name", list_datasets())
def test_every_description_is_valid_and_its_numbers_fit_together(name: str) -> None:
    description = read_description(name)
    dataset = as_dataset(description, name)
    assert dataset.pixels == dataset.rows * dataset.columns
    assert len(dataset.classes) <= min(dataset.train_images, dataset.test_images)
    assert description.first_label + len(dataset.classes) <= 256  # a label is a byte
    if description.files is None:
        return
    sources = dict(description.files)
    assert len({len(file.urls) for file in sources.values()}) == 1, "each address has all four files"
    for key, file in sources.items():
        assert len({url.rpartition("/")[2] for url in file.urls}) == 1, "a file is called the same everywhere"
        part, kind = key.split("_")
        values = getattr(description.images, part) * (dataset.pixels if kind == "images" else 1)
        assert file.member or file.size <= values, "packed is no larger than unpacked"
    contents = {(file.sha256, file.member) for file in sources.values()}
    assert len(contents) == 4, "no two of the files are the same"
    zips = {(*file.urls, file.sha256, file.size) for file in sources.values() if file.member}
    assert len(zips) <= 1, "members of one zip"


@pytest.mark.parametrize(
    ("name", "classes", "images"),
    [
        ("mnist", "0123456789", (60_000, 10_000)),
        ("fashion_mnist", None, (60_000, 10_000)),
        ("kmnist", None, (60_000, 10_000)),
        ("emnist_letters", string.ascii_uppercase, (124_800, 20_800)),
        ("emnist_balanced", string.digits + string.ascii_uppercase + "abdefghnqrt", (112_800, 18_800)),
    ],
)
def test_the_public_data_sets_are_as_published(name: str, classes: str | None, images: tuple[int, int]) -> None:
    dataset = as_dataset(read_description(name), name)
    assert (dataset.train_images, dataset.test_images) == images
    assert classes is None or dataset.classes == list(classes)
    assert len(dataset.classes) == {"emnist_letters": 26, "emnist_balanced": 47}.get(name, 10)
    assert (dataset.rows, dataset.columns) == (28, 28)


def test_every_field_of_a_description_is_explained_in_that_of_mnist() -> None:
    text = (ROOT / "datasets/mnist.yaml").read_text(encoding="utf-8")
    for field in (*Description.model_fields, *SourceFile.model_fields):
        assert field in text


def test_the_table_of_data_sets_in_the_docs_says_what_their_files_say() -> None:
    text = (ROOT / "docs/datasets.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")][1:]
    assert len(rows) >= 6
    for name, *said in rows:
        found = read_description(name.strip("`"))
        counts = (len(found.classes), found.images.train, found.images.test)
        assert said == [found.title, *(f"{count:,}" for count in counts), found.licence]


@pytest.mark.parametrize("name", ["mnist", "digits", "fashion_mnist", "kmnist", "emnist_letters", "emnist_balanced"])
def test_the_default_parameters_fit_every_public_data_set(name: str) -> None:
    check_against(load_params(ROOT / "params.yaml"), as_dataset(read_description(name), name))


SHAPES = """\
title: Shapes
noun: shape
classes: [circle, square, star]
images: {train: 12, test: 6}
size: [20, 30]
licence: none
source: this test
transposed: true
first_label: 1
files:
  train_images: &zip
    urls: ['http://127.0.0.1:9/shapes.zip']
    sha256: SHA256
    size: SIZE
    member: gzip/shapes-train-images-idx3-ubyte.gz
  train_labels: {<<: *zip, member: gzip/shapes-train-labels-idx1-ubyte.gz}
  test_images: {<<: *zip, member: gzip/shapes-test-images-idx3-ubyte.gz}
  test_labels: {<<: *zip, member: gzip/shapes-test-labels-idx1-ubyte.gz}
"""
SMALL_ENOUGH: dict[str, object] = {
    "dataset": "shapes", "validation": 3, "train.batch_size": 4, "evaluate.first": 0, "pca_tsne.perplexity": 4,
    "retrain_selected.pixels": 10,
}  # fmt: skip


def test_a_further_data_set_needs_no_more_than_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is as awkward as EMNIST: in a zip, transposed, labels from 1, the training images sorted by class."""
    mirror, project = tmp_path / "mirror/shapes", tmp_path / "project"
    mirror.mkdir(parents=True)
    (project / "datasets").mkdir(parents=True)
    stored = {"train": [1] * 4 + [2] * 4 + [3] * 4, "test": [3, 1, 2, 1, 2, 3]}
    with zipfile.ZipFile(mirror / "shapes.zip", "w") as archive:
        for part, labels in stored.items():
            images = np.zeros((len(labels), 30, 20), np.uint8)
            images[:, 25, 10] = labels
            for kind, array in (("images-idx3", images), ("labels-idx1", np.array(labels, np.uint8))):
                write_idx(array, tmp_path / "packed")
                archive.write(tmp_path / "packed", f"gzip/shapes-{part}-{kind}-ubyte.gz")
    packed = (mirror / "shapes.zip").read_bytes()
    text = SHAPES.replace("SHA256", hashlib.sha256(packed).hexdigest()).replace("SIZE", str(len(packed)))
    (project / "datasets/shapes.yaml").write_text(text, encoding="utf-8")
    shutil.copyfile(ROOT / "params.yaml", project / "params.yaml")
    set_params(project / "params.yaml", SMALL_ENOUGH)
    monkeypatch.chdir(project)
    monkeypatch.setenv("DATASETS_MIRROR", str(mirror.parent))
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    fetch.main()
    dataset = read_dataset(RAW_DATASET)
    assert (dataset.title, dataset.classes, dataset.drawing) == ("Shapes", ["circle", "square", "star"], None)
    for part, labels in stored.items():
        images, found = (read_idx(RAW / IDX_FILES[f"{part}_{kind}"], n) for kind, n in (("images", 3), ("labels", 1)))
        assert images.shape == (len(labels), 20, 30)
        assert np.array_equal(images[:, 10, 25], found + 1)  # upright, and each with its own label
        assert sorted(found + 1) == sorted(labels)
        assert is_sorted_by_class(found) == (part == "test" and is_sorted_by_class(np.array(labels)))
    assert (found + 1).tolist() == stored["test"]


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
        (("ordered: true", "first_label: -1"), r"'first_label' must be greater than or equal to 0. Got -1 instead."),
        (("ordered: true", "first_label: 256"), r"'first_label' must be less than or equal to 255. Got 256 instead."),
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
    known = ", ".join(list_datasets())
    with pytest.raises(BadInput, match=rf"'dataset' must be one of {known}\. Got 'mnst' .* Did you mean 'mnist'"):
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


def test_bytes_are_scaled_where_a_network_takes_them_and_numbers_are_not() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    assert as_inputs(images).shape == (4, 64)
    assert np.array_equal(as_inputs(images), scale_pixels(images))
    assert np.array_equal(as_inputs(np.array([[2.0, -3.0]])), np.array([[2.0, -3.0]], np.float32))


def test_validation_holds_out_a_count_or_the_last_fraction() -> None:
    assert split_counts(60000, 5000) == {"train": 55000, "validation": 5000}
    assert split_counts(60000, 0.2) == {"train": 48000, "validation": 12000}


def test_digits_are_the_same_on_every_call_and_as_large_as_mnists() -> None:
    digits, again = (
        {part: (np.concatenate(list(blocks)), labels) for part, (blocks, labels) in make_digits(120, 40).items()}
        for _ in range(2)
    )
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
