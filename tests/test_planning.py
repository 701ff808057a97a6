"""Clauses, step choice, spans of time, arguments, answers from a text; damaged tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from assistant import language
from assistant.brains import tuned
from assistant.phrases.time_words import find_spans, find_times
from assistant.session import open_session
from assistant.steps.arguments import Material, Missing, fill
from assistant.steps.clause import Clause
from assistant.steps.close_calls import CloseCallChooser
from assistant.steps.extraction import Document, find_answer, find_name
from assistant.steps.planning import WEIGHTS, Fitted, FittedChooser, Situation, understand
from assistant.steps.utterance import split, tidy
from benchmarks.agent_rows import rows_of
from benchmarks.agent_run import Bench
from kernels.errors import UserError
from tests.test_agent import encode, encoder, shipped_chooser

MATERIAL = Material(encode)
LETTER = Document(
    (
        "Riverside Hospital",
        "Dear Mr Jones,",
        "Your appointment is on Tuesday 17 March 2026",
        "at 10:45 am with Dr Helen Marsh. Please bring your",
        "blue card.",
        "If you cannot come, ring 0171 445 9021.",
        "Yours sincerely,",
        "Karen Whitfield",
    )
)
BILL = Document.of({"text": "HARBOUR CAFE\nSoup 6.00\nTea 2.50\nSubtotal 8.50\nVAT 1.70\nTOTAL 10.20"})
LABEL = Document.of(
    {"text": "Amoxicillin 500 mg capsules\nTake ONE capsule THREE times a day\nUse by 03/2027\nMrs A Patel"}
)


@pytest.mark.parametrize(
    ("request_", "clauses"),
    [
        ("read this and remind me the day before at noon", ["read this", "remind me the day before at noon"]),
        ("um could you please uh tell me the time", ["tell me the time"]),
        ("remind me to call Tom and read his letter", ["remind me to call Tom and read his letter"]),
        ("remind me to buy bread and milk at five", ["remind me to buy bread and milk at five"]),
        ("set a timer for five no ten minutes please", ["set a timer for ten minutes"]),
        ("what's the total and add it to my notes", ["what's the total", "add it to my notes"]),
        ("note that Dr. Smith called and set a timer for ten minutes",
         ["note that Dr. Smith called", "set a timer for ten minutes"]),
        ("I see the dentist on Monday at two, remind me an hour before",
         ["I see the dentist on Monday at two, remind me an hour before"]),
        ("set an alarm, no sorry, set a timer for three minutes", ["set a timer for three minutes"]),
    ],
)  # fmt: skip
def test_a_request_is_cut_where_a_new_wish_begins(request_, clauses):
    assert [clause.words for clause in split(request_)] == clauses


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_cut_without_a_fault(text):
    for clause in split(text):
        assert clause.words.strip()
    assert isinstance(tidy(text), str)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("call the dentist tomorrow at ten", ["tomorrow at ten"]),
        ("the day before at noon", ["the day before at noon"]),
        ("on thursday evening take the bins out", ["on thursday evening"]),
        ("two days before it's due at nine in the morning", ["two days before it's due at nine in the morning"]),
        ("buy two eggs for five people", []),
        ("ring at half past ten tomorrow", ["at half past ten tomorrow"]),
    ],
)
def test_times_are_found_in_the_words(text, times):
    assert [time.words for time in find_times(text)] == times


def test_lengths_of_time_are_found():
    assert [span.words for span in find_spans("an hour and a half, then ten minutes")] == [
        "an hour and a half",
        "ten minutes",
    ]


@pytest.mark.parametrize(
    ("tool", "words", "filled"),
    [
        ("set_reminder", "remind me about the 3 pm meeting at noon", {"text": "the 3 pm meeting", "when": "at noon"}),
        ("set_reminder", "remind me at nine to call the bank", {"text": "call the bank", "when": "at nine"}),
        ("set_reminder", "remind me to buy a card for the 12th of march on the tenth at 9 am",
         {"text": "buy a card for the 12th of march", "when": "on the tenth at 9 am"}),
        ("start_timer", "set a ten minute pasta timer", {"duration": "ten minute", "name": "pasta"}),
        ("add_note", "add milk and eggs to my shopping list", {"text": "Shopping list: milk and eggs"}),
        ("remember", "the door code is 2580 please remember it", {"fact": "the door code is 2580"}),
        ("convert_units", "how many grams are in three ounces", {"quantity": "three ounces", "unit": "grams"}),
        ("find_in_picture", "is there a cup on the table", {"thing": "cup"}),
        ("spell", "how do you spell necessary", {"what": "necessary"}),
        ("cancel_reminder", "delete the reminder about the bins", {"which": "the bins"}),
    ],
)  # fmt: skip
def test_arguments_are_the_users_own_words(tool, words, filled):
    assert fill(tool, words, MATERIAL) == filled


@pytest.mark.parametrize(
    ("tool", "words"), [("set_reminder", "remind me"), ("start_timer", "set a timer"), ("add_note", "take a note")]
)
def test_what_is_missing_is_asked_for(tool, words):
    missing = fill(tool, words, MATERIAL)
    assert isinstance(missing, Missing) and missing.question.endswith("?")


@pytest.mark.parametrize(
    ("document", "question", "passage"),
    [
        (
            LETTER,
            "when is my appointment",
            "Your appointment is on Tuesday 17 March 2026 at 10:45 am with Dr Helen Marsh.",
        ),
        (LETTER, "what do i need to bring", "Please bring your blue card."),
        (LETTER, "what number do i ring if i can't come", "If you cannot come, ring 0171 445 9021."),
        (BILL, "how much is the total", "TOTAL 10.20"),
        (BILL, "how much was the soup", "Soup 6.00"),
        (LABEL, "how many should i take a day", "Take ONE capsule THREE times a day"),
        (LABEL, "is it still good", "Use by 03/2027"),
    ],
)
def test_answers_are_verbatim_passages(document, question, passage):
    found = find_answer(document, question, encode)
    assert found is not None and found.text == passage


@pytest.mark.parametrize(
    "question", ["what does it say about parking", "who won the match", "does it mention penguins"]
)
def test_what_the_text_does_not_say_is_not_answered(question):
    assert find_answer(LETTER, question, encode) is None


def test_names_in_a_text():
    assert find_name(LETTER, "the name of the doctor", encode) == "Dr Helen Marsh"
    assert find_answer(Document.of({}), "when is it", encode) is None


def test_the_chooser_takes_the_picture_into_account():
    chooser = FittedChooser(encode)
    with_picture = understand("when is my appointment", Situation(has_picture=True), chooser)
    without = understand("when is my appointment", Situation(), chooser)
    assert with_picture[0].label == "ask_text"
    assert without[0].label != "ask_text"
    assert understand("", Situation(), chooser) == []


def test_probabilities_sum_to_one_and_are_sorted():
    (ranked,) = FittedChooser(encode).rank([Clause("spell that")], Situation())
    chances = [chance for _, chance in ranked]
    assert abs(sum(chances) - 1) < 1e-4 and chances == sorted(chances, reverse=True)


def test_a_damaged_table_is_named(tmp_path):
    (tmp_path / "empty.safetensors").write_bytes(b"not a table")
    with pytest.raises(UserError, match=r"empty\.safetensors"):
        Fitted.read(tmp_path / "empty.safetensors")
    table = Fitted.read(WEIGHTS)
    save_file({"weight": table.weight_FL[:, :-1].copy(), "bias": table.bias_L}, tmp_path / "cut.safetensors",
              metadata={"labels": " ".join(table.labels)})  # fmt: skip
    with pytest.raises(UserError, match="wrong shape"):
        Fitted.read(tmp_path / "cut.safetensors")
    assert np.isfinite(table.weight_FL).all()


def test_the_written_requests_without_pictures_stay_right():
    rows = [row for row in rows_of("tuned") if not row.get("picture")][::3]
    bench = Bench(older=True)
    judged = [one for row in rows if (one := bench.run(row))]
    assert sum(bool(one.marks["tools"]) for one in judged) >= 0.95 * len(judged)
    assert sum(bool(one.marks["success"]) for one in judged) >= 0.9 * len(judged)


class Ranked:
    def __init__(self, *chances: float) -> None:
        self.chances = chances

    def rank(self, clauses, situation):
        return [list(zip(("recall", "search_notes", "chat"), self.chances, strict=True)) for _ in clauses]


class Opinion:
    """Stands for the language model: says that the second label fits."""

    def expect(self, messages):
        return False

    def choose(self, messages, options):
        return [-3.0, -0.1, -3.0] if "who told" in messages[0]["content"] else [-1.1] * len(options)


def test_the_language_model_decides_close_calls_and_only_those():
    def missing():
        raise UserError("No model.", "Get one.")

    clause = [Clause("who told me that")]
    close, clear = Ranked(0.4, 0.35, 0.25), Ranked(0.8, 0.15, 0.05)
    assert CloseCallChooser(close, Opinion).rank(clause, Situation())[0][0][0] == "search_notes"
    assert CloseCallChooser(clear, missing).rank(clause, Situation())[0][0] == ("recall", 0.8)
    assert CloseCallChooser(close, missing).rank(clause, Situation())[0][0] == ("recall", 0.4)
    chances = [chance for _, chance in CloseCallChooser(close, Opinion).rank(clause, Situation())[0]]
    assert abs(sum(chances) - 1) < 1e-6


@pytest.mark.parametrize(
    ("asked", "is_tuned", "kind"),
    [(False, True, FittedChooser), (True, False, CloseCallChooser), (True, True, FittedChooser)],
)
def test_the_language_model_weighs_steps_only_where_the_settings_say_so(home, monkeypatch, asked, is_tuned, kind):
    monkeypatch.setenv("ANTIGONE_WEIGH_STEPS", str(asked).lower())
    monkeypatch.setattr(tuned, "serves", lambda name: is_tuned)
    monkeypatch.setattr(language, "load", lambda *_, **__: pytest.fail("a clear request loaded the language model"))
    with open_session() as session:
        assert isinstance(session.chooser, kind)
        assert (session._brain is not None) == (asked and is_tuned)
        assert session.chooser.rank([Clause("spell that")], Situation())[0][0][0] == "spell"


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("who am i", "who_am_i"),
        ("make a note that my heart rate is 92", "add_note"),
        ("make a note the interest rate changed", "add_note"),
        ("what is the net weight", "ask_text"),
        ("what's the net weight on this tin", "ask_text"),
        ("go to example.net", "fetch_page"),
        ("remember that my bank is online", "remember"),
        ("look up train times online", "web_search"),
        ("turn the speech rate up", "change_setting"),
    ],
)
def test_a_telling_word_counts_only_where_it_tells(words, label):
    assert understand(words, Situation(has_document=True), shipped_chooser())[0].label == label
    if label == "ask_text":
        assert understand(words, Situation(), shipped_chooser())[0].label == label


def test_whom_i_am_seeing_is_not_who_i_am_and_a_note_sets_nothing():
    assert understand("who am i seeing", Situation(has_document=True), shipped_chooser())[0].label == "ask_text"
    words = "make a note that my heart rate is 92"
    assert isinstance(fill("change_setting", words, Material(encode=encode)), Missing)


def test_a_damaged_or_missing_tagger_leaves_the_word_to_the_rules(tmp_path):
    from assistant.steps.tagging import StepTagger

    damaged = tmp_path / "tagger.safetensors"
    save_file({"heads.begin.weight": np.zeros((1, 384), dtype=np.float32)}, damaged, {"format": "another"})
    for path in (damaged, tmp_path / "none.safetensors"):
        tagger = StepTagger(encoder, path)
        with pytest.raises(UserError, match="safetensors"):
            tagger.begins("what time is it", Situation())
        found = understand("what time is it and what's the date", Situation(), FittedChooser(encode, tagger=tagger))
        assert [intent.label for intent in found] == ["tell_time", "tell_date"]


@pytest.mark.parametrize("fault", ["base", "more", "low"])
def test_a_tagger_of_other_weights_or_layers_is_refused(tmp_path, fault):
    from safetensors import safe_open

    from assistant.steps.tagging import WEIGHTS as TAGGER
    from assistant.steps.tagging import StepTagger

    with safe_open(TAGGER, framework="np") as file:
        said, tensors = dict(file.metadata()), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if fault == "base":
        said["base_sha256"] = "0" * 64
    elif fault == "more":
        tensors["heads.more"] = np.zeros(1, dtype=np.float32)
    else:
        tensors = {name.replace("blocks.3.", "blocks.6."): part for name, part in tensors.items()}
    save_file(tensors, tmp_path / "tagger.safetensors", said)
    with pytest.raises(UserError, match=r"trained on other weights|its tensors"):
        StepTagger(encoder, tmp_path / "tagger.safetensors").begins("what time is it", Situation())
