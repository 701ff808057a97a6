"""Arguments of looking, of the clock and of spelling."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_zones import find_named
from assistant.steps.extraction import find_name
from assistant.steps.labelled import field_for
from assistant.steps.printed import value_for
from assistant.steps.printed_names import name_part
from assistant.steps.printed_words import printed_word
from assistant.steps.reasons import without_reason
from assistant.steps.slots import DETERMINER, POINTER, SHORT_LINE, Filled, Material, Missing, points
from assistant.steps.slots_earlier import stands_for
from assistant.steps.sought import sought, whole_name

_WHERE = re.compile(
    r"^(?:(?:please|help me|tell me|can|could|show me) )*(?:where(?:abouts)?(?:'s| is| are|s)?(?: (?:in|on) (?:this|the|my) [a-z]+)?(?: (?:is|are))?|(?:what|which) (?:side|part|corner|end|half)(?: of (?:it|this|the [a-z]+))? (?:is|are|has|holds)|(?:can|do|could) you (?:see|spot|find)|find|locate|look for|search(?: the (?:picture|photo))? for|"
    r"point me to|any sign of|is there|are there|is|are|spot|see|which side (?:is|are)|where did i put|where does it say|where (?:should|do|must) i|have i got|show me)\s+",
    re.I,
)


_POINTS_ONLY = re.compile(r"\bwhere\b.*\b(?:it|that)(?:'s| is| stands?| sits?|'d be)?[ .?!]*$", re.I)


def find_in_picture(words: str, material: Material) -> Filled:
    if thing := sought(words, material.request) or (_POINTS_ONLY.search(words) and sought(material.request)):
        return {"thing": thing}
    says = re.search(
        r"where ?(?:does it|do they|did they|is it|'d they|have they) (?:say|written|print(?:ed)?|put|hidden|stuck)s?\s+(.+)$",
        words,
        re.I,
    )
    text = says[1] if says else _WHERE.sub("", words.strip(" ?!.")).strip()
    text = re.sub(
        r"\s+(?:is|are)$|\s+on$|,? (?:is it |at the )?(?:top|bottom|left|right|up|down|front|back)\b.* or .*$", "", text
    )
    text = re.sub(
        r"\s*\b(?:in|on|at|from) (?:this|the|that|my)? ?(?:picture|photo|image|table|page|shelf|fridge|letter|box|bill|left|right|view|front of me).*$|\s+(?:here|anywhere|somewhere|there|on)\b.*$",
        "",
        text.strip(" ?!."),
        flags=re.I,
    )
    thing = re.sub(rf"^(?:for |to |a sign of )?{DETERMINER}(?:words? )?", "", text, flags=re.I).strip(" \"'?!.")
    thing = re.sub(
        r"^((?!(?:tele)?phone\b|mobile\b).{3,}) (?:number|price|date|code|amount|line|bit|part|sign)$",
        r"\1",
        thing,
        flags=re.I,
    )
    thing = whole_name(thing, material.request)
    return {"thing": thing} if thing else Missing("What should I look for?", "thing")


def identify_colour(words: str, material: Material) -> Filled:
    place = re.search(
        r"\b(?:(?:in|on|at) the )?(?:(?:top|bottom|upper|lower)(?: (?:left|right))?|left|right|cent(?:re|er)|middle)(?: (?:corner|side|half))?\b",
        words,
        re.I,
    )
    return (
        {"where": re.sub(r"^(?:in|on|at) the ", "", place[0])}
        if place and not re.search(r"is (?:the|my) top\b", words)
        else {}
    )


_THEIRS = re.compile(r"\b(?:they|them|their|there|he|him|his|she|her|hers|over there)\b", re.I)


def tell_time(words: str, material: Material) -> Filled:
    place = re.search(
        r"\b(?:time|it|day|date|clock|late)(?: is it| it is)?(?: right)?(?: now)? (?:in|over in|at) (?!the\b|a\b|\d)([\w' .-]+?)(?: right now| now| at the moment)?[?.! ]*$",
        words,
        re.I,
    )
    if not place and re.search(
        r"\b(?:they|them|there|he|she|asleep|awake|over in)\b", words, re.I
    ):  # "my son's in Oslo, is he up"
        place = re.search(r"\bin (?!the\b|a\b|an\b|my\b|bed\b|here\b|there\b|time\b|\d)([a-z' -]{3,30}?)(?: (?:right )?now)?\s*(?:[,.?!]|$)", words, re.I)  # fmt: skip
    named = find_named(place[1] if place else words) or (find_named(words) if place else "")
    if not place and not named and _THEIRS.search(words):  # "Jess moved out to Perth, what do her clocks say"
        words, named = material.request, find_named(material.request)
    said = re.search(rf"\b{re.escape(named)}\b", words, re.I) if named else None
    if said:
        return {"place": said[0]}
    return {"place": place[1].strip()} if place else {}


_SPELL = re.compile(
    r"^(?:(?:please|now|and|then|i need|what's|what is|give me|tell me|can you|could you) )*(?:the )?(?:spelling of|spell(?: out)?|how (?:do|would|does|should) (?:you|i|one) (?:spell|write)|how(?:'s| is| was| are) |(?:what(?:'s| is| are) )?the letters (?:in|of)|say)\s*",
    re.I,
)


_GO_IN = re.compile(  # "Mister Fitzgerald, how do the letters go in that"
    r"\b(?:how (?:do|does|would|should) (?:the |its |those |all the )?(?:letters|spelling) (?:go|run|come|work)|what order (?:do|are) the letters|which letters (?:are|go|is there)|what(?:'s| is| are) (?:all )?(?:the |its )?letters) (?:in|of|for|with) (?:that|it|this)(?: (?:one|name|word|then))?\b|\b(?:the )?letters(?: of (?:it|that))? please\b",
    re.I,
)
_BEFORE_IT = re.compile(r"(?:(?:mister|mr|mrs|missus|miss|ms|doctor|dr|father|sister)\.? )?(?P<name>[^\W\d_][\w'\u2019-]+(?: [^\W\d_][\w'\u2019-]+)?)$", re.I)  # fmt: skip
_CODED = re.compile(
    r"[\s,]*\b(?:(?:using|with|in|by) (?:the |those |them )?)?(?:(?:nato|phonetic|pilot'?s?|radio|police|army|military|code) (?:alphabet|words?|letters?|code|names?)|phonetically|alfa bravo(?: charlie)?(?: (?:words?|style|thing|letters))?|alpha bravo(?: charlie)?(?: (?:words?|style|thing|letters))?|bravo charlie(?: (?:words?|style|thing|letters))?|(?:a|ay) (?:as in|for) \w+(?: (?:style|thing))?)\b",
    re.I,
)
_ASKED = re.compile(
    r"^.*\b(?:spell(?:ing of| out)?|do|give me|letters (?:of|in|for)) (?=\S)|^.*\b(?:let(?:'s| me) have|i(?:'d| would|'ll)? (?:like|want|need|have)|can i (?:have|get)|get me|(?:take|walk|run) me through|go (?:through|over)|break (?:up|down)) (?=\S.*\bletter)",
    re.I,
)


def spell(words: str, material: Material) -> Filled:
    coded = _CODED.search(words)
    if coded:
        words = _CODED.sub("", words)
    filled = _told_first(words) or _spelled(words, material)
    if coded and not isinstance(filled, Missing):
        return {"what": f"{filled['what']} with code words".strip()}
    return filled


def _told_first(words: str) -> dict[str, str]:
    """The name or word that was said right before the question for its letters; {} where there is none."""
    asked = _GO_IN.search(words)
    told = re.split(r"[,.;:!?]", words[: asked.start()].strip(" ,.;:!?-")) if asked else []
    told = [one.strip() for one in told if one.strip()]
    last = _BEFORE_IT.match(told[-1]) if told else None
    first = told[0] if told and " " not in told[0] else ""  # "rhododendron. I always get it wrong. letters please"
    name = last["name"] if last is not None else first
    return {"what": name} if name and not re.match(r"(?:i|it|he|she|we|they|that|this|the)\b", name, re.I) else {}


def named_before(text: str, material: Material) -> str:
    """What an earlier step named, where "it" or "that word" is to be spelled and nothing longer was quoted since."""
    if re.fullmatch(
        r"(?:it|that|this|that one|(?:it|that|this) (?:all )?out|letter by letter|(?:the|its) spelling|)", text, re.I
    ):
        return material.earlier[0].value if material.earlier else ""
    return stands_for(text, material.earlier) if re.match(r"(?:that|this|the) \w+$", text, re.I) else ""


def _told_lines(material: Material) -> tuple[str, ...]:
    """What was recalled a moment ago, line by line as it would be printed: "9 Quebec Street, Dereham"."""
    told = next((one for one in material.earlier if one.step in ("recall", "search_notes")), None)
    return tuple((told.value or told.text).split(", ")) if told is not None and told.now else ()


def _asked_letters(words: str) -> str:
    """What is to be spelled, without the words that ask for it and say how."""
    text = re.sub(
        r"^((?:and |then )*spell)\b,?(?: (?:also|too|as well)\b)?(?=,|$)", r"\1 it", words.strip(" ?!."), flags=re.I
    )
    text = without_reason(text) or text
    inner = (
        _ASKED.match(text)
        if not _SPELL.match(text) or re.match(r"(?:i|once|when|my|the|he|she|they)\b", text, re.I)
        else None
    )
    text = (text[inner.end() :] if inner else _SPELL.sub("", text)).strip(" ,")
    text = re.sub(r"^(?:(?:for )?(?:me|us)|also|too|out)\b[\s,]*", "", text, flags=re.I)
    text = re.sub(
        r"(?:[\s,]+(?:please|(?:(?:each|every)(?: single)?|all the|the) letters?(?: (?:by letter|of it|like|and all))?|and all|an all|as well|too|like))+$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"[\s,]+(?:while you're (?:at it|there)|(?:really |very |nice and |nicely and )?(?:slowly|slow|clearly)|nice and (?:slow(?:ly)?|clear(?:ly)?)|(?:is it |with |does it have )?(?:one|two|a|an|double|single) (?:[a-z]'?s?|letters?) or (?:one|two|a|an|double|single|three|not|[a-z])(?: [a-z]'?s?)?|the one (?:on|in|from) .*|(?:on|off|from) (?:here|this|it|that))$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"\s+(?:spelled|spelt|written)$|\s*,?\s*(?:out )?(?:letter by letter|out|for me|again|please|aloud|slowly)$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"^(?:the )?(?:word|surname)s? (?=\w+$)", "", text, flags=re.I)
    return re.sub(r"^(it|that|this)(?: word)? for .*$", r"\1", text, flags=re.I)


def _spelled(words: str, material: Material) -> Filled:
    text = _asked_letters(words)
    lines = material.document.lines if material.document else _told_lines(material)
    spoken_of = material.earlier[0].kind == "word" if material.earlier else False
    if not spoken_of and (part := name_part(text, material.quote, lines, material.request)):
        return {"what": part}
    if not spoken_of and (word := printed_word(text, material.request, lines)):
        return {"what": word}
    if known := named_before(text, material):
        return {"what": known}
    if re.fullmatch(rf"(?:{POINTER}|letter by letter|(?:the )?spelling)?", text, re.I):
        asked = material.quote or material.last_text or material.document
        return {"what": material.quote} if asked else Missing("What should I spell?", "what")
    if spoken_of and (part := name_part(text, material.quote, lines, material.request)):
        return {"what": part}
    names = points(text) or re.match(r"(?:the|its|their|this|my|his|her|whose|what) \w", text, re.I)
    document = material.document
    printed_so = document is not None and (names or field_for(document.passages, text))
    printed = value_for(document.passages, f"what is {text}") if document is not None and printed_so else None
    if printed is not None and len(printed.value) <= SHORT_LINE:
        return {"what": printed.value}
    named = re.match(r"(?:the|that|their|his|her|whose|my|who|this) \w+|.*\bname\b", text, re.I)
    if named and material.document is not None:
        name = find_name(material.document, text, material.encode)
        if name:
            return {"what": name}
    return {"what": text}
