"""Tokens that are given to the search beforehand: decided ones stay, drafts only save steps."""

from pathlib import Path

import pytest
import torch

from assistant import hearing
from decoder.whisper_search import Decoded
from encoders.audio_input import log_mel, read_sound


@pytest.fixture(scope="module")
def parts(speech: Path) -> tuple:
    tiny = hearing.load("tiny.en")
    memory = tiny.memories.full(log_mel(read_sound(speech / "austen-0870.wav"))[:, :, :-1])
    prompt = tiny.tokens.prompt("en", False, tiny.tokens.encode(" He was not an ill-disposed young man."))
    return tiny, memory, prompt, tiny.search.search(memory, prompt)


def _same(one: Decoded, other: Decoded) -> None:
    assert one.tokens == other.tokens and one.looped == other.looped
    assert one.mean_logprob == pytest.approx(other.mean_logprob, abs=1e-3)
    assert one.no_speech == pytest.approx(other.no_speech, abs=1e-4)
    torch.testing.assert_close(torch.tensor(one.logprobs), torch.tensor(other.logprobs), atol=5e-3, rtol=0)


def test_a_draft_never_changes_the_result(parts: tuple) -> None:
    tiny, memory, prompt, plain = parts
    tokens, steps = list(plain.tokens), []
    hidden = tiny.decoder.hidden
    wrong = [*tokens[:6], 5, *tokens[7:]]
    drafts = {"whole": tokens, "half": tokens[:9], "wrong in the middle": wrong, "wrong at once": [5, 6, 7],
              "longer": [*tokens, 5, 6], "endless": tokens * 30}  # fmt: skip
    try:
        tiny.decoder.hidden = lambda *inputs: (steps.append(1), hidden(*inputs))[1]
        for name, draft in drafts.items():
            steps.clear()
            _same(tiny.search.search(memory, prompt, draft=draft), plain)
            assert len(steps) == {"whole": 1, "half": len(tokens) - 8, "longer": 1, "endless": 1}.get(name, len(steps))
            assert len(steps) <= len(tokens) + 1
    finally:
        tiny.decoder.hidden = hidden
    assert tiny.search.search(memory, prompt, beam=2, draft=tokens) == tiny.search.search(memory, prompt, beam=2)


def test_decided_tokens_stay_and_are_gone_on_from(parts: tuple) -> None:
    tiny, memory, prompt, plain = parts
    for length in (1, 8, len(plain.tokens)):
        decided = plain.tokens[:length]
        assert tiny.search.search(memory, prompt, prefix=decided).tokens == plain.tokens
        _same(tiny.search.search(memory, prompt, prefix=decided, draft=plain.tokens[length:]),
              tiny.search.search(memory, prompt, prefix=decided))  # fmt: skip
    other = [tiny.tokens.first_time, *tiny.tokens.encode(" And Mrs. John Dashwood")]
    assert tiny.search.search(memory, prompt, prefix=other).tokens[: len(other)] == tuple(other)
    with pytest.raises(ValueError, match="greedily"):
        tiny.search.search(memory, prompt, prefix=other, beam=2)
