"""One wish of a request, in the user's own words, with what the tagger says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CERTAIN = 2.0  # log-odds from which the tagger's word that a step begins is not put in question


@dataclass(frozen=True)
class Clause:
    """One thing the user wants, in the user's own words and case.

    Attributes:
        hints: log-probability of each label, from who read the whole request; empty where nobody did.
        begun: log-odds, from the same, that a step begins with these words; 0 where nobody said.
    """

    words: str
    hints: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)
    begun: float = field(default=0.0, compare=False, repr=False)

    @property
    def plain(self) -> str:
        return plain(self.words)

    @property
    def begins(self) -> bool:
        """Whether the tagger leaves no doubt that a step begins here."""
        return self.begun > CERTAIN


def plain(words: str) -> str:
    """Lower case, straight apostrophes, no punctuation but what belongs to numbers and times."""
    text = words.lower().replace("’", "'")
    text = re.sub(r"(?<!\d)[.,:;!?\"“”()]|[.,:;!?\"“”()](?!\d)", " ", text)
    return " ".join(text.split())
