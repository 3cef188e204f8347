"""MNIST comes from the user's mirror, the download cache or the public mirrors, and is never taken on trust."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
import requests

from hidden_nodes.data import download

CONTENT = {name: f"the true {name}".encode() for name in download.FILES}


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


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a mirror on this machine; no other source can be reached, and the cache is empty."""
    for name, content in CONTENT.items():
        monkeypatch.setitem(download.FILES, name, (len(content), hashlib.sha256(content).hexdigest()))
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(download, "PUBLIC_MIRRORS", [])
    monkeypatch.setattr(Mirror, "behaviour", "good")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/mnist"
    monkeypatch.setenv("MNIST_MIRROR", address)
    yield address
    server.shutdown()
    server.server_close()


def make_target(tmp_path: Path) -> Path:
    target = tmp_path / "raw"
    target.mkdir()
    return target


def test_files_come_from_a_mirror_and_then_from_the_cache(mirror: str, tmp_path: Path) -> None:
    target = make_target(tmp_path)
    download.copy_mnist(target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == CONTENT
    assert download.has_mnist(target)
    Mirror.behaviour = "missing"
    download.copy_mnist(target)  # from the cache


def test_the_next_source_is_asked_when_one_fails(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_MIRROR", str(tmp_path / "nowhere"))
    monkeypatch.setattr(download, "PUBLIC_MIRRORS", [mirror + "/"])
    target = make_target(tmp_path)
    download.copy_mnist(target)
    assert download.has_mnist(target)


def test_a_directory_serves_as_a_mirror_and_is_checked_too(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "mirror"
    directory.mkdir()
    for name, content in CONTENT.items():
        (directory / name).write_bytes(content)
    monkeypatch.setenv("MNIST_MIRROR", str(directory))
    target = make_target(tmp_path)
    download.copy_mnist(target)
    assert download.has_mnist(target)
    name = next(iter(CONTENT))
    (directory / name).write_bytes(CONTENT[name][::-1])
    with pytest.raises(download.NotReachable, match=f"{name} is not the original file"):
        download.copy_mnist(target)


def test_a_redirect_from_https_to_http_is_refused(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def redirect(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        asked.append(request.url)
        response = requests.Response()
        response.status_code, response.request, response.url = 302, request, str(request.url)
        response.headers["Location"] = f"{mirror}/{next(iter(CONTENT))}"
        response.raw = BytesIO()
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", redirect)
    monkeypatch.setenv("MNIST_MIRROR", "https://mirror.invalid")
    with pytest.raises(download.NotReachable, match="No connection adapters were found for 'http://"):
        download.copy_mnist(make_target(tmp_path))
    assert asked == [f"https://mirror.invalid/{next(iter(CONTENT))}"]


def test_where_nothing_can_be_reached_three_remedies_are_named(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_MIRROR")
    with pytest.raises(download.NotReachable, match=r"Set MNIST_MIRROR .*, or put them into .*cache, or go online\."):
        download.copy_mnist(make_target(tmp_path))


def test_the_sums_are_those_of_the_original_files() -> None:
    assert download.FILES["train-images-idx3-ubyte.gz"][0] == 9912422
    assert all(len(sha256) == 64 for _, sha256 in download.FILES.values())
