"""Attention of a few queries to a long memory (Triton): decoding, and questions about one picture.

    memory S ──► part 0 │ part 1 │ ... │ part n     a program each: online softmax over its keys
                    └───────┴── merge ──┴──► out     weighed by each part's log-sum-exp

The work is to read the memory once: 2 * S * G * D numbers, against which the arithmetic is nothing. So (1) every row
that reads one key head stands in one tile: the queries of all heads of its group, and, where one memory serves a whole
batch, of the whole batch; (2) the memory is cut into so many parts that every multiprocessor holds two, by the length
that the kernel reads itself, so a static cache costs what is in it; (3) keys and values may be codes of 8 bits with a
scale a token and head, which stay codes until they are in registers. How many parts there are follows from shapes
alone: the same launch serves every length, so a CUDA graph captures it.
Source: Dao, Haziza, Massa and Sizov 2023 (Flash-Decoding); Ainslie et al. 2023 (grouped keys).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import triton
from torch import Tensor

from kernels import decode_kernels
from kernels.ahead import Case
from kernels.launching import guard, power, processors
from kernels.packed import CACHE_CODES
from kernels.splitting import split_count

MOST_QUERIES, MOST_WIDTH, MOST_SPLITS = 16, 256, 64
_MOST_MEMORIES = 65_535
"""Programs along the third axis of a grid (CUDA C++ Programming Guide, technical specifications)."""
DTYPES = {torch.bfloat16: "bf16", torch.float16: "fp16", torch.float32: "fp32"}


@dataclass(frozen=True)
class Tiling:
    """How one shape is computed.

    Attributes:
        rows, keys: of one tile.
        splits: parts of the memory.
    """

    rows: int
    keys: int
    warps: int
    stages: int
    splits: int


def tiling(rows: int, memories: int, memory: int, width: int, size: int, units: int) -> Tiling:
    """The tiling for so many rows a memory, memories (batch rows times key heads), keys, and multiprocessors.

    A tile of keys is 16 KB, values the same; three stages of both leave room for two programs on a multiprocessor of
    Hopper (227 KB) and keep 128 KB on their way, six times what hides the latency of its memory. A part of the memory
    has at least two tiles of keys.

    Args:
        size: bytes of one number of the cache.
    """
    if size == 4 or (size == 1 and width > 128):  # sums of wider tiles would not stay in registers
        largest = 16
    else:
        largest = 64 if width > 128 else 128
    block = min(largest, power(rows, 16))
    most = 64 if size == 1 and block > 16 else 128  # codes become numbers in registers
    keys = max(16, min(most, (8192 if size == 4 else 16384) // (power(width) * size)))
    warps = 8 if block == 128 else 4
    programs = memories * -(-rows // block)
    return Tiling(block, keys, warps, 3, split_count(programs, min(MOST_SPLITS, memory // (2 * keys)), 2 * units))


def widths(width: int, codes: bool = False) -> tuple[int, int]:
    """A head's width as a power of two and the rest, rounded up to one of at least 16 (0 for none): 80 is 64 + 16.

    Codes are kept whole: what turns them into numbers is twice as long in two pieces (3,532 instructions for 128 keys
    of width 72), and what is behind the width is never read.
    """
    if codes:
        return power(width, 16), 0
    main = max(16, 1 << (width.bit_length() - 1))
    return main, power(width - main, 16) if width > main else 0


def unsupported(
    query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False, bias: Tensor | None = None,
    key_scales: Tensor | None = None, value_scales: Tensor | None = None,
) -> str | None:  # fmt: skip
    """Why these can't be computed here, in words; None when they can."""
    if query.dtype not in DTYPES:
        return f"queries are {query.dtype}"
    if key.dtype != query.dtype and (key.dtype not in CACHE_CODES or key_scales is None or value_scales is None):
        return f"keys are {key.dtype}, queries {query.dtype}"
    if key.dtype == torch.float8_e4m3fn and key.is_cuda and torch.cuda.get_device_capability(key.device) < (8, 9):
        return "this GPU has no 8-bit floating point"
    if not 0 < query.shape[2] <= MOST_QUERIES:
        return f"{query.shape[2]} queries are not within 1 to {MOST_QUERIES}"
    if key.shape[0] * key.shape[1] > _MOST_MEMORIES:
        return f"{key.shape[0] * key.shape[1]} heads of keys are more than {_MOST_MEMORIES}"
    if not 0 < query.shape[3] <= MOST_WIDTH or value.shape[3] != query.shape[3]:
        return f"heads of {query.shape[3]} and {value.shape[3]} are not within 1 to {MOST_WIDTH} and alike"
    if query.requires_grad or key.requires_grad or value.requires_grad:
        return "a gradient is asked for"
    return None


def forward(
    query_BHTD: Tensor, key_BGSD: Tensor, value_BGSD: Tensor, *, causal: bool = False, lengths_B: Tensor | None = None,
    bias: Tensor | None = None, scale: float | None = None, key_scales: Tensor | None = None,
    value_scales: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attention as `reference.attention` with_lse, for at most 16 queries.

    Args:
        key_BGSD, value_BGSD: a batch of one serves every row of the query's. int8 or float8_e4m3fn codes with scales.
        lengths_B: (B,) or (1,) on the same device. Read in the kernel; what is below 0 or past S counts as 0 or S.
        key_scales, value_scales: (B or 1, G, S) float32; a number is its code times its token's scale.

    Returns:
        (B, H, T, D) in the query's dtype, and log-sum-exp (B, H, T) float32. A query that sees no key gets zeros, -inf.

    Raises:
        ValueError: an argument doesn't fit, named.
    """
    _check(query_BHTD, key_BGSD, value_BGSD, lengths_B, bias, scale, key_scales, value_scales)
    query, key, value = (_rows(tensor) for tensor in (query_BHTD, key_BGSD, value_BGSD))
    if key.stride(0) == 0 and value.stride(0) == 0 and key_scales is None:
        key, value = key[:1], value[:1]  # one memory, expanded: it is read once
    batch, heads, queries, width = query.shape
    memories, groups, memory = key.shape[:3]
    out = torch.empty(query.shape, dtype=query.dtype, device=query.device)
    lse = torch.empty(query.shape[:3], dtype=torch.float32, device=query.device)
    if not out.numel():
        return out, lse
    shared = memories == 1 and batch > 1
    rows = queries * (heads // groups) * (batch if shared else 1)
    tile = tiling(rows, memories * groups, memory, width, key.element_size(), processors(query.device))
    parts, sums = (out, lse) if tile.splits == 1 else _workspace(lse, tile.splits, width)
    scales = [None if tensor is None else tensor.contiguous() for tensor in (key_scales, value_scales)]
    length_step = 0 if lengths_B is None or lengths_B.shape[0] == 1 else lengths_B.stride(0)
    strides = (*query.stride()[:3], *key.stride()[:3], *value.stride()[:3])
    align = math.gcd(16, *strides)
    main, rest = widths(width, key.dtype in CACHE_CODES)
    bias = _bias(bias, (batch, heads, queries, memory))
    with guard(query):
        decode_kernels.split[(triton.cdiv(rows, tile.rows), tile.splits, memories * groups)](
            query, key, value, *scales, bias, lengths_B, parts, sums,
            memory, queries, heads, groups, rows, tile.splits, 1 / math.sqrt(width) if scale is None else scale,
            length_step, *(stride // align for stride in strides),
            *((0,) * 4 if bias is None else bias.stride()),
            CAUSAL=causal, SHARED=shared, SPLIT=tile.splits > 1, FOLD=_fold(query, value_scales), ALIGN=align,
            WIDTH=width, MAIN=main, REST=rest, BLOCK_M=tile.rows, BLOCK_N=tile.keys,
            num_warps=tile.warps, num_stages=tile.stages,
        )  # fmt: skip
        if tile.splits > 1:
            _merge(parts, sums, out, lse)
    return out, lse


def _workspace(lse_BHT: Tensor, splits: int, width: int) -> tuple[Tensor, Tensor]:
    """Room for each part's output and log-sum-exp; through torch, so that a CUDA graph that is captured keeps it."""
    room = (lse_BHT.numel(), splits)
    return (
        torch.empty(*room, width, dtype=torch.float32, device=lse_BHT.device),
        torch.empty(room, dtype=torch.float32, device=lse_BHT.device),
    )


def _merge(parts_NSD: Tensor, sums_NS: Tensor, out: Tensor, lse: Tensor) -> None:
    rows, splits, width = parts_NSD.shape
    block = min(64, power(width))
    decode_kernels.merge[(rows, triton.cdiv(width, block))](
        parts_NSD, sums_NS, out, lse, splits, WIDTH=width, BLOCK_D=block, BLOCK_S=power(splits), num_warps=4
    )


def _rows(tensor: Tensor) -> Tensor:
    """The last axis contiguous: a head is read in whole vectors."""
    return tensor if tensor.stride(-1) == 1 or tensor.shape[-1] == 1 else tensor.contiguous()


def _bias(bias: Tensor | None, shape: tuple[int, ...]) -> Tensor | None:
    """A view of the full shape, strides 0 where broadcast; bool as bytes."""
    if bias is None:
        return None
    return (bias.view(torch.int8) if bias.dtype == torch.bool else bias).expand(shape)


def _fold(query: Tensor, scales: Tensor | None) -> float:
    """By what weights times scales are multiplied meanwhile, so that float16 keeps its digits of them."""
    return 64.0 if scales is not None and query.dtype == torch.float16 else 1.0


def _check(
    query: Tensor, key: Tensor, value: Tensor, lengths: Tensor | None, bias: Tensor | None, scale: float | None,
    key_scales: Tensor | None, value_scales: Tensor | None,
) -> None:  # fmt: skip
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != 4:
            raise ValueError(f"{name}: expected 4 axes (batch, heads, tokens, width), got {tuple(tensor.shape)}")
    batch, heads, queries, width = query.shape
    given = (("value", value), ("lengths", lengths), ("bias", bias))
    for name, other in (("key", key), *given, ("key_scales", key_scales), ("value_scales", value_scales)):
        if other is not None and other.device != query.device:
            raise ValueError(f"{name}: expected on {query.device} as the query, got {other.device}")
    if key.shape[0] not in (1, batch) or key.shape[3] != width:
        raise ValueError(f"key: expected ({batch} or 1, G, S, {width}), got {tuple(key.shape)}")
    if key.shape[1] == 0 or heads % key.shape[1]:
        raise ValueError(f"key: {key.shape[1]} heads do not divide the query's {heads}")
    if value.shape != key.shape or value.dtype != key.dtype:
        raise ValueError(f"value: expected {key.dtype} {tuple(key.shape)}, got {value.dtype} {tuple(value.shape)}")
    if (why := unsupported(query, key, value, key_scales=key_scales, value_scales=value_scales)) is not None:
        raise ValueError(f"query: {why}")
    if scale is not None and not math.isfinite(scale):
        raise ValueError(f"scale: expected a finite number, got {scale}")
    for name, scales in (("key_scales", key_scales), ("value_scales", value_scales)):
        if scales is not None and (scales.shape != key.shape[:3] or scales.dtype != torch.float32):
            raise ValueError(
                f"{name}: expected float32 {tuple(key.shape[:3])}, got {scales.dtype} {tuple(scales.shape)}"
            )
        if scales is not None and key.dtype not in CACHE_CODES:
            raise ValueError(f"{name}: keys and values are {key.dtype}, not codes")
    if lengths is not None:
        _check_lengths(lengths, batch, key.shape[2])
    if bias is not None:
        full = (batch, heads, queries, key.shape[2])
        if bias.dim() > 4 or any(n not in (1, m) for n, m in zip(bias.shape[::-1], full[::-1], strict=False)):
            raise ValueError(f"bias: {tuple(bias.shape)} does not broadcast to {full}")


def _check_lengths(lengths: Tensor, batch: int, memory: int) -> None:
    """What can be said without waiting for a GPU: there a length past the cache is cut to it in the kernel, and the
    cache, which knows its own length, refuses tokens that don't fit."""
    if lengths.shape not in ((batch,), (1,)) or lengths.dtype not in (torch.int32, torch.int64):
        raise ValueError(f"lengths: expected integers ({batch},), got {lengths.dtype} {tuple(lengths.shape)}")
    if lengths.device.type == "cpu" and lengths.numel() and not 0 <= int(lengths.min()) <= int(lengths.max()) <= memory:
        raise ValueError(f"lengths: expected within 0 to {memory}, got {lengths.tolist()}")


def ahead_cases() -> Iterator[Case]:
    """Every tile and kind of cache, at widths of published models; masks, float16, one part; and the merge."""
    for width in (32, 64, 72, 80, 88, 96, 128, 256):
        for kind, cache, size in (("bf16", "bf16", 2), ("bf16", "i8", 1), ("bf16", "fp8e4nv", 1), ("fp32", "fp32", 4)):
            for rows in (16, 32, 64, 128):
                if tiling(rows, 8, 32768, width, size, 132).rows >= rows:
                    yield _case(kind, cache, size, width, rows)
    yield _case("bf16", "bf16", 2, 128, 16, bias="*i8:16")
    yield _case("bf16", "bf16", 2, 128, 16, bias="*fp32:16", lengths="*i32:16")
    yield _case("bf16", "bf16", 2, 128, 16, split=False)
    yield _case("fp16", "i8", 1, 128, 16, fold=64.0)
    for width in (64, 128):
        given = {"parts": "*fp32:16", "sums": "*fp32:16", "out": "*bf16:16", "lse": "*fp32:16", "splits": "i32"}
        constants = {"WIDTH": width, "BLOCK_D": 64, "BLOCK_S": MOST_SPLITS}
        yield Case(f"merge, width {width}", decode_kernels.merge, given, constants)


def _case(
    kind: str, cache: str, size: int, width: int, rows: int, *, split: bool = True, fold: float = 1.0,
    bias: str | None = None, lengths: str = "*i64:16",
) -> Case:  # fmt: skip
    tile = tiling(rows, 8, 32768, width, size, 132)
    given = {"query": f"*{kind}:16", "key": f"*{cache}:16", "value": f"*{cache}:16", "lse": "*fp32:16"}
    given |= {"out": "*fp32:16" if split else f"*{kind}:16", "lengths": lengths, "scale": "fp32"}
    given |= dict.fromkeys((*decode_kernels.NUMBERS, "bias_key"), "i32")
    constants: dict[str, Any] = {}
    if bias is None:
        constants["bias"] = None
    else:
        given["bias"] = bias
    scales = ("key_scales", "value_scales")
    if kind == cache:
        constants |= dict.fromkeys(scales)
    else:
        given |= dict.fromkeys(scales, "*fp32:16")
    main, rest = widths(width, kind != cache)
    constants |= {"CAUSAL": True, "SHARED": rows > 16, "SPLIT": split, "FOLD": fold, "WIDTH": width}
    constants |= {"ALIGN": math.gcd(16, width), "MAIN": main, "REST": rest, "BLOCK_M": tile.rows, "BLOCK_N": tile.keys}
    extras = f"{f', bias {bias[1:-3]}' if bias else ''}{', int32 lengths' * ('i32' in lengths)}"
    name = f"{kind} queries, {cache} cache, width {width}, {tile.rows} x {tile.keys}{extras}{', whole' * (not split)}"
    return Case(name, decode_kernels.split, given, constants, tile.warps, tile.stages)
