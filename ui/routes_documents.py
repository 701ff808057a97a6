"""The shelf of documents: PDFs and texts of one conversation, read page by page. They leave with the conversation."""

import json
import tempfile
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from assistant.sight.reading import Page, page_count, read_pages
from kernels.errors import UserError
from ui.conversation import Conversation
from ui.private_files import PICTURE_LIMIT_BYTES, PrivateFile
from ui.sessions import Conversations
from ui.uploads import TOO_LARGE, chunks, receive

DOCUMENTS_LIMIT = 50
KINDS = ("application/", "text/")


def document_routes(conversations: Conversations) -> APIRouter:
    """Add, list, read, ask about and remove."""
    router = APIRouter(prefix="/antigone/documents")
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.get("")
    def documents(conversation: Mine) -> list[dict[str, Any]]:
        return [_told(kept) for kept in conversation.documents]

    @router.post("")
    async def add(request: Request, conversation: Mine, name: str = "document") -> Response:
        with tempfile.TemporaryFile() as spool:
            if not await receive(request, spool, PICTURE_LIMIT_BYTES):
                return PlainTextResponse(TOO_LARGE, 413)
            await run_in_threadpool(put_on_shelf, conversation, name, chunks(spool))
        return Response(status_code=204)

    @router.get("/{key}/pages")
    def pages(key: str, conversation: Mine, first: Annotated[int, Query(ge=1)] = 1) -> StreamingResponse:
        kept = _of(conversation, key)
        count = page_count(kept.path)
        wanted = range(first, count + 1)
        if not wanted:
            raise UserError(f"{kept.name} has no page {first}.", f"Ask for a page from 1 to {count}.")
        return StreamingResponse(_read(kept, wanted, count), media_type="application/x-ndjson")

    @router.post("/{key}/attach")
    def attach(key: str, conversation: Mine) -> Response:
        conversation.attach_kept(_of(conversation, key))
        return Response(status_code=204)

    @router.delete("/{key}")
    def remove(key: str, conversation: Mine) -> Response:
        kept = _of(conversation, key)
        conversation.documents.remove(kept)
        conversation.detach(key)
        conversation.files.drop(key)
        return Response(status_code=204)

    return router


def put_on_shelf(conversation: Conversation, name: str, data: Iterator[bytes]) -> PrivateFile:
    """Keep a document that can be opened.

    Raises:
        UserError: not a document, damaged, locked, too large, or too many; nothing of it stays.
    """
    if len(conversation.documents) >= DOCUMENTS_LIMIT:
        raise UserError(f"There are {DOCUMENTS_LIMIT} documents already.", "Remove one, then add this.")
    kept = conversation.files.keep(name, data, kinds=KINDS, limit=PICTURE_LIMIT_BYTES)
    try:
        page_count(kept.path)
    except UserError:
        conversation.files.drop(kept.key)
        raise
    conversation.documents.append(kept)
    return kept


def _told(kept: PrivateFile) -> dict[str, Any]:
    return {"key": kept.key, "name": kept.name, "pages": page_count(kept.path), "pdf": "pdf" in kept.media_type}


def _of(conversation: Conversation, key: str) -> PrivateFile:
    for kept in conversation.documents:
        if kept.key == key:
            return kept
    raise HTTPException(404)


def _read(kept: PrivateFile, wanted: range, count: int) -> Iterator[str]:
    """A JSON line a page, as each is read; the last says what went wrong, if anything did."""
    try:
        for page in read_pages(kept.path, pages=wanted):
            yield json.dumps({"page": page.number, "of": count, "lines": _lines(page), "hints": page.warnings}) + "\n"
    except UserError as error:
        yield json.dumps({"failed": f"{error.text} {error.remedy}"}) + "\n"
    except OSError:  # removed while it was read
        yield json.dumps({"failed": "The document is gone. Add it again."}) + "\n"


def _lines(page: Page) -> list[dict[str, Any]]:
    return [{"text": line.text, "unsure": line.uncertain, "paragraph": line.paragraph} for line in page.lines]
