"""What people say of a voice when they mean one of its settings: "you're roaring at me", "nineteen to the dozen"."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

_LOUD = r"(?:roar|holler|shout|bawl|bellow|yell|boom|blar|blast|deafen|thunder)(?:ing?|s|in')?"
_FAST = (
    r"rattl(?:e|ing)|gabbl(?:e|ing)|gallop(?:ing)?|racing|rac(?:e|es) through|nineteen to the dozen|a mile a minute|"
    r"breakneck|auctioneer|machine ?gun|car commercial|ease (?:up|off)|take it easy|catch (?:my|a) breath|keep up with you|"
    r"whoa there|hold your horses"
)
_SLOW = r"plod(?:ding)?|dawdl(?:e|ing)|snail|drag(?:ging)? (?:it |on|out)|get a move on|chop chop|treacle|half asleep"
_IDIOMS = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.I), setting, value)
    for pattern, setting, value in (
        (rf"(?:you|you're|your|it|it's|this thing|that thing|thing's|voice)\b.* ?(?:{_LOUD})", "volume", "quieter"),
        (r"(?:lower|drop|keep down) your voice(?! (?:a tone|an octave|pitch))|pipe down|hush|whisper|keep it down", "volume", "quieter"),
        (r"(?:can't|cannot|can hardly|can barely|couldn't|struggling to) (?:\w+ )?hear you|raise your voice|mumbl\w+", "volume", "louder"),
        (_FAST, "speed", "slower"),
        (_SLOW, "speed", "faster"),
        (r"(?:just )?the short of it|do go on|go on and on|cut to the chase|long[- ]winded|just the gist|spare me the (?:detail|story)\w*", "verbosity", "brief"),
        (r"too (?:clipped|curt|short with me)|the whole story|full (?:detail|story)|all the details?|a bit more with your answers", "verbosity", "full"),
        (r"(?:come|comes|coming|came|break|cut) in on (?:top of )?me|let me finish|before i(?:'ve| have) (?:it|that) said|step on my words", "patience", "patient"),
    )
)  # fmt: skip


def meant(words: str) -> dict[str, str]:
    """The setting and its value that an idiom means; empty where there is none, or where a number is said."""
    if re.search(r"\d", words):
        return {}
    found = next(((setting, value) for pattern, setting, value in _IDIOMS if pattern.search(words)), None)
    return {"setting": found[0], "value": found[1]} if found else {}
