"""Questions that a kept fact answers though they sound like talk or like the world; whose thing is to be forgotten."""

from datetime import datetime

import pytest

from assistant.session import _load_encoder
from assistant.state.records import Entry
from assistant.steps.kept_answers import answers
from assistant.steps.reasons import owned

AT = datetime(2026, 5, 1)


@pytest.fixture(scope="module")
def encode():
    return _load_encoder().encode


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("which ear was it that Mrs Devlin is deaf in", "Mrs Devlin is deaf in her right ear"),
        ("i can't for the life of me mind what the vet's dog is called", "the vet's dog is called Biscuit"),
        ("the district nurse is asking how tall i am, i've no idea", "I told the nurse I am 164 cm tall"),
        ("what's on at the harvest supper", "harvest supper: bring a trifle, doors at six"),
    ],
)
def test_what_was_kept_answers(words: str, kept: str, encode):
    assert answers(words, [Entry(1, "fact", kept, AT)], encode)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("who's the prime minister at the moment", "the new minister is Mr Petrie"),
        ("how much does a stamp cost nowadays", "buy stamps on Monday"),
        ("should i leave off my blood pressure tablets", "my blood pressure tablets are the white ones"),
        ("why do cats purr", "my cat is called Minka"),
        ("the cat has been sick on the rug again", "my cat is called Minka"),
        ("ring the vet for me", "the vet is called Mr Sandhu"),
        ("google what time the library opens", "the library opens at ten"),
    ],
)
def test_the_world_and_talk_are_not_answered_from_notes(words: str, kept: str, encode):
    assert not answers(words, [Entry(1, "fact", kept, AT)], encode)


@pytest.mark.parametrize(
    ("text", "request_", "whose"),
    [
        ("her phone number", "Mavis has died, you can lose her phone number", "Mavis's phone number"),
        ("his address", "our kev's moved to perth so wipe his address", "kev's address"),
        ("her birthday", "forget her birthday", "her birthday"),
        ("the wifi password", "Dot has left, forget the wifi password", "the wifi password"),
    ],
)
def test_what_is_hers_is_named_by_who_was_told_of(text: str, request_: str, whose: str):
    assert owned(text, request_) == whose
