"""What the assistant knows about the user: their own facts, what is kept, the settings they chose."""

import re

from assistant.memory import as_json
from assistant.permissions import Tier
from assistant.phrases.wording import say_list, stop
from assistant.tools.base import ToolContext, ToolResult, tool

SAID = 3  # facts at once; the rest comes with "more"
MOST = 50
_NAME = re.compile(
    r"\bmy (?:first |full |last )?name(?:'s| is)\s+(?P<name>[^.,;]{1,60})|\bcall me\s+(?P<call>[^.,;]{1,40})", re.I
)


@tool(tier=Tier.LOOK, examples=("who am I", "what do you know about me"))
def who_am_i(context: ToolContext) -> ToolResult:
    """Say what is known about the user: name, facts they asked to remember, and how much else is kept."""
    facts = context.store.entries(("fact",), MOST)
    notes, reminders = context.store.entries(("note",), 1000), context.store.reminders()
    name = next((found for fact in facts if (found := _name_in(fact.text))), "")
    others = [fact for fact in facts if not _name_in(fact.text)]
    kept = [_count(len(notes), "note")] * bool(notes) + [_count(len(reminders), "reminder")] * bool(reminders)
    data = {"name": name, "facts": [as_json(fact) for fact in facts], "notes": len(notes), "reminders": len(reminders)}
    if not facts:
        text = f"You have told me nothing about yourself. I keep {say_list(kept)} of yours." if kept else ""
        return ToolResult(text or "I know nothing about you yet. Say for example: remember that my name is Ana.", data,
                          found=bool(kept))  # fmt: skip
    said = [f"You are {name}."] if name else []
    if others:
        said.append(stop(f"You told me: {'; '.join(fact.text.rstrip('.') for fact in others[:SAID])}"))
    if len(others) > SAID:
        said.append(f"And {_count(len(others) - SAID, 'thing')} more; say more.")
    rest = [stop("; ".join(fact.text.rstrip(".") for fact in others[SAID:]))] if others[SAID:] else []
    if kept:
        (rest if others[SAID:] else said).append(f"I also keep {say_list(kept)}.")
    return ToolResult(" ".join(said), data, more=" ".join(rest))


def _name_in(fact: str) -> str:
    found = _NAME.search(fact)
    return (found["name"] or found["call"]).strip() if found else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
