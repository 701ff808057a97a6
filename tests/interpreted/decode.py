"""Decode attention against float64: every kind of memory, mask, width and cache."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kernels import decode, reference
from kernels.packed import quantize_tokens
from tests.kernel_support import DEVICE, relative_error, rounding

BF16, FP16, FP32 = torch.bfloat16, torch.float16, torch.float32


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every memory is cut into three parts, as on a chip that has room for them."""
    tiling = decode.tiling
    monkeypatch.setattr(decode, "tiling", lambda *given: replace(tiling(*given), splits=3, keys=32))


def draw(*shape: int, dtype: torch.dtype = FP32, size: float = 1.0) -> Tensor:
    return (torch.randn(shape) * size).to(dtype).to(DEVICE)


def check(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> None:
    """The kernel's error against float64 is at most 1.5 times SDPA's of the same dtype; and 1e-6, as a score of 300
    is known to 2e-5 in float32 on either side."""
    out, lse = decode.forward(query, key, value, **options)
    batch = query.shape[0]
    key, value = (tensor.expand(batch, -1, -1, -1) for tensor in (key, value))
    lengths = options.get("lengths_B")
    options["lengths_B"] = None if lengths is None else lengths.expand(batch)
    bias = options.get("bias")
    options["bias"] = bias.double() if bias is not None and bias.dtype != torch.bool else bias
    want, want_lse = reference.attention(query.double(), key.double(), value.double(), with_lse=True, **options)
    seen = want_lse > -math.inf
    assert torch.equal(seen, lse > -math.inf)
    assert out[~seen].eq(0).all() and out.dtype == query.dtype and out.isfinite().all()
    if not seen.any():
        return
    torch.testing.assert_close(lse[seen], want_lse[seen], atol=2e-5, rtol=2e-5)
    sizes, causal = (query.shape[2], key.shape[2]), bool(options.get("causal"))
    mask = reference.attention_mask(*sizes, causal=causal, lengths_B=options["lengths_B"], device=key.device)
    keep = torch.ones(1, 1, *sizes, dtype=torch.bool, device=DEVICE) if mask is None else mask
    if bias is not None:
        keep = keep & bias if bias.dtype == torch.bool else bias.masked_fill(~keep, -math.inf).to(query.dtype)
    peer = F.scaled_dot_product_attention(
        query, key, value, attn_mask=keep, scale=options.get("scale"), enable_gqa=True
    ).masked_fill(~seen[..., None], 0.0)  # fmt: skip
    assert relative_error(out, want) <= 1.5 * relative_error(peer, want) + max(1e-6, rounding(want_lse))


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(
    ("heads", "groups", "queries", "memory", "width", "size", "dtype"),
    [
        (4, 2, 1, 201, 64, 1.0, BF16), (3, 1, 3, 130, 80, 10.0, BF16), (3, 1, 2, 70, 80, 10.0, FP32),
        (1, 1, 16, 77, 32, 1.0, FP16), (4, 2, 2, 1, 72, 1.0, BF16), (2, 1, 1, 75, 256, 1.0, FP16),
    ],
)  # fmt: skip
def test_error_is_within_that_of_sdpa(heads, groups, queries, memory, width, size, dtype):
    torch.manual_seed(0)
    query = draw(2, heads, queries, width, dtype=dtype, size=size)
    check(query, draw(2, groups, memory, width, dtype=dtype, size=size), draw(2, groups, memory, width, dtype=dtype))


@pytest.mark.parametrize("width", [8, 40, 88, 96, 128])
def test_every_width(width):
    torch.manual_seed(1)
    check(draw(1, 2, 2, width), draw(1, 1, 45, width), draw(1, 1, 45, width), causal=True)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("queries", "causal"), [(1, False), (4, True)])
def test_rows_of_a_static_cache_have_their_own_lengths(queries, causal):
    """What lies behind a row's length may be anything, and a row of nothing gets zeros."""
    torch.manual_seed(2)
    lengths = torch.tensor([0, 1, 3, 150], device=DEVICE)
    query, key, value = draw(4, 2, queries, 64), draw(4, 1, 170, 64), draw(4, 1, 170, 64)
    poison = torch.arange(170, device=DEVICE) >= lengths[:, None]
    for tensor in (key, value):
        tensor.masked_fill_(poison[:, None, :, None], math.nan)
    out, lse = decode.forward(query, key, value, causal=causal, lengths_B=lengths)
    clean = [tensor.nan_to_num(0.0) for tensor in (key, value)]
    want, want_lse = reference.attention(query, *clean, causal=causal, lengths_B=lengths, with_lse=True)
    torch.testing.assert_close(out, want, atol=2e-6, rtol=1e-5)
    torch.testing.assert_close(lse, want_lse, atol=1e-5, rtol=1e-5)
    assert out[0].eq(0).all()
    again, _ = decode.forward(query, *clean, causal=causal, lengths_B=lengths.int())
    assert torch.equal(again, out)


def test_a_length_on_the_device_past_the_cache_is_cut_to_it(monkeypatch):
    monkeypatch.setattr(decode, "_check_lengths", lambda *_: None)  # on a GPU it cannot look
    query, key, value = draw(2, 2, 1, 32), draw(2, 1, 50, 32), draw(2, 1, 50, 32)
    out, _ = decode.forward(query, key, value, lengths_B=torch.tensor([99, -3], device=DEVICE))
    torch.testing.assert_close(out[0], reference.attention(query, key, value)[0], atol=2e-6, rtol=1e-5)
    assert out[1].eq(0).all()


@pytest.mark.usefixtures("parts")
def test_one_memory_serves_a_batch():
    torch.manual_seed(3)
    query = draw(5, 2, 2, 32, dtype=BF16)
    key, value = draw(1, 1, 150, 32, dtype=BF16), draw(1, 1, 150, 32, dtype=BF16)
    check(query, key, value, lengths_B=torch.tensor([101], device=DEVICE))
    check(query, key, value, lengths_B=torch.tensor([150, 0, 1, 64, 65], device=DEVICE), causal=True)
    want = decode.forward(query, key, value)[0]
    assert torch.equal(decode.forward(query, *(x.expand(5, -1, -1, -1) for x in (key, value)))[0], want)


def test_views_are_read_where_they_lie():
    """Layers hold heads behind tokens; a cache is cut along its tokens."""
    torch.manual_seed(4)
    query = draw(2, 3, 4, 40).transpose(1, 2)
    key, value = draw(2, 2, 2, 120, 40)[:, :, 1, 7:99], draw(2, 99, 2, 40).transpose(1, 2)[:, :, 3:95]
    check(query, key, value, causal=True, scale=0.3)
    check(query, key.transpose(2, 3).contiguous().transpose(2, 3), value)


def test_masks_and_biases():
    torch.manual_seed(5)
    query, key, value = draw(2, 4, 3, 32), draw(2, 2, 140, 32), draw(2, 2, 140, 32)
    keep = torch.rand(2, 1, 3, 140, device=DEVICE) < 0.3
    keep[0, :, 1] = False
    check(query, key, value, bias=keep)
    check(query, key, value, bias=draw(4, 1, 140), lengths_B=torch.tensor([139, 20], device=DEVICE), causal=True)
    check(query, key, value, bias=torch.zeros(140, device=DEVICE).masked_fill(keep[1, 0, 0], -math.inf))


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(
    ("codes", "dtype"),
    [(torch.int8, BF16), (torch.int8, FP16), (torch.float8_e4m3fn, BF16), (torch.float8_e4m3fn, FP16)],
)
def test_a_cache_of_codes_is_read_as_their_numbers(codes, dtype):
    """Against attention to the very numbers the codes stand for; tiny values keep their digits in float16."""
    torch.manual_seed(6)
    query, lengths = draw(2, 2, 2, 72, dtype=dtype), torch.tensor([101, 70], device=DEVICE)
    key, key_scales = quantize_tokens(draw(2, 1, 101, 72, size=3.0), codes)
    value, value_scales = quantize_tokens(draw(2, 1, 101, 72, size=0.01), codes)
    scales = {"key_scales": key_scales, "value_scales": value_scales}
    out, _ = decode.forward(query, key, value, causal=True, lengths_B=lengths, **scales)
    whole = [tensor.float().double() * by[..., None] for tensor, by in ((key, key_scales), (value, value_scales))]
    want = reference.attention(query.double(), *whole, causal=True, lengths_B=lengths)
    assert relative_error(out, want) < (6e-3 if dtype == BF16 else 1e-3)


def test_empty_shapes():
    for batch, memory in ((0, 5), (2, 0)):
        out, lse = decode.forward(draw(batch, 2, 1, 32), draw(batch, 1, memory, 32), draw(batch, 1, memory, 32))
        assert out.shape == (batch, 2, 1, 32) and out.eq(0).all() and lse.eq(-math.inf).all()


BAD = {
    "query": [{"query": draw(2, 4, 32)}, {"query": draw(2, 4, 17, 32)}, {"query": draw(2, 4, 3, 32).double()}],
    "key": [
        {"key": draw(3, 2, 9, 32)}, {"key": draw(2, 3, 9, 32)}, {"key": draw(2, 2, 9, 16)},
        {"key": torch.zeros(2, 2, 9, 32, device="meta")},
    ],
    "value": [{"value": draw(2, 2, 8, 32)}, {"value": draw(2, 2, 9, 32, dtype=BF16)}],
    "scale": [{"scale": math.nan}, {"scale": math.inf}],
    "lengths": [
        {"lengths_B": torch.tensor([1, 2, 3], device=DEVICE)}, {"lengths_B": torch.tensor([1.0, 2.0], device=DEVICE)},
        {"lengths_B": torch.tensor([1, 2], device="meta")},
    ],
    "bias": [{"bias": draw(3, 1, 1, 9)}, {"bias": draw(1, 2, 4, 3, 9)}],
    "key_scales": [{"key_scales": draw(2, 2, 9), "value_scales": draw(2, 2, 9)}],
}  # fmt: skip


@pytest.mark.parametrize(("name", "change"), [(name, change) for name, changes in BAD.items() for change in changes])
def test_what_does_not_fit_is_named_before_any_launch(name, change, monkeypatch):
    monkeypatch.setattr(decode, "decode_kernels", None)
    given = {"query": draw(2, 4, 3, 32), "key": draw(2, 2, 9, 32), "value": draw(2, 2, 9, 32)} | change
    with pytest.raises(ValueError, match=f"^{name}:"):
        decode.forward(given.pop("query"), given.pop("key"), given.pop("value"), **given)


def test_a_length_past_the_cache_is_refused_where_it_can_be_read():
    with pytest.raises(ValueError, match=r"^lengths: expected within 0 to 9"):
        decode.forward(
            draw(2, 4, 1, 32).cpu(), draw(2, 2, 9, 32).cpu(), draw(2, 2, 9, 32).cpu(), lengths_B=torch.tensor([3, 10])
        )


def test_parts_fill_the_chip_and_never_depend_on_what_is_in_the_cache():
    """132 multiprocessors, two programs on each: one user's long memory is cut, a full batch isn't."""
    assert decode.tiling(4, 8, 32768, 128, 2, 132).splits * 8 >= 0.85 * 264
    assert decode.tiling(4, 8 * 64, 32768, 128, 2, 132).splits == 1
    assert decode.tiling(4, 8, 100, 128, 2, 132).splits == 1
    assert [decode.widths(width) for width in (32, 72, 80, 88, 128, 160)] == [
        (32, 0), (64, 16), (64, 16), (64, 32), (128, 0), (128, 32),
    ]  # fmt: skip
