"""Sums on what is printed: the words name amounts of the text that was read ("three scones", "half of what's owing here")."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.arithmetic_words import clean
from assistant.phrases.number_words import to_digits
from assistant.phrases.told_checks import is_dosage
from assistant.phrases.told_sums import told
from assistant.steps.printed import LONGEST_QUESTION, shares, value_for
from assistant.steps.printed_amounts import printed_amounts, sole
from assistant.steps.printed_items import against_total, lasting, named_sum, share_of_total, supply
from assistant.steps.printed_lines import apart, of_lines, reduced

_SMALL = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_WHOLE = re.compile(  # the ways to say what it all comes to
    r"\b(?:what(?:'s| is| i| we|'ve| it)+ (?:(?:am |are |is )?owing|owe|due|outstanding|to pay|comes? to|spent|paid|spend|(?:have |has )?(?:been )?charged?)(?: (?:here|on (?:this|it|here)|in all|altogether))?|the (?:whole )?lot|(?:it|this|that) all together|everything(?: on (?:this|it|here))?|the whole (?:thing|bill)|all of (?:it|this|that)|the amount due|the balance)(?=$|[\s,.?!])",
    re.I,
)
_UNIT_PRICE = re.compile(r"\b(?:each|per|a head|a person|apiece|every)\b", re.I)
_IF_MANY = re.compile(
    r"\b(?:if|for|with|say|when) (?:(?:i've got|i have|there(?:'s|'re| are| is)|we(?:'re| are)|i(?:'m| am) (?:taking|buying|doing)|i (?:take|buy|do|get|want|need)|we (?:take|buy|do|get|want|need)|it's) )?(?P<count>\d+)(?: of (?:us|them|these|those))?\b(?! ?(?:%|percent|minutes|hours|pounds|quid|pence|euros|dollars))",
    re.I,
)
_HOW_MANY = re.compile(r"\bhow (?:many|much) (?P<what>[a-z]+)\b", re.I)
_LASTS = re.compile(
    r"\bhow (?:long|many days|many weeks)\b.*?(?:\bat |\b(?:tak\w+|use|using|eat\w*|have|having) )?(?P<rate>\d+) (?:a|per|each|every) (?P<each>day|week|night)\b|(?P<rate2>\d+) (?:a|per|each|every) (?P<each2>day|week|night)\b.*\b(?:last|run out|how long|how many days)\b",
    re.I,
)
_UNCLEAR_RATE = re.compile(
    r"\b(?:twice|thrice|half|every other|times) (?:a|an|per|each|every|day|week)\b.*\b(?:last|run out|how (?:long|many))\b|\bhow (?:long|many)\b.*\b(?:twice|thrice|every other|times) (?:a|an|per|each|every|day|week)\b"
)
_TOTTED = re.compile(
    r"(?:^|\b(?:(?:what )?(?:if )?i (?:only |just )(?:had|have|bought|got|get|want(?:ed)?)|tot up|add(?: up| together)?|total up|sum|what(?:'s| is| are| do| would)?|how much (?:is|are|for|would)|price of|cost of)\b)[\s,]*(?:the )?(?P<first>[a-z][a-z ]{1,25}?)(?: and|,| plus| with)+ (?:the )?(?P<second>[a-z][a-z ]{1,25}?)(?: (?:together|come to|cost|altogether|in all|be|make|for me|off (?:this|it|here).*|on (?:this|it|here).*))*[ .?!]*$",
    re.I,
)

_PAID = re.compile(r"\b(?:pay(?:ing)?|paid|give|gave|hand(?:ed)?|change|back|left)\b.*?\b(?:with|from|out of|them|over|of|for)\b (?:(?:them|him|her) )?(?:an? )?[£$€]?(?P<note>\d[\d.]*|five|ten|twenty|fifty|hundred)\b|^(?:from|out of) (?:an? )?(?P<other>\d+|five|ten|twenty|fifty)\b", re.I)  # fmt: skip
_ON_TOP = re.compile(r"\b(\d[\d.]*) ?(?:%|percent|per cent) (?:on top|added|extra|more)\b", re.I)
_OF_US = re.compile(r"\b(\d+) (?:of us|people|ways|friends)\b|\bwe(?:'re| are) (\d+)\b", re.I)
_BACK = re.compile(r"\b(?:back|change|left)\b", re.I)
_COUNTED = re.compile(rf"\b(?P<count>\d+|{_SMALL}|twenty|thirty|a dozen|both) (?!{_SMALL}\b)(?:of (?:those|these|them)|(?P<what>[a-z]{{3,}}(?: [a-z]{{3,}})?))\b", re.I)  # fmt: skip
_LESS = re.compile(r"\b(?P<how>without|minus|less|not counting|leaving out|take away|take off|taking off|plus) (?:the |that )?(?P<what>[a-z][a-z ]{2,30})$|\b(?:take|knock|leave|took|taking|without) (?:the |that )?(?P<out>[a-z][a-z ]{2,30}?) (?:off|out|away)\b", re.I)  # fmt: skip


_THREE_THREE = re.compile(
    r"^(?=[^\d]*(?P<ways>\d+)[^\d]*\b(?P=ways)\b[^\d]*$).*\b(?:of us|there(?:'s|s| is| are)|we(?:'re| are)|people|sharing)\b.*\b(?:split|shar\w*|divid\w*|divvy)\b.*\b(?:ways|between|by|of us|people|each)\b",
    re.I,
)


def from_print(text: str, passages: Sequence[str], request: str = "") -> str:
    """The sum with the amounts of the printed text that its words name: "three scones" -> "3 times 1.80".

    Args:
        request: all of the user's words, where what is named stands in another clause.
    """
    if len(text) > LONGEST_QUESTION:
        return text
    if (
        listed := supply(text, passages)
        or at_rate(text, passages)
        or named_sum(text, request, passages)
        or of_lines(text, passages)
    ):
        return listed
    text = _WHOLE.sub("the total", text)
    whole, numbers = _amount_of(passages, "how much is the total"), clean(text)
    if reckoned := against_total(text, request, whole) or share_of_total(text, request, whole):
        return reckoned
    if len(re.findall(r"\d+(?:\.\d+)?", numbers)) > 1:
        ways = _THREE_THREE.search(numbers)  # "there's 3 of us, so split it 3 ways"
        return f"split the total between {ways['ways']}" if ways and whole else text  # else the user said the numbers
    if _UNCLEAR_RATE.search(numbers) or is_dosage(numbers):
        return text  # a wrong count of medicine does harm
    if special := _by_kind(text, numbers, passages) or (_on_total(text, numbers, whole) if whole else ""):
        return special
    paid = _PAID.search(numbers)
    if paid and whole and _BACK.search(text):
        return f"{to_digits(paid['note'] or paid['other']).strip()} minus {whole}"
    alone = re.findall(r"\d+(?:\.\d+)?", numbers)
    if whole and len(alone) == 1 and re.search(r"\bchange\b", text, re.I) and not re.search(r"%|\bpercent\b", numbers):
        return f"{alone[0]} minus {whole}"
    if shared := _of_total(text, numbers, whole, passages):
        return shared
    less = _LESS.search(text)
    part = _amount_of(passages, f"what is the price of the {less['what'] or less['out']}", named=True) if less else ""
    if less and part and whole:
        return f"{whole} {'plus' if (less['how'] or '').lower() == 'plus' else 'minus'} {part}"
    story = told(clean(f"the bill is {whole}, {_unpointed(text)}")) if whole and _STORY.search(numbers) else None
    if story:
        return story
    counted = _COUNTED.search(text)
    if counted and not re.search(r"\b(?:split|divid|share|each|between|percent|per cent|ways|us)\b", text, re.I):
        one = _price_of_one(passages, f"how much is {counted['what'] or 'it'}", named=bool(counted["what"]))
        count = {"both": "2", "a dozen": "12"}.get(counted["count"].lower()) or to_digits(counted["count"]).strip()
        if one:
            return f"{count} times {one}"
    return re.sub(r"(?<=\bit) (?:be|come to|make)$", "", text)


_ADDED = re.compile(r"\b(?:together|altogether|in all|all in|combined|come to|comes to|add|sum|tot|make|makes|difference|how much (?:more|less|dearer|cheaper)|between them|set me back|cost me|how much (?:is|are|would|will) (?:that|those|they|both))\b", re.I)  # fmt: skip


def asked_sum(words: str, request: str, passages: Sequence[str]) -> str:
    """The sum that a question about print asks for though it names none: "what do the soup and the tart come to"; "" for none."""
    if not passages or len(words) > LONGEST_QUESTION:
        return ""
    added = named_sum(words, request, passages) if _ADDED.search(words) else ""
    whole = _amount_of(passages, "how much is the total")
    return (
        at_rate(words, passages)
        or supply(words, passages)
        or added
        or against_total(words, request, whole)
        or share_of_total(words, request, whole)
        or apart(words, passages)
    )


def total_of(passages: Sequence[str]) -> str:
    """What print comes to, as digits; "" if it does not say."""
    return _amount_of(passages, "how much is the total")


def _of_total(text: str, numbers: str, whole: str, passages: Sequence[str]) -> str:
    """More than the total, less than it, or a share of it; "" where the words ask for none of these."""
    on_top = _ON_TOP.search(numbers)
    if on_top:
        price = sole(printed_amounts(passages)) if not whole else None
        return f"{price.amount.value} plus {on_top[1]} percent" if price else f"add {on_top[1]} percent to the total"
    if re.search(r"^(?:halve|my half|half (?:of )?(?:it|that|this))\b", text, re.I):
        return "half of the total"
    knocked = re.search(
        r"\b(?:knock|take|minus)\b.*?(\d[\d.]*)(?: pounds?| quid| dollars?| euros?)? off\b", numbers, re.I
    )
    if knocked and whole:
        return f"{whole} minus {knocked[1]}"
    spread = re.search(
        r"\b(?:an?|per|each) (day|week|month|person|head)\b.*?\b(\d+)(?: (?:\1s?|people|of us))?$", numbers, re.I
    )
    if spread and whole:
        return f"{whole} divided by {spread[2]}"
    heads = _OF_US.search(numbers)
    if heads and not re.search(r"\btip\b", text):
        return f"split the total between {heads[1] or heads[2]}"
    return ""


_STORY = re.compile(
    r"\b(?:an?|per|each|every) (?:week|month|day)\b.*\bhow (?:many|long)\b|\b(?:change|back|left|leave|halves|each|my (?:share|half|bit|part)|mine|chip|between|split|shared?|of us|on top|off|service|vat|(?:put|add) \d+ ?(?:%|percent|per cent))\b",
    re.I,
)


def _unpointed(text: str) -> str:
    """Without what stands for the total, whose amount is put in front."""
    return re.sub(
        r"\b(?:the|this|that) (?:total|bill|receipt|amount|lot)\b|\b(?:on|to|of) (?:it|this|that)\b|\bit all\b|\bit\b",
        " ",
        text,
        flags=re.I,
    )


_SHARE = re.compile(
    r"^(?:what(?:'s| is) )?(?P<share>(?:an?|one|two|three) (?:half|third|quarter|fifth|tenth|thirds|quarters) of the total)\b",
    re.I,
)
_HALF = re.compile(
    r"\bpays? (?:me |us )?half\b(?!.*\d)|\bwhat(?:'s| is| would be)? half(?: (?:of )?(?:it|that|this))?$|^(?:what(?:'s| is) )?(?:my |a )?(?:half|halve)(?: (?:of )?(?:it|that|this|the total))?(?: (?:then|each))?$|\bpaying half\b",
    re.I,
)
_PERCENT_OF = re.compile(
    r"^(?:what )?(?P<share>\d[\d.]* ?(?:%|percent|per cent)) (?:of|on) (?:it|that|this|the total)(?: is| comes to| be)?$",
    re.I,
)
_CHANGED = re.compile(
    r"^(?:and |then |so |now )*(?P<verb>add|put|plus|take|knock|subtract|minus) (?P<much>\d[\d.]*(?: ?%)?)(?: (?:on|to|onto|off|from)(?: top(?: of)?)?)?(?: (?:it|that|this|the total))?(?: (?:for|because|if|as|since|cos) [a-z' ]+)?$",
    re.I,
)
_TIPPED = re.compile(
    r"\bwith (?:an? )?(?P<tip>\d[\d.]*) tip\b|\btip (?:of|is) (?P<tip2>\d[\d.]*)(?! ?(?:%|percent|per cent))\b",
    re.I,
)
_ENOUGH = re.compile(
    r"\b(?:is|will|would) (?:an? |my )?(?P<note>\d[\d.]*)(?: (?:pounds?|quid|euros?|dollars?))?(?: note)? (?:be )?(?:enough|do|cover)\b",
    re.I,
)


def _on_total(text: str, numbers: str, whole: str) -> str:
    """What is done to the total as a whole; "" for any other sum."""
    if less := reduced(numbers, whole):
        return less
    if share := _SHARE.match(text):
        return share["share"].replace("the total", whole)
    if _HALF.search(text.strip(" ?.!")):
        return "half of the total"
    if share := _PERCENT_OF.match(numbers):
        return f"{share['share']} of the total"
    if changed := _CHANGED.match(numbers):
        return f"{whole} {'plus' if changed['verb'].lower() in ('add', 'put', 'plus') else 'minus'} {changed['much']}"
    if tipped := _TIPPED.search(numbers):
        return f"{whole} plus {tipped['tip'] or tipped['tip2']}"
    enough = _ENOUGH.search(numbers)
    return f"{enough['note']} minus {whole}" if enough else ""


def at_rate(text: str, passages: Sequence[str]) -> str:
    """How long a printed number of things lasts at a told rate: "84 divided by 3"; "" where that is not asked or printed."""
    numbers = clean(text)
    lasts = _LASTS.search(numbers) if not _UNCLEAR_RATE.search(numbers) else None
    stock = value_for(passages, "how many are in the pack") if lasts else None
    if stock is None:
        return lasting(text, passages)
    if lasts is None or len(re.findall(r"\d+(?:\.\d+)?", numbers)) != 1:
        return ""
    rate, each = (lasts["rate"], lasts["each"]) if lasts["rate"] else (lasts["rate2"], lasts["each2"])
    asked = re.search(r"\bhow many (day|week)s\b", numbers)
    then = {("week", "day"): " divided by 7", ("day", "week"): " times 7", ("day", "night"): "", ("week", "night"): " divided by 7"}  # fmt: skip
    return f"{_digits(stock.value)} divided by {rate}{then.get((asked[1], each), '') if asked else ''}"


def _by_kind(text: str, numbers: str, passages: Sequence[str]) -> str:
    """Sums on a printed number of things, a price for each, or several prices that are named; "" for any other."""
    many, what = _IF_MANY.search(numbers), _HOW_MANY.search(text)
    if many and re.search(r"\b(?:split|shared?|each|between|halves|tip|percent)\b|%", numbers):
        many = None
    if many and what and not re.match(r"(?:is|are|was|were|would|will|do|does|did|for|to|it)$", what["what"], re.I):
        noun = re.sub(r"(?:es|s)$", "", what["what"].lower())
        printed = next(
            (
                match[1]
                for one in passages
                if (match := re.search(rf"\b(\d+(?:\.\d+)?)(?: ?(?:g|ml|kg|l) of)? {re.escape(noun)}", one, re.I))
            ),
            "",
        )
        if printed:
            return f"{many['count']} times {printed}"
    priced = value_for(passages, re.sub(r"\b(?:if|for|with) \b.*$", "", text, flags=re.I)) if many else None
    if many and (priced is None or priced.kind not in ("price", "total")):
        each = [one for one in passages if _UNIT_PRICE.search(one)]
        priced = next((value for one in [*each, *passages] if (value := value_for([one], "how much is it"))), None)
    if (
        many
        and priced is not None
        and (_UNIT_PRICE.search(priced.passage) or len(re.findall(r"\d+\.\d\d", " ".join(passages))) == 1)
    ):
        return f"{many['count']} times {_digits(priced.value)}"
    listed = _TOTTED.search(text)
    asked = [f"what is the price of the {listed[name]}" for name in ("first", "second")] if listed else []
    parts = [_amount_of(passages, one, named=True) for one in asked]
    lines = {found.passage for one in asked if (found := value_for(passages, one))}
    return f"{parts[0]} plus {parts[1]}" if all(parts) and len(lines) == 2 else ""


def _digits(value: str) -> str:
    found = re.search(r"\d[\d,]*(?:\.\d+)?", value)
    return found[0].replace(",", "") if found else "0"


def _price_of_one(passages: Sequence[str], question: str, named: bool) -> str:
    """The price of one: of a line "2 x Soup 11.00", which is for two, half; "" where the line does not tell which it is."""
    amount, found = _amount_of(passages, question, named), value_for(passages, question)
    count = re.match(r"\s*(\d{1,3})(?:\s*[x\u00d7])?\s+(?=[A-Za-z])", found.passage) if found else None
    if not amount or found is None or count is None or int(count[1]) < 2 or _UNIT_PRICE.search(found.passage):
        return amount
    amounts = re.findall(r"\d+\.\d\d\b", found.passage)
    return f"{amount} divided by {count[1]}" if len(amounts) == 1 and not re.search(r" at |@", found.passage) else ""


def _amount_of(passages: Sequence[str], question: str, named: bool = False) -> str:
    """The printed amount that answers, as digits; "" if none, or if none is `named` so."""
    found = value_for(passages, question)
    if found is None or found.kind not in ("price", "total") or (named and found.kind != "price"):
        return ""
    if named and not shares(question, found.passage):
        return ""
    return _digits(found.value) if re.search(r"\d", found.value) else ""
