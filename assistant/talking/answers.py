"""One answer on its way from the agent's turn to the user: its parts, what was heard of them, what it asks."""

import re
from dataclasses import dataclass, field

from assistant.languages import text as sentence
from assistant.messages import Answer, AnswerPart, ConsentAsked, Failed, Request
from assistant.settings import Settings
from assistant.speaking.playback import Playing
from assistant.talking.mouth import Mouth
from assistant.talking.turns import RunningTurn

WORTH_A_HINT = 12  # words of "more": for less the hint would be as long as what it offers


@dataclass
class Question:
    """A change that waits for the user's yes.

    Attributes:
        text: the question as the agent asked it.
        said_s: time.monotonic() at which its last word was heard; None before. Only words after that are a yes.
    """

    text: str
    said_s: float | None = None


@dataclass
class SpokenAnswer:
    """The answer of one turn.

    Attributes:
        turn: whose answer it is; None for one that is said again.
        parts: what of it was given to the voice, in order.
        playings: the messages that say it.
        began_s, ended_s: time.monotonic() of the first and last sound that was heard.
        complete: nothing comes after what was given to the voice.
        question: what it asks, if it asks for consent.
    """

    turn: RunningTurn | None
    mouth: Mouth
    options: Settings
    parts: list[str] = field(default_factory=list)
    playings: list[Playing] = field(default_factory=list)
    began_s: float | None = None
    ended_s: float | None = None
    complete: bool = False
    question: ConsentAsked | None = None
    tools: int = 0

    @property
    def request(self) -> Request:
        """What was asked."""
        return self.turn.request if self.turn is not None else Request()

    @property
    def committed(self) -> bool:
        """Whether its turn has kept or changed something."""
        return self.turn is not None and self.turn.committed

    @property
    def text(self) -> str:
        """What was given to the voice, as one text."""
        return " ".join(self.parts)

    def say(self, text: str, language: str | None = None) -> None:
        """Give a piece of it to the voice."""
        if not text:
            return
        self.parts.append(text)
        playing = self.mouth.say(text, language=language)
        if playing is not None:
            self.playings.append(playing)
        elif self.began_s is None:
            self.began_s = self.mouth.clock()  # a screen reader says it

    def say_again(self) -> None:
        """Begin anew with all that was given to the voice so far."""
        text, self.parts, self.playings = self.text, [], []
        self.began_s = self.ended_s = None
        self.say(text)

    def part(self, event: AnswerPart) -> None:
        """A clause that is ready before the rest is known."""
        self.say(event.text)

    def finish(self, event: Answer | Failed) -> None:
        """The whole: what the parts did not say yet, and as much of "more" as the verbosity asks for."""
        self.complete = True
        if isinstance(event, Failed):
            self._rest(f"{event.text} {event.remedy}".strip())
            return
        self._rest(event.text)
        verbosity = self.request.settings.get("verbosity", self.options.verbosity)
        if event.more and verbosity == "full":
            self.say(event.more)
        elif len(event.more.split()) >= WORTH_A_HINT and verbosity == "normal" and self.question is None:
            self.say(sentence("voice.more", self.options.language), self.options.language)

    def heard(self) -> None:
        """See what the voice has said of it by now."""
        began = [playing.began_s for playing in self.playings if playing.began_s is not None]
        if self.began_s is None and began:
            self.began_s = min(began)
        if self.ended_s is None and self.complete and all(playing.wait(0) for playing in self.playings):
            ended = [playing.ended_s for playing in self.playings if playing.ended_s is not None]
            self.ended_s = max(ended, default=self.mouth.clock())

    def _rest(self, whole: str) -> None:
        said, wanted = _letters(self.text), _letters(whole)
        if said == wanted:
            return
        self.heard()
        if not said or self.began_s is None:
            for playing in self.playings:
                self.mouth.drop(playing)
            self.parts, self.playings = [], []
            self.say(whole)
        elif wanted.endswith(said):  # a doubt that stands before it comes after it where speech has begun
            self.say(whole[: len(whole) - len(self.text)].strip())
        elif wanted.startswith(said):
            self.say(whole[len(self.text) :].strip())
        else:
            self.say(whole)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()
