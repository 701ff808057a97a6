"""Arguments of a conversion: a quantity wherever it stands in the words, and the unit that is asked for."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence

from assistant.phrases.number_words import to_digits

UNIT = (
    r"(?:square |cubic |uk |us |imperial |american |british )?(?:"
    r"(?:miles|kilomet(?:re|er)s|met(?:re|er)s|feet) (?:an|per|a) (?:hour|second)|mph|kph|km/h|knots?|"
    r"(?:kilo|centi|milli|mega|micro|deci)?(?:met(?:re|er)s?|lit(?:re|er)s?|grams?|grammes?)|kilos?|kg|kms?|cms?|mm|mls?|dl|cl|mg|lbs?|pounds?(?! (?:sterling|coin))|"
    r"fluid ounces?|fl oz|ounces?|oz|stones?|yards?|feet|foot|ft|inch(?:es)?|miles?|pints?|quarts?|gallons?|cups?(?:fuls?)?|tablespoons?|teaspoons?|tbsp|tsp|"
    r"degrees(?: (?:celsius|centigrade|fahrenheit|c|f))?|celsius|centigrade|fahrenheit|kelvin|gas mark(?= |$)|seconds?|minutes?|hours?|days?|weeks?|fortnights?|years?|acres?|hectares?|"
    r"kilocalories|calories|kcal|kilojoules|joules?|kilowatts?|watts?|horsepower|tonnes?|tons?|psi|bars?(?! of)|l|g|f|c)"
)
_COUNT = r"(?:minus |-)?(?:\d+(?:[.,]\d+)?(?:/\d+)?|(?:a )?half(?: of)?(?: an?)?|(?:a )?quarter(?: of)?(?: an?)?|3 quarters?(?: of)?(?: an?)?|an?)"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?:gas mark \d|{_COUNT}[ -]?{UNIT}\b(?: and (?:a half|a quarter|3 quarters))?(?:,? (?:and )?\d+(?:\.\d+)? ?(?:inches|inch|ounces|oz|pounds|lbs?|minutes|seconds|feet|foot|cm|centimetres|grams|g)\b|(?<=foot|feet) \d+(?:\.\d+)?\b|(?<=stone|pound) \d+(?:\.\d+)?\b|(?<=stones|pounds) \d+(?:\.\d+)?\b|(?<=metre|meter) \d\d\b|(?<=metres|meters) \d\d\b)?)",
    re.I,
)
_BARE = re.compile(
    r"(?<![\w.])(?:(?:minus |-)\d+(?:\.\d+)?|\d+(?:\.\d+)?(?= (?:degrees|out|outside|in the shade|today|over there|there)\b))",
    re.I,
)
_HOT = re.compile(  # what speaks of degrees though it names none: a bare number beside it is one
    r"\b(?:temperature|temp|degrees|weather|forecast|outside|thermometer|thermostat|fever|oven|hot|cold|warm|freezing|boiling|shade)\b",
    re.I,
)
_BELOW = re.compile(r"(?<![\w.])(?P<count>\d+)(?P<degrees> degrees)? (?:below(?: (?:zero|freezing|nought))?)(?! \d)(?=$|[\s,.?!])", re.I)  # fmt: skip
_FAST = re.compile(r"\b(?:speed(?: ?limit)?|speedo\w*|doing|driving|motorway|highway|autobahn|going)\b", re.I)
_NUMBER = re.compile(
    r"(?<![\w.,:/£$€-])(?:(?:minus |-))?\d+(?:\.\d+)?(?![\w.,:/]*\d)(?! ?(?:st|nd|rd|th|%|am|pm)\b)", re.I
)
_HERE = re.compile(  # the scale of who asks, where what is told is in another: "it's ninety in Texas, what's that in proper degrees"
    r"\b(?:in|to|for) (?:our|proper|real|normal|sensible|english|british|irish|european|canadian|australian|my) (?:degrees|money|units|numbers|terms|scale|temperature)\b|\b(?:in|for) (?:us|ours|english|british|europe)\b[ ?.!]*$",
    re.I,
)
_KINDS: Mapping[str, tuple[str, str]] = {  # what is measured -> (metric, imperial) as people use them
    "celsius|centigrade|degrees c": ("celsius", "fahrenheit"), "fahrenheit|degrees f": ("celsius", "fahrenheit"),
    "kilometres? (?:an|per)|kph|km/h": ("kilometres per hour", "miles per hour"), "miles? (?:an|per)|mph": ("kilometres per hour", "miles per hour"),
    "kilomet|km": ("kilometres", "miles"), "mile": ("kilometres", "miles"), "centimet|cm|millimet|mm": ("centimetres", "inches"),
    "met(?:re|er)": ("metres", "feet"), "inch": ("centimetres", "inches"), "foot|feet|ft": ("metres", "feet"), "yard": ("metres", "yards"),
    "kilo|kg": ("kilograms", "pounds"), "stone": ("kilograms", "stone"), "pound|lb": ("grams", "pounds"), "ounce|oz": ("grams", "ounces"), "gram|g$": ("grams", "ounces"),
    "millilit|ml": ("millilitres", "fluid ounces"), "lit(?:re|er)|l$": ("litres", "pints"), "pint": ("millilitres", "pints"), "gallon": ("litres", "gallons"),
    "cup|spoon": ("millilitres", "fluid ounces"), "degree": ("celsius", "fahrenheit"), "acre": ("hectares", "acres"), "gas mark": ("celsius", "fahrenheit"),
}  # fmt: skip
_IMPERIAL = re.compile(
    r"\b(?:old money|imperial|american|america|the states|u\.?s\.?a?|florida|new york|california|texas|phoenix|chicago|boston|english money)\b",
    re.I,
)
_METRIC = re.compile(r"\b(?:new money|metric|european|europe|continental)\b", re.I)


def names_system(words: str) -> bool:
    """Whether the words ask for the units of a country or a time: "in American", "in old money"."""
    return _IMPERIAL.search(words) is not None or _METRIC.search(words) is not None


def quantity_and_unit(words: str) -> tuple[str, str] | None:
    """The one quantity in the words and the unit beside it that is no part of it; None where that is not plain."""
    text = " ".join(to_digits(words.replace("°", " degrees "), ordinals=False).split())
    text = _BELOW.sub(r"minus \g<count>\g<degrees>", text)
    text = _FRACTION.sub(_as_decimal, _BOTH.sub(lambda match: match["big"], text))
    quantities = [match for match in _QUANTITY.finditer(text) if not _asks(text, match)]
    units = [
        match
        for match in re.finditer(rf"(?<![\w'])(?<!\d ){UNIT}(?![\w'])", text, re.I)
        if not any(one.start() <= match.start() < one.end() for one in quantities)
    ]
    if len(quantities) == 1:
        stuff = re.match(
            r" of (?!that\b|it\b|this\b)[a-z]+(?: (?:sugar|flour|syrup|oil))?\b", text[quantities[0].end() :], re.I
        )
        quantity = _said(quantities[0][0]) + (stuff[0] if stuff else "")
        target = (
            units[-1][0] if len({one[0].lower() for one in units}) == 1 else "" if units else _other(quantity, text)
        )
        quantity = _as_said(quantity, words)
        return (quantity, target) if target and target.lower() != "degrees" else None
    degrees = _BARE.search(text) if not quantities else None
    if degrees and units and re.fullmatch(r"(?:degrees )?(?:celsius|centigrade|fahrenheit|f|c)", units[-1][0], re.I):
        return f"{degrees[0]} degrees", units[-1][0]
    if not quantities and (scaled := _between_scales(text)):
        return scaled
    return None if quantities else _bare(text, [one[0].lower() for one in units])


def _bare(text: str, units: Sequence[str]) -> tuple[str, str] | None:
    """A number whose unit is told by what it is of: degrees of the weather or a fever, kilometres an hour of a speed limit."""
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1:
        return None
    if set(units) <= {"miles", "kilometres", "kilometers", "km"} and len(set(units)) == 1 and _FAST.search(text):
        metric = units[0] == "miles"
        return f"{numbers[0]} {'kilometres' if metric else 'miles'} per hour", f"{'miles' if metric else 'kilometres'} per hour"  # fmt: skip
    if set(units) - {"degrees"} or not (_HOT.search(text) or _BARE.search(text)):
        return None
    imperial, here = _IMPERIAL.search(text), _HERE.search(text)
    if here and imperial and imperial.start() < here.start():
        return f"{numbers[0]} degrees fahrenheit", "celsius"
    if imperial:
        return f"{numbers[0]} degrees celsius", "fahrenheit"
    return (f"{numbers[0]} degrees fahrenheit", "celsius") if _METRIC.search(text) else None


_FRACTION = re.compile(
    r"(?<![\w.,/])(?:(?:(?P<whole>\d+) (?:and )?)?(?P<over>\d+)/(?P<under>\d+)|(?P<count>\d+|an?) (?P<part>quarters|halves|thirds?|fifths?|sixths?|eighths?|tenths?))"
    rf"(?: of)?(?: an?)? (?={UNIT}\b)",
    re.I,
)
_PARTS = {"quarter": 4, "halve": 2, "third": 3, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}


def _as_decimal(match: re.Match[str]) -> str:
    """ "3/4 of an hour" is 0.75 hour, "1 1/2 cups" 1.5 cups."""
    count = match["over"] or match["count"]
    over = int(count) if count.isdigit() else 1
    under = int(match["under"]) if match["under"] else _PARTS[match["part"].lower().removesuffix("s")]
    return f"{int(match['whole'] or 0) + over / under:.4g} " if under else match[0]


_BOTH = re.compile(
    r"\b(?P<big>feet|foot|stones?|pounds?|hours?|yards?) and (?:inches|pounds|ounces|minutes|feet)\b", re.I
)


def with_smaller(unit: str, smaller: str) -> bool:
    """Whether two units are said together: feet and inches, stone and pounds."""
    return _BOTH.fullmatch(f"{unit} and {smaller}") is not None


_SCALE = re.compile(r"\b(?:celsius|centigrade|fahrenheit|farenheit)\b", re.I)
_HAS = re.compile(r"\b(?:recipe|book|packet|card|box|instructions?|label|it'?s? says?|says|gives?|given|written|told|wrote|printed|come|comes|method|youtube|programme)\b", re.I)  # fmt: skip
_WANTS = re.compile(r"\b(?:stove|oven|cooker|dial|hob|thermometer|thermostat|knob|mine|here|need|want|only|talks?|speaks?|knows?|shows?|works?|goes|marked|into|what'?s?)\b", re.I)  # fmt: skip


def _between_scales(text: str) -> tuple[str, str] | None:
    """A bare number of degrees where the words tell which scale it is in: "my recipe's in celsius and this stove only talks
    fahrenheit, what's 190"; None where that is not plain.
    """
    numbers = re.findall(r"(?<![\w.])(?:minus |-)?\d+(?:\.\d+)?(?![\w.]*\d)", text)
    scales = [match[0].lower() for match in _SCALE.finditer(text)]
    if len(numbers) != 1 or not 0 < len(set(scales)) < 3:
        return None
    if len(set(scales)) == 1:
        return (f"{numbers[0]} degrees", scales[0]) if len(scales) == 1 and not _HAS.search(text) else None
    pieces = [
        one for one in re.split(r",|\b(?:and|(?<!nothing )but|only|while|whereas|when)\b", text) if _SCALE.search(one)
    ]
    if len(pieces) != 2:
        return None
    has = [_HAS.search(one) is not None and not _WANTS.search(one) for one in pieces]
    wants = [_WANTS.search(one) is not None and not _HAS.search(one) for one in pieces]
    first, second = (_SCALE.search(one) for one in pieces)
    if first is None or second is None or has[0] == has[1] == wants[0] == wants[1]:
        return None
    forward = has[0] or wants[1]
    if forward == (has[1] or wants[0]):
        return None
    return (f"{numbers[0]} {first[0]}", second[0]) if forward else (f"{numbers[0]} {second[0]}", first[0])


def _asks(text: str, match: re.Match[str]) -> bool:
    """ "A pound is how many grams" has a quantity; "how many grams" and "the metric jug" have none."""
    before = text[: match.start()].rstrip().lower()
    return (
        before.endswith(("how many", "how much", "in", "into", "to"))
        and re.match(r"an? ", match[0], re.I) is not None
        and not re.search(
            r"\bhow (?:many|much) \w+(?: \w+)? (?:in|to|into|make|go into|are in|is in|are there in)$", before
        )
    )


def _as_said(quantity: str, words: str) -> str:
    """The quantity in the user's own words where they say just that: "three ounces", not "3 ounces"."""
    tokens = words.split()
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + 9, len(tokens)) + 1):
            said = " ".join(tokens[start:end]).strip(" ,.?!")
            if to_digits(said, ordinals=False).lower() == quantity.lower():
                return said
    return quantity


def _said(quantity: str) -> str:
    """ "A pint and a half" is 1.5 pints."""
    if metres := re.fullmatch(r"(?P<count>\d+|an?)[ -](?P<unit>met(?:re|er)s?) (?P<rest>\d\d)", quantity, re.I):
        return f"{metres['count'] if metres['count'].isdigit() else '1'}.{metres['rest']} {metres['unit']}"
    found = re.fullmatch(
        rf"(?P<count>\d+|an?)[ -](?P<unit>{UNIT}) and (?P<part>a half|a quarter|3 quarters)", quantity, re.I
    )
    if found is None:
        return quantity
    count = found["count"] if found["count"].isdigit() else "1"
    return f"{count}.{ {'a half': '5', 'a quarter': '25'}.get(found['part'].lower(), '75') } {found['unit']}"


def _other(quantity: str, text: str) -> str:
    """The unit of the other system where only that is named ("in old money", "in metric"); "" where it is not."""
    imperial, metric = _IMPERIAL.search(text), _METRIC.search(text)
    if not (imperial or metric):
        return ""
    for pattern, (of_metric, of_imperial) in _KINDS.items():
        if re.search(rf"(?:{pattern})", quantity.lower()):
            return of_imperial if imperial else of_metric
    return ""


_DIMENSIONS: tuple[re.Pattern[str], ...] = (
    tuple(  # units of one kind: what is said in one of them may be wanted in another
        re.compile(rf"(?:{units})", re.I)
        for units in (
            r"degrees.*|°.*|celsius|centigrade|fahrenheit|kelvin|gas mark|c|f",
            r"square .*|acres?|hectares?",
            r"cubic .*",
            r"kilowatts?|watts?|horsepower",
            r"psi|bars?",
            r".*\b(?:per|an|a) (?:hour|second)|mph|kph|km/h|knots?",
            r"(?:kilo|milli|micro)?(?:grams?|grammes?)|kilos?|kg|g|mg|lbs?|pounds?|ounces?|oz|stones?|tonnes?|tons?",
            r"(?:centi|milli|deci)?lit(?:re|er)s?|l|mls?|dl|cl|fluid ounces?|fl oz|pints?|quarts?|gallons?|cups?(?:fuls?)?|tablespoons?|teaspoons?|tbsp|tsp",
            r"(?:kilo|centi|milli)?met(?:re|er)s?|m|kms?|cms?|mm|yards?|feet|foot|ft|inch(?:es)?|miles?",
            r"seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?",
            r"kilocalories|calories|kcal|kilojoules|kj|joules?",
        )
    )
)
_PRINTED = re.compile(
    rf"(?<![\w.,:/£$€-])(?P<number>\d[\d,]*(?:\.\d+)?|(?:half an?|an?) )[ -]?(?P<unit>°\s?[CF]|degrees(?: [a-z]+)?|mins?|hrs?|m|{UNIT})(?![\w])",
    re.I,
)


def quantity_for(text: str, unit: str) -> str:
    """The one quantity in a text that can be said in `unit`: of "190 C for 25 minutes" in fahrenheit "190 C"; "" for none or several."""
    kind = next((one for one in _DIMENSIONS if one.fullmatch(unit.strip())), None)
    text = to_digits(text, ordinals=False)
    found = list(dict.fromkeys(
        " ".join(match[0].replace("°", " degrees ").split())
        for match in _PRINTED.finditer(text)
        if kind is not None and kind.fullmatch(match["unit"].strip()) and not same_unit(match["unit"], unit)
    ))  # fmt: skip
    return found[0] if len(found) == 1 else ""


_SHORT = {"c": "celsius", "centigrade": "celsius", "f": "fahrenheit", "g": "gram", "kg": "kilogram", "kilo": "kilogram", "ml": "millilitre", "l": "litre"}  # fmt: skip


def same_unit(one: str, other: str) -> bool:
    """Whether two names are of one unit: "kilos" and "kg"."""
    names = [re.sub(r"^(?:degrees|°) ?|(?<!u)s$", "", unit.strip().lower()) for unit in (one, other)]
    first, second = (_SHORT.get(name, name) for name in names)
    return first == second


def same_kind(quantity: str, unit: str) -> bool:
    """Whether a quantity can be said in the unit, as far as both are known."""
    own = re.search(rf"{UNIT}\s*$", re.sub(r" of .*$", "", quantity), re.I)
    kinds = [
        {at for at, one in enumerate(_DIMENSIONS) if one.fullmatch(name.strip())}
        for name in (own[0] if own else "", unit)
    ]
    return not all(kinds) or bool(kinds[0] & kinds[1])
