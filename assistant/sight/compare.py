"""Two pictures side by side: the differences that matter (name, amount, price, date, code), and what is the same."""

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.perception import content_key
from assistant.phrases.found_dates import FoundDate, find_dates
from assistant.phrases.wording import say_list
from assistant.sight.colours import Colour, main_colours, say_colours
from assistant.sight.looking import PAGE_LETTERS, PAGE_PIECES, PAGE_SHARE
from assistant.sight.quality import judge
from assistant.sight.reading import Line, Page, is_pdf
from assistant.sight.seeing import Sight
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.perception import Perception
    from assistant.sight.objects import Thing

READABLE = 0.6  # confidence from which a line counts
SAME = 0.85  # likeness of two readings of one line
SAID = 2  # names of each that are said at once
NAME_WORDS = 6  # in the longest name that is put together from lines
_UNITS = {
    "kg": 1000.0,
    "g": 1.0,
    "mg": 0.001,
    "l": 1000.0,
    "cl": 10.0,
    "dl": 100.0,
    "ml": 1.0,
    "oz": 28.35,
    "lb": 453.6,
}
AMOUNT = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s?(kg|mg|g|ml|cl|dl|l|oz|lb)s?\b", re.I)
PRICE = re.compile(
    r"[£$€]\s?(\d+(?:[.,]\d{2})?)|\b(\d+[.,]\d{2})\s?(?:[£$€]|eur\b|usd\b|gbp\b)|"
    r"\b(?:price|cost|now|only|each|total)\s?:?\s(\d+[.,]\d{2})\b(?!\s?(?:kg|g|ml|l)\b)",  # a label instead of a sign
    re.I,
)
_LABEL = re.compile(
    r"best before|use by|expiry|exp\b|bbe?\b|net|weight|contents|e\b|from|price|only|now|each|per", re.I
)


@dataclass(frozen=True)
class Side:
    """What is known of one picture.

    Attributes:
        lines: readable print, the largest first.
        names: the same put together where lines belong to one name, by line.
        amounts, prices: the printed words with their value, in grams or millilitres, and in money.
        dates: of best before, of a letter, of an appointment.
        codes: texts of barcodes.
        colours: largest first.
        begins: how its print begins where it is a page of text, which no largest line tells from another; else "".
        unsure: why its print is doubtful; "" where it is not.
        things: what is seen there; looked for only where neither picture has print to tell it by.
    """

    lines: tuple[str, ...]
    names: dict[str, str]
    amounts: tuple[tuple[str, float], ...]
    prices: tuple[tuple[str, float], ...]
    dates: tuple[FoundDate, ...]
    codes: tuple[str, ...]
    colours: tuple[Colour, ...]
    begins: str
    unsure: str
    things: "tuple[Thing, ...]" = ()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def sides(senses: "Perception", first: Path, second: Path, now: datetime) -> tuple[Side, Side]:
    """Both pictures, read, and where neither has print looked at, which takes as long again.

    Raises:
        UserError: one can't be opened, or is a document of pages.
    """
    for path in (first, second):
        if is_pdf(path):
            raise UserError(f"{path.name} is a document, not a picture.", "Show me two pictures.")
    one, two = _side(senses, first, now), _side(senses, second, now)
    if one.lines or two.lines:
        return one, two
    return replace(one, things=senses.look(first).things), replace(two, things=senses.look(second).things)


def compare(senses: "Perception", first: Path, second: Path, now: datetime, question: str = "") -> Sight:
    """The differences between two pictures, short first; the answer to a question about them where it is understood.

    Raises:
        UserError: one of them can't be opened, or is a document of pages.
    """
    from assistant.sight.compare_asked import asked

    one, two = sides(senses, first, second, now)
    if content_key(first) == content_key(second):
        return Sight("The two pictures are the same picture.", data={"same": True})
    said, rest = _differences(one, two)
    data: dict[str, object] = {"first": _as_json(one), "second": _as_json(two), "same": not said}
    said = said or ["I see no difference between the two."]
    if question and (answer := asked(one, two, question)):
        said, rest = [answer], said + rest
    confidence = 0.95
    for place, side in (("first", one), ("second", two)):
        if side.unsure:
            said.append(f"I am not sure of the {place}: {side.unsure}")
            data["doubt"], confidence = f"the print on the {place} is weak", 0.55
    return Sight(" ".join(said), " ".join(rest), confidence, data)


def _side(senses: "Perception", path: Path, now: datetime) -> Side:
    image, page = senses.picture(path), senses.read(path).pages[0]
    readable = [line for line in page.lines if line.confidence >= READABLE and re.search(r"\w{2}", line.text)]
    text = "\n".join(line.text for line in readable)
    weak = [line for line in readable if line.uncertain]
    hints = judge(image).hints
    unsure = ""
    if hints and (weak or not readable):
        unsure = hints[0]
    elif len(weak) > len(readable) / 2:
        unsure = "the print is hard to read."
    return Side(
        tuple(line.text for line in sorted(readable, key=lambda line: -_height(line))),
        _names(readable),
        tuple(dict.fromkeys(_amounts(text))),
        tuple(dict.fromkeys((one[3] or one[0], _number(one[1] or one[2] or one[3])) for one in PRICE.finditer(text))),
        tuple(find_dates(text, now)),
        tuple(code.text for code in senses.barcodes(path)),
        main_colours(image),
        _beginning(page, readable),
        unsure,
    )


def _beginning(page: Page, readable: Sequence[Line]) -> str:
    """The first line of a page of text: many lines of some length that cover a good part of it."""
    covered = sum(math.dist(line.box[0], line.box[1]) * _height(line) for line in readable)
    first = [line.text for line in readable[:4]]
    many = len(readable) >= PAGE_PIECES and covered >= PAGE_SHARE * page.size[0] * page.size[1]
    return first[0] if many and sum(map(len, first)) >= PAGE_LETTERS * len(first) else ""


def _names(lines: Sequence[Line]) -> dict[str, str]:
    """Each line with the name that it is of: lines of one size that stand close together are one ("Tomato", "Soup")."""
    names: dict[str, str] = {}
    group: list[Line] = []
    for line in [*lines, None]:
        if line is not None and (not group or _belongs(group[-1], line)):
            group.append(line)
            continue
        joined = " ".join(one.text for one in group)
        short = len(joined.split()) <= NAME_WORDS
        names |= {one.text: joined if short else one.text for one in group}
        group = [line] if line is not None else []
    return names


def _belongs(above: Line, below: Line) -> bool:
    tall, other = _height(above), _height(below)
    gap = min(y for _, y in below.box) - max(y for _, y in above.box)
    plain = not any(_is_fact(line.text) for line in (above, below))
    return plain and 0.7 < tall / max(other, 1) < 1.4 and -tall / 2 < gap < 0.6 * tall


def _differences(one: Side, two: Side) -> tuple[list[str], list[str]]:
    """Sentences said at once, and those for "more"."""
    only_one, only_two = _without(one.lines, two.lines), _without(two.lines, one.lines)
    shared = [line for line in one.lines if line not in only_one]
    said = [_named(one, two, only_one, only_two)]
    rest: list[str] = []
    same: list[str] = []
    for verb, left, right in _facts(one, two):
        if left and right and set(left) == set(right):
            same.append(say_list(left[:2]))
        elif left and right:
            said.append(f"The first {verb} {say_list(left[:2])}, the second {say_list(right[:2])}.")
        elif left or right:
            rest.append(f"Only the {'first' if left else 'second'} {verb} {say_list((left or right)[:2])}.")
    said = [sentence for sentence in said if sentence]
    if same:
        both = f"both say {say_list(same)}"
        said = [f"{said[0].rstrip('.')}; {both}.", *said[1:]] if said else [f"{both.capitalize()}."]
        if not (only_one or only_two):
            said = []
            rest.append(f"{both.capitalize()}.")
    if one.codes and two.codes:
        equal = one.codes[0] == two.codes[0]
        (said if equal and said else rest).append(f"Their barcodes {'are the same' if equal else 'differ'}.")
    if not one.lines and not two.lines:
        said.append(_seen(one, two))
    else:
        rest.append(_colours(one, two))
    if shared:
        rest.append(f"Both say {say_list([line for line in shared if not _is_fact(line)][:4])}.")
    return said, rest


def _facts(one: Side, two: Side) -> list[tuple[str, list[str], list[str]]]:
    """(verb, of the first, of the second) for amounts, prices and dates."""
    return [
        ("says", [text for text, _ in one.amounts], [text for text, _ in two.amounts]),
        ("costs", [text for text, _ in one.prices], [text for text, _ in two.prices]),
        ("is dated", [date.text for date in one.dates], [date.text for date in two.dates]),
    ]


def _named(one: Side, two: Side, only_one: Sequence[str], only_two: Sequence[str]) -> str:
    """The largest print that only one of the two has; of pages of text, how each begins."""
    if one.begins or two.begins:
        begins = [side.begins or next(iter(side.lines), "nothing I can read") for side in (one, two)]
        return f'The first begins "{begins[0]}", the second "{begins[1]}".'
    first, second = _largest(one, only_one), _largest(two, only_two)
    if first and second:
        return f"The first says {first}, the second {second}."
    if first or second:
        return f"Only the {'first' if first else 'second'} says {first or second}."
    return ""


def _largest(side: Side, lines: Sequence[str]) -> str:
    names = dict.fromkeys(side.names[line] for line in lines if not _is_fact(line))
    return ", ".join(list(names)[:SAID])


def _is_fact(line: str) -> bool:
    """Whether a line says nothing but an amount, a price or a date: those are told apart by themselves."""
    rest = re.sub(
        r"\b\d{1,2}[/. -]\d{1,2}[/. -]\d{2,4}\b|\b\d{1,2}[/.-]\d{4}\b", "", PRICE.sub("", AMOUNT.sub("", line))
    )
    return re.search(r"[^\W\d_]{3}", _LABEL.sub("", rest)) is None


def _seen(one: Side, two: Side) -> str:
    first, second = (say_list([thing.say() for thing in side.things]) or "something" for side in (one, two))
    if first == second:
        return f"I see {first} on both. {_colours(one, two)}"
    return f"The first shows {first}, the second {second}."


def _colours(one: Side, two: Side) -> str:
    first, second = say_colours(one.colours), say_colours(two.colours)
    return f"Both are {first}." if first == second else f"The first is {first}, the second {second}."


def _without(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    return [line for line in lines if not any(_alike(line, other) for other in others)]


def _alike(first: str, second: str) -> bool:
    left, right = (re.sub(r"\W+", "", text).casefold() for text in (first, second))
    if re.sub(r"\D", "", left) != re.sub(r"\D", "", right):
        return False  # one digit is a difference that matters
    return left == right or difflib.SequenceMatcher(None, left, right).ratio() >= SAME


def _amounts(text: str) -> Iterator[tuple[str, float]]:
    for found in AMOUNT.finditer(text):
        yield " ".join(found[0].split()), _number(found[1]) * _UNITS[found[2].lower()]


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _height(line: Line) -> float:
    return math.dist(line.box[0], line.box[3])


def _as_json(side: Side) -> dict[str, object]:
    return {
        "lines": list(side.lines), "amounts": [text for text, _ in side.amounts],
        "prices": [text for text, _ in side.prices], "dates": [date.text for date in side.dates],
        "barcodes": list(side.codes), "objects": [thing.name for thing in side.things],
        "colours": [one.name for one in side.colours],
    }  # fmt: skip
