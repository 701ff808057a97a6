"""Questions about two pictures: which is cheaper, larger, lasts longer, is the tomato soup; are they the same."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.phrases.wording import say_list

if TYPE_CHECKING:
    from assistant.sight.compare import Side

_PLACES = ("first", "second")
_WHICH = re.compile(
    r"\bwhich(?: one| of them| can| tin| box| packet| bottle)?\b.*?\b(?:is|has|says|contains|are)\b\s*"
    r"(?:the |a |an |got )?(?P<what>.+?)[?.! ]*$",
    re.I,
)


def asked(one: "Side", two: "Side", question: str) -> str:
    """The answer, or "" where the question asks for nothing but the differences."""
    words = question.lower()
    if re.search(r"\b(?:cheap\w*|expensive|dear\w*|price|costs?|pricier)\b", words):
        return _by_value(
            "costs", one.prices, two.prices, bool(re.search(r"expensive|dear|pricier|more", words)), "price"
        )
    if re.search(r"\b(?:expir\w*|best before|use by|fresh\w*|older?|goes off|lasts?|keeps?|newer|date)\b", words):
        return _by_date(one, two, bool(re.search(r"fresh|last|keep|later|longer|newer", words)))
    if re.search(r"\b(?:bigger|larger|more|heavier|smaller|less|lighter|size|weigh\w*)\b", words):
        return _by_value("has", one.amounts, two.amounts, not re.search(r"smaller|less|lighter", words), "amount")
    if re.search(r"\bcolou?rs?\b", words):
        return ""
    if re.search(r"\b(?:same|identical|alike)\b", words) and one.codes and two.codes:
        equal = one.codes[0] == two.codes[0]
        return f"{'Yes' if equal else 'No'}, their barcodes {'are the same' if equal else 'differ'}."
    which = _WHICH.search(words)
    return _which_has(one, two, which["what"]) if which else ""


def _by_value(
    verb: str, first: Sequence[tuple[str, float]], second: Sequence[tuple[str, float]], most: bool, what: str
) -> str:
    if not first or not second:
        missing = [place for place, found in zip(_PLACES, (first, second), strict=True) if not found]
        return f"I can't tell: I read no {what} on the {say_list(missing, 'or')}."
    (left, value), (right, other) = max(first, key=lambda one: one[1]), max(second, key=lambda one: one[1])
    if value == other:
        return f"Neither: both say {left}."
    chosen = 0 if (value > other) == most else 1
    return f"The {_PLACES[chosen]}: it {verb} {(left, right)[chosen]}, the other {(left, right)[1 - chosen]}."


def _by_date(one: "Side", two: "Side", later: bool) -> str:
    missing = [place for place, side in zip(_PLACES, (one, two), strict=True) if not side.dates]
    if missing:
        return f"I can't tell: I read no date on the {say_list(missing, 'or')}."
    dates = [
        max(side.dates, key=lambda date: (date.kind in ("best-before", "expiry"), date.when)) for side in (one, two)
    ]
    if dates[0].when == dates[1].when:
        return f"Neither: both say {dates[0].text}."
    chosen = 0 if (dates[0].when > dates[1].when) == later else 1
    return f"The {_PLACES[chosen]}: it says {dates[chosen].text}, the other {dates[1 - chosen].text}."


def _which_has(one: "Side", two: "Side", what: str) -> str:
    """ "Which one is the tomato soup": the one whose print has all the words, or most of them more than the other."""
    words = [word for word in re.findall(r"\w+", what) if word not in ("one", "the", "a", "with", "in", "it", "of")]
    if not words:
        return ""
    has = [[word for word in words if re.search(rf"\b{re.escape(word)}", side.text, re.I)] for side in (one, two)]
    counts = [len(found) for found in has]
    if counts[0] == counts[1]:
        missing = [word for word in words if word not in has[0] + has[1]]
        if not missing:
            return f"Both say {what}."
        neither = f"neither says {say_list(missing, 'or')}"
        if not any(counts):
            return f"I can't tell: {neither}."
        return f"I can't tell which of the two it is: both say {say_list(has[0])}, {neither}."
    chosen = 0 if counts[0] > counts[1] else 1
    side = (one, two)[chosen]
    line = next(line for line in side.lines if any(re.search(rf"\b{re.escape(word)}", line, re.I) for word in words))
    return f"The {_PLACES[chosen]}: it says {side.names[line]}."
