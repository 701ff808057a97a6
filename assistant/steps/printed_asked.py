"""Sums that the words tell whole but for what print comes to: "add the gas, that was 58.75, to this", "four of us, what's each
share with ten percent on top", "what's that a week, it's for thirteen weeks".
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.told_amounts import N, amounts_in, plainly, spread
from assistant.phrases.told_makers import sharers
from assistant.phrases.told_reading import without_ones
from assistant.steps.printed_amounts import printed_amounts, sole
from assistant.steps.printed_sums import total_of

LONGEST = 200  # characters
_M = rf"(?P<n>{N})(?: (?:pounds?|quid|euros?|dollars?))?"
_WHOLE = r"(?:this|that|it|these|what(?:'s| is)|the (?:total|bill|lot|amount|sum|price|rest)|here)"
_ADDED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:add|put|pop|stick|tack|throw|bung|count|include)\b[^?!]*?{_M}\b[^?!]*? (?:to|on to|onto|on|with|in with|into) (?:top of )?{_WHOLE}\b",
        rf"\b{_M}\b(?: [a-z']+){{0,3}} (?:on top|added(?: on)?|to add|to go on)\b(?! of (?!{_WHOLE}))",
        rf"\b{_M}\b[^?!]*?,? (?:so |and )?(?:add|put|pop|stick|tack|bung) (?:that|it) (?:to|on to|onto|on|in with) (?:top of )?{_WHOLE}\b",
        rf"\b(?:plus|together with) (?:(?:the|my|his|her|another|a|an|last [a-z]+'s|[a-z]+'s) )*(?:[a-z]+ ){{0,2}}?(?:of )?{_M}\b",
    )
)
_OTHERWISE = re.compile(  # then something else is done as well, or the amount is none to add
    r"%|\bper ?cent\b|\b(?:split|share[ds]?|sharing|divid\w*|each|apiece|times|off|half|halve[sd]?|change|left|less|minus|take|knock|between|of us|enough|short|average|difference|tip|double|twice)\b"
)
_PERCENT = re.compile(rf"\b(?P<n>{N}) ?(?:%|per ?cent)(?P<rest>(?: [a-z]+){{0,3}})")
_SHARES = re.compile(
    r"\b(?:each|everyone|everybody|shares?|shared|sharing|apiece|a head|per head|per person|a person|split\w*|divid\w*|my (?:bit|part|cut|share|whack)|one of us)\b"
)
_ON = re.compile(r"\b(?:on|on top|extra|added|more|tip|service|vat|tax|up)\b")
_OFF = re.compile(r"\b(?:off|less|discount|knocked off|taken off|down)\b")


def of_whole(words: str, passages: Sequence[str]) -> str:
    """The sum in signs; "" where the words leave more open than what print comes to."""
    if len(words) > LONGEST:
        return ""
    text = plainly(words)
    price = sole(printed_amounts(passages))
    whole = total_of(passages) or (price.amount.value if price is not None and price.amount.money else "")
    if not whole:
        return ""
    rated = {one.amount.per for one in printed_amounts(passages)}
    own = {f"{float(one.amount.value):g}" for one in printed_amounts(passages)}
    return _more(text, whole, own) or _shared(text, whole) or spread(text, whole, rated)


def _more(text: str, whole: str, own: set[str]) -> str:
    said = without_ones(amounts_in(text), text)
    if len(said) != 1 or said[0].per or (said[0].unit and not said[0].money) or _OTHERWISE.search(text):
        return ""
    if f"{float(said[0].value):g}" in own:
        return ""  # it may be in what print comes to already
    added = next((match["n"] for pattern in _ADDED if (match := pattern.search(text))), "")
    return f"{whole} + {added}" if added == said[0].value else ""


def _shared(text: str, whole: str) -> str:
    percent = list(_PERCENT.finditer(text))
    if len(percent) != 1 or not _SHARES.search(text):
        return ""
    said = [one for one in without_ones(amounts_in(text), text) if one.value != percent[0]["n"]]
    ways, more = sharers(text, said)
    before = text[: percent[0].start()].split()[-1:]
    adds = _ON.search(percent[0]["rest"]) or before in (["plus"], ["with"], ["adding"], ["add"])
    takes = _OFF.search(percent[0]["rest"]) or before in (["less"], ["minus"])
    if ways is None or any(one is not ways and one.value != ways.value for one in said) or bool(adds) == bool(takes):
        return ""
    part = float(percent[0]["n"]) / 100
    return f"{whole} * {1 + part if adds else 1 - part:g} / {int(float(ways.value)) + more}"
