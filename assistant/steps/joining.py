"""Clauses that are one wish after all: neighbours of the same step, of which one only goes on with the other.

Read whole, a request is rather cut once too often than once too rarely: "the coat was eighty and they took a quarter off |
so it's what now". Two clauses of the same step stay apart only where each brings all that such a step needs.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans
from assistant.steps.planning import Intent
from assistant.steps.utterance import Clause

_LEANS = re.compile(r"\b(?:it|that|this|them|those|these|which|altogether|each)\b", re.I)
_OWN: Mapping[str, str] = {  # what a clause says that asks for a step of its own; steps not named here never come twice in a row
    "calculate": r"\d\D+\d|\b(?:double|treble|triple|halve|half|third|quarter|square|plus|minus|times|divided?|split|less|percent|add|take|knock|off)\b",
    "convert_units": r"\d|\b(?:how many|an?) [a-z]+",
    "set_reminder": r"\b(?:remind\w*|tell|wake|alarm|nudge|warn|ping|shout|prompt|prod|poke|alert|set|put|one|another|mak(?:e|ing))\b",
    "add_note": r"\b(?:add|put|note|write|jot|stick|pop|bung|list|shove|chuck)\b",
    "remember": r"\b(?:remember|mind|keep|note|know)\b",
    "recall": r"\b(?:what|who|where|when|which|how|do|did|is|are)\b",
    "spell": r"\w", "define_word": r"\w", "tell_time": r"\btime\b", "tell_date": r"\b(?:what|which|how|when|is)\b", "ask_text": r"\w",
    "search_documents": r"\b(?:what|who|where|when|which|how|do|does|is|are|am|can|find|look)\b",
    "forget": r"\bforget\b", "delete_note": r"\b(?:delete|remove|take|bin|cross|strike)\b", "cancel_reminder": r"\b(?:cancel|stop|scrap|turn|delete)\b",
    "undo": r"\bundo\b", "open_application": r"\b(?:open|launch|start)\b", "change_setting": r"\b(?:volume|speed|slower|faster|louder|quieter|voice|pitch|rate)\b",
}  # fmt: skip


def joined(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, each run of clauses that are one wish as one; only where somebody read the request whole."""
    found: list[Intent] = []
    for intent in intents:
        before = found[-1] if found else None
        if before is not None and _is_about(before, intent):
            words = f"{before.clause.words.rstrip(' ,;')}, {intent.clause.words}"
            found[-1] = replace(intent, clause=Clause(words, intent.clause.hints))
        elif before is not None and before.label == intent.label and intent.clause.hints and not _apart(before, intent):
            words = f"{before.clause.words.rstrip(' ,;')}, {intent.clause.words}"
            clause = Clause(words, before.clause.hints)
            found[-1] = replace(before, clause=clause, confidence=max(before.confidence, intent.confidence))
        else:
            found.append(intent)
    return found


def _is_about(told: Intent, wish: Intent) -> bool:
    """Whether what is told says which thing the wish after it means: "the optician rang, so scrap that reminder"."""
    erases = wish.label in ("cancel_reminder", "delete_note", "edit_note", "forget", "remove_document")
    return (
        told.label in ("chat", "world")
        and erases
        and bool(wish.clause.hints)
        and bool(_LEANS.search(wish.clause.plain))
    )


def _apart(first: Intent, second: Intent) -> bool:
    """Whether two neighbours of the same step are two wishes."""
    if first.label == "start_timer":
        return all(find_spans(one.clause.words) for one in (first, second))
    pattern = _OWN.get(first.label)
    if pattern is None:
        return False
    own = all(re.search(pattern, to_digits(one.clause.plain), re.I) for one in (first, second))
    short = len(second.clause.plain.split()) < 2 and first.label not in ("define_word", "spell")
    goes_on = _LEANS.search(second.clause.plain) is not None and first.label not in ("calculate", "ask_text", "recall")
    return own and not short and not goes_on
