"""Tools that change what was kept: notes deleted and edited, facts forgotten. Each asks first and can be undone."""

from assistant.memory import Entry, as_json
from assistant.permissions import Tier
from assistant.phrases.dates import Unclear
from assistant.phrases.wording import stop
from assistant.tools.base import ToolContext, ToolResult, tool
from assistant.tools.choosing import FACTS, NOTES, choose, item_named, items_of, offered, quoted, same_words
from kernels.errors import UserError


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
        context.store.edit(chosen[0], shorter, now, f"{item_named(which)} is back on the list")
        return ToolResult(stop(f"Took {item_named(which)} off. Left: {shorter}"), as_json(chosen[0]))
    said = f"{_counted(chosen, 'note', 'notes')} {'is' if len(chosen) == 1 else 'are'} back"
    context.store.remove(chosen, now, said)
    data = {"deleted": [as_json(one) for one in chosen]}
    return ToolResult(stop(f"Deleted {_counted(chosen, 'note', 'notes')}"), data)


def _edit_effect(context: ToolContext, which: str, text: str) -> str:
    entry = choose(context, which, NOTES)[0]
    return f"Change the note {quoted(entry.text)} to {quoted(text)}"


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
        text: its new words.
    """
    if not text.strip():
        return ToolResult("What should it say?", {"needs": "text"}, found=False)
    try:
        chosen = choose(context, which, NOTES)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}".strip(), {"needs": "which"}, found=False)
    if len(chosen) > 1:
        raise UserError(f"{len(chosen)} notes fit.", f"Say which one: {offered(chosen[:4], 'or')}.")
    before = quoted(chosen[0].text, 120)
    entry = context.store.edit(chosen[0], text, context.now(), f"the note says {before} again")
    return ToolResult(stop(f"The note now says: {entry.text}"), as_json(entry))


def _forget_effect(context: ToolContext, what: str) -> str:
    return f"Forget {_counted(choose(context, what, FACTS), 'thing', 'things')}"


@tool(tier=Tier.CHANGE, undo="Say undo.", effect=_forget_effect, examples=("forget my sister's number",))
def forget(context: ToolContext, what: str) -> ToolResult:
    """Forget a fact that the user asked to remember.

    Args:
        what: the fact by its words, such as "my sister's number", "that", "everything".
    """
    try:
        chosen = choose(context, what, FACTS)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}".strip(), {"needs": "what"}, found=False)
    said = f"I remember {_counted(chosen, 'thing', 'things')} again"
    context.store.remove(chosen, context.now(), said)
    data = {"forgotten": len(chosen)}
    return ToolResult(stop(f"Forgotten: {offered(chosen[:3])}"), data, more="Say undo to take it back.")


def _counted(entries: list[Entry], one: str, many: str) -> str:
    """ "the note 'call Tom'" or "2 notes: 'call Tom' and 'buy milk'"."""
    if len(entries) == 1:
        return quoted(entries[0].text, 200) if one == "thing" else f"the {one} {quoted(entries[0].text, 200)}"
    rest = f" and {len(entries) - 4} more" if len(entries) > 4 else ""
    return f"{len(entries)} {many}: {', '.join(quoted(entry.text) for entry in entries[:4])}{rest}"
