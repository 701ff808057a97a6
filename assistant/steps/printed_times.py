"""Times that hang on print: "an hour before it goes", "the evening before that", with the date and the hour that are printed.

What was quoted last comes first, then a printed field that the words name ("leaves": "Departs 07:42"). Where neither has a
date the words stay as they are, and the tool counts from the likeliest date of the text.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import hangs_on_another
from assistant.steps.labelled import field_for, stem
from assistant.steps.printed import event_of
from assistant.steps.printed_rows import before_named, time_meant
from assistant.steps.slots import Material

_MONTHS = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
_DATE = re.compile(
    rf"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}\b(?: \d{{4}})?|\b{_MONTHS} \d{{1,2}}(?:,? \d{{4}})?\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\b\d{{4}}-\d\d-\d\d\b",
    re.I,
)
_CLOCK = re.compile(
    r"(?<![\d£$€.])\d{1,2}:\d{2}(?: ?[ap]\.?m\b)?|(?<![\d£$€.])\d{1,2}(?:\.\d{2})? ?[ap]\.?m\b|\b(?:noon|midday)\b",
    re.I,
)
_EVENT = re.compile(
    r"\b(?P<side>before|after|ahead of|earlier than|prior to)(?P<event>(?: (?:it|that|this|then|they|the [a-z]+)(?:'s|'re| is| are| gets?| has to be| needs to be)? ?(?:due(?: in| back)?|on|over|expir\w+|runs? out|goes off|going off|goes|going|go|leaves?|leaving|departs?|starts?|begins?|opens?|closes?|ends?|finish(?:es)?|arrives?|happens?|sets? off|kicks? off)?)?)(?=$|[\s,.])",
    re.I,
)
_AFTER_OPENING = re.compile(r"\b(\d{1,3}) (days?|weeks?|months?) (?:of|after|from|once) open", re.I)

_OPENED = re.compile(rf"\bopened(?: on| date)?:? ({_DATE.pattern})", re.I)


_KIND_OF_DATE = re.compile(
    r"^(?:(?:please|valid|expir\w+|exp|use|best|pay|payable|payment|due|return\w*|renew\w*|re-?order|date|day|until|till|by|before|to|from|on|of|for|is|ends?|starts?)\b[\s:.-]*)+",
    re.I,
)


def begins_with_date(line: str) -> bool:
    """Whether a printed line starts with a date, or only says what kind of date it is, so that it names nothing."""
    return _DATE.match(_KIND_OF_DATE.sub("", line, count=1)) is not None


def beside_event(when: str, material: Material) -> str:
    """The words for a time, with the printed date and hour in the place of "it", "that" or "it leaves"."""
    document = material.document
    if document is None or not hangs_on_another(when):
        return when
    when = _on_weekday(when, material)
    event = _EVENT.search(when)
    if event is None:
        return when
    hours = re.search(r"\b(?:hours?|minutes?|mins?)\b[a-z ]*$", when[: event.start()], re.I) is not None
    if hours and _CLOCK.match(when[event.end() :].strip()):
        return when
    if _DATE.search(when[event.end() :]) and (_CLOCK.search(when[event.end() :]) or not hours):
        return when  # what it counts from is said
    quote = material.quote if material.quote and material.quote in document.text.replace("\n", " ") else ""
    field = field_for(document.passages, event["event"]) if event["event"].strip() else None
    source = next(
        (one for one in (quote, field.passage if field else "") if _DATE.search(one) or (hours and _CLOCK.search(one))),
        "",
    )
    dates = {match[0] for match in _DATE.finditer(document.text)}
    clocks = {match[0] for match in _CLOCK.finditer(document.text)}
    day = _DATE.search(source)
    date = day[0] if day else next(iter(dates)) if len(dates) == 1 else ""
    if not hours:
        return f"{when[: event.end('side')]} {date}{when[event.end() :]}" if day else when
    told = next((one.value for one in material.earlier if one.kind == "clock" and one.text in document.text), "")
    told = told or time_meant(material)
    clock = _CLOCK.search(told) or _CLOCK.search(source)
    if told and not dates:  # a timetable: today's
        date = "" if _DAY_SAID.search(when) else "today"
    if not told and len(set(_CLOCK.findall(source))) > 1:
        return when  # several that might be meant
    hour = clock[0] if clock else next(iter(clocks)) if len(clocks) == 1 else ""
    if not hour or (not date and not re.search(r"\b(?:today|tomorrow|tonight|\w+day)\b", when)):
        return when
    return f"{when[: event.end('side')]} {hour} {date}{when[event.end() :]}".replace("  ", " ").strip()


_DAY_SAID = re.compile(r"\b(?:today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.I)
_THAT_DAY = re.compile(r"\b(?:on )?that (?:same )?day\b", re.I)
_BESIDE_DAY = re.compile(r"\bthe (?:day|night|evening|morning) before(?: (?:it|that|then))?(?=$|[\s,.])", re.I)


def _on_weekday(when: str, material: Material) -> str:
    """ "That day", after "what's on friday", with the one printed date of a Friday; as it is where print has none or several."""
    named = list(dict.fromkeys(one[0].lower() for one in _WEEKDAY_SAID.finditer(material.request)))
    printed = list(dict.fromkeys(one[0] for one in _DATE.finditer(material.document.text if material.document else "")))
    dates = [one for one in printed if len(named) == 1 and one[:3].lower() == named[0][:3]]
    day, beside = _THAT_DAY.search(when), _BESIDE_DAY.search(when)
    if len(dates) != 1 or len(printed) < 2 or _DATE.search(when) or not (day or beside):
        return when
    if day:
        return f"{when[: day.start()]}on {dates[0]}{when[day.end() :]}"
    side = re.match(r"the \w+ before", beside[0], re.I) if beside else None
    return f"{when[: beside.start()]}{side[0]} {dates[0]}{when[beside.end() :]}" if beside and side else when


_WEEKDAY_SAID = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.I)
_NAMED_EVENT = re.compile(
    r"\b(?P<side>before|after|ahead of|prior to|day of|morning of|evening of|night of|afternoon of) (?P<event>(?:the|my|our|his|her|their|that|this) (?!same\b|day\b|date\b|next\b)(?P<name>[a-z'-]+(?: [a-z'-]+){0,3}?))(?=$|[,.;]| (?:at|by|on|to|so|and|about|for|around|in|half|quarter|from|starts?|begins?|is|is due|opens?|leaves?)\b| \d)",
    re.I,
)
_NO_NAMES = re.compile(r"(?:appointment|day|date|meeting|deadline|visit|event|time|payment)s?", re.I)


def at_named(words: str, material: Material) -> str:
    """The words with the printed date of what they name: "the day after the hearing test" -> "the day after 22 January 2027".

    The name has to stand in print, all of it; its date is that of its own line, else the only one, else the one that follows.
    """
    passages = material.document.passages if material.document else ()
    named = _NAMED_EVENT.search(words)
    if named is None or _NO_NAMES.fullmatch(named["name"]):
        return before_named(words, material)
    wanted = {stem(word) for word in re.findall(r"[a-z'-]{3,}", named["name"].lower())}
    at = next((at for at, one in enumerate(passages) if wanted and wanted <= _stems(one)), -1)
    every = list(dict.fromkeys(match[0] for one in passages for match in _DATE.finditer(one)))
    near = [match[0] for one in passages[at : at + 3] for match in _DATE.finditer(one)]
    date = near[0] if near else every[0] if len(every) == 1 else ""
    if at < 0 or not date:
        return words
    hours = re.search(r"\b(?:hours?|minutes?|mins?)\b[a-z ]*$", words[: named.start()], re.I) is not None
    clocks = [match[0] for one in passages[at : at + 3] for match in _CLOCK.finditer(one)] if hours else []
    counted = f"{clocks[0]} {date}" if clocks else date
    return words if hours and not clocks else f"{words[: named.start('event')]}{counted}{words[named.end('event') :]}"


def _stems(passage: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z'-]{3,}", passage.lower())}


def date_meant(words: str, material: Material) -> str:
    """The printed date that "it" or "that" means in "how many days off is it", "what day of the week is that"; "" for none."""
    if material.document is None or not re.search(
        r"\b(?:it|that|this|they|then|the (?!date|day|time|week|month|year)[a-z]+)\b|\bhow (?:many (?:days|weeks|months)|long|much time)\b.*\b(?:have (?:i|we)|i've|we've|left|is there|are there|still|to go)\b",
        words,
        re.I,
    ):
        return ""
    quoted = _DATE.search(material.quote)
    dates = list(dict.fromkeys(match[0] for match in _DATE.finditer(material.document.text)))
    event = _DATE.search(event_of(material.document.passages))
    return quoted[0] if quoted else dates[0] if len(dates) == 1 else event[0] if event else ""


def days_after_opening(material: Material) -> str:
    """ "In 28 days" where print says that something lasts so long once it is open; "" where it does not.

    A printed day of opening is counted from: "28 days after 3 November 2026".
    """
    printed = material.document.text.replace("\n", " ") if material.document else ""
    found = _AFTER_OPENING.search(printed)
    opened = _OPENED.search(printed)
    if found is None:
        return ""
    return f"{found[1]} {found[2]} after {opened[1]}" if opened else f"in {found[1]} {found[2]}"


_OF_PRINT = r"(?:(?:the |its |their )?(?:day|date|time|dates|times|details?)(?:(?: and |, | & )(?:the |its )?(?:day|date|time))*(?: (?:(?:of|for|on|from|in) (?:this|that|it|the|my|our|his|her|here)(?: [a-z]+)?))?|(?:this|that|it|these|the)(?: (?:[a-z]+ )?(?:appointment|meeting|visit|date|event|day|time|invitation|invite|booking|delivery|collection))?)"
PUT_IN = re.compile(  # "put the day and time of this meeting in as a reminder", "make this appointment into a reminder"
    rf"\b(?:put|get|add|pop|stick|save|enter|log|turn|make|set|bung|have|write)(?: me)?(?: down)? {_OF_PRINT}(?: (?:up|down))? (?:in(?:to)?|as|to|up as|in as|down as|among|on)(?: as)? (?:an? |my |the )?reminders?\b(?! (?:to|of|about)\b)",
    re.I,
)


def as_printed(words: str, material: Material) -> str:
    """The words of a wish to be reminded at the printed time of what is shown, as one for that time; else as they are."""
    found = PUT_IN.search(words) if material.document is not None else None
    if found is None or material.document is None:
        return words
    timed = _CLOCK.search(material.document.text) is not None
    return (
        f"{words[: found.start()]}remind me {'at the appointment' if timed else 'on that date'}{words[found.end() :]}"
    )
