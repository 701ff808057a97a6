"""antigone audit verify|show|export: the record of requests, tool calls, consents and outside contacts."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assistant import clock, settings
from assistant.memory import FILE_NAME, Store, write_new
from assistant.phrases.periods import find_period
from assistant.phrases.wording import say_list
from assistant.state.audit_words import AuditEntry, say_entry
from kernels.errors import UserError


def verify(as_json: bool, head: str | None = None) -> None:
    """Say that the log is whole, with its last hash to note elsewhere.

    Args:
        head: a hash noted before; the log must still hold it.

    Raises:
        UserError: an entry was changed, moved or taken out (it is named), or the noted hash is not there.
    """
    with _store() as store:
        broken = store.audit_check()
        count, last = store.audit_head()
        missing = head is not None and not store.audit_holds(head.strip().lower())
    if broken is None and not missing:
        said = (
            f"The audit log is whole: {count:,} {'entry' if count == 1 else 'entries'}. The last hash is {last[:16]}."
        )
        print(json.dumps({"whole": True, "entries": count, "head": last}) if as_json else said)
        return
    if as_json:
        where = {"first_bad": broken.id, "why": broken.why} if broken else {"missing": head}
        print(json.dumps({"whole": False, "entries": count, **where}))
    if broken is not None:
        raise UserError(
            f"The audit log is not as it was written: of entry {broken.id} {broken.why}.",
            "If it was not you, see who else can use your account. To keep what is left: antigone audit export FILE",
        )
    raise UserError(
        f"The audit log does not hold an entry with the hash {head}.",
        "It was replaced or cut since you noted that hash, or the hash is mistyped.",
    )


def show(as_json: bool, day: str | None = None, kind: str | None = None, limit: int = 20) -> None:
    """The latest entries as sentences, oldest first.

    Args:
        day: only of that time, such as "yesterday", "last week" or "2026-11-21".
        kind: only of that kind, such as "tool" or "consent".

    Raises:
        UserError: `day` is no time that I know, or there is no such kind.
    """
    now = clock.now()
    period = find_period(day, now, settings.load().day_first) if day else None
    if day and period is None:
        raise UserError(f"I don't know which time '{day[:80]}' is.", "Say yesterday, last week, Monday or 2026-11-21.")
    with _store() as store:
        kinds = store.audit_kinds()
        if kind and not any(one.startswith(kind) for one in kinds):
            raise UserError(f"There are no entries of the kind '{kind[:80]}'.", f"There are: {say_list(kinds)}.")
        found = store.audit_entries(
            limit, kind=kind or "", since=period.since if period else None, until=period.until if period else None
        )
    for entry in reversed(found):
        print(json.dumps(_as_json(entry), ensure_ascii=False) if as_json else say_entry(entry, now))
    if not found and not as_json:
        print("There are no such entries." if day or kind else "The audit log is empty.")


def export(path: Path) -> None:
    """Write all entries with their hashes to a new JSON file.

    Raises:
        UserError: the file exists already or can't be written.
    """
    with _store() as store:
        broken = store.audit_check()
        count, last = store.audit_head()
        rows = [dict(row) for row in store.database.rows("SELECT * FROM audit ORDER BY id")]
    whole: dict[str, Any] = {"whole": broken is None, "head": last, "entries": rows}
    if broken is not None:
        whole["first_bad"] = broken.id
    write_new(path, json.dumps({"antigone_audit": 1, **whole}, ensure_ascii=False, indent=1))
    print(f"{count:,} entries are in {path}.", file=sys.stdout)


@contextmanager
def _store() -> Iterator[Store]:
    home = settings.load().home
    if not (home / FILE_NAME).exists():
        raise UserError("Nothing was recorded yet.", "Ask me something first.")
    with closing(Store(home)) as store:
        yield store


def _as_json(entry: AuditEntry) -> dict[str, Any]:
    detail = {name: value for name, value in entry.detail.items() if name != "salt"}
    return {"id": entry.id, "at": entry.at.isoformat(), "kind": entry.kind, **detail, "hash": entry.hash}
