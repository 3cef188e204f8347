"""The objects of a DVC cache as one archive, to travel where no disk and no remote is shared.

Workers get these functions by value: no import of ours.
"""

import hashlib
import io
import json
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OBJECT = re.compile(r"files/md5/([0-9a-f]{2})/([0-9a-f]{30})(\.dir)?")
RUN = re.compile(r"runs/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}")  # DVC's record of a stage that ran
LIMIT = 2**33  # bytes of one object at most


@dataclass(frozen=True)
class Output:
    """An output of a stage in a DVC cache, where objects have names such as `files/md5/01/23...`.

    listing : the object that lists a directory's files; None for a single file. files : the object of each, by path.
    """

    stage: str
    path: str
    listing: str | None
    files: dict[str, str]


def list_outputs(lock: dict[str, Any], cache: Path) -> list[Output]:
    """The outputs in a `dvc.lock` that `cache` holds; those that lie in git instead are not among them.

    Raises ValueError if one is named by anything but a hash, or if a directory's listing is none.
    """
    found = []
    for stage, entry in lock.get("stages", {}).items():
        for out in entry.get("outs", []):
            name, path = _object_name(out["md5"]), out["path"]
            if not (cache / name).is_file():
                continue
            if name.endswith(".dir"):
                files = _read_listing(cache / name)
                found.append(Output(stage, path, name, {f"{path}/{file}": files[file] for file in files}))
            else:
                found.append(Output(stage, path, None, {path: name}))
    return found


def list_objects(outputs: Iterable[Output]) -> set[str]:
    """All objects of `outputs`."""
    names: set[str] = set()
    for output in outputs:
        names.update(output.files.values(), [output.listing] if output.listing else [])
    return names


def pack(cache: Path, names: Iterable[str]) -> bytes:
    """The files `names` of `cache` as a compressed archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name in sorted(names):
            archive.add(cache / name, name)
    return stream.getvalue()


def unpack(archive: bytes, cache: Path) -> None:
    """Add an archive's files to `cache`, each whole or not at all; what is there already stays.

    Raises
    ------
    ValueError
        If the archive is damaged, or a file is not what its name says.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
            for entry in files:
                _unpack_one(files, entry, cache)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ValueError(f"the archive is damaged: {error}") from None


def _unpack_one(files: tarfile.TarFile, entry: tarfile.TarInfo, cache: Path) -> None:
    match = OBJECT.fullmatch(entry.name)
    if not (match or RUN.fullmatch(entry.name)) or not entry.isreg() or entry.size > LIMIT:
        raise ValueError(f"{entry.name[:80]} is no object of a DVC cache")
    target = cache / entry.name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        part = Path(directory) / "part"
        with part.open("w+b") as file:  # by way of the disk: memory is spared what an archive of little may unpack to
            if source := files.extractfile(entry):
                shutil.copyfileobj(source, file)
            file.seek(0)
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if match and digest != match[1] + match[2]:
            raise ValueError(f"{entry.name} does not hold what its name says")
        if match and match[3]:
            _read_listing(part)
        part.chmod(0o444)  # as DVC leaves its objects
        part.replace(target)


def _read_listing(listing: Path) -> dict[str, str]:
    """The objects of a directory's files, by their paths in it.

    Raises ValueError if one would not be in it: DVC would write wherever a path leads.
    """
    try:
        listed = json.loads(listing.read_text(encoding="utf-8"))
        files = {file["relpath"]: _object_name(file["md5"]) for file in listed}
        outside = [path for path in files if {"", ".", ".."} & set(path.split("/"))]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"the listing of a directory cannot be read: {error!r:.80}") from None
    if outside:
        raise ValueError(f"the listing of a directory names {outside[0][:80]!r}, which is not in it")
    return files


def _object_name(md5: str) -> str:
    name = f"files/md5/{md5[:2]}/{md5[2:]}"
    if not OBJECT.fullmatch(name):  # a lock that came from elsewhere may name any path
        raise ValueError(f"{md5[:80]!r} names no object of a DVC cache")
    return name
