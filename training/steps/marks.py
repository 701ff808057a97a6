"""Signs in the words of a training request, from private characters: where a step begins, and the words of an argument.

They stay where they are while stops are taken out and steps are joined; parsed() takes them out at the end.
"""

import re
from collections.abc import Mapping, Sequence

from assistant.steps.tagging import KINDS
from training.tools.grammar import Owner, Piece

Signed = str  # words with signs
UNKNOWN = "?"  # an argument of which nobody said how much of it is one
STEP, CLOSE = "\ue010", "\ue00f"
_LETTERS = {kind[0]: kind for kind in KINDS}
_OPEN = {kind: chr(0xE000 + at) for at, kind in enumerate((*KINDS, UNKNOWN))}
SIGNS = "\ue000-\ue010"
# arguments of the phrasings in training/tools that are marked as people's requests are
_ARGUMENTS: Mapping[tuple[str, str], str] = {
    ("set_reminder", "text"): "text", ("set_reminder", "when"): "when", ("add_note", "text"): "text",
    ("remember", "fact"): "text", ("edit_note", "text"): "text",
    ("start_timer", "duration"): "duration", ("start_timer", "name"): "name",
    ("list_reminders", "when"): "when", ("tell_date", "day"): "when", ("tell_time", "place"): "object",
    ("spell", "what"): "object", ("define_word", "word"): "object", ("find_in_picture", "thing"): "object",
    ("look_closer", "where"): "object", ("open_application", "name"): "object", ("calculate", "expression"): "object",
    ("convert_units", "quantity"): "object", ("convert_units", "unit"): "name", ("search_notes", "query"): "object",
    ("read_document", "name"): "name", ("remove_document", "name"): "name", ("add_document", "name"): "name",
    ("web_search", "query"): "object",
}  # fmt: skip
PLAIN = frozenset({  # steps that have no argument
    "chat", "vague", "sure", "where_that", "read_text", "describe_picture", "scan_barcode", "take_picture",
    "take_screenshot", "list_timers", "who_am_i", "list_documents", "repeat", "say_more", "undo", "list_tools",
})  # fmt: skip


def kind_of(calls: Sequence[str], owner: tuple[int, str]) -> str:
    """The kind of an argument of a phrasing's plan."""
    return _ARGUMENTS.get((calls[owner[0]], owner[1]), UNKNOWN)


def signed(pieces: Sequence[Piece], calls: Sequence[str]) -> list[Piece]:
    """The pieces with their arguments signed; `calls` of a phrasing, () where the owner's name is a kind's letter."""
    return [Piece(_signed(one.words, _kind(one.owner, calls)) if one.owner else one.words, one.owner) for one in pieces]


def _kind(owner: Owner, calls: Sequence[str]) -> str:
    return kind_of(calls, owner) if calls and owner else _LETTERS[owner[1]] if owner else UNKNOWN


def _signed(words: str, kind: str) -> str:
    return f"{_OPEN[kind]}{words.strip()}{CLOSE}"


def bare(words: Signed) -> str:
    """The words alone."""
    return re.sub(f"[{SIGNS}]", "", words)


def parsed(words: Signed) -> tuple[str, tuple[int, ...], tuple[tuple[int, int, str], ...]]:
    """The words alone, where each step begins, and (first character, past the last one, kind) of each argument."""
    kinds = {sign: kind for kind, sign in _OPEN.items()}
    text: list[str] = []
    starts, spans, opened = [0], [], (0, UNKNOWN)
    for sign in words:
        if sign == STEP:
            starts.append(len(text))
        elif sign == CLOSE:
            spans.append((opened[0], len(text), opened[1]))
        elif sign in kinds:
            opened = len(text), kinds[sign]
        else:
            text.append(sign)
    return "".join(text), tuple(starts), tuple(spans)
