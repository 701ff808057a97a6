"""One word of print that is meant by its place or kind, parts of printed names, and what is looked for on a page."""

import pytest

from assistant.phrases.dictionary import how_common
from assistant.steps.arguments import Material, fill
from assistant.steps.extraction import Document
from assistant.steps.printed_names import name_part, signed_by
from assistant.steps.printed_words import names_printed, printed_word
from assistant.steps.sought import sought
from tests.test_agent import encode

LETTER = ("Dear Mrs Okoro", "Thank you for the jam.", "It was kind of you.", "Zbigniew Krzyzanowski")
WARD = (
    "Elm Park Hospital",
    "Discharge letter",
    "Diagnosis: labyrinthitis",
    "Rest for a week.",
    "Signed: Dr Maud van der Merwe",
)
CLINIC = ("Your eye test", "Tuesday 3 March 2026", "Beech Surgery, 14 Mill Lane", "Trefriw", "Llanrwst LL26 0JH")
BANK = ("Northern Bank", "Your mandate will be abrogated on 4 May 2026.", "Bring this letter to any branch.")


@pytest.mark.parametrize(
    ("words", "request_", "lines", "meant"),
    [
        ("the surname", "who's this off and spell us the surname", LETTER, "Krzyzanowski"),
        ("first name", "who wrote this, letters of the first name please", LETTER, "Zbigniew"),
        ("the surname", "who signed it? spell the surname", WARD, "van der Merwe"),
        ("the name of whoever signed it", "spell the name of whoever signed it", WARD, "Dr Maud van der Merwe"),
        ("the family name", "spell the family name of the sender", LETTER, "Krzyzanowski"),
    ],
)
def test_the_name_of_who_wrote_is_not_that_of_who_is_addressed(
    words: str, request_: str, lines: tuple[str, ...], meant: str
):
    assert name_part(words, "", lines, request_) == meant


def test_a_letterhead_is_no_name():
    assert signed_by(("Elm Park Hospital", "Rest for a week.")) == ""
    assert name_part("the surname", "Elm Park Hospital", ("Elm Park Hospital", "Rest."), "") == ""


@pytest.mark.parametrize(
    ("words", "lines", "meant"),
    [
        ("what village is it in", CLINIC, "Trefriw"),
        ("the town it's in", CLINIC, "Llanrwst"),
        ("the name of the street", CLINIC, "Mill Lane"),
        ("what they say is wrong with me", WARD, "labyrinthitis"),
        ("my diagnosis", WARD, "labyrinthitis"),
        ("the fancy word in the second line", BANK, "abrogated"),
        ("that long legal word for stopping my mandate", BANK, "abrogated"),
        ("it begins with a b r something", BANK, "abrogated"),
        ("a-b-r summat", BANK, "abrogated"),
        ("the medicine", ("Amlodipine 5 mg", "28 tablets", "One each morning"), "Amlodipine"),
        ("the tablets", ("Hill Pharmacy", "Ramipril 10 mg capsules", "One a day"), "Ramipril"),
    ],
)
def test_a_word_is_found_by_its_kind_or_place(words: str, lines: tuple[str, ...], meant: str):
    assert printed_word(words, words, lines) == meant


def test_it_is_the_word_that_was_spoken_of_before():
    request = "what village are they sending me to, and how's it spelt"
    assert printed_word("how's it spelt", request, CLINIC) == "Trefriw"
    material = Material(encode=encode, document=Document(CLINIC), request=request)
    assert fill("spell", "how's it spelt", material) == {"what": "Trefriw"}


def test_a_word_for_the_illness_is_explained():
    request = "there's a great long word for what's wrong with me, read it and tell me what that word means"
    material = Material(encode=encode, document=Document(WARD), request=request)
    assert fill("define_word", "tell me what that word means", material) == {"word": "labyrinthitis"}
    assert names_printed(request)


@pytest.mark.parametrize("words", ["spell rhododendron", "what does frugal mean", "how's Ouagadougou spelt"])
def test_a_word_that_is_said_is_not_sought_in_print(words: str):
    assert printed_word(words, words, WARD) == "" and not names_printed(words)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("mister o'flaherty, how do the letters go in that", "o'flaherty"),
        ("accommodate. i never know how many ms. letters please", "accommodate"),
    ],
)
def test_the_word_said_before_the_letters_are_asked_for(words: str, meant: str):
    assert fill("spell", words, Material(encode=encode, request=words)) == {"what": meant}


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("I've a bit of sight left, whereabouts on this page am I looking for the deadline", "deadline"),
        ("where'd they stick the use by on this packet", "use by"),
        ("where on this is the best before date", "best before"),
        ("tell me in which corner of it the stamp is printed", "stamp"),
        ("there's somewhere to sign on this form, point me at it", "signature"),
        ("show me where i've to sign", "signature"),
        ("which line do i sign", "signature"),
        ("put my finger on the account number", "account"),
        ("what part of the bill would i find the phone number in", "phone number"),
        ("steer me towards the tick box on it", "tick box"),
    ],
)
def test_what_is_looked_for_is_named_anywhere(words: str, thing: str):
    assert sought(words) == thing


def test_words_that_are_rare_are_known_as_such():
    assert how_common("week") and not how_common("labyrinthitis") and how_common("xqzzt") is None
