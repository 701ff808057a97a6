"""Arguments that the tagger marks: which step they belong to, and the wish said again without reasons and stories."""

# ruff: noqa: E501 - a case reads better on one line

import re

import pytest

from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.deciding import Decider
from assistant.steps.labels import LABELS, Situation
from assistant.steps.marked import attached, said_again
from assistant.steps.marked_pairs import parted
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.tagging import KINDS, Mark
from assistant.tools import load
from tests.test_agent import encode, shipped_chooser
from training.steps.marks import CLOSE, STEP, bare, parsed
from training.steps.phrases import MARK, read_all_several
from training.steps.tagging_data import Source


def intent(label: str, words: str, *marks: Mark) -> Intent:
    return Intent(label, Clause(words), 0.9, marks=marks)


def test_a_mark_belongs_to_the_step_whose_words_hold_it():
    steps = [intent("spell", "spell it"), intent("add_note", "and put it on my list")]
    marks = [Mark("object", "it", 6, 0.9), Mark("text", "it", 17, 0.9), Mark("name", "list", 26, 0.8)]
    first, second = attached(steps, marks)
    assert [one.kind for one in first.marks] == ["object"]
    assert [one.kind for one in second.marks] == ["text", "name"]


def test_words_inside_other_words_are_no_mark():
    assert attached([intent("spell", "spell commitment")], [Mark("object", "it", 0, 0.9)])[0].marks == ()


@pytest.mark.parametrize(
    ("label", "marks", "filled"),
    [
        ("spell", {"object": "onomatopoeia"}, {"what": "onomatopoeia"}),
        ("define_word", {"object": "ombudsman"}, {"word": "ombudsman"}),
        ("set_reminder", {"text": "ring the vet", "when": "tomorrow at four"}, {"text": "ring the vet", "when": "tomorrow at four"}),
        ("set_reminder", {"text": "insulin", "when": "ten tonight"}, {"text": "insulin", "when": "at ten tonight"}),
        ("start_timer", {"duration": "twelve minutes", "name": "focaccia"}, {"duration": "twelve minutes", "name": "focaccia"}),
        ("remember", {"text": "the stopcock is behind the washing machine"}, {"fact": "the stopcock is behind the washing machine"}),
        ("add_note", {"text": "firelighters", "name": "shopping list"}, {"text": "Shopping list: firelighters"}),
        ("edit_note", {"object": "the roofer", "text": "710"}, {"which": "the roofer", "text": "roofer 710"}),
        ("tell_time", {"object": "Adelaide"}, {"place": "adelaide"}),
    ],
)  # fmt: skip
def test_a_wish_said_again_fills_its_arguments(label: str, marks: dict[str, str], filled: dict[str, str]):
    own = [Mark(kind, words, 0, 0.9) for kind, words in marks.items()]
    got = fill(label, said_again(intent(label, "...", *own)), Material(encode=encode))
    assert isinstance(got, dict)
    assert {name: str(value).lower() for name, value in got.items()} == {k: v.lower() for k, v in filled.items()}


def test_a_guess_and_half_an_argument_are_not_said_again():
    assert said_again(intent("spell", "...", Mark("object", "it", 0, 0.3))) == ""
    assert said_again(intent("set_reminder", "...", Mark("when", "at ten", 0, 0.9))) == ""
    assert said_again(intent("undo", "...", Mark("object", "that", 0, 0.9))) == ""


@pytest.mark.parametrize(
    ("words", "label", "given"),
    [
        ("how do you spell chrysanthemum, it's for the flower show card", "spell", {"what": "chrysanthemum"}),
        ("the vicar said perfunctory in his sermon, what does that mean when it's at home", "define_word", {"word": "perfunctory"}),
        ("the spare key is under the blue pot, keep that in your head for me", "remember", {"fact": "the spare key is under the blue pot"}),
        ("our Josie's flown to Toronto, would they be at their tea over there", "tell_time", {"place": "toronto"}),
    ],
)  # fmt: skip
def test_reasons_and_stories_are_no_argument(words: str, label: str, given: dict[str, str]):
    decider = Decider(shipped_chooser(), load(), encode)
    decided = decider(words, Situation())
    assert decided.labels == (label,)
    filled = decider.arguments(decided.intents[0], Material(encode=encode))
    assert isinstance(filled, dict)
    assert {name: str(value).lower() for name, value in filled.items() if name in given} == given


def test_every_line_with_marks_is_whole():
    lines = [one for one in read_all_several() if one.marked]
    assert len(lines) > 3000
    for one in lines:
        assert len(one.parts) == len(one.labels) and set(one.labels) <= set(LABELS), one
        assert all(re.search(r"\w", part) and not re.search(r"[{}]", part) for part in one.parts), one
        assert all("{" not in MARK.sub("", part) for part in one.marked), one


def test_signs_are_read_back_after_stops_are_gone():
    text, starts, spans = parsed(f"spell \ue004it{CLOSE} {STEP}and note \ue000it too{CLOSE}")
    assert text == "spell it and note it too" == bare(text)
    assert (starts, spans) == ((0, 9), ((6, 8, "object"), (18, 24, "text")))


def test_marks_keep_their_places_under_noise():
    source = Source(7)
    for one in [one for one in read_all_several() if one.marked][::17]:
        sample = source.of_parts(one)
        for first, end, kind in sample.spans:
            assert kind in KINDS and 0 <= first < end <= len(sample.words)
            assert sample.words[first:end].strip() == sample.words[first:end]
            assert first == 0 or sample.words[first - 1].isspace()


@pytest.mark.parametrize(
    ("words", "marks", "said"),
    [
        (
            "two reminders, the nurse at ten tomorrow, the vet at three",
            [("text", "the nurse"), ("when", "at ten tomorrow"), ("text", "the vet"), ("when", "at three")],
            ["remind me at ten tomorrow to the nurse", "remind me tomorrow at three to the vet"],
        ),
        (
            "two things tomorrow, the nurse at ten, the vet at three",
            [
                ("when", "tomorrow"),
                ("text", "the nurse"),
                ("when", "at ten"),
                ("text", "the vet"),
                ("when", "at three"),
            ],
            ["remind me tomorrow at ten to the nurse", "remind me tomorrow at three to the vet"],
        ),
        (
            "remind me at ten on friday to ring the vet and ask about the drops",
            [("when", "at ten on friday"), ("text", "ring the vet and ask about the drops")],
            ["remind me at ten on friday to ring the vet and ask about the drops"],
        ),
    ],
)
def test_several_reminders_in_one_clause_are_told_apart(words, marks, said):
    whole = intent("set_reminder", words, *(Mark(kind, one, words.index(one), 0.9) for kind, one in marks))
    assert [one.clause.words for one in parted([whole])] == said


def test_the_list_that_a_wish_names_is_kept_though_nobody_marked_it():
    words = "firelighters on the shopping list and a bale of briquettes while you're at it"
    whole = intent(
        "add_note", words, Mark("text", "firelighters", 0, 0.9), Mark("text", "a bale of briquettes", 38, 0.9)
    )
    assert said_again(whole) == "add firelighters and a bale of briquettes to my shopping list"
