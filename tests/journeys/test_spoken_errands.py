"""More of a day, spoken into recordings and heard back: two cans, a contract, taking back, forgetting, stop."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.memory import Store
from benchmarks.drawing import page
from tests.journeys.test_spoken_questions import called, ear, voice, within  # noqa: F401 - fixtures

NOW = datetime.fromisoformat("2026-03-02T08:59").astimezone()
TOMATO = ["HARVEST", "TOMATO SOUP", "400 g"]
CHICKEN = ["HARVEST", "CHICKEN SOUP", "400 g"]
CONTRACT = """# Rental contract

## 4 Rent

The rent is 700 dollars a month, due on the first.

## 7 Notice

Either side may end this contract with three months notice in writing.
"""


@pytest.fixture
def say(voice, home, tmp_path, monkeypatch):  # noqa: F811
    """Speak a request and run `ask`: the events. The answer lies in tmp_path/answer.wav."""
    import json

    monkeypatch.setenv("ANTIGONE_NOW", "2026-03-02T09:00")

    def turn(words: str, *pictures: Path) -> list[dict]:
        voice.to_file(words, tmp_path / "request.wav")
        images = [part for picture in pictures for part in ("--image", str(picture))]
        arguments = [
            "ask",
            "--audio",
            str(tmp_path / "request.wav"),
            *images,
            "--speak",
            str(tmp_path / "answer.wav"),
            "--json",
        ]
        return [json.loads(line) for line in within(arguments).splitlines()]

    return turn


def heard(ear, folder: Path) -> str:  # noqa: F811
    return str(ear.hear(folder / "answer.wav")[0]).lower()


def test_two_cans_compared(say, tmp_path, ear):  # noqa: F811
    for name, lines in (("left.png", TOMATO), ("right.png", CHICKEN)):
        page(lines).save(tmp_path / name)
    events = say("What is the difference between these two cans?", tmp_path / "left.png", tmp_path / "right.png")
    assert called(events) == ["compare_pictures"]
    answer = heard(ear, tmp_path)
    assert "tomato" in answer and "chicken" in answer


def test_what_the_contract_says_about_notice(say, home, tmp_path, ear):  # noqa: F811
    (tmp_path / "contract.md").write_text(CONTRACT, encoding="utf-8")
    within(["documents", "add", str(tmp_path / "contract.md")])
    events = say("What did the contract say about notice?")
    assert called(events) == ["search_documents"]
    assert "three months notice" in events[-1]["text"]
    assert "three months" in heard(ear, tmp_path)
    assert "not in your documents" in say("What did the contract say about swimming pools?")[-1]["text"].lower()


def kept(home: Path, keep: Callable[[Store], object] | None = None) -> tuple[list[str], list[str]]:
    """The reminders and facts that are kept, after something was kept beforehand."""
    store = Store(home)
    try:
        if keep is not None:
            keep(store)
        return [one.text for one in store.reminders()], [one.text for one in store.entries()]
    finally:
        store.close()


def test_undo_that(say, home, tmp_path, ear):  # noqa: F811
    kept(home, lambda store: store.add_reminder("call the dentist", NOW + timedelta(days=1), NOW))
    events = say("Undo that.")  # heard as "and do that": what would be undone is read back
    asked = [event["name"] for event in events if event["event"] == "ConsentAsked"]
    assert asked in ([], ["undo"]) and "dentist" in heard(ear, tmp_path)
    if asked:
        events = say("Yes.")
    assert called(events) == ["undo"] and kept(home)[0] == []


def test_forget_my_sisters_number(say, home, tmp_path, ear):  # noqa: F811
    kept(home, lambda store: store.keep_fact("my sister's number is 555 1234", NOW, said="the number is gone"))
    events = say("Forget my sister's number.")
    assert called(events) == [] and [one["name"] for one in events if one["event"] == "ConsentAsked"] == ["forget"]
    assert "sister" in heard(ear, tmp_path) and kept(home)[1]
    assert called(say("Yes.")) == ["forget"] and kept(home)[1] == []


def test_stop_does_nothing(say, home, tmp_path, ear):  # noqa: F811
    kept(home, lambda store: store.add_reminder("call the dentist", NOW + timedelta(days=1), NOW))
    asked = [event["name"] for event in say("Cancel the dentist reminder.") if event["event"] == "ConsentAsked"]
    assert asked == ["cancel_reminder"], "something waits that a stop must not let happen"
    events = say("Stop.")
    assert called(events) == [] and "left it as it was" in events[-1]["text"]
    assert kept(home)[0] == ["call the dentist"]
    assert called(say("Yes.")) == [] and kept(home)[0] == ["call the dentist"], "the question is over"
