"""The audit log from the command line: whole or not, read aloud, exported; and what it says of every kind of harm."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.cli import app
from assistant.memory import FILE_NAME, Store
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
CALL = {"tool": "set_reminder", "tier": "keep", "status": "done", "arguments": {"text": "see the lawyer"}}


@pytest.fixture
def log(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a log of some turns; the clock stands an hour after the last."""
    monkeypatch.setenv("ANTIGONE_NOW", (NOW + timedelta(hours=1)).isoformat())
    store = Store(home)
    store.add_turn("what did I say", "Nothing.", NOW - timedelta(days=1))
    store.add_turn("remind me to see the lawyer", "All right.", NOW, calls=[CALL])
    store.record("consent asked", {"tool": "forget", "effect": "Forget the lawyer"}, NOW)
    store.record("consent given", {"tool": "forget", "effect": "Forget the lawyer"}, NOW)
    store.record("outside", {"tool": "web_search", "host": "example.org"}, NOW)
    store.close()
    return home


def antigone(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def damage(home: Path, *statements: str) -> None:
    raw = sqlite3.connect(home / FILE_NAME)
    for one in statements:
        raw.execute(one)
    raw.commit()
    raw.close()


def test_a_whole_log_is_said_to_be_whole_with_its_last_hash(log: Path) -> None:
    said = antigone("audit", "verify")
    assert said.exit_code == 0 and said.stdout.startswith("The audit log is whole: 6 entries. The last hash is ")
    told = json.loads(antigone("audit", "verify", "--json").stdout)
    assert told["whole"] and told["entries"] == 6
    assert antigone("audit", "verify", "--head", told["head"][:16]).exit_code == 0
    missing = antigone("audit", "verify", "--head", "0123456789abcdef")
    assert missing.exit_code == 2 and "does not hold" in missing.stderr


@pytest.mark.parametrize(
    ("statements", "first_bad", "why"),
    [
        (["UPDATE audit SET detail = replace(detail, 'keep', 'look') WHERE id = 3"], 3, "it was changed"),
        (["UPDATE audit SET kind = 'consent given' WHERE id = 4"], 4, "it was changed"),
        (["UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE id = 1"], 1, "it was changed"),
        (["DELETE FROM audit WHERE id = 2"], 3, "taken out"),
        (["DELETE FROM audit WHERE id >= 5"], 5, "cut off"),
        (
            [
                "UPDATE audit SET id = -1 WHERE id = 2",
                "UPDATE audit SET id = 2 WHERE id = 3",
                "UPDATE audit SET id = 3 WHERE id = -1",
            ],
            2,
            "moved",
        ),
        (["UPDATE audit SET detail = '{\"emptied\": true}' WHERE id = 4"], 4, "emptied"),
    ],
)
def test_the_first_bad_entry_is_named_and_the_exit_code_says_so(
    log: Path, statements: list[str], first_bad: int, why: str
) -> None:
    damage(log, *statements)
    said = antigone("audit", "verify")
    assert said.exit_code == 2 and f"of entry {first_bad} " in said.stderr and why in said.stderr
    told = antigone("audit", "verify", "--json")
    assert told.exit_code == 2 and json.loads(told.stdout)["first_bad"] == first_bad
    assert antigone("audit", "show").exit_code == 0, "what is left can still be read"


def test_a_cut_tail_whose_count_was_mended_is_found_by_a_hash_that_was_noted(log: Path) -> None:
    head = json.loads(antigone("audit", "verify", "--json").stdout)["head"]
    damage(log, "DELETE FROM audit WHERE id = 6", "UPDATE sqlite_sequence SET seq = 5 WHERE name = 'audit'")
    assert antigone("audit", "verify").exit_code == 0, "by the file alone nobody can tell"
    assert antigone("audit", "verify", "--head", head).exit_code == 2


def test_entries_are_sentences_that_can_be_listened_to(log: Path) -> None:
    assert antigone("audit", "show").stdout.splitlines() == [
        "1. Yesterday, Friday 20 November, 10 am: You asked, 14 characters.",
        "2. Today at 10 am: You asked, 27 characters.",
        "3. Today at 10 am: Tool set reminder, keep: done, with text of 14 characters.",
        "4. Today at 10 am: Asked for your consent, by forget, 17 characters.",
        "5. Today at 10 am: You said yes, by forget, 17 characters.",
        "6. Today at 10 am: Left this machine, by web search, host example.org.",
    ]


def test_entries_are_filtered_by_day_and_kind(log: Path) -> None:
    assert len(antigone("audit", "show", "--day", "yesterday").stdout.splitlines()) == 1
    assert len(antigone("audit", "show", "--kind", "consent").stdout.splitlines()) == 2
    assert antigone("audit", "show", "--limit", "1").stdout.startswith("6.")
    assert antigone("audit", "show", "--day", "2026-11-01").stdout == "There are no such entries.\n"
    rows = [json.loads(line) for line in antigone("audit", "show", "--json").stdout.splitlines()]
    assert rows[2]["tool"] == "set_reminder" and rows[2]["arguments"] == {"text": {"characters": 14}}
    assert antigone("audit", "show", "--day", "purple").exit_code == 2
    unknown = antigone("audit", "show", "--kind", "dance")
    assert unknown.exit_code == 2 and "consent asked" in unknown.stderr


def test_the_log_is_exported_to_a_new_file_only(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "log.json"
    assert antigone("audit", "export", str(target)).exit_code == 0
    kept: Any = json.loads(target.read_text("utf-8"))
    assert kept["whole"] and len(kept["entries"]) == 6 and kept["entries"][-1]["hash"] == kept["head"]
    again = antigone("audit", "export", str(target))
    assert again.exit_code == 2 and "exists already" in again.stderr
    assert antigone("audit", "export", str(tmp_path / "no" / "log.json")).exit_code == 2
    assert "lawyer" not in target.read_text("utf-8")


def test_without_a_log_it_is_said(home: Path) -> None:
    for command in ("verify", "show"):
        said = antigone("audit", command)
        assert said.exit_code == 2 and "Nothing was recorded yet." in said.stderr
    assert not (home / FILE_NAME).exists(), "looking makes nothing"


def test_two_programs_write_one_chain(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\nfrom assistant.memory import Store\n"
        "store = Store(Path(sys.argv[1]))\nnow = datetime.now().astimezone()\n"
        "for number in range(25):\n"
        "    store.add_turn(f'{sys.argv[2]} {number}', 'yes', now, calls=[{'tool': 'undo', 'status': 'done'}])\n"
    )
    Store(tmp_path).close()
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "ab"]
    assert [child.wait(120) for child in children] == [0, 0]
    store = Store(tmp_path)
    assert store.audit_check() is None and store.audit_head()[0] == 100 and len(store.turns(100)) == 50


@pytest.mark.skipif(os.name != "posix", reason="file-size limits are POSIX's")
def test_a_disk_that_is_full_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: writes fail in the same places."""
    code = (
        "import resource, signal, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from assistant.memory import Store\nfrom kernels.errors import UserError\n"
        "store = Store(Path(sys.argv[1]))\nnow = datetime.now().astimezone()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, -1))\n"
        "kept = 0\n"
        "try:\n"
        "    while kept < 1000:\n"
        "        store.add_turn('words ' * 500, 'yes', now, calls=[{'tool': 'undo', 'status': 'done'}])\n"
        "        kept += 1\n"
        "except UserError as error:\n"
        "    print(kept, error.text, error.remedy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120)
    kept, said = done.stdout.split(" ", 1)
    assert int(kept) > 5 and ("disk" in said or "memory" in said)
    store = Store(tmp_path)
    assert store.audit_check() is None and len(store.turns(1000)) == int(kept)
    store.add_turn("life goes on", "yes", NOW)
    assert store.audit_check() is None


def test_a_record_that_cannot_be_written_stops_what_it_belongs_to(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.database.rows("PRAGMA query_only = ON")
    with pytest.raises(UserError, match="read-only"):
        store.keep_fact("my name is Ana", NOW)
    store.database.rows("PRAGMA query_only = OFF")
    assert store.entries() == [] and store.audit_head()[0] == 0
