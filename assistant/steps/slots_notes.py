"""Arguments of notes and facts."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.state.similar import STOP_WORDS
from assistant.steps.kept_results import with_product
from assistant.steps.printed import title_of, value_for
from assistant.steps.reasons import without_reason
from assistant.steps.slots import (
    NO_WORDS,
    PRINTED,
    Filled,
    Material,
    Missing,
    bare,
    looked_up,
    only_pointer,
    pointed,
    points,
)
from assistant.steps.slots_earlier import THING_FIRST, stands_for
from assistant.steps.utterance import starts_anew

_NOTE = re.compile(
    r"^(?:(?:please )?(?:i (?:want|need) to )?(?:(?:make|take|write|add|keep|save|record|create|dictate|put|new|start|leave)(?: me| us| yourself)?(?: a| an| another| this)?(?: new| quick| short| little)? note(?: of| to self| down)?|"
    r"note to self|note down|(?:you )?(?:please )?write (?:down )?for me(?: please)?|write (?:this |that |it )?down|jot (?:this |that |it )?down|take (?:this|that|it) down|(?:pop|put|stick|scribble|get|bung) (?:this |that |it )?down|(?:pop|put|stick|bung|write|get|add) (?:it|this|that)? ?(?:in|into|on) (?:my|the) (?:notes?|note ?book|note ?pad)(?: that)?|keep a (?:record|note) (?:of|that)|note|write|jot|log|record|new note))\b[\s,:]*",
    re.I,
)
_BEFORE = re.compile(  # why it is written down: "quick before i lose it, ..."
    r"^[\s,]*(?:(?:quick(?:ly)?|fast|now|please|for me|somewhere|down|real quick)[\s,]+)*(?:before (?:i|we|it) (?:lose|forget|slips?|goes?|go)\b(?: (?:it|my mind|out of my head))?|while i (?:remember|think of it)|quick(?:ly)?|in case i forget)(?:[\s,:;.-]+(?=\S+ \S)|$)",
    re.I,
)
_TO_LIST = re.compile(
    r"^(?:add|put|stick|save|store|copy|write|note|include|pop|record|bung|chuck|shove|whack|throw|get|jot|want|need)(?: down)?\s+(?P<what>.*?)\s+(?:to|on|onto|in|into|as)\s+(?:to )?(?:(?:my|the|a|our)\s+)?(?P<list>(?:[\w-]+\s+){0,3}?(?:lists?|notes?|note ?book))\b(?P<rest>.*)$",
    re.I,
)
_OUT_OF = re.compile(  # why it goes on the list: "we're nearly out of bleach, bung it on the list"
    r"^(?:(?:oh|right|so|ok|and|look)[, ]+)*(?:we|i|there|he|she|they)(?:'re|'m|'s|'ve|'ll| are| am| is| have| will)?(?: (?:nearly|almost|all|just|completely|only|still|run|running|getting|gone and))* "
    r"(?:out of|low on|short of|need(?:s|ing)?|used (?:up )?(?:all |the last of )?(?:the|our|my)|finished (?:off )?(?:the|our|my)|got no|no|want)(?: (?:some|more|any|another|the))* (?=\w)",
    re.I,
)
_THING = r"(?:it|this|that|them|these|those|this one|that one|one of (?:these|those)|(?:another|some more|more|one more|a few more|a new one|another one)(?: of (?:it|this|that|these|those|them))?|one|the same(?: again)?)?"
_TAKEN_BACK = re.compile(
    r"[\s,.]*\b(?:no|sorry|wait|actually|i mean|oh no)\b[\s,]+(?:(?:no|sorry|wait|actually|i mean|make (?:it|that)|not [\w' -]{2,30}?(?:,| but|(?= \w+$)))[\s,]+)*(?P<new>[\w' -]+)$",
    re.I,
)
_MORE_ON = re.compile(  # "eggs on the list and a pint of milk while you're at it"
    r"^(?:[\s,]*(?:(?:and|plus|oh|also|with)[\s,]+)+|\s*,\s*(?=(?:an?|some|more|another|two|three|four|five|six|\d+)\b))(?P<more>(?:an?|some|more|another|the|two|three|four|five|six|\d+|[a-z]+)\b(?: (?!on\b|is\b|are\b|to\b|it\b|that\b|me\b|what\b|please\b)[\w'-]+){0,4}?)(?:,? (?:while you're (?:at it|there|on)|as well|too|please|on it|on there|for me))*[ .!]*$",
    re.I,
)
_HEADED = re.compile(
    r"^[\s,]*(?:under|as|called|titled|headed|with the (?:title|heading|name)) (?:the (?:title|heading|name) )?(?:of )?(?P<name>[\w' -]{2,40})$",
    re.I,
)
_AFTERWARDS = re.compile(
    r"^(?:(?:i|we)(?:'ll|'d| will| would)? (?:need|want|like) (?:to (?:have|keep) )?)?(?P<what>.+?)[,;.]? (?:and |so |please |can you |then )*(?:write|note|jot|get|put|take|stick|pop) (?:it|that|this|them) down\b.*$",
    re.I,
)
_POINTS = re.compile(r"\b(?:it|this|that|them|these|those)\b", re.I)
_PLACED = re.compile(
    r"(?:^|\s+)(?:down )?(?:in|into|on|to|as) (?:a|my|the|another) (?:quick |new )?(?:notes?|note ?book|note ?pad)$",
    re.I,
)
_SO_THAT = re.compile(
    r"[\s,]+(?:so (?:that )?(?:i|we) (?:don't|do not|won't|can't|can|will|have|know|remember)\b.*|before i forget|in case i forget|for later|lest i forget)$",
    re.I,
)
_BARE_NOUN = re.compile(
    rf"(?!(?:the|that|this|its|their|whatever|when|where|what|who|which|how)\b)(?:[\w'-]+ )*{PRINTED}.*", re.I
)


_ALL_ON_IT = re.compile(  # "put everything that's on it in my own list"
    r"\b(?:put|add|copy|write|stick|jot|get|bung|pop|note|save|move)(?: down)? (?:everything|all (?:of )?(?:it|that|this|them)|every(?: thing| item| one| line)|the (?:whole )?lot|each (?:thing|item|one)|all (?:of )?the (?:things|items|stuff|bits))(?: (?:(?:that|which)(?:'s| is|'re| are)|there is|written|listed|printed))?(?: (?:on|in|from|off) (?:it|this|that|there|here|the (?:list|paper|page|card|note)))?(?: down)? (?:in|on|to|onto|into) (?:my|the|our) (?:own )?(?P<list>(?:[\w-]+ )?list)\b",
    re.I,
)
_BESIDE = re.compile(r"\s(?:along|together) with [^,.]+$", re.I)
_POINTER_ALONE = re.compile(r"(?:it|that|this|them|those|these)(?: down)?", re.I)


def _all_lines(words: str, material: Material) -> str:
    """Every printed line as a thing on a list, without the line that only says that it is one."""
    found = _ALL_ON_IT.search(words) if material.document is not None else None
    if found is None or material.document is None:
        return ""
    lines = [" ".join(line.split()).strip(" .,;-*") for line in material.document.lines]
    things = [line for line in lines if line and not re.search(r"\blists?:?$", line, re.I)]
    which = found["list"].lower() if " " in found["list"] else list_before(material) or found["list"].lower()
    return f"{which.capitalize()}: {', '.join(things)}" if things else ""


def add_note(words: str, material: Material) -> Filled:
    if listing := _all_lines(words, material):
        return {"text": listing}
    text, which = _note_and_list(words, material)
    if _POINTER_ALONE.fullmatch(without_reason(text)):
        text = without_reason(text)
    bare_thing = re.fullmatch(_THING, text, re.I) is not None
    if material.document is None and bare_thing and (text or _POINTS.search(words)):
        text = material.quote or pointed("it", material)
    listed = which.endswith("list") and not re.match(
        r"(?:the|what|its|their)\b", text, re.I
    )  # things to get, named as such
    meant = (
        f"that {text}" if THING_FIRST.match(text) and f"that {text}".lower() in words.lower() else text
    )  # whose "that" was cut off
    if known := stands_for(meant, material.earlier) or (
        bare_thing and (text or _POINTS.search(words)) and _just_named(material)
    ):
        beside = _BESIDE.search(words)
        known = f"{known}, {beside[0].strip()}" if beside and beside[0].strip() not in known else known
        return {"text": f"{which.capitalize()}: {known}" if which else known}
    if not listed and (printed := looked_up(text, material)):
        text = printed
    elif material.document is not None and which and bare_thing:  # a list takes the thing's name
        text = title_of(material.document.passages)
    elif material.document is not None and (bare_thing or points(text)):
        text = pointed("it" if bare_thing else text, material)
    elif points(text) and not _BARE_NOUN.fullmatch(text):
        text = pointed(text, material)
    if not text or NO_WORDS.fullmatch(text):
        return Missing("What should I write down?", "text")
    return {"text": f"{which.capitalize()}: {text}" if which else text}


def _just_named(material: Material) -> str:
    """The thing that the step before named, where it is one: a code, a colour, a word, or what a fact tells."""
    last = material.earlier[0] if material.earlier else None
    if last is None or last.kind not in ("code", "colour", "word", "amount", "fact"):
        return ""
    return last.text if last.kind == "fact" else last.value


def _note_and_list(words: str, material: Material) -> tuple[str, str]:
    """What is to be written down, and the list or the heading that it goes under; "" for a note."""
    onto = re.search(
        r"^(?P<what>.*?)[,;]? (?:(?:so|and|can you|please|could you|just) )*(?:put|add|write|stick|bung|pop|get|chuck|shove|whack|jot|whizz|sling) (?:it|that|this|them|some|more)(?: down)? (?:to|on|onto|in) (?:my |the |our )?(?P<list>[\w -]*(?:list|notes?))",
        words,
        re.I,
    )
    adding = re.match(
        r"^(?:add|put) (?:this )?(?:to|in|on) (?:my|the) (?P<list>[\w -]*?(?:list|notes?))\b[,:]?\s*(?P<what>.+)$",
        words,
        re.I,
    )
    match = _TO_LIST.match(words) or adding or onto
    text, which = (
        (_BEFORE.sub("", _NOTE.sub("", words)) or _told_after(words, material), "")
        if match is None
        else (match["what"], match["list"].lower())
    )
    rest = match.groupdict().get("rest") or "" if match else ""
    if match is not None and (more := _MORE_ON.match(rest)) and not starts_anew(more["more"]):
        text, rest = f"{text}, {more['more']}", ""
    name = _HEADED.match(rest)
    text = _OUT_OF.sub("", text) if match is not None else text
    if corrected := _TAKEN_BACK.match(rest):
        text = corrected["new"]
    elif _POINTS.fullmatch(text) and re.match(r"\s+that\s|:", rest):
        text = rest  # "pop it in my notes that ..."
    elif afterwards := _AFTERWARDS.match(text):
        text = afterwards["what"]
    text = _SO_THAT.sub("", _PLACED.sub("", _the_same(text, material)))
    text = re.sub(r"(?:^|\s+)down(?: somewhere)?(?: for me)?$", "", bare(text), flags=re.I)
    if match is None and (on_too := _ON_TOO.match(words)) and (same := list_before(material)):
        text, which = bare(on_too["what"] or on_too["too"]), same
    which = re.sub(r"^(?:that|this|our|my|the same|the) (?=.*\blist$)", "", which)
    if which == "list":
        which = list_before(material) or which
    if not re.fullmatch(r".*\blist", which):
        which = name["name"].strip() if name else ""
    if re.fullmatch(r"(?:add|put|stick|pop) (?:to|on|onto|in) (?:the|my|our) (?:[\w-]+ )?list", text, re.I):
        text = ""
    text = re.sub(r"(?:^|\s+)(?:down )?somewhere(?: (?:safe|handy|sensible))?(?: (?:that |where )?(?:i|we)(?:'ll|'d| will| can| could|'m)\b.*)?$", "", text, flags=re.I)  # fmt: skip
    return re.sub(r"(?:^|\s+)(?:for (?:me|later)|please)$", "", text, flags=re.I), which


_ON_TOO = re.compile(  # what goes on the list that was spoken of: "stick cream on", "and eggs too"
    r"^(?:(?:and|then|also|oh) )*(?:(?:add|put|stick|pop|bung|chuck|whack|get) (?P<what>.+?)(?: (?:on|down|onto it|on it|on there|to it|to that|on that))(?: (?:instead|too|as well|please|for me))*|(?:add|put|stick|pop|bung|chuck|whack) (?:some |a |the )?(?P<too>.+?) (?:too|as well|instead))$",
    re.I,
)
_A_LIST = re.compile(r"\b(?P<list>(?:shopping|grocery|to[ -]?do|packing|wish|task|christmas|present) list)\b", re.I)


def list_before(material: Material) -> str:
    """The list that this request or the last step spoke of; "" for none."""
    named = _A_LIST.search(material.request)
    kept = next(
        (found for one in material.earlier[:3] if one.step in _LISTING and (found := _A_LIST.match(one.text))), None
    )
    found = named or kept
    return found["list"].lower() if found else ""


def _told_after(words: str, material: Material) -> str:
    """What is said after "write this down quick before i forget", where that was cut off as a piece of its own."""
    at = material.request.lower().find(words.lower())
    rest = material.request[at + len(words) :].strip(" ,.:;-") if at >= 0 else ""
    return "" if len(rest.split()) < 3 or starts_anew(rest) else rest


_LISTING = ("add_note", "edit_note", "search_notes", "delete_note")


def _the_same(text: str, material: Material) -> str:
    """ "That milk" after "I take my tea with oat milk" is oat milk."""
    named = re.fullmatch(r"(?:that|those|this|the same|this kind of|that kind of) ([a-z]+)", text, re.I)
    last = material.quote or material.last_text
    same = re.search(rf"\b([a-z][\w'-]+) {re.escape(named[1])}\b", last, re.I) if named else None
    known = same is not None and same[1].lower() not in STOP_WORDS
    return same[0] if same is not None and known else text


_CALLED_SO = re.compile(
    r"(?:it|that|this)(?: down)? (?:as|under) (?P<name>(?:my|the|our|his|her|their) [\w' -]+?)[ .!]*", re.I
)


def _printed_as(text: str, material: Material) -> str:
    """ "It as my library number" -> "my library number: 20 4418", where print has what the name's last word asks for."""
    called = _CALLED_SO.fullmatch(text.strip())
    if called is None or material.document is None:
        return ""
    found = value_for(material.document.passages, f"what is the {called['name'].split()[-1]}")
    return f"{called['name']}: {found.value}" if found is not None else ""


def _told_first(words: str, material: Material) -> str:
    """What the request says before the wish to keep it: "the stopcock is by the sink, keep that in your head"."""
    at = material.request.lower().find(words.lower().strip(" .?!"))
    told = re.split(r"[.!?]\s+", material.request[: max(at, 0)].strip(" ,.;:-"))[-1]
    told = re.sub(r"[\s,]+(?:and|so|but|please|can you|could you|will you)$", "", told, flags=re.I)
    asks = re.match(
        r"(?:what|who|where|when|which|why|how|is|are|do|does|did|can|could|thanks?|hello|hi)\b", told, re.I
    )
    return "" if len(told.split()) < 4 or asks or any(one.now for one in material.earlier) else told


def remember(words: str, material: Material) -> Filled:
    fact = re.sub(
        r"^(?:(?:please|i (?:want|need) you to|make sure(?: you)?|you (?:should|must|had better)|you(?= rem)|(?:just )?(?:so|in case) you know,?|(?:just )?so that you know,?|you know,|just to let you know,?|for (?:the future|your information),?|always)\s+)*(?:rem+em?b+[er]+|rem+[em]*be+r|remeb+er|keep (?:this |that |it )?in (?:(?:your |the )?(?:mind|head|memory|brain))|bear (?:this |that |it )?in mind|(?:don't|dont|do not)(?: you| ever| let (?:me|us))* forget|never forget|know|retain|hang on to|keep hold of|"
        r"memori[sz]e|learn|store|save|commit (?:this |that |it )?to memory|make a mental note|note for later|for (?:later(?: on)?|future reference|the record))?\b(?:\s+(?:this(?: fact)?|that|for (?:me|later)))?[\s,:]*",
        "", words, flags=re.I,
    )  # fmt: skip
    fact = re.sub(
        r"[\s,.]*(?:please |can you |so |and )?(?:remember|keep in mind|memori[sz]e)(?: (?:that|it|this))?[ .!?]*$",
        "",
        fact,
        flags=re.I,
    )
    fact = re.sub(r"\s+(?:for (?:me|later)|(?:in|to) (?:your )?memory)(?=[ .!?]*$)", "", fact, flags=re.I)
    named = re.match(r"(?:'s|is|it's|this is|that is) (?P<what>(?:my|our|the|what) .+)$", fact.strip(), re.I)
    if named and material.last_text:  # "twenty percent of ninety, and remember that's my budget"
        known = material.last_value or material.quote or material.last_text
        return {"fact": f"{named['what'].strip(' .')}: {known}"}
    if printed := _printed_as(fact, material) if not any(one.now for one in material.earlier) else "":
        return {"fact": printed}
    fact = without_reason(fact) if _POINTER_ALONE.fullmatch(without_reason(fact)) else fact
    if known := stands_for(fact, material.earlier):
        return {"fact": known}
    if not material.document and _POINTER_ALONE.fullmatch(fact.strip(" .") or "it"):
        fact = _told_first(words, material) or fact
    if printed := looked_up(fact.strip(" ."), material):
        return {"fact": printed}
    pointing = material.document is not None and points(fact.strip(" ."))
    if not fact.strip(" .") or only_pointer(fact.strip(" .")) or pointing:
        fact = pointed(fact.strip(" .") or "this", material)
    fact = with_product(fact, material.document)
    return {"fact": fact.strip(" ,")} if fact.strip(" .") else Missing("What should I remember?", "fact")
