"""Where the user's words speak of a time: spans of "tomorrow at half past ten", "the day before", "in twenty minutes"."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from dataclasses import dataclass

from assistant.phrases.feasts import FEAST

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_NUMBER = (
    rf"(?:\d+(?:[.,]\d+)?|(?:twenty|thirty|forty|fifty|sixty|ninety)(?:[ -](?:{_ONES}))?|{_TEENS}|{_ONES}|"
    r"a couple of|a few|half an?|an?)"
)
_UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?)"
_HOUR_TEN = (  # "an hour ten", "hour and twenty": minutes go without saying
    r"(?:(?:an?|one|two|three|four|\d) )?hours?(?: and)? (?:five|ten|fifteen|twenty(?:[ -]five)?|thirty(?:[ -]five)?|forty(?:[ -]five)?|fifty(?:[ -]five)?|[1-5][05])"
    r"(?=\s*(?:$|[,.;!?]|(?:for|on|please|from|then|and|now|so|called|too|in|at)\b))(?! and a (?:half|quarter))"
)
SPAN = (
    rf"(?:{_HOUR_TEN}|(?:three )?quarters? of an hour|{_NUMBER}(?: and (?:a half|three quarters|a quarter))?[ -]?{_UNIT}(?: and (?:a half|a quarter))?"
    rf"(?:(?:,? and|,)? {_NUMBER}[ -]?{_UNIT})?)"
)
_HOUR = rf"(?:\d{{1,2}}|{_ONES}|ten|eleven|twelve)"
_HALF_DAY = r"(?: ?(?:am|pm|a\.m\.?|p\.m\.?)(?![a-z])| o ?'? ?clock)"
_PART = (
    r"(?:in (?:the )?(?:morning|afternoon|evening)|(?:this|the) (?:morning|afternoon|evening)|at night|tonight|first thing|"
    r"(?:in the )?(?:mid|late|early)[ -]?(?:morning|afternoon|evening))"
)
_MINUTES = r"(?:five|ten|fifteen|twenty(?:[ -]five)?|thirty(?:[ -]five)?|forty(?:[ -]five)?|fifty(?:[ -]five)?|oh (?:five|one|two|three|four|six|seven|eight|nine)|[0-5]\d)"
_LATER_HOUR = r"(?:thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty(?:[ -](?:one|two|three))?)"
_SAID_DAY = r"(?: (?:tomorrow|tonight|today|this (?:morning|afternoon|evening)|in the (?:morning|afternoon|evening)|at night|on|sharp|prompt|(?:mon|tues|wednes|thurs|fri|satur|sun)day))"
_TIME = (
    rf"(?:\d{{1,2}}[:.]\d{{2}}{_HALF_DAY}?(?! ?%)|(?:half|a? ?quarter|twenty(?:[ -]five)?|ten|five|\d{{1,2}})(?: minutes)? (?:past|to) (?:{_HOUR}(?:{_HALF_DAY}| noon| midnight)?|noon|midday|midnight)|"
    rf"{_HOUR}(?: (?:thirty|fifteen|forty[ -]five|twenty|ten|forty|fifty|\d{{2}}))?{_HALF_DAY}(?: {_PART})?|{_HOUR}(?: thirty| fifteen| forty[ -]five)? {_PART}|"
    rf"(?:at|by|around|about|before|until|till|for) {_HOUR}(?:[ -]{_MINUTES})?(?! ?(?:[a-z]*%|percent|people|{_UNIT[3:-1]}|(?:jan|feb|march|april|june|july|aug|sept|oct|nov|dec)[a-z]*\b))\b|"
    rf"half {_HOUR}(?! ?(?:{_UNIT[3:-1]}|dozen|of|a|an|price)\b)|(?:five|ten) and twenty (?:past|to) {_HOUR}|quarter of {_HOUR}|oh {_HOUR} (?:{_MINUTES}|hundred(?: hours)?)|"
    rf"{_HOUR}[ -]{_MINUTES}(?={_SAID_DAY})|(?:at )?{_LATER_HOUR} (?:hundred(?: hours)?|{_MINUTES}(?= hours|{_SAID_DAY}))(?: hours)?|at [0-2]\d[0-5]\d|"
    rf"(?:this|(?:the )?same) time|(?:just (?:before|after|gone)|gone) (?={_HOUR}\b)|"
    r"(?:on the stroke of )?(?:12 )?(?:noon(?: ?time)?|midday|midnight)|tea ?time|supper ?time|lunch ?time|dinner ?time|bed ?time|breakfast)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
    r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"thirtieth|thirty[ -]first)"
)
_EVENT = (
    r"(?: (?:(?:it|this|that|they|the [a-z]+)(?:'s|'re| is| are| gets?| has to be| have to be| needs to be| comes?)? (?:due(?: in| back)?|on|over|expires?|expiring|runs? out|running out|goes off|going off|goes|going|go|leaves?|leaving|departs?|"
    r"starts?|starting|begins?|opens?|closes?|ends?|finish(?:es)?|arrives?|happens?|sets? off|sets? out|pulls? out|taken|kicks? off|collected|paid|delivered)|"
    r"(?:the|my|our) (?:appointment|date|day|meeting|deadline|visit|due date|best before(?: date)?|use by(?: date)?|expiry(?: date)?|payment|event|concert|train|bus|flight|show|wedding|trip|match|party|interview)|it|that|then|this))?"
)
_RELATIVE = (
    rf"(?:(?:on )?the (?:mon|tues|wednes|thurs|fri|satur|sun)day (?:before|after)(?: (?:it|that|then))?(?=\s*(?:[,.;]|$|(?:at|by|to|in|about|for|and|noon|midday|around|first)\b))|"
    rf"(?:on )?the (?:day|evening|night|morning|afternoon|week|month|hour)s? (?:before|after){_EVENT}|{SPAN} (?:before(?:hand)?|earlier|ahead|after|later|in advance){_EVENT}|"
    r"(?:on |in )?the (?:morning|evening|day|night|afternoon) of (?:it|that|that day|the \w+)|on the (?:same )?day(?! of)|(?:on |by |before )?(?:that|the same|this) (?:day|date)|"
    r"(?:when|before|once) (?:it|this|that)(?:'s| is)? (?:due|expires|runs out|goes off|ends)|before then|on time|at the appointment)"
)
_DATE = (
    rf"(?:(?:the )?day after tomorrow(?: (?:morning|afternoon|evening|night))?|tomorrow (?:week|fortnight)|later (?:on )?(?:today|this (?:morning|afternoon|evening))|today|tonight|tomorrow(?: (?:morning|afternoon|evening|night|noon))?|"
    rf"(?:the )?(?:first|second|third|fourth|last|1st|2nd|3rd|4th) {_WEEKDAY} (?:of|in) (?:(?:the|this|next|every) month|{_MONTH})|"
    rf"(?:last|this past) {_WEEKDAY}|{_WEEKDAY} (?:fortnight|of next week|next week|the week after(?: next)?|coming|next)(?! {_WEEKDAY})|(?:the )?{_WEEKDAY}(?: just| that's)? gone|{_WEEKDAY} (?:last|before last|after next)|(?:the )?{_ORDINAL} of (?:this|next|last|the) month|"
    rf"(?:(?:next|this|coming|the coming|every|each) )?{_WEEKDAY}s?(?: (?:morning|afternoon|evening|night|week|after next))?(?: week)?|"
    rf"(?:the )?{_ORDINAL}(?: of)?(?: {_MONTH})(?:,? \d{{4}})?|\d{{1,2}} {_MONTH}(?:,? \d{{4}})?|{_MONTH} (?:the )?(?:{_ORDINAL}|\d{{1,2}})(?:,? \d{{4}})?|"
    rf"on the {_ORDINAL}|the {_ORDINAL}(?= (?:at|by)|$)|the (?!first\b|second\b|third\b){_ORDINAL}(?=[,.;]| (?:and|so|between|from|i|he|she|they|we|is|was|falls?|lands?|on a|of (?:that|the same))\b)|\d{{1,2}}[./-]\d{{1,2}}(?:[./-]\d{{2,4}})?|\d{{4}}-\d\d-\d\d|"
    rf"the following (?:day|week|month|{_WEEKDAY})|the week after next|"
    rf"(?:on )?(?:{FEAST})(?: day)?(?: (?:morning|afternoon|evening|night))?|"
    r"next (?:week|month|year)|every (?:day|morning|evening|night|hour|week|month|weekday)|(?:this|next|the|at the|on the|over the) weekend|"
    r"(?:on )?christmas(?: eve| day)?|(?:on )?new year'?s?(?: eve| day)?|(?:on )?easter(?: sunday| monday)?|(?:the )?end of the (?:month|week|year))"
)
_IN = rf"(?:in|after|within) (?:about |another )?{SPAN}(?:'s time|' time| time| from now)?|{SPAN} from (?:now|today|tomorrow)|(?:an?|one) (?:month|year) (?:today|tomorrow)|(?:(?:an?|{_ONES}|\d{{1,2}}) )?(?:weeks?|fortnights?) (?:today|tomorrow|(?:on |from )?{_WEEKDAY})"
_ATOM = rf"(?:{_RELATIVE}|{_IN}|{_DATE}|{_TIME}|{_PART})"
_NUMBERED = (  # what is called by a number: "hand over bed nine at seven"
    "bed", "room", "ward", "bay", "flat", "house", "number", "bus", "platform", "gate", "page", "chapter", "seat", "line",
    "floor", "unit", "table", "lane", "cabin", "door", "channel", "aisle", "line", "step", "level", "year",
)  # fmt: skip
_UNNUMBERED = "".join(f"(?<!{noun} )" for noun in _NUMBERED)
_WHEN = re.compile(
    rf"(?<![\w']){_UNNUMBERED}(?:(?:on(?! (?:at|by|for|around|about)\b)|at|by|for|from|around|about|before) )?{_ATOM}(?:,? (?:(?:on|at|by|around|about|in|of) )?{_ATOM})*(?: (?:on the dot|sharp|prompt))?(?![\w'])",
    re.I,
)
_SPAN = re.compile(rf"(?<![\w']){SPAN}(?![\w'])", re.I)
_OCCASION = re.compile(rf"for {_DATE} (?=(?:on|by) {_DATE}(?![\w']))", re.I)


@dataclass(frozen=True)
class Words:
    """A span of a text: `text[start:end]` is `words`."""

    words: str
    start: int
    end: int


def find_times(text: str) -> list[Words]:
    """Every longest run of words that names a time, in order."""
    return [Words(match[0], match.start(), match.end()) for match in _WHEN.finditer(text)]


def without_occasion(time: Words) -> Words:
    """A time without the day that something is for: "for the 12th of March on the tenth at 9" -> "on the tenth at 9"."""
    occasion = _OCCASION.match(time.words)
    cut = occasion.end() if occasion else 0
    return Words(time.words[cut:], time.start + cut, time.end)


def find_spans(text: str) -> list[Words]:
    """Every length of time ("ten minutes", "an hour and a half"), in order."""
    return [Words(match[0], match.start(), match.end()) for match in _SPAN.finditer(text)]


def hangs_on_another(when: str) -> bool:
    """Whether a time only means something beside another date ("the day before at noon")."""
    return bool(re.search(rf"(?<![\w']){_RELATIVE}(?![\w'])", when, re.I))
