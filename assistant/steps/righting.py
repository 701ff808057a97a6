"""A note or a fact said again with what was wrong in it put right: "write sunday instead" after "bring and buy sale on saturday".

What the correction says whole is taken as it stands; a day, a number, a time or a name alone takes the place of the one of its kind
in what was kept, where there is just one.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_times
from assistant.steps.labelled import stem

LONGEST = 400  # characters
_ANEW = re.compile(  # what is to stand instead, as a correction says it
    r"^(?:(?:and|then|so|but|please|just|now|can you|could you) |[,;. ])*(?:"
    r"(?:make|write|put|do|note|jot|say|have|set) (?:it|that|one)(?: (?:down|out))?(?: (?:again|over|afresh|anew))?(?: (?:a|another|as a|into a) (?:new )?note)?,? (?:with|saying|(?:to|that|so it) says?|as|to|reading|of) (?P<with>.+)"
    r"|(?:remember|keep|note|mind|write|put|say|jot) (?:it|that|this)(?: down)? (?:of|about|for|is) (?P<of>.+)"
    r"|(?:write|put|note|jot|say|have|make it|make that|keep|remember|use|want)(?: down)?(?: that)? (?P<plain>.+?),? (?:instead|in its place|in (?:that|the old) one's place|in place of (?:it|that)|rather)\b(?P<more>.*)"
    r"|(?:.+?[,;.] )?i (?:want|need|meant|mean) (?P<want>(?!to\b|you\b).+?) (?:on (?:it|there|the list)|instead|down)"
    r"|(?:(?:remember|keep|note|write|put|say) (?:that )?(?=it)(?:it's|it is)|make (?:it|that)|it's|it is|it should be|i meant|that should be) (?P<should>.+)"
    r"|(?:write|put|note|jot)(?: down)?(?: that)? (?P<put>.+))$",
    re.I,
)
_TOLD = re.compile(  # "the gate one is 7 0 2 5, write that"
    r"^(?P<told>.+?)[,;.]+ (?:so |and |please )*(?:write|note|put|jot|keep|remember|make it|have|take) (?:that|it|this)(?: one)?(?: down)?(?: instead)?$",
    re.I,
)
_DAY = re.compile(r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrow|today|tonight)\b", re.I)
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b", re.I
)
_N = r"(?:\d[\d,.]*|zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|dozen)"
_NUMBER = re.compile(rf"\b{_N}(?:(?:[ -]| and (?=(?:a )?{_N}\b)){_N})*\b", re.I)
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
_IS = re.compile(r"\b(?:is|are|'s|'re|was|were|has|have|wants?|needs?|takes?|likes?|goes|comes|lives)\b|'s ", re.I)
_LISTED = re.compile(r"(?P<list>[\w' -]{1,40}?\blist): (?P<things>.+)$", re.I | re.S)
_SMALL = re.compile(r"^(?:the|a|an|just|only|now|at|on|by|for|to|number|no|it's|it is)\s+", re.I)


def asked_anew(words: str, *, instead: bool = False) -> str:
    """What a correction wants written: "make it again with one scoop" -> "one scoop"; "" where it is no such wish.

    Args:
        instead: only where the words say that it stands for what was there: not "put the kettle on".
    """
    text = words.strip(" .!?,")[:LONGEST]
    found = _ANEW.match(text)
    if found is None:
        told = _TOLD.match(text)
        return told["told"].strip() if told else ""
    parts = found.groupdict()
    if instead and parts["put"]:
        return ""
    new = next(parts[name] for name in ("with", "of", "plain", "want", "should", "put") if parts[name])
    return f"{new}{(parts['more'] or '').rstrip()}".strip(" .!?")


def righted(former: str, words: str) -> str:
    """What was kept, put right as the words say; "" where they ask for nothing to be written."""
    new = asked_anew(words)
    if not new:
        return ""
    listed = _LISTED.match(former)
    if listed is not None and not _LISTED.match(new):
        return f"{listed['list']}: {_among(listed['things'], new)}"
    told = re.match(
        r"(?:the|that|his|her|its) (?P<what>[\w' -]+?) (?:one|number|code)? ?(?:is|'s) (?P<value>.+)$", new, re.I
    )
    if told and _value(told["value"]) and {stem(word) for word in told["what"].split()} & _stems(former):
        new = told["value"]
    head, comma, rest = new.partition(",")
    if _is_whole(head, former):
        return re.sub(r",? (?:instead|rather)$", "", new, flags=re.I)
    value = _SMALL.sub("", head.strip())
    placed = _in_place(former, value) if _value(value) or len(value.split()) == 1 else ""
    return f"{placed}{comma}{rest}" if placed else new


def _among(things: str, new: str) -> str:
    """A list's things with the new one in the place of the one of its kind: "oat milk" of "milk"; else it alone."""
    items = re.split(r"\s*,\s*", things)
    same = [item for item in items if _stems(item) & _stems(new)]
    return ", ".join(new if item in same else item for item in items) if len(same) == 1 else new


def _stems(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z']{3,}", text.lower())}


def _value(text: str) -> bool:
    """Whether a text is a number, a day or a time and little more."""
    left = _NUMBER.sub(" ", _DAY.sub(" ", text))
    return len(re.findall(r"[^\W\d_]{2,}", left)) <= 1


def _is_whole(new: str, former: str) -> bool:
    """Whether the new words say all: they have a verb, or no single value to be put in the place of another."""
    return _IS.search(new) is not None and len(new.split()) > 2 and not _value(new)


def _in_place(former: str, new: str) -> str:
    """The former text with the one thing of the new one's kind replaced; "" where there is none or more than one."""
    day, number, name = _DAY.search(new), _NUMBER.search(new), _NAME.fullmatch(new)
    times = find_times(new)
    if times and times[0].start == 0 and not day:
        old = [one for one in find_times(former) if re.search(r"\d|past|to\b|noon|midnight|o'clock", one.words)]
        if len(old) == 1:
            return f"{former[: old[0].start]}{_at(old[0].words, new)}{former[old[0].start + len(old[0].words) :]}"
    if day:
        return _swap(former, _DAY, new if _DAY.fullmatch(new) else day[0])
    if _MONTH.fullmatch(new):
        return _swap(former, _MONTH, new)
    if number:
        return _numbered(former, new, number[0])
    if name or re.fullmatch(r"[a-z'-]+", new):
        names = [one for one in _NAME.finditer(former) if one.start() == 0 or not re.match(r"I\b", one[0])]
        if name and len(names) == 1:
            return f"{former[: names[0].start()]}{new}{former[names[0].end() :]}"
        if name and not names and (first := re.match(r"[a-z]+(?= (?:takes?|is|has|wants?|needs?|likes?)\b)", former)):
            return f"{new}{former[first.end() :]}"
    return ""


def _numbered(former: str, new: str, number: str) -> str:
    """The number of the same thing replaced: "3 scoops" by "one scoop"; or the only number there is."""
    noun = re.search(rf"{re.escape(number)} (?P<noun>[a-z]{{3,}})", new, re.I)
    found = list(_NUMBER.finditer(former))
    if noun:
        same = [
            one
            for one in found
            if (after := re.match(r" (?P<noun>[a-z]{3,})", former[one.end() :], re.I))
            and stem(after["noun"]) == stem(noun["noun"])
        ]
        if len(same) == 1:
            end = same[0].end() + 1 + len(re.match(r"[a-z]+", former[same[0].end() + 1 :], re.I)[0])  # type: ignore[index]
            return f"{former[: same[0].start()]}{number} {noun['noun']}{former[end:]}"
    digits = [one for one in found if re.search(r"\d", to_digits(one[0]))]
    return f"{former[: digits[0].start()]}{number}{former[digits[0].end() :]}" if len(digits) == 1 else ""


def _at(old: str, new: str) -> str:
    """A new hour with the small word and the day of the old one: "at half past three on monday" -> "at four on monday"."""
    lead = re.match(r"(?:at|by|from|around|about) ", old, re.I)
    day = re.search(rf"(?: on| this| next)?(?: |^){_DAY.pattern}$", old, re.I)
    return f"{lead[0] if lead else ''}{new}{f' {day[0].strip()}' if day else ''}"


def _swap(former: str, kind: re.Pattern[str], new: str) -> str:
    found = list(kind.finditer(former))
    return f"{former[: found[0].start()]}{new}{former[found[0].end() :]}" if len(found) == 1 else ""
