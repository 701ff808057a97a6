"""What words mean: the first sense first, inflected forms, near spellings, and a dictionary that can't be read."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.phrases import dictionary
from assistant.phrases.dictionary import define, near
from assistant.tools import load
from assistant.tools.base import ToolContext, ToolResult
from kernels.errors import UserError


def ask(word: str) -> ToolResult:
    nothing: Any = SimpleNamespace()
    return load()["define_word"](ToolContext(nothing, nothing, lambda: nothing), word=word)


def test_the_first_sense_is_said_and_more_has_the_rest() -> None:
    result = ask("frugal")
    assert result.text == "Frugal, adjective: avoiding waste."
    assert '"a frugal farmer"' in result.more and "economical" in result.more
    many = ask("run")
    assert many.text.startswith("Run, verb: move fast by using one's feet")
    assert "2, verb: " in many.more and "more senses" in many.more


@pytest.mark.parametrize(
    ("form", "base", "part"),
    [
        ("mice", "mouse", "noun"),
        ("went", "go", "verb"),
        ("running", "run", "verb"),
        ("stories", "story", "noun"),
        ("happier", "happy", "adjective"),
        ("glasses", "glasses", "noun"),
        ("meeting", "meeting", "noun"),
        ("colour", "colour", "noun"),
        ("ice cream", "ice cream", "noun"),
        ("Café", "cafe", "noun"),
    ],
)
def test_forms_find_their_word(form: str, base: str, part: str) -> None:
    entry = define(form)
    assert entry is not None and (entry.word, entry.senses[0].part) == (base, part)


def test_the_whole_question_may_stand_in_the_argument() -> None:
    assert ask("what does frugal mean?").text == "Frugal, adjective: avoiding waste."
    assert ask("the meaning of the word mice").text.startswith("Mice, from mouse, noun: ")


def test_a_form_of_two_words_names_both() -> None:
    entry = define("leaves")
    assert entry is not None and {entry.word, *entry.also} >= {"leave", "leaf"}


def test_an_unknown_word_is_said_with_near_spellings() -> None:
    assert ask("nessecary").text == "nessecary is not in my dictionary. Did you mean necessary or nectary?"
    assert near("recieve")[0] == "receive" and near("photosynthsis")[0] == "photosynthesis"
    result = ask("blorptious")
    assert not result.found and result.text == "blorptious is not in my dictionary."
    assert ask(" ").data["needs"] == "word"
    assert define("x" * 500) is None and define("';--") is None


def test_the_file_names_its_licence_and_keeps_its_size() -> None:
    assert dictionary.FILE.stat().st_size < 15_000_000
    with sqlite3.connect(dictionary.FILE) as file:
        about = dict(file.execute("SELECT name, said FROM about"))
    assert "Princeton University" in about["licence"] and "Permission to use, copy" in about["licence"]


def test_a_missing_dictionary_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "FILE", tmp_path / "none.sqlite3")
    dictionary._database.cache_clear()
    try:
        with pytest.raises(UserError, match="dictionary can't be read"):
            ask("frugal")
    finally:
        dictionary._database.cache_clear()
