"""Triton kernels of decode attention: parts of the memory, then their merge. See decode.py."""

# mypy: disable-error-code="no-untyped-def"
import triton
import triton.language as tl

LOG2E = tl.constexpr(1.4426950408889634)
LN2 = tl.constexpr(0.6931471805599453)


@triton.jit
def _tile(base, step, width_D, live_N, BLOCK_N: tl.constexpr, INSIDE: tl.constexpr):
    """Rows of keys or values (BLOCK_N, len(width_D)); zeros behind the memory's end and the head's width."""
    at = base + tl.arange(0, BLOCK_N)[:, None] * step + width_D[None, :]
    return tl.load(at, live_N[:, None] & (width_D < INSIDE)[None, :], 0.0)


NUMBERS = (
    "memory", "queries", "heads", "groups", "rows", "splits", "length_step", "query_batch", "query_head", "query_token",
    "key_batch", "key_group", "key_token", "value_batch", "value_group", "value_token", "bias_batch", "bias_head",
    "bias_token",
)  # fmt: skip
"""Whole numbers that `split` isn't compiled anew for: what vectors need of them, ALIGN says."""


@triton.jit(do_not_specialize=NUMBERS)
def split(
    query,  # (B, H, T, D), last axis contiguous
    key, value,  # (B or 1, G, S, D), last axis contiguous; codes where there are scales
    key_scales, value_scales,  # (B or 1, G, S) float32 contiguous, or None
    bias,  # float or bool, strides 0 where broadcast over (B, H, T, S), or None
    lengths,  # (B,), stride 0 where one serves all, or None
    out,  # (B, H, T, D) contiguous in the query's dtype; with several splits (B * H * T, splits, D) float32
    lse,  # (B, H, T) float32; with several splits (B * H * T, splits)
    memory, queries, heads, groups, rows, splits, scale, length_step,
    query_batch, query_head, query_token, key_batch, key_group, key_token,  # strides in units of ALIGN
    value_batch, value_group, value_token,  # these too
    bias_batch, bias_head, bias_token, bias_key,
    CAUSAL: tl.constexpr, SHARED: tl.constexpr, SPLIT: tl.constexpr, FOLD: tl.constexpr,
    ALIGN: tl.constexpr, WIDTH: tl.constexpr, MAIN: tl.constexpr, REST: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """One part of one memory (batch row and key head) for up to BLOCK_M of the rows that read it.

    A row is a query of one head: token fastest, then the heads of the group, then (one memory for a whole batch) the
    batch. WIDTH is cut into MAIN, a power of two, and REST: 80 is 64 + 16, not 128.
    """
    batch = tl.program_id(2) // groups
    group = tl.program_id(2) % groups
    part = tl.program_id(1)
    per_group = heads // groups
    row_M = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    real_M = row_M < rows
    token_M = row_M % queries
    head_M = group * per_group + (row_M // queries) % per_group
    batch_M = (row_M // (queries * per_group) if SHARED else row_M * 0 + batch).to(tl.int64)
    seen_M = row_M * 0 + memory
    if lengths is not None:
        seen_M = tl.minimum(tl.load(lengths + batch_M * length_step, real_M, 0), memory).to(tl.int32)
    if CAUSAL:
        seen_M += token_M + 1 - queries
    seen_M = tl.where(real_M, seen_M, 0)

    main_D = tl.arange(0, MAIN)
    rest_D = tl.arange(0, max(REST, 1))
    at_M = query + (batch_M * query_batch + head_M.to(tl.int64) * query_head + token_M * query_token) * ALIGN
    query_main = tl.load(at_M[:, None] + main_D[None, :], real_M[:, None] & (main_D < WIDTH)[None, :], 0.0)
    if REST > 0:
        inside_MD = real_M[:, None] & (rest_D < WIDTH - MAIN)[None, :]
        query_rest = tl.load(at_M[:, None] + MAIN + rest_D[None, :], inside_MD, 0.0)
    batch, group = batch.to(tl.int64), group.to(tl.int64)
    scale_row = (batch * groups + group) * memory

    end = tl.maximum(tl.max(seen_M, 0), 0)
    share = tl.cdiv(tl.cdiv(end, BLOCK_N), splits) * BLOCK_N  # by what is there, not by what would fit
    start = part * share
    here = key + (batch * key_batch + group * key_group + start.to(tl.int64) * key_token) * ALIGN
    there = value + (batch * value_batch + group * value_group + start.to(tl.int64) * value_token) * ALIGN
    stop = tl.minimum(start + share, end)
    most_M = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    total_M = tl.zeros((BLOCK_M,), tl.float32)
    main = tl.zeros((BLOCK_M, MAIN), tl.float32)
    rest = tl.zeros((BLOCK_M, max(REST, 1)), tl.float32)
    for first in tl.range(start, stop, BLOCK_N):
        at_N = first + tl.arange(0, BLOCK_N)
        live_N = at_N < stop
        key_main = _tile(here, key_token * ALIGN, main_D, live_N, BLOCK_N, WIDTH).to(query_main.dtype)
        scores = tl.dot(query_main, key_main.T, input_precision="ieee")
        if REST > 0:
            key_rest = _tile(here + MAIN, key_token * ALIGN, rest_D, live_N, BLOCK_N, WIDTH - MAIN)
            scores = tl.dot(query_rest, key_rest.to(query_main.dtype).T, scores, input_precision="ieee")
        if key_scales is not None:
            scores *= tl.load(key_scales + scale_row + at_N, live_N, 0.0)[None, :]
        scores *= scale
        visible = at_N[None, :] < seen_M[:, None]
        if bias is not None:
            shift = batch_M * bias_batch + head_M.to(tl.int64) * bias_head + token_M.to(tl.int64) * bias_token
            more = tl.load(bias + shift[:, None] + at_N.to(tl.int64)[None, :] * bias_key, visible, 0)
            if bias.dtype.element_ty == tl.int1 or bias.dtype.element_ty == tl.int8:
                visible = visible & (more != 0)
            else:
                scores += more.to(tl.float32)
        scores = tl.where(visible, scores, float("-inf"))
        peak_M = tl.maximum(most_M, tl.max(scores, 1))
        level_M = tl.where(peak_M == float("-inf"), 0.0, peak_M)
        fade_M = tl.exp2((most_M - level_M) * LOG2E)  # the difference first: large scores keep their digits
        weights = tl.exp2((scores - level_M[:, None]) * LOG2E)
        total_M = total_M * fade_M + tl.sum(weights, 1)
        most_M = peak_M
        if value_scales is not None:  # on the weights: codes are exact in 16 bits, and there are fewer weights
            weights *= (tl.load(value_scales + scale_row + at_N, live_N, 0.0) * FOLD)[None, :]
        value_main = _tile(there, value_token * ALIGN, main_D, live_N, BLOCK_N, WIDTH).to(query_main.dtype)
        weights = weights.to(query_main.dtype)
        main = tl.dot(weights, value_main, main * fade_M[:, None], input_precision="ieee")
        if REST > 0:
            value_rest = _tile(there + MAIN, value_token * ALIGN, rest_D, live_N, BLOCK_N, WIDTH - MAIN)
            rest = tl.dot(weights, value_rest.to(query_main.dtype), rest * fade_M[:, None], input_precision="ieee")
        here += BLOCK_N * (key_token * ALIGN)
        there += BLOCK_N * (value_token * ALIGN)

    index_M = (batch_M * heads + head_M) * queries + token_M
    share_M = (1.0 / FOLD) / tl.where(total_M == 0.0, 1.0, total_M)
    if SPLIT:
        index_M = index_M * splits + part
    sum_M = most_M + tl.log2(tl.where(total_M == 0.0, 1.0, total_M)) * LN2
    tl.store(lse + index_M, sum_M, real_M)
    wanted_M = real_M & ((total_M > 0.0) if SPLIT else real_M)  # a part that saw nothing is never read
    at_M = out + index_M * WIDTH
    kind = out.dtype.element_ty
    inside_MD = wanted_M[:, None] & (main_D < WIDTH)[None, :]
    tl.store(at_M[:, None] + main_D[None, :], (main * share_M[:, None]).to(kind), inside_MD)
    if REST > 0:
        inside_MD = wanted_M[:, None] & (rest_D < WIDTH - MAIN)[None, :]
        tl.store(at_M[:, None] + MAIN + rest_D[None, :], (rest * share_M[:, None]).to(kind), inside_MD)


@triton.jit(do_not_specialize=["splits"])
def merge(
    parts,  # (rows, splits, D) float32; what belongs to a sum of -inf is never read
    sums,  # (rows, splits) float32, log-sum-exp of each part
    out,  # (rows, D)
    lse,  # (rows,) float32
    splits,
    WIDTH: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_S: tl.constexpr,
):  # fmt: skip
    """Parts weighed by their share of the whole sum (Dao et al. 2023, Flash-Decoding); BLOCK_S >= splits."""
    row = tl.program_id(0).to(tl.int64)
    part_S = tl.arange(0, BLOCK_S)
    width_D = tl.program_id(1) * BLOCK_D + tl.arange(0, BLOCK_D)
    sum_S = tl.load(sums + row * splits + part_S, part_S < splits, float("-inf"))
    most = tl.max(sum_S, 0)
    weight_S = tl.exp2((sum_S - tl.where(most == float("-inf"), 0.0, most)) * LOG2E)
    total = tl.sum(weight_S, 0)
    at = parts + (row * splits + part_S[:, None]) * WIDTH + width_D[None, :]
    inside = (sum_S > float("-inf"))[:, None] & (width_D < WIDTH)[None, :]
    whole_D = tl.sum(tl.load(at, inside, 0.0) * weight_S[:, None], 0) / tl.where(total == 0.0, 1.0, total)
    tl.store(out + row * WIDTH + width_D, whole_D.to(out.dtype.element_ty), width_D < WIDTH)
    if tl.program_id(1) == 0:
        tl.store(lse + row, most + tl.log2(tl.where(total == 0.0, 1.0, total)) * LN2)
