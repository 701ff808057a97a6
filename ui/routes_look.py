"""Small helps around pictures and words: how good a photo is, and how a text is spelled."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException

from assistant.phrases.spelling import signs
from assistant.sight.quality import judge
from assistant.sight.sandbox import sandbox
from ui.conversation import Conversation
from ui.sessions import Conversations

SPELLED = 1000  # letters at once


def look_routes(conversations: Conversations) -> APIRouter:
    """Looks at this conversation's files only."""
    router = APIRouter(prefix="/antigone")
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.get("/files/{key}/quality")
    def quality(key: str, conversation: Mine) -> dict[str, Any]:
        kept = conversation.files.get(key)
        if kept is None or not kept.media_type.startswith("image/"):
            raise HTTPException(404)
        return {"hints": list(judge(sandbox().picture(kept.path)).hints)}

    @router.post("/spelling")
    def spelling(_: Mine, text: Annotated[str, Body(embed=True, max_length=SPELLED)]) -> list[tuple[str, str, str]]:
        return signs(text)

    return router
