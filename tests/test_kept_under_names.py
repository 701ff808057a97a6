"""What is kept of an earlier step or of print, under the names that the user gives it."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.steps.extraction import Document, find_answer
from assistant.steps.keeping import keeping
from assistant.steps.kept_things import kept_as
from assistant.steps.listed_things import things_in
from assistant.steps.slots import Material, Missing
from assistant.steps.slots_earlier import Said, answered, said_by


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only what is printed or said can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _material(*earlier: Said | None, lines: Sequence[str] = (), request: str = "") -> Material:
    document = Document(tuple(lines)) if lines else None
    return Material(_unrelated, document, request=request, earlier=tuple(one for one in earlier if one is not None))


SCANNED = said_by("scan_barcode", "A code: 4006381333931.", {"value": "4006381333931"})
NAVY = said_by("identify_colour", "Navy, in the centre.", {"value": "navy"})
PAID = said_by("calculate", "9 times 12.60 is 113.4.", {"value": "113.4"})
PHONE = answered("what is the phone number", "Mobile 087 555 0163")
LEASE = said_by("search_documents", "", {"quote": "The tenant insures the stock."})
WIFI = said_by("recall", "", {"text": "the wifi password is otter-77"})
OLD_NOTE = said_by("add_note", "", {"text": "ring the plumber"}, now=False)
COUNCIL = ("Wexcombe Borough Council", "Reference HB/20771/K", "Please reply by 30 March 2026")
ENVELOPE = ("Shona Baird", "Flat 2/1, 88 Gourlay Street", "Glasgow G21 1AE")
TRIBUNAL = ("Social Security Tribunal", "Appeal of Mrs D. Okafor", "Case number SC 114/26/00873")
FERRY = ("Solent Wave Ferries", "Booking reference QJ7TLM", "2 adults, 1 guide dog")
FLYER = ("Rakaia Shearing Gang", "Full service, shearing and crutching", "Ring Tama on 03 555 0148")
METER = ("Electricity meter", "Serial K14 D 00921", "Reading 48213 kWh")
POLICY = ("Ridgeway Insurance", "Policy number HZ90417", "Renews on 1 December 2026")
FLAPJACKS = ("Flapjacks", "You need:", "250 g porridge oats", "125 g butter", "3 tbsp golden syrup")
SPONGE = ("Lemon sponge mix", "Just add: 2 eggs, 60 ml oil, 150 ml milk", "Bake 35 minutes at 170 C")
FRIDGE = ("Mum, we are out of:", "washing powder", "kitchen roll", "Love Jo")
DYE = ("Permanent hair colour", "Shade 7.43 copper gold", "60 ml")


@pytest.mark.parametrize(
    ("words", "said", "kept"),
    [
        ("put it in my notes as mustard oil", SCANNED, "mustard oil: 4006381333931"),
        ("put it in my notes, it's the lime pickle", SCANNED, "the lime pickle: 4006381333931"),
        ("write it down as the good shampoo", SCANNED, "the good shampoo: 4006381333931"),
        ("can you stick that in the notes and call it cat litter", SCANNED, "cat litter: 4006381333931"),
        ("jot the code down under dog food please", SCANNED, "dog food: barcode 4006381333931"),
        ("note it, tag it insurance", SCANNED, "insurance: 4006381333931"),
        ("keep that, label it the worming tablets", SCANNED, "the worming tablets: 4006381333931"),
        ("save it with the name oat milk", SCANNED, "oat milk: 4006381333931"),
        ("write them down by the name ferry", SCANNED, "ferry: 4006381333931"),
        ("scribble it in a note as Aunt Bea's cardigan so i know for next time", NAVY, "Aunt Bea's cardigan: navy"),
        ("save the colour as the spare room", NAVY, "the spare room: navy"),
        ("note it down under wages", PAID, "wages: 113.4"),
        ("pop the answer in a note saying lunches", PAID, "lunches: 113.4"),
        ("write it down as wool for the blanket", PAID, "wool for the blanket: 113.4"),
        ("file it under car", PAID, "car: 113.4"),
        ("put the sum in a note, dinner money", PAID, "dinner money: 113.4"),
        ("note it under curry, i'll not remember", PAID, "curry: 113.4"),
        ("make a note, that number, for the biscuits", SCANNED, "for the biscuits: barcode 4006381333931"),
        ("note it as what to count out", PAID, "what to count out: 113.4"),
        ("keep it, she's called Aoife", PHONE, "Aoife: Mobile 087 555 0163"),
        ("hang on to it, his name's Tam", PHONE, "Tam: Mobile 087 555 0163"),
        ("make sure you know it as taxi Mo", PHONE, "taxi Mo: Mobile 087 555 0163"),
        ("let's have that in the notes", PHONE, "Mobile 087 555 0163"),
        ("make a note for the broker", LEASE, "for the broker: The tenant insures the stock."),
        ("jot that for the broker", LEASE, "for the broker: The tenant insures the stock."),
        ("write that down for Clive who'll not believe me", LEASE, "for Clive: The tenant insures the stock."),
        ("make a note headed guests with it on", WIFI, "guests: the wifi password is otter-77"),
        ("put that on a note called airport run", WIFI, "airport run: the wifi password is otter-77"),
    ],
)
def test_an_earlier_value_is_kept_under_the_name_it_is_given(words: str, said: Said, kept: str) -> None:
    assert kept_as("add_note", words, _material(said)) == {"text": kept}


@pytest.mark.parametrize(
    ("words", "lines", "kept"),
    [
        ("put the reference off this in my notes with the word council", COUNCIL, "council: Reference HB/20771/K"),
        (
            "her address is on the front of this envelope, keep it for me under Shona",
            ENVELOPE,
            "Shona: Flat 2/1, 88 Gourlay Street, Glasgow G21 1AE",
        ),
        (
            "hold onto my case number from the tribunal letter would you, under tribunal",
            TRIBUNAL,
            "tribunal: Case number SC 114/26/00873",
        ),
        (
            "i've a booking thingy here, whatever the letters are, write them down by the name ferry",
            FERRY,
            "ferry: Booking reference QJ7TLM",
        ),
        (
            "grab the phone number off this flyer for the shearers, make a note of it",
            FLYER,
            "for the shearers: Ring Tama on 03 555 0148",
        ),
        ("store it as the april reading", METER, "the april reading: Reading 48213 kWh"),
        ('need the policy number from this in my notes. head it "house"', POLICY, "house: Policy number HZ90417"),
    ],
)
def test_what_print_says_is_kept_under_the_name_it_is_given(words: str, lines: Sequence[str], kept: str) -> None:
    assert kept_as("remember", words, _material(lines=lines, request=words)) == {"fact": kept}


def test_it_is_the_thing_on_the_page_that_was_asked_for() -> None:
    request = "read the policy number to me and remember it as my house insurance"
    material = _material(lines=POLICY, request=request)
    assert kept_as("remember", "remember it as my house insurance", material) == {
        "fact": "my house insurance: Policy number HZ90417"
    }


def test_the_whole_page_is_never_kept_for_a_part_that_was_not_found() -> None:
    request = "add the two prices on this and remember it as what i lent Bronwen"
    kept = kept_as("remember", "remember it as what i lent Bronwen", _material(lines=METER, request=request))
    assert isinstance(kept, Missing)


@pytest.mark.parametrize(
    ("words", "request_", "lines", "kept"),
    [
        (
            "shove it on the shopping list",
            "look what goes in the flapjacks and shove it on the shopping list",
            FLAPJACKS,
            "Shopping list: 250 g porridge oats, 125 g butter, 3 tbsp golden syrup",
        ),
        (
            "get that onto my list for the shops",
            "this says what else you have to add, get that onto my list for the shops",
            SPONGE,
            "Shopping list: 2 eggs, 60 ml oil, 150 ml milk",
        ),
        (
            "stick the ingredients on the shopping list",
            "stick the ingredients on the shopping list",
            FLAPJACKS,
            "Shopping list: 250 g porridge oats, 125 g butter, 3 tbsp golden syrup",
        ),
        (
            "if it's things to buy put them on the shopping",
            "read it and if it's things to buy put them on the shopping",
            FRIDGE,
            "Shopping list: washing powder, kitchen roll",
        ),
        (
            "add another one of the same shade to my order list",
            "read this and add another one of the same shade to my order list",
            DYE,
            "Order list: another one, Shade 7.43 copper gold",
        ),
    ],
)
def test_a_list_takes_the_things_that_print_lists(words: str, request_: str, lines: Sequence[str], kept: str) -> None:
    assert kept_as("add_note", words, _material(lines=lines, request=request_)) == {"text": kept}


def test_a_condition_that_print_does_not_meet_is_asked_about() -> None:
    words = "if it's things to buy put them on the shopping"
    assert isinstance(kept_as("add_note", words, _material(lines=POLICY, request=words)), Missing)


@pytest.mark.parametrize(
    "request_",
    [
        "what's this, put it on the shopping list",
        "has this any nuts in its ingredients, if not put it on the shopping list",
    ],
)
def test_a_product_goes_on_the_list_by_its_name(request_: str) -> None:
    soup = ("Tomato soup", "Ingredients: tomatoes, salt, cream")
    assert kept_as("add_note", "put it on the shopping list", _material(lines=soup, request=request_)) is None


@pytest.mark.parametrize(
    ("lines", "things"),
    [
        (("Pancakes", "Ingredients", "2 eggs", "milk", "Beat the eggs."), ["2 eggs", "milk"]),
        (("Shopping list", "bread", "tea bags"), ["bread", "tea bags"]),
        (("Add: 1 egg and 100 ml water",), ["1 egg", "100 ml water"]),
        (("Dear Mrs Roe", "Your appointment is on Monday."), []),
    ],
)
def test_things_stand_under_a_heading(lines: Sequence[str], things: list[str]) -> None:
    assert things_in(lines) == things


@pytest.mark.parametrize(
    ("words", "request_", "kept"),
    [
        (
            "keep it that the one button pair are that",
            "what colour are they, keep it that the one button pair are that",
            "the one button pair are navy",
        ),
        ("remember my good coat is that", "what colour is this, remember my good coat is that", "my good coat is navy"),
        (
            "make a note it's in the left drawer",
            "is it the blue scarf or the yellow one, then make a note it's in the left drawer",
            "the navy scarf is in the left drawer",
        ),
        (
            "note that they're under the bed",
            "what colour are these shoes, note that they're under the bed",
            "the navy shoes are under the bed",
        ),
    ],
)
def test_a_sentence_takes_the_colour_that_was_just_told(words: str, request_: str, kept: str) -> None:
    assert kept_as("add_note", words, _material(NAVY, request=request_)) == {"text": kept}


@pytest.mark.parametrize(
    "words",
    [
        "note down milk as breakfast",
        "make a note that the roofer wants six thousand",
        "remember that my bus is the 43",
        "remember to keep it under the sink",
        "write down gate code 4 4 1 9 for the gardener",
        "my collar's fifteen and a half, mind that",
        "make a note saying ring the roofer",
        "note the plumber comes on friday for the boiler",
    ],
)
def test_words_of_their_own_are_kept_as_they_stand(words: str) -> None:
    assert kept_as("add_note", words, _material(OLD_NOTE, request=words)) is None
    assert kept_as("add_note", words, _material(NAVY, request=words)) is None
    assert kept_as("add_note", words, _material(request=words)) is None


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("make a note i owe jess that", "i owe jess 113.4"),
        ("write down that Sam paid that", "Sam paid 113.4"),
        ("put what it comes to in a note", "113.4"),
        ("note down what that makes under fencing", "fencing: 113.4"),
    ],
)
def test_a_sentence_takes_what_the_sum_came_to(words: str, kept: str) -> None:
    assert kept_as("add_note", words, _material(PAID, request=words)) == {"text": kept}


def test_what_is_told_in_the_same_breath_stands_under_its_name() -> None:
    words = "the stopcock is behind the fridge, put that in my notes under plumbing"
    assert kept_as("add_note", words, _material(request=words)) == {
        "text": "plumbing: the stopcock is behind the fridge"
    }


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("make a note for the carer that the key is under the pot", "for the carer: the key is under the pot"),
        ("leave a note for Jean saying the parcel came", "for Jean: the parcel came"),
    ],
)
def test_whom_a_note_is_for_stands_before_it(words: str, kept: str) -> None:
    assert kept_as("add_note", words, _material(request=words)) == {"text": kept}


def test_what_is_told_in_the_same_breath_is_what_that_is() -> None:
    words = "Stan's is the ninth of may, keep that one"
    assert kept_as("remember", words, _material(request=words)) == {"fact": "Stan's is the ninth of may"}


def test_two_names_are_both_kept() -> None:
    wish = keeping("put it in my notes under car, it's the winter tyres")
    assert wish is not None and wish.names == ("car", "the winter tyres")


@pytest.mark.parametrize(
    ("question", "lines", "line"),
    [
        (
            "they want me to quote a number when i ring, see what it is",
            ("When you ring, quote claim number WD 660418", "Phone 0345 600 1199"),
            "When you ring, quote claim number WD 660418",
        ),
        (
            "the cab lad left his card, get his number off it",
            ("Wheelchair friendly cabs", "07700 900 482"),
            "07700 900 482",
        ),
    ],
)
def test_the_one_line_that_is_meant_answers(question: str, lines: Sequence[str], line: str) -> None:
    found = find_answer(Document(tuple(lines)), question, _unrelated)
    assert found is not None and found.text == line
