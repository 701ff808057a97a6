"""Gradients of attention's keys and values (Dao 2023, algorithm 2): a tile of them is held, queries stream past it.

The heads that share a key follow one another, so nothing is added atomically: the same numbers whatever the order of
programs. The scores are computed again from the saved log-sum-exp, here and in attention_backward_queries.py, at the
price of two products more than the five of a single pass.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import triton
import triton.language as tl

from kernels.attention_tile import LN_2, NO_BIAS, load_tile, products, softmax_again, span, store_tile

__all__ = ["attention_backward_keys"]

RUN_TIME_SIZES = [
    "groups", "tokens", "keys", "tiles", "width",
    "query_b", "query_h", "query_t", "key_b", "key_h", "key_t", "value_b", "value_h", "value_t",
    "d_out_b", "d_out_h", "d_out_t", "d_key_b", "d_key_h", "d_key_t", "d_value_b", "d_value_h", "d_value_t",
    "sums_b", "sums_h", "bias_b", "bias_h", "bias_t", "bias_s",
]  # fmt: skip


@triton.jit
def _past_queries(
    d_key_lead, d_key_rest, d_value_lead, d_value_rest, key_lead, key_rest, value_lead, value_rest,
    query, query_t, d_out, d_out_t, log_sums, deltas, bias, bias_t, bias_s,
    begin, middle, whole, steps, columns, key_count, offset, row_count, width, scale,
    LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_M: tl.constexpr, CAUSAL: tl.constexpr,
    BIAS: tl.constexpr, MASKED: tl.constexpr, WIDE: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """What queries of one head add to the gradients of a tile of keys and values, in `steps` tiles: MASKED takes those
    from `begin` to `middle` and the one at `whole` that isn't full, otherwise those from `middle` on.
    """
    for step in tl.range(0, steps):
        first = middle + step * BLOCK_M
        if MASKED:
            first = begin + step * BLOCK_M
            first = tl.where(first < middle, first, whole)
        first = tl.multiple_of(first, BLOCK_M)
        rows = first + tl.arange(0, BLOCK_M)
        query_lead = load_tile(query, first, query_t, row_count, width, 0, LEAD, BLOCK_M, MASKED, EXACT or REST > 0)
        query_rest = query_lead
        if REST:
            query_rest = load_tile(query, first, query_t, row_count, width, LEAD, REST, BLOCK_M, MASKED, EXACT)
        # without a mask, which would keep an address for each of the many that a thread needs
        log_sum = tl.load(log_sums + rows)
        delta = tl.load(deltas + rows)
        scores = products(key_lead, key_rest, query_lead, query_rest, REST, WIDE, PRECISION)
        inside = (rows < row_count)[None, :] & (columns < key_count)[:, None]
        weights = softmax_again(
            scores, log_sum[None, :], bias, bias_t, bias_s, rows[None, :], columns[:, None], inside, offset, scale,
            CAUSAL, BIAS, MASKED, WIDE,
        )  # fmt: skip
        d_out_lead = load_tile(d_out, first, d_out_t, row_count, width, 0, LEAD, BLOCK_M, MASKED, EXACT or REST > 0)
        d_out_rest = d_out_lead
        if REST:
            d_out_rest = load_tile(d_out, first, d_out_t, row_count, width, LEAD, REST, BLOCK_M, MASKED, EXACT)
        narrow = weights.to(d_out_lead.dtype)
        d_value_lead = tl.dot(narrow, d_out_lead, d_value_lead, input_precision=PRECISION, out_dtype=WIDE)
        d_weights = products(value_lead, value_rest, d_out_lead, d_out_rest, REST, WIDE, PRECISION)
        d_scores = (weights * (d_weights - delta[None, :])).to(query_lead.dtype)
        d_key_lead = tl.dot(d_scores, query_lead, d_key_lead, input_precision=PRECISION, out_dtype=WIDE)
        if REST:
            d_value_rest = tl.dot(narrow, d_out_rest, d_value_rest, input_precision=PRECISION, out_dtype=WIDE)
            d_key_rest = tl.dot(d_scores, query_rest, d_key_rest, input_precision=PRECISION, out_dtype=WIDE)
    return d_key_lead, d_key_rest, d_value_lead, d_value_rest


@triton.jit(do_not_specialize=RUN_TIME_SIZES)
def attention_backward_keys(
    query, key, value, d_out, log_sums, deltas, d_key, d_value, bias, lengths, query_starts, key_starts,
    query_b, query_h, query_t, key_b, key_h, key_t, value_b, value_h, value_t, d_out_b, d_out_h, d_out_t,
    d_key_b, d_key_h, d_key_t, d_value_b, d_value_h, d_value_t, sums_b, sums_h, bias_b, bias_h, bias_t, bias_s,
    groups, tokens, keys, tiles, width, scale,
    GROUP: tl.constexpr, LEAD: tl.constexpr, REST: tl.constexpr, EXACT: tl.constexpr, BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr, CAUSAL: tl.constexpr, BIAS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Gradients of key and value (B, G, S, D); arguments as in `attention_forward`, the rows' numbers from
    `attention_delta`.
    """
    WIDE: tl.constexpr = deltas.dtype.element_ty
    first = tl.program_id(0) % tiles * BLOCK_N
    group = (tl.program_id(0) // tiles) % groups
    batch = tl.program_id(0) // tiles // groups
    query_first, row_count = span(query_starts, None, batch, tokens)
    key_first, key_count = span(key_starts, lengths, batch, keys)
    stored = keys  # padding behind a sequence gets zeros; packed sequences have none
    if key_starts is not None:
        stored = key_count
    if first >= stored:
        return
    query_t, key_t, value_t, d_out_t = query_t * 8, key_t * 8, value_t * 8, d_out_t * 8
    d_key_t, d_value_t = d_key_t * 8, d_value_t * 8
    key += (batch.to(tl.int64) * key_b + group.to(tl.int64) * key_h) * 8 + key_first.to(tl.int64) * key_t
    value += (batch.to(tl.int64) * value_b + group.to(tl.int64) * value_h) * 8 + key_first.to(tl.int64) * value_t
    columns = first + tl.arange(0, BLOCK_N)
    offset = key_count - row_count
    key_lead = load_tile(key, first, key_t, key_count, width, 0, LEAD, BLOCK_N, True, EXACT or REST > 0)
    value_lead = load_tile(value, first, value_t, key_count, width, 0, LEAD, BLOCK_N, True, EXACT or REST > 0)
    d_key_lead = tl.zeros([BLOCK_N, LEAD], WIDE)
    d_value_lead = tl.zeros([BLOCK_N, LEAD], WIDE)
    key_rest, value_rest, d_key_rest, d_value_rest = key_lead, value_lead, columns, columns
    if REST:
        key_rest = load_tile(key, first, key_t, key_count, width, LEAD, REST, BLOCK_N, True, EXACT)
        value_rest = load_tile(value, first, value_t, key_count, width, LEAD, REST, BLOCK_N, True, EXACT)
        d_key_rest = tl.zeros([BLOCK_N, REST], WIDE)
        d_value_rest = tl.zeros([BLOCK_N, REST], WIDE)
    # Rows from `begin` see something of the tile, rows from `middle` all of it, rows from `whole` fill no tile.
    begin = 0
    middle = 0
    if CAUSAL:
        begin = tl.maximum(first - offset, 0) // BLOCK_M * BLOCK_M
        middle = tl.cdiv(tl.maximum(first + BLOCK_N - 1 - offset, 0), BLOCK_M) * BLOCK_M
    whole = row_count // BLOCK_M * BLOCK_M
    if first >= key_count:
        begin = row_count
    middle = tl.minimum(tl.maximum(middle, begin), tl.maximum(whole, begin))
    whole = tl.maximum(whole, middle)
    edges = (middle - begin) // BLOCK_M + (whole < row_count).to(tl.int32)
    for member in range(GROUP):
        head = (group * GROUP + member).to(tl.int64)
        at_query = query + (batch.to(tl.int64) * query_b + head * query_h) * 8 + query_first.to(tl.int64) * query_t
        at_d_out = d_out + (batch.to(tl.int64) * d_out_b + head * d_out_h) * 8 + query_first.to(tl.int64) * d_out_t
        at_sums = batch.to(tl.int64) * sums_b + head * sums_h + query_first
        at_bias = bias
        if BIAS != NO_BIAS:
            at_bias = bias + batch.to(tl.int64) * bias_b + head * bias_h
        d_key_lead, d_key_rest, d_value_lead, d_value_rest = _past_queries(
            d_key_lead, d_key_rest, d_value_lead, d_value_rest, key_lead, key_rest, value_lead, value_rest,
            at_query, query_t, at_d_out, d_out_t, log_sums + at_sums, deltas + at_sums, at_bias, bias_t, bias_s,
            begin, middle, whole, (whole - middle) // BLOCK_M, columns, key_count, offset, row_count, width, scale,
            LEAD, REST, EXACT, BLOCK_M, CAUSAL, BIAS, False, WIDE, PRECISION,
        )  # fmt: skip
        d_key_lead, d_key_rest, d_value_lead, d_value_rest = _past_queries(
            d_key_lead, d_key_rest, d_value_lead, d_value_rest, key_lead, key_rest, value_lead, value_rest,
            at_query, query_t, at_d_out, d_out_t, log_sums + at_sums, deltas + at_sums, at_bias, bias_t, bias_s,
            begin, middle, whole, edges, columns, key_count, offset, row_count, width, scale,
            LEAD, REST, EXACT, BLOCK_M, CAUSAL, BIAS, True, WIDE, PRECISION,
        )  # fmt: skip
    d_key += (batch.to(tl.int64) * d_key_b + group.to(tl.int64) * d_key_h) * 8 + key_first.to(tl.int64) * d_key_t
    d_value += (batch.to(tl.int64) * d_value_b + group.to(tl.int64) * d_value_h) * 8
    d_value += key_first.to(tl.int64) * d_value_t
    real = (columns < key_count)[:, None]
    d_key_lead = tl.where(real, d_key_lead * (scale * LN_2), 0.0)
    store_tile(d_key, first, d_key_t, stored, width, d_key_lead, 0, LEAD, BLOCK_N)
    store_tile(d_value, first, d_value_t, stored, width, tl.where(real, d_value_lead, 0.0), 0, LEAD, BLOCK_N)
    if REST:
        d_key_rest = tl.where(real, d_key_rest * (scale * LN_2), 0.0)
        store_tile(d_key, first, d_key_t, stored, width, d_key_rest, LEAD, REST, BLOCK_N)
        store_tile(d_value, first, d_value_t, stored, width, tl.where(real, d_value_rest, 0.0), LEAD, REST, BLOCK_N)
