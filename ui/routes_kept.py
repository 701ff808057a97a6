"""Kept documents: list, search, keep one of the shelf, remove after a question. Answered only to a page of this account
that has a conversation; what is kept is the same on every page. Bringing back is the memory's (ui/routes_memory.py)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body, Depends, HTTPException, Query
from fastapi.responses import StreamingResponse

from kernels.errors import UserError
from ui.conversation import Conversation
from ui.sessions import Conversations

QUESTION_LIMIT = 500


class Documents(Protocol):
    """What the routes need of the assistant's library, see ui.keeping."""

    def kept_documents(self) -> dict[str, Any]: ...

    def search_documents(self, question: str) -> dict[str, Any]: ...

    def keep_document(self, path: Path, name: str) -> Iterator[dict[str, Any]]: ...

    def remove_document(self, identity: int, agreed: bool) -> str: ...


def kept_routes(conversations: Conversations, documents: Documents) -> APIRouter:
    """The kept documents of the documents' view."""
    router = APIRouter(prefix="/antigone/kept")
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.get("")
    def kept(_: Mine) -> dict[str, Any]:
        return documents.kept_documents()

    @router.get("/search")
    def search(_: Mine, question: Annotated[str, Query(min_length=1, max_length=QUESTION_LIMIT)]) -> dict[str, Any]:
        return documents.search_documents(question)

    @router.post("/keep/{key}")
    def keep(key: str, conversation: Mine) -> StreamingResponse:
        for one in conversation.documents:
            if one.key == key:
                return StreamingResponse(_keep(documents, one.path, one.name), media_type="application/x-ndjson")
        raise HTTPException(404)

    @router.post("/remove")
    def remove(
        _: Mine, identity: Annotated[int, Body(ge=1, le=2**62)], agreed: Annotated[bool, Body()]
    ) -> dict[str, str]:
        return {"said": documents.remove_document(identity, agreed)}

    return router


def _keep(documents: Documents, path: Path, name: str) -> Iterator[str]:
    """A JSON line a page, then one for the document; or one that says what went wrong."""
    try:
        for event in documents.keep_document(path, name):
            yield json.dumps(event) + "\n"
    except UserError as error:
        yield json.dumps({"failed": f"{error.text} {error.remedy}"}) + "\n"
    except OSError:  # removed from the shelf while it was read
        yield json.dumps({"failed": "The document is gone. Add it again."}) + "\n"
