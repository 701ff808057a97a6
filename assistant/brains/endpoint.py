"""A model behind the chat completions API (llama.cpp's server, Ollama, vLLM ...) as a brain, by explicit setting.

Words leave the program here, so the rules are narrow: the address is https, or http on this machine; anything but this
machine needs `allow_outside`; redirects are not followed; the key goes to that address alone and is never shown.
Answers are limited in time and size. Whether the server holds a reply to a JSON schema is found out once; where it does
not, a call is checked, and asked for once more with what was wrong.
API: the chat completions of OpenAI's reference, streamed as server-sent events.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistant.brains.asking import asked, read_reply, reply_schema
from assistant.brains.base import Call, Message, ToolSchema, WrongCall, no_call
from assistant.brains.endpoint_wire import Limits, Wire, key_for
from assistant.web import places
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings

TALK_TOKENS = 300
CALL_TOKENS = 256
MOST_CHARACTERS = 20_000  # of one answer; a server that goes on without end is left
_SHAPES = ("json_schema", "json_object", "none")  # how a server may be told the schema, tried in this order


class EndpointBrain:
    """A model server as Talker and Caller.

    Args:
        address: of the API, with its /v1.
        model: its name there; "" takes the first that the server lists.
        allow_outside: whether an address beyond this machine may be asked.
        key: sent as a bearer token; None sends none.

    Raises:
        UserError: the address is none that may be used.
    """

    def __init__(
        self,
        address: str,
        model: str = "",
        *,
        allow_outside: bool = False,
        key: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.host, inside = place_of(address)
        if not inside and not allow_outside:
            raise UserError(
                f"The model at {self.host} is outside this machine, which is off.",
                "Turn on allow_outside in the settings, or set endpoint_address to a server on this machine.",
            )
        self._wire = Wire(address.rstrip("/"), self.host, key, limits or Limits())
        self._wanted = model

    @staticmethod
    def from_settings(settings: "Settings") -> "EndpointBrain":
        """The server that the settings name, with its key from the keyring or the environment."""
        address = settings.endpoint_address
        return EndpointBrain(
            address, settings.endpoint_model, allow_outside=settings.allow_outside, key=key_for(place_of(address)[0])
        )

    @cached_property
    def model(self) -> str:
        """The model that is asked.

        Raises:
            UserError: the server names none, or not the one that is set.
        """
        names = self._wire.models()
        if self._wanted and names and self._wanted not in names:
            shown = ", ".join(name[:60] for name in names[:5])
            raise UserError(f"{self.host} has no model {self._wanted}.", f"Set endpoint_model to one of: {shown}.")
        if not self._wanted and not names:
            raise UserError(f"{self.host} names no model.", "Set endpoint_model to the model's name there.")
        return self._wanted or names[0]

    @cached_property
    def shape(self) -> str:
        """How this server takes a schema ("json_schema", "json_object"), or "none" where it takes none.

        Found out by asking for a greeting under a schema that allows one made-up word alone.
        """
        word = f"antigone-{secrets.token_hex(3)}"
        schema = {"type": "object", "properties": {"word": {"const": word}}, "required": ["word"]}
        messages = [{"role": "user", "content": "Say hello."}]
        for shape in _SHAPES[:-1]:
            try:
                reply = self._whole(messages, 32, _format(shape, schema), refused=_Unusable)
            except _Unusable:
                continue
            if word in reply:
                return shape
        return "none"

    def talk(self, messages: Sequence[Message]) -> Iterator[str]:
        """See Talker. Closing the iterator closes the connection, at which the server stops.

        Raises:
            UserError: the server cannot be reached, refuses, falls silent, or sends what is no answer.
        """
        length = 0
        with self._wire.stream(self._body(messages, TALK_TOKENS, {})) as pieces:
            for piece in pieces:
                length += len(piece)
                yield piece
                if length > MOST_CHARACTERS:
                    return
        if not length:
            raise UserError(f"{self.host} gave an empty answer.", "Ask again, or choose another model.")

    def call(self, words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()) -> Call | None:
        """See Caller. Without a grammar on the server's side a wrong reply is asked for once more."""
        if not tools:
            return None
        messages = asked(words, tools, history)
        form = _format(self.shape, reply_schema(tools)) if self.shape != "none" else {}
        wrong = ""
        for _ in range(2):
            reply = self._whole(messages, CALL_TOKENS, form)
            try:
                return read_reply(reply, tools)
            except WrongCall as error:
                wrong = str(error)
                told = {"role": "user", "content": f"That was wrong: {wrong}. Answer with the JSON object alone."}
                messages = [*messages, {"role": "assistant", "content": reply[:2000]}, told]
        raise no_call(f"The model at {self.host}", wrong)

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], tokens: int) -> str:
        """The reply to a conversation as JSON, held to a schema where the server takes one.

        Raises:
            UserError: as `talk`.
        """
        return self._whole(messages, tokens, _format(self.shape, schema) if self.shape != "none" else {})

    def close(self) -> None:
        """Let the connections go."""
        self._wire.close()

    def _whole(
        self,
        messages: Sequence[Message],
        tokens: int,
        form: Mapping[str, Any],
        refused: type[Exception] | None = None,
    ) -> str:
        said = ""
        with self._wire.stream(self._body(messages, tokens, form), refused) as pieces:
            for piece in pieces:
                said += piece
                if len(said) > MOST_CHARACTERS:
                    break
        return said

    def _body(self, messages: Sequence[Message], tokens: int, form: Mapping[str, Any]) -> dict[str, Any]:
        body = {"model": self.model, "messages": [dict(message) for message in messages], "max_tokens": tokens}
        return {**body, "temperature": 0, "stream": True, **form}


class _Unusable(Exception):
    """The server refuses this form of a request (status 400 to 422); another may do."""


def place_of(address: str) -> tuple[str, bool]:
    """(host, whether it is this machine) of a model server's address.

    Raises:
        UserError: it is no address, carries a password, or is neither https nor on this machine.
    """
    return places.place_of(address, "The setting endpoint_address", "http://127.0.0.1:8080/v1")


def _format(shape: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if shape == "json_schema":
        return {"response_format": {"type": shape, "json_schema": {"name": "reply", "strict": True, "schema": schema}}}
    return {"response_format": {"type": "json_object", "schema": schema}}
