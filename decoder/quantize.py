"""Weight-only quantisation for a processor: int8 weights, one scale a row, multiplied in integers by PyTorch's own
kernels.

The activations of each token are cut to 8 bits on the way in (Dettmers et al. 2022, vector-wise), so that a matmul is
one integer kernel both for a single token and for a prompt. The plain twin is `kernels.reference.quantized_matmul`.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from decoder.rotation import block_size, hadamard, mix
from kernels.arithmetic import Arithmetic
from kernels.cpu import matrices

_CHUNK = 1 << 22


def quantize_rows(weight_NK: Tensor) -> tuple[Tensor, Tensor]:
    """Codes (N, K) int8 and scales (N,) float32 with weight close to codes * scale. Not-finite weights give such a
    scale."""
    scales_N = weight_NK.abs().amax(dim=1) / 127
    codes_NK = (weight_NK / scales_N.clamp_min(1e-30)[:, None]).round_()
    return codes_NK.to(torch.int8), scales_N


def available(arithmetic: Arithmetic | None = None) -> bool:
    """Whether models can be computed in this arithmetic here: 4 bits need the compiled kernels (kernels/cpu), 8 bits
    them or PyTorch's. Without one: whether PyTorch has an integer matmul for this processor, as QuantizedLinear
    needs."""
    if arithmetic is None:
        return bool(_engine())
    if arithmetic in ("float32", "bfloat16"):
        return True
    return matrices.available() or (arithmetic == "int8" and available())


class QuantizedLinear(nn.Module):
    """A linear layer from int8 codes, float32 in and out."""

    def __init__(self, codes_NK: Tensor, scales_N: Tensor, mixer_JJ: Tensor | None = None) -> None:
        """With a mixer, stretches of the input are multiplied by it first; the weight is already so multiplied."""
        super().__init__()
        torch.backends.quantized.engine = _engine()
        self.out_features, self.in_features = codes_NK.shape
        self.finite = bool(torch.isfinite(scales_N).all())
        self._half_range = not _accumulates_fully()
        zeros_N = torch.zeros(len(scales_N), dtype=torch.int64)
        weight = torch._make_per_channel_quantized_tensor(codes_NK, scales_N.double().clamp_min(1e-30), zeros_N, 0)
        self._packed = torch.ops.quantized.linear_prepack(weight, None)
        self._multiply = torch.ops.quantized.linear_dynamic.default
        self.bias: Tensor | None = None
        self._mixer = mixer_JJ

    @classmethod
    def from_float(cls, weight_NK: Tensor, *, mixed: bool = False) -> "QuantizedLinear":
        """Quantise a layer's weight (N, K); `mixed` spreads outliers of its input over 64 neighbours (rotation.py)."""
        if not mixed:
            return cls(*quantize_rows(weight_NK))
        mixer_JJ = hadamard(block_size(weight_NK.shape[1]))
        return cls(*quantize_rows(mix(weight_NK, mixer_JJ)), mixer_JJ)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N). PyTorch's kernel has one scale for all rows of x; dividing each row by its own
        largest value first gives each token its own, so that one token's outlier doesn't blur the others."""
        if self._mixer is not None:
            x = mix(x, self._mixer)
        if x.numel() == self.in_features:
            one: Tensor = self._multiply(x, self._packed, self._half_range)
            return one if self.bias is None else one.add_(self.bias)
        largest = x.abs().amax(dim=-1, keepdim=True).clamp_min_(1e-30)
        out: Tensor = self._multiply(x / largest, self._packed, self._half_range).mul_(largest)
        return out if self.bias is None else out.add_(self.bias)


class RowsEmbedding(nn.Module):
    """An embedding whose rows are decoded from the file when they are looked up: nothing is held in memory."""

    def __init__(self, rows: Callable[[Tensor], Tensor]) -> None:
        """`rows` maps ids (n,) to their weights (n, D)."""
        super().__init__()
        self._rows = rows

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """(B, T) to (B, T, D)."""
        return self._rows(tokens_BT.flatten()).unflatten(0, tokens_BT.shape)


def head_from_rows(rows: Callable[[Tensor], Tensor], vocabulary: int, width: int) -> QuantizedLinear:
    """The tied head, quantised a stretch of rows at a time: as float32 it may be larger than the whole model."""
    codes_VD, scales_V = torch.empty(vocabulary, width, dtype=torch.int8), torch.empty(vocabulary)
    step = max(1, _CHUNK // width)
    for start in range(0, vocabulary, step):
        ids = torch.arange(start, min(start + step, vocabulary))
        codes_VD[start : start + step], scales_V[start : start + step] = quantize_rows(rows(ids))
    return QuantizedLinear(codes_VD, scales_V)


def _engine() -> str:
    """The best of PyTorch's integer engines here: "x86" (FBGEMM, oneDNN) or "" where there is none that fits."""
    engines = torch.backends.quantized.supported_engines
    return next((engine for engine in ("x86", "fbgemm") if engine in engines), "")


def _accumulates_fully() -> bool:
    """Without VNNI the kernels add pairs in 16 bits, where full-range activations overflow."""
    return bool(torch.cpu._is_vnni_supported())
