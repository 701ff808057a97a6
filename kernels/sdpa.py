"""Attention by PyTorch's own fused kernel, for what it means the same by; the door's way on a CPU."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from kernels import reference


def attention(
    query: Tensor, key: Tensor, value: Tensor, *, causal: bool, lengths_B: Tensor | None, bias: Tensor | None,
    scale: float | None,
) -> Tensor:  # fmt: skip
    """As `reference.attention`."""
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


def shared(
    attend: Callable[..., Tensor], query: Tensor, key: Tensor, value: Tensor, *, causal: bool, lengths_B: Tensor | None,
    bias: Tensor | None, scale: float | None,
) -> Tensor:  # fmt: skip
    """Attention of a batch to a memory of one row, by an `attend` that knows no such thing.

    Where it can be, the batch's tokens stand in one row, so that the memory is never copied.
    """
    batch, heads, tokens, width = query.shape
    if causal or (lengths_B is not None and lengths_B.shape[0] > 1):
        key, value = key.expand(batch, -1, -1, -1), value.expand(batch, -1, -1, -1)
        lengths_B = None if lengths_B is None else lengths_B.expand(batch)
        return attend(query, key, value, causal=causal, lengths_B=lengths_B, bias=bias, scale=scale)
    if bias is not None:
        bias = bias[(None,) * (4 - bias.dim())]
        if bias.shape[0] * bias.shape[2] > 1:
            rows = bias.expand(batch, -1, tokens, -1).transpose(0, 1)
            bias = rows.reshape(1, bias.shape[1], batch * tokens, bias.shape[3])
    query = query.transpose(0, 1).reshape(1, heads, batch * tokens, width)
    out = attend(query, key, value, causal=False, lengths_B=lengths_B, bias=bias, scale=scale)
    return out.view(heads, batch, tokens, width).transpose(0, 1)
