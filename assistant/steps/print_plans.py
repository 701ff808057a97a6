"""Steps that look at print, put right by the user's own words alone: what the camera is for, what stands beside a barcode,
which clause only says in which document to look.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.steps.clause import Clause
from assistant.steps.labels import CAMERAS
from assistant.steps.planning import Intent

_LOOKS = (
    "read_text", "ask_text", "describe_picture", "find_in_picture", "look_closer", "scan_barcode", "identify_colour",
    "compare_pictures", "add_document",
)  # fmt: skip
_CAMERA = r"(?:(?:the|your|my|that) )?(?:camera|webcam|phone|lens)"
_WITH_CAMERA = re.compile(  # the part of a wish that only names the camera
    rf"^(?:(?:please|can you|could you|will you|would you|i want you to|i'd like you to) )*(?:use|take|turn on|switch on|put on|open|get) {_CAMERA}(?: on)?(?: there)?(?:,| and| to| so you can| so that you can)+ |"
    rf",? ?(?:with|using|by|through|on|off) {_CAMERA}\b,?",
    re.I,
)
_READS = re.compile(
    r"\b(?:read(?:ing)?(?: out| me| us| this| that| it| what)?|see what|tell (?:me|us) what|what(?:'s| does| is)?\b.*\b(?:says?|written|printed))\b",
    re.I,
)
_ASKS = re.compile(r"\b(?:how (?:much|many|long)|when|who(?:'s)?|which|what (?:time|day|date|number|name|price)|where|whether)\b", re.I)  # fmt: skip
_ALSO_PRINTED = re.compile(  # "the barcode number and also the name printed under it"
    r"^(?P<code>.*\bbar ?code\b.*?)(?:[,;.]\s+|\s+(?:and|plus|then|as well as|along with|together with|also) )(?:(?:and|also|then|tell me|give me|read(?: me| out)?|say),? )*(?P<print>(?:what(?:'s| is| does| it)? |the |its |any |whatever )(?:[\w'-]+ ){0,3}?(?:name|words?|print\w*|writing|written|says?|label|brand|make|product|called|text|title)\b.*)$",
    re.I,
)


def looking(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, with those of reading that stand in the same breath as what brings the picture or the code."""
    found: list[Intent] = []
    for at, intent in enumerate(intents):
        looked = [one.label for one in intents[at + 1 :] if one.label in _LOOKS]
        if intent.label in CAMERAS and not looked and (label := _read_by(intent.clause.words)):
            said = _WITH_CAMERA.sub(" ", intent.clause.words).strip(" ,.")
            found += [intent, _as(intent, label, said)]
        elif (
            intent.label == "scan_barcode" and not looked and (both := _ALSO_PRINTED.match(intent.clause.words.strip()))
        ):
            found += [_as(intent, "scan_barcode", both["code"]), _as(intent, "ask_text", both["print"])]
        else:
            found.append(intent)
    return found


def _read_by(words: str) -> str:
    """The step that reads what the camera brings: all of it, or the one thing that is asked; "" where neither is wished for."""
    plain = _WITH_CAMERA.sub(" ", words)
    if _ASKS.search(plain):
        return "ask_text"
    return "read_text" if _READS.search(plain) else ""


def _as(intent: Intent, label: str, words: str) -> Intent:
    return replace(intent, label=label, clause=Clause(words, intent.clause.hints), arguments={}, marks=())
