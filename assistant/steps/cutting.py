"""The clauses of a request: where the tagger, which reads it whole, and the rules say that a wish begins.

The rules cut a clause that holds two wishes where the words alone do not show it: both halves have to be clearly wishes.

The splitter (utterance.py) goes by what a wish begins with, and people begin in more ways than any list holds. Here each
joint left in a clause is tried: the clause is cut where the chooser is surer of the two halves than of the whole.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.steps.clause import Clause
from assistant.steps.labels import LABELS, NOT_TOOLS, Situation
from assistant.steps.planning import StepChooser
from assistant.steps.utterance import split, strip_manners, tidied
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.steps.tagging import StepTagger

_LOG = logging.getLogger("antigone.agent")
RULED, UNRULED = 1.5, -0.5  # log-odds added to the tagger's where the rules cut too, and where they do not

JOINT = re.compile(
    r"(?:\s*[,.;?!]+\s*|\s+)(?:(?:and|then|also|plus|but|oh|so|next|after that|afterwards|while you're (?:there|at it|on)|when you're done|"
    r"while i think of it|oh yeah|by the way|as well as|followed by|once that's done)\b[,\s]*)+|\s*[.;?!]+\s+|\s*,\s+",
    re.I,
)  # fmt: skip
MOST_JOINTS = 6
LONGEST = 400  # characters of a clause that is looked at
SURE = 0.5  # probability that each half has to reach where the second begins like a command
SURER = 0.75  # and where it does not
GAIN = 0.15  # by how much the worse half may be less sure than the whole
FREE_TEXT = ("set_reminder", "remember", "add_note", "edit_note", "web_search")  # their words may hold anything
COMMAND = re.compile(  # what goes on after free text only as a wish of its own
    r"(?:(?:also|please|then|could you|can you|would you|will you|i'd like you to|i want you to|i need you to|just|maybe) )*"
    r"(?:read|tell me|remind|set|start|add|put|stick|pop|chuck|bin|scrap|jot|note (?:down|that)|write|spell|repeat|say (?:my|it|that|the)|"
    r"describe|find|look|zoom|scan|check|search|calculate|work out|convert|split|cancel|delete|remove|undo|list|show me|give me|"
    r"forget|take (?:a|it|that|the)|snap|photograph|compare|define|open|launch|turn|speak|talk|what|how|when|where|who|which|is there|are there|"
    r"do i|have i|does (?:it|the|my)|wake|warn|nudge|ping|alert|stop|get rid|save|store|keep|file|let me know|switch|make (?:a|the|it))\b",
    re.I,
)  # fmt: skip


_DICTATED = re.compile(  # "note for my essay: Hobbes chapter thirteen, compare with Locke on property": all after the colon is the note
    r"(?:(?:make|take|put|add|write|leave|keep|new|a|another|quick|here's)\s+){0,3}(?:notes?|memo)(?: (?:to self|for|on|about|of) [\w' -]{1,30}?)?\s*:\s+"
    r"(?!.*[.;,]\s+(?:(?:and|then|also|please|now) )*(?:remind me|set (?:a|me|an|the)|read|tell me|what|how|when|where|who|start|cancel|delete|spell|can you|could you)\b)(?!(?:it|that|this|the (?:answer|total|result|number|code)|what)\b).*$",
    re.I | re.S,
)


def clauses_of(request: str, situation: Situation, chooser: StepChooser) -> list[Clause]:
    """The clauses of a request in order; at least one unless it has no words."""
    if dictated := _DICTATED.match(strip_manners(tidied(request)[0])):
        return [Clause(" ".join(dictated[0].split()), {"add_note": 0.0})]
    ruled = cut(split(request), situation, chooser)
    tagger: StepTagger | None = getattr(chooser, "tagger", None)
    text, rest = tidied(request)
    if tagger is None or not ruled or len(text) > LONGEST:
        return ruled
    try:
        places = _ruled(ruled, text)
        odds = tagger.begins(text, situation)
        starts = [at for at, one in odds.items() if one + (RULED if _among(at, places) else UNRULED) > 0]
        steps = tagger.name(text, without_list_cuts(text, without_bare_joints(text, starts)), situation)
    except UserError as error:  # no tagger on this machine: the rules' word stands
        _LOG.debug("the tagger is not there: %s", error.text)
        return ruled
    found = [Clause(strip_manners(step.words).rstrip(",; "), step.logits, odds.get(step.start, 0.0)) for step in steps]
    clauses = [one for one in found if re.search(r"\w", one.words)]
    if rest and clauses:
        clauses[-1] = replace(clauses[-1], words=clauses[-1].words + rest)
    return clauses or ruled


_PUTS = re.compile(
    r"(?:(?:and|then|also|please|can you|could you|just|so) )*(?:add|put|stick|pop|bung|shove|chuck|throw|whack|jot|get|write|want|need|i need|we need|i want)\b(?!.*\b(?:on|onto|to|in|into|off|down|out|timer)\b)",
    re.I,
)
_BARE = re.compile(r"(?:(?:and|then|also|plus|but|oh|so|or|um|please)\b[\s,.]*)+", re.I)
_ONTO_LIST = re.compile(
    r"(?:on|onto|to|in|into) (?:my |the |our |that |this )?(?:[\w-]+ ){0,2}?(?:lists?|notes)\b", re.I
)


def without_bare_joints(text: str, starts: Sequence[int]) -> list[int]:
    """The places where steps begin, one for each: before an "and" or after it, never both."""
    ends = [*starts[1:], len(text)][: len(starts)]
    bare = [_BARE.fullmatch(text[at:end]) is not None for at, end in zip(starts, ends, strict=True)]
    return [at for at, after in zip(starts, [False, *bare], strict=False) if not after]


def without_list_cuts(text: str, starts: Sequence[int]) -> list[int]:
    """The places where steps begin, but those within a list of things: "put bin bags | and washing up liquid on my list"."""
    ends = [*starts[1:], len(text)] if starts and starts[0] == 0 else [*starts, len(text)]
    firsts = [0, *ends[:-1]]
    pieces = [strip_manners(text[at:end]) for at, end in zip(firsts, ends, strict=True)]
    dropped: set[int] = set()
    for number, piece in enumerate(pieces[1:], 1):
        bare = not COMMAND.match(piece)
        before = next(
            (at for at in range(number - 1, -1, -1) if COMMAND.match(pieces[at]) or _PUTS.match(pieces[at])), None
        )
        if bare and before is not None and _PUTS.match(pieces[before]) and _ONTO_LIST.search(piece):
            dropped |= set(firsts[before + 1 : number + 1])
    return [at for at in starts if at not in dropped]


def _ruled(clauses: Sequence[Clause], text: str) -> list[tuple[int, int]]:
    """Between which characters of `text` each clause but the first begins: joints and manners are in between."""
    places, at = [], 0
    for clause in clauses:
        start = text.find(clause.words[: len(text)], at)
        if start < 0:
            continue
        if at:
            places.append((at, start))
        at = start + len(clause.words)
    return places


def _among(at: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(first <= at <= last for first, last in places)


def cut(clauses: Sequence[Clause], situation: Situation, chooser: StepChooser) -> list[Clause]:
    """The clauses, those with two clear wishes cut in two, and those in turn."""
    found: list[Clause] = []
    for clause in clauses:
        found += _cut(clause, situation, chooser, 2)
    return found


def _cut(clause: Clause, situation: Situation, chooser: StepChooser, depth: int) -> list[Clause]:
    pairs = _halves(clause.words) if depth and len(clause.words) <= LONGEST else []
    if not pairs:
        return [clause]
    halves = [Clause(half) for pair in pairs for half in pair]
    whole, *rest = chooser.rank([clause, *halves], situation)
    best: tuple[float, tuple[Clause, Clause]] | None = None
    for at in range(0, len(rest), 2):
        score = _score(whole[0], rest[at][0], rest[at + 1][0], halves[at + 1].words)
        if score is not None and (best is None or score > best[0]):
            best = score, (halves[at], halves[at + 1])
    if best is None:
        return [clause]
    left, right = best[1]
    return [*_cut(left, situation, chooser, depth - 1), *_cut(right, situation, chooser, depth - 1)]


def _score(
    whole: tuple[str, float], left: tuple[str, float], right: tuple[str, float], right_words: str
) -> float | None:
    """How much better two clauses explain the words than one does; None where they do not."""
    commands = COMMAND.match(right_words) is not None
    if min(left[1], right[1]) < (SURE if commands else SURER) or not {left[0], right[0]} <= _WISHES:
        return None
    if left[0] in FREE_TEXT and not commands:
        return None
    if left[0] == right[0] and not (commands and left[0] in _TWICE):
        return None
    if min(left[1], right[1]) < whole[1] - GAIN and right[0] == whole[0]:
        return None  # the whole is as clear a wish of the same kind: what stands before it is its occasion
    return math.log(left[1]) + math.log(right[1])


_WISHES = (frozenset(LABELS) - frozenset(NOT_TOOLS)) | {"ask_text"}
_TWICE = (
    "start_timer",
    "set_reminder",
    "spell",
    "define_word",
    "calculate",
    "convert_units",
    "ask_text",
    "add_note",
    "recall",
)


def _halves(words: str) -> list[tuple[str, str]]:
    """The two sides of each joint that has words on both."""
    found = []
    for match in list(JOINT.finditer(words))[:MOST_JOINTS]:
        left, right = strip_manners(words[: match.start()]), strip_manners(words[match.end() :])
        if re.search(r"\w\W+\w", left) and re.search(r"\w\W+\w", right):
            found.append((left, right))
    return found
