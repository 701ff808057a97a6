"""The one word of print that a request means by its place or its kind: the surname of who signed, the village of the
address, the illness, the medicine, the long word in the second line, the word that begins with d, e, f.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Sequence

from assistant.phrases.dictionary import how_common
from assistant.steps.printed import title_of
from assistant.steps.printed_names import ORGANISED, name_asked

_STREET = r"(?:(?:\d+\w? )?(?:[A-Z][\w'\u2019-]+ ){1,3}(?:Street|Road|Lane|Avenue|Close|Drive|Square|Way|Hill|Place|Terrace|Court|Row|Gardens|Crescent|Park|Grove|Walk|Quay|Parade|St|Rd|Ave)\b\.?)"
_POSTCODE = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2} \d{5}|\d{4,6}|[A-Z]\d[A-Z] ?\d[A-Z]\d)\b.*$")
_PLACE = re.compile(
    r"(?:[A-Z\u00c0-\u00de][\w'\u2019-]+)(?:[ -](?:[A-Z\u00c0-\u00de][\w'\u2019-]+|of|on|upon|the|in|by|sur|le|la|de|y|yr|under))*"
)
_LABEL_ILL = re.compile(
    r"^(?:(?:provisional |final )?diagnosis|condition|complaint|problem|reason(?: for [a-z ]+)?|indication|findings?|result|treatment for)\s*[:-]\s*(?P<ill>\S.*)$",
    re.I,
)
_TOLD_ILL = re.compile(
    r"\b(?:diagnosed (?:with|as)|suffer\w* (?:with|from)|(?:you|patient|she|he) (?:have|has|had)(?: got)?|treat(?:ment)? (?:of|for)?|relief of|to treat|signs? of|because of your)\s+(?:an? |the |your |mild |severe |acute |chronic |some )*(?P<ill>[a-z]{5,}(?: [a-z]{5,})?)",
    re.I,
)
_ILL_WORD = re.compile(r"\b[A-Za-z]*(?:itis|osis|oma|a?emia|opathy|algia|plasia|uria|oedema|edema|rrh?oea|rrhea|sclerosis|phobia|ectomy|iasis|plegia|ptosis|tonia|cele|ension|myalgia|lithiasis|eczema|asthma|gout|shingles|cataracts?|glaucoma|macular \w+)\b", re.I)  # fmt: skip
_DOSED = re.compile(r"^(?P<name>[A-Za-z][\w'-]+(?: [A-Za-z][\w'-]+){0,2}?),? (?:(?:eye|ear|nasal) )?(?:\d[\d.,/]* ?(?:mg|mcg|g|ml|%|micrograms?|units?)\b|tablets?\b|capsules?\b|cream\b|ointment\b|drops?\b|inhaler\b|syrup\b|lotion\b|spray\b|gel\b)", re.I)  # fmt: skip
_ORDER = {"first": 0, "top": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "bottom": -1}
_LINE = re.compile(rf"\b(?P<which>{'|'.join(_ORDER)}) (?:line|sentence|row)\b|\b(?:line|row) (?P<number>one|two|three|four|\d)\b", re.I)  # fmt: skip
_HYPHENED = re.compile(r"\b(?P<letters>[a-z](?:-[a-z]){1,6})(?:-|\b)(?= ?(?:something|summat|sommat|someth\w*|or other|whatever|thingy|-|,|\.|$|\?))", re.I)  # fmt: skip
_BEGINS = re.compile(r"\b(?:begin|start)(?:s|ning|ing)? (?:with|in|wi) (?:an? (?![a-z][ -][a-z]\b)|the letters? )?(?P<letters>[a-z](?:[ -][a-z]\b)*|[a-z]{2,5})\b", re.I)  # fmt: skip
_ENDS = re.compile(r"\bend(?:s|ing) (?:with|in|wi) (?:an? )?(?P<letters>[a-z]{1,6})\b", re.I)
_ODD = r"(?:(?:very |great |right |awful |dead |really )?(?:long|big|lengthy|huge|fancy|posh|hard|difficult|strange|funny|odd|weird|foreign|legal|medical|latin|technical|unusual|queer|awkward|complicated|mouthful of an?|jaw ?breaker of an?|ten dollar|five dollar|swanky|highfalutin)(?:,? | and ))+"
_KINDS: Sequence[tuple[str, str]] = (  # (kind, what people call it)
    ("village", r"\b(?:village|hamlet|suburb)\b"),
    ("town", r"\b(?:town|city|place name|name of the place)\b|\bplace (?:is|it) (?:it )?in\b"),
    ("street", r"\b(?:street|road)(?: name)?\b(?! map)"),
    ("medicine", r"\b(?:medicine|medication|tablets?|pills?|drug|capsules?|cream|ointment|drops|inhaler|antibiotics?)\b(?!.*\bfor\?)"),
    ("illness", r"\b(?:illness|disease|diagnosis|condition|ailment|complaint|what's (?:wrong|up|the matter) (?:with|wi)|what(?:'s| is) wrong|what (?:i've|i have|he's|she's|he has|she has) got|trouble with|wrong with me|some kind of trouble|what ails)\b"),
    ("letters", rf"{_HYPHENED.pattern}|{_BEGINS.pattern.replace('?P<letters>', '?:')}"),
    ("odd", rf"\b{_ODD}(?:word|name|term|expression|phrase)s?\b|\b(?:word|name|term) (?:that's |which is |is )?(?:so |very |too |right |that )?(?:long|big|hard|fancy|difficult|strange)\b|\bmouthful\b|\bjargon\b|\bwith a long name\b"),
)  # fmt: skip
_PLAIN_KINDS = {"odd", "letters", "illness"}
_POINTS = re.compile(r"\b(?:it|its|it's|that|this|the word|that word|the name|word)\b|^\W*$", re.I)
SHORTEST = 6  # letters of a hard word


def names_printed(words: str) -> bool:
    """Whether the words mean one word of print by its place or its kind, so that the print has to be read first."""
    return name_asked(words) or any(re.search(said, words, re.I) for kind, said in _KINDS if kind in _PLAIN_KINDS)


def printed_word(words: str, request: str, lines: Sequence[str], *, plain: bool = False) -> str:
    """The word of print that a clause means, or what was said before it where the clause only points ("how's it spelt").

    "" where no kind of word is named, or where print has none of it.

    Args:
        plain: only words that somebody may want explained; the names of places and medicines are none.
    """
    kept = [" ".join(line.split()) for line in lines if line.strip()]
    if not kept:
        return ""
    before = _up_to(words, request)
    for said in (words, before) if _POINTS.search(words) else (words,):
        for kind, _ in sorted(_mentions(said), key=lambda one: -one[1]):
            if (kind in _PLAIN_KINDS or not plain) and (
                found := _FINDERS[kind](kept, before if kind == "odd" else said)
            ):
                return found
    return ""


def _mentions(said: str) -> list[tuple[str, int]]:
    """The kinds of words that are spoken of, and where."""
    found = [(kind, match.start()) for kind, asks in _KINDS for match in re.finditer(asks, said, re.I)]
    if any(kind in ("odd", "letters") for kind, _ in found):  # "a long word for my illness": the illness, else the word
        found = [(kind, at + (1000 if kind in ("letters", "illness") else 0)) for kind, at in found]
    return found


def _up_to(words: str, request: str) -> str:
    """The request to the end of the clause."""
    at = request.lower().find(words.lower().strip(" ?.!"))
    return request[: at + len(words)] if at >= 0 else request


def _places(lines: Sequence[str]) -> list[str]:
    """The places of the address, after its street, the nearest first."""
    start = next((at for at, line in enumerate(lines) if re.search(_STREET, line)), None)
    if start is None:
        start = next((at for at, line in enumerate(lines) if ORGANISED.search(line)), None)
    if start is None:
        return []
    street = re.search(_STREET, lines[start])
    rest = [
        lines[start][street.end() :] if street else ",".join(lines[start].split(",")[1:]),
        *lines[start + 1 : start + 5],
    ]
    found: list[str] = []
    for line in rest:
        parts = [_POSTCODE.sub("", part).strip(" .") for part in line.split(",")]
        places = [part for part in parts if part and _PLACE.fullmatch(part) and not ORGANISED.search(part)]
        if len(places) < len([part for part in parts if part]):
            found += places
            break
        found += places
    return found


def _village(lines: Sequence[str], said: str) -> str:
    return next(iter(_places(lines)), "")


def _place_alone(lines: Sequence[str]) -> str:
    """The one line under the title that is nothing but a name, as cards have their town; "" where several are."""
    named = [
        line.strip(" .")
        for line in lines[1:]
        if _PLACE.fullmatch(line.strip(" .")) and len(line.split()) < 4 and not ORGANISED.search(line)
    ]
    return named[0] if len(named) == 1 and named[0] == lines[-1].strip(" .") else ""


def _town(lines: Sequence[str], said: str) -> str:
    return next(iter(_places(lines)[::-1]), "") or _place_alone(lines)


def _street(lines: Sequence[str], said: str) -> str:
    found = next((match[0] for line in lines if (match := re.search(_STREET, line))), "")
    return re.sub(r"^\d+\w? ", "", found)


def _medicine(lines: Sequence[str], said: str) -> str:
    dosed = next((match["name"] for line in lines if (match := _DOSED.match(line))), "")
    return dosed or re.sub(r",? \d.*$", "", title_of(lines))


def _illness(lines: Sequence[str], said: str) -> str:
    for line in lines:
        if match := _LABEL_ILL.match(line):
            return re.split(r"[,.;(]", match["ill"])[0].strip()
    for look in (_ILL_WORD, _TOLD_ILL):
        for line in lines:
            if match := look.search(line):
                return match[0] if look is _ILL_WORD else match["ill"]
    return ""


def _words(lines: Sequence[str], said: str) -> list[str]:
    """The words of the line that is named, or of all."""
    named = _LINE.search(said)
    if named:
        which = (named["which"] or "").lower()
        spoken = {"one": 1, "two": 2, "three": 3, "four": 4}.get((named["number"] or "").lower(), named["number"])
        at = _ORDER[which] if which else int(spoken or 1) - 1
        lines = [lines[at]] if -len(lines) <= at < len(lines) else lines
    return re.findall(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*", " ".join(lines))


def _lettered(lines: Sequence[str], said: str) -> str:
    """The word that begins, or ends, with the letters that are told; "" where none or several do."""
    match = _HYPHENED.search(said) or _BEGINS.search(said)
    letters = re.sub(r"[^a-z]", "", match["letters"].lower()) if match else ""
    ends = _ENDS.search(said)
    found = {
        word.lower(): word
        for word in _words(lines, said)
        if len(word) >= 4
        and letters
        and word.lower().startswith(letters)
        and (not ends or word.lower().endswith(ends["letters"].lower()))
    }
    hard = sorted(found, key=_hardness)
    return (
        found[hard[-1]]
        if hard and (len(hard) == 1 or len(letters) > 1 or _hardness(hard[-1]) > _hardness(hard[-2]) + 1)
        else ""
    )


def _odd(lines: Sequence[str], said: str) -> str:
    """The hardest word that the user did not say: long, and met rarely or never; names within a line are none."""
    told = set(re.findall(r"[a-z]+", said.lower()))
    words = [
        word
        for at, word in enumerate(_words(lines, said))
        if len(word) >= SHORTEST
        and word.lower() not in told
        and not (word[0].isupper() and at and how_common(word) is None)
    ]
    return max(words, key=_hardness, default="")


def _hardness(word: str) -> float:
    common = how_common(word)
    rare = 3.0 if common is None else 4.0 if common == 0 else 2.0 if common < 5 else 0.0
    return len(word) + rare


_FINDERS: dict[str, Callable[[Sequence[str], str], str]] = {
    "village": _village, "town": _town, "street": _street, "medicine": _medicine, "illness": _illness,
    "letters": _lettered, "odd": _odd,
}  # fmt: skip
