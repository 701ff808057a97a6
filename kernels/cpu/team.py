"""The threads that share a job of the compiled kernels, and the memory they work in.

The thread that calls is one of them; helpers wait for a moment after each job, ready at once for the next, and then
sleep. Their number follows torch's, so one setting rules both.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock, Semaphore, Thread

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kernels.cpu import fields as f
from kernels.cpu.build import Kernels, kernels

_SPINS = 2000
"""Turns that a helper waits before it sleeps: about a tenth of a millisecond."""
_ALIGN = 64
Bytes = NDArray[np.uint8]


def aligned(size: int) -> Bytes:
    """`size` bytes that begin on a cache line."""
    room = np.empty(size + _ALIGN, np.uint8)
    start = -room.ctypes.data % _ALIGN
    return room[start : start + size]


class _Job:
    """A job's fields and the counters of its phases."""

    def __init__(self) -> None:
        self.fields = aligned(8 * f.JOB).view(np.int64)
        self.address = self.fields.ctypes.data
        self.counters = aligned(f.LINE)
        self.kept: Sequence[Tensor] = ()

    def prepare(self, values: Mapping[int, int], threads: int, phases: int, kept: Sequence[Tensor]) -> None:
        self.kept = kept
        if len(self.counters) < phases * f.LINE:
            self.counters = aligned(phases * f.LINE)
        self.counters[: phases * f.LINE] = 0
        for name, value in values.items():
            self.fields[name] = value
        self.fields[f.THREADS], self.fields[f.COUNTERS] = threads, self.counters.ctypes.data


class _Helper:
    """A thread that helps."""

    def __init__(self, engine: Kernels, number: int) -> None:
        self._engine = engine
        self.fields = aligned(8 * f.WORKER).view(np.int64)
        self.fields[:] = 0
        self.fields[f.WORKER_NUMBER], self.fields[f.WORKER_SPINS] = number, _SPINS
        self._wake = Semaphore(0)
        Thread(target=self._live, name=f"kernels-{number}", daemon=True).start()

    def uses(self, job: _Job) -> bool:
        """Whether it is still at that job."""
        return bool(self.fields[f.WORKER_STATE] == f.POSTED and self.fields[f.WORKER_JOB] == job.address)

    def post(self, job: _Job) -> None:
        """Ask for help with a job; one that is still busy is left alone."""
        if self._engine.post(self.fields.ctypes.data, job.address) == 2:
            self._wake.release()

    def _live(self) -> None:
        while True:
            self._wake.acquire()
            self._engine.serve(self.fields.ctypes.data)


class Team:
    """Runs jobs one at a time, on as many threads as torch uses."""

    def __init__(self, engine: Kernels) -> None:
        self.lock = Lock()
        """Held by whoever prepares and runs a job in the shared memory `room` gives."""
        self._engine = engine
        self._helpers: list[_Helper] = []
        self._jobs = [_Job(), _Job()]
        self._rooms: dict[str, Bytes] = {}

    @property
    def threads(self) -> int:
        """How many threads the next job has."""
        return torch.get_num_threads()

    def room(self, name: str, size: int) -> int:
        """The address of at least `size` bytes, kept for the next job that names them."""
        if name not in self._rooms or len(self._rooms[name]) < size:
            self._rooms.pop(name, None)
            self._rooms[name] = aligned(size)
        return self._rooms[name].ctypes.data

    def run(self, values: Mapping[int, int], phases: int, kept: Sequence[Tensor]) -> None:
        """A job with these fields, to its end. Only with `lock` held.

        A helper that the system has kept from running may still be looking at an earlier job, so there are two, and
        each keeps the tables that it points to, `kept`, until it is used again.
        """
        threads = self.threads
        while len(self._helpers) < threads - 1:
            self._helpers.append(_Helper(self._engine, len(self._helpers) + 1))
        job = next((job for job in self._jobs if not any(helper.uses(job) for helper in self._helpers)), None)
        if job is None:  # helpers are late with both: one that nobody will look at
            job = _Job()
            self._jobs.append(job)
        job.prepare(values, threads, phases, kept)
        for helper in self._helpers[: threads - 1]:
            helper.post(job)
        self._engine.run(job.address, 0)


@cache
def team() -> Team:
    """The one team of this process. Raises as `kernels.cpu.build.kernels`."""
    return Team(kernels())
