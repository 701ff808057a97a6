"""What is to be kept, and under which name: "jot it, tag it insurance", "put the reference off this in my notes with the word council".

A clause that only says to keep something is taken apart into the thing ("it", "the reference off this") and every name that the
user gives it, so that neither the name nor the thing is lost, and none of the command's own words is kept.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from dataclasses import dataclass

LONGEST = 300  # characters of a clause that is a wish to keep something; a longer one is a dictated note
_LEAD = re.compile(
    r"^(?:(?:and|then|plus|so|please|pls|also|just|now|oh|right|ok|okay|go on and|kindly|maybe|if you (?:would|could|can)|(?:can|could|would|will) you|you (?:can|could|might|may)(?: as well)?|i(?:'d)? (?:want|need|like) (?:you )?to|i'd like you to|be sure to|make sure (?:to|and))[,\s]+)+",
    re.I,
)
_TAIL = re.compile(
    r"[\s,.;]+(?:please|pls|thanks|thank you|ta|would you|will you|could you|can you|for (?:me|us|later|now|next time|reference|good|safe ?keeping)|an' all|as well|too|so (?:that )?(?:i|we|he|she|they)(?:'m|'ve|'ll|'d|'re)?\b.*|before (?:i|we) (?:lose|forget)\b.*|in case (?:i|we)\b.*|because\b.*|cos\b.*|(?:it's|it is|they're|it'll be|all) (?:all |written |printed )?(?:on|in) (?:this|here|it|there|the [\w-]+)(?: here)?)[\s.!]*$",
    re.I,
)
_WHY = re.compile(r"\s*[,;.]\s+(?:they|they'll|they'd|i'll|i'm|i've|i always|i never|i keep|we'll|we always|you never)\b(?! called\b).*$", re.I)  # fmt: skip
_WITH_IT = re.compile(r"[\s,]+with (?:it|that|them|this) (?:on|in|under|below|beside)(?: it)?[\s.!]*$", re.I)
_RUN_ON = re.compile(
    r"\b(of|keep|save|jot|note|store|write) it's (?=(?:the|my|our|his|her|for)\b)", re.I
)  # "it, it's", heard once
_CONDITION = re.compile(
    r"^if (?:it's|it is|they're|they are|there's|there are|that's)(?: any| all| some| a list of)? (?P<what>[\w' -]{3,40}?)[,\s]+(?=(?:then )?(?:put|add|stick|pop|write|get|shove|bung|note|jot|keep)\b)",
    re.I,
)
_LIST = re.compile(
    r"[\s,]+(?:down )?(?:on|onto|to|in|into)(?: to)? (?:(?:my|the|our|me|your) )?(?P<list>(?!note)(?:[\w-]+ ){0,2}?lists?|shopping|messages)(?P<for> for (?:the |my )?(?:shops?|shopping|supermarket|messages|grocer'?s?))?[\s.!]*$",
    re.I,
)
_PLACE = re.compile(
    r"(?:^|[\s,]+)(?:(?:down as|as|in|into|on|onto|to|among|amongst|with) (?:my|the|your|our|a|an|another|me)(?: (?:new|quick|wee|little|short|own))?(?: shopping)? ?(?:notes?|note ?book|note ?pad|memory|head|brain|records?|diary)|(?:somewhere|in a place)(?: safe| handy)?|safe(?:ly)?)[\s.!]*$",
    re.I,
)
_NAME = r"(?P<name>[\"'“‘]?[\w£$€&][\w'’\"“”£$€%&./ -]{0,60}?)"
_UNDER = re.compile(  # the name stands after it
    rf"[\s,.;:-]*\b(?P<how>(?:(?:filed |down |listed |marked |put )?(?:as|under|against)(?: (?:the|a) (?:name|heading|title|label|tag|word)s?(?: of)?)?|with (?:the |a )?(?:words?|name|heading|title|label|tag|note)(?: of)?|by (?:the )?name(?: of)?|in the name of|saying|that says|(?:marked|labelled|labeled|tagged|headed|titled|entitled|called|named)(?: as)?|(?:(?:and|please) )*(?:label|tag|head|call|name|title|mark|file) (?:it|that|this|them|the note)(?: (?:as|with|under|down as))?)) {_NAME}[\s.!?]*$",
    re.I,
)
_IS = re.compile(  # "..., it's the lime pickle", "..., she's called Roisin"
    r"\s*[,.;:-]+\s*(?:and )?(?:(?:it's|it is|that's|this is|its|they're|that'll be|it's for) (?P<thing>(?:the|my|our|his|her|their|a|an|for) [\w'’ -]{2,50}?|[\w'’-]+'s [\w'’ -]{2,40}?)|(?:she|he|they|it)(?:'s| is|'re| are|s) (?:called|named) (?P<called>[\w'’ -]{2,40}?)|(?:his|her|their|its|the) name(?:'s| is) (?P<named>[\w'’ -]{2,40}?))[\s.!]*$",
    re.I,
)
_AFTER_NOTE = re.compile(r"(?<=\bnote), (?P<name>(?!please\b|for\b|that\b|it\b|the\b|this\b|so\b|and\b)[\w'’-]+(?: [\w'’-]+){0,2})[\s.!]*$", re.I)  # fmt: skip
_FOR = re.compile(
    r"[\s,]+for (?P<who>(?:(?:the|my|our|his|her|their) [\w'’-]+(?: [\w'’-]+)?|(?!me\b|us\b|you\b|later\b|now\b|good\b|ever\b|life\b|it\b|that\b|tomorrow\b|today\b)[\w'’-]+(?: [A-Z][\w'’-]+)?))(?:[,\s]+(?:who|that|as|to|when)\b.*)?[\s.!]*$",
    re.I,
)
_NOTE = re.compile(
    r"^(?:(?:make|take|keep|have|write|leave|scribble|do|add|create|start|get|put|i(?:'ll)? (?:want|need)|let's have)(?: me| us| yourself)? )?(?:a|an|another)(?: (?:new|quick|wee|little|short|mental))* (?:note|record|memo)(?: (?:of|about|with|on|for))?(?:[\s,:]+(?P<thing>.+))?$",
    re.I,
)
_WITH_TO = r"hang on to|hang onto|hold on to|hold onto|keep hold of|take (?:a )?note of|keep note of|make sure(?: you)?(?: know| have| keep| remember)?"
_KEEP = re.compile(
    rf"^(?:{_WITH_TO}|let's have|let me have|i(?:'d)? (?:want|need|like)|want|need|write|jot|scribble|note|put|pop|stick|get|take|shove|bung|chuck|whack|sling|save|store|keep|log|record|file|enter|set|copy|remember|memori[sz]e|mind|know|hold|add|label|tag|bear|stow|mark)(?:\s+(?P<thing>.+?))??(?:\s+(?:down|by|away|safe|handy|in mind|up|in|on))*$",
    re.I,
)
_GRAB = re.compile(  # "grab the number off this flyer, make a note of it": what "it" is was said before
    r"^(?:(?:please|can you|could you|just) )*(?:grab|get|find|fetch|read|see|look(?: for)?|take|have a look(?: at)?|pull|dig out|give me|tell me) (?P<thing>(?:the|my|his|her|their|what|whatever)\b.+?)(?:[,.;]| and)+ (?P<rest>(?:and )?(?:make|take|write|jot|note|put|keep|pop|stick|save|remember|bung|scribble|hang|hold)\b.*)$",
    re.I,
)
_TOLD = re.compile(  # "her address is on the front of this envelope, keep it ..."
    r"^(?:.*[,.;] )?(?P<thing>(?:the|my|his|her|their|our|its|[\w-]+'s) (?:[\w'-]+ ){0,3}?[\w-]+?)(?:'s| is|'re| are) (?:on|in|at) (?:the (?:front|back|top|bottom|side|inside) of )?(?:this|the|that|here|a)\b[^,.;]*[,.;]+ (?:so |and )*(?P<rest>\S.*)$",
    re.I,
)
_WHATEVER = re.compile(  # "i've a booking thingy here, whatever the letters are, write them down"
    r"^(?P<thing>(?:.+?[,.;] (?:whatever|what)|whatever(?:'s)?) .+?)[,.;]+ (?:so |and |please )*(?P<rest>(?:write|jot|note|put|keep|pop|stick|save|take|get) (?:it|them|that|those)\b.*)$",
    re.I,
)
POINTER = re.compile(
    r"(?:it|that|this|them|those|these|they|one|this one|that one|the lot|everything|all (?:that|this|of that)|(?:it|that|them) all|all of (?:it|them|that)|(?:the|that|this) (?:answer|result|total|sum|number|code|bar ?code|colou?r|shade|word|figure|amount|price|date|address|line|bit|information|info|details?)|what (?:it|that|this|they)(?: all)? (?:comes?|came|adds?|works? out|is|makes?|totals?)(?: (?:to|up to|at|out at))?)(?: (?:down|off it|on it|from it))?",
    re.I,
)
_NO_NAME = re.compile(
    r"(?:(?:a|an|the|my) (?:new |quick )?note\b.*|it|that|this|them|you|usual|normal|well|soon as.*|possible|above|below|before|.*\b(?:please|reminder)|fast .*|quick .*|an? (?:new |quick )?(?:note|fact|list|document|file)|(?:the|my|a) note|said|needed|read|follows|i (?:say|said).*)",
    re.I,
)


_LEAVE = re.compile(r"^(?P<lead>(?:(?:and|then|so|please|also) )*)leave (?=\S.* (?:in|on|as) (?:a|my|the|our) (?:quick |new )?(?:notes?|note ?book|note ?pad|[\w-]+ list)\b)", re.I)  # fmt: skip
_SPELT = re.compile(r"\b(?:rem+e+m*[eb]+[er]+|remeb+er|remmber|rember|remembr)\b", re.I)
_THING_FIRST = re.compile(  # "that number save, say for the pension people"
    r"^(?P<lead>(?:(?:and|then|so|plus|please|oh|also)[, ]+)*)(?P<thing>(?:that|this|the|their|its|his|her|my) (?:[\w'-]+ ){0,2}?(?:number|code|reference|address|name|date|time|price|total|amount|answer|sum|figure|password|colou?r|one|lot|result)),? (?P<verb>save|keep|store|remember|note|jot|write|note down|jot down|write down|take down)(?: (?:it|that|them))?(?P<rest>(?:[, ]+(?:say |as |under |down\b|for |in |somewhere|please|call|label|will you|would you|can you).*)?)$",
    re.I,
)


_RATHER = re.compile(r"^[^,.;]{0,30}[,;.]? ?\b(?:(?:oh|sorry|no|wait|actually|i mean|rather)[, ]+){1,4}(?=(?:note|jot|write|put|keep|save|take|remember) (?:it|that|this|them)\b)", re.I)  # fmt: skip


@dataclass(frozen=True)
class Keeping:
    """A wish to keep something.

    Attributes:
        thing: what is kept, as the clause says it: "it", "the reference off this"; "" where the clause does not say.
        names: what the user calls it, in the order in which it was said.
        listed: the list that it goes on; "" for none.
        condition: what it must be, where the wish hangs on that: "if it's things to buy".
    """

    thing: str
    names: tuple[str, ...] = ()
    listed: str = ""
    condition: str = ""

    @property
    def points(self) -> bool:
        """Whether the thing is only pointed at."""
        return not self.thing or POINTER.fullmatch(self.thing) is not None


def keeping(words: str) -> Keeping | None:
    """The clause taken apart; None where it is no wish to keep what was said or printed elsewhere."""
    text = _RUN_ON.sub(r"\1 it, it's ", " ".join(words.split()).strip(" .!?,"))
    if not text or len(text) > LONGEST:
        return None
    text = _LEAVE.sub(r"\g<lead>put ", _SPELT.sub("remember", _RATHER.sub("", text)))
    if first := _THING_FIRST.match(text):
        after = re.sub(r"^[, ]+say (?=(?:for|as|under)\b)", " ", first["rest"])
        text = f"{first['verb']} {first['thing']}{after}"
    for told in (_GRAB, _TOLD, _WHATEVER):
        if (found := told.match(text)) and (rest := keeping(found["rest"])) and rest.points:
            return Keeping(found["thing"].strip(" ,."), _apart(found["thing"], rest.names), rest.listed, rest.condition)
    names: list[str] = []
    condition = _CONDITION.match(text)
    text = text[condition.end() :] if condition else text
    holds = _WITH_IT.search(_TAIL.sub("", text)) is not None
    text, listed = _stripped(text, names)
    thing = _thing(text) or ("it" if holds else _thing(text))
    if thing is None:
        return None
    return Keeping(thing, tuple(reversed(names)), listed, condition["what"] if condition else "")


def _stripped(text: str, names: list[str]) -> tuple[str, str]:
    """The clause without manners, places and names, which are put into `names`, the last first; and the list it names."""
    listed = ""
    for _ in range(8):
        text = _LEAD.sub("", text).strip(" ,.;")
        before = text
        text = _WITH_IT.sub("", _TAIL.sub("", _WHY.sub("", text))) or text
        if text != before:
            continue
        if (is_called := _IS.search(text)) and is_called.start() > 0:
            names.append(next(filter(None, is_called.groups())).strip())
            text = text[: is_called.start()]
            continue
        if (after := _AFTER_NOTE.search(text)) and _leaves_pointer(_PLACE.sub("", text[: after.start()])):
            names.append(after["name"])
            text = text[: after.start()]
            continue
        under = _last(_UNDER, text)
        if under is not None:
            names.append(_bare(under["name"]))
            text = text[: under.start()]
            continue
        if (on_list := _LIST.search(text)) and not listed:
            listed = "shopping list" if on_list["for"] or not on_list["list"].lower().endswith(("list", "lists")) else on_list["list"].lower()  # fmt: skip
            text = text[: on_list.start()]
            continue
        text = _PLACE.sub("", text)
        if (who := _FOR.search(text)) and _leaves_pointer(text[: who.start()]):
            names.append(f"for {who['who']}")
            text = text[: who.start()]
        if text == before:
            break
    return text.strip(" ,.;"), listed


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first place from which the pattern takes the whole rest as a name, where what is before it is a wish."""
    for start in (match.start() for match in re.finditer(r"(?:^|(?<=[\s,.;:-]))\w", text)):
        found = pattern.match(text, start)
        if found and start and not _NO_NAME.fullmatch(found["name"].strip(" .")) and _leaves(text[:start]):
            return found
    return None


def _leaves(text: str) -> bool:
    """Whether what stands before a name is a wish to keep a thing."""
    text = _PLACE.sub("", _TAIL.sub("", _LEAD.sub("", text.strip(" ,.;"))))
    return _thing(_LIST.sub("", text).strip(" ,.;")) is not None


def _leaves_pointer(text: str) -> bool:
    thing = _thing(_LEAD.sub("", text.strip(" ,.;")))
    return thing is not None and (not thing or POINTER.fullmatch(thing) is not None)


def _thing(text: str) -> str | None:
    """What a bare wish keeps: "jot it down" -> "it"; None where it is no such wish."""
    text = _PLACE.sub("", text).strip(" ,.;")
    noted = _NOTE.match(text)
    if noted:
        return (noted["thing"] or "").strip()
    kept = _KEEP.match(text)
    if kept is None:
        return None
    thing = (kept["thing"] or "it").strip(" ,")
    thing = re.sub(r"^(?:(?:down|a note of|note of|of) )+", "", thing, flags=re.I)
    return None if re.match(r"(?:that|to|if|how|when|why|i|we|he|she|they|there|you)\b (?!one$|much\b|letters\b|(?:numbers?|sum|total|amount|answer|result|code|price|figure|colou?r|date|time|address|name|reference)$)\S", thing, re.I) else thing  # fmt: skip


def _bare(name: str) -> str:
    return name.strip(' .,;:!?"“”‘’').removeprefix("'").removesuffix("'")


def _apart(thing: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names; whom a thing is for stands beside the thing: "the number off this flyer for the shearers"."""
    who = re.search(r"\b(?:off|from|on) (?:this|that|the) [\w-]+ (?P<who>for (?:the|my|our) [\w' -]+)$", thing, re.I)
    return (who["who"], *names) if who else names
