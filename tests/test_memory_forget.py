"""Facts that contradict each other, what is known about the user, and forgetting: really, down to the bytes."""

import json
import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from assistant.memory import FORGET_LASTS, Store
from assistant.state import audit, facts, profile
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
SECRET = "my sister's number is 020 7946 0958"


def letters(texts: list[str]) -> np.ndarray:
    """A stand-in encoder whose vectors count letter pairs. (B, 384)"""
    vectors = np.zeros((len(texts), 384), np.float32)
    for row, text in enumerate(texts):
        for one, two in zip(text.lower(), text.lower()[1:], strict=False):
            vectors[row, (ord(one) * 31 + ord(two)) % 384] += 1
    return vectors - 0.02


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, letters)


def texts(store: Store) -> list[str]:
    return [one.text for one in store.entries(("fact",))]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("my sister's number is 555 1234", "my sisters phone number is now 777"),
        ("the number of my sister is 555", "my sister's number has changed to 888"),
        ("the spare key is under the mat", "the spare key is now in the drawer"),
        ("call me Ana", "my name is Ana Maria"),
        ("I live in Lisbon", "I now live in Porto"),
        ("my favourite colour is blue", "my favourite colour is green"),
        ("my pin is 1234 for the bank card", "my bank card's pin is 99"),
        ("my sister is called Maria", "my sister's called Maria Jose"),
    ],
)
def test_a_new_value_of_the_same_thing_takes_the_place_of_the_old(store: Store, one: str, two: str) -> None:
    store.keep_fact(one, NOW)
    kept = store.keep_fact(two, NOW, said="it is as before")
    assert texts(store) == [two] and [old.text for old in kept.replaced] == [one]
    assert store.undo(NOW) == f"it is as before; I remember again: {one}" and texts(store) == [one]
    assert store.search(one)[0].text == one, "what came back is found again"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("I am allergic to nuts", "I am allergic to penicillin"),
        ("my sister is called Maria", "my sister is allergic to nuts"),
        ("my sister is called Maria", "my brother is called Paul"),
        ("my friend is Paul", "my friend is Ana"),
        ("my sister's number is 555", "my sister's birthday is in May"),
        ("my pin for the bank card is 1234", "my pin for the phone is 99"),
        ("I like tea", "I like short answers"),
        ("call me Ana", "call me when it rains"),
    ],
)
def test_what_may_both_be_true_is_kept_side_by_side(store: Store, one: str, two: str) -> None:
    store.keep_fact(one, NOW)
    assert not store.keep_fact(two, NOW).replaced and texts(store) == [two, one]


def test_the_name_is_taken_from_what_was_said() -> None:
    assert facts.name_in("Call me Ana please.") == "Ana" and facts.name_in("my name's José Luís") == "José Luís"
    assert facts.name_in("call me at noon") == "" and facts.name_in("my sister is called Ana") == ""


def test_all_that_is_known_is_told_short_first_then_in_groups_with_time_and_source(store: Store) -> None:
    nothing, more = profile.say(store.profile(NOW), NOW)
    assert nothing == "I know nothing about you yet." and more == ""
    store.keep_fact("call me Ana", NOW)
    store.keep_fact("I am allergic to nuts", NOW - timedelta(days=1))
    store.add_entry("note", "buy milk", NOW)
    short, _ = profile.say(store.profile(NOW), NOW)
    assert short == "You are Ana. You told me: I am allergic to nuts. I also keep 1 note."
    for text in ("my sister's number is 555", "the key is under the mat", "I like tea"):
        store.keep_fact(text, NOW)
    store.keep_fact("the lease ends in May", NOW, source="document lease.pdf")
    short, more = profile.say(store.profile(NOW), NOW)
    assert short.startswith("You are Ana. I remember 6 things: 1 about you, 1 about people, 1 about health")
    assert "Health: I am allergic to nuts, you said on Friday 20 November." in more
    assert "the lease ends in May, from lease.pdf, today." in more and "Where things are: the key is" in more


def test_what_is_meant_by_that_by_a_name_and_by_everything(store: Store) -> None:
    for text in ("my sister's number is 555", "my sister's birthday is in May", "the spare key is under the mat"):
        entry = store.keep_fact(text, NOW).entry
    record = {"name": "remember", "text": "", "data": {"id": entry.id, "kind": "fact"}}
    store.add_turn("remember ...", "I'll remember", NOW, data={"results": [record]})
    assert [one.text for one in store.meant("that", NOW)] == ["the spare key is under the mat"]
    assert store.meant("that", NOW + timedelta(hours=1)) == [], "nobody knows any more what that was"
    assert [one.text for one in store.meant("my sister's number", NOW)] == ["my sister's number is 555"]
    assert {one.text for one in store.meant("everything you know about my sister", NOW)} == {
        "my sister's number is 555",
        "my sister's birthday is in May",
    }
    assert len(store.meant("everything you know about me", NOW)) == 3
    assert store.meant("my elephant", NOW) == []


def say_it_everywhere(store: Store) -> None:
    """The secret where a conversation leaves it: fact, turns, consent, journal, audit, a duplicate, an edit."""
    kept = store.keep_fact(SECRET, NOW, said=f"I no longer remember: {SECRET}")
    record = {"name": "remember", "text": f"I'll remember: {SECRET}", "data": {"id": kept.entry.id, "text": SECRET}}
    call = {"tool": "remember", "tier": "keep", "status": "done", "arguments": {"fact": SECRET}}
    store.add_turn(f"remember {SECRET}", f"I'll remember: {SECRET}", NOW, data={"results": [record]}, calls=[call])
    store.add_turn("spell that", "0 2 0 7 9 4 6 0 9 5 8", NOW)
    store.add_turn("and my sister", "Her number: 020-7946-0958, for your sister", NOW, more="(020) 79460958")
    store.record("consent asked", {"tool": "forget", "effect": f"Forget {SECRET}", "arguments": {"what": SECRET}}, NOW)
    store.add_entry("fact", SECRET, NOW)


def bytes_of(home: Path) -> bytes:
    """What the files hold, but for hashes and salts: four given digits stand in some of these by chance."""
    held = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    return re.sub(rb"[0-9a-f]{32,}", b"", held)


@pytest.mark.parametrize("audit_text", [False, True])
def test_what_is_forgotten_leaves_no_byte_in_the_files(tmp_path: Path, audit_text: bool) -> None:
    store = Store(tmp_path, letters, audit_text=audit_text)
    store.add_entry("note", "the plumber comes on Monday", NOW, said="the note is gone")
    store.add_turn("spell that", "4", NOW, data={"results": [{"name": "calculate"}]})
    say_it_everywhere(store)
    assert b"0958" in bytes_of(tmp_path)
    store.forget(store.meant("my sister's number", NOW), NOW, "I remember it again")
    assert texts(store) == [] and store.search("sister number") == []
    assert not store.purge(NOW + timedelta(minutes=9)), "it may still be brought back"
    assert store.purge(NOW + FORGET_LASTS)
    held = bytes_of(tmp_path)
    for trace in (b"0958", b"7946", b"sister", b"Sister", b"0 9 5 8"):
        assert trace not in held
    assert store.audit_break() is None, "the chain is whole although entries were emptied"
    requests = [turn.request for turn in store.turns()]
    assert requests.count("This was forgotten.") == 3 and requests[-1] == "spell that"
    emptied = [row["id"] for row in store.database.rows("SELECT id FROM audit WHERE detail = '{\"emptied\": true}'")]
    assert 2 not in emptied and len(emptied) >= 2, "words that tell nothing of it stay, though they were said then too"
    assert store.turns()[2].tools == ("remember",), "which tool it was tells nothing and stays"
    assert store.search("plumber")
    with pytest.raises(UserError, match="gone for good"):
        store.undo(NOW)
    assert store.undo(NOW) == "the note is gone", "what came before can be undone as ever"


def test_forgetting_can_be_undone_for_a_while_and_is_then_not_purged(store: Store, tmp_path: Path) -> None:
    say_it_everywhere(store)
    store.forget(store.meant("my sister's number", NOW), NOW, "I remember it again")
    assert store.undo(NOW + timedelta(minutes=5)) == "I remember it again"
    assert not store.purge(NOW + timedelta(hours=1))
    assert texts(store) == [SECRET, SECRET] and "0958" in store.turns()[0].answer


def test_undo_comes_too_late_even_where_nothing_was_purged_in_between(store: Store, tmp_path: Path) -> None:
    store.keep_fact(SECRET, NOW)
    store.forget(store.meant("my sister's number", NOW), NOW, "I remember it again")
    with pytest.raises(UserError, match="gone for good"):
        store.undo(NOW + timedelta(minutes=11))
    store.purge(NOW + timedelta(minutes=11))
    assert texts(store) == [] and b"0958" not in bytes_of(tmp_path)


def test_forgetting_for_good_does_not_wait(store: Store, tmp_path: Path) -> None:
    say_it_everywhere(store)
    store.forget(store.meant("my sister's number", NOW), NOW, "", for_good=True)
    with pytest.raises(UserError, match="gone for good"):
        store.last_action()
    with pytest.raises(UserError, match="gone for good"):
        store.undo(NOW)
    store.add_turn("yes", f"Forgotten: {SECRET}. It is gone for good.", NOW)
    assert b"0958" not in bytes_of(tmp_path), "not even in the turn that tells of it"


def test_a_reader_that_keeps_the_file_open_delays_the_bytes_not_the_forgetting(store: Store, tmp_path: Path) -> None:
    say_it_everywhere(store)
    other = Store(tmp_path)
    other.database._connection.execute("BEGIN")
    other.turns()
    store.database._connection.execute("PRAGMA busy_timeout = 50")
    store.forget(store.meant("my sister's number", NOW), NOW, "", for_good=True)
    store.purge(NOW)
    assert texts(store) == [] and all("0958" not in turn.answer for turn in store.turns())
    other.close()
    store._purged_at -= 100  # a while later
    store.purge(NOW)
    assert b"0958" not in bytes_of(tmp_path)


def test_emptying_an_audit_entry_unseen_is_found_out(store: Store) -> None:
    say_it_everywhere(store)
    with store.database.write() as connection:
        connection.execute("UPDATE audit SET detail = '{\"emptied\": true}' WHERE id = 2")
    broken = store.audit_check()
    assert broken is not None and broken.id == 2 and "emptied" in broken.why


def test_the_audit_log_keeps_no_words_unless_it_should(tmp_path: Path) -> None:
    for with_text in (False, True):
        store = Store(tmp_path / str(with_text), audit_text=with_text)
        store.add_reminder("see the lawyer", NOW, NOW)
        store.add_turn("remind me to see the lawyer", "All right", NOW,
                       calls=[{"tool": "set_reminder", "tier": "keep", "status": "done",
                               "arguments": {"text": "see the lawyer"}}])  # fmt: skip
        details = " ".join(row["detail"] for row in store.database.rows("SELECT detail FROM audit"))
        assert ("lawyer" in details) is with_text and '"tool": "set_reminder"' in details
        assert store.audit_break() is None
    one, two = (Store(tmp_path / name) for name in ("one", "two"))
    for each in (one, two):
        each.record("request", {"text": "the same words"}, NOW)
        each.record("request", {"text": "the same words"}, NOW)
    found = [
        [json.loads(row["detail"])["text"]["digest"] for row in each.database.rows("SELECT detail FROM audit")]
        for each in (one, two)
    ]
    assert found[0][0] == found[0][1] != found[1][0], "equal words can be seen to be equal, in one database only"


def test_old_undo_entries_and_what_they_hold_go_after_a_month(store: Store, tmp_path: Path) -> None:
    note = store.add_entry("note", "a zebra", NOW)
    store.remove([note], NOW, "the note is back")
    assert store.purge(NOW + timedelta(days=29)) is False and store.last_action() == "the note is back"
    store.purge(NOW + timedelta(days=31))
    assert store.last_action() is None and b"zebra" not in bytes_of(tmp_path)


def test_forgetting_spares_what_only_shares_a_year_a_time_or_a_piece_of_a_word(store: Store) -> None:
    store.add_reminder("call the dentist", NOW + timedelta(days=30), NOW, said="the dentist is off")
    store.add_timer("eggs", 2021, NOW, said="the timer is off")
    store.add_turn("what day is it", "It is Saturday 21 November 2026.", NOW, data={"results": [{"at": "2026-11-21"}]})
    store.add_turn("what is 12 times it", "22224, in 12026 steps", NOW, data={"results": [{"data": {"id": 1852}}]})
    store.add_turn("who came", "Catherine", NOW)
    store.add_turn("spell it", "", NOW, data={"results": [{"data": {"letters": ["1", "8", "5", "2"]}}]})
    for text in ("my passport runs out on 5 May 2026", "my locker code is 2222", "cat", "the safe opens with 1852"):
        store.forget([store.add_entry("fact", text, NOW)], NOW, "it is back", for_good=True)
    store.purge(NOW)
    left = [turn.request for turn in reversed(store.turns())]
    assert left == ["what day is it", "what is 12 times it", "who came", "This was forgotten."]
    said = {row["said"] for row in store.database.rows("SELECT said FROM undo_journal")}
    assert {"the dentist is off", "the timer is off"} <= said


def test_more_audit_entries_are_emptied_than_a_statement_may_name(store: Store) -> None:
    with store.database.write() as connection:
        for _ in range(40):
            audit.append(connection, NOW, "request", {"text": "a zebra"})
        limit = connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 30)
        audit.empty(connection, NOW, list(range(1, 41)), 1)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)
    assert store.audit_break() is None
