"""Fused prefill attention (Triton): self and cross, causal or not, grouped keys, padded or packed, with gradients.

The plain twin is `reference.attention`; kernels/dispatch.py is the door that picks. Importing this needs triton.
Arguments that don't fit raise a ValueError naming them before anything is launched; what is legal but not for these
kernels is told by `unsupported`.
"""

import math
import os

import torch
from torch import Tensor

from kernels.attention_ops import attention_op

__all__ = ["attention", "attention_packed", "attention_with_lse", "unsupported"]

WIDEST = 256
DTYPES = (torch.bfloat16, torch.float16, torch.float32)


def unsupported(query_BHTD: Tensor, key_BGSD: Tensor, bias: Tensor | None = None) -> str | None:
    """Why these kernels can't take such tensors, in a few words; None where they can.

    Under TRITON_INTERPRET=1 tensors of the CPU are taken, and float64 for checks of gradients.
    """
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    width = query_BHTD.shape[-1]
    if not query_BHTD.is_cuda and not interpreted:
        return f"query lies on {query_BHTD.device}, not on a CUDA device"
    if query_BHTD.is_cuda and torch.cuda.get_device_capability(query_BHTD.device) < (8, 0):
        return "the GPU is older than compute capability 8.0"
    if query_BHTD.dtype not in DTYPES and not (interpreted and query_BHTD.dtype == torch.float64):
        return f"query is {query_BHTD.dtype}, not bfloat16, float16 or float32"
    if width % 8 or not 8 <= width <= WIDEST:
        return f"heads are {width} wide, not a multiple of 8 up to {WIDEST}"
    if bias is not None and bias.dtype != torch.bool and not bias.dtype.is_floating_point:
        return f"bias is {bias.dtype}, neither bool nor floating point"
    return None


def attention(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = False,
    lengths_B: Tensor | None = None, bias: Tensor | None = None, scale: float | None = None,
) -> Tensor:  # fmt: skip
    """Attention (B, H, T, D) in the query's dtype, differentiable; as `reference.attention`.

    Args:
        query_BHTD, key_BGSD, value_BGSD: bfloat16, float16 or float32 on one GPU; D a multiple of 8 up to 256; H a
            multiple of G. Any strides: where rows of the last axis aren't together or don't begin at multiples of 16
            bytes, a copy is made.
        causal: a query sees keys up to its own position, aligned to the end of the (valid) keys.
        lengths_B: number of valid keys in each row of the batch, integers; what lies behind them is never read.
        bias: added to the scores (float) or keeps where True (bool); broadcastable to (B, H, T, S). A float one gets
            its gradient too, through a buffer of (B, H, T, S) float32.
        scale: of the scores; 1 / sqrt(D) when left out.

    Raises:
        ValueError: an argument doesn't fit, and which.
    """
    return attention_with_lse(
        query_BHTD, key_BGSD, value_BGSD, causal=causal, lengths_B=lengths_B, bias=bias, scale=scale
    )[0]


def attention_with_lse(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = False,
    lengths_B: Tensor | None = None, bias: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """As `attention`, with the log-sum-exp of the scores (B, H, T), float32; -inf where a query sees no key."""
    scale = _check(query_BHTD, key_BGSD, value_BGSD, 4, scale)
    batch, heads, tokens, _ = query_BHTD.shape
    if key_BGSD.shape[0] != batch:
        raise ValueError(f"key: batch {key_BGSD.shape[0]} is not the query's {batch}")
    _check_integers("lengths", lengths_B, (batch,), query_BHTD)
    _check_bias(bias, (batch, heads, tokens, key_BGSD.shape[2]), query_BHTD)
    query_BHTD, scale = _upright(query_BHTD, scale)
    return attention_op(query_BHTD, key_BGSD, value_BGSD, lengths_B, bias, None, None, tokens, causal, scale)


def attention_packed(
    query_THD: Tensor, key_SGD: Tensor, value_SGD: Tensor, query_starts: Tensor, key_starts: Tensor, *,
    longest: int, causal: bool = False, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention of sequences of different length that lie one after the other, without padding.

    Args:
        query_THD, key_SGD, value_SGD: all sequences' tokens; dtypes, widths and heads as in `attention`.
        query_starts, key_starts: (sequences + 1,) integers on the same device, cumulative lengths beginning at 0:
            sequence i holds rows starts[i] to starts[i + 1]. Rows outside of every sequence give zeros.
        longest: query tokens of the longest sequence; tokens past that in a longer one give zeros.
        causal: within each sequence, aligned to its end.

    Returns:
        (T, H, D) in the query's dtype, and the log-sum-exp (T, H), float32.

    Raises:
        ValueError: an argument doesn't fit, and which.
    """
    scale = _check(query_THD, key_SGD, value_SGD, 3, scale)
    sequences = query_starts.shape[0] - 1 if query_starts.dim() == 1 else -1
    if sequences < 1:
        raise ValueError(f"query_starts: expected (sequences + 1,), got {tuple(query_starts.shape)}")
    _check_integers("query_starts", query_starts, (sequences + 1,), query_THD)
    _check_integers("key_starts", key_starts, (sequences + 1,), query_THD)
    if not 0 <= longest <= query_THD.shape[0]:
        raise ValueError(f"longest: {longest} is not within 0 to {query_THD.shape[0]}")
    query_THD, scale = _upright(query_THD, scale)
    query, key, value = (tensor.transpose(0, 1)[None] for tensor in (query_THD, key_SGD, value_SGD))
    out, lse = attention_op(query, key, value, None, None, query_starts, key_starts, longest, causal, scale)
    return out[0].transpose(0, 1), lse[0].transpose(0, 1)


def _check(query: Tensor, key: Tensor, value: Tensor, rank: int, scale: float | None) -> float:
    """Raise for what doesn't fit; the scale to use."""
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != rank:
            raise ValueError(f"{name}: expected {rank} axes, got {tuple(tensor.shape)}")
        if tensor.device != query.device:
            raise ValueError(f"{name}: on {tensor.device}, the query is on {query.device}")
        if tensor.dtype != query.dtype:
            raise ValueError(f"{name}: {tensor.dtype}, the query is {query.dtype}")
    if key.shape != value.shape:
        raise ValueError(f"value: shape {tuple(value.shape)} is not the key's {tuple(key.shape)}")
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(f"key: width {key.shape[-1]} is not the query's {query.shape[-1]}")
    if key.shape[1] == 0 or query.shape[1] % key.shape[1]:
        raise ValueError(f"key: {key.shape[1]} heads do not divide the query's {query.shape[1]}")
    reason = unsupported(query, key)
    if reason is not None:
        raise ValueError(f"query: {reason}")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if not math.isfinite(scale):
        raise ValueError(f"scale: {scale} is not finite")
    return scale


def _upright(query: Tensor, scale: float) -> tuple[Tensor, float]:
    """The same scores by a scale that isn't negative: the kernel takes a row's maximum before it is scaled."""
    return (-query, -scale) if scale < 0 else (query, scale)


def _check_integers(name: str, tensor: Tensor | None, shape: tuple[int, ...], query: Tensor) -> None:
    if tensor is None:
        return
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name}: expected {shape}, got {tuple(tensor.shape)}")
    if tensor.dtype not in (torch.int32, torch.int64):
        raise ValueError(f"{name}: {tensor.dtype}, expected int32 or int64")
    if tensor.device != query.device:
        raise ValueError(f"{name}: on {tensor.device}, the query is on {query.device}")


def _check_bias(bias: Tensor | None, whole: tuple[int, ...], query: Tensor) -> None:
    if bias is None:
        return
    if bias.device != query.device:
        raise ValueError(f"bias: on {bias.device}, the query is on {query.device}")
    if bias.dtype != torch.bool and not bias.dtype.is_floating_point:
        raise ValueError(f"bias: {bias.dtype}, expected bool or floating point")
    own = bias.shape[::-1]
    if len(own) > 4 or not all(size in (1, full) for size, full in zip(own, whole[::-1], strict=False)):
        raise ValueError(f"bias: {tuple(bias.shape)} does not broadcast to {whole}")
