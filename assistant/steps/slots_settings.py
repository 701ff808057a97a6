"""Arguments of a change of a setting: what is named, told as a number, said by idiom, or read by the table of wishes."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from contextlib import suppress

from assistant.phrases import setting_idioms
from assistant.phrases.number_words import to_digits
from assistant.phrases.preferences import understand
from assistant.phrases.spans import Unclear
from assistant.settings import Settings
from assistant.steps import setting_wishes
from assistant.steps.slots import Filled, Material, Missing
from assistant.steps.utterance import core
from kernels.errors import UserError

_SETTINGS = r"volume|speed|rate|pitch|voice|speech|earcons?|sounds?|verbosity|beeps?|patience|threshold|wake word|language|answers?|talking speed|speaking rate"
_EXPLICIT = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"^(?:set|change|turn|switch|put|make|raise|lower|increase|decrease)\s+(?:up |down )?(?:the |my |your )?(?P<setting>(?:[\w-]+ )?(?:{_SETTINGS}))\s+(?:to|at|into|by|up to|down to)?\s*(?P<value>.+)$",
        rf"^(?:turn|switch|put)\s+(?:the |my |your |those |these )?(?P<setting>(?:[\w-]+ )?(?:{_SETTINGS}))\s+(?P<value>on|off|up|down)$",
        rf"^(?:turn|switch|put)\s+(?P<value>on|off|up|down)\s+(?:the |my |your |those |these )?(?P<setting>(?:[\w-]+ )?(?:{_SETTINGS}))$",
        rf"^(?P<value>raise|lower|increase|decrease|slow|speed)(?: up| down)?\s+(?:the |my |your )?(?P<setting>(?:[\w-]+ )?(?:{_SETTINGS}))$",
        rf"^(?P<value>stop|start)\s+(?:the |my |your )?(?P<setting>{_SETTINGS}|beeping)$",
        r"^(?P<setting>speak|talk|read|go)\s+(?:a (?:bit|little)\s+|much\s+)*(?P<value>(?:more )?[\w-]+(?: up)?)$",
        r"^(?P<setting>use|switch to)(?!.*\b(?:words|sentences|answers?|sounds?|beeps?|details?)\b)\s+(?:a |the |another )?(?P<value>.+?)(?: voice)?$",
        r"^(?:be|give me)\s+(?P<value>(?:more |less )?[\w-]+)(?: (?P<setting>answers?))?$",
    )
)
_A_LOT = re.compile(r"\b(?:much|a lot|lots|way|far|(?:a )?good (?:bit|deal)|quite a bit|right (?:up|down)|loads|heaps)\b", re.I)  # fmt: skip
_A_BIT = re.compile(r"\b(?:bit|little|slightly|touch|tad|notch|shade|peg|smidgen|wee bit|small(?: small)?)\b", re.I)
TRUSTED = 0.7  # probability of the table's one setting and value from which they go before the patterns' reading
LIKELY = 0.4  # the same where the patterns read nothing


def change_setting(words: str, material: Material) -> Filled:
    """Which setting and what it is to be."""
    if known := setting_idioms.meant(words):
        return known
    if part := _part_of_volume(words):
        return part
    if _OWN_SPEED.search(words):
        words = setting_idioms.hundreds(words)
    wish = re.sub(r"^(?:please |can you |could you )+", "", core(words).strip(" .?!"), flags=re.I)
    for pattern in _EXPLICIT:
        if match := pattern.match(wish):
            named = (match["setting"] or "").lower()
            setting = {"use": "voice", "switch to": "voice", "": "answers"}.get(named, match["setting"])
            return {"setting": setting, "value": match["value"].strip()}
    if known := _meant(words, material, LIKELY if _is_unread(wish) else TRUSTED):
        return known
    if share := _share_of_volume(words, material):
        return share
    if number := _number_alone(words):
        return number
    names_one = len(wish.split()) > 1 and not re.search(r"\b(?:notes?|reminders?|lists?)\b", wish, re.I)
    if names_one and not (_is_unread(wish) and _is_unread(words) and not _NAMED.search(wish)):
        return {"value": wish}
    return Missing("What should I change: the speed, the volume, the voice, how much I say?", "all")


def _number_alone(words: str) -> dict[str, str]:
    """ "Go at two hundred" as a speed, "down to sixty percent" as a volume; {} where no number tells the setting."""
    if not setting_wishes.told_number(words):
        return {}
    number = re.search(r"(\d{1,3})(?P<share> ?(?:%|percent|per cent))?", to_digits(words, ordinals=False), re.I)
    if number is None or not (number["share"] or int(number[1]) >= 100):
        return {}
    if _CHANGED_BY.search(words) and not re.search(r"\b(?:to|at)\b", words, re.I):
        return {"setting": "volume", "value": words.strip(" .!?")}
    return {
        "setting": "volume" if number["share"] else "speed",
        "value": f"{number[1]}{' percent' if number['share'] else ''}",
    }


_OWN_SPEED = re.compile(r"\b(?:speed|rate|pace|wpm|words (?:a|per) minute|speak|talk|read)\b", re.I)
_PARTS = {"half": 50, "third": 33, "quarter": 25, "two thirds": 66, "three quarters": 75}
_PART = rf"(?:a |one )?(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})"
_TO_PART = re.compile(
    rf"\b(?:turn|put|bring|set|take|drop|keep|get|go|come)\b(?: \w+){{0,4}}? (?:to|at) (?:about )?{_PART}\b(?! (?:speed|pace|rate|past|an? hour|hour))"
    rf"|\b(?:volume|loudness|sound)\b(?: \w+){{0,2}}? (?:to |at )?{_PART.replace('<part>', '<second>')}\b"
    + rf"|\b{_PART.replace('<part>', '<third>')} (?:of )?(?:the |your |that |full )*(?:volume|loudness|sound)\b",
    re.I,
)


def _part_of_volume(words: str) -> dict[str, str]:
    """ "Turn yourself down to half", "a quarter of the volume"; {} where no part of how loud the voice is is named."""
    found = _TO_PART.search(words)
    if found is None:
        return {}
    part = (found["part"] or found["second"] or found["third"]).lower()
    return {"setting": "volume", "value": f"{_PARTS[part]} percent"}


def _share_of_volume(words: str, material: Material) -> dict[str, str]:
    """ "Fifty percent of your loudness and no more"; {} where no share is told, or it is not of how loud the voice is."""
    digits = to_digits(words, ordinals=False)
    share = re.search(r"\b(\d{1,3}) ?(?:%|percent|per cent)", digits, re.I)
    if share is None or len(re.findall(r"\d+", digits)) != 1 or _CHANGED_BY.search(digits):
        return {}
    if _LOUDNESS.search(digits[share.end() :]):
        return {"setting": "volume", "value": f"{share[1]} percent"}
    with suppress(UserError):
        meant = setting_wishes.read(words, material.encode)
        if meant.setting == "volume" and meant.chance >= TRUSTED:
            return {"setting": "volume", "value": f"{share[1]} percent"}
    return {}


_CHANGED_BY = re.compile(
    r"\b(?:by|up|down|louder|quieter|softer|faster|slower|higher|lower|more (?!than)(?=volume|sound)|less)\b(?! to\b)",
    re.I,
)
_LOUDNESS = re.compile(
    r"^ (?:of |on |in )?(?:your |the |that |its )?(?:full |usual |normal |top )?(?:volume|loudness|sound|noise)\b", re.I
)
_NAMED = re.compile(rf"\b(?:{_SETTINGS}|words)\b", re.I)


def _is_unread(wish: str) -> bool:
    """Whether the patterns make nothing of the words."""
    try:
        understand("", wish, Settings.model_validate({}))
    except (Unclear, UserError):
        return True
    return False


def _meant(words: str, material: Material, least: float) -> dict[str, str]:
    """What the table of wishes reads in the words; {} where it is not sure, or where a number is said."""
    if re.search(r"\d", to_digits(words)):
        return {}
    with suppress(UserError):  # without the table the patterns alone read the wish
        meant = setting_wishes.read(words, material.encode)
        if meant.chance >= least and meant.value:
            return {"setting": meant.setting, "value": f"{_degree(words, meant.value)}{meant.value}"}
    return {}


def _degree(words: str, value: str) -> str:
    """ "a bit " or "much " before a comparative, as the words say."""
    if not value.endswith("er"):
        return ""
    return "much " if _A_LOT.search(words) else "a bit " if _A_BIT.search(words) else ""
