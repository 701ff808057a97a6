"""What every brain can be asked: to talk, or to choose one tool and fill its arguments.

    for piece in talker.talk([{"role": "user", "content": "Why is the sky blue?"}]):
        print(piece, end="")
    call = caller.call("roll two dice", [schema_of(tool) for tool in tools])     # None: no tool is due

A brain proposes and does nothing itself. What it proposes is checked (`checked`) and then goes the way of every other
step: tier, consent, time limit, audit. Closing the iterator that `talk` gave stops the work.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, runtime_checkable

from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.tools.base import Tool

Message = Mapping[str, str]  # {"role": "system" | "user" | "assistant" | "tool", "content": text}


class ToolSchema(TypedDict):
    """A function as a brain reads it: what the chat completions API calls `function`."""

    name: str
    description: str
    parameters: Mapping[str, Any]  # JSON schema of an object


@dataclass(frozen=True)
class Call:
    """A tool call that a brain proposes.

    Attributes:
        name: of a tool or a pseudo-call (`ask_text`, `chat`, `world`, `where_that`, `sure`, `vague`).
        arguments: verbatim spans or JSON values; one that is left out or "" is drawn from what was read or said.
        confidence: 0 to 1, that name and arguments are right.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0


@dataclass(frozen=True)
class Plan:
    """The calls that a request asks for, in order; `confidence` (0 to 1) is that of the whole."""

    calls: tuple[Call, ...]
    confidence: float = 1.0


@runtime_checkable
class Talker(Protocol):
    """Answers in words."""

    def talk(self, messages: Sequence[Message]) -> Iterator[str]:
        """The answer to a conversation, piece by piece; closing the iterator stops the work.

        Raises:
            UserError: it cannot be answered; the sentence says why and what to do.
        """
        ...


@runtime_checkable
class Caller(Protocol):
    """Chooses a tool and fills its arguments, from the user's words alone."""

    def call(self, words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()) -> Call | None:
        """The call that the words ask for, or None where no tool is due.

        Args:
            words: the user's own.
            tools: those to choose from.
            history: the conversation before, oldest first.

        Raises:
            UserError: the brain cannot be reached or loaded, or gave no usable call.
        """
        ...


class WrongCall(Exception):
    """A proposed call does not fit the tools; the text names what is wrong, for the brain that may try once more."""


def schema_of(tool: "Tool") -> ToolSchema:
    """A tool as a brain reads it."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def checked(name: str, arguments: Any, tools: Sequence[ToolSchema], confidence: float = 1.0) -> Call:
    """A call that fits one of the tools and its schema.

    Args:
        arguments: an object, or its JSON text.

    Raises:
        WrongCall: no tool has this name, or the arguments do not fit its schema.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    tool = next((tool for tool in tools if tool["name"] == name), None)
    if tool is None:
        raise WrongCall(f"there is no tool named {name[:64]!r}")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            raise WrongCall("the arguments are not JSON") from None
    if not isinstance(arguments, Mapping):
        raise WrongCall("the arguments are not an object")
    error = best_match(Draft202012Validator(dict(tool["parameters"])).iter_errors(dict(arguments)))
    if error is not None:
        where = "/".join(map(str, error.absolute_path)) or "the arguments"
        raise WrongCall(f"{where}: {error.message[:200]}")
    return Call(name, dict(arguments), confidence)


def no_call(who: str, why: str) -> UserError:
    """The refusal where a brain gave nothing usable, after it was told once what was wrong."""
    return UserError(f"{who} gave no usable answer ({why}).", "Say it in other words, or choose another model.")
