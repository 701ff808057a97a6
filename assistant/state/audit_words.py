"""Entries of the audit log as sentences: for the command line and the page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.phrases.wording import say_date, say_list, say_moment, stop

_WORDS = {  # kind of entry -> what stands first in its sentence
    "request": "You asked",
    "tool": "Tool",
    "consent asked": "Asked for your consent",
    "consent given": "You said yes",
    "consent refused": "You said no",
    "outside": "Left this machine",
    "model pulled": "Model fetched",
    "forgotten for good": "Forgotten for good",
    "everything deleted": "Everything before was deleted",
}
_PRIVATE_NAMES = ("text", "effect", "request", "question", "said", "name")
_SKIPPED = ("salt", "entries", "items", "steps", "id", "before", "characters", "tool", "tier", "status", "arguments")


@dataclass(frozen=True)
class AuditEntry:
    """One entry: its number, moment, kind, what it holds besides (JSON values), and its hash."""

    id: int
    at: datetime
    kind: str
    detail: Mapping[str, Any]
    hash: str

    @classmethod
    def of(cls, row: Any) -> "AuditEntry":
        """From a row of the table; one whose detail was damaged holds nothing."""
        try:
            detail = json.loads(row["detail"])
        except ValueError:
            detail = {}
        return cls(row["id"], datetime.fromisoformat(row["at"]), row["kind"], detail, row["hash"])


def say_entry(entry: AuditEntry, now: datetime) -> str:
    """ "Today at 10 am: Tool set reminder, keep: done." """
    moment = say_moment(entry.at, now)
    if (entry.at.date() - now.date()).days == -1:
        moment = f"yesterday, {say_date(entry.at, now)}, {moment.split(' at ')[-1]}"
    return stop(f"{entry.id}. {moment[0].upper()}{moment[1:]}: {_what(entry)}")


def _what(entry: AuditEntry) -> str:
    detail = entry.detail
    first = _WORDS.get(entry.kind, entry.kind.capitalize())
    if detail.get("emptied"):
        return f"{first}: emptied, because you asked to forget what it held"
    tool = str(detail.get("tool", "")).replace("_", " ")
    parts = [f" {tool}" if entry.kind == "tool" else f", by {tool}" if tool else ""]
    parts += [f", {detail['tier']}" if "tier" in detail else "", f": {detail['status']}" if "status" in detail else ""]
    parts += [_private(detail[name]) for name in _PRIVATE_NAMES if name in detail]
    parts += [_arguments(detail["arguments"])] if detail.get("arguments") else []
    rest = {name: value for name, value in detail.items() if name not in (*_SKIPPED, *_PRIVATE_NAMES)}
    parts += [f", {name} {value}" for name, value in rest.items() if isinstance(value, str | int | float) and value]
    return first + "".join(parts)


def _private(value: Any) -> str:
    """The words where they were kept, else how many letters they had."""
    if isinstance(value, Mapping):
        return f", {value.get('characters', 0)} characters"
    return f": '{' '.join(str(value).split())[:300]}'" if str(value) else ""


def _arguments(arguments: Mapping[str, Any]) -> str:
    shown = [
        f"{name} of {value['characters']} characters" if isinstance(value, Mapping) else f"{name} '{value}'"
        for name, value in arguments.items()
    ]
    return f", with {say_list(shown)}"
