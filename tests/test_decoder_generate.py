"""Tokeniser, sampling, the loop, grammars: a tiny model where the loop is under test, the real vocabulary for text."""

import json
import re

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import models, tools
from decoder.config import DecoderConfig
from decoder.constrained import Grammars
from decoder.generate import Generation, Session, until
from decoder.gguf import GGUF
from decoder.sampling import Sampler, Sampling
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from kernels.errors import UserError


@pytest.fixture(scope="module")
def file():
    return GGUF(models.files("smollm2-135m")["weights"])


@pytest.fixture(scope="module")
def tokenizer(file):
    return ChatTokenizer(file)


@pytest.fixture(scope="module")
def babbler(tokenizer):
    """A tiny random model over the real vocabulary: it says nothing sensible, so only a grammar can make it parse."""
    torch.manual_seed(0)
    config = DecoderConfig(
        vocabulary=tokenizer.vocabulary, width=32, layers=1, heads=2, hidden=32, max_positions=2048, positions="rope"
    )
    return TextDecoder(config).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def grammars(tokenizer):
    return Grammars(tokenizer, tokenizer.vocabulary, max(tokenizer.end_ids))


TEXTS = [
    "Hello world! It's 12345 o'clock.\n\n  two  spaces\tTab",
    "Grüße 👋🏽 日本語 العربية",
    "   ",
    "don't YOU'LL 3.14",
    "def f(x):\n    return x**2\n",
    "e\u0301 \u200d \x00 \x7f",
]


def test_tokens_equal_transformers(file, tokenizer):
    transformers = pytest.importorskip("transformers")
    path = models.files("smollm2-135m")["weights"]
    theirs = transformers.AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    for text in TEXTS:
        assert tokenizer.encode(text) == theirs.encode(text, add_special_tokens=False)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi\n there"}]
    rendered = theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert tokenizer.render(messages) == rendered


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(
        st.characters(max_codepoint=0x1FFFF, exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=60
    )
)
def test_any_text_survives_and_streams_whole_characters(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == tokenizer.plain(text)
    pieces = list(tokenizer.stream(iter(ids)))
    assert "".join(pieces) == tokenizer.plain(text)
    assert "\ufffd" in text or not any("\ufffd" in piece for piece in pieces)


def test_bad_vocabularies_are_refused(file):
    def changed(**values):
        other = object.__new__(GGUF)
        other.__dict__.update(
            file.__dict__, metadata=file.metadata | {f"tokenizer.ggml.{k}": v for k, v in values.items()}
        )
        return other

    for values, message in (
        ({"model": "llama"}, "not byte-level"),
        ({"pre": "unheard-of"}, "unheard-of"),
        ({"merges": ["a b c"]}, "merges"),
        ({"merges": ["nonsense-one nonsense-two"]}, "merges"),
        ({"tokens": ["a", "a"]}, "twice"),
        ({"eos_token_id": 10**6}, "eos"),
        ({"tokens": None}, "tokens"),
    ):
        with pytest.raises(UserError, match=message):
            ChatTokenizer(changed(**values))


def test_a_template_cannot_reach_the_machine(file):
    other = object.__new__(GGUF)
    for template in (
        "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ messages.append(1) }}", "{{ raise_exception('no') }}",
        "{% if %}",
    ):  # fmt: skip
        other.__dict__.update(file.__dict__, metadata=file.metadata | {"tokenizer.chat_template": template})
        with pytest.raises(UserError, match="template"):
            ChatTokenizer(other).render([{"role": "user", "content": "x"}])


def test_sampling():
    logits = torch.tensor([0.0, 3.0, 2.0, 1.0])
    assert Sampler(Sampling())(logits) == 1
    drawn = [Sampler(Sampling(temperature=1.0, top_k=2, seed=seed))(logits) for seed in range(200)]
    assert set(drawn) == {1, 2}
    assert 100 < drawn.count(1) < 180  # 146 expected
    assert {Sampler(Sampling(temperature=1.0, top_p=0.6, seed=seed))(logits) for seed in range(50)} == {1}
    for wrong in ({"temperature": -1}, {"temperature": float("nan")}, {"top_p": 0}, {"top_k": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Sampling(**wrong)


def test_prompt_reuse_changes_nothing(babbler):
    warm = Session(babbler)
    prompts = [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6], [1, 2, 9], [1, 2, 3, 4], [7], list(range(1, 400)), [1, 2, 3]]
    for prompt in prompts:
        assert list(Generation(prompt, (), 8).run(warm)) == list(Generation(prompt, (), 8).run(Session(babbler)))
    with pytest.raises(ValueError, match="tokens"):
        warm.next_logits([])
    with pytest.raises(ValueError, match="2048 positions"):
        warm.next_logits([1] * 2049)


def test_scores_of_branches_equal_scores_one_by_one(babbler):
    session, prompt = Session(babbler), [5, 6, 7]
    branches = [[8], [8, 9, 10], [11, 12]]
    together = session.score(prompt, branches)
    for branch, score in zip(branches, together, strict=True):
        with torch.inference_mode():
            logits = babbler(torch.tensor([prompt + branch]))[0, len(prompt) - 1 : -1].log_softmax(-1)
        want = float(logits.gather(1, torch.tensor(branch)[:, None]).mean())
        assert score == pytest.approx(want, abs=1e-4)
    assert list(Generation(prompt, (), 5).run(session)) == list(Generation(prompt, (), 5).run(Session(babbler)))


@settings(max_examples=100, deadline=None)
@given(
    pieces=st.lists(st.text("ab", max_size=3), max_size=8),
    stops=st.lists(st.text("ab", min_size=1, max_size=3), max_size=2),
)
def test_stop_strings(pieces, stops):
    whole = "".join(pieces)
    got = "".join(until(iter(pieces), stops))
    assert whole.startswith(got)
    assert not any(stop in got for stop in stops)
    assert (got == whole) == (not any(stop in whole for stop in stops))


# this vocabulary has no token for the first byte of signs from U+40000 on, none of which is assigned
signs = st.characters(max_codepoint=0x1FFFF, exclude_categories=["Cs"])
values = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "integer", "minimum": -99, "maximum": 99}),
    st.just({"type": "string", "maxLength": 6}),
    st.lists(st.text(signs, max_size=5), min_size=1, max_size=3).map(lambda words: {"enum": words}),
)
schemas = st.dictionaries(st.text("abcé ", min_size=1, max_size=4), values, min_size=1, max_size=3).map(
    lambda properties: {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=schemas, seed=st.integers(0, 99))
def test_every_constrained_sample_parses(babbler, tokenizer, grammars, schema, seed):
    sampling = Sampling(temperature=1.0, seed=seed)
    generation = Generation([1, 2], tokenizer.end_ids, 200, sampling, grammars.from_schema(schema))
    value = json.loads(tokenizer.decode(generation.run(Session(babbler))))
    assert generation.finished
    assert set(value) == set(schema["properties"])
    for name, rule in schema["properties"].items():
        assert value[name] in rule["enum"] if "enum" in rule else isinstance(
            value[name], {"boolean": bool, "integer": int, "string": str}[rule["type"]]
        )  # fmt: skip


def test_forced_tokens_cost_no_step(babbler, tokenizer, grammars):
    session = Session(babbler)
    grammar = grammars.from_lark('start: "The answer to every question is " ("yes" | "no") ", as you know."')
    ids = list(Generation([1], tokenizer.end_ids, 100, Sampling(), grammar).run(session))
    assert re.fullmatch("The answer to every question is (yes|no), as you know.", tokenizer.decode(ids))
    assert session.steps <= 3 < len(ids)


class Counting:
    """A grammar that counts the tokens it forced."""

    def __init__(self, grammar):
        self._grammar, self.count = grammar, 0

    def __getattr__(self, name):
        return getattr(self._grammar, name)

    def forced(self):
        tokens = self._grammar.forced()
        self.count += len(tokens)
        return tokens


def test_under_a_tools_schema_only_chosen_tokens_cost_a_step(babbler, tokenizer, grammars):
    schema = tools.load()["set_reminder"].parameters
    short = {name: rule | {"maxLength": 9} for name, rule in schema["properties"].items()}  # a babbler never ends
    schema = {**schema, "properties": short}
    session, grammar = Session(babbler), Counting(grammars.from_schema(schema))
    sampling = Sampling(temperature=1.0, seed=4)
    ids = list(Generation([1, 2], tokenizer.end_ids, 300, sampling, grammar).run(session))
    forced = sum(token not in tokenizer.end_ids for token in ids) - session.steps
    assert grammar.count >= len(schema["properties"]) * 2  # names and signs at the least
    assert forced == grammar.count or forced == grammar.count - 1  # the last step may choose the end
    assert set(json.loads(tokenizer.decode(ids))) <= set(schema["properties"])


def test_wrong_grammars_are_named(grammars):
    with pytest.raises(UserError, match="grammar"):  # no token begins U+40000
        grammars.from_schema({"enum": ["\U00040000"]}).forced()
        grammars.from_schema({"enum": ["\U00040000"]}).allow(torch.zeros(49152))
    with pytest.raises(ValueError, match="schema"):
        grammars.from_schema({"type": "nonsense"})
    with pytest.raises(ValueError, match="grammar"):
        grammars.from_lark("start: (((")
    with pytest.raises(ValueError, match="grammar"):
        grammars.from_lark("x" * (1 << 21))
