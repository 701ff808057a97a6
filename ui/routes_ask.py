"""What the user types and chooses. Each route answers only the browser whose cookie owns the conversation."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response

from assistant import settings
from assistant.settings import Settings
from kernels.errors import UserError
from ui.conversation import Conversation
from ui.sessions import Conversations

MESSAGE_LIMIT = 200_000  # letters, as many as the agent takes
# Settings that a page may choose for itself. What a turn may do to the machine is none of them.
CHOOSABLE = (
    "speech_rate_wpm", "volume", "pitch", "speech", "verbosity", "earcons", "confidence_threshold", "language",
    "patience", "day_first",
)  # fmt: skip


def ask_routes(conversations: Conversations) -> APIRouter:
    """Messages and choices in."""
    router = APIRouter(prefix="/antigone")
    Mine = Annotated[Conversation, Depends(conversations.of)]

    @router.post("/ask")
    def ask(conversation: Mine, text: Annotated[str, Body(embed=True, max_length=MESSAGE_LIMIT)]) -> Response:
        conversation.ask(text)
        return Response(status_code=204)

    @router.post("/choices")
    def choose(conversation: Mine, choices: Annotated[dict[str, Any], Body()]) -> Response:
        conversation.choices = checked(choices)
        return Response(status_code=204)

    return router


def checked(choices: dict[str, Any]) -> dict[str, Any]:
    """The choices as settings hold them.

    Raises:
        UserError: one that a page may not choose, or a value that is not allowed.
    """
    for name in choices:
        if name not in CHOOSABLE or name not in Settings.model_fields:
            raise UserError(f"The page cannot choose {name[:40]}.", "Reload the page.")
    chosen = settings.load(choices)
    return {name: getattr(chosen, name) for name in choices}
