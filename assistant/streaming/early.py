"""Words before their window is full: read again and again as sound arrives, shown where two readings agree."""

from collections.abc import Sequence

from torch import Tensor

from assistant.hearing import Hearing, compression
from assistant.streaming.words import Word, agreed, last_text, split_tokens
from decoder.whisper_search import Decoded

TRIM_FRAMES = 1200  # beyond 12 s, what was said in whole segments is left behind
_WORDY, _UNLIKELY, _NO_SPEECH = 2.4, -1.0, 0.6  # as for whole windows: such a reading says nothing
_SURE = -0.6  # the mean log-probability of words that need no second reading where silence follows


class EarlyReader:
    """Reads the sound since `start` on from the words it has already decided (LocalAgreement-2, see words.agreed).

    Decided tokens are given to the decoder as the beginning of its answer: they cost one step together, and what
    follows fits them.

    Attributes:
        start: the first frame that is read.
        decided: tokens that stay, timestamps included, counted from `start`.
        guess: the rest of the last reading.
        language: its code; None until words were decided.
    """

    def __init__(self, hearing: Hearing, language: str | None, translate: bool) -> None:
        self.hearing, self.language, self._translate = hearing, language, translate
        self.start, self.decided, self.guess = 0, list[int](), tuple[int, ...]()
        self._said = list[int]()  # text tokens of words before `start`

    def read(self, mel_1MF: Tensor, quiet: bool = False, last: bool = False) -> list[Word]:
        """Read the sound since `start`; returns the words that are decided now.

        Args:
            quiet: nobody speaks at its end: likely words are decided at once.
            last: it is read no more: every word is decided.
        """
        heard, vocabulary = self.hearing, self.hearing.tokens
        memory = heard.memories.quick(mel_1MF) or heard.memories.full(mel_1MF)
        language = self.language
        if language is None:
            chances = heard.search.languages(memory)
            language = max(chances, key=lambda code: chances[code])
        prompt = vocabulary.prompt(language, self._translate, self._said, heard.decoder.config.max_positions)
        decoded = heard.search.search(memory, prompt, prefix=self.decided)
        fresh = decoded.tokens[len(self.decided) :]
        if not self._sensible(decoded, fresh):
            self.guess = ()
            return []
        certain = last or (quiet and decoded.mean_logprob >= _SURE)
        count = last_text(fresh, vocabulary.end) if certain else agreed(self.guess, fresh, vocabulary, language)
        self.decided.extend(fresh[:count])
        self.guess = () if certain else fresh[count:]
        if count:
            self.language = language
        return split_tokens(fresh[:count], vocabulary, language)

    def tail(self) -> str:
        """The text of the guess."""
        return self.hearing.tokens.decode(self.guess)

    def draft(self, start: int, words: Sequence[Word]) -> list[int]:
        """The tokens that a window at frame `start` is likely to hold; `words` are those shown after it."""
        if start == self.start:
            return [*self.decided, *self.guess]
        first = self.hearing.tokens.first_time
        return [first, *(token for word in words for token in word.tokens), *self.guess] if words else []

    def move(self, start: int, words: Sequence[Word]) -> None:
        """Go on from another frame; `words` are decided already and lie after it."""
        self._leave(self.decided)
        carried = [token for word in words for token in (word.tokens or self.hearing.tokens.encode(word.text))]
        if carried:
            del self._said[-len(carried) :]
            carried.insert(0, self.hearing.tokens.first_time)
        self.start, self.decided, self.guess = start, carried, ()

    def rest(self, start: int) -> None:
        """Begin anew from a frame in a silence: what comes is no continuation of what was said before."""
        self.start, self.decided, self.guess = max(self.start, start), [], ()
        self._said.clear()

    def trim(self, now: int) -> None:
        """Leave decided segments behind where what is read has grown long."""
        first = self.hearing.tokens.first_time
        ends = [i for i in range(1, len(self.decided)) if self.decided[i] >= first and self.decided[i - 1] >= first]
        if now - self.start <= TRIM_FRAMES or not ends:
            return
        step = self.decided[ends[-1] - 1] - first
        self._leave(self.decided[: ends[-1]])
        rest = self.decided[ends[-1] :]
        self.decided = [token - step if token >= first else token for token in rest]
        self.guess = tuple(token - step if token >= first else token for token in self.guess)
        self.start += 2 * step

    def add(self, words: Sequence[Word]) -> None:
        """Words before `start` that were shown from elsewhere: context for what follows."""
        self._leave([token for word in words for token in (word.tokens or self.hearing.tokens.encode(word.text))])

    def _leave(self, tokens: Sequence[int]) -> None:
        self._said.extend(token for token in tokens if token < self.hearing.tokens.end)
        del self._said[: -self.hearing.decoder.config.max_positions]

    def _sensible(self, decoded: Decoded, fresh: Sequence[int]) -> bool:
        if decoded.mean_logprob < _UNLIKELY and (decoded.no_speech > _NO_SPEECH or not self.decided):
            return False
        return not decoded.looped and compression(self.hearing.tokens.decode(fresh)) <= _WORDY
