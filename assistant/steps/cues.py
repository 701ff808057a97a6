"""Telling words: what leaves little doubt about the step, and what draws on printed text."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times, hangs_on_another

# Words that leave little doubt, as log-odds: they count beside the fitted table, which has seen few clauses with each content.
_UNIT = r"(?:kilomet\w+|met(?:er|re)s?|miles?|inch(?:es)?|feet|foot|yards?|centimet\w+|millimet\w+|grams?|kilos?|kilograms?|pounds?|ounces?|stones?|lit(?:er|re)s?|millilit\w+|pints?|cups?|gallons?|tablespoons?|teaspoons?|celsius|centigrade|fahrenheit|km|cm|mm|ml|kg|oz|lbs?|mph|kph)"
LONGEST = 600  # characters of a clause that are looked at

CUES: tuple[tuple[re.Pattern[str], str, float], ...] = tuple(
    (re.compile(pattern), label, weight)
    for pattern, label, weight in (
        (r"^(?:now |then )?spell\b|\bspell(?:ed|t|ing)?\b", "spell", 3.0),
        (
            r"^remind me\b(?! (?:what|where|who|how|which|why)\b)|\bremind me (?:to|about|of|at|on|in|the|tomorrow|when|an|two)\b",
            "set_reminder",
            2.5,
        ),
        (
            r"^(?:cancel|delete|remove|clear|get rid of|turn off|switch off|forget|don't|stop)\b.*\b(?:reminders?|reminding|remind|alarms?|timers?)\b",
            "cancel_reminder",
            3.0,
        ),
        (r"^(?:set|start|put|begin|give me|make)\b.*\b(?:timer|countdown)\b|^timer\b", "start_timer", 2.5),
        (r"\b(?:bar ?code|qr(?: code)?)\b", "scan_barcode", 2.5),
        (r"\bcolou?rs?\b|\bwhat shade\b", "identify_colour", 2.0),
        (
            r"^(?:add|put|stick|write|pop)\b.*\b(?:to|on|onto|in|into) (?:my |the |a |our )?(?:[\w-]+ )?(?:lists?|notes?)\b",
            "add_note",
            3.0,
        ),
        (
            r"^(?:make|take|write|leave|save|add|record|create|keep) (?:me )?(?:a|another) (?:quick |new )?note\b|^(?:note|jot|write)(?: that| this| it)? down\b|^note (?:that|to self)\b",
            "add_note",
            2.5,
        ),
        (r"^(?:please )?(?:always )?remember (?:that|my|i|i'm|the|to call me|where i|our)\b", "remember", 2.0),
        (
            r"^(?:what|which|do|did|is|are|read|search|look|find|check|show|list|have)\b.*\b(?:my|the) (?:[\w-]+ )?(?:lists?|notes?)\b",
            "search_notes",
            2.0,
        ),
        (r"\bmy reminders\b|\bwhat reminders\b|\bany reminders\b", "list_reminders", 1.5),
        (rf"\bhow many {_UNIT} |\b(?:in|into|to) {_UNIT}$|\bconvert\b", "convert_units", 2.5),
        (
            r"^(?:what(?:'s|s| is)? (?:the )?(?:time|date|day)|what time is it)\b(?! of\b)(?!.*\b(?:appointment|due|start|open|on (?:this|the)|print)\b)",
            "tell_time",
            1.5,
        ),
        (r"\b(?:says? (?:anything |something )?about|mention)\b(?!.*\bnotes?\b)", "ask_text", 3.0),
        (r"^undo\b|\btake (?:that|it) back\b", "undo", 2.5),
        (
            r"\b(?:tip|percent)\b|\d%|\d (?:plus|minus|times|divided by|multiplied by) \d|\bsplit\b.*\b(?:ways|between|people)\b",
            "calculate",
            2.0,
        ),
        (
            r"^(?:read|what does) (?:it|this|that|the (?:letter|label|sign|page|note|menu|leaflet|bill|card))(?: out| to me| aloud| say$|$)",
            "read_text",
            1.5,
        ),
    )
)


_POINTING = re.compile(
    r"\b(?:it|this|that|these|them|the (?:letter|bill|label|receipt|page|appointment|total|amount|date|deadline|medicine|payment|meeting|visit|tickets?|event))\b",
    re.I,
)
_PRINTED = re.compile(
    r"\b(?:it|this|that|says?|the (?:total|date|amount|price|number|address|name|dose|time|ingredients|reference|phone|appointment|letter|bill|label|doctor|medicine|sender|street|whole|text))\b",
    re.I,
)


def needs_reading(label: str, words: str) -> bool:
    """Whether a step draws on what a picture says, so that the picture has to be read first."""
    words = words[:LONGEST]
    if label == "ask_text":
        return True
    if label == "set_reminder":
        times = find_times(words)
        whole = not times or any(hangs_on_another(time.words) for time in times)
        return whole or bool(_POINTING.search(words))
    if label == "calculate":
        numbers = re.findall(r"\d+(?:\.\d+)?", to_digits(words))
        return len(numbers) < 2 or bool(re.search(r"\b(?:this|the bill|the total|total)\b", words, re.I))
    if label == "convert_units":
        return not re.search(r"\d|\b(?:an?|one|half)\b", to_digits(words))
    if label == "start_timer":
        return not find_spans(words)
    if label in ("add_note", "remember", "spell"):
        return bool(_PRINTED.search(words)) or len(words.split()) <= 3
    return False
