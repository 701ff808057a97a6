"""Arguments of sums and conversions."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.arithmetic_words import clean
from assistant.phrases.handed import notes_added
from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_times
from assistant.phrases.told_amounts import amounts_in, plainly
from assistant.phrases.told_makers import PACKS, TWO_WAYS
from assistant.phrases.told_sums import told
from assistant.steps.extraction import find_answer
from assistant.steps.on_hand import on_hand
from assistant.steps.printed_asides import at_once, with_named
from assistant.steps.printed_asked import of_whole
from assistant.steps.printed_sums import from_print
from assistant.steps.slots import Filled, Material, Missing, only_pointer
from assistant.steps.slots_amounts import UNPLAIN, is_on_nothing, on_told
from assistant.steps.slots_earlier import amount_of
from assistant.steps.slots_units import quantity_and_unit, quantity_for
from assistant.steps.sum_reading import is_another, part_told, printed_sum, told_sum
from kernels.errors import UserError

_SMALL = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_CENTS = r"(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)"
_PRICE = re.compile(rf"\b(?P<whole>(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](?:one|two|three|four|five|six|seven|eight|nine)|{_SMALL}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](?=(?:ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)) ?(?P<cents>{_CENTS})\b(?! (?:percent|per cent|hundred|thousand|(?:milli|kilo)?grams?|mg|ml|millilitres|metres|calories|degrees|miles|kilos|minutes|hours|days|pence|p)\b)", re.I)  # fmt: skip
_HUNDREDS = re.compile(rf"\b(?P<hundreds>one|two|three|four|five|six|seven|eight|nine) (?P<rest>{_CENTS})(?= (?:milligrams?|mg|ml|millilitres?|mils?|grams?|g|metres?|calories|degrees)\b)", re.I)  # fmt: skip
_OVER_HUNDRED = re.compile(rf"\b(?P<hundreds>(?:(?P<count>an?|{_SMALL}) )?hundred and (?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|{_SMALL})) (?P<cents>{_CENTS})\b(?! (?:percent|per cent|hundred|thousand|grams?|mg|ml|metres|calories|degrees|miles|kilos|minutes|hours|days|weeks|months|people)\b)", re.I)  # fmt: skip
_DEAR = re.compile(  # goods that cost hundreds, so that "three eighty nine" is 389
    r"\b(?:washing machines?|washer|dish ?washers?|tumble dryers?|dryers?|fridges?|freezers?|cookers?|ovens?|boilers?|sofas?|settees?|couch|suites?|wardrobes?|mattress(?:es)?|beds?|carpets?|tell(?:y|ies)|tvs?|televisions?|laptops?|computers?|phones?|i ?phones?|tablets? computer|cameras?|bikes?|bicycles?|scooters?|wheelchairs?|cars?|flights?|holidays?|cruises?|rent|deposit|mortgage|roof|windows|kitchen|bathroom|hearing aids?|vacuum(?: cleaner)?|hoovers?|lawn ?mowers?|guitars?|pianos?)\b",
    re.I,
)
_HUNDREDS_SAID = re.compile(rf"\b(?P<hundreds>one|two|three|four|five|six|seven|eight|nine) (?P<rest>{_CENTS})\b(?! (?:percent|per cent|pence|p|cents|hundred|thousand|months?|weeks?|days?|years?)\b)(?!-)", re.I)  # fmt: skip
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
    if _DEAR.search(text):
        text = _HUNDREDS_SAID.sub(
            lambda match: f"{to_digits(match['hundreds']).strip()}{to_digits(match['rest']).strip()}", text
        )
    text = _OVER_HUNDRED.sub(
        lambda match: (
            f"{to_digits('a ' * (match['count'] is None) + match['hundreds']).strip()}.{to_digits(match['cents']).strip()}"
        ),
        text,
    )
    text = _HUNDREDS.sub(lambda match: f"{to_digits(match['hundreds'])}{to_digits(match['rest'])}", text)
    return _PRICE.sub(lambda match: f"{to_digits(match['whole']).strip()}.{to_digits(match['cents'])}", text)


_PRICE_FIRST = re.compile(  # "6 pounds for 2, how much for 5": the count first, as sums on offers have it
    rf"(?P<price>£ ?\d[\d.]*|(?:\d[\d.]*|{_SMALL}|{_CENTS}) (?:pounds?|quid|euros?|dollars?)) for (?P<count>\d+|{_SMALL})(?=,| (?:so |and )?(?:how much|what)\b)",
    re.I,
)
_STORY_ALONE = re.compile(  # told, but nothing is asked: the question comes in the next clause
    r"^(?!.*\b(?:what|how|work|add|plus|minus|times|over|divid\w*|percent|split|total|sum|each|altogether|change|left|of|share)\b)(?!.*[%+*/=])(?=.*\b(?:had|have|got|started|began)\b).*\b(?:spent|spend|paid|gave|used|lost)\b",
    re.I,
)
_OPEN_PERCENT = re.compile(r"(?:[a-z' ]* )?(?:that|it|this)\b[a-z' ]*\d[\d.]* ?(?:%|percent|per cent)[a-z' ]*", re.I)
_LEFT_OF = re.compile(r"^(?:is |what is |how much is )?(?:left|over|remaining) (?:from|of|out of) (?:the |my )?(?:£ ?)?\d[\d.]*(?: pounds| quid)?$", re.I)  # fmt: skip
_CHANGE = re.compile(r"(?P<paid>\d+(?:\.\d+)?) minus (?P<cost>\d+(?:\.\d+)?)")


def calculate(words: str, material: Material) -> Filled:
    """The sum as words and signs; where it is not understood wholly, the question for the whole sum."""
    filled = _calculated(words, material)
    if isinstance(filled, Missing):
        return filled
    change = _CHANGE.fullmatch(str(filled["expression"]))
    if change and re.search(r"\b(?:change|back)\b", words, re.I) and float(change["paid"]) < float(change["cost"]):
        short = f"{change['paid']} does not cover {change['cost']}. How much did you hand over?"
        return Missing(short, "expression")
    return filled


def _calculated(words: str, material: Material) -> Filled:
    words = _priced(notes_added(words))
    text = re.sub(
        r"^(?:please )?(?:tell me|work out|calculate|compute|figure out|give me|do the sum|what(?:'s|s| is| are| would| do| does)|how much (?:is|are|would|do|does|should))\s+",
        "",
        words,
        flags=re.I,
    )
    text = text.strip(" ?!.,")
    change = re.search(r"\bchange\b.*?\bfrom (?:an? )?(\d[\d.,]*)\D.*?(\d[\d.,]*)", to_digits(text), re.I)
    if change and len(re.findall(r"\d+(?:\.\d+)?", to_digits(text))) == 2:
        text = f"{change[1]} minus {change[2]}"
    passages = material.document.passages if material.document is not None else ()
    if asked := (of_whole(text, passages) or at_once(text, material.request, passages)) if passages else "":
        return {"expression": asked}
    if reckoned := on_hand(text, material):
        return {"expression": reckoned}
    if (told := on_told(text, material)) is not None:
        return told
    if (
        material.last_value
        and re.search(r"\b(?:that|it|the (?:result|answer|last one))\b", text, re.I)
        and not re.search(r"\bbill|total|tip\b", text, re.I)
    ):
        text = re.sub(r"\b(?:that|it|the (?:result|answer|last one))\b", material.last_value, text, count=1, flags=re.I)
    text = _PRICE_FIRST.sub(lambda match: f"{match['count']} for {match['price']}", text)
    text = _from_last(text, material)
    own = text
    if material.document is not None and not (material.last_value and material.last_value in text):
        text = printed_sum(text, material) or from_print(text, passages, material.request)
        text = with_named(text, material.request, passages) if text == own else text
    if text == own:
        text = text if _is_plain(text, material) else part_told(text) or told_sum(text, material) or text
    open_end = not material.last_value and _LEFT_OF.match(to_digits(text)) is not None
    if material.document is None and (open_end or _STORY_ALONE.search(text) or not _works_out(text)):
        whole = _works_out(_priced(notes_added(material.request)))
        if whole and not find_times(material.request):
            text = _priced(notes_added(material.request))  # the question was cut off from the story that it is about
        elif whole or open_end:  # a clock time among the amounts would be counted as one
            return Missing(UNPLAIN, "expression")
    if _OPEN_PERCENT.fullmatch(to_digits(text)) and not re.search(r"\b(?:total|bill|tip|service)\b", text, re.I):
        return Missing(UNPLAIN, "expression")  # "what that is with 20 percent on" is not the 20 percent alone
    alone = re.fullmatch(r"(?:please |can you )*(?:calculate|compute|work (?:it |this |something )?out|(?:do )?(?:a|the|some|me a) (?:sum|sums|maths|arithmetic|calculation)|sums?|maths)(?: for me| please)*", text, re.I)  # fmt: skip
    nothing = not re.search(r"\d", clean(text)) and is_on_nothing(text, material)
    if alone or nothing or not re.search(r"\d|\w{3}", text):
        return Missing("What should I work out?", "expression")
    return {"expression": text}


_PLAIN = re.compile(  # what a sum consists of beside its numbers
    r"\b(?:plus|minus|times|over|by|divided|multiplied|multiply|divide|add|subtract|take|away|from|of|off|on|to|and|the|an?|is|are|percent|per cent|half|third|quarter|square|squared|root|cubed|power|sum|total|tip|point|what|what's|and|then|it|that|split|between|among|ways|each|with|all|double|twice|please|difference|average|mean|into|in|more|than|less|increased|decreased|up|down|bill|service|vat|tax|how|much|many|go|goes|quid|pounds?|dollars?|euros?|pence|cents)\b",
    re.I,
)


def _is_plain(text: str, material: Material) -> bool:
    """Whether the words say the sum itself, or are a story that is understood: all else may have lost a word that counts."""
    numbers = clean(text)
    if TWO_WAYS.search(numbers) or PACKS.search(numbers) or not _works_out(text):
        return False
    each = any(one.per == "each" for one in amounts_in(plainly(text)))
    if (story := told(numbers)) is not None:
        return not is_another(story, text, material) and not (each and re.fullmatch(r"[\d.]+ \+ [\d.]+", story))
    return "%" in numbers or len(re.findall(r"[a-z']{2,}", _PLAIN.sub(" ", numbers))) < 2


def _works_out(text: str) -> bool:
    try:
        evaluate(text)
    except UserError:
        return False
    return True


_UNITS = (
    r"(?:square |cubic )?(?:kilo|centi|milli|mega|micro)?(?:met(?:re|er)s?|lit(?:re|er)s?|grams?|kilos?|kg|km|cm|mm|ml|dl|mg|lbs?|pounds?|ounces?|oz|stones?|"
    r"miles?|yards?|feet|foot|ft|inch(?:es)?|pints?|quarts?|gallons?|cups?|tablespoons?|teaspoons?|tbsp|tsp|fluid ounces?|fl oz|celsius|centigrade|"
    r"fahrenheit|kelvin|degrees(?: celsius| fahrenheit)?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|acres?|hectares?|mph|kph|km/h|"
    r"miles (?:an|per) hour|(?:kilomet(?:re|er)s|kilometers) (?:an|per) hour|knots?|calories|kcal|joules?|kilojoules|watts?|kilowatts?|horsepower|psi|bars?(?! of)|tons?|tonnes?|metric|litres?|l|g|f|c)"
)
_QUANTITY = re.compile(
    rf"(?:\d[\d.,/]*|(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|half|quarter|three quarters|and|point|of)\b[\s-]*)+\s*(?:°\s?[CF]|degrees\s+)?(?:{_UNITS}(?![a-z]))?(?:\s+\d+\s*(?:inches|inch|in|ounces|oz|pounds)?)?",
    re.I,
)


_GOES_ON = re.compile(  # a sum that begins with its sign works on what was worked out last
    r"^(?:and |then |now |so )*(?:(?P<sign>divided? by|times|multiply by|multiplied by|plus|minus|over) (?P<by>\S.*)|(?P<put>add|put|take off|take away|knock off|subtract|deduct) (?P<much>.*\d.*?)(?: (?:on|to|off|from)(?: (?:it|that|top))?)?|(?P<alone>halve|double|treble|triple|half)(?: it| that| of (?:it|that))?)$",
    re.I,
)
_AFTER = re.compile(
    r"\bleft (?:if|when|after|once) (?:i |we )?(?:spend|spent|pay|paid|use|used|take|took|give|gave|buy) (?P<gone>\d.*)$",
    re.I,
)
_SOME_OF = re.compile(r"^(?P<count>\d+|an?|half) (?:lots? )?(?:of )?(?:those|these|them|that)$", re.I)


def _from_last(text: str, material: Material) -> str:
    """The sum with the last result in the place that its words leave open: "divide by five", "what's left after i spend 20"."""
    value = material.last_value or amount_of(material.earlier)[0]
    value = value or ("" if material.document is not None else _number_in(material.quote or material.last_text))
    numbers = to_digits(text)
    if not value or len(re.findall(r"\d+(?:\.\d+)?", numbers)) > 1:
        return text
    if after := _AFTER.search(numbers):
        return f"{value} minus {after['gone']}"
    if some := _SOME_OF.match(numbers):
        return f"{some['count']} times {value}" if some["count"].isdigit() else f"half of {value}"
    goes_on = _GOES_ON.match(numbers)
    if goes_on is None:
        return text
    if goes_on["alone"]:
        return f"{goes_on['alone'].replace('halve', 'half')} of {value}"
    if goes_on["sign"]:
        return f"{value} {goes_on['sign']} {goes_on['by']}"
    adds = goes_on["put"].lower() in ("add", "put")
    return f"{value} {'plus' if adds else 'minus'} {goes_on['much']}"


def _number_in(text: str) -> str:
    """The first number of a text that was quoted, as digits; "" if it has none."""
    found = re.search(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-]*\d)", text[:400])
    return found[0].replace(",", "") if found else ""


_REASON = re.compile(  # told after it: "three quarter inch, I am checking one pipe"; a number there may belong to it
    r",\s*(?:because|cos|as|since|so|i|i'm|i've|we|we're|my|he|she|they|it's|it is|this is|just|only)\b(?!.*\b(?:\d|is|are|to|into|how|what)\b)[^\d,]*$",
    re.I,
)


def convert_units(words: str, material: Material) -> Filled:
    text = _spoken_units(_REASON.sub("", words.strip(" ?!.")[:200]))
    if plain := quantity_and_unit(text) or quantity_and_unit(_spoken_units(words.strip(" ?!.")[:200])):
        return {"quantity": plain[0], "unit": plain[1]}
    patterns = (
        rf"how many (?P<unit>{_UNITS})(?: are| is| do| does| there| go| make| in| to| you| get| that)*\s+(?P<quantity>.+)$",
        rf"(?:convert|turn|change|make)\s+(?P<quantity>.+?)\s+(?:to|into|in)\s+(?P<unit>{_UNITS})\b",
        rf"(?P<quantity>.+?)\s+(?:in|into|to|as)\s+(?P<unit>{_UNITS})\b",
    )
    if alone := re.fullmatch(
        rf"(?:(?:and|then|now|so) )*(?:(?:say|give|tell|do) (?:me )?(?:it|that) )?(?:in|into|to|as) (?P<unit>{_UNITS})(?: (?:please|instead))?",
        text,
        re.I,
    ):
        text = f"that in {alone['unit']}"
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
            measured = _measured(quantity, match["unit"], material)
            if not measured:
                return Missing(
                    f"How much of what should I convert to {match['unit']}?", "quantity", {"unit": match["unit"]}
                )
            return {"quantity": measured, "unit": match["unit"]}
    quantity_alone = _QUANTITY.search(text)
    degrees = re.search(r"([\d.]+) ?(?:degrees )?(fahrenheit|celsius|centigrade)\b", to_digits(text), re.I)
    if degrees:  # there is one other scale
        other = "celsius" if degrees[2].lower() == "fahrenheit" else "fahrenheit"
        return {"quantity": f"{degrees[1]} {degrees[2].lower()}", "unit": other}
    if quantity_alone and not re.fullmatch(r"\W*(?:an?|and|of|the|point)?\W*", quantity_alone[0], re.I):
        before = next((one.value for one in material.earlier[:1] if one.kind == "quantity" and one.now), "")
        if before and re.search(
            r"\bhow (?:many|much)\b", text, re.I
        ):  # "how many grams in 9 ounces, and how many in a stone"
            return {"quantity": quantity_alone[0].strip(), "unit": before}
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
    text = re.sub(r"\b(?:kays|klicks|ks)\b", "kilometres", text, flags=re.I)
    return re.sub(r"\s+(?:like|about|roughly|or so)(?=\s+(?:in|into|to)\b)", "", text, flags=re.I)


def _measured(quantity: str, unit: str, material: Material) -> str:
    """The quantity itself where the user says "that" or "the oven temperature"; "" where nothing said or printed measures what the unit does."""
    stated = _QUANTITY.search(to_digits(quantity))
    if stated and re.search(r"\d", stated[0]) and re.search(r"\b(?:that|it|this|i'm|is)\b", quantity, re.I):
        return stated[0].strip()  # "I'm five foot ten, what is that"
    if re.search(r"\d", quantity) or _QUANTITY.match(quantity):
        return quantity
    sources = [one.text for one in material.earlier]
    if material.document is not None:
        found = find_answer(material.document, quantity, material.encode)
        sources += [found.text if found else "", material.document.text]
    for source in [*sources, material.last_text]:
        if measured := quantity_for(source, unit):
            return measured
    return "" if only_pointer(quantity) or sources else quantity
