"""Faults, what a user sees of each, and whether the project survives it: `make faults` prints the table.

A fault is survived if the command ends with status 2 and one line that says what is wrong, shows no traceback, and
leaves every output of the last good run as it was. `tests/test_faults.py` holds each fault to that.
"""

import gzip
import hashlib
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import numpy as np

from hidden_nodes.data import download
from hidden_nodes.errors import BadInput, exit_with_one_line
from stages.__main__ import run_stage
from tests.clone import MEASURE, MIRRORS, STAGES, Project, copy_project, set_params

Arrange = Callable[[Project], None]
CUT_OFF = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}  # from the public mirrors
WITH_TENSORFLOW = ["train", "retrain_selected", "retrain_components"]


@dataclass(frozen=True)
class Fault:
    """Something wrong, the module that meets it, and a part of the line that a user must see."""

    name: str
    module: str
    expected: str
    arrange: Arrange
    environment: dict[str, str] = field(default_factory=dict)
    file_size: int | None = None  # the most bytes that a file may have: as with a full disk

    @property
    def needs_a_process(self) -> bool:
        """Whether it is about what a process may do."""
        return self.file_size is not None


def parameter(name: str, value: object, expected: str, module: str = "fetch") -> Fault:
    def arrange(project: Project) -> None:
        set_params(project.path / "params.yaml", {name: value})

    return Fault(f"`{name}: {value}`", module, expected, arrange)


def description(name: str, old: str, new: str, expected: str) -> Fault:
    """A mistake in the description of the data set."""

    def arrange(project: Project) -> None:
        path = project.path / "datasets/digits.yaml"
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new), encoding="utf-8")

    return Fault(name, "fetch", expected, arrange)


def params_file(name: str, content: bytes, expected: str) -> Fault:
    return Fault(name, "fetch", expected, lambda project: _write(project.path / "params.yaml", content))


def raw_file(name: str, change: Callable[[bytes], bytes], expected: str, file: str = "train-labels-idx1") -> Fault:
    """A change of a raw file's content, as it is unpacked."""
    return packed_file(name, lambda content: gzip.compress(change(gzip.decompress(content)), 1), expected, file)


def packed_file(name: str, change: Callable[[bytes], bytes], expected: str, file: str = "train-labels-idx1") -> Fault:
    def arrange(project: Project) -> None:
        path = project.path / f"data/raw/{file}-ubyte.gz"
        _write(path, change(path.read_bytes()))

    return Fault(name, "preprocess", expected, arrange)


def mirror(behaviour: str, name: str, expected: str) -> Fault:
    """A mirror that answers badly; the public ones are cut off by a proxy that does not exist."""
    return Fault(name, "fetch", expected, _want_mnist, {"MNIST_MIRROR": f"MIRROR/{behaviour}"})


def stored(name: str, module: str, path: str, change: Callable[[Path], object], expected: str) -> Fault:
    """A change of a file that an earlier stage wrote."""

    def arrange(project: Project) -> None:
        change(project.path / path)

    return Fault(name, module, expected, arrange)


def _block(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("in the way")


def _write(path: Path, content: bytes) -> None:
    path.unlink()  # not through a link into a cache
    path.write_bytes(content)


def full_disk(stage: str, expected: str, most_bytes: int) -> Fault:
    return Fault(f"a full disk, in {stage}", stage, expected, lambda _: None, file_size=most_bytes)


def _want_mnist(project: Project) -> None:
    set_params(project.path / "params.yaml", {"dataset": "mnist"})


def _truncate(path: Path) -> None:
    _write(path, path.read_bytes()[: path.stat().st_size // 2])


def _keep_lines(count: int) -> Callable[[Path], None]:
    return lambda path: _write(path, b"".join(path.read_bytes().splitlines(keepends=True)[:count]))


def _reshape(path: Path) -> None:
    _save(path, np.load(path)[:, :-1])


def _shorten(path: Path) -> None:
    _save(path, np.load(path)[:-1])


def _pickle(path: Path) -> None:
    _save(path, np.array([{"a": 1}], dtype=object))


def _change_weights(**arrays: np.ndarray) -> Callable[[Path], None]:
    """Puts other arrays into a file of weights."""

    def change(path: Path) -> None:
        with np.load(path, allow_pickle=False) as file:
            content = dict(file)
        path.unlink()
        np.savez(path, allow_pickle=False, **content | arrays)

    return change


def _save(path: Path, array: np.ndarray) -> None:
    path.unlink()
    np.save(path, array)


LABELS = struct.Struct(">2I")


def _promise(change: int) -> Callable[[bytes], bytes]:
    """A label file whose header promises so many more labels than follow."""

    def rewrite(content: bytes) -> bytes:
        magic, count = LABELS.unpack_from(content)
        return LABELS.pack(magic, count + change) + content[LABELS.size :]

    return rewrite


def _fewer_labels(content: bytes) -> bytes:
    magic, count = LABELS.unpack_from(content)
    return LABELS.pack(magic, count - 5) + content[LABELS.size : -5]


def _header(text: str) -> Callable[[Path], None]:
    """Gives an array's file another header."""
    content = text.encode("latin-1")
    return lambda path: _write(path, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(content)) + content + bytes(2_352))


def _shape(shape: str) -> Callable[[Path], None]:
    return _header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n")


def _weights_header(path: Path) -> None:
    """A file of weights in which the header of one array ends too early."""
    content = path.read_bytes()
    assert b"(1,), }" in content or b"), }" in content
    _write(path, content.replace(b"), }", b"   ("))


def edited(name: str, old: str, new: str, expected: str) -> Fault:
    """A change of the text of `params.yaml`."""

    def arrange(project: Project) -> None:
        path = project.path / "params.yaml"
        content = path.read_text(encoding="utf-8")
        assert old in content
        _write(path, content.replace(old, new).encode())

    return Fault(name, "fetch", expected, arrange)


def _directory_instead(path: str) -> Arrange:
    def arrange(project: Project) -> None:
        (project.path / path).unlink()
        (project.path / path).mkdir()

    return arrange


FAULTS = [
    parameter("hidden", 0, "'hidden' must be greater than or equal to 1. Got 0 instead."),
    parameter("hidden", -1, "Got -1 instead."),
    parameter("hidden", 1.5, "'hidden' must be a valid integer. Got 1.5 instead."),
    parameter("hidden", "many", "'hidden' must be a valid integer. Got 'many' instead."),
    parameter("hidden", None, "Got None instead."),
    parameter("hidden", True, "'hidden' must be a valid integer. Got True instead."),
    parameter("hidden", 10**9, "GB and this machine has"),
    parameter("validation", 0, "a count from 1 or a fraction between 0 and 1. Got 0 instead."),
    parameter("validation", 60000, "Got 60000 instead."),
    parameter("validation", -5, "Got -5 instead."),
    parameter("validation", 1.0, "Got 1.0 instead."),
    parameter("validation", 0.99999, "of the 1500 training images are left on either side. Got 0.99999"),
    parameter("train.batch_size", 0, "'train.batch_size' must be greater than or equal to 1. Got 0 instead."),
    parameter("train.batch_size", 1301, "'train.batch_size' must be at most the number of training images, 1300."),
    parameter("train.learning_rate", 0, "'train.learning_rate' must be greater than 0. Got 0 instead."),
    parameter("train.learning_rate", float("nan"), "must be a finite number. Got nan instead."),
    parameter("train.learning_rate", float("inf"), "must be a finite number. Got inf instead."),
    parameter("train.learning_rate", 1e30, "Lower 'train.learning_rate'. Got 1e+30.", "train"),
    parameter("train.optimizer", "rmspop", "'rmsprop' or 'sgd'. Got 'rmspop' instead. Did you mean 'rmsprop'?"),
    parameter("train.activation", "rel", "Got 'rel' instead. Did you mean 'relu'?"),
    parameter("train.monitor", "val_acc", "'accuracy', 'loss', 'val_accuracy' or 'val_loss'. Got 'val_acc'"),
    parameter("train.keep", "last", "'accuracy', 'loss', 'val_accuracy' or 'val_loss'. Got 'last'"),
    parameter("pca_tsne.perplexity", 101, "must be at most a third of the 300 images that t-SNE embeds. Got 101"),
    parameter("pca_tsne.images", 0, "'pca_tsne.images' must be greater than or equal to 1. Got 0 instead."),
    parameter("retrain_selected.pixels", 0, "must be greater than or equal to 1. Got 0 instead."),
    parameter("retrain_selected.pixels", 785, "must be at most the number of pixels, 784. Got 785 instead."),
    parameter("retrain_selected.ranking", "forrest", "'attention' or 'pruning'. Got 'forrest' instead."),
    parameter("retrain_components.variance", 0, "must be greater than 0. Got 0 instead."),
    parameter("retrain_components.variance", 1.5, "must be less than or equal to 1. Got 1.5 instead."),
    parameter("report.megabytes", 1, "'report.megabytes' must be greater than or equal to 2. Got 1 instead."),
    parameter("explore.pixels", [1], "'explore.pixels' must be at least 2 items"),
    parameter("explore.pixels", [1, 784], "must be positions below the number of pixels, 784. Got [1, 784] instead."),
    parameter("evaluate.first", 400, "'evaluate.first' must be below the number of test images, 400. Got 400 instead."),
    parameter("activations.node", 8, "must be below the number of hidden nodes, 8. Got 8 instead.", "train"),
    parameter("dataset", "mnst", "mnist. Got 'mnst' instead. Did you mean 'mnist'?"),
    parameter("dataset", "../mnist", "'dataset' must be text of the form ^[a-z0-9_]+$. Got '../mnist' instead."),
    parameter("dataset", 1, "'dataset' must be a valid string. Got 1 instead."),
    description("a data set without a title", "title: ", "titel: ", "the parameter 'title' is missing."),
    description("a data set of two sizes", "size: [28, 28]", "size: [28, 65]", "'size.1' must be less than or equal"),
    description("a class that is a number", "'9'", "9", "'classes.9' must be a valid string. Got 9 instead."),
    description("a data set whose files are not as described", "size: [28, 28]", "size: [28, 20]", "must be 28 x 20"),
    description("a description that is not YAML", "size: [", "size: {", "datasets/digits.yaml is not valid YAML"),
    parameter("train.batchsize", 32, "there is no parameter 'train.batchsize'. Did you mean 'batch_size'?"),
    params_file("params.yaml without `seed`", b"hidden: 3\n", "the parameter 'seed' is missing."),
    params_file("params.yaml with a key twice", b"hidden: 1\nhidden: 2\n", 'found duplicate key "hidden"'),
    params_file("params.yaml that is not YAML", b"hidden: [", "is not valid YAML"),
    params_file("an empty params.yaml", b"", "Found nothing."),
    params_file("params.yaml that is a list", b"- 1\n- 2\n", "Found a list."),
    params_file("params.yaml that is not UTF-8", b"\xff\xfe", "is not UTF-8 text"),
    # Most of these random input found (`make fuzz`), as a traceback or as more than a line that can be read.
    edited("a count of 400 digits", "hidden: 8", "hidden: " + "9" * 400, "must be less than or equal to 10000"),
    edited("a number of 20,000 bits", "hidden: 8", "hidden: 0x" + "f" * 5_000, "a number of more than 1000 digits"),
    edited("a seed of 20,000 bits", "seed: 42", "seed: 0x" + "f" * 5_000, "a number of more than 1000 digits"),
    edited("300 digits held out", "validation: 200", "validation: " + "9" * 300, "'validation' must be a count from 1"),
    edited("a name of 5,000 letters", "dataset: digits", "dataset: " + "A" * 5_000, "Got 'AAAAAA"),
    edited("a key of 4,000 letters", "seed: 42", "? " + "k" * 4_000 + "\n: 1\nseed: 42", "there is no parameter 'kkkk"),
    edited("a key that clears a terminal", "seed: 42", '"\\e[2J": 1\nseed: 42', "there is no parameter '\\x1b[2J'."),
    edited("a tag of 4,000 letters", "seed: 42", "seed: !" + "x" * 4_000 + " 42", "could not determine a constructor"),
    edited("an alias of itself", "seed: 42", "seed: &a [*a]", "an alias stands in what it names"),
    edited(
        "aliases of aliases", "seed: 42",
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)) + "seed: 42",
        "more than 20000 values",
    ),
    edited("lists in 51 lists", "seed: 42", "seed: " + "[" * 51 + "]" * 51, "more than 50 levels of nesting"),
    params_file("params.yaml of 100,001 bytes", b"#" * 100_001, "params.yaml must have at most 100000 bytes."),
    description("a count of images of 400 digits", "train: 1500", "train: " + "9" * 400, "must be less than or"),
    description("a size of 20,000 bits", "size: [28, 28]", f"size: [28, 0x{'f' * 5_000}]", "more than 1000 digits"),
    description("a title that clears a terminal", "title: ", 'title: "\\e[2J" #', "must be text of characters"),
    Fault("no params.yaml", "fetch", "params.yaml cannot be read", lambda p: (p.path / "params.yaml").unlink()),
    packed_file("a raw file cut in half", lambda c: c[: len(c) // 2], "cannot be unpacked"),
    packed_file("a raw file that is a web page", lambda _: b"<html>hello</html>", "cannot be unpacked"),
    packed_file("an empty raw file", lambda _: b"", "too short to hold an IDX header"),
    raw_file("a wrong magic number", lambda c: b"\0\0\x08\x03" + c[4:], "the magic number must be 2049. Found 2051."),
    raw_file("a header that promises more", _promise(1), "the header promises 1501 bytes. Found 1500."),
    raw_file("a header that promises fewer", _promise(-1), "more bytes follow than the 1499"),
    raw_file("trailing bytes", lambda c: c + b"\0", "more bytes follow than the 1500"),
    raw_file("a gzip bomb", lambda c: c + bytes(300_000_000), "more bytes follow than the 1500"),
    raw_file(
        "no images of endless size", lambda c: c[:4] + bytes(4) + b"\xff" * 8, "Allowed are 1073741824.",
        "train-images-idx3",
    ),
    raw_file("a header that promises 4 GB", lambda c: c[:4] + b"\xff" * 4, "Allowed are 1073741824."),
    raw_file("label 10", lambda c: c[:9] + b"\x0a" + c[10:], "labels must be 0 to 9. Found 10 at position 1."),
    raw_file("fewer labels than images", _fewer_labels, "must hold 1500 labels, as many as digits has. Found 1495."),
    mirror("missing", "a mirror that answers 404", "404"),
    mirror("broken", "a mirror that answers 500", "500"),
    mirror("html", "a mirror that sends a web page", "SHA-256 differs"),
    mirror("wrong", "a mirror with another file of the same size", "SHA-256 differs"),
    mirror("endless", "a mirror that never stops sending", "is longer than the 9912422 bytes"),
    mirror("cut", "a mirror that closes half-way", "MNIST cannot be had"),
    mirror("stall", "a mirror that stalls", "no answer within 1 s"),
    mirror("to-file", "a mirror that redirects to a file", "No connection adapters were found for 'file:///"),
    Fault(
        "MNIST_MIRROR that points nowhere", "fetch", "/nowhere/at/all/train-images-idx3-ubyte.gz does not exist",
        _want_mnist, {"MNIST_MIRROR": "/nowhere/at/all"},
    ),
    full_disk("fetch", "data/raw cannot be written: ", 1_000),
    full_disk("preprocess", "data/prepared cannot be written: ", 100_000),
    full_disk("activations", "activations.json cannot be written: ", 10_000),
    stored("a file where a directory has to be", "explore", "plots", _block, "plots/explore cannot be written"),
    Fault(
        "a directory where a file has to be", "preprocess", "Is a directory",
        _directory_instead("data/raw/train-labels-idx1-ubyte.gz"),
    ),
    stored("no array", "explore", "data/prepared/y_train.npy", Path.unlink, "cannot be read"),
    stored("an array cut in half", "explore", "data/prepared/y_train.npy", _truncate, "cannot be read"),
    stored(
        "an array's header that ends too early", "explore", "data/prepared/y_train.npy",
        _header("{'descr': '|u1', 'fortran_order': False, 'shape': (1500"), "cannot be read as a numpy array",
    ),
    stored("an array of -1 rows", "explore", "data/prepared/y_train.npy", _shape("(-1,)"), "cannot be read as a numpy"),
    stored("an array of 10^20 rows", "explore", "data/prepared/y_train.npy", _shape(f"({10**20},)"), "be read as"),
    stored("an array of True rows", "explore", "data/prepared/y_train.npy", _shape("(True,)"), "cannot be read as a"),
    stored("a header of 3,000 signs", "explore", "data/prepared/y_train.npy", _header("-" * 3_000 + "1"), "be read"),
    stored(
        "an array of an odd type", "explore", "data/prepared/y_train.npy",
        _header("{'descr': '<U3,,', 'fortran_order': False, 'shape': (3,), }\n"), "cannot be read as a numpy array",
    ),
    stored(
        "a type of 4,000 letters", "explore", "data/prepared/y_train.npy",
        _header(f"{{'descr': '{'x' * 4_000}', 'fortran_order': False, 'shape': (3,), }}\n"), "cannot be read as",
    ),
    stored("weights with such a header", "evaluate", "models/network.npz", _weights_header, "as a network's weights"),
    stored(
        "100,000 lists in one another", "explore", "data/prepared/dataset.json", lambda p: _write(p, b"[" * 100_000),
        "dataset.json cannot be read as JSON",
    ),
    stored(
        "a data set of 400 digits", "explore", "data/prepared/dataset.json",
        lambda p: _write(p, p.read_bytes().replace(b": 1500,", b": " + b"9" * 400 + b",")), "must be less than or",
    ),
    stored(
        "a key in JSON that clears a terminal", "explore", "data/prepared/dataset.json",
        lambda p: _write(p, b'{"\\u001b[2J": 1, ' + p.read_bytes().lstrip()[1:]), "there is no parameter '\\x1b[2J'.",
    ),
    stored("a pickled array", "explore", "data/prepared/y_train.npy", _pickle, "be read as a numpy array"),
    stored(
        "pixels of another shape", "rf_select", "data/prepared/images_train.npy", _reshape,
        "images_train.npy must hold numbers of shape (n, 28, 28). Found uint8 of shape (1500, 27, 28).",
    ),
    stored("a label too few", "rf_select", "data/prepared/y_train.npy", _shorten, "must hold 1500 images. Found 1499."),
    stored(
        "activations of fewer images", "pca_tsne activations", "data/activations/hidden.npy", _shorten,
        "hidden.npy must hold 1500 images. Found 1499.",
    ),
    stored(
        "no split", "train", "data/prepared/split.json", lambda p: _write(p, b"[]"),
        "split.json must hold 'train', of type int. Found [].",
    ),
    stored("a damaged ranking", "retrain_selected", "data/selection/ranking.csv", _truncate, "must rank each"),
    stored("no network", "evaluate", "models/network.npz", Path.unlink, "cannot be read as a network's weights"),
    stored(
        "weights cut in half", "activations", "models/network.npz", _truncate, "cannot be read as a network's weights",
    ),
    stored(
        "the weights of 70 pixels in place of the whole network's", "evaluate", "models/network.npz",
        lambda p: _write(p, p.with_name("network_selected.npz").read_bytes()), "of 784 inputs and 10 classes. Found",
    ),
    stored(
        "weights of another activation", "report", "models/network.npz", _change_weights(activation=np.array("mish")),
        "must be one of elu, gelu",
    ),
    stored(
        "boxes of another network", "report", "data/activations/boxes.npy", _shorten,
        "boxes.npy must hold",
    ),
    stored(
        "no predictions", "report", "data/evaluate/predictions.csv", Path.unlink,
        "predictions.csv cannot be read as a table",
    ),
    stored(
        "a table of predictions cut in half", "report", "data/evaluate/predictions.csv", _truncate,
        "predictions.csv must hold",
    ),
    stored(
        "a map of fewer images", "report", "data/embeddings/activations/tsne.csv",
        _keep_lines(300), "tsne.csv must hold 300 images. Found 299.",
    ),
    stored(
        "a map of hardly any images", "report", "data/embeddings/pixels/pca.csv", _keep_lines(100),
        "pca.csv must hold at least 300 images. Found 99.",
    ),
    stored(
        "a node left out", "report", "data/activations/eta_squared.csv", _keep_lines(8),
        "must rank each of the 8 hidden nodes once. Found 7 rows.",
    ),
    stored(
        "metrics without the accuracy", "report", "metrics/evaluate.json",
        lambda p: _write(p, b'{"loss": 0.3}'), "evaluate.json must hold 'test_accuracy', of type float. Found",
    ),
    full_disk("report", "report/index.html cannot be written: ", 100_000),
]  # fmt: skip


class Mirror(BaseHTTPRequestHandler):
    """Answers as the first part of the path says."""

    def do_GET(self) -> None:
        behaviour = self.path.split("/")[1]
        if behaviour in ("missing", "broken"):
            self.send_error({"missing": 404, "broken": 500}[behaviour])
            return
        if behaviour == "stall":
            time.sleep(3)
            return
        self.send_response(302 if behaviour == "to-file" else 200)
        if behaviour == "to-file":
            self.send_header("Location", "file:///etc/hostname")
        size = {"html": 20, "cut": 10**6, "endless": 10**8, "to-file": 0}.get(behaviour, 9912422)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            self.wfile.write(b"x" * (1000 if behaviour == "cut" else size))
        except ConnectionError:
            self.close_connection = True  # the client has seen enough, as it should

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_mirror() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Outcome:
    """What a user saw of a fault, and what is wrong with that, if anything is."""

    seen: str
    wrong: list[str]


def provoke(fault: Fault, project: Project, address: str) -> Outcome:
    """Bring the fault about in a project that has run, and look at what happens."""
    fault.arrange(project)
    stage, *arguments = fault.module.split()
    environment = {name: value.replace("MIRROR", address) for name, value in fault.environment.items()}
    if fault.file_size is not None or stage in WITH_TENSORFLOW:
        environment[MEASURE] = ""  # what measures coverage would meet the full disk too, or make the import slow
    command = [sys.executable, "-m", "stages", stage, *arguments]
    return observe(command, project.path, fault.expected, environment, fault.file_size)


def call_stage(fault: Fault, project: Project, address: str) -> Outcome:
    """The same as `provoke` in this process, which is quicker."""
    fault.arrange(project)
    before = fingerprint(project.path)
    given = {name: value.replace("MIRROR", address) for name, value in fault.environment.items()}
    with mock.patch.multiple(download, CACHE=project.path / "c/hidden-nodes", TIMEOUT=1):
        done = project.call(lambda: run_stage(fault.module.split()), status=2, environment=CUT_OFF | given)
    return judge(done, project.path, fault.expected, before)


def observe(command: list[str], path: Path, expected: str, given: dict[str, str], limit: int | None = None) -> Outcome:
    """Run in `path` a command that has to end with one line that has `expected` in it, and change nothing.

    given : variables of the environment, where an empty value takes one away; limit : the most bytes of a file.
    """
    before = fingerprint(path)

    def limit_files() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {name: value for name, value in os.environ.items() if name not in MIRRORS} | CUT_OFF | given
    environment["XDG_CACHE_HOME"] = str(path / "c")
    done = subprocess.run(
        command, cwd=path, env={name: value for name, value in environment.items() if value},
        preexec_fn=limit_files, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return judge(done, path, expected, before)


def judge(done: "subprocess.CompletedProcess[str]", path: Path, expected: str, before: dict[str, str]) -> Outcome:
    """What is wrong with how a command ended in `path`, whose files were `before`."""
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    findings = {
        f"status {done.returncode}": done.returncode != 2,
        f"{len(errors)} lines of errors": len(errors) != 1,
        f"no {expected!r} in it": expected not in done.stderr,
        "something in the download cache": any(file.is_file() for file in (path / "c/hidden-nodes").rglob("*")),
        "a traceback": "Traceback" in done.stdout + done.stderr,
        "a warning": "Warning: " in done.stderr,
        "a line that is too long": any(len(line) > longest_of(line) for line in errors),
        "what cannot be printed": not all(line.isprintable() for line in errors),
        "outputs have changed": fingerprint(path) != before,
    }
    return Outcome(errors[-1] if errors else "nothing", [finding for finding, found in findings.items() if found])


def longest_of(line: str) -> int:
    """The most characters that a line of errors may have: one that says what each source of files answered, more."""
    return download.NotReachable.longest if " cannot be had (" in line else BadInput.longest


def fingerprint(path: Path) -> dict[str, str]:
    """The SHA-256 of every output of the graph, of the data sets' descriptions, and of whatever else lies beside."""
    names = ("data", "models", "plots", "metrics", "report", "datasets")
    files = (file for name in names for file in sorted((path / name).rglob("*")))
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}


def main() -> None:
    from tests.cache_faults import CACHE_FAULTS, provoke_cache
    from tests.conftest import SMALL_PARAMS
    from tests.dataset_faults import DATASET_FAULTS, make_workspace, provoke_dataset
    from tests.disk_faults import provoke_disk, refuse_without_tracing, sample_faults

    refuse_without_tracing()

    survived = 0
    with tempfile.TemporaryDirectory() as directory, serve_mirror() as address:
        good = copy_project(Path(directory) / "good", 1_500, 400, SMALL_PARAMS)
        good.dvc("repro")
        print("| Fault | What the user sees | Verdict |\n| --- | --- | --- |")
        for number, fault in enumerate(FAULTS):
            path = Path(directory) / str(number)
            shutil.copytree(good.path, path, symlinks=True, ignore=shutil.ignore_patterns(".git", "cache"))
            outcome = provoke(fault, Project(path), address)
            survived += not outcome.wrong
            print(f"| {fault.name} | {outcome.seen} | {'; '.join(outcome.wrong) or 'survived'} |", flush=True)
            shutil.rmtree(path)
        disk = [(fault, provoke_disk(fault, good)) for stage in STAGES for fault in sample_faults(stage, good)]
        met = [(fault, outcome) for fault, outcome in disk if outcome is not None]
        for disk_fault, outcome in met:
            survived += not outcome.wrong
            print(f"| {disk_fault.name} | {outcome.seen} | {'; '.join(outcome.wrong) or 'survived'} |")
        for number, cache_fault in enumerate(CACHE_FAULTS):
            path = Path(directory) / f"cache {number}"
            shutil.copytree(good.path, path, symlinks=True)
            outcome = provoke_cache(cache_fault, Project(path))
            survived += not outcome.wrong
            print(f"| {cache_fault.name} | {outcome.seen} | {'; '.join(outcome.wrong) or 'survived'} |", flush=True)
            shutil.rmtree(path)
        for number, dataset_fault in enumerate(DATASET_FAULTS):
            path = make_workspace(Path(directory) / f"dataset {number}")
            outcome = provoke_dataset(dataset_fault, path)
            survived += not outcome.wrong
            verdict = "; ".join(outcome.wrong) or "survived"
            print(f"| `make dataset`: {dataset_fault.name} | {outcome.seen} | {verdict} |", flush=True)
            shutil.rmtree(path)
    count = len(FAULTS) + len(met) + len(CACHE_FAULTS) + len(DATASET_FAULTS)
    print(f"\n{survived} of {count} faults survived")
    sys.exit(survived < count)


if __name__ == "__main__":
    exit_with_one_line(main)
