"""Recognition that runs beside the microphone, or in its place where nobody gave it a thread."""

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Done:
    """A job's end. `key` is whatever it was started with; `value` what it returned, unless `error` was raised."""

    key: Any
    value: Any = None
    error: BaseException | None = None


class Jobs:
    """Runs functions on an executor, or at once without one; their ends are taken in the order they come."""

    def __init__(self, executor: Executor | None, wake: Callable[[], None]) -> None:
        self._executor, self._wake = executor, wake
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()

    def start(self, key: Any, work: Callable[[], Any]) -> None:
        """Begin a job; without an executor it is done on return."""
        if self._executor is None:
            self._done.put(_run(key, work))
            return
        self._executor.submit(_run, key, work).add_done_callback(lambda future: self._ended(key, future))

    def done(self) -> Iterator[Done]:
        """The jobs that have ended since this was last asked."""
        while not self._done.empty():
            yield self._done.get_nowait()

    def _ended(self, key: Any, future: "Future[Done]") -> None:
        self._done.put(Done(key, error=RuntimeError("the executor was shut down")) if future.cancelled()
                       else future.result())  # fmt: skip
        self._wake()


def _run(key: Any, work: Callable[[], Any]) -> Done:
    try:
        return Done(key, work())
    except BaseException as error:  # raised where the result is taken
        return Done(key, error=error)
