"""Which servers the user connected and which of their tools are trusted: `mcp.json` in the data folder, private.

Trust is bound to a tool's fingerprint. A tool whose name, description or schema is another than when it was trusted is
not trusted, whatever stands beside it.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from kernels.errors import UserError

FILE_NAME = "mcp.json"
MOST_SERVERS, MOST_TOOLS = 32, 64
_MOST_BYTES = 8 << 20
Trust = Literal["", "change", "look"]  # "change": asks before each use; "look": runs unasked


@dataclass(frozen=True)
class KnownTool:
    """A tool as a server described it last.

    Attributes:
        name: the server's own name for it.
        description, parameters: what is kept of its description and schema (assistant.mcp.schemas).
        fingerprint: of the whole of both.
        unfit: why it is not offered, else "".
        trust: what the user allowed, for the tool whose fingerprint is `trusted`.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    fingerprint: str
    unfit: str = ""
    trust: Trust = ""
    trusted: str = ""

    @property
    def allowed(self) -> Trust:
        """What the user allowed this very tool; "" for nothing."""
        return self.trust if self.trust and self.trusted == self.fingerprint else ""

    @property
    def changed(self) -> bool:
        """Whether it was trusted as something else than it is now."""
        return bool(self.trust) and self.trusted != self.fingerprint


@dataclass(frozen=True)
class Server:
    """A server: a program that is started (`command` in `folder`), or an address that is asked.

    Attributes:
        pass_on: names of environment variables that it is given besides the few that every program needs.
    """

    name: str
    command: tuple[str, ...] = ()
    folder: str = ""
    url: str = ""
    pass_on: tuple[str, ...] = ()
    tools: tuple[KnownTool, ...] = ()

    @property
    def bare(self) -> "Server":
        """What is started or asked: the server without its tools. Another one of the same name is another."""
        return replace(self, tools=())

    def tool(self, name: str) -> KnownTool:
        """One of its tools. Raises UserError where it has none of that name."""
        for tool in self.tools:
            if tool.name == name:
                return tool
        names = ", ".join(tool.name for tool in self.tools) or "none"
        raise UserError(f"{self.name} has no tool {name[:80]}.", f"Its tools are: {names}.")


def read(home: Path) -> dict[str, Server]:
    """The servers by name.

    Raises:
        UserError: the file cannot be read or is not what was written.
    """
    path = home / FILE_NAME
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("size")
        rows = json.loads(path.read_text("utf-8"))["servers"]
        servers = [_server(row) for row in rows]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Make it readable, or delete it.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        remedy = "Delete it, and connect the servers again with: antigone mcp add"
        raise UserError(f"{path}, which lists the servers that you connected, is damaged.", remedy) from None
    return {server.name: server for server in servers}


@contextmanager
def changing(home: Path) -> Iterator[dict[str, Server]]:
    """The servers, to be changed in place; written when the block ends well. One process at a time.

    Raises:
        UserError: the file cannot be read or written; it is as before.
    """
    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / FILE_NAME
    try:
        with FileLock(f"{path}.lock", timeout=10, mode=0o600):
            servers = read(home)
            before = dict(servers)
            yield servers
            if servers != before:
                _write(path, servers.values())
    except (OSError, Timeout) as error:
        reason = getattr(error, "strerror", None) or "another program holds it"
        raise UserError(f"{path} cannot be written: {reason}.", "Nothing was changed; try again.") from None


def renewed(server: Server, tools: Sequence[KnownTool]) -> Server:
    """A server with the tools that it describes now; what was trusted stays noted with what it was trusted as."""
    before = {tool.name: tool for tool in server.tools}
    kept = []
    for tool in tools[:MOST_TOOLS]:
        old = before.get(tool.name)
        kept.append(replace(tool, trust=old.trust, trusted=old.trusted) if old else tool)
    return replace(server, tools=tuple(kept))


def note(home: Path, server: Server, tools: Sequence[KnownTool]) -> Server | None:
    """Keep what a server describes now. None, and nothing is kept, where it was removed or replaced meanwhile.

    Trust is that of the file: what was taken back while the server was asked stays taken back.

    Raises:
        UserError: the file cannot be read or written; it is as before.
    """
    with changing(home) as servers:
        now = servers.get(server.name)
        if now is None or now.bare != server.bare:
            return None
        servers[server.name] = renewed(now, tools)
        return servers[server.name]


def trusted(server: Server, name: str, trust: Trust) -> Server:
    """A server with one of its tools allowed as it is now. Raises UserError where it has no such tool."""
    chosen = server.tool(name)
    if trust and chosen.unfit:
        raise UserError(f"{name} of {server.name} cannot be used: {chosen.unfit}.", "Choose another tool.")
    made = replace(chosen, trust=trust, trusted=chosen.fingerprint if trust else "")
    return replace(server, tools=tuple(made if tool.name == name else tool for tool in server.tools))


def _server(row: dict[str, Any]) -> Server:
    tools = tuple(KnownTool(**tool) for tool in row.pop("tools"))
    command, pass_on = (tuple(map(str, row.pop(name))) for name in ("command", "pass_on"))
    return Server(**row, command=command, pass_on=pass_on, tools=tools)


def _write(path: Path, servers: Any) -> None:
    """Beside it first, synced, then in its place: never half a file."""
    text = json.dumps({"servers": [asdict(server) for server in servers]}, indent=1, ensure_ascii=False)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
