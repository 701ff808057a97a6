"""Which steps draw on printed text, told from the clause alone."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times, hangs_on_another
from assistant.steps.reminder_words import CLOCKS

SEEN = (
    "scan_barcode",
    "identify_colour",
    "describe_picture",
    "find_in_picture",
    "compare_pictures",
)  # what "it" is after them
LONGEST = 600  # characters of a clause that are looked at

_POINTING = re.compile(
    r"\b(?:it|this|that|these|them|the (?:letter|bill|label|receipt|page|appointment|total|amount|date|deadline|medicine|payment|meeting|visit|tickets?|event))\b",
    re.I,
)
_PRINTED = re.compile(
    r"\b(?:it|this|that|here|says?|printed|owing|seat|coach|platform|gate|ward|flight|the (?:total|date|amount|price|number|address|name|dose|time|ingredients|reference|phone|appointment|letter|bill|label|doctor|medicine|sender|street|whole|text))\b",
    re.I,
)
POINTS_AT_PRINT = re.compile(
    r"\b(?:the|that|this|its|his|her|their|my|whose|any|what) (?:[\w'-]+ ){0,2}?(?:total|date|amount|price|number|address|name|dose|dosage|reference|code|website|e-?mail|"
    r"deadline|balance|fare|fee|cost|surname|postcode|weight|instructions?|opening hours|key|password|pin|expiry|sender|serial|model)\b(?! (?:is|was)\b)|"
    r"(?<!it's )(?<!that's )(?<!it is )(?<!that is )\b(?:when|where|who|what|how (?:much|many|long|often)) (?:it|they|i|we|this|that|these|those|the|he|she)\b",
    re.I,
)

OF_PRINT = re.compile(
    r"\b(?:read\w*|says?|said|print\w*|writ\w+|letters?|words?|text|page|price|cost|date|time|number|address|names?|called|product|brand|label|how much|when|who)\b",
    re.I,
)
_SAID_OUT = re.compile(  # a note whose words the user says: "note for the teacher: he is not swimming this week"
    r"[^:]{0,40}\b(?:notes?|memo)\b[^:]{0,30}:\s+(?!(?:it|that|this|the|what|whatever)\b)\S+ \S", re.I
)


def needs_reading(label: str, words: str) -> bool:
    """Whether a step draws on what a picture says, so that the picture has to be read first."""
    words = words[:LONGEST]
    if label == "ask_text":
        return True
    if label == "set_reminder":
        for said, written in CLOCKS:
            words = said.sub(written, words)
        times = find_times(words)
        whole = not times or any(hangs_on_another(time.words) for time in times)
        return whole or bool(_POINTING.search(words))
    if label == "calculate":
        numbers = re.findall(r"\d+(?:\.\d+)?", to_digits(words))
        return len(numbers) < 2 or bool(
            re.search(r"\b(?:this|here|it says|the bill|the total|total|owing|that rate|on it)\b", words, re.I)
        )
    if label == "convert_units":
        return not re.search(r"\d|\b(?:an?|one|half)\b", to_digits(words))
    if label == "start_timer":
        return not find_spans(words)
    if label == "add_note" and _SAID_OUT.match(words):
        return False
    if label == "add_note" and len(words.split()) <= 8 and not re.search(r"\d", words):
        return True
    if label in ("add_note", "remember", "spell"):
        return bool(_PRINTED.search(words) or POINTS_AT_PRINT.search(words)) or len(words.split()) <= 3
    return False
