"""Own-mode examples: a request and its whole plan, from phrasings, their compositions and what noise does to them."""

import random
import re
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.brains.wording import ARGUMENTS, SPLIT, plain_quotes, render_prompt
from training.steps.phrases import read_phrases
from training.tools.format import Call, render_plan
from training.tools.grammar import Piece, Template, merge, read_templates, render, slots
from training.tools.noise import hesitant, misheard, text_of, typed, with_manners

HELD_OUT = 12  # one phrasing in so many is kept for validation

PICTURE = {
    "read_text",
    "describe_picture",
    "find_in_picture",
    "identify_colour",
    "scan_barcode",
    "look_closer",
    "add_document",
}
# phrases of the step chooser that name a tool without arguments
_SEEDS = {"read_text", "describe_picture", "scan_barcode", "repeat", "undo", "chat", "where_that", "sure"}
# how often a tool comes up; 1 where nothing stands
WEIGHTS: Mapping[str, float] = {
    "set_reminder": 4.5, "add_note": 3, "calculate": 2.5, "convert_units": 2, "start_timer": 2.5, "ask_text": 4,
    "read_text": 2.5, "recall": 2.2, "remember": 2.2, "search_notes": 2.2, "list_reminders": 2,
    "cancel_reminder": 2, "tell_date": 1.6, "tell_time": 1.5, "search_documents": 2.2, "world": 5, "chat": 6,
    "vague": 1.8, "find_in_picture": 1.8, "describe_picture": 1.8, "change_setting": 1.8, "delete_note": 2,
    "forget": 1.4, "edit_note": 2, "spell": 1.4, "identify_colour": 1.2, "read_document": 1.3,
    "compare_pictures": 1.2, "look_closer": 1.2, "undo": 1.6, "say_more": 1, "list_timers": 1, "scan_barcode": 0.8,
    "remove_document": 1.2, "list_documents": 0.8, "list_tools": 0.6, "take_screenshot": 0.7, "where_that": 0.6,
    "sure": 0.7, "who_am_i": 0.8, "fetch_page": 0.8,
}  # fmt: skip
# labels that rarely stand in a composed plan
ALONE = {
    "chat", "vague", "sure", "where_that", "repeat", "undo", "say_more", "help", "list_tools", "who_am_i",
    "world", "several",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One row: prompt and answer as the model sees them, and where they come from."""

    prompt: str
    answer: str
    mode: str
    tools: tuple[str, ...]
    kind: str
    template: str
    words: str = ""


def templates(valid: bool) -> list[Template]:
    """All phrasings of one side of the split; a phrasing is held out by a hash of its own text."""
    seeds = [
        Template(label, phrase, (label,))
        for label, phrase in read_phrases()
        if label in _SEEDS and not re.search(r"[({<]", phrase)
    ]
    both = {one.identity: one for one in [*seeds, *read_templates()]}
    return [one for one in both.values() if held_out(one) == valid]


def held_out(template: Template) -> bool:
    """Whether a phrasing is kept for validation: one in HELD_OUT, by a hash of its own text."""
    return zlib.crc32(template.line.encode()) % HELD_OUT == 0


def own_examples(count: int, rng: random.Random, valid: bool = False) -> list[Example]:
    """`count` different examples: half of them one phrasing, the others mostly of several steps."""
    by_section: dict[str, list[Template]] = defaultdict(list)
    for one in templates(valid):
        by_section[one.section].append(one)
    names = sorted(by_section)
    weights = [WEIGHTS.get(name, 1.0) * (0 if name == "several" else 1) for name in names]
    made: dict[str, Example] = {}
    tries = 0
    while len(made) < count and tries < count * 20:
        tries += 1
        kind = rng.random()
        if kind < 0.55:
            example = _single(rng.choice(by_section[rng.choices(names, weights)[0]]), rng)
        elif kind < 0.85 and by_section["several"]:
            example = _single(rng.choice(by_section["several"]), rng)
        else:
            example = _composed(by_section, names, weights, rng)
        if example is not None:
            made.setdefault(f"{example.prompt.lower()}", example)
    return list(made.values())


def _single(template: Template, rng: random.Random) -> Example | None:
    pieces = render(template, rng, correction=0.05)
    kind = "several" if len(template.calls) > 1 else "single"
    picture, text = situation_of(set(template.calls), template.flags, rng)
    return _finish(
        pieces, template.calls, kind, template.identity, (picture, text), rng, bare=template.calls[0] in ALONE
    )


def _composed(
    by_section: Mapping[str, Sequence[Template]], names: Sequence[str], weights: Sequence[float], rng: random.Random
) -> Example | None:
    steps = rng.choices((2, 3, 4), (0.7, 0.23, 0.07))[0]
    usable = [name for name in names if name not in ALONE]
    chosen = rng.choices(usable, [weights[names.index(name)] for name in usable], k=steps)
    parts = [rng.choice(by_section[name]) for name in chosen]
    pieces: list[Piece] = [Piece("first ")] if rng.random() < 0.06 else []
    calls: list[str] = []
    for at, part in enumerate(parts):
        if at:
            last = at == len(parts) - 1
            pieces.append(
                Piece(
                    rng.choice(slots()["joints"]).replace("_", " ")
                    if last or rng.random() < 0.4
                    else rng.choice((" ", ", ", ". ", " then "))
                )
            )
        said = render(part, rng, correction=0.03)
        pieces += [
            Piece(f" {one.words} ", (one.owner[0] + len(calls), one.owner[1]) if one.owner else None) for one in said
        ]
        calls += part.calls
    flags = frozenset[str]().union(*(part.flags for part in parts))
    situation = situation_of(set(calls), flags, rng)
    identity = " + ".join(part.identity for part in parts)
    return _finish(merge(pieces), tuple(calls), "composed", identity, situation, rng)


def situation_of(calls: set[str], flags: frozenset[str], rng: random.Random) -> tuple[bool, bool]:
    """What is at hand: a picture shown, a text read before. Requests about pictures mostly come with one."""
    if "picture" in flags:
        return True, rng.random() < 0.1
    if flags & {"at_hand", "reading"} or "ask_text" in calls:
        picture = rng.random() < 0.65
        return picture, not picture or rng.random() < 0.15
    if calls & {"take_picture", "take_screenshot"}:
        return False, rng.random() < 0.15
    if calls & PICTURE:
        return rng.random() < 0.85, rng.random() < 0.15
    if calls & {"where_that", "sure", "say_more", "repeat", "spell"}:
        return rng.random() < 0.08, rng.random() < 0.5
    if "recall" in calls or "search_documents" in calls:
        return False, rng.random() < 0.15
    return rng.random() < 0.08, rng.random() < 0.2


def _finish(
    pieces: list[Piece],
    calls: tuple[str, ...],
    kind: str,
    identity: str,
    situation: tuple[bool, bool],
    rng: random.Random,
    bare: bool = False,
) -> Example | None:
    """Manners and noise on, then the row; None where noise broke a span."""
    pieces = with_manners(pieces, rng, 0.12 if bare else 0.5)
    if rng.random() < 0.14:
        pieces = hesitant(pieces, rng)
    if rng.random() < 0.16 and "spell" not in calls and "define_word" not in calls:
        pieces = misheard(pieces, rng)
    if rng.random() < 0.3:
        pieces = typed(pieces, rng)
    words = plain_quotes(text_of(pieces))
    if any(piece.owner is None and re.search(r"[,.;]", piece.words) for piece in pieces) and rng.random() < 0.5:
        words = plain_quotes(re.sub(r"[,;](?=\s)|\.(?=\s|$)", "", words))
        pieces = [Piece(re.sub(r"[,;](?=\s|$)|\.(?=\s|$)", "", one.words), one.owner) for one in pieces]
    plan = plan_of(calls, pieces)
    if any(part not in words for call in plan for _, value in call.arguments for part in value.split(SPLIT)):
        return None
    prompt = render_prompt(words, *situation)
    return Example(prompt, render_plan(plan), "own", calls, kind, identity, words)


def plan_of(calls: Sequence[str], pieces: Sequence[Piece]) -> list[Call]:
    """The calls with their arguments' words, in the tools' own order of arguments."""
    said: dict[tuple[int, str], list[str]] = defaultdict(list)
    for piece in pieces:
        if piece.owner is not None and piece.words.strip():
            said[piece.owner].append(plain_quotes(piece.words))
    plan = []
    for at, name in enumerate(calls):
        given = [(key, SPLIT.join(said[at, key])) for key in ARGUMENTS[name] if (at, key) in said]
        plan.append(Call(name, tuple(given)))
    return plan
