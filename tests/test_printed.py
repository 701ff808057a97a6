"""Values in print: found by what a question calls for, verbatim, and drawn into notes, spelling and sums."""

import numpy as np
import pytest

from assistant.phrases.amounts import total
from assistant.steps import slots_notes, slots_reminders, slots_sums, slots_talk
from assistant.steps.extraction import Document, find_answer
from assistant.steps.printed import event_of, value_for
from assistant.steps.slots import Material, Missing

LETTER = Document(
    (
        "St Anne's Eye Hospital",
        "22 Harbour Street, Wexley WX2 4LP",
        "Ref: EH-40917",
        "Dear Mrs Pemberton,",
        "Your appointment with Dr Ruth Oyelaran",
        "is on Thursday 19 March 2026 at 2:40 pm",
        "in the Outpatient Clinic, second floor, room 12.",
        "If you cannot come call 01632 960 114",
        "before Tuesday 17 March.",
        "Yours sincerely",
        "Martin Clegg",
    )
)
BILL = Document(("Northgate Energy", "Account number 7731 0482", "Standing charge £46.35", "Amount due £204.28",
                 "Please pay by 21 March 2026"))  # fmt: skip
PRICES = Document(
    ("Corner Bakery", "Opening hours", "Mon - Fri 7:30 - 17:00", "Wholemeal loaf £2.60", "Cheese scone £1.80")
)


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only the looks of print can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _shown(document: Document | None) -> Material:
    return Material(encode=_unrelated, document=document)


@pytest.mark.parametrize(
    ("document", "question", "value"),
    [
        (LETTER, "what's the postcode", "WX2 4LP"),
        (LETTER, "has it got a reference", "EH-40917"),
        (LETTER, "what number do I ring", "01632 960 114"),
        (LETTER, "who am I seeing", "Dr Ruth Oyelaran"),
        (LETTER, "whose letter is this for", "Mrs Pemberton"),
        (BILL, "what's the damage", "£204.28"),
        (BILL, "when have I got to pay it by", "21 March 2026"),
        (BILL, "what's my account number", "7731 0482"),
        (PRICES, "how much are the scones", "£1.80"),
        (PRICES, "what shop is this", "Corner Bakery"),
    ],
)
def test_a_value_is_found_by_its_looks(document: Document, question: str, value: str) -> None:
    found = value_for(document.passages, question)
    assert found is not None and found.value == value and found.passage in document.passages


def test_what_is_not_printed_is_not_found() -> None:
    assert value_for(PRICES.passages, "what's the email") is None
    assert value_for(PRICES.passages, "what does it cost") is None, "several prices and none of them named"
    assert find_answer(PRICES, "what's the postcode", _unrelated) is None
    assert value_for((), "what is it about") is None


def test_the_year_of_a_date_is_no_amount() -> None:
    due = total(BILL.text)
    assert due is not None and str(due.value) == "204.28"


def test_notes_facts_and_spelling_take_the_value_and_not_the_words() -> None:
    assert "960 114" in dict(slots_notes.add_note("jot down that phone number", _shown(LETTER)))["text"]  # type: ignore[arg-type]
    assert "7731" in dict(slots_notes.remember("remember my account number", _shown(BILL)))["fact"]  # type: ignore[arg-type]
    assert slots_talk.spell("spell the reference", _shown(LETTER)) == {"what": "EH-40917"}
    doctor = slots_notes.add_note("add a note ring the doctor", _shown(LETTER))
    assert doctor == {"text": "ring the doctor"}
    own = slots_notes.add_note("note that the alarm code is 4471", _shown(LETTER))
    assert not isinstance(own, Missing) and "4471" in own["text"], "what the user dictates stays theirs"


@pytest.mark.parametrize(
    ("document", "words", "expression"),
    [
        (PRICES, "what would three scones cost", "3 times 1.80"),
        (BILL, "what would it be with ten percent on top", "add 10 percent to the total"),
        (BILL, "what's that without the standing charge", "204.28 minus 46.35"),
        (BILL, "there's four of us paying, what's each", "split the total between 4"),
        (BILL, "knock 20 off 85", "knock 20 off 85"),
        (None, "knock 20 off 85", "knock 20 off 85"),
    ],
)
def test_sums_take_the_amounts_that_are_named(document: Document | None, words: str, expression: str) -> None:
    assert slots_sums.calculate(words, _shown(document)) == {"expression": expression}


def test_a_reminder_about_a_letter_is_about_its_appointment() -> None:
    assert "19 March" in event_of(LETTER.passages)
    filled = slots_reminders.set_reminder("remind me the day before", _shown(LETTER))
    assert not isinstance(filled, Missing) and "appointment" in filled["text"] and filled["when"] == "the day before"


MEDICINE = Document(
    ("28 tablets", "Amoxicillin 500 mg", "Take one three times a day", "Chew for 2 minutes", "Price £9.99")
)


@pytest.mark.parametrize(
    "question",
    [
        "how many should i take in a day",
        "how many in the morning",
        "how long do i take these for",
        "how much water do i add",
        "how much should i give the baby",
        "how much milk do i need",
    ],
)
def test_what_is_taken_is_no_count_no_cooking_time_and_no_price(question: str) -> None:
    assert value_for(MEDICINE.passages, question) is None


def test_a_count_is_that_of_the_pack_and_a_dose_is_not() -> None:
    for question in ("how many are in the pack", "how many tablets in this box"):
        found = value_for(MEDICINE.passages, question)
        assert found is not None and found.value == "28 tablets"
    answer = find_answer(MEDICINE, "how many should i take in a day", _unrelated)
    assert answer is None or answer.text != "28 tablets"


@pytest.mark.parametrize(
    "question",
    [
        "How many capsules should I take a day?",
        "how many capsule should i take",
        "How many capsules should I take today?",
    ],
)
def test_a_strength_is_never_told_as_a_dose(question: str) -> None:
    label = ("Amoxicillin 500 mg capsules", "Take ONE capsule THREE times a day", "Finish the course", "Mrs A Patel")
    assert value_for(label, question) is None  # the line that says the dose is quoted whole
    assert value_for(label, "how many capsules is it") is None
