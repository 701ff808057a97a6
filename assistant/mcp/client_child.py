"""The client's own process: one server, reached with the official SDK. A crash or a hang in here harms nothing else.

Started as `python -P -m assistant.mcp.client_child`. Messages are those of assistant.engines.protocol (a length, then JSON):

    to the child      {"do": "open", "command": [...], "folder": ..., "environment": {...}} or {"do": "open", "url": ..., "key": ...}
                      {"do": "call", "id": 3, "name": ..., "arguments": {...}, "fingerprint": ..., "seconds": 30}
                      {"do": "list", "id": 4, "seconds": 10}      end of input: leave
    from the child    {"is": "tools", "id": 0, "who": "name version", "tools": [[name, description, schema], ...]}
                      {"is": "result", "id": 3, "text": ..., "other": ["image"], "failed": false}
                      {"is": "changed", "id": 3, "tools": [...]}   the tool is not the one that was expected: not called
                      {"is": "error", "id": 3, "why": "slow", "text": ...}

A call lists the server's tools first, so that a description changed a moment ago is seen before anything is sent.
"""

# ruff: noqa: E501 - the table of messages

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from contextlib import AsyncExitStack
from typing import Any

import anyio
import mcp_types
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from assistant.engines import protocol
from assistant.mcp import transport_child as transport
from assistant.mcp.schemas import fingerprint

MOST_TEXT = 100_000  # characters of a result that are handed on
MOST_LISTED = 256
ANSWER_S = 40.0  # to one message; npx and uvx may fetch the server first
_PAGES = 16


class Session:
    """One open connection and what can be asked of it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def tools(self) -> list[list[Any]]:
        """(name, description, schema) of each tool, as the server gives them now."""
        found: list[list[Any]] = []
        cursor = None
        for _ in range(_PAGES):
            page = await self._client.list_tools(cursor=cursor)
            found += [[tool.name, tool.description or "", tool.input_schema] for tool in page.tools]
            cursor = page.next_cursor
            if not cursor or len(found) > MOST_LISTED:
                break
        return found[:MOST_LISTED]

    async def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a "call"."""
        listed = await self.tools()
        chosen = next((row for row in listed if row[0] == request["name"]), None)
        if chosen is None or fingerprint(*chosen) != request["fingerprint"]:
            return {"is": "changed", "tools": listed}
        result = await self._client.call_tool(request["name"], request["arguments"])
        texts, other = _contents(result)
        text = "\n".join(texts)
        if not text.strip() and result.structured_content is not None:
            text = json.dumps(result.structured_content, ensure_ascii=False)
        cut = len(text) > MOST_TEXT
        return {"is": "result", "text": text[:MOST_TEXT], "other": other, "cut": cut, "failed": bool(result.is_error)}


def _contents(result: mcp_types.CallToolResult) -> tuple[list[str], list[str]]:
    """The texts of a result, and the kinds of what is no text."""
    texts, other = [], []
    for block in result.content:
        resource = getattr(block, "resource", None)
        text = getattr(block, "text", None) or getattr(resource, "text", None)
        if isinstance(text, str):
            texts.append(text)
        else:
            other.append(str(getattr(block, "type", "something else")))
    return texts, other


async def serve(requests: "asyncio.Queue[dict[str, Any] | None]", replies: Any) -> None:
    """Open what the first message names, then answer one request after the other until there is no more."""
    first = await requests.get()
    if first is None:
        return
    watch = transport.Watch()
    if first.get("url"):
        streams = transport.address(first["url"], first.get("key", ""), watch)
    else:
        environment = transport.environment(first.get("environment", {}))
        streams = transport.program(first["command"], first.get("folder", ""), environment, watch)
    number = 0
    try:
        async with AsyncExitStack() as stack:
            about = mcp_types.Implementation(name="antigone", version="1")
            opened = Client(streams, client_info=about, cache=None, read_timeout_seconds=ANSWER_S)
            session = Session(client := await stack.enter_async_context(opened))
            who = client.server_info
            name = f"{who.name} {who.version}" if who else ""
            answer = {"is": "tools", "who": name, "tools": await session.tools()}
            protocol.write(replies, {**answer, "id": 0})
            while (request := await requests.get()) is not None:
                number = request["id"]
                with anyio.fail_after(request["seconds"]):
                    answer = await _answer(session, request, watch)
                protocol.write(replies, {**answer, "id": number})
    except BaseException as error:  # whatever it was, the parent gets a word of it before this process ends
        if not isinstance(error, asyncio.CancelledError):
            text = f"{_reason(error)} {watch.complaint}".strip()
            why = "slow" if _is(error, TimeoutError) else watch.why or "broke"
            why = "start" if _reason(error).startswith("start:") else why
            protocol.write(replies, {"is": "error", "id": number, "why": why, "text": text[:600]})


async def _answer(session: Session, request: dict[str, Any], watch: transport.Watch) -> dict[str, Any]:
    try:
        if request["do"] == "list":
            return {"is": "tools", "who": "", "tools": await session.tools()}
        return await session.call(request)
    except MCPError as error:
        if watch.why:  # the connection is gone, and the error is only how the SDK says so
            raise
        return {"is": "error", "why": "refused", "text": str(error)[:600]}


def _is(error: BaseException, kind: type[BaseException]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is(inner, kind) for inner in error.exceptions)
    return isinstance(error, kind)


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) if isinstance(error, transport.Trouble) else f"{type(error).__name__}: {error}"[:300]


def main() -> None:
    """Be the child until standard input closes."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land among the messages
    logging.disable(logging.CRITICAL)  # the SDK logs what servers send; it is nobody's to keep

    async def run() -> None:
        loop = asyncio.get_running_loop()
        requests: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        task = asyncio.current_task()
        assert task is not None

        def listen() -> None:
            while True:
                try:
                    header, _ = protocol.read(sys.stdin.buffer)
                except protocol.Broken:
                    loop.call_soon_threadsafe(task.cancel)  # nobody waits: end the server and leave
                    return
                loop.call_soon_threadsafe(requests.put_nowait, header)

        threading.Thread(target=listen, daemon=True).start()
        await serve(requests, replies)

    try:
        asyncio.run(run())
    except (asyncio.CancelledError, protocol.Broken):
        pass
    finally:
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)  # what the server's program has started, and this process
        os._exit(0)  # the listening thread may be in the middle of a read


if __name__ == "__main__":
    main()
