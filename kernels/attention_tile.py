"""What the attention kernels share: tiles of rows, where a sequence begins and ends, scores and their softmax again.

A head is held in two parts of power-of-two width, LEAD and REST (64 + 16 for 80), because Triton's tiles are powers of
two: padding 80 to 128 would do 1.6 times the work. REST is 0 where one part does. Columns past the width are zeros.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import triton
import triton.language as tl

LOG2_E: tl.constexpr = tl.constexpr(1.4426950408889634)
LN_2: tl.constexpr = tl.constexpr(0.6931471805599453)
NO_BIAS: tl.constexpr = tl.constexpr(0)
ADDED: tl.constexpr = tl.constexpr(1)
KEPT: tl.constexpr = tl.constexpr(2)


@triton.jit
def load_tile(
    base, first, stride, rows_end, width,
    FIRST_COLUMN: tl.constexpr, PART: tl.constexpr, ROWS: tl.constexpr, CHECK_ROWS: tl.constexpr, EXACT: tl.constexpr,
):  # fmt: skip
    """Rows `first` to `first + ROWS` of a matrix whose rows lie `stride` apart, columns FIRST_COLUMN on: (ROWS, PART).

    Rows at or past `rows_end` are zeros if CHECK_ROWS, columns at or past `width` unless EXACT.
    """
    rows = tl.arange(0, ROWS)
    columns = FIRST_COLUMN + tl.arange(0, PART)
    # the large number is one scalar in 64 bits; what differs within a tile fits 32
    pointers = base + first.to(tl.int64) * stride + rows[:, None] * stride + columns[None, :]
    if CHECK_ROWS:
        keep = (first + rows < rows_end)[:, None]
        if not EXACT:
            keep = keep & (columns < width)[None, :]
        return tl.load(pointers, mask=keep, other=0.0)
    elif EXACT:
        return tl.load(pointers)
    else:
        return tl.load(pointers, mask=(columns < width)[None, :], other=0.0)


@triton.jit
def store_tile(
    base, first, stride, rows_end, width, tile,
    FIRST_COLUMN: tl.constexpr, PART: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """Write a tile (ROWS, PART) where `load_tile` would read it."""
    rows = tl.arange(0, ROWS)
    columns = FIRST_COLUMN + tl.arange(0, PART)
    pointers = base + first.to(tl.int64) * stride + rows[:, None] * stride + columns[None, :]
    keep = (first + rows < rows_end)[:, None] & (columns < width)[None, :]
    tl.store(pointers, tile.to(base.dtype.element_ty), mask=keep)


@triton.jit
def span(starts, lengths, batch, whole):
    """First row and number of rows of one sequence: from cumulative lengths, or lengths, or the whole axis.

    What lies outside of the axis is cut off, so wrong lengths can't make a kernel read what isn't its own.
    """
    first = 0
    count = whole
    if starts is not None:
        first = tl.minimum(tl.maximum(tl.load(starts + batch).to(tl.int32), 0), whole)
        count = tl.minimum(tl.maximum(tl.load(starts + batch + 1).to(tl.int32) - first, 0), whole - first)
    if lengths is not None:
        count = tl.minimum(tl.maximum(tl.load(lengths + batch).to(tl.int32), 0), whole)
    return first, count


@triton.jit
def products(
    left_lead, left_rest, right_lead, right_rest, REST: tl.constexpr, WIDE: tl.constexpr, PRECISION: tl.constexpr
):
    """left @ right.T over the width of a head, both parts."""
    out = tl.dot(left_lead, tl.trans(right_lead), input_precision=PRECISION, out_dtype=WIDE)
    if REST:
        out = tl.dot(left_rest, tl.trans(right_rest), out, input_precision=PRECISION, out_dtype=WIDE)
    return out


@triton.jit
def load_bias(bias, row, stride_row, column, stride_column, keep):
    """The tile of bias or mask that belongs to these rows and columns, whatever their shape; 0 where not kept."""
    return tl.load(bias + row.to(tl.int64) * stride_row + column.to(tl.int64) * stride_column, mask=keep, other=0)


@triton.jit
def online(scores, top, total, scale, MASKED: tl.constexpr):
    """One step of the softmax that is taken as the keys go by (Milakov and Gimelshein 2018), in base 2.

    Returns the weights of a tile of scores, what all output before shrinks by, and the rows' maximum and sum. MASKED
    scores have been scaled already and are -inf where nothing is seen.
    """
    if MASKED:
        higher = tl.maximum(top, tl.max(scores, 1))
        # a row that has seen nothing yet has no maximum, and -inf minus -inf is no number
        base = tl.where(higher == float("-inf"), 0.0, higher)
        weights = tl.math.exp2(scores - base[:, None])
        shrink = tl.math.exp2(top - base)
    else:
        higher = tl.maximum(top, tl.max(scores, 1) * scale)
        weights = tl.math.exp2(scores * scale - higher[:, None])
        shrink = tl.math.exp2(top - higher)
    return weights, shrink, higher, total * shrink + tl.sum(weights, 1)


@triton.jit
def settle(top, total):
    """What to multiply the output by at the end, and the log-sum-exp; 0 and -inf for a row that saw nothing."""
    empty = total == 0.0
    sure = tl.where(empty, 1.0, total)
    return 1.0 / sure, tl.where(empty, float("-inf"), (top + tl.math.log2(sure)) * LN_2)


@triton.jit
def softmax_again(
    scores, log_sums, bias, bias_t, bias_s, rows, columns, inside, offset, scale,
    CAUSAL: tl.constexpr, BIAS: tl.constexpr, MASKED: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """Softmax of a tile from its scores and the rows' log-sum-exp in base 2; `rows`, `columns`, `log_sums` broadcast
    to the tile, whichever way it lies. A row that sees nothing has +inf for its sum, by which its weights are zero.
    """
    weights = scores * scale
    if BIAS != NO_BIAS:
        added = load_bias(bias, rows, bias_t, columns, bias_s, inside)
        if BIAS == ADDED:
            weights += added.to(WIDE) * LOG2_E
        else:
            inside = inside & (added != 0)
    weights = tl.math.exp2(weights - log_sums)
    if CAUSAL and MASKED:
        inside = inside & (columns <= rows + offset)
    if MASKED or BIAS == KEPT:
        weights = tl.where(inside, weights, 0.0)
    return weights
