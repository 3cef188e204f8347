"""What every worker is told about a sweep. Workers get this by value: no import of ours."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

TAIL = 4_000  # characters of a failed trial's log that travel
Versions = tuple[tuple[str, str], ...]  # names of packages, and of Python, each with its version


@dataclass(frozen=True)
class Job:
    """What all trials of a sweep share.

    key : names the sweep's files on a worker. cache : the client's DVC cache, used where `token`, a file in it, holds
    the key: the same file system. stages : what to run. shared : stages that are done already. keep : which outputs
    travel home. remote : whether they do so through the project's DVC remote. versions : of the client's packages.
    """

    key: str
    commit: str
    cache: str
    token: str
    stages: tuple[str, ...]
    shared: tuple[str, ...]
    keep: str
    remote: bool
    versions: Versions


def compare_versions(expected: Versions) -> str:
    """What differs from the client's Python and packages, in words; empty if nothing does."""
    found = []
    for name, wanted in expected:
        try:
            present = platform.python_version() if name == "Python" else version(name)
        except PackageNotFoundError:
            present = "none"
        if present != wanted:
            found.append(f"{name} {present} instead of {wanted}")
    return ", ".join(found)
