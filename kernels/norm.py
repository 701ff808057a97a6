"""RMSNorm and LayerNorm, with the addition to the residual stream before them (Triton): forward and backward.

    stream, branch ──► total = stream + branch ──► out = norm(total) * weight + bias

Every byte crosses the memory bus once: a row lies in registers while it is added to, reduced, scaled and written. A
program holds one row, or several short ones; wider rows get more warps, so that each thread has at most 32 numbers.
The backward pass reads the total again and reduces it again in registers, so nothing but the total is kept; gradients
of weight and bias are gathered in registers over all rows of a program, a row for each program is written, and those
are summed at the end: no atomics, the same bits each time.
Sources: Zhang and Sennrich 2019; Ba et al. 2016; the tiling is that of Triton's layer-norm tutorial.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

from collections.abc import Iterator

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.ahead import Case
from kernels.launching import TYPES, guard, power, processors, rows_of, wide

MOST_WIDTH, MOST_TRAINED = 32768, 8192
"""The widest rows that a program holds in registers: forward, and forward and backward."""


@triton.jit(do_not_specialize=["rows"])
def _forward(
    stream,  # (rows, width), rows stream_step apart
    branch,  # (rows, width), or None
    weight,  # (width,)
    bias,  # (width,), or None
    total,  # (rows, width) contiguous, or None
    out,  # (rows, width) contiguous
    rows, width, stream_step, branch_step, eps,
    LAYER: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row_R = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column_D = tl.arange(0, BLOCK)
    inside_RD = (row_R < rows)[:, None] & (column_D < width)[None, :]
    here = row_R[:, None] * width + column_D[None, :]
    x_RD = tl.load(stream + row_R[:, None] * stream_step + column_D[None, :], inside_RD, 0.0)
    if branch is not None:
        more_RD = tl.load(branch + row_R[:, None] * branch_step + column_D[None, :], inside_RD, 0.0)
        x_RD = (x_RD.to(WIDE) + more_RD.to(WIDE)).to(x_RD.dtype)  # rounded as the stream is: what is kept is normed
        tl.store(total + here, x_RD, inside_RD)
    weight_D = tl.load(weight + column_D, column_D < width, 0.0).to(WIDE)
    wide_RD, scale_R = _scaled(x_RD.to(WIDE), inside_RD, width, eps, LAYER)
    out_RD = wide_RD * scale_R[:, None] * weight_D[None, :]
    if bias is not None:
        out_RD += tl.load(bias + column_D, column_D < width, 0.0).to(WIDE)[None, :]
    tl.store(out + here, out_RD.to(out.dtype.element_ty), inside_RD)


@triton.jit
def _scaled(wide_RD, inside_RD, width, eps, LAYER: tl.constexpr):
    """Rows, centred for LayerNorm, and what brings each to a variance of one."""
    if LAYER:
        mean_R = tl.sum(wide_RD, 1) / width
        wide_RD = tl.where(inside_RD, wide_RD - mean_R[:, None], 0.0)
    return wide_RD, 1.0 / tl.sqrt(tl.sum(wide_RD * wide_RD, 1) / width + eps)


@triton.jit(do_not_specialize=["rows"])
def _backward(
    grad_out,  # (rows, width), rows grad_step apart
    grad_total,  # (rows, width), rows grad_total_step apart, or None
    total,  # (rows, width), rows total_step apart
    weight,  # (width,)
    grad_in,  # (rows, width) contiguous
    grad_weight,  # (programs, width), of WIDE
    grad_bias,  # (programs, width), of WIDE, or None
    rows, width, grad_step, grad_total_step, total_step, eps,
    LAYER: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    column_D = tl.arange(0, BLOCK)
    weight_D = tl.load(weight + column_D, column_D < width, 0.0).to(WIDE)
    weights_RD = tl.zeros((ROWS, BLOCK), WIDE)
    biases_RD = tl.zeros((ROWS, BLOCK), WIDE)
    for first in range(tl.program_id(0) * ROWS, rows, tl.num_programs(0) * ROWS):
        row_R = (first + tl.arange(0, ROWS)).to(tl.int64)
        inside_RD = (row_R < rows)[:, None] & (column_D < width)[None, :]
        x_RD = tl.load(total + row_R[:, None] * total_step + column_D[None, :], inside_RD, 0.0).to(WIDE)
        grad_RD = tl.load(grad_out + row_R[:, None] * grad_step + column_D[None, :], inside_RD, 0.0).to(WIDE)
        centred_RD, scale_R = _scaled(x_RD, inside_RD, width, eps, LAYER)
        unit_RD = centred_RD * scale_R[:, None]
        weights_RD += grad_RD * unit_RD
        if grad_bias is not None:
            biases_RD += grad_RD
        inner_RD = grad_RD * weight_D[None, :]
        back_RD = inner_RD - unit_RD * (tl.sum(inner_RD * unit_RD, 1) / width)[:, None]
        if LAYER:
            back_RD -= (tl.sum(inner_RD, 1) / width)[:, None]
        back_RD *= scale_R[:, None]
        if grad_total is not None:
            past = grad_total + row_R[:, None] * grad_total_step + column_D[None, :]
            back_RD += tl.load(past, inside_RD, 0.0).to(WIDE)
        here = row_R[:, None] * width + column_D[None, :]
        tl.store(grad_in + here, back_RD.to(grad_in.dtype.element_ty), inside_RD)
    part = tl.program_id(0).to(tl.int64) * width + column_D
    tl.store(grad_weight + part, tl.sum(weights_RD, 0), column_D < width)
    if grad_bias is not None:
        tl.store(grad_bias + part, tl.sum(biases_RD, 0), column_D < width)


def tile(width: int, *, back: bool = False) -> tuple[int, int, int]:
    """Rows of a program, numbers of a row in it (a power of two), and its warps: backward twice as many."""
    block = power(width, 16)
    rows = max(1, 2048 // block)
    return rows, block, min(16, max(4, rows * block // (512 if back else 1024)))


def unsupported(x: Tensor, weight_D: Tensor, *, trained: bool) -> str | None:
    """Why rows can't be normed here, in words; None when they can."""
    most = MOST_TRAINED if trained else MOST_WIDTH
    if not 0 < x.shape[-1] <= most:
        return f"rows of {x.shape[-1]} are not within 1 to {most}"
    return None if weight_D.dtype in TYPES else f"the weight is {weight_D.dtype}"


def forward(
    stream: Tensor, branch: Tensor | None, weight_D: Tensor, bias_D: Tensor | None, eps: float, layer: bool
) -> tuple[Tensor, Tensor | None]:
    """Norm of stream + branch, and that sum, both contiguous and of the stream's shape; no sum without a branch.

    Args:
        branch: of the stream's shape.
        layer: LayerNorm, otherwise RMSNorm.
    """
    out = torch.empty(stream.shape, dtype=stream.dtype, device=stream.device)
    total = None if branch is None else torch.empty_like(out)
    x_RD = rows_of(stream)
    more_RD = None if branch is None else rows_of(branch)
    rows, block, warps = tile(x_RD.shape[1])
    if out.numel():
        with guard(stream):
            _forward[(triton.cdiv(x_RD.shape[0], rows),)](
                x_RD, more_RD, weight_D.contiguous(), None if bias_D is None else bias_D.contiguous(), total, out,
                *x_RD.shape, x_RD.stride(0), 0 if more_RD is None else more_RD.stride(0), eps,
                LAYER=layer, WIDE=wide(stream.dtype), ROWS=rows, BLOCK=block, num_warps=warps,
            )  # fmt: skip
    return out, total


def backward(
    grad_out: Tensor, grad_total: Tensor | None, total: Tensor, weight_D: Tensor, eps: float, layer: bool, biased: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Gradients of the sum (that of stream and branch alike), the weight, and the bias if there is one.

    Args:
        grad_out, grad_total: gradients of what `forward` returned.
        total: stream + branch.
    """
    grad_in = torch.empty(total.shape, dtype=total.dtype, device=total.device)
    x_RD, grad_RD = rows_of(total), rows_of(grad_out)
    past_RD = None if grad_total is None else rows_of(grad_total)
    rows, block, warps = tile(x_RD.shape[1], back=True)
    programs = max(1, min(triton.cdiv(x_RD.shape[0], rows), 2 * processors(total.device)))
    of = torch.float64 if total.dtype == torch.float64 else torch.float32
    parts = torch.empty(1 + biased, programs, x_RD.shape[1], dtype=of, device=total.device)
    with guard(total):
        _backward[(programs,)](
            grad_RD, past_RD, x_RD, weight_D.contiguous(), grad_in, parts[0], parts[1] if biased else None,
            *x_RD.shape, grad_RD.stride(0), 0 if past_RD is None else past_RD.stride(0), x_RD.stride(0), eps,
            LAYER=layer, WIDE=wide(total.dtype), ROWS=rows, BLOCK=block, num_warps=warps,
        )  # fmt: skip
    sums = parts.sum(1).to(weight_D.dtype)
    return grad_in, sums[0].clone() if biased else sums[0], sums[1].clone() if biased else None


def ahead_cases() -> Iterator[Case]:
    """Every tiling, for bf16 rows of published models' widths."""
    for width in (64, 128, 576, 1280, 2048, 4096, 8192, 16384, 32768):
        for layer in (False, True):
            name = f"add, {'layer' if layer else 'rms'} norm {width}"
            for kernel, pointers, steps in (_FORWARD, _BACKWARD):
                if kernel is _backward and width > MOST_TRAINED:
                    continue
                rows, block, warps = tile(width, back=kernel is _backward)
                types = dict.fromkeys(pointers, "*bf16:16") | dict.fromkeys(steps, "i32:16")
                types |= {"rows": "i32", "width": "i32:16", "eps": "fp32"}
                types |= {part: "*fp32:16" for part in ("grad_weight", "grad_bias") if part in pointers}
                constants = {"LAYER": layer, "WIDE": tl.float32, "ROWS": rows, "BLOCK": block}
                if not layer:
                    missing = "bias" if kernel is _forward else "grad_bias"
                    types.pop(missing)
                    constants |= {missing: None}
                yield Case(name if kernel is _forward else f"{name}, backward", kernel, types, constants, warps)


_FORWARD = (_forward, ("stream", "branch", "weight", "bias", "total", "out"), ("stream_step", "branch_step"))
_BACKWARD = (
    _backward, ("grad_out", "grad_total", "total", "weight", "grad_in", "grad_weight", "grad_bias"),
    ("grad_step", "grad_total_step", "total_step"),
)  # fmt: skip
