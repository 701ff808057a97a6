"""Whether the kernels are right, before anything is timed: each beside float64, and beside PyTorch in its own dtype.

An error may be at most 1.5 times that of PyTorch's own way in the same dtype. Outputs lie in memory that was NaN
before, so what a kernel leaves unwritten shows. The whole test of each kernel is tests/interpreted, which runs on a GPU
too; this is what has to hold for a table of times to mean anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from benchmarks.gpu_timing import Bench, Row
from decoder.config import DecoderConfig
from decoder.generate import Generation, Session
from decoder.text import TextDecoder
from kernels import dispatch, reference
from kernels.packed import quantize

MOST = 1.5
_SLACK = 2e-6  # of float32, whose errors are a few roundings on either side


@dataclass(frozen=True)
class Check:
    """A kernel's work on `inputs`: by the door, and what is right.

    Attributes:
        group: which rows of times rest on it.
        plain: the same in float64, from the inputs in float64.
    """

    name: str
    group: str
    inputs: tuple[Tensor, ...]
    work: Callable[..., Any]
    plain: Callable[..., Any]


def checks(bench: Bench, only: str = "") -> Iterator[Row]:
    """A row for each check, or for those of one group; groups that are wrong are noted in `bench.wrong`."""
    for check in _checks(bench):
        if only not in ("", check.group):
            continue
        try:
            yield _row(bench, check)
        except Exception as error:  # the others are still worth knowing
            bench.wrong.add(check.group)
            said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            yield {"name": f"error of {check.name}", "suite": said, "value": "failed", "n": 0}
    sanitized = bench.dry and bench.device.type == "cuda"  # without PyTorch's pool of memory nothing can be recorded
    if only in ("", "decode_loops") and not sanitized:
        yield _same_tokens(bench)


def _row(bench: Bench, check: Check) -> Row:
    wide = [part.double() if part.is_floating_point() else part for part in check.inputs]
    want = _flat(check.plain(*wide))
    _poison(bench)
    with dispatch.force("triton"):
        ours = _error(_flat(check.work(*check.inputs)), want)
    with dispatch.force("torch"):
        peer = _error(_flat(check.work(*check.inputs)), want)
    right = ours <= MOST * peer + _SLACK
    if not right:
        bench.wrong.add(check.group)
    return {"name": f"error of {check.name}", "suite": "right" if right else "WRONG", "value": float(f"{ours:.3g}"),
            "n": int(want[0].numel()), "unit": f"PyTorch's own {peer:.3g}"}  # fmt: skip


def _checks(bench: Bench) -> Iterator[Check]:
    yield from _attention(bench)
    yield from _long_gradients(bench)
    yield from _rest(bench)
    yield from _others(bench)
    yield from _products(bench)


def _attention(bench: Bench) -> Iterator[Check]:
    size = bench.pick(8, 1)
    shapes = {  # batch, heads, groups, queries, keys, width, causal
        "prefill attention d64 causal": ("prefill", (2, 4, 4, 40 * size, 40 * size, 64, True)),
        "prefill attention d128, grouped keys": ("prefill", (1, 4, 2, 30 * size + 3, 40 * size + 5, 128, False)),
        "ViT attention d80": ("pictures", (1, 2, 2, 40 * size + 1, 40 * size + 1, 80, False)),
        "ViT attention d72": ("pictures", (1, 2, 2, 33 * size, 33 * size, 72, False)),
        "8 queries over a memory": ("memories", (2, 4, 2, 8, 100 * size + 7, 64, False)),
        "1 query over a cache": ("decoding", (2, 4, 2, 1, 100 * size + 7, 128, True)),
    }
    if bench.dry:
        shapes = {name: shapes[name] for name in ("prefill attention d64 causal", "1 query over a cache")}
    for name, (group, (batch, heads, groups, tokens, keys, width, causal)) in shapes.items():
        query = bench.randn(batch, heads, tokens, width)
        key, value = (bench.randn(batch, groups, keys, width) for _ in range(2))

        def work(*inputs: Tensor, causal: bool = causal) -> Tensor:
            return dispatch.attention(*inputs, causal=causal)  # type: ignore[misc]

        def plain(*inputs: Tensor, causal: bool = causal) -> Tensor:
            return reference.attention(*inputs, causal=causal)  # type: ignore[misc]

        yield Check(name, group, (query, key, value), work, plain)
        if group == "prefill" and causal:
            yield Check(f"gradients of {name}", "backward", (query, key, value), _gradients(work), _gradients(plain))


def _long_gradients(bench: Bench) -> Iterator[Check]:
    """4 x 16 x 4,096, causal: the same shape in PyTorch's own attention is the peer."""

    def work(*inputs: Tensor) -> Tensor:
        return dispatch.attention(*inputs, causal=True)

    def head(*inputs: Tensor) -> Tensor:
        return reference.attention(*inputs, causal=True)

    def plain(*inputs: Tensor) -> Tensor:
        """One head after the other, its scores computed again for the gradients: together they are 8 GiB and more."""
        batch, heads = inputs[0].shape[:2]
        parts = zip(*(part.flatten(0, 1)[:, None].split(1) for part in inputs), strict=True)
        out = [checkpoint(head, *part, use_reentrant=False) for part in parts]
        return torch.cat(out)[:, 0].unflatten(0, (batch, heads))

    batch, heads, length = bench.pick(4, 1), bench.pick(16, 2), bench.pick(4096, 20)
    for width in bench.some((64, 128)):
        inputs = tuple(bench.randn(batch, heads, length, width) for _ in range(3))
        name = f"gradients of attention d{width} causal {length}"
        yield Check(name, "backward", inputs, _gradients(work), _gradients(plain))


def _gradients(attend: Callable[..., Tensor]) -> Callable[..., tuple[Tensor, ...]]:
    """Gradients of a sum with fixed weights."""

    def work(*inputs: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            leaves = [part.detach().requires_grad_() for part in inputs]
            out = attend(*leaves)
            weights = torch.linspace(-1, 1, out.numel(), device=out.device, dtype=torch.float64).view(out.shape)
            return torch.autograd.grad(out, leaves, weights.to(out.dtype))

    return work


def _rest(bench: Bench) -> Iterator[Check]:
    rows, width = bench.pick(301, 5), bench.pick(1280, 48)
    x, branch = bench.randn(rows, width), bench.randn(rows, width)
    weight, bias = bench.randn(width), bench.randn(width)
    yield Check("add, RMSNorm", "norms", (x, branch, weight), lambda x, y, w: dispatch.add_rms_norm(x, y, w, 1e-5),
                lambda x, y, w: reference.add_rms_norm(x, y, w, 1e-5))  # fmt: skip
    yield Check("add, LayerNorm", "norms", (x, branch, weight, bias),
                lambda x, y, w, b: dispatch.add_layer_norm(x, y, w, b, 1e-5),
                lambda x, y, w, b: reference.add_layer_norm(x, y, w, b, 1e-5))  # fmt: skip
    heads, angles = bench.randn(2, 4, bench.pick(65, 5), 64), torch.rand(bench.pick(65, 5), 32, device=bench.device)
    turns = (angles.cos().to(bench.dtype), angles.sin().to(bench.dtype))
    yield Check("RoPE", "rotations", (heads, *turns), dispatch.rope, reference.rope)
    yield Check("SwiGLU", "gates", (x,), dispatch.swiglu, reference.swiglu)
    yield Check("bias, GELU", "gates", (x, weight), lambda x, b: dispatch.activate(x, "gelu", b),
                lambda x, b: reference.activate(x, "gelu", b))  # fmt: skip
    given = bench.randn(2, bench.pick(65, 5), 4 + 2 * 2, 64)
    norms = (bench.randn(64), bench.randn(64))
    yield Check("norms, RoPE, into the cache", "rotations", (given, *turns, *norms), _stored(dispatch.store_heads),
                _stored(reference.store_heads))  # fmt: skip


def _stored(store: Callable[..., Tensor]) -> Callable[..., tuple[Tensor, ...]]:
    """Queries and the cache, of which the first places stay as they were."""

    def work(heads: Tensor, cos: Tensor, sin: Tensor, query: Tensor, key: Tensor) -> tuple[Tensor, ...]:
        batch, tokens, _, width = heads.shape
        keys, values = (heads.new_zeros(batch, 2, tokens + 3, width) for _ in range(2))
        return store(heads, keys, values, 3, (cos, sin), (query, key)), keys, values

    return work


def _others(bench: Bench) -> Iterator[Check]:
    """Log-mel, and cross-entropy with its gradients."""
    sound = bench.randn(bench.pick(2, 1), bench.pick(48000, 800), dtype=torch.float32)
    filters = torch.rand(bench.pick(80, 8), 201, device=bench.device)
    yield Check("log-mel", "others", (sound, filters), lambda sound, bands: dispatch.log_mel(sound, bands, span=8.0),
                lambda sound, bands: reference.log_mel(sound, bands, span=8.0))  # fmt: skip
    tokens, width, words = bench.pick(300, 5), bench.pick(512, 32), bench.pick(5003, 70)
    targets = torch.randint(0, words, (tokens,), device=bench.device)
    targets[1] = -100
    hidden, weight = bench.randn(tokens, width), bench.randn(words, width) * 0.1
    yield Check("cross-entropy and gradients", "others", (hidden, weight, targets),
                _losses(dispatch.linear_cross_entropy), _losses(reference.linear_cross_entropy))  # fmt: skip


def _losses(entropy: Callable[..., Tensor]) -> Callable[..., tuple[Tensor, ...]]:
    """The loss, and gradients of both matrices."""

    def work(hidden: Tensor, weight: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            leaves = [part.detach().requires_grad_() for part in (hidden, weight)]
            loss = entropy(*leaves, targets)
            return (loss.detach(), *torch.autograd.grad(loss, leaves))

    return work


def _products(bench: Bench) -> Iterator[Check]:
    """One row has a kernel of its own, few rows and many have two cuts of another."""
    matrix = bench.randn(bench.pick(512, 48), bench.pick(1024, 128)) * 0.05
    coded = ((8, quantize(matrix, 8)), (4, quantize(matrix, 4, 64, offsets=True)))
    for rows, (bits, codes) in product((1, 3, 130), coded):
        given = bench.randn(rows, matrix.shape[1], dtype=torch.float16 if bench.dry else bench.dtype)

        def work(x: Tensor, codes: tuple[Tensor, Tensor, Tensor | None] = codes) -> Tensor:
            return dispatch.quantized_matmul(x, *codes)

        def exact(x: Tensor, codes: tuple[Tensor, Tensor, Tensor | None] = codes) -> Tensor:
            eye = torch.eye(x.shape[1], device=x.device, dtype=torch.float32)
            with dispatch.force("reference"):  # the codes as numbers: exact in float32
                return x @ dispatch.quantized_matmul(eye, *codes).double()

        yield Check(f"int{bits} matmul of {rows}", "products", (given,), work, exact)


def _same_tokens(bench: Bench) -> Row:
    """A decoder's recorded steps give the tokens that the growing cache gives."""
    config = DecoderConfig(vocabulary=97, width=64, layers=bench.pick(2, 1), heads=4, key_value_heads=2, hidden=96,
                           max_positions=64, tied=False)  # fmt: skip
    model = TextDecoder(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.normal_(0, 0.3)
    model = model.to(bench.device)
    got = list(Generation([5, 6, 7], (), bench.pick(40, 3)).run(Session(model)))
    cache, step, want = model.new_cache(1, 64), [5, 6, 7], []
    with torch.no_grad(), dispatch.force("torch"):
        for _ in range(len(got)):
            want.append(int(model(torch.tensor([step], device=bench.device), cache)[0, -1].argmax()))
            step = want[-1:]
    if got != want:
        bench.wrong.add("decode_loops")
    agree = sum(a == b for a, b in zip(got, want, strict=True))
    return {"name": "tokens of recorded steps as of plain ones", "suite": "right" if got == want else "WRONG",
            "value": agree, "n": len(got)}  # fmt: skip


def _flat(found: Any) -> list[Tensor]:
    return [found] if isinstance(found, Tensor) else [part for part in found if isinstance(part, Tensor)]


def _error(got: list[Tensor], want: list[Tensor]) -> float:
    """The largest relative error of the parts; infinite where something isn't finite."""
    errors = []
    for mine, true in zip(got, want, strict=True):
        mine = mine.detach().double()
        finite = bool(mine.isfinite().all())
        errors.append(float((mine - true).norm() / true.norm().clamp_min(1e-30)) if finite else float("inf"))
    return max(errors)


def _poison(bench: Bench) -> None:
    """Leave NaN where the next outputs will lie."""
    if bench.device.type == "cuda":
        blocks = [torch.full((1 << 20,), float("nan"), device=bench.device) for _ in range(32)]
        del blocks
