"""Tools that change what was kept: notes deleted and edited, facts forgotten. Each asks first and can be undone."""

import re
from dataclasses import replace

from assistant.memory import FORGET_LASTS, Entry, as_json
from assistant.permissions import Tier
from assistant.phrases.dates import Unclear
from assistant.phrases.wording import say_list, stop
from assistant.tools.base import ToolContext, ToolResult, tool
from assistant.tools.choosing import FACTS, NOTES, choose, item_named, items_of, offered, quoted, same_words


def _without(entry: Entry, which: str) -> str:
    """A list's note without the item that is named, where it has others too; "" where the whole note goes."""
    name, items = items_of(entry)
    item = item_named(which)
    rest = [part for part in items if not same_words(item, part)]
    if not item or not rest or len(rest) == len(items):
        return ""
    return f"{name.capitalize()}: {', '.join(rest)}"


def _delete_effect(context: ToolContext, which: str) -> str:
    chosen = choose(context, which, NOTES)
    shorter = _without(chosen[0], which) if len(chosen) == 1 else ""
    if shorter:
        return f"Take {item_named(which)} off the note {quoted(chosen[0].text)}"
    return f"Delete {_counted(chosen, 'note', 'notes')}"


@tool(tier=Tier.CHANGE, undo="Say undo.", effect=_delete_effect, examples=("delete the last note",))
def delete_note(context: ToolContext, which: str) -> ToolResult:
    """Delete a note, or take an item off a list.

    Args:
        which: the note by its words, such as "the plumber", "the last note", "milk off my shopping list".
    """
    try:
        chosen = choose(context, which, NOTES)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}".strip(), {"needs": "which"}, found=False)
    now = context.now()
    shorter = _without(chosen[0], which) if len(chosen) == 1 else ""
    if shorter:
        left = context.store.edit(chosen[0], shorter, now, f"{item_named(which)} is back on the list")
        name, items = items_of(left)
        return ToolResult(stop(f"Took {item_named(which)} off your {name}. Left: {say_list(items)}"), as_json(left))
    said = f"{_counted(chosen, 'note', 'notes')} {'is' if len(chosen) == 1 else 'are'} back"
    context.store.remove(chosen, now, said)
    data = {"deleted": [as_json(one) for one in chosen]}
    return ToolResult(stop(f"Deleted {_counted(chosen, 'note', 'notes')}"), data)


_TO_SAY = re.compile(r"^(?:to (?:say|read)|so (?:that )?it (?:says|reads)|instead)[\s:,]+(?=\w)", re.I)


def _edited(context: ToolContext, which: str, text: str) -> tuple[Entry, str]:
    """The note and its new words: "+ ..." is added to the old ones, of a list the item that is named is replaced.

    Raises:
        Unclear: none or several fit.
    """
    chosen = choose(context, which, NOTES)
    if len(chosen) > 1:
        raise Unclear(f"{len(chosen)} notes fit.", f"Which one: {offered(chosen[:4], 'or')}?")
    entry, text = chosen[0], _TO_SAY.sub("", " ".join(text.split()))
    name, items = items_of(entry)
    if text.startswith("+"):
        return entry, f"{entry.text.rstrip(' .')}, {text.lstrip('+ ')}"
    item = item_named(which)
    if name and item and any(same_words(item, part) for part in items) and not items_of(replace(entry, text=text))[0]:
        text = f"{name.capitalize()}: {', '.join(text if same_words(item, part) else part for part in items)}"
    return entry, _in_place(entry.text, text, which) or text


_VALUES = (  # of which a note's only one gives way to a new one
    re.compile(r"(?:[£$€] ?)?\d[\d.,:/-]*\d(?: ?[ap]m\b)?|(?:[£$€] ?)?\d(?: ?[ap]m\b)?", re.I),
    re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.I),
)


def _in_place(former: str, text: str, which: str) -> str:
    """The note with its one value of the new one's kind replaced: "locker 218" in "my locker number is 208"; or ""."""
    known = set(re.findall(r"[^\W\d_]+", f"{former} {which}".lower()))
    for kind in _VALUES:
        new, old = list(kind.finditer(text)), list(kind.finditer(former))
        named = [one for one in old if re.search(rf"(?<!\w){re.escape(one[0])}(?!\w)", which)] or old
        left = re.findall(r"[^\W\d_]+", kind.sub(" ", text).lower())
        if len(new) != 1 or len(named) != 1 or new[0].end() != len(text) or len(left) >= len(former.split()):
            continue
        if set(left) <= known and len(left) <= 3:
            return f"{former[: named[0].start()]}{new[0][0]}{former[named[0].end() :]}"
    return ""


def _edit_effect(context: ToolContext, which: str, text: str) -> str:
    entry, words = _edited(context, which, text)
    return f"Change the note {quoted(entry.text)} to {quoted(words)}"


@tool(
    tier=Tier.CHANGE,
    undo="Say undo.",
    effect=_edit_effect,
    examples=("change the note about the plumber to call the plumber on Friday",),
)
def edit_note(context: ToolContext, which: str, text: str) -> ToolResult:
    """Replace the words of a note.

    Args:
        which: the note by its words, such as "the plumber" or "the last note".
        text: its new words; beginning with "+" they are added to the old ones.
    """
    if not re.search(r"\w", text):
        return ToolResult("What should it say?", {"needs": "text"}, found=False)
    try:
        entry, words = _edited(context, which, text)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}".strip(), {"needs": "which"}, found=False)
    said = f"the note says {quoted(entry.text, 120)} again"
    edited = context.store.edit(entry, words, context.now(), said)
    return ToolResult(stop(f"The note now says: {edited.text}"), as_json(edited))


_FOR_GOOD = re.compile(  # not a word of the fact itself: "that really old address"
    r"^\s*(?:really|completely)\b|\b(?:for good|permanently)\b|\b(?:for ?ever|completely)[\s.!]*$", re.I
)


def _to_forget(context: ToolContext, what: str) -> list[Entry]:
    """The facts that are meant; a note only where no fact is.

    Raises:
        Unclear: none or several fit.
    """
    what = re.sub(r"\b(?:really|completely)\b", " ", _FOR_GOOD.sub(" ", what), flags=re.I)
    if re.match(r"\s*(?:everything|all)\b.*\babout\b", what, re.I) and (
        every := context.store.meant(what, context.now())
    ):
        return every
    try:
        return choose(context, what, FACTS)
    except Unclear:
        if context.store.entries(FACTS.kinds, 1) or not (meant := context.store.meant(what, context.now())):
            raise
        return meant


def _forget_effect(context: ToolContext, what: str) -> str:
    how = "for good, so that undo can't bring it back, " if _FOR_GOOD.search(what) else ""
    return f"Forget {how}{_counted(_to_forget(context, what), 'thing', 'things')}"


@tool(tier=Tier.CHANGE, undo="Say undo.", effect=_forget_effect, examples=("forget my sister's number",))
def forget(context: ToolContext, what: str) -> ToolResult:
    """Forget a fact that the user asked to remember.

    Args:
        what: the fact by its words, such as "my sister's number", "that", "everything"; "... for good" leaves no undo.
    """
    try:
        chosen = _to_forget(context, what)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}".strip(), {"needs": "what"}, found=False)
    for_good = bool(_FOR_GOOD.search(what))
    named = _counted(chosen, "thing", "things")
    said = f"I remember {named} again"
    context.store.forget(chosen, context.now(), said, for_good=for_good)
    minutes = f"{FORGET_LASTS.total_seconds() / 60:g} minutes"
    after = "It is gone for good." if for_good else f"Undo brings it back for {minutes}; then it is gone for good."
    return ToolResult(f"Forgotten: {named}. {after}", {"forgotten": len(chosen)})


def _counted(entries: list[Entry], one: str, many: str) -> str:
    """ "the note 'call Tom'" or "2 notes: 'call Tom' and 'buy milk'"."""
    if len(entries) == 1:
        return quoted(entries[0].text, 200) if one == "thing" else f"the {one} {quoted(entries[0].text, 200)}"
    rest = f" and {len(entries) - 4} more" if len(entries) > 4 else ""
    return f"{len(entries)} {many}: {', '.join(quoted(entry.text) for entry in entries[:4])}{rest}"
