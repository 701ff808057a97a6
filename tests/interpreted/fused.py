"""The memory-bound kernels against float64: large, odd, strided and short inputs, and their gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from encoders.audio_input import log_mel as streamed
from encoders.audio_input import mel_filters
from kernels import cross_entropy, log_mel, mlp, norm, reference, rope
from tests.kernel_support import DEVICE, relative_error

BF16, FP16, FP32, FP64 = torch.bfloat16, torch.float16, torch.float32, torch.float64
EPS = {BF16: 4e-3, FP16: 5e-4, FP32: 5e-7, FP64: 1e-12}
KINDS = ("gelu", "gelu_tanh", "quick_gelu", "relu", "silu")


def draw(*shape: int, dtype: torch.dtype = FP32, size: float = 1.0) -> Tensor:
    return (torch.randn(shape, dtype=FP64) * size).to(dtype).to(DEVICE)


def strided(*shape: int, dtype: torch.dtype = FP32) -> Tensor:
    """Every other row of a larger tensor."""
    return draw(*shape[:-2], 2 * shape[-2], shape[-1], dtype=dtype)[..., ::2, :]


def norm_of(total: Tensor, weight: Tensor, bias: Tensor | None, eps: float, layer: bool) -> Tensor:
    wide = [None if part is None else part.double() for part in (total, weight, bias)]
    if layer:
        return F.layer_norm(wide[0], weight.shape, wide[1], wide[2], eps)
    return F.rms_norm(wide[0], weight.shape, wide[1], eps)


@pytest.mark.parametrize("layer", [False, True])
@pytest.mark.parametrize(
    ("shape", "dtype", "size"),
    [
        ((3, 5, 576), BF16, 1.0),
        ((1, 1), FP32, 1.0),
        ((7, 33), FP16, 100.0),
        ((2, 2049), FP32, 1e6),
        ((70, 8), FP32, 1.0),
    ],
)
def test_norm_with_its_sum(layer, shape, dtype, size):
    stream, branch = draw(*shape, dtype=dtype, size=size), draw(*shape, dtype=dtype, size=size)
    weight, bias = draw(shape[-1], dtype=dtype), draw(shape[-1], dtype=dtype) if layer else None
    out, total = norm.forward(stream, branch, weight, bias, 1e-5, layer)
    assert torch.equal(total, stream + branch)
    assert relative_error(out, norm_of(total, weight, bias, 1e-5, layer)) < 1.5 * EPS[dtype]
    alone, nothing = norm.forward(total, None, weight, bias, 1e-5, layer)
    assert nothing is None and torch.equal(alone, out)


@pytest.mark.parametrize("layer", [False, True])
def test_norm_of_rows_that_lie_apart(layer):
    stream, branch = strided(2, 5, 48), draw(2, 48, 5).mT
    weight, bias = draw(96)[::2], draw(48)
    out, total = norm.forward(stream, branch, weight, bias, 1e-5, layer)
    if not layer:
        bias = bias.double()
        want = norm_of(stream + branch, weight, None, 1e-5, layer) + bias
    else:
        want = norm_of(stream + branch, weight, bias, 1e-5, layer)
    assert relative_error(out, want) < 5e-7 and relative_error(total, stream.double() + branch.double()) < 1e-7


@pytest.mark.parametrize("layer", [False, True])
@pytest.mark.parametrize(("rows", "width"), [(7, 12), (1, 1), (150, 16)])
def test_gradients_of_norm(layer, rows, width):
    total, grad, past = (draw(rows, width, dtype=FP64) for _ in range(3))
    weight, bias = draw(width, dtype=FP64), draw(width, dtype=FP64)
    leaves = [part.detach().clone().requires_grad_() for part in (total, weight, bias)]
    (norm_of(*leaves, 1e-5, layer) if layer else norm_of(*leaves[:2], None, 1e-5, layer)).backward(grad)
    got = norm.backward(grad, past, total, weight, 1e-5, layer, layer)
    torch.testing.assert_close(got[0], leaves[0].grad + past)
    torch.testing.assert_close(got[1], leaves[1].grad)
    if layer:
        torch.testing.assert_close(got[2], leaves[2].grad)
    assert torch.equal(norm.backward(grad, None, total, weight, 1e-5, layer, False)[0] + past, got[0])


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize(
    ("shape", "dtype"), [((1, 5, 3, 80), BF16), ((1, 1, 1, 2), FP32), ((2, 20, 3, 64), FP16), ((2, 3, 4, 6), FP32)]
)
def test_turning(interleaved, shape, dtype):
    x = strided(*shape, dtype=dtype).transpose(1, 2).contiguous().transpose(1, 2)
    angles = draw(shape[0], 1, shape[2], shape[3] // 2)
    for cos, sin in ((angles.cos(), angles.sin()), (angles[0, 0].cos(), angles[0, 0].sin())):
        out = rope.turn(x, cos, sin, interleaved=interleaved)
        want = reference.rope(x.double(), cos.double(), sin.double(), interleaved=interleaved)
        assert relative_error(out, want) < 1.5 * EPS[dtype] and out.stride() == x.stride()
        back = rope.turn(out, cos, sin, interleaved=interleaved, back=True)
        assert relative_error(back, x) < 2 * EPS[dtype]


@pytest.mark.parametrize(
    ("interleaved", "normed", "turned", "heads", "groups", "width", "tokens"),
    [
        (False, True, True, 6, 2, 80, 3), (True, True, True, 6, 2, 80, 2), (False, False, True, 3, 1, 16, 2),
        (True, False, True, 1, 1, 2, 1), (False, True, False, 1, 1, 2, 1), (False, False, False, 5, 5, 16, 2),
    ],
)  # fmt: skip
def test_heads_into_the_cache(interleaved, normed, turned, heads, groups, width, tokens):
    batch, capacity = 3, 9
    qkv = draw(batch, tokens, 2, (heads + 2 * groups) * width)[:, :, 0].unflatten(2, (-1, width))
    angles = draw(batch, 1, tokens, width // 2)
    rotation = (angles.cos(), angles.sin()) if turned else None
    norms = (draw(width), draw(width)) if normed else None
    starts = torch.tensor([0, 4, capacity - tokens + 1], device=DEVICE)  # the last one's last token does not fit
    for start in (starts, 2, starts[:1] + 1):
        keys, values, want_keys, want_values = (
            draw(2, batch, groups, capacity, width)[0] * 0 - 7 for _ in range(4)
        )  # fmt: skip
        on_device, number = (start, 0) if isinstance(start, Tensor) else (None, start)
        got = rope.keep(qkv, keys, values, on_device, number, rotation, norms, 1e-6, interleaved)
        wide = [None if pair is None else tuple(part.double() for part in pair) for pair in (rotation, norms)]
        want_keys, want_values = want_keys.double(), want_values.double()
        want = reference.store_heads(
            qkv.double(), want_keys, want_values, start, *wide, eps=1e-6, interleaved=interleaved
        )  # fmt: skip
        for one, other in ((got, want), (keys, want_keys), (values, want_values)):
            torch.testing.assert_close(one, other.float(), atol=2e-6, rtol=2e-6)


def test_a_cache_of_another_dtype():
    qkv, angles = draw(1, 2, 4, 16, dtype=BF16), draw(2, 8)
    keys, values = (torch.zeros(1, 1, 4, 16, dtype=FP16, device=DEVICE) for _ in range(2))
    rope.keep(qkv, keys, values, None, 1, (angles.cos(), angles.sin()), None, 1e-6, False)
    assert torch.equal(values[0, 0, 1:3], qkv[0, :, 3].half()) and keys[0, 0, [0, 3]].eq(0).all()


def activated(x: Tensor, bias: Tensor | None, kind: str, gated: bool) -> Tensor:
    return reference.gated(x, kind, bias) if gated else reference.activate(x, kind, bias)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gated", [False, True])
def test_activations(kind, gated):
    for shape, dtype, size in (((3, 5, 130), BF16, 1.0), ((1, 2), FP32, 1.0), ((2, 4102), FP16, 30.0)):
        for biased in (False, True):
            x = strided(*shape, dtype=dtype) * size
            bias = draw(shape[-1], dtype=dtype) if biased else None
            want = activated(x.double(), None if bias is None else bias.double(), kind, gated)
            assert relative_error(mlp.forward(x, bias, kind, gated), want) < 1.5 * EPS[dtype]
    far = torch.tensor([[-1e30, 1e30, -200.0, 0.0]], device=DEVICE)
    assert mlp.forward(far, None, kind, False).isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_gradients_of_activations(kind, gated, biased):
    x = draw(3, 2 * 22, dtype=FP64)[:, :22].requires_grad_()
    bias = draw(22, dtype=FP64).requires_grad_() if biased else None
    out = activated(x, bias, kind, gated)
    grad = draw(*out.shape, dtype=FP64)
    (want,) = torch.autograd.grad(out, x, grad)
    got = mlp.backward(grad, x.detach(), None if bias is None else bias.detach(), kind, gated)
    torch.testing.assert_close(got, want)


def test_nothing_at_all_is_no_error():
    empty = draw(0, 16)
    assert norm.forward(empty, empty, draw(16), None, 1e-5, False)[0].shape == (0, 16)
    assert mlp.forward(empty, None, "silu", True).shape == (0, 8)
    assert rope.turn(draw(1, 0, 3, 4), draw(3, 2), draw(3, 2), interleaved=False).shape == (1, 0, 3, 4)


@pytest.mark.parametrize("count", [1, 201, 2700])
def test_log_mel(count):
    sound = draw(2, 2 * count, size=0.1)[:, ::2]
    sound[1] = torch.sin(torch.arange(count) * 0.3) + 1e-4 * sound[1]  # weak beside a loud tone
    filters = mel_filters().to(DEVICE)
    want = reference.log_mel(sound.double(), filters.double(), span=8.0)
    got = log_mel.forward(sound, filters, 400, 160, -10.0, 8.0)
    torch.testing.assert_close(got, want.float(), atol=2e-4, rtol=0)
    raw, exact = log_mel.forward(sound, filters, 400, 160, -10.0, None), reference.log_mel(sound.double(), filters)
    plain = (reference.log_mel(sound, filters) - exact).abs().max()  # a quiet bin beside a loud one has few digits
    assert (raw - exact).abs().max() <= 1.5 * plain + 1e-5
    torch.testing.assert_close(got[:1].cpu(), streamed(sound[0].cpu().numpy()), atol=2e-4, rtol=0)


def test_silence_is_the_floor():
    silence = torch.zeros(1, 1000, device=DEVICE)
    assert log_mel.forward(silence, mel_filters().to(DEVICE), 400, 160, -10.0, None).eq(-10.0).all()


@pytest.mark.parametrize(
    ("count", "vocabulary", "chunk", "dtype"), [(9, 1003, 3 * 1003, FP64), (1, 2, 1, FP64), (6, 130, 1 << 27, FP32)]
)
@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_cross_entropy(count, vocabulary, chunk, dtype, mean, biased):
    hidden, weight = draw(count, 24, dtype=dtype, size=3.0), draw(vocabulary, 24, dtype=dtype)
    bias = draw(vocabulary, dtype=dtype) if biased else None
    targets = torch.randint(vocabulary, (count,), device=DEVICE)
    targets[1::4] = -100
    leaves = [None if part is None else part.double().clone().requires_grad_() for part in (hidden, weight, bias)]
    want = reference.linear_cross_entropy(leaves[0], leaves[1], targets, leaves[2], mean=mean)
    want.backward()
    loss, *grads = cross_entropy.forward(hidden, weight, bias, targets, -100, mean, (True, True, True), chunk)
    torch.testing.assert_close(loss.double(), want.detach(), atol=1e-5, rtol=1e-5)
    for got, leaf in zip(grads, leaves, strict=True):
        assert (got is None) == (leaf is None)
        if leaf is not None:
            torch.testing.assert_close(got.double(), leaf.grad, atol=1e-5, rtol=1e-5)
    only, *nothing = cross_entropy.forward(hidden, weight, bias, targets, -100, mean, (False, False, False), chunk)
    assert torch.equal(only, loss) and nothing == [None, None, None]


def test_cross_entropy_of_huge_logits_and_unknown_tokens():
    hidden, weight = draw(3, 16, dtype=BF16, size=1e3), draw(70, 16, dtype=BF16, size=1e3)
    targets = torch.tensor([5, -100, 69], device=DEVICE)
    loss, *grads = cross_entropy.forward(hidden, weight, None, targets, -100, True, (True, True, False))
    assert relative_error(loss, reference.linear_cross_entropy(hidden.double(), weight.double(), targets)) < 0.01
    assert grads[0].isfinite().all() and grads[0][1].eq(0).all() and grads[1].dtype == BF16
    targets[0] = 70
    assert cross_entropy.forward(hidden, weight, None, targets, -100, True, (False,) * 3)[0].isnan()
