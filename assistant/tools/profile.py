"""What the assistant knows about the user."""

from assistant.memory import as_json
from assistant.permissions import Tier
from assistant.state import profile
from assistant.tools.base import ToolContext, ToolResult, tool


@tool(tier=Tier.LOOK, examples=("who am I", "what do you know about me"))
def who_am_i(context: ToolContext) -> ToolResult:
    """Say what is known about the user: name, facts they asked to remember, and how much else is kept."""
    known = context.store.profile(context.now())
    text, more = profile.say(known, context.now())
    facts = [as_json(fact) for fact in known.facts]
    data = {"name": known.name, "facts": facts, "counts": dict(known.counts)}
    if not facts:
        text += " Say for example: remember that my name is Ana."
    return ToolResult(text, data, more=more, found=bool(facts or known.counts))
