"""Launches attention's kernels: memory for what comes out, strides, tiles and the grid."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

from kernels.attention_backward_keys import attention_backward_keys
from kernels.attention_backward_queries import attention_backward_queries, attention_delta
from kernels.attention_forward import attention_forward
from kernels.attention_hopper import attention_hopper
from kernels.attention_table import Parts, Pass, Tiles, copies_blocks, tiles

_LOG2_E = math.log2(math.e)
_WIDEST_TILE = 128


@dataclass(frozen=True)
class Problem:
    """What attention is asked for, besides query (B, H, T, D), key and value (B, G, S, D).

    Attributes:
        lengths_B: number of valid keys in each row of the batch.
        bias: numbers or bool, broadcastable to (B, H, T, S).
        query_starts, key_starts: (sequences + 1,) cumulative lengths of packed sequences; B is 1 then.
        longest: most query tokens in one sequence.
        causal, scale: as in `reference.attention`.
    """

    lengths_B: Tensor | None
    bias: Tensor | None
    query_starts: Tensor | None
    key_starts: Tensor | None
    longest: int
    causal: bool
    scale: float


def forward(query: Tensor, key: Tensor, value: Tensor, problem: Problem) -> tuple[Tensor, Tensor]:
    """Attention (B, H, T, D) and log-sum-exp (B, H, T), float32 (float64 of float64)."""
    query, key, value, problem = _aligned(query), _aligned(key), _aligned(value), _dense(problem)
    packed = problem.query_starts is not None
    out, lse = empty_outputs(query, packed)
    if 0 in (*query.shape, problem.longest):
        return out, lse
    with torch.cuda.device_of(query):
        if plain(query, key, value, problem) and copies_blocks(_capability(query)):
            _forward_hopper(query, key, value, out, lse, problem)
        else:
            _forward(query, key, value, out, lse, problem)
    return out, lse


def backward(
    d_out: Tensor, d_lse: Tensor | None, query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor,
    problem: Problem, bias_wanted: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:  # fmt: skip
    """Gradients of query, key and value, and of the bias (B, H, T, S) where it is wanted."""
    query, key, value, out, d_out = (_aligned(tensor) for tensor in (query, key, value, out, d_out))
    problem = _dense(problem)
    packed = problem.query_starts is not None
    d_query, d_key, d_value = (empty_gradient(tensor) for tensor in (query, key, value))
    if packed:  # rows outside of every sequence
        d_query, d_key, d_value = d_query.zero_(), d_key.zero_(), d_value.zero_()
    d_bias = lse.new_zeros(*query.shape[:3], key.shape[2]) if bias_wanted else None
    if 0 in (*query.shape, problem.longest):
        return d_query.zero_(), d_key.zero_(), d_value.zero_(), d_bias
    with torch.cuda.device_of(query):
        held = (query, key, value, d_out, *_row_numbers(out, d_out, lse, d_lse, problem))
        _backward_queries(held, d_query, d_bias, problem)
        if key.shape[2]:
            _backward_keys(held, d_key, d_value, problem)
    return d_query, d_key, d_value, d_bias


def empty_gradient(tensor: Tensor) -> Tensor:
    """Memory for a tensor's gradient, laid out the same whatever the tensor's strides are."""
    return torch.empty_like(tensor, memory_format=torch.contiguous_format)


def plain(query: Tensor, key: Tensor, value: Tensor, problem: Problem) -> bool:
    """Whether the kernel of descriptors can take it: half precision, no mask but the causal one, and no axis that was
    expanded (a descriptor's strides are not zero).
    """
    extras = (problem.lengths_B, problem.bias, problem.query_starts, problem.key_starts)
    return (
        query.dtype.itemsize == 2
        and all(extra is None for extra in extras)
        and 0 not in key.shape
        and all(0 not in _descriptor_strides(tensor) for tensor in (query, key, value))
    )


def _forward(query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor, problem: Problem) -> None:
    packed = problem.query_starts is not None
    it = _tiles("forward", query, problem.longest)
    count = math.ceil(problem.longest / it.queries)
    bias, bias_strides = _bias(query, key, problem.bias)
    attention_forward[count * query.shape[1] * _sequences(query, problem),](
        query, key, value, out, lse, bias, problem.lengths_B, problem.query_starts, problem.key_starts,
        *_strides(packed, query, key, value, out), *_row_strides(packed, lse), *bias_strides,
        query.shape[1], query.shape[2], key.shape[2], count, query.shape[3], problem.scale * _LOG2_E,
        BLOCK_M=it.queries, BLOCK_N=it.keys, num_warps=it.warps, num_stages=it.stages,
        **_common(query, key, problem, query.dtype),
    )  # fmt: skip


def _forward_hopper(query: Tensor, key: Tensor, value: Tensor, out: Tensor, lse: Tensor, problem: Problem) -> None:
    parts, it = Parts.of(query.shape[3]), _tiles("forward_hopper", query, problem.longest)
    count = math.ceil(problem.longest / it.queries)
    blocks = ((query, it.queries), (key, it.keys), (value, it.keys), (out, it.queries))
    attention_hopper[count * query.shape[1] * query.shape[0],](
        *(_descriptor(tensor, rows, part) for tensor, rows in blocks for part in (parts.lead, parts.rest)), lse,
        query.shape[1], query.shape[2], key.shape[2], count, problem.scale * _LOG2_E,
        GROUP=query.shape[1] // key.shape[1], LEAD=parts.lead, REST=parts.rest, BLOCK_M=it.queries, BLOCK_N=it.keys,
        CAUSAL=problem.causal, num_warps=it.warps, num_stages=it.stages,
    )  # fmt: skip


def _descriptor(tensor: Tensor, rows: int, columns: int) -> TensorDescriptor | None:
    """How the copy engine finds blocks of some rows and columns of one head; None for no columns."""
    if not columns:
        return None
    return TensorDescriptor(tensor, list(tensor.shape), _descriptor_strides(tensor), [1, 1, rows, columns])


def _descriptor_strides(tensor: Tensor) -> list[int]:
    """A tensor's strides, with something legal for an axis of one, whose stride may be anything."""
    width = max(8, tensor.shape[3])
    return [width if size == 1 else step for size, step in zip(tensor.shape[:3], tensor.stride()[:3], strict=True)] + [
        1
    ]


def empty_outputs(query: Tensor, packed: bool) -> tuple[Tensor, Tensor]:
    """Memory for the output, whose tokens lie as the projection after attention wants them, and the log-sum-exp.

    Packed sequences need not cover their rows, so those begin as what a row that sees nothing has.
    """
    batch, heads, tokens, width = query.shape
    wide = torch.float64 if query.dtype == torch.float64 else torch.float32
    out = query.new_empty(batch, tokens, heads, width).transpose(1, 2)
    lse = query.new_empty(batch, heads, tokens, dtype=wide)
    return (out.zero_(), lse.fill_(-math.inf)) if packed else (out, lse)


def _row_numbers(
    out: Tensor, d_out: Tensor, lse: Tensor, d_lse: Tensor | None, problem: Problem
) -> tuple[Tensor, Tensor]:
    """What the backward kernels need of every row, see `attention_delta`; with room for a tile behind the last."""
    packed, parts, rows = problem.query_starts is not None, Parts.of(out.shape[3]), 64
    count = math.ceil(problem.longest / rows)
    room = (*lse.shape[:2], lse.shape[2] + _WIDEST_TILE)
    # what is past `longest` is passed over here, and must weigh nothing for the keys
    log_sums, deltas = lse.new_full(room, math.inf), lse.new_zeros(room)
    d_lse = None if d_lse is None else d_lse.to(lse.dtype).contiguous()
    attention_delta[count * out.shape[1] * _sequences(out, problem),](
        out, d_out, lse.contiguous(), d_lse, log_sums, deltas, problem.query_starts,
        *_strides(packed, out, d_out), *_row_strides(packed, lse), *_row_strides(packed, deltas),
        out.shape[1], out.shape[2], count, out.shape[3],
        LEAD=parts.lead, REST=parts.rest, EXACT=parts.exact, BLOCK_M=rows, num_warps=4,
    )  # fmt: skip
    return log_sums, deltas


def _backward_queries(held: tuple[Tensor, ...], d_query: Tensor, d_bias: Tensor | None, problem: Problem) -> None:
    query, key, value, d_out, log_sums, deltas = held
    packed, it = problem.query_starts is not None, _tiles("backward_queries", query, problem.longest)
    count = math.ceil(problem.longest / it.queries)
    bias, bias_strides = _bias(query, key, problem.bias)
    attention_backward_queries[count * query.shape[1] * _sequences(query, problem),](
        query, key, value, d_out, log_sums, deltas, d_query, bias, d_bias,
        problem.lengths_B, problem.query_starts, problem.key_starts,
        *_strides(packed, query, key, value, d_out, d_query), *_row_strides(packed, deltas), *bias_strides,
        *((0, 0, 0) if d_bias is None else d_bias.stride()[:3]),
        query.shape[1], query.shape[2], key.shape[2], count, query.shape[3], problem.scale * _LOG2_E,
        BLOCK_M=it.queries, BLOCK_N=it.keys, num_warps=it.warps, num_stages=it.stages,
        **_common(query, key, problem, query.dtype),
    )  # fmt: skip


def _backward_keys(held: tuple[Tensor, ...], d_key: Tensor, d_value: Tensor, problem: Problem) -> None:
    query, key, value, d_out, log_sums, deltas = held
    packed, it = problem.query_starts is not None, _tiles("backward_keys", query, problem.longest)
    count = math.ceil(key.shape[2] / it.keys)
    bias, bias_strides = _bias(query, key, problem.bias)
    attention_backward_keys[count * key.shape[1] * _sequences(query, problem),](
        query, key, value, d_out, log_sums, deltas, d_key, d_value, bias,
        problem.lengths_B, problem.query_starts, problem.key_starts,
        *_strides(packed, query, key, value, d_out, d_key, d_value), *_row_strides(packed, deltas), *bias_strides,
        key.shape[1], query.shape[2], key.shape[2], count, query.shape[3], problem.scale * _LOG2_E,
        BLOCK_M=it.queries, BLOCK_N=it.keys, num_warps=it.warps, num_stages=it.stages,
        **_common(query, key, problem, query.dtype),
    )  # fmt: skip


def _common(query: Tensor, key: Tensor, problem: Problem, dtype: torch.dtype) -> dict[str, Any]:
    parts = Parts.of(query.shape[3])
    biased = 0 if problem.bias is None else 2 if problem.bias.dtype == torch.bool else 1
    return {
        "GROUP": query.shape[1] // key.shape[1], "LEAD": parts.lead, "REST": parts.rest, "EXACT": parts.exact,
        "CAUSAL": problem.causal, "BIAS": biased, "PRECISION": "ieee" if dtype.itemsize >= 4 else "tf32",
    }  # fmt: skip


def _tiles(kind: Pass, query: Tensor, tokens: int) -> Tiles:
    return tiles(kind, query.shape[3], query.dtype, _capability(query), tokens)


def _capability(query: Tensor) -> int:
    """90 for compute capability 9.0; the interpreter has what Hopper has."""
    major, minor = torch.cuda.get_device_capability(query.device) if query.is_cuda else (9, 0)
    return 10 * major + minor


def _sequences(query: Tensor, problem: Problem) -> int:
    return query.shape[0] if problem.query_starts is None else problem.query_starts.shape[0] - 1


def _dense(problem: Problem) -> Problem:
    """The same with integers that lie side by side, as the kernels read them."""
    names = ("lengths_B", "query_starts", "key_starts")
    given = {name: getattr(problem, name) for name in names}
    return replace(problem, **{name: numbers.contiguous() for name, numbers in given.items() if numbers is not None})


def _aligned(tensor: Tensor) -> Tensor:
    """The tensor itself where its rows can be read 16 bytes at a time, else a copy."""
    strides = zip(tensor.shape, tensor.stride(), strict=True)
    *outer, (_, last) = strides
    fits = last == 1 and tensor.data_ptr() % 16 == 0 and all(size == 1 or step % 8 == 0 for size, step in outer)
    return tensor if fits else tensor.clone(memory_format=torch.contiguous_format)


def _strides(packed: bool, *tensors: Tensor) -> list[int]:
    """Strides of batch, head and token, in eights of elements; 0 for an axis of one, and for the batch if packed."""
    found = []
    for tensor in tensors:
        each = [0 if size == 1 else step // 8 for size, step in zip(tensor.shape[:3], tensor.stride()[:3], strict=True)]
        found += [0, *each[1:]] if packed else each
    return found


def _row_strides(packed: bool, rows_BHT: Tensor) -> tuple[int, int]:
    return 0 if packed else rows_BHT.stride(0), rows_BHT.stride(1)


def _bias(query: Tensor, key: Tensor, bias: Tensor | None) -> tuple[Tensor | None, tuple[int, ...]]:
    """The bias, truths as bytes, and its four strides, 0 where it is broadcast."""
    if bias is None:
        return None, (0, 0, 0, 0)
    whole = bias.expand(*query.shape[:3], key.shape[2])
    return (whole.view(torch.uint8) if bias.dtype == torch.bool else whole), tuple(whole.stride())
