"""The only door to the operations: checks the arguments, then picks the fastest implementation for the device.

On a CPU that is PyTorch's own fused kernel. `force("reference")` pins the plain implementation, for tests.
A Triton implementation registers itself in `_FUSED` by the operation's name; it is used for CUDA tensors only.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels import reference
from kernels.reference import Activation

Backend = Literal["auto", "reference", "torch"]
_forced: ContextVar[Backend] = ContextVar("kernels_backend", default="auto")
_FUSED: dict[str, Callable[..., Any]] = {}


@contextmanager
def force(backend: Backend) -> Iterator[None]:
    """Pin the implementation inside the block: "reference", "torch", or "auto" to choose by device."""
    if backend not in ("auto", "reference", "torch"):
        raise ValueError(f"backend: {backend!r} is not one of auto, reference, torch")
    token = _forced.set(backend)
    try:
        yield
    finally:
        _forced.reset(token)


def _fused(name: str, tensor: Tensor) -> Callable[..., Any] | None:
    return _FUSED.get(name) if tensor.is_cuda and _forced.get() == "auto" else None


def _check_attention(query: Tensor, key: Tensor, value: Tensor, lengths: Tensor | None, bias: Tensor | None) -> None:
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != 4:
            raise ValueError(f"{name}: expected 4 axes (batch, heads, tokens, width), got {tuple(tensor.shape)}")
    if key.shape[:3] != value.shape[:3]:
        raise ValueError(f"value: shape {tuple(value.shape)} does not go with key {tuple(key.shape)}")
    if query.shape[0] != key.shape[0]:
        raise ValueError(f"key: batch {key.shape[0]} is not the query's {query.shape[0]}")
    if query.shape[3] != key.shape[3]:
        raise ValueError(f"key: width {key.shape[3]} is not the query's {query.shape[3]}")
    if key.shape[1] == 0 or query.shape[1] % key.shape[1]:
        raise ValueError(f"key: {key.shape[1]} heads do not divide the query's {query.shape[1]}")
    if query.dtype != key.dtype or key.dtype != value.dtype:
        raise ValueError(f"key: dtypes differ: query {query.dtype}, key {key.dtype}, value {value.dtype}")
    if lengths is not None and lengths.shape != (query.shape[0],):
        raise ValueError(f"lengths: expected ({query.shape[0]},), got {tuple(lengths.shape)}")
    if bias is not None:
        full = (query.shape[0], query.shape[1], query.shape[2], key.shape[2])
        # own rule: torch.broadcast_shapes imports sympy, seconds at the first call
        own = bias.shape[::-1]
        fits = len(own) <= len(full) and all(size in (1, whole) for size, whole in zip(own, full[::-1], strict=False))
        if not fits:
            raise ValueError(f"bias: {tuple(bias.shape)} does not broadcast to {full}")


def attention(
    query_BHTD: Tensor,
    key_BGSD: Tensor,
    value_BGSD: Tensor,
    *,
    causal: bool = False,
    lengths_B: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> Tensor:
    """Attention as `reference.attention`; returns (B, H, T, D). Raises ValueError that names the argument that
    doesn't fit."""
    _check_attention(query_BHTD, key_BGSD, value_BGSD, lengths_B, bias)
    options: dict[str, Any] = {"causal": causal, "lengths_B": lengths_B, "bias": bias, "scale": scale}
    if _forced.get() == "reference":
        return reference.attention(query_BHTD, key_BGSD, value_BGSD, **options)
    fused = _fused("attention", query_BHTD)
    if fused is not None:
        return fused(query_BHTD, key_BGSD, value_BGSD, **options)
    return _sdpa(query_BHTD, key_BGSD, value_BGSD, **options)


def attention_with_lse(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, **options: Any
) -> tuple[Tensor, Tensor]:
    """Attention and the log-sum-exp (B, H, T) of its scores, by which partial attentions over split memories are
    merged."""
    _check_attention(query_BHTD, key_BGSD, value_BGSD, options.get("lengths_B"), options.get("bias"))
    fused = _fused("attention_with_lse", query_BHTD)
    if fused is not None:
        return fused(query_BHTD, key_BGSD, value_BGSD, **options)
    return reference.attention(query_BHTD, key_BGSD, value_BGSD, with_lse=True, **options)


def _sdpa(
    query: Tensor, key: Tensor, value: Tensor, *, causal: bool, lengths_B: Tensor | None, bias: Tensor | None,
    scale: float | None,
) -> Tensor:  # fmt: skip
    tokens, keys = query.shape[2], key.shape[2]
    grouped = query.shape[1] != key.shape[1]
    if lengths_B is None and bias is None and (not causal or tokens == 1 or tokens == keys):
        # The one shape in which torch's own causal flag (aligned to the start) means the same as ours.
        return F.scaled_dot_product_attention(
            query, key, value, is_causal=causal and tokens > 1, scale=scale, enable_gqa=grouped
        )
    mask = reference.attention_mask(tokens, keys, causal=causal, lengths_B=lengths_B, device=query.device)
    if bias is not None:
        if mask is None:
            mask = bias
        elif bias.dtype == torch.bool:
            mask = mask & bias
        else:
            mask = bias.masked_fill(~mask, -math.inf)
    assert mask is not None
    if mask.dtype != torch.bool:
        mask = mask.to(query.dtype)
    if mask.dim() < 4:
        mask = mask[(None,) * (4 - mask.dim())]
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale, enable_gqa=grouped)
    if lengths_B is None and bias is None and tokens <= keys:
        return out
    seen = (mask if mask.dtype == torch.bool else mask > -math.inf).any(-1, keepdim=True)
    return out.masked_fill(~seen, 0.0)


def rms_norm(x_D: Tensor, weight_D: Tensor, eps: float) -> Tensor:
    """RMS norm over the last axis; see `reference.rms_norm`."""
    if x_D.shape[-1:] != weight_D.shape:
        raise ValueError(f"weight: {tuple(weight_D.shape)} does not fit x's last axis {x_D.shape[-1]}")
    if _forced.get() == "reference":
        return reference.rms_norm(x_D, weight_D, eps)
    fused = _fused("rms_norm", x_D)
    return fused(x_D, weight_D, eps) if fused is not None else F.rms_norm(x_D, weight_D.shape, weight_D, eps)


def layer_norm(x_D: Tensor, weight_D: Tensor, bias_D: Tensor | None, eps: float) -> Tensor:
    """Layer norm over the last axis; see `reference.layer_norm`."""
    if x_D.shape[-1:] != weight_D.shape:
        raise ValueError(f"weight: {tuple(weight_D.shape)} does not fit x's last axis {x_D.shape[-1]}")
    if _forced.get() == "reference":
        return reference.layer_norm(x_D, weight_D, bias_D, eps)
    fused = _fused("layer_norm", x_D)
    return fused(x_D, weight_D, bias_D, eps) if fused is not None else F.layer_norm(
        x_D, weight_D.shape, weight_D, bias_D, eps
    )  # fmt: skip


def rope(x_BHTD: Tensor, cos: Tensor, sin: Tensor, *, interleaved: bool = False) -> Tensor:
    """Rotary positions; see `reference.rope`."""
    if cos.shape != sin.shape or cos.shape[-1] * 2 != x_BHTD.shape[-1] or cos.shape[-2] != x_BHTD.shape[-2]:
        raise ValueError(f"cos: {tuple(cos.shape)}, {tuple(sin.shape)} do not fit x {tuple(x_BHTD.shape)}")
    fused = _fused("rope", x_BHTD)
    if fused is not None:
        return fused(x_BHTD, cos, sin, interleaved=interleaved)
    return reference.rope(x_BHTD, cos, sin, interleaved=interleaved)


def activate(x: Tensor, kind: Activation) -> Tensor:
    """The pointwise non-linearity named `kind`; see `reference.activate`."""
    if _forced.get() != "reference":
        if kind in ("gelu", "gelu_tanh"):
            return F.gelu(x, approximate="tanh" if kind == "gelu_tanh" else "none")
        if kind == "silu":
            return F.silu(x)
    return reference.activate(x, kind)


def swiglu(gate_up: Tensor) -> Tensor:
    """silu(gate) * up over a last axis that holds both; see `reference.swiglu`."""
    if gate_up.shape[-1] % 2:
        raise ValueError(f"gate_up: last axis {gate_up.shape[-1]} cannot be halved")
    if _forced.get() == "reference":
        return reference.swiglu(gate_up)
    fused = _fused("swiglu", gate_up)
    if fused is not None:
        return fused(gate_up)
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def quantized_matmul(x_MK: Tensor, codes_NK: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None = None) -> Tensor:
    """Weight-only quantised matmul; see `reference.quantized_matmul`."""
    if x_MK.shape[-1] != codes_NK.shape[1]:
        raise ValueError(f"codes: {tuple(codes_NK.shape)} does not fit x's last axis {x_MK.shape[-1]}")
    if scales_NJ.shape[0] != codes_NK.shape[0] or codes_NK.shape[1] % scales_NJ.shape[1]:
        raise ValueError(f"scales: {tuple(scales_NJ.shape)} does not fit codes {tuple(codes_NK.shape)}")
    fused = _fused("quantized_matmul", x_MK)
    if fused is not None:
        return fused(x_MK, codes_NK, scales_NJ, offsets_NJ)
    return reference.quantized_matmul(x_MK, codes_NK, scales_NJ, offsets_NJ)
