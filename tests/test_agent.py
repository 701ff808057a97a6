"""The agent's loop: events, consent, failures, time limits, interruption. Real store, real tools, real step chooser."""

import threading
import time
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from assistant import tools
from assistant.agent import Agent
from assistant.memory import Store
from assistant.messages import (
    Answer,
    ConsentAsked,
    Event,
    Failed,
    Heard,
    Planned,
    Request,
    Thinking,
    ToolCalled,
    ToolReturned,
)
from assistant.permissions import Tier
from assistant.session import _load_encoder
from assistant.settings import Settings
from assistant.steps.planning import FittedChooser
from assistant.talking.turns import RunningTurn
from assistant.tools.base import Tool, ToolContext, ToolResult
from kernels.errors import UserError

NOW = datetime.fromisoformat("2026-03-02T09:00").astimezone()


@lru_cache(maxsize=1)
def encoder():
    return _load_encoder()


def encode(texts):
    return encoder().encode(texts)


@lru_cache(maxsize=1)
def shipped_chooser() -> FittedChooser:
    """The table and the tagger, as a session has them."""
    from assistant.steps.tagging import StepTagger

    return FittedChooser(encode, tagger=StepTagger(encoder))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(home: Path):
    store = Store(home, encode)
    yield store
    store.close()


def make_agent(store: Store, home: Path, clock: Clock, more_tools: dict[str, Tool] | None = None, hear=None) -> Agent:
    known = {**tools.load(), **(more_tools or {})}
    return Agent(Settings(home=home), store, known, shipped_chooser(), encode, hear, clock)


@pytest.fixture
def agent(store: Store, home: Path, clock: Clock) -> Agent:
    return make_agent(store, home, clock)


def ask(agent: Agent, words: str, **options) -> list[Event]:
    return list(agent.turn(Request(words, **options)))


def answer(events: list[Event]) -> str:
    assert isinstance(events[-1], Answer), events[-1]
    return events[-1].text


def called(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, ToolCalled)]


def broken(function, name: str = "tell_time", limit_s: float = 2.0, tier: Tier = Tier.LOOK) -> dict[str, Tool]:
    schema = {"type": "object", "properties": {}, "required": []}
    return {name: Tool(name, function, "", schema, tier, limit_s, None, False)}


def test_a_turn_is_a_stream_of_events_that_ends_with_the_answer(agent):
    events = ask(agent, "what time is it")
    kinds = [type(event) for event in events if not isinstance(event, Thinking)]
    assert kinds[:3] == [Planned, ToolCalled, ToolReturned]
    assert "9 am" in answer(events)
    assert events[-1].as_json()["event"] == "Answer"


def test_a_reminder_is_kept_and_said_with_date_and_time(agent, store):
    said = answer(ask(agent, "um could you remind me to ring the vet tomorrow at half past ten please"))
    assert "ring the vet" in said and "3 March" in said and "10:30" in said
    assert [(one.text, one.when.isoformat()[:16]) for one in store.reminders()] == [
        ("ring the vet", "2026-03-03T10:30")
    ]


def test_two_wishes_in_one_request_are_two_steps(agent, store):
    events = ask(agent, "add milk to my shopping list, then tell me the time")
    assert called(events) == ["add_note", "tell_time"]
    assert "milk" in answer(events) and "9 am" in answer(events)


def test_no_more_than_six_steps(agent):
    events = ask(agent, " then ".join(["tell me the time", "tell me the date"] * 5))
    assert len(called(events)) == 6
    assert "6 steps" in answer(events)


def test_a_change_is_described_and_not_done_without_consent(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    events = ask(agent, "cancel the dentist reminder")
    asked = [event for event in events if isinstance(event, ConsentAsked)]
    assert len(asked) == 1 and "dentist" in asked[0].text and "Thursday 5 March" in asked[0].text
    assert called(events) == [] and len(store.reminders()) == 1


def test_yes_in_the_next_turn_does_it_and_is_in_the_audit_log(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder")
    assert "Deleted" in answer(ask(agent, "yes please"))
    assert store.reminders() == []
    kinds = [row["kind"] for row in store.database.rows("SELECT kind FROM audit ORDER BY id")]
    assert kinds.index("consent asked") < kinds.index("consent given") < kinds.index("deleted")
    assert store.audit_break() is None


@pytest.mark.parametrize("words", ["cancel the dentist reminder", "remind me to buy milk at nine", "what is 7 times 8"])
def test_a_turn_begun_by_a_guess_leaves_nothing_in_the_store_when_it_is_taken_back(agent, store, words):
    ask(agent, "remind me to see the dentist on thursday at three")
    before = kept(store)
    turn = RunningTurn(agent, Request(words), lambda told: None, guessed=True)
    waits = threading.Event()

    class Gate(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.set()
            return super().wait(timeout)

    turn._confirmed = Gate()
    thread = threading.Thread(target=turn.run)
    thread.start()
    assert waits.wait(60) and kept(store) == before
    turn.cancel()
    thread.join(60)
    assert turn.over.is_set() and kept(store) == before


def kept(store: Store) -> dict[str, list]:
    """All rows of all tables."""
    tables = [str(row["name"]) for row in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: [tuple(row) for row in store.database.rows(f"SELECT * FROM {name}")] for name in tables}


@pytest.mark.parametrize("reply", ["no", "no, leave it", "please", "what time is it", "um"])
def test_anything_but_yes_means_no(agent, store, reply):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder")
    ask(agent, reply)
    ask(agent, "yes")  # too late: another turn came between
    assert len(store.reminders()) == 1


def test_a_consent_that_waits_lapses(agent, store, clock):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder")
    clock.now += timedelta(minutes=6)
    ask(agent, "yes")
    assert len(store.reminders()) == 1


def test_a_yes_is_for_what_was_read_back_and_nothing_else(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel all my reminders")
    store.add_reminder("the passport", NOW + timedelta(days=9), NOW)
    events = ask(agent, "yes")
    assert any(isinstance(event, ConsentAsked) and "passport" in event.text for event in events)
    assert len(store.reminders()) == 2


def test_a_clock_set_back_renews_no_consent(agent, store, clock):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder")
    clock.now -= timedelta(hours=1)
    ask(agent, "yes")
    assert len(store.reminders()) == 1


def test_a_yes_to_one_question_never_decides_another(agent, store):
    """Two pages share the store: the second asks something else before the first one's yes arrives."""
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "remind me to feed the cat on friday at six")
    first = [event for event in ask(agent, "cancel the dentist reminder") if isinstance(event, ConsentAsked)]
    ask(agent, "cancel the cat reminder")
    assert "no longer waits" in answer(ask(agent, "yes", answers=first[0].text))
    assert len(store.reminders()) == 2
    second = [event for event in ask(agent, "cancel the cat reminder") if isinstance(event, ConsentAsked)]
    assert "Deleted" in answer(ask(agent, "yes", answers=second[0].text))
    assert [one.text for one in store.reminders()] == ["see the dentist"]


@pytest.mark.parametrize("reply", ["read it", "Read it all.", "all of it", "that one", "yes, read it"])
def test_a_wish_to_hear_it_is_no_consent(agent, store, reply):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder")
    events = ask(agent, reply)
    assert asked(events) == ["cancel_reminder"] and "dentist" in answer(events) and len(store.reminders()) == 1
    assert "Deleted" in answer(ask(agent, "yes"))


@pytest.mark.parametrize("reply", ["yes", "read it", "all of it", "yes please"])
def test_an_offer_to_read_it_all_is_taken_in_other_words(agent, store, reply):
    store.add_turn(
        "what is the postcode", "It says nothing of that. Shall I read it all?", NOW, "All lines.", {"offer": "read"}
    )
    assert answer(ask(agent, reply)) == "All lines."


def asked(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, ConsentAsked)]


def test_two_changes_in_one_request_are_asked_about_one_after_the_other(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "make a note that the boiler is broken")
    words = "cancel the dentist reminder, then delete the note about the boiler, then tell me the time"
    first = ask(agent, words)
    assert asked(first) == ["cancel_reminder"] and called(first) == ["tell_time"]
    assert "9 am" in answer(first) and answer(first).endswith("Say yes or no.")  # the question last
    second = ask(agent, "yes")
    assert called(second) == ["cancel_reminder"] and asked(second) == ["delete_note"] and store.entries()
    assert called(ask(agent, "yes")) == ["delete_note"]
    assert store.reminders() == [] and store.entries() == []


def test_only_what_hangs_on_a_step_waits_for_the_answer_to_it(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    events = ask(agent, "cancel the dentist reminder, then list my reminders, then set a timer for five minutes")
    assert asked(events) == ["cancel_reminder"] and called(events) == ["start_timer"]
    assert called(ask(agent, "yes")) == ["cancel_reminder", "list_reminders"]


def test_after_a_no_the_rest_is_left_and_that_is_said(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    ask(agent, "cancel the dentist reminder, then make a note that it is off")
    assert "rest" in answer(ask(agent, "no")) and store.entries() == [] and len(store.reminders()) == 1


def test_what_is_missing_twice_is_asked_for_twice(agent, store):
    first = answer(ask(agent, "remind me to ring the plumber, then remind me to feed the cat"))
    assert first.count("?") == 1
    assert answer(ask(agent, "tomorrow at ten")).endswith("?")
    ask(agent, "tomorrow at eleven")
    assert sorted((one.text, one.when.hour) for one in store.reminders()) == [
        ("feed the cat", 11),
        ("ring the plumber", 10),
    ]


def test_a_yes_to_nothing_is_told_so(agent):
    assert "No question is waiting" in answer(ask(agent, "yes"))


def test_consent_given_in_advance_runs_a_change(agent, store):
    ask(agent, "remind me to see the dentist on thursday at three")
    assert "Deleted" in answer(ask(agent, "cancel the dentist reminder", consent=True))
    assert store.reminders() == []


def test_words_that_were_missing_come_in_the_next_turn(agent, store):
    assert answer(ask(agent, "remind me to ring the plumber")).endswith("?")
    assert store.reminders() == []
    ask(agent, "tomorrow at ten")
    assert [(one.text, one.when.hour) for one in store.reminders()] == [("ring the plumber", 10)]


def test_a_question_back_is_forgotten_when_the_user_wants_something_else(agent, store):
    ask(agent, "remind me to ring the plumber")
    assert called(ask(agent, "what time is it")) == ["tell_time"]
    assert store.reminders() == []


def test_follow_ups_live_in_the_store_and_so_in_the_next_process(agent, store, home, clock):
    ask(agent, "what is 240 divided by 6")
    another = make_agent(store, home, clock)
    assert "40" in answer(ask(another, "say that again"))
    assert "20" in answer(ask(another, "and half of that"))
    assert answer(ask(another, "make a note that the cat was fed"))
    assert "Undone" in answer(ask(another, "no undo that"))
    assert store.entries(("note",)) == []


@pytest.mark.parametrize("words", ["who wrote hamlet", "what is the weather tomorrow", "call my mum"])
def test_what_it_cannot_know_or_do_it_says(agent, words):
    events = ask(agent, words)
    assert called(events) == [] and "can't" in answer(events)


def test_a_picture_that_is_missing_is_asked_for(agent):
    events = ask(agent, "read this to me")
    assert called(events) == [] and "picture" in answer(events)


def test_a_tool_that_breaks_is_a_sentence_and_not_a_traceback(store, home, clock, capfd):
    def burst(context: ToolContext) -> ToolResult:
        raise ZeroDivisionError("inside")

    events = ask(make_agent(store, home, clock, broken(burst)), "what time is it")
    returned = [event for event in events if isinstance(event, ToolReturned)]
    assert returned[0].error and "Traceback" not in returned[0].error
    assert isinstance(events[-1], Failed) and events[-1].remedy
    captured = capfd.readouterr()
    assert "Traceback" not in captured.out + captured.err


def test_a_step_that_fails_leaves_the_others(store, home, clock):
    def burst(context: ToolContext) -> ToolResult:
        raise UserError("The clock is broken.", "Buy a new one.")

    events = ask(make_agent(store, home, clock, broken(burst)), "what time is it, and what is 3 plus 4")
    assert "The clock is broken." in answer(events) and "7" in answer(events)


def test_a_tool_that_hangs_is_left_after_its_time_limit(store, home, clock):
    release = threading.Event()

    def hang(context: ToolContext) -> ToolResult:
        release.wait(20)
        return ToolResult("late")

    started = time.monotonic()
    events = ask(make_agent(store, home, clock, broken(hang, limit_s=0.2)), "what time is it")
    release.set()
    assert isinstance(events[-1], Failed) and "took longer" in events[-1].text
    assert time.monotonic() - started < 15


def test_closing_the_turn_stops_before_the_next_step(agent, store):
    events = agent.turn(Request("what time is it, then make a note that the cat was fed"))
    for event in events:
        if isinstance(event, ToolReturned):
            break
    events.close()
    assert store.entries() == [] and store.turns() == []
    assert "9 am" in answer(ask(agent, "what time is it"))


def test_a_recording_is_heard_first(store, home, clock, tmp_path):
    agent = make_agent(store, home, clock, hear=lambda audio: (" What time is it? ", "en", 0.9))
    events = list(agent.turn(Request(audio=tmp_path / "question.wav")))
    assert [event.text for event in events if isinstance(event, Heard)] == ["What time is it?"]
    assert "9 am" in answer(events)


def test_silence_does_nothing(store, home, clock, tmp_path):
    agent = make_agent(store, home, clock, hear=lambda audio: ("", "en", 0.0))
    events = list(agent.turn(Request(audio=tmp_path / "silence.wav")))
    assert isinstance(events[-1], Failed) and "no words" in events[-1].text
    assert called(events) == [] and store.turns() == []


@pytest.mark.parametrize("words", ["", "   ", "...", "\x00"])
def test_an_empty_request_is_refused(agent, words):
    events = ask(agent, words)
    assert isinstance(events[-1], Failed) and events[-1].remedy


def test_ten_thousand_words_and_every_script_work(agent, store):
    long = "make a note that " + "the quick brown fox jumps over it " * 1500
    assert isinstance(ask(agent, long)[-1], Answer)
    assert len(store.entries(("note",))) == 1
    for words in ("напомни мне завтра", "note down Müller 北京 🥛 naïve", "مرحبا", "\ud800 broken", "a" * 50_000):
        assert isinstance(ask(agent, words)[-1], Answer | Failed)


def test_a_request_beyond_all_bounds_is_refused(agent):
    assert isinstance(ask(agent, "word " * 60_000)[-1], Failed)


def test_a_picture_that_is_not_there_is_refused_before_anything(agent, tmp_path):
    events = ask(agent, "read this", pictures=(tmp_path / "none.png",))
    assert isinstance(events[-1], Failed) and called(events) == []


def test_a_turn_may_have_settings_of_its_own(agent: Agent) -> None:
    ask(agent, "remember that the spare key is under the mat")
    assert "not sure" not in answer(ask(agent, "where is the spare garage key?"))
    doubting = ask(agent, "where is the spare garage key?", settings={"confidence_threshold": 0.99})
    assert answer(doubting).startswith("I am not sure about this.")
    assert "not sure" not in answer(ask(agent, "where is the spare garage key?")), "it held for that turn alone"


def test_what_is_told_after_the_question_what_to_write_down_is_written_down(agent):
    for told in ("the meeting moved to room twelve", "the gate code is 4417"):
        ask(agent, "take a note")
        events = ask(agent, told)
        assert called(events) == ["add_note"]
        assert told in answer(events)
