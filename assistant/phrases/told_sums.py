"""Sums that are told as a story: "we're seven and the bill's ninety eight, what do we each chip in" -> (98) / 7.

Each reader looks for the roles that the numbers play (what it costs, what was paid, how many share, a price and its unit)
and gives a plain sum, or None. It works on words whose numbers are digits already (arithmetic_words.clean).
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Sequence

from assistant.phrases.expression import value_of
from assistant.phrases.told_checks import is_dosage, uses_all
from assistant.phrases.told_rates import FIRST, READERS, N, numbers_in, without
from kernels.errors import UserError

LONGEST = 300  # characters of a story
_EACH = r"\b(?:each|apiece|a ?piece|per head|per person|a head|a person|(?:my|your|our|his|her|one) (?:share|bit|half|part|cut|portion)|chip in|cough up|put in|go dutch|mine)\b"
_PEOPLE = r"(?:of us|of them|of you|people|persons|ways|friends|mates|heads|pals|ladies|girls|lads|adults|kids|children|sisters|brothers|neighbours|colleagues|sharing|sharers)"
_SHARERS: Sequence[tuple[re.Pattern[str], int]] = tuple(  # (how many share, how many more than the number said)
    (re.compile(pattern), more)
    for pattern, more in (
        (rf"\bme and (?:my |the )?(?:other )?(\d+) (?:{_PEOPLE}|[a-z]+)", 1),
        (rf"\b(\d+) (?:[a-z]+ )?{_PEOPLE}\b", 0),
        (
            r"\b(?:we(?:'re| are| is| were)|us being|there(?:'s| is| are| were| was|'re)) (?:only |just )?(?:a )?(?:table of |party of |group of )?(\d+)\b(?![ .]?\d)",
            0,
        ),
        (r"\b(?:table|party|group|family|household) of (\d+)\b", 0),
        (r"\b(?:between|among|amongst|by|into|over|in) (?:the |all )?(\d+)\b(?! ?%)", 0),
    )
)
_SHARER_SAID = rf"\b\d+ (?:[a-z]+ )?{_PEOPLE}\b"
_TWO = r"\bhalves\b|\bhalf each\b|\b50 50\b|\bdown the middle\b|\b(?:me and|between) (?:my |me and my )?(?!the\b)(?:sister|brother|mum|mother|dad|husband|wife|partner|friend|mate|neighbour|son|daughter|pal|flatmate)\b(?! and)|\bbetween (?:the )?2 of us\b"
_FRACTIONS = {"half": "1 / 2", "third": "1 / 3", "quarter": "1 / 4", "fifth": "1 / 5", "tenth": "1 / 10"}
_OFF = re.compile(
    rf"\b(?:(?P<part>half|third|quarter|fifth|tenth)|(?P<percent>{N}) ?%|(?P<much>{N})) (?:off|discount|reduction|knocked off|taken off)\b|\b(?P<price>half)[ -]price\b|\b(?:reduced|down|discounted) by (?:a )?(?:(?P<part2>half|third|quarter|fifth|tenth)|(?P<percent2>{N}) ?%)"
)
_PAID = re.compile(
    rf"\b(?:from|out of|with|gave|give|giving|hand(?:ed|ing)?(?: over)?|paid|pay(?:ing)?(?: with| by)?|leave|left|put down|offer(?:ed)?|tender(?:ed)?|use|using)(?: (?:him|her|them|it|the [a-z]+))?(?: with)?(?: over)? (?:an? |my )?(?P<paid>{N})\b(?! ?(?:%|off|each|pence|of|packs?|tins?|x)\b)"
)
_BACK = r"\b(?:change|back|left|leave me|left over|over)\b"
_HAD = re.compile(
    rf"\b(?:had|have|have got|got|(?:gave|given|lent|sent|left) me|get|gets|earn|receive|wages? (?:is|are)|pension is|'ve got|i've|i have|start(?:ed)? with|budget(?: of| is|'s)?|allowance(?: of| is)?|began with|there(?:'s| is| was| were) |out of|from|purse|drew out|took out) (?:about |only |just )?(?P<had>{N})\b"
)
_GONE = re.compile(
    rf"\b(?:spent|spend|spending|used?|using|gave|give|giving|lost|lose|paid|pay|took|take|ate|eaten|drank|sold|less|goes|gone|go(?:es)? on)(?: (?:away|out|him|her|them|on [a-z ]{{2,20}}))? (?P<gone>{N})\b"
)
_OUTGOINGS = re.compile(r"\b(?:rent|lights?|gas|electric\w*|water|food|phone|bills?|tax|insurance|shopping|mortgage|petrol|bus|fares?|internet|heating|rates|tv|telly|loan|school fees|fees)(?: bill)?(?: is| are| comes to|'s)? \d")  # fmt: skip
_SO_FAR = re.compile(
    rf"\b(?:got|have|saved|saved up|put by|put away|'ve|paid(?: off| back)?|given|gave|put in|put towards it)(?: already| up| him| her| them| back)? (?P<got>{N})\b"
)
_ITEMS = re.compile(
    rf"\b(?P<count>{N})(?: x)?(?P<what>(?: (?!at\b|for\b|and\b|is\b)[a-z'-]+){{0,5}}) (?:at|for|costing|priced at|are|were|cost) (?P<price>{N})(?![\d.]*\d)(?! ?(?:%|minutes|hours|people|past|to|am|pm|oclock|o'clock)\b)(?! ?%)(?: each\b| apiece\b| a go\b| a pop\b| a time\b)?"
)
_COUNT_EACH = re.compile(
    rf"\b(?P<count>\d+)(?: [a-z'-]+){{1,4}},? (?:(?:they're|they are|are|it's|that's|is) )?(?P<price>{N}) (?:each|apiece|a go|a pop|a piece)\b|\b(?P<price2>{N}) (?:each|apiece|a go|a pop) (?:for|and (?:i|we) (?:want|need|got|bought|had|have)) (?P<count2>\d+)\b"
)
_ALL = r"\b(?:altogether|all together|in all|all in|in total|total|all told|come to|comes to|make|makes|tot|add(?: it| them| that)? up|what is that|what's that|that is|how much is (?:that|it)|the lot|sum|set me back|spent|spend|spending|be|owe|to pay|charge me|dear)\b"
_WORKS = re.compile(
    r"\b(?:divided by|times (?!a\b|an\b|per\b|each\b|every\b)|multiplied|plus (?!vat|tax|\d+ ?%)|minus|squared|cubed|root|factorial|power|average|mean|modulo|subtract|difference between|product)|[-+/^!()]|\b(?:sum|total) of\b"
)


def told(words: str) -> str | None:
    """The plain sum of a story; None where none is understood fully, or where the words say the signs themselves."""
    found = _read(words)
    return found[0] if found and found[1] else None


def is_doubtful(words: str) -> bool:
    """Whether the words look like a story whose numbers are not all understood: to be asked back, not worked out."""
    found = _read(words)
    return (found is not None and not found[1]) or (found is None and is_dosage(words))


_GOING = re.compile(  # "going halves, well thirds": a part for each of them, and what was said last counts
    r"\b(?:(?:split(?:ting)?(?: it)?|go(?:ing|es)?|went)(?: (?:in|into|to))? )(?:(?:halves|thirds|quarters|fifths|sixths),? (?:well|or rather|i mean|no|sorry|make that|er|actually),? )?(?P<part>halves|thirds|quarters|fifths|sixths)\b(?! of\b)"
)
_WAYS = {"halves": 2, "thirds": 3, "quarters": 4, "fifths": 5, "sixths": 6}


def _parts_named(words: str) -> str:
    """ "Going thirds" as so many ways, or as nothing where it is told besides how many share."""
    found = _GOING.search(words)
    if found is None or found["part"] == "halves":
        return words
    ways, rest = _WAYS[found["part"]], without(words, found.span())
    if re.search(rf"\b{ways} (?:[a-z]+ )?{_PEOPLE}\b", rest):
        return rest
    return words if re.search(_SHARER_SAID, rest) else f"{rest} split {ways} ways"


def _read(words: str) -> tuple[str, bool] | None:
    """The sum of the first reader that finds one, and whether it accounts for all that was said."""
    words = _parts_named(words)
    if len(words) > LONGEST or _WORKS.search(words):
        return None
    for reader in _READERS:
        found = reader(words)
        if found is not None:
            return found, uses_all(words, found, reader.__name__) and not _is_negative(found)
    return None


def _is_negative(found: str) -> bool:
    try:
        return "%" not in found and value_of(found) < 0
    except (UserError, ArithmeticError):
        return True


def _whole(words: str) -> str:
    """What all the amounts in the words come to, as a sum: "2 loaves at 1.40 and a paper 2.20"."""
    terms: list[str] = []
    rest = words
    for pattern in (_ITEMS, _COUNT_EACH):
        for match in reversed(list(pattern.finditer(rest))):
            parts = match.groupdict()
            terms.insert(0, f"{parts['count'] or parts.get('count2')} * {parts['price'] or parts.get('price2')}")
            rest = without(rest, match.span())
    percent = re.search(rf"({N}) ?%", rest)
    plain = numbers_in(without(rest, percent.span()) if percent else rest)
    whole = " + ".join([*terms, *plain])
    if percent and whole and re.search(r"\b(?:service|tip|vat|tax|on top|added|extra|plus|on)\b", rest):
        return f"({whole}) + {percent[1]}%"
    return whole


def _shared(words: str) -> str | None:
    """Somebody's share: what there is to pay, by how many share it."""
    asks = re.search(
        rf"{_EACH}|\b(?:split|shared?|divvy|divided?|between us|halves|clubb(?:ed|ing)|chipp(?:ed|ing)|whip ?round|go(?:ing)? in together|between me and|what is (?:a|1) (?:half|third|quarter|fifth|sixth))\b|\d between (?:the )?\d",
        words,
    )
    plain = re.fullmatch(
        rf"(?:please |can you |could you )*(?:split|shared?|divide)\b[^\d%]*{N}[^\d%]*\b(?:by|between|among|into|in|with|over)?\b[^\d%]*\d+[a-z ]*",
        words,
    )
    if (
        not asks
        or plain
        or re.search(r"\btip\b", words)
        or re.search(rf"{N} (?:each|apiece|a head|per head|per person|a person)\b", words)
    ):
        return None
    for pattern, more in _SHARERS:
        found = pattern.search(words)
        if found:
            whole = _whole(without(words, found.span()))
            return f"({whole}) / {int(found[1]) + more}" if whole else None
    if re.search(_TWO, words):
        whole = _whole(re.sub(r"\b50 50\b|\b2 of us\b", " ", words))
        return f"({whole}) / 2" if whole else None
    return None


def _reduced(words: str) -> str | None:
    """A price with something off, or what is saved."""
    off = _OFF.search(words)
    if not off:
        return None
    rest = re.sub(r"\b(?:an? |1 )$", "", words[: off.start()]) + " " + words[off.end() :]
    numbers = numbers_in(rest)
    if len(numbers) != 1:
        return None
    part = off["part"] or off["part2"] or off["price"]
    saved = (
        re.search(r"\b(?:sav(?:e|ed|ing)|do i get off|is (?:the|that) discount|discount (?:is|worth))\b", words)
        is not None
    )
    if part:
        share = f"{numbers[0]} * {_FRACTIONS[part]}"
        return share if saved else f"{numbers[0]} - {share}"
    percent = off["percent"] or off["percent2"]
    if percent:
        return f"{percent}% of {numbers[0]}" if saved else f"{percent}% off {numbers[0]}"
    return f"{numbers[0]} - {off['much']}"


_IN_HAND = re.compile(  # "i have 40 and it came to 31.20": what is in the hand is what is paid with
    rf"^(?:so |if |well )?(?:i have(?: got)?|i've(?: got)?|i got|with|i(?: am|'m) paying with|i pay with|i(?:'ll| will) pay with) (?:an? |my )?({N})(?: (?:pounds?|quid|euros?|dollars?|notes?))* (?:and |but |so )?(?=.*\b(?:comes? to|came to|is|was|costs?) {N}\b)"
)


_LEFT_WITH = re.compile(r"\b(?:left (?:with|for (?:me|us|myself|the (?:week|month)))|stays?|to live on|to spare)\b")


def _change(words: str) -> str | None:
    """What comes back from a note that was handed over."""
    if _LEFT_WITH.search(words) and _HAD.search(words):
        return None  # of what comes in, not of a note that was handed over
    words = re.sub(rf"^(?:i have |with )?(?:an? )?({N}) note (?=for \d)", r"from \1 ", words)
    words = _IN_HAND.sub(r"from \1 ", words)
    paid = max(_PAID.finditer(words), key=lambda found: float(found["paid"]), default=None)  # "pay 3.40 with a fiver"
    told = re.search(
        r"\b(?:paid with|gave|handed)\b.*\b(?:came to|comes to|was|cost|is)\b|\b(?:came to|comes to|was|cost|is)\b.*\b(?:paid with|gave|handed)\b",
        words,
    )
    if not paid or not (told or re.search(_BACK, words)):
        return None
    cost = _whole(without(words, paid.span()))
    return f"{paid['paid']} - ({cost})" if cost else None


def _remaining(words: str) -> str | None:
    """What is left of what one had."""
    had = _HAD.search(words)
    if not had or not re.search(
        r"\b(?:left|left over|remain\w*|stays?|to live on|over(?=$|[?.,])|still have)\b|\bstarted with\b|\b(?:gave|given|lent|sent|left) me\b.*\bsp(?:ent|end)\b",
        words,
    ):
        return None
    rest = without(words, had.span())
    gone = _whole(rest)
    spent = _GONE.search(rest) or _OUTGOINGS.search(rest) or len(numbers_in(rest)) == 1
    return f"{had['had']} - ({gone})" if gone and spent else None


def _vouchered(words: str) -> str | None:
    """What is to pay once a voucher is used."""
    voucher = re.search(
        rf"\b(?P<one>{N})(?: [a-z]+)? (?:voucher|coupon|gift ?card|credit)\b|\b(?:voucher|coupon|gift ?card|credit) (?:of|for|worth) (?:about )?(?P<two>{N})\b",
        words,
    )
    whole = _whole(without(words, voucher.span())) if voucher else ""
    return f"({whole}) - {voucher['one'] or voucher['two']}" if voucher and whole and "%" not in words else None


def _difference(words: str) -> str | None:
    """How far two amounts are apart, in the direction that is told: "went up from 80 to 92, how much more is that"."""
    amounts = numbers_in(words)
    asked = re.search(
        r"\b(?:what(?: is|'s) the difference|how much (?:more|less|dearer|cheaper|higher|lower|longer)|how many (?:more|fewer|less))\b",
        words,
    )
    if len(amounts) != 2 or not asked or "%" in words:
        return None
    first, second = sorted(amounts, key=float, reverse=True)
    return f"{first} - {second}"


def _age(words: str) -> str | None:
    """Years from one to another: "born in 1948, how old in 2026"."""
    years = re.findall(r"\b(?:1[89]|20)\d\d\b", words)
    told = re.search(
        r"\b(?:born|how old|how long|years? (?:ago|since|old)|since|age|married|anniversary|been)\b", words
    )
    return f"{max(years)} - {min(years)}" if told and len(years) == 2 == len(numbers_in(words)) else None


def _second_cheaper(words: str) -> str | None:
    """Two where the second is cheaper or free."""
    found = re.search(
        rf"\bbuy 1,? get (?:1|another|the (?:second|2nd|other))(?: 1)? (half price|free)\b.*?({N})|({N}).*\bbuy 1,? get (?:1|another|the (?:second|2nd|other))(?: 1)? (half price|free)\b",
        words,
    )
    if not found:
        return None
    return f"{'1.5' if (found[1] or found[4]) == 'half price' else '1'} * {found[2] or found[3]}"


def _to_go(words: str) -> str | None:
    """How much more is needed."""
    if not re.search(
        r"\b(?:how much (?:more|longer|further|is left)|how many more|short|to go|still (?:need|owe|owing|owed|to pay|to find|to save|left)|owing|left to (?:pay|save|find)|more do i need|outstanding)\b",
        words,
    ):
        return None
    got = _SO_FAR.search(words)
    rest = numbers_in(without(words, got.span())) if got else []
    return f"{rest[0]} - {got['got']}" if got and len(rest) == 1 else None


def _listed(words: str) -> str | None:
    """Several things with their prices, and what they come to."""
    numbers = numbers_in(words)
    products = [*_ITEMS.finditer(words), *_COUNT_EACH.finditer(words)]
    prices = len(numbers) > 1 and all(re.search(r"\.\d\d$", one) for one in numbers)
    if "%" in words or not (products or prices or re.search(_ALL, words)):
        return None
    if products and len(numbers) == 2 and re.search(r" (?:at|costing|priced at) ", products[0][0]):
        return _whole(words)
    if products and (
        len(numbers) > 2 * len(products)
        or len(products) > 1
        or re.search(rf"\b{N} (?:each|apiece|a go|a pop|a piece)\b", words)
    ):
        return _whole(words)
    named = re.findall(
        rf"\b(?!(?:every|each|than|within|after|before|next|last|page|number|age|from|for|in|by) )[a-z]{{2,}}'?[a-z]* (?:was |is |were |are |at |for )?{N}\b(?! ?(?:of|into|from|by|off|to \d|weeks?|days?|visits?|times|hours?|minutes?|months?|years?|people)\b)",
        words,
    )
    return " + ".join(numbers) if len(numbers) > 1 and len(named) == len(numbers) else None


_READERS: Sequence[Callable[[str], str | None]] = (
    _second_cheaper, _age, _vouchered, _reduced, *FIRST, _shared, _change, _remaining, _to_go, _difference, *READERS, _listed,
)  # fmt: skip
