"""Attention on a GPU beside every other way that PyTorch can call: prefill, pictures, memories, decoding, backward.

Part of `antigone bench gpu`. Inputs are drawn anew for each of two sets, which rounds take in turn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.gpu_peers import FAST, Attention, Tutorial, flex, sdpa
from benchmarks.gpu_timing import Bench, Limit, Row, Side, versus
from kernels import dispatch
from kernels.packed import quantize_tokens

SETS = 2


@dataclass(frozen=True)
class Shape:
    """B rows, H heads over G key heads, T queries, S keys, width D; `shared`: one memory for the whole batch."""

    batch: int
    heads: int
    groups: int
    tokens: int
    keys: int
    width: int
    causal: bool = False
    shared: bool = False

    def draw(self, bench: Bench) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value."""
        rows = 1 if self.shared else self.batch
        query = bench.randn(self.batch, self.heads, self.tokens, self.width)
        key, value = (bench.randn(rows, self.groups, self.keys, self.width) for _ in range(2))
        return query, key, value

    def limit(self, size: int, passes: float = 1.0) -> Limit:
        """Two products of T by S by D a head, half of that when causal; every number read or written once.

        Args:
            size: bytes of a number.
            passes: 2.5 for the backward pass, whose products are five.
        """
        flops = 4.0 * self.batch * self.heads * self.tokens * self.keys * self.width
        rows = 1 if self.shared else self.batch
        memory = 2.0 * rows * self.groups * self.keys * self.width
        queries = 2.0 * self.batch * self.heads * self.tokens * self.width
        return Limit(passes * flops * (0.5 if self.causal else 1.0), passes * size * (memory + queries))


def ours(causal: bool = False) -> Attention:
    """The door's attention."""
    return lambda query, key, value: dispatch.attention(query, key, value, causal=causal)


def _rows(
    bench: Bench, name: str, shape: Shape, sides: Mapping[str, Attention], **options: object
) -> Iterator[Row]:  # fmt: skip
    drawn = [shape.draw(bench) for _ in range(1 if bench.dry else SETS)]

    def side(attend: Attention) -> Side:
        return lambda at: attend(*drawn[at])

    timed = {peer: side(attend) for peer, attend in sides.items()}
    with torch.no_grad():
        yield from versus(bench, name, timed, shape.limit(drawn[0][0].element_size()), sets=len(drawn), **options)  # type: ignore[arg-type]


def prefill(bench: Bench) -> Iterator[Row]:
    """d64 and d128, full and causal, 1k to 16k; cross; grouped keys."""
    tutorial = Tutorial(bench)
    lengths = (32,) if bench.dry else (1024, 2048, 4096, 8192, 16384)
    for width, heads in bench.some(((64, 32), (128, 16))):
        for causal in (False, True):
            for length in lengths:
                shape = Shape(max(1, bench.pick(16384, 32) // length), bench.pick(heads, 2), bench.pick(heads, 2),
                              length, length, width if not bench.dry else 16, causal)  # fmt: skip
                sides = {"ours": ours(causal), **{name: sdpa(name, causal=causal) for name in FAST},
                         "Triton tutorial": tutorial(causal=causal)}  # fmt: skip
                if bench.peers and length in (32, 4096) and bench.left > 60:  # each takes seconds to compile
                    query, key, _ = shape.draw(bench)
                    sides["flex_attention"] = flex(bench, query, key, causal=causal)
                name = f"prefill d{width} {'causal' if causal else 'full'} {length}"
                yield from _rows(bench, name, shape, sides, reach=0.9, other={"Triton tutorial": 1.2}, x=length,
                                 seconds=1.0)  # fmt: skip
    few, heads, groups = bench.pick(8192, 32), bench.pick(32, 4), bench.pick(8, 2)
    for name, shape in (
        (f"prefill d64 cross {few // 4} over {few}", Shape(bench.pick(8, 1), heads, heads, few // 4, few, 64)),
        (f"prefill d128 causal grouped keys {few // 2}",
         Shape(bench.pick(4, 1), heads, groups, few // 2, few // 2, 128, True)),
    ):  # fmt: skip
        sides = {"ours": ours(shape.causal), **{peer: sdpa(peer, causal=shape.causal) for peer in FAST}}
        yield from _rows(bench, name, shape, sides, reach=0.9, x=shape.keys, seconds=1.0)


def pictures(bench: Bench) -> Iterator[Row]:
    """Vision transformers' widths: 80 (Llama-3.2-Vision's tower), 72 (SigLIP so400m), 88 (ViT-g)."""
    for name, shape in bench.some((
        ("ViT attention d80, 6432", Shape(1, 16, 16, 6432, 6432, 80)),
        ("ViT attention d80, 1601 x 4", Shape(4, 16, 16, 1601, 1601, 80)),
        ("ViT attention d72, 729 x 16", Shape(16, 16, 16, 729, 729, 72)),
        ("ViT attention d88, 257 x 64", Shape(64, 16, 16, 257, 257, 88)),
    )):  # fmt: skip
        if bench.dry:
            shape = Shape(1, 1, 1, 40, 40, shape.width)
        sides = {"ours": ours(), **{peer: sdpa(peer) for peer in FAST}}
        yield from _rows(bench, name, shape, sides, other={"cuDNN SDPA": 1.2}, x=shape.keys, seconds=1.0)


def memories(bench: Bench) -> Iterator[Row]:
    """2 to 16 queries over a long memory: pictures (d128, grouped), sound (d64), one memory for a batch."""
    heads, groups = bench.pick(32, 4), bench.pick(8, 2)
    for queries in bench.some((2, 8, 16)):
        for keys in bench.some((1601, 6404, 32768)):
            shape = Shape(bench.pick(4, 1), heads, groups, queries, bench.pick(keys, 50), bench.pick(128, 16))
            yield from _few(bench, f"{queries} queries over {keys}", shape, share=0.7 if keys > 30000 else None)
    sound = Shape(bench.pick(8, 2), bench.pick(20, 2), bench.pick(20, 2), 4, bench.pick(1500, 40), bench.pick(64, 16))
    yield from _few(bench, "4 queries over 1500 (sound, d64)", sound)
    one = Shape(bench.pick(16, 2), heads, groups, 8, bench.pick(6404, 50), bench.pick(128, 16), shared=True)
    yield from _few(bench, "16 rows of 8 queries over one memory of 6404", one)


def _few(bench: Bench, name: str, shape: Shape, share: float | None = None) -> Iterator[Row]:
    sides = {"ours": ours(), **{peer: sdpa(peer) for peer in (*FAST, "efficient SDPA")}}
    if shape.groups != shape.heads:  # the others can't group
        sides.pop("efficient SDPA")
    yield from _rows(bench, name, shape, sides, reach=3.0, share=share, x=shape.keys, seconds=0.5)


def decoding(bench: Bench) -> Iterator[Row]:
    """One query over a cache of 2k to 32k, batch 1 to 128, and the same with a cache of 8 bits."""
    heads, groups, width = bench.pick(32, 4), bench.pick(8, 2), bench.pick(128, 16)
    for batch in bench.some((1, 16, 128)):
        for keys in bench.some((2048, 8192, 32768)):
            shape = Shape(bench.pick(batch, 1), heads, groups, 1, bench.pick(keys, 50), width)
            sides = {"ours": ours(), **{peer: sdpa(peer) for peer in FAST}}
            if batch == 1:
                sides["ours, int8 cache"] = _coded(shape, bench)
            yield from _rows(bench, f"1 query, cache {keys}, batch {batch}", shape, sides, x=keys, seconds=0.5,
                             reach=1.2 if batch == 1 else 1.0)  # fmt: skip


def _coded(shape: Shape, bench: Bench) -> Attention:
    """Attention to a cache of int8 codes, made beforehand."""
    _, key, value = shape.draw(bench)
    (keys, key_scales), (values, value_scales) = (quantize_tokens(part, torch.int8) for part in (key, value))
    return lambda query, _key, _value: dispatch.attention(
        query, keys, values, key_scales=key_scales, value_scales=value_scales
    )


def backward(bench: Bench) -> Iterator[Row]:
    """The backward pass alone, as in training."""
    for width, causal in bench.some(((64, False), (64, True), (128, False), (128, True))):
        heads = bench.pick(2048 // width, 1)
        tokens = bench.pick(4096, 48)
        shape = Shape(bench.pick(4, 1), heads, heads, tokens, tokens, bench.pick(width, 16), causal)
        sides: dict[str, Side] = {}
        for peer, attend in {"ours": ours(causal), **{name: sdpa(name, causal=causal) for name in FAST}}.items():
            sides[peer] = _gradient(bench, shape, attend)
        limit = shape.limit(2, 2.5)
        name = f"backward d{width} {'causal' if causal else 'full'} {tokens}"
        yield from versus(bench, name, sides, limit, reach=0.9, x=tokens, seconds=1.0)


def _gradient(bench: Bench, shape: Shape, attend: Attention) -> Side:
    """What computes the gradients of query, key and value; the forward pass is done at the first call."""
    kept: list[tuple[Tensor, tuple[Tensor, ...], Tensor]] = []

    def work(_: int) -> object:
        if not kept:
            with torch.enable_grad():
                inputs = tuple(part.requires_grad_() for part in shape.draw(bench))
                out = attend(*inputs)
            kept.append((out, inputs, torch.randn_like(out)))
        out, inputs, d_out = kept[0]
        return torch.autograd.grad(out, inputs, d_out, retain_graph=True)

    return work
