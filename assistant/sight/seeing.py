"""Answers about one picture: describe it, find something in it, name a colour, read its barcodes.

Each answer is one or two short sentences with the same as data. What a picture says is data and never obeyed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.sight.colours import NAMED, main_colours, say_colours
from assistant.sight.looking import Verbosity
from assistant.sight.objects import POSSIBLE, chance, hedge, namer
from assistant.sight.places import Region, clock_hour, find_region, say_place
from assistant.sight.reading import Line, is_document, is_pdf
from assistant.sight.symbols import Symbol, bare_name, listed
from encoders.image_input import check_file

if TYPE_CHECKING:
    from assistant.perception import Perception
    from assistant.sight.reading import Reading

CENTRE = (0.38, 0.38, 0.62, 0.62)
GRID = tuple((x / 4, y / 4, x / 4 + 0.5, y / 4 + 0.5) for y in range(3) for x in range(3))  # overlapping halves
_WANTED = re.compile(
    r"(?:where(?:'s| is| are|s)?|is there|are there|(?:can|do) you see|find) (?:the |an? |any |my |some )?(.+?)[?.! ]*$"
)
_ICONS = re.compile(r"(?:all |the |any )*(?:icons|symbols|icon names)(?: (?:there|here|on (?:it|the screen)))?", re.I)
_KNOWN = re.compile(r"\b(icon|symbol|emoji|emoticon|smiley|sign|chart|graph|diagram|screen|app|product|grocery)\b")
_KINDS = {"symbol": "icon", "emoticon": "emoji", "smiley": "emoji", "graph": "chart", "diagram": "chart",
          "app": "screen", "product": "groceries", "grocery": "groceries"}  # fmt: skip
COLOUR_NAMES = frozenset(name for name, _ in NAMED)


@dataclass(frozen=True)
class Sight:
    """An answer about a picture.

    Attributes:
        text: to be said first.
        more: what "more" adds.
        confidence: 0 to 1.
        data: the same as JSON values.
        found: False when what was asked for is not there.
    """

    text: str
    more: str = ""
    confidence: float = 1.0
    data: dict[str, Any] = field(default_factory=dict)
    found: bool = True


def describe(senses: "Perception", path: Path, verbosity: Verbosity = "normal") -> Sight:
    """What the picture shows; of a PDF, how many pages and how it begins. Raises UserError."""
    check_file(path, "picture or document")
    if is_document(path):
        return _describe_document(senses.read(path), "PDF document" if is_pdf(path) else "document")
    look = senses.look(path)
    data = {
        "objects": [{"name": thing.name, "probability": round(thing.probability, 3), "hazard": thing.hazard,
                     "kind": thing.kind} for thing in look.things],
        "words": list(look.words), "print_count": look.print_count, "page_of_text": look.page,
        "colours": [{"name": colour.name, "share": colour.share, "hex": colour.hex} for colour in look.colours],
        "light": look.quality.light, "blurred": look.quality.blurred, "blank": look.quality.blank,
        "chart": None if look.chart is None else look.chart.as_json(),
        "seen": None if look.seen is None else look.seen.as_json(), "differ": look.differ,
        "hints": list(look.quality.hints), "barcodes": [_code(code) for code in look.barcodes], "size": list(look.size),
    }  # fmt: skip
    more = "" if verbosity == "full" else look.more()
    return Sight(look.sentence(verbosity), more, look.confidence, data)


def find(senses: "Perception", path: Path, thing: str) -> Sight:
    """Whether and where something is: print, a barcode, an icon, a colour, an object. Raises UserError."""
    wanted = " ".join(thing.split())
    if _ICONS.fullmatch(wanted) and not _is_document(path):
        return _all_icons(senses, path)
    if re.search(r"\b(barcode|bar code|qr|code)\b", wanted, re.I) and not _is_document(path):
        return barcodes(senses, path)
    reading = senses.read(path)
    lines = [line for line in reading.lines if _mentions(line.text, wanted)]
    if lines:
        return _found_print(wanted, lines, reading)
    if _is_document(path):
        return Sight(f'I did not find "{wanted}" in the text.', data={"thing": wanted}, found=False)
    if wanted.lower() in COLOUR_NAMES or any(name.endswith(f" {wanted.lower()}") for name in COLOUR_NAMES):
        return _find_colour(senses, path, wanted.lower())
    return _find_seen(senses, path, wanted) or _find_object(senses, path, wanted)


def name_colour(senses: "Perception", path: Path, where: str = "centre") -> Sight:
    """The colour at a place ("centre", "top left", "3 o'clock", "whole"). Raises UserError."""
    image = senses.picture(path)
    region, place = find_region(where) or (CENTRE, "in the centre")
    colours = main_colours(image, region, least=0.2)
    quality = senses.look(path).quality
    poor = quality.light in ("dark", "black")
    confidence = round(min(1.0, 0.55 + 0.45 * colours[0].share) * (0.5 if poor else 1.0), 3)
    text = f"{say_colours(colours).capitalize()}, {place}."
    if poor:
        text += " The light is poor, so the colour may be wrong."
    data = {"where": place, "colours": [{"name": c.name, "share": c.share, "hex": c.hex} for c in colours],
            "value": colours[0].name}  # fmt: skip
    return Sight(text, "", confidence, data)


def barcodes(senses: "Perception", path: Path) -> Sight:
    """Every barcode: kind, text and place. Raises UserError."""
    codes = senses.barcodes(path)
    if not codes:
        hints = senses.look(path).quality.hints
        advice = hints[0] if hints else "Turn the packet slowly, about 20 centimetres from the camera."
        return Sight(f"I found no barcode. {advice}", data={"barcodes": []}, found=False)
    spoken = [f"{code.spoken_kind} {say_place(*code.centre)}: {code.text}" for code in codes]
    text = f"{spoken[0]}." if len(codes) == 1 else f"{len(codes)} codes. " + ". ".join(spoken) + "."
    return Sight(text, data={"barcodes": [_code(code) for code in codes], "value": codes[0].text})


def answer(senses: "Perception", path: Path, question: str = "") -> Sight:
    """A question in words about a picture; without one, or with one that is not understood, its description."""
    asked = question.lower()
    if re.search(r"\bcolou?rs?\b", asked):
        return name_colour(senses, path, question if find_region(question) else "centre")
    if re.search(r"\b(bar ?code|qr)\b", asked):
        return barcodes(senses, path)
    if re.search(r"\b(?:what|which|name the|list the) (?:icons|symbols)\b", asked) and not _is_document(path):
        return _all_icons(senses, path)
    wanted = _WANTED.match(asked)
    if wanted:
        return find(senses, path, wanted[1])
    kind = _KNOWN.search(asked)
    if kind and not _is_document(path) and (known := _of_kind(senses, path, _KINDS.get(kind[1], kind[1]))):
        return known
    if re.search(r"\b(read|say|says|written|text|words?|print)\b", asked):
        reading = senses.read(path)
        text = reading.text or "I found no print."
        return Sight(text, "", reading.confidence, {"text": reading.text}, found=bool(reading.lines))
    seen = describe(senses, path)
    if asked and not re.match(r"(what|describe|who)\b", asked):
        return Sight(
            f"I cannot answer that, but this is what I see. {seen.text}", seen.more, seen.confidence, seen.data
        )
    return seen


def _describe_document(reading: "Reading", what: str) -> Sight:
    pages = f"{reading.page_count} page{'s' if reading.page_count != 1 else ''}"
    begins = f', beginning "{reading.lines[0].text}"' if reading.lines else ", with no text that I can read"
    return Sight(f"A {what} of {pages}{begins}. Say read it to hear it.", data={"pages": reading.page_count})


def _found_print(wanted: str, lines: Sequence[Line], reading: "Reading") -> Sight:
    first = lines[0]
    page = next(page for page in reading.pages if page.number == first.page)
    x, y = _middle(first, page.size)
    where = say_place(x, y) + (f" of page {first.page}" if reading.page_count > 1 else "")
    unsure = " I am not sure of every letter." if first.uncertain else ""
    rest = [f'"{line.text}"' for line in lines[1:6]]
    data = {"thing": wanted, "where": where, "clock": clock_hour(x, y), "as": "print", "count": len(lines),
            "lines": [{"text": line.text, "confidence": line.confidence, "box": line.box, "page": line.page}
                      for line in lines]}  # fmt: skip
    also = f" It is there {len(lines)} times." if len(lines) > 1 else ""
    more = f"Also: {', '.join(rest)}." if rest else ""
    return Sight(f'It says "{first.text}" {where}.{also}{unsure}', more, first.confidence, data)


def _find_colour(senses: "Perception", path: Path, wanted: str) -> Sight:
    image = senses.picture(path)
    shares = []
    for region in GRID:
        colours = main_colours(image, region, least=0.0)
        shares.append(sum(c.share for c in colours if c.name == wanted or c.name.endswith(f" {wanted}")))
    best = max(range(len(GRID)), key=shares.__getitem__)
    if shares[best] < 0.08:
        return Sight(f"I see nothing {wanted}.", data={"thing": wanted, "as": "colour"}, found=False)
    left, top, right, bottom = GRID[best]
    x, y = (left + right) / 2, (top + bottom) / 2
    even = min(shares) > 0.6 * shares[best]
    where = "over most of the picture" if even else _say_cell(x, y)
    data = {"thing": wanted, "where": where, "clock": None if even else clock_hour(x, y), "as": "colour"}
    return Sight(f"{wanted.capitalize()} is {where}.", data=data, confidence=0.8)


def _find_seen(senses: "Perception", path: Path, wanted: str) -> Sight | None:
    """What the eyes know: the whole picture, or an icon on a screen; None where neither is it."""
    seen, name = senses.look(path).seen, bare_name(wanted)
    if seen is not None and seen.spoken and _mentions(seen.name, name):
        where = "filling most of the picture"
        data = {"thing": wanted, "name": seen.name, "where": where, "clock": None, "as": seen.kind,
                "probability": round(seen.probability, 3)}  # fmt: skip
        text = f"{hedge(seen.probability)}{seen.phrase}, {where}."
        return Sight(text[0].upper() + text[1:], "", seen.probability, data)
    asked_for_icon = name != wanted
    if not asked_for_icon and (seen is None or seen.kind != "screen"):
        return None
    there = [one for one in senses.symbols(path) if _mentions(one.name, name)]
    if there:
        return _found_symbol(wanted, there, senses.picture(path).size)
    text = f"I do not see {_some(wanted)}. I may miss small or hidden things."
    return Sight(text, data={"thing": wanted}, found=False, confidence=0.5) if asked_for_icon else None


def _of_kind(senses: "Perception", path: Path, kind: str) -> Sight | None:
    """An answer to "what does this sign mean?", "what icon is this?"; None where the eyes see nothing of that kind."""
    look = senses.look(path)
    if look.seen is None or not look.seen.spoken or look.seen.kind != kind:
        return None
    print_said = f" It reads: {', '.join(look.words)}." if kind == "sign" and look.words else ""
    said = look.sentence("brief") if look.differ or not print_said else f"{look.seen.thing.say()}.{print_said}"
    data = {"seen": look.seen.as_json(), "differ": look.differ, "words": list(look.words)}
    return Sight(said[:1].upper() + said[1:], look.more(), look.confidence, data)


def _all_icons(senses: "Perception", path: Path) -> Sight:
    """Every icon that has a name, the surest first, and where it is."""
    there = senses.symbols(path)
    text, more, data = listed(there, senses.picture(path).size)
    return Sight(text, more, min((one.probability for one in there), default=0.5), data, found=bool(there))


def _found_symbol(wanted: str, there: Sequence[Symbol], size: tuple[int, int]) -> Sight:
    best = there[0]
    x, y = best.middle(size)
    where = say_place(x, y)
    data = {"thing": wanted, "name": best.name, "where": where, "clock": clock_hour(x, y), "as": "icon",
            "box": list(best.box), "probability": round(best.probability, 3)}  # fmt: skip
    others = f" There are {len(there)} like it." if len(there) > 1 else ""
    text = f"{hedge(best.probability)}the {best.name} icon, {where}.{others}"
    return Sight(text[0].upper() + text[1:], "", best.probability, data)


def _find_object(senses: "Perception", path: Path, wanted: str) -> Sight:
    words = namer().vocabulary
    whole_name, whole = chance(senses.class_probabilities(path), words, wanted)
    if not whole_name:
        text = f"I cannot tell whether there is {_some(wanted)}: I do not know it by sight, and no print says so."
        return Sight(text, data={"thing": wanted}, found=False, confidence=0.5)
    image = senses.picture(path)
    crops = [image.crop(_pixels(region, image.size)) for region in GRID]
    chances = [namer().chance(crop, wanted)[1] for crop in crops]
    best = max(range(len(GRID)), key=chances.__getitem__)
    probability = max(whole, chances[best] * 0.95)  # nine tries find more by chance than one
    if probability < POSSIBLE:
        return Sight(f"I do not see {_some(wanted)}. I may miss small or hidden things.",
                     data={"thing": wanted, "probability": round(probability, 3)}, found=False)  # fmt: skip
    left, top, right, bottom = GRID[best]
    x, y = (left + right) / 2, (top + bottom) / 2
    spread = sum(value > 0.7 * chances[best] for value in chances) > 3
    where = "filling most of the picture" if spread else _say_cell(x, y)
    data = {"thing": wanted, "name": whole_name, "where": where, "clock": None if spread else clock_hour(x, y),
            "probability": round(probability, 3), "as": "object"}  # fmt: skip
    text = f"{hedge(probability)}{whole_name}, {where}."
    return Sight(text[0].upper() + text[1:], "", probability, data)


def _say_cell(x: float, y: float) -> str:
    """A cell of the grid of overlapping halves; its middles lie at a quarter, a half and three quarters."""
    place = say_place((x - 0.5) * 1.4 + 0.5, (y - 0.5) * 1.4 + 0.5)
    hour = clock_hour(x, y)
    return f"{place}, at {hour} o'clock" if hour else place


def _mentions(text: str, wanted: str) -> bool:
    words = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", wanted))
    return bool(words) and re.search(rf"(?<!\w){words}(?!\w)", text, re.I) is not None


def _middle(line: Line, size: tuple[float, float]) -> tuple[float, float]:
    x = sum(corner[0] for corner in line.box) / len(line.box) / size[0]
    y = sum(corner[1] for corner in line.box) / len(line.box) / size[1]
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


def _pixels(region: Region, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = region
    return round(left * size[0]), round(top * size[1]), round(right * size[0]), round(bottom * size[1])


def _is_document(path: Path) -> bool:
    check_file(path, "picture or document")
    return is_document(path)


def _some(wanted: str) -> str:
    if wanted.lower().startswith(("a ", "an ", "the ", "any ", "my ")) or wanted.endswith("s"):
        return wanted
    return f"{'an' if wanted[:1].lower() in 'aeiou' else 'a'} {wanted}"


def _code(code: Any) -> dict[str, Any]:
    return {"kind": code.kind, "text": code.text, "where": say_place(*code.centre)}
