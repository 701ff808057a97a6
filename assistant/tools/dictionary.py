"""What a word means, offline."""

import re

from assistant.permissions import Tier
from assistant.phrases.dictionary import Entry, Sense, define, near
from assistant.phrases.wording import say_list
from assistant.tools.base import ToolContext, ToolResult, tool

MORE_SENSES = 8
_ASKING = re.compile(
    r"^(?:(?:please|can you|could you|tell me|define|what(?:'s| is| does| do| are)?|explain|look up|the|a|an|"
    r"meaning|definition|word|term|expression|of|for|by)\b[\s:,]*)+",
    re.I,
)
_MEANS = re.compile(r"\s+(?:means?|stands? for|is|in (?:the|a|my) dictionary|mean in english)[\s?.!]*$", re.I)


@tool(tier=Tier.LOOK, examples=("what does frugal mean", "define photosynthesis"))
def define_word(context: ToolContext, word: str) -> ToolResult:
    """Say what an English word means, from the dictionary on this machine.

    Args:
        word: the word or expression, such as "frugal" or "ice cream".
    """
    wanted = word.strip(" \"'“”?.!,")
    entry = define(wanted)
    if entry is None:  # a weak model may have put the whole question here
        wanted = _MEANS.sub("", _ASKING.sub("", wanted)).strip(" \"'“”")
        entry = define(wanted)
    if not wanted:
        return ToolResult("Which word?", {"needs": "word"}, found=False)
    if entry is None:
        close = near(wanted)
        unknown = f"{wanted[:80]} is not in my dictionary."
        ask = f" Did you mean {say_list(close, 'or')}?" if close else ""
        return ToolResult(f"{unknown}{ask}", {"word": wanted, "near": close}, found=False)
    told = {"word": entry.word, "senses": [_as_json(sense) for sense in entry.senses[: MORE_SENSES + 1]]}
    return ToolResult(_first(wanted, entry), told, more=_rest(entry))


def _first(wanted: str, entry: Entry) -> str:
    base = "" if entry.word == wanted.lower() else f", from {entry.word}"
    return f"{wanted[:1].upper()}{wanted[1:]}{base}, {entry.senses[0].part}: {entry.senses[0].gloss}."


def _rest(entry: Entry) -> str:
    """What "more" says: an example and words like it, then the further senses, numbered."""
    first = entry.senses[0]
    example = next((one for one in first.examples if entry.word[:4].lower() in one.lower()), "")
    others = [word for word in first.words if word.lower() != entry.word]
    parts = [f'For example: "{example}".'] if example else []
    if others:
        parts.append(f"In the same sense: {', '.join(others[:4])}.")
    for number, sense in enumerate(entry.senses[1 : MORE_SENSES + 1], start=2):
        parts.append(f"{number}, {sense.part}: {sense.gloss.rstrip('.')}.")
    if len(entry.senses) > MORE_SENSES + 1:
        parts.append(f"It has {len(entry.senses) - MORE_SENSES - 1} more senses.")
    if entry.also:
        parts.append(f"It is also a form of {say_list(entry.also)}.")
    return " ".join(parts)


def _as_json(sense: Sense) -> dict[str, object]:
    return {"part": sense.part, "gloss": sense.gloss, "words": list(sense.words), "examples": list(sense.examples)}
