"""Going back over what was said: spell, repeat, undo."""

import re

from assistant.permissions import Tier
from assistant.phrases.spelling import spell_out
from assistant.phrases.wording import stop
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError

_POINTERS = re.compile(
    r"(?:please |can you |could you )*(?:spell )?(?:it|that|this|them|the (?:answer|last (?:answer|thing|one))|"
    r"(?:the |that )?(?:last |first )?(?:word|line|name))?(?: out)?(?: for me)?(?: again)?[?.!]*",
    re.I,
)

_ASKING = re.compile(
    r"^(?:(?:please|can|could|would|will|how|do|does|is|to|you|i|one|we)\s+)*(?:spell|spelled|spelt)\s+"
    r"(?:out\s+)?(?:the (?:word|name)\s+)?",
    re.I,
)


AT_ONCE = 1_500  # characters of "more": about a minute and a half; the rest comes with the next "more"


def _last_said(context: ToolContext) -> str:
    if context.results:
        return context.results[-1][1].text
    turns = context.store.turns(1)
    if not turns:
        raise UserError("I have not said anything yet.", "Ask me something first.")
    return turns[0].answer


@tool(tier=Tier.LOOK)
def spell(context: ToolContext, what: str = "") -> ToolResult:
    """Spell a word, a name or the last answer letter by letter, with code words such as "B as in Bravo" when asked for.

    Args:
        what: the word to spell; empty for the last answer. Add "with code words" for Alfa, Bravo, Charlie.
    """
    code_words = bool(re.search(r"\b(?:nato|phonetic\w*|code words?|alphabet)\b", f"{what} {context.request}", re.I))
    wanted = re.sub(r"\b(?:with|in|using|by)\s+(?:the\s+)?(?:nato|phonetic|code)\b.*$", "", what, flags=re.I).strip()
    wanted = _ASKING.sub("", wanted)
    pointer = re.search(r"\b(?:(first|last) (word|line))\b", f"{what} {context.request}", re.I)
    if not wanted.strip(" ?.!") or _POINTERS.fullmatch(wanted):
        wanted = _last_said(context)
        if pointer:
            pieces = wanted.splitlines() if pointer[2].lower() == "line" else wanted.split()
            pieces = [piece for piece in pieces if piece.strip()] or [wanted]
            wanted = pieces[0 if pointer[1].lower() == "first" else -1].strip(" .,;:!?")
    wanted = wanted.strip(" \"'“”")
    text, more = spell_out(wanted, code_words)
    return ToolResult(text, {"word": wanted, "spelled": text}, more=more)


@tool(tier=Tier.LOOK)
def repeat(context: ToolContext) -> ToolResult:
    """Say the last answer again, when the user did not catch it or says "pardon" or "I missed that"."""
    turns = context.store.turns(1)
    if not turns:
        raise UserError("I have not said anything yet.", "Ask me something first.")
    return ToolResult(turns[0].answer, {"answer": turns[0].answer}, more=turns[0].more)


@tool(tier=Tier.LOOK, examples=("more", "tell me more", "go on"))
def say_more(context: ToolContext) -> ToolResult:
    """Say the rest of the last answer: further details, lines, matches or senses."""
    earlier = [result.more for _, result in context.results if result.more]
    turns = context.store.turns(1)
    if not earlier and not turns:
        raise UserError("I have not said anything yet.", "Ask me something first.")
    rest = (earlier[-1] if earlier else turns[0].more).strip()
    if not rest:
        return ToolResult("There is no more to say about that.", found=False)
    if len(rest) <= AT_ONCE:
        return ToolResult(rest, {"text": rest})
    place = max(rest.rfind(mark, AT_ONCE // 2, AT_ONCE) + 1 for mark in ("\n", ". ", "; ", " "))
    return ToolResult(rest[:place].strip(), {"text": rest}, more=rest[place:].strip())


def _undo_effect(context: ToolContext) -> str:
    said = context.store.last_action()
    if said is None:
        raise UserError("There is nothing to undo.", "Ask for something else.")
    return f"Undo the last change, so that {said}"


@tool(tier=Tier.KEEP, effect=_undo_effect)
def undo(context: ToolContext) -> ToolResult:
    """Take back the last thing that was kept, set or deleted."""
    said = context.store.undo(context.now())
    if said is None:
        return ToolResult("There is nothing to undo.", found=False)
    return ToolResult(stop(f"Undone: {said}"), {"undone": said})
