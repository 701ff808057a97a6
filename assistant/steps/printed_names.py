"""The parts of a printed name: the surname of who signed, the first name of the doctor."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof(?:essor)?|Nurse|Sister|Rev(?:erend)?|Father|Fr|Sir|Lady)\.?"
_WORD = r"[A-Z\u00c0-\u00de][\w'\u2019-]+"
_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|dos|la|le|bin|ibn|al|ap|ab|ni|mac|ter|ten) )"
_ALONE = re.compile(rf"(?:{TITLE} )?(?:{_WORD} |[A-Z]\.? |{_PARTICLE}){{0,4}}{_WORD}(?: \([^)]*\))?")
_TITLED = re.compile(rf"\b{TITLE} (?:(?:{_WORD}|[A-Z]\.?) |{_PARTICLE}){{0,3}}{_WORD}")
_LABELLED = re.compile(rf"\b(?i:name|patient|passenger|holder|customer|tenant|account holder|member|guest|pupil|child|student|visitor|contact|manager|teacher|driver|consultant|lecturer|tutor|landlord|landlady|owner|secretary|signed|signature|from|written by|sender|sincerely|faithfully|regards)(?i: is| by)?[:,]? ((?:{TITLE} )?(?:{_WORD} |[A-Z]\.? |{_PARTICLE}){{1,4}}{_WORD}|(?:{TITLE} )?{_WORD} {_WORD})")  # fmt: skip
_SIGNED = re.compile(r"(?:yours|(?:kind(?:est)?|best|warm(?:est)?|with)(?: best| kind| warm)? (?:regards|wishes|respect|thanks|love)|regards|sincerely|respectfully|signed|love|cheers|many thanks|thank you|god bless|bye for now)\b", re.I)  # fmt: skip
_SIGNED_AS = re.compile(rf"^(?i:signed|signature|from|written by|sender|(?:lots of )?love(?: from)?|yours(?: \w+)?|(?:kind |best )?regards)(?i: by)?\s*[:,-]?\s+(?P<name>(?:{TITLE} )?(?:{_WORD} |[A-Z]\.? |{_PARTICLE}){{0,4}}{_WORD})$")  # fmt: skip
ORGANISED = re.compile(  # what is no person's name
    r"\b(?:Hospital|Clinic|Surgery|Practice|Bank|School|College|University|Council|Company|Co|Ltd|Limited|Plc|Inc|LLC|Trust|Centre|Center|Pharmacy|Chemists?|Society|Association|Church|Chapel|Parish|Library|Office|Department|Services?|Insurance|Energy|Water|Gas|Electric\w*|Power|Telecom|Garage|Motors|Hotel|Theatre|Museum|Club|Group|Team|Agency|Authority|Station|Market|Stores?|Shop|Bakery|Cafe|Restaurant|Street|Road|Lane|Avenue|Close|Drive|Square|Way|Terrace|Court|Gardens|Crescent|House|Hall|Ward|Room|Bureau|Board|Committee|Solicitors|Partners|Housing|Savings|Letter|Notice|Bill|Invoice|Statement|Prescription|Appointment|Form|Diagnosis|Opticians?|Dental|Medical|Health|Care|Home|Royal|Saint|St)\b"
)
_LAST = re.compile(r"\b(?:sur|second |last |family )names?\b", re.I)
_FIRST = re.compile(r"\b(?:first|christian|given|fore) ?names?\b", re.I)
_WHO_WROTE = re.compile(
    r"\bwho(?:'s|se| is| was|ever| has| it'?s| this| that)?\b[^.?]{0,40}?\b(?:from|sign(?:s|ed)?|wrote|writ\w*|sent|send\w*|put (?:his|her|their) name|name)\b|\b(?:signed|signature|sender|writer|name at the (?:bottom|end|foot)|put (?:his|her|their) name|sent (?:it|this)|wrote (?:it|this))\b|\bfrom whom\b",
    re.I,
)
_ADDRESSED = re.compile(r"\b(?:who(?:'s| is)? (?:it|this) (?:is )?(?:to|for)|addressed|addressee|dear)\b", re.I)


def name_asked(words: str) -> bool:
    """Whether a part of a name, or the name of who signed, is asked for."""
    return bool(_LAST.search(words) or _FIRST.search(words) or _WHO_WROTE.search(words))


def name_part(words: str, quote: str, lines: Sequence[str], request: str = "") -> str:
    """The surname, the first name or the name of who signed that the words ask for: of the name that was quoted, else of the
    one that print has.

    "" where they ask for none of it, or where print has no name or more than one.

    Args:
        request: all of the user's words; whose name it is may be said before ("who is this from, and spell the surname").
    """
    part = bool(_LAST.search(words) or _FIRST.search(words))
    wrote = bool(_WHO_WROTE.search(words) or (part and _WHO_WROTE.search(request)))
    if not (part or wrote):
        return ""
    others = (
        []
        if _ADDRESSED.search(f"{words} {request}")
        else [line for line in lines if not re.match(r"dear\b", line.strip(), re.I)]
    )
    seen = others or lines
    name = signed_by(seen) if wrote else ""
    name = name or _in(quote) or signed_by(seen) or _only(seen) or _only(lines)
    parts = [one for one in re.sub(rf"^{TITLE} ", "", name).split() if not one.startswith("(")]
    if not parts:
        return ""
    if _LAST.search(words):
        return _surname(parts)
    return parts[0] if _FIRST.search(words) and len(parts) > 1 else "" if _FIRST.search(words) else name


def _surname(parts: Sequence[str]) -> str:
    """The last part, with the small words that belong to it: "van der Steen"."""
    start = len(parts) - 1
    while start > 1 and re.fullmatch(_PARTICLE.strip(), f"{parts[start - 1]} "):
        start -= 1
    return " ".join(parts[start:])


def is_name(text: str) -> bool:
    """Whether a line is a person's name and nothing else."""
    text = text.strip(" .,")
    return " " in text and _ALONE.fullmatch(text) is not None and ORGANISED.search(text) is None


def _in(quote: str) -> str:
    text = quote.strip(" .,")
    titled = _TITLED.search(text) or _LABELLED.search(text)
    if titled:
        return titled[1] if titled.re is _LABELLED else titled[0]
    return text if is_name(text) else ""


def signed_by(lines: Sequence[str]) -> str:
    """The name under "Yours sincerely" or after "Signed:"; else the only line that is a name and nothing else, the last of a letter first."""
    kept = [line.strip(" .,") for line in lines if line.strip()]
    for line in kept:
        if (match := _SIGNED_AS.match(line)) and ORGANISED.search(match["name"]) is None:
            return match["name"]
    for at, line in enumerate(kept[:-1]):
        if _SIGNED.match(line) and _ALONE.fullmatch(kept[at + 1]) and not ORGANISED.search(kept[at + 1]):
            return kept[at + 1]
    alone = [line for line in kept if is_name(line)]
    if kept and alone and kept[-1] == alone[-1]:
        return alone[-1]
    return alone[0] if len(alone) == 1 and alone[0] != kept[0] else ""


def _only(lines: Sequence[str]) -> str:
    """The one name with a title or a label."""
    found = {_in(line) for line in lines if _TITLED.search(line) or _LABELLED.search(line)} - {""}
    return found.pop() if len(found) == 1 else ""
