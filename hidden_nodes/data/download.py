"""Where the four files of a data set come from: a mirror of the user's, the download cache, the public addresses.

Every file is checked by its SHA-256 before anyone reads it, so it does not matter who served it.
"""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pooch
import requests
from tqdm import tqdm

from hidden_nodes.data.dataset import SourceFile, SourceFiles
from hidden_nodes.data.idx import IDX_FILES, MOST_BYTES
from hidden_nodes.errors import BadInput

TIMEOUT = 20  # seconds without an answer or a further byte, after which the next source is asked
CACHE = pooch.os_cache("hidden-nodes")


class NotReachable(BadInput):
    """No source has all four files; the message lists what each of them answered, and the remedies."""

    longest: ClassVar[int] = 2_000


def download(name: str, title: str, files: SourceFiles, directory: Path) -> None:
    """Bring the four files of the data set `name`, verified, into `directory` under the names of `IDX_FILES`.

    Raises
    ------
    NotReachable
        If neither the user's mirrors nor the download cache nor the public addresses have them.
    """
    pooch.get_logger().setLevel("WARNING")  # its notes would repeat what the bar and the stage say
    failures, cache = [], _cache(name, files)
    for source, addresses in _sources(name, files):
        verified: dict[tuple[str, str], Path] = {}  # the four members of one zip have its address and its hash
        try:
            for key, address in addresses.items():
                file = getattr(files, key)
                if (address, file.sha256) not in verified:
                    verified[address, file.sha256] = _verified(address, file, cache)
                _copy(verified[address, file.sha256], file.member, directory / IDX_FILES[key])
            return
        except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, requests.RequestException) as error:
            failures.append(f"{source}: {_reason(error)}")
    variable, folder = ("MNIST_MIRROR", "") if name == "mnist" else ("DATASETS_MIRROR", f" in a folder {name}")
    names = {file.name for _, file in files}
    what, pronoun = ("the four files", "them") if len(names) > 1 else (names.pop(), "it")
    last = "get them by `dvc pull data/raw`, as docs/own_images.md says" if files.are_own else "go online"
    raise NotReachable(
        f"{title} cannot be had ({'; '.join(failures)}). Set {variable} to a directory or URL that has {what}{folder}, "
        f"or put {pronoun} into {cache}, or {last}."
    )


def is_downloaded(files: SourceFiles, directory: Path) -> bool:
    """Whether `directory` holds the four files as they are downloaded, byte for byte."""
    try:
        return all(_verified(str(directory / IDX_FILES[key]), file, directory) for key, file in files)
    except (OSError, ValueError):
        return False


def _cache(name: str, files: SourceFiles) -> Path:
    """Where downloads are kept: under the data set's name, or a zip's hash, since several data sets may share a zip."""
    file = files.train_images
    return CACHE / (f"zip_{file.sha256[:16]}" if file.member else name)


def _sources(name: str, files: SourceFiles) -> Iterator[tuple[str, dict[str, str]]]:
    """Each source as messages call it, with the address of every file."""
    mirrors = [os.environ.get("MNIST_MIRROR", "") if name == "mnist" else ""]
    if shared := os.environ.get("DATASETS_MIRROR"):
        mirrors.append(f"{shared.rstrip('/')}/{name}")
    for mirror in filter(None, mirrors):
        base = mirror.rstrip("/") + "/"
        yield mirror, {key: base + file.name for key, file in files}
    if files.are_own:
        yield "the download cache", {key: str(CACHE / name / file.name) for key, file in files}
    for number in range(min(len(file.urls) for _, file in files)):
        addresses = {key: file.urls[number] for key, file in files}
        yield addresses["train_images"].rpartition("/")[0] + "/", addresses


def _verified(address: str, file: SourceFile, cache: Path) -> Path:
    """The path of a verified file: the one at `address` if that is no URL, else one in the directory `cache`."""
    base, _, name = address.rpartition("/")
    if "://" not in address:
        path = Path(address).expanduser()
        if path.stat().st_size != file.size or pooch.file_hash(str(path)) != file.sha256:
            raise ValueError(f"{name} is not the original file: its SHA-256 differs")
        return path
    registry = pooch.create(cache, base + "/", registry={name: f"sha256:{file.sha256}"})

    def fetch(url: str, output_file: str, _: pooch.Pooch) -> None:
        _download(url, Path(output_file), file.size)

    return Path(registry.fetch(name, downloader=fetch))


def _download(url: str, path: Path, size: int) -> None:
    """Download as pooch's own downloader does, but never more bytes than the file has, and no way off https."""
    name = url.rpartition("/")[2]
    session = requests.Session()
    if url.startswith("https:"):
        del session.adapters["http://"]  # a redirect to plain http now finds no way to go
    with (
        session.get(url, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as response,
        path.open("wb") as file,
        tqdm(desc=name, total=size, unit="B", unit_scale=True, disable=None) as bar,
    ):
        response.raise_for_status()
        for chunk in response.iter_content(2**16):
            if file.tell() + len(chunk) > size:
                raise ValueError(f"{name} is longer than the {size} bytes of the original")
            file.write(chunk)
            bar.update(len(chunk))


def _copy(source: Path, member: str | None, target: Path) -> None:
    """Copy a verified file, or the named member of a verified zip, which may not be larger than an IDX file may be."""
    if member is None:
        shutil.copyfile(source, target)
        return
    with zipfile.ZipFile(source) as archive:
        size = archive.getinfo(member).file_size  # zipfile unpacks no more than this, whatever follows
        if size > MOST_BYTES:
            raise ValueError(f"{member} would unpack to {size} bytes. Allowed are {MOST_BYTES}")
        with archive.open(member) as content, target.open("wb") as file:
            shutil.copyfileobj(content, file)


def _reason(error: Exception) -> str:
    """What went wrong in a few words: requests and pooch wrap the cause in long sentences."""
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} does not exist"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off in the middle of a file"
    if "does not match the known hash" in str(error):
        return "a file's SHA-256 differs from the original's"
    return " ".join(str(error).split())
