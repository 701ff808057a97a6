"""The page's own routes: the log of events, private files, recordings and speech. Each is answered only to the
browser whose cookie owns the conversation."""

import json
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Protocol

import anyio
from fastapi import APIRouter, Body, Depends, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from assistant.speaking import earcons
from ui.conversation import Conversation
from ui.private_files import PICTURE_LIMIT_BYTES, RECORDING_LIMIT_BYTES
from ui.routes_kept import Documents
from ui.routes_memory import Memory
from ui.sessions import Conversations
from ui.sounds import Manner, Sounds
from ui.uploads import TOO_LARGE, chunks, receive

STATIC = Path(__file__).parent / "static"
TEXT_LIMIT = 20_000  # letters spoken at once
QUESTION_LIMIT = 250_000  # letters: a question may read back all of a long request
_LAPSED = "That question no longer waits for an answer, so nothing was done. Ask again."
FOLLOW_WAIT_S = 5.0
_MEDIA = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Data(Memory, Documents, Protocol):
    """What is kept about the user: to look at, to be taken away or deleted."""

    def export(self, path: Path) -> None: ...

    def delete_everything(self) -> None: ...


def data_routes(conversations: Conversations, data: Data) -> APIRouter:
    """Export and deletion of what is remembered."""
    router = APIRouter(prefix="/antigone")

    @router.get("/data")
    def export(request: Request) -> Response:
        conversation = conversations.of(request)
        path = conversation.files.folder / f"{secrets.token_hex(8)}.json"
        data.export(path)
        return FileResponse(path, media_type="application/json", filename="antigone-data.json")

    @router.delete("/data")
    def delete(request: Request) -> Response:
        conversations.of(request)
        conversations.close()  # what was said goes too; each page begins anew
        data.delete_everything()
        return Response(status_code=204)

    return router


def routes(conversations: Conversations, sounds: Sounds) -> APIRouter:
    """All that a page uses while it is open."""
    router = APIRouter(prefix="/antigone")
    for part in (_fixed(), _talk(conversations), _files(conversations), _speech(conversations, sounds)):
        router.include_router(part)
    return router


def _fixed() -> APIRouter:
    """The page's own scripts, style and earcons: the same for everybody."""
    router = APIRouter()

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        path = STATIC / name
        if Path(name).name != name or path.suffix not in _MEDIA or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type=_MEDIA[path.suffix], headers={"cache-control": "no-cache"})

    @router.get("/earcons/{name}.flac")
    def earcon(name: str) -> Response:
        if name not in earcons.NAMES:
            raise HTTPException(404)
        return FileResponse(earcons.path(name), media_type="audio/flac", headers={"cache-control": "max-age=3600"})

    return router


def _talk(conversations: Conversations) -> APIRouter:
    """Events out; recordings, consent and stop in."""
    router = APIRouter()
    followers = anyio.CapacityLimiter(64)
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.get("/events")
    async def events(request: Request, conversation: Mine) -> StreamingResponse:
        last = request.headers.get("last-event-id", "0")
        follow = _follow(request, conversation, int(last) if last.isdigit() else 0, followers)
        return StreamingResponse(follow, media_type="text/event-stream")

    @router.post("/stop")
    def stop(conversation: Mine) -> Response:
        conversation.stop()
        return Response(status_code=204)

    @router.post("/consent")
    def consent(
        conversation: Mine, yes: Annotated[bool, Body()], question: Annotated[str, Body(max_length=QUESTION_LIMIT)]
    ) -> Response:
        if conversation.consent(yes, question):
            return Response(status_code=204)
        return PlainTextResponse(_LAPSED, 409)

    @router.post("/recording")
    async def recording(request: Request, conversation: Mine) -> Response:
        with tempfile.TemporaryFile() as spool:
            if not await receive(request, spool, RECORDING_LIMIT_BYTES):
                return PlainTextResponse("The recording is too long. Record less than ten minutes.", 413)
            kept = conversation.files.keep("recording", chunks(spool), kinds=("audio/",), limit=RECORDING_LIMIT_BYTES)
        conversation.ask(recording=kept)
        return Response(status_code=204)

    return router


def _files(conversations: Conversations) -> APIRouter:
    """The user's pictures and documents."""
    router = APIRouter()
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.post("/files")
    async def add(request: Request, conversation: Mine, name: str = "picture") -> Response:
        with tempfile.TemporaryFile() as spool:
            if not await receive(request, spool, PICTURE_LIMIT_BYTES):
                return PlainTextResponse(TOO_LARGE, 413)
            kept = await run_in_threadpool(conversation.attach, name, chunks(spool))
        return JSONResponse({"key": kept.key, "name": kept.name})

    @router.get("/files/{key}")
    def file(key: str, conversation: Mine) -> Response:
        kept = conversation.files.get(key)
        if kept is None:
            raise HTTPException(404)
        quiet = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "no-store"}
        return FileResponse(kept.path, media_type=kept.media_type, headers=quiet)

    @router.delete("/files/{key}")
    def remove(key: str, conversation: Mine) -> Response:
        conversation.detach(key)
        return Response(status_code=204)

    return router


def _speech(conversations: Conversations, sounds: Sounds) -> APIRouter:
    """Texts as sound: clause by clause as they are said, and whole for the player."""
    router = APIRouter()
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.post("/speech")
    def speech(
        conversation: Mine,
        text: Annotated[str, Body(max_length=TEXT_LIMIT)],
        clause: Annotated[int, Body(ge=0, le=2000)] = 0,
        rate: Annotated[int, Body(ge=80, le=500)] = 180,
        pitch: Annotated[int, Body(ge=-12, le=12)] = 0,
        language: Annotated[str, Body(pattern="^[a-z]{2,3}$")] = "en",
    ) -> Response:
        return _sound(sounds.clause(text, Manner(rate, language, pitch), clause))

    @router.get("/speech/{number}.wav")
    def answer(number: int, conversation: Mine, rate: int = 180, pitch: int = 0) -> Response:
        entry = conversation.entry(number)
        if entry is None or not (80 <= rate <= 500 and -12 <= pitch <= 12):
            raise HTTPException(404)
        text = " ".join(entry.get(name) or "" for name in ("text", "remedy"))[:TEXT_LIMIT].strip()
        key = f"speech-{number}-{rate}-{pitch}"
        kept = conversation.files.get(key)
        if kept is None:
            data = sounds.whole(text, Manner(rate, pitch=pitch))
            if data is None:
                raise HTTPException(404)
            kept = conversation.files.add(key, data, "audio/wav", ".wav", key=key)
        return FileResponse(kept.path, media_type=kept.media_type, headers={"cache-control": "no-store"})

    return router


def _sound(data: bytes | None) -> Response:
    return Response(status_code=204) if data is None else Response(data, media_type="audio/wav")


async def _follow(
    request: Request, conversation: Conversation, last: int, followers: anyio.CapacityLimiter
) -> AsyncIterator[str]:
    """Server-sent events: first what already happened, then "caughtup", then what happens."""
    with conversation.followed():
        yield "retry: 1000\n\n"
        wait = 0.0
        while not conversation.closed and not await request.is_disconnected():
            entries = await anyio.to_thread.run_sync(conversation.since, last, wait, limiter=followers)
            for entry in entries:
                last = entry["id"]
                yield f"id: {last}\ndata: {json.dumps(entry, default=str)}\n\n"
            if wait == 0.0:
                yield f"event: caughtup\ndata: {json.dumps({'busy': conversation.busy})}\n\n"
                wait = FOLLOW_WAIT_S
            elif not entries:
                yield ": still here\n\n"
