"""Text to sound, clause by clause: sound starts before the rest is synthesised, or even written.

    with Speaker(settings.load()) as speaker:
        for sound in speaker.clauses("Your appointment is on Tuesday. Bring your card."):
            ...                                   # sound.samples_F, sound.rate_hz, sound.text
        speaker.to_file("The same.", Path("answer.wav"))
        speaker.play("Aloud.", Priority.NOW).wait()

The main voice is Piper's; espeak-ng takes over when that fails, and is any voice whose name isn't Piper's. Both run as
child processes (assistant/engines). A text in another language than the main voice's is said by one of that language.
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from assistant.engines import level
from assistant.engines.child import Child, EngineFailed
from assistant.engines.level import Samples
from assistant.engines.rates import checked_rate
from assistant.engines.voices import Espeak, Piper, Voice
from assistant.speaking import clauses, sound_file
from assistant.speaking.spoken import spoken
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.speaking.playback import Player, Playing, Priority

RATE_HZ = 22050  # of every sound a Speaker makes, whichever engine made it
RETRY_S = 60.0  # a voice that failed is tried again after this long
FALLBACK_NOTICE = "The usual voice has stopped working, so a simpler one goes on."
REMEDY = "Install the package piper-tts or the program espeak-ng, or run: antigone doctor."
VOICE_REMEDY = "Use piper-joe, or a voice of espeak-ng such as en-us, en-gb-x-rp or de."
VOICES = {"en": "piper-joe", "pt": "pt-br"}  # other languages are the names of espeak-ng's voices
_PAUSES_S = {
    ".": 0.35,
    "!": 0.35,
    "?": 0.35,
    "…": 0.4,
    ":": 0.25,
    ";": 0.25,
    ",": 0.14,
    "—": 0.2,
}  # at 180 words a minute
_NO_PAUSE_S, _LINE_PAUSE_S = 0.03, 0.3


@dataclass(frozen=True)
class Sound:
    """One clause as sound.

    Attributes:
        samples_F: (F,) int16 mono, a pause fit for the clause's ending included.
        rate_hz: samples a second.
        text: the clause as it is written (not as it is said).
        notice: the program speaks of itself here ("a simpler voice goes on"); it is no part of the text.
    """

    samples_F: Samples
    rate_hz: int
    text: str
    notice: bool = False

    @property
    def seconds(self) -> float:
        return len(self.samples_F) / self.rate_hz


class Speaker:
    """A voice with its settings. Its children start with the first sound, or by `start`, and end with `close`.

    One Speaker may be used from several threads; each clause is synthesised whole by whoever comes first.

    Args:
        settings: speech_rate_wpm, voice, volume, pitch, threads are used; None reads the settings in force.
        rate_wpm: words a minute in place of the settings' rate.
        child: a process for Piper that was started already, while the settings were being read.

    Raises:
        UserError: the rate is outside 80 to 500.
    """

    def __init__(
        self, settings: "Settings | None" = None, rate_wpm: int | None = None, child: Child | None = None
    ) -> None:
        if settings is None:
            from assistant.settings import load

            settings = load()
        self.settings = settings
        self.rate_wpm = checked_rate(settings.speech_rate_wpm if rate_wpm is None else rate_wpm)
        self._language = "en" if settings.voice.startswith("piper-") else re.split("[-+]", settings.voice)[0]
        self.notices: list[str] = []  # said aloud when a voice fails, once each
        self.trouble = ""  # why the main voice failed, with its remedy
        self._child = child
        self._main: Voice | None = None
        self._others: dict[str, Voice] = {}  # by language, for texts that the main voice doesn't speak
        self._spare: Voice | None = None
        self._main_after = 0.0  # time.monotonic() before which the main voice is not tried again
        self._player: Player | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Speaker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin loading the voice, so that the first sound comes sooner. What fails is said with the first clause."""
        with contextlib.suppress(EngineFailed, UserError):
            self._voice().start()

    def clauses(
        self,
        text: str | Iterable[str],
        cancelled: Callable[[], bool] = lambda: False,
        rate_wpm: int | None = None,
        pitch: int | None = None,
        language: str | None = None,
    ) -> Iterator[Sound]:
        """The sounds of a text, one a clause, each synthesised when it is asked for.

        Args:
            text: a text, or its pieces as they come.
            cancelled: asked every 10 ms while a clause is synthesised; True ends the iteration.
            rate_wpm: words a minute for this text alone.
            pitch: semitones above the voice's own, for this text alone.
            language: the text's language code, such as "es"; a voice of that language says it. None: the main voice.

        Raises:
            UserError: no voice works here.
        """
        language = language or self._language
        for clause in clauses.split(text):
            said, rate = spoken(clause, language == "en"), self.rate_wpm if rate_wpm is None else checked_rate(rate_wpm)
            if cancelled():
                return
            if not said:
                continue
            known = len(self.notices)
            if said[-1].isalnum():  # the voice swallows the end of what has no mark at its end
                said += "." if _is_line(clause) else ","
            samples_F = self._say(said, rate, cancelled, pitch, language)
            if samples_F is None:
                return
            for notice in self.notices[known:]:
                told_F = self._say(notice, rate, cancelled, pitch, self._language)
                if told_F is not None:
                    yield Sound(self._finished(told_F, rate, notice), RATE_HZ, notice, notice=True)
            yield Sound(self._finished(samples_F, rate, clause), RATE_HZ, clause)

    def to_file(self, text: str | Iterable[str], path: Path) -> float:
        """Write a text as a WAV file (16-bit mono), whole or not at all; its length in seconds.

        Raises:
            UserError: the path cannot be written, or no voice works here.
        """
        sounds = (sound.samples_F for sound in self.clauses(text) if not sound.notice)
        return sound_file.write(Path(path), sounds, RATE_HZ)

    def play(
        self,
        text: "str | Iterable[str] | Sound",
        priority: "Priority | None" = None,
        language: str | None = None,
    ) -> "Playing":
        """Speak through the loudspeaker; returns at once.

        Args:
            text: a text, its pieces as they come, or a ready sound (an earcon).
            priority: NORMAL waits its turn, NEXT comes right after what is being said, NOW interrupts it.
            language: the text's language code; None for the main voice's.

        Raises:
            UserError: this machine has no loudspeaker.
        """
        from assistant.speaking.playback import Loudspeaker, Player, Priority

        with self._lock:
            if self._player is None:
                self._player = Player(RATE_HZ, lambda rate_hz: Loudspeaker(rate_hz, self.settings.loudspeaker))
        normal = Priority.NORMAL if priority is None else priority
        if isinstance(text, Sound):
            return self._player.add(lambda cancelled: iter([text]), normal)
        return self._player.add(lambda cancelled: self.clauses(text, cancelled, language=language), normal)

    def stop(self) -> None:
        """Silence at once (within 100 ms), and forget what was waiting."""
        if self._player is not None:
            self._player.stop()

    def close(self) -> None:
        """Fall silent and end the child processes."""
        if self._player is not None:
            self._player.close()
        for process in (self._main, self._spare, self._child, *self._others.values()):
            if process is not None:
                process.close()

    def with_rate(self, rate_wpm: int) -> None:
        """Speak at another rate (words a minute) from the next clause on. Raises UserError outside 80 to 500."""
        self.rate_wpm = checked_rate(rate_wpm)

    def _voice(self) -> Voice:
        with self._lock:
            if self._main is None:
                self._main = _open(self.settings.voice, self.settings.threads, self._child)
            return self._main

    def _other(self, language: str) -> Voice:
        """A voice of a language that the main voice doesn't speak."""
        with self._lock:
            if language not in self._others:
                self._others[language] = _open(VOICES.get(language, language), self.settings.threads, None)
            return self._others[language]

    def _say(
        self, said: str, rate: int, cancelled: Callable[[], bool], pitch: int | None, language: str
    ) -> Samples | None:
        """A clause's bare sound by the voice of its language or, when that fails, by the spare one."""
        if language != self._language:
            with contextlib.suppress(EngineFailed):  # then in the accent of the main voice
                return self._sound(self._other(language), said, rate, cancelled, pitch)
        if time.monotonic() >= self._main_after:
            try:
                return self._sound(self._voice(), said, rate, cancelled, pitch)
            except EngineFailed as error:
                if isinstance(self._main, Espeak) and "no voice named" in str(error):
                    raise UserError(f"There is no voice named {self.settings.voice}.", VOICE_REMEDY) from None
                self._main_after = time.monotonic() + RETRY_S
                self.trouble = str(error)
        with self._lock:
            self._spare = self._spare or Espeak()
        try:
            samples_F = self._sound(self._spare, said, rate, cancelled, pitch)
        except EngineFailed as error:
            raise UserError(f"No voice works here: {self.trouble}; espeak-ng: {error}.", REMEDY) from None
        if FALLBACK_NOTICE not in self.notices and not isinstance(self._main, Espeak):
            self.notices.append(FALLBACK_NOTICE)
        return samples_F

    def _sound(
        self, voice: Voice, said: str, rate: int, cancelled: Callable[[], bool], pitch: int | None
    ) -> Samples | None:
        samples_F = voice.say(said, rate, self.settings.pitch if pitch is None else pitch, cancelled)
        return None if samples_F is None else level.resample(samples_F, voice.rate_hz, RATE_HZ)

    def _finished(self, samples_F: Samples, rate: int, clause: str) -> Samples:
        """The clause at the settings' volume with the pause that its ending asks for."""
        unmarked_s = _LINE_PAUSE_S if _is_line(clause) else _NO_PAUSE_S
        pause_s = _PAUSES_S.get(clause.rstrip("\"'”’»)]*_ ")[-1:], unmarked_s)
        silence_F = np.zeros(int(RATE_HZ * pause_s * 180 / rate), dtype=np.int16)
        return np.concatenate([(samples_F * self.settings.volume).astype(np.int16), silence_F])


def _is_line(clause: str) -> bool:
    """Whether a clause without a mark at its end is a line or a heading: short, unlike a joint in a run of words."""
    return len(clause.split()) < clauses.FIRST.join


def _open(name: str, threads: int, child: Child | None) -> Voice:
    """The voice of this name: one of the model table, or else espeak-ng's.

    Raises:
        UserError: there is no such voice.
        EngineFailed: its files are missing or damaged.
    """
    if not name.startswith("piper-"):
        return Espeak(name)
    from assistant import models

    models.find(name)  # a voice that is not in the table is the user's mistake; a damaged one is ours to work around
    try:
        files = models.files(name)
    except UserError as error:
        raise EngineFailed(f"{error.text} {error.remedy}") from None
    return Piper(files["weights"], files["config"], threads, child)
