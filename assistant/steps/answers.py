"""How results are said: short, verbatim when reading, honest about what is not known. Nothing here acts."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assistant.phrases.found_dates import find_dates
from assistant.phrases.wording import say_date
from assistant.steps.addressed import out_of_reach
from assistant.steps.extraction import Document, Encode, Found, find_answer, kinds_of, nearest
from assistant.tools.base import ToolResult

CAN_DO = (
    "I can read letters, bills and labels, describe a picture, find things in it, name colours, scan barcodes, calculate, convert units, "
    "tell the time, set reminders and timers, and keep notes and facts."
)
_EXAMPLES = 'Say for example: "read this and remind me the day before at noon", "what colour is this" or "add milk to my shopping list".'
OUTSIDE_IS_OFF = "That would leave this machine, which is off. It can be turned on in the settings."
LAPSED = "That question no longer waits for an answer. Please ask again."
REST_LEFT = "Ask me again for the rest."
NO_QUESTION = "No question is waiting for a yes or no. Say what you would like."
NEED_PICTURE = "I need a picture for that. Add one and ask again."
NOTHING_READ = "I have no text to look in. Show me a picture or a document and ask again."
NOT_FOUND = "I can't find that in the text."
MAY_BE = "I am not sure, but this may be it:"
OFFER_ALL = "Should I read it all?"
SOON_READ = 60  # words, about 25 seconds
CANNOT_KNOW = (
    "I can't know that: I work offline, and I don't state facts from memory because I could be wrong. "
    "I can read, describe, calculate, remind and take notes."
)
_CANNOT_DO = "I can't do that: I work on this machine alone, without calls, messages, music or the network."
_HEALTH = "I can't advise on that. Ask a doctor or pharmacist; I can read you the label or the leaflet."
TO_OTHERS = "That did not sound meant for me, so I did nothing."
_NO_MORE = "There is no more to say about that."

_CHAT: Sequence[tuple[str, str]] = (  # (what was said, reply); the first that fits
    (r"^(?:please )?(?:don't|do not|no need|not now|not yet|leave (?:it|that|the)|never ?mind|i (?:don't|do not) (?:want|need) you)\b", "All right."),
    (r"\b(?:thanks?|thank you|cheers|appreciate)\b", "You're welcome."),
    (r"\bgood ?bye|\bbye\b|see you|good ?night", "Goodbye."),
    (r"\b(?:who|what) are you|your name|who made you|are you (?:a |real|human|alive)", "I am Antigone, an assistant that runs on this machine. I am a program, not a person."),
    (r"\bhow are you|how do you feel|feelings?\b", "I am a program, so I have no feelings, but I am ready to help."),
    (r"are you (?:there|listening|awake)", "Yes, I am here."),
    (r"\b(?:joke|story|poem|sing|song)\b", "I am no entertainer, sorry. I can read, describe, calculate, remind and take notes."),
    (r"\b(?:hello|hi|hey|good (?:morning|evening|afternoon|day)|nice to meet)\b", "Hello. What can I do for you?"),
    (r"\b(?:wrong|misunderstood|not right|incorrect|mistake)\b", "I'm sorry. Say it again in other words, or say undo to take back the last thing I kept."),
    (r"\b(?:sad|lonely|tired|bored|upset|down|long day|afraid|worried|unwell|sick)\b", "I'm sorry to hear that. I am a program, but I am here. What can I do for you?"),
    (r"\b(?:stop|quiet|shut up|enough|never ?mind|nothing|no)\b", "All right."),
    (r"\b(?:great|good|well done|nice|funny|helpful|love|wonderful|perfect|brilliant|clever)\b", "Thank you."),
    (r"\b(?:ok|okay|fine|all ?right|right|sure|yes)\b", "All right."),
)  # fmt: skip

_ASK_BACK: Sequence[tuple[str, str]] = (  # (cue in an unclear request, the one question)
    (r"\bremind|alarm|wake\b", "What should I remind you of, and when?"),
    (r"\btimer|count ?down\b", "For how long?"),
    (r"\bnote|write|jot\b", "What should I write down?"),
    (r"\badd|put\b", "What should I add, and to what: a note or a sum?"),
    (r"\bremember|keep\b", "What should I remember?"),
    (r"\bfind|look|where|search\b", "What should I look for?"),
    (r"\bcancel|delete|remove|clear\b", "What should I cancel?"),
    (r"\bconvert|change\b", "How much of what, and into which unit?"),
    (r"\bcalculate|work out|divide|multiply\b", "What should I work out?"),
    (r"\bspell\b", "What should I spell?"),
    (r"\bset|start|make\b", "What should I set: a reminder or a timer?"),
    (r"\bread\b", "What should I read?"),
)
UNCLEAR = "I did not understand that. Do you want me to read, describe, remind, note or calculate something?"


def consent_question(effect: str) -> str:
    """The question that reads back what a change would do."""
    return f"{effect}? Say yes or no."


def chat(words: str, fixed: bool = False) -> str:
    """A short honest reply to small talk; with `fixed`, "" where no reply was thought of for these words."""
    found = next((reply for cue, reply in _CHAT if re.search(cue, words, re.I)), "")
    return found if found or fixed else "I am here. What can I do for you?"


def joined(parts: Sequence[str]) -> str:
    """Sentences one after the other; each but the last gets a full stop if it has no end of its own."""
    kept = [part for part in parts if part]
    return " ".join([*(part if part[-1] in ".!?:" else f"{part}." for part in kept[:-1]), *kept[-1:]])


def ask_back(words: str, others: Sequence[str] = ()) -> tuple[str, bool]:
    """One short question in place of a wrong act, and whether the reply completes the same request."""
    for cue, question in _ASK_BACK:
        if re.search(rf"(?:{cue})", words, re.I):
            return question, True
    likely = [_READINGS[label] for label in others if label in _READINGS][:2]
    if len(words.split()) > 2 and len(likely) == 2:
        return f"I am not sure what you mean. Should I {likely[0]}, or {likely[1]}?", False
    return UNCLEAR, False


_READINGS: Mapping[str, str] = {
    "read_text": "read a text", "describe_picture": "describe the picture", "find_in_picture": "look for something in the picture",
    "identify_colour": "name the colour", "scan_barcode": "scan the barcode", "calculate": "work out a sum",
    "convert_units": "convert a unit", "tell_time": "tell the time", "set_reminder": "set a reminder",
    "list_reminders": "list your reminders", "start_timer": "start a timer", "remember": "remember something",
    "recall": "look in what you told me", "add_note": "take a note", "search_notes": "look in your notes", "spell": "spell something",
    "repeat": "repeat what I said", "undo": "undo the last thing", "cancel_reminder": "cancel a reminder", "ask_text": "look in the text",
    "take_picture": "take a picture",
    "take_screenshot": "look at the screen",
    "look_closer": "look closer at a part of the picture",
    "compare_pictures": "compare the two pictures",
    "tell_date": "tell the date",
    "define_word": "explain a word",
    "list_timers": "say which timers run",
    "forget": "forget something you told me",
    "who_am_i": "say what I know about you",
    "edit_note": "change a note",
    "delete_note": "delete a note",
    "add_document": "keep a document",
    "search_documents": "look in your documents",
    "read_document": "read a stored document",
    "list_documents": "list your documents",
    "remove_document": "remove a document",
    "list_tools": "list my tools",
    "change_setting": "change a setting",
    "open_application": "open a program",
    "web_search": "search the web",
    "fetch_page": "open a web page",
    "say_more": "say more",
    "help": "explain what I can do",
}  # fmt: skip


def cannot(words: str) -> str:
    """What to say to a question about the world at large, or a wish that needs the network or another program."""
    if re.search(
        r"\b(?:medicine|doctor|pill|headache|cough|safe|paracetamol|ibuprofen|symptom|pain|fever|dose)\b", words, re.I
    ):
        return _HEALTH
    if re.match(r"(?:please )?(?:call|ring|phone|send|text|email|play|turn (?:on|off)|switch|open|order|book|buy|google|search the|translate|lock|unlock|dial|message)\b", words, re.I) or out_of_reach(words):  # fmt: skip
        return _CANNOT_DO
    return CANNOT_KNOW


def more(last: str) -> str:
    return last.strip() or _NO_MORE


def sureness(confidence: float | None, reason: str = "") -> str:
    """How sure the last answer was, in words, and why it was not."""
    if reason:
        return f"No, I am not sure: {reason}."
    if confidence is None:
        return "I have nothing to be sure about yet. Ask me something first."
    if confidence >= 0.95:
        return "I am fairly sure, but I can be wrong. For medicine or money, ask someone to check."
    if confidence >= 0.8:
        return "I think so, but some of it could be wrong. A sharper picture would help."
    return "No, I am not sure. A second picture, closer and in better light, would help."


def from_text(document: Document, question: str, encode: Encode, now: datetime) -> tuple[str, Found | None]:
    """The passage of a read text that answers, verbatim; else that there is none, and all of a text that is soon read.

    A long text is not read out unasked: what is nearest to the question is said, and an offer to read the rest.
    """
    found = find_answer(document, question, encode)
    if found is None and is_short(document):
        return f"{NOT_FOUND} This is all of it: {_ended(document.text)}", None
    if found is None:
        near = nearest(document, question, encode)
        return " ".join([NOT_FOUND, *([f"The nearest is: {_ended(near)}"] if near else []), OFFER_ALL]), None
    if "from" in kinds_of(question) and found.kind == "from":
        return f"It seems to be from: {found.text}", found
    if not found.sure:
        rest = f" This is all of it: {_ended(document.text)}" if is_short(document) else ""
        return f"{MAY_BE} {_ended(found.text)}{rest}", found
    return f"It says: {_ended(found.text)}{_freshness(found, question, now)}", found


def is_short(document: Document) -> bool:
    """Whether a text is said in less time than a question about it takes to ask and answer."""
    return len(document.text.split()) <= SOON_READ


def where(lines: Sequence[Mapping[str, Any]], text: str) -> str:
    """Where on the page a text that was read or quoted stands.

    Args:
        lines: of the reading, each with "text", "page" and "box" (corners in pixels).
        text: what was quoted or said last.
    """
    words = set(re.findall(r"\w+", text.lower()))
    shares = [_shared(set(re.findall(r"\w+", str(line.get("text", "")).lower())), words) for line in lines]
    if not shares or max(shares) < 0.5:
        return "I have no line that I could point to. Show me the page and ask again."
    at = shares.index(max(shares))
    page = [line for line in lines if line.get("page") == lines[at].get("page")]
    place = _place(lines[at], page)
    number = page.index(lines[at]) + 1
    several = f" of page {lines[at]['page']}" if len({line.get("page") for line in lines}) > 1 else ""
    return f"It is line {number} of {len(page)}{several}{place}."


def _shared(line: set[str], words: set[str]) -> float:
    return len(line & words) / len(line) if line else 0.0


def _place(line: Mapping[str, Any], page: Sequence[Mapping[str, Any]]) -> str:
    """ ", near the top": by thirds of the printed area; "" where the reading has no places."""
    corners = [corner for one in page for corner in one.get("box") or ()]
    box = line.get("box") or ()
    if not box or not corners:
        return ""
    top, bottom = min(corner[1] for corner in corners), max(corner[1] for corner in corners)
    left, right = min(corner[0] for corner in corners), max(corner[0] for corner in corners)
    down = (sum(corner[1] for corner in box) / len(box) - top) / max(1, bottom - top)
    across = (sum(corner[0] for corner in box) / len(box) - left) / max(1, right - left)
    height = "near the top" if down < 1 / 3 else "near the bottom" if down > 2 / 3 else "in the middle"
    side = ", on the left" if across < 0.3 else ", on the right" if across > 0.7 else ""
    return f", {height}{side}"


def _freshness(found: Found, question: str, now: datetime) -> str:
    """How far a best-before date lies from today, when that was the question."""
    if found.kind not in ("best_before", "due", "keeps until") and not re.search(
        r"how (?:long|many days)", question, re.I
    ):
        return ""
    dates = find_dates(found.text, now)
    if not dates:
        return ""
    day = dates[-1].when.date()
    days = (day - now.date()).days
    if days == 0:
        return " That is today."
    span = "1 day" if abs(days) == 1 else f"{abs(days):,} days"
    return f" That is {say_date(day, now)}, {'in ' + span if days > 0 else span + ' ago'}."


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "...")) else f"{text}."


def spoken(name: str, result: ToolResult, words: str) -> tuple[str, str]:
    """(said now, "more") of a tool's result, fitted to how it was asked for."""
    if name == "search_notes":
        return notes(result, words)
    day = re.search(r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|month|january|february)\b", words, re.I)
    if name == "tell_time" and day and result.more and "time" not in words.lower():
        return result.more, result.text
    return result.text, result.more


def notes(result: ToolResult, words: str) -> tuple[str, str]:
    """(said, more) of a search in notes; a list that was asked for by its name is said whole, newest last."""
    which = re.search(r"\b([\w-]+ list)s?\b", words, re.I)
    matches = result.data.get("matches")
    if not which or not isinstance(matches, Sequence):
        return result.text, result.more
    start = f"{which[1].lower()}: "
    items = [
        str(row["text"])[len(start) :]
        for row in matches
        if isinstance(row, Mapping) and str(row.get("text", "")).lower().startswith(start)
    ]
    if not items:
        return result.text, result.more
    return f"On your {which[1].lower()}: {'; '.join(reversed(items))}.", ""


def as_record(name: str, result: ToolResult) -> dict[str, Any]:
    """What of a result is kept with the turn, for "spell that" and "the day before"."""
    return {"name": name, "text": result.text, "data": dict(result.data), "confidence": result.confidence}
