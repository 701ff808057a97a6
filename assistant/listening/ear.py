"""The ear: a microphone's samples in, turns out.

    ear = Ear(hearing.load(), turn_end.load(), patience="normal")
    for event in ear.push(samples): ...                      # SpeechBegan, WordsSoFar, SpeechPaused, TurnEnded ...

While somebody speaks, the words so far are read about once a second. A sixth of a second after the voice falls silent
the turn is read once more, and Smart Turn asked whether the speaker has finished; if they go on, neither counts. So
when the silence has lasted long enough to be sure, the words are there already.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from assistant.hearing import Hearing
from assistant.hearing_windows import VOICE_SAMPLES, VoiceActivity
from assistant.listening.endings import Patience, silence_s
from assistant.listening.events import NothingSaid, SpeechBegan, SpeechPaused, TurnEnded, WakeHeard, WordsSoFar
from assistant.listening.expected import COMMANDS, Expected
from assistant.listening.inventions import believable
from assistant.listening.jobs import Done, Jobs
from assistant.listening.turn import Turn
from assistant.listening.turn_end import TurnEnd
from assistant.listening.turn_text import Spoken, TurnText
from assistant.listening.voice_steps import STEP_S, VoiceSteps
from assistant.messages import Event
from encoders.audio_input import SAMPLE_RATE, check_samples

if TYPE_CHECKING:
    from assistant.listening.wake import WakeWord
    from assistant.settings import Settings

ATTENTION_S = 8.0  # after the wake word, and after each turn
_LEAD_STEPS = 16  # of sound before the voice: soft beginnings are told late
_ASK_STEPS = 5  # 0.16 s of silence: longer than a stop consonant
_NOTHING_S = 0.3  # of silence, where there are no words
_WORDS_EACH_S = 1.0  # between readings while somebody speaks
_WORDS_SHARE, _WORDS_MOST_S = 0.2, 2.5  # or this share of a long turn, but no more than that
_WAKE_STEPS, _WAKE_S = 3, 2.0  # of sound kept after the wake word, which is heard late; how long it takes at most
_READ, _FINISHED = "read", "finished"


class Ear:
    """Turns what is heard into events. May be used from several threads."""

    def __init__(
        self, hearing: Hearing, turn_end: TurnEnd, *, patience: Patience = "normal", executor: Executor | None = None,
        wake: Callable[[], None] = lambda: None, wake_word: "WakeWord | None" = None, language: str | None = None,
        expected: Sequence[str] = COMMANDS,
    ) -> None:  # fmt: skip
        """Begin to listen; the sample clock starts at 0.

        Args:
            patience: how long a pause may last within a turn.
            executor: recognises beside `push`, best on two threads; without one all is done within `push`.
            wake: called from the executor's threads when `results` has something to give.
            wake_word: speech counts only for some seconds after it; see `attend`.
            language: code of the language spoken; detected in each turn when None.
            expected: English phrases that are likely where little is said.
        """
        self.patience: Patience = patience
        self._hearing, self._turn_end, self._language = hearing, turn_end, language
        self._expected = Expected(hearing, expected) if expected and list(hearing.languages) == ["en"] else None
        self._voice, self._steps = VoiceActivity(hearing.voice), VoiceSteps()
        self._jobs, self._wake_word = Jobs(executor, wake), wake_word
        self._lock, self._closed = RLock(), False
        self._pending, self._clock = np.zeros(0, np.float32), 0  # samples
        self._attends_until = 0.0 if wake_word else float("inf")
        self._lead: deque[tuple[np.ndarray, float]] = deque(maxlen=_LEAD_STEPS)
        self._turn: Turn | None = None
        self._closing = deque[Turn]()  # over, but not read to the end
        self._reading: Turn | None = None
        self._events = list[Event]()

    @property
    def waiting(self) -> bool:
        """Whether a turn goes on, or its words are still being read."""
        return self._turn is not None or bool(self._closing)

    @property
    def now_s(self) -> float:
        """Seconds of sound taken in."""
        return self._clock / SAMPLE_RATE

    def push(self, samples: np.ndarray) -> list[Event]:
        """Take samples (S,) of 16 kHz, as many as there are; returns what follows, and results that are ready.

        Raises:
            UserError: the samples are no sound; or what the recogniser failed with.
        """
        samples = check_samples(samples)
        with self._lock:
            if self._closed:
                return []
            whole = np.concatenate((self._pending, samples))
            for at in range(0, len(whole) - VOICE_SAMPLES + 1, VOICE_SAMPLES):
                self._take(whole[at : at + VOICE_SAMPLES])
            self._pending = whole[len(whole) - len(whole) % VOICE_SAMPLES :].copy()
            return self.results()

    def results(self) -> list[Event]:
        """What has become known since the last call.

        Raises:
            UserError: what the recogniser failed with; that turn is lost, later ones are not.
        """
        with self._lock:
            self._collect()
            events, self._events = self._events, []
            return events

    def flush(self) -> list[Event]:
        """End the turn now: push-to-talk was released, or the stream is over. Raises as `results`."""
        with self._lock:
            if self._turn is None and self._steps.suspected and not self._closed:
                self._begin()
            if self._turn is not None:
                if len(self._pending):
                    self._turn.add(self._pending, 0.0)
                self._end(self._turn)
            return self.results()

    def attend(self, seconds: float = ATTENTION_S) -> None:
        """Let speech count without the wake word for so many seconds more: a conversation goes on."""
        with self._lock:
            self._attends_until = max(self._attends_until, self.now_s + seconds)

    def discard(self) -> None:
        """Forget what was said and not yet handed over."""
        with self._lock:
            self._rest()
            self._closing.clear()
            self._events.clear()

    def close(self) -> None:
        """Stop listening: nothing comes any more. The executor stays the caller's."""
        with self._lock:
            self._closed = True
            self.discard()

    def _take(self, block: np.ndarray) -> None:
        """One step of 32 ms."""
        self._clock += VOICE_SAMPLES
        chance = float(self._voice.push(block)[0])
        self._hear_wake_word(block)
        if self._turn is None:
            self._lead.append((block, chance))
            if self._steps.onset(chance) and self.now_s <= self._attends_until:
                self._begin()
        else:
            self._follow(self._turn, block, chance)
        self._collect()

    def _begin(self) -> None:
        self._turn = turn = self._new_turn(self.now_s - self._steps.suspected * STEP_S)
        for block, chance in self._lead:
            turn.add(block, chance)
        turn.voiced = self._steps.suspected
        self._lead.clear()
        self._events.append(SpeechBegan(self.now_s))

    def _new_turn(self, began_s: float) -> Turn:
        text = TurnText(self._hearing, self._language, self._expected)
        return Turn(text, began_s, heard_s=self.now_s, read_s=self.now_s)

    def _follow(self, turn: Turn, block: np.ndarray, chance: float) -> None:
        turn.add(block, chance)
        if self._steps.follow(chance):
            turn.voice(self.now_s)
            each_s = max(_WORDS_EACH_S, min(_WORDS_MOST_S, _WORDS_SHARE * (self.now_s - turn.began_s)))
            if self.now_s - turn.read_s >= each_s:
                self._read(turn)
        elif self._steps.silent >= _ASK_STEPS and not turn.asked:
            turn.asked = True
            self._events.append(SpeechPaused(turn.heard_s))
            self._read(turn)
            heard_s, samples = turn.heard_s, turn.last_seconds()
            self._jobs.start((_FINISHED, turn, heard_s), lambda: self._turn_end.finished(samples))

    def _read(self, turn: Turn) -> None:
        """Read a turn up to now, or as soon as the reading that goes on has ended."""
        if self._reading is not None:
            return
        self._reading, turn.read_s = turn, self.now_s
        samples, chances = turn.take_unread()

        def work() -> Spoken:
            turn.text.add(samples, chances)
            return turn.text.read()

        self._jobs.start((_READ, turn, turn.heard_s if turn.asked or turn.decided_s is not None else None), work)

    def _collect(self) -> None:
        """Take what jobs have found, end turns that are over, and read what waits to be read."""
        while True:
            for done in self._jobs.done():
                self._found(done)
            turn = self._turn
            if turn is not None and turn.asked and self._steps.silent_s >= self._silence_s(turn):
                self._end(turn)
            while self._closing and (spoken := self._closing[0].spoken) is not None:
                self._tell(self._closing.popleft(), spoken)
            wanting = (one for one in (*self._closing, self._turn) if one and one.asked and one.spoken is None)
            unread = next(wanting, None)
            if unread is None or self._reading is not None:
                return
            self._read(unread)

    def _found(self, done: Done) -> None:
        what, turn, heard_s = done.key
        assert isinstance(turn, Turn)
        if what == _READ:
            self._reading = None
        if turn is not self._turn and turn not in self._closing:
            return  # discarded
        if done.error is not None:
            self._drop(turn)
            raise done.error
        current = heard_s == turn.heard_s
        if what == _FINISHED:
            turn.finished = done.value if current else turn.finished
            return
        if current:
            turn.spoken = done.value
        text = done.value.text
        if turn.decided_s is None and (current or text != turn.latest) and believable(done.value, turn.voiced):
            turn.latest = text
            self._events.append(WordsSoFar(text))

    def _silence_s(self, turn: Turn) -> float:
        """The silence after which a turn is over, by what is known of it."""
        if turn.spoken is not None and not believable(turn.spoken, turn.voiced):
            return _NOTHING_S
        if turn.spoken is None:
            return silence_s(self.patience, None, None)
        return silence_s(self.patience, turn.finished, turn.spoken.text, turn.spoken.language)

    def _end(self, turn: Turn) -> None:
        turn.decided_s = self.now_s
        turn.asked = True
        self._closing.append(turn)
        quiet = self._steps.silent
        self._rest()
        self._lead.extend(turn.quiet_end(quiet))  # the next may begin right away

    def _tell(self, turn: Turn, spoken: Spoken) -> None:
        assert turn.decided_s is not None  # it is over
        if not believable(spoken, turn.voiced):
            self._events.append(NothingSaid(turn.decided_s))
            return
        self.attend()
        self._events.append(TurnEnded(
            spoken.text, spoken.language, spoken.confidence, turn.began_s, turn.heard_s, turn.decided_s
        ))  # fmt: skip

    def _drop(self, turn: Turn) -> None:
        if turn is self._turn:
            self._rest()
        else:
            self._closing.remove(turn)

    def _rest(self) -> None:
        self._turn = None
        self._steps.rest()
        self._lead.clear()

    def _hear_wake_word(self, block: np.ndarray) -> None:
        """What was said before the wake word, and the word itself, are no part of a turn."""
        if self._wake_word is None or not self._wake_word.push(block):
            return
        self.attend()
        self._events.append(WakeHeard(self.now_s))
        if self._turn is None:
            self._steps.rest()
            self._lead = deque(list(self._lead)[-_WAKE_STEPS:], _LEAD_STEPS)
        elif self.now_s - self._turn.began_s < _WAKE_S:
            self._turn = Turn(
                TurnText(self._hearing, self._language, self._expected), self.now_s, self.now_s, read_s=self.now_s
            )


def open_ear(options: "Settings", *, executor: Executor | None = None, wake: Callable[[], None] = lambda: None) -> Ear:
    """An ear with the models and manners that the settings ask for.

    Raises:
        UserError: a model is missing or damaged, or the wake word's extra isn't installed.
    """
    from assistant import hearing
    from assistant.listening import turn_end
    from assistant.listening.wake import WakeWord

    word = WakeWord(options.wake_word) if options.wake_word else None
    heard, ends = hearing.load(options.hearing_model), turn_end.load()
    speaks = options.language if options.language != "en" and options.language in heard.languages else None
    return Ear(heard, ends, patience=options.patience, executor=executor, wake=wake, wake_word=word, language=speaks)
