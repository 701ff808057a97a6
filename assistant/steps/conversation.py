"""What earlier turns leave for this one: a consent that waits, a question that was asked back, a text that was read."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.memory import Store, Turn
from assistant.phrases.time_words import find_spans, find_times
from assistant.steps.extraction import Document
from assistant.steps.slots_earlier import Said, earlier_in
from assistant.steps.turn import READERS
from assistant.steps.utterance import starts_anew, strip_manners, tidy

CONSENT_LASTS = timedelta(minutes=5)
DOCUMENT_LASTS = timedelta(hours=1)
DOCUMENT_TURNS = 8

YES = re.compile(  # "please" or "right" alone is no yes
    r"(?=.*\b(?:ye|yu|aye|do|go|confirm|course|def|abs|aff|agree|i|sure|ok|correct|delete|that's|by all))"
    r"(?:(?:oh |ooh |well )?(?:yes|yeah|yep|yup|yea|aye|sure|ok|okay|right|correct|please|do it|do that|do so|do|go ahead|go on|go on then|go for it|get on with it|by all means|if you would|love|dear|confirm(?:ed)?|"
    r"of course|"
    r"definitely|absolutely|affirmative|that's (?:right|fine|correct)|i agree|i'm sure|i am sure|delete (?:it|them)|"
    r"please do)[ ,.]*)+",
    re.I,
)
_READ_IT = re.compile(  # a yes to "shall I read it all?"; to "shall I delete it?" it may be "read that to me again"
    r"(?:(?:yes|yeah|yep|sure|ok|okay|please|go on)[ ,.]+)*(?:read (?:it|that|them)(?: all| out| again)*|all of (?:it|them)|that one)"
    r"(?:[ ,.]+please)?",
    re.I,
)
NO = re.compile(
    r"(?:(?:no|nope|nah|don't|do not|stop|cancel|never ?mind|leave (?:it|them)|keep (?:it|them)|not now|rather not|"
    r"no thanks?|thank you|thanks|please|negative|wait|don't do (?:it|that))[ ,.]*)+",
    re.I,
)
REFUSAL = re.compile(  # a no in other words, where a question for consent waits
    r"(?:(?:oh|ach|ah|er|um|well|sorry|actually|wait|hang on|hold on)[, ]+)*"
    r"(?:no|nope|nah|na|don't|do not|leave (?:it|that|them|this)|keep (?:it|that|them|this)|not (?:now|yet|that|any more|today)|better not|rather not|"
    r"forget it|never ?mind|(?:i've |i have |i )?changed my mind|on second thoughts?|hold (?:on|off|your)|wait|stop|i(?:'d| would) rather|i still (?:want|need)|"
    r"let(?:'s| us) not|maybe not|i don't (?:think so|want)|actually no|hang on)\b",
    re.I,
)
BARE = re.compile(r"(?:yes|yeah|yep|no|nope|ok|okay)", re.I)  # means nothing without a question
LONGEST_REPLY = 15  # words that may bring what was missing; a longer text is a request of its own
REPLY = 80  # characters in which a yes or no is looked for; a longer text is a request


def yes_or_no(words: str) -> bool | None:
    """True for a yes, False for a no, None for anything else."""
    reply = tidy(words[:REPLY]).strip(" .,!?")
    if len(words) > REPLY or not (YES.fullmatch(reply) or NO.fullmatch(reply)):
        return None
    return YES.fullmatch(reply) is not None


def wants_reading(words: str) -> bool:
    """Whether a reply asks to hear something, and says neither yes nor no to anything else."""
    return len(words) <= REPLY and _READ_IT.fullmatch(tidy(words).strip(" .,!?")) is not None


def refuses(words: str) -> bool:
    """Whether a reply to a question for consent is a no in other words; one that goes on with a wish is a request."""
    reply = tidy(words[:REPLY]).strip(" .,!?")
    match = REFUSAL.match(reply)
    return match is not None and len(words) <= REPLY and not starts_anew(reply[match.end() :].strip(" ,."))


class Conversation:
    """A view of the latest turns in the store at one moment."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._turns = store.turns(DOCUMENT_TURNS)
        self._now = now

    @property
    def _last(self) -> Turn | None:
        return self._turns[0] if self._turns else None

    def _kept(self, name: str, lasts: timedelta = CONSENT_LASTS) -> Any:
        last = self._last
        if last is None or not timedelta(0) <= self._now - last.at <= lasts:  # a clock set back renews nothing
            return None
        return last.data.get(name)

    def pending(self) -> Mapping[str, Any] | None:
        """The change that the last turn asked about; any other turn in between, or five minutes, lets it lapse."""
        kept = self._kept("pending")
        return kept if isinstance(kept, Mapping) and {"tool", "arguments", "effect"} <= set(kept) else None

    def rest(self) -> tuple[str, ...]:
        """The clauses of the last request that wait until its question is answered."""
        kept = self._kept("rest")
        return tuple(str(words) for words in kept) if isinstance(kept, list) else ()

    def offered_reading(self) -> bool:
        """Whether the last turn offered to read the whole text."""
        return self._kept("offer") == "read"

    def waits_for_nothing(self) -> bool:
        """Whether no question of the last turn is open: no consent, no offer, no missing words, no routine."""
        return all(self._kept(name) is None for name in ("pending", "offer", "open", "routine"))

    def last_more(self) -> str:
        return self._last.more if self._last else ""

    def last_confidence(self) -> float | None:
        value = self._last.data.get("confidence", 1.0) if self._last else None
        return float(value) if isinstance(value, int | float) else None

    def last_reason(self) -> str:
        """Why the last answer was not sure; "" where it was."""
        return str(self._last.data.get("reason") or "") if self._last else ""

    def last_value(self) -> str:
        """The number of the last calculation, as digits; "" where the last turn had none."""
        for record in reversed(_records(self._last)):
            data = record.get("data")
            if isinstance(data, Mapping) and re.fullmatch(r"-?\d+(?:\.\d+)?", str(data.get("value", ""))):
                return str(data["value"])
        return ""

    def quote(self) -> str:
        """The passage of a read text that the last turn quoted; "" where it quoted none."""
        return str(self._last.data.get("quote") or "") if self._last else ""

    def earlier(self) -> tuple[Said, ...]:
        """What the steps of the last turn said, the latest first."""
        last = self._last
        if last is None or self._now - last.at > DOCUMENT_LASTS:
            return ()
        return earlier_in(_records(last), self.quote(), last.request)

    def last_text(self) -> str:
        """What "that" means: the passage that was quoted last, else what was said last."""
        return self.quote() or (self._last.answer if self._last else "")

    def last_said(self) -> tuple[str, str, str]:
        """What was said last, the number of the last calculation, and the passage that was quoted."""
        return self.last_text(), self.last_value(), self.quote()

    def document(self) -> Document | None:
        """The text that was read most recently, within the hour."""
        for turn in self._turns:
            if self._now - turn.at > DOCUMENT_LASTS:
                return None
            for record in reversed(_records(turn)):
                data = record.get("data")
                if record.get("name") in READERS and isinstance(data, Mapping):
                    document = Document.of(data, str(record.get("text", "")))
                    return document if document.passages else None
        return None

    def lines(self) -> list[Mapping[str, Any]]:
        """The lines of what was read most recently, within the hour, with their places."""
        for turn in self._turns:
            if self._now - turn.at > DOCUMENT_LASTS:
                break
            for record in reversed(_records(turn)):
                data = record.get("data")
                found = data.get("lines") if record.get("name") in READERS and isinstance(data, Mapping) else None
                if isinstance(found, list):
                    return [line for line in found if isinstance(line, Mapping)]
        return []

    def pictures(self) -> tuple[Path, ...]:
        """What was shown within the hour and can still be asked about, oldest first; two at most."""
        shown = [one for one in self._store.shown(self._now) if timedelta(0) <= self._now - one.at <= DOCUMENT_LASTS]
        return tuple(one.path for one in reversed(shown))

    def routine(self) -> int | None:
        """The routine that the last turn offered."""
        key = self._kept("routine")
        return key if isinstance(key, int) else None

    def completed(self, words: str, is_new_request: Callable[[str], bool]) -> str:
        """The request, or that joined to the one whose missing words it brings ("remind me" ... "at five")."""
        opened = self._kept("open")
        if not isinstance(opened, Mapping) or len(words.split()) > LONGEST_REPLY or starts_anew(words):
            return words
        slot = str(opened.get("slot", ""))
        timed = slot in _TIMES and not _ASKS.match(words)  # what says a time is no request, whatever else it looks like
        goes_on = _GOES_ON.match(words) is not None
        if not _fits(slot, words) or (not (timed or goes_on) and is_new_request(words)):
            return words
        earlier = str(opened.get("words", "")).rstrip(" .?!")
        reply = strip_manners(tidy(words))
        if opened.get("slot") == "when" and not _TIMELY.match(reply):
            reply = f"at {reply}"
        return f"{earlier} {reply}".strip()


_TIMELY = re.compile(r"(?:at|on|in|by|the|tomorrow|today|tonight|next|this|every|half|noon)\b", re.I)
_TIMES = ("when", "duration")
_ASKS = re.compile(r"\s*(?:what|when|where|who|which|how|why|is|are|do|does|did|can|could|have|has|will)\b", re.I)
_GOES_ON = re.compile(r"\s*(?:to|about|for|of)\b", re.I)  # no request begins so: it ends the sentence that was begun
_NO_CONTENT = re.compile(
    r"(?:i (?:don't|do not) (?:know|mind|care)|not sure|dunno|whatever|hm+|um+|er+m?|what|sorry|pardon|hello|hi|"
    r"thanks?|thank you|forget it|nothing|never ?mind)",
    re.I,
)


def _fits(slot: str, words: str) -> bool:
    """Whether a reply can be what was asked for: a time where a time is missing, and no empty words anywhere."""
    reply = strip_manners(tidy(words)).strip(" .,!?")
    if not reply or _NO_CONTENT.fullmatch(reply):
        return False
    if slot == "duration":
        return bool(find_spans(reply))
    if slot == "when":
        timed = reply if _TIMELY.match(reply) else f"at {reply}"
        return bool(find_times(timed) or find_spans(reply))
    return True


def _records(turn: Turn | None) -> list[Mapping[str, Any]]:
    records = turn.data.get("results") if turn is not None else None
    return [record for record in records if isinstance(record, Mapping)] if isinstance(records, list) else []
