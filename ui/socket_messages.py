"""What a page may say in text frames on its voice socket: JSON objects, checked field by field."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ui.socket_limits import Closing

Count = Annotated[int, Field(ge=0, le=2**32 - 1)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Message):
    """The first message.

    Attributes:
        speech: answers are spoken; false where a screen reader says them.
        sequence, played: last frame received and samples played, where the page has come back; else 0.
    """

    event: Literal["hello"]
    speech: bool = True
    sequence: Count = 0
    played: Count = 0


class Played(_Message):
    """How far the page has played: samples of the whole talk, of those that were sent."""

    event: Literal["played"]
    played: Count


class Silenced(_Message):
    """The answer to "silence": nothing before frame `sequence` will sound any more; `played` as above."""

    event: Literal["silenced"]
    sequence: Count
    played: Count


class Command(_Message):
    """A spoken command, given by a key."""

    event: Literal["command"]
    name: Literal["stop", "repeat", "wait", "go_on"]


class Say(_Message):
    """A sentence of the page's own that is to be said, so that the ear knows whose words it hears."""

    event: Literal["say"]
    text: Annotated[str, Field(min_length=1, max_length=1000)]


class Microphone(_Message):
    """The microphone has gone, or is back."""

    event: Literal["microphone"]
    on: bool


class Bye(_Message):
    """The user has turned hands-free talking off."""

    event: Literal["bye"]


Message = Hello | Played | Silenced | Command | Say | Microphone | Bye
_READ: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="event")])


def read(text: str) -> Message:
    """A text frame's message.

    Raises:
        Closing: it is none of those above.
    """
    try:
        return _READ.validate_json(text)
    except ValidationError:
        raise Closing(Closing.NOT_UNDERSTOOD, "That was not a message of the page.") from None
