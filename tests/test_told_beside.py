"""What is told beside a wish, wishes that share their words, and corrections of what was just done."""

# ruff: noqa: E501 - a table reads better on one line

import pytest

from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.cues import needs_reading
from assistant.steps.elided import complete
from assistant.steps.halves import mended
from assistant.steps.joining import joined
from assistant.steps.linking import linked
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import needs_no_print

HINTS = {"read_text": -0.1}  # somebody has read the request whole


def _intents(*pairs: tuple[str, str]) -> list[Intent]:
    return [Intent(label, Clause(words, HINTS), 0.8) for words, label in pairs]


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        ([("before i put it in the sauce", "ask_text"), ("has this jar got nuts in it", "ask_text")], ["ask_text"]),
        ([("while we wait for the bus", "ask_text"), ("what does this say", "ask_text")], ["ask_text"]),
        ([("has this got milk in it", "ask_text"), ("i'm lactose intolerant", "ask_text")], ["ask_text"]),
        ([("who is it from", "ask_text"), ("i want to know the date", "ask_text")], ["ask_text", "ask_text"]),
        ([("i've only got twenty on me", "calculate"), ("how much am i short", "ask_text")], ["calculate"]),
        ([("we'd stop five nights", "calculate"), ("what's the price per night", "ask_text")], ["calculate", "ask_text"]),
        ([("i'll pay for the bulbs and the trowel", "ask_text"), ("how much is that", "ask_text")], ["ask_text"]),
        ([("there's three of us sharing", "calculate"), ("what do we each owe", "ask_text")], ["calculate"]),
        ([("how's Caoimhe spelt", "spell"), ("i've to write it on the card", "add_note")], ["spell"]),
        ([("spell Caoimhe", "spell"), ("write it in my notes", "add_note")], ["spell", "add_note"]),
        ([("read the policy", "read_document"), ("word for word", "define_word")], ["read_document"]),
        ([("zoom in on the top", "look_closer"), ("what's it say up there", "read_text")], ["look_closer"]),
        ([("zoom in on the top", "look_closer"), ("read me the whole letter", "read_text")], ["look_closer", "read_text"]),
        ([("your answers are too clipped", "change_setting"), ("give me the full detail", "say_more")], ["change_setting"]),
        ([("when did i say it lands", "recall"), ("whatever it is", "tell_time"), ("remind me of it at one", "set_reminder")], ["recall", "set_reminder"]),
    ],
)  # fmt: skip
def test_what_is_told_beside_a_wish_is_no_wish_of_its_own(pairs: list[tuple[str, str]], left: list[str]) -> None:
    assert [intent.label for intent in mended(_intents(*pairs))] == left


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        ([("go on then", "say_more"), ("what else does it say", "read_text")], ["say_more"]),
        ([("what time is it in perth", "tell_time"), ("what time's it in london", "tell_time")], ["tell_time", "tell_time"]),
        ([("what time is it", "tell_time"), ("what time is it then", "tell_time")], ["tell_time"]),
        ([("undo that", "undo"), ("i meant thirty", "calculate")], ["undo", "start_timer"]),
        ([("undo that", "undo"), ("sorry i meant forty five minutes", "calculate")], ["undo", "start_timer"]),
        ([("undo that", "undo"), ("i meant eleven", "calculate")], ["undo", "set_reminder"]),
        ([("set a reminder three days before it", "set_reminder"), ("half ten in the morning'll do", "set_reminder")], ["set_reminder"]),
    ],
)  # fmt: skip
def test_steps_that_go_with_the_one_before_them(pairs: list[tuple[str, str]], left: list[str]) -> None:
    assert [intent.label for intent in linked(joined(_intents(*pairs)))] == left


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("remind me at six to take the chicken out and at half past to put the spuds on", "remind me at six to take the chicken out, then remind me at half past six to put the spuds on"),
        ("remind me at ten tomorrow to ring mum and at quarter past to ring dad", "remind me at ten tomorrow to ring mum, then remind me at quarter past ten tomorrow to ring dad"),
        ("remind me tomorrow at five to ring Ann and at half past to feed the cat", "remind me tomorrow at five to ring Ann, then remind me at half past five tomorrow to feed the cat"),
        ("two reminders for saturday please: collect the cake at ten and pick up gran at one", "remind me collect the cake at ten on saturday, then remind me pick up gran at one on saturday"),
        ("two reminders please, library books on friday at four, and lab report due sunday night at nine", "remind me library books on friday at four, then remind me lab report due sunday night at nine"),
        ("Two things tomorrow. Nurse at quarter to ten and then the window man at three in the afternoon. I want reminders of both.", "remind me Nurse at quarter to ten tomorrow, then remind me the window man at three in the afternoon tomorrow"),
        ("two things to buy tomorrow, eggs and milk", "two things to buy tomorrow, eggs and milk"),
        ("form wants metric, so 5 foot 7 in centimetres and 11 stone in kilograms", "convert 5 foot 7 in centimetres, then convert 11 stone in kilograms"),
        ("in two hours and ten remind me to move the car", "in two hours ten minutes remind me to move the car"),
        ("in two hours and ten people will come", "in two hours and ten people will come"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_said_out(words: str, said: str) -> None:
    assert complete(words) == said


def test_what_was_filed_is_not_read_for_a_reminder_that_has_its_time() -> None:
    filed = ["add_document"]
    assert needs_no_print(filed, "set_reminder", "remind me on the first of May at ten to register it", ())
    assert not needs_no_print(filed, "set_reminder", "remind me the day before it's due", ())
    assert not needs_no_print([], "set_reminder", "remind me on the first of May at ten to register it", ())
    assert needs_reading("set_reminder", "remind me three days ahead of whatever date it has, half ten'll do")


def test_pressure_is_converted_and_a_thing_is_named_by_what_it_belongs_to() -> None:
    material = Material(lambda texts: texts, request="we've sold that washing machine, so chuck its booklet out")
    for words in ("Tyre pressure 55 psi. In bar?", "what's 55 psi in bar"):
        assert fill("convert_units", words, material) == {"quantity": "55 psi", "unit": "bar"}
    assert fill("convert_units", "what's forty miles in kays", material) == {"quantity": "forty miles", "unit": "kilometres"}  # fmt: skip
    assert fill("remove_document", "chuck its booklet out of my documents", material) == {"name": "washing machine booklet"}  # fmt: skip
