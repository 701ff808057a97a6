"""Triton kernels of the weight-only matmul: one token, tiles of tokens, and the sum of parts. See quantized.py."""

# mypy: disable-error-code="no-untyped-def"
import triton
import triton.language as tl


@triton.jit
def _group(quad_Q, half, BITS: tl.constexpr, GROUP: tl.constexpr):
    """Number of the group that codes of 16 bytes belong to; of 4 bits in groups of 32, those of half of them."""
    if GROUP == 0:
        return quad_Q * 0
    if BITS == 8:
        return quad_Q // (GROUP // 16)
    if GROUP == 32:
        return quad_Q // 2 * 2 + half
    return quad_Q // (GROUP // 32)


@triton.jit(do_not_specialize=["rows", "quads", "groups", "whole"])
def vector(
    x,  # (K,)
    words,  # int32 (N, K * BITS / 32) contiguous: packed.pack_int4's, or int8 codes (N, K) seen as int32
    scales, offsets,  # (N, J) contiguous; offsets may be None
    out,  # (N,)
    rows,  # N
    quads,  # in a row, of 16 bytes: K * BITS / 128
    groups,  # J
    whole,  # 0x4B000000: 2 ** 23 as float32
    BITS: tl.constexpr, GROUP: tl.constexpr,  # K / J, 0 where J is 1
    BLOCK_N: tl.constexpr, BLOCK_W: tl.constexpr,
):  # fmt: skip
    """One token: codes are multiplied where they are unpacked, in float32, and a row is summed in one warp or half.

    A code is put into the mantissa of 2 ** 23 by one instruction, bits where they lie: in place i it counts 16 ** i
    (256 ** i), which the input is divided by. `whole` is an argument so that mask and number fit one LOP3.
    """
    row_N = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    live_N = row_N < rows
    row_N = tl.minimum(row_N, rows - 1).to(tl.int64)
    place_W = tl.arange(0, BLOCK_W)
    at_NW = words + row_N[:, None] * quads * 4 + place_W[None, :]
    sums_NQ = tl.zeros((BLOCK_N, BLOCK_W // 4), tl.float32)
    next_NW = tl.load(at_NW, (place_W < quads * 4)[None, :], 0)
    for first in range(0, quads, BLOCK_W // 4):
        word_NW = next_NW
        left_W = place_W < (quads - first) * 4
        behind = first + BLOCK_W // 4
        next_NW = tl.load(at_NW + behind * 4, (place_W < (quads - behind) * 4)[None, :], 0)
        if BITS == 8:
            word_NW = word_NW ^ -2139062144  # 0x80808080: signed codes plus 128
        for half in tl.static_range(2 if (BITS == 4 and GROUP == 32) else 1):
            part_NW = tl.zeros((BLOCK_N, BLOCK_W), tl.float32)
            input_W = tl.zeros((BLOCK_W,), tl.float32)
            for step in tl.static_range(4 if (BITS == 8 or GROUP == 32) else 8):
                if BITS == 8:
                    x_W = tl.load(x + first * 16 + place_W * 4 + step, left_W, 0.0).to(tl.float32)
                    code_NW = (word_NW >> (16 * (step // 2))) & (255 << (8 * (step % 2)))
                    code_NW = (code_NW | whole).to(tl.float32, bitcast=True) - (8388608.0 + (128 << 8 * (step % 2)))
                    part_NW += code_NW * (x_W * (1.0 / (1 << 8 * (step % 2))))[None, :]
                else:  # the run of 16 codes that lies in places of this number, modulo 4
                    column_W = place_W // 8 * 64 + place_W % 8 * 2 + (16 * (2 * half + step // 2) + step % 2)
                    x_W = tl.load(x + first * 32 + column_W, left_W, 0.0).to(tl.float32)
                    code_NW = (word_NW >> (16 * (step % 2))) & (15 << 4 * (2 * half + step // 2))
                    zero = 8388608.0 + (8 << 4 * (2 * half + step // 2))
                    code_NW = (code_NW | whole).to(tl.float32, bitcast=True) - zero
                    part_NW += code_NW * (x_W * (1.0 / (1 << 4 * (2 * half + step // 2))))[None, :]
                input_W += x_W
            group_Q = _group(first + tl.arange(0, BLOCK_W // 4), half, BITS, GROUP)
            real_Q = (tl.arange(0, BLOCK_W // 4) < quads - first)[None, :]
            here_NQ = row_N[:, None] * groups + group_Q[None, :]
            scale_NQ = tl.load(scales + here_NQ, real_Q, 0.0).to(tl.float32)
            sums_NQ += tl.sum(tl.reshape(part_NW, (BLOCK_N, BLOCK_W // 4, 4)), 2) * scale_NQ
            if offsets is not None:
                offset_NQ = tl.load(offsets + here_NQ, real_Q, 0.0).to(tl.float32)
                sums_NQ += tl.sum(tl.reshape(input_W, (BLOCK_W // 4, 4)), 1)[None, :] * offset_NQ
    tl.store(out + row_N, tl.sum(sums_NQ, 1).to(out.dtype.element_ty), live_N)


@triton.jit(do_not_specialize=["tokens", "rows", "spans", "groups", "splits"])
def tile(
    x,  # (M, K), rows x_step apart
    words,  # int32 (N, K / 8) of packed.pack_int4, or int8 (N, K); contiguous
    scales, offsets,  # (N, J) contiguous; offsets may be None
    out,  # (M, N) contiguous; with several splits (splits, M, N) float32
    tokens, rows, spans, groups, x_step, splits,  # spans of 32 codes in a row: K / 32
    BITS: tl.constexpr, GROUP: tl.constexpr, CHUNK: tl.constexpr,  # K / J, 0 where J is 1; codes of a step
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """A tile of the transposed product: weights are the left side, which the matrix unit takes from registers, where
    they were unpacked; sums of a group's codes are exact products of 16-bit numbers and are scaled in float32."""
    row_N = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    live_N = row_N < rows
    row_N = tl.minimum(row_N, rows - 1).to(tl.int64)
    token_M = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    real_M = token_M < tokens
    at_M = x + token_M.to(tl.int64)[None, :] * x_step
    kind: tl.constexpr = x.dtype.element_ty
    result = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
    share = tl.cdiv(spans // (CHUNK // 32), splits) * CHUNK
    start = tl.program_id(2) * share
    for first in tl.range(start, tl.minimum(start + share, spans * 32), CHUNK):
        if BITS == 8:
            column_C = tl.arange(0, CHUNK)
            x_CM = tl.load(at_M + first + column_C[:, None], real_M[None, :], 0.0)
            byte_NC = tl.load(words + row_N[:, None] * (spans * 32) + first + column_C[None, :])
            code_NC = byte_NC.to(kind)
            sums = tl.dot(code_NC, x_CM)
            inputs = sums
            if offsets is not None:
                inputs = tl.dot(tl.full((BLOCK_N, CHUNK), 1.0, kind), x_CM)
            result = _scaled(result, sums, inputs, scales, offsets, row_N * groups, first, GROUP)
        else:
            place_W = tl.arange(0, CHUNK // 8)
            run_C = tl.arange(0, CHUNK // 4)
            at_CM = at_M + first + (run_C // 16 * 64 + run_C % 16)[:, None]
            word_NW = tl.load(words + row_N[:, None] * (spans * 4) + first // 8 + place_W[None, :])
            for half in tl.static_range(2 if GROUP == 32 else 1):
                sums = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
                inputs = sums
                for step in tl.static_range(2 if GROUP == 32 else 4):
                    x_CM = tl.load(at_CM + 16 * (2 * half + step), real_M[None, :], 0.0)
                    code_NC = _codes(word_NW >> 4 * (2 * half + step), kind, BLOCK_N, CHUNK // 4)
                    sums = tl.dot(code_NC, x_CM, sums)
                    if offsets is not None:  # inputs' sums in the accumulators' layout, for nothing but the matrix unit
                        inputs = tl.dot(tl.full((BLOCK_N, CHUNK // 4), 1.0, kind), x_CM, inputs)
                result = _scaled(result, sums, inputs, scales, offsets, row_N * groups, first + 32 * half, GROUP)
    at_NM = out + (tl.program_id(2) * tokens + token_M.to(tl.int64))[None, :] * rows + row_N[:, None]
    tl.store(at_NM, result.to(out.dtype.element_ty), live_N[:, None] & real_M[None, :])


@triton.jit
def _codes(word_NW, kind: tl.constexpr, BLOCK_N: tl.constexpr, WIDTH: tl.constexpr):
    """Two codes of each word, in the lowest bits of its halves, as numbers: their bits are put into the mantissas of
    128 (bfloat16) or 1024 (float16). Constants, not arguments: only then the layout that the matrix unit wants reaches
    back to the load, and nothing goes through shared memory."""
    both_NW = (word_NW & 0x000F000F) | (0x43004300 if kind == tl.bfloat16 else 0x64006400)
    zero: tl.constexpr = 136.0 if kind == tl.bfloat16 else 1032.0
    low = (both_NW & 0xFFFF).to(tl.int16).to(kind, bitcast=True) - zero
    high = (both_NW >> 16).to(tl.int16).to(kind, bitcast=True) - zero
    return tl.reshape(tl.join(low, high), (BLOCK_N, WIDTH))


@triton.jit
def _scaled(result, sums, inputs, scales, offsets, row_N, first, GROUP: tl.constexpr):
    """The result with a group's sums added, each row times its scale, and its offset times the inputs' sums."""
    group = first // GROUP if GROUP > 0 else 0
    result += sums * tl.load(scales + row_N + group).to(tl.float32)[:, None]
    if offsets is not None:
        result += inputs * tl.load(offsets + row_N + group).to(tl.float32)[:, None]
    return result


@triton.jit(do_not_specialize=["size", "splits"])
def add(
    parts,  # (splits, size) float32
    out,  # (size,)
    size, splits,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """The sum of parts, always in the same order."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    total = tl.zeros((BLOCK,), tl.float32)
    for part in range(splits):
        total += tl.load(parts + part * size + at, inside, 0.0)
    tl.store(out + at, total.to(out.dtype.element_ty), inside)
