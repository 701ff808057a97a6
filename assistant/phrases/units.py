"""Conversions between units, by pint; the names people say, kitchen measures, and what depends on the ingredient."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from assistant.phrases.number_words import to_digits
from assistant.phrases.wording import say_number
from kernels.errors import UserError

LONGEST = 200  # characters of a quantity
EXAMPLE = "Say it like: 3 cups in millilitres."

# pint's name: (one, many, other ways to say or write it)
_UNITS: Mapping[str, tuple[str, str, str]] = {
    "gram": ("gram", "grams", "g gr gramme grammes"),
    "kilogram": ("kilogram", "kilograms", "kg kilo kilos kgs"),
    "milligram": ("milligram", "milligrams", "mg"),
    "pound": ("pound", "pounds", "lb lbs"),
    "ounce": ("ounce", "ounces", "oz"),
    "stone": ("stone", "stone", "stones st"),
    "metric_ton": ("tonne", "tonnes", "metric_tons"),
    "liter": ("litre", "litres", "l liter liters"),
    "milliliter": ("millilitre", "millilitres", "ml mil mils milliliter milliliters cc"),
    "centiliter": ("centilitre", "centilitres", "cl centiliters"),
    "deciliter": ("decilitre", "decilitres", "dl deciliters"),
    "cup": ("cup", "cups", "us_cup us_cups"),
    "tablespoon": ("tablespoon", "tablespoons", "tbsp tbs table_spoons tablespoonfuls"),
    "teaspoon": ("teaspoon", "teaspoons", "tsp tea_spoons teaspoonfuls"),
    "fluid_ounce": ("fluid ounce", "fluid ounces", "fl_oz floz"),
    "imperial_fluid_ounce": ("UK fluid ounce", "UK fluid ounces", "imperial_fluid_ounces"),
    "pint": ("US pint", "US pints", "pint pints us_pint pt"),
    "imperial_pint": ("UK pint", "UK pints", "imperial_pints british_pint british_pints"),
    "quart": ("quart", "quarts", "qt"),
    "gallon": ("US gallon", "US gallons", "gallon gallons gal us_gallon"),
    "imperial_gallon": ("UK gallon", "UK gallons", "imperial_gallons british_gallon british_gallons"),
    "meter": ("metre", "metres", "m meter meters"),
    "centimeter": ("centimetre", "centimetres", "cm cms centimeter centimeters"),
    "millimeter": ("millimetre", "millimetres", "mm millimeter millimeters"),
    "kilometer": ("kilometre", "kilometres", "km kms kilometer kilometers k"),
    "inch": ("inch", "inches", 'in "'),
    "foot": ("foot", "feet", "ft foots '"),
    "yard": ("yard", "yards", "yd yds"),
    "mile": ("mile", "miles", "mi"),
    "degree_Celsius": (
        "degree Celsius",
        "degrees Celsius",
        "c celsius centigrade degc degrees_c degrees_centigrade degree_centigrade",
    ),
    "degree_Fahrenheit": ("degree Fahrenheit", "degrees Fahrenheit", "f fahrenheit degf degrees_f farenheit"),
    "kelvin": ("kelvin", "kelvin", "kelvins"),
    "mile_per_hour": ("mile an hour", "miles an hour", "mph miles_per_hour mile_per_hour"),
    "kilometer_per_hour": (
        "kilometre an hour",
        "kilometres an hour",
        "kph kmh km/h kilometers_per_hour kilometres_per_hour kilometers_an_hour",
    ),
    "meter_per_second": ("metre a second", "metres a second", "m/s metres_per_second meters_per_second"),
    "knot": ("knot", "knots", "kn"),
    "second": ("second", "seconds", "s sec secs"),
    "minute": ("minute", "minutes", "min mins"),
    "hour": ("hour", "hours", "h hr hrs"),
    "day": ("day", "days", ""),
    "week": ("week", "weeks", ""),
    "year": ("year", "years", ""),
    "acre": ("acre", "acres", ""),
    "hectare": ("hectare", "hectares", "ha"),
    "kilocalorie": ("calorie", "calories", "kcal kcals kilocalories"),
    "kilojoule": ("kilojoule", "kilojoules", "kj"),
    "square_meter": ("square metre", "square metres", "square_meters sqm"),
    "square_foot": ("square foot", "square feet", "sqft square_foots"),
    "bar": ("bar", "bars", ""),
    "psi": ("PSI", "PSI", "pounds_per_square_inch"),
    "megabyte": ("megabyte", "megabytes", "mb"),
    "gigabyte": ("gigabyte", "gigabytes", "gb"),
}
# grams a millilitre, as weighed in a spooned and levelled US cup (King Arthur Baking's ingredient weight chart)
_DENSITY = {
    "water": 1.0, "milk": 0.96, "cream": 0.96, "flour": 0.507, "sugar": 0.837, "brown sugar": 0.9,
    "icing sugar": 0.48, "powdered sugar": 0.48, "butter": 0.955, "oil": 0.837, "honey": 1.42, "syrup": 1.32,
    "rice": 0.837, "oats": 0.376, "cocoa": 0.355, "yogurt": 0.96, "salt": 1.22,
}  # fmt: skip
_GAS_MARKS = {
    1: 140,
    2: 150,
    3: 170,
    4: 180,
    5: 190,
    6: 200,
    7: 220,
    8: 230,
    9: 240,
}  # degrees Celsius, conventional oven


@dataclass(frozen=True)
class Conversion:
    """A converted quantity: what is said, the rest, and the numbers."""

    text: str
    more: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def convert(quantity: str, unit: str) -> Conversion:
    """Convert "3 cups" into "millilitres"; "5 feet 11 inches" counts as one quantity.

    Raises:
        UserError: no number, an unknown unit, or units that measure different things.
    """
    quantity, unit = quantity[:LONGEST], unit[:LONGEST]
    if not unit.strip():
        quantity, _, unit = re.sub(r"\b(?:into|to|as)\b", " in ", quantity).partition(" in ")
    gas = re.search(r"gas mark (\d+)", to_digits(quantity.lower()))
    if gas:
        if int(gas[1]) not in _GAS_MARKS:
            raise UserError(f"There is no gas mark {gas[1]}.", "Gas marks go from 1 to 9.")
        return _said([(Decimal(_GAS_MARKS[int(gas[1])]), "degree_Celsius")], _unit(unit), "", f"Gas mark {gas[1]}")
    parts, stuff = _parts(quantity)
    target = _unit(unit)
    if re.fullmatch(r"\W*degrees?\W*", unit.lower()) or target == "degree":
        target = "degree_Celsius" if parts[0][1] == "degree_Fahrenheit" else "degree_Fahrenheit"
    if parts[0][1] == "degree" and not re.search(r"kelvin|degree", target):
        raise UserError("You did not say of which unit.", EXAMPLE)
    if parts[0][1] == "degree":
        parts = [(parts[0][0], "degree_Celsius" if target == "degree_Fahrenheit" else "degree_Fahrenheit")]
    return _said(parts, target, stuff)


def _parts(quantity: str) -> tuple[list[tuple[Decimal, str]], str]:
    """(number, unit) pairs, and what the quantity is of."""
    words = re.sub(r"\b(an?) (?=quarter|third|half)", "", to_digits(quantity.lower().replace(",", ""), ordinals=False))
    words = re.sub(r"^(?:please |convert |how (?:many|much) (?:is|are) |what is |what's )+", "", words.strip())
    words = re.sub(r"\b(\d+) (\d+)/(\d+)", lambda m: _ratio(m[2], m[3], m[1]), words)
    words = re.sub(r"\b(\d+)/(\d+)", lambda m: _ratio(m[1], m[2]), words)
    for word, value in (("3 quarters of an?", "0.75"), ("3 quarters?", "0.75"), ("half an?|half", "0.5"),
                        ("quarter of an?|quarter", "0.25"),
                        ("third of an?|third", "0.3333333333333")):  # fmt: skip
        words = re.sub(rf"\b(?:{word})\b(?: of)?", value, words, count=1)
    words = re.sub(r"^(?:an?|1)\s+(?=[a-z])", "1 ", words.strip()).replace("minus ", "-").replace("°", " degrees ")
    head, _, stuff = words.partition(" of ")
    found = re.findall(r"(-?\d+(?:\.\d+)?|(?<!\d)\.\d+)\s*([^\d\s.-][^\d-]*)?", head)
    if not found:
        raise UserError(f"I heard no number in '{quantity.strip()[:60]}'.", EXAMPLE)
    if any(len(number) > 18 for number, _ in found):
        raise UserError("That number is too long for me.", "Say a shorter one.")
    parts = [(Decimal(number), _unit(re.sub(r"\band\b", " ", name))) for number, name in found]
    if len(parts) == 2 and parts[1][1] == "degree":  # "6 foot 2"
        parts[1] = (
            parts[1][0],
            {"foot": "inch", "stone": "pound", "pound": "ounce", "hour": "minute"}.get(parts[0][1], "degree"),
        )
    return parts, re.sub(r"[^a-z ]", "", stuff).strip()


def _ratio(top: str, bottom: str, whole: str = "0") -> str:
    if int(bottom) == 0:
        raise UserError("Nothing can be divided by zero.", EXAMPLE)
    return f"{int(whole) + int(top) / int(bottom):.12f}"


def _unit(words: str) -> str:
    """pint's name for a spoken unit.

    Raises:
        UserError: no such unit.
    """
    name = re.sub(r"^(?:in|to|into|as|of)\s+", "", words.strip(" .?!").lower())
    name = re.sub(r"\s+", "_", re.sub(r"\b(?:uk|english)\b", "imperial", name))
    if re.search(r"dollar|euro|sterling|yen|rupee|currency|£|\$|€", name):
        raise UserError(
            "I can't convert money: the rates change every day and I work offline.", "Ask your bank for the rate."
        )
    if re.fullmatch(r"degrees?|", name):
        return "degree"  # which degrees, or a bare number: the other side says
    known = (
        _spoken_names().get(name)
        or _spoken_names().get(name.removeprefix("degrees_"))
        or _spoken_names().get(name.rstrip("s"))
    )
    if known:
        return known
    if re.fullmatch(r"[a-z_]{2,40}", name):
        try:
            return str(_registry().parse_units(name))
        except Exception as error:  # pint raises many kinds for a name it doesn't know
            raise UserError(f"I don't know the unit '{words.strip()[:40]}'.", EXAMPLE) from error
    raise UserError(f"I don't know the unit '{words.strip()[:40]}'.", EXAMPLE)


@lru_cache(maxsize=1)
def _spoken_names() -> dict[str, str]:
    names = {}
    for pint_name, (one, many, others) in _UNITS.items():
        for name in (one, many, *others.split()):
            names[name.replace(" ", "_").lower()] = pint_name
    return names


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint  # 0.6 s: only when something is converted

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def _said(parts: list[tuple[Decimal, str]], target: str, stuff: str, named: str = "") -> Conversion:
    """Convert and put into words."""
    registry = _registry()
    spoken = named or " ".join(f"{say_number(value)} {_name(unit, value)}" for value, unit in parts)
    spoken += f" of {stuff}" if stuff else ""
    about = False
    if len({str(registry.Quantity(1, unit).dimensionality) for _, unit in parts}) > 1:
        raise UserError(f"'{spoken}' mixes units that don't go together.", EXAMPLE)
    parts, target = _fluid(parts, target)
    amount = registry.Quantity(float(parts[0][0]), parts[0][1])
    for value, unit in parts[1:]:
        amount = amount + registry.Quantity(float(value), unit)
    if not amount.check(registry.Quantity(1, target).dimensionality):
        amount, about = _through_density(amount, target, spoken, stuff), True
    result = Decimal(repr(amount.to(target).magnitude))
    rounded = result.normalize() if abs(result - round(result, 6)) < Decimal("1e-9") else result
    rounded = round(rounded, 6).normalize() if result and abs(result) >= 1 else rounded
    short = _short(rounded)
    about = about or abs(short - result) > abs(result) * Decimal("1e-9")
    text = f"{spoken} is {'about ' if about else ''}{say_number(short)} {_name(target, short)}".replace("-", "minus ")
    extra = _mixed(result, target)
    data = {"value": float(short), "unit": target, "exact": float(result)}
    return Conversion(f"{text}{f', that is {extra}' if extra else ''}.", _which(parts, target), data)


def _short(value: Decimal) -> Decimal:
    """As many digits as are worth hearing: whole from 100, else two decimals; more only where that makes it exact."""
    exact = Context(prec=4).plus(value)
    if exact == value:
        return value
    if abs(value) >= 100:
        return round(value, 0)
    return round(value, 2) if abs(value) >= 1 else Context(prec=3).plus(value)


def _fluid(parts: list[tuple[Decimal, str]], target: str) -> tuple[list[tuple[Decimal, str]], str]:
    """Ounces are fluid ounces where the other side is a volume."""
    volume = "[length] ** 3"
    units = [unit for _, unit in parts]
    if units == ["ounce"] and str(_registry().Quantity(1, target).dimensionality) == volume:
        return [(parts[0][0], "fluid_ounce")], target
    if target == "ounce" and str(_registry().Quantity(1, units[0]).dimensionality) == volume:
        return parts, "fluid_ounce"
    return parts, target


def _through_density(amount: Any, target: str, spoken: str, stuff: str) -> Any:
    registry = _registry()
    density = next(
        (value for name, value in sorted(_DENSITY.items(), key=lambda item: -len(item[0])) if name in stuff), None
    )
    per_volume = registry.Quantity(density or 1.0, "gram / milliliter")
    goal = registry.Quantity(1, target).dimensionality
    for bridged in (amount * per_volume, amount / per_volume):
        if bridged.check(goal):
            if density is None:
                raise UserError(
                    f"How much {spoken} weighs depends on what it is.",
                    "Say what it is, such as: 2 cups of flour in grams.",
                )
            return bridged
    raise UserError(f"{spoken} and {_name(target, Decimal(2))} measure different things.", EXAMPLE)


def _name(unit: str, value: Decimal) -> str:
    if unit in _UNITS:
        return _UNITS[unit][0 if abs(value) == 1 else 1]
    return unit.replace("_", " ") + ("" if abs(value) == 1 or unit.endswith("s") else "s")


def _mixed(value: Decimal, unit: str) -> str:
    """Feet and inches, stone and pounds, pounds and ounces, where decimals of the bigger unit say little."""
    smaller = {"foot": ("inch", 12), "stone": ("pound", 14), "pound": ("ounce", 16), "hour": ("minute", 60)}.get(unit)
    if not smaller or value == value.to_integral_value() or not 0 < value < 1000:
        return ""
    count = round(value * smaller[1])
    whole, rest = divmod(int(count), smaller[1])
    if not whole or not rest:
        return ""
    return f"{whole} {_name(unit, Decimal(whole))} {rest} {_name(smaller[0], Decimal(rest))}"


def _which(parts: list[tuple[Decimal, str]], target: str) -> str:
    """Which of several measures of one name was meant."""
    used = {unit for _, unit in parts} | {target}
    if "cup" in used:
        return "I took US cups of 237 millilitres; a metric cup is 250."
    if used & {"pint", "gallon", "fluid_ounce"}:
        return "I took US measures; say UK pint, UK gallon or UK fluid ounce for the others."
    return ""
