"""Data sets come from the user's mirror, the download cache or the public addresses, and are never taken on trust."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
import requests

from hidden_nodes.data import download
from hidden_nodes.data.dataset import SourceFile, SourceFiles, read_description
from hidden_nodes.data.idx import IDX_FILES

CONTENT = {name: f"the true {name}".encode() for name in IDX_FILES.values()}
NOWHERE = "http://127.0.0.1:9/"  # nobody listens there


class Mirror(BaseHTTPRequestHandler):
    """Has everything, or nothing where `behaviour` is "missing"."""

    behaviour = "good"

    def do_GET(self) -> None:
        content = CONTENT[self.path.rsplit("/", 1)[-1]]
        if self.behaviour == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def describe(base: str, contents: dict[str, bytes] = CONTENT) -> SourceFiles:
    """The four files at the address `base`, with their true hashes."""
    return SourceFiles.model_validate(
        {
            key: {
                "urls": [base + name],
                "sha256": hashlib.sha256(contents[name]).hexdigest(),
                "size": len(contents[name]),
            }
            for key, name in IDX_FILES.items()
        }
    )


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a mirror on this machine, in MNIST_MIRROR; the cache is empty."""
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(Mirror, "behaviour", "good")
    monkeypatch.delenv("DATASETS_MIRROR", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/mnist"
    monkeypatch.setenv("MNIST_MIRROR", address)
    yield address
    server.shutdown()
    server.server_close()


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


def test_members_of_a_verified_zip_are_taken_and_nothing_else(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "mirror/zipped"
    directory.mkdir(parents=True)
    with zipfile.ZipFile(directory / "all.zip", "w") as archive:
        for name, content in CONTENT.items():
            archive.writestr(f"gzip/{name}", content)
        archive.writestr("gzip/unasked", b"for")
    packed = (directory / "all.zip").read_bytes()
    source = {"urls": [NOWHERE + "all.zip"], "sha256": hashlib.sha256(packed).hexdigest(), "size": len(packed)}
    files = {key: SourceFile.model_validate(source | {"member": f"gzip/{name}"}) for key, name in IDX_FILES.items()}
    monkeypatch.setenv("DATASETS_MIRROR", str(directory.parent))
    download.download("zipped", "A zip", SourceFiles(**files), target)
    assert contents(target) == CONTENT
    files["test_labels"] = SourceFile.model_validate(source | {"member": "gzip/no-such"})
    with pytest.raises(download.NotReachable, match="no item named 'gzip/no-such' in the archive"):
        download.download("zipped", "A zip", SourceFiles(**files), target)


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
