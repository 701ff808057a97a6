"""What is remembered, as the page lists it: notes, facts, reminders and timers, each with the name of its kind and its
number. They are the user's, who is one and the same on every page of this account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from assistant.memory import Entry, Reminder, Store, Timer
from assistant.phrases.wording import say_moment
from assistant.state.similar import content_words
from kernels.errors import UserError

LISTED = 200  # notes and facts at once; the search finds the rest


def remembered(store: Store, query: str) -> dict[str, Any]:
    """The items that answer `query`, best first, or all of them by kind; `more` tells that older ones are left out."""
    entries = store.search(query, limit=LISTED) if query.strip() else store.entries(limit=LISTED + 1)
    waiting: list[Reminder | Timer] = [*store.reminders(), *store.timers()]
    if query.strip():
        waiting = [one for one in waiting if _holds(one, query)]
    items = [*waiting, *entries[:LISTED]]
    return {"items": [_told(one) for one in items], "more": len(entries) > LISTED}


def forget(store: Store, kind: str, identity: int, agreed: bool, now: datetime) -> str:
    """Delete one item if the user agreed; what undoing it says. Question and answer go to the audit log.

    Raises:
        UserError: there is no such item any more.
    """
    item = _find(store, kind, identity)
    effect = f"Delete {_name(item, now)}"
    detail = {"tool": "page", "effect": effect}
    store.record("consent asked", detail, now)
    store.record("consent given" if agreed else "consent refused", detail, now)
    said = f"{_name(item, now)} is back"
    if agreed:
        store.remove([item], now, said)
    return said


def _find(store: Store, kind: str, identity: int) -> Reminder | Timer | Entry:
    candidates: Sequence[Reminder | Timer | Entry | None]
    if kind in ("note", "fact"):
        entry = store.entry(identity)
        candidates = [entry if entry is not None and entry.kind == kind else None]
    else:
        candidates = store.reminders() if kind == "reminder" else store.timers()
    for item in candidates:
        if item is not None and item.id == identity:
            return item
    raise UserError("It is not there any more.", "Look at the list again; something else may have removed it.")


def _told(item: Reminder | Timer | Entry) -> dict[str, Any]:
    if isinstance(item, Reminder):
        return {"kind": "reminder", "id": item.id, "text": item.text, "at": item.when.isoformat()}
    if isinstance(item, Timer):
        return {"kind": "timer", "id": item.id, "text": item.name, "at": item.ends.isoformat()}
    return {"kind": item.kind, "id": item.id, "text": item.text, "at": item.at.isoformat()}


def _name(item: Reminder | Timer | Entry, now: datetime) -> str:
    if isinstance(item, Reminder):
        return f"the reminder '{item.text}', {say_moment(item.when, now)}"
    if isinstance(item, Timer):
        return f"the timer '{item.name}'" if item.name else "the timer"
    return f"the {item.kind} '{item.text[:120]}'"


def _holds(item: Reminder | Timer, query: str) -> bool:
    text = (item.text if isinstance(item, Reminder) else item.name).casefold()
    return any(word in text for word in content_words(query))
