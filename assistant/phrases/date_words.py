"""The grammar of spoken times of day, and the names of days and months."""

import re
from dataclasses import dataclass

from assistant.phrases.number_words import to_digits

MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
WEEKDAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
UNITS = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?)"
PARTS = {  # part of the day -> the hour it stands for when no time is named
    "early morning": 7, "1st thing": 8, "breakfast": 8, "morning": 9, "lunchtime": 12, "lunch": 12, "afternoon": 15,
    "mid morning": 10, "late morning": 11, "early afternoon": 13, "mid afternoon": 15, "late afternoon": 17,
    "early evening": 18, "late evening": 21, "dinnertime": 18, "suppertime": 18, "breakfast time": 8,
    "teatime": 17, "evening": 18, "dinner": 18, "supper": 18, "tonight": 20, "bedtime": 22, "bed": 22, "night": 21,
}  # fmt: skip
DEFAULT_HOUR = 9  # for a day without a time
_DATE = re.compile(  # written dates, whose numbers are no times
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s*(?:of\s+)?{MONTH}\b\.?(?:\s*(?:19|20)\d\d\b)?"
    rf"|\b{MONTH}\.?\s*(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s*(?:am|pm|:|oclock))(?:\s*(?:19|20)\d\d\b)?"
    r"|\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}t?|\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b|\b\d{1,2}\.\d{1,2}\.\d{2,4}\b"
)
_PART = re.compile(rf"\b(?:{'|'.join(sorted(PARTS, key=len, reverse=True))})\b")


@dataclass(frozen=True)
class Clock:
    """A time of day. `sure` is False where 7 may be morning or evening; `part` is the word that was said, if any."""

    hour: int
    minute: int = 0
    sure: bool = True
    part: str = ""


_SAID = tuple(
    (re.compile(said), written)
    for said, written in (
        (r"\b(5|10) and 20 (?=past|to)", lambda match: f"{int(match[1]) + 20} "),  # "five and twenty past three"
        (r"\bquarter of (?=\d)", "quarter to "),
        (r"\barvo\b", "afternoon"),
        (r"\bnoon ?time\b", "noon"),
        (rf"\bsecond (?=(?:of )?{MONTH}\b|of (?:this|next|the) month)|\b(?<=the )second(?= ?(?:$|at\b|by\b))", "2nd "),
        (r"\b(?:oh|o|0) (\d)(?: |:)?([0-5]\d)\b", r"0\1:\2"),
        (r"\b(1[3-9]|2[0-3])00(?: hours?)?\b", r"\1:00"),  # "nineteen hundred hours"
        (r"\b(at|by|for) ([01]\d|2[0-3])([0-5]\d)\b(?! ?(?:people|pounds))", r"\1 \2:\3"),
        (r"\b(tea|lunch|bed|dinner|supper) time\b", r"\1time"),
        (r"\bmid-?(?=morning|afternoon)", "mid "),
        (r"\b(?:on the (?:dot|stroke)(?: of)?|sharp|prompt(?:ly)?|just (?=before|after|gone)|gone (?=\d))\b", " "),
    )
)


def normalise(text: str) -> str:
    """Lower case, digits for numbers, one spelling for am, pm and o'clock."""
    text = to_digits(" ".join(text.lower().replace("’", "'").split()))
    text = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    text = re.sub(r"\bo\s?'?\s?clock\b", "oclock", text)
    for said, written in _SAID:
        text = said.sub(written, text)
    text = re.sub(r"\bto-(?=morrow|night|day)", "to", text)
    text = re.sub(r"\b20 ([2-9]\d)\b(?!\s*(?:am|pm|:))", r"20\1", text)  # "twenty twenty six"
    return re.sub(r"[?!]+|(?<!\d),|,(?!\d)", " ", text)


def find_clock(text: str) -> tuple[Clock | None, str]:
    """The time of day in normalised words, and the words without it and without written dates.

    Raises:
        ValueError: a time that no clock shows, such as 25:70.
    """
    text = _DATE.sub(" ", text)
    part = _PART.search(text)
    word = part[0] if part else ""
    for form in _CLOCKS:
        found = form.search(text)
        if found:
            hour, minute, half = _read_clock(found)
            if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
                raise ValueError(found[0].strip())
            rest = text[: found.start()] + " " + text[found.end() :]
            return _with_part(hour % 24, minute, half, word, found[0]), rest
    if part:
        return Clock(PARTS[word], 0, True, word), text
    return None, text


def _with_part(hour: int, minute: int, half: str, part: str, said: str) -> Clock:
    if half:
        return Clock(hour % 12 + (12 if half == "pm" else 0), minute)
    if hour == 0 or hour > 12 or re.search(r"\b0\d[:.h]?\d\d\b|noon|midday|midnight", said):
        return Clock(hour, minute)
    if part in ("early morning", "1st thing", "breakfast", "breakfast time") or part.endswith("morning"):
        return Clock(hour % 12 if hour == 12 else hour, minute, True, part)
    if part in ("night", "tonight") and (hour == 12 or hour < 5):
        return Clock(hour % 12, minute, True, part)
    if part:
        return Clock(hour % 12 + 12, minute, True, part)
    return Clock(hour, minute, False)


_NOT_A_TIME = rf"(?!\s*(?:{UNITS}|st|nd|rd|th|percent|%|/|-\d|\.\d|of|{MONTH})\b)(?!\s*/)(?!\d)"
_QUARTER = r"\b(?<!from )(?:a )?(quarter|\d{1,2} minutes?|5|10|15|20|25)"
_OF_HOUR = r"(noon|midday|midnight|\d{1,2}\b)(?: oclock)?(?: (am|pm)\b)?"
_BEFORE_BARE = rf"\b(?:tonight|morning|afternoon|evening|tomorrow|today|{WEEKDAY})"
_FORMS = (  # pattern; its groups are hour, minute and am or pm, as far as it has them
    r"\b(?:between|from) (\d{1,2})(?:[:.](\d\d))?(?: [ap]m)? (?:and|to|until|till) \d{1,2}(?:[:.]\d\d)?(?: (am|pm)\b)?",
    r"\b(\d{1,2})\s?[:h]\s?(\d{2})(?::\d{2})?(?:\s*(am|pm)\b)?",
    r"\b(\d{1,2})[. ](\d{2}) (am|pm)\b",
    r"\b(?:at|by) (\d{1,2})\.([0-5]\d)\b(?!\.)",
    r"\b(?:half past|half) (?P<half>\d{1,2})\b(?: (am|pm)\b)?",
    rf"{_QUARTER} (?:past|after) (?P<past>){_OF_HOUR}",
    rf"{_QUARTER} (?:to|till) (?P<to>){_OF_HOUR}",
    r"\b(?:12 )?(?P<noon>noon|midday)\b",
    r"\b(?:12 )?(?P<midnight>midnight)\b",
    r"\b(\d{2})(\d{2}) (?:hours|hrs)\b",
    rf"\b(\d{{1,2}}) ([0-5]\d)\b{_NOT_A_TIME}",
    rf"\b(\d{{1,2}}) (?:oh?|0) ?([1-9])\b{_NOT_A_TIME}",
    r"\b(\d{1,2})() (am|pm)\b",
    r"\b(\d{1,2}) oclock\b",
    r"\b(\d{1,2}) (?=(?:in the|at|this) (?:morning|afternoon|evening|night)|tonight\b)",
    rf"(?:\b(?:at|by|around|about|before|after)|@) (\d{{1,2}})\b{_NOT_A_TIME}",
    rf"{_BEFORE_BARE} (\d{{1,2}})\b{_NOT_A_TIME}",
    r"^\s*(\d{1,2})\s*$",
)
_CLOCKS = tuple(re.compile(form) for form in _FORMS)


def _read_clock(found: re.Match[str]) -> tuple[int, int, str]:
    """Hour, minute and "am", "pm" or ""."""
    named, groups = found.groupdict(), found.groups()
    if "noon" in named or "midnight" in named:
        return (12 if "noon" in named else 0), 0, ""
    if "half" in named:
        return int(groups[0]), 30, groups[1] or ""
    if "past" in named:
        return _hour(groups[2]), _minutes(groups[0]), groups[3] or ""
    if "to" in named:
        return _before_hour(_hour(groups[2]), _minutes(groups[0]), groups[3] or "")
    hour, minute, half = (*groups, "", "")[:3]
    return int(hour or 0), int(minute or 0), half or ""


def _hour(word: str) -> int:
    return {"noon": 12, "midday": 12, "midnight": 0}[word] if word.isalpha() else int(word)


def _minutes(word: str) -> int:
    return 15 if word == "quarter" else int(word.split()[0])


def _before_hour(hour: int, minutes: int, half: str) -> tuple[int, int, str]:
    """10 to 12 pm is 11:50 am."""
    if half and hour == 12:
        half = "am" if half == "pm" else "pm"
    earlier = (hour - 1) % 24
    return (12 if half and earlier == 0 else earlier or (12 if hour == 1 else 0)), 60 - minutes, half
