"""A transcript of sound that still arrives: words appear while somebody speaks, and end as the whole's transcript.

Two readers share the sound. The early one reads what has arrived since the last certain place every second, and shows
the words on which two readings agree; they are never taken back. The other reads each 30 s window once, when it is
full, exactly as `Hearing.transcribe` does; its segments are settled. What was not shown by then is shown then. So the
settled text depends on the sound alone, not on the blocks it came in nor on how fast the machine is, and a machine
that is too slow only shows words later.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assistant.hearing import Hearing, Reading, Segment
from assistant.hearing_models import check_options
from assistant.hearing_windows import VOICE, VOICE_SAMPLES, VoiceActivity
from assistant.messages import Event
from assistant.streaming.early import EarlyReader
from assistant.streaming.events import Finished, Paused, Settled, Stable, Tentative
from assistant.streaming.sound import ArrivingSound, frames_of
from assistant.streaming.words import Word, overlap, split_text
from encoders.audio_input import SAMPLE_RATE, check_samples
from kernels.errors import UserError

BLOCK = 4 * VOICE_SAMPLES  # samples taken at once, however they come: 0.13 s
STEP_S = 1.0
_BEHIND = 4 * SAMPLE_RATE  # with so many samples waiting, nothing is read early
_VOICED_STEPS = 3
_PAUSE_STEPS = 16  # 0.5 s without a voice
_REST_STEPS = 48  # 1.5 s: what comes next is read by itself
_LEAD_FRAMES = 100  # before the first step with a voice: soft beginnings are told late


class LiveTranscript:
    """Takes 16 kHz samples in blocks of any size; `push` and `finish` give the events that follow from them.

    An event is worked out when it is asked for: leave the loop over `push`, or close it, and the rest of the work is
    done by the next call. Memory is bounded as long as the events are taken. For one thread at a time.
    """

    def __init__(
        self, hearing: Hearing, *, language: str | None = None, translate: bool = False, beam: int = 1,
        step_s: float = STEP_S,
    ) -> None:  # fmt: skip
        """Begin to listen.

        Args:
            language, translate, beam: as for `Hearing.transcribe`.
            step_s: seconds of sound from one early reading to the next.

        Raises:
            UserError: an option that the model doesn't have.
        """
        check_options(hearing.languages, language, translate, beam)
        config = hearing.encoder.config
        self._sound = ArrivingSound(VoiceActivity(hearing.voice), config.frames, config.mels)
        self._reading = Reading(hearing, language, translate, beam, quick=not hearing.exact)
        self._early = EarlyReader(hearing, language, translate)
        self._step = step_s * SAMPLE_RATE
        self._pending, self._heard, self._read_at = np.zeros(0, np.float32), 0, 0  # samples
        self._silent, self._unread, self._speech_end = 0, 0, 0  # steps since a voice, with one since read; samples
        self._speaking = self._ended = False
        self._loose: list[Word] = []  # shown, but not settled yet
        self._shown, self._since_pause, self._settled, self._tail = list[str](), list[str](), list[str](), ""
        self._events = deque[Event]()

    @property
    def shown(self) -> str:
        """All stable words so far."""
        return "".join(self._shown).strip()

    @property
    def heard_s(self) -> float:
        """Seconds of sound taken in."""
        return self._heard / SAMPLE_RATE

    def push(self, samples: np.ndarray, rate: int = SAMPLE_RATE) -> Iterator[Event]:
        """Take samples (S,) or (S, channels) at once; the events come as they are asked for.

        Args:
            rate: samples a second, as whoever recorded them says.

        Raises:
            UserError: the samples are no sound, or not 16,000 a second, or the stream has ended.
        """
        if self._ended:
            raise UserError("This live transcript has ended.", "Begin a new one.")
        if rate != SAMPLE_RATE:
            raise UserError(f"Live sound of {rate} samples a second is not understood.", "Resample it to 16,000.")
        self._pending = np.concatenate((self._pending, check_samples(samples)))
        return self._work()

    def finish(self) -> Iterator[Event]:
        """There is no more sound: settle the rest. The last event is Finished.

        Raises:
            UserError: the stream has ended already.
        """
        if self._ended:
            raise UserError("This live transcript has ended.", "Begin a new one.")
        self._ended = True
        return self._end()

    def close(self) -> None:
        """Stop: what was not read is dropped."""
        self._ended, self._pending = True, np.zeros(0, np.float32)
        self._events.clear()

    def _work(self) -> Iterator[Event]:
        yield from self._told()
        while len(self._pending) >= BLOCK:
            block, self._pending = self._pending[:BLOCK], self._pending[BLOCK:]
            self._hear(block)
            while self._settle():
                yield from self._told()
            self._show()
            yield from self._told()

    def _end(self) -> Iterator[Event]:
        yield from self._work()
        self._hear(self._pending)
        self._pending = np.zeros(0, np.float32)
        self._sound.finish()
        while self._settle():
            yield from self._told()
        self._guess("")
        self._events.append(Finished(" ".join(self._settled), self.shown, self.heard_s))
        yield from self._told()

    def _told(self) -> Iterator[Event]:
        while self._events:  # kept until taken: whoever leaves a loop finds them in the next
            yield self._events.popleft()

    def _hear(self, block: np.ndarray) -> None:
        voices = self._sound.push(block) >= VOICE
        self._heard += len(block)
        if not voices.any():
            self._silent += len(voices)
            return
        self._unread += int(voices.sum())
        self._silent = int(voices[::-1].argmax())
        self._speech_end = self._heard - self._silent * VOICE_SAMPLES
        self._speaking = self._speaking or self._unread >= _VOICED_STEPS

    def _settle(self) -> bool:
        """Read the next full window, if there is one."""
        reading = self._reading
        mel = self._sound.window(reading.seek) if self._sound.ready(reading.seek) else None
        if mel is None:
            return False
        segments = reading.window(mel, self._sound.voiced, self._early.draft(reading.seek, self._loose))
        self._append(segments)
        for segment in segments:
            self._settled.append(segment.text)
            self._events.append(
                Settled(segment.start_s, segment.end_s, segment.text, segment.language, segment.confidence)
            )
        self._sound.release(reading.seek)
        return True

    def _append(self, segments: list[Segment]) -> None:
        """Show what was not shown of settled segments, and let the early reader go on behind them."""
        language = self._reading.language or "en"
        certain = [word for segment in segments for word in split_text(segment.text, language)]
        ours, theirs = overlap(certain, self._loose)
        seek = self._reading.seek
        self._loose = [word for word in self._loose[theirs:] if word.frame > seek]  # those before were said otherwise
        if self._early.start < seek:
            self._early.move(seek, self._loose)
        self._early.add(certain[ours:])
        self._say(certain[ours:])

    def _show(self) -> None:
        """Read early what has arrived: in steps while somebody speaks, when a pause begins, and when it has lasted."""
        if len(self._pending) > _BEHIND:
            return
        if self._speaking and self._silent >= _PAUSE_STEPS:
            if self._unread:
                self._read(quiet=True)
            self._speaking = False
            said = "".join(self._since_pause) + self._tail
            self._since_pause.clear()
            self._events.append(Paused(said.strip(), self.heard_s, self._speech_end / SAMPLE_RATE))
        elif not self._speaking and self._silent >= _REST_STEPS:
            if self._early.guess:
                self._read(quiet=True, last=True)
            self._unread = 0
            self._early.rest(frames_of(self._heard) - _LEAD_FRAMES)
        elif self._speaking and self._unread and self._due():
            self._read()

    def _due(self) -> bool:
        """Whether it is time for another reading: with more sound waiting, the next block's will do."""
        return len(self._pending) < BLOCK and self._heard - self._read_at >= self._step

    def _read(self, quiet: bool = False, last: bool = False) -> None:
        early, self._unread, self._read_at = self._early, 0, self._heard
        mel = self._sound.since(early.start)
        if mel is None:
            return
        words = early.read(mel, quiet, last)
        self._loose.extend(replace(word, frame=self._sound.frames) for word in words)
        self._say(words)
        early.trim(self._sound.frames)
        self._guess(early.tail())

    def _say(self, words: list[Word]) -> None:
        if words:
            text = "".join(word.text for word in words)
            self._shown.append(text)
            self._since_pause.append(text)
            self._events.append(Stable(text, self.heard_s))

    def _guess(self, text: str) -> None:
        if text != self._tail:
            self._tail = text
            self._events.append(Tentative(text, self.heard_s))
