"""Weight-only matmul against float64 on the very numbers the codes stand for."""

import pytest
import torch
from torch import Tensor

from kernels import quantized, reference
from kernels.packed import pack_int4, quantize, unpack_int4
from tests.kernel_support import DEVICE, relative_error

BF16, FP16 = torch.bfloat16, torch.float16


def weight(codes: Tensor, scales: Tensor, offsets: Tensor | None) -> Tensor:
    """What codes stand for, in float64: the identity through the plain twin's own rule."""
    plain = (unpack_int4(codes) if codes.dtype == torch.int32 else codes).double()
    parts = plain.view(len(plain), scales.shape[1], -1) * scales.double()[..., None]
    parts = parts if offsets is None else parts + offsets.double()[..., None]
    return parts.view(plain.shape)


def check(x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> None:
    """The error is at most 1.5 times that of a matmul in x's dtype with the weight rounded to it, and what the plain
    twin gives is what comes out."""
    out = quantized.matmul(x, codes, scales, offsets)
    whole = weight(codes, scales, offsets)
    want = x.double() @ whole.T
    assert out.dtype == x.dtype and out.shape == want.shape
    assert relative_error(out, want) <= 1.5 * relative_error(x @ whole.to(x.dtype).T, want) + 1e-6
    plain = unpack_int4(codes) if codes.dtype == torch.int32 else codes
    assert relative_error(reference.quantized_matmul(x, plain, scales, offsets), out.double()) < 8e-3


@pytest.mark.parametrize(
    ("bits", "group", "offsets", "dtype"),
    [
        (4, 32, False, BF16), (4, 32, True, FP16), (4, 64, True, BF16), (4, 128, False, FP16), (4, None, True, BF16),
        (8, 32, True, BF16), (8, 128, False, FP16), (8, None, True, BF16),
    ],
)  # fmt: skip
def test_codes_are_multiplied_as_their_numbers(bits, group, offsets, dtype):
    torch.manual_seed(0)
    packed = quantize(torch.randn(7, 640), bits, group, offsets=offsets)
    codes, scales, shifts = (None if tensor is None else tensor.to(DEVICE) for tensor in packed)
    for tokens in (1, 5):
        check(torch.randn(tokens, 640).to(dtype).to(DEVICE), codes, scales, shifts)


@pytest.mark.parametrize(("tokens", "bits"), [(17, 4), (33, 8), (70, 4), (129, 8)])
def test_every_tile_of_tokens(tokens, bits):
    torch.manual_seed(1)
    codes, scales, _ = quantize(torch.randn(130, 128), bits, 64)
    check(torch.randn(tokens, 128).to(BF16).to(DEVICE), codes.to(DEVICE), scales.to(DEVICE), None)


def test_large_inputs_odd_rows_and_views():
    """The inputs are a slice of wider rows, huge, and all of one sign, so nothing cancels what is added to codes."""
    torch.manual_seed(2)
    codes, scales, offsets = quantize(torch.randn(15, 128), 4, 32, offsets=True)
    given = [tensor.to(DEVICE) for tensor in (codes, scales, offsets)]
    x = (torch.rand(2, 3, 256) * 1e4).to(BF16).to(DEVICE)[..., 64:192]
    check(x, *given)
    check(x[0, 0], *given)
    check(x.transpose(0, 1), given[0], given[1], None)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_long_row_is_cut_into_parts_and_summed(bits, monkeypatch):
    monkeypatch.setattr(quantized, "processors", lambda _: 4)
    torch.manual_seed(4)
    codes, scales, _ = quantize(torch.randn(3, 576), bits, 32)
    assert quantized.tiling(2, 3, 576, bits, 32, 4).splits > 1
    check(torch.randn(2, 576).to(BF16).to(DEVICE), codes.to(DEVICE), scales.to(DEVICE), None)


def test_scales_of_any_floating_kind_and_empty_shapes():
    codes, scales, _ = quantize(torch.randn(8, 64), 8, 32)
    x = torch.randn(3, 64).to(BF16).to(DEVICE)
    want = quantized.matmul(x, codes.to(DEVICE), scales.to(DEVICE))
    assert torch.equal(quantized.matmul(x, codes.to(DEVICE), scales.float().to(DEVICE)), want)
    assert quantized.matmul(x[:0], codes.to(DEVICE), scales.to(DEVICE)).shape == (0, 8)


def test_every_code_and_place_is_packed_and_unpacked():
    codes = torch.randint(-8, 8, (3, 128), dtype=torch.int8)
    words = pack_int4(codes)
    assert words.dtype == torch.int32 and words.shape == (3, 16)
    assert torch.equal(unpack_int4(words), codes)
    for column in range(64):  # the documented place of each code: bits of word w, run r, half h
        run, word, half = column // 16, column % 16 // 2, column % 2
        one = torch.zeros(1, 64, dtype=torch.int8)
        one[0, column] = -7
        changed = pack_int4(one) ^ pack_int4(torch.zeros_like(one))
        assert changed.nonzero()[:, 1].tolist() == [word]
        assert int(changed[0, word]) & 0xFFFFFFFF == 9 << 4 * (run + 4 * half)  # 8 becomes 1


@pytest.mark.parametrize(("bits", "bound"), [(8, 0.006), (4, 0.09)])
@pytest.mark.parametrize("offsets", [False, True])
def test_rounding_loses_little(bits, bound, offsets):
    torch.manual_seed(3)
    dense = torch.randn(40, 256)
    dense[3] = 0.0
    assert relative_error(weight(*quantize(dense, bits, 32, offsets=offsets)), dense) < bound


CODES, SCALES = torch.ones(6, 128, dtype=torch.int8, device=DEVICE), torch.ones(6, 4, device=DEVICE)
BAD = {
    "x": [{"x": torch.zeros(2, 128, device=DEVICE)}, {"x": torch.zeros((), dtype=BF16, device=DEVICE)}],
    "codes": [
        {"codes": CODES[:, :96]}, {"codes": CODES[0]}, {"codes": CODES.short()}, {"codes": CODES.to("meta")},
        {"codes": CODES[:, :12].int(), "x": torch.zeros(2, 96, dtype=BF16, device=DEVICE)},
        {"scales": torch.ones(6, 8, device=DEVICE)},
    ],
    "scales": [
        {"scales": SCALES[:5]}, {"scales": SCALES[:, :3]}, {"scales": SCALES.int()},
        {"scales": SCALES * torch.nan if DEVICE == "cpu" else SCALES.cpu()},
    ],
    "offsets": [{"offsets": SCALES[:, :2]}, {"offsets": SCALES.to("meta")}],
}  # fmt: skip


@pytest.mark.parametrize(("name", "change"), [(name, change) for name, changes in BAD.items() for change in changes])
def test_what_does_not_fit_is_named_before_any_launch(name, change, monkeypatch):
    monkeypatch.setattr(quantized, "quantized_kernels", None)
    given = {"x": torch.zeros(2, 128, dtype=BF16, device=DEVICE), "codes": CODES, "scales": SCALES} | change
    with pytest.raises(ValueError, match=f"^{name}:"):
        quantized.matmul(given["x"], given["codes"], given["scales"], given.get("offsets"))


def test_packing_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"^codes: expected -8 to 7"):
        pack_int4(torch.full((1, 64), 8, dtype=torch.int8))
    with pytest.raises(ValueError, match=r"^codes: expected int8"):
        pack_int4(torch.zeros(1, 96, dtype=torch.int8))
    with pytest.raises(ValueError, match=r"^group: 48"):
        quantize(torch.randn(2, 64), 8, 48)
    with pytest.raises(ValueError, match=r"^weight:"):
        quantize(torch.tensor([[torch.inf] * 64]), 8)
