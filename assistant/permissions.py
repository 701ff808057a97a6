"""Risk tiers and the rule each one carries: what runs, what is said, what asks, what is off.

What a picture, a document or a tool returned is data. Once such data is part of a turn, a call above LOOK runs only if
the user's own words asked for that kind of call (`from_data`); otherwise its effect is read back first, whatever was
agreed before.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.tools.base import Tool


class Tier(IntEnum):
    """How much harm a tool call could do; a higher tier includes the caution of every lower one."""

    LOOK = 0  # reads, describes, calculates: runs
    KEEP = 1  # remembers, notes, reminds: runs, is said, can be undone
    CHANGE = 2  # deletes, overwrites, opens: reads back the exact effect and asks; no answer means no
    OUTSIDE = 3  # leaves the machine: off until turned on in settings, then as CHANGE


class Decision(Enum):
    """What to do with a tool call."""

    RUN = "run"
    ASK = "ask"  # read back Tool.say_effect() and wait for the user's own yes
    REFUSE = "refuse"  # off until the user turns it on in settings


def decide(
    tool: "Tool", settings: "Settings", consented: bool = False, *, from_data: bool = False, agreed: bool = False
) -> Decision:
    """The rule of USERS.md for one call.

    Args:
        tool: what would run.
        settings: `allow_outside` turns on what leaves the machine.
        consented: the user's yes in advance (`--yes`); it covers what the user asked for, not what data asks for.
        from_data: the call was not asked for by the user's own words (see `from_data()`).
        agreed: this very effect was read back and the user said yes.
    """
    if tool.tier >= Tier.OUTSIDE and not getattr(settings, "allow_outside", False):
        return Decision.REFUSE
    if tool.tier == Tier.LOOK or agreed:
        return Decision.RUN
    if from_data:
        return Decision.ASK
    return Decision.RUN if tool.tier == Tier.KEEP or consented else Decision.ASK


_ERASING = r"delet\w*|remov\w*|eras\w*|get rid|throw|scrap|drop|wipe|clear|bin"

# The words with which a user asks for each tool above LOOK. A tool that is not listed counts as not asked for.
_ASKING: Mapping[str, str] = {
    "set_reminder": r"remind\w*|don't let me forget|alert me|wake me|alarm|tell me|telling|told|set (?:me )?something up|let me know|"
    r"(?:put|add|write|make|stick|pop|bung) .*\b(?:diary|calendar)|warn|nudg\w*|prompt|pok\w*|prod|nag|ping|shout|slip|heads up|buzz|mind me|make sure (?:that )?(?:i|we)(?! (?:understand|hear|know|see|get (?:it|that|this) right)\b)|(?:don't|not|never) (?:let me )?(?:forget|miss|sleep)|"
    r"stop me|jog|chivvy|hassle|holler|beep|waken|waking|get (?:me|us) up|forgetting|put (?:\w+ ){0,4}(?:in|down|up)|"
    r"(?:stick|pop|bung) (?:\w+ ){0,4}(?:in|on)|one (?:for|at|up)|make (?:it|that) (?:for |at |on )?(?:(?:half|quarter|twenty|ten|five) (?:past|to) )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|noon|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|\d)",
    "cancel_reminder": r"cancel\w*|delet\w*|remov\w*|forget|stop|clear|drop|no longer|scrap|get rid|"
    r"turn off|don't need|(?:shift|move|push|bump|reschedule|swap|put off) (?:it|that|the|my)",
    "start_timer": r"clock|count\w*|(?:set|get|start) (?:it|that|this|one) (?:going|off|running)|tick\w*|i meant|timer\w*|count ?down|time me|stopwatch|minutes?|seconds?|hours?",
    "remember": r"remember\w*|(?:never|not) forget|call me|name is|i go by|is now|are now|changed to|know|"
    r"future reference|hang on to|hold on to|(?:keep|bear) (?:it |this |that )?in mind|"
    r"don't forget|memori[sz]e|save|store|learn|retain|keep (?:this|that|it|hold|in mind|safe)|in (?:your|the) (?:head|memory)|to memory|mental note|take (?:it )?in|on board|"
    r"hang on|hold|bear|log|file|known as|i'm called|for (?:later|next time|another time|your information)",
    "add_note": r"notes?|noted|write|jot|scribble|record (?:it|that|this|my|a|down)|log (?:it|that|this|my|a|down)|save|store|put|add|dictat\w*|"
    r"(?:take|make|start|get|need|want|have|pop|bung|stick|shove|chuck|sling|throw|whack) .*\b(?:letter|diary|journal|list|memo|log|record)|"
    r"(?:to|onto|for) (?:my|the|our) (?:[\w-]+ ){0,3}list|^(?:shopping|to[ -]do|grocery|memo)\b|we need|we're (?:nearly )?out|run out|(?:take|get|mark|have) .{1,60}\bdown|"
    r"(?:stick|pop|bung|shove|chuck|sling|throw|whack) .*\b(?:on (?:it|there|too)|in|down)",
    "undo": r"undo|undid|take (?:it|that) back|revert|scratch that|never ?mind|put (?:it|that|them) back|"
    r"bring\b.*\bback|reverse|(?:scrap|scrub|forget|bin|drop|ditch|lose|cancel|delete|wipe|kill|strike|chuck|rub out|stop) (?:that|it|this|the last)|"
    r"(?:take|put|turn) (?:\w+ ){1,4}(?:off|out|down)\b|i meant|(?:hour|minute|day|week)s? (?:later|earlier|sooner)|(?:change|make|move|set|put|push|shift|switch|bring) (?:it|that)|"
    r"(?:it|that) should(?:'ve| have)? (?:be|been)|(?:no|sorry|actually|wait)\b.{0,12}?\b(?:half|quarter|to(?:morrow|night)|\w+day|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|\d+)",
    "edit_note": r"chang\w*|edit\w*|correct\w*|updat\w*|fix|rewrite|amend|replace|modify|append|add|put|write",
    "delete_note": rf"{_ERASING}|cross|strike|take|tick",
    "forget": rf"{_ERASING}|forget\w*|unlearn|(?:don't|do not|stop|no longer) remember\w*",
    "add_document": r"add|save|keep|store|put|file|import|index|remember\w*",
    "remove_document": rf"{_ERASING}|forget|take",
    "change_setting": r"set|turn|switch|chang\w*|make|rais\w*|lower|increas\w*|decreas\w*|slow\w*|speed|speak|talk|"
    r"read|be|give|use|stop|start|louder|quieter|faster|slower|go|volume|put",
    "open_application": r"open|launch|start|run|bring up|fire up",
    "web_search": r"search|look|google|find|browse|web|internet|online",
    "fetch_page": r"fetch|open|read|load|get|go to|page|site|website|web",
}


# What it takes back may be the only copy, so it is done on the user's word alone, never on a guess at what was meant.
_NEVER_GUESSED = ("undo",)


def asked_for(name: str, request: str) -> bool:
    """Whether the user's words hold one with which people ask for this tool."""
    cue = _ASKING.get(name)
    return cue is not None and re.search(rf"\b(?:{cue})\b", request.lower()) is not None


def from_data(
    tool: "Tool", arguments: Mapping[str, Any], request: str, data: Iterable[str], *, meant: bool = False
) -> bool:
    """Whether a call above LOOK owes its existence to data, or to a guess, rather than to the user's words.

    A label may come from data when the user asked for the call ("read this and remind me": the reminder's text is the
    letter's). What is deleted may not: its name must be the user's.

    Args:
        arguments: of the call.
        request: the user's own words, typed or heard; nothing else.
        data: the texts that pictures, documents and tools returned in this turn.
        meant: who reads nothing but the user's words is sure that they ask for this tool, though they hold none of its
            words ("i'd like telling an hour before"); this counts for what is only kept and can be undone.
    """
    if tool.tier == Tier.LOOK:
        return False
    words = request.lower()
    asked = asked_for(tool.name, request)
    if not any(text.strip() for text in data):
        return tool.name in _NEVER_GUESSED and not asked
    if not asked and not (meant and tool.tier == Tier.KEEP):
        return True
    if tool.tier == Tier.KEEP:
        return False
    known = set(re.findall(r"\w+", words))
    return any(not set(re.findall(r"\w+", str(value).lower())) <= known for value in arguments.values())
