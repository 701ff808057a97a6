"""Recorded steps of a decoder, without a GPU: fixed buffers give the tokens that the growing cache gives."""

from dataclasses import replace

import pytest
import torch

from decoder.captioners import CaptionSteps, greedy
from decoder.config import DecoderConfig
from decoder.generate import Generation, Session
from decoder.graphs import Steps
from decoder.sampling import Sampling
from decoder.text import TextDecoder
from kernels.layers import MemoryConfig
from kernels.static_cache import StaticCache
from tests.tape import Tape

LLAMA = DecoderConfig(
    vocabulary=97, width=32, layers=2, heads=4, key_value_heads=2, hidden=48, max_positions=64, query_key_norm=True,
    attention_bias=True,
)  # fmt: skip
WHISPER = DecoderConfig(
    vocabulary=97, width=32, layers=2, heads=4, hidden=64, max_positions=64, positions="learned", norm="layer",
    activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
    memories=(MemoryConfig("audio", (0, 1)),),
)  # fmt: skip
WHISPER_SEES = replace(WHISPER, memories=(MemoryConfig("vision", (0, 1)),))
MLLAMA = replace(
    LLAMA, layers=3, extra_tokens=8, query_key_norm=False, attention_bias=False,
    memories=(MemoryConfig("vision", (1,), gated=True, alone=True, query_key_norm=True, blind_attends=True),),
)  # fmt: skip
GEMMA = replace(
    LLAMA, branch_norm=True, window=5, window_layers=(0,), window_theta=100.0, attention_scale=0.3,
    embedding_scale=4.0,
)  # fmt: skip
CONFIGS = pytest.mark.parametrize(
    "config", [LLAMA, WHISPER, MLLAMA, GEMMA], ids=["llama", "whisper", "mllama", "gemma"]
)
PROMPT = [5, 6, 7, 8, 9, 10]


def build(config: DecoderConfig) -> TextDecoder:
    torch.manual_seed(1)
    model = TextDecoder(replace(config, tied=False))
    for name, value in model.named_parameters():
        if name.endswith("gate"):
            torch.nn.init.constant_(value, 0.7)
        elif value.dim() == 2:
            torch.nn.init.normal_(value, std=0.3)  # as drawn for training, a text soon repeats one token
    return model.eval().requires_grad_(False)


def memory_for(model: TextDecoder, seed: int = 3):
    config = model.config
    if not config.memories:
        return None
    draw = torch.Generator().manual_seed(seed)
    memory = model.remember(torch.randn(1, 9, config.width, generator=draw))
    if config.memories[0].kind == "vision":
        seen = torch.rand(1, len(PROMPT), 9, generator=draw) > 0.4
        return replace(memory, seen_BTS=seen)
    return replace(memory, lengths_B=torch.tensor([6 + seed % 3]))


def plainly(model: TextDecoder, count: int, memory) -> tuple[list[int], torch.Tensor]:
    """Tokens by the growing cache, and the last logits."""
    cache, step, tokens = model.new_cache(1, 64), PROMPT, []
    for _ in range(count):
        logits_V = model(torch.tensor([step]), cache, memory)[0, -1]
        tokens.append(int(logits_V.argmax()))
        step = tokens[-1:]
    return tokens, logits_V


def stepped(model: TextDecoder, count: int, memory, recorder) -> tuple[list[int], torch.Tensor]:
    cache = model.new_cache(1, 40)
    first = int(model(torch.tensor([PROMPT]), cache, memory)[0, -1].argmax())
    steps = Steps(model, cache, memory, recorder=recorder)
    steps.feed(first)
    tokens = [first, *(int(chosen[0, 0]) for chosen in steps.ahead(count - 1))]
    return tokens, steps.logits_BV[0]


@CONFIGS
@torch.inference_mode()
def test_recorded_steps_give_the_tokens_of_the_growing_cache(config):
    model, tape = build(config), Tape()
    memory = memory_for(model)
    want, logits_V = plainly(model, 8, memory)
    got, last_V = stepped(model, 8, memory, tape)
    assert got == want and len(set(want)) > 2
    torch.testing.assert_close(last_V, logits_V, atol=1e-4, rtol=1e-4)
    assert tape.taken == 1 and tape.played == 7
    assert stepped(model, 8, memory, None)[0] == want  # not recorded: the same


@torch.inference_mode()
def test_recorded_steps_serve_another_text_and_memory_of_the_same_shape():
    model, tape = build(WHISPER), Tape()
    cache = model.new_cache(1, 40)
    steps = None
    for seed in (3, 4):
        memory = memory_for(model, seed)
        cache.truncate(0)
        first = int(model(torch.tensor([PROMPT]), cache, memory)[0, -1].argmax())
        if steps is None:
            steps = Steps(model, cache, memory, recorder=tape)
        assert steps.remember(memory)
        steps.feed(first)
        got = [first, *(int(chosen[0, 0]) for chosen in steps.ahead(5))]
        assert got == plainly(model, 6, memory)[0]
    assert tape.taken == 1
    assert steps is not None and not steps.remember(model.remember(torch.randn(1, 8, 32)))


@torch.inference_mode()
def test_rows_of_different_length_keep_to_their_own_text():
    model, tape = build(LLAMA), Tape()
    texts = [[11, 12, 13], [21, 22, 23, 24, 25]]
    cache = model.new_cache(2, 24, padding_B=torch.tensor([2, 0]))
    first_B = model(torch.tensor([[0, 0, *texts[0]], texts[1]]), cache, last_only=True)[:, -1].argmax(-1)
    steps = Steps(model, cache, recorder=tape)
    steps.feed(first_B)
    rows = torch.stack([first_B, *(chosen[0].long() for chosen in steps.ahead(5))], 1).tolist()
    for text, row in zip(texts, rows, strict=True):
        alone = model.new_cache(1, 24)
        step = text
        for token in row:
            assert int(model(torch.tensor([step]), alone)[0, -1].argmax()) == token
            step = [token]


def test_a_session_writes_the_same_text_recorded_and_interleaved():
    model, tape = build(LLAMA), Tape()
    plain, quick = Session(model), Session(model, recorder=tape)
    want = list(Generation(PROMPT, (), 16).run(plain))
    assert list(Generation(PROMPT, (), 16).run(quick)) == want
    first, other = Generation(PROMPT, (), 12).run(quick), Generation([3, 4], (), 8).run(quick)
    mixed = [(next(first), next(other)) for _ in range(8)]
    assert [a for a, _ in mixed] == want[:8]
    assert [b for _, b in mixed] == list(Generation([3, 4], (), 8).run(plain))
    drawn = Generation(PROMPT, (), 12, Sampling(temperature=1.0, seed=4))
    assert list(drawn.run(quick)) == list(drawn.run(plain))
    assert list(Generation(PROMPT, (want[4],), 16).run(quick)) == want[: want.index(want[4])]


def test_a_session_ends_at_the_last_position():
    model = build(replace(LLAMA, max_positions=20))
    want = list(Generation(PROMPT, (), 99).run(Session(model)))
    assert list(Generation(PROMPT, (), 99).run(Session(model, recorder=Tape()))) == want
    assert len(want) == 20 - len(PROMPT)


def test_a_captioner_says_the_same_recorded():
    model, tape = build(MLLAMA), Tape()
    with torch.inference_mode():
        memory = memory_for(model)
        want = list(greedy(model, PROMPT, memory, (), 8))
        assert list(greedy(model, PROMPT, memory, (), 8, recorder=tape)) == want
        assert list(greedy(model, PROMPT, memory, {want[5]}, 8, recorder=tape)) == want[: want.index(want[5])]


def test_a_captioner_records_its_steps_once_for_all_pictures_of_a_shape():
    model, tape, kept = build(WHISPER_SEES), Tape(), CaptionSteps()
    for seed in (3, 4):
        memory = model.remember(torch.randn(1, 9, 32, generator=torch.Generator().manual_seed(seed)), kind="vision")
        want = list(greedy(model, PROMPT, memory, (), 8))
        assert list(greedy(model, PROMPT, memory, (), 8, recorder=tape, kept=kept)) == want
        begun = greedy(model, PROMPT, memory, (), 8, recorder=tape, kept=kept)
        assert [next(begun), next(begun)] == want[:2]
        if seed == 3:
            begun.close()  # somebody stopped it
    assert tape.taken == 1
    assert list(greedy(model, PROMPT, memory, (), 8, recorder=tape, kept=kept)) == want  # beside one that is under way
    assert [*want[:2], *begun] == want and tape.taken == 2
    begun.close()
    assert list(greedy(model, PROMPT[:2], memory, (), 3, recorder=tape, kept=kept)) == list(
        greedy(model, PROMPT[:2], memory, (), 3)
    )
    assert tape.taken == 2


class Refuses:
    """A recorder whose device can't."""

    def record(self, work, prepare):
        prepare()
        work()
        raise RuntimeError("operation not permitted when stream is capturing\nand more")


@torch.inference_mode()
def test_steps_go_on_unrecorded_where_recording_fails_and_say_so_once(caplog):
    model = build(LLAMA)
    assert stepped(model, 6, None, Refuses())[0] == plainly(model, 6, None)[0]
    assert [record.message for record in caplog.records] == [
        "Steps are not recorded and go slower: operation not permitted when stream is capturing and more"
    ]


@torch.inference_mode()
def test_a_step_that_waits_for_the_device_is_not_recorded(caplog):
    model = build(LLAMA)

    class Waits:
        state = ()

        def __call__(self, logits_BV):
            token = int(logits_BV[0].argmax())
            return torch.tensor([token]), logits_BV[:, 0]

    cache = model.new_cache(1, 16)
    model(torch.tensor([PROMPT]), cache)
    steps = Steps(model, cache, choice=Waits(), recorder=Tape())
    steps.run()
    assert "waits for the device" in caplog.text


@torch.inference_mode()
def test_a_full_cache_refuses_a_step_and_a_view_refuses_what_only_the_cache_can():
    model = build(LLAMA)
    cache = model.new_cache(1, len(PROMPT))
    model(torch.tensor([PROMPT]), cache)
    steps = Steps(model, cache)
    assert not steps.room and list(steps.ahead(3)) == []
    with pytest.raises(ValueError, match="7 tokens do not fit a cache of 6"):
        steps.run()
    view = StaticCache(cache)
    for refused in (lambda: view.snapshot(2), lambda: view.repeat(2), lambda: view.reorder(torch.tensor([0]))):
        with pytest.raises(ValueError, match="cache"):
            refused()
    with pytest.raises(ValueError, match="batch 2 is not"):
        view.store(0, torch.zeros(2, 2, 1, 8), torch.zeros(2, 2, 1, 8))
    with pytest.raises(ValueError, match="float64 is not"):
        view.store(0, torch.zeros(1, 2, 1, 8).double(), torch.zeros(1, 2, 1, 8).double())
