"""Any chat model as the planner: the whole request in, the same kind of plan out that the tuned brain gives.

A model of the decoder's families writes under a grammar; a model server under a JSON schema where it takes one, else
what it wrote is checked and asked for once more. What it proposes goes the way of every plan: the step chooser's beside
it, arguments that are the user's own words or nothing, tiers, consent. It sees the user's words alone, never what was
read or kept.
"""

import json
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from assistant.brains.base import Call, Message, Plan, WrongCall
from assistant.brains.wording import ARGUMENTS, LONGEST_PLANNED, plain_quotes
from assistant.steps.close_calls import WANTS
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.steps.labels import Situation

TOKENS = 256
MOST_STEPS = 6
TRUST = 0.7  # of each step of a model that gives no probabilities and was not tuned for these tools
_RULES = (
    "You plan for a blind person's assistant. Say which tools the request asks for, in order, as JSON: "
    '{"steps": [{"tool": NAME, "arguments": {NAME: "words copied verbatim from the request"}}]}. Leave out an argument '
    "that is not said. Small talk is chat, a question about the world at large world, an unfinished request vague, a "
    "question about print ask_text. [picture] means a picture is shown, [text] that a text was just read.\nTools:\n"
)


def _plan(*steps: tuple[str, Mapping[str, str]]) -> str:
    return json.dumps({"steps": [{"tool": name, "arguments": arguments} for name, arguments in steps]})


_EXAMPLES: tuple[tuple[str, str], ...] = (
    ("[picture] who is it from and remind me tomorrow at nine",
     _plan(("ask_text", {"question": "who is it from"}), ("set_reminder", {"when": "tomorrow at nine"}))),
    ("thanks love", _plan(("chat", {}))),
    ("how long do you boil an egg", _plan(("world", {}))),
    ("ten minutes for the rice", _plan(("start_timer", {"duration": "ten minutes", "name": "rice"}))),
)  # fmt: skip


class Asked(Protocol):
    """A model that answers a conversation with JSON."""

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], tokens: int) -> str:
        """The reply, held to the schema where that is possible.

        Raises:
            UserError: the model cannot be loaded or reached.
        """
        ...


class ChatPlanner:
    """Plans with a model that was not tuned for these tools.

    Args:
        model: gives the model when it is first needed.
        expert, why: which it is and why it plans, for those who ask.
        names: calls that may be planned.
        notice: a sentence to be spoken before words leave this machine; "" where they do not.
        host: where they go then.
    """

    def __init__(
        self,
        model: Callable[[], Asked],
        expert: str,
        why: str,
        *,
        names: Collection[str] = tuple(ARGUMENTS),
        notice: str = "",
        host: str = "",
    ) -> None:
        self._model, self._names = model, tuple(name for name in ARGUMENTS if name in names)
        self.expert, self.why, self.notice, self.host = expert, why, notice, host

    def plan(self, words: str, situation: "Situation") -> Plan:
        """As TunedBrain.plan: an empty plan where the model gives nothing usable.

        Raises:
            UserError: the model cannot be loaded or reached.
        """
        if not words.strip() or len(words) > LONGEST_PLANNED:
            return Plan((), 0.0)
        at_hand = "[picture] " * situation.has_picture + "[text] " * situation.has_document
        messages = [*self._opening(), {"role": "user", "content": at_hand + plain_quotes(words)}]
        model, schema = self._model(), plan_schema(self._names)
        for _ in range(2):
            reply = model.ask(messages, schema, TOKENS)
            try:
                calls = read_plan(reply, self._names, words)
            except WrongCall as error:
                told = {"role": "user", "content": f"That was wrong: {error}. Answer with the JSON object alone."}
                messages = [*messages, {"role": "assistant", "content": reply[:2000]}, told]
            else:
                return Plan(calls, TRUST ** len(calls))
        return Plan((), 0.0)

    def _opening(self) -> list[Message]:
        lines = (f"{name}({', '.join(ARGUMENTS[name])}): the user wants to {WANTS[name]}" for name in self._names)
        shown = [
            {"role": role, "content": text}
            for pair in _EXAMPLES
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]
        return [{"role": "system", "content": _RULES + "\n".join(lines)}, *shown]


def plan_schema(names: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a plan of these calls."""
    arguments = {"type": "object", "additionalProperties": {"type": "string"}}
    step = {
        "type": "object", "properties": {"tool": {"enum": list(names)}, "arguments": arguments},
        "required": ["tool", "arguments"], "additionalProperties": False,
    }  # fmt: skip
    steps = {"type": "array", "items": step, "minItems": 1, "maxItems": MOST_STEPS}
    return {"type": "object", "properties": {"steps": steps}, "required": ["steps"], "additionalProperties": False}


def read_plan(reply: str, names: Collection[str], words: str) -> tuple[Call, ...]:
    """The calls of a reply; an argument that the tool does not have, or that the user did not say, is left out.

    Raises:
        WrongCall: it is no plan.
    """
    start = reply.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(reply[max(start, 0) :])
        steps = found["steps"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise WrongCall('there is no JSON object with "steps"') from None
    if not isinstance(steps, list) or not steps:
        raise WrongCall('"steps" is no list of steps')
    calls: list[Call] = []
    for step in steps[:MOST_STEPS]:
        name = step.get("tool") if isinstance(step, dict) else None
        if not isinstance(name, str) or name not in names:
            raise WrongCall(f"there is no tool named {str(name)[:64]!r}")
        given = step.get("arguments")
        spans = given.items() if isinstance(given, dict) else ()
        said = {key: value for key, value in spans if key in ARGUMENTS[name] and _is_said(value, words)}
        calls.append(Call(name, said, TRUST))
    return tuple(calls)


def _is_said(value: object, words: str) -> bool:
    """Whether an argument stands in the request, but for case and spaces."""
    plain = re.sub(r"\s+", " ", words).lower()
    return isinstance(value, str) and bool(value.strip()) and re.sub(r"\s+", " ", value).strip().lower() in plain


class _Once:
    """A model that is made when it is first asked for, and kept."""

    def __init__(self, make: Callable[[], Asked]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: Asked | None = None

    def __call__(self) -> Asked:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def chosen(settings: "Settings") -> ChatPlanner | None:
    """The planner that the setting `planner` names where that is not the tuned brain; None otherwise.

    Raises:
        UserError: a model server is to plan and there is none that may be asked.
    """
    if settings.planner == "model":
        name = settings.language_model
        return ChatPlanner(_Once(lambda: _local(settings)), name, "you set it to plan your requests, on this machine")
    if settings.planner != "endpoint":
        return None
    if not settings.endpoint_address:
        raise UserError(
            "A model server is to plan requests, and none is set.", "Set endpoint_address, or planner to tuned."
        )
    from assistant.brains.endpoint import EndpointBrain, place_of

    host, inside = place_of(settings.endpoint_address)
    server = EndpointBrain.from_settings(settings)
    place = "a server on this machine" if inside else host
    notice = "" if inside else f"I am sending your words to the model at {host}."
    why = "you set it to plan your requests"
    return ChatPlanner(lambda: server, f"the model at {place}", why, notice=notice, host="" if inside else host)


def _local(settings: "Settings") -> Asked:
    from assistant.brains.local import LocalBrain

    return LocalBrain.load(settings.language_model, settings.arithmetic, settings.memory_limit_mb << 20)
