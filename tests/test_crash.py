"""kill -9 in the middle of writing, many times: the database is whole and nothing that was acknowledged is lost.

python -m tests.test_crash 200    the long run; the suite does a shorter one
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from assistant.memory import FILE_NAME, Store
from assistant.state import audit

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 21, 10, 0).astimezone()


def write_forever(home: Path, first: int) -> None:
    """The child: writes of every kind as fast as it can, each acknowledged on standard output; beginning with another
    kind each time, so that none is spared by an early death."""
    store = Store(home)
    writes = (keep_note, keep_reminder, keep_turn, keep_fact, forget)
    for number in count(first):
        writes[number % len(writes)](store, number)


def keep_note(store: Store, number: int) -> None:
    """Notes of very different lengths."""
    entry = store.add_entry("note", f"note {number} " + "words " * random.Random(number).randrange(2000), NOW)
    acknowledge(f"note {entry.id}")


def keep_reminder(store: Store, number: int) -> None:
    """A reminder, which may be removed, which may be undone."""
    reminder = store.add_reminder(f"reminder {number}", NOW, NOW)
    acknowledge(f"reminder {reminder.id}")
    if number % 3 == 0:
        store.remove([reminder], NOW, "back")
        acknowledge(f"removed {reminder.id}")
        if number % 9 == 0:
            store.undo(NOW)
            acknowledge(f"undone {reminder.id}")


def keep_fact(store: Store, number: int) -> None:
    """A fact that takes the place of the one before."""
    kept = store.keep_fact(f"my locker's code is {number * 7919 + 1_000_000}", NOW)
    acknowledge(f"fact {kept.entry.id}")


def keep_turn(store: Store, number: int) -> None:
    """A turn with its audit entries."""
    calls = [{"tool": "remember", "status": "done"}]
    store.add_turn(f"remember {number * 7919 + 1_000_000}", "yes", NOW, calls=calls)
    acknowledge(f"turn {number}")


def forget(store: Store, number: int) -> None:
    """What is known of the locker is forgotten for good, and the file rewritten."""
    facts = store.entries(("fact",))
    if facts:
        store.forget(facts, NOW, "I remember it again", for_good=True)
        store.purge(NOW)
        acknowledge(f"purged {facts[0].id}")


def acknowledge(what: str) -> None:
    os.write(1, f"{what}\n".encode())


def crash_once(home: Path, delay_s: float, first: int) -> list[str]:
    """Fork a writer, kill it after its first acknowledgement and a while; what it acknowledged.

    Args:
        first: the number of its first write.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        try:
            write_forever(home, first)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        begun = pipe.readline()  # it is writing now
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
        text = (begun + pipe.read()).decode()
    os.waitpid(child, 0)
    return [line.strip() for line in text.splitlines(keepends=True) if line.endswith("\n")]


def check(home: Path, acknowledged: list[str]) -> None:
    """The file is whole, holds everything acknowledged and nothing half done."""
    raw = sqlite3.connect(home / FILE_NAME)
    assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.execute(
        "INSERT INTO entries_words (entries_words, rank) VALUES ('integrity-check', 1)"
    )  # words agree with texts
    raw.rollback()
    assert audit.check(raw) is None
    notes = {row[0] for row in raw.execute("SELECT id FROM entries")}
    reminders = {row[0] for row in raw.execute("SELECT id FROM reminders")}
    gone: set[int] = set()
    for line in acknowledged:
        what, identity = line.split()
        if what == "note":
            assert int(identity) in notes
        elif what == "removed":
            gone.add(int(identity))
        elif what == "undone":
            gone.discard(int(identity))
    kept = {int(line.split()[1]) for line in acknowledged if line.startswith("reminder")}
    last = max(kept, default=0)
    assert {identity for identity in kept - gone if identity != last} <= reminders
    assert not (gone - {last}) & reminders  # the last one may have been removed or undone without an acknowledgement
    acting = "kind IN ('note kept', 'fact kept', 'reminder set', 'deleted')"
    if not rows(raw, f"audit WHERE kind = '{audit.FORGOTTEN}'"):  # forgetting for good takes journal entries out
        assert rows(raw, "undo_journal") == rows(raw, f"audit WHERE {acting}")  # live or die together
    assert rows(raw, "turns") == rows(raw, "audit WHERE kind = 'request'") == rows(raw, "audit WHERE kind = 'tool'")
    assert rows(raw, "turns") >= sum(line.startswith("turn") for line in acknowledged)
    assert rows(raw, "entries WHERE kind = 'fact'") <= 1  # a new code takes the old one's place, whole or not at all
    purged = [line for line in acknowledged if line.startswith("purged")]
    if purged and acknowledged[-1] == purged[-1]:
        assert rows(raw, "forgotten") == 0
    raw.close()


def rows(raw: sqlite3.Connection, what: str) -> int:
    """How many rows there are of a table, or of a part of it."""
    return int(raw.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def rounds(times: int) -> int:
    """Crash `times` writers, most of them on a database that others crashed on before; how many writes were seen."""
    seen = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            home = Path(folder) / str(number // 10)
            acknowledged = crash_once(home, random.Random(number).uniform(0, 0.05), number)
            check(home, acknowledged)
            seen += len(acknowledged)
    return seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is POSIX's")
def test_killed_in_the_middle_of_writing_nothing_acknowledged_is_lost() -> None:
    """In a process of its own, with one thread, so that it can fork its victims without starting Python each time."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.test_crash", "50"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "50 crashes" in done.stdout and "nothing lost" in done.stdout


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seen = rounds(times)
    assert seen >= times, "the writers were killed before they wrote anything"
    print(f"{times} crashes, {seen} acknowledged writes, nothing lost, every audit chain whole")
