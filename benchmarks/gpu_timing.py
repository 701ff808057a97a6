"""Times of several sides that take turns, by CUDA's events, and what they may cost; part of `antigone bench gpu`.

Every timed run finds the L2 cache full of something else, and the sides see the same inputs one after the other, so
that a drift of clocks hits them alike. The GPU then sleeps while the host launches, so that what is read is the
device's time alone; of short runs the host's time, launches included, is a row of its own.
In a dry run (no GPU) each side runs once, for its code path; its times mean nothing.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

Item = TypeVar("Item")
Row = dict[str, Any]
Side = Callable[[int], object]
"""What is timed; the number says which of the sets of inputs it takes."""
RUNS, LEAST_RUNS, _WARM_UPS = 25, 5, 2
_ASLEEP = 2_000_000  # cycles, about a millisecond: what the host launches meanwhile waits in the queue
_SHORT = 0.1  # ms: below it, launching may cost more than the work
_FLUSH = 256 << 20  # bytes: five times the L2 cache of an H100


@dataclass
class Bench:
    """Where, how long, and what the device can do.

    Attributes:
        until: when everything has to be done, by time.monotonic().
        flops, bytes: ceilings read in this run, a second.
        wrong: kernels whose results were wrong; they are not timed.
        peers: whether those take part whose import alone takes seconds (transformers, flex_attention).
    """

    device: torch.device
    dry: bool
    until: float
    flops: float = 0.0
    bytes: float = 0.0
    wrong: set[str] = field(default_factory=set)
    peers: bool = True
    _flush: Tensor | None = None

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.until - time.monotonic()

    @property
    def dtype(self) -> torch.dtype:
        """What is computed in: Triton's interpreter has no bf16."""
        return torch.bfloat16 if self.device.type == "cuda" else torch.float32

    def pick(self, full: int, small: int) -> int:
        """A size, or that of a dry run."""
        return small if self.dry else full

    def some(self, several: Iterable[Item]) -> list[Item]:
        """All of them, or the first alone in a dry run."""
        return list(several)[: 1 if self.dry else None]

    def randn(self, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """Fresh normal numbers on the device."""
        return torch.randn(shape, device=self.device, dtype=dtype or self.dtype)

    def flush(self) -> None:
        """Push everything out of the L2 cache."""
        if self.dry:
            return
        if self._flush is None:
            self._flush = torch.empty(_FLUSH, dtype=torch.int8, device=self.device)
        self._flush.zero_()

    def once(self, work: Callable[[], object]) -> float:
        """Milliseconds of one run on the device."""
        if self.device.type != "cuda":
            start = time.perf_counter()
            work()
            return 1e3 * (time.perf_counter() - start)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        self.flush()
        torch.cuda._sleep(_ASLEEP)
        begin.record()
        work()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end))

    def host(self, work: Callable[[], object]) -> float:
        """Milliseconds of one run by the host's clock: for whole models, whose host work counts."""
        self.wait()
        start = time.perf_counter()
        work()
        self.wait()
        return 1e3 * (time.perf_counter() - start)

    def wait(self) -> None:
        """Until the device is idle."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def medians(
    bench: Bench, sides: Mapping[str, Side], seconds: float, *, sets: int = 1, runs: int = RUNS, by_host: bool = False
) -> tuple[dict[str, float], dict[str, str]]:
    """Milliseconds of each side, and in words why a side has none.

    Args:
        seconds: after which no further round begins, once there are five.
        sets: of inputs, which the rounds take in turn.
        by_host: time by the host's clock.
    """
    failed: dict[str, str] = {}
    alive: dict[str, Side] = {}
    first: dict[str, float] = {}
    for name, side in sides.items():
        try:
            for _ in range(_WARM_UPS):
                begun = time.process_time()
                side(0)
                first[name] = 1e3 * (time.process_time() - begun)
                if bench.dry:
                    break
            bench.wait()
            alive[name] = side
        except Exception as error:  # a peer that can't is no reason to lose the others
            failed[name] = " ".join(f"{type(error).__name__}: {error}".split())[:90]
    if bench.dry:
        return {name: first[name] for name in alive}, failed
    taken: dict[str, list[float]] = {name: [] for name in alive}
    start = time.monotonic()
    clock = bench.host if by_host else bench.once
    for run in range(runs):
        if run >= LEAST_RUNS and (time.monotonic() - start > seconds or bench.left < 0):
            break
        for name, side in alive.items():
            taken[name].append(clock(partial(side, run % sets)))
    return {name: statistics.median(times) for name, times in taken.items()}, failed


@dataclass(frozen=True)
class Limit:
    """What a piece of work can't do without: operations, and bytes over the memory bus."""

    flops: float = 0.0
    bytes: float = 0.0

    def ms(self, bench: Bench) -> float:
        """The least time that the ceilings allow."""
        return 1e3 * max(self.flops / bench.flops, self.bytes / bench.bytes) if bench.flops and bench.bytes else 0.0


def versus(
    bench: Bench, name: str, sides: Mapping[str, Side], limit: Limit, *, seconds: float = 2.0, sets: int = 1,
    reach: float | None = None, other: Mapping[str, float] | None = None, share: float | None = None,
    by_host: bool = False, x: int = 0, runs: int = RUNS,
) -> Iterator[Row]:  # fmt: skip
    """Rows of our side, "ours", beside each peer.

    Args:
        reach: what the best peer's time over ours is to be at least.
        other: the same for single peers.
        share: what the share of the limit is to be at least.
        x: the length, for plots.
    """
    times, failed = medians(bench, sides, seconds, sets=sets, by_host=by_host, runs=runs)
    for peer, why in failed.items():
        yield {"name": name, "missing": f"{peer} ({why})", "x": x}
    if "ours" not in times:
        return
    if bench.dry:
        spent = round(sum(times.values()) / 1e3, 2)
        yield {"name": name, "suite": f"ran: {', '.join(times)}", "value": spent, "n": 1, "unit": "s", "x": x}
        return
    ours = times["ours"]
    found = round(limit.ms(bench) / ours, 3) if ours and limit.ms(bench) else None
    base = {"name": name, "ours": _short(ours), "unit": "ms", "share_of_limit": found, "x": x}
    peers = {peer: time for peer, time in times.items() if peer != "ours"}
    if share is not None or not peers:
        yield base | {"peer": _short(limit.ms(bench)), "peer_name": "limit", "ratio": found, "reach": share,
                      "met": None if share is None else bool(found and found >= share)}  # fmt: skip
    for peer, time_ms in peers.items():
        want = (other or {}).get(peer)
        ratio = time_ms / ours
        yield base | {"peer": _short(time_ms), "peer_name": peer, "ratio": round(ratio, 3), "reach": want,
                      "met": None if want is None else ratio >= want}  # fmt: skip
    if bench.device.type == "cuda" and not by_host and ours < _SHORT:
        spent = statistics.median(bench.host(partial(sides["ours"], 0)) for _ in range(LEAST_RUNS))
        yield {"name": f"{name}, launched eagerly", "suite": "by the host's clock", "value": _short(spent),
               "n": LEAST_RUNS, "unit": "ms", "x": x}  # fmt: skip
    if reach is not None and any(not peer.startswith("ours") for peer in peers):
        best = min((peer for peer in peers if not peer.startswith("ours")), key=lambda peer: peers[peer])
        ratio = peers[best] / ours
        yield base | {"peer": _short(peers[best]), "peer_name": f"best ({best})", "ratio": round(ratio, 3),
                      "reach": reach, "met": ratio >= reach}  # fmt: skip


def _short(ms: float) -> float:
    return float(f"{ms:.4g}")


def ceilings(bench: Bench) -> Iterator[Row]:
    """Read what the device can do now: a large copy, bytes read and written, and a large bf16 product."""
    side, size = bench.pick(8192, 64), bench.pick(2 << 30, 1 << 12)
    a, b = bench.randn(side, side), bench.randn(side, side)
    source = torch.randint(0, 99, (size,), dtype=torch.int8, device=bench.device)
    target = torch.empty_like(source)
    sides: dict[str, Side] = {"matmul": lambda _: a @ b, "copy": lambda _: target.copy_(source)}
    times, _ = medians(bench, sides, 4.0)
    bench.flops, bench.bytes = 2e3 * side**3 / times["matmul"], 2e3 * size / times["copy"]
    yield {"name": f"matmul {bench.dtype}", "suite": "ceiling", "value": round(bench.flops / 1e12, 3), "n": RUNS,
           "unit": "TFLOP/s"}  # fmt: skip
    yield {"name": "copy", "suite": "ceiling", "value": round(bench.bytes / 1e9, 1), "n": RUNS, "unit": "GB/s"}
