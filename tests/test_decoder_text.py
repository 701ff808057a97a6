"""The decoder's equivalences on tiny random models: cached = uncached, batched = single, memory, beams."""

import pytest
import torch

from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from kernels import dispatch
from kernels.layers import MemoryConfig

LLAMA = DecoderConfig(
    vocabulary=97, width=32, layers=2, heads=4, key_value_heads=2, hidden=48, max_positions=64, query_key_norm=True,
    attention_bias=True,
)  # fmt: skip
WHISPER = DecoderConfig(
    vocabulary=97, width=32, layers=2, heads=4, hidden=64, max_positions=64, positions="learned", norm="layer",
    activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
    memories=(MemoryConfig("audio", (0, 1)),),
)  # fmt: skip
CONFIGS = pytest.mark.parametrize("config", [LLAMA, WHISPER], ids=["llama", "whisper"])


def build(config: DecoderConfig) -> TextDecoder:
    torch.manual_seed(1)
    return TextDecoder(config).eval().requires_grad_(False)


def memory_for(model: TextDecoder, rows: int = 1):
    if not model.config.memories:
        return None
    return model.remember(torch.randn(rows, 9, model.config.width, generator=torch.Generator().manual_seed(3)))


@CONFIGS
def test_cached_equals_uncached(config):
    model, tokens = build(config), torch.randint(0, 97, (2, 12), generator=torch.Generator().manual_seed(2))
    memory = memory_for(model)
    whole = model(tokens, None, memory)
    cache = model.new_cache(2, 16)
    parts = [model(tokens[:, a:b], cache, memory) for a, b in ((0, 5), (5, 6), (6, 10), (10, 12))]
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=1e-4)
    with dispatch.force("reference"):
        torch.testing.assert_close(model(tokens, None, memory), whole, atol=1e-5, rtol=1e-4)


@CONFIGS
def test_truncate_then_other_tokens_equals_fresh(config):
    model, memory = build(config), memory_for(build(config))
    cache = model.new_cache(1, 16)
    model(torch.tensor([[5, 6, 7, 8]]), cache, memory)
    cache.truncate(2)
    again = model(torch.tensor([[9, 10]]), cache, memory, last_only=True)
    fresh = model(torch.tensor([[5, 6, 9, 10]]), None, memory)[:, -1:]
    torch.testing.assert_close(again, fresh, atol=1e-5, rtol=1e-4)


@CONFIGS
def test_rows_padded_on_the_left_equal_rows_alone(config):
    model, memory = build(config), memory_for(build(config))
    short, long = [11, 12, 13], [21, 22, 23, 24, 25]
    cache = model.new_cache(2, 16, padding_B=torch.tensor([2, 0]))
    model(torch.tensor([[0, 0, *short], long]), cache, memory)
    both = model(torch.tensor([[14], [26]]), cache, memory)
    for row, text in enumerate(([*short, 14], [*long, 26])):
        alone = model(torch.tensor([text]), None, memory)[0, -1]
        torch.testing.assert_close(both[row, -1], alone, atol=1e-5, rtol=1e-4)


@CONFIGS
def test_beams_reorder_and_repeat(config):
    model, memory = build(config), memory_for(build(config))
    one = model.new_cache(1, 16)
    model(torch.tensor([[5, 6, 7]]), one, memory)
    beams = one.repeat(3)
    model(torch.tensor([[1], [2], [3]]), beams, memory)
    beams.reorder(torch.tensor([2, 0, 2]))
    got = model(torch.tensor([[4], [4], [8]]), beams, memory)
    for row, text in enumerate(([5, 6, 7, 3, 4], [5, 6, 7, 1, 4], [5, 6, 7, 3, 8])):
        alone = model(torch.tensor([text]), None, memory)[0, -1]
        torch.testing.assert_close(got[row, -1], alone, atol=1e-5, rtol=1e-4)


def test_memory_of_different_lengths():
    model = build(WHISPER)
    memory = torch.randn(2, 9, 32, generator=torch.Generator().manual_seed(3))
    both = model.remember(memory, torch.tensor([4, 9]))
    tokens = torch.tensor([[5, 6, 7]])
    got = model(tokens.expand(2, -1), None, both)
    for row, length in enumerate((4, 9)):
        alone = model(tokens, None, model.remember(memory[row : row + 1, :length]))
        torch.testing.assert_close(got[row : row + 1], alone, atol=1e-5, rtol=1e-4)


def test_too_many_tokens_are_refused():
    model = build(LLAMA)
    with pytest.raises(ValueError, match="capacity"):
        model(torch.zeros(1, 5, dtype=torch.long), model.new_cache(1, 4))
    with pytest.raises(ValueError, match="64 positions"):
        model(torch.zeros(1, 65, dtype=torch.long))
