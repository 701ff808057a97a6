"""Cross-entropy of a head's logits that are never all there (Triton): loss and gradients from hidden states.

    for some rows at a time:   logits = hidden @ weight.T (+ bias)        matrix library, (rows, V)
                               loss, and logits <- d loss / d logits      one kernel, in place
                               d hidden = d logits @ weight;  d weight += d logits.T @ hidden

Roofline: the three products, 6 N D V operations, 33 ms of an H100 for N 8,192, D 4,096, V 128k; the logits' own
traffic (written, read twice, written, read twice, in bf16) is under a tenth of that. So a fused product would gain
little here and lose more: keeping no logits at all (Wijmans et al. 2024) computes them twice, 8 N D V. Rows are taken
by so many that their logits have 2^27 numbers, 256 MiB in bf16: enough for the products to run at full speed, while all
logits together would be 2 GiB and their gradient as much again. Gradients are made with the loss (Hsu et al. 2024,
Liger), so a row's logits are computed once.

The kernel has a program for each row. Its first pass keeps a running maximum and sum (Milakov and Gimelshein 2018), its
second writes softmax minus one-hot over the logits; half of what the second reads still lies in the L2 cache.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

from collections.abc import Iterator

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.ahead import Case
from kernels.launching import guard, power, wide

_CHUNK = 1 << 27
"""Logits there may be at a time."""


@triton.jit(do_not_specialize=["ignored"])
def _loss(
    logits,  # (rows, vocabulary) contiguous; becomes the gradient with GRAD
    targets,  # (rows,) integers
    losses,  # (rows,), of WIDE
    scale,  # (1,), of WIDE: what the gradient is multiplied by
    vocabulary, ignored,
    GRAD: tl.constexpr, WIDE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    target = tl.load(targets + row)
    at = logits + row * vocabulary
    column_V = tl.arange(0, BLOCK)
    if target == ignored:
        tl.store(losses + row, 0.0)
        if GRAD:
            for first in range(0, vocabulary, BLOCK):
                nothing_V = tl.zeros((BLOCK,), logits.dtype.element_ty)
                tl.store(at + first + column_V, nothing_V, first + column_V < vocabulary)
    else:
        top = tl.full((), float("-inf"), WIDE)
        total = tl.full((), 0.0, WIDE)
        known = (target >= 0) & (target < vocabulary)
        # before the first pass, whose reductions wait for all threads: the second overwrites it
        own = tl.load(at + target, known, 0.0).to(WIDE)
        for first in range(0, vocabulary, BLOCK):
            x_V = tl.load(at + first + column_V, first + column_V < vocabulary, float("-inf")).to(WIDE)
            higher = tl.maximum(top, tl.max(x_V, 0))
            total = total * tl.exp(top - higher) + tl.sum(tl.exp(x_V - higher), 0)
            top = higher
        lse = top + tl.log(total)
        loss = lse - own
        tl.store(losses + row, tl.where(known, loss, float("nan")))  # a token there is none of must not pass unseen
        if GRAD:
            by = tl.load(scale)
            for first in range(0, vocabulary, BLOCK):
                inside_V = first + column_V < vocabulary
                x_V = tl.load(at + first + column_V, inside_V, float("-inf")).to(WIDE)
                grad_V = (tl.exp(x_V - lse) - tl.where(first + column_V == target, 1.0, 0.0)) * by
                tl.store(at + first + column_V, grad_V.to(logits.dtype.element_ty), inside_V)


def tile(vocabulary: int) -> tuple[int, int]:
    """Logits of a step and warps."""
    block = min(power(vocabulary, 128), 8192)
    return block, max(4, min(16, block // 512))


def forward(
    hidden_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, targets_N: Tensor, ignored: int, mean: bool,
    wanted: tuple[bool, bool, bool], chunk: int = _CHUNK,
) -> tuple[Tensor, Tensor | None, Tensor | None, Tensor | None]:  # fmt: skip
    """The loss, and its gradients by hidden states, weight and bias where `wanted`; see
    `reference.linear_cross_entropy`.

    Args:
        chunk: logits there may be at a time.
    """
    count, vocabulary = hidden_ND.shape[0], weight_VD.shape[0]
    of = torch.float64 if hidden_ND.dtype == torch.float64 else torch.float32
    losses_N = torch.empty(count, dtype=of, device=hidden_ND.device)
    real = (targets_N != ignored).sum().to(of)
    scale = 1 / real if mean else torch.ones_like(real)
    sums = _Gradients(hidden_ND, weight_VD, bias_V, wanted)
    rows = max(1, min(count, chunk // vocabulary // 128 * 128 or chunk // vocabulary))
    block, warps = tile(vocabulary)
    for first in range(0, count, rows):
        here_RD, targets_R = hidden_ND[first : first + rows], targets_N[first : first + rows].contiguous()
        logits_RV = torch.nn.functional.linear(here_RD, weight_VD, bias_V)
        with guard(logits_RV):
            _loss[(len(targets_R),)](
                logits_RV, targets_R, losses_N[first : first + rows], scale, vocabulary, ignored,
                GRAD=any(wanted), WIDE=wide(logits_RV.dtype), BLOCK=block, num_warps=warps,
            )  # fmt: skip
        sums.add(logits_RV, here_RD, first)
    return losses_N.sum() * scale, *sums.finish()


class _Gradients:
    """Sums over chunks of rows, in float32 where the numbers are shorter."""

    def __init__(
        self, hidden_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, wanted: tuple[bool, bool, bool]
    ) -> None:
        of = torch.float64 if weight_VD.dtype == torch.float64 else torch.float32
        self._weight_VD, self._dtype = weight_VD, None if bias_V is None else bias_V.dtype
        self._hidden = torch.empty_like(hidden_ND) if wanted[0] else None
        self._weight = torch.zeros(weight_VD.shape, dtype=of, device=weight_VD.device) if wanted[1] else None
        self._bias = None if bias_V is None or not wanted[2] else torch.zeros_like(bias_V, dtype=of)

    def add(self, grad_RV: Tensor, hidden_RD: Tensor, first: int) -> None:
        """One chunk's part, from the gradient of its logits."""
        if self._hidden is not None:
            torch.mm(grad_RV, self._weight_VD, out=self._hidden[first : first + len(grad_RV)])
        if self._weight is not None:
            self._weight += grad_RV.T @ hidden_RD
        if self._bias is not None:
            self._bias += grad_RV.sum(0, dtype=self._bias.dtype)

    def finish(self) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """Gradients of hidden states, weight and bias in their own dtypes."""
        weight = None if self._weight is None else self._weight.to(self._weight_VD.dtype)
        return self._hidden, weight, None if self._bias is None else self._bias.to(self._dtype)


def ahead_cases() -> Iterator[Case]:
    """Vocabularies of 49,152 and 128,256 alike, and a small one; with gradients and without."""
    for vocabulary in (1000, 128256):
        block, warps = tile(vocabulary)
        for gradients in (False, True):
            types = {"logits": "*bf16:16", "targets": "*i64:16", "losses": "*fp32:16", "scale": "*fp32:16"}
            types |= {"vocabulary": "i32:16", "ignored": "i32"}
            constants = {"GRAD": gradients, "WIDE": tl.float32, "BLOCK": block}
            name = f"cross-entropy {vocabulary}{', gradients' if gradients else ''}"
            yield Case(name, _loss, types, constants, warps)
