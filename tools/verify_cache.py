"""Hold what DVC's cache has against the hashes that name it: `make verify`, and each stage under `make repro`.

A cached file is named by its MD5. DVC protects it from writing, and then takes it for whole unread, as long as its
permissions are those of a protected file (`LocalHashFileDB.check`): what a disk, a crash or an editor made of it would
come back as a result.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml
from dvc.repo import Repo
from dvc.utils import dict_sha256
from dvc_data.hashfile.meta import Meta

from hidden_nodes.errors import BadInput

LOCK = Path("dvc.lock")
CACHED = re.compile(r"[0-9a-f]{30}(\.dir)?")  # the name of a cached file, after the two digits that name its folder
LISTING = ".dir"  # ends the name of what lists the files of a directory


def locate_cache() -> Path:
    """The folder of the project's cached files, which may be one that several projects or users share."""
    with Repo() as repo:
        return Path(repo.cache.local.path)


def list_cached(cache: Path) -> Iterator[Path]:
    """All cached files, without what DVC had begun to write."""
    yield from (path for path in sorted(cache.glob("??/*")) if CACHED.fullmatch(path.name))


def list_outputs(stage: str, cache: Path) -> Iterator[Path]:
    """Where the cache has a stage's outputs, by DVC's record of the last run; the files of a directory, too."""
    record = yaml.load(LOCK.read_text(encoding="utf-8"), yaml.CSafeLoader)["stages"][stage]
    for out in record.get("outs", []):
        path = locate(out["md5"], cache)
        yield path
        if path.suffix == LISTING and path.is_file() and is_whole(path):
            yield from (locate(file["md5"], cache) for file in json.loads(path.read_bytes()))


def locate(name: str, cache: Path) -> Path:
    """Where DVC keeps the file of that hash."""
    return cache / name[:2] / name[2:]


def is_whole(path: Path) -> bool:
    """Whether a cached file's MD5 is its name. Raises BadInput if it cannot be read."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} in DVC's cache cannot be read: {error.strerror}") from None
    return found == path.parent.name + path.name.removesuffix(LISTING)


def is_whole_run(path: Path) -> bool:
    """Whether DVC's record of a run, which is named by its hash too, is what it was: a part of one can be YAML, too."""
    try:
        record = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return bool(dict_sha256(record, exclude=[Meta.PARAM_SIZE, Meta.PARAM_NFILES]) == path.name)
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        return False


def list_runs(cache: Path) -> list[Path]:
    """DVC's records of all runs, which lie beside the folder of the cached files."""
    return sorted(path for path in cache.parents[1].glob("runs/??/*/*") if re.fullmatch("[0-9a-f]{64}", path.name))


def remove_damaged(paths: Iterable[Path], check: Callable[[Path], bool] = is_whole) -> list[Path]:
    """Remove those of the cached files that are not what their names say, as DVC does with what it finds damaged.

    Raises
    ------
    BadInput
        If one cannot be read or removed.
    """
    damaged = [path for path in paths if path.is_file() and not check(path)]
    for path in damaged:
        try:
            path.unlink()
        except OSError as error:
            raise BadInput(f"{path} in DVC's cache is damaged and cannot be removed: {error.strerror}") from None
        print(f"{path} was damaged (its hash must be its name) and has been removed", flush=True)
    return damaged


def main() -> None:
    cache = locate_cache()
    cached, runs = list(list_cached(cache)), list_runs(cache)
    damaged = remove_damaged(cached) + remove_damaged(runs, is_whole_run)
    print(f"{len(cached) + len(runs) - len(damaged)} files in {cache.parents[1]} are what their names say")
    if damaged:
        raise BadInput(
            f"{len(damaged)} cached files were damaged and have been removed: `dvc fetch` brings them from a remote, "
            "or `make repro` makes them again"
        )
