"""Sums whose words say only what is to be done with the amount at hand: a part of it, a rate at which it is used up, a factor.

The amount is what was worked out, told or read last. Where that is not one plain amount nothing is made of the words.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from dataclasses import replace

from assistant.phrases.arithmetic_words import clean
from assistant.steps.printed import value_for
from assistant.steps.printed_items import lasting
from assistant.steps.printed_sums import total_of
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import amount_of

LONGEST = 200  # characters
_N = r"\d+(?:\.\d+)?"
_NUMBERS = re.compile(rf"(?<![\d.]){_N}(?![\d.]*\d)")
_PART = re.compile(
    r"\b(?P<part>(?:two|three|2|3) (?:thirds|quarters|fifths)|halves|half|third|quarter|fifth|tenth)\b(?! (?:past|an? (?:hour|day|dozen)|hour|term|time|price|way|year|marathon|to\b|past))(?:-| )?",
    re.I,
)
_PARTS = {
    "halves": "half",
    "two thirds": "2 thirds",
    "three quarters": "3 quarters",
    "two fifths": "2 fifths",
    "three fifths": "3 fifths",
}
_OF_WHAT = re.compile(r"\b(?:half|third|quarter|fifth|tenth|thirds|quarters|fifths) (?:of )?(?:the|my|our|his|her|their|that|this) (?:whole )?(?P<what>[a-z]+)\b", re.I)  # fmt: skip
_WHOLE = re.compile(r"(?:total|bill|lot|receipt|balance|invoice)", re.I)
_NAMED = re.compile(r"(?:total|bill|lot|receipt|balance|invoice|amount|price|cost|result|answer|money|figure|sum|is|comes?|be|now|then|would|each)", re.I)  # fmt: skip
_POINTS = re.compile(r"\b(?:it|that|this|the (?:result|answer))\b", re.I)
_REST = re.compile(r"\b(?:left|rest|remain\w*|still (?:owe\w*|owing|to pay|due)|other (?:half|part)|outstanding|to go|the balance)\b", re.I)  # fmt: skip
_DOES = re.compile(rf"^(?:(?:and|then|so|now|please|tell me|work out|say|what(?:'s| is)?|how much is|me) )*(?:(?:that|it|this) (?:is )?)?(?P<sign>times|multiplied by|multiply (?:it|that|this)? ?by|divided by|divide (?:it|that|this)? ?by|over|plus|minus|less)(?: (?:it|that|this) by)? (?P<by>{_N})(?: for me| please| then)?$", re.I)  # fmt: skip
_TAKES = re.compile(rf"^(?:(?:and|then|so|now|please) )*(?P<how>take|knock|subtract|deduct|add|put)(?: (?:away|off|on))? (?:the |that |my |another )?(?P<much>{_N}(?: %)?)(?: deposit| discount| voucher)?(?: (?:off|on|away))?(?: (?:(?:from|off|to) )?(?:it|that|this|there))?(?P<why>(?: (?:(?:i|we|he|she|they)(?:'[a-z]+)?|that|which|for|because|as|since)(?: [a-z']+){{1,6}})?)$", re.I)  # fmt: skip
_SIGNS = {"time": "times", "mult": "times", "divi": "divided by", "over": "divided by", "plus": "plus", "minu": "minus", "less": "minus"}  # fmt: skip


def on_hand(words: str, material: Material) -> str:
    """The sum on the amount at hand, such as "84 divided by 3", "half of 325.00" or "1267.60 times 12"; "" for any other words."""
    text = words.strip(" ?!.,")
    if len(text) > LONGEST:
        return ""
    plain = clean(text).strip(" ,.")
    return _lasting(plain, material) or _part_alone(text, plain, material) or _done_with(plain, material)


def _lasting(plain: str, material: Material) -> str:
    """How long what was read or told lasts at a rate: "at three a day how many days will that last me"."""
    printed = lasting(plain, material.document.passages) if material.document is not None else ""
    return printed or lasting(plain, [one.text for one in material.earlier])


def _part_alone(text: str, plain: str, material: Material) -> str:
    """A part of what is at hand, said once or twice and of nothing else: "if she pays half now what's half"."""
    named = {_PARTS.get(match["part"].lower(), match["part"].lower()) for match in _PART.finditer(text)}
    if (
        len(named) != 1
        or _NUMBERS.search(_PART.sub(" ", plain))
        or re.search(r"%|\b(?:percent|double|twice|of the (?:way|time))\b", plain)
    ):
        return ""
    of = _OF_WHAT.search(text)
    if of and not _NAMED.fullmatch(of["what"]):
        return ""  # "half of the soup" is for those who look up what is printed
    summed = material.document is not None and of is not None and _WHOLE.fullmatch(of["what"])
    whole = total_of(material.document.passages) if summed and material.document else ""
    whole = whole or _amount(material if _POINTS.search(text) else _before_this(material))
    if not whole:
        return ""
    part = named.pop()
    share = f"{part} of {whole}" if part == "half" or part[0].isdigit() else f"a {part} of {whole}"
    return f"{whole} minus {share}" if _REST.search(text) else share


def _done_with(plain: str, material: Material) -> str:
    """One step on what is at hand: "tell me what that is times twelve", "times it by twelve for me"."""
    does = _DOES.match(re.sub(r"\btimes (?:it|that|this) by\b", "times", plain))
    takes = _TAKES.match(plain) if does is None else None
    value = _amount(material) if does or takes else ""
    if takes and value:
        return f"{value} {'plus' if takes['how'] in ('add', 'put') else 'minus'} {takes['much']}"
    return f"{value} {_SIGNS[does['sign'][:4]]} {does['by']}" if does and value else ""


def _before_this(material: Material) -> Material:
    """Without what this request worked out: "half each then, what's my half" is not half of a half."""
    if not any(one.now and one.step == "calculate" for one in material.earlier):
        return material
    earlier = tuple(one for one in material.earlier if not (one.now and one.step == "calculate"))
    return replace(
        material, earlier=earlier, last_value=next((one.value for one in earlier if one.kind == "amount"), "")
    )


def _amount(material: Material) -> str:
    """The amount at hand, as digits: the last result, what was told last, what the request names of a text, or its total."""
    if material.last_value:
        return material.last_value
    if told := amount_of(material.earlier)[0]:
        return told
    if material.document is None:
        return ""
    passages = material.document.passages
    for clause in re.split(r"[,.;?]|\b(?:and|then)\b", material.request):
        asked = re.sub(r"\btake[- ]?home(?: pay| wage)?\b", "net pay", clause, flags=re.I)
        found = value_for(passages, asked) if re.search(r"\bthe|my|this\b", asked) else None
        digits = re.search(r"\d[\d,]*\.\d\d\b", found.value) if found is not None else None
        if digits:
            return digits[0].replace(",", "")
    return total_of(passages)
