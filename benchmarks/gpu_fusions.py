"""Fusions and weight-only products on a GPU, beside torch.compile and bf16 products; part of `antigone bench gpu`."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.gpu_timing import Bench, Limit, Row, Side, versus
from kernels import dispatch, reference
from kernels.packed import quantize

EPS = 1e-5


def compiled(bench: Bench, work: Callable[..., Any]) -> Callable[..., Any]:
    """By torch.compile; as it is in a dry run."""
    return work if bench.dry else torch.compile(work, dynamic=False)


def _fusion(
    bench: Bench, name: str, ours: Side, peer: Side, moved: int, x: int = 0, sets: int = 1
) -> Iterator[Row]:  # fmt: skip
    """At least as quick as torch.compile, and 0.9 of a copy of the same bytes."""
    sides = {"ours": ours, "torch.compile": peer}
    with torch.no_grad():
        yield from versus(bench, name, sides, Limit(bytes=moved), reach=1.0, share=0.9, x=x, sets=sets, seconds=0.7)


def norms(bench: Bench) -> Iterator[Row]:
    """The residual added and normed: RMSNorm and LayerNorm."""
    for rows, width in bench.some(((16384, 4096), (4096, 2048), (65536, 1280))):
        yield from _norms(bench, bench.pick(rows, 8), bench.pick(width, 64))


def _norms(bench: Bench, rows: int, width: int) -> Iterator[Row]:
    x, branch = bench.randn(rows, width), bench.randn(rows, width)
    weight, bias = bench.randn(width), bench.randn(width)
    moved = 4 * rows * width * x.element_size()

    def rms(a: Tensor, b: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        total = a + b
        return total, F.rms_norm(total, w.shape, w, EPS)

    def layer(a: Tensor, b: Tensor, w: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        total = a + b
        return total, F.layer_norm(total, w.shape, w, c, EPS)

    quick_rms, quick_layer = compiled(bench, rms), compiled(bench, layer)
    yield from _fusion(bench, f"add, RMSNorm {rows} x {width}",
                       lambda _: dispatch.add_rms_norm(x, branch, weight, EPS),
                       lambda _: quick_rms(x, branch, weight), moved, rows)  # fmt: skip
    yield from _fusion(bench, f"add, LayerNorm {rows} x {width}",
                       lambda _: dispatch.add_layer_norm(x, branch, weight, bias, EPS),
                       lambda _: quick_layer(x, branch, weight, bias), moved, rows)  # fmt: skip


def rotations(bench: Bench) -> Iterator[Row]:
    """RoPE of queries and keys, and the whole way from the projection into the cache."""
    batch, tokens = bench.pick(4, 1), bench.pick(4096, 8)
    heads, groups, width = bench.pick(32, 4), bench.pick(8, 2), bench.pick(128, 16)
    x = bench.randn(batch, heads + groups, tokens, width)
    angles = torch.outer(torch.arange(tokens, device=bench.device).float(), torch.rand(width // 2, device=bench.device))
    cos, sin = angles.cos().to(bench.dtype), angles.sin().to(bench.dtype)
    quick = compiled(bench, reference.rope)
    yield from _fusion(bench, f"RoPE {batch} x {tokens}, {heads + groups} heads", lambda _: dispatch.rope(x, cos, sin),
                       lambda _: quick(x, cos, sin), 2 * x.numel() * x.element_size(), tokens)  # fmt: skip
    heads_BTND = bench.randn(batch, tokens, heads + 2 * groups, width)
    keys, values = (bench.randn(batch, groups, tokens, width) for _ in range(2))

    def plain(h: Tensor, k: Tensor, v: Tensor, c: Tensor, s: Tensor) -> Tensor:
        turned = reference.rope(h[:, :, : heads + groups].transpose(1, 2), c, s)
        k.copy_(turned[:, heads:])
        v.copy_(h[:, :, heads + groups :].transpose(1, 2))
        return turned[:, :heads].contiguous()

    quick_store = compiled(bench, plain)
    yield from _fusion(bench, f"RoPE into the cache {batch} x {tokens}",
                       lambda _: dispatch.store_heads(heads_BTND, keys, values, 0, (cos, sin)),
                       lambda _: quick_store(heads_BTND, keys, values, cos, sin),
                       2 * heads_BTND.numel() * heads_BTND.element_size(), tokens)  # fmt: skip


def gates(bench: Bench) -> Iterator[Row]:
    """SwiGLU of a fused projection, and GELU with its bias."""
    for rows, width in bench.some(((16384, 14336), (4096, 8192))):
        yield from _gate(bench, bench.pick(rows, 8), bench.pick(width, 64))


def _gate(bench: Bench, rows: int, width: int) -> Iterator[Row]:
    both, bias = bench.randn(rows, 2 * width), bench.randn(2 * width)
    quick = compiled(bench, lambda x: F.silu(x.chunk(2, -1)[0]) * x.chunk(2, -1)[1])
    yield from _fusion(bench, f"SwiGLU {rows} x {width}", lambda _: dispatch.swiglu(both), lambda _: quick(both),
                       3 * rows * width * both.element_size(), rows)  # fmt: skip
    quick_gelu = compiled(bench, lambda x, b: F.gelu(x + b))
    yield from _fusion(bench, f"bias, GELU {rows} x {2 * width}", lambda _: dispatch.activate(both, "gelu", bias),
                       lambda _: quick_gelu(both, bias), 2 * both.nbytes, rows)  # fmt: skip


def products(bench: Bench) -> Iterator[Row]:
    """Weight-only int8 and int4 products of 1 to 16 rows beside bf16 torch.mm, and of a prompt."""
    for rows in (1, 16) if bench.dry else (1, 4, 16, 512):
        for out, width in bench.some(((28672, 4096), (4096, 14336))):
            yield from _product(bench, rows, bench.pick(out, 64), bench.pick(width, 128))


def _product(bench: Bench, rows: int, out: int, width: int) -> Iterator[Row]:
    """Several weights in turn, so that none stays in the L2 cache."""
    dtype = torch.float16 if bench.dry else torch.bfloat16  # the only dtype that both interpreter and kernel know
    weights = [bench.randn(out, width, dtype=dtype) * 0.02 for _ in range(1 if bench.dry else 3)]
    x = bench.randn(rows, width, dtype=dtype)
    for bits, reach in ((8, 1.7), (4, 3.0)):
        codes = [quantize(weight, 8) if bits == 8 else quantize(weight, 4, 64) for weight in weights]

        def side(at: int, codes: list[tuple[Tensor, Tensor, Tensor | None]] = codes) -> object:
            return dispatch.quantized_matmul(x, *codes[at])

        moved = sum(part.nbytes for part in codes[0] if part is not None) + x.element_size() * rows * (out + width)
        with torch.no_grad():
            yield from versus(bench, f"int{bits} matmul {rows} x {width} x {out}",
                              {"ours": side, "bf16 mm": lambda at: x @ weights[at].T},
                              Limit(2.0 * rows * out * width, moved), reach=reach if rows <= 16 else None,
                              sets=len(weights), x=rows, seconds=0.4)  # fmt: skip


def others(bench: Bench) -> Iterator[Row]:
    """Not in the table, but there: log-mel, and cross-entropy without the logits in memory."""
    sound = bench.randn(bench.pick(8, 1), bench.pick(480000, 1600), dtype=torch.float32)
    filters = torch.rand(80, 201, device=bench.device)
    sides: dict[str, Side] = {
        "ours": lambda _: dispatch.log_mel(sound, filters, span=8.0),
        "torch.stft": lambda _: reference.log_mel(sound, filters, span=8.0),
    }
    yield from versus(bench, f"log-mel {sound.shape[0]} x {sound.shape[1] // 16000} s", sides,
                      Limit(bytes=2.0 * sound.nbytes), seconds=0.5)  # fmt: skip
    tokens, width, words = bench.pick(8192, 8), bench.pick(2048, 32), bench.pick(128256, 96)
    hidden, weight = bench.randn(tokens, width), bench.randn(words, width) * 0.02
    targets = torch.randint(0, words, (tokens,), device=bench.device)

    def whole(how: str) -> Side:
        def work(_: int) -> object:
            inputs = [part.detach().requires_grad_() for part in (hidden, weight)]
            with torch.enable_grad():
                if how == "ours":
                    loss = dispatch.linear_cross_entropy(inputs[0], inputs[1], targets)
                else:
                    loss = F.cross_entropy(F.linear(inputs[0], inputs[1]).float(), targets)
            return torch.autograd.grad(loss, inputs)

        return work

    yield from versus(bench, f"cross-entropy and gradients {tokens} x {words}",
                      {"ours": whole("ours"), "torch": whole("torch")},
                      Limit(6.0 * tokens * width * words), seconds=1.0)  # fmt: skip
