"""Arguments of notes and facts."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.steps.printed import title_of
from assistant.steps.slots import PRINTED, Filled, Material, Missing, bare, only_pointer, pointed, points

_NOTE = re.compile(
    r"^(?:(?:please )?(?:i (?:want|need) to )?(?:(?:make|take|write|add|keep|save|record|create|dictate|put|new|start|leave)(?: me| us| yourself)?(?: a| an| another| this)?(?: new| quick| short| little)? note(?: of| to self| down)?|"
    r"note to self|note down|write (?:this |that |it )?down|jot (?:this |that |it )?down|take (?:this|that|it) down|(?:pop|put|stick|scribble|get) (?:this |that |it )?down|note|write|jot|log|record|new note))\b[\s,:]*",
    re.I,
)
_TO_LIST = re.compile(
    r"^(?:add|put|stick|save|store|copy|write|note|include|pop|record)\s+(?P<what>.*?)\s+(?:to|on|onto|in|into|as)\s+(?:to )?(?:(?:my|the|a|our)\s+)?(?P<list>(?:[\w-]+\s+){0,3}?(?:lists?|notes?|note ?book))\b(?P<rest>.*)$",
    re.I,
)
_THING = r"(?:it|this|that|them|these|those|this one|that one|one of (?:these|those))?"
_BARE_NOUN = re.compile(
    rf"(?!(?:the|that|this|its|their|whatever|when|where|what|who|which|how)\b)(?:[\w'-]+ )*{PRINTED}.*", re.I
)


def add_note(words: str, material: Material) -> Filled:
    listed = _TO_LIST.match(words)
    onto = re.search(
        r"^(?P<what>.*?)[,;]? (?:put|add|write|stick) (?:it|that|this|them) (?:to|on|onto|in) (?:my |the )?(?P<list>[\w -]*(?:list|notes?))",
        words,
        re.I,
    )
    adding = re.match(
        r"^(?:add|put) (?:this )?(?:to|in|on) (?:my|the) (?P<list>[\w -]*?(?:list|notes?))\b[,:]?\s*(?P<what>.+)$",
        words,
        re.I,
    )
    match = listed or adding or onto
    text, which = (_NOTE.sub("", words), "") if match is None else (match["what"], match["list"].lower())
    text = re.sub(r"\s+down(?: somewhere)?(?: for me)?$", "", bare(text), flags=re.I)
    if not re.fullmatch(r".*\blist", which):
        which = ""
    text = re.sub(r"\s+(?:for (?:me|later)|somewhere|please)$", "", text, flags=re.I)
    if points(text) and (material.document is not None or not _BARE_NOUN.fullmatch(text)):
        shown = material.document
        named = shown is not None and which and re.fullmatch(_THING, text, re.I)  # a list takes the thing's name
        text = title_of(shown.passages) if shown is not None and named else pointed(text, material)
    if not text:
        return Missing("What should I write down?", "text")
    return {"text": f"{which.capitalize()}: {text}" if which else text}


def search_notes(words: str, material: Material) -> Filled:
    query = words.strip(" .?!")
    which = re.search(r"\b((?:shopping|grocery|to[ -]?do|packing|wish|task)s? ?list)\b", query, re.I)
    item = re.match(r"(?:is|are|do i have) (?:there )?(?:any )?(.*?) on my [\w ]*list", query, re.I)
    if which:
        return {"query": f"{which[1]} {item[1]}" if item else which[1]}
    query = re.sub(
        r"^(?:what(?:'s|s| is| was| did| does| do| are| were)?|which|when|dig(?: out)?|fetch|do|did|is|are|have|read(?: me| out| back)?|show(?: me)?|list|find|search|look|check|go|pull up|open|tell me|anything|any)\b[\s,]*",
        "", query, flags=re.I,
    )  # fmt: skip
    query = re.sub(
        r"\b(?:i|you|me|have|there|any(?:thing|one)?|all|did|do|was|what|write|wrote|written|noted?|jot(?:ted)?|put|down|in|on|through|to|out|up|back|mentions?|a|an|the|of|about|for|my|said|say|note ?book|notes?)\b",
        " ", query, flags=re.I,
    )  # fmt: skip
    query = bare(" ".join(query.split()))
    return {"query": "" if query.lower() in ("last", "latest", "newest", "list", "again", "please", "buy") else query}


def remember(words: str, material: Material) -> Filled:
    fact = re.sub(
        r"^(?:(?:please|i (?:want|need) you to|make sure(?: you)?|you should|just so you know,?|for the future,?|always)\s+)*(?:remember|keep in mind|bear in mind|don't forget|never forget|know|"
        r"memori[sz]e|learn|store|save|commit this to memory|note for later)?\b(?:\s+(?:this(?: fact)?|that|for (?:me|later)))?[\s,:]*",
        "", words, flags=re.I,
    )  # fmt: skip
    fact = re.sub(
        r"[\s,.]*(?:please |can you |so |and )?(?:remember|keep in mind|memori[sz]e)(?: (?:that|it|this))?[ .!?]*$",
        "",
        fact,
        flags=re.I,
    )
    fact = re.sub(r"\s+for (?:me|later)(?=[ .!?]*$)", "", fact, flags=re.I)
    pointing = material.document is not None and points(fact.strip(" ."))
    if not fact.strip(" .") or only_pointer(fact.strip(" .")) or pointing:
        fact = pointed(fact.strip(" .") or "this", material)
    return {"fact": fact.strip(" ,")} if fact.strip(" .") else Missing("What should I remember?", "fact")
