"""Prefill attention's kernels against the plain twin in float64 and PyTorch's own attention; see kernel_support.py."""

import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kernels import attention_launch, reference
from kernels.attention import attention, attention_packed, attention_with_lse, unsupported
from kernels.attention_ops import attention_op
from tests.kernel_support import DEVICE, INTERPRETED, relative_error, rounding


def tensors(batch=1, heads=2, groups=1, tokens=9, keys=70, width=64, dtype=torch.float32, size=1.0):
    """Query, key and value, fresh from a generator of their own."""
    generator = torch.Generator().manual_seed(tokens * 1000 + keys + width)
    shapes = ((batch, heads, tokens, width), (batch, groups, keys, width), (batch, groups, keys, width))
    return [(torch.randn(shape, generator=generator) * size).to(DEVICE, dtype) for shape in shapes]


def theirs(query, key, value, causal=False, lengths=None, bias=None, scale=None) -> Tensor:
    """PyTorch's attention in the same dtype, with the mask written out."""
    mask = reference.attention_mask(query.shape[2], key.shape[2], causal=causal, lengths_B=lengths, device=query.device)
    added = query.new_zeros(query.shape[0], 1, query.shape[2], key.shape[2])
    added = added if mask is None else added.masked_fill(~mask, -math.inf)
    if bias is not None:
        added = added.masked_fill(~bias, -math.inf) if bias.dtype == torch.bool else added + bias.to(query.dtype)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=added, scale=scale, enable_gqa=True)


def agrees(query, key, value, **options) -> Tensor:
    """Attention, having checked output and log-sum-exp: at most 1.5 times PyTorch's error, or half a unit's spread."""
    out, lse = attention_with_lse(query, key, value, **options)
    want, want_lse = reference.attention(query.double(), key.double(), value.double(), **options, with_lse=True)
    named = {"lengths" if name == "lengths_B" else name: value for name, value in options.items()}
    floor = torch.finfo(query.dtype).eps / 3
    limit = max(1.5 * relative_error(theirs(query, key, value, **named).nan_to_num(0), want), floor, rounding(want_lse))
    assert out.dtype == query.dtype and out.shape == query.shape
    assert relative_error(out, want) <= limit
    torch.testing.assert_close(lse, want_lse, atol=2e-5, rtol=2e-6)
    return out


@pytest.mark.parametrize(
    ("width", "dtype"),
    [
        (32, torch.bfloat16), (72, torch.float16), (80, torch.bfloat16), (80, torch.float32), (88, torch.float32),
        (88, torch.bfloat16), (256, torch.float16),
    ],
)  # fmt: skip
def test_widths(width, dtype):
    agrees(*tensors(heads=1, width=width, dtype=dtype), causal=True)


def test_half_precision_without_the_copy_engine(monkeypatch):
    """What a GPU before Hopper takes."""
    monkeypatch.setattr(attention_launch, "_capability", lambda query: 80)
    for causal in (False, True):
        agrees(*tensors(heads=1, tokens=20, width=80, dtype=torch.bfloat16), causal=causal)


@pytest.mark.parametrize(
    ("batch", "heads", "groups", "tokens", "keys", "causal", "dtype"),
    [
        (2, 1, 1, 1, 1, True, torch.float32), (1, 2, 1, 1, 130, True, torch.bfloat16),
        (1, 1, 1, 140, 1, False, torch.float16), (1, 1, 1, 130, 130, True, torch.float32),
        (1, 4, 2, 65, 200, True, torch.bfloat16), (1, 2, 1, 200, 65, True, torch.bfloat16),
        (2, 1, 1, 128, 128, True, torch.float16), (1, 1, 1, 129, 63, False, torch.float32),
    ],
)  # fmt: skip
def test_shapes(batch, heads, groups, tokens, keys, causal, dtype):
    """Odd numbers of tokens, one token, more queries than keys: the first of those see nothing and give zeros."""
    out = agrees(*tensors(batch, heads, groups, tokens, keys, 32, dtype), causal=causal)
    blind = max(tokens - keys, 0) if causal else 0
    assert out[:, :, :blind].eq(0).all()


def test_lengths():
    """Keys behind a row's length are never read, not even where they are NaN; a row of none gives zeros."""
    query, key, value = tensors(batch=4, heads=1, tokens=7, keys=90, width=48)
    lengths = torch.tensor([90, 65, 3, 0], device=DEVICE)
    agrees(query, key, value, lengths_B=lengths)
    clean = agrees(query, key, value, causal=True, lengths_B=lengths)
    for row, length in enumerate(lengths.tolist()):
        key[row, :, length:], value[row, :, length:] = math.nan, math.nan
    out, lse = attention_with_lse(query, key, value, causal=True, lengths_B=lengths.int())
    torch.testing.assert_close(out, clean, atol=0, rtol=0)
    assert out[3].eq(0).all() and lse[3].eq(-math.inf).all()
    key, value = key.nan_to_num(), value.nan_to_num()
    apart = torch.stack((lengths, lengths.flip(0)), 1)[:, 0]  # strides that are not 1
    torch.testing.assert_close(attention(query, key, value, causal=True, lengths_B=apart), clean, atol=0, rtol=0)
    agrees(query, key, value, lengths_B=lengths[1:2].expand(4))
    far = torch.tensor([999, 90, 90, -5], device=DEVICE)  # 999 counts as all 90, -5 as none
    near = far.clamp(0, 90)
    torch.testing.assert_close(
        attention(query, key, value, lengths_B=far), attention(query, key, value, lengths_B=near)
    )


@pytest.mark.parametrize("shape", [(2, 2, 9, 70), (70,), (2, 1, 1, 1)])
def test_bias(shape):
    """Numbers added, with -inf among them, and truths; broadcast over any axis."""
    query, key, value = tensors(batch=2, dtype=torch.float16)
    numbers = torch.randn(shape, device=DEVICE)
    lengths = torch.tensor([70, 33], device=DEVICE)
    agrees(query, key, value, bias=numbers.masked_fill(numbers > 0.8, -math.inf), causal=True)
    agrees(query, key, value, bias=numbers > -0.5, lengths_B=lengths)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_that_see_nothing_are_zeros(dtype):
    query, key, value = tensors(tokens=5, dtype=dtype)
    kept = torch.ones(5, 70, dtype=torch.bool, device=DEVICE)
    kept[2] = False
    for bias in (kept, torch.zeros(5, 70, device=DEVICE).masked_fill(~kept, -math.inf)):
        out, lse = attention_with_lse(query, key, value, bias=bias)
        assert out[:, :, 2].eq(0).all() and lse[:, :, 2].eq(-math.inf).all()
        assert out.isfinite().all() and lse[:, :, [0, 1, 3, 4]].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_large_magnitude(dtype):
    """Scores of many hundreds, where one weight is all there is, and equal scores far from zero."""
    query, key, value = tensors(width=64, dtype=dtype, size=12.0)
    agrees(query, key, value)
    agrees(query, key[:, :, :1].expand_as(key).contiguous(), value, causal=True)
    agrees(query, key, value, scale=-0.01)


def test_any_strides():
    """Heads side by side as a fused projection leaves them, an offset that isn't aligned, a turned last axis."""
    query, key, value = tensors(heads=4, groups=2, tokens=20, keys=20, width=48)
    want = attention(query, key, value, causal=True)
    together = torch.cat((query, key, value), dim=1).transpose(1, 2).contiguous().transpose(1, 2)
    torch.testing.assert_close(attention(*together.split((4, 2, 2), dim=1), causal=True), want, atol=0, rtol=0)
    shifted = torch.zeros(key.numel() + 1, device=DEVICE)[1:].view_as(key).copy_(key)
    turned = value.transpose(2, 3).contiguous().transpose(2, 3)
    torch.testing.assert_close(attention(query, shifted, turned, causal=True), want, atol=0, rtol=0)
    one = key[:1, :1].expand(1, 2, -1, -1)
    torch.testing.assert_close(attention(query, one, one), attention(query, one.contiguous(), one.contiguous()))


def packed(lengths, key_lengths, width=40, heads=2, groups=1, dtype=torch.float32):
    starts = [torch.tensor([0, *sizes], device=DEVICE).cumsum(0, dtype=torch.int32) for sizes in (lengths, key_lengths)]
    query = tensors(heads=heads, tokens=sum(lengths), keys=1, width=width, dtype=dtype)[0][0].transpose(0, 1)
    memory = tensors(groups=groups, keys=sum(key_lengths), width=width, dtype=dtype)[1:]
    return [query, *(tensor[0].transpose(0, 1) for tensor in memory), *starts]


def test_packed_is_each_sequence_alone():
    lengths, key_lengths = (5, 1, 0, 70, 3), (9, 33, 2, 70, 0)
    query, key, value, starts, key_starts = packed(lengths, key_lengths)
    out, lse = attention_packed(query, key, value, starts, key_starts, longest=70, causal=True)
    for i in range(len(lengths)):
        rows, columns = slice(starts[i], starts[i + 1]), slice(key_starts[i], key_starts[i + 1])
        if not lengths[i]:
            continue
        alone = [x.transpose(0, 1)[None].double() for x in (query[rows], key[columns], value[columns])]
        want, want_lse = reference.attention(*alone, causal=True, with_lse=True)
        torch.testing.assert_close(out[rows], want[0].transpose(0, 1).float(), atol=2e-6, rtol=1e-5)
        torch.testing.assert_close(lse[rows], want_lse[0].transpose(0, 1), atol=2e-6, rtol=1e-5)


def test_packed_rows_outside_of_every_sequence_are_zeros():
    query, key, value, starts, key_starts = packed((4, 6), (8, 8))
    starts = starts + 2
    starts[-1] = 99  # past the end: what is there is taken
    out, lse = attention_packed(query, key, value, starts, key_starts, longest=5)
    assert out[:2].eq(0).all() and lse[:2].eq(-math.inf).all()
    assert out[2:].ne(0).any(-1).all() and lse[2:].isfinite().all()


def gradients(function, inputs, seed=1):
    """Gradients of a random mixture of all outputs, finite ones only."""
    outputs = function(*inputs)
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randn(out.shape, generator=generator, dtype=torch.float64).to(out) for out in outputs]
    total = sum((torch.where(out.isfinite(), out, 0.0) * by).sum() for out, by in zip(outputs, drawn, strict=True))
    return torch.autograd.grad(total, inputs)


@pytest.mark.skipif(not INTERPRETED, reason="float64 is for the interpreter")
def test_gradcheck():
    """By finite differences, of output and log-sum-exp, for query, key, value and a bias."""
    inputs = [*tensors(heads=2, tokens=3, keys=4, width=24, size=0.5), torch.randn(1, 1, 3, 4)]
    inputs = [x.double().requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(
        lambda q, k, v, b: attention_with_lse(q, k, v, bias=b, causal=True), inputs, fast_mode=True,
        check_undefined_grad=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "width", "tokens", "keys", "causal", "lengths"),
    [
        (torch.float32, 80, 33, 40, True, None), (torch.float32, 32, 70, 40, True, (40, 21)),
        (torch.bfloat16, 64, 30, 140, False, (130, 0)), (torch.float16, 72, 70, 150, True, None),
    ],
)  # fmt: skip
def test_gradients(dtype, width, tokens, keys, causal, lengths):
    """Against the plain twin in float64: no more than 1.5 times the error of PyTorch's own."""
    batch = 1 if lengths is None else 2
    inputs = [x.requires_grad_() for x in tensors(batch, 2, 1, tokens, keys, width, dtype)]
    lengths = None if lengths is None else torch.tensor(lengths, device=DEVICE)
    exact = [x.detach().double().requires_grad_() for x in inputs]
    want = gradients(lambda *x: (reference.attention(*x, causal=causal, lengths_B=lengths),), exact)
    got = gradients(lambda *x: (attention(*x, causal=causal, lengths_B=lengths),), inputs)
    peer = gradients(lambda *x: (theirs(*x, causal, lengths).nan_to_num(0),), inputs)
    for mine, own, best in zip(got, peer, want, strict=True):
        limit = max(1.5 * relative_error(own.nan_to_num(0), best), torch.finfo(dtype).eps / 3)
        assert mine.dtype == dtype and relative_error(mine, best) <= limit


def test_gradients_of_a_mask_and_of_packed_sequences():
    inputs = [x.requires_grad_() for x in tensors(tokens=20, keys=30, width=32)]
    kept = torch.rand(1, 1, 20, 30, generator=torch.Generator().manual_seed(3)).to(DEVICE) > 0.4
    want = gradients(lambda *x: reference.attention(*x, bias=kept, with_lse=True), inputs)
    got = gradients(lambda *x: attention_with_lse(*x, bias=kept), inputs)
    for mine, best in zip(got, want, strict=True):
        torch.testing.assert_close(mine, best, atol=2e-5, rtol=1e-4)
    *inputs, starts, key_starts = packed((3, 0, 20), (40, 2, 20))
    inputs = [x.requires_grad_() for x in inputs]

    def apart(query, key, value):
        out = []
        for (first, last), (begin, end) in zip(pairwise(starts.tolist()), pairwise(key_starts.tolist()), strict=True):
            alone = (x.transpose(0, 1)[None] for x in (query[first:last], key[begin:end], value[begin:end]))
            out.append(reference.attention(*alone, causal=True)[0].transpose(0, 1))
        return (torch.cat(out),)

    want = gradients(apart, inputs)
    got = gradients(lambda *x: attention_packed(*x, starts, key_starts, longest=20, causal=True)[:1], inputs)
    for mine, best in zip(got, want, strict=True):
        torch.testing.assert_close(mine, best, atol=2e-5, rtol=1e-4)


def test_the_operator_is_registered_whole():
    """Schema, fake kernel and gradient, as torch.compile needs them."""
    inputs = [x.requires_grad_() for x in tensors(tokens=3, keys=5, width=16)]
    torch.library.opcheck(
        attention_op, (*inputs, None, None, None, None, 3, True, 0.25),
        test_utils=("test_schema", "test_autograd_registration", "test_faketensor"),
    )  # fmt: skip


def test_nothing_to_do():
    query, key, value = tensors(tokens=3, keys=5, width=16)
    assert attention(query[:, :, :0], key, value).shape == (1, 2, 0, 16)
    out, lse = attention_with_lse(query, key[:, :, :0], value[:, :, :0])
    assert out.eq(0).all() and lse.eq(-math.inf).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"query": torch.zeros(4, 3, 16)}, "query"),
        ({"query": torch.zeros(1, 4, 3, 16, device="meta")}, "key"),
        ({"key": torch.zeros(1, 2, 4, 16, dtype=torch.float16)}, "key"),
        ({"value": torch.zeros(1, 2, 5, 16)}, "value"),
        ({"query": torch.zeros(1, 3, 3, 16)}, "key"),
        ({"query": torch.zeros(2, 4, 3, 16)}, "key"),
        ({"query": torch.zeros(1, 4, 3, 24)}, "key"),
        ({"lengths_B": torch.tensor([1, 2])}, "lengths"),
        ({"lengths_B": torch.tensor([1.0])}, "lengths"),
        ({"lengths_B": torch.zeros(1, dtype=torch.int64, device="meta")}, "lengths"),
        ({"bias": torch.zeros(3, 1, 1, 4)}, "bias"),
        ({"bias": torch.zeros(1, 1, 1, 4, dtype=torch.int32)}, "bias"),
        ({"scale": math.inf}, "scale"),
        ({"scale": math.nan}, "scale"),
    ],
)
def test_names_the_argument_that_does_not_fit(change, name):
    keep = {"query": torch.zeros(1, 4, 3, 16), "key": torch.zeros(1, 2, 4, 16), "value": torch.zeros(1, 2, 4, 16)}
    put = {which: it if not isinstance(it, Tensor) or it.is_meta else it.to(DEVICE) for which, it in change.items()}
    given = {which: it.to(DEVICE) for which, it in keep.items()} | put
    with pytest.raises(ValueError, match=f"^{name}:"):
        attention(given.pop("query"), given.pop("key"), given.pop("value"), **given)


def test_packed_names_the_argument_that_does_not_fit():
    *tensors_THD, starts, key_starts = packed((3,), (4,))
    keep = {"query_starts": starts, "key_starts": key_starts, "longest": 3}
    for change, name in (
        ({"query_starts": starts[:1]}, "query_starts"), ({"key_starts": key_starts[:1]}, "key_starts"),
        ({"key_starts": key_starts.float()}, "key_starts"), ({"longest": 4}, "longest"), ({"longest": -1}, "longest"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^{name}:"):
            attention_packed(*tensors_THD, **(keep | change))


def test_says_what_it_can_not_take():
    query, key, _ = tensors(width=64)
    assert unsupported(query, key) is None
    assert "not a multiple of 8" in str(unsupported(query[..., :36], key[..., :36]))
    assert "264 wide" in str(unsupported(*tensors(width=264)[:2]))
    assert "int32" in str(unsupported(query.int(), key.int()))
