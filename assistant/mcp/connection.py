"""A server's connection as our side sees it: a child process that speaks the protocol, started when it is needed.

The child has a process group of its own in which it starts the server's program, so that nothing stays behind: the
group is ended when the connection closes, when a call takes too long, and when this process ends.
"""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.engines import protocol
from assistant.mcp.config import MOST_TOOLS, KnownTool, Server
from assistant.mcp.schemas import Unfit, clean, fingerprint, simple_schema, tool_name
from kernels.errors import UserError

ROOT = Path(__file__).parents[2]
OPEN_S = 45.0
CALL_S = 30.0
_GRACE_S = 3.0  # beyond a call's own limit, which the child keeps
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "APPDATA", "USERPROFILE")
_GONE = {"is": "error", "why": "died", "text": ""}

_WHY = {  # why a connection or a call failed -> (what is said, what to do)
    "start": ("cannot be started", "See its command with: antigone mcp list"),
    "slow": ("did not answer in time, so I stopped it", "Try again later"),
    "much": ("sent far too much, so I stopped it", "Ask it for less"),
    "packed": ("sent a compressed answer, which I don't take, so I stopped it", "Turn off compression in the server"),
    "garbage": ("sent what is no message, so I stopped it", "It may be no MCP server; look at how it is started"),
    "ended": ("ended by itself", "See that its command works in a terminal"),
    "key": ("wants another key", "Connect it again with --key-variable"),
    "refused": ("refused the request", "Ask in other words"),
}
_BROKE = ("broke off in the middle", "Try again; if it happens again, look at the server")


@dataclass(frozen=True)
class Reply:
    """What a tool answered: `text` as it came, the kinds of what is no text, whether it was cut, whether it failed."""

    text: str
    other: tuple[str, ...] = ()
    cut: bool = False
    failed: bool = False


class Changed(Exception):
    """The tool is not what it was when it was last looked at. `tools` are those of now."""

    def __init__(self, tools: tuple[KnownTool, ...]) -> None:
        super().__init__("changed")
        self.tools = tools


class Connection:
    """One server. Safe to use from several threads; one request at a time.

    Args:
        server: what to start or ask.
        call_s: seconds that one call may take.
    """

    def __init__(self, server: Server, call_s: float = CALL_S) -> None:
        self.server, self.call_s = server, call_s
        self.who = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self._number = 0
        self._turn = threading.Lock()
        self._finalizer: weakref.finalize[..., Connection] | None = None

    def tools(self) -> tuple[KnownTool, ...]:
        """The tools as the server describes them now; those that cannot be used say why.

        Raises:
            UserError: it cannot be reached, or sends what is no list of tools.
        """
        with self._turn:
            fresh = self._open()
            rows = self._ask({"do": "list", "seconds": 10.0}, 10.0)["tools"] if fresh is None else fresh
        return known_tools(rows)

    def call(self, tool: KnownTool, arguments: dict[str, Any]) -> Reply:
        """Call a tool, if it is still the one whose fingerprint is known.

        Raises:
            Changed: it is not; nothing was called.
            UserError: the server cannot be reached, refuses, takes too long, sends too much, or dies.
        """
        request = {"do": "call", "name": tool.name, "arguments": arguments, "fingerprint": tool.fingerprint}
        with self._turn:
            self._open()
            answer = self._ask({**request, "seconds": self.call_s}, self.call_s)
        if answer["is"] == "changed":
            raise Changed(known_tools(answer["tools"]))
        return Reply(str(answer["text"]), tuple(map(str, answer["other"])), bool(answer["cut"]), bool(answer["failed"]))

    def close(self) -> None:
        """End the server and the process that speaks with it."""
        with self._turn:
            self._end()

    def _open(self) -> list[Any] | None:
        """Start the child where it does not run; the tools as it lists them, None where it ran already."""
        if self._process is not None and self._process.poll() is None:
            return None
        self._end()
        self._start()
        answer = self._ask(_opening(self.server), OPEN_S)
        self.who = clean(str(answer["who"]), 80)
        tools: list[Any] = answer["tools"]
        return tools

    def _start(self) -> None:
        program = self.server.command[:1]
        if program and shutil.which(program[0]) is None:  # no process is needed to know this
            raise UserError(f"{self.server.name} cannot be started: there is no {program[0]}.", "Connect it again.")
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "assistant.mcp.client_child"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**environment, "PYTHONPATH": str(ROOT)}, **group,
            )  # fmt: skip
        except OSError as error:
            raise UserError(f"No process could be started ({error.strerror}).", "Close other programs.") from None
        self._process, self._replies = process, queue.Queue()
        self._finalizer = weakref.finalize(self, _stop, process)
        threading.Thread(target=_collect, args=(process, self._replies), daemon=True).start()

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        self._number = 0 if request["do"] == "open" else self._number + 1
        answer = _GONE
        end = time.monotonic() + seconds + _GRACE_S
        try:
            protocol.write(self._process.stdin, {**request, "id": self._number})
            answer = self._replies.get(timeout=end - time.monotonic())
        except protocol.Broken:  # it has left; what it said last tells why
            with contextlib.suppress(queue.Empty):
                answer = self._replies.get(timeout=1.0)
        except queue.Empty:
            answer = {"is": "error", "why": "slow", "text": ""}
        if answer["is"] != "error":
            return answer
        why = str(answer.get("why"))
        if why != "refused":
            self._end()
        said, remedy = _WHY.get(why, _BROKE)
        detail = clean(str(answer.get("text", "")), 200) if why in ("start", "ended", "refused") else ""
        raise UserError(f"{self.server.name} {said}{f' ({detail})' if detail else ''}.", f"{remedy}.")

    def _end(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._process = None


def _opening(server: Server) -> dict[str, Any]:
    passed = {name: os.environ[name] for name in server.pass_on if name in os.environ}
    if server.url:
        return {"do": "open", "url": server.url, "key": next(iter(passed.values()), "")}
    return {"do": "open", "command": list(server.command), "folder": server.folder, "environment": passed}


def known_tools(rows: Sequence[Any]) -> tuple[KnownTool, ...]:
    """The tools of a listing as they are kept; two that would get one name are both unfit.

    Args:
        rows: (name, description, schema) of each.
    """
    found: list[KnownTool] = []
    names: list[str] = []
    for name, description, schema in rows[:MOST_TOOLS]:
        parameters, unfit = {}, ""
        try:
            names.append(tool_name(name))
            parameters = simple_schema(schema)
        except Unfit as error:
            unfit = str(error)
            names += [""] * (len(found) + 1 - len(names))
        mark = fingerprint(name, description, schema)
        found.append(KnownTool(clean(name, 80), clean(description), parameters, mark, unfit))
    twice = {name for name in names if name and names.count(name) > 1}
    return tuple(
        KnownTool(tool.name, tool.description, {}, tool.fingerprint, "another of its tools has the same name")
        if name in twice
        else tool
        for tool, name in zip(found, names, strict=True)
    )


def _collect(process: "subprocess.Popen[bytes]", replies: "queue.Queue[dict[str, Any]]") -> None:
    assert process.stdout is not None
    with process.stdout, contextlib.suppress(protocol.Broken):
        while True:
            header, _ = protocol.read(process.stdout)
            if header.get("is") in ("tools", "result", "changed", "error"):
                replies.put(header)
    replies.put(_GONE)
    process.wait()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Let the child end the server, then end the whole group by force; also runs when this process ends."""
    with contextlib.suppress(OSError, ValueError):
        assert process.stdin is not None
        process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1.5)
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
