"""A turn begun while the user may still be speaking, so that its answer is ready when it is certain that they are not.

Only what leaves no trace is done ahead (turns.RunningTurn, `guessed`): words that turn out otherwise cost nothing
but the work.
"""

from collections.abc import Callable

from assistant.messages import AnswerPart, Event, Request
from assistant.steps.clause import plain
from assistant.talking.mouth import Mouth
from assistant.talking.turns import RunningTurn, Told, may_guess

EACH_PAUSE = 2  # by the words known when the pause begins, and by those read in it
FEWEST = 2  # words: one alone is a command, a yes, or not all


class Guess:
    """The turn that is probably asked for.

    Args:
        begin: makes and starts a turn that waits for its confirmation.
        mouth: makes the answer's first clause ahead.
        keep: takes what the turn has told so far, once it is what was asked.
    """

    def __init__(self, begin: Callable[[Request], RunningTurn], mouth: Mouth, keep: Callable[[Told], None]) -> None:
        self._begin, self._mouth, self._keep = begin, mouth, keep
        self._turn: RunningTurn | None = None
        self._told: list[Event] = []
        self._left = 0
        self._latest = ""
        self._read = False  # whether the words were read in this pause: until then reading needs the processor

    def words(self, text: str) -> str:
        """Note the words so far; those to guess by where a pause lasts, else ""."""
        self._latest, self._read = text, self._left > 0
        return text if self._left else ""

    def pause(self) -> str:
        """A pause begins; the words to guess by."""
        self._left, self._read = EACH_PAUSE, False
        return self._latest

    def make(self, text: str) -> None:
        """Begin the turn that these words ask for, unless it has begun."""
        if self._turn is not None and plain(self._turn.request.text) == plain(text):
            self._prepare()
            return
        self._cancel()
        if not self._left or len(text.split()) < FEWEST or not may_guess(text):
            return
        self._left -= 1
        self._turn = self._begin(Request(text))

    def told(self, told: Told) -> bool:
        """Keep an event if it is of the guessed turn."""
        if told.turn is not self._turn:
            return False
        if told.event is not None:
            self._told.append(told.event)
            self._prepare()
        return True

    def _prepare(self) -> None:
        part = next((event for event in self._told if isinstance(event, AnswerPart)), None)
        if part is not None and self._read:
            self._mouth.prepare(part.text)

    def take(self, request: Request) -> RunningTurn | None:
        """The guessed turn, its events handed over, where it is what was asked; else None, and it is closed."""
        turn = self._turn
        same = turn is not None and Request(turn.request.text) == turn.request and request == Request(request.text)
        if turn is None or not same or plain(turn.request.text) != plain(request.text) or turn.over.is_set():
            self.drop()
            return None
        told, self._turn, self._told, self._latest, self._left = self._told, None, [], "", 0
        for event in told:
            self._keep(Told(turn, event))
        turn.confirm()
        return turn

    def drop(self) -> None:
        """It was something else."""
        self._cancel()
        self._latest, self._left = "", 0

    def _cancel(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn, self._told = None, []
            self._mouth.forget()
