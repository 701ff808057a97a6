"""The door's attention: which of the ways goes, by the number of queries, the device and what is asked.

few queries (16), no gradient   kernels/decode.py: the memory is cut into parts, each read once for all queries
else on a GPU                   kernels/attention.py: prefill, gradients, packed sequences
else                            PyTorch's own (sdpa.py), or the plain twin where it is forced
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from kernels import reference, sdpa
from kernels.backends import forced, takes, traced, trained
from kernels.checks import check_attention, check_packed

FEW = 16
"""Queries that go to the kernel for decoding."""


@dataclass(frozen=True)
class _Case:
    """What is asked for, beside query, key and value."""

    causal: bool = False
    lengths_B: Tensor | None = None
    bias: Tensor | None = None
    scale: float | None = None
    key_scales: Tensor | None = None
    value_scales: Tensor | None = None


def attention(
    query_BHTD: Tensor,
    key_BGSD: Tensor,
    value_BGSD: Tensor,
    *,
    causal: bool = False,
    lengths_B: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    key_scales: Tensor | None = None,
    value_scales: Tensor | None = None,
) -> Tensor:
    """Attention (B, H, T, D) as `reference.attention`.

    Args:
        key_BGSD, value_BGSD: a memory of one row serves every row of the queries, and is never copied for it.
        lengths_B: (B,), or (1,) of a memory of one row. On a GPU the host doesn't look at them: what lies past the
            memory counts as its end.
        key_scales, value_scales: (B or 1, G, S), where keys and values are codes of 8 bits: each token's scale.

    Raises:
        ValueError: an argument doesn't fit; it is named.
    """
    check_attention(query_BHTD, key_BGSD, value_BGSD, lengths_B, bias, scale, key_scales, value_scales)
    case = _Case(causal, lengths_B, bias, scale, key_scales, value_scales)
    if takes("attention", query_BHTD, _unsupported, query_BHTD, key_BGSD, value_BGSD, case):
        return _fused(query_BHTD, key_BGSD, value_BGSD, case)[0]
    key, value = _numbers(query_BHTD, key_BGSD, value_BGSD, case)
    attend = reference.attention if forced() == "reference" else sdpa.attention
    if key.shape[0] == query_BHTD.shape[0]:
        return attend(query_BHTD, key, value, causal=causal, lengths_B=lengths_B, bias=bias, scale=scale)
    return sdpa.shared(attend, query_BHTD, key, value, causal=causal, lengths_B=lengths_B, bias=bias, scale=scale)


def attention_with_lse(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = False,
    lengths_B: Tensor | None = None, bias: Tensor | None = None, scale: float | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention and the log-sum-exp (B, H, T) of its scores, by which partial attentions over split memories are
    merged."""
    check_attention(query_BHTD, key_BGSD, value_BGSD, lengths_B, bias, scale, None, None)
    case = _Case(causal, lengths_B, bias, scale)
    if takes("attention_with_lse", query_BHTD, _unsupported, query_BHTD, key_BGSD, value_BGSD, case):
        return _fused(query_BHTD, key_BGSD, value_BGSD, case)
    return reference.attention(
        query_BHTD, key_BGSD, value_BGSD, causal=causal, lengths_B=lengths_B, bias=bias, scale=scale, with_lse=True
    )


def attention_packed(
    query_THD: Tensor, key_SGD: Tensor, value_SGD: Tensor, query_starts: Tensor, key_starts: Tensor, *,
    longest: int, causal: bool = False, scale: float | None = None,
) -> Tensor:  # fmt: skip
    """Attention (T, H, D) of sequences of different length that lie one after the other, without padding.

    Args:
        query_starts, key_starts: (sequences + 1,) integers on the same device, cumulative lengths from 0 on.
        longest: query tokens of the longest sequence.
        causal: within each sequence, aligned to its end.
    """
    check_packed(query_THD, key_SGD, value_SGD, query_starts, key_starts, longest, scale)
    if takes("attention_packed", query_THD, _unsupported_packed, query_THD, key_SGD):
        from kernels.attention import attention_packed as fused

        return fused(
            query_THD, key_SGD, value_SGD, query_starts, key_starts, longest=longest, causal=causal, scale=scale
        )[0]
    out_THD = torch.zeros_like(query_THD)
    attend = reference.attention if forced() == "reference" else sdpa.attention
    edges = zip(pairwise(query_starts.tolist()), pairwise(key_starts.tolist()), strict=True)
    for (first, last), (begin, end) in edges:
        query, key, value = (
            part.transpose(0, 1)[None]
            for part in (query_THD[first:last], key_SGD[begin:end], value_SGD[begin:end])
        )  # fmt: skip
        out_1HTD = attend(query, key, value, causal=causal, lengths_B=None, bias=None, scale=scale)
        out_THD[first:last] = out_1HTD[0].transpose(0, 1)
    return out_THD


def _unsupported(query: Tensor, key: Tensor, value: Tensor, case: _Case) -> str | None:
    if _few(query, key, value, case):
        return None
    from kernels import attention as prefill

    return prefill.unsupported(query, key, case.bias)


def _unsupported_packed(query_THD: Tensor, key_SGD: Tensor) -> str | None:
    from kernels import attention as prefill

    return prefill.unsupported(query_THD, key_SGD)


def _few(query: Tensor, key: Tensor, value: Tensor, case: _Case) -> bool:
    """Whether the kernel for decoding takes it."""
    if not 0 < query.shape[2] <= FEW or trained(query, key, value, case.bias):
        return False
    from kernels import decode

    scales = {"key_scales": case.key_scales, "value_scales": case.value_scales}
    return decode.unsupported(query, key, value, causal=case.causal, bias=case.bias, **scales) is None


def _fused(query: Tensor, key: Tensor, value: Tensor, case: _Case) -> tuple[Tensor, Tensor]:
    """Attention and its log-sum-exp by one of the Triton kernels."""
    if _few(query, key, value, case):
        if traced():
            from kernels.operators_inference import decode_attention_op

            out: tuple[Tensor, Tensor] = decode_attention_op(
                query, key, value, case.causal, case.lengths_B, case.bias, case.scale, case.key_scales,
                case.value_scales,
            )  # fmt: skip
            return out
        from kernels import decode

        return decode.forward(
            query, key, value, causal=case.causal, lengths_B=case.lengths_B, bias=case.bias, scale=case.scale,
            key_scales=case.key_scales, value_scales=case.value_scales,
        )  # fmt: skip
    from kernels.attention import attention_with_lse as prefill

    key, value = _numbers(query, key, value, case)
    batch, lengths_B = query.shape[0], case.lengths_B
    if lengths_B is not None and lengths_B.shape[0] != batch:
        lengths_B = lengths_B.expand(batch).contiguous()
    if key.shape[0] != batch:  # read again for every row, out of the L2 cache, but not copied
        key, value = key.expand(batch, -1, -1, -1), value.expand(batch, -1, -1, -1)
    return prefill(query, key, value, causal=case.causal, lengths_B=lengths_B, bias=case.bias, scale=case.scale)


def _numbers(query: Tensor, key: Tensor, value: Tensor, case: _Case) -> tuple[Tensor, Tensor]:
    """Keys and values of the query's dtype: codes times their scales."""
    if case.key_scales is None or case.value_scales is None:
        return key, value
    scaled = ((key, case.key_scales), (value, case.value_scales))
    first, second = ((codes.float() * scales[..., None]).to(query.dtype) for codes, scales in scaled)
    return first, second
