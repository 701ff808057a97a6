"""What people say of a voice when they mean one of its settings: "you're roaring at me", "nineteen to the dozen"."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits

_LOUD = r"(?:roar|holler|shout|bawl|bellow|yell|boom|blar|blast|deafen|thunder)(?:ing?|s|in')?"
_FAST = (
    r"rattl(?:e|ing)|gabbl(?:e|ing)|gallop(?:ing)?|racing|rac(?:e|es) through|nineteen to the dozen|a mile a minute|"
    r"breakneck|auctioneer|machine ?gun|car commercial|ease (?:up|off)|take it easy|catch (?:my|a) breath|keep up with you|"
    r"whoa there|hold your horses"
)
_SLOW = r"plod(?:ding)?|dawdl(?:e|ing)|snail|drag(?:ging)? (?:it |on|out)|get a move on|chop chop|treacle|half asleep"
WAITS = (  # to be let finish: the wish itself, whatever is said around it
    r"(?:wait|hold on|hang on|hold off)(?: (?:a bit|there|please))? (?:for me|(?:un)?till?)\b.*(?:finish\w*|done|stop(?:ped)?|through|quiet)|(?:wait|hold on|hang on) for me(?: (?:then|please))?$|"
    r"(?:i was(?:n't| not)|i had(?:n't| not)|i'm not|i am not|i have(?:n't| not)) (?:quite |even )?(?:finished|done)(?: (?:talking|speaking|yet))?"
)
_IDIOMS = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.I), setting, value)
    for pattern, setting, value in (
        (rf"(?:you|you're|your|it|it's|this thing|that thing|thing's|voice)\b.* ?(?:{_LOUD})", "volume", "quieter"),
        (r"(?:lower|drop|keep down) your voice(?! (?:a tone|an octave|pitch))|pipe down|hush|whisper|keep it down", "volume", "quieter"),
        (r"(?:can't|cannot|can hardly|can barely|couldn't|struggling to) (?:\w+ )?hear you|raise your voice|mumbl\w+", "volume", "louder"),
        (_FAST, "speed", "slower"),
        (_SLOW, "speed", "faster"),
        (r"(?:just )?the short of it|do go on|go on and on|cut to the chase|long[- ]winded|just the gist|(?:only|just) (?:want |need |give me |after )?the (?:bare )?(?:bones|gist|headlines?|essentials|nub|nuts and bolts)|not the (?:whole |full )?(?:sermon|lecture|saga|speech|life story|novel|essay)|spare me the (?:detail|story)\w*", "verbosity", "brief"),
        (r"too (?:clipped|curt|short with me)|(?:have|give me|want|with) the (?:full |whole )?(?:works|shebang|hog|nine yards)|the whole story|full (?:detail|story)|all the details?|a bit more with your answers", "verbosity", "full"),
        (r"(?:come|comes|coming|came|break|cut) in on (?:top of )?me|let me finish|before i(?:'ve| have) (?:it|that) said|step on my words", "patience", "patient"),
        (WAITS, "patience", "patient"),
        (r"i(?:'m| am)? (?:(?:do|always|can only|only) )?(?:speak|talk|type|think|am|get my words out)(?:ing)? (?:very |quite |rather |so |a bit |really |too )*slow(?:ly)?|i(?:'m| am) a slow (?:talker|speaker|thinker)|i(?:'ve| have)(?: got)? a (?:bad )?(?:stammer|stutter)", "patience", "patient"),
        (r"(?:ease|slack|back|rein|throttle) (?:it )?(?:off|back)|fair lick|going at (?:it )?(?:a )?(?:\w+ )?(?:lick|pace|clip)|steady on", "speed", "slower"),
    )
)  # fmt: skip


_RATE = re.compile(
    r"\bwords (?:a|per) minute\b|\bwpm\b|\b(?:speed|rate|pace|tempo|fast\w*|quick\w*|slow\w*|listen\w*|screen ?readers?|jaws|nvda|voice ?over|talkback|narrator|talking books?|audio ?books?)\b",
    re.I,
)
_A_MINUTE = re.compile(r"\b(?:(?:words )?(?:a|per) minute|wpm)\b", re.I)
_SLASHED = re.compile(r"\b(?P<first>\d{1,2}) ?(?:/|slash) ?(?P<second>\d{1,2})\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"\b(?P<not>not (?:the )?(?:\w+ (?:of )?)?)?(?P<month>{'|'.join(_MONTHS)})[a-z]*\b", re.I)


def meant(words: str) -> dict[str, str]:
    """The setting and its value that an idiom means, a rate in words a minute, or an order of dates that an example shows;
    empty where there is none."""
    words = hundreds(words) if _RATE.search(words) else words
    digits = to_digits(words.replace(" slash ", "/"), ordinals=False)
    if order := date_order(words):
        return {"setting": "dates", "value": order}
    if rate := _rate(digits):
        return {"setting": "speed", "value": rate}
    if re.search(r"\d", words):
        return {}
    found = next(((setting, value) for pattern, setting, value in _IDIOMS if pattern.search(words)), None)
    return {"setting": found[0], "value": found[1]} if found else {}


_HUNDREDS = re.compile(
    r"\b(?P<hundreds>one|two|three|four|five|[1-5]) (?P<rest>(?:ten|fifteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|[1-9]\d))\b(?! ?(?:%|percent|per cent))",
    re.I,
)


def hundreds(words: str) -> str:
    """ "Three twenty" as 320: how a speed in words a minute is said."""
    return _HUNDREDS.sub(lambda said: f"{to_digits(said['hundreds']).strip()}{to_digits(said['rest']).strip()}", words)


def _rate(digits: str) -> str:
    """The number of words a minute that is told last; "" where a number is something else."""
    said = re.findall(r"\b(\d{2,3})\b(?! ?(?:%|percent|per cent|/|years?))", digits)
    least = 80 if _A_MINUTE.search(digits) else 100  # eighty nine is an age
    rates = [number for number in said if least <= int(number) <= 500]
    return rates[-1] if rates and _RATE.search(digits) and not re.search(r"\bvolume\b|\bloud", digits) else ""


def date_order(words: str) -> str:
    """ "month first" of "when you see 4/9 that's April the ninth", "day first" of "3/7 is the third of July"."""
    slashed = _SLASHED.search(words)
    named = next((one for one in _MONTH.finditer(words) if not one["not"]), None)
    if slashed is None or named is None or slashed["first"] == slashed["second"]:
        return ""
    month = _MONTHS.index(named["month"].lower()) + 1
    return {int(slashed["first"]): "month first", int(slashed["second"]): "day first"}.get(month, "")
