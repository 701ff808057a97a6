"""A room for the voice loop's tests: an ear, a player, an agent and a clock that do what the test says, and no threads
of sound. The loop, its rules and its mouth are the real ones."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from assistant.listening.events import NothingSaid, SpeechBegan, TurnEnded, WordsSoFar
from assistant.listening.microphone import Block
from assistant.messages import Answer, AnswerPart, ConsentAsked, Event, Request, Thinking, ToolCalled, ToolReturned
from assistant.settings import Settings
from assistant.speaking import clauses
from assistant.speaking.playback import Priority
from assistant.speech import Sound
from assistant.talking.inbox import Ready, Wake
from assistant.talking.turns import RunningTurn
from assistant.voice import VoiceLoop
from kernels.errors import UserError

REQUESTS: dict[str, Sequence[Event]] = {
    "what time is it": (
        Thinking("Thinking."),
        ToolCalled("tell_time"),
        ToolReturned("tell_time"),
        AnswerPart("It is nine. The sun is up."),
        Answer("It is nine. The sun is up."),
    ),
    "remind me to call tom": (
        Thinking("Thinking."),
        ToolCalled("set_reminder", {}, "keep"),
        ToolReturned("set_reminder"),
        AnswerPart("I will remind you."),
        Answer("I will remind you."),
    ),
    "delete my notes": (
        Thinking("Thinking."),
        ConsentAsked("Delete all 3 notes? Say yes or no.", "delete_note"),
        AnswerPart("Delete all 3 notes? Say yes or no."),
        Answer("Delete all 3 notes? Say yes or no."),
    ),
    "write a note": (AnswerPart("What should I write down?"), Answer("What should I write down?")),
    "yes": (ToolCalled("delete_note", {}, "change"), ToolReturned("delete_note"), Answer("The notes are deleted.")),
    "no": (Answer("All right, I left it as it was."),),
}


class Agent:
    """Answers from a script; anything else is echoed. Remembers what it was asked and how far each turn came."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.ran: list[str] = []  # tools that ran
        self.closed: list[str] = []  # requests whose turn was closed before its end

    def turn(self, request: Request) -> Iterator[Event]:
        self.asked.append(request)
        script = REQUESTS.get(request.text.lower().strip(" .?!"), (AnswerPart("Something."), Answer("Something.")))
        try:
            for event in script:
                yield event
                if isinstance(event, ToolCalled):
                    self.ran.append(event.name)
        except GeneratorExit:
            self.closed.append(request.text)
            raise


class Ear:
    """Tells what the test lets it tell."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.flushed: list[Event] = []  # what the next flush tells
        self.pushed = 0
        self.waiting = False
        self.attended: list[float] = []
        self.trouble: UserError | None = None

    def push(self, samples_S: np.ndarray) -> list[Event]:
        self.pushed += len(samples_S)
        return self.results()

    def results(self) -> list[Event]:
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            self.events.clear()
            raise trouble
        events, self.events = self.events, []
        return events

    def flush(self) -> list[Event]:
        events, self.flushed = self.flushed, []
        return events

    def discard(self) -> None:
        self.events.clear()

    def attend(self, seconds: float) -> None:
        self.attended.append(seconds)

    def close(self) -> None: ...


class Voice:
    """A speaker whose clauses are silent; `rate` of each is kept."""

    def __init__(self) -> None:
        self.rates: list[int | None] = []

    def clauses(self, text: str, cancelled: Any = None, rate_wpm: int | None = None, **_: Any) -> Iterator[Sound]:
        for clause in clauses.split(text):
            self.rates.append(rate_wpm)
            yield Sound(np.full(100, 1000, np.int16), 22050, clause)


class Message:
    """What the player was given."""

    def __init__(self, make: Any, priority: Priority) -> None:
        self.priority, self.error, self.held, self.cancelled = priority, None, False, False
        self.began_s: float | None = None
        self.ended_s: float | None = None
        self.over = False
        self.sounds = make(lambda: self.cancelled)
        self.cut: Sound | None = None

    def wait(self, timeout_s: float | None = None) -> bool:
        return self.over

    def cancel(self) -> None:
        self.cancelled = True


class Stage:
    """A player that says a clause when the test tells it to; the order and the pause are the real player's."""

    def __init__(self, clock: "Clock") -> None:
        self.clock, self.paused = clock, False
        self.waiting: list[Message] = []
        self.heard: list[tuple[float, str]] = []
        self.loudest = 0

    def add(self, make: Any, priority: Priority = Priority.NORMAL) -> Message:
        message = Message(make, priority)
        place = len(self.waiting)
        if priority is not Priority.NORMAL:
            begun = priority is Priority.NEXT and bool(self.waiting) and self.waiting[0].began_s is not None
            place = next((i for i, one in enumerate(self.waiting) if i >= begun and one.priority < priority), place)
        self.waiting.insert(place, message)
        return message

    def clause(self) -> str | None:
        """Say the next clause; None where there is none that may be said."""
        while True:
            self.waiting = [one for one in self.waiting if not self._gone(one)]
            may = (one for one in self.waiting if not self.paused or (one.priority is Priority.NOW and not one.held))
            message = next(may, None)
            if message is None:
                return None
            sound = message.cut or next(message.sounds, None)
            if sound is None:
                message.over = True
                continue
            message.began_s = self.clock.now if message.began_s is None else message.began_s
            message.ended_s = self.clock.now
            message.cut = None
            self.heard.append((self.clock.now, sound.text))
            self.loudest = int(np.abs(sound.samples_F.astype(int)).max())
            self.last = (message, sound)
            return sound.text

    def half(self) -> str | None:
        """Say the beginning of the next clause: a pause cuts it."""
        said = self.clause()
        self.last[0].cut = self.last[1]
        return said

    def all(self) -> list[str]:
        """Say everything; the clauses' texts, earcons left out."""
        said = []
        while (text := self.clause()) is not None:
            said.append(text)
        return [text for text in said if text]

    def _gone(self, message: Message) -> bool:
        message.over = message.over or message.cancelled
        return message.over

    def pause(self) -> None:
        self.paused = True
        for message in self.waiting:
            message.held = True

    def resume(self) -> None:
        self.paused = False
        for message in self.waiting:
            message.held = False

    def stop(self) -> None:
        for message in self.waiting:
            message.cancelled = message.over = True
        self.waiting.clear()
        self.paused = False

    @property
    def busy(self) -> bool:
        self.waiting = [one for one in self.waiting if not self._gone(one)]
        return bool(self.waiting)

    def spoken(self, since_s: float) -> list[str]:
        return [text for at_s, text in self.heard if text and at_s >= since_s]

    def events(self) -> list[Event]:
        return []

    def close(self) -> None:
        self.stop()


class Clock:
    """Seconds, moved on by the test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Room:
    """The loop among its stand-ins. Events that it told are in `told`."""

    def __init__(self, *, ready: bool = True, push_to_talk: bool = False, **settings: Any) -> None:
        self.clock, self.agent, self.ear, self.voice = Clock(), Agent(), Ear(), Voice()
        self.stage = Stage(self.clock)
        self.turns: list[RunningTurn] = []
        self.told: list[Event] = []
        self.loop = VoiceLoop(
            self.agent, self.voice, self.stage, self.ear, Settings(earcons=False, **settings),
            start=self.turns.append, clock=self.clock, push_to_talk=push_to_talk,
        )  # fmt: skip
        if ready:
            self.put(Ready())
            self.stage.all()
            self.stage.heard.clear()
            self.pass_s(1.0)

    # what happens

    def put(self, *items: Any) -> list[Event]:
        """Put items into the inbox and let the loop take them; what it told."""
        told: list[Event] = []
        for item in items:
            self.loop.inbox.put(item)
        while not self.loop.inbox.empty():
            told += self.loop.step()
        told += self.loop.step()
        self.told += told
        return told

    def pass_s(self, seconds: float) -> list[Event]:
        """Time passes, in steps of at most half a second, and the microphone hears nothing."""
        told: list[Event] = []
        while seconds > 0:
            step = min(seconds, 0.5)
            self.clock.now, seconds = self.clock.now + step, seconds - step
            told += self.put(Block(np.zeros(int(step * 16000), np.float32), self.clock.now - step))
        return told

    def ear_tells(self, *events: Event) -> list[Event]:
        self.ear.events += events
        return self.put(Wake())

    def begins(self) -> list[Event]:
        """The user begins to speak, now."""
        return self.ear_tells(SpeechBegan(self._ear_now()))

    def coughs(self) -> list[Event]:
        self.begins()
        self.pass_s(0.5)
        return self.nothing()

    def nothing(self) -> list[Event]:
        """What seemed to be speech had no words."""
        return self.ear_tells(NothingSaid(self._ear_now()))

    def ends(
        self, text: str, confidence: float = 0.9, language: str = "en", began_s: float | None = None
    ) -> list[Event]:
        """The user has finished these words."""
        now = self._ear_now()
        began_s = now - 1.0 if began_s is None else began_s
        return self.ear_tells(WordsSoFar(text), TurnEnded(text, language, confidence, began_s, now - 0.3, now))

    def says(self, text: str, confidence: float = 0.9, language: str = "en") -> list[Event]:
        """The user says something, from now on, for a second."""
        began_s = self._ear_now()
        told = self.begins()
        self.pass_s(1.0)
        return told + self.ends(text, confidence, language, began_s)

    def _ear_now(self) -> float:
        return self.clock.now - self.loop._zero_s

    # what the agent does

    def thinks(self, steps: int) -> list[Event]:
        """The newest turn takes so many events."""
        for _ in range(steps):
            self.turns[-1].step()
        return self.put()

    def answers(self) -> list[Event]:
        """All turns run to their ends."""
        for turn in self.turns:
            if not turn.over.is_set():
                turn.run()
        return self.put()

    def asks(self, text: str) -> list[str]:
        """A whole exchange; what was said."""
        self.says(text)
        self.answers()
        said = []
        while (clause := self.stage.clause()) is not None:
            said.append(clause)
            self.put()
        self.pass_s(0.5)
        return said

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.agent.asked]

    @property
    def state(self) -> str | None:
        return self.loop.talk.state
