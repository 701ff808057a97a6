"""Spoken turns over the real voice loop, and the moment of everything that happens in them."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from assistant.listening.events import TurnEnded
from assistant.messages import Answer, AnswerPart, Event, Failed, ToolCalled
from assistant.session import open_session
from assistant.settings import load
from assistant.speech import Speaker
from assistant.talking.events import AnswerBegan, Commanded, StateChanged
from assistant.voice import VoiceLoop, open_loop
from benchmarks.voice_requests import Clip, misheard, said
from benchmarks.voice_room import Noted, Told

PATIENCE_S = 15.0  # for an answer to begin
PAUSE_S = 0.6  # between turns
Record = dict[str, Any]


@dataclass
class Conversation:
    """A voice loop that runs in a thread of its own, and the moments of its events."""

    loop: VoiceLoop
    room: Told
    loudspeaker: Noted
    events: list[tuple[float, Event]]
    changed: threading.Condition

    def ask(self, clip: Clip) -> Record:
        """Say a request, wait for the first sound of its answer, cut the rest off.

        Returns:
            Seconds after the end of the request at which the turn was decided to be over, its text was there, the
            first words of the answer were known, and they were heard; None where that never came.
        """
        known = len(self.events)
        begin_s = self.room.say(clip.samples_S)
        end_s = begin_s + clip.end_s
        began = self.wait(lambda event: isinstance(event, AnswerBegan), known, clip.end_s + PATIENCE_S)
        time.sleep(0.4)
        since = self.events[known:]
        self.quiet()
        ended = [(at_s, event) for at_s, event in since if isinstance(event, TurnEnded)]
        words = " ".join(event.text for _, event in ended)
        failed = [f"{event.text} {event.remedy}" for _, event in since if isinstance(event, Failed)]
        called, tools = [event.name for _, event in since if isinstance(event, ToolCalled)], clip.tools.split()
        record: Record = {
            "text": clip.text, "voice": clip.voice, "seconds": round(clip.end_s, 2), "heard": words,
            "wrong": misheard(clip.text, words), "count": len(said(clip.text)), "turns": len(ended),
            "early": bool(ended) and ended[0][1].decided_s + self.room.begin_s < end_s,
            "right": called[-len(tools) :] == tools, "failed": failed,
        }  # fmt: skip
        first = next((at_s for at_s, event in since if isinstance(event, AnswerPart | Answer)), None)
        sound = self.loudspeaker.first_sound(began.at_s) if isinstance(began, AnswerBegan) else None
        stages = {"decided": ended[-1][1].decided_s + self.room.begin_s if ended else None,
                  "said": ended[-1][0] if ended else None, "answer": first, "sound": sound}  # fmt: skip
        return record | {name: None if at is None else round(at - end_s, 3) for name, at in stages.items()}

    def interrupt(self, question: Clip, words: Clip, after_s: float) -> Record:
        """Ask something with a long answer, speak into it, and see how soon it is silent."""
        known = len(self.events)
        self.room.say(question.samples_S)
        began = self.wait(lambda event: isinstance(event, AnswerBegan), known, question.end_s + PATIENCE_S)
        if not isinstance(began, AnswerBegan):
            return {"text": words.text, "voice": words.voice, "silent": None}
        time.sleep(after_s)
        voice_s = self.room.say(words.samples_S) + words.begin_s
        time.sleep(words.end_s + 0.5)
        silent_s = next((at_s for at_s in list(self.loudspeaker.silenced) if at_s > voice_s), None)
        silent = None if silent_s is None else round(silent_s - voice_s, 3)
        time.sleep(1.0)
        self.quiet()
        return {"text": words.text, "voice": words.voice, "silent": silent}

    def quiet(self) -> None:
        """End what is being said, and wait until the loop listens again."""
        known = len(self.events)
        self.loop.post(Commanded("stop"))
        self.wait(lambda event: isinstance(event, StateChanged) and event.state == "listening", known, 1.5)
        time.sleep(PAUSE_S)

    def wait(self, wanted: Callable[[Event], bool], known: int, most_s: float) -> Event | None:
        """The first such event after `known` others; None when the time is over."""
        ends = time.monotonic() + most_s
        with self.changed:
            while True:
                for _, event in self.events[known:]:
                    if wanted(event):
                        return event
                left_s = ends - time.monotonic()
                if left_s <= 0 or (not self.changed.wait(left_s) and time.monotonic() > ends):
                    return None


@contextmanager
def conversation() -> Iterator[Conversation]:
    """A conversation in the settings in force, ready to be spoken to."""
    options = load({"echo": "headphones"})
    room, loudspeaker = Told(), Noted()
    with open_session(options) as session, Speaker(options) as speaker:
        loop = open_loop(session, speaker, options, loudspeaker.open)
        talk = Conversation(loop, room, loudspeaker, [], threading.Condition())

        def run() -> None:
            for event in loop.run(room):
                with talk.changed:
                    talk.events.append((time.monotonic(), event))
                    talk.changed.notify_all()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        talk.wait(lambda event: isinstance(event, StateChanged) and event.state == "listening", 0, 60)
        try:
            yield talk
        finally:
            room.close()
            thread.join(10)
            loop.close()


def middle(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
