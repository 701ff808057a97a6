"""The tools of connected servers among our own: named SERVER__TOOL, outside until trusted, their words only data.

    tools = joined(assistant.tools.load(), settings)      # a dict that changes when a tool does: keep the reference

Nothing is started here: the tools are those that the servers described last. A call compares again; a tool that has
changed since is not called, loses its trust and is said to have.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from assistant.hub.addresses import host_of, is_this_machine, origin
from assistant.mcp import config
from assistant.mcp.config import KnownTool, Server
from assistant.mcp.connection import CALL_S, Changed, Connection, Reply
from assistant.mcp.schemas import clean, tool_name
from assistant.permissions import Tier
from assistant.tools.base import Tool, ToolContext, ToolResult
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings

SAID = 400  # characters of a result that are said at once
MOST_SAID = 20_000  # characters that "more" keeps
LONGEST_VALUE = 300  # characters of an argument that are read back whole


class JoinedTools(dict[str, Tool]):
    """Our tools and those of the servers. `refused` says of each that did not join why."""

    def __init__(self, tools: Mapping[str, Tool], settings: "Settings") -> None:
        super().__init__(tools)
        self._own = frozenset(tools)
        self._settings = settings
        self._connections: dict[Server, Connection] = {}  # by Server.bare
        self.refused: dict[str, str] = {}
        self._file = settings.home / config.FILE_NAME
        self._seen: tuple[int, int, int] | None = None
        self._refresh()

    def __getitem__(self, name: str) -> Tool:
        self._refresh()
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The tool of a name as it is trusted now, or `default`."""
        self._refresh()
        return super().get(name, default)

    def _refresh(self) -> None:
        """Take in what a command in a terminal has changed meanwhile: trust that was taken back ends at once."""
        try:
            found = self._file.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            seen = (0, 0, 0)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            servers = config.read(self._settings.home)
        except UserError as error:  # everything else works without them; the doctor says so
            self.refused[config.FILE_NAME], servers = error.text, {}
        for name in [name for name in self if name not in self._own]:
            del self[name]
        for server in servers.values():
            self.take(server)
        self._leave({server.bare for server in servers.values()})

    def _leave(self, kept: Collection[Server]) -> None:
        """End the servers that are no longer connected as they were started; a turn does not wait for their end."""
        for gone in [server for server in list(self._connections) if server not in kept]:
            threading.Thread(target=self._connections.pop(gone).close, name="mcp-leave", daemon=True).start()

    def take(self, server: Server) -> None:
        """Put a server's tools in the place of those it had before."""
        prefix = f"{tool_name(server.name)}__"
        for name in [name for name in self if name.startswith(prefix) and name not in self._own]:
            del self[name]
        for known in server.tools:
            if known.unfit:
                self.refused[f"{server.name} {known.name}"] = known.unfit
                continue
            name = prefix + tool_name(known.name)
            if name in self:
                self.refused[f"{server.name} {known.name}"] = "there is a tool of that name already"
                continue
            self[name] = self._tool(name, server, known)

    def close(self) -> None:
        """End every server that was started."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _tool(self, name: str, server: Server, known: KnownTool) -> Tool:
        spoken = clean(known.name, 60).replace("_", " ")
        return Tool(
            name, self._caller(server, known), known.description or f"{spoken} of {server.name}", known.parameters,
            tier_of(server, known, self._settings), CALL_S + 20.0, None, False, _effect(server, spoken),
            origin=f"mcp {server.name}",
        )  # fmt: skip

    def _caller(self, server: Server, known: KnownTool) -> Callable[..., ToolResult]:
        def run(context: ToolContext, **arguments: Any) -> ToolResult:
            connection = self._connections.setdefault(server.bare, Connection(server))
            detail = {"tool": known.name, "server": server.name, "host": host_of(server.url) if server.url else ""}
            context.store.record("outside", detail, context.now())
            try:
                return _result(server, connection.call(known, arguments))
            except Changed as changed:
                raise self._changed(context, server, known, changed) from None

        return run

    def _changed(self, context: ToolContext, server: Server, known: KnownTool, changed: Changed) -> UserError:
        """Note what the server describes now; the sentence that says that nothing was sent."""
        config.note(self._settings.home, server, changed.tools)
        self._refresh()
        detail = {"server": server.name, "tool": known.name, "fingerprint": known.fingerprint}
        context.store.record("tool changed", detail, context.now())
        if all(tool.name != known.name for tool in changed.tools):
            return UserError(
                f"{server.name} no longer has {known.name}, so nothing was sent.",
                f"See what it has: antigone mcp tools {server.name}",
            )
        return UserError(
            f"{known.name} of {server.name} is not what it was when you last saw it, so I sent nothing.",
            f"It is no longer trusted. To see it: antigone mcp tools {server.name}. Or ask again, and I ask you first.",
        )


def joined(tools: Mapping[str, Tool], settings: "Settings") -> JoinedTools:
    """Our tools and those of the servers that the user connected; where their list is damaged, ours alone."""
    return JoinedTools(tools, settings)


def tier_of(server: Server, known: KnownTool, settings: "Settings") -> Tier:
    """OUTSIDE until this very tool is trusted; beyond this machine it stays so while `allow_outside` is off."""
    if not known.allowed:
        return Tier.OUTSIDE
    if server.url and not is_this_machine(origin(server.url)[1]) and not settings.allow_outside:
        return Tier.OUTSIDE
    return Tier.LOOK if known.allowed == "look" else Tier.CHANGE


def _effect(server: Server, spoken: str) -> Callable[..., str]:
    """What is read back before a call, in our words and the user's: nothing of it is the server's description."""
    place = f" at {host_of(server.url)}" if server.url else ""

    def effect(context: ToolContext, **arguments: Any) -> str:
        said = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in arguments.items())
        return f"Let {server.name}{place} do {spoken}{f' with {said}' if said else ''}"

    return effect


def _short(value: Any) -> str:
    text = clean(str(value), LONGEST_VALUE + 1)
    rest = len(str(value)) - LONGEST_VALUE
    return f"{text[:LONGEST_VALUE]} and {rest} more letters" if rest > 0 else text


def _result(server: Server, reply: Reply) -> ToolResult:
    """What a server said, as said by it. Raises UserError where the tool reports a failure."""
    lines = [clean(line, MOST_SAID) for line in reply.text[:MOST_SAID].splitlines()]
    text = "\n".join(line for line in lines if line)
    if reply.failed:
        raise UserError(f"{server.name} says it failed: {text[:200] or 'without a reason'}.", "Ask in other words.")
    data = {"text": text, "server": server.name}
    if not text:
        kinds = ", ".join(dict.fromkeys(reply.other))
        what = f"sent {kinds} and no words, which I can't use" if kinds else "sent an empty answer"
        return ToolResult(f"{server.name} {what}.", data, found=False)
    said, rest = text[:SAID], text[SAID:]
    if rest and " " in said:
        said, _, broken = said.rpartition(" ")
        rest = broken + rest
    more = " There is more; say more." if rest else ""
    return ToolResult(f"{server.name} says: {said}{more}", data, rest)
