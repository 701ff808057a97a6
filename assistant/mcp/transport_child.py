"""How the client's process reaches a server: a limited program over its pipes, or an address over HTTP.

The SDK's own transport for programs reads lines of any length and gives the program no limits, so this one stands in
its place (`mcp.client` takes any transport). The program stays in this process's group: whoever ends the group ends
both.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import httpx2
import mcp_types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

MOST_BYTES = 4 << 20  # of one message, and of one HTTP answer
SERVER_MEMORY = 4 << 30  # bytes of private memory that a server's program may write to
MOST_GARBAGE = 200  # lines that are no message
_STDERR_KEPT = 400


class Trouble(Exception):
    """What ended the connection, in a word that assistant.mcp.connection makes a sentence of."""


class Watch:
    """What is known of a connection beside its messages: why it ended, and what the program complained of."""

    def __init__(self) -> None:
        self.why = ""
        self.complaint = ""


def _limit() -> None:
    """In the new program before it runs: limited memory, no core dumps, and none of this process's own limits."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = SERVER_MEMORY if most == resource.RLIM_INFINITY else min(SERVER_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))


@asynccontextmanager
async def program(command: Sequence[str], folder: str, seen: Mapping[str, str], watch: Watch) -> AsyncIterator[Any]:
    """Start a program and yield the two streams of messages. Raises Trouble where it cannot be started."""
    more: dict[str, Any] = {} if sys.platform == "win32" else {"preexec_fn": _limit}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=folder or None, env=dict(seen), limit=MOST_BYTES, **more,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise Trouble(f"start: {getattr(error, 'strerror', None) or error}") from None
    to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    from_session, to_server = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, process, to_session, watch)
        tasks.start_soon(_write, process, to_server)
        tasks.start_soon(_complaints, process, watch)
        try:
            yield from_server, from_session
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)
            tasks.cancel_scope.cancel()
            for stream in (to_session, from_server, from_session, to_server):
                stream.close()


async def _read(process: asyncio.subprocess.Process, to_session: Any, watch: Watch) -> None:
    assert process.stdout is not None
    garbage = 0
    async with to_session:
        while garbage < MOST_GARBAGE:
            try:
                line = await process.stdout.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                watch.why = watch.why or "ended"
                return
            except asyncio.LimitOverrunError:
                watch.why = "much"
                return
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                garbage += 1
                continue
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                await to_session.send(SessionMessage(message))
        watch.why = "garbage"


async def _write(process: asyncio.subprocess.Process, to_server: Any) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        async with to_server:
            async for message in to_server:
                data = message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
                process.stdin.write(data)
                await process.stdin.drain()


async def _complaints(process: asyncio.subprocess.Process, watch: Watch) -> None:
    """Keep the end of what it writes to its standard error, for the user who connects it."""
    assert process.stderr is not None
    kept = b""
    while block := await process.stderr.read(65536):
        kept = (kept + block)[-_STDERR_KEPT:]
        watch.complaint = kept.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, as the protocol wants it, then end it by force."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    with anyio.move_on_after(0.5):
        await process.wait()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        with anyio.move_on_after(1.0):
            await process.wait()


class _LimitedStream(httpx2.AsyncByteStream):
    """An answer's body that ends in Trouble after MOST_BYTES."""

    def __init__(self, stream: Any, watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for block in self._stream:
            total += len(block)
            if total > MOST_BYTES:
                self._watch.why = "much"
                raise httpx2.ReadError("far too much was sent")
            yield block

    async def aclose(self) -> None:
        await self._stream.aclose()


class _LimitedHTTP(httpx2.AsyncHTTPTransport):
    def __init__(self, watch: Watch, **options: Any) -> None:
        super().__init__(**options)
        self._watch = watch

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.status_code in (401, 403):
            self._watch.why = "key"
        if set(response.headers.get("content-encoding", "").lower().replace(",", " ").split()) - {"identity"}:
            await response.aclose()  # below is counted what came, not what it unpacks to
            self._watch.why = self._watch.why or "packed"
            raise httpx2.ReadError("a compressed answer, which was not asked for")
        response.stream = _LimitedStream(response.stream, self._watch)
        return response


@asynccontextmanager
async def address(url: str, key: str, watch: Watch) -> AsyncIterator[Any]:
    """Talk streamable HTTP with an address. The SDK follows redirects within the same scheme, host and port alone."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers["Accept-Encoding"] = "identity"  # or a small answer could become a large one
    timeout = httpx2.Timeout(10.0, read=60.0)
    async with (
        httpx2.AsyncClient(transport=_LimitedHTTP(watch), headers=headers, timeout=timeout, trust_env=False) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


def environment(passed: Mapping[str, str]) -> dict[str, str]:
    """What a server's program sees of the environment: what every program needs, and what the user passes on."""
    needed = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "APPDATA", "USERPROFILE")
    return {name: os.environ[name] for name in needed if name in os.environ} | dict(passed)
