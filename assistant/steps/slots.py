"""What all argument finders share: what they may draw from, pointing words, and how words are trimmed."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.phrases.time_words import Words
from assistant.steps.extraction import Document, Encode, find_answer
from assistant.steps.printed import value_for

POINTER = (
    r"(?:it|this|that|them|these|those|this one|that one|(?:this|that|the) (?:letter|page|bill|label|text|appointment|thing|receipt|message|"
    r"date|meeting|answer|result|information|note|document)|what (?:it|this|that|the \w+) says?|what's (?:written|printed)(?: on (?:it|this|that|there))?|"
    r"what (?:you|i) (?:just )?(?:said|read)|everything|all of (?:it|this|that)|the whole (?:thing|text|letter))"
)
PRINTED = (  # what print has a value for
    r"(?:total|date|amount|price|number|address|name|dose|dosage|time|ingredients|reference|code|website|e-?mail|doctor|sender|deadline|balance|"
    r"fare|fee|cost|surname|postcode|post code|weight|instructions?|opening hours)\b"
)
_OF_WHAT = r"(?:phone|telephone|account|reference|order|booking|policy|permit|email|web|total|invoice|customer|best before|opening) "
_TAIL = (
    r"(?:,? (?:on|of|for|in|at|from|to|it|they|i|that|which|down|with|and|you|there|here|too|please|as well)\b[^\d]*)?"
)
DETERMINER = r"(?:(?:my|the|a|an|some|any|our|this|that|his|her) )?"
SHORT_LINE = 60  # characters: a line that short says what its value is of


@dataclass(frozen=True)
class Missing:
    """A slot without words: what to ask, which slot the reply fills, and the arguments known so far."""

    question: str
    slot: str
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What arguments may be drawn from besides the clause.

    Attributes:
        document: the text read in this turn or lately, if any.
        last_text: what was found in the step before or said last.
        last_value: the number of the last calculation, as digits.
        quote: the passage of a read text that was quoted last.
        encode: sentence encoder.
    """

    encode: Encode
    document: Document | None = None
    last_text: str = ""
    last_value: str = ""
    quote: str = ""


Filled = Mapping[str, Any] | Missing


def without(text: str, spans: list[Words]) -> str:
    for span in reversed(spans):
        text = f"{text[: span.start]} {text[span.end :]}"
    return " ".join(text.split())


def bare(text: str) -> str:
    """Without the small words and punctuation left over at both ends."""
    text = re.sub(
        r"^(?:(?:to|that|about|of|for|saying|called|and|on|at|it is|:|,|-)(?:\s+|$))+",
        "",
        text.strip(" ,.;:!?"),
        flags=re.I,
    )
    return re.sub(r"(?:[\s,]+(?:at|on|by|for|to|and|please|in|about))+$", "", text.strip(" ,.;:!?"), flags=re.I)


def points(text: str) -> bool:
    return not text or bool(
        re.fullmatch(
            rf"(?:down )?(?:{POINTER}|(?:(?:the|that|this|its|their|whatever|my|his|her|whose|any) (?:[\w'-]+ ){{0,2}}?|{_OF_WHAT})?{PRINTED}{_TAIL}|(?:when|where|what|who|which|how (?:much|many|long|often)) .*)",
            text,
            re.I,
        )
    )


def pointed(text: str, material: Material) -> str:
    """What "it", "what it says" or "the total" stand for: words of the text that was read, else what was said last."""
    if material.document is not None:
        whole = not text or (re.fullmatch(POINTER, text, re.I) and not text.lower().endswith(" date"))
        if whole:
            return material.document.text.strip()
        asked = text if re.match(r"(?:when|where|what|who|which|how)\b", text, re.I) else f"what is {text}"
        printed = value_for(material.document.passages, asked)
        if printed is not None:
            return printed.passage if len(printed.passage) <= SHORT_LINE else printed.value
        found = find_answer(material.document, asked, material.encode)
        return found.text if found else ""
    if material.quote and re.match(r"(?:when|where|what|who|which|how)\b", text, re.I):
        return material.quote
    return (
        material.last_text
        if text and re.fullmatch(POINTER, text, re.I)
        else ""
        if not text or only_pointer(text)
        else text
    )


def only_pointer(text: str) -> bool:
    return bool(re.fullmatch(POINTER, text, re.I))
