"""What earlier steps said, of this turn and of the last: the word that was spelled, the code that was scanned, what was quoted.

A later step that lacks a thing of its own ("remember it as the gas account", "a timer for that") takes the latest one of the
kind that it needs. Where what was said has several of the kind, none is taken, so that the step asks.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times, hangs_on_another
from assistant.steps.cues import OF_PRINT, POINTS_AT_PRINT, SEEN
from assistant.steps.printed import value_for

LONGEST_VALUE = 60  # characters: what is longer is a passage and no thing
_TOLD = ("recall", "search_notes", "add_note", "remember", "edit_note")
_CLOCK = re.compile(r"(?<![\d£$€.:])\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\b)?(?![\d%])", re.I)
_CLOCK_ALONE = re.compile(r"\b\d{1,2}(?::\d{2})? ?[ap]m\b|\b\d{1,2}:\d{2}\b|\bnoon\b|\bmidnight\b")
_MONEY = re.compile(r"[£$€] ?(\d[\d,]*(?:\.\d+)?)|(?<![\w.,:-])(\d[\d,]*(?:\.\d+)?) ?(?:pounds?|quid|euros?|dollars?)\b", re.I)  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-]*\d)(?! ?(?:%|percent|per cent|years? old|st|nd|rd|th|am|pm|o'clock|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*)\b)(?!%)", re.I)  # fmt: skip
_TELLS = re.compile(r"^(?:[\w'-]+ ){1,6}?(?:is|are|was|=)(?: called| named)? (?P<what>(?!(?:in|on|at|by|from|under|with|for|off|out|to|not)\b).+?)[ .]*$", re.I)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One thing that a step said or kept.

    Attributes:
        step: the tool, or "ask_text" for an answer from print.
        text: what was said or kept, verbatim.
        kind: what `value` is: "word", "code", "colour", "amount", "date", "reminder", "fact", or the kind of a printed value.
        value: the thing itself; "" where the text names none.
        now: whether it was said in this turn.
    """

    step: str
    text: str
    kind: str = ""
    value: str = ""
    now: bool = True


def said_by(step: str, text: str, data: Mapping[str, Any], *, found: bool = True, now: bool = True) -> Said | None:
    """What a tool's result leaves for later steps; None where it leaves nothing."""
    value = str(data.get("value") or "")
    if step in ("spell", "define_word"):
        word = str(data.get("word") or "").strip()
        return Said(step, word, "word", word, now) if word and len(word) <= LONGEST_VALUE else None
    if not found:
        return None
    if step in _NAMED and value:
        return Said(step, text, _NAMED[step], value, now)
    if step == "convert_units":  # what was converted: the same in yet another unit is asked of that
        return Said(step, re.split(r" (?:is|are|makes?) ", text)[0], "quantity", str(data.get("unit") or ""), now)
    if step == "search_documents" and data.get("quote"):
        return Said(step, str(data["quote"]), now=now)
    if step in _TOLD and isinstance(data.get("text"), str):
        return Said(step, data["text"], "fact", _told_in(data["text"]), now)
    if step == "tell_date" and isinstance(data.get("date"), str):
        return Said(step, text, "date", data["date"], now)
    if step in ("set_reminder", "undo") and isinstance(data.get("when"), str):
        return Said(step, str(data.get("text", "")), "reminder", data["when"], now)
    if step == "cancel_reminder" and isinstance(data.get("deleted"), list) and len(data["deleted"]) == 1:
        gone = data["deleted"][0]  # what is set in its place keeps its name: "scrap the dentist and make it Thursday"
        timed = isinstance(gone, Mapping) and isinstance(gone.get("when"), str)
        return Said(step, str(gone.get("text", "")), "reminder", gone["when"], now) if timed else None
    if step == "tell_time" and isinstance(data.get("time"), str) and (clock := _CLOCK_ALONE.search(text)):
        return Said(step, text, "clock", clock[0], now)
    return None


_NAMED: Mapping[str, str] = {"scan_barcode": "code", "identify_colour": "colour", "calculate": "amount"}


def answered(question: str, passage: str, *, now: bool = True) -> Said:
    """A passage of print that was quoted for a question, with the value in it that the question asked for."""
    clocks = [match[0] for match in _CLOCK.finditer(passage)]
    if len(clocks) > 1:
        at = 0 if re.search(r"\b(?:first|earliest)\b", question, re.I) else -1
        end = re.search(r"\b(?:first|earliest|last|latest|final)\b", question, re.I)
        return Said("ask_text", passage, "clock", clocks[at] if end else "", now)
    printed = value_for((passage,), question)
    value = printed.value if printed is not None and len(printed.value) <= LONGEST_VALUE else ""
    return Said("ask_text", passage, printed.kind if printed and value else "", value, now)


def earlier_in(records: Sequence[Mapping[str, Any]], quote: str, question: str) -> tuple[Said, ...]:
    """What the last turn leaves, the latest first, of its kept results and of the passage that it quoted."""
    found = [answered(question, quote, now=False)] if quote else []
    for record in reversed(records):
        data = record.get("data")
        if isinstance(data, Mapping):
            one = said_by(str(record.get("name", "")), str(record.get("text", "")), data, now=False)
            if record.get("name") == "start_timer":
                one = Said("start_timer", str(data.get("name") or ""), "timer", now=False)
            found += [one] if one is not None else []
    return tuple(found)


def _told_in(text: str) -> str:
    """ "The wifi password is cobble-19" -> "cobble-19"; "" where no name is given its value so."""
    match = _TELLS.match(" ".join(text.split()))
    return match["what"] if match and len(match["what"]) <= LONGEST_VALUE else ""


# what is looked for


def of_kind(earlier: Iterable[Said], *kinds: str) -> str:
    """The latest value of one of these kinds; "" for none."""
    return next((one.value for one in earlier if one.kind in kinds and one.value), "")


def latest(earlier: Sequence[Said]) -> str:
    """What "it" is: the thing that was said last, or its words where they are short; "" for none."""
    if not earlier:
        return ""
    last = earlier[0]
    return (
        last.text
        if last.kind == "quantity"
        else last.value or (last.text.strip() if len(last.text) <= LONGEST_VALUE else "")
    )


_KINDS: Mapping[str, tuple[str, ...]] = {  # what people call a thing -> its kinds
    "colour": ("colour",), "color": ("colour",), "shade": ("colour",),
    "word": ("word",), "spelling": ("word",),
    "number": ("code", "reference", "phone", "amount", "field", "fact"), "code": ("code", "reference", "field", "fact"),
    "barcode": ("code",), "bar code": ("code",), "bar coat": ("code",), "digits": ("code", "reference", "phone"),
    "amount": ("amount", "price", "total", "field"), "figure": ("amount", "price", "total", "field"), "total": ("amount", "total"),
    "price": ("price", "amount", "total"), "answer": ("amount",), "result": ("amount",), "sum": ("amount",),
    "date": ("date", "when", "due"), "day": ("date", "when", "due"), "time": ("clock", "field"), "much": ("amount", "price", "total"),
    "password": ("fact", "field"), "name": ("doctor", "addressee", "name", "fact"), "address": ("street", "fact"),
    "temperature": ("hot",), "reference": ("reference",), "phone number": ("phone",),
}  # fmt: skip
_NAMES = "|".join(sorted(_KINDS, key=len, reverse=True))
THING_FIRST = re.compile(rf"(?:{_NAMES})\b", re.I)
_NAMED_THING = re.compile(rf"\b(?:that|this|the same|that same|the very same) (?P<name>{_NAMES})\b(?! (?:is|was|for|of|on)\b)", re.I)  # fmt: skip
_THE_THING = re.compile(rf"(?:(?:the|that|this|its|it's) )?(?:bar ?code |product )?(?P<name>{_NAMES})(?: (?:of it|on it|itself|you (?:just )?(?:said|found|read)))?", re.I)  # fmt: skip
_AS = re.compile(r"^(?:(?:it|that|this|them|the (?:number|code|answer|result|word|barcode))(?: down)? (?:as|under|for)|(?:down )?as) (?P<name>(?:my|the|our|his|her|their|a) .+)$", re.I)  # fmt: skip


_THINGS = ("colour", "code", "word", "amount", "clock")
_IT_IS = re.compile(r"^(?:that )?(?:it|that|this)(?:'s| is| was) (?P<rest>(?:what|the|my|our|his|her|their|for|how)\b.+)$", re.I)  # fmt: skip
_RECKONED = re.compile(  # what stands for the result of a sum: "what we each owe", "my third", "how much that makes"
    r"(?:down )?(?:(?:what|how much|whatever) (?:(?:it|that|this|we|i|they|he|she|each|everyone|everybody|one|all|of us|my|the|both|person|share|half|third|quarter|bit|part|have|has|is|are|will|would|should|to|each of us) )*(?:owe|owes|pay|pays|put in|get|gets|comes? to|makes?|is|are|be|each|come out at|works out at)(?: each| in all| altogether)?|(?:my|our|each (?:one|person|share)'?s?|the) (?:half|third|quarter|fifth|share|shares|part|split|answer|result|sum|outcome)(?: of (?:it|that|the (?:bill|total)))?)",
    re.I,
)


def named_thing(name: str, earlier: Sequence[Said]) -> str:
    """The value of what people call so ("number", "colour"), where it has the looks of one."""
    value = of_kind(earlier, *_KINDS.get(name.lower(), ()))
    return "" if name.lower() in ("number", "digits", "amount", "figure") and not re.search(r"\d", value) else value


def stands_for(text: str, earlier: Sequence[Said]) -> str:
    """What a text to be kept comes to with earlier things in the place of the words for them; "" where it holds none.

    "it as my gas account" -> "my gas account: 4471 9032"; "the cardigan is that colour" -> "the cardigan is purple".
    """
    text = text.strip(" .")
    whole = _THE_THING.fullmatch(text)
    if whole and (value := named_thing(whole["name"], earlier)):
        return f"barcode {value}" if of_kind(earlier, "code") == value else value
    last = earlier[0] if earlier else None
    if last is not None and last.now and last.kind in _THINGS and last.value and (told := _IT_IS.match(text)):
        return f"{as_said(last)} is {told['rest']}"
    if last is not None and last.now and last.kind == "amount" and last.value and _RECKONED.fullmatch(text):
        return f"{text}: {as_said(last)}"
    called = _AS.match(text)
    if called and (value := latest(earlier)):
        return f"{called['name'].strip()}: {value}"
    found = _NAMED_THING.search(text)
    value = named_thing(found["name"], earlier) if found else ""
    sum_of = next((one for one in earlier if one.kind == "amount" and one.value == value), None)
    value = as_said(sum_of) if sum_of else value
    return f"{text[: found.start()]}{value}{text[found.end() :]}" if found and value else ""


def as_said(one: Said) -> str:
    """The value as it was told: 7.82 where the sum came to 7.81666."""
    told = re.search(r"\bis (?:about )?(-?\d[\d,]*(?:\.\d+)?)(?: each)?\.?$", one.text.strip())
    if one.kind != "amount":
        return one.value
    return told[1] if told else f"{float(one.value):.2f}" if re.fullmatch(r"-?\d+\.\d{3,}", one.value) else one.value


def points_at_print(words: str, earlier: Sequence[Said]) -> bool:
    """Whether words name something to be read, which no step of this turn has said: "the number" after a barcode is that."""
    said = [one for one in earlier if one.now]
    known = any(named_thing(match["name"], said) for match in _THE_THING.finditer(words))
    return not known and POINTS_AT_PRINT.search(words) is not None


def needs_no_print(used: Sequence[str], label: str, words: str, earlier: Sequence[Said]) -> bool:
    """Whether "it" is what the step before saw or filed, so that nothing has to be read: "scan it and note it"."""
    last = used[-1] if used else ""
    if last in SEEN:
        printed = label == "ask_text" and OF_PRINT.search(words) is not None
        return not printed and not points_at_print(words, earlier)
    times = find_times(words) if last == "add_document" and label == "set_reminder" else []
    return (
        bool(times) and not any(hangs_on_another(time.words) for time in times) and not points_at_print(words, earlier)
    )


def amount_of(earlier: Sequence[Said]) -> tuple[str, str]:
    """The latest amount, as digits, and the words that it stands in; "" where nothing or more than one is said."""
    for one in earlier:
        if one.kind == "amount":
            return (one.value, one.text) if re.fullmatch(r"-?\d+(?:\.\d+)?", one.value) else ("", "")
        if one.kind in ("price", "total"):
            priced = re.search(r"\d[\d,]*(?:\.\d+)?", one.value)
            return (priced[0].replace(",", ""), one.text) if priced else ("", "")
        if one.kind in ("word", "code", "colour", "date", "reminder", "clock", "phone", "reference"):
            continue
        text = to_digits(one.text, ordinals=False)
        money = {next(filter(None, match.groups())).replace(",", "") for match in _MONEY.finditer(text)}
        numbers = money or {match[0].replace(",", "") for match in _NUMBER.finditer(_without_times(text))}
        if numbers:
            return (numbers.pop(), one.text) if len(numbers) == 1 else ("", "")
    return "", ""


def _without_times(text: str) -> str:
    for span in reversed(find_spans(text)):
        text = f"{text[: span.start]} {text[span.end :]}"
    return text


def length_of(earlier: Sequence[Said]) -> tuple[str, bool]:
    """The latest length of time ("90 minutes"), and whether there were several, so that none is sure."""
    for one in earlier:
        if one.kind in ("word", "code", "colour", "reminder"):
            continue
        spans = list(dict.fromkeys(span.words for span in find_spans(one.text)))
        if spans:
            return (spans[0], False) if len(spans) == 1 else ("", True)
    return "", False
