"""What is said for what is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.speaking.spoken import spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("at 9:05", "at 9 oh 5"),
        ("9:00", "9 o'clock"),
        ("9:30 a.m. sharp", "9 30 AM sharp"),
        ("Come at 9:30 a.m.", "Come at 9 30 AM."),
        ("10pm", "10 PM"),
        ("00:00", "midnight"),
        ("2026-11-24", "November 24th, 2026"),
        ("2026-11-21T09:30", "November 21st, 2026, 9 30"),
        ("2026-99-99", "2026 to 99 to 99"),
        ("24/11/2026", "November 24th, 2026"),
        ("$48.20", "48 dollars and 20 cents"),
        ("£1", "1 pound"),
        ("£0.50", "50 pence"),
        ("$1.5m", "1.5 million dollars"),
        ("$1,234", "1,234 dollars"),
        ("5kg or 1 kg", "5 kilograms or 1 kilogram"),
        ("250 ml", "250 millilitres"),
        ("20°C", "20 degrees Celsius"),
        ("90 km/h", "90 kilometres an hour"),
        ("take 2 mg", "take 2 milligrams"),
        ("3.14 and 1,234.50", "3.14 and 1,234.50"),
        ("4006381333931", "4 0 0, 6 3 8, 1 3 3, 3 9 3, 1"),
        ("call 555-123-4567", "call 5 5 5, 1 2 3, 4 5 6 7"),
        ("ISBN 978-3-16-148410-0", "ISBN 9 7 8, 3, 1 6, 1 4 8 4 1 0, 0"),
        ("pages 3-5", "pages 3 to 5"),
        ("-5 degrees", "minus 5 degrees"),
        ("the 5-year plan", "the 5-year plan"),
        ("e.g. tea", "for example, tea"),
        ("Dr. Smith of No. 5", "Dr Smith of number 5"),
        ("No. I can't", "No. I can't"),
        ("Sat 3 Mar", "Saturday 3 March"),
        ("Nov. 24", "November 24"),
        ("3/4 cup", "three quarters cup"),
        ("**bold** `code` [a link](https://x.org/y)", "bold code a link"),
        ("# Heading", "Heading"),
        ("- item", "item"),
        ("https://www.example.com/help?x=3", "example.com slash help"),
        ("snake_case.txt", "snake case.txt"),
        ("wait!!!!!", "wait!"),
        ("a — b", "a, b"),
        ("a\x00b\x1b[31m", "a b"),
        ("x\ud800y", "xy"),
        ("😀😀😀😀😀", "😀"),
        ("👍🏽", "👍"),
        ("...", ""),
        ("", ""),
        ("\u200b\ufeff", ""),
    ],
)
def test_said(written: str, said: str) -> None:
    assert spoken(written) == said


@settings(deadline=None)  # timing decides no test
@given(st.text(max_size=300))
def test_any_text_becomes_something_a_child_can_take(text: str) -> None:
    said = spoken(text)
    assert said.encode() or said == ""
    assert said.isprintable()


@settings(deadline=None)  # timing decides no test
@given(st.lists(st.sampled_from(["cat", "house", "seven", "walks", "under"]), min_size=1, max_size=20).map(" ".join))
def test_plain_words_are_left_alone(text: str) -> None:
    assert spoken(text) == text


def test_other_languages_keep_their_numbers() -> None:
    assert spoken("**5 kg** um 9:30, Nr. 3", english=False) == "5 kg um 9:30, Nr. 3"
