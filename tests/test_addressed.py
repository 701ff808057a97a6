"""To whom a sentence is said: to the assistant, to somebody else in the room, or to nobody who could do it."""

# ruff: noqa: E501 - a table reads better on one line

import pytest

from assistant.messages import Request
from assistant.steps.addressed import out_of_reach, said_to_another, with_others_left
from assistant.steps.answers import TO_OTHERS
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from tests.test_agent import agent, answer, ask, called, clock, encode, store  # noqa: F401 - fixtures


@pytest.mark.parametrize(
    "said",
    [
        "mum, can you turn the oven down a bit", "dad turn that down", "remind your father about the dinner tonight",
        "make a note of that will you Karen, you're better at it than me", "don't forget your coat, Ben",
        "remember to lock the back door when you go, Alice", "what time are you going home, Anna", "have you put the bins out yet",
        "can you two be quiet for five minutes", "could you pass me my glasses, Tom", "Derek, pass the magnifier",
        "put it down there on the table, that's it", "give me two minutes, i'm coming", "take the next left, driver",
        "here, you have a look, your eyes are better than mine", "can i get you anything from the shop",
    ],
)  # fmt: skip
def test_what_is_said_to_somebody_else_is_told_by_whom_it_calls_and_what_only_people_have_or_do(said: str) -> None:
    assert said_to_another(said)


@pytest.mark.parametrize(
    "said",
    [
        "remind me to put the bin out when you go quiet", "make a note that mum, dad and Ben come at six", "what time are you waking me",
        "have you got my dentist's number", "did you get all that", "do you remember what i told you about the boiler", "pass me my shopping list",
        "write a note saying your dinner is in the oven", "read this to me will you please", "can you hold on to that number for me",
        "dad put the bins out already, cancel that", "what all have you picked up about me", "have you put eggs on the list",
        "what's the time in Cork, Ireland", "are you there", "how do you spell Siobhan, please", "bring up my notes",
        "mum's birthday is 4 June, remember that", "how are you today", "do you sleep", "are you tired", "Mum, ring her at six, remind me",
    ],
)  # fmt: skip
def test_what_is_said_to_the_assistant_is_not_taken_for_talk_to_another(said: str) -> None:
    assert not said_to_another(said) and not out_of_reach(said)


@pytest.mark.parametrize(
    "said",
    [
        "turn the telly down would ya, i can't hear meself think", "put on a bit of christy moore there till i do the ironing",
        "switch the washing machine on at ten tonight", "open the garage", "book a table for two on saturday night",
        "you send message to my boss that i am late ten minutes", "please on the fan for me, this heat is too much", "put the kettle on for ten minutes",
        "tell them i'll ring back at three", "stick the radio on", "put Classic FM on",
    ],
)  # fmt: skip
def test_what_the_house_or_the_world_would_have_to_do_is_out_of_reach(said: str) -> None:
    assert out_of_reach(said)


@pytest.mark.parametrize(
    "said",
    [
        "turn the volume down", "set a timer for the oven", "remind me to turn the oven off at six", "open the letter and read it",
        "put the washing machine manual in my documents", "add light bulbs to my list", "give the oven twenty minutes on the timer",
        "put the slow cooker on at noon tomorrow or there's no tea for any of us, so i want telling",
    ],
)  # fmt: skip
def test_a_wish_that_only_names_such_a_thing_is_within_reach(said: str) -> None:
    assert not out_of_reach(said)


def test_after_a_list_was_spoken_of_what_is_put_on_goes_on_that():
    assert out_of_reach("stick some eggs on") and not out_of_reach("stick some eggs on", listed=True)


def test_only_the_sentence_that_is_said_to_another_is_left_and_a_tool_that_was_added_may_do_what_is_asked():
    request = "Sarah's here. Sit down there, love. What time is it"
    steps = [Intent(label, Clause(words), 0.8) for label, words in (("remember", "Sit down there"), ("tell_time", "What time is it"))]  # fmt: skip
    assert [one.label for one in with_others_left(steps, request)] == ["chat", "tell_time"]
    lamp = [Intent("lamp_on", Clause("turn the lamp on"), 0.8)]
    assert with_others_left(lamp, "turn the lamp on") == lamp


@pytest.mark.parametrize("said", ["don't forget your coat, Ben", "put it down there on the table, that's it", "mum, can you turn the oven down a bit"])  # fmt: skip
def test_nothing_is_kept_or_changed_of_what_is_said_to_another(agent, store, said):  # noqa: F811
    events = ask(agent, said)
    assert called(events) == [] and answer(events) == TO_OTHERS
    assert not store.reminders() and not store.entries()


def test_what_is_out_of_reach_is_said_to_be(agent):  # noqa: F811
    events = ask(agent, "switch the washing machine on at ten tonight")
    assert called(events) == [] and answer(events).startswith("I can't do that")


@pytest.mark.parametrize("said", ["hang on, don't read it yet, i'm still turning it the right way up", "got it, ta, i know what that one says now"])  # fmt: skip
def test_what_is_not_to_be_read_yet_is_not_read(agent, tmp_path, said):  # noqa: F811
    from tests.drawing import page

    picture = tmp_path / "oats.png"
    page(["Rolled Oats", "750 g"]).save(picture)
    assert called(list(agent.turn(Request(said, None, (picture,))))) == []


@pytest.mark.parametrize(
    "words",
    ["How many do you take a day?", "how long do you cook these for", "and how often do you water it", "how do you open this", "what temperature do you bake it at"],
)  # fmt: skip
def test_whoever_has_the_packet_in_hand_is_nobody_in_the_room(words: str):
    assert not said_to_another(words)
