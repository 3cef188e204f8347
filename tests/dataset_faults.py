"""Faults of `make dataset`, under the rule of `tests/faults.py`; `make faults` prints them with the others."""

import gzip
import os
import shutil
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from hidden_nodes.data import download
from hidden_nodes.data.idx import IDX_FILES
from tests.clone import MEASURE, ROOT, Project
from tests.faults import Outcome, fingerprint, judge, observe
from tests.own_pictures import draw_picture, make_arrays, write_idx_folder, write_npz, write_pictures
from tools import dataset

SOURCE = "source"  # in the directory in which the command runs


@dataclass(frozen=True)
class DatasetFault:
    """Something wrong with the images or the words of the command, and a part of the line that a user must see.

    arrange : makes the images at the path that it is given. words : of the command, other than the good ones.
    """

    name: str
    expected: str
    arrange: Callable[[Path], object] = write_pictures
    words: dict[str, str] = field(default_factory=dict)
    file_size: int | None = None

    @property
    def needs_a_process(self) -> bool:
        """Whether it is about what a process may do, which that of the tests may."""
        return self.file_size is not None or "may not be read" in self.name


def word(name: str, value: str, expected: str) -> DatasetFault:
    return DatasetFault(f"{name.upper()}={value}"[:60], expected, words={name: value})


def picture(name: str, content: bytes | Image.Image, expected: str) -> DatasetFault:
    """One bad picture among good ones."""

    def arrange(source: Path) -> None:
        path = write_pictures(source) / "dog/bad.png"
        content.save(path) if isinstance(content, Image.Image) else path.write_bytes(content)

    return DatasetFault(name, expected, arrange)


def folders(name: str, change: Callable[[Path], object], expected: str) -> DatasetFault:
    """Good class folders in which something is changed."""
    return DatasetFault(name, expected, lambda source: change(write_pictures(source)))


def classes(name: str, names: list[str], expected: str) -> DatasetFault:
    return DatasetFault(name, expected, lambda source: write_pictures(source, names, count=2))


def npz(name: str, expected: str, **changed: np.ndarray) -> DatasetFault:
    return DatasetFault(name, expected, lambda source: write_npz(source, **changed), {"from": f"{SOURCE}.npz"})


def idx(name: str, expected: str, **changed: np.ndarray) -> DatasetFault:
    return DatasetFault(name, expected, lambda source: write_idx_folder(source, **changed))


def idx_header(name: str, magic: int, dimensions: int, expected: str) -> DatasetFault:
    def arrange(source: Path) -> None:
        path = write_idx_folder(source) / IDX_FILES["train_images"]
        path.write_bytes(gzip.compress(struct.pack(f">{1 + dimensions}I", magic, *[2] * dimensions) + bytes(4_000)))

    return DatasetFault(name, expected, arrange)


def declare_png(width: int, height: int) -> bytes:
    """A PNG that says that it is so large, and holds no pixel."""
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b""))):
        content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content


def _encode(image: Image.Image) -> bytes:
    from io import BytesIO

    content = BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _forbid(path: Path) -> None:
    path.chmod(0)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _link(folder: Path) -> None:
    """A class folder whose pictures are links out of the data set."""
    outside = folder.parent.rename(folder.parent.with_name("outside")) / folder.name
    folder.mkdir(parents=True)
    shutil.copytree(outside.parent / "cat", folder.parent / "cat")
    for file in outside.iterdir():
        (folder / file.name).symlink_to(file)


GOOD = make_arrays()
FAULTY_LABELS = GOOD["y_train"] + 1
DATASET_FAULTS = [
    word("name", "a/b", "NAME must be a word of small letters, digits and _, a letter first"),
    word("name", "", "such as animals. Got '' instead."),
    word("name", "Animals", "Got 'Animals' instead."),
    word("name", "1e3", "Got '1e3' instead."),
    word("name", "null", "Got 'null' instead."),
    word("name", "a" * 300, "of at most 40 characters"),
    word("name", "mnist", "NAME must be none of a public data set. Got 'mnist' instead."),
    word("name", "digits", "NAME must be none of a public data set. Got 'digits' instead."),
    word("name", "taken", "datasets/taken.yaml describes other images: choose another NAME, or remove it first."),
    word("from", "", "FROM must name a folder or an .npz file, as in: make dataset NAME=animals FROM=pictures"),
    word("from", "nowhere", "FROM: nowhere cannot be read: No such file or directory"),
    word("from", "~nobody_here/pictures", "FROM: ~nobody_here/pictures cannot be read: Could not determine home"),
    word("from", "params.yaml", "or an .npz file. Got params.yaml."),
    word("from", "/dev/null", "or an .npz file. Got /dev/null."),
    word("size", "65", "SIZE must be a whole number from 8 to 64. Got '65' instead."),
    word("size", "28.5", "Got '28.5' instead."),
    word("invert", "yes", "INVERT must be 0 or 1, or not given. Got 'yes' instead."),
    folders("an empty FROM", _empty, "there must be 2 to 100 classes. Found 0."),
    folders("a FROM that may not be read", _forbid, "source cannot be read: Permission"),
    folders("a class folder that may not be read", lambda p: _forbid(p / "dog"), "dog cannot be read: Permission"),
    folders("a picture that may not be read", lambda p: _forbid(p / "dog/3.png"), "3.png cannot be read: Permission"),
    folders("pictures without class folders", lambda p: (p / "cat").rename(p.with_name("c")), "Found 1: dog."),
    DatasetFault("a folder of pictures", "must hold a folder for each class", words={"from": f"{SOURCE}/cat"}),
    folders("a class folder without a picture", lambda p: _empty(p / "dog"), "dog must hold pictures"),
    folders("a class of links out of the folder", lambda p: _link(p / "dog"), "dog must hold pictures"),
    folders("a third folder beside train/ and test/", lambda p: [
        shutil.copytree(p / "cat", p / name / other) for name in ("train", "test") for other in ("cat", "dog")
    ], "beside train/ and test/ there may be no other folder. Found 'cat'."),
    DatasetFault("a class that only test/ has", "every class must be in source/train, too. Found 'emu'.", lambda p: [
        write_pictures(p / "train"), write_pictures(p / "test", ("cat", "emu"))
    ]),
    classes("one class only", ["cat"], "there must be 2 to 100 classes. Found 1: cat."),
    classes("101 classes", [f"{n}" for n in range(101)], "there must be 2 to 100 classes. Found 101."),
    classes("a class name of 61 characters", ["cat", "d" * 61], "must have 1 to 60 characters that can be printed."),
    classes("a class name of two lines", ["cat", "do\ng"], r"can be printed. Found 4: 'do\ng'."),
    classes("a class name that is no UTF-8", ["cat", os.fsdecode(b"\xff")], r"Found 1: '\udcff'."),
    classes("a class name spelled in two ways", ["\u00e9", "e\u0301"], "no class's name may stand twice."),
    DatasetFault("two images", "among the sixth that is held out as test: add images",
        lambda p: write_pictures(p, count=1)),
    picture("a picture cut in half", _encode(draw_picture(0, 0, 200))[:150], "bad.png cannot be read as a picture: "),
    picture("a picture of 0 bytes", b"", "bad.png is no PNG, JPEG, BMP or GIF. Found 0 bytes of something else."),
    picture("a text file called .png", b"hello", "bad.png is no PNG, JPEG, BMP or GIF. Found 5 bytes"),
    picture("a picture of 30,000 x 30,000", declare_png(30_000, 30_000), "bad.png has more than 89,478,485 pixels"),
    picture("a picture of 10,000 x 9,000", declare_png(10_000, 9_000), "bad.png has more than 89,478,485 pixels"),
    idx_header("IDX of floats", 0x0D03, 3, "the magic number must be 2051. Found 3331. Only unsigned bytes"),
    idx_header("IDX of three colours", 0x0804, 4, "must be 2051. Found 2052. Only unsigned bytes in 3 dimensions"),
    idx("IDX of 65 x 65", "images must be 1 x 1 to 64 x 64. Found 65 x 65.", **{
        f"x_{part}": np.zeros((n, 65, 65), np.uint8) for part, n in (("train", 60), ("test", 12))
    }),
    idx("IDX with a label too few", "Found 60 images and 59 labels.", y_train=GOOD["y_train"][:-1]),
    idx("IDX labels from 1", "labels must be 0 to k - 1, each with a training image. Found none of 0.",
        y_train=FAULTY_LABELS, y_test=GOOD["y_test"] + 1),
    idx("IDX of two sizes", "must be of one size. Found 10 x 8 and 10 x 7.", x_test=GOOD["x_test"][:, :, :-1]),
    idx("a test label that no training image has", "the test labels of 3 classes must be 0 to 2. Found 0 to 3.",
        y_test=np.append(GOOD["y_test"][:-1], 3).astype(np.uint8)),
    DatasetFault("three of the four IDX files", "it must have t10k-labels-idx1-ubyte.gz, gzipped or not. Found none.",
        lambda p: (write_idx_folder(p) / IDX_FILES["test_labels"]).unlink()),
    DatasetFault("SIZE for IDX", "SIZE is for pictures only", write_idx_folder, {"size": "32"}),
    DatasetFault("a name too few in classes.txt", "the training labels of 2 classes must be 0 to 1. Found 0 to 2.",
        lambda p: (write_idx_folder(p) / "classes.txt").write_text("a\nb\n")),
    npz(".npz with objects", "cannot be read as an .npz: Object arrays cannot be loaded",
        y_train=np.array([{}] * 60, dtype=object)),
    npz(".npz with text", "y_train must hold numbers. Found <U1.", y_train=np.array(["a"] * 60)),
    npz(".npz with values over 255", "the values of x_train must be from 0 to 255. Found 0 to 256.",
        x_train=np.clip(GOOD["x_train"].astype(int) * 2, 0, 256)),
    npz(".npz with values under 0", "the values of x_train must be from 0 to 255. Found -1 to 1.",
        x_train=GOOD["x_train"] / 127.5 - 1),
    npz(".npz with not a number", "must be from 0 to 255. Found nan to nan.", x_train=np.full((60, 10, 8), np.nan)),
    npz(".npz in colour", "must be grey images (n, rows, columns). Found shape (60, 10, 8, 3).",
        x_train=np.zeros((60, 10, 8, 3), np.uint8)),
    npz(".npz with one-hot labels", "must be labels (n,), a whole number an image. Found shape (60, 3).",
        y_train=np.zeros((60, 3))),
    npz(".npz with labels that are no whole numbers", "must be whole numbers. Found 0.5.", y_train=np.full(60, 0.5)),
    npz(".npz with labels of half precision that are no whole numbers", "must be whole numbers. Found 0.5.",
        y_train=np.full(60, 0.5, np.float16)),
    npz(".npz with a label of 10**9", "labels of 101 classes must be 0 to 100. Found 0 to 1000000000.",
        y_train=np.array([0, 1, 10**9] * 20)),
    DatasetFault(".npz without y_test", "must hold x_train, y_train, x_test, y_test. Found x_train.",
        lambda p: np.savez(p, x_train=GOOD["x_train"]), {"from": f"{SOURCE}.npz"}),
    DatasetFault(".npz that is text", "cannot be read as an .npz: File is not a zip file",
        lambda p: p.with_suffix(".npz").write_text("hello"), {"from": f"{SOURCE}.npz"}),
    DatasetFault("a full disk, for the images", "hidden-nodes/animals cannot be written: ", file_size=1_000),
]  # fmt: skip


def make_workspace(path: Path) -> Path:
    """A directory with what `make dataset` reads and writes beside: the parameters and the descriptions."""
    path.mkdir()
    shutil.copytree(ROOT / "datasets", path / "datasets")
    shutil.copyfile(ROOT / "params.yaml", path / "params.yaml")
    known = (path / "datasets/mnist.yaml").read_text(encoding="utf-8").splitlines()
    lines = ["    urls: []" if line.strip() == "urls:" else line for line in known if not line.startswith("      - ")]
    (path / "datasets/taken.yaml").write_text("\n".join(lines), encoding="utf-8")
    return path


def words_of(fault: DatasetFault) -> list[str]:
    """The words of the command."""
    return [f"--{name}={value}" for name, value in ({"name": "animals", "from": SOURCE} | fault.words).items()]


def call_dataset(fault: DatasetFault, path: Path) -> Outcome:
    """The same as `provoke_dataset` in this process, which is quicker."""
    fault.arrange(path / SOURCE)
    before = fingerprint(path)
    with mock.patch.object(download, "CACHE", path / "c/hidden-nodes"):
        done = Project(path).call(lambda: dataset.main(words_of(fault)), status=2)
    return judge(done, path, fault.expected, before)


def provoke_dataset(fault: DatasetFault, path: Path) -> Outcome:
    """Bring the fault about in a workspace, and look at what happens."""
    fault.arrange(path / SOURCE)
    command = [sys.executable, "-m", "tools", "dataset", *words_of(fault)]
    if os.geteuid() == 0:  # who may read everything, unless he gives that up
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]
    return observe(command, path, fault.expected, {"PYTHONPATH": str(ROOT), MEASURE: ""}, fault.file_size)
