"""`antigone mcp add|list|tools|check|trust|distrust|remove|serve`: tools of other programs, and ours for them."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from assistant import settings
from assistant.mcp import config
from assistant.mcp.config import KnownTool, Server
from kernels.errors import UserError

_NAME = re.compile(r"[a-z][a-z0-9]{0,23}")
_STATE = {"": "asks each time, once allow_outside is on", "change": "trusted, asks each time", "look": "trusted to run"}


def add(name: str, command: Sequence[str], url: str | None, pass_on: Sequence[str]) -> None:
    """Connect a server: start it or ask its address once, and note the tools that it describes.

    Raises:
        UserError: the name, program or address will not do, or the server does not answer as one.
    """
    from assistant.mcp.connection import Connection

    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name for a server.", "Take one short word of small letters and digits.")
    if bool(command) == bool(url):
        remedy = f"Say: antigone mcp add {name} -- PROGRAM ARGUMENTS; or: antigone mcp add {name} --url ADDRESS"
        raise UserError("A server is a program or an address.", remedy)
    options = settings.load()
    _refuse_taken(config.read(options.home), name)
    for variable in pass_on:
        if variable not in os.environ:
            raise UserError(f"The environment has no variable {variable}.", "Set it, then add the server again.")
    server = _addressed(name, url, options) if url else _program(name, command)
    server = Server(name, server.command, server.folder, server.url, tuple(pass_on))
    connection = Connection(server)
    try:
        server = config.renewed(server, connection.tools())
    finally:
        connection.close()
    with config.changing(options.home) as servers:
        _refuse_taken(servers, name)  # another terminal may have been faster
        if len(servers) >= config.MOST_SERVERS:
            raise UserError(f"{config.MOST_SERVERS} servers are connected, which is the most.", "Remove one first.")
        servers[name] = server
    about = f" It calls itself {connection.who}." if connection.who else ""
    _say(f"{name} is connected and has {_count(server)}.{about}")
    for tool in server.tools:
        _say(_line(tool))
    _say(f"None of them is trusted yet. To trust one: antigone mcp trust {name} TOOL")


def list_servers(as_json: bool) -> None:
    """One line a server."""
    servers = config.read(settings.home()).values()
    for server in servers:
        if as_json:
            _say(json.dumps(asdict(server), ensure_ascii=False))
            continue
        how = server.url or " ".join(server.command)
        trusted = sum(1 for tool in server.tools if tool.allowed)
        _say(f"{server.name}: {how}. {_count(server)}, {trusted} trusted.")
    if not servers and not as_json:
        _say("No server is connected. To connect one: antigone mcp add NAME -- PROGRAM ARGUMENTS")


def tools(name: str | None) -> None:
    """Every tool with what it says of itself, as it was described last."""
    servers = config.read(settings.home())
    chosen = [_find(servers, name)] if name else list(servers.values())
    for server in chosen:
        _say(f"{server.name}, {_count(server)}:")
        for tool in server.tools:
            _say(_line(tool))


def check(name: str) -> None:
    """Connect again and say what changed; what changed is no longer trusted."""
    from assistant.mcp.connection import Connection

    home = settings.home()
    server = _find(config.read(home), name)
    connection = Connection(server)
    try:
        now = config.note(home, server, connection.tools())
    finally:
        connection.close()
    if now is None:
        raise UserError(f"{name} was removed or connected anew meanwhile.", "See what there is: antigone mcp list")
    before = {tool.name: tool for tool in server.tools}
    fresh = [tool for tool in now.tools if before.get(tool.name, tool).fingerprint != tool.fingerprint]
    added = [tool for tool in now.tools if tool.name not in before]
    gone = sorted(set(before) - {tool.name for tool in now.tools})
    for kind, found in (("changed, and not trusted any more", fresh), ("new", added)):
        for tool in found:
            _say(f"This one is {kind}. {_line(tool).strip()}")
    for lost in gone:
        _say(f"{lost} is gone.")
    if not (fresh or added or gone):
        _say(f"{name} answers, and its tools are what they were.")


def trust(name: str, tool: str | None, runs: bool) -> None:
    """Allow a tool, or all of a server's, as it is now: asking each time, or running unasked."""
    with config.changing(settings.home()) as servers:
        server = _find(servers, name)
        chosen = [server.tool(tool)] if tool else [one for one in server.tools if not one.unfit]
        for one in chosen:
            server = config.trusted(server, one.name, "look" if runs else "change")
        servers[name] = server
    for one in chosen:
        _say(_line(server.tool(one.name)))
    how = "run without asking" if runs else "ask you each time before they run"
    _say(f"Trusted tools of {name} now {how}. If one changes, it is no longer trusted.")


def distrust(name: str, tool: str | None) -> None:
    """Take trust back."""
    with config.changing(settings.home()) as servers:
        server = _find(servers, name)
        for one in [server.tool(tool)] if tool else server.tools:
            server = config.trusted(server, one.name, "")
        servers[name] = server
    _say(f"{tool or 'No tool'} of {name} is {'not ' if tool else ''}trusted now.")


def remove(name: str) -> None:
    """Forget a server and what was trusted of it."""
    with config.changing(settings.home()) as servers:
        del servers[_find(servers, name).name]
    _say(f"{name} is no longer connected.")


def serve(folders: Sequence[Path]) -> None:
    """Offer our own tools that look to another program, over this process's input and output."""
    from assistant.mcp.serve import run

    run(settings.load(), folders)


def _addressed(name: str, url: str, options: settings.Settings) -> Server:
    from assistant.web.places import place_of

    host, inside = place_of(url, "That", "http://127.0.0.1:8000/mcp")
    if not inside and not options.allow_outside:
        raise UserError(f"{host} is outside this machine, which is off.", "Turn on allow_outside in the settings.")
    return Server(name, url=url)


def _program(name: str, command: Sequence[str]) -> Server:
    """The program by its whole path, in the folder where it was named: it means the same from anywhere."""
    found = shutil.which(command[0])
    if found is None:
        raise UserError(f"There is no program {command[0]}.", "Give its whole path, or install it first.")
    return Server(name, (str(Path(found).absolute()), *command[1:]), str(Path.cwd()))


def _find(servers: dict[str, Server], name: str) -> Server:
    if name not in servers:
        names = ", ".join(servers) or "none"
        raise UserError(f"There is no server {name}.", f"Those that are connected: {names}.")
    return servers[name]


def _refuse_taken(servers: dict[str, Server], name: str) -> None:
    if name in servers:
        raise UserError(f"There is a server {name} already.", f"Remove it first: antigone mcp remove {name}")


def _count(server: Server) -> str:
    return "1 tool" if len(server.tools) == 1 else f"{len(server.tools)} tools"


def _line(tool: KnownTool) -> str:
    if tool.unfit:
        return f"  {tool.name}: not offered; {tool.unfit}."
    arguments = ", ".join(tool.parameters.get("properties", {})) or "nothing"
    state = "changed since it was trusted; asks each time" if tool.changed else _STATE[tool.allowed]
    return f'  {tool.name}: {state}. Takes {arguments}. It says of itself: "{tool.description}"'


def _say(line: str) -> None:
    print(line, flush=True)
