"""Arguments of dates, words, settings, programs and a closer look."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.time_words import find_times
from assistant.steps.printed_times import date_meant
from assistant.steps.printed_words import printed_word
from assistant.steps.reasons import without_reason
from assistant.steps.slots import Filled, Material, Missing, only_pointer
from assistant.steps.slots_earlier import of_kind
from assistant.steps.utterance import core

_PLACE = r"(?:(?:(?:very |far )?(?:top|bottom|upper|lower|left|right|middle|centre|center|corner|edge|side|front|back)(?:[- ](?:left|right|hand|half|corner|part|side|edge|line|third|of the (?:page|picture|photo|image|label)))*)|(?:first|second|third|last) (?:line|row|paragraph|column))"


_REPAIR = re.compile(
    r"^.*\b(?:hang on|no wait|wait no|sorry no|no sorry|scratch that|i mean|rather)\b[\s,]*(?=\S+ \S+)", re.I
)


_DAYS = re.compile(
    r"day|today|tomorrow|night|week|month|year|\d|first|second|third|\w+th\b|christmas|xmas|easter|halloween|hogmanay|january|february|march|april|june|july|august|september|october|november|december|\bmay\b|solstice|clocks|whitsun|pentecost|epiphany",
    re.I,
)


_THAT_DAY = re.compile(r"\b(?:that|it|this|then)\b", re.I)
_NUMBERED = re.compile(
    r"\b(?:the )?(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty[ -]|thirty[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)\b(?! (?:time|one|floor|birthday|line|page|day|of (?:us|them|all)))",
    re.I,
)


def _day_told(text: str, material: Material) -> str:
    """The day that was said before the question about "that": "pension is the 28th, what day is that"; "" for none."""
    for words in (text, material.request):
        if numbered := _NUMBERED.search(words):
            return numbered[0]
    dated = next((find_times(one.text) for one in material.earlier if one.kind in ("", "fact", "when", "due")), [])
    days = [span.words for span in dated if _DAYS.search(span.words)]
    return of_kind(material.earlier, "date", "reminder")[:10] or (days[0] if len(days) == 1 else "")


_POINTING = re.compile(r"(?:on |by )?(?:that|the same|this|the) (?:day|date)|(?:(?:on|every|each) )?[a-z]+days", re.I)
_IS_THAT = re.compile(r"\b(?:is|was) (?:that|it)\b|\bwhat (?:day|date)\b", re.I)


def _asked_of(times: Sequence[str], text: str) -> str:
    """The day that is meant: the last one told, but not where it only points ("flying home that day") or says how often
    ("is that one of my days, i go mondays and fridays")."""
    told = [one for one in times if not _POINTING.fullmatch(one)] or list(times)
    return told[0] if len(told) < len(times) and _IS_THAT.search(text) else told[-1]


def tell_date(words: str, material: Material) -> Filled:
    text = _REPAIR.sub("", words.strip(" ?.!"))
    text = re.sub(r"[, ]+(?:was|is|wasn't|isn't) (?:it|that) (?:a |on a )?\w+day$", "", text, flags=re.I)
    if re.match(r"(?:is it|isn't it|are we|has it|is today)\b", text, re.I):
        return {}  # "is it Tuesday already" asks for today
    times = [
        span.words
        for span in find_times(text)
        if _DAYS.search(span.words) and not re.fullmatch(r"(?:on |in )?(?:this|last|next) year", span.words, re.I)
    ]
    if not times and (printed := date_meant(text, material)):
        return {"day": printed}
    if not times and _THAT_DAY.search(text) and (told := _day_told(text, material)):
        return {"day": told}
    if times and not re.search(r"\b(?:before|after) (?:christmas|easter|the)\b", text, re.I):
        day = re.sub(r"^(?:it|on|by|for|from)\b\s*", "", _asked_of(times, text).strip(), flags=re.I)
        year = re.search(r"\b(?:this|last|next) year\b", text, re.I)
        said = f"{day} {year[0]}" if year and year[0].lower() not in day.lower() else day
        return {} if re.fullmatch(r"(?:today|now|tonight)", day, re.I) else {"day": said}
    counted = re.search(
        r"\b(?:until|till|til|to|before|away is|far (?:away |off )?is)\s+(?:it's |it is )?(.+)$", text, re.I
    )
    if counted and re.match(r"how\b", text, re.I):
        return {"day": counted[1]}
    which = re.search(r"\b(?:day|date|weekday)(?: of the week)?(?: (?:is|was|will|does|falls?|did))+(?: it)?\s+(.+?)(?: (?:be|fall|on|land)\b(?: on)?(?P<year> (?:this|next) year)?)*$", text, re.I)  # fmt: skip
    asked = which[1] if which else ""
    of_day = re.search(r"\b(?:is|'s|was|what|the)\s+((?:next |this |last )?[a-z]+)'?s date\b", text, re.I)
    if not asked and of_day and not re.match(r"today|the$", of_day[1], re.I):
        asked = of_day[1]
    if not asked:
        times = [span.words for span in find_times(text)]
        asked = times[-1] if times else ""
    if not asked and re.search(r"^how (?:many|long)\b.*\b(?:until|till|til|to|before)$", text, re.I):
        return Missing("Until which day?", "day")
    asked = re.sub(r"^(?:it|on)\b\s*", "", asked.strip(), flags=re.I)
    asked = "" if re.fullmatch(r"(?:what|which|when|please|now|then|again|for me|[, ])+", asked, re.I) else asked
    return {"day": asked} if asked and not re.fullmatch(r"(?:today|now|it|(?:right )?now)", asked, re.I) else {}


_MEANS_WHEN = re.compile(  # "what does it mean when something is amortised", "if someone's called frugal"
    r"^(?:it|that) means? (?:when|if|to say|to) (?:(?:you |they |people |folk )?(?:say|call|describe) )?(?:(?:something|someone|somebody|anything|a (?:thing|person|man|woman|word)|you|they|people|it|he|she)(?:'s|'re| is| are| was| gets?| has been)? )?(?:(?:is|are|be|get|being|called|said to be|described as|as) )*",
    re.I,
)
_TOLD = re.compile(
    r"\bthe (?:word|term) (?P<word>[\w'-]+)\b|^(?P<first>[\w'-]+),? what (?:does|is|'s)\b.*\b(?:that|it)\b", re.I
)


_ASKED_AFTER = re.compile(  # "the letter called me an appellant. which means?"
    r"^(?P<told>.+?)[\s,.;:]+(?:(?:so|and|now) )?(?:what(?:'s|s| is| does| on earth)+ (?:that|it|this)(?: (?:mean|means|supposed to mean|when it's at home|in plain english|in english|then|exactly|about|all about|even mean))*|which means(?: what)?|meaning(?: what)?|what(?:'s| is| does)? (?:it|that|this) (?:mean|about)|what do they mean(?: by that)?|what's one of (?:them|those))[ ?.!]*$",
    re.I,
)


_POINTS_BACK = re.compile(
    r"(?:(?:so|and) )?(?:what(?:'s|s| is| does)|which|meaning)\b(?: (?:that|it|this|on earth|does|is))*(?: (?:means?|when it's at home|supposed to mean|then|exactly|about|all about|in (?:plain )?english))*$",
    re.I,
)


def _told_before(words: str) -> str:
    """The word that was said before the question about it; "" where the question holds it."""
    asked = _ASKED_AFTER.match(words.strip())
    return _word_named(asked["told"]) if asked else ""


_NAMES = re.compile(  # what comes before the word that is meant: "teacher wrote ubiquitous on my essay"
    r"\b(?:wrote|written|put|puts|reads?|says?|said|used|uses|called|calls|calling|describes?|described|termed|printed|with|heard|it's|was|is|the word|the term)(?: (?:down|as|that|me|him|her|us|them|it|my \w+|this|a|an|the|being|i'm|i|was|is|are|very|so|too))* (?P<word>[a-z][\w'-]{3,})",
    re.I,
)


def _word_named(told: str) -> str:
    """The word that is meant by "it" in the question after these words: after "says" or "called", else the last."""
    named = [match["word"] for match in _NAMES.finditer(told) if match["word"].lower() not in _SMALL_TALK]
    strong = [
        one
        for one in named
        if not re.search(rf"\b(?:was|is|with|it's) (?:(?:a|an|the|very|so|too) )*{re.escape(one)}", told)
    ]
    said = [one for one in re.findall(r"[\w'-]{4,}", told) if one.lower() not in _SMALL_TALK]
    return strong[-1] if strong else said[-1] if said else ""


_SMALL_TALK = frozenset(
    ["today", "there", "here", "word", "this", "that", "them", "with", "said", "says", "about", "really", "just", "again", "something", "like", "also", "then", "good", "know", "sure", "what", "okay", "think", "please", "means", "mean"]
)  # fmt: skip


_AT_HOME = re.compile(r"[\s,]+(?:when (?:it|he|she|they|that)(?:'s|'re| is| are) at home|if you (?:don't mind|please)|in (?:ordinary|simple|everyday|normal) (?:words|english|language))[ ?.!]*$|[\s,]+like[ ?.!]*$", re.I)  # fmt: skip


_QUOTED = re.compile(
    r"(?:(?<=\s)|^)(?P<mark>['\"\u2018\u201c])(?P<word>[^\W\d_][\w-]{2,}(?: [\w-]+)?)['\"\u2019\u201d](?=[\s,.?!]|$)"
)


_ASKED_LAST = re.compile(  # "the doctor said it was benign what's benign mean"
    r"\S[\s,.]+(?:so |and |now )?what(?: does| do|'s| is)(?: the word| an?| the)? (?P<word>(?!that\b|this\b|it\b|they\b)[a-z][\w'-]{3,})(?: actually| even)? means?[ ?.!]*$",
    re.I,
)


def define_word(words: str, material: Material) -> Filled:
    words = re.sub(r"^(?:like|so|and|now|well)[\s,]+(?=what\b|meaning\b)", "", words.strip(), flags=re.I)
    lines = material.document.lines if material.document and not of_kind(material.earlier[:1], "word") else ()
    if quoted := _QUOTED.search(words) or _ASKED_LAST.search(words):
        return {"word": quoted["word"]}
    if printed := printed_word(words, material.request, lines, plain=True):
        return {"word": printed}
    if before := _told_before(words) or _told_before(
        material.request if _POINTS_BACK.match(words.strip(" ?!.")) else ""
    ):
        return {"word": before}
    if _POINTS_BACK.match(re.split(r",? (?:and|but) ", words.strip(" ?!."))[0]):
        at = material.request.lower().find(words.lower().strip(" ?!."))
        if at > 0 and not of_kind(material.earlier, "word") and (before := _word_named(material.request[:at])):
            return {"word": before}
    words = _AT_HOME.sub("", without_reason(words) or words)
    told = _TOLD.search(words.strip())
    if told and (told["first"] or told.start()) and not re.match(r"(?:means?|for|of|is)$", told["word"] or "-", re.I):
        return {"word": told["word"] or told["first"]}
    words = core(words)
    text = words.strip(" ?!.").strip("\"'")
    text = re.sub(
        r"^(?:(?:what(?:'s|s| is| does| do)?(?: on earth| the heck| exactly)?(?: does| is)?|give me|tell me|say|read me|let me know|look up|define|explain|find|how do you define)\s+)+",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"^(?:(?:the|a|an)\s+)?(?:dictionary )?(?:definition|meaning|synonyms?|word|term|sense)s?\s*(?:of|for)?\s*(?:the (?:word|term)\s+)?", "", text, flags=re.I)  # fmt: skip
    text = re.sub(r"^(?:the )?(?:word|term)\s+", "", text, flags=re.I)
    text = _MEANS_WHEN.sub("", text)
    text = re.sub(
        r"\s+(?:means?|stands? for|in the dictionary|as a word|in (?:plain |normal )?english)$", "", text, flags=re.I
    )
    text = text.strip(" \"'")
    if (
        not text
        or only_pointer(text)
        or re.fullmatch(r"(?:(?:and|then) )*(?:its|the|that|this) (?:meaning|definition|word|one|sense)", text, re.I)
    ):
        known = of_kind(material.earlier, "word")
        return {"word": known} if known else Missing("Which word?", "word")
    return {"word": re.sub(r"^(?:an?|the) (?=\w+$)", "", text)}


_FOR_WHAT = re.compile(  # "launch thunderbird so i can do my email", "open up audacity there till i hear that take"
    r"[,\s]+(?:there )?(?:so (?:that )?(?:i|we)|till (?:i|we)|until (?:i|we)|because|cos|since|as i|i (?:want|need|have|must|'ve)|to (?:do|write|check|listen|hear|see|read|play|edit|send|look)|and let me|would you|will you|could you|there)\b.*$",
    re.I,
)


def open_application(words: str, material: Material) -> Filled:
    name = re.sub(
        r"^(?:please )?(?:open|launch|start|run|bring up|fire up|get|bring|pull)(?: up)?\s+(?:(?:the|my|a|an)\s+)?",
        "",
        _FOR_WHAT.sub("", words.strip(" .?!")),
        flags=re.I,
    )
    name = re.sub(
        r"^(?:(?:e-?mail|mail|web|music|photo|text|word)? ?(?:app(?:lication)?|program(?:me)?|browser|player|client|editor)) (?:called |named )?(?=\w)",
        "",
        name,
        flags=re.I,
    )
    name = re.sub(r"\s+(?:app(?:lication)?|program|up|up for me|for me)$", "", name, flags=re.I).strip()
    return {"name": name} if name else Missing("Which application?", "name")


def help_topic(words: str, material: Material) -> Filled:
    topic = re.search(
        r"\b(?:help (?:me )?(?:with|on|about|for)|how (?:do|can|would|should) (?:i|we|you) (?:use|work|operate|get) (?:you|this|it|this thing)(?: to do)? (?:for|with|to)|how do i|how can i|how does|how do you|how (?=\w+(?: \w+)? works?$)|explain(?: to me)?(?: how)?|teach me(?: about| how to)?|what can (?:you|i) do (?:with|about))\s+(.+?)(?: works?)?$",
        without_reason(words.strip(" ?.!")),
        re.I,
    ) or re.search(
        r"\bhow (?P<topic>[a-z]+(?: [a-z]+)?) works?$|\bwhat does (?P<other>[a-z]+) do$", words.strip(" ?.!"), re.I
    )
    named = topic[1].split(",")[0] if topic else ""
    if named and not re.match(
        r"(?:use (?:you|this|it)|this work|(?:work|this|that|it|you|things?)\b$|work\b)", named, re.I
    ):
        return {"topic": named}
    thing = _HELPED.search(words)
    return {"topic": thing[0].lower()} if thing else {}


_HELPED = re.compile(  # what the help is wanted with, where the words go another way: "the notes part of you, what way does it work"
    r"\b(?:notes?|(?:shopping )?lists?|reminders?|timers?|alarms?|letters?|bills?|documents?|colou?rs?|bar ?codes?|pictures?|photos?|camera|spelling|dictionary|volume|voice|speed|settings?|sums?|apps?|programs?|internet|web)\b",
    re.I,
)


def _place_in(request: str) -> re.Match[str] | None:
    """The one place that all of the words name: "a strip right down the bottom ... get nearer to that bit"."""
    text = re.sub(r"\bright (?=down|up|at|in|on|over|away|now|there|here|by)", "", request, flags=re.I)
    found = list(re.finditer(_NAMED_PLACE, text, re.I))
    return found[0] if len({one[0].lower() for one in found}) == 1 else None


_NAMED_PLACE = rf"(?<=the ){_PLACE}"
_SOME_PART = re.compile(
    r"(?:(?:the|that|this) )?(?:(?:little|small|tiny|wee|other|last) )?(?:bit|part|piece|place|spot|area|strip|section|print|one|there)(?: (?:there|of it|for me|please))*",
    re.I,
)


def look_closer(words: str, material: Material) -> Filled:
    text = words.strip(" ?.!")
    rest = re.sub(
        r"^(?:(?:can|could) you )?(?:look|zoom|go|get|come|move|have|take|enlarge|magnify|read|describe|show me)(?: in| a bit| a little| even| a)*(?: closer| nearer| more closely)*(?: look)?(?: in)?\s*(?:at|on|to|into|in on|in at)?\s*",
        "", text, flags=re.I,
    )  # fmt: skip
    asks = re.search(
        r"[,;]?\s*\b(?:and (?:tell me |say |read )?|to (?:see|read|find out|tell me) |so (?:that )?(?:you|i) can (?:see|read) )(?P<question>.+)$",
        rest,
        re.I,
    )
    asks = asks or re.search(
        r"\s*[,.;]\s*(?P<question>(?:is|are|who|what|does|do|can|how|where|which|whose|when)\b.+)$", rest, re.I
    )
    question = asks["question"] if asks else ""
    where = rest[: asks.start()] if asks else rest
    where = re.sub(
        r"^(?:the|that|this|its)\s+|\s+(?:closer|close up|more closely|please)$", "", where.strip(" ,"), flags=re.I
    ).strip()
    place = re.search(_PLACE, where, re.I) or re.search(_PLACE, text, re.I) or _place_in(material.request)
    if not where or only_pointer(where) or _SOME_PART.fullmatch(where) or (place and place[0].lower() in where.lower()):
        where = place[0] if place else ""
    return (
        {"where": where, **({"question": question} if question else {})}
        if where
        else Missing("Where should I look closer?", "where")
    )


def compare_pictures(words: str, material: Material) -> Filled:
    bare_wish = re.fullmatch(
        r"(?:please )?compare(?: (?:them|these|those|both|the two|the (?:two )?(?:pictures|photos|images)|these two|with the last (?:one|picture)))?[ .!]*",
        words,
        re.I,
    )
    return {} if bare_wish else {"question": words.strip()}
