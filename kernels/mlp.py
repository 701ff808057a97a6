"""What stands between a feed-forward's two products (Triton): bias and activation, gated or not, forward and backward.

    plain:  out = act(x + bias)                          x (rows, N)   -> (rows, N)
    gated:  out = act(gate + bias) * (up + its bias)     x (rows, 2 N) -> (rows, N)   SwiGLU with silu (Shazeer 2020)

The roofline is the bytes of x and out: three numbers move for each that is written where gated, two where not. Tiles
of 2,048 numbers in a row, or several short rows; each thread moves 16 bytes at a time. The backward pass computes the
activation again from x, which has to be read for its derivative anyway, so the forward pass keeps nothing.

A linear layer's own bias needs no help on a GPU: the matrix library adds it as it writes its product. `bias` is for
products that don't (quantised ones).
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

from collections.abc import Iterator

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.ahead import Case
from kernels.launching import guard, power, rows_of, wide
from kernels.reference import Activation

_ROOT_HALF = tl.constexpr(0.7071067811865476)
_ROOT_TWO_PI = tl.constexpr(2.5066282746310002)
_TANH_SCALE = tl.constexpr(1.5957691216057308)  # 2 sqrt(2 / pi): tanh(u) is 2 sigmoid(2 u) - 1
_TANH_CUBE = tl.constexpr(0.044715)
_QUICK = tl.constexpr(1.702)


@triton.jit
def _sigmoid(x):
    return 1.0 / (1.0 + tl.exp(-x))


@triton.jit
def _act(x, KIND: tl.constexpr):
    if KIND == "gelu":
        return x * 0.5 * (1.0 + tl.erf(x * _ROOT_HALF))
    elif KIND == "gelu_tanh":
        return x * _sigmoid(_TANH_SCALE * (x + _TANH_CUBE * x * x * x))
    elif KIND == "quick_gelu":
        return x * _sigmoid(_QUICK * x)
    elif KIND == "relu":
        return tl.where(x > 0.0, x, 0.0)
    else:
        return x * _sigmoid(x)


@triton.jit
def _slope(x, KIND: tl.constexpr):
    """The derivative of `_act`."""
    if KIND == "gelu":
        return 0.5 * (1.0 + tl.erf(x * _ROOT_HALF)) + x * tl.exp(-0.5 * x * x) / _ROOT_TWO_PI
    elif KIND == "gelu_tanh":
        share = _sigmoid(_TANH_SCALE * (x + _TANH_CUBE * x * x * x))
        return share + x * share * (1.0 - share) * _TANH_SCALE * (1.0 + 3.0 * _TANH_CUBE * x * x)
    elif KIND == "quick_gelu":
        share = _sigmoid(_QUICK * x)
        return share + _QUICK * x * share * (1.0 - share)
    elif KIND == "relu":
        return tl.where(x > 0.0, 1.0, 0.0)
    else:
        share = _sigmoid(x)
        return share + x * share * (1.0 - share)


@triton.jit(do_not_specialize=["rows"])
def _forward(
    x,  # (rows, width), or (rows, 2 width) gated; rows step apart
    bias,  # (width,) or (2 width,), or None
    out,  # (rows, width) contiguous
    rows, width, step,
    KIND: tl.constexpr, GATED: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row_R = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column_N = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside_RN = (row_R < rows)[:, None] & (column_N < width)[None, :]
    at_RN = x + row_R[:, None] * step + column_N[None, :]
    gate_RN = tl.load(at_RN, inside_RN, 0.0).to(WIDE)
    if bias is not None:
        gate_RN += tl.load(bias + column_N, column_N < width, 0.0).to(WIDE)[None, :]
    out_RN = _act(gate_RN, KIND)
    if GATED:
        up_RN = tl.load(at_RN + width, inside_RN, 0.0).to(WIDE)
        if bias is not None:
            up_RN += tl.load(bias + width + column_N, column_N < width, 0.0).to(WIDE)[None, :]
        out_RN *= up_RN
    tl.store(out + row_R[:, None] * width + column_N[None, :], out_RN.to(out.dtype.element_ty), inside_RN)


@triton.jit(do_not_specialize=["rows"])
def _backward(
    grad,  # (rows, width), rows grad_step apart
    x,  # as in _forward
    bias,
    grad_x,  # (rows, width) or (rows, 2 width), contiguous
    rows, width, grad_step, step,
    KIND: tl.constexpr, GATED: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row_R = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column_N = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside_RN = (row_R < rows)[:, None] & (column_N < width)[None, :]
    at_RN = x + row_R[:, None] * step + column_N[None, :]
    grad_RN = tl.load(grad + row_R[:, None] * grad_step + column_N[None, :], inside_RN, 0.0).to(WIDE)
    gate_RN = tl.load(at_RN, inside_RN, 0.0).to(WIDE)
    if bias is not None:
        gate_RN += tl.load(bias + column_N, column_N < width, 0.0).to(WIDE)[None, :]
    if GATED:
        up_RN = tl.load(at_RN + width, inside_RN, 0.0).to(WIDE)
        if bias is not None:
            up_RN += tl.load(bias + width + column_N, column_N < width, 0.0).to(WIDE)[None, :]
        to_RN = grad_x + row_R[:, None] * (2 * width) + column_N[None, :]
        tl.store(to_RN + width, (grad_RN * _act(gate_RN, KIND)).to(grad_x.dtype.element_ty), inside_RN)
        grad_RN *= up_RN
    else:
        to_RN = grad_x + row_R[:, None] * width + column_N[None, :]
    tl.store(to_RN, (grad_RN * _slope(gate_RN, KIND)).to(grad_x.dtype.element_ty), inside_RN)


def tile(rows: int, width: int) -> tuple[int, int]:
    """Rows and columns of a program, powers of two: 2,048 numbers, 1,024 where there are few of them to share out."""
    size = 2048 if rows * width > 1 << 19 else 1024
    block = min(power(width, 16), size)
    return size // block, block


def forward(x: Tensor, bias: Tensor | None, kind: Activation, gated: bool) -> Tensor:
    """act(x + bias), or of a last axis that holds gate, then up: act(gate + bias) * (up + bias). Contiguous."""
    width = x.shape[-1] // (2 if gated else 1)
    out = torch.empty(*x.shape[:-1], width, dtype=x.dtype, device=x.device)
    x_RN = rows_of(x)
    rows, block = tile(x_RN.shape[0], width)
    if out.numel():
        with guard(x):
            _forward[(triton.cdiv(x_RN.shape[0], rows), triton.cdiv(width, block))](
                x_RN, None if bias is None else bias.contiguous(), out, x_RN.shape[0], width, x_RN.stride(0),
                KIND=kind, GATED=gated, WIDE=wide(x.dtype), ROWS=rows, BLOCK=block,
            )  # fmt: skip
    return out


def backward(grad: Tensor, x: Tensor, bias: Tensor | None, kind: Activation, gated: bool) -> Tensor:
    """The gradient of x, contiguous; the bias's is its sum over all rows."""
    width = x.shape[-1] // (2 if gated else 1)
    grad_x = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    x_RN, grad_RN = rows_of(x), rows_of(grad)
    rows, block = tile(x_RN.shape[0], width)
    if grad_x.numel():
        with guard(x):
            _backward[(triton.cdiv(x_RN.shape[0], rows), triton.cdiv(width, block))](
                grad_RN, x_RN, None if bias is None else bias.contiguous(), grad_x, x_RN.shape[0], width,
                grad_RN.stride(0), x_RN.stride(0), KIND=kind, GATED=gated, WIDE=wide(x.dtype), ROWS=rows, BLOCK=block,
            )  # fmt: skip
    return grad_x


def ahead_cases() -> Iterator[Case]:
    """Each activation, gated and not, with and without bias."""
    for kind in ("gelu", "gelu_tanh", "quick_gelu", "relu", "silu"):
        for gated in (False, True):
            for biased in (False, True):
                rows, block = tile(4096, 5120)
                constants = {"KIND": kind, "GATED": gated, "WIDE": tl.float32, "ROWS": rows, "BLOCK": block}
                types = {"rows": "i32", "width": "i32:16", "step": "i32:16", "x": "*bf16:16"}
                types |= {"bias": "*bf16:16"} if biased else {}
                constants |= {} if biased else {"bias": None}
                name = f"{kind}{', gated' if gated else ''}{', bias' if biased else ''}"
                yield Case(name, _forward, types | {"out": "*bf16:16"}, constants)
                more = {"grad": "*bf16:16", "grad_x": "*bf16:16", "grad_step": "i32:16"}
                yield Case(f"{name}, backward", _backward, types | more, constants)
