"""Data sets come from the user's mirror, the download cache or the public addresses, and are never taken on trust."""

import hashlib
import struct
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pooch
import pytest
import requests

from hidden_nodes.data import download
from hidden_nodes.data.dataset import SourceFiles, read_description
from hidden_nodes.data.idx import IDX_FILES

CONTENT = {name: f"the true {name}".encode() for name in IDX_FILES.values()}
NOWHERE = "http://127.0.0.1:9/"  # nobody listens there


class Mirror(BaseHTTPRequestHandler):
    """Has `files` in every folder, and serves them as `behaviour` says; `asked` are the paths that were asked for."""

    files: ClassVar[dict[str, bytes]]
    behaviour: ClassVar[str]
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        content = self.files[self.path.rsplit("/", 1)[-1]]
        if self.behaviour == "missing":
            self.send_error(404)
            return
        if self.behaviour == "moved" and not self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", f"/moved{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        sent = {"wrong": content[::-1], "truncated": content[:-5], "too large": content + b"more"}
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + (4 if self.behaviour == "too large" else 0)))
        self.end_headers()
        self.wfile.write(sent.get(self.behaviour, content))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def describe(*bases: str) -> SourceFiles:
    """The four files at each of the addresses `bases`, with their true hashes."""
    return SourceFiles.model_validate(
        {
            key: {
                "urls": [base + name for base in bases],
                "sha256": hashlib.sha256(CONTENT[name]).hexdigest(),
                "size": len(CONTENT[name]),
            }
            for key, name in IDX_FILES.items()
        }
    )


def pack(contents: dict[str, bytes]) -> bytes:
    """A zip of the files, each in the folder `gzip`, compressed."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"gzip/{name}", content)
    return packed.getvalue()


def describe_zip(packed: bytes) -> SourceFiles:
    """The four files as members of the zip `all.zip`, which is nowhere to be had but on mirrors."""
    source = {"urls": [NOWHERE + "all.zip"], "sha256": hashlib.sha256(packed).hexdigest(), "size": len(packed)}
    return SourceFiles.model_validate({key: source | {"member": f"gzip/{name}"} for key, name in IDX_FILES.items()})


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a mirror on this machine, in MNIST_MIRROR; the cache is empty."""
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    for name, value in (("files", CONTENT), ("behaviour", "good"), ("asked", [])):
        monkeypatch.setattr(Mirror, name, value, raising=False)
    monkeypatch.delenv("DATASETS_MIRROR", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/mnist"
    monkeypatch.setenv("MNIST_MIRROR", address)
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def public(mirror: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same address as a public one, with a slash behind it; no mirror is set."""
    monkeypatch.delenv("MNIST_MIRROR")
    return f"{mirror}/"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "raw"
    path.mkdir()
    return path


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_files_come_from_a_mirror_and_then_from_the_cache(mirror: str, target: Path) -> None:
    files = describe(NOWHERE)
    download.download("mnist", "MNIST", files, target)
    assert contents(target) == CONTENT
    assert download.is_downloaded(files, target)
    Mirror.behaviour = "missing"
    download.download("mnist", "MNIST", files, target)  # from the cache


def test_the_next_source_is_asked_when_one_fails(mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", str(target / "nowhere"))
    download.download("mnist", "MNIST", describe(mirror + "/"), target)
    assert contents(target) == CONTENT


def test_a_directory_serves_as_a_mirror_and_is_checked_too(
    mirror: str, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "mirror/other"
    directory.mkdir(parents=True)
    for name, content in CONTENT.items():
        (directory / name).write_bytes(content)
    monkeypatch.setenv("MNIST_MIRROR", str(tmp_path / "not asked for another data set"))
    monkeypatch.setenv("DATASETS_MIRROR", str(directory.parent))
    download.download("other", "Another set", describe(NOWHERE), target)
    assert contents(target) == CONTENT
    name = next(iter(CONTENT))
    (directory / name).write_bytes(CONTENT[name][::-1])
    with pytest.raises(download.NotReachable, match=f"{name} is not the original file"):
        download.download("other", "Another set", describe(NOWHERE), target)


def test_the_second_address_is_asked_where_the_first_is_dead(public: str, target: Path) -> None:
    download.download("other", "Another set", describe(NOWHERE, public), target)
    assert contents(target) == CONTENT


def test_a_redirect_is_followed(public: str, target: Path) -> None:
    Mirror.behaviour = "moved"
    download.download("other", "Another set", describe(public), target)
    assert contents(target) == CONTENT
    assert len(Mirror.asked) == 8


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("missing", "404 Client Error: Not Found"),
        ("wrong", "a file's SHA-256 differs from the original's"),
        ("truncated", "the connection broke off in the middle of a file"),
        ("too large", "train-images-idx3-ubyte.gz is longer than the 35 bytes of the original"),
    ],
)
def test_what_is_not_the_original_is_one_line_and_leaves_nothing_in_the_cache(
    behaviour: str, message: str, public: str, target: Path, tmp_path: Path
) -> None:
    Mirror.behaviour = behaviour
    with pytest.raises(download.NotReachable) as caught:
        download.download("other", "Another set", describe(public), target)
    said = str(caught.value)
    assert said.startswith(f"Another set cannot be had ({public}: {message}")
    assert "Set DATASETS_MIRROR to a directory or URL that has the four files in a folder other, or put them" in said
    assert len(said.splitlines()) == 1
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    Mirror.behaviour = "good"
    download.download("other", "Another set", describe(public), target)  # nothing of the failure is left
    assert contents(target) == CONTENT


def test_a_zip_is_downloaded_once_for_all_sets_in_it_and_only_the_named_members_are_kept(
    mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = pack(CONTENT | {"unasked": b"for"})
    monkeypatch.setattr(Mirror, "files", {"all.zip": packed})
    monkeypatch.setenv("DATASETS_MIRROR", mirror)
    download.download("letters", "Letters", describe_zip(packed), target)
    assert contents(target) == CONTENT
    assert Mirror.asked == ["/mnist/letters/all.zip"]
    download.download("balanced", "Letters and digits", describe_zip(packed), target)
    assert Mirror.asked == ["/mnist/letters/all.zip"]


def test_a_zip_in_a_directory_is_hashed_once(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, hashed, file_hash = pack(CONTENT), [], pooch.file_hash

    def count_hash(path: str) -> str:
        hashed.append(path)
        return str(file_hash(path))

    (tmp_path / "mirror/letters").mkdir(parents=True)
    (tmp_path / "mirror/letters/all.zip").write_bytes(packed)
    monkeypatch.setenv("DATASETS_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr(pooch, "file_hash", count_hash)
    download.download("letters", "Letters", describe_zip(packed), target)
    assert contents(target) == CONTENT
    assert len(hashed) == 1


def test_a_zip_that_cannot_be_had_or_lacks_a_member_is_one_line(
    mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = pack({name: CONTENT[name] for name in list(CONTENT)[:3]})
    monkeypatch.setattr(Mirror, "files", {"all.zip": without})
    with pytest.raises(
        download.NotReachable,
        match=r"that has all\.zip in a folder letters, or put it into .*cache/zip_[0-9a-f]{16}, or",
    ):
        download.download("letters", "Letters", describe_zip(without), target)
    monkeypatch.setenv("DATASETS_MIRROR", mirror)
    with pytest.raises(download.NotReachable, match="no item named 'gzip/t10k-labels-idx1-ubyte"):
        download.download("letters", "Letters", describe_zip(without), target)


def test_a_zip_bomb_is_never_unpacked(mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = pack(CONTENT | {"train-images-idx3-ubyte.gz": bytes(1_000_000)})
    monkeypatch.setenv("DATASETS_MIRROR", mirror)
    monkeypatch.setattr(Mirror, "files", {"all.zip": bomb})
    monkeypatch.setattr(download, "MOST_BYTES", 999_999)
    with pytest.raises(download.NotReachable, match=r"would unpack to 1000000 bytes\. Allowed are 999999"):
        download.download("letters", "Letters", describe_zip(bomb), target)
    assert contents(target) == {}


def test_a_zip_that_promises_too_little_is_unpacked_no_further(
    mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = pack(CONTENT | {"train-images-idx3-ubyte.gz": bytes(1_000_000)})
    bomb = honest.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    assert bomb != honest
    monkeypatch.setenv("DATASETS_MIRROR", mirror)
    monkeypatch.setattr(Mirror, "files", {"all.zip": bomb})
    with pytest.raises(download.NotReachable, match="Bad CRC-32"):
        download.download("letters", "Letters", describe_zip(bomb), target)
    assert all(len(content) <= 10 for content in contents(target).values())


def test_a_redirect_from_https_to_http_is_refused(mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def redirect(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        asked.append(request.url)
        response = requests.Response()
        response.status_code, response.request, response.url = 302, request, str(request.url)
        response.headers["Location"] = f"{mirror}/{next(iter(CONTENT))}"
        response.raw = BytesIO()
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", redirect)
    monkeypatch.delenv("MNIST_MIRROR")
    with pytest.raises(download.NotReachable, match="No connection adapters were found for 'http://"):
        download.download("mnist", "MNIST", describe("https://mirror.invalid/"), target)
    assert asked == [f"https://mirror.invalid/{next(iter(CONTENT))}"]


def test_where_nothing_can_be_reached_three_remedies_are_named(
    mirror: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_MIRROR")
    with pytest.raises(
        download.NotReachable, match=r"Set MNIST_MIRROR .*, or put them into .*cache/mnist, or go online\."
    ):
        download.download("mnist", "MNIST", describe(NOWHERE), target)


def test_the_hashes_are_those_of_the_original_files() -> None:
    files = read_description("mnist").files
    assert files is not None
    assert [file.size for _, file in files] == [9912422, 28881, 1648877, 4542]
    assert files.train_labels.sha256.startswith("3552534a0a558bbed6aed32b30c495cc")
