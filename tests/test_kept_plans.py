"""Steps put right where something is kept under a name, or where what was just kept is taken back."""

import numpy as np
import pytest

from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.declined import without_all_declined
from assistant.steps.kept_plans import as_meant
from assistant.steps.planning import Intent
from assistant.steps.righting import righted
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said, said_by


def _encode(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another."""
    return np.eye(len(texts), 2, dtype=np.float32)


def _steps(*pairs: tuple[str, str], former: Said | None = None, picture: bool = False, words: str = "") -> list[Intent]:
    material = Material(_encode, earlier=(former,) if former is not None else ())
    intents = [Intent(label, Clause(said, {label: -0.1}), 0.9) for label, said in pairs]
    return list(as_meant(intents, words or " and ".join(said for _, said in pairs), material, picture))


def _labels(steps: list[Intent]) -> list[str]:
    return [one.label for one in steps]


NOTE = said_by("add_note", "", {"text": "bring and buy sale at the hall on saturday"}, now=False)
FACT = said_by("remember", "", {"text": "Agnes takes warfarin"}, now=False)


@pytest.mark.parametrize(
    ("former", "words", "now"),
    [
        (
            "bring and buy sale at the hall on saturday",
            "write sunday instead",
            "bring and buy sale at the hall on sunday",
        ),
        ("the roofer wants sixty hundred", "make it a note saying six thousand", "the roofer wants six thousand"),
        ("retainer is five thousand", "make it a note saying retainer is six thousand", "retainer is six thousand"),
        ("the physio is dr Bannerjee", "put the physio's Mr Lund", "the physio's Mr Lund"),
        ("Delroy's fish tank needs 3 scoops", "make it again with one scoop", "Delroy's fish tank needs one scoop"),
        (
            "gate code 4 4 1 9 for the gardener",
            "the gate one is 7 0 2 5, write that",
            "gate code 7 0 2 5 for the gardener",
        ),
        ("Agnes takes warfarin", "remember it of Maeve", "Maeve takes warfarin"),
        ("my bus is the 43", "have the 143 in its place, from the same stop", "my bus is the 143, from the same stop"),
        ("dentist at half past three on monday", "make it four o'clock", "dentist at four o'clock on monday"),
        ("buy 2 pints of milk and 3 eggs", "put four eggs instead", "buy 2 pints of milk and four eggs"),
        ("Bob's surgery is in May", "make it June", "Bob's surgery is in June"),
        ("call Tom about the boiler", "write call Anna instead", "call Anna"),
        ("Shopping list: tonic water", "put club soda instead", "Shopping list: club soda"),
        ("Shopping list: eggs, milk", "make that oat milk", "Shopping list: eggs, oat milk"),
        ("Shopping list: eggs", "Bacon, I want bacon on it", "Shopping list: bacon"),
        ("Ann owes me ten pounds", "note that Bob owes me five pounds", "Bob owes me five pounds"),
        ("call Tom about the boiler", "what's the time", ""),
    ],
)
def test_a_correction_puts_right_what_was_kept(former: str, words: str, now: str) -> None:
    assert righted(former, words) == now


@pytest.mark.parametrize(
    ("steps", "former", "labels", "last"),
    [
        (
            [("undo", "undo that"), ("add_note", "write sunday instead")],
            NOTE,
            ["undo", "add_note"],
            "bring and buy sale at the hall on sunday",
        ),
        (
            [("cancel_reminder", "no no, take it out"), ("add_note", "put the sale's on sunday")],
            NOTE,
            ["delete_note", "add_note"],
            "the sale's on sunday",
        ),
        (
            [("add_note", "strike that, i'm havering, make it a note saying jumble sale is off")],
            NOTE,
            ["undo", "add_note"],
            "jumble sale is off",
        ),
        (
            [("undo", "scrub the one you made"), ("start_timer", "make it again with sunday")],
            NOTE,
            ["delete_note", "add_note"],
            "bring and buy sale at the hall on sunday",
        ),
        (
            [
                ("remember", "it's her sister Maeve takes it."),
                ("undo", "undo that"),
                ("remember", "remember it of Maeve"),
            ],
            FACT,
            ["undo", "remember"],
            "Maeve takes warfarin",
        ),
        (
            [("undo", "take that away"), ("cancel_reminder", "have Maeve in its place")],
            FACT,
            ["forget", "remember"],
            "Maeve takes warfarin",
        ),
    ],
)
def test_what_was_just_kept_goes_and_stands_again_put_right(
    steps: list[tuple[str, str]], former: Said, labels: list[str], last: str
) -> None:
    found = _steps(*steps, former=former)
    assert _labels(found) == labels
    filled = fill(found[-1].label, found[-1].clause.words, Material(_encode))
    assert isinstance(filled, dict) and list(filled.values()) == [last]


@pytest.mark.parametrize(
    ("steps", "former"),
    [
        ([("undo", "undo that"), ("ask_text", "what does this say")], NOTE),
        ([("cancel_reminder", "cancel the dentist reminder"), ("set_reminder", "make it four o'clock")], NOTE),
        ([("delete_note", "delete the note about the plumber"), ("add_note", "make a note to ring the roofer")], NOTE),
        ([("undo", "undo that"), ("add_note", "make a note that choir is at six")], None),
        ([("set_reminder", "make it four o'clock")], NOTE),
        ([("undo", "undo that"), ("set_reminder", "put the oven reminder on for four")], NOTE),
        ([("undo", "undo that"), ("start_timer", "set a timer for ten minutes")], NOTE),
    ],
)
def test_other_wishes_stay_as_they_are(steps: list[tuple[str, str]], former: Said | None) -> None:
    assert [(one.label, one.clause.words) for one in _steps(*steps, former=former)] == steps


@pytest.mark.parametrize(
    ("steps", "labels"),
    [
        (
            [("scan_barcode", "there's a barcode on here i want keeping by, label it the worming tablets")],
            ["scan_barcode", "add_note"],
        ),
        ([("identify_colour", "what colour's this cardie, note it down as Bea's")], ["identify_colour", "add_note"]),
        (
            [("add_note", "take down the code of this carton in my notes as the good milk")],
            ["scan_barcode", "add_note"],
        ),
        ([("add_document", "her address is on the front of this envelope, keep it for me under Shona")], ["remember"]),
        ([("add_document", "hold onto my case number from the tribunal letter, under tribunal")], ["remember"]),
        (
            [
                ("ask_text", "how much is my meter on"),
                ("read_text", "read it me out"),
                ("add_document", "store it as the april reading"),
            ],
            ["ask_text", "remember"],
        ),
        (
            [
                ("search_notes", "need the order no. from this slip in my notes."),
                ("add_note", 'head it "kettle return"'),
            ],
            ["add_note"],
        ),
        ([("spell", "whatever the letters are on the ticket, write them down by the name ferry")], ["add_note"]),
        (
            [
                (
                    "edit_note",
                    "the chemist has moved, the new number's on this leaflet, swap it for the one you had off me",
                )
            ],
            ["forget", "remember"],
        ),
        (
            [("calculate", "split the lecky three ways"), ("add_note", "have a note of what each owes, it's on this")],
            ["calculate", "add_note"],
        ),
        ([("add_document", "keep this letter under council")], ["add_document"]),
        ([("add_document", "save it as the gas bill")], ["add_document"]),
        ([("add_document", "keep the price list from this shop as the butcher's")], ["add_document"]),
        (
            [("ask_text", "who's it from"), ("add_document", "keep it as the council letter")],
            ["ask_text", "add_document"],
        ),
        ([("read_text", "what does this say, put it under the lamp")], ["read_text"]),
        ([("spell", "spell the surname and i'll write it down")], ["spell"]),
        ([("scan_barcode", "what's this, the barcode is on the side")], ["scan_barcode"]),
        ([("search_notes", "what have i in my notes about the slip")], ["search_notes"]),
    ],
)
def test_a_named_value_of_a_page_is_no_document(steps: list[tuple[str, str]], labels: list[str]) -> None:
    assert _labels(_steps(*steps, picture=True)) == labels


def test_where_it_is_printed_is_said_to_the_step_that_reads_it() -> None:
    found = _steps(
        ("calculate", "split the lecky three ways"), ("add_note", "note what each owes, it's on this"), picture=True
    )
    assert [one.clause.words for one in found] == ["split the lecky three ways, it's on this", "note what each owes"]


def test_a_fact_that_has_changed_takes_the_place_of_the_old_one() -> None:
    found = _steps(
        ("cancel_reminder", "swimming's moved to tuesdays so you can drop what you've got about it being thursdays"),
        ("remember", "keep that instead"),
    )
    assert [(one.label, one.clause.words) for one in found] == [
        ("forget", "drop what you've got about swimming being thursdays"),
        ("remember", "remember that swimming's moved to tuesdays"),
    ]


@pytest.mark.parametrize(
    ("forgets", "keeps", "fact"),
    [
        ("forget the old locker code for the club", "remember it's 8820 now", "the locker code for the club is 8820"),
        (
            "forget what you have about the dentist being Dr Shaw",
            "remember it's Dr Okoro now",
            "the dentist is Dr Okoro",
        ),
        (
            "forget my old extension, please, the new one is 5528",
            "you had better remember that instead",
            "my extension is 5528",
        ),
    ],
)
def test_a_new_value_says_what_it_is_of(forgets: str, keeps: str, fact: str) -> None:
    found = _steps(("forget", forgets), ("remember", keeps))
    assert [(one.label) for one in found] == ["forget", "remember"]
    assert found[1].clause.words == f"remember that {fact}"


def test_a_fact_is_put_right_without_being_named() -> None:
    code = said_by("remember", "", {"text": "my locker code is 3390"}, now=False)
    steps = ("edit_note", "wait no its 3309 not 3390, change it"), ("recall", "what's my bus pass number")
    found = _steps(*steps, former=code)
    assert [(one.label, one.clause.words) for one in found] == [
        ("remember", "remember that my locker code is 3309"),
        ("recall", "what's my bus pass number"),
    ]


def test_a_fact_and_a_question_after_it_are_two() -> None:
    found = _steps(
        ("add_note", "jersey size is xl now, take note of that for good, which seat is mine at loftus again")
    )
    assert [(one.label, one.clause.words) for one in found] == [
        ("remember", "remember that jersey size is xl now"),
        ("recall", "which seat is mine at loftus again"),
    ]


def test_what_is_known_is_fetched_before_it_is_noted() -> None:
    words = "the guests will want the wifi. fetch it from what you know and make a note headed guests with it on"
    found = _steps(("add_note", "make a note headed guests with it on"), words=words)
    assert _labels(found) == ["recall", "add_note"]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("add_note", "make one saying ring the roofer"),
        ("set_reminder", "make us one that says choir half seven at the Baptist"),
        ("add_note", "and do another about the gutters"),
        ("vague", "write a new one saying call Jean"),
    ],
)
def test_a_note_in_the_place_of_the_one_that_goes_is_asked_for(label: str, words: str) -> None:
    first = Intent("delete_note", Clause("scrap the note about the plumber", {"delete_note": -0.1}), 0.9)
    found = without_all_declined([first, Intent(label, Clause(words, {label: -0.8}), 0.5)])
    assert _labels(found) == ["delete_note", "add_note"]


@pytest.mark.parametrize(
    "words", ["dispose of it, it was sold", "then get rid of that", "bin it please", "dispose of it was sold."]
)
def test_it_is_the_note_that_was_just_found(words: str) -> None:
    piano = said_by("search_notes", "", {"text": "piano: ask 300 for it"})
    assert piano is not None
    assert fill("delete_note", words, Material(_encode, earlier=(piano,))) == {"which": "piano: ask 300 for it"}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("drop what you've got about swimming being thursdays", "swimming being thursdays"),
        ("forget whatever you've kept about my old bus", "my old bus"),
    ],
)
def test_what_is_known_of_a_thing_is_forgotten(words: str, what: str) -> None:
    assert fill("forget", words, Material(_encode)) == {"what": what}
