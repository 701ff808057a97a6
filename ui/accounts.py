"""Whose browser it is: loopback is shared by every account of this computer, and the page holds one user's memory.

Linux tells which account owns each end of a connection. Other systems do not tell an ordinary program, so there every
account that can reach the port is let in.
"""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.guard import refuse

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ROOT = 0
_ESTABLISHED = "01"

Address = tuple[str, int]  # dotted IPv4 address and port


class OwnAccount:
    """ASGI middleware: answers only the account that runs the program, and root, whom nothing would stop."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not may_enter(scope["client"], scope["server"]):
            await refuse(scope, receive, send, 403, "This page belongs to another account of this computer.")
            return
        await self.app(scope, receive, send)


def may_enter(client: Address, server: Address, tables: tuple[Path, ...] = TABLES) -> bool:
    """Whether the client's end of a loopback connection is this account's own; True where the system does not tell."""
    ends = {(local, remote): (state, owner) for local, remote, state, owner in _connections(tables)}
    here, there = _hexadecimal(server), _hexadecimal(client)
    if (here, there) not in ends:  # not even our own end is listed
        return True
    state, owner = ends.get((there, here), ("", -1))
    # a connection whose owner has gone is listed as root's, so root's must be alive
    return owner == os.getuid() or (owner == ROOT and state == _ESTABLISHED)


def _connections(tables: tuple[Path, ...]) -> Iterator[tuple[str, str, str, int]]:
    """Local end, remote end, state and owner of each connection; IPv6's mapped IPv4 addresses are shortened."""
    for table in tables:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, remote, state, _, _, _, owner, *_ = line.split()
            yield local[-13:], remote[-13:], state, int(owner)


def _hexadecimal(address: Address) -> str:
    """An address as the kernel's table writes it: 127.0.0.1:80 is 0100007F:0050 on most processors."""
    host, port = address
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
