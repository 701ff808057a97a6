"""Arguments of reminders."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from datetime import date, timedelta

from assistant.phrases.time_words import find_spans, find_times, hangs_on_another
from assistant.steps.asking import ASKS, CUED_ASKS, PRINTED, TOLD_ASKS, before_asking, content_of
from assistant.steps.changed_reminders import changed
from assistant.steps.leaning_reminders import before_event, beside_told, day_asked, only_sets, thing_told
from assistant.steps.printed import event_of
from assistant.steps.printed_times import as_printed, at_named, begins_with_date, beside_event, days_after_opening
from assistant.steps.reminder_lists import cancel_reminder, list_reminders
from assistant.steps.reminder_times import CLOCK, DAY, beside_stated, clusters, completed, day_told, goes_on, when_of
from assistant.steps.reminder_words import CLOCKS, FILLING, HAVE, HOUR_AND, HOURS, REMIND, with_particle, without_ending
from assistant.steps.slots import POINTER, Filled, Material, Missing, bare, without
from assistant.steps.slots_earlier import Said
from assistant.steps.slots_timers import start_timer

__all__ = ["cancel_reminder", "list_reminders", "set_reminder", "start_timer"]


def _said_out(words: str, material: Material) -> str:
    """The words with their times as the rest of this file knows them, and with what print or the last reminder says of them."""
    for said, written in CLOCKS:
        words = said.sub(written, words)
    words = HOUR_AND.sub(r"\g<0> minutes", words)
    month = _MONTH.search(words)
    if month:
        words = re.sub(r"\bof (?:that|the same) month\b", f"of {month[0]}", words, flags=re.I)
    if material.document is not None:
        words = at_named(re.sub(r"\bthis (?=(?:same |very )?(?:day|date)\b)", "that ", words, flags=re.I), material)
    return _at_same_time(words, material)


def _then(material: Material) -> str:
    """What "then" counts from: a printed time after opening, or the date that was just told; "" for neither."""
    told_date = next((one.value for one in material.earlier[:1] if one.kind == "date" and one.now), "")
    return days_after_opening(material) or (f"on {told_date}" if told_date else "")


def set_reminder(words: str, material: Material) -> Filled:
    words = _said_out(words, material)
    if again := changed(words, material):
        return again
    words = as_printed(words, material)
    cue = REMIND.search(words)
    start = before_asking(words) if cue is None else cue.start()
    before, content = words[:start], words[cue.end() if cue else start :]
    chosen = when_of(content)
    when = re.sub(
        rf"^for (?={HOURS}\b(?! (?:hours?|minutes?|days?|weeks?)))", "at ", " ".join(one.words for one in chosen)
    )
    left = without(content, chosen)
    if when and re.fullmatch(HOURS, _plain(left), re.I) and find_times(f"at {_plain(left)}"):
        when, left = f"{when} at {_plain(left)}", ""  # "at breakfast, eight, the day before"
    text = _asked_for(left, cue is not None, hangs_on_another(when), material)
    if cue and _NEW_ONE.search(cue[0]) and _REASON.match(text) and _gone(material):
        text = ""  # "make a new one for monday, they are closed before"
    stated = clusters(before)
    if before.strip(" ,"):
        topic = _plain(
            content_of(
                HAVE.sub("", _plain(without(before, stated))),
                material.encode,
                0.5 if hangs_on_another(when) and material.document is not None else 0.8,
            )
        )
        topic = without_ending(topic)
        text = _beside_topic(text, topic)
        if stated and _THEN.fullmatch(when) and CLOCK.search(stated[-1].words):
            when = ""  # "tomorrow at two comes the plumber, remind me at this time"
        said = [bare(one.words) for one in stated]
        if stated and when and hangs_on_another(when):
            when = beside_stated(when, said)
        elif stated:
            when = completed(when, [one.words for one in stated])
    return _finished(words, cue[0] if cue else "", content, text, when, material)


def _gone(material: Material) -> bool:
    """Whether a reminder was just taken away, so that a new one is for what that was for."""
    last = material.earlier[0] if material.earlier else None
    return last is not None and last.now and last.step in ("cancel_reminder", "undo") and last.kind == "reminder"


def _asked_for(text: str, cued: bool, hangs: bool, material: Material) -> str:
    """What the words around the time are about, without those that only ask."""
    plain = _plain(text)
    if cued and re.match(r"\W*(?:to|about|of)\b", text, re.I):  # "remind me to": what follows is what it is for
        return content_of(plain, material.encode, TOLD_ASKS) if hangs and material.document is not None else plain
    if hangs and material.document is not None:
        return content_of(plain, material.encode, PRINTED)  # print has a name for it
    told = content_of(plain, material.encode, CUED_ASKS if cued else ASKS)
    return plain if not told and cued and _OWN_DOING.match(plain) else told


def _beside_topic(text: str, topic: str) -> str:
    """The text, or what was told before the wish where the text only points there; both where it leans on it."""
    if topic and _PURPOSE.match(text):
        return f"{topic}, {text}"
    if not text or re.fullmatch(rf"{POINTER}|one|so|him|her", text, re.I) or (topic and _BOTH.fullmatch(text)):
        return topic or text
    leans = re.search(r"\b(?:him|her|them|it|there)\b", text, re.I) and len(text.split()) <= 4 < len(text) and topic
    return f"{text}: {topic}" if leans and len(topic.split()) <= 8 else text


def _finished(words: str, cue: str, content: str, text: str, when: str, material: Material) -> Filled:
    """The arguments, with what print, earlier steps and custom add to the text and the time that were said."""
    after_opening = ""
    rises = re.search(r"wake" if not DAY.search(when) else r"wake|alarm", cue, re.I)
    if rises and find_times(when) and not _PART_SAID.search(when):
        when = f"{when} in the morning"
    pointed = re.search(r"\bthen\b" if material.document else r"\bthen\b|\bfor (?:it|that)\b", content, re.I)
    if pointed and not hangs_on_another(when) and not DAY.search(when):
        after_opening = _then(material)
        when = f"{after_opening} {when}"
    when = day_told(beside_event(when.strip(), material), material)
    when = re.sub(r"^for (?=(?:an?|the|\w+) (?:hours?|days?|evening|morning|night|minutes?|weeks?) )", "", when)
    from_print = material.document is not None and bool(when) and hangs_on_another(when)
    if not from_print and re.search(r"wake|alarm", cue, re.I) and (not text or re.fullmatch(r"wake (?:me|us)(?: up)?", text, re.I)):  # fmt: skip
        text = "wake up" if "wake" in cue.lower() else "alarm"
    if material.document is None:
        text, when = _of_earlier(text, goes_on(when, material), material)
        when = before_event(beside_told(day_asked(when, material.request), material.request), material.request)
        text = text or _told_before(cue, material)
        if ":" not in text and (thing := thing_told(text, material.request)):
            text = f"{text}: {thing}"
    text = _about_document(text, when, material)
    if after_opening.startswith("in "):
        text = f"{text} (counting from today; say so if you open it another day)"  # print has no day of opening
    dated = not text or re.search(r"appointment|date|due|meeting|visit", words, re.I)
    when = "on that date" if not when and material.document is not None and dated else when
    if not text and not when:
        return Missing("What should I remind you of, and when?", "all", {})
    if not when:
        return Missing(f"When should I remind you: {text}?", "when", {"text": text})
    if not text:
        return Missing("What should I remind you of?", "text", {"when": when})
    return {"text": text, "when": when}


def _told_before(cue: str, material: Material) -> str:
    """What the request told before the words that ask, where they were cut apart: "i've to file the brief, | nudge me"."""
    at = material.request.lower().find(cue.lower()) if cue else -1
    if at <= 0 or any(one.now for one in material.earlier):
        return ""
    before = material.request[:at]
    told = without_ending(HAVE.sub("", _plain(without(before, clusters(before)))))
    return content_of(told, material.encode, CUED_ASKS) if told else ""


def _of_earlier(text: str, when: str, material: Material) -> tuple[str, str]:
    """What and when, with what was quoted or told before in the place of words that lean on it."""
    if material.quote and text and re.fullmatch(POINTER, text, re.I):
        text = material.quote[:200].rstrip(" .")
    if material.earlier:
        told = next((one for one in material.earlier if one.step != "tell_time"), material.earlier[0])
        text, when = _beside_told(text, when, told)
    last = material.earlier[0] if material.earlier else None
    if _gone(material) and only_sets(text):
        text = ""
    if not text and when and last is not None and last.kind == "reminder":
        replaces = last.step in ("undo", "cancel_reminder") or not last.now
        if replaces or re.search(r"\bagain\b", material.request, re.I):
            dated = DAY.search(when) or find_spans(when)
            return last.text, when if dated else f"{last.value[:10]} {when}".strip()
    if not text and hangs_on_another(when):
        text = next((one.text for one in material.earlier[:1] if one.kind in ("", "fact")), "")[:200].rstrip(" .")
    return text, when


def _at_same_time(words: str, material: Material) -> str:
    """The words with the time of the last reminder for "same time": what is set in the place of one that was taken back."""
    last = next((one for one in material.earlier[:3] if one.kind == "reminder" and len(one.value) > 15), None)
    found = _SAME_TIME.search(words)
    after = _DAY_AFTER.search(words)
    if last is not None and after and (last.step == "cancel_reminder" or not last.now):
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        day = date.fromisoformat(last.value[:10])
        day += timedelta((names.index(after["day"][:3].lower()) - day.weekday()) % 7 or 7)
        words = f"{words[: after.start()]}on {day}{words[after.end() :]}"
        found = _SAME_TIME.search(words)
    if last is None or found is None:
        return words
    rest = f"{words[: found.start()]} {words[found.end() :]}"
    other = any(DAY.search(time.words) or find_spans(time.words) for time in find_times(rest))
    said = f"at {last.value[11:16]}" if other else f"on {last.value[:10]} at {last.value[11:16]}"
    return " ".join(f"{words[: found.start()]} {said} {words[found.end() :]}".split())


_PART_SAID = re.compile(
    r"\b(?:am|pm|[ap]\.m|tonight|evening|afternoon|noon|morning|midday|midnight|night|minutes?|mins?|hours?|tea ?time|bed ?time)\b|\d[ap]m",
    re.I,
)
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b(?=.*\bmonth\b)",
    re.I,
)
_WEEKDAY = re.compile(r"\b((?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b", re.I)
_CLOCK_TOLD = re.compile(
    r"(?<![\d£$€.])\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\b)?|(?<![\d£$€.:])\d{1,2} ?[ap]\.?m\b|\b(?:noon|midday)\b", re.I
)
_DATE_TOLD = re.compile(
    r"\d(?:st|nd|rd|th)\b|\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\d[/-]\d", re.I
)
_BESIDE_IT = re.compile(
    r"\b(?P<side>before|after)\b(?: (?:it|that|then|the [a-z]+)(?: (?:starts?|begins?|is|leaves?|goes))?)?(?=$|[\s,.])",
    re.I,
)
_OWN_DOING = re.compile(r"(?:i'm|i am|we're|we are) (?:going|off|meeting|seeing|due|picking|having|visiting|taking|getting|collecting|babysitting|staying|leaving|expected|wanted|needed)\b", re.I)  # fmt: skip
_NEW_ONE = re.compile(r"\b(?:new|fresh|another) one\b", re.I)
_REASON = re.compile(r"(?:(?:cos|because|as|since) )?(?:they|he|she|it|we|i|that)(?:'\w+)? \w+", re.I)
_BOTH = re.compile(r"(?:(?:through|for|of|about|on|to|me|over) )*(?:the )?(?:both|lot|two|all|each)(?: of (?:them|those|these|the two))?", re.I)  # fmt: skip
_PURPOSE = re.compile(r"so (?:that )?(?:i'm|i am|i've|i have|we're|we are|we've|it's|he's|she's|they're) ", re.I)
_THEN = re.compile(r"(?:at |for )?(?:this|that|the(?: same)?) time|then", re.I)
_SAME_TIME = re.compile(
    r"[\s,]*\b(?:at |for )?(?:(?P<day>the same day)(?: and|,)? )?(?:the )?(?:very |exact )?same(?: (?:old )?(?:time|hour)\b|(?=[\s,.]*$)(?<=at the same))(?: as (?:before|that|it|the other(?: one)?|the last(?: one)?|i said))?\b",
    re.I,
)
_DAY_AFTER = re.compile(
    r"\b(?:on )?the (?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day) after(?! (?:the |that |next|\d|it\b))", re.I
)
_ON_IT = re.compile(r"\b(?:it|them|that|this)\b", re.I)


def _beside_told(text: str, when: str, told: Said) -> tuple[str, str]:
    """The text and the time of a reminder that leans on what was recalled: "the night before", "to ring it"."""
    days = {day.lower() for day in _WEEKDAY.findall(told.text)}
    clocks = {clock.lower() for clock in _CLOCK_TOLD.findall(told.text)}
    if told.kind not in ("", "fact") or not told.now:
        return text, when
    beside, dated = _BESIDE_IT.search(when), _DATE_TOLD.search(told.text) is not None
    hours = beside and re.search(r"\b(?:hours?|minutes?|mins?)\b[a-z ]*$", when[: beside.start()], re.I)
    if beside and hangs_on_another(when) and (hours or not _WEEKDAY.search(when)) and not dated:
        day = "" if DAY.search(when[beside.end() :]) else next(iter(days)) if len(days) == 1 else ""
        clock = next(iter(clocks)) if hours and len(clocks) == 1 else ""
        if clock or (day and not hours):
            counted = " ".join(one for one in (clock, day) if one)
            when = f"{when[: beside.end('side')]} {counted}{when[beside.end() :]}"
    if text and _ON_IT.search(text) and len(text.split()) <= 4:
        text = f"{text}: {told.text}"[:200].rstrip(" .")
    return text, when


def _plain(text: str) -> str:
    """Without what is said around a reminder, and without small words at both ends."""
    said = text
    text = re.sub(r"[\s,]*\bon the (?:same |very )?day[ .!?]*$|^\s*the (?:same )?day[ .!?]*$", "", text, flags=re.I)
    text = re.sub(r"^[\s,]*(?:so (?:that )?(?:i|we) (?:can |could )?|so as to )", "", text, flags=re.I)
    text = re.sub(r"^[\s,]*(?:it's|its|it is|that's|this is) (?:about|for|to do with|regarding) ", "", text, flags=re.I)
    for _ in range(3):
        shorter = " ".join(FILLING.sub(" ", text).split()).strip(" ,.;:!?")
        if shorter == text:
            break
        text = shorter
    plain = bare(re.sub(r"(?:\s*,)+(?=\s*,)|\s+(?=,)|,? (?:which|that) (?:is|are)$", "", text))
    return with_particle(said, plain)


def _about_document(text: str, when: str, material: Material) -> str:
    """What a reminder about a text that was read is called: its line with the date, or the user's words and the text's title."""
    document = material.document
    pointing = re.fullmatch(rf"(?:(?:of|about|for) )?{POINTER}", text, re.I) if text else True
    if document is None or not document.passages:
        return text
    title = document.passages[0].rstrip(".,:;")[:60]
    if pointing and (not text or re.search(r"it|this|that|appointment|date|meeting|letter", text, re.I)):
        line = event_of(document.passages) or title
        if line == title or begins_with_date(line):
            return _named_above(document.passages, line, title)
        told = len(line.split()) > 4 and not re.match(r"(?:your|you|we|our|this|it|please)\b", line, re.I)
        return (line if told else f"{title}: {line}")[:200].rstrip(" .")
    if (
        re.search(r"\b(?:it|this|them|these|that|this bill|the bill|one)\b", text, re.I)
        and title.lower() not in text.lower()
    ):
        return f"{text}: {title}"
    return text


def _named_above(passages: Sequence[str], line: str, title: str) -> str:
    """The title of a text, with what stands above the line of its date: "Kirk Council: Brown bin, next collection"."""
    at = next((at for at, one in enumerate(passages) if one == line), 0)
    above = passages[at - 1].rstrip(".,:;") if at > 1 else ""
    named = re.search(r"[a-z]{3}", above, re.I) and not begins_with_date(above) and len(above) <= 80
    return f"{title}: {above}" if named else title
