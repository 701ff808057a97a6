"""Sums as they come up in a day, brought into the form of a plain sum: "three tins at 1.29 each, what's that come to".

All of it works on words whose numbers are digits already (arithmetic_words.clean).
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.told_sums import is_doubtful, told
from kernels.errors import UserError

_N = r"(\d+(?:\.\d+)?)"
_GAP = r"(?: [a-z']+){0,5}"
_NOTES = {"fivers?": 5, "tenners?": 10, "twent(?:y|ies)": 20, "grand": 1000}
_ASKED = re.compile(  # the question at the end, about all that was said before
    r"[,;]?\s*\b(?:so |and )?(?:what|how much)(?: is|'s| does| do| would| will)? ?(?:that|this|it|all that)?(?: all)?"
    r"(?: come to| make| makes| cost| each| apiece| altogether| in all| in total| be| total| work out at| is| do i get| do i owe)*\??$"
)
_EACH = re.compile(rf"\b{_N}(?: [a-z']+){{0,4}} each\b{_GAP}.*?\b{_N} of (?:us|them|you)\b")
_AND_MATES = re.compile(rf"\bme and (?:my )?{_N} [a-z]+\b{_GAP}? {_N}\b.*\beach\b")
_RATE = re.compile(
    rf"\b{_N} (?:an?|per|every|each) (hour|day|week|month|night|mile|litre|liter|kilo|metre|yard|box|bottle|ticket)\b"
    rf".*?\b{_N} \2s?\b"
)
_AT_EACH = re.compile(rf"\b{_N}((?: [a-z']+){{0,5}}) (?:at|for|costing) {_N}(?: each| apiece| a go)\b")
_AT_AND = re.compile(rf"\b{_N}((?: [a-z']+){{0,3}}) at {_N} and {_N}((?: [a-z']+){{0,3}}) at {_N}")
_OWE = re.compile(
    rf"\b(?:owe|owes|owed|cost|costs|is|was|bill)\b{_GAP} {_N}\b.*?\b(?:given|paid|gave|had|paying|put down)\b{_GAP} {_N}\b"
    r".*\b(?:left|owing|owe|still|more|to go)\b"
)
_THEN = re.compile(
    r"^(?P<first>.*\d.*?),?(?: and)?(?: then)? (?:(?P<halve>halve|half|double|treble|triple) (?:it|that)|"
    r"(?:take|knock) (?:it|that) (?:away )?(?:off|from) (?P<off>\d+(?:\.\d+)?)|"
    r"(?P<do>add|plus|take off|take away|minus|divide (?:it|that) by|times (?:it|that) by|multiply (?:it|that) by) (?P<by>\d+(?:\.\d+)?))$"
)
_SIGNS = {"add": "+", "plus": "+", "take off": "-", "take away": "-", "minus": "-", "divide": "/"}
_FACTORS = {"halve": "0.5", "half": "0.5", "double": "2", "treble": "3", "triple": "3"}


def as_plain_sum(words: str) -> str:
    """The same words as a plain sum where an everyday way of asking is known; else the words as they are.

    Args:
        words: lower case, with numbers as digits.

    Raises:
        UserError: a story whose numbers are not all understood; a guess could be a wrong dose.
    """
    for name, worth in _NOTES.items():
        words = re.sub(rf"\b{_N} {name}\b", rf"\1 * {worth}", words)
        words = re.sub(rf"\ba {name}\b", str(worth), words)
    if not _THEN.match(words) and (story := told(_settled(words))) is not None:
        return story
    if is_doubtful(_settled(words)):
        raise UserError(
            "I am not sure how those numbers belong together.", "Say it as a plain sum, such as: 3 times 7."
        )
    for pattern, said in _SAID:
        if found := pattern.search(words):
            return found.expand(said)
    words = re.sub(r",? ?\bwhat(?: is|'s) (?:that|it)\b,? ?(?=(?:and )?then\b)", " ", words)
    words = re.sub(r"(\* \d+(?:\.\d+)?) and (?=\d+ \*)", r"\1 + ", words)
    bare = _ASKED.sub("", words).strip(" ,")
    if bare != words and re.search(r"\d", bare):
        words = bare
    words = _AT_AND.sub(r"\1 * \3 + \4 * \6", words)
    words = _AT_EACH.sub(r"\1 * \3", words)
    return _gone_on(words)


_REPAIRED = re.compile(  # "12 eggs at 0.30 each sorry 0.35 each": what was said last counts
    r"\b\d+(?:\.\d+)?(?P<unit> [a-z]+)?,? (?:er+m?,? |um,? |oh,? )*(?:sorry|no wait|wait no|no sorry|sorry no|i mean|no i mean|or rather|make that),? (?:it(?: is|'s) |that(?: is|'s) )?(?P<new>\d+(?:\.\d+)?(?P=unit)?)(?= |$)"
)


def _settled(words: str) -> str:
    """The words without slips that were corrected."""
    return _REPAIRED.sub(lambda found: found["new"], words)


_SAID = (
    (_AND_MATES, r"\2 / (1 + \1)"),
    (_EACH, r"\1 * \2"),
    (_RATE, r"\1 * \3"),
    (_OWE, r"\1 - \2"),
)


def _gone_on(words: str) -> str:
    """ "7 times 8 and then halve it": the second step is about the whole first."""
    found = _THEN.match(words)
    if not found:
        return words
    if found["halve"]:
        return f"{_FACTORS[found['halve']]} * ({found['first']})"
    if found["off"]:
        return f"{found['off']} - ({found['first']})"
    first_word = found["do"].split()[0]
    sign = _SIGNS.get(found["do"]) or {"divide": "/", "times": "*", "multiply": "*"}[first_word]
    return f"({found['first']}) {sign} {found['by']}"
