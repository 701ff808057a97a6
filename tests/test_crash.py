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
from pathlib import Path

import pytest

from assistant.memory import FILE_NAME, Store
from assistant.state import audit

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 11, 21, 10, 0).astimezone()


def write_forever(home: Path) -> None:
    """The child: notes, reminders, removals and undos as fast as it can, each acknowledged on standard output."""
    store = Store(home)
    number = 0
    while True:
        number += 1
        entry = store.add_entry("note", f"note {number} " + "words " * random.Random(number).randrange(2000), NOW)
        acknowledge(f"note {entry.id}")
        reminder = store.add_reminder(f"reminder {number}", NOW, NOW)
        acknowledge(f"reminder {reminder.id}")
        if number % 3 == 0:
            store.remove([reminder], NOW, "back")
            acknowledge(f"removed {reminder.id}")
        if number % 9 == 0:
            store.undo(NOW)
            acknowledge(f"undone {reminder.id}")


def acknowledge(what: str) -> None:
    os.write(1, f"{what}\n".encode())


def crash_once(home: Path, delay_s: float) -> list[str]:
    """Fork a writer, kill it after its first acknowledgement and a while; what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        try:
            write_forever(home)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()  # it is writing now
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
        text = (first + pipe.read()).decode()
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
    actions = raw.execute("SELECT count(*) FROM undo_journal").fetchone()[0]
    records = raw.execute("SELECT count(*) FROM audit WHERE kind != 'undone'").fetchone()[0]
    assert actions == records  # an action, its undo entry and its audit entry live or die together
    raw.close()


def rounds(count: int) -> int:
    """Crash `count` writers, most of them on a database that others crashed on before; how many writes were seen."""
    seen = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            home = Path(folder) / str(number // 10)
            acknowledged = crash_once(home, random.Random(number).uniform(0, 0.05))
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
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seen = rounds(count)
    assert seen >= count, "the writers were killed before they wrote anything"
    print(f"{count} crashes, {seen} acknowledged writes, nothing lost, every audit chain whole")
