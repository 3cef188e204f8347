"""The objects of a DVC cache as one archive, to travel where no disk and no remote is shared.

These functions also run on workers, which get them by value: they use the standard library alone.
"""

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

OBJECT = re.compile(r"files/md5/([0-9a-f]{2})/([0-9a-f]{30})(\.dir)?")
RUN = re.compile(r"runs/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}")  # DVC's record of a stage that ran
LIMIT = 2**33  # bytes of one object at most


def list_objects(lock: dict[str, Any], cache: Path, wanted: Callable[[str, str], bool]) -> list[str]:
    """The cache's files with the outputs of a `dvc.lock`, by their names in `cache`.

    wanted : whether an output is, by the name of its stage and its path. Outputs that lie in git instead have no file.
    """
    names: set[str] = set()
    for stage, entry in lock.get("stages", {}).items():
        for out in entry.get("outs", []):
            name = _object_name(out["md5"])
            if not wanted(stage, out["path"]) or not (cache / name).is_file():
                continue
            names.add(name)
            if name.endswith(".dir"):
                children = json.loads((cache / name).read_text(encoding="utf-8"))
                names.update(_object_name(child["md5"]) for child in children)
    return sorted(names)


def pack(cache: Path, names: Iterable[str]) -> bytes:
    """The files `names` of `cache` as a compressed archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name in names:
            archive.add(cache / name, name)
    return stream.getvalue()


def unpack(archive: bytes, cache: Path) -> None:
    """Add an archive's files to `cache`, each whole or not at all; what is there already stays.

    Raises
    ------
    ValueError
        If a file is not what its name says.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        for entry in files:
            match = OBJECT.fullmatch(entry.name)
            if not (match or RUN.fullmatch(entry.name)) or not entry.isreg() or entry.size > LIMIT:
                raise ValueError(f"{entry.name[:80]} is no object of a DVC cache")
            target = cache / entry.name
            if target.exists():
                continue
            source = files.extractfile(entry)
            content = source.read() if source else b""
            if match and hashlib.md5(content, usedforsecurity=False).hexdigest() != match[1] + match[2]:
                raise ValueError(f"{entry.name} does not hold what its name says")
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as directory:
                part = Path(directory) / "part"
                part.write_bytes(content)
                part.chmod(0o444)  # as DVC leaves its objects
                part.replace(target)


def _object_name(md5: str) -> str:
    return f"files/md5/{md5[:2]}/{md5[2:]}"
