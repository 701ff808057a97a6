"""What earlier steps said is what a later step leans on: words, codes, colours, amounts, lengths of time, quantities."""

# ruff: noqa: E501 - a table reads better with a row a line

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.phrases.handed import notes_added
from assistant.steps.arguments import fill
from assistant.steps.corrected import corrected
from assistant.steps.elided import complete
from assistant.steps.extraction import Document
from assistant.steps.printed import value_for
from assistant.steps.slots import Material, Missing
from assistant.steps.slots_earlier import Said, answered, earlier_in, points_at_print, said_by
from assistant.steps.slots_units import quantity_for
from assistant.steps.twice import said_twice
from assistant.steps.utterance import tidied

CURRY = ("Lamb hotpot", "Serves two 450 g", "Oven 180 C for 35 minutes", "Microwave 800 W for 8 minutes")
BUS = ("Route 9 Quay to Abbey", "Quay 07:10 07:40 08:10", "Abbey 07:25 07:55 08:25")
WATER = ("Wessex Water", "Account 5512 8807", "Amount due 96.40", "Pay by 3 May 2026")
CAFE = ("The Copper Kettle", "2 x soup 11.00", "1 x scone 2.30", "Total 13.30")


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only what was said can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _after(*earlier: Said | None, lines: Sequence[str] = (), request: str = "") -> Material:
    """What a step may draw from once these have been said, the latest first."""
    document = Document(tuple(lines)) if lines else None
    quote = next((one.text for one in earlier if one is not None and one.step == "ask_text"), "")
    return Material(_unrelated, document, quote=quote, request=request, earlier=tuple(one for one in earlier if one))


SPELLED = said_by("spell", "", {"word": "meticulous"})
SCANNED = said_by("scan_barcode", "A code: 4006381333931.", {"value": "4006381333931"})
COLOUR = said_by("identify_colour", "Teal, in the centre.", {"value": "teal"})
QUOTED = said_by("add_note", "", {"text": "the roofer wants three hundred and sixty"})
RENT = said_by("search_documents", "", {"quote": "Rent of 780 pounds is due on the first day of each month."})
DEPOSIT = said_by("search_documents", "", {"quote": "The deposit is 925 pounds."})
WASH = said_by("search_documents", "", {"quote": "The quick wash takes 40 minutes."})
PASSWORD = said_by("recall", "", {"text": "the alarm code is 7 green 4"})


@pytest.mark.parametrize(
    ("tool", "words", "earlier", "name", "value"),
    [
        ("define_word", "say what it means", SPELLED, "word", "meticulous"),
        ("define_word", "and its meaning", SPELLED, "word", "meticulous"),
        ("define_word", "what does that word mean", SPELLED, "word", "meticulous"),
        ("spell", "how do you spell it", said_by("define_word", "", {"word": "arduous"}), "what", "arduous"),
        ("spell", "spell that out", PASSWORD, "what", "7 green 4"),
        ("add_note", "jot the number in a note", SCANNED, "text", "barcode 4006381333931"),
        ("remember", "remember it as the oat milk", SCANNED, "fact", "the oat milk: 4006381333931"),
        ("remember", "remember the kitchen blind is that colour", COLOUR, "fact", "the kitchen blind is teal"),
        ("add_note", "note that the new rug is this shade", COLOUR, "text", "the new rug is teal"),
        ("add_note", "put that in a note", PASSWORD, "text", "the alarm code is 7 green 4"),
        ("start_timer", "start a timer for that", WASH, "duration", "40 minutes"),
        ("calculate", "what's that with 20 percent vat on", QUOTED, "expression", "360 plus 20 percent"),
        ("calculate", "work out what it is less 5 percent", QUOTED, "expression", "360 minus 5 percent"),
        ("calculate", "divide it into four payments", QUOTED, "expression", "360 divided by 4"),
        ("calculate", "what does that come to over a year", RENT, "expression", "780 times 12"),
        ("calculate", "how much is that for six months", RENT, "expression", "780 times 6"),
        ("calculate", "what's that for three hours", said_by("recall", "", {"text": "the plumber charges 55 pounds an hour"}), "expression", "3 times 55"),
        ("add_note", "note that as the deposit", said_by("calculate", "", {"value": "43.2"}), "text", "the deposit: 43.2"),
        ("add_note", "put that number in a note", SCANNED, "text", "barcode 4006381333931"),
        ("calculate", "what's half of that", DEPOSIT, "expression", "half of 925"),
    ],
)  # fmt: skip
def test_a_step_takes_what_the_one_before_it_said(tool: str, words: str, earlier: Said, name: str, value: str) -> None:
    filled = fill(tool, words, _after(earlier))
    assert isinstance(filled, dict) and filled[name] == value


@pytest.mark.parametrize(
    ("lines", "question", "quote", "tool", "words", "name", "value"),
    [
        (WATER, "what's my account number", "Account 5512 8807", "remember", "remember it as my water account", "fact", "my water account: 5512 8807"),
        (WATER, "when is it due", "Pay by 3 May 2026", "add_note", "make a note of it", "text", "Pay by 3 May 2026"),
        (CURRY, "how hot should the oven be", "Oven 180 C for 35 minutes", "convert_units", "what's that in fahrenheit", "quantity", "180 C"),
        (CURRY, "how heavy is it", "Serves two 450 g", "convert_units", "and in ounces", "quantity", "450 g"),
        (CURRY, "how long in the microwave", "Microwave 800 W for 8 minutes", "start_timer", "set a timer for it", "duration", "8 minutes"),
        (CAFE, "how much was the scone", "1 x scone 2.30", "calculate", "what would three of those be", "expression", "3 times 2.30"),
        (BUS, "when does the last one leave the quay", "Quay 07:10 07:40 08:10", "set_reminder", "remind me ten minutes ahead of that", "when", "ten minutes before 08:10 today"),
        (BUS, "when's the first from the abbey", "Abbey 07:25 07:55 08:25", "set_reminder", "remind me five minutes before that", "when", "five minutes before 07:25 today"),
    ],
)  # fmt: skip
def test_what_was_quoted_from_print_is_what_that_means(
    lines: Sequence[str], question: str, quote: str, tool: str, words: str, name: str, value: str
) -> None:
    filled = fill(tool, words, _after(answered(question, quote), lines=lines))
    assert isinstance(filled, dict) and filled[name] == value


@pytest.mark.parametrize(
    ("tool", "words", "earlier"),
    [
        ("calculate", "what is that over a year", DEPOSIT),  # nobody said how often it is paid
        ("calculate", "what is that for six weeks", RENT),  # a month is no whole number of weeks
        ("calculate", "what's that with 20 percent on", None),
        ("calculate", "what would three of those be", answered("how much was the soup", "2 x soup 11.00")),
        ("convert_units", "convert it to grams", None),
        ("convert_units", "and what's that in fahrenheit", WASH),  # a length of time has no temperature
        ("start_timer", "a timer for that", answered("how long", "15 minutes or 20 minutes from frozen")),
        ("define_word", "what does it mean", None),
        ("tell_date", "how many days until", None),
        ("add_note", "add to the list", None),
        ("add_note", "jot something down for me", None),
        ("calculate", "work something out for me", None),
        ("calculate", "calculate", None),
    ],
)
def test_where_it_is_not_plain_the_step_asks(tool: str, words: str, earlier: Said | None) -> None:
    assert isinstance(fill(tool, words, _after(earlier)), Missing)


def test_a_second_conversion_goes_into_the_unit_of_the_first() -> None:
    first = said_by("convert_units", "9 ounces is about 255 grams.", {"value": 255.0, "unit": "grams"})
    assert fill("convert_units", "how many in a stone", _after(first)) == {"quantity": "a stone", "unit": "grams"}
    assert fill("convert_units", "and what's that in pounds", _after(first)) == {
        "quantity": "9 ounces",
        "unit": "pounds",
    }
    assert isinstance(fill("convert_units", "how many in a stone", _after()), Missing)


def test_the_last_turn_is_leant_on_too_and_a_new_text_ends_that() -> None:
    records = [{"name": "spell", "text": "", "data": {"word": "questionnaire"}}]
    assert [one.value for one in earlier_in(records, "", "")] == ["questionnaire"]
    kept = earlier_in([], "Row F seat 11", "what row are we in")
    assert kept[0].text == "Row F seat 11" and not kept[0].now
    assert not points_at_print("note the number", _after(SCANNED).earlier)
    assert points_at_print("note the number", earlier_in([{"name": "scan_barcode", "data": {"value": "1"}}], "", ""))


def test_a_reminder_is_made_for_another_time() -> None:
    data = {"text": "ring the vet", "when": "2026-01-20T10:00:00+00:00"}
    filled = fill("set_reminder", "make it eleven instead", _after(said_by("set_reminder", "", data)))
    assert filled == {"text": "ring the vet", "when": "2026-01-20 at eleven"}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("nudge me at ten to six this evening no sorry ten past six to feed the dog", "nudge me at ten past six this evening to feed the dog"),
        ("remind me at six, i mean seven, to call mum", "remind me at seven , to call mum"),
        ("set a timer for ten minutes, no wait, twelve", "set a timer for 12 minutes"),
        ("timer for five minutes, actually make it eight minutes", "timer for eight minutes"),
        ("remind me on monday at six i mean tuesday to put the bins out", "remind me tuesday at six to put the bins out"),
        ("remind me at seven to put the oven on, no make that half past seven", "remind me at half past seven to put the oven on"),
        ("remind me on friday no saturday at ten to call", "remind me saturday at ten to call"),
        ("wake me at six for the flight, no wait, five thirty", "wake me at five thirty for the flight"),
        ("remind me at nine to say no to Tom", "remind me at nine to say no to Tom"),
        ("remind me at four, sorry i'm croaky, to take my spray", "remind me at four, sorry i'm croaky, to take my spray"),
    ],
)  # fmt: skip
def test_what_was_said_last_corrects_what_was_said_first(words: str, meant: str) -> None:
    assert corrected(words) == meant


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (
            "remind me to do my drops at eight in the morning and at ten at night",
            "remind me to do my drops at eight in the morning, then remind me to do my drops at ten at night",
        ),
        (
            "remind me tomorrow at nine and six to feed the dog",
            "remind me to feed the dog tomorrow at nine, then remind me to feed the dog at six tomorrow",
        ),
        ("remind me to ring Ann at two and Bob at three", "remind me to ring Ann at two and Bob at three"),
        ("remind me to be there between two and three", "remind me to be there between two and three"),
    ],
)
def test_a_reminder_at_two_times_is_two(words: str, meant: str) -> None:
    assert said_twice(words) == meant


def test_corrections_are_settled_before_a_request_is_cut() -> None:
    assert tidied("remind me to take my tablet at eight, i mean nine")[0] == complete(
        "remind me to take my tablet at nine"
    )


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("i gave them two twenties", "i gave them 40"),
        ("a twenty and a tenner and a fiver, what change", "35, what change"),
        ("two coffees at three fifty", "two coffees at three fifty"),
        ("add a ten percent tip", "add a ten percent tip"),
        ("a fifty pound note", "a fifty pound note"),
    ],
)
def test_notes_that_are_handed_over_are_added_up(words: str, meant: str) -> None:
    assert notes_added(words) == meant


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("i gave them a twenty, what change do i get", "20 minus 13.30"),
        ("there's four of us so split the bill four ways", "split the total between 4"),
        ("two tenners, what's the change", "20 minus 13.30"),
    ],
)
def test_sums_on_a_bill_in_the_words_of_the_till(words: str, expression: str) -> None:
    filled = fill("calculate", words, _after(lines=CAFE))
    assert isinstance(filled, dict) and filled["expression"] in (expression, expression.replace("13.30", "(13.30)"))


def test_change_that_would_be_owed_is_asked_about() -> None:
    assert isinstance(fill("calculate", "i gave them a tenner, what change", _after(lines=CAFE)), Missing)


@pytest.mark.parametrize(
    ("words", "list_", "text"),
    [
        ("stick cream on", "take the butter off my shopping list and stick cream on", "Shopping list: cream"),
        ("write this down quick before i forget", "write this down quick before i forget, the spare key is with Joan", "the spare key is with Joan"),
        ("make a note before it slips my mind, the part is coming thursday", "", "the part is coming thursday"),
    ],
)  # fmt: skip
def test_notes_take_what_the_request_says_around_them(words: str, list_: str, text: str) -> None:
    assert fill("add_note", words, _after(request=list_)) == {"text": text}


@pytest.mark.parametrize(
    ("words", "query"),
    [("i'm in the shop what do i need", "shopping list"), ("what was i getting", "shopping list"), ("tell me what's on it", "packing list")],
)  # fmt: skip
def test_a_list_is_known_by_what_was_said_before(words: str, query: str) -> None:
    packed = said_by("add_note", "", {"text": "Packing list: torch"})
    assert fill("search_notes", words, _after(packed)) == {"query": query}


@pytest.mark.parametrize(
    ("tool", "words", "name", "value"),
    [
        (
            "set_reminder",
            "the vet is on the 14th at ten past two, remind me the night before",
            "when",
            "the night before the 14th",
        ),
        ("set_reminder", "i'd be glad of a nudge on friday at six, it's about the parcel", "text", "the parcel"),
        ("spell", "spell onomatopoeia nice and slowly", "what", "onomatopoeia"),
        ("spell", "how do you spell necessary, one c or two", "what", "necessary"),
        ("define_word", "what does it mean when something is amortised", "word", "amortised"),
        ("define_word", "what does it mean if someone's called frugal", "word", "frugal"),
        ("add_note", "we're nearly out of bleach, bung it on the shopping list", "text", "Shopping list: bleach"),
        ("add_note", "we need loo roll so stick it on my shopping list", "text", "Shopping list: loo roll"),
        ("change_setting", "use fewer words", "value", "use fewer words"),
    ],
)
def test_the_words_around_a_wish_are_no_part_of_its_arguments(tool: str, words: str, name: str, value: str) -> None:
    filled = fill(tool, words, _after())
    assert isinstance(filled, dict) and filled[name] == value


def test_how_much_of_a_thing_is_found_beside_its_name() -> None:
    recipe = ("Soda bread", "500 g wholemeal flour", "400 ml buttermilk", "Bake at 220 C for 40 minutes")
    found = value_for(recipe, "how much buttermilk do i need")
    assert found is not None and found.value == "400 ml"
    pack = value_for(("Metformin 500 mg tablets", "Take one a day with food 56 tablets"), "how many tablets is that")
    assert pack is not None and pack.value == "56"


@pytest.mark.parametrize(
    ("text", "unit", "quantity"),
    [
        ("Covers 12 square metres per litre", "square feet", "12 square metres"),
        ("Oven 180 C for 35 minutes", "fahrenheit", "180 C"),
        ("8 ounces flour, 4 ounces butter", "grams", ""),
        ("Bake for 35 minutes", "celsius", ""),
        ("Oven 180 C", "celsius", ""),
    ],
)
def test_the_unit_says_which_quantity_is_meant(text: str, unit: str, quantity: str) -> None:
    assert quantity_for(text, unit) == quantity


@pytest.mark.parametrize(
    ("told", "words", "text", "when"),
    [
        (
            "the bins go out on Wednesdays",
            "remind me the night before at eight",
            "the bins go out on Wednesdays",
            "the night before wednesday at eight",
        ),
        (
            "the plumber is Joe on 0161 496 0120",
            "remind me at ten to ring him about it",
            "ring him about it: the plumber is Joe on 0161 496 0120",
            "at ten",
        ),
    ],
)
def test_a_reminder_leans_on_what_was_recalled(told: str, words: str, text: str, when: str) -> None:
    assert fill("set_reminder", words, _after(said_by("recall", "", {"text": told}))) == {"text": text, "when": when}
