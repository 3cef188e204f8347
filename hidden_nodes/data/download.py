"""Where the four MNIST files come from: a mirror of the user's, the download cache, or the public mirrors.

Every file is checked by its SHA-256 before anyone reads it, so it does not matter who served it.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from hidden_nodes.errors import BadInput

# Size in bytes and SHA-256 of LeCun's original files.
FILES = {
    "train-images-idx3-ubyte.gz": (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    "train-labels-idx1-ubyte.gz": (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    "t10k-images-idx3-ubyte.gz": (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    "t10k-labels-idx1-ubyte.gz": (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}
pooch.get_logger().setLevel("WARNING")  # its notes would repeat what the bar and the stage say
PUBLIC_MIRRORS = [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
]
TIMEOUT = 20  # seconds without an answer or a further byte, after which the next mirror is asked


CACHE = pooch.os_cache("hidden-nodes")


class NotReachable(BadInput):
    """No source has all four files; the message lists what each of them answered, and the remedies."""


def copy_mnist(directory: Path) -> None:
    """Bring the four files, verified, into `directory`.

    Raises
    ------
    NotReachable
        If neither `MNIST_MIRROR` (a directory or URL) nor the download cache nor a public mirror has them.
    """
    failures = []
    for source in _sources():
        try:
            for name in FILES:
                shutil.copyfile(_verified(source, name), directory / name)
            return
        except (OSError, ValueError, requests.RequestException) as error:
            failures.append(f"{source}: {_reason(error)}")
    raise NotReachable(
        f"MNIST cannot be had ({'; '.join(failures)}). Set MNIST_MIRROR to a directory or URL that has the four files, "
        f"or put them into {CACHE}, or go online."
    )


def has_mnist(directory: Path) -> bool:
    """Whether `directory` holds the four files, byte for byte."""
    try:
        return all(_verified(str(directory), name) for name in FILES)
    except (OSError, ValueError):
        return False


def _sources() -> Iterator[str]:
    if mirror := os.environ.get("MNIST_MIRROR"):
        yield mirror
    yield from PUBLIC_MIRRORS


def _verified(source: str, name: str) -> Path:
    """The path of a verified file: in `source` itself if that is a directory, else in the download cache."""
    size, sha256 = FILES[name]
    if "://" not in source:
        path = Path(source).expanduser() / name
        if path.stat().st_size != size or pooch.file_hash(str(path)) != sha256:
            raise ValueError(f"{name} is not the original file: its SHA-256 differs")
        return path
    cache = pooch.create(CACHE, source.rstrip("/") + "/", registry={name: f"sha256:{sha256}"})
    return Path(cache.fetch(name, downloader=_download))


def _download(url: str, output_file: str, _: pooch.Pooch) -> None:
    """Download as pooch's own downloader does, but never more bytes than the file has, and no way off https."""
    name = url.rsplit("/", 1)[-1]
    size = FILES[name][0]
    session = requests.Session()
    if url.startswith("https:"):
        del session.adapters["http://"]  # a redirect to plain http now finds no way to go
    with (
        session.get(url, stream=True, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"}) as response,
        Path(output_file).open("wb") as file,
        tqdm(desc=name, total=size, unit="B", unit_scale=True, disable=None) as bar,
    ):
        response.raise_for_status()
        for chunk in response.iter_content(2**16):
            if file.tell() + len(chunk) > size:
                raise ValueError(f"{name} is longer than the {size} bytes of the original")
            file.write(chunk)
            bar.update(len(chunk))


def _reason(error: Exception) -> str:
    """What went wrong in a few words: requests and pooch wrap the cause in long sentences."""
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} does not exist"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT} s"
    if "does not match the known hash" in str(error):
        return "a file's SHA-256 differs from the original's"
    return " ".join(str(error).split())
