"""Dates in print: appointments, best-before and expiry dates, deadlines and a letter's own date, in text that OCR read.

OCR drops spaces ("8December2026at10:30am"), takes O for 0 and l for 1 ("O3 DEC 26"); print leaves out years and writes
08/12/2026 both ways. What a date is for comes from the words around it, never from its place alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from assistant.phrases.date_words import WEEKDAY_NAMES
from assistant.phrases.day_words import month_number
from assistant.phrases.local_time import localise
from assistant.phrases.wording import MONTHS

LONGEST = 100_000  # characters of a document that are searched
KINDS = ("appointment", "due", "best-before", "expiry", "birth", "issued", "other")

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|[o0]ct(?:ober)?|"
    r"n[o0]v(?:ember)?|dec(?:ember)?)"
)
_DIGIT = r"[0-9OoIl]"
_YEAR = r"(?:['’]\d\d|(?:19|20)\d\d|\d\d)"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        r"(?<![\d/.-])(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?![\d/-])",
        r"(?<![\d/.-])(?P<d>\d{1,2})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?(?P<y>(?:19|20)\d\d|\d\d)(?![\d/-])",
        rf"(?<![A-Za-z0-9:.])(?P<d>{_DIGIT}{{1,2}})\s*(?:st|nd|rd|th)?\s*(?:of)?[\s.,/-]*(?P<n>{_MONTH})"
        rf"(?:[\s.,/-]*(?P<y>{_YEAR})(?! ?[:.] ?\d\d| ?[ap]\.?m\b|\d))?(?![b-z])",
        rf"(?<![A-Za-z])(?P<n>{_MONTH})[\s.]*(?:the\s*)?(?P<d>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?"
        rf"(?:[\s.,]*(?P<y>(?:19|20)\d\d)(?!\d))?(?!\s*[:.]\s*\d\d)",
        rf"(?<![A-Za-z])(?P<n>{_MONTH})[\s./-]*(?P<y>(?:19|20)\d\d|(?<=[/-])\d\d)(?!\d)",
        r"(?<![\d/.,-])(?P<y>20\d\d)\s?[-/.]\s?(?P<m>0[1-9]|1[0-2])(?![\d/-])",
        r"(?<![\d/.,-])(?P<m>0?[1-9]|1[0-2])\s?[/-]\s?(?P<y>20\d\d|[2-4]\d)(?![\d/])",
    )
)
_TIME = re.compile(
    r"(?<![\d:.])(?:(?P<h>\d{1,2})\s?[:.]\s?(?P<mi>[0-5]\d)\s*(?P<half>[ap]\.?\s?m\b)?|(?P<h2>\d{1,2})\s*(?P<half2>[ap]\.?\s?m\b)|"
    r"(?P<word>\b12 noon\b|\bnoon\b|\bmidday\b))(?![\d%])",
    re.I,
)
_LABELS = (  # the nearest label before a date says what the date is for; then the words of its own line
    ("best-before", r"best\s*(?:if used\s*)?(?:before|by)|\bbbe?\b|b\.b\.e?|\bbest b4"),
    ("expiry", r"\bexp(?:ir(?:y|es|ation))?\b|\bexp(?=\d)|use\s*by|use\s*before|"
     r"valid\s*(?:until|to|thru)|sell\s*by|consume\s*by"),
    ("due", r"\bdue\b|deadline|pay(?:able|ment)?\s*(?:by|due)|no later than|"
     r"respond by|reply by|return by|closing date|last day"),
    ("birth", r"\bd\.?o\.?b\b|\bborn\b|date of birth|birth\s*date"),
    ("appointment", r"appointment|appt|your visit|consultation|\bmeeting\b|interview|\bclinic\b|scheduled|booked|"
     r"reservation|surgery on|will be held|takes place|collection|delivery|arriv|depart|check.?in|see you|"
     r"please attend|invite|operation|scan\b|x-ray|hearing|\bevent\b|come (?:to|on|in)|expect you"),
    ("issued", r"\bdated?\b(?!\s*of)|issued?|letter date|invoice date|bill date|statement|printed|packed|"
     r"mfg|mfd|manufactured|produced|dispensed|prod\b|"
     r"our ref|your ref|received|\bsince\b|your (?:letter|call|request) of"),
)  # fmt: skip


@dataclass(frozen=True)
class FoundDate:
    """A date in a text.

    Attributes:
        when: aware; midnight where the text names no time of day. A month without a day is its last day.
        kind: one of KINDS.
        has_time: whether the text names the time of day.
        text: the printed words.
        note: a sentence on what was assumed (day-first order, a missing year), or empty.
        start: where in the text it stands, in characters.
    """

    when: datetime
    kind: str
    has_time: bool
    text: str
    note: str = ""
    start: int = 0


def find_dates(text: str, now: datetime, *, day_first: bool = True) -> list[FoundDate]:
    """Every date in a text, in its order.

    The order of 08/12 follows, first, a weekday printed beside it; then other dates of the text that can be read in
    one way only; then `day_first`. A missing year is the next such day, or the one that fits the weekday.
    """
    text = text[:LONGEST]
    first, sure = _order(text, day_first)
    found: list[FoundDate] = []
    taken: list[tuple[int, int]] = []
    for match in _matches(text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        made = _read(match, text, now, first)
        if made:
            taken.append(match.span())
            found.append(replace(made, note="") if sure else made)
    found.sort(key=lambda one: one.start)
    return _with_kinds(text, [_with_time(text, one, found, now) for one in found], now)


def best_anchor(found: list[FoundDate], now: datetime, request: str = "") -> FoundDate | None:
    """The date that "the day before" means: what the request asks about, else the appointment, else what lies ahead."""
    found = [one for one in found if one.when.date() >= now.date()] or found
    wanted = KINDS[:4]
    if re.search(r"expir|best before|use by|goes off|run out|eat|sell by|off\b", request, re.I):
        wanted = ("best-before", "expiry", "due", "appointment")
    elif re.search(r"\bdue\b|pay|bill|deadline", request, re.I):
        wanted = ("due", "appointment", "best-before", "expiry")
    for kind in (*wanted, "other"):
        of_kind = [one for one in found if one.kind == kind]
        if of_kind:
            return next((one for one in of_kind if one.has_time), of_kind[0])
    return None


def _matches(text: str) -> Iterator[re.Match[str]]:
    for form in _FORMS:
        yield from form.finditer(text)


def _order(text: str, day_first: bool) -> tuple[bool, bool]:
    """Whether the day comes first, and whether a numeric date that can be read in one way only says so."""
    votes = 0
    for match in _FORMS[1].finditer(text):
        day, month = int(match["d"]), int(match["m"])
        votes += (day > 12 >= month) - (month > 12 >= day)
    return (day_first, False) if votes == 0 else (votes > 0, True)


def _read(match: re.Match[str], text: str, now: datetime, day_first: bool) -> FoundDate | None:
    parts = match.groupdict()
    year = _year(parts.get("y"))
    month = month_number(parts["n"].replace("0", "o")) if parts.get("n") else int(parts["m"])
    day = int(re.sub("[Oo]", "0", re.sub("[Il]", "1", parts["d"]))) if parts.get("d") else 0
    weekday = _weekday_before(text, match.start())
    note = ""
    if match.re is _FORMS[1] and (day <= 12 or month > 12):
        day, month, note = _settle(day, month, year or now.year, weekday, day_first, match[0])
    made = _make(day, month, year, weekday, now.date())
    if made is None:
        return None
    when = localise(datetime.combine(made, time()), now)
    return FoundDate(when, "other", False, match[0].strip(" .,-"), note, match.start())


def _settle(day: int, month: int, year: int, weekday: int | None, day_first: bool, said: str) -> tuple[int, int, str]:
    """The order of a numeric date: (day, month, note)."""
    readings = []
    for one_day, one_month in ((day, month), (month, day)):
        try:
            readings.append((date(year, one_month, one_day), one_day, one_month))
        except ValueError:
            continue
    fitting = [reading for reading in readings if weekday is not None and reading[0].weekday() == weekday]
    if len(readings) < 2 or day == month:
        return (*readings[0][1:], "") if readings else (day, month, "")
    if len(fitting) == 1:
        return (*fitting[0][1:], "")
    chosen = readings[0 if day_first else 1]
    return (*chosen[1:], f"I read {said.strip()} as {chosen[1]} {MONTHS[chosen[2] - 1]}.")


def _make(day: int, month: int, year: int | None, weekday: int | None, today: date) -> date | None:
    """A date from its parts; no day is the month's last, no year the next that comes and fits the weekday."""
    if not 1 <= month <= 12:
        return None
    if day == 0:
        following = date(year or today.year, month, 28).toordinal() + 4
        end = date.fromordinal(following)
        return date.fromordinal(following - end.day)
    try:
        if year:
            return date(year, month, day)
        candidates = [date(one, month, day) for one in (today.year, today.year + 1, today.year - 1)]
    except ValueError:
        return None
    for one in candidates:
        if one.weekday() == weekday and abs((one - today).days) < 400:
            return one
    recent = (today - candidates[0]).days
    return candidates[1] if recent > 60 else candidates[0]


def _year(written: str | None) -> int | None:
    if not written:
        return None
    number = int(written.strip("'’"))
    return number if number >= 100 else 2000 + number if number < 70 else 1900 + number


def _weekday_before(text: str, start: int) -> int | None:
    """The weekday printed right before a date: 0 is Monday."""
    found = re.search(
        r"(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[\s.,]*(?:the\s*)?$", text[max(0, start - 20) : start], re.I
    )
    return [name[:3] for name in WEEKDAY_NAMES].index(found[1].lower()) if found else None


def _with_time(text: str, one: FoundDate, every: list[FoundDate], now: datetime) -> FoundDate:
    """Add the time of day that stands on the date's line or the next, before any other date."""
    end = one.start + len(one.text)
    following = min((other.start for other in every if other.start > one.start), default=len(text))
    after = text[end : min(end + 120, following)]
    after = "\n".join(after.split("\n")[:3])
    line_start = text.rfind("\n", 0, one.start) + 1
    previous = max((other.start + len(other.text) for other in every if other.start < one.start), default=0)
    before = text[max(line_start, previous) : one.start]
    for where in (after, before):
        for match in _TIME.finditer(where):
            clock = _clock(match, where)
            if clock:
                return replace(one, when=localise(datetime.combine(one.when.date(), clock), now), has_time=True)
    return one


def _clock(match: re.Match[str], where: str) -> time | None:
    if match["word"]:
        return time(12)
    hour, minute = int(match["h"] or match["h2"]), int(match["mi"] or 0)
    half = (match["half"] or match["half2"] or "").lower()[:1]
    lead = where[max(0, match.start() - 12) : match.start()]
    if not half and "." in match[0] and not re.search(r"\bat\b|time|@", lead, re.I):
        return None  # 12.50 is a price unless it is said to be a time
    if re.search(r"[£$€]\s*$", lead) or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute)


def _with_kinds(text: str, found: list[FoundDate], now: datetime) -> list[FoundDate]:
    """Name what each date is for."""
    kinds = [_kind(text, one, found) for one in found]
    out = []
    for one, kind in zip(found, kinds, strict=True):
        if kind in ("other", "issued") and one.has_time and one.when > now:
            kind = "appointment"  # nobody prints a future hour for another reason
        if kind == "issued" and one.when.date() > now.date():
            kind = "appointment" if re.search(r"appointment|visit|meeting", text, re.I) else "other"
        if kind in ("expiry", "best-before"):
            one = _month_and_year(one, now)
        if kind == "other" and one.when.date() <= now.date() and len(found) > 1:
            kind = "issued"
        if kind == "appointment" and not one.has_time and one.when.date() <= now.date():
            kind = "issued"
        out.append(replace(one, kind=kind))
    return out


def _month_and_year(one: FoundDate, now: datetime) -> FoundDate:
    """On food and medicine NOV 27 is November 2027 where 27 can be a year to come."""
    found = re.fullmatch(rf"({_MONTH})[\s.]*(\d\d)", one.text, re.I)
    if not found or not 0 <= int(found[2]) - now.year % 100 <= 10:
        return one
    made = _make(0, month_number(found[1].replace("0", "o")), _year(found[2]), None, now.date())
    if made is None:
        return one
    note = f"I read {one.text} as a month and a year."
    return replace(one, when=localise(datetime.combine(made, time()), now), note=note)


def _kind(text: str, one: FoundDate, found: list[FoundDate]) -> str:
    earlier = max((other.start + len(other.text) for other in found if other.start < one.start), default=0)
    before = text[max(earlier, one.start - 160) : one.start]
    line = before.rsplit("\n", 1)[-1]
    sentence = re.split(r"[.!?]\s|\n\s*\n", before)[-1]
    end = one.start + len(one.text)
    later = min((other.start for other in found if other.start > one.start), default=len(text))
    rest_of_line = re.split(r"\n|\.\s", text[end : min(later, end + 100)])[0]
    for where in (line, sentence, rest_of_line):
        nearest = [(match.end(), kind) for kind, label in _LABELS for match in re.finditer(label, where, re.I)]
        if nearest:
            return max(nearest)[1]
    return "other"
