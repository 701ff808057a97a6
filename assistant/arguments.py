"""The arguments of a step: spans of the user's own words, or of a text that the user pointed at ("note down the total").

A slot that nothing fills is a `Missing`: the one question to ask back.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.extraction import Document, Encode, find_answer, find_name
from assistant.number_words import to_digits
from assistant.time_words import Words, find_spans, find_times, hangs_on_another

POINTER = (
    r"(?:it|this|that|them|these|those|this one|that one|(?:this|that|the) (?:letter|page|bill|label|text|appointment|thing|receipt|message|"
    r"date|meeting|answer|result|information|note|document)|what (?:it|this|that|the \w+) says?|what's (?:written|printed)(?: on (?:it|this|that|there))?|"
    r"what (?:you|i) (?:just )?(?:said|read)|everything|all of (?:it|this|that)|the whole (?:thing|text|letter))"
)
_DETERMINER = r"(?:(?:my|the|a|an|some|any|our|this|that|his|her) )?"


@dataclass(frozen=True)
class Missing:
    """A slot without words: what to ask, which slot the reply fills, and the arguments known so far."""

    question: str
    slot: str
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """What arguments may be drawn from besides the clause.

    Attributes:
        document: the text read in this turn or lately, if any.
        last_text: what was found in the step before or said last.
        last_value: the number of the last calculation, as digits.
        quote: the passage of a read text that was quoted last.
        encode: sentence encoder.
    """

    encode: Encode
    document: Document | None = None
    last_text: str = ""
    last_value: str = ""
    quote: str = ""


Filled = Mapping[str, Any] | Missing


def fill(tool: str, words: str, material: Material) -> Filled:
    """The arguments with which `tool` is called for a clause, or the question that has to be asked first."""
    return _FILLERS[tool](words.strip(), material) if tool in _FILLERS else {}


def _without(text: str, spans: list[Words]) -> str:
    for span in reversed(spans):
        text = f"{text[: span.start]} {text[span.end :]}"
    return " ".join(text.split())


def _bare(text: str) -> str:
    """Without the small words and punctuation left over at both ends."""
    text = re.sub(
        r"^(?:(?:to|that|about|of|for|saying|called|and|on|at|it is|:|,|-)(?:\s+|$))+",
        "",
        text.strip(" ,.;:!?"),
        flags=re.I,
    )
    return re.sub(r"(?:[\s,]+(?:at|on|by|for|to|and|please|in|about))+$", "", text.strip(" ,.;:!?"), flags=re.I)


# reminders and timers

_REMIND = re.compile(
    r"\b(?:remind me|(?:set|make|add|create|schedule|put in|give me|have|need|want)(?: up)?(?: me)?(?: a| another| the)? reminder|reminder|"
    r"don't let me forget|make sure i (?:don't forget|remember)|nudge me|ping me|give me a shout|alert me|warn me|notify me|"
    r"let me know|wake me(?: up)?|(?:set|put)(?: me)?(?: an| the| my)? alarm|alarm|tell me|call me|remember to remind me)\b",
    re.I,
)
_HAVE = re.compile(
    r"^(?:(?:so|ok) )?(?:i have(?: to)?|i've got(?: to)?|i need to|i must|i'm|there is|there's|we have|my|i am|the)\s+(?:an? |my )?",
    re.I,
)


def _set_reminder(words: str, material: Material) -> Filled:
    cue = _REMIND.search(words)
    before, content = (words[: cue.start()], words[cue.end() :]) if cue else ("", words)
    chosen = _when_of(content)
    when = " ".join(span.words for span in chosen)
    text = _bare(_without(content, chosen))
    stated = find_times(before)
    if before.strip(" ,"):
        topic = _bare(_HAVE.sub("", _without(before, stated).strip(" ,.")))
        text = text if text and not re.fullmatch(POINTER, text, re.I) else topic
        if stated and when and hangs_on_another(when):
            when = f"{re.sub(r' (?:it|that|then)$', '', when)} {_bare(stated[-1].words)}"
        elif stated and not when:
            when = stated[-1].words
    if not text and cue and re.search(r"wake|alarm", cue[0], re.I):
        text = "wake up" if "wake" in cue[0].lower() else "alarm"
    text = _about_document(text, when, material)
    if (
        not when
        and material.document is not None
        and (not text or re.search(r"appointment|date|due|meeting|visit", words, re.I))
    ):
        when = "on that date"
    if not text and not when:
        return Missing("What should I remind you of, and when?", "all", {})
    if not when:
        return Missing(f"When should I remind you: {text}?", "when", {"text": text})
    if not text:
        return Missing("What should I remind you of?", "text", {"when": when})
    return {"text": text, "when": when}


def _when_of(content: str) -> list[Words]:
    """The time at the end of the words, or at their start, or both; one in the middle belongs to the text ("the 3 pm meeting")."""
    times = find_times(content)
    if len(times) < 2:
        return times
    lead = [span for span in times[:1] if not _bare(content[: span.start])]
    tail = [span for span in times[-1:] if not re.search(r"\w", content[span.end :])]
    return [*lead, *tail] or times[-1:]


def _about_document(text: str, when: str, material: Material) -> str:
    """What a reminder about a text that was read is called: its line with the date, or the user's words and the text's title."""
    document = material.document
    pointing = re.fullmatch(rf"(?:(?:of|about|for) )?{POINTER}", text, re.I) if text else True
    if document is None or not document.passages:
        return text
    title = document.passages[0].rstrip(".,:;")[:60]
    if pointing and (not text or re.search(r"it|this|that|appointment|date|meeting|letter", text, re.I)):
        found = find_answer(document, "when is the appointment, due date, event or best before date", material.encode)
        line = found.text if found else title
        return (line if len(line.split()) > 4 else f"{title}: {line}")[:200].rstrip(" .")
    if (
        re.search(r"\b(?:it|this|them|these|that|this bill|the bill|one)\b", text, re.I)
        and title.lower() not in text.lower()
    ):
        return f"{text}: {title}"
    return text


def _start_timer(words: str, material: Material) -> Filled:
    spans = find_spans(words)
    name = ""
    named = re.search(
        r"\b(?:called|named|for (?:my|the)) ([a-z][\w' ]{1,40})$", _without(words, spans).strip(" .?!"), re.I
    ) or re.search(
        r"\b(?!(?:a|an|the|my|minutes?|hours?|seconds?|second|set|start|kitchen|another|and|half|new)\b)([a-z]{3,}) timer\b",
        words,
        re.I,
    )
    if named and not find_spans(named[1]):
        name = _bare(re.sub(r"\b(?:timer|long)\b.*", "", named[1], flags=re.I))
    if spans:
        return {"duration": " ".join(span.words for span in spans[:1]), **({"name": name} if name else {})}
    if material.document is not None:
        found = find_answer(material.document, "how long does it cook, how many minutes", material.encode)
        printed = find_spans(found.text) if found else []
        if printed:
            return {"duration": printed[0].words, **({"name": name} if name else {})}
    return Missing("For how long?", "duration", {"name": name} if name else {})


def _list_reminders(words: str, material: Material) -> Filled:
    days = [span.words for span in find_times(words) if re.search(r"day|morrow|night|week|\d", span.words, re.I)]
    return {"when": re.sub(r"^(?:on|for|at) ", "", days[0])} if days else {}


def _cancel_reminder(words: str, material: Material) -> Filled:
    rest = re.sub(
        r"^(?:please )?(?:cancel|delete|remove|stop|turn off|switch off|forget|don't|you don't need to|i (?:don't|no longer) need|never mind|get rid of|clear|"
        r"drop|scrap|call off|erase|i've already .*?(?=cancel|delete))\s*",
        "", words, flags=re.I,
    )  # fmt: skip
    rest = re.sub(
        r"^(?:cancel|delete|remove|about|to|remind(?:ing)? me|reminding|any ?more|of|that|the reminder (?:to|about|for|of)|my reminder (?:to|about|for))\s*(?:to |about |of )?",
        "",
        rest,
        flags=re.I,
    )
    return {"which": re.sub(r"\s*any ?more$", "", rest.strip(" .?!"), flags=re.I) or "reminder"}


# notes and facts

_NOTE = re.compile(
    r"^(?:(?:please )?(?:i (?:want|need) to )?(?:(?:make|take|write|add|keep|save|record|create|dictate|put|new|start|leave)(?: me)?(?: a| an| another| this)?(?: new| quick)? note(?: of| to self| down)?|"
    r"note to self|note down|write (?:this |that |it )?down|jot (?:this |that |it )?down|take (?:this|that|it) down|note|write|jot|log|record|new note))\b[\s,:]*",
    re.I,
)
_TO_LIST = re.compile(
    r"^(?:add|put|stick|save|store|copy|write|note|include|pop|record)\s+(?P<what>.*?)\s+(?:to|on|onto|in|into|as)\s+(?:to )?(?:(?:my|the|a|our)\s+)?(?P<list>(?:[\w-]+\s+){0,3}?(?:lists?|notes?|note ?book))\b(?P<rest>.*)$",
    re.I,
)


def _add_note(words: str, material: Material) -> Filled:
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
    text = _bare(text)
    if not re.fullmatch(r".*\blist", which):
        which = ""
    if _points(text):
        text = _pointed(text, material)
    if not text:
        return Missing("What should I write down?", "text")
    return {"text": f"{which.capitalize()}: {text}" if which else text}


def _points(text: str) -> bool:
    return not text or bool(
        re.fullmatch(
            rf"(?:down )?(?:{POINTER}|the (?:total|date|amount|price|number|address|name|dose|time|ingredients|phone number|reference)(?: .*)?)",
            text,
            re.I,
        )
    )


def _pointed(text: str, material: Material) -> str:
    """What "it", "what it says" or "the total" stand for: words of the text that was read, else what was said last."""
    if material.document is not None:
        whole = not text or re.fullmatch(POINTER, text, re.I)
        if whole:
            return material.document.text.strip()
        found = find_answer(material.document, f"what is {text}", material.encode)
        return found.text if found else ""
    return (
        material.last_text
        if text and re.fullmatch(POINTER, text, re.I)
        else ""
        if not text or _only_pointer(text)
        else text
    )


def _only_pointer(text: str) -> bool:
    return bool(re.fullmatch(POINTER, text, re.I))


def _search_notes(words: str, material: Material) -> Filled:
    query = words.strip(" .?!")
    which = re.search(r"\b((?:shopping|grocery|to[ -]?do|packing|wish|task)s? ?list)\b", query, re.I)
    item = re.match(r"(?:is|are|do i have) (?:there )?(?:any )?(.*?) on my [\w ]*list", query, re.I)
    if which:
        return {"query": f"{which[1]} {item[1]}" if item else which[1]}
    query = re.sub(
        r"^(?:what(?:'s|s| is| was| did| do| are| were)?|which|when|do|did|is|are|have|read(?: me| out| back)?|show(?: me)?|list|find|search|look|check|go|pull up|open|tell me|anything|any)\b[\s,]*",
        "", query, flags=re.I,
    )  # fmt: skip
    query = re.sub(
        r"\b(?:i|you|me|have|there|any(?:thing|one)?|all|did|do|was|what|write|wrote|written|noted?|jot(?:ted)?|put|down|in|on|through|to|out|up|back|mentions?|a|an|the|of|about|for|my|said|say|note ?book|notes?)\b",
        " ", query, flags=re.I,
    )  # fmt: skip
    query = _bare(" ".join(query.split()))
    return {"query": "" if query.lower() in ("last", "latest", "newest", "list", "again", "please", "buy") else query}


def _remember(words: str, material: Material) -> Filled:
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
    if not fact.strip(" .") or _only_pointer(fact.strip(" .")):
        fact = _pointed(fact.strip(" .") or "this", material)
    return {"fact": fact.strip(" ,")} if fact.strip(" .") else Missing("What should I remember?", "fact")


# sums and units


def _calculate(words: str, material: Material) -> Filled:
    text = re.sub(
        r"^(?:please )?(?:tell me|work out|calculate|compute|figure out|give me|do the sum|what(?:'s|s| is| are| would| do| does)|how much (?:is|are|would|do|does|should))\s+",
        "",
        words,
        flags=re.I,
    )
    text = text.strip(" ?!.,")
    if (
        material.last_value
        and re.search(r"\b(?:that|it|the (?:result|answer|last one))\b", text, re.I)
        and not re.search(r"\bbill|total|tip\b", text, re.I)
    ):
        text = re.sub(r"\b(?:that|it|the (?:result|answer|last one))\b", material.last_value, text, count=1, flags=re.I)
    return {"expression": text} if re.search(r"\d|\w{3}", text) else Missing("What should I work out?", "expression")


_UNITS = (
    r"(?:square |cubic )?(?:kilo|centi|milli|mega|micro)?(?:met(?:re|er)s?|lit(?:re|er)s?|grams?|kilos?|kg|km|cm|mm|ml|dl|mg|lbs?|pounds?|ounces?|oz|stones?|"
    r"miles?|yards?|feet|foot|ft|inch(?:es)?|pints?|quarts?|gallons?|cups?|tablespoons?|teaspoons?|tbsp|tsp|fluid ounces?|fl oz|celsius|centigrade|"
    r"fahrenheit|kelvin|degrees(?: celsius| fahrenheit)?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|acres?|hectares?|mph|kph|km/h|"
    r"miles (?:an|per) hour|(?:kilomet(?:re|er)s|kilometers) (?:an|per) hour|knots?|calories|kcal|joules?|kilojoules|watts?|kilowatts?|horsepower|tons?|tonnes?|metric|litres?|l|g|f|c)"
)
_QUANTITY = re.compile(
    rf"(?:\d[\d.,/]*|(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|half|quarter|three quarters|and|point|of)\b[\s-]*)+\s*(?:°\s?[CF]|degrees\s+)?{_UNITS}?(?:\s+\d+\s*(?:inches|inch|in|ounces|oz|pounds)?)?",
    re.I,
)


def _convert_units(words: str, material: Material) -> Filled:
    text = words.strip(" ?!.")
    patterns = (
        rf"how many (?P<unit>{_UNITS})(?: are| is| do| does| there| go| make| in| to| you| get| that)*\s+(?P<quantity>.+)$",
        rf"(?:convert|turn|change|make)\s+(?P<quantity>.+?)\s+(?:to|into|in)\s+(?P<unit>{_UNITS})\b",
        rf"(?P<quantity>.+?)\s+(?:in|into|to|as)\s+(?P<unit>{_UNITS})\b",
    )
    for pattern in patterns:
        match = re.search(pattern, text, re.I)
        if match:
            quantity = re.sub(
                r"^(?:what(?:'s|s| is| are| would)?|how (?:much|many|far|hot|cold|tall|long|heavy|fast|big|warm)(?: is| are)?|and|is|are|tell me|the|about|equals?)\s+",
                "",
                match["quantity"].strip(),
                flags=re.I,
            )
            quantity = re.sub(r"^(?:there )?(?:are |is )?(?:in )?", "", quantity, flags=re.I)
            return {"quantity": _measured(quantity, material), "unit": match["unit"]}
    quantity_alone = _QUANTITY.search(text)
    if quantity_alone:
        return Missing(
            f"Into which unit should I convert {quantity_alone[0].strip()}?",
            "unit",
            {"quantity": quantity_alone[0].strip()},
        )
    return Missing("How much of what, and into which unit?", "all")


def _measured(quantity: str, material: Material) -> str:
    """The quantity itself where the user says "that" or "the oven temperature"."""
    stated = _QUANTITY.search(to_digits(quantity))
    if stated and re.search(r"\d", stated[0]) and re.search(r"\b(?:that|it|this|i'm|is)\b", quantity, re.I):
        return stated[0].strip()  # "I'm five foot ten, what is that"
    if re.search(r"\d", quantity) or _QUANTITY.match(quantity):
        return quantity
    sources = [material.last_text]
    if material.document is not None:
        found = find_answer(material.document, quantity, material.encode)
        sources.insert(0, found.text if found else material.document.text)
    for source in sources:
        match = re.search(rf"\d[\d.,]*\s*(?:°\s?[CF]\b|degrees\s+\w+|{_UNITS}\b)", source, re.I)
        if match:
            return match[0].replace("°", " degrees ").replace("  ", " ")
    return quantity


# pictures

_WHERE = re.compile(
    r"^(?:(?:please|help me|tell me|can|could|show me) )*(?:where(?:'s| is| are|s)?(?: in (?:this|the) (?:picture|photo|image))?(?: (?:is|are))?|(?:can|do|could) you (?:see|spot|find)|find|locate|look for|search(?: the (?:picture|photo))? for|"
    r"point me to|any sign of|is there|are there|is|are|spot|see|which side (?:is|are)|where did i put|where does it say|where (?:should|do|must) i|have i got|show me)\s+",
    re.I,
)


def _find_in_picture(words: str, material: Material) -> Filled:
    says = re.search(r"where (?:does it|do they|is it) (?:say|written|print(?:ed)?)s?\s+(.+)$", words, re.I)
    text = says[1] if says else _WHERE.sub("", words.strip(" ?!.")).strip()
    text = re.sub(r"\s+(?:is|are)$", "", text)
    text = re.sub(
        rf"\s*\b(?:in|on|at|from) (?:this|the|that|my)? ?(?:picture|photo|image|table|page|shelf|fridge|letter|box|bill|left|right|view|front of me).*$|\s+(?:here|anywhere|somewhere|there|on)\b.*$",
        "",
        text.strip(" ?!."),
        flags=re.I,
    )
    thing = re.sub(rf"^(?:for |a sign of )?{_DETERMINER}(?:words? )?", "", text, flags=re.I).strip(" \"'?!.")
    return {"thing": thing} if thing else Missing("What should I look for?", "thing")


def _identify_colour(words: str, material: Material) -> Filled:
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


# time and talk


def _tell_time(words: str, material: Material) -> Filled:
    place = re.search(
        r"\b(?:time|it|day|date|clock|late)(?: is it| it is)?(?: right)?(?: now)? (?:in|over in|at) (?!the\b|a\b|\d)([\w' .-]+?)(?: right now| now| at the moment)?[?.! ]*$",
        words,
        re.I,
    )
    return {"place": place[1].strip()} if place else {}


_SPELL = re.compile(
    r"^(?:(?:please|now|and|then|i need|what's|what is|give me|tell me|can you|could you) )*(?:the )?(?:spelling of|spell(?: out)?|how (?:do|would|does|should) (?:you|i|one) (?:spell|write)|how(?:'s| is| was| are) |what(?:'s| is| are) the letters (?:in|of)|say)\s*",
    re.I,
)


def _spell(words: str, material: Material) -> Filled:
    text = _SPELL.sub("", words.strip(" ?!.")).strip()
    text = re.sub(
        r"\s+(?:spelled|spelt|written)$|\s*,?\s*(?:out )?(?:letter by letter|out|for me|again|please|aloud|slowly)$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"^(?:the )?(?:word|surname)s? (?=\w+$)", "", text, flags=re.I)
    if re.fullmatch(rf"(?:{POINTER}|letter by letter|(?:the )?spelling)?", text, re.I):
        return {"what": material.quote}
    named = re.match(r"(?:the|that|their|his|her|whose|my|who) \w+|.*\bname\b", text, re.I)
    if named and material.document is not None:
        name = find_name(material.document, text, material.encode)
        if name:
            return {"what": name}
    return {"what": text}


_FILLERS: Mapping[str, Callable[[str, Material], Filled]] = {
    "set_reminder": _set_reminder,
    "start_timer": _start_timer,
    "list_reminders": _list_reminders,
    "cancel_reminder": _cancel_reminder,
    "add_note": _add_note,
    "search_notes": _search_notes,
    "remember": _remember,
    "recall": lambda words, material: {"question": words},
    "calculate": _calculate,
    "convert_units": _convert_units,
    "find_in_picture": _find_in_picture,
    "identify_colour": _identify_colour,
    "tell_time": _tell_time,
    "spell": _spell,
}
