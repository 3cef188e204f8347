"""On PYTHONPATH, this makes every use of the network fail; sockets between processes of this machine still work."""

import socket
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


socket.socket = LocalSocket  # type: ignore[misc]
socket.getaddrinfo = refuse
