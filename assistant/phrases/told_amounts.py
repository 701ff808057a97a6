"""The amounts that somebody tells: each with what it counts, what it is for each of, and whether it is money.

"forty five miles to the gallon" is 45, miles, for each gallon; "two seventy five each way" is 2.75 for each way.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.phrases.number_words import to_digits

N = r"\d+(?:\.\d+)?"
_COINS = r"pounds?|quid|dollars?|bucks|euros?|rupees?|shillings?|naira|rand|cedis?|francs?|kwacha|bob"
_PLAIN = (  # on lower-case words, after numbers are digits
    (rf"\b({N}) dozens?\b", lambda found: f"{float(found[1]) * 12:g}"),
    (r"\b(from|was|is|at|to|of) minus (?=\d)", r"\1 -"),
    (r"(\d),(?=\d{3}(?!\d))", r"\1"),
    (rf"[£$€₦₹]\s?({N})", r"\1 pounds"),
    (r"\b(\d+) (?:pounds?|quid|dollars?|euros?)(?: and)? (\d\d)(?: (?:p|pence|cents?))?\b(?! (?:[a-z]+ )?(?:of|people|each|weeks?|days?|months?|hours?|nights?))", r"\1.\2 pounds"),
    (r"\b(\d+) ?(?:p|pence|cents?)\b", lambda found: f"{int(found[1]) / 100:.2f} pounds"),
    (r"\ba (?:quid|pound) (\d\d)\b", r"1.\1 pounds"),
    (r"\ba (?:fiver)\b", "5 pounds"),
    (r"\ba (?:tenner)\b", "10 pounds"),
    (r"\b(\d+) tenners\b", lambda found: f"{int(found[1]) * 10} pounds"),
    (r"\b(\d+) (?:20s|twenties)\b", lambda found: f"{int(found[1]) * 20} pounds"),
    (rf"\b({N}) (hundred|thousand|million)\b", lambda found: f"{float(found[1]) * {'hundred': 100, 'thousand': 1000, 'million': 10**6}[found[2]]:g}"),
    (r"\b(\d+) (hours?|kilos?|metres?|litres?|pints?|miles?|weeks?|days?|yards?|dozen) and a half\b", r"\1.5 \2"),
    (r"\b(?:an?|1) (hour|kilo|metre|litre|pint|mile|week|day|yard|dozen) and a half\b", r"1.5 \1"),
    (r"\bhalf (?:an? )(hour|kilo|metre|litre|pint|mile|day|dozen)\b", r"0.5 \1"),
    (r"\bhalf (?:a )?(?=hundred\b)", "0.5 "),
    (r"\b(\d+) hours?,? (?:and )?(\d+) minutes?\b", lambda found: f"{int(found[1]) + int(found[2]) / 60:g} hours"),
)  # fmt: skip
_NO_NOUN = frozenset(["a", "an", "the", "and", "or", "at", "for", "of", "to", "in", "on", "is", "are", "was", "were", "be", "been", "so", "what", "how", "that", "it", "this", "i", "we", "he", "she", "they", "you", "from", "by", "with", "off", "over", "out", "up", "down", "left", "more", "less", "than", "then", "each", "per", "every", "apiece", "but", "my", "me", "us", "not", "now", "if", "as", "will", "would", "do", "does", "did", "have", "has", "had", "what's", "i'm", "i've", "it's", "that's", "comes", "come", "came", "goes", "went", "gets", "got", "just", "only", "about", "too", "please", "when", "who", "which", "where", "went", "going", "than", "cos", "because", "there", "here", "all", "together", "altogether", "back", "today", "yesterday", "already", "still", "last", "next", "my", "our", "his", "her", "their", "your"])  # fmt: skip
_PER = r"(?:an?|per|each|every|to the|to an?|to each|to every|for each|for every|for an?|in each|in every|in an?|on each|at each|on every)"
_MEASURED = frozenset(["ml", "mils", "mil", "cl", "l", "litre", "litres", "g", "gram", "grams", "kg", "kilo", "kilos", "cm", "mm", "metre", "metres", "hour", "hours", "minute", "minutes", "pint", "pints"])  # fmt: skip
_NO_UNIT = frozenset(["bit", "lot", "few", "couple", "half", "third", "quarter", "whole", "while", "moment", "minute's", "one", "of", "on", "in", "go", "it", "tip", "note", "total", "sum", "reminder"])  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """One number with its surroundings.

    Attributes:
        value: as digits.
        unit: what it counts, in the singular; "" where nothing is named.
        per: what it is for each of, in the singular; "each" for "each" and "apiece"; "" where it is for nothing.
        money: whether it is said to be money, or has pence.
        start, end: where it stands.
        before: the words before it, back to the last number.
    """

    value: str
    unit: str = ""
    per: str = ""
    money: bool = False
    start: int = 0
    end: int = 0
    before: str = ""


def plainly(words: str) -> str:
    """Lower case, numbers as digits, money as "12.40 pounds"."""
    text = re.sub(r"[’`]", "'", words.lower())
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"\bhalf a dozen\b", "6", text)
    text = re.sub(r"(?<![a-z] )\b(hundred|thousand)\b(?! of)", r"a \1", text)
    text = " ".join(to_digits(text, ordinals=False).split())
    for pattern, said in _PLAIN:
        text = re.sub(pattern, said, text)  # type: ignore[arg-type]
    return " ".join(text.split())


def amounts_in(text: str) -> list[Amount]:
    """Every number of words that are said plainly, in order; none that is a percentage, a year with a month, a clock time."""
    found: list[Amount] = []
    last = 0
    for match in re.finditer(rf"(?<![\w.,:-])-?{N}(?![\d:]|\.\d|st\b|nd\b|rd\b|th\b)", text):
        unit, per, end, money = _around(text[match.end() : match.end() + 60])
        money = money or re.search(r"\.\d\d$", match[0]) is not None
        per = per or ("each" if _EACH_IS.search(text[: match.start()]) else "")
        found.append(Amount(match[0], unit, per, money, match.start(), match.end() + end, text[last : match.start()]))
        last = match.end()
    return found


_EACH_IS = re.compile(
    r"\b(?:each|every one|every 1)(?: (?:one|1|of (?:them|these|those)))?(?:'s| is| are| weigh(?:s|ing|ed)?| cost(?:s|ing)?| holds?| takes?| being| about| around| roughly| exactly| just| only)+ $"
)


def _around(after: str) -> tuple[str, str, int, bool]:
    """Unit, per, how far that reaches, and whether it is money, from the words behind a number."""
    coin = re.match(rf" ?(?:{_COINS})\b", after)
    place, money = (coin.end(), True) if coin else (0, False)
    unit = ""
    nouns = re.match(
        r"[ -](?P<one>[a-z][a-z']*)(?: (?P<two>[a-z][a-z']*))?(?: (?P<three>[a-z][a-z']*))?", after[place:]
    )
    if nouns and not money:
        run = []
        for name in ("one", "two", "three"):
            if not nouns[name] or nouns[name] in _NO_NOUN or nouns[name].endswith("'s"):
                break
            run.append((nouns[name], nouns.end(name)))
        if run:
            measured = [one for one in run[:1] if one[0] in _MEASURED]  # "250 ml glasses"
            plural = (
                measured[0]
                if measured
                else next((one for one in run if one[0].endswith("s") and not one[0].endswith("ss")), run[0])
            )
            unit, place = singular(plural[0]), plural[1]
    elif nouns and money and nouns["one"] not in _NO_NOUN and re.match(rf"[ -][a-z]+ {_PER} [a-z]", after[place:]):
        unit = ""
    rate = re.match(
        rf",? (?:(?:it is|it's|is|they're|are|that's) )?(?:off )?{_PER} (?P<unit>[a-z]+)\b(?!')", after[place:]
    )
    if rate and rate["unit"] not in _NO_UNIT and rate["unit"] not in _NO_NOUN:
        return unit, singular(rate["unit"]), place + rate.end(), money
    if each := re.match(
        r",? (?:each|apiece|a piece|a head|a go|a pop|a time|at each|in each|on each)\b(?! of\b)", after[place:]
    ):
        return unit, "each", place + each.end(), money
    daily = re.match(r" (?P<unit>daily|weekly|monthly|yearly|nightly|hourly|pcm)\b", after[place:])
    if daily:
        return unit, PERIODS[daily["unit"]], place + daily.end(), money
    return unit, "", place, money


PERIODS: Mapping[str, str] = {
    "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year", "annual": "year", "nightly": "night", "hourly": "hour", "pcm": "month",
}  # fmt: skip
_ODD: Mapping[str, str] = {
    "people": "person", "children": "child", "kids": "child", "feet": "foot", "men": "man", "women": "woman", "loaves": "loaf",
    "halves": "half", "boxes": "box", "kilos": "kilo", "goes": "go", "visits": "visit", "lads": "lad",
}  # fmt: skip


def singular(word: str) -> str:
    """One of them: "boxes" -> "box", "berries" -> "berry"."""
    if word in _ODD:
        return _ODD[word]
    if re.search(r"(?:ss|us|is)$", word) or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss)es$", word):
        return word[:-2]
    return word.removesuffix("s")


_SPAN = rf"\b(?:for|over|covers?|covering|in|of|lasts?|across|it's|it is|that's|that is|there's|there are) (?:the |a |about |all )*(?P<n>{N}) (?P<each>day|night|week|month|year|quarter|visit|lesson|session|person|head)s?\b"  # fmt: skip


def spread(text: str, whole: str, rated: set[str]) -> str:
    """What one of the stretches or people comes to among whom something goes; "" where that is not asked, or is printed.

    Args:
        text: said plainly.
        rated: what print has amounts for each of.
    """
    counted = re.search(_SPAN, text)
    if counted is None or counted["each"] in rated or len(re.findall(N, text)) != 1:
        return ""
    asked = re.search(rf"\b(?:an?|per|each|every|by the) {counted['each']}\b", text)
    return f"{whole} / {counted['n']}" if asked and not re.search(r"\btimes\b", text) else ""
