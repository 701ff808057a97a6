"""What is said by voice stands in the page's log like any other message, and a guess that was none leaves no trace."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.listening.events import SpeechBegan
from assistant.messages import Answer, Event, Heard, Request, Thinking, ToolCalled
from tests.page_support import QUESTION, SHORT, Scripted
from ui.conversation import Conversation
from ui.spoken_turns import SpokenTurns

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def agent() -> Scripted:
    return Scripted()


@pytest.fixture
def conversation(agent: Scripted) -> Iterator[Conversation]:
    made = Conversation(lambda: agent)
    yield made
    made.close()


@pytest.fixture
def turns(conversation: Conversation) -> SpokenTurns:
    return SpokenTurns(conversation)


def log(conversation: Conversation, *fields: str) -> list[Any]:
    """The log without the thinking: names of events, or these fields of them."""
    entries = [entry for entry in conversation.since(0, 0) if entry["event"] not in ("Thinking", "AnswerPart")]
    return [tuple(entry.get(name) for name in ("event", *fields)) if fields else entry["event"] for entry in entries]


def pull(events: Iterator[Event], kind: type[Event]) -> Event:
    """Ask for events until one of this kind comes; the turn then stands still."""
    return next(event for event in events if isinstance(event, kind))


def test_a_spoken_turn_is_a_message_like_any_other(conversation: Conversation, turns: SpokenTurns) -> None:
    told = list(turns.turn(Request("what does the letter say")))
    assert isinstance(told[-1], Answer) and told[-1].text == SHORT
    assert log(conversation) == ["Asked", "ToolCalled", "ToolReturned", "Answer"]
    assert conversation.since(0, 0)[0]["text"] == "what does the letter say"
    assert not conversation.busy


def test_a_guess_that_is_closed_leaves_no_trace(conversation: Conversation, turns: SpokenTurns) -> None:
    conversation.attach("letter.png", iter([PNG]))
    guess = turns.turn(Request("what does"))
    pull(guess, ToolCalled)
    assert log(conversation) == ["Attached"]
    guess.close()  # type: ignore[attr-defined]
    assert log(conversation) == ["Attached"] and len(conversation.attached) == 1 and not conversation.busy


def test_a_guess_that_was_right_stands_in_the_log_as_soon_as_it_is_known(
    conversation: Conversation, turns: SpokenTurns, agent: Scripted
) -> None:
    conversation.attach("letter.png", iter([PNG]))
    guess = turns.turn(Request("What does the letter say?"))
    pull(guess, ToolCalled)
    turns.follow(Heard("what does the letter say"))
    assert log(conversation) == ["Attached", "Asked", "Attached", "ToolCalled"] or log(conversation)[1] == "Asked"
    assert conversation.attached == [] and Path(agent.requests[-1].pictures[0]).name == "letter.png"
    assert isinstance(list(guess)[-1], Answer)
    assert log(conversation)[-1] == "Answer"


def test_an_added_picture_is_made_ready_for_before_it_is_asked_about() -> None:
    class Waits(Scripted):
        expected = threading.Event()

        def expect_pictures(self) -> None:
            self.expected.set()

    conversation = Conversation(Waits)
    conversation.attach("list.txt", iter([b"milk\nbread\n"]))
    assert not Waits.expected.wait(0.1)
    conversation.attach("letter.png", iter([PNG]))
    assert Waits.expected.wait(10)
    conversation.close()


def test_words_that_belong_together_are_one_message(conversation: Conversation, turns: SpokenTurns) -> None:
    first = turns.turn(Request("slow read the letter"))
    pull(first, Thinking)
    turns.follow(Heard("slow read the letter"))
    first.close()  # type: ignore[attr-defined]
    assert log(conversation, "quiet")[-1] == ("Stopped", True)
    turns.follow(SpeechBegan(3.0))
    second = turns.turn(Request("Slow, read the letter and the bill"))
    pull(second, Thinking)
    turns.follow(Heard("and the bill"))
    assert log(conversation, "replaces")[-1] == ("Asked", True)
    second.close()  # type: ignore[attr-defined]
    list(turns.turn(Request("what time is it")))
    assert ("Asked", False) in log(conversation, "replaces")[2:], "another matter replaces nothing"


def test_nothing_is_done_before_the_loop_asks_for_it(conversation: Conversation, turns: SpokenTurns) -> None:
    done = []

    class Acting:
        def turn(self, request: Request) -> Iterator[Event]:
            yield ToolCalled("add_note", {}, "keep")
            done.append(request.text)
            yield Answer("Noted.")

    acting = SpokenTurns(Conversation(Acting))
    guess = acting.turn(Request("note milk"))
    pull(guess, ToolCalled)
    guess.close()  # type: ignore[attr-defined]
    assert done == []
    assert list(acting.turn(Request("note milk and eggs")))[-1] == Answer("Noted.") and done == ["note milk and eggs"]


def test_a_yes_by_voice_counts_for_the_question_on_the_page(conversation: Conversation, turns: SpokenTurns) -> None:
    list(turns.turn(Request("delete the note")))
    assert log(conversation, "text")[-1] == ("ConsentAsked", QUESTION)
    answer = list(turns.turn(Request("yes", answers=QUESTION)))[-1]
    assert isinstance(answer, Answer) and answer.text == "The note is deleted."
    assert log(conversation, "text")[-2:] == [("Asked", "yes"), ("Answer", "The note is deleted.")]
    assert not conversation.consent(True, QUESTION)
    assert log(conversation)[-1] == "Answer", "the question has been answered"


def test_stop_on_the_page_ends_a_spoken_turn(conversation: Conversation, turns: SpokenTurns) -> None:
    turn = turns.turn(Request("slow"))
    pull(turn, Thinking)
    turns.follow(Heard("slow"))
    assert conversation.stop()
    assert list(turn) == [] and log(conversation)[-1] == "Stopped"


def test_a_failing_agent_is_told_in_both_places(conversation: Conversation, turns: SpokenTurns) -> None:
    told = list(turns.turn(Request("crash")))
    assert told[-1].as_json()["text"] == "Something in the program went wrong."
    assert log(conversation)[-1] == "Failed" and "secret" not in str(conversation.since(0, 0))
