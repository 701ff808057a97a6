"""Tools that no training knows, of plugins and MCP servers: found by examples and description, filled from the words.

Nothing that such a tool says of itself can raise it above its tier: being found is all that a description can do.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.phrases.number_words import to_digits
from assistant.steps.labels import LABELS, NOT_TOOLS
from assistant.steps.planning import Encode, Intent
from assistant.steps.slots import Filled, Missing
from assistant.tools.base import Tool
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Caller

NEAR = 0.5  # cosine of MiniLM from which a clause is about a tool, where nothing known is clearly meant
SAME = 0.78  # from which it is nearly one of the tool's own examples
NAMED = 0.15  # added where the words name the tool or its server
MOST_TEXTS = 6  # examples of one tool that are compared
LONGEST_TEXT = 200  # characters of an example or a description
CANDIDATES = 3  # nearest tools that the brain chooses between


class Strangers:
    """The unknown tools among those in force.

    Args:
        tools: by name; the mapping may change while the program runs.
        encode: sentence encoder.
        caller: fills their arguments; None: the words do.
    """

    def __init__(self, tools: Mapping[str, Tool], encode: Encode, caller: "Caller | None" = None) -> None:
        self._tools, self._encode, self._caller = tools, encode, caller
        self._seen: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self._vectors_TD: NDArray[np.float32] = np.zeros((0, 1), dtype=np.float32)
        self._owners: list[str] = []

    def knows(self, name: str) -> bool:
        """Whether it is a tool that no training has seen."""
        return name not in LABELS and name in self._tools

    def claim(self, intent: Intent) -> Intent:
        """The intent, or one for an unknown tool where the clause is nearer to that than to anything known."""
        self._read()
        if not self._owners:
            return intent
        words = intent.clause.plain[:LONGEST_TEXT]
        vector_D = np.asarray(self._encode([words]), dtype=np.float32)[0]
        nearest: dict[str, float] = {}
        for name, cosine in zip(self._owners, (self._vectors_TD @ vector_D).tolist(), strict=True):
            nearest[name] = max(nearest.get(name, -1.0), cosine)
        scored = {name: score + NAMED * _is_named(self._tools[name], words) for name, score in nearest.items()}
        best = max(scored, key=lambda name: scored[name])
        score = scored[best]
        free = intent.label in NOT_TOOLS or intent.label in ("web_search", "help") or intent.confidence < score
        addressed = {name: one for name, one in scored.items() if _is_addressed(self._tools[name], words)}
        if addressed:
            best = max(addressed, key=lambda name: addressed[name])
            return replace(intent, label=best, confidence=max(SAME, min(scored[best], 1.0)), others=(), arguments={})
        if score < NEAR or not (free or score >= SAME):
            return intent
        others = tuple(sorted(((name, one) for name, one in scored.items() if name != best), key=lambda one: -one[1]))
        return replace(intent, label=best, confidence=min(score, 1.0), others=others[: CANDIDATES - 1], arguments={})

    def arguments(self, intent: Intent) -> Filled:
        """The call's arguments by the brain, else from the words; or what has to be asked."""
        tool = self._tools[intent.label]
        words = intent.clause.words
        filled = dict(_from_words(tool, words))
        if self._caller is not None and tool.parameters.get("properties"):
            filled.update(self._by_brain(tool, words))
        for name in tool.parameters.get("required", ()):
            if filled.get(name) in (None, ""):
                return Missing(_question(tool, name), name, filled)
        return filled

    def _by_brain(self, tool: Tool, words: str) -> Mapping[str, Any]:
        from assistant.brains.base import schema_of

        assert self._caller is not None
        try:
            call = self._caller.call(words, [schema_of(tool)])
        except UserError:
            return {}
        known = tool.parameters.get("properties", {})
        if call is None or call.name != tool.name:
            return {}
        return {name: value for name, value in call.arguments.items() if name in known and value not in ("", None)}

    def _read(self) -> None:
        """Encode what the unknown tools say of themselves; once, and again when the tools in force change."""
        seen = tuple((name, _texts(tool)) for name, tool in sorted(self._tools.items()) if name not in LABELS)
        if seen == self._seen:
            return
        texts = [(name, text) for name, all_of in seen for text in all_of]
        self._owners = [name for name, _ in texts]
        if texts:
            self._vectors_TD = np.asarray(self._encode([text for _, text in texts]), dtype=np.float32)
        self._seen = seen


def _question(tool: Tool, name: str) -> str:
    """What is asked for a missing argument; a server's description is its own words, never spoken as our question."""
    spoken = name.replace("_", " ")
    if tool.origin.startswith("mcp "):
        return f"What is the {spoken}?"
    about = str(tool.parameters["properties"].get(name, {}).get("description", "") or spoken)
    return f"What is the {spoken}? ({_clip(about)})"


def _texts(tool: Tool) -> tuple[str, ...]:
    """What a clause is compared with: the examples, the first sentence of the description, the name as words."""
    first = re.split(r"(?<=[.!?])\s", tool.description.strip(), maxsplit=1)[0]
    name = _words_of(tool.name)
    kept = [*tool.examples[:MOST_TEXTS], first, name]
    return tuple(_clip(text) for text in kept if re.search(r"\w", text))


def _words_of(name: str) -> str:
    return " ".join(re.findall(r"[A-Za-z][a-z]*|\d+", name.split("__")[-1].replace("_", " "))).lower()


def _clip(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TEXT]


def _is_named(tool: Tool, words: str) -> bool:
    """Whether the words name the tool's server or plugin, or the tool in full."""
    said = set(words.split())
    server = re.findall(r"\w+", tool.origin.lower())[1:]
    name = _words_of(tool.name).split()
    return bool((server and set(server) <= said) or (name and set(name) <= said))


def _is_addressed(tool: Tool, words: str) -> bool:
    """Whether the words send the wish to the tool's server or plugin outright: "with calc", "ask house to ..."."""
    server = " ".join(re.findall(r"\w+", tool.origin.lower())[1:])
    return bool(server) and bool(
        re.search(rf"\b(?:with|using|use|ask|via|through|in|on) (?:the |my )?{re.escape(server)}\b", words)
    )


def _from_words(tool: Tool, words: str) -> dict[str, Any]:
    """What the clause itself gives: numbers in their order, an option that is named, the rest for the one free text."""
    properties: Mapping[str, Mapping[str, Any]] = tool.parameters.get("properties", {})
    required: Sequence[str] = tool.parameters.get("required", ())
    numbers = re.findall(r"-?\d+(?:\.\d+)?", to_digits(words))
    filled: dict[str, Any] = {}
    for name, schema in properties.items():
        kind = schema.get("type")
        if schema.get("enum"):
            named = [one for one in schema["enum"] if re.search(rf"\b{re.escape(str(one))}\b", words, re.I)]
            filled.update({name: named[0]} if named else {})
        elif kind in ("integer", "number") and numbers:
            number = numbers.pop(0)
            filled[name] = int(float(number)) if kind == "integer" else float(number)
    free = [name for name in required if properties.get(name, {}).get("type") == "string" and name not in filled]
    if len(free) == 1:
        filled[free[0]] = _content(tool, words)
    return filled


def _content(tool: Tool, words: str) -> str:
    """The clause without the words that ask for the tool: name, the beginning of an example, small words."""
    names = set(_words_of(tool.name).split()) | set(re.findall(r"\w+", tool.origin.lower()))
    tokens = words.strip(" .?!").split()
    for example in tool.examples[:MOST_TEXTS]:
        lead = 0
        for own, other in zip(tokens, example.split(), strict=False):
            if own.lower() != other.lower():
                break
            lead += 1
        if 0 < lead < len(tokens):
            return " ".join(tokens[lead:])
    at = 0
    while at < len(tokens) - 1 and (tokens[at].lower() in names or _SMALL.fullmatch(tokens[at])):
        at += 1
    return " ".join(tokens[at:])


_SMALL = re.compile(
    r"(?:a|an|the|to|for|of|in|on|at|with|use|ask|me|my|please|what|is|what's|tell|give|get|show|find|look|up|about|do|run)",
    re.I,
)
