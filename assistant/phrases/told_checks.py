"""Whether the sum that was found in a story uses all that was said: a number, a fraction or a dose left over means a guess.

A sum about medicine that is wrong does harm, so what is not fully understood is asked back.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections import Counter

from assistant.phrases.told_rates import N, numbers_in

_DOSE = r"\b(?:tablets?|pills?|capsules?|caplets?|ml|millilitres?|mils?|units?|puffs?|dos(?:e|es|age)|drops?|injections?|patch(?:es)?|sachets?|spoonfuls?|teaspoons?|inhalers?|insulin|medicines?)\b"
_PERIOD = r"\b(?:an?|per|each|every|the) (day|week|month|year|fortnight|night|morning|evening|hour)\b"
_RATE = rf"{_PERIOD}|\btimes (?:an?|per|each|every|daily)\b|\b(?:once|twice|thrice|daily|nightly|weekly)\b|\bevery {N}\b|\bevery other\b|\bfor {N} (?:more )?(?:days?|weeks?|months?|nights?)\b|\bfor (?:an?|the) (?:week|month|fortnight)\b|\b(?:mornings?|nights?|evenings?|bed ?time|meals?)\b"
_PART_OF_DAY = r"\b(?:mornings?|lunch(?:time)?|noon|evenings?|nights?|bed ?time|meals?|breakfast|tea ?time)\b"
_UNSURE = (
    r"\b(?:other|alternate|except|but|then|skip\w*|miss\w*|forg[eo]t\w*|up to|first|after|already|doubl\w+|extra)\b"
)
_FRACTION = r"\b(?:half|halve[sd]?|halves|thirds?|quarters?|fifths?|tenths?|doubl\w+|twice|thrice|tripl\w+|trebl\w+)\b"
_FOR_DOSES = frozenset({"_rate", "_of_one", "_single", "_scaled", "_grouped"})
_PER_TIME = frozenset({"_rate", "_for_one", "_spread"})
_ONE_IS_A_WORD = frozenset({"_single", "_for_one", "_of_one", "_second_cheaper", "_grouped"})
_OWN_SHARE = r"\bhalves\b|\bhalf each\b|\b(?:my|your|our|his|her) (?:half|third|quarter)\b|\bwhat is (?:a|1|my) (?:half|third|quarter|fifth)\b"
_TO_ME = r"\b(?:gives?|gave|pays?|paid|lends?|lent|sends?|sent|owes?|hands?|handed) me\b"
_SHARER = r"\b\d+ (?:of us|of them|people|ways|persons)\b"


def is_dosage(words: str) -> bool:
    """Whether the words speak of medicine, or the like, that is taken at some rate."""
    often = (
        r"\btimes (?:an?|per|each|every) (?:day|week|month)\b|\b(?:twice|thrice) (?:an?|per|each|every) (?:day|week)\b"
    )
    return re.search(often, words) is not None or (
        re.search(_DOSE, words) is not None and re.search(_RATE, words) is not None
    )


def uses_all(words: str, found: str, reader: str) -> bool:
    """Whether every number and fraction of the words has its place in the sum that a reader, by name, found."""
    return (
        _numbers_used(words, found, reader)
        and _fractions_used(words, reader)
        and _periods_used(words, found, reader)
        and _roles_clear(words, reader)
    )


def _numbers_used(words: str, found: str, reader: str) -> bool:
    said = words
    if reader == "_rate" and not re.search(_DOSE, words):  # how often somebody comes, where the visits are counted
        said = re.sub(r"\bcomes? every \d+ weeks?\b(?=.*\d visits?\b)", " ", said)
    left = Counter(map(float, numbers_in(said))) - Counter(map(float, numbers_in(found)))
    if reader in _ONE_IS_A_WORD:
        left.pop(1.0, None)
    if reader == "_shared" and (others := re.search(r"\bme and (?:my |the )?(?:other )?(\d+)\b", words)):
        left -= Counter([float(others[1])])  # one more than said shares
    if reader == "_shared" and re.search(r"\b50 50\b", words):
        left.pop(50.0, None)
    return not +left


def _fractions_used(words: str, reader: str) -> bool:
    count = len(re.findall(_FRACTION, re.sub(_OWN_SHARE, " ", words) if reader == "_shared" else words))
    return count <= (1 if reader in ("_reduced", "_second_cheaper") else 0)


def _periods_used(words: str, found: str, reader: str) -> bool:
    if re.search(_DOSE, words):
        if reader not in _FOR_DOSES or (reader != "_rate" and is_dosage(words)):
            return False
        if re.search(_UNSURE, words) or len(re.findall(_PART_OF_DAY, words)) > 1:
            return False
    periods = set(re.findall(_PERIOD, words))
    if reader not in _PER_TIME:
        every = re.search(rf"\btimes (?:an?|per|each)\b|\bevery {N}\b|\bfor {N} (?:days?|weeks?|months?)\b", words)
        return len(periods) < 2 and not every
    asked = re.search(r"\bhow many (day|week|month)s\b", words)
    return reader != "_rate" or "/" not in found or not asked or not periods or periods == {asked[1]}


def _roles_clear(words: str, reader: str) -> bool:
    if re.search(r"\b(?:remind|reminder|alarm|timer|o'?clock)\b", words):
        return False  # one of the numbers is a time
    if reader == "_listed":
        return not re.search(
            r"\b(?:every|for|owes? me|i want|i need) \d+\b(?!\.\d)(?! (?:[a-z]+ ){0,3}at\b)|\bowes? me\b|\b(?:change|note|back|left)\b",
            words,
        )
    if reader in ("_remaining", "_change"):
        return len(re.findall(_TO_ME, words)) < 2 and not (
            re.search(_TO_ME, words)
            and re.search(r"\b(?:i have|i've|i had|had|start\w*|get|got|earn)(?: got)? (?:about )?\d", words)
        )
    if reader == "_shared":
        pays = re.search(r"\b(?:pays|paid|puts|gives|gave|owes|deposit|already)\b", words)
        return (
            not re.search(r"\b(?:but|except)\b", words)
            and len(re.findall(_SHARER, words)) < 2
            and not (pays and len(numbers_in(words)) > 2)
        )
    return True
