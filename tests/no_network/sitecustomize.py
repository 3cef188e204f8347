"""On PYTHONPATH, this makes every use of the network fail; sockets between processes of this machine still work.

With READ_FILES in the environment, a stage also leaves there the names of all files that it opens to read.
"""

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn


def refuse(*arguments: object, **_: object) -> NoReturn:
    raise RuntimeError(f"a stage wants to use the network: {arguments}")


class LocalSocket(socket.socket):
    def connect(self, address: object) -> None:
        if self.family != socket.AF_UNIX:
            refuse(address)
        super().connect(address)  # type: ignore[arg-type]

    def connect_ex(self, address: object) -> int:
        if self.family != socket.AF_UNIX:
            refuse(address)
        return super().connect_ex(address)  # type: ignore[arg-type]


def note_reads(path: Path) -> None:
    """Write the absolute name of every file that is opened to read to `path`, a line each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = path.open("w", encoding="utf-8", buffering=1)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            mode, flags = arguments[1], arguments[2]
            writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else False
            writes = writes or bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))
            if not writes:
                log.write(f"{Path.cwd() / os.fsdecode(arguments[0])}\n")

    sys.addaudithook(note)


socket.socket = LocalSocket  # type: ignore[misc]
socket.getaddrinfo = refuse
if "READ_FILES" in os.environ and sys.orig_argv[1:3] == ["-m", "stages"]:
    note_reads(Path(os.environ["READ_FILES"]) / "-".join(sys.orig_argv[3:]))
