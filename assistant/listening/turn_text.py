"""The words of one turn, read again and again while it goes on: each reading is sure of more, and costs less.

A reading gives what `Hearing.hear` would of the sound so far. Tokens of the reading before are its draft: where they
still fit they cost one step together (Leviathan et al. 2023, arXiv:2211.17192). Beyond some seconds, segments that are
complete at a pause are left behind, so that memory and the time of a reading stay bounded however long a turn is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.hearing import Asked, Hearing, Reading, Segment, compression
from assistant.hearing_windows import VOICE, VoiceActivity
from assistant.listening.expected import Expected
from assistant.listening.inventions import without_sounds
from assistant.streaming.sound import ArrivingSound
from decoder.whisper_search import Decoded
from encoders.audio_input import HOP, SAMPLE_RATE

_LEAVE_FRAMES = 800  # beyond 8 s, complete segments are left behind
_NEAR_FRAMES = 30  # by which the recogniser's times may be off
_WORDY, _DOUBT = 2.4, -0.8  # as for requests from files: such a reading is done again in full


@dataclass(frozen=True)
class Spoken:
    """What a reading found.

    Attributes:
        text: the words; empty where there are none.
        language: code of the language spoken.
        confidence: of the words, 0 to 1.
        no_speech: 0 to 1, the recogniser's own doubt that anybody speaks.
    """

    text: str
    language: str
    confidence: float
    no_speech: float


class TurnSound(ArrivingSound):
    """The sound of a turn with its chances of speech, which are known already."""

    def add(self, samples: np.ndarray, chances: np.ndarray) -> None:
        """Take samples (S,) and the chances (steps,) of the 32 ms steps in them."""
        self._append(self._mel.push(samples), chances)


class TurnText:
    """Takes a turn's sound and reads it. For one thread at a time."""

    def __init__(self, hearing: Hearing, language: str | None = None, expected: Expected | None = None) -> None:
        config = hearing.encoder.config
        self._hearing, self._expected, self._voiced = hearing, expected, 0
        self._sound = TurnSound(VoiceActivity(hearing.voice), config.frames, config.mels)
        self._reading = Reading(hearing, language, quick=not hearing.exact)
        self._settled = list[Segment]()  # of windows that were left behind
        self._draft: tuple[int, ...] = ()

    def add(self, samples: np.ndarray, chances: np.ndarray) -> None:
        """Take samples (S,) of 16 kHz and the chances of speech (steps,) in them."""
        self._sound.add(samples, chances)
        self._voiced += int((chances >= VOICE).sum())

    def read(self) -> Spoken:
        """What was said until now."""
        while self._sound.ready(self._reading.seek):
            self._settle()
        reading, found = self._reading.fork(), list[Segment]()
        draft, self._draft = self._draft, ()
        while (mel := self._sound.since(reading.seek)) is not None:
            asked = reading.ask(mel, self._sound.voiced)
            if asked is None:
                continue
            decoded = self._decide(asked, draft)
            self._draft, draft = self._draft or decoded.tokens, ()
            if self._expected and not found and (fit := self._expected.fit(asked, decoded, self._voiced)):
                return Spoken(fit.text, reading.language or "en", fit.confidence, decoded.no_speech)
            found += reading.settle(asked, decoded, 0.0, self._sound.voiced)
        self._leave(found)
        return _spoken([*self._settled, *found], reading.language or "en")

    def _settle(self) -> None:
        """Read a whole window as the offline transcript does, and leave it behind."""
        mel = self._sound.window(self._reading.seek)
        assert mel is not None  # it is ready
        self._settled += self._reading.window(mel, self._sound.voiced, self._draft)
        self._draft = ()
        self._sound.release(self._reading.seek)

    def _decide(self, asked: Asked, draft: Sequence[int]) -> Decoded:
        """The likeliest tokens. None are drawn by chance, as offline where all is doubtful: that takes seconds."""
        heard = self._hearing
        decoded = heard.search.search(asked.memory, asked.prompt, draft=draft)
        wordy = decoded.looped or compression(heard.tokens.decode(decoded.tokens)) > _WORDY
        if asked.sketched and (wordy or decoded.mean_logprob < _DOUBT):
            full = heard.memories.full(asked.mel_1MF)
            return heard.search.search(full, asked.prompt, draft=decoded.tokens)
        return decoded

    def _leave(self, found: list[Segment]) -> None:
        """Leave complete segments behind where the rest has grown long; the last may still go on.

        They are cut where the voice is silent: the recogniser's times are a little off, and half a word is no word.
        """
        length = self._sound.frames - self._reading.seek
        if length < _LEAVE_FRAMES:
            return
        for first in range(len(found) - 1, 0, -1):
            frame = round(found[first].start_s * SAMPLE_RATE / HOP)
            seek = self._silence_near(frame) or (frame if length > 2 * _LEAVE_FRAMES else 0)
            if seek > self._reading.seek:
                self._go_on(found[:first], found[first:], seek)
                del found[:first]
                return

    def _silence_near(self, frame: int) -> int:
        """A frame close to this one at which nobody speaks; 0 where there is none."""
        near = sorted(range(frame - _NEAR_FRAMES, frame + _NEAR_FRAMES, 3), key=lambda other: abs(other - frame))
        return next((other for other in near if not self._sound.voiced(other - 3, other + 3, 1)), 0)

    def _go_on(self, left: Sequence[Segment], rest: Sequence[Segment], seek: int) -> None:
        """Read from frame `seek` on from now on, behind the segments `left`."""
        tokens = self._hearing.tokens
        self._settled += left
        self._reading.move(seek, rest[0].language)
        self._draft = (tokens.first_time, *tokens.encode(f" {rest[0].text}"))
        self._sound.release(seek)


def _spoken(segments: Sequence[Segment], language: str) -> Spoken:
    said = [(text, segment) for segment in segments if (text := without_sounds(segment.text))]
    if not said:
        return Spoken("", language, 0.0, max((segment.no_speech for segment in segments), default=1.0))
    weights = [len(text) for text, _ in said]
    logs = [math.log(max(segment.confidence, 1e-6)) for _, segment in said]
    mean = sum(weight * log for weight, log in zip(weights, logs, strict=True)) / sum(weights)
    return Spoken(
        " ".join(text for text, _ in said), said[0][1].language, math.exp(mean),
        min(segment.no_speech for _, segment in said),
    )  # fmt: skip
