"""Wishes that share their words: "two timers, ten minutes for the peas and forty for the pie" said out in full.

What is left out is taken from the wish before, never from anywhere else, so every word is still the user's own.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import find_times

_NUMBER = r"(?:an?|half an?|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty(?:[ -]five)?|thirty|forty(?:[ -]five)?|fifty|ninety)"
_TIMERS = re.compile(
    rf"^(?:(?:please |can you |could you )*(?:set|start|put on|give me|i need|do)(?: me)? )?(?:two|2|a couple of) timers?\b,?(?: (?:would you|will you|please|for me))*[,:]? ?(?:one )?(?:for )?"
    rf"(?P<first>{_NUMBER}) (?P<unit>seconds?|minutes?|hours?) (?P<for>for [a-z' ]+?),? and (?:one |another )?(?:for )?(?P<second>{_NUMBER})(?: (?P<other>seconds?|minutes?|hours?))?(?: (?P<rest>for [a-z' ]+))?$",
    re.I,
)
_UNITS = re.compile(
    rf"^(?P<lead>(?:what(?:'s| is) |how much is |convert )?)(?P<one>{_NUMBER}[a-z ]{{2,20}} (?:in|to|into) [a-z]+) and (?P<two>{_NUMBER} [a-z ]{{2,20}} (?:in|to|into) [a-z]+)(?: please)?$",
    re.I,
)
_REMIND = re.compile(r"^(?P<ask>(?:please )?remind me to (?P<verb>[a-z]+) )(?P<first>.+?),? and (?P<second>(?:my|the|a|an|some|his|her|our) .+)$", re.I)  # fmt: skip


def complete(words: str) -> str:
    """The same wishes, each with all of its words; the words as they are where nothing is left out."""
    text = words.strip(" .!?")
    if found := _TIMERS.match(text):
        unit, other = found["unit"], found["other"] or found["unit"]
        rest = f" {found['rest']}" if found["rest"] else ""
        return f"start a timer of {found['first']} {unit} {found['for']}, then start a timer of {found['second']} {other}{rest}"
    if found := _UNITS.match(text):
        return f"convert {found['one']}, then convert {found['two']}"
    found = _REMIND.match(text)
    if found and find_times(found["first"]) and find_times(found["second"]):
        return f"{found['ask']}{found['first']}, then remind me to {found['verb']} {found['second']}"
    return words
