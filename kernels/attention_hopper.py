"""Prefill attention, forward, on Hopper: tiles come and go by the bulk copy engine (TMA) through tensor descriptors.

For what needs no mask but the causal one; the rest is the work of attention_forward.py. A program is one warpgroup with
128 queries, small enough that two share a multiprocessor: the compiler makes the warps of a program wait for each other
at every tile, so it is the other program that keeps the matrix unit busy while one takes its softmax.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import triton
import triton.language as tl

from kernels.attention_tile import online, products, settle

__all__ = ["attention_hopper"]

RUN_TIME_SIZES = ["heads", "tokens", "keys", "tiles"]


@triton.jit
def _pass(
    acc_lead, acc_rest, top, total, query_lead, query_rest, keys_lead, keys_rest, values_lead, values_rest,
    batch, group, begin, end, keys, offset, rows, scale,
    LEAD: tl.constexpr, REST: tl.constexpr, BLOCK_N: tl.constexpr, CAUSAL: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Take keys `begin` to `end` into the running output, maximum and sum of a tile of queries."""
    for first in tl.range(begin, end, BLOCK_N):
        key_lead = keys_lead.load([batch, group, first, 0]).reshape(BLOCK_N, LEAD)
        key_rest = key_lead
        if REST:
            key_rest = keys_rest.load([batch, group, first, LEAD]).reshape(BLOCK_N, REST)
        scores = products(query_lead, query_rest, key_lead, key_rest, REST, tl.float32, "tf32")
        if MASKED:
            columns = first + tl.arange(0, BLOCK_N)
            seen = (columns < keys)[None, :]
            if CAUSAL:
                seen = seen & (columns[None, :] <= rows[:, None] + offset)
            scores = tl.where(seen, scores * scale, float("-inf"))
        weights, shrink, top, total = online(scores, top, total, scale, MASKED)
        value_lead = values_lead.load([batch, group, first, 0]).reshape(BLOCK_N, LEAD)
        weights = weights.to(value_lead.dtype)
        acc_lead = tl.dot(weights, value_lead, acc_lead * shrink[:, None])
        if REST:
            value_rest = values_rest.load([batch, group, first, LEAD]).reshape(BLOCK_N, REST)
            acc_rest = tl.dot(weights, value_rest, acc_rest * shrink[:, None])
    return acc_lead, acc_rest, top, total


@triton.jit(do_not_specialize=RUN_TIME_SIZES)
def attention_hopper(
    queries_lead, queries_rest, keys_lead, keys_rest, values_lead, values_rest, outs_lead, outs_rest, lse,
    heads, tokens, keys, tiles, scale,
    GROUP: tl.constexpr, LEAD: tl.constexpr, REST: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    CAUSAL: tl.constexpr,
):  # fmt: skip
    """out = softmax(query @ key.T * scale) @ value, lse (B, H, T) the log-sum-exp of the scores.

    Descriptors of query and out (B, H, T, D) in blocks (1, 1, BLOCK_M, LEAD or REST), of key and value (B, G, S, D) in
    blocks (1, 1, BLOCK_N, LEAD or REST); those of the rest are None where REST is 0. What lies outside of a tensor is
    read as zeros and not written. `scale` is times log2(e).
    """
    tile = tl.program_id(0) % tiles
    head = (tl.program_id(0) // tiles) % heads
    batch = tl.program_id(0) // tiles // heads
    if CAUSAL:
        tile = tiles - 1 - tile  # those with the most keys first: the last ones to run are short then
    group = head // GROUP
    first = tile * BLOCK_M
    rows = first + tl.arange(0, BLOCK_M)
    offset = keys - tokens
    query_lead = queries_lead.load([batch, head, first, 0]).reshape(BLOCK_M, LEAD)
    query_rest = query_lead
    top = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.zeros([BLOCK_M], tl.float32)
    acc_lead = tl.zeros([BLOCK_M, LEAD], tl.float32)
    acc_rest = top
    if REST:
        query_rest = queries_rest.load([batch, head, first, LEAD]).reshape(BLOCK_M, REST)
        acc_rest = tl.zeros([BLOCK_M, REST], tl.float32)
    end = keys
    whole = keys
    if CAUSAL:
        end = tl.maximum(tl.minimum(keys, first + BLOCK_M + offset), 0)
        whole = tl.maximum(tl.minimum(keys, first + offset + 1), 0)
    whole = whole // BLOCK_N * BLOCK_N
    acc_lead, acc_rest, top, total = _pass(
        acc_lead, acc_rest, top, total, query_lead, query_rest, keys_lead, keys_rest, values_lead, values_rest,
        batch, group, 0, whole, keys, offset, rows, scale, LEAD, REST, BLOCK_N, CAUSAL, False,
    )  # fmt: skip
    acc_lead, acc_rest, top, total = _pass(
        acc_lead, acc_rest, top, total, query_lead, query_rest, keys_lead, keys_rest, values_lead, values_rest,
        batch, group, whole, end, keys, offset, rows, scale, LEAD, REST, BLOCK_N, CAUSAL, True,
    )  # fmt: skip
    share, log_sum = settle(top, total)
    at_lse = (batch.to(tl.int64) * heads + head) * tokens
    tl.store(lse + at_lse + rows, log_sum, mask=rows < tokens)
    whole_lead = (acc_lead * share[:, None]).to(outs_lead.dtype)
    outs_lead.store([batch, head, first, 0], whole_lead.reshape(1, 1, BLOCK_M, LEAD))
    if REST:
        whole_rest = (acc_rest * share[:, None]).to(outs_lead.dtype)
        outs_rest.store([batch, head, first, LEAD], whole_rest.reshape(1, 1, BLOCK_M, REST))
