"""What is kept of a sum or of a thing that was just looked up, where the wish names it in its own words.

"put the change in a note" after a sum is "the change: 3.68"; "pop on my list i owe that to Ewan" says the amount; "slippers on my
list in that size" after "the slipper size is 9" is "slippers, size 9". Where the step before told no such value, nothing is said.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.steps.extraction import Document
from assistant.steps.keeping import POINTER, keeping
from assistant.steps.slots import NO_WORDS
from assistant.steps.slots_earlier import Said, as_said

_SUMS = r"(?:answer|result|total|sum|amount|figure|change|difference|shares?|half|third|quarter|fifth|rest|remainder|tip|savings?|discount|deposit|wages?|outcome|(?:full|new|final|whole|sale|reduced|overall|total|combined) (?:price|cost|bill|charge|pay|fare|balance))"
_MORE = r"(?: (?:of (?:it|that|the (?:bill|total|lot))|(?:a|per|each|every|for (?:the|each|one|a|every)) [a-z]+(?: [a-z]+)?|each|altogether|in all|in (?:it|there)|on it|(?:i'm|i am|we're|he's|she's) (?:due|owed)(?: back)?|(?:i|we|he|she|they) (?:get|gets|owe|owes|pay|pays|have left)(?: back)?))*"
RECKONED = re.compile(  # what the result of a sum is called: "the full price", "what one chair comes to", "my half of it"
    rf"(?:down )?(?:(?:(?:the|my|our|his|her|their|that|each(?: one| person)?'s?|everyone's) (?:(?!date|phone|account|card|order)[a-z'-]+ )?{_SUMS}{_MORE})|(?:what|how much|how many|whatever) (?!(?:is|are|does|do|did|was) (?:the|this|my|it)\b)(?:[\w'£$€.-]+ ){{1,6}}?(?:comes? to|makes?|owes?|pays?|costs?|is|be|are|works? out (?:at|to)|adds? up to|saves?|gets?|have left|need){_MORE})",
    re.I,
)
_LEAD = r"^(?:(?:and|so|then|please|also|plus|just|can you|could you) )*(?:remember|(?:note|write|jot|take|get|put|pop) (?:it |this )?down|(?:make|take|write|leave|keep|put|do|scribble)(?: me)? (?:a|another) (?:quick |wee |little |new |short )?note|(?:pop|put|stick|bung|get|add|write|jot|shove|whack|note) (?:it |this |that )?(?:down )?(?:on|in|onto|into) (?:my|the|our|a) (?:(?P<list>(?:[\w-]+ )?lists?)|notes?|note ?book|note ?pad)|note|jot|write)[,:]?(?: (?:that|saying|to say|how))? "
_OWED = re.compile(  # "make a note i owe jess that", "pop on my list i owe that to Ewan"
    rf"{_LEAD}(?P<told>(?!it\b|that\b|this\b)(?:[\w'-]+ ){{1,6}}?)(?:that|it)(?: much| (?:amount|sum))?(?P<rest>(?: (?:to|for|from|by|on|off|back|each|in|at|towards)\b[^,.;]{{0,40}})?)[\s.!]*$",
    re.I,
)
_PAYS = re.compile(r"\b(?:owes?|owed|lent|borrowed|pays?|paid|spent|spend|gave|give|needs?|costs?|weighs?|earned?|saved?|sent|charged?|got|get|put|put in|due)\b", re.I)  # fmt: skip
_OF_KIND = re.compile(
    r"\s+(?:(?:in|of|with|at) )?(?:(?:that|this|that same|(?:the|his|her|their) (?:same|right)|his|her|their|the same) )(?P<noun>size|colou?r|shade|brand|make|model|strength|flavou?r|type|width|length)\b(?: as (?:that|before|this))?",
    re.I,
)
_ONTO = re.compile(
    r"^(?:(?:and|then|so|please|also|just|can you|could you|will you) )*(?:add|put|stick|pop|bung|chuck|shove|whack|get|write|jot|note)(?: down)? (?P<thing>(?!(?:it|that|this|them|these|those|one|another|some more|more|everything|all|the same|down|what|whatever|a note|in|on|to|onto)\b)(?:(?!(?:it|that|this|them|these|those|and put|same)\b)[\w'%.-]+,? ?){1,12}?) (?:to|on|onto|in) (?:my |the |our |me |t')?(?P<list>(?:shopping|grocery|to[ -]?do|packing|wish|task|christmas|present|jobs?|food|diy|bucket|reading) list)[\s.!]*$",
    re.I,
)
_AFTER_COLON = re.compile(  # "a line for my poem's come, get it down before it's off again: the kettle sang before the bird"
    r"^(?P<keep>(?:[^:]*?[,.;] )?(?:and |so |please |can you )*(?:get|write|jot|note|take|put|pop|scribble|stick|keep|save)\b (?:it|this|that|these|them)\b[^:,;]{0,60}(?:, (?:quick|before|while|please)[^:]{0,40})?):\s+(?P<told>\S+ \S.*)$",
    re.I | re.S,
)
_IN_THIS = re.compile(r"^what(?:ever)?(?:'s| is|s)?(?: that is| it is)?(?: (?:in|inside|on))? (?:this|that|the) [\w-]+(?: is)?$", re.I)  # fmt: skip


def of_sum(thing: str, now: Sequence[Said]) -> str:
    """ "the change: 3.68", where the step before was a sum and the wish names its result; "" elsewhere."""
    named = thing.strip(" .,")
    if not now or now[0].kind != "amount" or POINTER.fullmatch(named) or not RECKONED.fullmatch(named):
        return ""
    named = re.sub(r"^down | (?:in it|in there|on it)$", "", named, flags=re.I)
    return f"{named}: {as_said(now[0])}"


def owed(words: str, now: Sequence[Said]) -> str:
    """A sentence with the amount that "that" stands for in it."""
    told = _OWED.match(words.strip()) if now and now[0].kind == "amount" else None
    if told is None or not _PAYS.search(told["told"]):
        return ""
    sentence = f"{told['told']}{as_said(now[0])}{told['rest']}".strip(" .!")
    return f"{told['list'].capitalize()}: {sentence}" if told["list"] else sentence


def in_that(words: str, now: Sequence[Said]) -> str:
    """A thing with the size or the colour that was just said of it, on its list if it has one."""
    found = _OF_KIND.search(words)
    said = now[0] if found and now else None
    if found is None or said is None or not said.value:
        return ""
    noun = found["noun"].lower()
    coloured = said.kind == "colour" and noun.startswith(("colo", "shade"))
    if not coloured and not re.search(rf"\b{noun}\b", said.text, re.I):
        return ""
    wish = keeping(f"{words[: found.start()]}{words[found.end() :]}")
    if wish is None or wish.points or wish.names:
        return ""
    text = f"{wish.thing}, {said.value if coloured else f'{noun} {said.value}'}"
    return f"{wish.listed.capitalize()}: {text}" if wish.listed else text


def listed_plainly(words: str, *, page: bool) -> str:
    """ "add sunscreen to my shopping list" -> "Shopping list: sunscreen"; what a page may hold is looked up elsewhere."""
    found = _ONTO.match(words.strip())
    thing = found["thing"].strip(" ,") if found else ""
    if (
        found is None
        or NO_WORDS.fullmatch(thing)
        or (page and re.match(r"(?:the|its|my|their|each|both)\b", thing, re.I))
    ):
        return ""
    return f"{found['list'].capitalize()}: {thing}"


_NOTE_COLON = re.compile(  # "put a note: inspected the headwall, no scour"
    r"^(?:(?:and|so|then|please|can you|could you|just) )*(?:(?:make|take|put|add|write|leave|keep|new|start|do|scribble)(?: me)?(?: down)? (?:a |an |another )?(?:new |quick |short |little )?)?notes?(?: down| to self| (?:for|on|about|of) [\w' -]{1,30}?)?:\s+(?P<told>\S+ \S.*?)(?:,? (?:please|thanks|thank you|for me|before i forget|in case i forget))*[\s.]*$",
    re.I | re.S,
)


def after_colon(words: str) -> str:
    """What is dictated after the wish to write it down, under the name that the wish gives it."""
    if note := _NOTE_COLON.match(words.strip()):
        pointer = re.match(r"(?:it|that|this|the (?:answer|total|result|number|code))\b", note["told"], re.I)
        return "" if pointer else note["told"]
    found = _AFTER_COLON.match(words.strip())
    if found is None:
        return ""
    wish = keeping(re.split(r"[,.;] ", found["keep"])[-1])
    names = wish.names if wish is not None and wish.points else ()
    return f"{', '.join(names)}: {found['told']}" if names else found["told"].strip()


def on_this(thing: str, document: Document | None) -> str:
    """What is in a tin or a box that is shown, where nothing else is said of it: the lines at the top that hold no number."""
    if document is None or not _IN_THIS.match(thing.strip(" .,")):
        return ""
    rows = [" ".join(line.split()) for line in document.lines if line.strip()]
    top = []
    for row in rows[:2]:
        if re.search(r"\d", row) or len(row) > 40:
            break
        top.append(row)
    return " ".join(top)


def printed_tokens(thing: str, passages: Sequence[str]) -> str:
    """ "Ward 7, Bay C" for "the ward and bay", where print has each of them with a number or a letter after it."""
    parts = [re.sub(r"^(?:the|my|her|his|their|our|its|your) ", "", part.strip(), flags=re.I) for part in re.split(r",? and |, ", thing)]  # fmt: skip
    found = []
    for part in parts:
        noun = re.sub(r" (?:number|no\.?)$", "", part, flags=re.I)
        if not re.fullmatch(r"[a-z-]{3,}(?: [a-z-]{3,})?", noun, re.I):
            return ""
        token = re.compile(
            rf"\b(?i:{re.escape(noun)})(?: (?i:no\.?|number))?[ :.#-]+(?:[A-Z]{{0,3}}-?\d[\w/-]*|[A-Z])(?![\w'])"
        )
        hits = {match[0] for passage in passages for match in token.finditer(passage)}
        if len(hits) != 1:
            return ""
        found += list(hits)
    return ", ".join(found)


_DOOR = re.compile(r"\b(?:door|house|flat|street|building) number\b|\bnumber of the (?:house|flat|door)\b|\bwhat number (?:house|flat)\b", re.I)  # fmt: skip
_STREET = re.compile(r"^(?P<number>(?:flat |apt\.? |unit )?\d+[a-z]?(?:/\d+)?)[, ]+[A-Z][\w' -]+$", re.I)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2} \d{5}\b")


def door_number(thing: str, lines: Sequence[str]) -> str:
    """ "door number 47" of the one line with a street's number above a postcode; "" where no address stands there."""
    if not _DOOR.search(thing) or not any(_POSTCODE.search(line) for line in lines):
        return ""
    streets = [found for line in lines if (found := _STREET.match(" ".join(line.split())))]
    return f"door number {streets[0]['number']}" if len(streets) == 1 else ""


_THIS_ONE = re.compile(r"\b(?:this|that) (?:one|medicine|medication|tablet|pill|drug|capsule|cream|syrup)\b|\b(?:these|those)(?: (?:ones|tablets|pills|capsules|drops))?\b", re.I)  # fmt: skip
_MEDICINE = re.compile(r"^(?P<name>[A-Z][A-Za-z-]{4,}(?: [a-z]{4,})?)(?= (?:\d+ ?(?:m|mc)g|\d+ ?ml|tablets?|capsules?|syrup|cream|oral)\b)", re.M)  # fmt: skip


def with_product(fact: str, document: Document | None) -> str:
    """A fact told of the medicine in hand with its printed name: "mum takes this one at night" is of "Simvastatin"."""
    names = {found["name"] for found in _MEDICINE.finditer(document.text)} if document is not None else set()
    pointing = list(_THIS_ONE.finditer(fact))
    if len(names) != 1 or len(pointing) != 1 or len(fact.split()) < 4:
        return fact
    return f"{fact[: pointing[0].start()]}{names.pop()}{fact[pointing[0].end() :]}"


def counted(words: str, now: Sequence[Said]) -> str:
    """ "add that many litres of paint" with the result of the sum before it for "that many"."""
    if not now or now[0].kind != "amount":
        return words
    return re.sub(
        r"\bthat (?:many|much) (?=(?:[a-z]+s|of|more|[a-z]+)\b(?! to\b))", f"{as_said(now[0])} ", words, count=1
    )
