"""The words in which a reminder is asked for: its cue, what is said around it, and times as they are said of nothing else."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable

from assistant.phrases.date_words import WEEKDAY_NAMES
from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import SPAN

REMIND = re.compile(
    r"\b(?:remind (?:me|us)|(?:i(?:'d| would) )?(?:be (?:glad|grateful) (?:of|for)|appreciate|love|fancy) (?:a |an )?(?:prod|nudge|reminder|shout|poke|ping|buzz)|stop (?:me|us) (?:from )?forgetting|i(?:'d| had) better (?:know|be told|hear)(?: about (?:it|that|them))?|help (?:me|us) (?:to )?remember|jog my memory|(?:i(?:'d| would) (?:like|want|appreciate|need) (?:a )?(?:telling|reminding|nudging|prodding|warning|prompting|waking))|set (?:me )?something up|be reminding (?:me|us)(?: of)?|(?:drop|send) me a reminder|(?:i |we |i'll |i'd )?(?:need|want|could do with|would like) (?:a )?(?:nudging|reminding|nudge|prodding|telling|prompting|waking)|(?:set|make|add|create|schedule|put in|put|give|have|need|want|book|get|do|leave|organi[sz]e|arrange)(?: up)?(?: (?:me|us|in))?(?: a| an| another| the)? reminder(?: in(?= (?:on|for|at)\b))?|reminder|"
    r"don't let (?:me|it|this|that) (?:forget|slip)(?: (?:from )?my mind)?|make sure i (?:don't forget|remember)|nudge me|ping me|poke me|prod me|nag me|(?:give (?:me|us)|gimme|gie (?:me|us|iz)) (?:a |an )?(?:heads[ -]up|wee (?:shout|nudge)|shout|nudge|poke|ring|buzz|prod|ping|bell|knock|call)(?: then)?|(?:make|set|do|put|start|stick|pop) (?:me |us )?(?:a |the )?(?:new|fresh) one(?: in| on| up)?(?= (?:for|at|on|to|by|about|next|this|tomorrow|tonight|today|mon|tues|wednes|thurs|fri|satur|sun|\d|half|quarter))|remined me|(?:stick|pop|put|bung) (?:me )?(?:a|an|another) (?:reminder|nudge|shout|poke|prod|ping|buzz)(?: (?:in|on|down)\b)?|alert me|warn me|notify me|"
    r"let me know|wake me(?: up)?|(?:set|put)(?: me)?(?: an| the| my)? alarm|alarm|tell me|call me|remember to remind me)\b",
    re.I,
)
HAVE = re.compile(
    r"^(?:(?:so|ok) )?(?:i have(?: to)?|i've got(?: to)?|i need to|i must|i'm|there is|there's|we have|my|i am|the)\s+(?:an? |my )?",
    re.I,
)


_DATES = "due|closing|return|returns|collection|delivery|appointment|expiry|expiration|best before|use by|sell by|renewal|payment|exam|booking"
_SAYS = r"(?:says?|has|have|gives?|given|prints?|printed|shows?|shown|states?|stated|names?|named|mentions?|mentioned|put|puts|is|'s|on|there)"
_WHATEVER = rf"(?:whatever|what|whichever|the) (?P<what>date|day|time|hour)(?: and time)?(?: (?:that|which))?(?: (?:it|they|is|this|that))?(?:'s)? {_SAYS}(?: (?:on|in) (?:it|there|here|this)| there| here)?(?: for (?:the|my|our|his|her) (?:[a-z]+ ){{0,2}}[a-z]+)?"
_HOUR_24 = r"(?:\d{1,2}|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty(?: (?:one|two|three))?|five|six|seven|eight|nine|ten|eleven|twelve)"
_TENS = r"(?:ten|fifteen|twenty|thirty|forty(?: five)?|fifty|[0-5]\d)"


def _stated(match: re.Match[str]) -> str:
    """ "Three days before whatever date it has there" -> "three days before it"; "at the time it gives" -> at the appointment."""
    if match["side"].lower() in ("before", "after"):
        return f"{match['side']} it"
    return "at the appointment" if match["what"].lower() in ("time", "hour") else "on that date"


def _learned(match: re.Match[str]) -> str:
    """ "Tomorrow in fourteen hours thirty", as learners say it -> "tomorrow at 14:30"."""
    minute = to_digits(match["minute"] or "0").strip()
    return f"{match['day']} at {to_digits(match['hour']).strip()}:{minute:0>2}"


def _weekday_named(match: re.Match[str]) -> str:
    """ "Thu 2.40pm" -> "Thursday 2.40pm"; only beside a time of day, for "sat" and "sun" are words too."""
    return next(name for name in WEEKDAY_NAMES if name.startswith(match["day"].lower()[:3]))


HOURS = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
Written = str | Callable[[re.Match[str]], str]
CLOCKS: tuple[tuple[re.Pattern[str], Written], ...] = tuple(  # times as they are said of a reminder, and nowhere else
    (re.compile(said, re.I), written)
    for said, written in (
        (r"\ban our\b", "an hour"),
        (r"\bto morrow\b", "tomorrow"),
        (r",? (?:(?:cos|because|as|since) )?(?:that(?:'s| is|s)|it's) when (?!it\b|that\b)(?=\w+ \w+)", " about "),
        (r"\bthe morn(?:'s morn(?:ing)?)?\b", "tomorrow"),
        (r"\bhauf (?=an?\b|oor|hour|past)", "half "),
        (r"(?<=half )(?:an )?(?:oor|hoor)\b", "an hour"),
        (r"(?<=\ban )(?:oor|hoor)\b", "hour"),
        (r"\b(?:oors|hoors)\b", "hours"),
        (r"\bafore(?=[\s,.]*$| (?:it|that|then)\b)", "before"),
        (
            rf"\b(?:in|at) (?:the )?(?P<hour>{HOURS}) of the (?P<part>morning|afternoon|evening)\b",
            r"at \g<hour> in the \g<part>",
        ),
        (
            rf"\b(?P<hour>{HOURS}(?: o'? ?clock)?) (?:in )?(?P<part>morning|afternoon|evening)\b",
            r"\g<hour> in the \g<part>",
        ),
        (
            r"\b(?P<day>mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.?(?= (?:at )?(?:\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?\b|noon|midday|half|quarter))",
            _weekday_named,
        ),
        (
            rf"(?P<at>\bat {HOURS}|[ap]m|o'clock) (?:two|too) (?=[a-z]{{3,}} (?:the|my|our|his|her|a|an|some|for|up)\b)",
            r"\g<at> to ",
        ),
        (
            r"\b(?P<side>before|after) (?:her|his|its|their) (?:leaving|going|departing|departure|setting off|sailing)\b",
            r"\g<side> it leaves",
        ),
        (
            r"\b(?:ahead|in advance) of (?:her|his|its|their) (?:leaving|going|departing|departure|setting off|sailing)\b",
            "before it leaves",
        ),
        (
            r"\b(?:on )?the day (?:that )?(?:it's|it is|they're|they are|that's) (?:wanted|needed|to be (?:in|paid|back|there)|payable|owed|expected)\b",
            "on that date",
        ),
        (r"\b(?P<part>mornin|evenin)\b'?", r"\g<part>g"),
        (r"\bnite\b", "night"),
        (r"\bforenoon\b", "morning"),
        (r"(?:^|(?<=\bme )|(?<=\bus )|(?<=, ))(?=(?:night|evening|morning|day) before\b(?! yesterday))", "the "),
        (
            r"\b(?P<day>today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?: at)? (?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\b(?! ?(?:pounds|quid|people|words))",
            r"\g<day> at \g<hour>:\g<minute>",
        ),
        (
            rf"\b(?P<length>{SPAN})(?:'s|')? (?:warning|notice|heads[ -]up)(?! (?:before|ahead))\b",
            r"\g<length> before it",
        ),
        (
            rf"\b(?P<clock>noon|midday|(?:(?:half past|quarter (?:past|to)) )?{HOURS}(?: o'? ?clock)?) on it\b",
            r"\g<clock> on that day",
        ),
        (
            r"\b(?:on )?(?:the )?day (?:that )?(?:it|they|this|that) (?:goes off|go off|runs? out|expires?|ends?|is due|are due|'s due|is up|starts?|comes)\b",
            "on that date",
        ),
        (rf"\b(?P<hour>{HOURS}) (?P<half>[ap]) m\b", r"\g<hour> \g<half>m"),
        (
            rf",? say,? (?:(?:about|around|at) )?(?=(?:half past |half |quarter (?:past|to) )?{HOURS}\b(?! ?(?:hours?|minutes?|days?|weeks?|months?)\b))",
            " at ",
        ),
        (
            r"\b(?:for |at |on )?(?:(?:that|the|its) (?:(?:same|very|exact|selfsame|self same) )+(?:moment|minute|instant)|the (?:moment|minute|instant) (?:that )?it (?:says|gives|states|has)|that (?:moment|minute|instant))\b(?: it (?:says|gives|states|has))?",
            "at the appointment",
        ),
        (
            r"\b(?:for |at |on )?(?:when(?:ever)?|what(?:ever)? (?:day|date|time)) (?:(?:it|this|that|the [a-z]+) (?:says|tells? (?:me|us)|reckons|gives) (?:that )?)?(?:he|she|they|it|that|this|i|we)(?:'s|'re| is| are| has| have)? (?:due|coming|comes?|calls?|calling|here|arrives?|turns? up|expected|booked(?: for)?|supposed to \w+|(?:have|need|got) to (?:be there|go|attend)|needed)\b(?= *(?:$|[,.]|bless|please|then|and|so|to|at))",
            "at the appointment",
        ),
        (
            rf",? (?:any ?time )?in the (?P<part>morning|afternoon|evening),? say (?P<hour>{HOURS})\b",
            r" at \g<hour> in the \g<part>",
        ),
        (
            r"\b(?:ahead|in advance|in front) of (?=(?:that|it|this|then|the|whatever|what|my|our|his|her|their)\b)",
            "before ",
        ),
        (
            rf"\b(?P<side>before|after|for|on|at) {_WHATEVER}(?= (?:at|by|on)\b|,|[ .?!]*$| (?:half|quarter) |$)",
            _stated,
        ),
        (
            rf"\b(?:(?:for|on|by) )?(?:the|its|their) (?:{_DATES}|very|actual|exact) (?:date|day)(?: itself)?(?= (?:at|by|in|half|noon|first|\d)\b|\s*(?:,|$))(?<!the date)",
            "on that date",
        ),
        (r"\b(?:for |on )?the (?:(?:due|closing|actual) )?(?:date|day) itself\b", "on that date"),
        (
            r"\b(?:on )?(?:the|whatever) (?:date|day) (?:that )?(?:it|they) (?:says?|gives?|has|have|states?|shows?|prints?|mentions?)(?: on (?:it|there)| there)?(?= (?:to|at|by|in|for)\b|\s*(?:,|$))",
            "on that date",
        ),
        (
            r"\b(?P<ask>(?:remind|nudge|ping|tell|alert) (?:me|us)(?: of (?:it|this|that))?) on it(?= (?:at|by|in)\b|\s*(?:,|$))",
            r"\g<ask> on that day",
        ),
        (r"\b(before|after) (?:the|that|my|our|its) (?:[a-z]+ ){1,3}itself\b", r"\1 it"),
        (r"\b(?:for |at |on )?(?:the|that|my|our|its) (?:[a-z]+ )?(?!day|date)[a-z]+ itself\b", "at the appointment"),
        (r"\bthat (?:very |same |very same )(?P<what>day|date|morning|afternoon|evening|night)\b", r"that \g<what>"),
        (
            r"\b(?P<word>\w+)'ll (?:do|be (?:fine|grand|ok|okay|good))\b(?: (?:me|us|fine|nicely|grand|rightly))?",
            r"\g<word>",
        ),
        (r"\barvo\b", "afternoon"),
        (
            rf"\b(?P<day>tomorrow|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day) in (?P<hour>{_HOUR_24}) hours?(?: (?:and )?(?P<minute>{_TENS}))?\b",
            _learned,
        ),
        (
            r"\b(?:that|(?:that|the) (?:same|very)) (?P<part>morning|afternoon|evening|night)\b",
            r"on that day in the \g<part>",
        ),
        (r"\b(at|by) for (?=o'? ?clock)", r"\1 four "),
        (rf"(?<!past )\bhalf (?={HOURS}\b(?! ?(?:hours?|minutes?|dozen|of)\b))", "half past "),
        (rf"\b({HOURS})[ -](ten|fifteen|twenty(?: five)?|thirty|forty(?: five)?|fifty) (?=alarm\b)", r"at \1 \2 "),
        (
            rf"(?<=alarm )(?:for |at )?({HOURS})[ -](ten|fifteen|twenty(?: five)?|thirty|forty(?: five)?|fifty)\b",
            r"at \1 \2",
        ),
    )
)
FILLING = re.compile(  # what is said around a reminder and is no part of it
    r"(?:^|[\s,.]+)(?:(?:it|that|this)(?:'s| is| will be| would be)(?= (?:is|will|would|fine|ok)\b|[\s,.]*$)|(?:is|will be|would be|'s|will|would) (?:fine|ok(?:ay)?|good|best|great|perfect|do|lovely)|put (?:that|it|this) (?:in|down|on)(?: there)?(?: for me)?|"
    r"(?:so|and) (?:that )?you(?:'ll| will| can| could)?|so (?:that )?i (?:don't|do not|won't) forget(?: it)?|if you (?:would|could|can|will)|would you|will you|can you|well|please(?: you)?|say|or so|erm?|um|then|sharp)(?=$|[\s,.])",
    re.I,
)
COUNT = r"(?:\d{1,2}|(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)"
HOUR_AND = re.compile(
    rf"\b(?:an|one|two|three|four|\d) hours? and (?:an? )?{COUNT}\b(?! ?(?:minutes?|mins?|seconds?|half|quarter))",
    re.I,
)
_PARTICLE = re.compile(
    r"\b(?:put|turn|switch|leave|pop|stick|have|get|try|go|log|sign|come|hand|phone|ring|check|plug|tune|dial|fill|take|bring|drop|pay|call|tuck|join|move)\b.* (on|in|by)[ .!?]*$",
    re.I,
)


def with_particle(said: str, plain: str) -> str:
    """What is left of a reminder's words, with the particle that their verb needs: "put the casserole on"."""
    ends = _PARTICLE.search(said)
    return f"{plain} {ends[1]}" if ends and plain and not plain.endswith(ends[1]) else plain


_ENDING = re.compile(
    r"(?:(?:[\s,.]+(?:is|are|was|at|by|on|the|starts?|begins?|so|and|but|(?:you'd |you had |i'd )?(?:best|better)|maybe|perhaps|please|could you|can you|would you|i think))|'s)+$",
    re.I,
)


def without_ending(told: str) -> str:
    """What was told before the wish, without the words between it and its time or the wish: "supper's", "the jab is, so"."""
    return _ENDING.sub("", told)
