"""Whether print names what somebody must not eat: nuts are also cashews and hazelnuts, dairy is milk, gluten is in wheat.

Only a line that names it answers; that none does is never taken for "free of it".
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

_ASKS = re.compile(
    r"\b(?:contain\w*|got|have|has|any|in (?:it|this|these|them|there|that|here|the)|free|allerg\w+|intoleran\w+|coeliac|celiac|without|safe|traces?|suitable|(?:can't|cannot|mustn't|not allowed|not let|ok(?:ay)?|all right|fine) (?:to )?(?:have|eat|go near|touch|take|for)|avoid\w*|check)\b",
    re.I,
)
_AMOUNT = re.compile(r"\bhow (?:much|many|long|do)\b|\b(?:best before|use by|price|cost)\b", re.I)
_NUTS = r"nuts?|almonds?|hazel ?nuts?|cashews?|walnuts?|pecans?|pistachios?|macadamias?|pralines?|marzipan"
_MEANT = tuple(  # (what is asked about, what print may call it)
    (re.compile(rf"\b(?:{asked})\b", re.I), re.compile(rf"\b(?:{printed})\b", re.I))
    for asked, printed in (
        (r"peanuts?|groundnuts?", r"peanuts?|ground ?nuts?|monkey nuts|nuts?"),
        (r"(?:tree )?nuts?|nutty", rf"{_NUTS}|peanuts?|ground ?nuts?"),
        (r"almonds?|hazelnuts?|cashews?|walnuts?|pecans?|pistachios?", _NUTS),
        (r"milk|dairy|lactose", r"milk|dairy|lactose|cream|butter|cheese|whey|casein|yogh?urt"),
        (r"gluten|wheat|coeliac|celiac", r"gluten|wheat|barley|rye|oats?|spelt|semolina|couscous"),
        (r"eggs?", r"eggs?|albumen|mayonnaise"),
        (r"soya?|soy ?beans?", r"soya?|soy ?beans?|tofu|edamame"),
        (r"shellfish|crustaceans?|prawns?|seafood", r"shellfish|crustaceans?|prawns?|shrimps?|crabs?|lobster|mussels?|oysters?|molluscs?|squid"),
        (r"fish", r"fish|anchov(?:y|ies)|tuna|salmon|cod|haddock|mackerel|sardines?"),
        (r"sesame", r"sesame|tahini"),
        (r"mustard", r"mustard"),
        (r"celery|celeriac", r"celery|celeriac"),
        (r"sulphites?|sulfites?", r"sulphites?|sulfites?|sulphur dioxide"),
        (r"pork|bacon|ham|gelatine?", r"pork|bacon|ham|gelatine?|lard"),
    )
)  # fmt: skip
_TELLING = re.compile(r"\b(?:allerg\w+|contains?|may contain|free from|free of|traces?)\b|-free\b", re.I)
_MADE_OF = re.compile(r"\b(?:ingredients|made (?:with|from|of))\b", re.I)


def allergen(passages: Sequence[str], words: str) -> str:
    """The line that names what the words ask about, one that speaks of allergens before any other; "" for none."""
    if not _ASKS.search(words) or _AMOUNT.search(words):
        return ""
    meant = next(((named, printed) for asked, printed in _MEANT if (named := asked.search(words))), None)
    if meant is None:
        return ""
    literal = re.compile(rf"\b{re.escape(meant[0][0].rstrip('s'))}", re.I)
    found = [passage for passage in passages if meant[1].search(passage)]
    found = [passage for passage in found if literal.search(passage)] or found
    for telling in (_TELLING, _MADE_OF):
        if told := next((passage for passage in found if telling.search(passage)), ""):
            return told
    return found[0] if found else ""
