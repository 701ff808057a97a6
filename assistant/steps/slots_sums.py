"""Arguments of sums and conversions."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.number_words import to_digits
from assistant.steps.extraction import find_answer
from assistant.steps.printed import shares, value_for
from assistant.steps.slots import Filled, Material, Missing

_SMALL = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_CENTS = r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)"
_PRICE = re.compile(rf"\b(?P<whole>(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](?:one|two|three|four|five|six|seven|eight|nine)|{_SMALL}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](?=(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)) ?(?P<cents>{_CENTS})\b(?! (?:percent|hundred|thousand|grams|kilos|minutes|hours|days))", re.I)  # fmt: skip


_YEARS = re.compile(
    rf"\b(?P<century>nineteen|twenty) (?P<year>{_CENTS}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:oh|hundred and) [a-z]+)\b",
    re.I,
)


def _priced(text: str) -> str:
    """ "two ninety nine" -> "2.99": how prices are said; "nineteen sixty two" -> "1962" where years are told."""
    years = list(_YEARS.finditer(text))
    if len(years) > 1 or (years and re.search(r"\b(?:born|old|age|years?|since|anniversary|married)\b", text, re.I)):
        text = _YEARS.sub(
            lambda match: (
                f"{to_digits(match['century'])}{to_digits(re.sub('oh |hundred and ', '', match['year'])).strip().zfill(2)}"
            ),
            text,
        )
    return _PRICE.sub(lambda match: f"{to_digits(match['whole']).strip()}.{to_digits(match['cents'])}", text)


def calculate(words: str, material: Material) -> Filled:
    words = _priced(words)
    text = re.sub(
        r"^(?:please )?(?:tell me|work out|calculate|compute|figure out|give me|do the sum|what(?:'s|s| is| are| would| do| does)|how much (?:is|are|would|do|does|should))\s+",
        "",
        words,
        flags=re.I,
    )
    text = text.strip(" ?!.,")
    change = re.search(r"\bchange\b.*?\bfrom (?:an? )?(\d[\d.,]*)\D.*?(\d[\d.,]*)", to_digits(text), re.I)
    if change:
        text = f"{change[1]} minus {change[2]}"
    if (
        material.last_value
        and re.search(r"\b(?:that|it|the (?:result|answer|last one))\b", text, re.I)
        and not re.search(r"\bbill|total|tip\b", text, re.I)
    ):
        text = re.sub(r"\b(?:that|it|the (?:result|answer|last one))\b", material.last_value, text, count=1, flags=re.I)
    text = _from_print(text, material)
    return {"expression": text} if re.search(r"\d|\w{3}", text) else Missing("What should I work out?", "expression")


_PAID = re.compile(r"\b(?:pay(?:ing)?|paid|give|gave|hand(?:ed)?|change|back|left)\b.*?\b(?:with|from|out of|them|over|of|for)\b (?:(?:them|him|her) )?(?:an? )?[£$€]?(?P<note>\d[\d.]*|five|ten|twenty|fifty|hundred)\b|^(?:from|out of) (?:an? )?(?P<other>\d+|five|ten|twenty|fifty)\b", re.I)  # fmt: skip
_ON_TOP = re.compile(r"\b(\d[\d.]*) ?(?:%|percent|per cent) (?:on top|added|extra|more)\b", re.I)
_OF_US = re.compile(r"\b(\d+) (?:of us|people|ways|friends)\b|\bwe(?:'re| are) (\d+)\b", re.I)
_BACK = re.compile(r"\b(?:back|change|left)\b", re.I)
_COUNTED = re.compile(rf"\b(?P<count>\d+|{_SMALL}|twenty|thirty|a dozen|both) (?:of (?:those|these|them)|(?P<what>[a-z]{{3,}}(?: [a-z]{{3,}})?))\b", re.I)  # fmt: skip
_LESS = re.compile(r"\b(?P<how>without|minus|less|not counting|leaving out|take away|take off|taking off|plus) (?:the |that )?(?P<what>[a-z][a-z ]{2,30})$", re.I)  # fmt: skip


def _from_print(text: str, material: Material) -> str:
    """The sum with the amounts of the printed text that its words name: "three scones" -> "3 times 1.80"."""
    if material.document is None:
        return text
    passages = material.document.passages
    whole, numbers = _amount_of(passages, "how much is the total"), to_digits(text)
    if len(re.findall(r"\d+(?:\.\d+)?", numbers)) > 1:
        return text  # the user said the numbers
    paid = _PAID.search(numbers)
    if paid and whole and _BACK.search(text):
        return f"{to_digits(paid['note'] or paid['other']).strip()} minus {whole}"
    on_top = _ON_TOP.search(numbers)
    if on_top:
        return f"add {on_top[1]} percent to the total"
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
    less = _LESS.search(text)
    part = _amount_of(passages, f"how much is the {less['what']}", named=True) if less else ""
    if less and part and whole:
        return f"{whole} {'plus' if less['how'].lower() == 'plus' else 'minus'} {part}"
    counted = _COUNTED.search(text)
    if counted and not re.search(r"\b(?:split|divid|share|each|between|percent|per cent|ways|us)\b", text, re.I):
        one = _amount_of(passages, f"how much is {counted['what'] or 'it'}", named=bool(counted["what"]))
        count = {"both": "2", "a dozen": "12"}.get(counted["count"].lower()) or to_digits(counted["count"]).strip()
        if one:
            return f"{count} times {one}"
    return re.sub(r"(?<=\bit) (?:be|come to|make)$", "", text)


def _amount_of(passages: Sequence[str], question: str, named: bool = False) -> str:
    """The printed amount that answers, as digits; "" if none, or if none is `named` so."""
    found = value_for(passages, question)
    if found is None or found.kind not in ("price", "total") or (named and found.kind != "price"):
        return ""
    if named and not shares(question, found.passage):
        return ""
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", found.value)
    return digits[0].replace(",", "") if digits else ""


_UNITS = (
    r"(?:square |cubic )?(?:kilo|centi|milli|mega|micro)?(?:met(?:re|er)s?|lit(?:re|er)s?|grams?|kilos?|kg|km|cm|mm|ml|dl|mg|lbs?|pounds?|ounces?|oz|stones?|"
    r"miles?|yards?|feet|foot|ft|inch(?:es)?|pints?|quarts?|gallons?|cups?|tablespoons?|teaspoons?|tbsp|tsp|fluid ounces?|fl oz|celsius|centigrade|"
    r"fahrenheit|kelvin|degrees(?: celsius| fahrenheit)?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|acres?|hectares?|mph|kph|km/h|"
    r"miles (?:an|per) hour|(?:kilomet(?:re|er)s|kilometers) (?:an|per) hour|knots?|calories|kcal|joules?|kilojoules|watts?|kilowatts?|horsepower|tons?|tonnes?|metric|litres?|l|g|f|c)"
)
_QUANTITY = re.compile(
    rf"(?:\d[\d.,/]*|(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|half|quarter|three quarters|and|point|of)\b[\s-]*)+\s*(?:°\s?[CF]|degrees\s+)?{_UNITS}?(?:\s+\d+\s*(?:inches|inch|in|ounces|oz|pounds)?)?",
    re.I,
)


def convert_units(words: str, material: Material) -> Filled:
    text = _spoken_units(words.strip(" ?!.")[:200])
    patterns = (
        rf"how many (?P<unit>{_UNITS})(?: are| is| do| does| there| go| make| in| to| you| get| that)*\s+(?P<quantity>.+)$",
        rf"(?:convert|turn|change|make)\s+(?P<quantity>.+?)\s+(?:to|into|in)\s+(?P<unit>{_UNITS})\b",
        rf"(?P<quantity>.+?)\s+(?:in|into|to|as)\s+(?P<unit>{_UNITS})\b",
    )
    for pattern in patterns:
        match = re.search(pattern, text, re.I)
        if match:
            quantity = re.sub(
                r"^(?:what(?:'s|s| is| are| would)?|how (?:much|many|far|hot|cold|tall|long|heavy|fast|big|warm)(?: is| are)?|and|is|are|tell me|the|about|equals?)\s+",
                "",
                match["quantity"].strip(),
                flags=re.I,
            )
            quantity = re.sub(r"^(?:there )?(?:are |is )?(?:in )?", "", quantity, flags=re.I)
            return {"quantity": _measured(quantity, material), "unit": match["unit"]}
    quantity_alone = _QUANTITY.search(text)
    degrees = re.search(r"([\d.]+) ?(?:degrees )?(fahrenheit|celsius|centigrade)\b", to_digits(text), re.I)
    if degrees:  # there is one other scale
        other = "celsius" if degrees[2].lower() == "fahrenheit" else "fahrenheit"
        return {"quantity": f"{degrees[1]} {degrees[2].lower()}", "unit": other}
    if quantity_alone:
        return Missing(
            f"Into which unit should I convert {quantity_alone[0].strip()}?",
            "unit",
            {"quantity": quantity_alone[0].strip()},
        )
    return Missing("How much of what, and into which unit?", "all")


def _spoken_units(text: str) -> str:
    """Hundreds said as two numbers, short names of units and filling words written out."""
    text = re.sub(
        rf"\b({_SMALL}) ({_CENTS}|\d\d)(?= ?(?:degrees|fahrenheit|celsius|centigrade)\b)",
        lambda match: f"{to_digits(match[1])}{to_digits(match[2])}", text, flags=re.I,
    )  # fmt: skip
    text = re.sub(r"\bmils?\b", "millilitres", text, flags=re.I)
    return re.sub(r"\s+(?:like|about|roughly|or so)(?=\s+(?:in|into|to)\b)", "", text, flags=re.I)


def _measured(quantity: str, material: Material) -> str:
    """The quantity itself where the user says "that" or "the oven temperature"."""
    stated = _QUANTITY.search(to_digits(quantity))
    if stated and re.search(r"\d", stated[0]) and re.search(r"\b(?:that|it|this|i'm|is)\b", quantity, re.I):
        return stated[0].strip()  # "I'm five foot ten, what is that"
    if re.search(r"\d", quantity) or _QUANTITY.match(quantity):
        return quantity
    sources = [material.last_text]
    if material.document is not None:
        found = find_answer(material.document, quantity, material.encode)
        sources.insert(0, found.text if found else material.document.text)
    for source in sources:
        match = re.search(rf"\d[\d.,]*\s*(?:°\s?[CF]\b|degrees\s+\w+|{_UNITS}\b)", source, re.I)
        if match:
            return match[0].replace("°", " degrees ").replace("  ", " ")
    return quantity
