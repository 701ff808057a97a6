"""antigone memory: shown, forgotten, exported and deleted from the command line; and what the page lists."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli import app
from assistant.memory import FILE_NAME, Store
from kernels.errors import UserError
from ui import remembering

NOW = datetime(2026, 11, 21, 10, 0).astimezone()


@pytest.fixture
def kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that holds something of everything."""
    monkeypatch.setenv("ANTIGONE_NOW", NOW.isoformat())
    store = Store(home)
    store.keep_fact("call me Ana", NOW - timedelta(days=3))
    store.keep_fact("my sister's number is 555 1234", NOW)
    store.keep_fact("the lease ends in May", NOW, source="document lease.pdf")
    store.add_entry("note", "buy milk", NOW)
    store.add_reminder("take the pills", NOW + timedelta(hours=2), NOW)
    store.add_timer("tea", 600, NOW)
    store.set_habit(store.offer_habit("tell_date", "list_reminders", -1, NOW).id, "accepted", NOW, "no more")
    lease = home.parent / "lease.txt"
    lease.write_text("The notice period is three months.\n" * 3)
    for _ in store.library.add(lease, NOW, "lease"):
        pass
    store.keep_shown([lease], NOW)
    store.close()
    return home


def antigone(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_all_that_is_kept_is_shown_with_its_source(kept: Path) -> None:
    said = antigone("memory", "show").stdout
    assert said.splitlines()[0].startswith("You are Ana. You told me: the lease ends in May; my sister's number")
    for line in (
        "You: call me Ana, you said on Wednesday 18 November.",
        "Other things: the lease ends in May, from lease.pdf, today.",
        "Note of today at 10 am: buy milk.",
        "Reminder for today at 12 noon: take the pills.",
        "Timer tea, until today at 10:10 am.",
        "By myself: your reminders, after the date.",
        "Documents: lease.",
    ):
        assert line in said
    rows = [json.loads(line) for line in antigone("memory", "show", "--json").stdout.splitlines()]
    assert {row["type"] for row in rows} == {"Entry", "Reminder", "Timer", "Routine", "Document"}


def test_a_fact_and_a_routine_are_forgotten_after_asking(kept: Path) -> None:
    unasked = antigone("memory", "forget", "my", "sister's", "number")
    assert unasked.exit_code == 2 and "nothing was forgotten" in unasked.stderr
    said = antigone("memory", "forget", "my", "sister's", "number", "--yes")
    assert said.stdout == "Forgotten: 'my sister's number is 555 1234'. Undo brings it back for 10 minutes.\n"
    assert "By myself" in antigone("memory", "show").stdout
    assert antigone("memory", "forget", "my", "routines", "--yes").exit_code == 0
    assert "By myself" not in antigone("memory", "show").stdout
    nothing = antigone("memory", "forget", "elephants", "--yes")
    assert nothing.exit_code == 2 and "I remember nothing about elephants." in nothing.stderr
    assert antigone("memory", "forget", "lease", "--yes", "--for-good").stdout.endswith("It is gone for good.\n")
    assert b"the lease ends" not in (kept / FILE_NAME).read_bytes()


def test_everything_is_exported_documents_and_audit_too(kept: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.json"
    assert antigone("memory", "export", str(target)).exit_code == 0
    data = json.loads(target.read_text("utf-8"))
    assert {"entries", "reminders", "timers", "routines", "turns", "audit", "documents", "shown"} <= data.keys()
    assert "three months" in json.dumps(data["documents"]) and data["routines"][0]["state"] == "accepted"
    assert antigone("memory", "export", str(target)).exit_code == 2


def test_deleting_everything_leaves_nothing_in_the_folder(kept: Path) -> None:
    assert antigone("memory", "delete").exit_code == 2, "nobody said yes"
    assert antigone("memory", "delete", "--yes").stdout.startswith("Everything is deleted.")
    held = b"".join(file.read_bytes() for file in kept.rglob("*") if file.is_file())
    for trace in (b"555 1234", b"milk", b"pills", b"three months", b"lease", b"Ana"):
        assert trace not in held
    assert antigone("memory", "show").stdout == "I know nothing about you yet.\n"
    assert antigone("audit", "verify").exit_code == 0


def test_without_a_memory_it_is_said(home: Path) -> None:
    for words in (("show",), ("forget", "x", "--yes"), ("delete", "--yes")):
        said = antigone("memory", *words)
        assert said.exit_code == 2 and "Nothing is kept yet." in said.stderr


def test_the_page_lists_source_routine_and_record(kept: Path) -> None:
    store = Store(kept)
    items = remembering.remembered(store, "")["items"]
    assert {"kind": "routine", "text": "your reminders, after the date"}.items() <= items[2].items()
    assert [one["source"] for one in items if one["kind"] == "fact"] == ["document lease.pdf", "said", "said"]
    said = remembering.forget(store, "routine", items[2]["id"], True, NOW)
    assert store.habits("accepted") == [] and said == "the routine 'your reminders, after the date' is back"
    assert store.undo(NOW, only=said) == said and len(store.habits("accepted")) == 1
    fact = next(one for one in items if one["kind"] == "fact")
    remembering.forget(store, "fact", fact["id"], False, NOW)
    assert store.entry(fact["id"]) is not None, "nobody agreed"
    remembering.forget(store, "fact", fact["id"], True, NOW)
    assert store.entry(fact["id"]) is None
    record = remembering.audit(store)
    assert record["first_bad"] is None and record["count"] > 5
    kinds = [one["kind"] for one in record["entries"][:3]]
    assert kinds == ["deleted", "consent given", "consent asked"] and record["entries"][1]["characters"] > 5
    with pytest.raises(UserError, match="not there any more"):
        remembering.forget(store, "routine", 99, True, NOW)
