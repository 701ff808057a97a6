"""Steps that look at print: what the camera is for, what stands beside a code, clauses that say where to look."""

import numpy as np
import pytest

from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.halves import mended
from assistant.steps.planning import Intent
from assistant.steps.print_plans import looking
from assistant.steps.reasons import without_why
from assistant.steps.reckoning import of_print
from assistant.steps.slots import Material


def _encode(texts: list[str]) -> np.ndarray:
    return np.eye(len(texts), 2, dtype=np.float32)


def _steps(*pairs: tuple[str, str]) -> list[Intent]:
    return [Intent(label, Clause(words, {label: -0.1}), 0.9) for label, words in pairs]


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("use the camera to read me this letter, it's flat on the desk", "read_text"),
        ("read me this with the camera", "read_text"),
        ("use your camera to see what this says", "read_text"),
        ("use the camera and tell me how much this bill is", "ask_text"),
        ("take a picture of the garden", ""),
        ("turn the camera on", ""),
    ],
)
def test_what_the_camera_is_wanted_for_is_done_too(words, label):
    steps = looking(_steps(("take_picture", words)))
    assert [one.label for one in steps] == ["take_picture", *([label] if label else [])]


def test_what_is_read_already_is_not_read_twice():
    steps = looking(_steps(("take_picture", "use the camera and read it"), ("read_text", "read it")))
    assert [one.label for one in steps] == ["take_picture", "read_text"]


@pytest.mark.parametrize(
    "words",
    [
        "the barcode number on this packet and also the name printed under it",
        "scan the barcode, and the product name beside it",
        "read me the bar code plus what it says underneath",
    ],
)
def test_what_stands_beside_a_barcode_is_read_too(words):
    assert [one.label for one in looking(_steps(("scan_barcode", words)))] == ["scan_barcode", "ask_text"]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("am i allowed keep a cat in the flat", "does the lease say"),
        ("can i sublet the back room", "what does my tenancy agreement say about it"),
        ("who mends the gutters", "does it say anything in the contract"),
        ("what's the excess", "would the policy you have mention that"),
    ],
)
def test_a_clause_that_only_says_where_to_look_is_no_question_of_its_own(asked, place):
    steps = mended(_steps(("search_documents", asked), ("search_documents", place)))
    assert len(steps) == 1
    assert asked in steps[0].clause.words


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("can i keep a cat, does the lease say", "can i keep a cat in the lease"),
        ("when does the car insurance run out, it's in my documents", "when does the car insurance run out"),
        ("how much notice do i give, what does the contract say about it", "how much notice do i give in the contract"),
        ("when is the rent due according to the lease", "when is the rent due in the lease"),
        ("what did the contract say about notice", "what did the contract say about notice"),
    ],
)
def test_where_to_look_stands_short_behind_the_question(words, question):
    assert fill("search_documents", words, Material(_encode)) == {"question": question}


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("write it down, the repair man's ringing back", "write it down"),
        ("note that down, my sister wants it", "note that down"),
        ("jot it down, the bus goes at 9", "jot it down, the bus goes at 9"),
        ("write this down, the repair man's ringing back", "write this down, the repair man's ringing back"),
    ],
)
def test_the_errand_is_not_what_is_noted(words, kept):
    assert without_why(words) == kept


@pytest.mark.parametrize("words", ["what time have you now", "what time are we at", "what time you got there"])
def test_the_time_of_day_is_told_beside_a_page(words):
    step = _steps(("tell_time", words))[0]
    assert of_print(step, True).label == "tell_time"
