"""Clauses: where they end, that nothing is lost, that a stream gives the same, and that size does no harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.speaking.clauses import LATER, LONGEST_CHARACTERS, LONGEST_WORD, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello! How are you? I'm fine.", ["Hello!", "How are you?", "I'm fine."]),
        ("Dr. Smith and Mrs. Jones came. They left.", ["Dr. Smith and Mrs. Jones came.", "They left."]),
        ("It is 3.5 km, at 9:30 a.m. on Monday.", ["It is 3.5 km,", "at 9:30 a.m. on Monday."]),
        ("We met at 9 a.m. Then we left.", ["We met at 9 a.m.", "Then we left."]),
        ("Come on Nov. 24, 2026. Bring it.", ["Come on Nov. 24, 2026.", "Bring it."]),
        ("See fig. 3 and p. 5 for J. R. R. Tolkien.", ["See fig. 3 and p. 5 for J. R. R. Tolkien."]),
        ("No. I can't. No. 5 is closed.", ["No.", "I can't.", "No. 5 is closed."]),
        ("It costs $1,234.50 or so.", ["It costs $1,234.50 or so."]),
        ("1. Milk\n2. Eggs\n- bread, butter", ["1. Milk", "2. Eggs", "- bread, butter"]),
        ("a line that was\nwrapped here", ["a line that was\nwrapped here"]),
        ("One\n\ntwo", ["One", "two"]),
        ('She said "Stop." Then she left.', ['She said "Stop."', "Then she left."]),
        ("Well... maybe. Wait...", ["Well... maybe.", "Wait..."]),
        ("これは一つ。これは二つ。", ["これは一つ。", "これは二つ。"]),
        ("", []),
        (" \n\t ", []),
        ("...", ["..."]),
    ],
)
def test_ends_where_a_reader_would_pause(text: str, expected: list[str]) -> None:
    assert list(split(text)) == expected


def test_first_clause_is_short_and_a_run_without_marks_is_cut_before_joining_words() -> None:
    text = (
        "the bus comes at ten and you get on it and ride until the end of the line where someone will meet you "
        "because the driver knows your name and will tell you when it is time"
    )
    clauses = list(split(text))
    assert len(clauses[0].split()) <= 14
    assert all(len(clause.split()) <= LATER.longest for clause in clauses)
    assert all(clause.split()[0] in ("and", "until", "where", "because", "when") for clause in clauses[1:])


@settings(deadline=None)  # timing decides no test
@given(st.text(max_size=400))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    clauses = list(split(text))
    assert "".join("".join(clauses).split()) == "".join(text.split())
    assert all(clause == clause.strip() and clause for clause in clauses)
    assert all(len(clause) <= LONGEST_CHARACTERS + 2 * LONGEST_WORD + 400 for clause in clauses)


@settings(deadline=None)  # timing decides no test
@given(st.lists(st.text(alphabet=st.sampled_from("ab A1.,!?;:—-\n\t 日。😀'\")"), max_size=8), max_size=40))
def test_a_stream_gives_the_clauses_of_the_whole(pieces: list[str]) -> None:
    assert list(split(iter(pieces))) == list(split("".join(pieces)))


def test_a_clause_comes_before_the_stream_ends() -> None:
    taken = []

    def stream():
        for word in ["It ", "is ", "ready. ", "The ", "rest ", "comes ", "later."]:
            taken.append(word)
            yield word

    clauses = split(stream())
    assert next(clauses) == "It is ready."
    assert len(taken) <= 5
    clauses.close()


@pytest.mark.parametrize(
    "text",
    [
        "word " * 10_000,
        "x" * 1_000_000,
        " " * 1_000_000,
        "a. " * 10_000,
        "😀" * 10_000,
        "\x00\x07" * 10_000,
        ",;:" * 10_000,
    ],
)
def test_size_does_no_harm(text: str) -> None:
    clauses = list(split(text))
    assert max(map(len, clauses), default=0) <= LONGEST_CHARACTERS + 2 * LONGEST_WORD
    assert list(split(list(text[:20_000]))) == list(split(text[:20_000]))
