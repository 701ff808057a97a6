"""What is kept of a sum, of a size that was just told, of a page's own words; wishes to keep that the plan lost."""

# ruff: noqa: E501 - a request reads better on one line

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document, find_answer
from assistant.steps.keeping import keeping
from assistant.steps.kept_plans import as_meant
from assistant.steps.kept_things import kept_as
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said, said_by
from assistant.tools.changing import _in_place


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only what is printed or said can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _kept(words: str, *earlier: Said | None, lines: Sequence[str] = (), label: str = "add_note") -> str:
    document = Document(tuple(lines)) if lines else None
    said = tuple(one for one in earlier if one is not None)
    filled = kept_as(label, words, Material(_unrelated, document, request=words, earlier=said))
    return str(next(iter(filled.values()))) if isinstance(filled, dict) else ""


SUM = said_by("calculate", "20 minus 16.32 is 3.68.", {"value": "3.68"})
SIZE = said_by("recall", "", {"text": "Graham's slipper size is 9"})
RED = said_by("identify_colour", "Red, in the centre.", {"value": "red"})


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("put the change in a note", "the change: 3.68"),
        ("write me a note with the full price in it", "the full price: 3.68"),
        ("note what one chair comes to", "what one chair comes to: 3.68"),
        ("jot down my half of it", "my half of it: 3.68"),
        ("note how much each of us owes", "how much each of us owes: 3.68"),
        ("save the difference", "the difference: 3.68"),
        ("write down the new total please", "the new total: 3.68"),
        ("plus note that sum as the phone total", "the phone total: 3.68"),
        ("make a note i owe jess that", "i owe jess 3.68"),
        ("pop on my list i owe that to Ewan", "List: i owe 3.68 to Ewan"),
        ("note down that mum lent me that much", "mum lent me 3.68"),
        ("write in my notes that Sal paid that for the cab", "Sal paid 3.68 for the cab"),
        ("leave it in a note", "3.68"),
    ],
)
def test_the_result_of_a_sum_is_kept_as_it_is_called(words: str, kept: str) -> None:
    assert _kept(words, SUM, lines=("Co-op", "Total 16.32", "1,450.00 excluding VAT")) == kept


@pytest.mark.parametrize("words", ["write down the account number", "note the best before date", "save the address"])
def test_what_is_no_result_is_not_taken_for_one(words: str) -> None:
    assert "3.68" not in _kept(words, SUM, lines=("Co-op", "Account number 5512", "Best before 3 May 2027"))


@pytest.mark.parametrize(
    ("words", "said", "kept"),
    [
        ("put slippers on my shopping list in that size", SIZE, "Shopping list: slippers, size 9"),
        ("add socks in the same size to my shopping list", SIZE, "Shopping list: socks, size 9"),
        ("put buttons on the shopping list in that colour", RED, "Shopping list: buttons, red"),
        ("stick thread of the same shade on my shopping list", RED, "Shopping list: thread, red"),
        ("put curtains on my shopping list in that width", SIZE, ""),
    ],
)
def test_that_size_and_that_colour_stand_on_the_list(words: str, said: Said, kept: str) -> None:
    assert _kept(words, said) == kept


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("add sunscreen to my shopping list", "Shopping list: sunscreen"),
        ("put bin bags on the grocery list", "Grocery list: bin bags"),
        ("stick it on my shopping list", ""),
        ("add the same again to the shopping list", ""),
    ],
)
def test_a_thing_stands_under_its_list(words: str, kept: str) -> None:
    assert _kept(words) == kept


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("a line for my poem's come, get it down before it's off again: the kettle sang", "the kettle sang"),
        ("jot this down: back door key is with Pat", "back door key is with Pat"),
        ("write this in a note, quick: bus 43 from the green", "bus 43 from the green"),
        ("put a note: inspected the headwall, no scour.", "inspected the headwall, no scour"),
        ("Note: linen comes Mondays now, not Tuesdays.", "linen comes Mondays now, not Tuesdays"),
        ("add a note: ring Pat at 10, please", "ring Pat at 10"),
        ("make a note: that number", ""),
        ("remind me at 10:30", ""),
    ],
)
def test_what_is_dictated_after_a_colon_is_the_note(words: str, kept: str) -> None:
    assert _kept(words) == kept


PARCEL = ("To: Mrs I Petrov", "47 Harbour View", "Whitby YO21 3PR")
WARD = ("St Bride's Hospital", "Mrs Edna Pollitt has been moved", "to Ward 7, Bay C.")


@pytest.mark.parametrize(
    ("words", "lines", "kept"),
    [
        ("write the door number down in a note", PARCEL, "door number 47"),
        ("jot the house number down", PARCEL, "door number 47"),
        ("jot the ward and bay down", WARD, "Ward 7, Bay C"),
        ("note the bay and ward", WARD, "Bay C, Ward 7"),
        ("whatever's in this tin, put it on the shopping list", ("Chopped tomatoes", "400 g"), "Shopping list: Chopped tomatoes"),
    ],
)  # fmt: skip
def test_what_print_has_of_a_thing_that_is_named(words: str, lines: Sequence[str], kept: str) -> None:
    assert _kept(words, lines=lines) == kept


def test_a_fact_of_the_medicine_in_hand_has_its_name() -> None:
    page = Material(_unrelated, Document(("Mrs H Nowicka", "Simvastatin 20 mg", "Take ONE at night")))
    filled = fill("remember", "you remember that mrs halina takes this one in the evening", page)
    assert filled == {"fact": "mrs halina takes Simvastatin in the evening"}


@pytest.mark.parametrize("words", ["that number save, say for the pension people", "that number note, for the bank"])
def test_the_thing_may_stand_before_the_wish(words: str) -> None:
    wish = keeping(words)
    assert wish is not None and wish.thing == "that number" and wish.names


def test_months_answer_when() -> None:
    found = find_answer(Document(("Gardener's Delight", "Sow indoors February to April", "Protect from frost")), "sow when?", _unrelated)  # fmt: skip
    assert found is not None and found.text == "Sow indoors February to April"


def _steps(*pairs: tuple[str, str], words: str, picture: bool = True) -> list[tuple[str, str]]:
    intents = [Intent(label, Clause(said, {label: -0.1}), 0.9) for label, said in pairs]
    return [(one.label, one.clause.words) for one in as_meant(intents, words, Material(_unrelated), picture)]


@pytest.mark.parametrize(
    ("first", "rest", "label"),
    [
        (("read_text", "read me that"), "and keep the reference number under gas complaint, they ask for it", "add_note"),
        (("ask_text", "get his number off it"), "and make sure you know it as taxi Mo", "remember"),
        (("read_text", "Read this card"), "and rememebr the gate code that is on it.", "remember"),
        (("scan_barcode", "scan this"), "and write it down as cat litter", "add_note"),
    ],
)  # fmt: skip
def test_a_wish_to_keep_that_was_lost_is_done(first: tuple[str, str], rest: str, label: str) -> None:
    assert [step for step, _ in _steps(first, words=f"{first[1]} {rest}")] == [first[0], label]


@pytest.mark.parametrize("rest", ["and keep it short", "and don't keep it", "thanks", "and mind you speak up"])
def test_nothing_is_kept_that_was_not_asked_for(rest: str) -> None:
    assert len(_steps(("read_text", "read me that"), words=f"read me that {rest}")) == 1


def test_a_sum_in_the_same_breath_comes_first() -> None:
    words = "add up the wrap and the large chips, make a note i owe jess that"
    assert [label for label, _ in _steps(("add_note", words), words=words)] == ["calculate", "add_note"]
    words = "me and the club go halves on this so note what our half is"
    assert [label for label, _ in _steps(("add_note", words), words=words)] == ["calculate", "add_note"]
    words = "note to split the logs and stack them down the side"
    assert [label for label, _ in _steps(("add_note", words), words=words)] == ["add_note"]


@pytest.mark.parametrize(
    ("label", "words", "as_label"),
    [
        ("undo", "read me that back", "repeat"),
        ("undo", "take that back", "undo"),
        ("tell_date", "that note about the roof man is wrong: he's not coming Thursday, it is Saturday", "edit_note"),
        ("remove_document", "the minutes i had you take down, i've no more use for that", "delete_note"),
        ("cancel_reminder", "our kevin's moved, it's flat six tern house from today, so forget elm road", "remember"),
        ("cancel_reminder", "the dentist has moved, it's at three now", "cancel_reminder"),
    ],
)
def test_steps_get_the_label_that_their_words_say(label: str, words: str, as_label: str) -> None:
    assert _steps((label, words), words=words, picture=False)[0][0] == as_label


@pytest.mark.parametrize(
    ("former", "text", "which", "now"),
    [
        ("my locker number is 208", "locker 218", "the locker note", "my locker number is 218"),
        ("seminar is in room 3.07", "room 4.12", "the seminar room", "seminar is in room 4.12"),
        ("roofer quoted 640 for 3 tiles", "roofer 710", "roofer 640", "roofer quoted 710 for 3 tiles"),
        ("roof man coming Thursday", "roof man Saturday", "the roof man", "roof man coming Saturday"),
        ("dentist 3 and 4 May", "dentist 5", "dentist", ""),
        ("call the plumber", "call Anna", "plumber", ""),
    ],
)
def test_a_value_takes_the_place_of_the_one_of_its_kind(former: str, text: str, which: str, now: str) -> None:
    assert _in_place(former, text, which) == now


@pytest.mark.parametrize(
    ("words", "which", "text"),
    [
        ("the locker note is wrong, it should be 218 not 208", "the locker", "locker 218"),
        ("the seminar note ought to say room 4.12, not 3.07", "the seminar", "room 4.12"),
        ("the roofer's put his price up, so where i've noted 640 make it 710", "roofer 640", "roofer 710"),
        ("change my last note to say 14", "last", "14"),
    ],
)
def test_a_new_value_is_named_by_its_note(words: str, which: str, text: str) -> None:
    assert fill("edit_note", words, Material(_unrelated)) == {"which": which, "text": text}


def test_a_dictated_note_keeps_its_second_half() -> None:
    words = "you write for me please, mrs halina eat half a breakfast and drink two cups of tea"
    intents = [
        Intent("add_note", Clause("you write for me please, mrs halina eat half a breakfast", {}), 0.8),
        Intent("world", Clause("drink two cups of tea", {}), 0.4),
    ]
    (only,) = as_meant(intents, words, Material(_unrelated), False)
    filled = fill("add_note", only.clause.words, Material(_unrelated, request=words))
    assert filled == {"text": "mrs halina eat half a breakfast and drink two cups of tea"}


def test_a_reminder_that_is_only_announced_is_no_note() -> None:
    first, second = ("add_note", "put me down a reminder"), ("set_reminder", "friday five o'clock to ice the buns")
    assert _steps(first, second, words="put me down a reminder friday five o'clock to ice the buns") == [second]
