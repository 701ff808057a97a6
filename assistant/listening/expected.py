"""Short commands, told by how well they fit the sound where a free transcript makes something else of them.

Said alone, "slower" becomes "Flower." and "undo" "And you.": half a second of sound holds little to go by. So the few
phrases that are likely there are scored by the recogniser itself, all at once, and the best is taken where it fits
nearly as well as the free transcript and clearly better than the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from assistant.hearing import Asked, Hearing
from decoder.whisper_search import Decoded

COMMANDS = (
    "Stop.", "Wait.", "Pause.", "Go on.", "Continue.", "Repeat.", "Slower.", "Faster.", "Louder.", "Quieter.",
    "Spell that.", "Spell it.", "Undo.", "Help.", "Read it again.", "What did you say?",
)  # fmt: skip
_OTHERS = ("Yes.", "No.")  # compete, but are never put in place of other words: they may be consent
_LONGEST_STEPS, _MOST_WORDS = 40, 4  # 1.3 s with a voice
_BEHIND, _AHEAD = 3.0, 1.5  # log-probability: at most so far behind the free transcript, so far ahead of the next
_LIKELY = 0.13  # probability a token: below this the sound is none of these


@dataclass(frozen=True)
class Fit:
    """A phrase that was said. `confidence`, 0 to 1, is its share of the probability of all the phrases."""

    text: str
    confidence: float


class Expected:
    """Phrases that are likely where little is said, ready to be scored. Safe to use from several threads."""

    def __init__(self, hearing: Hearing, phrases: Sequence[str] = COMMANDS) -> None:
        self._hearing, self._phrases = hearing, tuple(dict.fromkeys((*phrases, *_OTHERS)))
        self._tokens = [hearing.tokens.encode(f" {phrase}") for phrase in self._phrases]
        self._known = {_plain(phrase) for phrase in self._phrases}

    def fit(self, asked: Asked, decoded: Decoded, voiced: int) -> Fit | None:
        """The phrase that was said in place of the free transcript `decoded`; None where that stands.

        Args:
            voiced: steps of 32 ms with a voice.
        """
        end, first_time = self._hearing.tokens.end, self._hearing.tokens.first_time
        free = [chance for token, chance in zip(decoded.tokens, decoded.logprobs, strict=True) if token < end]
        text = self._hearing.tokens.decode(decoded.tokens)
        if not free or voiced > _LONGEST_STEPS or len(text.split()) > _MOST_WORDS or _plain(text) in self._known:
            return None
        start = next((token for token in decoded.tokens if token >= first_time), first_time)
        scores = self._scores(asked, start)
        best, second = scores.topk(2).indices.tolist()
        behind, likely = sum(free) - float(scores[best]), float((scores[best] / len(self._tokens[best])).exp())
        clear = float(scores[best] - scores[second]) >= _AHEAD and behind <= _BEHIND and likely >= _LIKELY
        if not clear or self._phrases[best] in _OTHERS:
            return None
        return Fit(self._phrases[best], float(scores.softmax(-1)[best]))

    @torch.inference_mode()
    def _scores(self, asked: Asked, start: int) -> Tensor:
        """Log-probability (phrases,) of each phrase after the prompt and a first timestamp."""
        heard = self._hearing
        before, width = [*asked.prompt, start], max(map(len, self._tokens))
        said_PT = torch.tensor([tokens + [heard.tokens.end] * (width - len(tokens)) for tokens in self._tokens])
        ids_PT = torch.cat((torch.tensor([before]).expand(len(said_PT), -1), said_PT), dim=1)
        cache = heard.decoder.new_cache(len(ids_PT), ids_PT.shape[1])
        hidden_PTD = heard.decoder.hidden(ids_PT, cache, asked.memory)[:, len(before) - 1 : -1]
        logits_PTV = heard.decoder.logits(hidden_PTD)
        logits_PTV[..., heard.search.rules.mask] = -torch.inf
        logits_PTV[..., heard.tokens.first_time :] = -torch.inf
        chosen_PT = logits_PTV.log_softmax(-1).gather(-1, said_PT[..., None])[..., 0]
        return chosen_PT.masked_fill(said_PT == heard.tokens.end, 0.0).sum(-1)


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
