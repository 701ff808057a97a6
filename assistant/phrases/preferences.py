"""Spoken settings: "a bit faster", "be brief", "speak Spanish", "volume 50 percent" -> a setting's name and new value.

Only what may be changed by voice is here: how the program speaks and how much it says. What a tool may do, what leaves
the machine, models and folders are not, so that no words, wherever they come from, can loosen a lock.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.phrases.number_words import to_digits
from assistant.phrases.spans import Unclear
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings

Value = str | int | float | bool
CAN = "speed, volume, pitch, voice, how much I say, sounds, patience, language and the order of dates"
_ON = r"\b(?:on|yes|enable[ds]?|true|please do|use|play|with)\b"
_OFF = r"\b(?:off|no|none|disable[ds]?|false|without|silent|silence|mute[ds]?|stop|don't|do not)\b"
_LEAST = r"\b(?:slowest|quietest|lowest|minimum|min|as (?:slow|slowly|quiet|quietly|low) as)\b"
_MOST = r"\b(?:fastest|quickest|loudest|highest|maximum|max|as (?:fast|quick|quickly|loud|loudly|high) as|full (?:volume|speed))\b"
_USUAL = r"\b(?:normal|default|usual|standard|back to|original|reset)\b"


@dataclass(frozen=True)
class Wish:
    """A setting, what it is to be, and how that is said: "I speak 200 words a minute"."""

    name: str
    value: Value
    said: str


def understand(setting: str, value: str, now: "Settings") -> Wish:
    """What the words for a setting and its value mean.

    Raises:
        Unclear: no setting or no value is said; its question says what there is.
        UserError: what is said may not be changed by voice.
    """
    words = to_digits(f"{setting} {value}".lower().replace("’", "'"), ordinals=False)
    for pattern, read in _READERS:
        if re.search(pattern, words):
            return read(words, now)
    named = setting.strip() or value.strip()
    if not named:
        raise Unclear("What should I change?", f"I can change {CAN}.")
    raise UserError(f"I can't change {named[:60]} by voice, only {CAN}.", "The rest is in the settings.")


def _rate(words: str, now: "Settings") -> Wish:
    low, high, usual = 80, 500, 180
    number = re.search(r"\b(\d{2,3})\b(?!\s*(?:%|percent))", words)
    step = _step(
        words, r"fast|quick|speed (?:it |that )?up|hurry|rapid|up\b|more|increase", r"slow|down\b|less|decrease|reduce"
    )
    wanted: float
    if number:
        wanted = int(number[1])
    elif share := re.search(r"(\d{1,3}) ?(?:%|percent)", words):
        wanted = round(now.speech_rate_wpm * (1 + (1 if step >= 0 else -1) * int(share[1]) / 100))
    else:
        wanted = _reached(
            words, step, now.speech_rate_wpm, low, high, usual, round(now.speech_rate_wpm * (1 + 0.2 * step) / 10) * 10
        )
    wanted = _between(wanted, low, high)
    return Wish("speech_rate_wpm", int(wanted), f"I speak {int(wanted)} words a minute")


def _volume(words: str, now: "Settings") -> Wish:
    share = re.search(r"\b(\d{1,3})\b", words)
    half = 0.5 if re.search(r"\bhalf\b", words) else None
    step = _step(words, r"loud|up\b|more|increase|raise|high", r"quiet|soft|down\b|less|decrease|lower|reduce")
    goal = re.search(r"\b(?:to|at) (?:about )?(\d{1,3})\b", words)
    by = re.search(r"\bby (?:about )?(\d{1,3}) ?(?:%|per ?cent)", words)
    if by and step:
        wanted = now.volume + (1 if step > 0 else -1) * int(by[1]) / 100
    elif share and (step == 0 or goal):
        tenths = int(share[1]) <= 10 and not re.search(r"%|per ?cent", words)  # "volume seven" is of ten
        wanted = int(share[1]) / (10 if tenths else 100)
    elif half is not None:
        wanted = half
    else:
        wanted = _reached(words, step, now.volume, 0.1, 1.0, 1.0, now.volume + 0.2 * step)
    wanted = round(float(_between(wanted, 0.05, 1.0)), 2)  # never silent: it could not be heard how to undo it
    return Wish("volume", wanted, f"The volume is {round(wanted * 100)} percent")


def _pitch(words: str, now: "Settings") -> Wish:
    number = re.search(r"(?:-|minus )?\b\d{1,2}\b", words)
    step = _step(words, r"high|up\b|raise|increase|bright", r"low|down\b|deep|decrease|reduce|dark")
    if number and step == 0:
        wanted = float(number[0].replace("minus ", "-"))
    else:
        wanted = _reached(words, step, now.pitch, -12, 12, 0, now.pitch + 2 * step)
    chosen = round(_between(wanted, -12, 12))
    told = (
        f"{abs(chosen)} semitone{'' if abs(chosen) == 1 else 's'} {'above' if chosen > 0 else 'below'} its own"
        if chosen
        else "its own"
    )
    return Wish("pitch", chosen, f"The voice's pitch is {told}")


def _verbosity(words: str, now: "Settings") -> Wish:
    levels = ("brief", "normal", "full")
    wanted = re.sub(r",? ?\b(?:not|rather than|instead of|no more of)\b(?: the| a)?(?: \w+){1,2}", " ", words)
    words = wanted if re.search(r"\b(?:brief|short|full|everything|long|detail\w*)\b", wanted) else words
    if re.search(
        r"\b(?:brief|short|shorter|terse|concise|minimal|little|to the point|waffl\w*|rambl\w*|nutshell|few(?:er)? words|talk(?:s|ing)? (?:too much|less)|wordy)\b",
        words,
    ):
        chosen = "brief"
    elif re.search(
        r"\b(?:full|everything|the (?:whole )?lot|verbose|long|longer|detailed|all (?:the )?details?|in detail)\b",
        words,
    ):
        chosen = "full"
    elif re.search(_USUAL + r"|\bmedium\b", words):
        chosen = "normal"
    else:
        step = _step(words, r"more|higher|up\b|increase|tell me more", r"less|lower|down\b|decrease|reduce|fewer")
        if step == 0:
            raise Unclear("How much should I say?", "Say brief, normal or full.")
        chosen = levels[int(_between(levels.index(now.verbosity) + (1 if step > 0 else -1), 0, 2))]
    said = {"brief": "I'll be brief", "normal": "I'll say a normal amount", "full": "I'll say everything"}[chosen]
    return Wish("verbosity", chosen, said)


def _patience(words: str, now: "Settings") -> Wish:
    levels = ("quick", "normal", "patient")
    if re.search(
        r"\b(?:patient|longer|rush|interrupt|cut(?:ting)? me off|more time|(?:let|wait (?:for|until|till)) me (?:to )?(?:finish|think|get)|before i(?:'ve| have)? (?:finish\w*|done)|time to|a chance to|get a word in|jump(?:ing)? in|butt?(?:ing)? in|break(?:ing)? in|talk(?:ing)? over me|cut(?:s)? (?:me|us) (?:off|short)|too (?:quick|soon|fast)\w*|slow(?:er|ly)?|more patience|wait more)\b",
        words,
    ):
        chosen = "patient"
    elif re.search(
        r"\b(?:quick(?:er|ly)?|shorter|faster|impatient|sooner|less patien\w+|wait less|less time)\b", words
    ):
        chosen = "quick"
    elif re.search(_USUAL, words):
        chosen = "normal"
    else:
        raise Unclear("How patient should I be?", "Say quick, normal or patient.")
    said = {
        "quick": "I'll answer after a short pause",
        "normal": "I'll wait a normal pause",
        "patient": "I'll wait longer before I answer",
    }
    return Wish("patience", levels[levels.index(chosen)], said[chosen])


def _earcons(words: str, now: "Settings") -> Wish:
    on = _switch(words, "Should the sounds be on or off?")
    return Wish("earcons", on, f"The short sounds are {'on' if on else 'off'}")


def _speech(words: str, now: "Settings") -> Wish:
    on = _switch(words, "Should I speak answers, on or off?")
    return Wish("speech", on, "I speak my answers" if on else "I no longer speak; say or type undo to hear me again")


def _language(words: str, now: "Settings") -> Wish:
    for code, name in (
        ("es", "spanish|español|espanol|castellano"),
        ("pt", "portuguese|português|portugues|brazilian"),
        ("en", "english|inglés|inglês|ingles"),
    ):
        if re.search(rf"\b(?:{name}|{code})\b", words):
            return Wish(
                "language",
                code,
                f"My own sentences are in {({'es': 'Spanish', 'pt': 'Portuguese', 'en': 'English'})[code]} from the next start",
            )
    raise Unclear("Which language?", "Say English, Spanish or Portuguese.")


def _day_first(words: str, now: "Settings") -> Wish:
    if re.search(r"\b(?:month|american|us|usa) ?(?:first|style|order|dates?|way|before)?\b", words) and not re.search(
        r"\bday (?:first|before|comes first)", words
    ):
        return Wish("day_first", False, "The month comes first: 08/12 is August 12")
    if re.search(r"\b(?:day|european|british|uk|english)\b", words):
        return Wish("day_first", True, "The day comes first: 08/12 is 8 December")
    raise Unclear("Which comes first in a date?", "Say day first or month first.")


def _voice(words: str, now: "Settings") -> Wish:
    for name, spoken in VOICES.items():
        if re.search(rf"\b(?:{spoken})\b", words):
            return Wish("voice", name, f"My voice is {name} from the next start")
    raise Unclear("Which voice?", "Say Joe, American, British, Scottish, robot, Spanish, German or French.")


VOICES: Mapping[str, str] = {  # one of the table, else espeak-ng's by their names
    "piper-joe": r"joe|piper(?:-joe)?|natural|human|male|default|normal|usual|back",
    "en-gb-scotland": "scottish|scotland|scots",
    "en-gb-x-rp": "british|england|english|posh|received pronunciation|en-gb-x-rp",
    "en-us": "american|robot|espeak|synthetic|computer|en-us|fast voice",
    "es": "spanish",
    "pt-br": "portuguese|brazilian",
    "de": "german",
    "fr": "french",
}

_READERS: tuple[tuple[str, Callable[[str, "Settings"], Wish]], ...] = (  # the first that fits; order decides
    (r"\bvoices?\b(?!.*\b(?:speed|rate|pitch|volume|higher|lower|deeper|faster|slower|louder|quieter)\b)|\bsound like\b", _voice),
    (r"\bday.?first\b|\bmonth.?first\b|\bdates?\b|\border of (?:the )?date|\bday_first\b", _day_first),
    (r"\blanguage\b|\b(?:spanish|español|espanol|portuguese|português|portugues|english|inglés)\b", _language),
    (r"\bpitch\b|\bdeeper\b|\bhigher voice\b|\blower voice\b|\bvoice (?:higher|lower|deeper)\b", _pitch),
    (r"\bvolume\b|\bloud\w*|\bquiet\w*|\bsoft\w*|\bturn (?:it |yourself )?(?:up|down)\b|\bspeak up\b", _volume),
    (r"\bearcons?\b|\bsounds?\b|\bbeep\w*|\bchimes?\b|\btones?\b|\bclicks?\b|\bbongs?\b|\bbleep\w*|\bdings?\b|\bpings?\b|\bblips?\b|\bjingles?\b|\bbuzz\w*|\bnoises?\b", _earcons),
    (r"\bpatien\w*|\brush\b|\binterrupt\w*|\bcut(?:ting|s)? (?:me|us|people) (?:off|short)\b|\bwait (?:a (?:bit|little|while) )?(?:longer|less|more|until|till|for me)\b|\bpauses?\b|\b(?:longer|more time|extra time|more of a chance|time|a chance) to (?:talk|speak|finish|answer|think|say|get (?:it|my|the|a))\b|\blet me (?:finish|get a word in|think)\b|\b(?:jump(?:ing)?|butt?(?:ing)?|break(?:ing)?) in(?: on me)?\b|\btalk(?:ing)? over me\b|\b(?:answer|reply|respond|come in) (?:too )?(?:quick|soon|fast)(?:er|ly)?\b", _patience),
    (r"\b(?:full|short|long|whole|shorter|longer) version\b|\bkeep (?:it|things|them) (?:brief|short|simple)\b|\bto the point\b|\bwaffl\w*|\brambl\w*|\bnutshell\b|\bverbos\w*|\bbrief\w*|\bshorter\b|\bconcise\b|\bterse\b|\bdetails?\b|\bdetailed\b|\bwordy\b|\bhow much you (?:say|talk)\b|\btalk (?:less|more|too much)\b|\bsay (?:less|more|everything)\b|\banswers? (?:short|long|full|normal)\w*|\b(?:short|long|full|normal|longer) answers?\b", _verbosity),
    (r"\b(?:rate|speed|fast\w*|slow\w*|quick\w*|wpm|words (?:a|per) minute)\b|\bspeech_rate\w*", _rate),
    (r"\bspeech\b|\bscreen reader\b|\b(?:speak|read) (?:the )?answers\b|\btalking\b", _speech),
)  # fmt: skip


def _step(words: str, more: str, less: str) -> float:
    """+1, -1, 0 for a relative word; half of it for "a bit", two times for "much"."""
    words = re.sub(r"\bmore (?=\w+ly\b)", "", words)  # "more slowly" is slowly
    words = re.sub(rf"\b(?:less|not so|not as|not too) (?:\w*(?:{less}))\w*", "up", words)  # "less slowly"
    too = re.search(r"\btoo (\w+)", words)  # "too fast" wants less of it
    up, down = re.search(rf"\b(?:{more})", words), re.search(rf"\b(?:{less})", words)
    if not up and not down:
        return 0.0
    sign = 1.0 if up and not (down and down.start() < up.start()) else -1.0
    if too or re.search(r"\bnot so\b|\bless (?:fast|loud|quick|high)", words):
        sign = -1.0 if re.search(rf"\b(?:too|so|less) (?:{more})", words) else 1.0
    size = (
        0.5
        if re.search(r"(?<!\bgood )(?<!\bquite a )\bbit\b|\b(?:little|slightly|touch|tad)\b", words)
        else 2.0
        if re.search(r"\b(?:much|lot|way|far|good bit|quite a bit)\b", words)
        else 1.0
    )
    return sign * size


def _reached(words: str, step: float, now: float, low: float, high: float, usual: float, moved: float) -> float:
    if re.search(_MOST, words):
        return high
    if re.search(_LEAST, words):
        return low
    if step == 0 and re.search(_USUAL, words):
        return usual
    if step == 0:
        least, most = (round(end * 100) if high == 1 else end for end in (low, high))  # a share is said in percent
        raise Unclear("To what?", f"Say a number from {least:g} to {most:g}, or more or less.")
    return moved


def _between(value: float, low: float, high: float) -> int | float:
    return min(max(value, low), high)


def _switch(words: str, question: str) -> bool:
    if re.search(_OFF, words):
        return False
    if re.search(_ON, words):
        return True
    raise Unclear(question, "Say on or off.")
