"""Keeping and finding notes and facts."""

import re

from assistant.memory import Entry, as_json
from assistant.permissions import Tier
from assistant.phrases.periods import find_period
from assistant.phrases.wording import say_date, stop
from assistant.state.facts import name_in
from assistant.tools.base import ToolContext, ToolResult, tool
from assistant.tools.choosing import LISTED, MOST, whole_list
from kernels.errors import UserError

SPOKEN = 300  # characters of one entry that are said at once; the rest comes with "more"
MATCHES = 5


def _shorten(text: str, limit: int = SPOKEN) -> str:
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + " ..."


def _remember_effect(context: ToolContext, fact: str) -> str:
    return f"Remember: {_shorten(fact)}"


@tool(tier=Tier.KEEP, undo="Say undo.", effect=_remember_effect)
def remember(context: ToolContext, fact: str) -> ToolResult:
    """Remember a fact about the user for later, such as where something is, a name, a size or a preference.

    Args:
        fact: the fact in the user's own words, such as "my blood type is O negative" or "the spare key is under the
            mat".
    """
    fact = re.sub(r"^(?:please\s+)?(?:remember|don't forget|note)\s+(?:that\s+)?", "", fact.strip(), flags=re.I)
    kept = context.store.keep_fact(fact, context.now(), said=f"I no longer remember: {_shorten(fact, 120)}")
    instead = "; ".join(_shorten(one.text.rstrip(". "), 120) for one in kept.replaced)
    name = name_in(kept.entry.text)
    said = f"All right, I'll call you {name}" if name else f"I'll remember: {_shorten(kept.entry.text)}"
    if instead:
        said = f"{said.rstrip('. ')}. That takes the place of: {instead}"
    return ToolResult(stop(said), {**as_json(kept.entry), "replaced": [as_json(one) for one in kept.replaced]})


@tool(tier=Tier.LOOK)
def recall(context: ToolContext, question: str) -> ToolResult:
    """Answer from what the user asked to remember earlier.

    Args:
        question: what the user wants to know, such as "what is my blood type" or "where is the spare key".
    """
    found = context.store.find(question, ("fact", "note"), MATCHES, context.now())
    if not found:
        return ToolResult("I don't remember anything about that.", {"matches": []}, found=False)
    best = found[0]
    return ToolResult(
        stop(f"You told me: {_shorten(best.text)}"),
        {**as_json(best), "matches": [as_json(one) for one in found]},
        more=_rest(context, found[1:]),
        confidence=min(1.0, 0.3 + 0.7 * best.score),
    )


def _note_effect(context: ToolContext, text: str) -> str:
    return f"Add the note: {_shorten(text)}"


@tool(tier=Tier.KEEP, undo="Say undo.", effect=_note_effect)
def add_note(context: ToolContext, text: str) -> ToolResult:
    """Write down a note, a list or a thought in the user's own words.

    Args:
        text: the words to write down, such as "call the plumber about the tap".
    """
    if not text.strip():
        raise UserError("The note is empty, so I kept nothing.", "Say it again with the words to write down.")
    text = _on_the_list(context, text)
    said = f"the note is gone: {_shorten(text, 120)}"
    entry = context.store.add_entry("note", text, context.now(), said=said)
    return ToolResult(stop(f"Noted: {_shorten(entry.text, 160)}"), as_json(entry))


def _on_the_list(context: ToolContext, text: str) -> str:
    """What goes on "the list", under the name of the one list that there is: "List: eggs" -> "Shopping list: eggs"."""
    if not re.match(r"list: ", text, re.I):
        return text
    listed = [LISTED.match(one.text) for one in context.store.entries(("note",), MOST)]
    names = {one["list"].strip().lower(): one["list"].strip() for one in listed if one is not None}
    return f"{next(iter(names.values()))}: {text[6:]}" if len(names) == 1 else text


@tool(tier=Tier.LOOK)
def search_notes(context: ToolContext, query: str = "") -> ToolResult:
    """Find and read back notes that were written down before.

    Args:
        query: what the note is about, such as "plumber"; empty for the latest notes.
    """
    everything = not query.strip() or re.fullmatch(r"(?:all |my |the |latest |last )*notes?", query.strip().lower())
    found = (
        context.store.entries(("note",), MATCHES)
        if everything
        else context.store.find(query, ("note", "fact"), MATCHES, context.now())
    )
    if not found:
        timed = find_period(query, context.now())
        text = "I found no note of that time." if timed else f"I found no note about {_shorten(query, 80)}."
        text = "You have no notes." if everything else text
        return ToolResult(text, {"matches": []}, found=False)
    best = found[0]
    if whole := whole_list(query, found):
        return ToolResult(stop(whole), {**as_json(best), "text": whole, "matches": [as_json(one) for one in found]})
    count = f"{len(found)} notes. The {'latest' if everything else 'closest'}: " if len(found) > 1 else ""
    return ToolResult(
        stop(f"{count}{_shorten(best.text)}"),
        {**as_json(best), "matches": [as_json(one) for one in found]},
        more=_rest(context, found if len(best.text) > SPOKEN else found[1:]),
        confidence=min(1.0, 0.3 + 0.7 * best.score),
    )


def _rest(context: ToolContext, entries: list[Entry]) -> str:
    return " ".join(f"From {say_date(one.at, context.now())}: {one.text.rstrip('.')}." for one in entries)
