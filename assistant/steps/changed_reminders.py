"""The last reminder at another time: "make it eleven", "a day later"; what it is for stays."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from datetime import datetime, timedelta

from assistant.phrases.dates import Unclear, parse_span
from assistant.phrases.time_words import find_spans, find_times
from assistant.steps.reminder_times import DAY
from assistant.steps.slots import Filled, Material, without
from assistant.steps.slots_earlier import Said

BY = (  # "a day on", "two hours earlier"
    r"(?P<by>(?:an?|one|two|three|four|five|six|ten|fifteen|twenty|thirty|half an|another|\d{1,2}) (?:day|hour|week|minute|fortnight)s?) "
    r"(?P<way>on|later|after|forwards?|further on|back|earlier|sooner|before)"
)
_BY = re.compile(rf"{BY}(?:,? (?:(?:at )?(?:the )?same (?:time|hour)|(?:on [\d-]{{10}} )?at \d\d:\d\d))?", re.I)


def _moved_by(said: str, last: Said) -> str:
    """The last reminder's moment so much later or earlier; "" where no such length is said."""
    match = _BY.fullmatch(said.strip(" .!?"))
    if match is None or len(last.value) < 16:
        return ""
    try:
        span: timedelta = parse_span(re.sub(r"^another ", "a ", match["by"]))
    except Unclear:
        return ""
    sign = -1 if match["way"].lower() in ("earlier", "sooner", "before") else 1  # put back a day is a day later
    then = datetime.fromisoformat(last.value) + sign * span
    return f"on {then:%Y-%m-%d} at {then:%H:%M}"


_MADE = re.compile(  # "make it eleven", after a reminder that was set or taken back
    r"(?:(?:no|oh|and|so|just|please|instead|rather)[\s,]+)*(?:(?:make|do|set|change|move|put|push|bring) (?:it|that)(?: back| forward| on)?|try|let's (?:say|make it))(?: (?:to|for|at|until|till))? (?P<when>.+?)(?:[\s,]+(?:instead|please|then))*[ .!]*",
    re.I,
)


def changed(words: str, material: Material) -> Filled | None:
    """The last reminder at another time: "make it eleven" keeps its day and what it is for."""
    match, last = (
        _MADE.fullmatch(words.strip()),
        next((one for one in material.earlier if one.kind == "reminder"), None),
    )
    if match is None or last is None:
        return None
    if moved := _moved_by(match["when"], last):
        return {"text": last.text, "when": moved}
    said = match["when"] if find_times(match["when"]) else f"at {match['when']}"
    times = find_times(said)
    if not times or re.search(r"\b(?!rather|instead|please|just|that|this)[a-z]{4}", without(said, times), re.I):
        return None  # "set it for the dentist at four" is about something else
    day = "" if DAY.search(said) or find_spans(said) else last.value[:10]
    return {"text": last.text, "when": f"{day} {said}".strip()}
