"""Wishes said in halves, lists that are one wish, wishes that share their words, and what the tagger learns from."""

# ruff: noqa: E501 - a table reads better on one line

import random
import re

import pytest

from assistant.steps.clause import Clause
from assistant.steps.cutting import without_bare_joints, without_list_cuts
from assistant.steps.deciding import Decider, without_asides
from assistant.steps.declined import without_all_declined
from assistant.steps.elided import complete
from assistant.steps.halves import mended
from assistant.steps.joining import joined
from assistant.steps.labels import LABELS, Situation
from assistant.steps.linking import linked
from assistant.steps.planning import Intent, understand
from assistant.tools import load
from tests.test_agent import encode, shipped_chooser
from training.steps.phrases import read_all_several
from training.steps.tagging_data import Source

HINTS = {"read_text": -0.1}  # somebody has read the request whole


def intents(*pairs: tuple[str, str]) -> list[Intent]:
    return [Intent(label, Clause(words, HINTS), 0.8) for words, label in pairs]


def labels_of(request: str, *, picture: bool = False) -> list[str]:
    steps = linked(joined(understand(request, Situation(has_picture=picture), shipped_chooser())))
    return [intent.label for intent in without_asides(without_all_declined(steps))]


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        ([("parking fine.", "ask_text"), ("read it", "read_text")], ["read_text"]),
        ([("letter from the council", "read_text"), ("what do they want", "ask_text")], ["ask_text"]),
        ([("the total", "ask_text"), ("read it all", "read_text")], ["ask_text", "read_text"]),
        ([("is it a bill?", "ask_text"), ("read it", "read_text")], ["ask_text", "read_text"]),
        ([("spell rhythm", "spell"), ("letters please", "spell")], ["spell"]),
        ([("what shade is it", "identify_colour"), ("rough guess", "describe_picture")], ["identify_colour"]),
        ([("who pays for gutters", "recall"), ("look in me lease", "search_documents")], ["search_documents"]),
        ([("check the oven manual", "search_documents"), ("how do i clean it", "world")], ["search_documents"]),
        ([("read the letter", "read_text"), ("look in my lease", "search_documents")], ["read_text", "search_documents"]),
        ([("remind me on the third to pay", "set_reminder"), ("say ten", "set_reminder")], ["set_reminder"]),
        ([("remind me to pay", "set_reminder"), ("any good news", "web_search")], ["set_reminder", "web_search"]),
        ([("jam one ten, tea two", "calculate"), ("altogether?", "say_more")], ["calculate"]),
        ([("keep this", "add_document"), ("call it gas bill", "ask_text")], ["add_document"]),
        ([("note the van's booked in", "add_note"), ("they want sixty deposit", "calculate")], ["add_note"]),
        ([("note the van's booked in", "add_note"), ("what's sixty times two", "calculate")], ["add_note", "calculate"]),
        ([("take a screenshot", "take_screenshot"), ("and read it", "take_screenshot")], ["take_screenshot", "read_text"]),
    ],
)  # fmt: skip
def test_half_a_wish_goes_with_the_wish_it_belongs_to(pairs, left):
    assert [intent.label for intent in mended(intents(*pairs))] == left


def test_a_time_said_after_an_aside_is_the_reminders():
    told = intents(
        ("remind me to ring june", "set_reminder"), ("it's her birthday", "chat"), ("about six should do", "calculate")
    )
    found = mended(told)
    assert [intent.label for intent in found] == ["set_reminder", "chat"]
    assert found[0].clause.words == "remind me to ring june, at six"


def test_without_a_reader_of_the_whole_nothing_is_mended():
    bare = [Intent("spell", Clause("spell rhythm"), 0.9), Intent("spell", Clause("letters"), 0.9)]
    assert mended(bare) == bare


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("put bin bags | and washing up liquid on the shopping list", 1),
        ("stick tea | and a loaf | and some jam on my list", 1),
        ("put milk on the list | and eggs on the other list", 2),
        ("add milk | and look in my notes for the code", 2),
        ("put the kettle on | and read my list", 2),
        ("what's the time | and a bag of pears on the list", 2),
    ],
)
def test_a_list_of_things_is_not_cut(said, kept):
    text = said.replace("| ", "")
    starts, at = [], -1
    for number in range(said.count("|")):
        at = said.index("|", at + 1)
        starts.append(at - 2 * number)
    assert len(without_list_cuts(text, starts)) == kept - 1
    assert without_list_cuts(text, []) == []


def test_amounts_told_one_by_one_are_one_sum():
    pairs = (
        ("gas was eighty one and twenty", "calculate"),
        ("water was thirty three and sixty so all in that's", "calculate"),
    )
    assert len(joined(intents(*pairs))) == 1
    pairs = (("what's twelve times four", "calculate"), ("what's nine times seven", "calculate"))
    assert len(joined(intents(*pairs))) == 2


def test_what_is_only_told_beside_a_clear_wish_is_an_aside():
    told = Intent("describe_picture", Clause("this was on my mat when i came in", HINTS), 0.5)
    wish = Intent("read_text", Clause("what's it say", HINTS), 0.95)
    assert without_asides([told, wish]) == [wish]
    asked = Intent("ask_text", Clause("i need the vet's number", HINTS), 0.7)
    assert without_asides([asked, wish]) == [asked, wish] and without_asides([told]) == [told]


@pytest.mark.parametrize(
    ("words", "label"),
    [("bin day's monday", "chat"), ("i can never remember it", "chat"), ("bin it", "cancel_reminder")],
)
def test_nothing_is_taken_away_on_a_guess(words, label):
    sure = 0.75 if label == "cancel_reminder" else 0.6
    assert without_all_declined([Intent("cancel_reminder", Clause(words), sure)])[0].label == label


def test_an_and_alone_is_no_wish():
    text = "turn it down and then tell me the time"
    assert without_bare_joints(text, [13, 17, 22]) == [13]
    assert without_bare_joints(text, [13]) == [13] and without_bare_joints(text, []) == []


def test_what_is_done_says_which_timer_goes():
    found = joined(intents(("the bread's done", "list_timers"), ("kill its timer", "cancel_reminder")))
    assert [intent.label for intent in found] == ["cancel_reminder"]


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("whats the time here and in oslo", "whats the time here, then what's the time in oslo"),
        ("what time is it in rome and lima", "what time is it in rome, then what's the time in lima"),
        ("what's the time in trinidad and tobago", ""),
        ("what's the time in rome and the date", ""),
        ("move my dentist reminder to friday at two", "cancel the dentist reminder, then remind me friday at two about dentist"),
        ("change my alarm from seven to half six", "cancel the alarm for seven, then set an alarm at half six"),
        ("bin that and note instead that it is in the car", "bin that and note that it is in the car"),
        ("move that reminder to six", ""),
        ("change the reminder sound to loud", ""),
        ("move my dentist reminder to the top", ""),
    ],
)  # fmt: skip
def test_wishes_that_share_their_words_are_said_out_in_full(said, whole):
    assert complete(said) == (whole or said)


@pytest.mark.parametrize(
    ("pairs", "label", "words"),
    [
        ([("take jam off my shopping list", "delete_note"), ("stick cream on", "world")], "add_note", "add cream to my shopping list"),
        ([("cross off eggs", "delete_note"), ("put bacon on instead", "chat")], "add_note", "add bacon to the list"),
        ([("delete my note", "delete_note"), ("put the volume up", "change_setting")], "change_setting", "put the volume up"),
        ([("scrap the ten minute timer", "cancel_reminder"), ("make it fifteen", "calculate")], "start_timer", "start a timer of fifteen minutes"),
        ([("cancel my gas man reminder", "cancel_reminder"), ("make it friday at two", "vague")], "set_reminder", "remind me friday at two about gas man"),
        ([("what's two and two", "calculate"), ("make it fifteen", "calculate")], "calculate", "make it fifteen"),
    ],
)  # fmt: skip
def test_what_takes_the_place_of_what_goes(pairs, label, words):
    after = linked(intents(*pairs))[-1]
    assert after.label == label
    assert words in (after.clause.words, after.clause.words.replace(" at friday", " friday"))


def test_again_at_another_time_is_a_second_reminder():
    found = joined(intents(("remind me at one to take my pills, and again at six tonight", "set_reminder")))
    assert [intent.clause.words for intent in found] == ["remind me at one to take my pills", "remind me at six tonight to take my pills"]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "labels", "picture"),
    [
        ("put bin bags and washing up liquid on the shopping list", ["add_note"], False),
        ("bung apples, bananas and a bag of pears on the list", ["add_note"], False),
        ("what's still cooking", ["list_timers"], False),
        ("what a start to the day", ["chat"], False),
        ("what's the time here and in melbourne", ["tell_time", "tell_time"], False),
        ("shift the plumber reminder to tuesday at nine", ["cancel_reminder", "set_reminder"], False),
        ("delete the note about the safe and note instead that the key is in the drawer", ["delete_note", "add_note"], False),
        ("how much change do i get from a twenty if it's thirteen forty", ["calculate"], False),
        ("who's meant to fix the boiler, look in me tenancy papers", ["search_documents"], False),
        ("parking fine. read it to me and note the reference", ["read_text", "add_note"], True),
        ("can this go in the tumble drier", ["ask_text"], True),
    ],
)  # fmt: skip
def test_new_ways_of_asking_find_their_steps(request_, labels, picture):
    assert labels_of(request_, picture=picture) == labels


def test_the_decider_uses_them():
    decided = Decider(shipped_chooser(), load(), encode)("spell accommodation, letters please", Situation())
    assert decided.labels == ("spell",)


def test_requests_of_several_steps_keep_their_places_under_noise():
    source, rng = Source(5), random.Random(1)
    for one in rng.sample(read_all_several(), 300):
        sample = source.of_parts(one)
        assert sample.labels == one.labels and len(sample.starts) == len(one.labels)
        assert sample.starts[0] == 0 and list(sample.starts) == sorted(set(sample.starts))
        for at in sample.starts[1:]:
            assert sample.words[at - 1].isspace() and not sample.words[at].isspace()


def test_lines_of_several_steps_are_whole():
    for one in read_all_several():
        assert len(one.parts) == len(one.labels) and set(one.labels) <= set(LABELS), one
        assert all(re.search(r"\w", part) for part in one.parts), one
