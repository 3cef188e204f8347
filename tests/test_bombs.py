"""Files that promise or unpack to far more than they hold are refused before memory is used for it."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hidden_nodes.data.idx import read_idx
from hidden_nodes.data.image_arrays import MOST_UNPACKED, read_npz
from hidden_nodes.errors import BadInput
from hidden_nodes.files import load_array
from hidden_nodes.network.weights import Weights, read_weights, write_weights
from sweep.objects import unpack
from tests.dataset_faults import declare_png
from tests.fuzz import watched_memory
from tests.own_pictures import make_arrays
from tools.check import load_checked

MEGABYTES = 20.0  # of memory at most; each file stands for at least 80
MANY = 80_000_000


def refuse(read: Callable[[], object], said: str) -> None:
    with watched_memory() as peak, pytest.raises((BadInput, ValueError), match=said):
        read()
    assert peak[0] <= MEGABYTES


def npy_header(shape: tuple[int, ...]) -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return content.getvalue()


def write_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return path


def test_an_idx_file_that_promises_a_gigabyte_and_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(struct.pack(">4I", 2051, 2**20, 32, 32)))
    refuse(lambda: read_idx(path, 3), "promises 1073741824 bytes. Found 0")


def test_an_idx_file_that_unpacks_to_far_more_than_it_promises(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(struct.pack(">4I", 2051, 1, 4, 4) + bytes(MANY), 1))
    refuse(lambda: read_idx(path, 3), "more bytes follow than the 16")


def test_an_array_whose_header_promises_what_the_file_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    path.write_bytes(npy_header((MANY, 28, 28)) + bytes(100))
    refuse(lambda: load_array(path, 28, 28), "cannot be read as a numpy array")


def test_images_whose_header_promises_what_the_archive_does_not_hold(tmp_path: Path) -> None:
    arrays = {"x_train": npy_header((MANY, 2, 2)) + bytes(100)}
    arrays |= {name: npy_header((3,)) + bytes(3) for name in ("y_train", "x_test", "y_test")}
    refuse(lambda: read_npz(write_zip(tmp_path / "images.npz", arrays)), "cannot be read as an .npz")


def test_images_of_which_the_archive_says_that_they_are_endless(tmp_path: Path) -> None:
    path = tmp_path / "images.npz"
    np.savez(path, allow_pickle=False, **make_arrays())
    with zipfile.ZipFile(path, "a") as archive:
        archive.getinfo("x_train.npy").file_size = MOST_UNPACKED + 1
        archive._didModify = True  # type: ignore[attr-defined]  # has the list of entries written anew
    refuse(lambda: read_npz(path), f"x_train is {MOST_UNPACKED + 1} bytes long")


def test_weights_that_are_compressed(tmp_path: Path) -> None:
    bias = np.ones(3, np.float32)
    write_weights(Weights("relu", np.ones((4, 3), np.float32), bias, np.ones((3, 3), np.float32), bias), tmp_path / "w")
    with zipfile.ZipFile(tmp_path / "w") as archive:
        entries = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    bomb = entries | {"hidden_bias": npy_header((MANY,)) + bytes(MANY)}
    refuse(lambda: read_weights(write_zip(tmp_path / "weights.npz", bomb), 4, 3), "it is compressed")


def test_an_object_of_a_sweep_that_unpacks_to_far_more_than_its_archive(tmp_path: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as archive:
        entry = tarfile.TarInfo(f"files/md5/00/{'0' * 30}")
        entry.size = MANY
        archive.addfile(entry, io.BytesIO(bytes(MANY)))
    refuse(lambda: unpack(content.getvalue(), tmp_path), "does not hold what its name says")
    assert list(tmp_path.rglob("part")) == []


def test_a_picture_that_says_it_is_large() -> None:
    from hidden_nodes.data.class_folders import decode_picture

    refuse(lambda: decode_picture(declare_png(20_000, 20_000), Path("bad.png"), 28), "the most that are read")


def test_parameters_of_many_megabytes_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("params.yaml").open("wb") as file:
        file.truncate(MANY)
    refuse(load_checked, "params.yaml")
