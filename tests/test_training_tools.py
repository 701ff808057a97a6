"""The generator of training requests: spans, plans, seeds, the split, and the invented functions."""

import json
import random
import re

import pytest

from assistant.brains.wording import ARGUMENTS, END, SPLIT, parse_generic_call, parse_plan, render_functions
from training.tools import build, generic
from training.tools.functions import fill, functions
from training.tools.generate import make
from training.tools.grammar import Piece, Template, read_templates, render
from training.tools.noise import hesitant, misheard, text_of, typed, with_manners
from training.tools.overlap import counts, suite_keys

COUNT = 700


@pytest.fixture(scope="module")
def sides() -> tuple[list[build.Example], list[build.Example]]:
    return make(COUNT, seed=3, generic=0.3)


def _request(example: build.Example) -> str:
    inside = example.prompt.split("<|im_start|>user\n")[1].split("\n<|im_end|>")[0]
    return re.sub(r"^(?:\[picture\] )?(?:\[text\] )?", "", inside)


def test_every_argument_is_a_verbatim_span_and_every_plan_parses(
    sides: tuple[list[build.Example], list[build.Example]],
) -> None:
    own = [one for side in sides for one in side if one.mode == "own"]
    assert len(own) > COUNT / 2
    for example in own:
        calls = parse_plan(example.answer)
        assert tuple(name for name, _ in calls) == example.tools
        for _, arguments in calls:
            for value in arguments.values():
                assert value
                assert all(part in _request(example) for part in value.split(SPLIT)), example


def test_the_same_seed_gives_the_same_data_and_another_seed_others(
    sides: tuple[list[build.Example], list[build.Example]],
) -> None:
    again = make(COUNT, seed=3, generic=0.3)
    other = make(60, seed=4, generic=0.3)
    assert again == sides
    assert other[0] != again[0][: len(other[0])]


def test_no_phrasing_of_the_validation_side_is_trained_on(
    sides: tuple[list[build.Example], list[build.Example]],
) -> None:
    train, valid = ({part for one in side for part in one.template.split(" + ")} for side in sides)
    shared = {part for part in train & valid if part != "small talk"}
    assert valid
    assert not shared


def test_each_tool_and_what_is_no_tool_can_be_asked_for_on_the_training_side() -> None:
    asked = {name for template in build.templates(valid=False) for name in template.calls}
    assert asked == set(ARGUMENTS)


def test_all_phrasings_can_be_filled_and_name_arguments_that_their_tool_has() -> None:
    rng = random.Random(0)
    for template in read_templates():
        assert set(template.calls) <= set(ARGUMENTS), template
        for piece in render(template, rng, correction=0.5):
            assert not set("{}<>|") & set(piece.words), (template, piece)
            if piece.owner is not None:
                at, name = piece.owner
                assert name in ARGUMENTS[template.calls[at]], template


def test_a_phrasing_with_an_unknown_list_or_an_open_bracket_is_refused() -> None:
    rng = random.Random(0)
    with pytest.raises(ValueError, match=r"no list \[nothing\]"):
        render(Template("chat", "say {nothing}", ("chat",)), rng)
    with pytest.raises(ValueError, match="never closes"):
        render(Template("chat", "say (this|that", ("chat",)), rng)


def test_a_corrected_argument_is_what_was_said_last() -> None:
    rng = random.Random(5)
    template = Template("set_reminder", "remind me <when> to <text>", ("set_reminder",))
    pieces = render(template, rng, correction=1.0)
    call = build.plan_of(template.calls, pieces)[0]
    words = text_of(pieces)
    assert words.endswith(dict(call.arguments)["text"])
    assert len(words.split()) > 4 + sum(len(value.split()) for _, value in call.arguments)


def test_noise_changes_the_request_and_its_arguments_together() -> None:
    rng = random.Random(1)
    changed = 0
    for _ in range(200):
        pieces = [Piece("remind me to"), Piece("buy bread for tea", (0, "text")), Piece("at four", (0, "when"))]
        for noise in (with_manners, hesitant, misheard, typed):
            pieces = noise(pieces, rng)
        words = build.plain_quotes(text_of(pieces))
        said = dict(build.plan_of(("set_reminder",), pieces)[0].arguments)
        assert said["text"] in words
        assert said["when"] in words
        changed += said != {"text": "buy bread for tea", "when": "at four"}
    assert changed > 20


def test_a_split_argument_is_joined_in_the_order_it_was_said() -> None:
    pieces = [Piece("remind me"), Piece("tomorrow", (0, "when")), Piece("to"), Piece("call mum", (0, "text")),
              Piece("at three", (0, "when"))]  # fmt: skip
    call = build.plan_of(("set_reminder",), pieces)[0]
    assert call.arguments == (("text", "call mum"), ("when", f"tomorrow{SPLIT}at three"))


def test_generic_calls_give_required_arguments_of_a_listed_function_or_none(
    sides: tuple[list[build.Example], list[build.Example]],
) -> None:
    rows = [one for one in sides[0] if one.mode == "generic"]
    assert {one.kind for one in rows} >= {"none", "one of one", "one of several"}
    for example in rows:
        assert example.answer.endswith(END)
        name, arguments = parse_generic_call(example.answer)
        listed = dict(re.findall(r"^([\w.]+)\((.*)\) ", example.prompt, flags=re.M))
        if name in ("none", "done"):
            assert not arguments
            continue
        line = listed[name]
        required = [one for one in re.findall(r"(?:^|, )(\w+): ", line) if f'"{one}: ' not in line]
        assert set(required) <= set(arguments), example


def test_an_order_in_a_result_is_never_what_is_called_next() -> None:
    rng = random.Random(8)
    seen = 0
    for example in (generic._conversation(rng, False) for _ in range(150)):
        if example.kind.startswith("done, order"):
            seen += 1
            assert example.answer == f"done(){END}"
    assert seen > 5


def test_values_said_and_given_agree() -> None:
    rng = random.Random(2)
    for function in functions():
        for phrasing in function.phrasings:
            words, given = fill(function, phrasing, rng)
            kinds = {one.name: one.kind for one in function.parameters}
            required = {one.name for one in function.parameters if not one.optional}
            assert required <= set(given), (function.name, phrasing)
            assert not set("<>{}|") & set(words)
            for name, value in given.items():
                if kinds[name] == "str":
                    assert value in words
                elif kinds[name] == "bool":
                    assert isinstance(value, bool)
                elif kinds[name].endswith("[]"):
                    assert isinstance(value, list) and value
                json.dumps(value)


def test_the_listing_shows_each_parameter_on_one_line() -> None:
    schema = generic._schema(functions()[0], random.Random(0), "area")
    line = render_functions([schema])
    assert line.startswith("area(")
    assert "\n" not in line


def test_nothing_that_a_suite_asks_is_trained_on(sides: tuple[list[build.Example], list[build.Example]]) -> None:
    assert {"tuned", "tuned_pictures", "untouched"} <= set(suite_keys())
    assert sum(counts([one.words for side in sides for one in side]).values()) == 0
    assert counts(["What time is it?"])["tuned"] == 1
