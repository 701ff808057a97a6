"""What all argument finders share: what they may draw from, pointing words, and how words are trimmed."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.phrases.time_words import Words
from assistant.steps.extraction import Document, Encode, find_answer
from assistant.steps.labelled import field_for
from assistant.steps.printed import value_for
from assistant.steps.slots_earlier import Said

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
_TAIL = r"(?:,? (?:on|off|of|for|in|at|from|to|it|they|i|that|which|down|with|and|you|there|here|too|please|as well)\b[^\d]*)?"
DETERMINER = r"(?:(?:my|the|a|an|some|any|our|this|that|his|her) )?"
_IT = re.compile(r"(?:it|this|that|them|those|these|that one|this one|)(?: down)?", re.I)
SHORT_LINE = 60  # characters: a line that short says what its value is of
NO_WORDS = re.compile(  # no words to write down: "take this down for me please", "add something to my list"
    r"(?:(?:something|anything|a (?:thing|line|few (?:things|bits|words)|couple of (?:things|bits))|some (?:things|stuff|bits|words)|stuff|things|an item|a (?:quick )?(?:note|message)|this|the following|me|us|for me|down|now|please|again|first|quick(?:ly)?|one thing|would you|will you|could you|can you)[\s,.]*)+",
    re.I,
)


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
        request: all of the user's words, where the clause leans on what was said before it.
        earlier: what earlier steps said, of this turn and the last, the latest first.
    """

    encode: Encode
    document: Document | None = None
    last_text: str = ""
    last_value: str = ""
    quote: str = ""
    request: str = ""
    earlier: tuple[Said, ...] = ()


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


_SOURCE = re.compile(  # where the words say that what they name is to be found: "off this", "on the bottom here", "it's on this letter"
    r"[\s,]+(?:(?:that's|that is|it's|it is|which is|is) )?(?:written |printed )?(?:off|on|from|in|at|out of)(?: the (?:top|bottom|front|back|side)(?: of)?)?(?: of)? (?:this|that|it|here|there|(?:this|that|the|my) (?:letter|page|bill|label|receipt|card|ticket|leaflet|notice|slip|tin|box|packet|bottle|form|invitation|sheet|paper|message|statement|menu|one|bottom|top|front|back|side))(?: here)?$|[\s,]+(?:on )?here$",
    re.I,
)
_NOUNS = re.compile(
    r"(?:the|my|its|it's|their|his|her|our|this|that|whose|both(?: the)?) (?:(?!(?:is|are|was|were|has|have|had|will|wants?|says?|said|needs?|to|about)\b)[\w'&-]+ ?){1,5}",
    re.I,
)


def looked_up(text: str, material: Material) -> str:
    """What "the reference off this" or "my coach and seat" stand for in the text that was read; "" where it has no such thing.

    Several things that are named beside each other are each looked up; the passages stand in the order of their names.
    """
    if material.document is None:
        return ""
    source = _SOURCE.search(text)
    named = _SOURCE.sub("", text).strip(" ,.")
    named = re.sub(r"^with (?=(?:the|my|its|their)\b)", "", named, flags=re.I)
    passages = material.document.passages
    pieces = re.split(r"\s*,\s*(?:and )?|\s+and\s+", named)
    labels = len(named.split()) <= 4 and all(
        field_for(passages, one, literal=True) for one in pieces
    )  # "coach and seat"
    if not named or not (source or labels or _NOUNS.fullmatch(named)):
        return ""
    found: list[str] = []
    for part in pieces:
        value = value_for(passages, f"what is {part}")
        if value is None:
            return ""
        said = value.passage if len(value.passage) <= SHORT_LINE else value.value
        found += [said] if said not in found else []
    return "; ".join(found)


def points(text: str) -> bool:
    return not text or bool(
        re.fullmatch(
            rf"(?:down )?(?:{POINTER}|(?:(?:the|that|this|its|their|whatever|my|his|her|whose|any) (?:[\w'-]+ ){{0,2}}?|{_OF_WHAT})?{PRINTED}{_TAIL}|(?:(?:when|where|what|who|which|how)(?:'s|'re|'ve)?|how (?:much|many|long|often)) .*)",
            text,
            re.I,
        )
    )


def pointed(text: str, material: Material) -> str:
    """What "it", "what it says" or "the total" stand for: words of the text that was read, else what was said last."""
    if material.document is not None:
        whole = not text or (re.fullmatch(POINTER, text, re.I) and not text.lower().endswith(" date"))
        if whole:
            last = material.earlier[0] if material.earlier else None
            quoted = last is not None and last.step == "ask_text" and _IT.fullmatch(text)
            return last.text if last is not None and quoted else material.document.text.strip()
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
