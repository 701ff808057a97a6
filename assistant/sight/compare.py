"""Two pictures side by side: what is the same, and the differences that matter (name, amount, price, date, code)."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.perception import content_key
from assistant.phrases.wording import say_list
from assistant.sight.colours import say_colours
from assistant.sight.reading import is_pdf
from assistant.sight.seeing import Sight
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.perception import Perception
    from assistant.sight.looking import Look

READABLE = 0.6  # confidence from which a line counts
SAME = 0.85  # likeness of two readings of one line
SAID = 2  # lines of each that are said at once
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s?(kg|g|mg|ml|cl|dl|l|litres?|oz|lbs?)\b", re.I)
_PRICE = re.compile(r"(?:[£$€]\s?\d+(?:[.,]\d{2})?|\d+[.,]\d{2}\s?(?:[£$€]|eur|usd|gbp)\b|\b\d{1,3}p\b)", re.I)
_DATE = re.compile(
    r"\b(?:\d{1,2}[./ -]\d{1,2}[./ -]\d{2,4}|"
    r"\d{1,2} ?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.? ?\d{0,4})\b",
    re.I,
)


@dataclass(frozen=True)
class Side:
    """What is known of one picture: lines of print with the largest first, facts, codes, things, colours."""

    lines: tuple[str, ...]
    amounts: tuple[str, ...]
    prices: tuple[str, ...]
    dates: tuple[str, ...]
    codes: tuple[str, ...]
    look: "Look"
    unsure: bool


def compare(senses: "Perception", first: Path, second: Path, question: str = "") -> Sight:
    """The differences between two pictures, short first.

    Raises:
        UserError: one of them can't be opened, or is a document of pages.
    """
    for path in (first, second):
        if is_pdf(path):
            raise UserError(f"{path.name} is a document, not a picture.", "Show me two pictures.")
    if content_key(first) == content_key(second):
        return Sight("The two pictures are the same picture.", data={"same": True})
    one, two = _side(senses, first), _side(senses, second)
    said, rest = _differences(one, two)
    data = {"first": _as_json(one), "second": _as_json(two), "same": not said}
    if not said:
        said = ["I see no difference between the two."]
    unsure = [place for place, side in (("first", one), ("second", two)) if side.unsure]
    confidence = 0.55 if unsure else 0.9
    if unsure:
        data["doubt"] = f"the print on the {say_list(unsure)} is weak"
        said.append(f"I am not sure of the {say_list(unsure)}.")
    return Sight(" ".join(said), " ".join(rest), confidence, data)


def _side(senses: "Perception", path: Path) -> Side:
    page = senses.read(path).pages[0]
    readable = [line for line in page.lines if line.confidence >= READABLE and re.search(r"\w{2}", line.text)]
    lines = tuple(line.text for line in sorted(readable, key=lambda line: -_height(line.box)))
    text = "\n".join(line.text for line in readable)
    return Side(
        lines, _found(_AMOUNT, text), _found(_PRICE, text), _found(_DATE, text),
        tuple(code.text for code in senses.barcodes(path)), senses.look(path),
        bool(readable) and sum(line.uncertain for line in readable) > len(readable) / 2,
    )  # fmt: skip


def _differences(one: Side, two: Side) -> tuple[list[str], list[str]]:
    """Sentences said at once, and those for "more"."""
    only_one, only_two = _without(one.lines, two.lines), _without(two.lines, one.lines)
    shared = [line for line in one.lines if line not in only_one]
    said: list[str] = []
    rest: list[str] = []
    names = _named(only_one, only_two)
    if names:
        said.append(names)
    same = []
    for label, left, right in (
        ("", one.amounts, two.amounts),
        ("", one.prices, two.prices),
        ("dated ", one.dates, two.dates),
    ):
        if left and right and set(left) == set(right):
            same.append(f"{label}{say_list(left[:2])}")
        elif left or right:
            said.append(f"The first {_has(label, left)}, the second {_has(label, right)}.")
    if same:
        said[-1:] = [f"{said[-1].rstrip('.')}; both {say_list(same)}."] if said else [f"Both {say_list(same)}."]
    if one.codes and two.codes:
        equal = one.codes[0] == two.codes[0]
        (said if equal else rest).append("Their barcodes are the same." if equal else "Their barcodes differ.")
    if not one.lines and not two.lines:
        said.append(_seen(one, two))
    else:
        rest.append(_colours(one, two))
    if shared:
        rest.append(f"Both say {say_list(shared[:4])}.")
    rest += [f"Also only on the {place}: {say_list(lines[SAID:SAID + 5])}." for place, lines in
             (("first", only_one), ("second", only_two)) if lines[SAID:]]  # fmt: skip
    return [one for one in said if one], [one for one in rest if one]


def _named(only_one: Sequence[str], only_two: Sequence[str]) -> str:
    """The largest print that only one of the two has."""
    first, second = ", ".join(_plainly(only_one)[:SAID]), ", ".join(_plainly(only_two)[:SAID])
    if first and second:
        return f"The first says {first}, the second {second}."
    if first or second:
        return f"Only the {'first' if first else 'second'} says {first or second}."
    return ""


def _plainly(lines: Sequence[str]) -> list[str]:
    """Without lines that are nothing but an amount, a price or a date: those are told apart by themselves."""
    return [line for line in lines if re.search(r"[^\W\d_]{3}", _DATE.sub("", _PRICE.sub("", _AMOUNT.sub("", line))))]


def _seen(one: Side, two: Side) -> str:
    first, second = (say_list([thing.say() for thing in side.look.things]) or "something" for side in (one, two))
    if first == second:
        return f"Both look like {first}. {_colours(one, two)}"
    return f"The first shows {first}, the second {second}."


def _colours(one: Side, two: Side) -> str:
    first, second = say_colours(one.look.colours), say_colours(two.look.colours)
    return f"Both are {first}." if first == second else f"The first is {first}, the second {second}."


def _has(label: str, values: Sequence[str]) -> str:
    return f"is {label}{say_list(values[:2])}" if values else "says none" if not label else "has no date"


def _without(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    return [line for line in lines if not any(_alike(line, other) for other in others)]


def _alike(first: str, second: str) -> bool:
    left, right = (re.sub(r"\W+", "", text).casefold() for text in (first, second))
    if re.sub(r"\D", "", left) != re.sub(r"\D", "", right):
        return False  # one digit is a difference that matters
    return left == right or difflib.SequenceMatcher(None, left, right).ratio() >= SAME


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(match[0].split()) for match in pattern.finditer(text)))


def _height(box: Sequence[tuple[float, float]]) -> float:
    return ((box[3][0] - box[0][0]) ** 2 + (box[3][1] - box[0][1]) ** 2) ** 0.5


def _as_json(side: Side) -> dict[str, object]:
    return {
        "lines": list(side.lines), "amounts": list(side.amounts), "prices": list(side.prices),
        "dates": list(side.dates), "barcodes": list(side.codes),
        "objects": [thing.name for thing in side.look.things], "colours": [one.name for one in side.look.colours],
    }  # fmt: skip
