"""Arguments of timers: how long, and what for."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import find_spans
from assistant.steps.extraction import find_answer
from assistant.steps.reminder_words import COUNT, HOUR_AND
from assistant.steps.slots import Filled, Material, Missing, bare, without
from assistant.steps.slots_earlier import length_of

_BARE_COUNT = re.compile(
    rf"(?<=\bput ){COUNT}(?= on\b)|(?<=timer )(?:for |of )?{COUNT}$|(?<=timer )(?:for |of ){COUNT}\b|(?<=time me for ){COUNT}$",
    re.I,
)  # minutes: what a timer is set for


_FOR_WHAT = r"\b(?:called|named|(?:for|on) (?:my|the)) (?!same\b|next\b|other\b)([a-z][\w' ]{1,40}?)(?:(?:,| and) (?:name|call|label|tell|let|give|say|then) .*|,.*| from now| now| please| so (?:that )?i .*)?$"


_CALLED = re.compile(
    r"\b(?:call|name|label|title|dub|christen|tag) (?:it|this (?:one|timer)|that (?:one|timer)|this|that|the (?:timer|one))(?: as| the)? "
    r"(?!by\b|that\b|one\b|so\b|it\b|which\b|as i|what\b|after\b)(?P<name>[a-z][\w'-]*(?: (?!because\b|since\b|for\b|so\b|and\b|please\b|will\b|would\b|if\b|ta\b|cos\b|as\b|when\b)[a-z][\w'-]*){0,2})",
    re.I,
)


_SHORT = re.compile(r"\b(?P<hours>\d{1,2}) ?h(?:rs?)? ?(?P<minutes>[0-5]\d) ?(?:m(?:ins?)?)?\b", re.I)  # "1h20"


def called_in(words: str) -> str:
    """The name that words give to a timer: "call it rye", "name that one roots"; "" for none."""
    called = _CALLED.search(words)
    return bare(called["name"]) if called else ""


def start_timer(words: str, material: Material) -> Filled:
    words = re.sub(r"\ban our\b", "an hour", words, flags=re.I)
    words = re.sub(r"\b(?:more|extra|further) (?=(?:minutes?|mins?|hours?|seconds?)\b)", "", words, flags=re.I)
    words = _SHORT.sub(r"\g<hours> hours \g<minutes> minutes", words)
    words = HOUR_AND.sub(r"\g<0> minutes", words)
    words = _BARE_COUNT.sub(r"\g<0> minutes", words) if not find_spans(words) else words
    spans = find_spans(words)
    named = re.search(_FOR_WHAT, without(words, spans).strip(" .?!"), re.I) or re.search(
        r"\b(?!(?:a|an|the|my|minutes?|hours?|seconds?|second|set|start|kitchen|another|and|half|new)\b)([a-z]{3,}) timer\b",
        words,
        re.I,
    )
    name = called_in(words)
    if not name and named and not find_spans(named[1]):
        name = bare(re.sub(r"\b(?:timer|long)\b.*", "", named[1], flags=re.I))
    if spans:
        return {"duration": " ".join(span.words for span in spans[:1]), **({"name": name} if name else {})}
    length, unsure = length_of(material.earlier)
    if length:
        return {"duration": length, **({"name": name} if name else {})}
    if material.document is not None and not unsure:
        found = find_answer(material.document, "how long does it cook, how many minutes", material.encode)
        printed = find_spans(found.text) if found else []
        if printed:
            return {"duration": printed[0].words, **({"name": name} if name else {})}
    return Missing("For how long?", "duration", {"name": name} if name else {})
