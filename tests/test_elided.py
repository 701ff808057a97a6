"""Wishes that share their words are said out in full; what shares none is left as it is."""

import pytest

from assistant.steps.utterance import split


@pytest.mark.parametrize(
    ("request_", "clauses"),
    [
        (
            "set two timers, five minutes for the eggs and nine for the rice",
            ["start a timer of five minutes for the eggs", "start a timer of nine minutes for the rice"],
        ),
        (
            "remind me to feed the cat at seven tomorrow morning and the dog at nine at night",
            ["remind me to feed the cat at seven tomorrow morning", "remind me to feed the dog at nine at night"],
        ),
        ("two pounds in grams and a yard in metres", ["convert two pounds in grams", "convert a yard in metres"]),
        ("remind me to buy milk and the paper tomorrow at nine", None),
    ],
)
def test_wishes_that_share_their_words_are_said_out(request_: str, clauses: list[str] | None) -> None:
    assert [clause.words for clause in split(request_)] == (clauses or [request_])
