"""The sentence of a document that answers a question, verbatim, with how likely it is that it does; or none.

Each sentence of the chunks that were found is judged by what it shares with the question in words and in meaning, and by
whether it holds the kind of thing that is asked for. The weights are fitted on written questions, some of which the
documents answer and some not (benchmarks/documents_answers.py, tests/library/questions.jsonl).
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.library.search import Match, Weighed
from assistant.state.similar import Encode
from assistant.steps.extraction import MONTH, Document

MOST_PASSAGES = 32
NO_COSINE = 0.5  # counted where there is no encoder: then words decide
LONGEST_QUOTE = 400  # letters
ALMOST = 0.75  # of the best chance: a neighbouring sentence that comes so close is quoted with it
ABOUT = 0.8  # chance that a passage is right whose heading is what was asked about
ENOUGH = (
    0.72  # chance from which a passage is said to answer; chosen on the part "fit", where a wrong answer weighs double
)

# per feature, in the order of `features`, and the constant; fitted by benchmarks/documents_answers.py --fit
WEIGHTS = (4.41, 1.78, 1.96, 1.89, 1.17)
BIAS = -4.49

_ABOUT = re.compile(
    r"\b(?:sa(?:y|ys|id)|stand|written|mention\w*|tell me|information|anything|rules?)\b.*\b(?:about|on|regarding)\b",
    re.I,
)
_DATE = rf"\b(?:{MONTH})\b|\b\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:19|20)\d\d\b"
_SPAN = r"\b(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|sixty|ninety|half)[ -](?:more )?(?:calendar |working |full )?(?:second|minute|hour|day|night|week|month|year)s?\b"
_CLOCK = r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?(?:am|pm|o'clock)\b|\bnoon\b|\bmidnight\b|\bmidday\b"
_MONEY = r"[£$€] ?\d|\b\d[\d.,]* ?(?:pounds?|dollars?|euros?|eur|usd|gbp|pence|cents?)\b|\bfree of charge\b|\bfree\b|\bno charge\b"
_NUMBER = r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|once|twice|none|no|half)\b"
_PERSON = r"(?-i:\b(?!The |This |You |It |If |In |On |We |Your |Please |All |For |When )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+)|(?-i:\b(?:Dr|Mr|Mrs|Ms|Miss|Prof)\.? [A-Z])|\b(?:landlord|tenant|manager|owner|insurer|customer|doctor|agent|council|company|user|member|treasurer|secretary)s?\b"
_PLACE = r"\b\d+\w? (?:[A-Z][\w'’-]+ )+|\b(?:street|road|avenue|lane|floor|room|hall|house|building|office|station|stop|behind|beside|next to|under|above|below|in the|at the|on the|left|right|side|back|front|bottom|top)\b"

_WANTED: tuple[tuple[str, str], ...] = (  # (how it is asked for, what it looks like): the first that fits counts
    (r"\bphone\b|telephone|number (?:to|do|can|should|for)|\b(?:ring|dial)\b", r"(?:\+?\d[\d ()/-]{4,}\d)"),
    (r"\be-?mail\b", r"\S+@\S+"),
    (r"\bweb ?site\b|web address", r"www\.|https?://|\.(?:com|org|net|example|uk|de)\b"),
    (r"how long|how (?:soon|many (?:days|weeks|months|years|hours|minutes))|notice|deadline|by when|how late", f"{_SPAN}|{_DATE}|{_CLOCK}"),
    (r"how often|how frequently|how regularly", rf"{_SPAN}|\b(?:every|once|twice|daily|weekly|monthly|yearly|each|times|per)\b"),
    (r"what time|opening|(?:when|until when) .*\b(?:open|close|start|begin|leave|depart|arrive)s?\b", f"{_CLOCK}|{_DATE}"),
    (r"\bwhen\b|what (?:day|date|year|month)|which (?:day|date)", f"{_DATE}|{_CLOCK}|{_SPAN}"),
    (r"how much|\bcosts?\b|\bprice\b|\bfee\b|\brent\b|\bdeposit\b|\bpay\b|\bcharged?\b|\bexcess\b", f"{_MONEY}|{_NUMBER}"),
    (r"how many|how (?:high|tall|wide|deep|far|hot|old|loud|heavy|big|large|warm|fast|strong)|what (?:temperature|number|percentage|size|pressure|capacity)|\bnumber\b", _NUMBER),
    (r"\bwho(?:m|se)?\b", _PERSON),
    (r"\bwhere\b|\baddress\b|which (?:room|floor|street|building|platform)", _PLACE),
)  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """A sentence of a chunk, the chunk it stands in, and the chance that it answers, 0 to 1."""

    text: str
    match: Match
    chance: float


def best(
    question: str, weighed: Weighed, matches: Sequence[Match], titles: Mapping[int, str], encode: Encode | None
) -> list[Passage]:
    """The passages of the matches, the likeliest answer first, one a chunk.

    Args:
        matches: chunks that were found, best first.
        titles: of each document, by its id.
    """
    passages = passages_of(matches, weighed)
    if not passages:
        return []
    table = features(question, weighed, passages, titles, encode)
    chances = 1 / (1 + np.exp(-(table @ np.array(WEIGHTS) + BIAS)))
    about = _ABOUT.search(question) is not None
    found: dict[int, Passage] = {}
    for at in sorted(range(len(passages)), key=lambda at: (-chances[at], at)):
        match = passages[at][1]
        if match.chunk in found:
            continue
        if about and match.heading and weighed.coverage(match.heading.split(" > ")[-1]) > 0.99:
            found[match.chunk] = Passage(_body(match), match, round(max(float(chances[at]), ABOUT), 3))
        else:
            found[match.chunk] = Passage(_whole(passages, at, chances), match, round(float(chances[at]), 3))
    return sorted(found.values(), key=lambda passage: -passage.chance)


def passages_of(matches: Sequence[Match], weighed: Weighed) -> list[tuple[str, Match]]:
    """Sentences of running text and single rows and items elsewhere, each with its chunk; a heading alone is none.

    Of many, those are kept that share most words with the question; the first chunks' come first.
    """
    found: list[tuple[str, Match]] = []
    for match in matches:
        headings = {part.strip() for part in match.heading.split(" > ")}
        pieces = _sentences(match)
        found += [(piece, match) for piece in [piece for piece in pieces if piece not in headings] or pieces]
    if len(found) <= MOST_PASSAGES:
        return found
    shared = [weighed.coverage(text) for text, _ in found]
    kept = sorted(sorted(range(len(found)), key=lambda at: (-shared[at], at))[:MOST_PASSAGES])
    return [found[at] for at in kept]


def _sentences(match: Match) -> list[str]:
    if match.kind == "table":
        return [row.strip() for row in match.text.splitlines() if row.strip()]
    return list(Document(tuple(match.text.splitlines())).passages)


def features(
    question: str,
    weighed: Weighed,
    passages: Sequence[tuple[str, Match]],
    titles: Mapping[int, str],
    encode: Encode | None,
) -> NDArray[np.float64]:
    """What speaks for each passage, (passages, 5): its cosine with the question, read below its heading; the weighted
    share of the question's words in it, and in it with heading and title; its chunk's cosine; and whether it holds what
    is asked for (1), does not (-1), or nothing particular is asked for (0)."""
    cosines = _cosines(question, passages, encode)
    rows = []
    for (text, match), cosine in zip(passages, cosines, strict=True):
        around = f"{titles.get(match.document, '')} {match.heading} {text}"
        rows.append((cosine, weighed.coverage(text), weighed.coverage(around), match.cosine, wanted(question, text)))
    return np.array(rows, np.float64)


def _cosines(question: str, passages: Sequence[tuple[str, Match]], encode: Encode | None) -> list[float]:
    if encode is None:
        return [NO_COSINE] * len(passages)
    headed = [f"{match.heading.split(' > ')[-1]}: {text}" if match.heading else text for text, match in passages]
    vectors = np.asarray(encode([question, *headed]), np.float32)
    cosines: list[float] = (vectors[1:] @ vectors[0]).tolist()
    return cosines


def wanted(question: str, text: str) -> float:
    """1 where the text holds the kind of thing that is asked for, -1 where it does not, 0 where no kind is told."""
    for asks, looks in _WANTED:
        if re.search(asks, question, re.I):
            return 1.0 if re.search(looks, text, re.I) else -1.0
    return 0.0


def _whole(passages: Sequence[tuple[str, Match]], at: int, chances: NDArray[np.float64]) -> str:
    """A passage with the sentences beside it that answer almost as well; one that only announces what follows takes it
    along."""
    text, match = passages[at]
    pieces = _sentences(match)
    first = last = pieces.index(text)
    near = {one: float(chance) for (one, of), chance in zip(passages, chances, strict=True) if of is match}
    least = ALMOST * float(chances[at])
    if match.kind == "paragraph":
        first -= first > 0 and near.get(pieces[first - 1], 0.0) >= least
        last += last + 1 < len(pieces) and near.get(pieces[last + 1], 0.0) >= least
    while last + 1 < len(pieces) and pieces[last].endswith(":"):
        last += 1
    joined = " ".join(pieces[first : last + 1])
    return _cut(joined if len(joined) <= LONGEST_QUOTE else text)


def _body(match: Match) -> str:
    """What stands under a heading, as far as one can listen to at once."""
    headings = set(match.heading.split(" > "))
    text = ""
    for piece in _sentences(match):
        if piece in headings:
            continue
        if text and len(text) + len(piece) > LONGEST_QUOTE:
            break
        text = f"{text} {piece}".strip()
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rsplit(' ', 1)[0]} ..."
