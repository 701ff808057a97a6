"""What the voice loop says: answers, notices and earcons, at a rate and a volume that may change while it talks.

The rate and the volume are the loop's own: the `Speaker` may serve other loops at the same time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from assistant.engines.rates import FASTEST_WPM, SLOWEST_WPM
from assistant.listening.echo import is_own_words
from assistant.phrases.spelling import spell_out
from assistant.settings import Settings
from assistant.speaking import clauses, earcons
from assistant.speaking.playback import Player, Playing, Priority
from assistant.speech import Sound, Speaker
from kernels.errors import UserError

RATE_STEP = 1.2
VOLUME_STEP = 2**0.5  # 3 dB: plainly more or less
LOUDEST, SOFTEST = 2.0, 0.1  # beside the voice's own level; above 1 peaks are rounded off
REMEMBERED_S = 60.0  # how long what a screen reader was given to say counts as our own words
ECHO_S = 0.25  # how long our own words may still be in the room after they were played
READ_WORDS = 3  # of what a screen reader says; fewer may be the user's: "yes" after "say yes or no"
SHORTEST_START, LONG_START = 3, 8  # words as they are said
_VERBS = frozenset(
    ("is", "are", "was", "were", "will", "has", "have", "can", "costs", "means", "comes", "makes", "equals")
)
_JOINTS = frozenset(("at", "on", "in", "for", "from", "with", "and", "or", "but", "by", "to", "until", "of", "that"))
_ROUND_ABOVE = 0.6  # of full scale


@dataclass
class Message:
    """A text on its way: what is left of it can be said anew at another rate."""

    text: str
    priority: Priority
    language: str | None
    playing: Playing


class Ahead:
    """The sounds of a text, of which the first is made at once, before anybody asks for it."""

    def __init__(self, make: Callable[[Callable[[], bool]], Iterator[Sound]]) -> None:
        self._dropped = threading.Event()
        self._cancelled: Callable[[], bool] = self._dropped.is_set
        self._sounds = make(lambda: self._cancelled())
        self._first: Sound | UserError | None = None
        self._made = threading.Event()
        threading.Thread(target=self._make_first, name="first clause", daemon=True).start()

    def sounds(self, cancelled: Callable[[], bool]) -> Iterator[Sound]:
        """All of them. Raises UserError when one can't be made."""
        self._cancelled = lambda: self._dropped.is_set() or cancelled()
        self._made.wait()
        if isinstance(self._first, UserError):
            raise self._first
        if self._first is not None:
            yield self._first
            yield from self._sounds

    def drop(self) -> None:
        """It won't be said."""
        self._dropped.set()

    def _make_first(self) -> None:
        try:
            self._first = next(self._sounds, None)
        except UserError as error:
            self._first = error
        except Exception as error:
            self._first = UserError(f"The voice failed ({type(error).__name__}).", "Run: antigone doctor")
        finally:
            self._made.set()


class Mouth:
    """Says texts through a player.

    Args:
        speaker: the voice.
        player: where its sound goes.
        options: rate, volume, earcons, language, and whether anything is spoken at all (`speech`).
    """

    def __init__(
        self, speaker: Speaker, player: Player, options: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock = clock
        self.rate_wpm, self.volume = options.speech_rate_wpm, options.volume
        self._speaker, self._player, self._options = speaker, player, options
        self._messages: list[Message] = []
        self._silent: list[tuple[float, str]] = []  # said by a screen reader in our place
        self._ahead: tuple[str, int, Ahead] | None = None

    def say(self, text: str, priority: Priority = Priority.NORMAL, language: str | None = None) -> Playing | None:
        """Say a text; None where speech is off."""
        if not self._options.speech:
            self._silent.append((self.clock(), text))
            return None
        ready, self._ahead = self._ahead, None
        if ready is not None and ready[:2] != (text, self.rate_wpm):
            ready[2].drop()
            ready = None
        ahead = ready[2] if ready is not None else Ahead(self._maker(text, language))
        message = Message(text, priority, language, self._player.add(ahead.sounds, priority))
        self._messages = [*(one for one in self._messages if not one.playing.wait(0)), message]
        return message.playing

    def prepare(self, text: str) -> None:
        """Make the first clause of what is perhaps said next."""
        if self._options.speech and (self._ahead is None or self._ahead[:2] != (text, self.rate_wpm)):
            self.forget()
            self._ahead = (text, self.rate_wpm, Ahead(self._maker(text, None)))

    def forget(self) -> None:
        """What was prepared isn't wanted."""
        if self._ahead is not None:
            self._ahead[2].drop()
            self._ahead = None

    def spell(self, text: str, phonetic: bool) -> Playing | None:
        """Say a text letter by letter, each a clause of its own; `phonetic` with a code word for each.

        Raises:
            UserError: there is nothing to spell.
        """
        names = spell_out(text, phonetic)[0].rstrip(".").split(", ")
        return self.say("\n".join(f"{name}." for name in names), Priority.NOW)

    def earcon(self, name: earcons.Name, priority: Priority = Priority.NORMAL) -> Playing | None:
        """Play an earcon where the settings want them; one whose file is damaged is left out."""
        try:
            sound = earcons.sound(name, self._options)
        except UserError:
            return None
        if sound is None:
            return None
        return self._player.add(lambda cancelled: iter([self._loud(sound)]), priority)

    def silence(self) -> None:
        """No more of anything, within 100 ms; a pause is over. What was prepared is kept."""
        self._messages.clear()
        self._player.stop()

    def drop(self, playing: Playing) -> None:
        """Say no more of this message."""
        self._messages = [one for one in self._messages if one.playing is not playing]
        playing.cancel()

    def is_own(self, text: str, began_s: float) -> bool:
        """Whether words that began at `began_s` are our own, by our voice or by a screen reader's."""
        if is_own_words(text, self._player.spoken(began_s - ECHO_S)):
            return True
        now = self.clock()
        self._silent = [one for one in self._silent if now - one[0] < REMEMBERED_S]  # nobody knows when it says them
        return len(text.split()) >= READ_WORDS and is_own_words(text, [shown for _, shown in self._silent])

    def cut(self) -> str:
        """The clause that was being said when a pause began; "" where none was."""
        for message in self._messages:
            if message.playing.began_s is not None and not message.playing.wait(0):
                return next(iter(clauses.split(self._rest(message))), "")
        return ""

    def change_rate(self, faster: bool) -> bool:
        """Speak faster or slower from the clause on that was cut; False where that is the limit."""
        wanted = self.rate_wpm * RATE_STEP if faster else self.rate_wpm / RATE_STEP
        rate = min(max(round(wanted / 10) * 10, SLOWEST_WPM), FASTEST_WPM)
        if rate == self.rate_wpm:
            return False
        self.rate_wpm = rate
        return True

    def change_volume(self, louder: bool) -> bool:
        """Speak louder or more quietly from the clause on that was cut; False where that is the limit."""
        wanted = max(self.volume, SOFTEST) * VOLUME_STEP if louder else self.volume / VOLUME_STEP
        volume = min(max(wanted, SOFTEST), LOUDEST)
        if abs(volume - self.volume) < 0.01:
            return False
        self.volume = volume
        return True

    def anew(self) -> dict[Playing, Playing]:
        """Put what isn't said yet in its place again, as the voice is now; the new message of each old one."""
        old = [one for one in self._messages if not one.playing.wait(0) and not one.playing.cancelled]
        self._messages.clear()
        changed = {}
        for message in old:
            rest = self._rest(message)
            message.playing.cancel()
            playing = self.say(rest, message.priority, message.language)
            if playing is not None:
                changed[message.playing] = playing
        return changed

    def _rest(self, message: Message) -> str:
        """What is left of a message, from the clause on that was cut."""
        if message.playing.began_s is None:
            return message.text
        head, rest = cut_short(message.text) if message.language is None else ("", message.text)
        pieces, cut = [*([head] if head else []), *clauses.split(rest)], 0
        for said in self._player.spoken(message.playing.began_s):
            cut = next((place for place in range(cut, len(pieces)) if pieces[place] == said), cut)
        at = 0
        for piece in pieces[:cut]:
            at = message.text.find(piece, at) + len(piece)
        return message.text[at:].lstrip()

    def _maker(self, text: str, language: str | None) -> Callable[[Callable[[], bool]], Iterator[Sound]]:
        rate = self.rate_wpm

        def make(cancelled: Callable[[], bool]) -> Iterator[Sound]:
            head, rest = cut_short(text) if language is None else ("", text)
            if head:
                for sound in self._speaker.clauses(f"{head},", cancelled, rate_wpm=rate):
                    yield self._loud(replace(sound, text=head))
            for sound in self._speaker.clauses(rest, cancelled, rate_wpm=rate, language=language):
                yield self._loud(sound)

        return make

    def _loud(self, sound: Sound) -> Sound:
        """At the loop's volume; the speaker and the earcons were at the settings' volume already."""
        gain = self.volume / max(self._options.volume, 0.01)
        if abs(gain - 1.0) < 0.01:
            return sound
        wave_F = sound.samples_F.astype(np.float32) / 32768 * gain
        over_F = np.abs(wave_F) - _ROUND_ABOVE
        room = 1 - _ROUND_ABOVE
        rounded_F = np.sign(wave_F) * (_ROUND_ABOVE + room * np.tanh(np.maximum(over_F, 0) / room))
        wave_F = np.where(over_F > 0, rounded_F, wave_F)
        return replace(sound, samples_F=(wave_F * 32767).astype(np.int16))


def cut_short(text: str) -> tuple[str, str]:
    """(head, rest) of a text whose first clause is long: nothing is heard before that is made. The head is "" else."""
    first = next(iter(clauses.split(text)), "")
    words = first.split()
    if sum(map(_weight, words)) <= LONG_START:
        return "", text
    weight, best = 0, 0
    for place, word in enumerate(words):
        bare = word.lower()
        if SHORTEST_START <= weight <= LONG_START and (bare in _VERBS or (bare in _JOINTS and not best)):
            best = place
            if bare in _VERBS:
                break
        weight += _weight(word)
    if not best:
        return "", text
    end = 0
    for word in words[:best]:
        end = text.index(word, end) + len(word)
    return text[:end].strip().rstrip(","), text[end:].lstrip()


def _weight(word: str) -> int:
    """About how many words it is when said: numbers are long."""
    digits = sum(map(str.isdigit, word))
    return max(1, digits)
