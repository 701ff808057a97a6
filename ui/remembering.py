"""What is remembered, as the page lists it: notes, facts, reminders, timers and routines, each with the name of its
kind and its number; and the record of what was done. All is the user's, who is one and the same on every page of this
account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assistant import routines
from assistant.memory import Entry, Reminder, Store, Timer
from assistant.phrases.wording import say_moment
from assistant.state.audit_words import AuditEntry
from assistant.state.habits import Habit
from assistant.state.similar import content_words
from kernels.errors import UserError

LISTED = 200  # notes and facts at once; the search finds the rest
RECORDED = 30  # entries of the audit log; `antigone audit` shows the rest
Item = Reminder | Timer | Habit | Entry


def remembered(store: Store, query: str) -> dict[str, Any]:
    """The items that answer `query`, best first, or all of them by kind; `more` tells that older ones are left out."""
    entries = store.search(query, limit=LISTED) if query.strip() else store.entries(limit=LISTED + 1)
    waiting: list[Reminder | Timer | Habit] = [*store.reminders(), *store.timers(), *store.habits("accepted")]
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
    if not agreed:
        return said
    if isinstance(item, Habit):
        store.set_habit(item.id, "declined", now, said)
    elif isinstance(item, Entry):
        store.forget([item], now, said)
    else:
        store.remove([item], now, said)
    return said


def audit(store: Store) -> dict[str, Any]:
    """The newest entries of the audit log, how many there are, and the first that was tampered with, if any."""
    broken = store.audit_check()
    entries = [_recorded(one) for one in store.audit_entries(RECORDED)]
    return {"count": store.audit_head()[0], "first_bad": broken.id if broken else None, "entries": entries}


def _recorded(entry: AuditEntry) -> dict[str, Any]:
    detail = entry.detail
    words: Any = next((detail[name] for name in ("text", "effect", "said") if name in detail), "")
    characters = words.get("characters", 0) if isinstance(words, Mapping) else len(str(words))
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "tool": str(detail.get("tool", "")).replace("_", " "),
        "status": str(detail.get("status", "")),
        "host": str(detail.get("host", "")),
        "text": "" if isinstance(words, Mapping) else str(words),
        "characters": characters,
    }


def _find(store: Store, kind: str, identity: int) -> Item:
    candidates: Sequence[Item | None]
    if kind in ("note", "fact"):
        entry = store.entry(identity)
        candidates = [entry if entry is not None and entry.kind == kind else None]
    elif kind == "routine":
        candidates = store.habits("accepted")
    else:
        candidates = store.reminders() if kind == "reminder" else store.timers()
    for item in candidates:
        if item is not None and item.id == identity:
            return item
    raise UserError("It is not there any more.", "Look at the list again; something else may have removed it.")


def _told(item: Item) -> dict[str, Any]:
    if isinstance(item, Reminder):
        return {"kind": "reminder", "id": item.id, "text": item.text, "at": item.when.isoformat()}
    if isinstance(item, Timer):
        return {"kind": "timer", "id": item.id, "text": item.name, "at": item.ends.isoformat()}
    if isinstance(item, Habit):
        return {"kind": "routine", "id": item.id, "text": routines.say(item), "at": item.at.isoformat()}
    return {"kind": item.kind, "id": item.id, "text": item.text, "at": item.at.isoformat(), "source": item.source}


def _name(item: Item, now: datetime) -> str:
    if isinstance(item, Reminder):
        return f"the reminder '{item.text}', {say_moment(item.when, now)}"
    if isinstance(item, Timer):
        return f"the timer '{item.name}'" if item.name else "the timer"
    if isinstance(item, Habit):
        return f"the routine '{routines.say(item)}'"
    return f"the {item.kind} '{item.text[:120]}'"


def _holds(item: Reminder | Timer | Habit, query: str) -> bool:
    text = str(_told(item)["text"]).casefold()
    return any(word in text for word in content_words(query))
