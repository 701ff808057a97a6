"""A request cut into clauses: politeness, hesitations and self-corrections out, one thing the user wants in each piece."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.steps.clause import Clause
from assistant.steps.corrected import corrected
from assistant.steps.elided import complete
from assistant.steps.twice import said_twice

HEAD = 3_000  # characters in which commands are looked for; the rest is content (a dictated note), never a command

_HESITATION = re.compile(
    r"(?<![\w'])(?:um+|uh+|erm?|hmm+|mm+|uhm|(?<!\bso )(?<!\blet )you know|i mean|sort of|kind of like)(?![\w'])[,.…]*\s*",
    re.I,
)
_TWICE = re.compile(
    r"\b(i|the|a|an|to|my|me|is|what|can|could|you|it|this|and|of|in|on|please|set|for)(?:[ ,]+\1\b)+", re.I
)
_CORRECTED = re.compile(
    r"(?<![\w:.])(?P<old>[\w:.]{1,20})(?: (?:o'?clock|am|pm|minutes?|hours?|percent))?,? (?:(?:oh )?(?:no|sorry|actually|wait),? ?)+"
    r"(?:i mean |make (?:it|that) |rather )?(?P<new>[\w:.]{1,20})\b",
    re.I,
)
_NUMBERISH = re.compile(
    r"\d[\d:.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow",
    re.I,
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ANOTHER_DAY = re.compile(  # "wednesday week no just this wednesday": the day that was said last counts
    rf"(?:(?:this|next|on) )?(?:{_DAY}(?: week)?|today|tomorrow),? (?:no|sorry|actually|wait|rather)[, ]+"
    rf"(?:(?:just|i mean|make (?:it|that)|it's|on|rather) )*(?P<new>(?:(?:this|next|on) )?(?:{_DAY}|today|tomorrow))\b",
    re.I,
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_SPOKEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(  # said one way and written another
    (re.compile(pattern, re.I), written)
    for pattern, written in (
        (r"\b(?:tmrw|tmw|2moro|tomoz)\b", "tomorrow"),
        (r"\bo clock\b", "o'clock"),
        (r"(?<=\w )n(?= \w{2})", "and"),
        (r"\ban(?= (?:write|put|tell|remind|spell|read|keep|stick|give|gie|get|add|note|start|set|remember)\b)", "and"),
        (r"\bb4\b", "before"),
        (r"\bgie\b", "give"),
        (r"\b(?:ye|yer|ya) (?=need|don't|dinn)", "you "),
        (r"\bneedn?(?:y|a|ae|'ae)\b", "needn't"),
        (r"\b(?:dinnae|dinna|dinny)\b", "don't"),
        (r"\bwha\b", "what"),
        (r"\bpon\b", "on"),
        (r"(?<!\S)t'(?=[a-z]{2})", "the "),
        (r"\b(five|ten|quarter|twenty|twenty five) (to|past) (?:noon|midday)\b", r"\1 \2 twelve noon"),
        (r"\b(?:a )?quarter of an hour\b", "15 minutes"),
        (r"\bthree quarters of an hour\b", "45 minutes"),
        (r"\b(one|two|three|four|\d) and (?:a )?half hours?\b", r"\1 and a half hours"),
        (rf"(?<=\b(?:at|by) )half (?={_HOUR}\b(?! ?(?:hours?|minutes?)))", "half past "),
        (rf"(?<=\b(?:for|til) )half (?={_HOUR}\b(?! ?(?:hours?|minutes?)))", "half past "),
        (
            rf"\bhalf (?={_HOUR} (?:tomorrow|tonight|today|this (?:morning|afternoon|evening)|in the (?:morning|afternoon|evening)|at night|(?:on )?\w+day)\b)",
            "half past ",
        ),
        (
            rf"\b(no|sorry|around|about|\w+day|evening|morning|tonight) half (?={_HOUR}\b(?! ?(?:hours?|minutes?)))",
            r"\1 half past ",
        ),
        (
            rf"\bat {_HOUR},? (?:(?:oh|no|sorry|wait|actually|make (?:it|that)|i mean),? )+(?:at )?((?:half|quarter) (?:past|to) {_HOUR})\b",
            r"at \1",
        ),
        (r"\bmid-day\b", "midday"),
        # "undo that" as the recogniser writes it; permissions ask for a yes, since the words don't say undo
        (r"^(?:and|under|on|an) (?:do|due) (?:that|it)[.!]*$|^(?:undue|under) that[.!]*$", "undo that"),
        (r"\bper cent\b", "percent"),
        (r"^(?:the |what's the )?date and (?:the )?time\b", "what's the date and what's the time"),
        (r"^(?:the |what's the )?time and (?:the )?date\b", "what's the time and what's the date"),
    )
)
_TAKEN_BACK = re.compile(  # "remind me at ..., no sorry, remind me tomorrow ...": only what follows counts
    r"^.*?[\s,.]+(?:no,? sorry|sorry,? no|no,? wait|wait,? no|actually,? no|no,? actually|scratch that|no,? i mean|forget that)"
    r"[\s,.]+(?=(?:set|remind|read|add|what|how|tell|make|remember|cancel|start|find|spell|describe|when|where|who)\b)",
    re.I | re.S,
)
_OPENING = re.compile(
    r"(?:(?:hey|hi|hiya|howdy|hello|ok|okay|all ?right|right|well|so|now|oh|ah|yes|yeah|please|antigone|listen|computer|assistant|"
    r"and|then|also|but|just|quickly|first|finally|after that|excuse me|actually|maybe|good (?:morning|evening|afternoon)|"
    r"if you (?:can|could|would|don't mind)|when you (?:can|have a moment)|"
    r"(?:can|could|would|will) you(?! (?:see|spot|remember|recall|hear|tell if|do\b|help me$|read (?:letters|handwriting))|$)|"
    r"can i|could i|may i|could we|can we|would you mind|do you think you (?:can|could)|are you able to(?! see)|"
    r"i(?:'d| would) like you to|i want you to|i need you to|i(?:'d| would) like to(?! know)|i want to(?! know)|"
    r"i need to(?= set)|i was wondering (?:if you could|whether you could)?|i wonder if you (?:can|could)|"
    r"(?:i(?:'d| would) like to|i want to|i need to) know|let me know(?= (?:what|who|how|where|which))|"
    r"go ahead and|(?:do )?me a favou?r and|try to|be so kind (?:as to|and)|kindly)(?:[,.!]+\s*|\s+))+",
    re.I,
)
_CLOSING = re.compile(
    r"(?:[ ,]+(?:please|thanks|thank you(?: very much)?|for me|would you|will you|could you|can you|if you can|if you could|"
    r"if you don't mind|antigone|will ya|right now|okay|ok|mate|dear|love))+[ .!?]*$",
    re.I,
)

_COMMAND = (
    r"read|tell me|remind me|set (?:a|an|the|me|up)|start (?:a|an|the)|add (?!to\b)|put|make (?:a|me a)|take a note|note|jot|"
    r"write|remember|save|store|keep (?:a|it|this|that)|spell|repeat|say (?:it|that)|describe|find|"
    r"look (?:for|at|in|through|up)|search|locate|scan|check|calculate|work out|convert|turn .{1,20} into|split|divide|"
    r"multiply|cancel|delete|remove|undo|list|show|give me|let me (?:know|hear)|count|time me|wake|don't (?:let me )?forget|"
    r"don't remind|forget|identify|name the|compute|log|record|create|alert|warn|nudge|ping|help me|stop|turn off|"
    r"switch off|explain|(?:bin|chuck|scrap|drop|ditch|dump|erase|wipe|lose) (?:it|that|this|them|those|the (?:[\w'-]+ ){1,4}one)(?= |$)(?! (?:is|was|are)\b)"
)
_QUESTION = (
    r"what(?:'s|s|'re)?|how|when(?:'s)?|where(?:'s)?|who(?:'s)?|whose|which|why|is (?:there|this|that|it|the|my)|"
    r"are (?:there|these|they|the)|do (?:i|you|they)|does|did|has|have i|am i|was|should i|will i|can i|can you|could you|"
    r"would you"
)
_START = (
    r"(?:(?:also|please|then|finally|afterwards|after that|could you|can you|would you|i'd like you to|and) )*"
    rf"(?:{_COMMAND}|{_QUESTION})\b"
)
_SPLIT = re.compile(
    r"(?:(?<!\bdr)(?<!\bmr)(?<!\bst)(?<!\bmrs)(?<!\bms)[.?!;]+\s+|,?\s+and then\s+|,?\s+after that,?\s+|,\s*then\s+|"
    rf"\s+then\s+|,?\s+and also\s+|,\s*and\s+|,\s+|\s+and\s+|\s+plus\s+)(?={_START})",
    re.I,
)
_STRONG = re.compile(r"[.?!;]|\bthen\b|\bafter\b|\balso\b", re.I)
_CONTENT = re.compile(  # clauses whose own words may hold verbs: reminders, notes, facts
    r"^(?:remind me|(?:set|add|make|create) (?:me )?a reminder|don't (?:let me )?forget|make sure|remember|keep in mind|"
    r"(?:take|make|write|add|keep|save|record|create|dictate) a note|new note|note|jot|write|wake me|"
    r"(?:add|put) .* (?:to|on|in) my|tell me (?:to|at|tomorrow)|forget about)\b",
    re.I,
)
_OWN = re.compile(  # what may follow "and" after such a clause and still be a command of its own
    r"(?:(?:also|please|then) )*(?:remind me|tell me|set (?:a|an|the|me)|start (?:a|the)|repeat|spell|"
    r"read (?:it|this|that|me|out|the|my)\b|what(?:'s|s)?|how (?:much|many|do|far|long|old|hot)|when(?:'s| is| are| do)|"
    r"where(?:'s| is| are)|who(?:'s| is)|scan|describe|calculate|work out|convert|give me|cancel|add|note|make a note|"
    r"take a note|remember|save|write (?:it|that|this|down)|put|list|show me|undo)\b",
    re.I,
)
_STATEMENT = re.compile(r"^(?:i|i've|i'm|my|we|there|it|he|she|they|the|our|mum|dad|this is|that's)\b(?!.*\?)", re.I)
_ABOUT_IT = re.compile(
    r"^(?:(?:so|please|can you|could you) )*(?:remind me|remember|note|make a note|write|save|"
    r"set (?:a|me a) reminder|don't let me forget)",
    re.I,
)


def tidy(words: str) -> str:
    """The user's words without hesitations, repeated small words and corrected slips, in one line."""
    text = " ".join(words.replace("’", "'").replace("\0", " ").split())
    text = _TAKEN_BACK.sub("", _HESITATION.sub("", text))
    for spoken, written in _SPOKEN:
        text = spoken.sub(written, text)
    text = _ANOTHER_DAY.sub(r"\g<new>", text)
    text = _TWICE.sub(r"\1", text)
    return _CORRECTED.sub(_correct, text).strip()


def _correct(match: re.Match[str]) -> str:
    """ "five no ten minutes" -> "ten minutes", but only where both are numbers or days."""
    old, new = match["old"], match["new"]
    return new if _NUMBERISH.fullmatch(old) and _NUMBERISH.fullmatch(new) else match[0]


def strip_manners(words: str) -> str:
    """Without "um, could you please ... for me, thanks"; the words themselves where nothing else is left."""
    text = words.strip()
    for _ in range(3):
        shorter = _CLOSING.sub("", _OPENING.sub("", text, count=1) if _OPENING.match(text) else text).strip(" ,")
        if not shorter or shorter == text:
            break
        text = shorter
    return text


_VERBS = (
    r"dump|tear|rip|alter|reword|swap|delete|remove|erase|get rid of|throw|bin|chuck|scrap|drop|ditch|wipe|clear|cancel|forget|take|cross|strike|change|edit|correct|update|"
    r"rename|read|open|launch|start|run|bring up|fire up|get|turn|switch|set|make|speak|talk|slow|speed|define|look|zoom|find|search|spell|"
    r"convert|store|save|file|add|keep|show me|what|how|where|which|is there|work out"
)
_ASIDE = re.compile(
    r"^.{3,120}?(?:[,.;:!]\s+|\s)(?:(?:so|and|but|then|please|can you|could you|would you|will you|just|now|maybe|do)[, ]+)+"
    rf"(?=(?:{_VERBS})\b)|^.{{3,120}}?[,.;:!]\s+(?=(?:{_VERBS})\b)",
    re.I,
)
_AFTERWARDS = re.compile(
    r"(?:,|\s-)\s*(?:i|i'm|i've|it|it's|that's|we|we've|they|as|since|cause|cos|please|thanks|would you|will you|if you)\b.*$"
    r"|\s+(?:because|cos|since i|as i|so that|would you|will you|for me|please)\b.*$",
    re.I,
)


def core(words: str) -> str:
    """The wish itself, without what is told before it and the reason given after it.

    "i've moved house so get rid of that old contract, i don't need it" -> "get rid of that old contract"
    """
    text = words.strip()
    found = _ASIDE.match(text)
    if found and not re.match(rf"(?:{_VERBS})\b", text, re.I):
        text = text[found.end() :]
    shorter = _AFTERWARDS.sub("", text).strip(" ,.")
    text = shorter if re.search(r"\w\W+\w", shorter) else text
    leaning = _OF_IT.match(text)
    thing = named_before(words[: found.end()], "") if found and leaning else ""
    return f"{leaning[1]}{thing}{text[leaning.end() :]}" if thing and leaning else text


_OF_IT = re.compile(
    rf"((?:{_VERBS})(?: out| away| up| off)? )(?:it|that|them|this)\b(?! (?:\w+ )?(?:one|note|list|reminder|timer)\b)",
    re.I,
)
_THING = re.compile(
    r"\b(?:the|my|that|this|our|some|of|about|on|for) (?!i\b|it\b|that\b|my\b|the\b|do\b|does\b)((?:[\w'-]+ ){0,4}?[\w'-]+)"
    r"(?=\s*(?:[,.;?!]|$|\s(?:and|so|but|then|say|says|said|is|are|was|can|any ?more|now|please|i|we|you|on|in|for|to|at)\b))",
    re.I,
)


def named_before(words: str, noun: str) -> str:
    """The thing that the words name last, with its article: what "it" in the next clause stands for; "" if none.

    Args:
        words: the clause before.
        noun: what kind of thing it is ("note"), put after a name that does not say so.
    """
    things = [match[1] for match in _THING.finditer(words.rstrip(" ,.;") + ",")]
    things = [
        re.sub(r"^(?:about|on|of) ", "", thing)
        for thing in things
        if not re.fullmatch(rf"{noun or '-'}s?", thing, re.I)
    ]
    if not things:
        short = words.strip(" ,.;?!")
        return short if len(short.split()) <= 2 and not re.match(r"(?:i|we|it|that)\b", short, re.I) else ""
    thing = re.sub(r"^(?:the|my|that|note (?:about|on)) ", "", things[-1])
    return (
        f"the {thing}"
        if not noun or re.search(rf"\b{noun}s?\b|\blist\b", thing, re.I)
        else f"the {noun} about {thing}"
        if noun == "note"
        else f"the {thing} {noun}"
    )


def starts_anew(words: str) -> bool:
    """Whether the words begin like a command of their own ("remind me ...", "set a ...")."""
    return bool(re.match(rf"(?:{_COMMAND})\b", strip_manners(tidy(words)), re.I))


def tidied(request: str) -> tuple[str, str]:
    """The request without slips, each wish with all of its words; and what is too far from its head to hold a wish."""
    whole = " ".join(request.split())
    return said_twice(complete(tidy(corrected(whole[:HEAD])))), whole[HEAD:]


def split(request: str) -> list[Clause]:
    """The clauses of a request, in order; at least one unless the request has no words.

    A comma or an "and" ends a clause only before what starts a new one ("and remind me ..."); after words that carry free
    text (a note, a reminder) only before an unmistakable command, so "remind me to call Tom and read his letter" is one.
    """
    text, rest = tidied(request)
    pieces: list[str] = []
    start = 0
    for match in _SPLIT.finditer(text):
        left, right = text[start : match.start()], text[match.end() :]
        if left.strip(" ,.") and _ends_here(strip_manners(left), match[0], right):
            pieces.append(left)
            start = match.end()
    pieces.append(text[start:])
    wishes = [strip_manners(piece).rstrip(",; ") for piece in pieces]
    wishes[-1] += rest
    return [Clause(wish) for wish in wishes if re.search(r"\w", wish)]


def _ends_here(left: str, joint: str, right: str) -> bool:
    """Whether a clause ends between `left` and `right`, which begins like a clause."""
    if re.fullmatch(r"(?:please|ok|okay|hi|hello|hey|and|so|well|i)", left.strip(" ,.").lower()):
        return True
    if _STATEMENT.match(left) and _ABOUT_IT.match(right) and not left.rstrip().endswith("?"):
        return False  # "I see the dentist on Monday at two, remind me an hour before" is one request
    if _CONTENT.match(left):
        return bool(_OWN.match(right)) and (bool(_STRONG.search(joint)) or len(left.split()) > 2 or "," in joint)
    asks, goes_on = r"(?:what|where|how|who|when|which)\b", r"(?:is|are|was|has|does|did)\b"
    if joint.strip() == "and" and re.match(asks, left, re.I) and re.match(goes_on, right, re.I):
        return len(right.split()) > 2
    return True
