"""What a wish to keep something comes to: the value that an earlier step or the print holds, and every name that the user gives it.

"put it in my notes, it's the lime pickle" after a scan is "the lime pickle: 5018823400179". Where nothing earlier and nothing
printed is meant beyond doubt, nothing is said here, and the words are kept as they stand.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.steps.extraction import Document, find_answer, find_name
from assistant.steps.keeping import POINTER, Keeping, keeping
from assistant.steps.kept_results import (
    after_colon,
    counted,
    door_number,
    in_that,
    listed_plainly,
    of_sum,
    on_this,
    owed,
    printed_tokens,
)
from assistant.steps.listed_things import ASKED, CONTAINS, things_in
from assistant.steps.printed import value_for
from assistant.steps.reasons import without_why
from assistant.steps.slots import Filled, Material, Missing, looked_up
from assistant.steps.slots_earlier import Said, as_said, named_thing

KEPT_BY = {"add_note": "text", "remember": "fact"}
LONGEST_PASSAGE = 240  # characters of an answer that is kept whole
LONGEST_LINE = 60
_KIND = re.compile(
    r"^(?:the|that|this|its|their|his|her) (?:product |bar ?)?(?P<kind>number|code|bar ?code|colou?r|shade|answer|result|total|sum|amount|price|word|date|time)\b",
    re.I,
)
SOURCE = re.compile(r"\s+(?:off|on|from|in|of) (?:this|that|the|here|it|them|my|her|his|their)\b.*$", re.I)
_PHONE = re.compile(r"(?<![\d.,£$€-])(?:\+\d[\d ()-]{6,}\d|\(?0\d[\d ()-]{6,}\d|\d{3}[ -]\d{3}[ -]\d{4})(?![\d-])")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2} \d{5}\b|\b\d{5}\b")
_CODED = re.compile(r"\b(?:letters|code|codes|reference|booking)\b", re.I)
PRINTED_THING = re.compile(
    r"\b(?:the|my|your|our|his|her|their|its|what|[\w-]+'s) (?:[\w'-]+ ){0,3}?(?:number|no\.?|code|reference|ref|address|postcode|e-?mail|website|phone|telephone|password|key|pin|dose|date|time|price|total|amount|balance|reading|eye|size|serial|model|seat|gate|platform|name|word|line)\b",
    re.I,
)
VALUE_NAME = re.compile(r"\b(?:reading|number|code|reference|price|amount|total|balance|address|phone|figure|pin|size|dose)$", re.I)  # fmt: skip
_PART = re.compile(
    r"\b(?:what|who|when|where|which|how (?:much|many|long))\b(?! (?:it|this|that) (?:says|is)\b|'s (?:this|it|on)\b)|\b(?:add|split|divide|times|multiply|share|total|take|percent|sum|work out)\b",
    re.I,
)
_FIRST = re.compile(
    r"^(?P<told>(?!(?:this|here|there's a|i've a|i have a)\b).{2,}?(?:'s| is| are|'re| was| has| wants| needs| comes| goes) .+?)[,.;]+ (?:so |and |please |can you )*(?P<rest>(?:put|write|note|jot|keep|save|store|remember|pop|stick|file|add|take|record) .+)$",
    re.I,
)
_ASKS = re.compile(
    r"(?:what|who|where|when|which|why|how|is|are|do|does|did|can|could|tell|read|find|get|look)\b", re.I
)
_SAME = re.compile(
    r"(?:^|\s)(?:of |in |with |as )?(?:(?:the (?:very )?same|that same) (?P<noun>[a-z]{3,})|this (?P<this>shade|colou?r|size|brand|kind|sort|flavou?r|make|model|strength))(?: (?:as this|of (?:it|this)))?(?=$|[\s,.])",
    re.I,
)
_FOR_WHOM = re.compile(
    r"^(?:(?:and|so|then|please|can you|could you) )*(?:make|take|leave|write|add|put|do|scribble|keep)(?: me| down)? (?:a|another) (?:quick |wee |little |short )?note for (?P<who>(?:the|my|our|his|her) [\w'-]+|[A-Z][\w'-]+) (?:that|saying|to say) (?P<what>.+)$",
    re.I,
)
_PLAIN = re.compile(r"(?:it|that|this|them|those|these|they|one|this one|that one|the lot|everything|all (?:that|this|of that)|(?:it|that|them) all|all of (?:it|them|that)|what (?:it|that|this|they)\b.*)?(?: (?:down|off it|on it|from it))?", re.I)  # fmt: skip
_IN_SENTENCE = re.compile(
    r"^(?:(?:and|so|then|please) )*(?:remember|note(?: down)?|write(?: down)?|jot(?: down)?|make a note|take a note|keep it|keep in mind|bear in mind|mind|know|save)(?: that)? (?P<told>(?!it\b|that\b|this\b).{3,80}? (?:is|are|was|were|'s|has)) (?:that|this|it)(?: (?:colou?r|shade|one|number|code))?[\s.!]*$",
    re.I,
)
_OF_ITS_OWN = re.compile(r"\b(?:it|they) (?:wants?|needs?|takes?|says?|gives?|recommends?|asks? for|should be|must be|has to be)\b", re.I)  # fmt: skip
_IT_LIES = re.compile(
    r"^(?:(?:and|so|then|please) )*(?:remember|note(?: down)?|write(?: down)?|jot(?: down)?|make a note|take a note|keep (?:it )?in (?:mind|(?:your |the )?(?:memory|head|mind)))(?: that)? (?:it's|it is|that's|it lives|it goes|it belongs|(?P<many>they're|they are|they live|they go)) (?P<rest>(?:in|on|at|under|behind|by|beside|with|inside|next to|for|from|kept|hanging|folded)\b.+|(?!(?:what|that|it|there)'s\b)[\w-]+'s [\w' -]+)$",
    re.I,
)
_COLOURED = re.compile(r"\b(?:the|this|these|that|those|my|which|what)(?: (?P<colour>(?!colou?r\b|shade\b)[a-z]+))? (?P<noun>(?!one\b|this\b|that\b|these\b|those\b|my\b|colou?r\b|is\b|are\b|shade\b|it\b)[a-z]{3,})\b", re.I)  # fmt: skip


def kept_as(label: str, words: str, material: Material) -> Filled | None:
    """The arguments of a note or a fact that leans on what was said or printed before; None where it does not."""
    slot = KEPT_BY.get(label)
    if slot is None:
        return None
    words = counted(without_why(words) if _now(material) else words, _now(material))
    told = _told(words, material) or _for_whom(words) or in_that(words, _now(material)) or after_colon(words)
    told = told or (listed_plainly(words, page=material.document is not None) if label == "add_note" else "")
    if told:
        return {slot: told}
    wish = keeping(words)
    if wish is not None and (page := _of_said_page(wish, material)):
        return {slot: _named(wish.names, page)}
    if wish is None or starts_no_keeping(material):
        return _told_first(slot, words) if wish is None else None
    if wish.listed or wish.condition:
        listed = _listed(wish, words, material)
        return {slot: listed} if isinstance(listed, str) and listed else listed or None
    if reckoned := of_sum(wish.thing, _now(material)):
        return {slot: _named(wish.names, reckoned)}
    if wish.names and (things := _things(wish, material)):
        return {slot: _named(wish.names, ", ".join(things))}
    if wish.points and not (wish.names or _now(material)):
        return None  # a bare "note it down": what was said or read last, as ever
    if wish.points and not wish.names and not _PLAIN.fullmatch(wish.thing):
        return None  # "the address" is looked up by its kind
    if not wish.thing and not all(name.startswith("for ") for name in wish.names):
        return None  # "make a note saying ring the roofer" is all that is to be written
    if not wish.points and not wish.names and not _is_printed(wish, material):
        return None
    value = _value(wish, words, material)
    if not value and wish.points and material.document is not None and _now(material) == []:
        return Missing("I am not sure what belongs there. What should I keep?", slot)  # never the whole page for a part
    return {slot: _named(wish.names, value)} if value else None


def _told_first(slot: str, words: str) -> Filled | None:
    """What is told in the same breath, under the name that it is given: "the stopcock's by the sink, note it under plumbing"."""
    parts = _FIRST.match(words.strip())
    wish = keeping(parts["rest"]) if parts else None
    if parts is None or wish is None or not (wish.points and wish.thing) or wish.listed or _ASKS.match(parts["told"]):
        return None
    return {slot: _named(wish.names, parts["told"].strip(" ,."))}


def starts_no_keeping(material: Material) -> bool:
    """Whether there is nothing that a wish could lean on: nothing said before, nothing read."""
    return not material.earlier and material.document is None


def _named(names: Sequence[str], value: str) -> str:
    """ "the lime pickle: 5018823400179"; a name that the value says itself is not said twice."""
    fresh = [name for name in names if name.lower() not in value.lower()]
    return f"{', '.join(fresh)}: {value}" if fresh else value


def _now(material: Material) -> list[Said]:
    """What the steps of this turn said, the latest first, without what they kept."""
    return [one for one in material.earlier if one.now and one.step not in (*KEPT_BY, "edit_note", "undo") and one.kind != "reminder"]  # fmt: skip


def _value(wish: Keeping, words: str, material: Material) -> str:
    now = _now(material)
    kind = _KIND.match(wish.thing)
    if kind and (known := _of_kind(kind["kind"], material, now)):
        return known
    if not wish.points or (not _PLAIN.fullmatch(wish.thing) and material.document is not None):
        printed = _printed(wish.thing, material)
        if printed or not wish.points:
            return printed
    if now:
        return _as_told(now[0], material)
    if material.document is not None:
        return _asked_before(words, material) or _called_so(wish, material) or _whole(words, material)
    return _as_told(material.earlier[0], material) if material.earlier else ""


def _of_kind(kind: str, material: Material, now: Sequence[Said]) -> str:
    """The value of what is called so ("the code"), where a step of this turn said one."""
    value = named_thing(kind.replace(" ", "").lower(), now)
    said = next((one for one in now if one.value == value), None)
    if said is None or not value:
        return ""
    return f"barcode {value}" if said.kind == "code" else as_said(said)


def _as_told(one: Said, material: Material) -> str:
    """What a step said, as it is kept: a sum's result, the printed line that answered, what a document says."""
    if one.kind in ("amount", "code", "colour", "word"):
        return as_said(one)
    if one.kind == "quantity":
        return material.last_text.strip(" .") if one.now else ""
    if one.step in (*KEPT_BY, "edit_note") and not one.now:
        return ""
    text = " ".join(one.text.split())
    return text if len(text) <= LONGEST_PASSAGE else one.value


def _whole(words: str, material: Material) -> str:
    """The page itself, where it is short and nothing on it in particular was asked for."""
    at = material.request.lower().find(words.lower().strip(" .?!"))
    if material.document is None or _PART.search(material.request[: max(at, 0)]):
        return ""
    text = material.document.text.strip()
    return text if len(text) <= LONGEST_PASSAGE else ""


def _called_so(wish: Keeping, material: Material) -> str:
    """What print has under the last word of the name: "store it as the april reading"."""
    found = next((one for name in reversed(wish.names) if (one := VALUE_NAME.search(name))), None)
    return _printed(f"the {found[0]}", material) if found is not None else ""


def _asked_before(words: str, material: Material) -> str:
    """What "it" is where the page was read for one thing on it: "read the policy number to me and remember it as ..."."""
    at = material.request.lower().find(words.lower().strip(" .?!"))
    for found in reversed(list(PRINTED_THING.finditer(material.request[: max(at, 0)]))):
        if value := _printed(found[0], material):
            return value
    return ""


def _is_printed(wish: Keeping, material: Material) -> bool:
    """Whether what is to be kept is named as a thing that print holds: "my case number from the tribunal letter"."""
    if material.document is None:
        return False
    return PRINTED_THING.search(wish.thing) is not None or bool(printed_tokens(wish.thing, material.document.passages))


def _of_said_page(wish: Keeping, material: Material) -> str:
    """What a page that was read out has of a thing, where nothing else is open: "read page one and note the pressure it wants"."""
    named = re.match(r"(?:the|what|how|its|my|which|when|where)\b", wish.thing, re.I)
    page = material.document if _OF_ITS_OWN.search(wish.thing) else None
    if material.document is None and "\n" in material.last_text:
        page = Document(tuple(material.last_text.splitlines()))
    if page is None or wish.points or wish.listed or not named:
        return ""
    found = find_answer(page, f"what is {wish.thing}", material.encode)
    return found.text if found is not None and len(found.text) <= LONGEST_PASSAGE else ""


def _printed(thing: str, material: Material) -> str:
    """The printed line for what is named so; an address with the line of its postcode; "" where print has none."""
    document = material.document
    if document is None:
        return ""
    if found := looked_up(thing, material):
        return _whole_address(found, document.lines) if re.search(r"\baddress\b", thing, re.I) else found
    named = SOURCE.sub("", thing).strip(" ,.")
    if told := door_number(named, document.lines) or printed_tokens(named, document.passages):
        return told
    value = value_for(document.passages, f"what is {named}")
    if value is not None:
        line = value.passage if len(value.passage) <= LONGEST_LINE else value.value
        return _whole_address(line, document.lines) if re.search(r"\baddress\b", named, re.I) else line
    if re.search(r"\b(?:number|phone|telephone|mobile)\b", named, re.I):
        rung = [line for line in document.passages if _PHONE.search(line)]
        return rung[0] if len(rung) == 1 and len(rung[0]) <= LONGEST_LINE else ""
    if _CODED.search(named) and (code := find_name(document, "booking reference code", material.encode)):
        line = next((one for one in document.passages if code in one), code)
        return line if len(line) <= LONGEST_LINE else code
    return ""


def _whole_address(line: str, lines: Sequence[str]) -> str:
    """The line of a street with the line below it, where that has the postcode."""
    rows = [" ".join(row.split()) for row in lines if row.strip()]
    at = next((number for number, row in enumerate(rows) if line in row or row in line), None)
    below = rows[at + 1] if at is not None and at + 1 < len(rows) else ""
    return f"{line}, {below}" if _POSTCODE.search(below) and not _POSTCODE.search(line) else line


def _things(wish: Keeping, material: Material) -> list[str]:
    """The things that print lists, where they are what is to be kept: "write down just the things i've to add, name it cake"."""
    if material.document is None:
        return []
    asked = ASKED.search(material.request) and not CONTAINS.search(material.request)
    return things_in(material.document.lines) if ASKED.search(wish.thing) or (wish.points and asked) else []


def _listed(wish: Keeping, words: str, material: Material) -> Filled | str:
    """What goes on a list: the things that print lists, each as one; or the thing with what "the same" means."""
    document = material.document
    if document is None:
        return ""
    name = wish.listed.capitalize() or "Shopping list"
    if shown := on_this(wish.thing, document):
        return f"{name}: {shown}"
    same = _SAME.search(wish.thing)
    if same:
        line = value_for(document.passages, f"what is the {same['noun'] or same['this']}")
        said = line.passage if line is not None and len(line.passage) <= LONGEST_LINE else ""
        return f"{name}: {wish.thing[: same.start()]}, {said}{wish.thing[same.end() :]}" if said else ""
    things = things_in(document.lines) if wish.condition else _things(wish, material)
    if things:
        return f"{name}: {', '.join([*wish.names, *things])}"
    return Missing("I see no list of things there. What should I write down?", "text") if wish.condition else ""


def _for_whom(words: str) -> str:
    """ "make a note for the carer that the key is under the pot" -> "for the carer: the key is under the pot"."""
    told = _FOR_WHOM.match(words.strip(" ."))
    return f"for {told['who']}: {told['what']}" if told else ""


def _told(words: str, material: Material) -> str:
    """A sentence that leans on a colour, a code or a word that was just said: "remember the one button pair are that"."""
    now = _now(material)
    if not now or now[0].kind not in ("colour", "code", "word", "amount", "clock"):
        return ""
    sentence = _IN_SENTENCE.match(words.strip())
    if sentence:
        return f"{sentence['told']} {as_said(now[0])}"
    if said := owed(words, now):
        return said
    lies = _IT_LIES.match(words.strip())
    if lies is None or now[0].kind != "colour":
        return ""
    at = material.request.lower().find(words.lower().strip(" .?!"))
    seen = list(_COLOURED.finditer(material.request[: max(at, 0)]))
    thing = next((one["noun"] for one in seen if not POINTER.fullmatch(one["noun"])), "one")
    return f"the {now[0].value.lower()} {thing} {'are' if lies['many'] else 'is'} {lies['rest'].strip(' .')}"
