"""What the ear tells: when somebody speaks, what is heard so far, and the turn that they have finished.

All times are seconds of the microphone's sample clock: samples taken in, divided by 16,000. They say nothing of the
wall clock, so a recording gives the same events however fast it is pushed.
"""

from dataclasses import dataclass

from assistant.messages import Event


@dataclass(frozen=True)
class SpeechBegan(Event):
    """Somebody speaks. Each is followed by one `TurnEnded` or `NothingSaid`, unless the ear is told to discard it.

    Attributes:
        at_s: when it was noticed, seconds; the first sound lies about 0.1 s before.
    """

    at_s: float


@dataclass(frozen=True)
class WordsSoFar(Event):
    """What is heard of the turn while it goes on; the next event of this kind replaces it.

    After each `SpeechPaused` one comes for the words until there, though they may be those of the one before.

    Attributes:
        text: the words, without leading blank; they may still change.
    """

    text: str


@dataclass(frozen=True)
class SpeechPaused(Event):
    """The voice has paused; the turn may be over or go on. Goes on without another `SpeechBegan`.

    Attributes:
        at_s: when the voice was last heard, seconds.
    """

    at_s: float


@dataclass(frozen=True)
class TurnEnded(Event):
    """The speaker has finished: what they said.

    Attributes:
        text: the words as recognised, never empty.
        language: code of the language spoken.
        confidence: of the words, 0 to 1.
        began_s: when the voice was first heard, seconds.
        ended_s: when the voice was last heard, seconds.
        decided_s: when it was decided that the turn is over, seconds; recognition may end later.
    """

    text: str
    language: str
    confidence: float
    began_s: float
    ended_s: float
    decided_s: float


@dataclass(frozen=True)
class NothingSaid(Event):
    """What seemed to be speech held no words: a cough, noise, music.

    Attributes:
        at_s: when that was decided, seconds.
    """

    at_s: float


@dataclass(frozen=True)
class WakeHeard(Event):
    """The wake word was said: what follows is meant for the program.

    Attributes:
        at_s: when it was recognised, seconds.
    """

    at_s: float
