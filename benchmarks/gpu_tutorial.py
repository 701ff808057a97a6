"""FlashAttention-2 as Triton's tutorial teaches it, written plainly from the paper: a peer for `antigone bench gpu`.

One program a tile of queries; keys and values pass in tiles, with an online softmax in base 2 whose scale is folded in;
of causal attention the tiles before the diagonal first, without a mask, then the diagonal's. Widths are powers of two,
lengths multiples of a tile, as there. Of a few configurations the quickest is kept for each width, as its tuner does.
Source: Dao 2023 (arXiv:2307.08691), algorithm 1.
"""

# mypy: disable-error-code="no-untyped-def"

import torch
import triton
import triton.language as tl
from torch import Tensor

CONFIGURATIONS = ((128, 64, 4, 3), (128, 128, 8, 3), (128, 64, 8, 3), (64, 64, 4, 4))
"""Rows of queries and of keys, warps, stages."""


@triton.jit
def _inner(out, total, largest, query, key, value, step, first, last, row_M, MASKED: tl.constexpr,
           BLOCK_N: tl.constexpr, WIDTH: tl.constexpr):  # fmt: skip
    column_D = tl.arange(0, WIDTH)
    for start in range(first, last, BLOCK_N):
        row_N = start + tl.arange(0, BLOCK_N)
        key_DN = tl.load(key + row_N[None, :] * step + column_D[:, None])
        scores = tl.dot(query, key_DN)
        if MASKED:
            scores = tl.where(row_M[:, None] >= row_N[None, :], scores, -1.0e6)
        higher = tl.maximum(largest, tl.max(scores, 1))
        weights = tl.exp2(scores - higher[:, None])
        shrunk = tl.exp2(largest - higher)
        total = total * shrunk + tl.sum(weights, 1)
        out = out * shrunk[:, None]
        value_ND = tl.load(value + row_N[:, None] * step + column_D[None, :])
        out = tl.dot(weights.to(value_ND.dtype), value_ND, out)
        largest = higher
    return out, total, largest


@triton.jit
def _forward(query, key, value, out, scale, keys, batch_q, head_q, step_q, batch_k, head_k, step_k, heads,
             CAUSAL: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, WIDTH: tl.constexpr):  # fmt: skip
    batch, head = (tl.program_id(1) // heads).to(tl.int64), (tl.program_id(1) % heads).to(tl.int64)
    first = tl.program_id(0) * BLOCK_M
    row_M = first + tl.arange(0, BLOCK_M)
    here = batch * batch_q + head * head_q + row_M[:, None] * step_q + tl.arange(0, WIDTH)[None, :]
    key += batch * batch_k + head * head_k
    value += batch * batch_k + head * head_k
    query_MD = tl.load(query + here)
    query_MD = (query_MD * (scale * 1.44269504)).to(query_MD.dtype)
    sums = tl.zeros((BLOCK_M, WIDTH), tl.float32)
    total = tl.full((BLOCK_M,), 1.0, tl.float32)
    largest = tl.full((BLOCK_M,), -float("inf"), tl.float32)
    last = first if CAUSAL else keys
    sums, total, largest = _inner(sums, total, largest, query_MD, key, value, step_k, 0, last, row_M, False, BLOCK_N,
                                  WIDTH)  # fmt: skip
    if CAUSAL:
        sums, total, largest = _inner(sums, total, largest, query_MD, key, value, step_k, first, first + BLOCK_M, row_M,
                                      True, BLOCK_N, WIDTH)  # fmt: skip
    tl.store(out + here, (sums / total[:, None]).to(out.dtype.element_ty))


def attention(
    query_BHTD: Tensor, key_BHSD: Tensor, value_BHSD: Tensor, causal: bool, configuration: tuple[int, int, int, int]
) -> Tensor:
    """Attention (B, H, T, D) of contiguous tensors of equal heads. Raises ValueError for other lengths and widths."""
    batch, heads, tokens, width = query_BHTD.shape
    keys = key_BHSD.shape[2]
    rows, columns, warps, stages = configuration
    if tokens % rows or keys % columns or width & (width - 1) or (causal and tokens != keys):
        raise ValueError(f"query: the tutorial's algorithm is not for {tokens} by {keys} tokens of width {width}")
    out = torch.empty_like(query_BHTD)
    _forward[(tokens // rows, batch * heads)](
        query_BHTD, key_BHSD, value_BHSD, out, width**-0.5, keys, *query_BHTD.stride()[:3],
        *key_BHSD.stride()[:3], heads, CAUSAL=causal, BLOCK_M=rows, BLOCK_N=columns, WIDTH=width, num_warps=warps,
        num_stages=stages,
    )  # fmt: skip
    return out
