"""What a request's row expects against what the agent did: the format of tests/requests/README.md, judged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MEASURES = ("tools", "arguments", "results", "answer", "success")
OLDER = ("tuned", "untouched")  # suites written before the tools of NEWER were there
NEWER: Mapping[str, tuple[str, ...]] = {"tell_time": ("tell_date",), "list_reminders": ("list_timers",)}
NEWER_TALK = ("say_more", "help", "list_tools")  # were answered without a tool when the older suites were written


@dataclass
class Seen:
    """What the agent did in the judged turn.

    Attributes:
        calls: (tool, arguments) in order, those that wait for consent included.
        results: tool -> data of its last result.
        answer: what was said.
        choice: the agent's probability, 0 to 1, that its plan is right; None where it gave none.
        source: who made the plan ("fitted", "brain", "both"); "" where it was not said.
        confidence, sure: of the answer.
        seconds: from the request to the answer.
        fresh: whether a picture came with it that this process had not read before.
    """

    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answer: str = ""
    choice: float | None = None
    source: str = ""
    confidence: float = 1.0
    sure: bool = True
    seconds: float = 0.0
    fresh: bool = False


@dataclass(frozen=True)
class Judged:
    """Each measure is True, False, or None where the row says nothing about it."""

    row: Mapping[str, Any]
    seen: Seen
    marks: Mapping[str, bool | None]


def judge(expect: Mapping[str, Any], seen: Seen, *, older: bool = False) -> dict[str, bool | None]:
    """Each measure of tests/requests/README.md for what was seen; "success" is all that apply.

    Args:
        older: the row was written before the tools of NEWER and NEWER_TALK were there; what is equivalent counts.
    """
    names = [name for name, _ in seen.calls]
    wanted = [expect["tools"], *expect.get("or_tools", [])]
    answered = all(re.search(pattern, seen.answer, re.I) for pattern in expect.get("answer", ())) and not any(
        re.search(pattern, seen.answer, re.I) for pattern in expect.get("not_answer", ())
    )
    tools = any(_same(sequence, names, older) for sequence in wanted)
    if older and not tools and [] in wanted and expect.get("answer"):
        tools = len(names) == 1 and names[0] in NEWER_TALK and answered
    elsewhere = set() if older or not tools else _of(wanted) - set(names)  # an accepted sequence does without them
    marks: dict[str, bool | None] = {
        "tools": tools,
        "arguments": _fields(expect.get("arguments"), dict(seen.calls), elsewhere),
        "results": _fields(expect.get("results"), seen.results, elsewhere),
        "answer": answered,
    }
    return {**marks, "success": all(mark is not False for mark in marks.values())}


def _of(sequences: Sequence[Sequence[str]]) -> set[str]:
    return {name for sequence in sequences for want in sequence for name in want.split("|")}


def _same(wanted: Sequence[str], names: Sequence[str], older: bool) -> bool:
    return len(wanted) == len(names) and all(
        name in _met_by(want, older) for want, name in zip(wanted, names, strict=True)
    )


def _met_by(want: str, older: bool) -> list[str]:
    """The tools that meet one expected step ("a|b": either)."""
    either = want.split("|")
    return either + [newer for name in either for newer in NEWER.get(name, ()) if older]


def _fields(
    wanted: Mapping[str, Mapping[str, Any]] | None, found: Mapping[str, Mapping[str, Any]], elsewhere: set[str]
) -> bool | None:
    """Whether each tool was called (or returned) with these fields, the last time it was; None where nothing is named.

    What is named for a tool of `elsewhere` does not count: an equally good sequence was taken.
    """
    due = {name: fields for name, fields in (wanted or {}).items() if name not in elsewhere}
    if not due:
        return None
    return all(
        name in found and all(_equal(value, found[name].get(key)) for key, value in fields.items())
        for name, fields in due.items()
    )


def _equal(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, str):
        return value is not None and re.search(wanted, str(value), re.I) is not None
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        try:
            return abs(float(value) - wanted) < 1e-9 + 1e-6 * abs(wanted)
        except (TypeError, ValueError):
            return False
    return bool(wanted == value)
