"""What a live transcript tells while somebody speaks: words that stay, a guess at the rest, and what is certain."""

from dataclasses import dataclass

from assistant.messages import Event


@dataclass(frozen=True)
class Stable(Event):
    """Words to append to those shown before; they are never taken back.

    Attributes:
        text: to be appended as it is: it begins with a blank where a new word begins.
        heard_s: seconds of sound taken in when they were shown.
    """

    text: str
    heard_s: float


@dataclass(frozen=True)
class Tentative(Event):
    """The present guess at what follows the stable words; the next event of this kind replaces it.

    Attributes:
        text: begins with a blank where a new word begins; empty where nothing is guessed any more.
        heard_s: seconds of sound taken in.
    """

    text: str
    heard_s: float


@dataclass(frozen=True)
class Paused(Event):
    """Nobody has spoken for half a second.

    Attributes:
        text: what was said since the last pause, its doubtful end included.
        heard_s: seconds of sound taken in.
        speech_end_s: when, from the beginning, the voice was last heard.
    """

    text: str
    heard_s: float
    speech_end_s: float


@dataclass(frozen=True)
class Settled(Event):
    """A segment exactly as the transcript of the whole recording has it.

    Attributes:
        start_s, end_s: seconds from the beginning.
        text: the words, without leading blank.
        language: code of the language spoken.
        confidence: 0 to 1.
    """

    start_s: float
    end_s: float
    text: str
    language: str
    confidence: float


@dataclass(frozen=True)
class Finished(Event):
    """The stream has ended.

    Attributes:
        text: all settled segments, which is the transcript of the whole recording.
        shown: all stable words: the same but for words that were shown early and read differently later.
        heard_s: seconds of sound.
    """

    text: str
    shown: str
    heard_s: float
