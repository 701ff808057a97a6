"""Which printed line answers: the shipped reader on prints and everyday questions, and what is wrong with a file."""

from functools import lru_cache

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.session import _load_encoder
from assistant.steps.answers import MAY_BE, from_text
from assistant.steps.extraction import Document, find_answer
from assistant.steps.line_reader import TOKENS, LineReader, pairs
from assistant.steps.meanings import Meanings, chances_of
from kernels.errors import UserError
from tests.test_agent import NOW, encode, encoder


@lru_cache(maxsize=1)
def meanings() -> Meanings:
    return Meanings(_load_encoder)


BOILER = (
    "Kestrel Heating", "Annual boiler service", "Engineer: Lwazi", "Thursday 9 July, between 1 and 5 pm",
    "Please keep pets in another room", "Cost 84.00, pay the engineer", "To change the day ring 0117 496 0311",
)  # fmt: skip
ROTA = ("Kitchen rota", "Mon Early 6-2", "Tue Off", "Wed Late 2-10", "Thu Early 6-2", "Fri Off")
SYRUP = (
    "Linctus for dry coughs",
    "Two 5 ml spoonfuls, four times a day",
    "Mrs A Petrov",
    "Keep in the fridge",
    "Use before 08/2027",
)


ASKED = (
    (BOILER, "what am i to do with the dog", "pets"),
    (BOILER, "what'll it set me back", "84.00"),
    (BOILER, "what time are they turning up", "between 1 and 5"),
    (ROTA, "what have they got me on wednesday", "Wed Late"),
    (ROTA, "what am i doing tuesday", "Tue Off"),
    (SYRUP, "how much do i take", "5 ml"),
    (SYRUP, "whose is it", "Petrov"),
    (SYRUP, "what's this for", "coughs"),
    (SYRUP, "can i still take it", "08/2027"),
    (BOILER, "who's coming", "Lwazi"),
)
AT_LEAST = 7  # of these, which the reader has not learned from


def test_most_questions_in_other_words_than_the_print_find_their_line():
    found = [find_answer(Document(print_), question, meanings()) for print_, question, _ in ASKED]
    right = [one is not None and answer in one.text for one, (_, _, answer) in zip(found, ASKED, strict=True)]
    assert sum(right) >= AT_LEAST, [question for (_, question, _), good in zip(ASKED, right, strict=True) if not good]


def test_what_is_not_on_the_page_is_not_answered_with_another_line_as_if_it_were_sure():
    for question in ("who won the match", "what's the capital of peru", "how tall is the tower"):
        found = find_answer(Document(BOILER), question, meanings())
        assert found is None or not found.sure


def test_a_line_that_may_answer_is_said_with_its_doubt():
    document = Document(("Harvest supper", "Saturday in the hall", "Ring Ines about lifts"))
    asked = ("how might i get there", "who drives", "is there transport")
    said = [from_text(document, question, meanings(), NOW) for question in asked]
    for text, found in said:
        assert found is None or text.startswith("It says:" if found.sure else MAY_BE)
        assert found is None or found.sure or "Ring Ines about lifts" in text  # the rest of a short one is said too


def test_a_long_print_is_read_in_parts_and_each_line_has_its_chance():
    lines = [f"Row {number}: the usual words about nothing in particular" for number in range(120)]
    lines[100] = "Bins are emptied on Tuesdays"
    parts = pairs(encoder().tokenizer, "what day are the bins emptied", lines)
    assert len(parts) > 1
    assert max(len(part.ids) for part in parts) <= TOKENS
    assert sum(len(part.spans) for part in parts) == len(lines)
    read = chances_of(meanings(), "what day are the bins emptied", lines)
    assert read is not None
    assert int(np.argmax(read.lines)) == 100
    assert sum(read.lines) + read.none == pytest.approx(1.0, abs=1e-4)


def test_without_its_weights_the_rules_answer_alone(tmp_path):
    damaged = tmp_path / "lines.safetensors"
    save_file({"heads.line.weight": np.zeros((1, 384), dtype=np.float32)}, damaged, {"format": "another"})
    for path in (damaged, tmp_path / "none.safetensors"):
        with pytest.raises(UserError, match="safetensors"):
            LineReader(encoder, path).chances("when is it", ["Monday"])
    assert chances_of(encode, "when is it", ["Monday"]) is None
    assert chances_of(meanings(), "when is it", []) is None
    broken = Meanings(encoder)
    broken._reader = LineReader(encoder, damaged)
    found = find_answer(Document(("Bright Water", "Total to pay 41.20")), "how much do i owe", broken)
    assert found is not None
    assert "41.20" in found.text


def test_what_the_rules_of_a_kind_find_is_not_lost_where_the_reader_is_unsure():
    found = find_answer(
        Document(("Whole milk", "1 litre", "Use by 4 March", "Keep cold")), "when does it go off", meanings()
    )
    assert found is not None
    assert "4 March" in found.text


def test_whom_a_letter_is_from_is_nobody_whom_it_addresses():
    letter = Document(("Larch Homes", "Gas check", "Dear Mrs Quill,", "Our engineer calls on 3 May"))
    found = find_answer(letter, "who's it from, it came this morning", meanings())
    assert found is not None
    assert found.text == "Larch Homes"
