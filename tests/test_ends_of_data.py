"""Own images, their files and their sources at the ends of what is allowed, and pruning on a short schedule."""

import struct
from pathlib import Path

import numpy as np
import pooch
import pytest
from PIL import Image

from hidden_nodes.data import download, idx, own_files, pruning
from hidden_nodes.data.class_folders import fit_picture, read_class_folders
from hidden_nodes.data.dataset import SourceFiles
from hidden_nodes.data.own_images import KEYS, OwnImages, Part, check_labels, choose_test, is_dark_on_light, orient
from hidden_nodes.data.pixels import scale_pixels
from hidden_nodes.errors import BadInput
from hidden_nodes.knowledge.components import covariance_of_bytes
from hidden_nodes.network.backprop import Adam, find_gradients, initial_layers, shuffled_batches


def as_part(images: np.ndarray) -> Part:
    return Part(images, np.arange(len(images), dtype=np.uint8), np.arange(len(images), dtype=np.uint64))


OWN = OwnImages(
    as_part(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)), as_part(np.full((2, 2, 3), 200, np.uint8)), ["a", "b"],
)  # fmt: skip


def test_keys_below_a_sixth_of_all_are_held_out() -> None:
    sixth = int(KEYS * (1 / 6))
    keys = np.array([sixth - 1, sixth, sixth + 1, 0, 5], np.uint64)
    assert choose_test(keys, np.array([0, 0, 0, 1, 1])).tolist() == [True, False, False, True, False]


def test_the_border_alone_says_whether_images_are_dark_on_light() -> None:
    images = np.random.default_rng(0).choice(np.array([0, 127, 128, 255], np.uint8), (300, 3, 4))
    for image in images:
        border = [int(image[y, x]) for y in range(3) for x in range(4) if y in (0, 2) or x in (0, 3)]
        assert is_dark_on_light(image[None]) == (sum(sorted(border)[4:6]) / 2 > 127)
    assert is_dark_on_light(np.stack([np.zeros((2, 2)), *np.full((2, 2, 2), 255)]))  # two of three


def test_inverted_images_are_255_less_what_they_were() -> None:
    found = orient(OWN, invert=True)
    assert found.train.images.tolist() == (255 - OWN.train.images.astype(int)).tolist()
    assert found.test.images.tolist() == np.full((2, 2, 3), 55).tolist()
    assert orient(OWN, invert=False).train.images.tolist() == OWN.train.images.tolist()
    assert not found.notes
    assert orient(OWN, invert=None).notes


@pytest.mark.parametrize(
    ("train", "test", "refusal"),
    [
        ([], [0], "there must be training images. Found none."),
        ([0, 1], [], "there must be test images. Found none."),
        ([0, 2], [0], "the training labels of 2 classes must be 0 to 1. Found 0 to 2."),
        ([0, 1], [-1, 1], "the test labels of 2 classes must be 0 to 1. Found -1 to 1."),
        ([1, 1], [0], "labels must be 0 to k - 1, each with a training image. Found none of 0."),
    ],
)
def test_labels_that_do_not_fit_are_refused(train: list[int], test: list[int], refusal: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_labels(np.array(train, int), np.array(test, int), 2, "mine")
    assert str(refused.value) == f"mine: {refusal}"


def test_own_files_are_written_over_what_a_killed_process_left(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / own_files.WAITING).mkdir(parents=True)
    (cache / own_files.WAITING / "half").write_bytes(b"half")
    files = own_files.store_files("mine", OWN, None, cache)
    assert sorted(path.name for path in cache.iterdir()) == sorted({file.name for _, file in files})
    assert idx.read_idx(cache / files.train_images.name, 3).tolist() == OWN.train.images.tolist()
    assert own_files.store_files("mine", OWN, files, cache) == files
    with pytest.raises(BadInput, match="describes other images"):
        own_files.store_files("mine", orient(OWN, invert=True), files, cache)


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    with pytest.raises(BadInput) as refused:
        own_files.store_files("mine", OWN, None, tmp_path / "cache")
    assert str(refused.value) == f"{tmp_path / 'cache'} cannot be written: Not a directory"


def test_own_images_are_described_as_they_are() -> None:
    assert own_files.as_own_dataset("mine", OWN).model_dump() == {
        "name": "mine", "title": "mine", "noun": "image", "classes": ["a", "b"], "rows": 2, "columns": 3,
        "train_images": 2, "test_images": 2, "ordered": False, "drawing": None,
    }  # fmt: skip


def write_pictures(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        Image.fromarray(np.full((4, 4), len(name), np.uint8)).save(folder / name / "one.png")


def test_one_class_and_an_empty_test_folder_are_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "one", "cat")
    with pytest.raises(BadInput, match=r"there must be 2 to 100 classes\. Found 1: cat"):
        read_class_folders(tmp_path / "one", 4)
    write_pictures(tmp_path / "divided/train", "cat", "horse")
    (tmp_path / "divided/test").mkdir()
    with pytest.raises(BadInput, match=r"test must hold a folder for each class, with its pictures\. Found none"):
        read_class_folders(tmp_path / "divided", 4)
    write_pictures(tmp_path / "divided/test", "cat")
    own = read_class_folders(tmp_path / "divided", 4)
    assert [part.labels.tolist() for part in (own.train, own.test)] == [[0, 1], [0]]


@pytest.mark.parametrize("side", [0, 1, 2, 3])
def test_what_is_left_of_the_square_has_the_grey_of_the_border(side: int) -> None:
    pixels = np.full((6, 12), 90, np.uint8)
    sides = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    sides[side][:] = 10
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    square = fit_picture(Image.fromarray(pixels), 12)
    assert square[:3].tolist() == square[9:].tolist() == np.full((3, 12), int(np.median(border))).tolist()
    assert square[3:9].tolist() == pixels.tolist()


def test_the_grey_of_the_border_is_the_median_of_all_four_sides() -> None:
    pixels = np.zeros((2, 4), np.uint8)
    pixels[0], pixels[1] = [200, 10, 10, 200], [200, 10, 10, 200]
    # Twice each row, and both ends: eight of 200 and four of 10.
    assert fit_picture(Image.fromarray(pixels), 4)[0].tolist() == [200] * 4


def test_headers_that_promise_too_much_or_are_cut_off_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "images"
    monkeypatch.setattr(idx, "MOST_BYTES", 12)
    path.write_bytes(struct.pack(">4I", 0x803, 2, 2, 3) + bytes(12))
    assert idx.read_idx(path, 3).shape == (2, 2, 3)
    path.write_bytes(struct.pack(">4I", 0x803, 13, 1, 1) + bytes(13))
    with pytest.raises(BadInput) as refused:
        idx.read_idx(path, 3)
    assert str(refused.value) == f"{path}: the header promises 13 bytes. Allowed are 12."
    path.write_bytes(struct.pack(">3I", 0x803, 2, 2))
    with pytest.raises(BadInput) as refused:
        idx.read_idx(path, 3)
    assert str(refused.value) == f"{path}: too short to hold an IDX header of 16 bytes."


def test_pixels_become_rows() -> None:
    images = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert scale_pixels(images) == pytest.approx(np.arange(12.0).reshape(2, 6) / 255)


def describe(*bases: str) -> SourceFiles:
    file = {"sha256": "0" * 64, "size": 9}
    return SourceFiles.model_validate({key: file | {"urls": [base + key for base in bases]} for key in idx.IDX_FILES})


@pytest.mark.parametrize("name", ["mnist", "kmnist"])
def test_mirrors_are_asked_before_the_public_addresses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", "http://here/")
    monkeypatch.setenv("DATASETS_MIRROR", "/there/")
    found = list(download._sources(name, describe("http://one/", "http://two/")))
    own = [("http://here/", "http://here/")] if name == "mnist" else []
    bases = [
        *own,
        (f"/there/{name}", f"/there/{name}/"),
        ("http://one/", "http://one/"),
        ("http://two/", "http://two/"),
    ]
    assert found == [(source, {key: base + key for key in idx.IDX_FILES}) for source, base in bases]


@pytest.mark.parametrize("bases", [[], ["/nowhere/"]])
@pytest.mark.parametrize("name", ["mnist", "kmnist"])
def test_what_cannot_be_had_is_said_with_the_remedies(
    name: str, bases: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CACHE", tmp_path)
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    monkeypatch.delenv("DATASETS_MIRROR", raising=False)
    pooch.get_logger().setLevel("INFO")
    with pytest.raises(download.NotReachable) as refused:
        download.download(name, "Digits", describe(*bases), tmp_path)
    variable = "MNIST_MIRROR to a directory or URL that has" if name == "mnist" else "DATASETS_MIRROR to a directory"
    assert f"Set {variable}" in str(refused.value)
    # Own files have the name of their hash, and here all four the same one.
    what = "it" if not bases else "them"
    assert f"or put {what} into {tmp_path / name}, or " in str(refused.value)
    assert pooch.get_logger().level == 30


def plain_pruning(images: np.ndarray, labels: np.ndarray, counts: list[int], seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    left = [pixel for pixel in range(images.shape[1]) if len(set(images[:, pixel])) > 1]
    constant = [pixel for pixel in range(images.shape[1]) if pixel not in left]
    layers = initial_layers(rng, len(left), 5, len(set(labels)))
    optimizers, batches = [Adam(array, 0.01) for array in layers], shuffled_batches(rng, len(images), 16)
    pruned: list[int] = []
    for count in counts:
        for _ in range(2):
            rows = next(batches)
            x = images[rows][:, left].astype(np.float32) / np.float32(255)
            gradients = find_gradients(x, labels[rows], [optimizer.array for optimizer in optimizers])
            for number, optimizer in enumerate(optimizers):
                optimizer.step(gradients[number])
        variances = np.diagonal(covariance_of_bytes(images[:, left])[1])
        matters = variances * (optimizers[0].array ** 2).sum(axis=1)
        order = sorted(range(len(left)), key=lambda place: -float(matters[place]))
        left, gone = [left[place] for place in order[:count]], [left[place] for place in order[count:]]
        pruned = gone + pruned
        optimizers[0].keep(np.array(order[:count]))
    return left + pruned + constant


def test_pruning_leaves_what_a_plain_computation_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"HIDDEN": 5, "BATCH": 16, "WARM_UP": 4, "BATCHES": 13, "EVERY": 2, "RATE": 0.01}
    for name, value in settings.items():
        monkeypatch.setattr(pruning, name, value)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 40)
    images = rng.integers(0, 256, (40, 8)).astype(np.uint8)
    images[:, [2, 7]] = 5
    counts = pruning.schedule(6, 2)
    # After 2, 4, ... 12 of 13 batches, of which four warm up: of the four that go, all but (1 - part) ** 3.
    assert counts == [6, 6, *(2 + int(4 * (1 - (done - 4) / 9) ** 3) for done in (6, 8, 10, 12))]
    assert pruning.pruning_ranking(images, labels, 2, seed=3).tolist() == plain_pruning(images, labels, counts, seed=3)


def test_the_last_pruning_may_come_with_the_last_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WARM_UP": 1, "BATCHES": 3, "EVERY": 1}.items():
        monkeypatch.setattr(pruning, name, value)
    assert pruning.schedule(10, 2) == [10, 3, 2]
