"""More operators `antigone::...`, of inference alone: no gradients. As operators.py otherwise."""

import torch
from torch import Tensor
from torch.library import custom_op

__all__ = ["decode_attention_op", "log_mel_op", "quantized_matmul_op", "store_heads_op"]


@custom_op("antigone::store_heads", mutates_args=("keys", "values"))
def store_heads_op(
    heads: Tensor, keys: Tensor, values: Tensor, starts: Tensor | None, start: int, cos: Tensor | None,
    sin: Tensor | None, query_weight: Tensor | None, key_weight: Tensor | None, eps: float, interleaved: bool,
) -> Tensor:  # fmt: skip
    """Norm, rotation, and keys and values into the cache; arguments as in kernels.rope.keep."""
    from kernels import rope

    rotation = None if cos is None or sin is None else (cos, sin)
    norms = None if query_weight is None or key_weight is None else (query_weight, key_weight)
    return rope.keep(heads, keys, values, starts, start, rotation, norms, eps, interleaved)


@store_heads_op.register_fake
def _(
    heads: Tensor, keys: Tensor, values: Tensor, starts: Tensor | None, start: int, cos: Tensor | None,
    sin: Tensor | None, query_weight: Tensor | None, key_weight: Tensor | None, eps: float, interleaved: bool,
) -> Tensor:  # fmt: skip
    batch, tokens, count, width = heads.shape
    shape = batch, tokens, count - 2 * keys.shape[1], width
    return torch.empty(shape, dtype=heads.dtype, device=heads.device).transpose(1, 2)


@custom_op("antigone::log_mel", mutates_args=())
def log_mel_op(samples: Tensor, filters: Tensor, window: int, hop: int, floor: float, span: float | None) -> Tensor:
    """Log-mel features; arguments as in kernels.log_mel.forward."""
    from kernels import log_mel

    return log_mel.forward(samples, filters, window, hop, floor, span)


@log_mel_op.register_fake
def _(samples: Tensor, filters: Tensor, window: int, hop: int, floor: float, span: float | None) -> Tensor:
    frames = max(samples.shape[1], window // 2 + 1) // hop + 1
    shape = samples.shape[0], filters.shape[0], frames
    return torch.empty(shape, dtype=torch.float32, device=samples.device)


@custom_op("antigone::decode_attention", mutates_args=())
def decode_attention_op(
    query: Tensor, key: Tensor, value: Tensor, causal: bool, lengths: Tensor | None, bias: Tensor | None,
    scale: float | None, key_scales: Tensor | None, value_scales: Tensor | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention of a few queries and its log-sum-exp; arguments as in kernels.decode.forward."""
    from kernels import decode

    return decode.forward(
        query, key, value, causal=causal, lengths_B=lengths, bias=bias, scale=scale, key_scales=key_scales,
        value_scales=value_scales,
    )  # fmt: skip


@decode_attention_op.register_fake
def _(
    query: Tensor, key: Tensor, value: Tensor, causal: bool, lengths: Tensor | None, bias: Tensor | None,
    scale: float | None, key_scales: Tensor | None, value_scales: Tensor | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    return out, torch.empty(query.shape[:3], dtype=torch.float32, device=query.device)


@custom_op("antigone::quantized_matmul", mutates_args=())
def quantized_matmul_op(x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> Tensor:
    """Weight-only quantised product; arguments as in kernels.quantized.matmul."""
    from kernels import quantized

    return quantized.matmul(x, codes, scales, offsets)


@quantized_matmul_op.register_fake
def _(x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> Tensor:
    return torch.empty(*x.shape[:-1], codes.shape[0], dtype=x.dtype, device=x.device)
