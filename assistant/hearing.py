"""Speech to text: recordings of any length, window by window, with guards against what recognisers invent.

The windows move by the timestamps the model gives, as in openai/whisper's transcribe.py (Radford et al. 2022, section
4.5). Silence and noise give no text: Silero VAD decides first, the model's own no-speech chance second.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from assistant import models
from assistant.hearing_memory import Memories
from assistant.hearing_models import check_options, find_recogniser
from assistant.hearing_parts import HearingParts, packaged, published
from assistant.hearing_segments import Segment, compression, confidence, split_by_times
from assistant.hearing_windows import SoundWindows, VoiceActivity
from decoder.whisper_search import Decoded, WhisperSearch
from encoders.audio_input import HOP, SAMPLE_RATE, check_samples, sound_blocks
from kernels.layers import MemoryCache

__all__ = ["Asked", "Hearing", "Reading", "Segment", "compression", "load", "load_folder", "split_by_times"]

_FRAME_S = HOP / SAMPLE_RATE
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FORGET_ABOVE = 0.5  # a guess drawn at a higher temperature is no context for the next window
_COMPRESSION, _LOGPROB, _NO_SPEECH = 2.4, -1.0, 0.6
_DOUBT = -0.8  # a mean log-probability below which a quick reading is done again in full
_VOICED_STEPS = 3  # 0.1 s of speech: shorter than any word
_NEAR_FRAMES = 30
_SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")
_LEAD_FRAMES = 100  # of silence that is left before speech
_loading = Lock()


class Hearing:
    """One speech recogniser, loaded. Safe to use from several threads: nothing is kept between calls."""

    def __init__(self, parts: HearingParts, voice: Path, *, exact: bool = False) -> None:
        """Put the parts of a recogniser together.

        Args:
            voice: the model of voice activity.
            exact: compute everything in float32 and in full, as the published model means it. Otherwise the
                vocabulary is searched in int8 first, and requests are heard by their sounding part.
        """
        self.encoder, self.decoder, self.tokens = parts.encoder, parts.decoder, parts.tokens
        if exact:
            self.encoder.float()
            self.decoder.float()
        self.search = WhisperSearch(self.decoder, parts.rules, exact=exact)
        self.exact = exact
        self.memories = Memories(self.encoder, self.decoder, parts.key)
        self.voice = voice

    @property
    def languages(self) -> Sequence[str]:
        """Codes of the languages it understands."""
        return list(self.tokens.languages)

    def transcribe(
        self, audio: Path | np.ndarray, *, language: str | None = None, translate: bool = False, beam: int = 1
    ) -> Iterator[Segment]:
        """Write down a recording; segments come as they are understood.

        Args:
            audio: a file, or samples (S,) or (S, channels) at 16 kHz.
            language: its code; detected from the first words when None.
            translate: into English.
            beam: beam width; 1 is greedy.

        Raises:
            UserError: an option that the model doesn't have, or a recording that cannot be read; the latter may come
                after segments when the damage lies further on.
        """
        check_options(self.languages, language, translate, beam)
        windows = self.windows(check_samples(audio) if isinstance(audio, np.ndarray) else audio)
        return self._segments(windows, language, translate, beam, quick=not self.exact)

    def hear(self, audio: Path | np.ndarray, *, language: str | None = None) -> tuple[str, str, float]:
        """A spoken request: (text, language, confidence 0 to 1). Silence and noise are ("", language, 0.0).

        Quicker than `transcribe`: only the sounding part is computed, and the rest too where that leaves a doubt.
        """
        windows = self.windows(check_samples(audio) if isinstance(audio, np.ndarray) else audio)
        segments = list(self._segments(windows, language, False, 1, quick=not self.exact))
        if not segments:
            return "", language or "en", 0.0
        weights = [len(segment.text) for segment in segments]
        logs = [math.log(max(segment.confidence, 1e-6)) for segment in segments]
        mean = sum(w * c for w, c in zip(weights, logs, strict=True)) / sum(weights)
        return " ".join(segment.text for segment in segments), segments[0].language, math.exp(mean)

    def windows(self, audio: Path | np.ndarray) -> SoundWindows:
        """A recording, ready to be read window by window."""
        config, voice = self.encoder.config, VoiceActivity(self.voice)
        if isinstance(audio, np.ndarray):
            return SoundWindows(lambda: iter((audio,)), voice, config.frames, config.mels, look_ahead=self.exact)
        return SoundWindows(lambda: sound_blocks(audio), voice, config.frames, config.mels, look_ahead=self.exact)

    def _segments(
        self, windows: SoundWindows, language: str | None, translate: bool, beam: int, quick: bool
    ) -> Iterator[Segment]:
        reading = Reading(self, language, translate, beam, quick)
        while (mel := windows.window(reading.seek)) is not None:
            yield from reading.window(mel, windows.voiced)

    def _decode(
        self,
        memory: MemoryCache,
        prompt: Sequence[int],
        beam: int,
        generator: torch.Generator,
        doubts: bool = False,
        draft: Sequence[int] = (),
        greedy: Decoded | None = None,
    ) -> tuple[Decoded, float]:
        """Greedy or beam first; where that repeats itself or is improbable, samples at rising temperatures.

        With `doubts` nothing is sampled: a temperature above 0 says that it would have been. `greedy` is the first
        attempt where it was made already.
        """
        tried: list[tuple[bool, float, Decoded]] = []
        for temperature in _TEMPERATURES:
            decoded = greedy or self.search.search(
                memory, prompt, beam=beam, temperature=temperature, generator=generator, draft=draft
            )
            greedy = None
            wordy = decoded.looped or compression(self.tokens.decode(decoded.tokens)) > _COMPRESSION
            unlikely = decoded.mean_logprob < _LOGPROB
            if not (wordy or unlikely) or (unlikely and decoded.no_speech > _NO_SPEECH):
                return decoded, temperature
            if doubts:
                return decoded, _TEMPERATURES[1]
            tried.append((not wordy, decoded.mean_logprob, decoded))
        return max(tried, key=lambda attempt: attempt[:2])[2], _TEMPERATURES[-1]


@dataclass(frozen=True)
class Asked:
    """A window that is ready to be decoded.

    Attributes:
        mel_1MF: its features.
        memory, prompt: what the decoder attends to, and begins with.
        sketched: the memory is the quick one.
    """

    mel_1MF: Tensor
    memory: MemoryCache
    prompt: tuple[int, ...]
    sketched: bool


class Reading:
    """How far a recording is written down, and what the next window needs of that.

    Attributes:
        seek: the frame that the next window begins with.
        language: its code; None until speech was heard.
        said: the latest words' tokens, the next window's prompt.
    """

    def __init__(
        self, hearing: Hearing, language: str | None = None, translate: bool = False, beam: int = 1, quick: bool = False
    ) -> None:
        self.hearing, self.language, self.seek, self.said = hearing, language, 0, list[int]()
        self._translate, self._beam, self._quick, self._sure = translate, beam, quick, 1.0
        self._generator = torch.Generator().manual_seed(0)  # the same recording gives the same text

    def fork(self) -> "Reading":
        """Another that goes on from here, and leaves this one where it is."""
        other = Reading(self.hearing, self.language, self._translate, self._beam, self._quick)
        other.seek, other.said, other._sure = self.seek, list(self.said), self._sure
        return other

    def move(self, seek: int, language: str) -> None:
        """Go on at another frame, as if a new recording in this language began there."""
        self.seek, self.language = seek, language
        self.said.clear()

    def window(
        self, mel_1MF: Tensor, voiced: Callable[[int, int, int], bool], draft: Sequence[int] = ()
    ) -> list[Segment]:
        """Read the window at `seek` and move on by the words that are complete in it.

        Args:
            voiced: see SoundWindows.voiced.
            draft: tokens that are likely in it; they save time where they are right, and change nothing.
        """
        asked = self.ask(mel_1MF, voiced)
        return [] if asked is None else self.settle(asked, *self.decide(asked, draft), voiced)

    def _silent(self, voiced: Callable[[int, int, int], bool]) -> int:
        """Frames at the window's beginning in which nobody speaks: in these, recognisers invent words."""
        silent = 0
        while not voiced(self.seek, self.seek + silent + _LEAD_FRAMES, 1):
            silent += _LEAD_FRAMES
        return silent

    def ask(self, mel_1MF: Tensor, voiced: Callable[[int, int, int], bool]) -> "Asked | None":
        """What is to be decoded of the window at `seek`; None, and moved on, where nobody speaks in it."""
        heard, size = self.hearing, mel_1MF.shape[2]
        if not voiced(self.seek, self.seek + size, _VOICED_STEPS):
            self.seek += size
            return None
        silent = 0 if heard.exact else self._silent(voiced)
        if not heard.exact and (silent or heard.tokens.decode(self.said[-8:]).rstrip().endswith(_SENTENCE_ENDS)):
            self.said.clear()  # what is over is no context: as a prompt it makes the model leave words out
        if silent >= 2 * _LEAD_FRAMES:
            self.seek += silent - _LEAD_FRAMES
            return None
        sketch = heard.memories.quick(mel_1MF) if self._quick else None
        memory = sketch or heard.memories.full(mel_1MF)
        if self.language is None:
            chances = heard.search.languages(memory)
            self.language = max(chances, key=lambda code: chances[code])
            self._sure = chances[self.language]
        context = heard.decoder.config.max_positions
        prompt = heard.tokens.prompt(self.language, self._translate, self.said, context)
        return Asked(mel_1MF, memory, tuple(prompt), sketch is not None)

    def decide(self, asked: "Asked", draft: Sequence[int] = (), greedy: Decoded | None = None) -> tuple[Decoded, float]:
        """The window's transcript, and the temperature at which it was found.

        Args:
            greedy: what greedy search says of it, where that is known already.
        """
        decode, settings = self.hearing._decode, (asked.prompt, self._beam, self._generator)
        decoded, temperature = decode(asked.memory, *settings, asked.sketched, draft, greedy)
        if asked.sketched and (temperature > 0 or decoded.mean_logprob < _DOUBT):
            full = self.hearing.memories.full(asked.mel_1MF)
            return decode(full, *settings, draft=decoded.tokens)
        return decoded, temperature

    def settle(
        self, asked: "Asked", decoded: Decoded, temperature: float, voiced: Callable[[int, int, int], bool]
    ) -> list[Segment]:
        """The segments of a decoded window; moves on by the words that are complete in it."""
        heard, size, language = self.hearing, asked.mel_1MF.shape[2], self.language
        assert language is not None
        if decoded.no_speech > _NO_SPEECH and decoded.mean_logprob <= _LOGPROB:
            self.seek += size
            return []
        pieces, step = split_by_times(decoded, size, heard.tokens.first_time)
        segments = []
        for piece in pieces:
            text = heard.tokens.decode(piece.tokens)
            start, end = self.seek + piece.start, self.seek + piece.end
            near = voiced(start - _NEAR_FRAMES, end + _NEAR_FRAMES, 1)
            if piece.start == piece.end or not text.strip() or not near:
                continue
            self.said.extend(piece.tokens)
            segments.append(Segment(
                start * _FRAME_S, end * _FRAME_S, text.strip(), language,
                confidence(piece, heard.tokens.end), self._sure, decoded.no_speech, temperature,
            ))  # fmt: skip
        if temperature > _FORGET_ABOVE:
            self.said.clear()
        del self.said[: -heard.decoder.config.max_positions]  # more is never used
        self.seek += step
        return segments


def load(name: str = "whisper-tiny.en", *, exact: bool = False) -> Hearing:
    """The recogniser of this name, loaded once a process: of the table ("tiny.en", "base"), pulled, or a folder.

    `exact` is the plain, slower way; see Hearing.

    Raises:
        UserError: there is no such recogniser (the names are listed), or its files are missing or damaged.
    """
    found = find_recogniser(name)
    with _loading:
        return _load(found.name, found.folder, exact)


@lru_cache(maxsize=2)
def _load(name: str, folder: Path | None, exact: bool) -> Hearing:
    if folder is not None:
        return load_folder(folder, exact=exact)
    weights = next(file for file in models.find(name).files if file.role == "weights")
    files, voice = models.files(name), models.files("silero-vad")["sequence"]
    return Hearing(packaged(files, f"{name}-padding-{weights.sha256[:16]}"), voice, exact=exact)


def load_folder(folder: Path, *, exact: bool = False) -> Hearing:
    """A recogniser from a Hugging Face folder of any Whisper; see `hearing_parts.published`.

    Raises:
        UserError: a file is missing or damaged; the tensor or field that is wrong is named.
    """
    return Hearing(published(folder), models.files("silero-vad")["sequence"], exact=exact)
