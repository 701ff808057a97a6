"""What stands in print by its looks: a number to ring, a reference, what a bill comes to, whom a letter is for, the name of a
product. A value is always a verbatim span of a printed passage; where nothing looks like it, the search by meaning goes on.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.phrases.amounts import CODES, find_amounts, total
from assistant.state.similar import content_words
from assistant.steps.labelled import field_for
from assistant.steps.printed_allergens import allergen

LONGEST_QUESTION = 400  # characters
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Dr|Doctor|Prof(?:essor)?|Nurse|Sister)"
_NAME = r"[A-Z][\w'-]+"
_PHONE = r"(?<![\d.,£$€-])(?:\+\d[\d ()-]{6,}\d|\(?0\d[\d ()-]{6,}\d|\d{3}[ -]\d{3}[ -]\d{4})(?![\d-])"
_CODE = r"\b(?:[A-Z]{1,6}[- ]?)?\d[\dA-Z]*(?:[ /-][\dA-Z]*\d[\dA-Z]*)*\b"
_DATE = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?\d{1,2}(?:st|nd|rd|th)? (?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b(?: \d{4})?|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b"
_MONEY = rf"(?:[£$€₦₹]|\b{CODES}) ?\d[\d,]*(?:\.\d{{2}})?|\b\d[\d,]*(?:\.\d{{2}})? {CODES}\b|\b\d[\d,]*\.\d{{2}}\b(?! ?(?:kg|g|ml|l)\b)"


@dataclass(frozen=True)
class Value:
    """A `value` as it is printed and the `passage` that it stands in, both verbatim; `kind` names the rule."""

    value: str
    passage: str
    kind: str


@dataclass(frozen=True)
class _Rule:
    """`asks` in the question, `looks` in print; `beside` must stand in the same passage; `bars` must not."""

    kind: str
    asks: str
    looks: str
    beside: str = ""
    bars: str = ""


_RULES: Sequence[_Rule] = (
    _Rule("email", r"\be-?mail", r"[\w.+-]+@[\w.-]+\w"),
    _Rule("web", r"\bweb ?(?:site|page|address)|\burl\b|\bonline\b|on the internet", r"\b(?:https?://|www\.)\S*\w|\b[\w-]+\.(?:com|org|net|co\.uk|de|example)\b(?:/\S*)?", bars=r"@"),
    _Rule("postcode", r"\bpost ?code|\bzip\b", r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2} \d{5}\b"),
    _Rule("phone", r"\bphone|\bring\b|\btele|\bmobile\b|\b(?:call|contact) (?:them|him|her|number)|number .*\b(?:call|contact)|\b(?:chemist|pharmacy|doctor|surgery|hospital|office|clinic|shop|helpline|plumber|emergency|contact|supply|caretaker|vet|school|council|bank|company|help|enquir\w+|customer service\w*|landlord|garage|dentist|taxi)(?:'s)? number|\b(?!(?:what|that|it|who|there|here|today|customer|account|policy|order|invoice|meter|ticket|card|patient|flight|model|batch|member|bus|train|seat|room|gate|permit)'s)[a-z]+'s (?:(?:phone|mobile|telephone|work|home) )?number\b|\bnumber (?:for|of|to) (?:the |my |them|it)|\bget hold of\b", _PHONE),
    _Rule("reference", r"\b(?P<noun>ref|account|invoice|order|booking|customer|policy|permit|patient|hospital|nhs|serial|tracking|case|confirmation|member|ticket|card|flight|meter|licen[cs]e|model|batch)\w*(?:'s)? (?:number|no|code|id)\b|\b(?P<other>reference|ref)\b", _CODE, beside="{noun}"),
    _Rule("room", r"\b(?:which|what) (?P<noun>room|floor|gate|platform|ward|seat|desk|table|building|block|flight)\b", r"\b(?:\w+ )?{noun}\b(?: \w*\d\w*)?"),
    _Rule("bring", r"\b(?:bring|take|carry|fetch|have|need)\b.*\b(?:with me|with us|along|on me|owt|anything|something)\b|\bwhat (?:do|should|must|shall|have) i (?:have to |got to |need to |to )?(?:bring|take)\b(?!.*\b(?:when|often|tablet|pill|for)\b)|\bwhat to (?:bring|take)\b|\bwhat i(?:'ve| have)?(?: got)?(?: to| need to| must| should)+ (?:bring|take)\b|\bbring with\b", r"\b(?:bring|fetch|take with you|come with|don't forget)\b.*"),
    _Rule("left with", r"\bwho(?:'s| has|se)? (?:got|has|have|took|taken|door|house|place)\b|\bwhere(?:'s| is| has| did).*\b(?:parcel|package|delivery)\b|\bleft (?:it|at|with)\b|\bbeen left\b|\bwho(?:'s| is) (?:it|that) with\b|\bwhich (?:house|neighbour|door)\b", r"\b(?:left (?:with|at|in|by|behind)|(?:parcel|package|delivery|item) (?:is|was)|is (?:at|with) (?:number|no)|handed to|signed for)\b.*"),
    _Rule("keeps until", r"\b(?:all ?right|ok(?:ay)?|safe|fine|good|fit) to (?:eat|use|drink|have|take)\b|\b(?:still|be|is it|are they|that) (?:all ?right|ok(?:ay)?|fine|good|fresh|edible|usable|in date)\b|\bgo(?:ne|es|ing)? off\b|\b(?:in|out of) date\b|\bpast (?:its|it's) best\b|\b(?:how long|until when|when).*\b(?:keep|last|eat|use|good)\b|\buse by\b|\bbest before\b|\bexpir\w+|\brun(?:s)? out\b|\bby when .*\b(?:eat|use|drink|finish)\b", r".*\b(?:best (?:before|by)|use (?:by|before)|expir\w*|exp|sell by|eat by|consume (?:by|before)|valid (?:until|to)|bbe?)\b.*\d.*"),
    _Rule("leaves from", r"\b(?:departure|starting|departing) (?:station|point|place|town)\b|\bfrom where\b|\bwhere .*\b(?:leave|leaves|depart|departs|start|starts|go|goes|going|travelling) from\b|\bstation .*\bfrom\b", r"(?<![a-z] )\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)?(?= to [A-Z])"),
    _Rule("goes to", r"\bdestination\b|\barrival (?:station|town|place)\b|\bwhere(?:'s| is| am| are| does| do)? (?:it|i|we|this|they|the [a-z]+)(?: [a-z]+)? (?:go(?:es)?|going|headed|heading|travelling|taking me|bound)(?: to)?\b(?! from)", r"(?<=[a-z] to )[A-Z][\w'-]+(?: [A-Z][\w'-]+)?"),
    _Rule("freezing", r"\bfreez(?!er\b)", r"\b(?:freez|frozen)\w*"),
    _Rule("chill", r"\bfridge|\bchill", r"\b(?:refrigerat|fridge|chill|cool)\w*"),
    _Rule("ingredients", r"\bwhat(?:'s| is) in (?:it|this|them|these)\b|\bmade (?:of|from)\b|\bingredients?\b", r"^(?:ingredients|contains|made (?:of|from|with))\b.*"),
    _Rule("calories", r"\bcalor|\bkcal", r"\b\d[\d.,]* ?k?cal\b"),
    _Rule("serves", r"\bhow many (?:people|of us|portions|servings)|\bserves?\b|\bfeed", r"(?:serves|feeds|servings|portions)[: ]*\d+(?:\s?[-–]\s?\d+)?|\b\d+ (?:servings|portions)"),
    _Rule("opened", r"\bopen(?:ed|ing)\b.*\b(?:eat|use|keep|last|within)|\b(?:eat|use|keep|last)\w*\b.*\bopen(?:ed|ing)\b|\bonce (?:it's|i) open", r"\b(?:once|after) open\w*"),
    _Rule("alcohol", r"\b(?:wine|beer|alcohol|drinking|pint|sherry|whisky|have a drink)\b", r"\balcohol\w*"),
    _Rule("driving", r"\bdriv(?:e|ing)\b", r"\bdriv(?:e|ing)\b"),
    _Rule("step free", r"\b(?:stairs|steps?|wheelchair|ramp|step free)\b", r"\b(?:step[- ]free|wheelchair|ramp|stairs|level access)\w*"),
    _Rule("refreshments", r"\b(?:anything|something|food|bite) to (?:eat|drink)|\brefreshments?\b|\bwill there be (?:food|tea|lunch)", r"\b(?:tea|coffee|cakes?|food|lunch|refreshments?|snacks?|buffet|supper|biscuits?)\b"),
    _Rule("how often", r"\bhow often\b|\bhow many times\b|\btimes a day\b", r"\b(?:once|twice|\w+ times?) (?:a|per|each) (?:day|week)\b|\bevery \w+ (?:hours?|days?)\b|\bdaily\b"),
    _Rule("in the pack", r"^(?!.*\b(?:tak\w+|dose\w*|a day|daily|morning|evening|night)\b).*\bhow many\b.*\b(?:in (?:it|(?:(?:the|this|a|each) )?(?:\w+ )?(?:pack|packet|box|bottle|tin|bag|tub|jar|carton|tray|strip|loaf|case|roll)|this|there|here)|altogether|came|come)\b", r"^(?:contains |(?:box|pack|packet|bottle|tub|strip|bag|jar|carton) of )?\d+(?: x)? (?:\w+ )?(?:tablets|capsules|pills|bags|pieces|rolls|sachets|bars|eggs|slices|wipes|sheets|pack)\b"),
    _Rule("strength", r"\bhow strong\b|\bstrength\b|\bwhat strength\b", r"\b\d[\d.,]* ?(?:mg|mcg|micrograms|g|ml|%)(?: ?/ ?\d+ ?ml)?"),
    _Rule("weight", r"\bhow (?:heavy|big)\b|\bweigh|\bhow much (?:is|does) (?:it|this|the \w+) (?:weigh|hold)|\bhow much is in\b|\bnet\b", r"(?<!fat )(?<!salt )(?<!sugars )\b\d[\d.,]* ?(?:kg|g|ml|cl|l|litres?|oz)\b", bars=r"\bper\b|salt|fat|%|serving"),
    _Rule("hot", r"\bhow hot\b|\btemperature\b|\bwhat (?:heat|gas mark)\b|\bdegrees\b", r"\b\d{2,3} ?(?:°|degrees)? ?[CF]\b|\bgas mark \d|\b\d{2,3} ?(?:°|degrees)"),
    _Rule("cooking", r"\bhow long\b.*\b(?:cook|oven|microwave|heat|bake|boil|simmer|go in)\b|\bcook(?:ing|s)?\b(?!.*\b(?:temperature|hot)\b)|\b(?:microwave|oven|boiling|baking) time\b", r"\b\d+(?:\s?(?:-|–|to)\s?\d+)? ?(?:minutes?|mins?|hours?|hrs?|seconds?)\b"),
    _Rule("used", r"\b(?:units|kwh)\b|\bhow much (?:electric\w*|gas|energy|power|water)\b.*\bus(?:e|ed)\b", r"\b\d[\d.,]* ?(?:kwh|units|m3)\b"),
    _Rule("period", r"\bperiod\b|\bwhich months?\b|\bfrom when to when\b", rf"(?:{_DATE})\s*(?:to|until|-|–)\s*(?:{_DATE})"),
    _Rule("paid by", r"\bcash or card\b|\bcard or cash\b|\bhow did i pay\b|\bpay(?:ing)? (?:by|in|with) (?:card|cash)", r"\b(?:card|cash|visa|mastercard|contactless|cheque)\b"),
    _Rule("contact", r"\bwho (?:do|should|can|must) i (?:contact|ask|speak|talk|book|call|ring|write|email)", r"\b(?:book|contact|call|ring|ask|email|write to|speak to|questions)\b.*"),
    _Rule("doctor", r"\b(?:doctor|surgeon|consultant|gp|dr|dentist|nurse|vet|optician|optometrist|physio\w*|teacher|caretaker|landlord|solicitor|therapist|chiropodist|pharmacist|midwife|engineer|manager)\b(?:'s)?(?! number)(?=.*\b(?:name|called|who|which|surname)\b|$)|\b(?:name|who|which|surname)\b.*\b(?:doctor|consultant|dentist|surgeon|nurse|vet|optician|teacher|caretaker|landlord|solicitor|physio\w*|engineer|manager)\b(?! number)|\bwho (?:am i|will i|do i|i'm|i am) (?:be )?see|\bwho i'm seeing", rf"\b(?:Dr|Doctor|Prof(?:essor)?|Nurse|Sister|Mr|Mrs|Ms)\.? (?:{_NAME} ?){{1,3}}", bars=r"^dear\b"),
    _Rule("addressee", r"\bwhose (?!number)|\bprescri(?:bed|ption)\b|\bpatient\b|\baddressed\b|\bwho(?:'s| is| are| was)? .*\bfor\b|\brecipient\b", rf"(?<=Dear )[A-Z][^,\n]*|\b(?:Mr|Mrs|Ms|Miss)\.? (?:{_NAME}\.? ?){{1,3}}|\b[A-Z]\.? {_NAME}(?= ?$)"),
    _Rule("chemist", r"\b(?:chemist|pharmacy|dispensary)\b", r"(?:[A-Z][\w'&-]+ )*(?:Pharmacy|Chemists?|Dispensary)(?: [A-Z]\w+)?"),
    _Rule("street", r"\b(?:street|road)\b|\baddress\b(?! ?ed)", r"(?:\d+\w? )?(?:[A-Z][\w'-]+ )+(?:Street|Road|Lane|Avenue|Close|Drive|Square|Way|Hill|Place|Terrace|Court|Row|Gardens|Crescent)\b"),
)  # fmt: skip
_COST = r"\bthe (?:new |monthly |weekly )?rent\b(?! (?:is|was|due|day)\b)|\bhow much\b(?!.*\b(?:weigh|salt|sugar|fat|protein|fibre|take|add|give|use|need|apply|drink|water|milk|doses?|dosage|in (?:it|there|this))\b)|\b(?:cost|price|owe|fare|fee|dear)\b|\bthe damage\b|\bcome to\b|\bset me back\b|\bcharged?\b|\bspen[dt]\b|\bbill for\b|\bwant(?:s|ing)? (?:off|from|out of) (?:me|us)\b|\bafter me for\b|\bow(?:e|ed|es|ing)\b|\b(?:fork|shell|paying|stump)(?:ing)? (?:out|up)\b|\bsting(?:ing)?\b|\brush(?:ing)? me\b|\bmoney\b|\btotal\b|\bamount\b|\bto pay\b(?!.*\bwhen\b)"
_TOP = r"\bwhat (?:this|these|they|it|those)(?:'s| is|'re| are) called\b|\bwhat (?:is|are|'s) (?:this|these|it|they)(?: (?:called|then|exactly|here|thing|pills?|tablets?|medicine|stuff|one|packet|tin|box|bottle|shop|place))*\s*$|\bwhat'?s (?:this|it|these)(?: (?:called|then|here|one|thing))*\s*$|\b(?:what|which) (?:shop|restaurant|cafe|caf\u00e9|company|firm|brand|make|flavou?r|product|medicine|tablets?|pills?|soup|food|tin|packet|place|hospital|surgery|choir|pub)\b|\bname (?:of|on|for) (?:this|it|these|the (?:medicine|product|shop|restaurant|tablets?|pills?|soup|packet|tin|box|bottle|food|place|company|cafe|firm|surgery))\b|\b(?:medicine|tablets?|product|pills?|drug|soup|surgery|shop|restaurant|company|firm|brand)(?:'s)? (?:is |are )?(?:name|called)\b|\bthe name on (?:this|it|the \w+)"
_ABOUT = r"\babout\s*$|\bwhat's on\s*$|\bgist\b|\bwhat (?:does|do) (?:she|he|it|they) want\b(?! off)|\bwhat (?:is|'s) (?:this|it|the (?:letter|notice|leaflet)) (?:all )?(?:about|regarding|concerning)|\bwhy (?:have|did|are) they (?:writ|wrote)"
_LATEST = r"\b(?:due|pay|paid|deadline|owe|reply|answer\w*|respond|rsvp|return|send (?:it|this|that|them) back|collect|pick (?:it|this|that|them) up|(?:back|in|there|sent|posted|returned|handed in) by|to be (?:back|in|returned|sent|handed in|paid)|fetch|get (?:it|this|that) (?:in|back))\b|\bby (?:when|what|which)\b|\b(?:latest|last day|until when|how long have i)\b"
_WHEN = r"\bwhen\b|\bdeadline\b|\bby which\b|\blatest\b|\bhow long have i\b|\b(?:what|which) (?:day|date)\b|\bthe date\b|^date$"
_BY = r"\b(?:by|before|until|till|no later than|within|due|latest|closing|deadline|last day|ends?)\b"


def value_for(passages: Sequence[str], question: str) -> Value | None:
    """The printed value that the question's words call for by kind, or None where no rule speaks or nothing looks so."""
    words = " ".join(question[:LONGEST_QUESTION].lower().split()).strip(" ?!.,")
    if named := allergen(passages, words):
        return Value(named, named, "allergen")
    for rule in _RULES:
        asked = re.search(rule.asks, words)
        found = _by_rule(rule, asked, passages, words) if asked else None
        if found:
            return found
    for asks, find in _FINDERS:
        if re.search(asks, words):
            found = find(passages, words)
            if found:
                return found
    field = field_for(passages, words)
    return Value(field.value, field.passage, "field") if field else None


def _by_rule(rule: _Rule, asked: re.Match[str], passages: Sequence[str], words: str) -> Value | None:
    named = asked.groupdict()
    noun = named.get("noun") or (named.get("other") or "")[:3]
    looks, beside = rule.looks.replace("{noun}", noun), rule.beside.replace("{noun}", rf"\b{noun}")
    exact = rule.kind in ("leaves from", "goes to", "doctor", "addressee", "street", "reference", "postcode", "chemist")
    found = [
        Value(match[0].strip(" ,."), passage, rule.kind)
        for passage in passages
        if not (rule.bars and re.search(rule.bars, passage, re.I))
        if not beside or re.search(beside, passage, re.I)
        for match in [re.search(looks, passage, 0 if exact else re.I)]
        if match and match[0].strip(" ,.")
    ]
    return max(found, key=lambda one: len(_shared(words, one.passage)), default=None)


def _shared(words: str, passage: str) -> set[str]:
    """Content words of the question that a passage has too, or a form of them that begins alike."""
    stems = {_stem(word) for word in content_words(passage)}
    return {_stem(word) for word in content_words(words)} & stems


def shares(words: str, passage: str) -> bool:
    """Whether a passage has one of the telling words, or a form of it."""
    return bool(_shared(re.sub(_COST, " ", words), passage))


def _stem(word: str) -> str:
    return re.sub(r"(?:ies|es|s|ing|ed|e|y)$", "", word.lower())[:6]


def _cost(passages: Sequence[str], words: str) -> Value | None:
    """The price of what is named, else what it all comes to, else the only price there is."""
    if re.search(_WHEN, words):
        return None
    priced = [(passage, match[0]) for passage in passages if (match := re.search(_MONEY, passage))]
    named = re.sub(r"\b(?:total|amount|bill|pay|price|cost|charged?|much|due|owe)\b", " ", words)
    best = max(priced, key=lambda one: len(_shared(named, one[0])), default=None)
    if best and _shared(named, best[0]):
        return Value(best[1], best[0], "price")
    text = "\n".join(passages)
    whole = total(text)
    if whole is not None:
        for passage in reversed(passages):
            if any(one.value == whole.value for one in find_amounts(passage)) and not re.match(
                r"card|cash|visa|paid", passage, re.I
            ):
                match = re.search(_MONEY, passage) or re.search(r"\d[\d.,]*\d|\d", passage)
                return Value(match[0] if match else passage, passage, "total")
        for label, amount in pairwise(passages):  # the amount stands under its label
            if any(one.value == whole.value for one in find_amounts(f"{label}\n{amount}")):
                return Value(amount, f"{label} {amount}", "total")
    return Value(priced[0][1], priced[0][0], "price") if priced and (len(priced) == 1 or "get in" in words) else None


def title_of(passages: Sequence[str]) -> str:
    """The name at the top: the first passage that has a word in it."""
    return next((passage for passage in passages if re.search(r"[^\W\d_]{3}", passage)), "")


def _top(passages: Sequence[str], words: str) -> Value | None:
    top = title_of(passages)
    name = re.sub(r"\s+\d[\d.,]* ?(?:mg|mcg|g|kg|ml|l|cl)\b.*$", "", top)
    return Value(name, top, "title") if top else None


def _about(passages: Sequence[str], words: str) -> Value | None:
    """What a letter is about: its first sentence after the greeting; else the two lines at its top."""
    if re.search(r"\bwant\b", words):
        wish = next(
            (one for one in passages if re.search(r"\b(?:please|could you|must|need to|kindly)\b", one, re.I)), ""
        )
        return Value(wish, wish, "wish") if wish else None
    greeting = next((at for at, one in enumerate(passages) if re.match(r"(?:dear|hello|hi)\b", one, re.I)), None)
    if greeting is not None and greeting + 1 < len(passages):
        return Value(passages[greeting + 1], passages[greeting + 1], "about")
    top = ". ".join(passages[:3])
    return Value(top, top, "about") if top else None


def event_of(passages: Sequence[str]) -> str:
    """The passage with the date that a reminder about this print is for: an appointment, else what is due, else any date."""
    dated = [one for one in passages if re.search(rf"{_DATE}|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", one)]
    for telling in (
        r"appointment|visit|meeting|concert|doors|starts?\b|\bat \d|\d ?(?:am|pm)\b|\d[:.]\d\d\b",
        r"due|pay|deadline|before|by\b|until|ends?\b|expir|use by",
    ):
        found = [
            one
            for one in dated
            if re.search(telling, one, re.I)
            and not re.search(r"\b(?:if you (?:cannot|can't|can not|are unable)|dispensed|printed)\b", one, re.I)
        ]
        if found:
            return found[0]
    return dated[-1] if dated else ""


def _when(passages: Sequence[str], words: str) -> Value | None:
    dated = [(one, match[0]) for one in passages if (match := re.search(_DATE, one))]
    if re.search(_LATEST, words):
        dated_due = [one for one in dated if re.search(_BY, one[0], re.I)]
        best = max(dated_due, key=lambda one: len(_shared(words, one[0])), default=None)
        return Value(best[1], best[0], "due") if best else None
    if re.search(r"\bcancel|\bcan't (?:make|come)|\blet them know|\brebook", words):
        late = [one for one in dated if re.search(r"\b(?:cannot|can't|cancel|unable|change)\b", one[0], re.I)]
        return Value(late[0][1], late[0][0], "due") if late else None
    if len(dated) == 1 and re.search(
        r"\b(?:is it|was it|was (?:this|that|it|i)\b|dispensed|printed|issued|the date|date)", words
    ):
        return Value(dated[0][1], dated[0][0], "when")
    if re.search(
        r"^(?:(?:and |so )?when(?:'s| is| was) (?:it|this|that)(?: on| then| for)?|what day (?:is|was) (?:it|this)(?: on)?|(?:the |what |what's the )?date|when do i (?:have to |need to )?(?:go|be there|come in))$",
        words,
    ):
        event = event_of(passages)
        match = re.search(_DATE, event)
        return Value(match[0] if match else event, event, "when") if event else None
    return None


def _number(passages: Sequence[str], words: str) -> Value | None:
    """ "That number": one to ring, else a reference, else what it comes to."""
    for rule in _RULES:
        if rule.kind == "phone":
            for passage in passages:
                if match := re.search(_PHONE, passage):
                    return Value(match[0], passage, "phone")
    for passage in passages:
        match = re.search(rf"\b(?:ref\w*|no|number|code|id)\b[.:]? ?({_CODE})", passage, re.I)
        if match:
            return Value(match[1], passage, "reference")
    return _cost(passages, "total")


def _named(passages: Sequence[str], words: str) -> Value | None:
    """ "The plumber's name": where print says who is called what."""
    for passage in passages:
        match = re.search(rf"\b(?:name(?: is|:)|called|named) ((?:{_NAME} ?){{1,3}})", passage)
        if match:
            name = match[1].strip()
            return Value(name.split()[-1] if "surname" in words else name, passage, "name")
    if re.search(r"\b(?:the|that|this) (?:sur)?name$", words):
        for passage in passages:
            match = re.search(rf"\b{_TITLE}\.? (?:{_NAME}\.? ?){{1,3}}", passage)
            if match:
                name = match[0].strip()
                return Value(name.split()[-1] if "surname" in words else name, passage, "name")
    return None


def _where(passages: Sequence[str], words: str) -> Value | None:
    """The place that print names: a hall, a clinic, a street."""
    if re.search(r"\bstore|\bkeep|\bsay", words):
        return None
    place = r"\b(?:Hall|Clinic|Surgery|Room|Church|Theatre|Centre|Center|School|Library|Hotel|Station|Street|Road|Lane|Avenue|Square|Park|Ward|Office)\b"
    found = [one for one in passages if re.search(place, one) and not re.match(r"dear\b", one, re.I)]
    inside = next((one for one in passages if re.search(r"\b(?:come|go|report) to\b", one, re.I)), "")
    first = inside or next(
        (one for one in found if re.search(r"appointment|\bat\b|\bin the\b|,", one)), found[0] if found else ""
    )
    return Value(first, first, "where") if first else None


_HOW_MUCH = re.compile(
    r"\bhow (?:much|many) (?!is\b|are\b|does\b|do\b|did\b|was\b|money\b|time\b|of\b|am\b|it\b)(?:of the )?(?P<what>(?:[a-z-]+ ){0,2}?[a-z-]{3,})(?: (?:do|does|did|is|are|should|goes|go|will|would|for|in|on)\b|$)"
)
_DOSE = re.compile(
    r"\b(?:tak\w+|swallow\w*|dos(?:e|age)s?|inhale|today|(?:a|per|each|every) day|daily|at (?:once|a time))\b"
)


def _quantity(passages: Sequence[str], words: str) -> Value | None:
    """How much of a thing print calls for: "400 ml buttermilk". A dose is the whole line's to say; 500 mg count no tablets."""
    asked = None if _DOSE.search(words) else _HOW_MUCH.search(words)
    noun = re.escape(_stem(asked["what"].split()[-1])) if asked else ""
    unit = r"(?P<much>\d[\d.,/]*(?: ?(?!mg\b|mcg\b)[a-z]{1,12})?)(?: of)? (?:(?!mg\b|mcg\b)[a-z-]+ ){0,2}?"
    for much in (r"(?P<much>\d[\d.,/]*) ", unit) if asked else ():
        for passage in passages:
            found = re.search(rf"(?<![\w.,:]){much}{noun}", passage, re.I)
            if found and not re.search(rf"{_MONEY}|\bm?mc?g$", found["much"]):
                return Value(found["much"], passage, "quantity")
    return None


_FINDERS: Sequence[tuple[str, Callable[[Sequence[str], str], Value | None]]] = (
    (_ABOUT, _about), (_TOP, _top), (_WHEN, _when), (r"\b(?:that|the|this) number\b|(?:^|what is )number$", _number), (r"\bhow (?:much|many) ", _quantity), (_COST, _cost),
    (r"\bname\b|\bsurname\b|\bcalled\b", _named),
    (r"\bwhere(?:'s| is| do| must| should| will| have| am| i)\b|\bwhereabouts\b|\bvenue\b|\bplace\b|\bwhich (?:building|floor|department|clinic|entrance|hall)\b", _where),
)  # fmt: skip
