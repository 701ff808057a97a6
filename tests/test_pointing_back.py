"""What is noted, remembered, spelled and explained by pointing at it, and the reasons given beside it that are no part of it."""

# ruff: noqa: E501 - a table reads better with a row a line

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.permissions import asked_for
from assistant.steps.arguments import fill
from assistant.steps.extraction import Document, find_answer
from assistant.steps.reasons import without_reason
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said, answered, points_at_print, said_by


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only what is printed or said can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _material(lines: Sequence[str] = (), *earlier: Said | None, request: str = "") -> Material:
    document = Document(tuple(lines)) if lines else None
    said = tuple(one for one in earlier if one is not None)
    quote = next((one.text for one in said if one.step == "ask_text"), "")
    return Material(_unrelated, document, quote=quote, request=request, earlier=said)


RED = said_by("identify_colour", "Red, in the centre.", {"value": "red"})
WORD = said_by("define_word", "", {"word": "prognosis"})
EACH = said_by("calculate", "125 divided by 4 is 31.25.", {"value": "31.25"})
THIRD = said_by("calculate", "A third of 23.45 is about 7.82.", {"value": "7.8166666"})
TIME = said_by("tell_time", "It is 2:20 pm.", {"time": "2026-11-27T14:20:00"})
DOCTOR = ("Hillside Medical Practice", "Your results are normal.", "Dr Ewa Szymanska")
LETTER = ("Thank you for your enquiry", "We will write again soon", "Yours sincerely", "Krzysztof Wojcik")
SWEEP = ("Kevin Orr", "Chimney sweep", "0161 496 0388")
BLOOD = ("Blood Transfusion Service", "Name: Imelda Roche", "Blood group: O negative", "Donations: 31")
GATE = ("Elm Court residents", "Gate code 6183", "Bins are collected on Wednesday")
CARD = ("Library card", "Member: Ngozi Adichie", "Number 20 4418", "Expires 14 January 2027")
LIST = ("rashers", "wheaten bread", "washing powder")


@pytest.mark.parametrize(
    ("tool", "words", "lines", "said", "value"),
    [
        ("spell", "spell the surname so i can email her", DOCTOR, answered("who", "Dr Ewa Szymanska"), "Szymanska"),
        ("spell", "let me have the surname letter by letter", LETTER, None, "Wojcik"),
        ("spell", "i'd like his last name letter by letter", LETTER, None, "Wojcik"),
        ("spell", "spell the member's surname", CARD, None, "Adichie"),
        ("spell", "spell the first name", CARD, None, "Ngozi"),
        ("remember", "remember it as my library number", CARD, None, "my library number: 20 4418"),
        ("spell", "spell her first name", DOCTOR, None, "Ewa"),
        ("spell", "spell me the colour out, it's for a form in english", (), RED, "red"),
        ("spell", "how do you spell it, i'm labelling them", (), RED, "red"),
        ("spell", "and spell also, I must write it to my sister", (), WORD, "prognosis"),
        ("spell", "how d'you spell onomatopoeia, it's for my homework", (), None, "onomatopoeia"),
        ("spell", "spell necessary for my homework", (), None, "necessary"),
        ("spell", "spell accommodation because i always get it wrong", (), None, "accommodation"),
        ("define_word", "what's an ombudsman when he's at home", (), None, "ombudsman"),
        ("define_word", "what does frugal mean, i'm doing a crossword", (), None, "frugal"),
        ("define_word", "teacher wrote ubiquitous on my essay, is that good or bad, like what does it mean", (), None, "ubiquitous"),
        ("add_note", "make a note of what we each owe", ("SILVER COACHES", "Total 125.00"), EACH, "what we each owe: 31.25"),
        ("add_note", "note down my quarter", ("SILVER COACHES", "Total 125.00"), EACH, "my quarter: 31.25"),
        ("add_note", "make a note that i owe breda that much", (), EACH, "i owe breda 31.25"),
        ("add_note", "write that time down in a note along with the tablet", (), TIME, "2:20 pm, along with the tablet"),
        ("add_note", "make a note that it's what I'm using for the blanket", (), RED, "red is what I'm using for the blanket"),
        ("add_note", "jot it down somewhere i'll find it", SWEEP, answered("the man's number", "0161 496 0388"), "0161 496 0388"),
        ("add_note", "note that time with the word insulin", (), TIME, "2:20 pm with the word insulin"),
        ("add_note", "note that i owe tom that much", (), THIRD, "i owe tom 7.82"),
        ("add_note", "stick firelighters on the shopping list, a bale of briquettes while you're at it", (), None, "Shopping list: firelighters, a bale of briquettes"),
        ("add_note", "put eggs on my list and some milk too", (), None, "List: eggs, some milk"),
        ("search_documents", "the fence blew down last night. would the insurance cover it do you think, you have the policy", (), None, "would the insurance cover the fence"),
        ("search_documents", "my dishwasher is flashing e four, what does the manual say about that", (), None, "what does the manual say about E4"),
        ("search_documents", "how many weeks notice do i have to give", (), None, "how many weeks notice do i have to give"),
        ("add_note", "put everything that's on it in my own shopping list", LIST, None, "Shopping list: rashers, wheaten bread, washing powder"),
        ("add_note", "copy the whole lot onto my packing list", ("Packing list", "socks", "soap"), None, "Packing list: socks, soap"),
        ("remember", "keep in your memory what it gives for my blood group", BLOOD, None, "Blood group: O negative"),
        ("remember", "rememebr the gate code that is on it.", GATE, None, "Gate code 6183"),
        ("remember", "remember it, they'll be asking when i order", SWEEP, answered("the number", "0161 496 0388"), "0161 496 0388"),
        ("search_notes", "i'm in the shop now, what was it i came in for", (), None, "shopping list"),
        ("help", "how do i work you for shopping lists, nobody ever showed me", (), None, "shopping lists"),
    ],
)  # fmt: skip
def test_what_is_pointed_at_is_taken_and_the_reason_left(
    tool: str, words: str, lines: tuple[str, ...], said: Said | None, value: str
) -> None:
    filled = fill(tool, words, _material(lines, said, request=words))
    assert isinstance(filled, dict) and value in filled.values(), filled


def test_what_is_said_before_the_wish_is_what_is_kept_or_explained() -> None:
    told = "the stopcock is behind the washing machine, keep that in your head for me"
    assert fill("remember", "keep that in your head for me", _material(request=told)) == {
        "fact": "the stopcock is behind the washing machine"
    }
    asked = "see on the solicitor's letter it says probate. what's that mean, and what do they say about it"
    for words in ("what's that mean", "what's that mean, and what do they say about it"):
        assert fill("define_word", words, _material(request=asked)) == {"word": "probate"}
    boiler = "the boiler shows f twenty eight, what do my documents say it is"
    asked_for_code = fill("search_documents", "what do my documents say it is", _material(request=boiler))
    assert asked_for_code == {"question": "what do my documents say F28 is"}
    assert fill("define_word", "what's that mean", _material((), WORD, request=asked)) == {"word": "prognosis"}


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("onomatopoeia, it's for my homework", "onomatopoeia"),
        ("it, i'm labelling them", "it"),
        ("that because i always forget", "that"),
        ("the colour. my daughter wants to know", "the colour"),
        ("the words it's and i'm", "the words it's and i'm"),
        ("lieutenant colonel", "lieutenant colonel"),
    ],
)
def test_a_reason_is_no_part_of_what_is_asked_for(words: str, left: str) -> None:
    assert without_reason(words) == left


PESTO = ("Red Pesto", "Ingredients: tomatoes, basil, sunflower oil, cashew nuts", "Allergens: nuts, milk")
BISCUITS = ("Butter Biscuits", "Made with wheat flour and butter", "Best before June 2027")
PASTA = ("Rice pasta", "Ingredients: rice flour, water")


@pytest.mark.parametrize(
    ("question", "lines", "named"),
    [
        ("has this jar got nuts in it, my guest is allergic", PESTO, "nuts"),
        ("do you have nuts in it", PESTO, "nuts"),
        ("is there any dairy in this", BISCUITS, "butter"),
        ("my lad's coeliac, can he have these, is there gluten", BISCUITS, "wheat"),
        ("does it contain cashews", PESTO, "cashew"),
    ],
)
def test_what_somebody_must_not_eat_is_answered_by_the_line_that_names_it(
    question: str, lines: tuple[str, ...], named: str
) -> None:
    found = find_answer(Document(lines), question, _unrelated)
    assert found is not None and named in found.text.lower() and found.text != lines[0]


def test_print_that_names_no_allergen_is_not_quoted_as_if_it_did() -> None:
    found = find_answer(Document(PASTA), "has this got nuts in it", _unrelated)
    assert found is None or "nuts" not in found.text


def test_a_count_is_of_what_is_asked_in_whatever_short_form() -> None:
    module = Document(("Module BIO204 Cell Biology", "Credits: 20", "Lecturer: Dr Amara Nwosu"))
    for question in ("how many creds is this module worth", "how many credits does the module give"):
        found = find_answer(module, question, _unrelated)
        assert found is not None and "20" in found.text


def test_a_note_on_what_was_just_seen_does_not_have_the_picture_read() -> None:
    assert not points_at_print("make a note that it's what I'm using for the blanket", [RED] if RED else [])
    assert points_at_print("make a note of what it costs", [RED] if RED else [])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("an hour and a quarter for the potatoes, and name it so I know which one is ringing", "potatoes"),
        ("twelve minutes on the focaccia from now", "focaccia"),
        ("set a timer for the eggs, six minutes", "eggs"),
        ("a timer of ten minutes please", ""),
    ],
)
def test_a_timer_is_called_by_what_it_is_for(words: str, name: str) -> None:
    filled = fill("start_timer", words, _material())
    assert isinstance(filled, dict) and filled.get("name", "") == name


@pytest.mark.parametrize(
    ("tool", "words", "asked"),
    [
        ("start_timer", "it says how long to leave it on. set it going for me", True),
        ("start_timer", "read the cooking time then start counting", True),
        ("start_timer", "what does it say about the colour", False),
        ("set_reminder", "scrap tuesday's one and make it thursday 11:30", True),
        ("set_reminder", "no undo that, make it half past eleven", True),
        ("set_reminder", "i'd like telling an hour before that", True),
        ("set_reminder", "set something up for three days before it", True),
        ("start_timer", "undo that, i meant thirty", True),
        ("set_reminder", "make it louder", False),
    ],
)
def test_the_users_own_words_ask_for_the_timer_or_the_reminder(tool: str, words: str, asked: bool) -> None:
    assert asked_for(tool, words) is asked
