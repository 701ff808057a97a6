"""The things that print lists: what a recipe needs, what is to be added, what a slip says to buy; each line or item a thing."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

MOST = 40  # things
_HEADING = re.compile(
    r"^(?:(?P<lead>[^:]{0,60}?\b(?:ingredients|you(?:'ll| will)?(?: also)? need|needs?|just add|add|shopping(?: list)?|things to (?:buy|get)|to buy|to get|buy|get|bring|out of|short of|low on|pick up|required|list|for the \w+))\s*:|(?P<bare>(?:the )?ingredients|you(?:'ll| will)?(?: also)? need|just add|shopping(?: list)?|to buy|things to (?:buy|get)|we(?:'re| are) out of|please (?:get|buy)))\s*(?P<rest>.*)$",
    re.I,
)
_DOES = re.compile(  # what is done with them, and who signs
    r"^(?:\d+[.)] )?(?:(?:pre-?)?heat|bake|mix|chop|slice|dice|peel|season|drain|combine|whip|blend|spread|sprinkle|wash|soak|bring|stir|cook|beat|whisk|pour|put|place|add|melt|rub|fold|simmer|boil|serve|method|directions|instructions|oven|leave|knead|roll|cut|grill|fry|makes?|serves|feeds|stores?|keep|love|thanks?|thank you|cheers|ta|see you|from|best|yours|x+)\b",
    re.I,
)
_AMOUNT = re.compile(r"^(?:\d|half\b|an?\b|one\b|two\b|three\b|pinch|[¼½¾])", re.I)
ASKED = re.compile(  # that things are what is wanted
    r"\bwhat (?:all )?(?:goes?|went) in(?:to)?\b|\bwhat(?:ever)?(?: else| more| all)?(?: do| does| did| will| would| should| must)? (?:you|i|we|it|one|they|he|she)(?:'ve|'ll|'d|'re| have| has| will| must| should| also)*(?: got)?(?: also)? (?:needs?|wants?|to (?:add|get|buy|put in|have)|add|adds|takes?|calls? for|use|out of|short of|asking for|asks? for)\b|\bingredients?\b|\bthings? (?:to (?:buy|get|add)|(?:i|we|you|it)(?:'ve| have| will)?(?: got)?(?: to)? (?:needs?|add|get|buy|want))|\bwhat(?:'s| is) (?:needed|missing|on (?:it|the list|her list|his list|this list))\b|\bout of\b|\bwhat to (?:buy|get|add|fetch)\b|\b(?:everything|all)(?: (?:the things|that's|that is))?(?: on (?:it|this|the list))\b",
    re.I,
)

CONTAINS = re.compile(r"\b(?:allerg\w*|nuts?|gluten|dairy|vegan|vegetarian|contains?|any|is there|are there|has (?:it|this)|does (?:it|this) have)\b", re.I)  # fmt: skip


def things_in(lines: Sequence[str]) -> list[str]:
    """The things under the one heading that says so, else the lines that begin with an amount; empty where there are none."""
    rows = [" ".join(line.split()).strip(" -*•\t") for line in lines]
    rows = [row for row in rows if row]
    for at, row in enumerate(rows):
        heading = _HEADING.match(row)
        if heading is None or (_DOES.match(row) and not heading["rest"]):
            continue
        things = _items(heading["rest"]) if heading["rest"] else []
        for below in () if heading["rest"] and not heading["rest"].endswith(",") else rows[at + 1 :]:
            ended = below.endswith(".") and things and len(below.split()) > 3  # a sentence after bare names
            if _DOES.match(below) or below.endswith(":") or ended or len(below.split()) > 8:
                break
            things += _items(below)
        if things:
            return things[:MOST]
    counted = [row for row in rows if _AMOUNT.match(row) and len(row.split()) <= 6 and not row.endswith(".")]
    return [thing for row in counted for thing in _items(row)][:MOST] if len(counted) > 1 else []


def _items(row: str) -> list[str]:
    """ "2 eggs, 60 ml oil and 150 ml milk" -> the three."""
    pieces = re.split(r"\s*[,;]\s*(?:and )?|\s+and (?=\d|an? |some |half )", row)
    if len(pieces) > 1 or not re.search(r"\w and \w", row):
        pieces = [part for piece in pieces for part in (re.split(r" and ", piece) if len(pieces) > 1 else [piece])]
    pieces = [re.sub(r"^and ", "", piece.strip(" .,;"), flags=re.I) for piece in pieces]
    return [piece.strip(" .,;") for piece in pieces if re.search(r"\w{2}", piece)]
