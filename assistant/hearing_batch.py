"""Many recordings at once: their windows are decoded side by side, and each is written down as it would be alone."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from assistant.hearing import Asked, Hearing, Reading, Segment
from assistant.hearing_models import check_options
from assistant.hearing_windows import SoundWindows
from decoder.whisper_batch import search_many
from decoder.whisper_search import Decoded
from encoders.audio_input import check_samples
from kernels.errors import UserError

ROWS = 8  # recordings in work at once: bounds memory, and more gain little

Written = list[Segment] | UserError


class _Work:
    """A recording in work."""

    def __init__(self, place: int, windows: SoundWindows, reading: Reading) -> None:
        self.place, self.windows, self.reading = place, windows, reading
        self.segments: list[Segment] = []
        self.failed: UserError | None = None

    def ask(self) -> Asked | None:
        """The next window in which somebody speaks; None when there is none, or the recording is damaged."""
        try:
            while (mel := self.windows.window(self.reading.seek)) is not None:
                asked = self.reading.ask(mel, self.windows.voiced)
                if asked is not None:
                    return asked
        except UserError as error:
            self.failed = error
        return None

    def result(self) -> Written:
        return self.failed or self.segments


def transcribe_many(
    hearing: Hearing,
    recordings: Sequence[Path | np.ndarray],
    *,
    language: str | None = None,
    translate: bool = False,
    rows: int = ROWS,
) -> Iterator[Written]:
    """The segments of each recording, in the order given: the same as `Hearing.transcribe` gives for each alone.

    A recording that turns out damaged gives the error in its place; the others are not touched by it.

    Args:
        recordings, language, translate: as in `Hearing.transcribe`; greedy search only.
        rows: recordings in work at once.

    Raises:
        UserError: an option that the model doesn't have.
    """
    check_options(hearing.languages, language, translate, 1)
    return _written(hearing, recordings, lambda: Reading(hearing, language, translate, quick=not hearing.exact), rows)


def _written(
    hearing: Hearing, recordings: Sequence[Path | np.ndarray], begin: Callable[[], Reading], rows: int
) -> Iterator[Written]:
    waiting, working = deque(enumerate(recordings)), list[_Work]()
    finished: dict[int, Written] = {}
    told = 0
    while waiting or working:
        while waiting and len(working) < rows:
            place, recording = waiting.popleft()
            try:
                sound = check_samples(recording) if isinstance(recording, np.ndarray) else recording
            except UserError as error:
                finished[place] = error
                continue
            working.append(_Work(place, hearing.windows(sound), begin()))
        asked = [(work, window) for work in working if (window := work.ask()) is not None]
        for (work, window), decoded in zip(asked, _decoded(hearing, [window for _, window in asked]), strict=True):
            found = work.reading.decide(window, greedy=decoded)
            work.segments += work.reading.settle(window, *found, work.windows.voiced)
        going_on = [work for work, _ in asked]
        finished |= {work.place: work.result() for work in working if work not in going_on}
        working = going_on
        while told in finished:
            yield finished.pop(told)
            told += 1


def _decoded(hearing: Hearing, windows: Sequence[Asked]) -> list[Decoded]:
    """Greedy transcripts of windows; one alone needs no batch."""
    if len(windows) == 1:
        return [hearing.search.search(windows[0].memory, windows[0].prompt)]
    return search_many(hearing.search, [w.memory for w in windows], [w.prompt for w in windows])
