"""Random bytes for what reads arrays, images and archives: `.npy`, `.npz`, IDX, gzip, pictures, a sweep's bundles."""

import gzip
import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hidden_nodes.data.class_folders import read_pictures
from hidden_nodes.data.idx import read_idx
from hidden_nodes.data.image_arrays import read_npz
from hidden_nodes.files import load_array
from hidden_nodes.network.weights import Weights, read_weights, write_weights
from sweep.objects import pack
from sweep.project import take_over
from tests.fuzz import Kind, damaged
from tests.own_pictures import draw_picture, make_arrays

HEADER_VALUES = st.one_of(
    st.sampled_from([
        "'|u1'", "'<f4'", "'|O'", "'|V8'", "'<U3'", "'<M8[s]'", "'u1,u1'", "[('a', '<i4')]", "'x'", "''", "1", "None",
        "{}", "True", "False", "(3, 28, 28)", "(3,)", "()", "(-1, 28, 28)", "(2**70, 1)",
        "(3, 28.0, 28)", "('3', 28, 28)", "[3, 28, 28]", "(0, 28, 28)", "(True, 28, 28)", "(" * 90, "[" * 300,
        "-" * 60 + "1",
        "1L", "(3L, 28L, 28L)", "'\\x00'", "(4611686018427387904, 28, 28)", "1j", "...", "b'|u1'", "'\\N{DEGREE SIGN}'",
    ]),
    st.text(max_size=12), st.integers(-(2**70), 2**70).map(str),
)  # fmt: skip
KEYS = st.sampled_from(["'descr'", "'fortran_order'", "'shape'", "'other'", "1", "descr", "''"])


@st.composite
def npy_bytes(draw: st.DrawFn) -> bytes:
    """An array's file whose header says anything."""
    texts = {"'descr'": "'|u1'", "'fortran_order'": "False", "'shape'": "(3, 28, 28)"}
    for _ in range(draw(st.integers(1, 2))):
        texts[draw(KEYS)] = draw(HEADER_VALUES)
    text = "{" + ", ".join(f"{key}: {value}" for key, value in texts.items()) + ", }"
    header = draw(st.sampled_from([text + "\n", text, text[:-1], text + "}", text + " " * 12_000, "\\\n" + text]))
    version = draw(st.sampled_from([(1, 0), (1, 0), (2, 0), (3, 0), (4, 0)]))
    content = header.encode("utf-8" if version == (3, 0) else "latin-1", "replace")
    length = struct.pack(
        "<H" if version == (1, 0) else "<I", draw(st.sampled_from([len(content), len(content) + 9, 9]))
    )
    return b"\x93NUMPY" + bytes(version) + length + content + bytes(3 * 28 * 28)


def saved(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def zipped(arrays: dict[str, np.ndarray]) -> bytes:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


@st.composite
def npz_bytes(draw: st.DrawFn, arrays: dict[str, np.ndarray]) -> bytes:
    """An archive of arrays in which one has another type, shape or values, or the file of another header."""
    import zipfile

    name = draw(st.sampled_from(sorted(arrays)))
    number = st.sampled_from([0.0, 1.0, -1.0, 0.5, 255.0, 256.0, np.nan, np.inf, 1e300, 2.0**63, 5e-324])
    kind = st.sampled_from(["u1", "i8", "u8", "f2", "f4", "f8", "c8", "?", "U2", "S3", "M8[s]", "m8[s]", "V3", "i1"])
    shape = st.lists(st.integers(0, 5), max_size=5).map(tuple)
    with np.errstate(all="ignore"):
        fill, good = draw(number), arrays[name]
        array = np.full(draw(shape), fill) if good.dtype.kind == "U" or draw(st.booleans()) else good * fill
        chosen = draw(kind)
        odd = np.zeros(array.shape, chosen) if chosen[0] in "USMmV" else array.astype(chosen)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for key, unchanged in arrays.items():
            entry = (
                draw(npy_bytes()) if key == name and draw(st.booleans()) else saved(odd if key == name else unchanged)
            )
            archive.writestr(f"{key}.npy", entry)
    return content.getvalue()


@cache
def good_weights() -> bytes:
    path = Path("good.npz")
    rng = np.random.default_rng(1)
    arrays = [rng.random(shape).astype(np.float32) for shape in ((6, 4), (4,), (4, 3), (3,))]
    write_weights(Weights("relu", *arrays, l2=0.001), path)
    content = path.read_bytes()
    path.unlink()
    return content


def as_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def write_and_read(content: bytes) -> None:
        path = Path(name)
        path.write_bytes(content)
        read(path)

    return write_and_read


@st.composite
def idx_bytes(draw: st.DrawFn) -> bytes:
    """An IDX file whose header says anything."""
    size = st.one_of(st.integers(0, 9), st.sampled_from([2**16, 2**31, 2**32 - 1]))
    magic = draw(st.sampled_from([2051, 2051, 2051, 2049, 2052, 0]) | st.integers(0, 2**32 - 1))
    return struct.pack(">4I", magic, *draw(st.tuples(size, size, size))) + bytes(draw(st.integers(0, 800)))


def encoded(kind: str, mode: str, side: int) -> bytes:
    content = io.BytesIO()
    draw_picture(1, 5, side).convert(mode).save(content, kind)
    return content.getvalue()


PICTURES = [
    encoded(kind, mode, 12)
    for kind, mode in (("PNG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
                       ("BMP", "RGB"), ("BMP", "1"), ("GIF", "P"))
]  # fmt: skip


@cache
def good_bundle() -> bytes:
    import hashlib

    cache_directory, names = Path("good_cache"), []
    for content in (b"a\n", b'[{"md5": "0", "relpath": "x"}]', bytes(3_000)):
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        names.append(f"files/md5/{md5[:2]}/{md5[2:]}")
        (cache_directory / names[-1]).parent.mkdir(parents=True)
        (cache_directory / names[-1]).write_bytes(content)
    return pack(cache_directory, names)


def take_bundle(content: bytes) -> None:
    Path("cache").mkdir(exist_ok=True)
    take_over(content, Path("cache"), "hidden-8")


@st.composite
def damaged_inside(draw: st.DrawFn, make: Callable[[], bytes]) -> bytes:
    """A gzipped file damaged as it is, or within."""
    if draw(st.booleans()):
        return draw(damaged(make()))
    return gzip.compress(draw(damaged(gzip.decompress(make()), 6)), 1)


def lazily(make: Callable[[], bytes], change: Callable[[bytes], SearchStrategy[bytes]]) -> SearchStrategy[bytes]:
    """A strategy of files that are made when the first is asked for, in a directory to work in."""
    return st.deferred(lambda: change(make()))


_ARRAYS = make_arrays(12, 2, 5, 4)
_IDX = struct.pack(">4I", 2051, 3, 4, 5) + bytes(range(60))
_WEIGHTS = {
    "activation": np.array("relu"), "l2": np.array(0.1), "hidden_weights": np.ones((6, 4), np.float32),
    "hidden_bias": np.ones(4, np.float32), "output_weights": np.ones((4, 3), np.float32),
    "output_bias": np.ones(3, np.float32),
}  # fmt: skip
KINDS = [
    Kind(".npy", st.one_of(npy_bytes(), npy_bytes(), damaged(saved(np.zeros((3, 28, 28), np.uint8))[:400])),
         as_file("array.npy", lambda path: load_array(path, 28, 28))),
    Kind(".npz of images", st.one_of(npz_bytes(_ARRAYS), damaged(zipped(_ARRAYS))), as_file("images.npz", read_npz)),
    Kind(".npz of weights", st.one_of(npz_bytes(_WEIGHTS), lazily(good_weights, damaged)),
         as_file("weights.npz", lambda path: read_weights(path, 6, 3))),
    Kind("IDX", st.one_of(idx_bytes(), damaged(_IDX)), as_file("images", lambda path: read_idx(path, 3))),
    Kind("IDX, gzipped", st.one_of(idx_bytes().map(gzip.compress), damaged_inside(lambda: gzip.compress(_IDX, 1))),
         as_file("images.gz", lambda path: read_idx(path, 3))),
    Kind("pictures", st.sampled_from(PICTURES).flatmap(damaged) | st.binary(max_size=60),
         as_file("picture.png", lambda path: read_pictures({"a": [path]}, ["a"], 28))),
    Kind("a sweep's outputs", damaged_inside(good_bundle), take_bundle),
]  # fmt: skip
