"""What is remembered: list, search, delete after a question, bring back; and the record of what was done. Answered only
to a page of this account that has a conversation; the memory is one, whichever page asks."""

from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Body, Depends, Query, Response

from kernels.errors import UserError
from ui.conversation import Conversation
from ui.sessions import Conversations

QUERY_LIMIT = 500


class Memory(Protocol):
    """What the routes need of the assistant's memory."""

    def remembered(self, query: str) -> dict[str, Any]: ...

    def forget(self, kind: str, identity: int, agreed: bool) -> str: ...

    def bring_back(self, said: str) -> bool: ...

    def audit(self) -> dict[str, Any]: ...


def memory_routes(conversations: Conversations, memory: Memory) -> APIRouter:
    """The memory's view."""
    router = APIRouter(prefix="/antigone/memory")
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.get("")
    def remembered(_: Mine, query: Annotated[str, Query(max_length=QUERY_LIMIT)] = "") -> dict[str, Any]:
        return memory.remembered(query)

    @router.get("/audit")
    def audit(_: Mine) -> dict[str, Any]:
        return memory.audit()

    @router.post("/forget")
    def forget(
        _: Mine,
        kind: Annotated[Literal["note", "fact", "reminder", "timer", "routine"], Body()],
        identity: Annotated[int, Body(ge=1, le=2**62)],
        agreed: Annotated[bool, Body()],
    ) -> dict[str, str]:
        return {"said": memory.forget(kind, identity, agreed)}

    @router.post("/bring-back")
    def bring_back(_: Mine, said: Annotated[str, Body(embed=True, max_length=2**18)]) -> Response:
        if not memory.bring_back(said):
            raise UserError("Something else was changed since.", "Say undo to take back the latest change.")
        return Response(status_code=204)

    return router
