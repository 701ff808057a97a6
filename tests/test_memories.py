"""Memories of several kinds: an untrained one changes no bit, masks hold, keys and values are computed once."""

import dataclasses

import pytest
import torch

from assistant import models
from decoder.config import DecoderConfig
from decoder.gguf import GGUF
from decoder.text import TextDecoder
from decoder.weights import load_gguf
from kernels import dispatch
from kernels.layers import MemoryConfig

TEXT = DecoderConfig(
    vocabulary=97, width=32, layers=3, heads=4, key_value_heads=2, hidden=48, max_positions=64, query_key_norm=True,
    attention_bias=True, output_bias=True,
)  # fmt: skip
VISION = MemoryConfig("vision", (0, 2), width=20, gated=True, query_key_norm=True)
AUDIO = MemoryConfig("audio", (1, 2), width=12, gated=True)
INSERTED = dataclasses.replace(VISION, layers=(1,), alone=True)
TOKENS = torch.randint(0, 97, (2, 10), generator=torch.Generator().manual_seed(2))


def draw(*shape, seed=3):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def build(*memories, trained=True):
    """A tiny random decoder; `trained` opens the gates."""
    torch.manual_seed(1)
    model = TextDecoder(dataclasses.replace(TEXT, memories=memories)).eval().requires_grad_(False)
    if trained:
        for name, parameter in model.named_parameters():
            if name.endswith("gate"):
                parameter.fill_(0.7)
    return model


def both(model, rows=1):
    return {
        "vision": model.remember(draw(rows, 9, 20), kind="vision"),
        "audio": model.remember(draw(rows, 7, 12), kind="audio"),
    }


@torch.no_grad()
def test_untrained_memories_change_no_bit():
    model = build()
    plain = model(TOKENS)
    for memory in (VISION, AUDIO):
        model.add_memory(memory)
    assert torch.equal(model(TOKENS), plain)
    assert torch.equal(model(TOKENS, None, both(model)), plain)
    cache = model.new_cache(2, 16)
    steps = [model(TOKENS[:, a:b], cache, both(model)) for a, b in ((0, 6), (6, 7), (7, 10))]
    bare = model.new_cache(2, 16)
    for step, (a, b) in zip(steps, ((0, 6), (6, 7), (7, 10)), strict=True):
        assert torch.equal(step, model(TOKENS[:, a:b], bare))
    model.blocks[2].cross["audio"].gate.fill_(0.1)
    assert not torch.equal(model(TOKENS, None, both(model)), plain)
    assert torch.equal(model(TOKENS), plain)


def test_untrained_memories_change_no_bit_while_they_are_trained():
    """With gradients the memory is attended to, though its gate is zero: only so can the gate learn."""
    model = build()
    plain = model(TOKENS)
    for memory in (VISION, AUDIO):
        model.add_memory(memory)
    logits = model(TOKENS, None, both(model))
    assert torch.equal(logits, plain)
    logits.square().sum().backward()
    gates = {name: value.grad for name, value in model.named_parameters() if name.endswith("gate")}
    assert len(gates) == 4 and all(grad is not None and bool(grad) for grad in gates.values())


@torch.inference_mode()
@pytest.mark.parametrize("arithmetic", ["float32", "int8"])
def test_untrained_memories_change_no_bit_of_the_real_model(arithmetic):
    model = load_gguf(GGUF(models.files("smollm2-135m")["weights"]), arithmetic=arithmetic)
    tokens = torch.tensor([[1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018]])
    plain = model(tokens)
    model.add_memory(MemoryConfig("vision", tuple(range(3, 30, 5)), width=768, gated=True))
    model.add_memory(MemoryConfig("audio", tuple(range(4, 30, 5)), width=384, gated=True))
    assert torch.equal(model(tokens), plain)
    memories = {"vision": model.remember(draw(1, 197, 768), kind="vision")}
    memories["audio"] = model.remember(draw(1, 50, 384), kind="audio")
    assert torch.equal(model(tokens, None, memories), plain)


@torch.inference_mode()
@pytest.mark.parametrize("memories", [(VISION, AUDIO), (INSERTED, AUDIO)], ids=["added", "inserted"])
def test_cached_equals_uncached_and_fused_equals_plain(memories):
    model = build(*memories)
    kept = both(model, rows=2)
    whole = model(TOKENS, None, kept)
    cache = model.new_cache(2, 16)
    assert len(cache.keys) == len(model.config.own_layers)
    parts = [model(TOKENS[:, a:b], cache, kept) for a, b in ((0, 4), (4, 5), (5, 10))]
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=1e-4)
    with dispatch.force("reference"):
        torch.testing.assert_close(model(TOKENS, None, kept), whole, atol=1e-5, rtol=1e-4)
    for kind in kept:  # each kind has a say of its own
        rest = {other: memory for other, memory in kept.items() if other != kind}
        assert (model(TOKENS, None, rest) - whole).abs().max() > 1e-3


@torch.inference_mode()
@pytest.mark.parametrize("first", [VISION, INSERTED], ids=["added", "inserted"])
def test_rows_with_and_without_a_picture(first):
    """A row whose picture has no tokens answers as text does; one with fewer tokens as with a shorter memory."""
    model = build(first, AUDIO)
    memory = draw(3, 9, 20)
    kept = {"vision": model.remember(memory, torch.tensor([0, 5, 9]), kind="vision")}
    got = model(TOKENS[:1].expand(3, -1), None, kept)
    text = model(TOKENS[:1])
    torch.testing.assert_close(got[:1], text, atol=1e-5, rtol=1e-4)
    for row, length in ((1, 5), (2, 9)):
        alone = {"vision": model.remember(memory[row : row + 1, :length], kind="vision")}
        torch.testing.assert_close(got[row : row + 1], model(TOKENS[:1], None, alone), atol=1e-5, rtol=1e-4)
    assert (got[1:] - text).abs().amax(dim=(1, 2)).min() > 1e-3


@torch.inference_mode()
@pytest.mark.parametrize("first", [VISION, INSERTED], ids=["added", "inserted"])
def test_a_token_sees_what_its_mask_shows(first):
    """Two pictures in one memory, seen from the 3rd and the 6th token on; later tokens see what the last one saw."""
    model = build(first)
    memory, seen = draw(1, 9, 20), torch.zeros(1, 7, 9, dtype=torch.bool)
    seen[:, 2:5, :4], seen[:, 5:, 4:] = True, True
    seen[:, 6, 4:7] = False
    kept = {"vision": model.remember(memory, kind="vision", seen_BTS=seen)}
    whole = model(TOKENS[:1], None, kept)
    torch.testing.assert_close(whole[:, :2], model(TOKENS[:1, :2]), atol=1e-5, rtol=1e-4)
    longer = torch.cat((seen, seen[:, -1:].expand(-1, 3, -1)), dim=1)
    with dispatch.force("reference"):
        again = {"vision": model.remember(memory, kind="vision", seen_BTS=longer)}
        torch.testing.assert_close(model(TOKENS[:1], None, again), whole, atol=1e-5, rtol=1e-4)
    cache = model.new_cache(2, 16, padding_B=torch.tensor([2, 0]))  # places don't count the padding
    padded = torch.cat((torch.zeros(1, 2, dtype=torch.long), TOKENS[:1, :8]), dim=1)
    rows = torch.cat((padded, TOKENS[:1]))
    parts = torch.cat([model(rows[:, a:b], cache, kept) for a, b in ((0, 7), (7, 10))], dim=1)
    torch.testing.assert_close(parts[1:], whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(parts[:1, 2:], whole[:, :8], atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_a_memory_is_projected_once_and_never_copied(monkeypatch):
    """Many questions, steps and rows read the very keys that were computed once."""
    model = build(VISION, AUDIO)
    projected, read = [], []
    for block in model.blocks:
        for kind, cross in block.cross.items():
            cross.key_value.register_forward_hook(lambda *_, kind=kind: projected.append(kind))
    attention = dispatch.attention

    def watched(query, key, value, **options):
        read.append((key.data_ptr(), key.shape[0]))
        return attention(query, key, value, **options)

    kept = both(model)
    assert sorted(projected) == ["audio"] * 2 + ["vision"] * 2
    monkeypatch.setattr(dispatch, "attention", watched)
    for question in (TOKENS, TOKENS.flip(1), TOKENS[:1].expand(5, -1)):
        cache = model.new_cache(len(question), 16)
        model(question[:, :8], cache, kept)
        rows = model(question[:, 8:], cache, kept)
        for row in range(len(question)):
            alone = model(question[row : row + 1], None, kept)[:, -2:]
            torch.testing.assert_close(rows[row : row + 1], alone, atol=1e-5, rtol=1e-4)
    assert len(projected) == 4
    own = {pair[0].data_ptr() for memory in kept.values() for pair in memory.layers if pair is not None}
    seen = [pointer for pointer, _ in read]
    assert own <= set(seen) and sum(pointer in own for pointer in seen) == 4 * (3 * 2 + 2 + 2 + 5)
    assert {rows for pointer, rows in read if pointer in own} == {1}  # read once for a whole batch
    assert kept["vision"].repeat(4).layers[0][0] is kept["vision"].layers[0][0]


def test_what_does_not_fit_is_refused_by_name():
    model = build(VISION, AUDIO)
    memory = draw(1, 9, 20)
    for call, message in (
        (lambda: model.remember(memory), "None is not one of the decoder's kinds of memory .vision, audio"),
        (lambda: model.remember(memory, kind="touch"), "kind: touch"),
        (lambda: model.remember(memory, kind="audio"), r"audio memory: expected \(B, S, 12\)"),
        (lambda: model.remember(memory[0], kind="vision"), r"vision memory: expected \(B, S, 20\)"),
        (lambda: model.remember(memory, kind="vision", seen_BTS=torch.ones(1, 3, 8, dtype=torch.bool)), "seen"),
        (lambda: model(TOKENS, None, {"touch": both(model)["audio"]}), "kind: touch"),
        (lambda: model(TOKENS, None, both(model)["audio"]), "kind: None"),
        (lambda: model.add_memory(dataclasses.replace(VISION, kind="touch", gated=False)), "touch: .* gated"),
        (lambda: model.add_memory(VISION), "twice"),
        (lambda: model.add_memory(dataclasses.replace(VISION, kind="touch", layers=(3,))), "touch: .3,. are not"),
        (lambda: dataclasses.replace(TEXT, memories=(dataclasses.replace(INSERTED, layers=(0, 1, 2)),)), "no layer"),
        (lambda: MemoryConfig("two words", (0,)), "kind: 'two words'"),
        (lambda: MemoryConfig("vision", (0,), alone=True), "alone"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
