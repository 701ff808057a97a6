"""Gradient of attention's queries (Dao 2023, algorithm 2): a tile of them is held, keys stream past it.

`attention_delta` goes before: the row sums of gradient times output, which both backward kernels need. The gradient of
an additive bias is the gradient of the scores themselves, so it is written from here where it is wanted.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import triton
import triton.language as tl

from kernels.attention_tile import LN_2, LOG2_E, NO_BIAS, load_tile, products, softmax_again, span, store_tile

__all__ = ["attention_backward_queries", "attention_delta"]

RUN_TIME_SIZES = [
    "heads", "tokens", "keys", "tiles", "width",
    "query_b", "query_h", "query_t", "key_b", "key_h", "key_t", "value_b", "value_h", "value_t",
    "out_b", "out_h", "out_t", "d_out_b", "d_out_h", "d_out_t", "d_query_b", "d_query_h", "d_query_t",
    "lse_b", "lse_h", "sums_b", "sums_h", "bias_b", "bias_h", "bias_t", "bias_s", "d_bias_b", "d_bias_h", "d_bias_t",
]  # fmt: skip


@triton.jit(do_not_specialize=RUN_TIME_SIZES)
def attention_delta(
    out, d_out, lse, d_lse, log_sums, deltas, query_starts,
    out_b, out_h, out_t, d_out_b, d_out_h, d_out_t, lse_b, lse_h, sums_b, sums_h, heads, tokens, tiles, width,
    LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """What the backward kernels need of every row, both (B, H, T and room for a tile), zeros before.

    log_sums is the log-sum-exp in base 2, +inf where a row sees nothing, by which its weights are zero; deltas the sum
    over the width of out * d_out, less the gradient of the log-sum-exp where there is one.
    """
    WIDE: tl.constexpr = deltas.dtype.element_ty
    first = tl.program_id(0) % tiles * BLOCK_M
    head = (tl.program_id(0) // tiles) % heads
    batch = tl.program_id(0) // tiles // heads
    row_first, row_count = span(query_starts, None, batch, tokens)
    if first >= row_count:
        return
    out_t, d_out_t = out_t * 8, d_out_t * 8
    out += (batch.to(tl.int64) * out_b + head.to(tl.int64) * out_h) * 8 + row_first.to(tl.int64) * out_t
    d_out += (batch.to(tl.int64) * d_out_b + head.to(tl.int64) * d_out_h) * 8 + row_first.to(tl.int64) * d_out_t
    rows = first + tl.arange(0, BLOCK_M)
    at_lse = batch.to(tl.int64) * lse_b + head.to(tl.int64) * lse_h + row_first + rows
    at_sums = batch.to(tl.int64) * sums_b + head.to(tl.int64) * sums_h + row_first + rows
    a = load_tile(out, first, out_t, row_count, width, 0, LEAD, BLOCK_M, True, EXACT or REST > 0).to(WIDE)
    d_a = load_tile(d_out, first, d_out_t, row_count, width, 0, LEAD, BLOCK_M, True, EXACT or REST > 0).to(WIDE)
    total = tl.sum(a * d_a, 1)
    if REST:
        b = load_tile(out, first, out_t, row_count, width, LEAD, REST, BLOCK_M, True, EXACT).to(WIDE)
        d_b = load_tile(d_out, first, d_out_t, row_count, width, LEAD, REST, BLOCK_M, True, EXACT).to(WIDE)
        total += tl.sum(b * d_b, 1)
    if d_lse is not None:
        total -= tl.load(d_lse + at_lse, mask=rows < row_count, other=0.0)
    log_sum = tl.load(lse + at_lse, mask=rows < row_count, other=0.0)
    log_sum = tl.where(log_sum == float("-inf"), float("inf"), log_sum * LOG2_E)
    tl.store(log_sums + at_sums, log_sum, mask=rows < row_count)
    tl.store(deltas + at_sums, total, mask=rows < row_count)


@triton.jit
def _past_keys(
    d_query_lead, d_query_rest, query_lead, query_rest, d_out_lead, d_out_rest, log_sum, delta,
    key, key_t, value, value_t, bias, bias_t, bias_s, d_bias, d_bias_t,
    begin, end, rows, row_count, offset, key_count, width, scale,
    LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_N: tl.constexpr, CAUSAL: tl.constexpr,
    BIAS: tl.constexpr, MASKED: tl.constexpr, WIDE: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """What keys `begin` to `end` add to the gradient of a tile of queries."""
    for first in tl.range(begin, end, BLOCK_N):
        first = tl.multiple_of(first, BLOCK_N)
        columns = first + tl.arange(0, BLOCK_N)
        key_lead = load_tile(key, first, key_t, key_count, width, 0, LEAD, BLOCK_N, MASKED, EXACT or REST > 0)
        value_lead = load_tile(value, first, value_t, key_count, width, 0, LEAD, BLOCK_N, MASKED, EXACT or REST > 0)
        key_rest = key_lead
        value_rest = value_lead
        if REST:
            key_rest = load_tile(key, first, key_t, key_count, width, LEAD, REST, BLOCK_N, MASKED, EXACT)
            value_rest = load_tile(value, first, value_t, key_count, width, LEAD, REST, BLOCK_N, MASKED, EXACT)
        scores = products(query_lead, query_rest, key_lead, key_rest, REST, WIDE, PRECISION)
        inside = (rows < row_count)[:, None] & (columns < key_count)[None, :]
        weights = softmax_again(
            scores, log_sum[:, None], bias, bias_t, bias_s, rows[:, None], columns[None, :], inside, offset, scale,
            CAUSAL, BIAS, MASKED, WIDE,
        )  # fmt: skip
        d_weights = products(d_out_lead, d_out_rest, value_lead, value_rest, REST, WIDE, PRECISION)
        d_scores = weights * (d_weights - delta[:, None])
        if d_bias is not None:
            at = d_bias + rows[:, None].to(tl.int64) * d_bias_t + columns[None, :]
            tl.store(at, d_scores, mask=inside)
        d_scores = d_scores.to(key_lead.dtype)
        d_query_lead = tl.dot(d_scores, key_lead, d_query_lead, input_precision=PRECISION, out_dtype=WIDE)
        if REST:
            d_query_rest = tl.dot(d_scores, key_rest, d_query_rest, input_precision=PRECISION, out_dtype=WIDE)
    return d_query_lead, d_query_rest


@triton.jit(do_not_specialize=RUN_TIME_SIZES)
def attention_backward_queries(
    query, key, value, d_out, log_sums, deltas, d_query, bias, d_bias, lengths, query_starts, key_starts,
    query_b, query_h, query_t, key_b, key_h, key_t, value_b, value_h, value_t, d_out_b, d_out_h, d_out_t,
    d_query_b, d_query_h, d_query_t, sums_b, sums_h, bias_b, bias_h, bias_t, bias_s, d_bias_b, d_bias_h, d_bias_t,
    heads, tokens, keys, tiles, width, scale,
    GROUP: tl.constexpr, LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr, CAUSAL: tl.constexpr, BIAS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Gradient of query (B, H, T, D), and of the bias where d_bias (B, H, T, S), zeros before, is given; arguments as
    in `attention_forward`, the rows' numbers from `attention_delta`.
    """
    WIDE: tl.constexpr = deltas.dtype.element_ty
    tile = tl.program_id(0) % tiles
    head = (tl.program_id(0) // tiles) % heads
    batch = tl.program_id(0) // tiles // heads
    if CAUSAL:
        tile = tiles - 1 - tile
    query_first, row_count = span(query_starts, None, batch, tokens)
    key_first, key_count = span(key_starts, lengths, batch, keys)
    first = tile * BLOCK_M
    if first >= row_count:
        return
    query_t, key_t, value_t, d_out_t, d_query_t = query_t * 8, key_t * 8, value_t * 8, d_out_t * 8, d_query_t * 8
    group = (head // GROUP).to(tl.int64)
    query += (batch.to(tl.int64) * query_b + head.to(tl.int64) * query_h) * 8 + query_first.to(tl.int64) * query_t
    d_out += (batch.to(tl.int64) * d_out_b + head.to(tl.int64) * d_out_h) * 8 + query_first.to(tl.int64) * d_out_t
    d_query += batch.to(tl.int64) * d_query_b * 8 + head.to(tl.int64) * d_query_h * 8
    d_query += query_first.to(tl.int64) * d_query_t
    key += (batch.to(tl.int64) * key_b + group * key_h) * 8 + key_first.to(tl.int64) * key_t
    value += (batch.to(tl.int64) * value_b + group * value_h) * 8 + key_first.to(tl.int64) * value_t
    at_sums = batch.to(tl.int64) * sums_b + head.to(tl.int64) * sums_h + query_first
    if BIAS != NO_BIAS:
        bias += batch.to(tl.int64) * bias_b + head.to(tl.int64) * bias_h
    if d_bias is not None:
        d_bias += batch.to(tl.int64) * d_bias_b + head.to(tl.int64) * d_bias_h
    rows = first + tl.arange(0, BLOCK_M)
    offset = key_count - row_count
    log_sum = tl.load(log_sums + at_sums + rows)
    delta = tl.load(deltas + at_sums + rows)
    query_lead = load_tile(query, first, query_t, row_count, width, 0, LEAD, BLOCK_M, True, EXACT or REST > 0)
    d_out_lead = load_tile(d_out, first, d_out_t, row_count, width, 0, LEAD, BLOCK_M, True, EXACT or REST > 0)
    d_query_lead = tl.zeros([BLOCK_M, LEAD], WIDE)
    query_rest, d_out_rest, d_query_rest = query_lead, d_out_lead, rows
    if REST:
        query_rest = load_tile(query, first, query_t, row_count, width, LEAD, REST, BLOCK_M, True, EXACT)
        d_out_rest = load_tile(d_out, first, d_out_t, row_count, width, LEAD, REST, BLOCK_M, True, EXACT)
        d_query_rest = tl.zeros([BLOCK_M, REST], WIDE)
    end = key_count
    whole = key_count
    if CAUSAL:
        end = tl.maximum(tl.minimum(key_count, first + BLOCK_M + offset), 0)
        whole = tl.maximum(tl.minimum(key_count, first + offset + 1), 0)
    whole = whole // BLOCK_N * BLOCK_N
    d_query_lead, d_query_rest = _past_keys(
        d_query_lead, d_query_rest, query_lead, query_rest, d_out_lead, d_out_rest, log_sum, delta,
        key, key_t, value, value_t, bias, bias_t, bias_s, d_bias, d_bias_t,
        0, whole, rows, row_count, offset, key_count, width, scale,
        LEAD, REST, EXACT, BLOCK_N, CAUSAL, BIAS, False, WIDE, PRECISION,
    )  # fmt: skip
    d_query_lead, d_query_rest = _past_keys(
        d_query_lead, d_query_rest, query_lead, query_rest, d_out_lead, d_out_rest, log_sum, delta,
        key, key_t, value, value_t, bias, bias_t, bias_s, d_bias, d_bias_t,
        whole, end, rows, row_count, offset, key_count, width, scale,
        LEAD, REST, EXACT, BLOCK_N, CAUSAL, BIAS, True, WIDE, PRECISION,
    )  # fmt: skip
    back = scale * LN_2
    store_tile(d_query, first, d_query_t, row_count, width, d_query_lead * back, 0, LEAD, BLOCK_M)
    if REST:
        store_tile(d_query, first, d_query_t, row_count, width, d_query_rest * back, LEAD, REST, BLOCK_M)
