"""What is looked for in a picture, wherever the wish names it: "whereabouts on the sheet am I aiming for the total"."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

_HERE = r"(?:(?:on|in|of|at|off) (?:it|this|that|here|(?:this|the|that|my|their) (?:[a-z]+ )?(?:sheet|page|letter|bill|form|card|ticket|label|packet|tin|box|bottle|leaflet|slip|paper|receipt|menu|notice|picture|photo|thing|one|statement|envelope|jar|carton|tub|wrapper|screen)))"
_PUT = r"(?:say|says|said|print(?:s|ed)?|puts?|writ(?:e|es|ten)|wrote|stick|stuck|stamp(?:s|ed)?|hid(?:e|den)?|mark(?:s|ed)?|give[sn]?|list(?:s|ed)?|tell|show[sn]?|had|got|have)"
_SEEK = r"(?:aiming|looking|hunting|feeling|searching|supposed to look|meant to look|to look|to be looking|reaching|going) for"
_THING = r"(?P<thing>(?!it\b|that\b|this\b|them\b|there\b)\S.*?)"
_END = rf"(?=[\s,]+(?:{_HERE}|(?:is |are |was |be )?(?:in|printed|written|put|shown|stamped|given|marked|listed|supposed to be|meant to be|on|to be found)\b|somewhere|anywhere|at all|roughly|about|exactly|please|then|though|top or bottom|left or right)|\s*[,;.?!]|\s+(?:is|are)$|$)"
_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\bwhere(?:abouts)?(?:'d|'ve|'s| did| do| does| have| has| would)? (?:they|it|you|he|she|these people|the [a-z]+) (?:have |had |has |got |gone and |'ve )*{_PUT} {_THING}{_END}",
        rf"\b(?:which|what) (?:part|side|corner|end|half|bit|area|place|spot|line|row|edge|third|quarter)(?: {_HERE})? (?:do|does|did|would|will|should) (?:i|you) (?:find|see|look for|get|have) {_THING}{_END}",
        rf"\b(?:in|on|at) (?:which|what) (?:part|side|corner|end|half|bit|area|place|spot|line|row|edge|third|quarter)(?: {_HERE})?,? (?:is |are )?{_THING}{_END}",
        rf"\b{_SEEK} {_THING}{_END}",
        rf"\bwhere(?:abouts)?(?: (?:about|roughly|exactly))? {_HERE},? (?:is|are|would|will|do i (?:find|see|look for)|can i find|might i find|am i to find|should i (?:look for|find)) {_THING}{_END}",
        rf"\b(?:point|guide|direct|steer|lead|aim|get|send|take|put) (?:me|my (?:finger|hand|eye|glass|magnifier)|us) (?:over )?(?:at|to|towards?|on(?:to)?) {_THING}{_END}",
        rf"\bwhere(?:abouts)?(?:'s| is| are) (?:it (?:that )?)?(?!(?:i|you|they|it)\b){_THING}{_END}",
        rf"\b(?:which|what) (?:part|side|corner|end|half|bit|area|place|spot|line|row|edge|third|quarter)(?: {_HERE})? (?:is|are|has|holds|'s) {_THING}{_END}",
        rf"\b(?:(?:show|find|get) (?:me|us)|find|spot|locate|pick out|put my finger on) (?:where (?!i\b|we\b))?(?!where\b|me\b|us\b|out\b){_THING}{_END}",
        rf"\b(?:there's|there is|there are|it's got|it has|i was told there's|there should be|there must be|there ought to be) {_THING}{_END}",
    )
)
_TO_SIGN = re.compile(r"^(?:a |the |some )?(?:place|space|spot|bit|line|box|somewhere|part|where)(?: (?:that|which))? (?:to|where i|where you|for me to|for my|for a|i)(?: (?:have|need|am|must|should|want|got)(?: to)?)? ?(?:put my )?(?P<act>sign\w*|name|initials?|tick|date|stamp)\b", re.I)  # fmt: skip
_WHERE_TO = re.compile(  # "where on this do I sign", "where to is it I've to put my name"
    rf"\b(?:where(?:abouts)?|which (?:line|box|place|bit|part))(?: (?:to|about|exactly))?(?:,? {_HERE})?(?: (?:is it|do|does|should|must|am|are|have|has|would|can|did|i|i've|i'm|we|they|you|one|that|got|meant|supposed|need|want|me|to|put|my|have|expected))+ (?P<act>sign|signature|initial|tick)\b",
    re.I,
)
_ACTS = {"sign": "signature", "init": "initial"}
_DATES = re.compile(r"\b(?:use|best|sell|display|eat|consume)$", re.I)
_DETERMINER = re.compile(r"^(?:(?:the|a|an|my|any|some|this|that|their|our|your|its|his|her)\s+)+", re.I)
_WHERE = re.compile(r"\b(?:where|which|what (?:part|side|corner|end|half|bit)|point|guide|direct|steer|show|find|spot|locate|finger|aiming|looking|hunting|searching|see|whereabouts)\b", re.I)  # fmt: skip


def sought(words: str, request: str = "") -> str:
    """The thing that the words look for, without what is told around it; "" where these wordings are not theirs.

    Args:
        request: all that was said; a date's name that was cut short is made whole from it ("use" of "use by").
    """
    if act := _WHERE_TO.search(words):
        return _ACTS.get(act["act"].lower()[:4], act["act"])
    for pattern in _PATTERNS if _WHERE.search(words) else ():
        if match := pattern.search(words):
            return whole_name(_plain(match["thing"]), request or words)
    return ""


def _plain(thing: str) -> str:
    """The thing alone: "place to sign" is the signature."""
    thing = re.sub(rf"[\s,]*{_HERE}.*$", "", thing.strip(" \"'?!.,"), flags=re.I)
    if act := _TO_SIGN.match(thing):
        return "signature" if act["act"].lower().startswith("sign") else act["act"]
    thing = re.sub(r"^where (?=i\b|to\b|you\b).*?\b(sign|tick|pay|stamp|date)\b.*$", r"\1", thing, flags=re.I)
    thing = "signature" if thing.lower() in ("sign", "to sign") else thing
    thing = _DETERMINER.sub("", thing)
    thing = re.sub(r"^((?!(?:tele)?phone\b|mobile\b).{3,}) (?:number|price|date|code|amount|line|bit|part|sign)$", r"\1", thing, flags=re.I)  # fmt: skip
    thing = re.sub(r"\s+(?:in|on|at|top left|top right|bottom left|bottom right|top|bottom)$", "", thing, flags=re.I)
    return _DETERMINER.sub("", thing).strip(" \"'?!.,")


def whole_name(thing: str, request: str) -> str:
    """ "use by" where the request says so and the thing was cut to "use"."""
    if not _DATES.search(thing):
        return thing
    longer = re.search(rf"\b{re.escape(thing)} (?:by|before|until)(?: date)?\b", request, re.I)
    return longer[0] if longer else thing
