"""What the door refuses before anything is launched: a ValueError names the argument and what was expected."""

import torch
from torch import Tensor

from kernels.backends import check_finite

_INTEGERS = (torch.int32, torch.int64)


def check_attention(
    query: Tensor, key: Tensor, value: Tensor, lengths: Tensor | None, bias: Tensor | None, scale: float | None,
    key_scales: Tensor | None, value_scales: Tensor | None,
) -> None:  # fmt: skip
    """Of attention: ranks, shapes, heads, dtypes, devices, lengths, scale. A memory of one row serves any batch."""
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != 4:
            raise ValueError(f"{name}: expected 4 axes (batch, heads, tokens, width), got {tuple(tensor.shape)}")
    if key.shape[:3] != value.shape[:3]:
        raise ValueError(f"value: shape {tuple(value.shape)} does not go with key {tuple(key.shape)}")
    if key.shape[0] != query.shape[0] and key.shape[0] != 1:
        raise ValueError(f"key: batch {key.shape[0]} is not the query's {query.shape[0]}")
    if query.shape[3] != key.shape[3]:
        raise ValueError(f"key: width {key.shape[3]} is not the query's {query.shape[3]}")
    if key.shape[1] == 0 or query.shape[1] % key.shape[1]:
        raise ValueError(f"key: {key.shape[1]} heads do not divide the query's {query.shape[1]}")
    if key.dtype != value.dtype or (key.dtype != query.dtype and key_scales is None):
        raise ValueError(f"key: dtypes differ: query {query.dtype}, key {key.dtype}, value {value.dtype}")
    if (key_scales is None) != (value_scales is None):
        raise ValueError("value_scales: keys and values have scales, or neither has")
    for name, scales in (("key_scales", key_scales), ("value_scales", value_scales)):
        if scales is not None and scales.shape != key.shape[:3]:
            raise ValueError(f"{name}: expected {tuple(key.shape[:3])}, got {tuple(scales.shape)}")
    same_device(query, "query", key=key, value=value, lengths=lengths, bias=bias, key_scales=key_scales,
                value_scales=value_scales)  # fmt: skip
    if lengths is not None:
        _check_lengths(lengths, ((query.shape[0],), key.shape[:1]), key.shape[2])
    if bias is not None:
        _check_bias(bias, (*query.shape[:3], key.shape[2]))
    check_finite("scale", scale)


def same_device(first: Tensor, name: str, **others: Tensor | None) -> None:
    """See that all lie where the first does."""
    for other, tensor in others.items():
        if tensor is not None and tensor.device != first.device:
            raise ValueError(f"{other}: on {tensor.device}, but {name} is on {first.device}")


def check_rotation(x: Tensor, cos: Tensor, sin: Tensor, batch: int, tokens: int, width: int) -> None:
    """Of rotary positions of x: (T, D/2), or (B or 1, 1, T, D/2), for heads of an even width D."""
    same_device(x, "x", cos=cos, sin=sin)
    shape = tuple(cos.shape)
    rows = ((tokens, width // 2), (1, 1, tokens, width // 2), (batch, 1, tokens, width // 2))
    if cos.shape != sin.shape or width % 2 or shape not in rows:
        what = f"{batch} rows of {tokens} tokens with heads of {width}"
        raise ValueError(f"cos: {shape}, {tuple(sin.shape)} do not fit {what}")


def check_norm(x: Tensor, weight: Tensor, eps: float, bias: Tensor | None = None, branch: Tensor | None = None) -> None:
    """Of a norm: weight and bias (D,), and a branch of x's shape and dtype."""
    if x.shape[-1:] != weight.shape:
        raise ValueError(f"weight: {tuple(weight.shape)} does not fit x's last axis {x.shape[-1]}")
    if bias is not None and bias.shape != weight.shape:
        raise ValueError(f"bias: {tuple(bias.shape)} is not the weight's {tuple(weight.shape)}")
    if branch is not None and (branch.shape != x.shape or branch.dtype != x.dtype):
        raise ValueError(f"branch: {branch.dtype} {tuple(branch.shape)} is not x's {x.dtype} {tuple(x.shape)}")
    same_device(x, "x", weight=weight, bias=bias, branch=branch)
    check_finite("eps", eps)


def check_cache(heads_BTND: Tensor, keys_BGSD: Tensor, values_BGSD: Tensor, start: int | Tensor) -> None:
    """Of heads that go into a cache: shapes, devices, and, where the host knows it, that they fit."""
    if heads_BTND.dim() != 4:
        raise ValueError(f"heads: expected 4 axes (batch, tokens, heads, width), got {tuple(heads_BTND.shape)}")
    batch, tokens, count, width = heads_BTND.shape
    if keys_BGSD.dim() != 4 or (keys_BGSD.shape[0], keys_BGSD.shape[3]) != (batch, width):
        raise ValueError(f"keys: {tuple(keys_BGSD.shape)} does not fit heads {tuple(heads_BTND.shape)}")
    if values_BGSD.shape != keys_BGSD.shape or values_BGSD.dtype != keys_BGSD.dtype:
        raise ValueError(f"values: {values_BGSD.dtype} {tuple(values_BGSD.shape)} is not like keys")
    if count <= 2 * keys_BGSD.shape[1]:
        raise ValueError(f"heads: {count} hold no queries beside {keys_BGSD.shape[1]} keys and values")
    same_device(heads_BTND, "heads", keys=keys_BGSD, values=values_BGSD)
    if isinstance(start, Tensor):
        if start.shape not in ((1,), (batch,)) or start.dtype not in _INTEGERS:
            raise ValueError(f"start: expected integers (1,) or ({batch},), got {start.dtype} {tuple(start.shape)}")
        same_device(heads_BTND, "heads", start=start)
    elif not 0 <= start <= keys_BGSD.shape[2] - tokens:
        raise ValueError(f"start: {tokens} tokens from {start} on do not fit a cache of {keys_BGSD.shape[2]}")


def check_quantized(x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> None:
    """Of a quantised product: int8 codes (N, K), or eight codes of 4 bits an int32 word (N, K / 8)."""
    width = codes.shape[-1] * (8 if codes.dtype == torch.int32 else 1)
    if codes.dim() != 2 or codes.dtype not in (torch.int8, torch.int32) or x.shape[-1] != width:
        raise ValueError(f"codes: {codes.dtype} {tuple(codes.shape)} does not fit x's last axis {x.shape[-1]}")
    if scales.dim() != 2 or scales.shape[0] != codes.shape[0] or 0 in scales.shape or width % scales.shape[1]:
        raise ValueError(f"scales: {tuple(scales.shape)} does not fit codes {tuple(codes.shape)}")
    if offsets is not None and offsets.shape != scales.shape:
        raise ValueError(f"offsets: {tuple(offsets.shape)} is not the scales' {tuple(scales.shape)}")
    same_device(x, "x", codes=codes, scales=scales, offsets=offsets)


def check_cross_entropy(hidden: Tensor, weight: Tensor, targets: Tensor, bias: Tensor | None) -> None:
    """Of a loss: hidden (N, D), weight (V, D), targets (N,) integers, bias (V,)."""
    if hidden.dim() != 2 or hidden.shape[0] == 0:
        raise ValueError(f"hidden: expected rows (N, D), got {tuple(hidden.shape)}")
    if weight.dim() != 2 or weight.shape[1] != hidden.shape[1] or weight.dtype != hidden.dtype:
        raise ValueError(f"weight: {weight.dtype} {tuple(weight.shape)} does not fit {hidden.dtype} hidden states")
    if targets.shape != hidden.shape[:1] or targets.dtype not in _INTEGERS:
        raise ValueError(f"targets: expected integers ({hidden.shape[0]},), got {targets.dtype} {tuple(targets.shape)}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias: expected ({weight.shape[0]},), got {tuple(bias.shape)}")
    same_device(hidden, "hidden", weight=weight, targets=targets, bias=bias)


def _check_lengths(lengths: Tensor, shapes: tuple[tuple[int, ...], ...], memory: int) -> None:
    if tuple(lengths.shape) not in shapes or lengths.dtype not in _INTEGERS:
        raise ValueError(f"lengths: expected integers {shapes[0]}, got {lengths.dtype} {tuple(lengths.shape)}")
    if lengths.device.type == "cpu" and not torch.compiler.is_compiling():  # a GPU would have to be waited for
        known = lengths.numpy()
        if known.size and not 0 <= known.min() <= known.max() <= memory:
            raise ValueError(f"lengths: {known.min()} to {known.max()} are not within 0 to {memory}")


def _check_bias(bias: Tensor, full: tuple[int, ...]) -> None:
    # own rule: torch.broadcast_shapes imports sympy, seconds at the first call
    own = bias.shape[::-1]
    if len(own) > len(full) or not all(size in (1, whole) for size, whole in zip(own, full[::-1], strict=False)):
        raise ValueError(f"bias: {tuple(bias.shape)} does not broadcast to {full}")
    if bias.dtype != torch.bool and not bias.dtype.is_floating_point:
        raise ValueError(f"bias: {bias.dtype} is neither bool nor floating point")


def check_packed(
    query_THD: Tensor, key_SGD: Tensor, value_SGD: Tensor, query_starts: Tensor, key_starts: Tensor, longest: int,
    scale: float | None,
) -> None:  # fmt: skip
    """Of packed sequences: as of attention, and starts (sequences + 1,)."""
    query, key, value = (tensor.transpose(0, 1)[None] if tensor.dim() == 3 else tensor[None] for tensor in (
        query_THD, key_SGD, value_SGD))  # fmt: skip
    check_attention(query, key, value, None, None, scale, None, None)
    for name, starts in (("query_starts", query_starts), ("key_starts", key_starts)):
        if starts.dim() != 1 or len(starts) < 2 or starts.dtype not in _INTEGERS:
            raise ValueError(f"{name}: expected integers (sequences + 1,), got {starts.dtype} {tuple(starts.shape)}")
    if len(query_starts) != len(key_starts):
        raise ValueError(f"key_starts: {len(key_starts)} do not go with {len(query_starts)} query_starts")
    if not 0 <= longest <= query_THD.shape[0]:
        raise ValueError(f"longest: {longest} is not within 0 to {query_THD.shape[0]}")
    same_device(query_THD, "query", query_starts=query_starts, key_starts=key_starts)
