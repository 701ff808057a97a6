"""What is looked for in the notes: a list, the last one, or what the words name."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.steps.slots import Filled, Material, bare
from assistant.steps.slots_notes import list_before

_LAST_ONE = re.compile(  # "read me back the last thing i got you to write down"
    r"\b(?:(?:last|latest|newest|most recent|previous) (?:note|thing|one|bit|entry|line|item)\b|(?:did|have|had) i (?:last|just) (?:ask|tell|get|say|note|write|jot|have|make)|(?:what|which) (?:was|is) (?:my|the) (?:last|latest)\b|(?:note|wrote|write|noted|jotted)(?: down)? (?:last|most recently|just now)$)",
    re.I,
)
_ANY_LIST = re.compile(r"(?:what(?:'s|s| is| have i got| have we got| do i have)?|read|say|tell me|give me|check|show me|go (?:over|through)|run through)\b[\w ']*\b(?:on|to|out|over|through|me|what's)? ?(?:my|the|our) (?:whole |full |entire )?list(?: (?:back|out|to me|now|again|so far|please|at the (?:minute|moment)))*", re.I)  # fmt: skip
_THE_LIST = re.compile(r"\bon (?:it|there|that|the list)(?: now| so far| already)?$|\b(?:read|say|hear|give me|check|what's) (?:me |out )?(?:it|that|(?:the|that|my) (?:whole |full |entire )?list|(?:all of|everything on) (?:it|the list))(?: (?:back|out|to me|now|again|please))*$", re.I)  # fmt: skip
_IN_SHOP = re.compile(r"\bwhat (?:else )?(?:do|did|am|was|have|should) (?:i|we) (?:still )?(?:(?:need|want|have|got|supposed|meant|going)(?: to)?(?: (?:get|buy|pick up|fetch|bring back))?|getting|buying|after|to (?:get|buy|pick up))(?: (?:here|today|in here|from here))?$|\bwhat (?:was it|is it|did|was|have)? ?(?:that )?(?:i|we)(?:'d|'ve)? (?:came?|come|went|going|popped|dropped) (?:in(?:to)?|here|out|down|up)(?: here)?(?: for| to (?:get|buy))\b|\b(?:i'm|im|i am|we're|were) (?:in|at) (?!home|work|bed)\w+.*\bwhat\b.*\b(?:need(?:ed)?|get|buy|want(?:ed)?|after|short|left|missing|out of|forget|forgotten)\b", re.I)  # fmt: skip


def search_notes(words: str, material: Material) -> Filled:
    query = words.strip(" .?!")
    which = re.search(r"\b((?:shopping|grocery|to[ -]?do|packing|wish|task)s? ?list)\b", query, re.I)
    item = re.match(r"(?:is|are|do i have) (?:there )?(?:any )?(.*?) on my [\w ]*list", query, re.I)
    if which:
        return {"query": f"{which[1]} {item[1]}" if item else which[1]}
    if _THE_LIST.search(query) and (same := list_before(material)):
        return {"query": same}
    if _LAST_ONE.search(query) and not re.search(r"\b(?:about|on|of|mention\w*) (?!it\b|that\b|all\b)\w", query, re.I):
        return {"query": ""}
    if _ANY_LIST.fullmatch(query) or _IN_SHOP.search(query):
        return {"query": "shopping list"}
    if re.search(
        r"\b(?:need|get|buy|pick up|want)\b.*\b(?:from|at|in) the (?:shops?|supermarket|store|market)\b", query, re.I
    ):
        return {"query": "shopping list"}
    query = re.sub(
        r"^(?:(?:whizz|run|skim|flick|leaf|look|go|read|take me) (?:me )?(?:through|over)|what(?:'s|s| is| was| did| does| do| are| were)?|which|when|dig(?: out)?|fetch|do|did|is|are|have|read(?: me| out| back)?|show(?: me)?|list|find|search|look|check|go|pull up|open|tell me|anything|any)\b[\s,]*",
        "", query, flags=re.I,
    )  # fmt: skip
    query = re.sub(
        r"\b(?:i|you|me|have|there|any(?:thing|one)?|all|did|do|was|what|write|wrote|written|noted?|jot(?:ted)?|got|get|has|had|make|made|take|took|keep|kept|one|his|her|him|put|down|in|on|through|to|out|up|back|mentions?|a|an|the|of|about|for|my|said|say|note ?book|notes?)\b",
        " ", query, flags=re.I,
    )  # fmt: skip
    query = bare(" ".join(query.split()))
    return {"query": "" if query.lower() in ("last", "latest", "newest", "list", "again", "please", "buy") else query}
