"""Rotary positions (Triton): of any heads, and of a fused query-key-value matrix straight into the cache.

`turn` rotates (B, H, T, D) of any strides and, with `back`, its gradient: a rotation's transpose turns the other way.

`keep` is everything between the projection and attention in one pass, which PyTorch makes of ten:

    qkv (B, T, H + 2 G, D) ──► norm of each query and key head ──► rotation ──► queries, contiguous
                                                                           └──► keys  ─► cache at start + t
                                            values as they are ────────────────────────► cache at start + t

Every number is read once and written once. A program holds a few heads of one token: their numbers lie side by side in
memory, and one row of cosines and sines serves all of them. Where a token goes may stand on the device (`starts`), so
that a captured graph can be replayed at the next position.
Sources: Su et al. 2021 (interleaved pairs, as in the paper); halves as in GPT-NeoX and LLaMA's published weights.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

from collections.abc import Iterator

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.ahead import Case
from kernels.launching import guard, power, wide

MOST_WIDTH = 1024
"""The widest head."""


@triton.jit
def _load(at_H, inside_H, WIDE: tl.constexpr, WIDTH: tl.constexpr, PAIRS: tl.constexpr, INTERLEAVED: tl.constexpr):
    """The first and the second number of each pair of some heads, (HEADS, PAIRS) each."""
    if INTERLEAVED:
        column_D = tl.arange(0, 2 * PAIRS)
        inside_HD = inside_H[:, None] & (column_D < WIDTH)[None, :]
        x_HD = tl.load(at_H[:, None] + column_D[None, :], inside_HD, 0.0).to(WIDE)
        first_HP, second_HP = tl.split(tl.reshape(x_HD, (x_HD.shape[0], PAIRS, 2)))
    else:
        column_P = tl.arange(0, PAIRS)
        inside_HP = inside_H[:, None] & (column_P < WIDTH // 2)[None, :]
        first_HP = tl.load(at_H[:, None] + column_P[None, :], inside_HP, 0.0).to(WIDE)
        second_HP = tl.load(at_H[:, None] + WIDTH // 2 + column_P[None, :], inside_HP, 0.0).to(WIDE)
    return first_HP, second_HP


@triton.jit
def _store(at_H, first_HP, second_HP, inside_H, WIDTH: tl.constexpr, PAIRS: tl.constexpr, INTERLEAVED: tl.constexpr):
    """Pairs back to where heads lie, in what those are kept in."""
    first_HP, second_HP = first_HP.to(at_H.dtype.element_ty), second_HP.to(at_H.dtype.element_ty)
    if INTERLEAVED:
        column_D = tl.arange(0, 2 * PAIRS)
        x_HD = tl.reshape(tl.join(first_HP, second_HP), (first_HP.shape[0], 2 * PAIRS))
        tl.store(at_H[:, None] + column_D[None, :], x_HD, inside_H[:, None] & (column_D < WIDTH)[None, :])
    else:
        column_P = tl.arange(0, PAIRS)
        inside_HP = inside_H[:, None] & (column_P < WIDTH // 2)[None, :]
        tl.store(at_H[:, None] + column_P[None, :], first_HP, inside_HP)
        tl.store(at_H[:, None] + WIDTH // 2 + column_P[None, :], second_HP, inside_HP)


@triton.jit(do_not_specialize=["tokens"])
def _turn(
    x,  # (batch, heads, tokens, WIDTH), the last axis contiguous
    cos, sin,  # (batch or 1, tokens, WIDTH / 2), the last axis contiguous
    out,  # as x, with strides of its own
    tokens, heads, x_batch, x_head, x_token, out_batch, out_head, out_token, table_batch, table_token,
    BACK: tl.constexpr, INTERLEAVED: tl.constexpr, WIDE: tl.constexpr, WIDTH: tl.constexpr, HEADS: tl.constexpr,
    PAIRS: tl.constexpr,
):  # fmt: skip
    batch, token = (tl.program_id(0) // tokens).to(tl.int64), (tl.program_id(0) % tokens).to(tl.int64)
    head_H = tl.program_id(1) * HEADS + tl.arange(0, HEADS)
    at_H = x + batch * x_batch + token * x_token + head_H.to(tl.int64) * x_head
    first_HP, second_HP = _load(at_H, head_H < heads, WIDE, WIDTH, PAIRS, INTERLEAVED)
    column_P = tl.arange(0, PAIRS)
    row = batch * table_batch + token * table_token
    cos_P = tl.load(cos + row + column_P, column_P < WIDTH // 2, 0.0).to(WIDE)[None, :]
    sin_P = tl.load(sin + row + column_P, column_P < WIDTH // 2, 0.0).to(WIDE)[None, :]
    if BACK:
        sin_P = -sin_P
    to_H = out + batch * out_batch + token * out_token + head_H.to(tl.int64) * out_head
    turned_HP, other_HP = first_HP * cos_P - second_HP * sin_P, second_HP * cos_P + first_HP * sin_P
    _store(to_H, turned_HP, other_HP, head_H < heads, WIDTH, PAIRS, INTERLEAVED)


@triton.jit(do_not_specialize=["tokens", "start"])
def _keep(
    qkv,  # (batch, tokens, heads + 2 groups, WIDTH), the last axis contiguous
    query,  # (batch, tokens, heads, WIDTH) contiguous
    keys, values,  # (batch, groups, capacity, WIDTH) of the same strides
    cos, sin,  # (batch or 1, tokens, WIDTH / 2), or None: nothing is turned
    query_weight, key_weight,  # (WIDTH,), or None: nothing is normed
    starts,  # (batch or 1,) integers: where the first token goes; None: `start` says it
    start, starts_step, tokens, heads, groups, capacity, qkv_batch, qkv_token, qkv_head, cache_batch, cache_group,
    cache_token, table_batch, table_token, eps,
    INTERLEAVED: tl.constexpr, WIDE: tl.constexpr, WIDTH: tl.constexpr, HEADS: tl.constexpr, PAIRS: tl.constexpr,
):  # fmt: skip
    batch, token = (tl.program_id(0) // tokens).to(tl.int64), (tl.program_id(0) % tokens).to(tl.int64)
    head_H = tl.program_id(1) * HEADS + tl.arange(0, HEADS)
    is_query_H, turns_H = head_H < heads, head_H < heads + groups
    at_H = qkv + batch * qkv_batch + token * qkv_token + head_H.to(tl.int64) * qkv_head
    first_HP, second_HP = _load(at_H, head_H < heads + 2 * groups, WIDE, WIDTH, PAIRS, INTERLEAVED)
    column_P = tl.arange(0, PAIRS)
    pair_P, next_P = (2 * column_P, 2 * column_P + 1) if INTERLEAVED else (column_P, WIDTH // 2 + column_P)
    inside_P = column_P < WIDTH // 2
    if query_weight is not None:
        squares_H = tl.sum(first_HP * first_HP + second_HP * second_HP, 1)
        scale_H1 = (1.0 / tl.sqrt(squares_H / WIDTH + eps))[:, None]
        for_query, for_key = is_query_H[:, None], turns_H[:, None]
        query_P, key_P = tl.load(query_weight + pair_P, inside_P, 0.0), tl.load(key_weight + pair_P, inside_P, 0.0)
        by_HP = tl.where(for_query, query_P.to(WIDE)[None, :], key_P.to(WIDE)[None, :]) * scale_H1
        first_HP = tl.where(for_key, first_HP * by_HP, first_HP)
        query_P, key_P = tl.load(query_weight + next_P, inside_P, 0.0), tl.load(key_weight + next_P, inside_P, 0.0)
        by_HP = tl.where(for_query, query_P.to(WIDE)[None, :], key_P.to(WIDE)[None, :]) * scale_H1
        second_HP = tl.where(for_key, second_HP * by_HP, second_HP)
    if cos is not None:
        row = batch * table_batch + token * table_token
        cos_HP = tl.where(turns_H[:, None], tl.load(cos + row + column_P, inside_P, 0.0).to(WIDE)[None, :], 1.0)
        sin_HP = tl.where(turns_H[:, None], tl.load(sin + row + column_P, inside_P, 0.0).to(WIDE)[None, :], 0.0)
        first_HP, second_HP = first_HP * cos_HP - second_HP * sin_HP, second_HP * cos_HP + first_HP * sin_HP
    place = token + (start if starts is None else tl.load(starts + batch * starts_step))
    to_H = query + ((batch * tokens + token) * heads + head_H) * WIDTH
    _store(to_H, first_HP, second_HP, is_query_H, WIDTH, PAIRS, INTERLEAVED)
    fits = (place >= 0) & (place < capacity)  # a graph replayed once too often must not write behind the cache
    group_H = tl.where(turns_H, head_H - heads, head_H - heads - groups).to(tl.int64)
    to_H = batch * cache_batch + place * cache_token + group_H * cache_group
    is_key_H, is_value_H = turns_H & (head_H >= heads) & fits, (head_H >= heads + groups) & fits
    _store(keys + to_H, first_HP, second_HP, is_key_H, WIDTH, PAIRS, INTERLEAVED)
    is_value_H = is_value_H & (head_H < heads + 2 * groups)
    _store(values + to_H, first_HP, second_HP, is_value_H, WIDTH, PAIRS, INTERLEAVED)


def tile(width: int, heads: int) -> tuple[int, int]:
    """Heads of a program and pairs of a head in it, both powers of two: some 2,048 numbers, 16 a thread."""
    pairs = power(width // 2)
    return min(power(heads), max(1, 1024 // pairs)), pairs


def unsupported(width: int) -> str | None:
    """Why heads of a width can't be turned here, in words; None when they can."""
    return (
        None if 0 < width <= MOST_WIDTH and width % 2 == 0 else f"heads of {width} are not even or above {MOST_WIDTH}"
    )


def turn(x_BHTD: Tensor, cos: Tensor, sin: Tensor, *, interleaved: bool, back: bool = False) -> Tensor:
    """`reference.rope` in a tensor laid out like x; with `back` the other way round.

    Args:
        cos, sin: (T, D/2), or (B or 1, 1, T, D/2).
    """
    x = x_BHTD if x_BHTD.stride(3) == 1 else x_BHTD.contiguous()
    out = torch.empty_like(x)
    cos_BTP, sin_BTP = _tables(cos, sin)
    batch, heads, tokens, width = x.shape
    block, pairs = tile(width, heads)
    if x.numel():
        with guard(x):
            _turn[(batch * tokens, triton.cdiv(heads, block))](
                x, cos_BTP, sin_BTP, out, tokens, heads, *x.stride()[:3], *out.stride()[:3], *_steps(cos_BTP),
                BACK=back, INTERLEAVED=interleaved, WIDE=wide(x.dtype), WIDTH=width, HEADS=block, PAIRS=pairs,
            )  # fmt: skip
    return out


def keep(
    qkv_BTND: Tensor, keys_BGSD: Tensor, values_BGSD: Tensor, starts: Tensor | None, start: int,
    rotation: tuple[Tensor, Tensor] | None, norms: tuple[Tensor, Tensor] | None, eps: float, interleaved: bool,
) -> Tensor:  # fmt: skip
    """Norm and turn the heads of one projection, put its keys and values into the cache and return the queries.

    Args:
        qkv_BTND: H query heads, then G key heads, then G value heads: N = H + 2 G.
        keys_BGSD, values_BGSD: the cache, written in place; of the same strides.
        starts: (B,) or (1,) integers on the device, the place of each row's first token; otherwise `start` is.
        rotation: cosine and sine, (T, D/2) or (B or 1, 1, T, D/2).
        norms: weights (D,) of the RMS norms of queries and keys.

    Returns:
        Queries (B, H, T, D), of which (B, T, H, D) is contiguous.
    """
    qkv = qkv_BTND if qkv_BTND.stride(3) == 1 else qkv_BTND.contiguous()
    batch, tokens, count, width = qkv.shape
    groups, capacity = keys_BGSD.shape[1:3]
    heads = count - 2 * groups
    query_BTHD = torch.empty(batch, tokens, heads, width, dtype=qkv.dtype, device=qkv.device)
    cos_BTP, sin_BTP = (None, None) if rotation is None else _tables(*rotation)
    query_weight, key_weight = (None, None) if norms is None else (weight.contiguous() for weight in norms)
    block, pairs = tile(width, count)
    if qkv.numel():
        with guard(qkv):
            _keep[(batch * tokens, triton.cdiv(count, block))](
                qkv, query_BTHD, keys_BGSD, values_BGSD, cos_BTP, sin_BTP, query_weight, key_weight, starts, start,
                0 if starts is None or starts.shape[0] == 1 else starts.stride(0), tokens, heads, groups, capacity,
                *qkv.stride()[:3], *keys_BGSD.stride()[:3], *_steps(cos_BTP), eps,
                INTERLEAVED=interleaved, WIDE=wide(qkv.dtype), WIDTH=width, HEADS=block, PAIRS=pairs,
            )  # fmt: skip
    return query_BTHD.transpose(1, 2)


def _tables(cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
    """Both as (B or 1, T, D/2) of the same strides, the last axis contiguous."""
    cos, sin = (table[None] if table.dim() == 2 else table[:, 0] for table in (cos, sin))
    if cos.stride(-1) == 1 and cos.stride() == sin.stride():
        return cos, sin
    return cos.contiguous(), sin.contiguous()


def _steps(cos_BTP: Tensor | None) -> tuple[int, int]:
    """Strides of rows and tokens; a table of one row serves all."""
    if cos_BTP is None:
        return 0, 0
    return 0 if cos_BTP.shape[0] == 1 else cos_BTP.stride(0), cos_BTP.stride(1)


def ahead_cases() -> Iterator[Case]:
    """Published head widths, in both layouts."""
    for width, heads, groups in ((64, 9, 3), (80, 16, 16), (128, 32, 8), (256, 8, 1)):
        for interleaved in (False, True):
            block, pairs = tile(width, heads + 2 * groups)
            constants = {"INTERLEAVED": interleaved, "WIDE": tl.float32, "WIDTH": width, "HEADS": block, "PAIRS": pairs}
            types = dict.fromkeys(("x", "cos", "sin", "out"), "*bf16:16") | {"tokens": "i32", "heads": "i32"}
            steps = [f"{one}_{axis}" for one in ("x", "out") for axis in ("batch", "head", "token")]
            types |= dict.fromkeys((*steps, "table_batch", "table_token"), "i32:16")
            name = f"{width}{', interleaved' if interleaved else ''}"
            yield Case(f"turn {name}", _turn, types, constants | {"BACK": False})
            types = dict.fromkeys(("qkv", "query", "keys", "values", "cos", "sin"), "*bf16:16")
            types |= {"query_weight": "*bf16:16", "key_weight": "*bf16:16", "starts": "*i64:16", "eps": "fp32"}
            types |= dict.fromkeys(("start", "starts_step", "tokens", "heads", "groups", "capacity"), "i32")
            steps = [f"qkv_{axis}" for axis in ("batch", "token", "head")] + ["table_batch", "table_token"]
            types |= dict.fromkeys((*steps, "cache_batch", "cache_group", "cache_token"), "i32:16")
            yield Case(f"keep {name}", _keep, types, constants)
            plain = dict.fromkeys(("cos", "sin", "query_weight", "key_weight", "starts"))
            types = {one: kind for one, kind in types.items() if one not in plain}
            yield Case(f"keep {name}, no turn, no norm", _keep, types, constants | plain)
