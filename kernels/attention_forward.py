"""Prefill attention, forward (Dao 2023, FlashAttention-2): one program a tile of queries, keys stream past it.

The softmax is computed online in base 2 with the scale folded into the exponent's one multiply-add. Keys that every
query of the tile sees take a loop without any mask; only the diagonal and the end of the keys take the masked one.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import triton
import triton.language as tl

from kernels.attention_tile import (
    ADDED,
    LOG2_E,
    NO_BIAS,
    load_bias,
    load_tile,
    online,
    products,
    settle,
    span,
    store_tile,
)  # fmt: skip

__all__ = ["attention_forward"]

# what changes from call to call without changing the machine code: one compiled kernel serves every length
RUN_TIME_SIZES = [
    "heads", "tokens", "keys", "tiles", "width",
    "query_b", "query_h", "query_t", "key_b", "key_h", "key_t", "value_b", "value_h", "value_t",
    "out_b", "out_h", "out_t", "lse_b", "lse_h", "bias_b", "bias_h", "bias_t", "bias_s",
]  # fmt: skip


@triton.jit
def _pass(
    acc_lead, acc_rest, top, total, query_lead, query_rest,
    key, key_t, value, value_t, bias, bias_t, bias_s, begin, end, key_count, offset, rows, row_count, width, scale,
    LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    CAUSAL: tl.constexpr, BIAS: tl.constexpr, MASKED: tl.constexpr, WIDE: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Take keys `begin` to `end` into the running output, maximum and sum of a tile of queries."""
    for first in tl.range(begin, end, BLOCK_N):
        first = tl.multiple_of(first, BLOCK_N)
        key_lead = load_tile(key, first, key_t, key_count, width, 0, LEAD, BLOCK_N, MASKED, EXACT or REST > 0)
        key_rest = key_lead
        if REST:
            key_rest = load_tile(key, first, key_t, key_count, width, LEAD, REST, BLOCK_N, MASKED, EXACT)
        scores = products(query_lead, query_rest, key_lead, key_rest, REST, WIDE, PRECISION)
        if MASKED or BIAS != NO_BIAS:
            columns = first + tl.arange(0, BLOCK_N)
            seen = (columns < key_count)[None, :] & (rows < row_count)[:, None]
            scores = scores * scale
            if BIAS != NO_BIAS:
                added = load_bias(bias, rows[:, None], bias_t, columns[None, :], bias_s, seen)
                if BIAS == ADDED:
                    scores += added.to(WIDE) * LOG2_E
                else:
                    seen = seen & (added != 0)
            if CAUSAL and MASKED:
                seen = seen & (columns[None, :] <= rows[:, None] + offset)
            scores = tl.where(seen, scores, float("-inf"))
        weights, shrink, top, total = online(scores, top, total, scale, MASKED or BIAS != NO_BIAS)
        value_lead = load_tile(value, first, value_t, key_count, width, 0, LEAD, BLOCK_N, MASKED, EXACT or REST > 0)
        weights = weights.to(value_lead.dtype)
        acc_lead = acc_lead * shrink[:, None]
        acc_lead = tl.dot(weights, value_lead, acc_lead, input_precision=PRECISION, out_dtype=WIDE)
        if REST:
            value_rest = load_tile(value, first, value_t, key_count, width, LEAD, REST, BLOCK_N, MASKED, EXACT)
            acc_rest = acc_rest * shrink[:, None]
            acc_rest = tl.dot(weights, value_rest, acc_rest, input_precision=PRECISION, out_dtype=WIDE)
    return acc_lead, acc_rest, top, total


@triton.jit(do_not_specialize=RUN_TIME_SIZES)
def attention_forward(
    query, key, value, out, lse, bias, lengths, query_starts, key_starts,
    query_b, query_h, query_t, key_b, key_h, key_t, value_b, value_h, value_t, out_b, out_h, out_t, lse_b, lse_h,
    bias_b, bias_h, bias_t, bias_s, heads, tokens, keys, tiles, width, scale,
    GROUP: tl.constexpr, LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, CAUSAL: tl.constexpr, BIAS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """out = softmax(query @ key.T * scale + bias) @ value, lse the log-sum-exp of the scores.

    Pointers: query and out (B, H, T, D), key and value (B, G, S, D), lse (B, H, T), bias (B, H, T, S) of numbers
    (BIAS 1) or of 8-bit truths (BIAS 2), lengths (B,), query_starts and key_starts (B + 1,) of packed sequences. Any
    of the last four may be None.

    Strides of axes b, h and t are in elements; those of query, key, value and out in eights of them: the compiler sees
    by it that every row begins at a multiple of 16 bytes, whatever the stride is. `scale` is times log2(e).
    """
    WIDE: tl.constexpr = lse.dtype.element_ty
    tile = tl.program_id(0) % tiles
    head = (tl.program_id(0) // tiles) % heads
    batch = tl.program_id(0) // tiles // heads
    if CAUSAL:
        tile = tiles - 1 - tile  # those with the most keys first: the last ones to run are short then
    query_first, row_count = span(query_starts, None, batch, tokens)
    key_first, key_count = span(key_starts, lengths, batch, keys)
    first = tile * BLOCK_M
    if first >= row_count:
        return
    query_t, key_t, value_t, out_t = query_t * 8, key_t * 8, value_t * 8, out_t * 8
    group = head // GROUP
    query += (batch.to(tl.int64) * query_b + head.to(tl.int64) * query_h) * 8 + query_first.to(tl.int64) * query_t
    key += (batch.to(tl.int64) * key_b + group.to(tl.int64) * key_h) * 8 + key_first.to(tl.int64) * key_t
    value += (batch.to(tl.int64) * value_b + group.to(tl.int64) * value_h) * 8 + key_first.to(tl.int64) * value_t
    out += (batch.to(tl.int64) * out_b + head.to(tl.int64) * out_h) * 8 + query_first.to(tl.int64) * out_t
    lse += batch.to(tl.int64) * lse_b + head.to(tl.int64) * lse_h + query_first
    if BIAS != NO_BIAS:
        bias += batch.to(tl.int64) * bias_b + head.to(tl.int64) * bias_h

    rows = first + tl.arange(0, BLOCK_M)
    offset = key_count - row_count  # row t sees columns up to t + offset
    query_lead = load_tile(query, first, query_t, row_count, width, 0, LEAD, BLOCK_M, True, EXACT or REST > 0)
    query_rest = query_lead
    top = tl.full([BLOCK_M], float("-inf"), WIDE)
    total = tl.zeros([BLOCK_M], WIDE)
    acc_lead = tl.zeros([BLOCK_M, LEAD], WIDE)
    acc_rest = top
    if REST:
        query_rest = load_tile(query, first, query_t, row_count, width, LEAD, REST, BLOCK_M, True, EXACT)
        acc_rest = tl.zeros([BLOCK_M, REST], WIDE)
    end = key_count
    whole = key_count
    if CAUSAL:
        end = tl.maximum(tl.minimum(key_count, first + BLOCK_M + offset), 0)
        whole = tl.maximum(tl.minimum(key_count, first + offset + 1), 0)
    whole = whole // BLOCK_N * BLOCK_N
    acc_lead, acc_rest, top, total = _pass(
        acc_lead, acc_rest, top, total, query_lead, query_rest, key, key_t, value, value_t, bias, bias_t, bias_s,
        0, whole, key_count, offset, rows, row_count, width, scale,
        LEAD, REST, EXACT, BLOCK_M, BLOCK_N, CAUSAL, BIAS, False, WIDE, PRECISION,
    )  # fmt: skip
    acc_lead, acc_rest, top, total = _pass(
        acc_lead, acc_rest, top, total, query_lead, query_rest, key, key_t, value, value_t, bias, bias_t, bias_s,
        whole, end, key_count, offset, rows, row_count, width, scale,
        LEAD, REST, EXACT, BLOCK_M, BLOCK_N, CAUSAL, BIAS, True, WIDE, PRECISION,
    )  # fmt: skip
    share, log_sum = settle(top, total)
    tl.store(lse + rows, log_sum, mask=rows < row_count)
    store_tile(out, first, out_t, row_count, width, acc_lead * share[:, None], 0, LEAD, BLOCK_M)
    if REST:
        store_tile(out, first, out_t, row_count, width, acc_rest * share[:, None], LEAD, REST, BLOCK_M)
