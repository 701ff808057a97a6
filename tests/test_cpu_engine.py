"""The compiled kernels against their plain twins: matmul, packed GGUF codes, and whole decoders step by step."""

import logging
import os
import threading

import numpy as np
import pytest
import torch

from decoder.blocks import FORMATS
from decoder.config import DecoderConfig, RopeScaling
from decoder.engine import Engine, knows
from decoder.packing import PackedLinear, _words
from decoder.text import TextDecoder
from kernels import reference
from kernels.cpu import build, matrices, team

pytestmark = pytest.mark.skipif(not matrices.available(), reason="no compiler of kernels here")
SMALL = DecoderConfig(vocabulary=97, width=48, layers=3, heads=4, hidden=80, key_value_heads=2, head_width=16)
CONFIGS = {
    "llama": SMALL,
    "qwen2": DecoderConfig(vocabulary=64, width=72, layers=2, heads=6, hidden=40, key_value_heads=2, head_width=32,
                           attention_bias=True, tied=False, norm_eps=1e-6),
    "qwen3": DecoderConfig(vocabulary=70, width=32, layers=2, heads=3, hidden=96, key_value_heads=1, head_width=80,
                           query_key_norm=True, rope_theta=1e6,
                           rope_scaling=RopeScaling(8.0, original_positions=64)),
}  # fmt: skip


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def packed(config, bits):
    """A random decoder on the engine, and its twin: the same weights, all in float32."""
    torch.manual_seed(3)
    fast, twin = TextDecoder(config).eval(), TextDecoder(config).eval()
    for model in (fast, twin):
        for parameter in model.parameters():
            parameter.requires_grad_(False)
    twin.load_state_dict(fast.state_dict())
    head = fast.embedding.weight if config.tied else fast.head.weight
    matrix = matrices.quantize(head, bits)
    fast.head, twin.head = PackedLinear(matrix), torch.nn.Linear(*matrix.dequantize().T.shape, bias=False)
    twin.head.weight.data = matrix.dequantize()
    for ours, plain in zip(fast.blocks, twin.blocks, strict=True):
        for owner, name in (("attention", "qkv"), ("attention", "out"), ("mlp", "up"), ("mlp", "down")):
            linear = getattr(getattr(plain, owner), name)
            matrix = matrices.quantize(linear.weight, bits)
            linear.weight.data = matrix.dequantize()
            if linear.bias is not None:
                matrix = matrix.with_bias(linear.bias)
            setattr(getattr(ours, owner), name, PackedLinear(matrix))
    fast.engine = Engine(fast)
    return fast, twin


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize(("rows", "columns"), [(37, 40), (64, 96), (16, 32), (5, 7)])
def test_matmul_is_the_reference_up_to_the_inputs_rounding(rows, columns, bits, threads):
    torch.manual_seed(rows)
    matrix = matrices.quantize(torch.randn(rows, columns), bits).with_bias(torch.randn(rows))
    norm = torch.rand(columns)
    for tokens in (1, 5, 12, 13, 30):
        x = torch.randn(tokens, columns) * torch.logspace(-3, 3, tokens)[:, None]
        want = x @ matrix.dequantize().T + matrix.bias[:rows]
        torch.testing.assert_close(matrices.matmul(x, matrix), want, rtol=0, atol=0.02 * float(want.abs().amax()))
        for one in range(tokens):  # a token's result does not depend on its company
            assert torch.equal(matrices.matmul(x[one], matrix), matrices.matmul(x, matrix)[one])
        normed = matrices.matmul(reference.rms_norm(x, norm, 1e-5), matrix)
        torch.testing.assert_close(matrices.matmul(x, matrix, norm, 1e-5), normed, rtol=0, atol=0.05)
    assert matrices.matmul(torch.zeros(0, columns), matrix).shape == (0, rows)
    with pytest.raises(ValueError, match="last axis"):
        matrices.matmul(torch.zeros(2, columns + 1), matrix)


def test_quantisation_and_its_plain_twin():
    torch.manual_seed(0)
    weight = torch.randn(40, 96) * 0.02
    for bits, most in ((8, 0.006), (4, 0.09)):
        matrix = matrices.quantize(weight, bits)
        assert (matrix.dequantize() - weight).norm() < most * weight.norm()
        joined = matrices.join([matrices.quantize(weight[:32], bits), matrices.quantize(weight[32:], bits)])
        assert torch.equal(joined.dequantize(), matrix.dequantize())
    codes, scales = torch.randint(-127, 128, (20, 64), dtype=torch.int8), torch.rand(20, 2).half()
    want = reference.quantized_matmul(torch.eye(64), codes, scales)
    torch.testing.assert_close(matrices.pack(codes, scales, None).dequantize().T, want)
    with pytest.raises(ValueError, match="scales"):
        matrices.pack(codes, scales[:, :1], None)


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q4_K", "Q8_0"])
def test_codes_of_a_gguf_file_are_taken_over_as_they_are(kind):
    form = next(form for form in FORMATS.values() if form.name == kind)
    random = np.random.default_rng(5)
    raw = random.integers(0, 256, (19, 2 if kind == "Q4_K" else 8, form.size), dtype=np.uint8)
    halves = 4 if kind in ("Q4_1", "Q4_K") else 2
    raw[..., :halves] = random.uniform(-2, 2, (*raw.shape[:2], halves // 2)).astype(np.float16).view(np.uint8)
    assert form.split is not None
    want = torch.from_numpy(form.split(raw).dequantize())
    got = matrices.pack_words(*_words(form, raw), want.shape[1]).dequantize()
    exact = 0.0 if kind == "Q8_0" else 2e-3  # products of scales are rounded to float16
    torch.testing.assert_close(got, want, rtol=exact, atol=exact * float(want.abs().max()))


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("family", CONFIGS)
def test_a_decoder_is_its_twin_however_the_text_is_cut(family, bits, threads):
    fast, twin = packed(CONFIGS[family], bits)
    tokens = torch.randint(0, CONFIGS[family].vocabulary, (1, 150), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        whole, want = fast(tokens), twin(tokens)
        assert (whole - want).abs().mean() < 0.01 * want.std()
        for cut in ([1] * 150, [64, 1, 1, 20, 5, 1, 58], [13] * 11 + [7]):
            cache, parts, at = fast.new_cache(1, 151), [], 0
            for size in cut:
                parts.append(fast(tokens[:, at : at + size], cache))
                at += size
            assert torch.equal(torch.cat(parts, 1), whole)
            cache.truncate(40)
            assert torch.equal(fast(tokens[:, 40:70], cache), whole[:, 40:70])


def test_steps_of_the_engine_and_of_torch_share_a_cache():
    fast, _ = packed(SMALL, 8)
    tokens = torch.randint(0, 97, (1, 40), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        whole = fast(tokens)
        cache, engine = fast.new_cache(1, 64), fast.engine
        fast(tokens[:, :20], cache)
        fast.engine = None
        by_torch = fast(tokens[:, 20:30], cache)
        fast.engine = engine
        after = fast(tokens[:, 30:], cache)
    for got, want in ((by_torch, whole[:, 20:30]), (after, whole[:, 30:])):
        assert (got - want).abs().mean() < 0.01 * want.std()


def test_what_the_engine_does_not_know_stays_with_torch():
    assert all(knows(config) for config in CONFIGS.values())
    for change in (
        {"embedding_scale": 2.0},
        {"norm": "layer"},
        {"head_width": 8},
        {"output_bias": True},
        {"rope_interleaved": True},
    ):
        fields = {"vocabulary": 97, "width": 48, "layers": 3, "heads": 4, "hidden": 80, "head_width": 16} | change
        assert not knows(DecoderConfig(**fields))
    fast, _ = packed(SMALL, 8)
    with torch.inference_mode():
        both = fast(torch.tensor([[1, 2, 3], [4, 5, 6]]))
        assert (both[1] - fast(torch.tensor([[4, 5, 6]]))[0]).abs().mean() < 0.01 * both.std()
        with pytest.raises(ValueError, match="capacity"):
            fast(torch.tensor([[1, 2, 3]]), fast.new_cache(1, 2))


def test_many_callers_share_the_threads():
    fast, _ = packed(SMALL, 4)
    tokens = torch.randint(0, 97, (1, 60), generator=torch.Generator().manual_seed(4))
    with torch.inference_mode():
        want = fast(tokens)
    found = []

    def work():
        with torch.inference_mode():
            cache = fast.new_cache(1, 60)
            found.append(torch.cat([fast(tokens[:, n : n + 1], cache) for n in range(60)], 1))

    callers = [threading.Thread(target=work) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert all(torch.equal(one, want) for one in found) and len(found) == 4


def test_a_damaged_object_file_is_made_anew(tmp_path, monkeypatch):
    good = next(path.read_bytes() for folder in build._folders() for path in folder.glob(f"*{build._key()}.o"))
    made = []
    monkeypatch.setattr(build, "_folders", lambda: [tmp_path / "a"])
    monkeypatch.setattr(build, "_compiled_elsewhere", lambda: made.append(1) or good[build._DIGEST :])
    for damage in (None, good[:-1], b""):
        path = tmp_path / "a" / f"kernels-{build._key()}.o"
        if damage is not None:
            path.write_bytes(damage)
        build.kernels.__wrapped__()
        assert path.read_bytes() == good
    build.kernels.__wrapped__()
    assert len(made) == 3


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no owners of that kind")
def test_an_object_file_that_others_may_write_is_not_run(tmp_path):
    path = tmp_path / "kernels.o"
    path.write_bytes(b"code")
    path.chmod(0o600)
    assert build._trusted(path) == b"code"
    path.chmod(0o620)
    with pytest.raises(PermissionError, match="others"):
        build._trusted(path)


def test_without_a_compiler_the_plain_way_is_taken(monkeypatch, caplog):
    def fails():
        raise OSError("the kernels could not be compiled: no room")

    matrices.available.cache_clear()
    monkeypatch.setattr(team, "team", fails)
    with caplog.at_level(logging.WARNING):
        assert not matrices.available()
    assert "no room" in caplog.text
    matrices.available.cache_clear()
