"""How threads share a phase of a job: chunks drawn from a counter, and a second counter of those that are done."""

from kernels.cpu import build, ir
from kernels.cpu import fields as f
from kernels.cpu.ir import fetch_add, load_acquire, load_i64
from kernels.cpu.parts import compiled

relax, _give_way = ir.relax(*build.waiting())
_PATIENCE = 2000
"""Turns of waiting after which another thread may have the processor."""


@compiled(3, result="int64")
def take(job: int, phase: int, chunks: int) -> int:
    """The next chunk of a phase, or -1."""
    at = load_i64(job, f.COUNTERS) + f.LINE * phase
    if load_acquire(at) >= chunks:
        return -1
    chunk = fetch_add(at, 1)
    return chunk if chunk < chunks else -1


@compiled(2)
def done(job: int, phase: int) -> None:
    """Count a chunk of the phase as done."""
    fetch_add(load_i64(job, f.COUNTERS) + f.LINE * phase + 8, 1)


@compiled(3)
def wait(job: int, phase: int, chunks: int) -> None:
    """Until all chunks of the phase are done."""
    at, turns = load_i64(job, f.COUNTERS) + f.LINE * phase + 8, 0
    while load_acquire(at) < chunks:
        relax()
        turns += 1
        if turns > _PATIENCE:
            _give_way()
