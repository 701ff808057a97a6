"""Half wishes: clauses that were cut off from the wish they belong to, though they ask for nothing by themselves.

"parking fine. | read it" names what is shown, "look in my lease | who pays for the gutters" says where to look, "remind me
on the third to pay | about ten, say" when, "spell necessary | letters please" how.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.time_words import find_times
from assistant.steps.clause import Clause
from assistant.steps.labels import NOT_TOOLS, PICTURE_LABELS
from assistant.steps.planning import Intent
from assistant.steps.reminder_words import REMIND
from assistant.steps.slots import bare, without
from assistant.steps.slots_units import UNIT, quantity_and_unit, with_smaller
from assistant.steps.utterance import strip_manners

_MANNER = re.compile(  # how, never what
    r"(?:and |but |just )*(?:(?:the |all the )?letters|letter by letter|one (?:letter )?at a time|(?:a |your )?(?:rough|best|wild) guess|roughly|more or less|give or take|"
    r"in (?:plain |simple |ordinary )?english|in (?:plain|simple|other) (?:words|terms)|(?:the )?short version|in short|in a nutshell|no (?:rush|hurry)|quick as you (?:can|like)|"
    r"if (?:that|it)'s (?:ok|okay|all ?right|no bother|not too much(?: trouble| bother)?)|nothing fancy|be quick(?: about it)?|(?:and )?(?:make|keep) it (?:quick|short|brief)|quickly|sharpish|nothing (?:else|more)|that's (?:all|it)|word (?:for|by) word|every (?:single )?word|whatever (?:it|that|they) (?:is|was|are|says?|may be|might be)|out loud|from (?:start|beginning|top) to (?:finish|end|bottom)|to be (?:going on|getting on) with)(?: please| love| ta)?",
    re.I,
)
_PRINTS = (
    r"(?:letter|bill|ticket|fine|leaflet|card|label|tin|packet|jar|box|bottle|carton|receipt|statement|form|page|menu|envelope|flyer|flier|voucher|recipe|invoice|"
    r"prescription|notice|poster|booklet|certificate|timetable|rota|roster|schedule|programme|sign|postcard|brochure|coupon|jumper|shirt|note (?=home\b|from\b|through\b|in\b|off\b))"
)
_SHOWN = re.compile(
    r"(?:(?:right|so|ok|okay|well|now|here) )*(?:(?:it's|its|this is|this one's|that's|here's|i've got|i've|got|there's) )?(?:(?:an?|my|another|some) )?"
    rf"(?:(?!the\b|read\b|what\b|keep\b|save\b|file\b|scan\b|find\b|this\b|that\b|add\b|describe\b|look\b|check\b)[\w'-]+ ){{0,3}}{_PRINTS}(?: ?(?:from|for|about|here|home|through|in|off|re) ?(?:[\w'-]+ ?){{0,6}})?",
    re.I,
)
_DOCUMENT = r"(?:documents?|files?|contracts?|manuals?|instructions|papers?|paperwork|leases?|polic(?:y|ies)|agreements?|handbooks?|guides?|warrant(?:y|ies)|guarantees?|booklets?|tenancy)"
_LOOK = re.compile(
    r"(?:(?:so|just|please|and|then|can you|could you|go and|first) )*(?:(?:have|take) a (?:quick |good )?look|look|check|search|see|try|go|it(?:'s|'ll be| will be| should be| must be| is| says)|(?:it's )?somewhere)"
    rf" ?(?:in|at|through|up|into)? ?(?:me|my|the|our|that|those|them) (?:[\w'-]+ ){{0,3}}?{_DOCUMENT}(?: (?:for (?:it|that|me)|first|would you|somewhere|i gave you|you've got|you have))*",
    re.I,
)
_SAYS = re.compile(  # "does the lease say so", "what does it say in my policy": where to look, after what was asked
    rf"(?:(?:so|and|but|well|just|tell me|see|check|look) )*(?:what(?:'s|s| does| do| did| has| is)?|does|do|did|would|will|can|is|has|if|whether) (?:it (?:say |mention |tell me )?(?:anything |so |that )?in )?(?:(?:the|my|our|me|that|this|those|them|his|her|their) )(?:[\w'-]+ ){{0,3}}?(?:{_DOCUMENT}|book|small print|terms|rules)(?: (?:you(?:'ve)?|i) (?:have|got|keep|gave you|kept)(?: of mine)?)?"
    r"(?: (?:actually |even |ever )?(?:say|says|said|mention|mentions|tell (?:me|us)|state|states|have|got|read|allow|let (?:me|us)|cover)(?: (?:so|that|it|this|anything|owt|ought|a word|about (?:it|that|this)|on (?:it|that|this|the matter)|to say(?: about (?:it|that))?|in (?:it|there)|at all|there|down|me))*)?",
    re.I,
)
_ASKS = re.compile(
    r"(?:(?:so|and|well|right|tell me|find out|see) )*(?:who(?:'s|se)?|whos|what(?:'s|s)?|when(?:'s|s)?|where(?:'s|s)?|which|how|why|is|are|do|does|did|can|could|may|must|should|am|will|would|if|whether)\b",
    re.I,
)
_SOUGHT = ("search_documents", "read_document", "recall", "world", "define_word", "vague", "chat", "ask_text")
_WHEN = re.compile(
    r"(?:(?:and|or|but|well|just|oh) )*(?:(?:any ?time|some ?time|maybe|perhaps|preferably|ideally|(?:let's )?say|make it|call it|about|around|roughly|by|early|late|first thing)\b ?)+"
    r"(?:(?:(?:at|around|about|by|in|on|the) )*[\w:' ]{2,30}?)?(?:(?:should|will|would|'ll) (?:do|be fine|be (?:good|enough|plenty)))?",
    re.I,
)
_SAID_WHEN = re.compile(
    r"^(?:(?:and|or|but|well|just|oh|any ?time|some ?time|maybe|perhaps|preferably|ideally|let's|say|make it|call it|about|around|roughly) )+|\s*(?:should|will|would|'ll) (?:do|be fine|be \w+)$",
    re.I,
)
_NAMED = ("add_document", "add_note", "start_timer", "take_picture")
_CALLED = re.compile(r"(?:and |then |please )*(?:call|name|title|label) (?:it|this|that|them)\b", re.I)
_ALTOGETHER = re.compile(
    r"(?:so |and |what's that |how much )*(?:altogether|all together|in all|all told|all in|in total|the total|the lot|total)(?: please| then)?",
    re.I,
)
_STATED = re.compile(  # "they want sixty quid deposit": an amount, and nothing that asks for a sum
    r"(?!.*\b(?:what|how|work|add|plus|minus|times|divided?|split|half|percent|take|less|total|altogether)\b)"
    r"(?:and |so |but )*(?:i|we|he|she|they|it|it's|the|my|our|his|her)\b.*",
    re.I,
)
_EACH = re.compile(r"\b(?:each (?:owe|pay|put in)|my share|a head|apiece)\b", re.I)
_MINE = re.compile(
    r"(?:(?:so|well|and) )*(?:i|we)(?:'m|'ll|'re|'d| am| are| will| only| just)*(?: only| just)? (?:had|have|pay\w*|got|get\w*|bought|buy\w*|take|taking|want)\b.* and .*",
    re.I,
)
_HOW_MUCH = re.compile(
    r"(?:(?:so|and) )*(?:how much|what)(?:'s| is| are| does| do| would| will)? (?:that|those|they|it|both|i|we)(?: (?:come to|be|make|owe|cost|altogether|in all|together|is|are|for both))*",
    re.I,
)
_KEPT = ("add_note", "remember", "set_reminder", "ask_text")
_FOR = re.compile(r"(?:because |cos |so )?(?:i|we|he|she)(?:'ve|'m|'ll| have| am| will| must| need| want)(?: got)? (?:to |gonna |going to )?(?:write|put|print|type|send|use|text|label|fill)\b.*", re.I)  # fmt: skip
_UP_THERE = re.compile(r"(?:and |so )?what(?:'s| does| is)? (?:it |that )?(?:say|says|saying|written|there)(?: (?:up|down|over|just))?(?: (?:there|here))?", re.I)  # fmt: skip
_LASTS = re.compile(
    r"\b(?:in future|from (?:now|here) on|always|every time|going forward|your answers|you answer)\b", re.I
)
_DETAIL = re.compile(r"\b(?:details?|full|long|longer|more)\b", re.I)
_WHY_ASKED = re.compile(
    r"(?!.*\b(?:what|how|who|which|where|when|want|need|tell|know|read|say|says|find|wonder\w*|looking|give|is there|are there|about)\b)"
    r"(?:(?:because|cos|since|as|and|so) )*(?:i'm|i am|im|i've|i have|i can't|my [a-z]+(?:'s| is| has| can't)|he's|she's|we're|they're|he|she|it's) .+",
    re.I,
)
_PUT_BY = re.compile(r"(?:(?:and|so|well) )*(?:i|we)(?:'ve| have|'d| had)?(?: only| just)?(?: got| have| put)?(?: only| just)? (?:£ ?)?(?:\d[\d.]*|an?|a hundred|[a-z]+(?: [a-z]+)?)(?: (?:pounds?|quid|euros?|dollars?))?(?: (?:on me|put by|saved|put aside|set aside|left|here|in (?:the|my) [a-z]+|with me|for (?:it|this|the [a-z]+)))*", re.I)  # fmt: skip
_ENOUGH = re.compile(r"\b(?:short|shy|enough|cover|left|over|spare|more (?:do|will|would) i|still need|need)\b", re.I)
_OCCASION = re.compile(
    r"(?:(?:and|so|now|right|but) )*(?:before|while|after|since|until|once|as|now that) (?:i|we|you|he|she|they|it|my|the) (?!.*\b(?:what|how|who|which|where|does|is there|are there|has|have (?:i|we|you|they|these))\b)",
    re.I,
)
_MEANS_IT = re.compile(
    r"(?:and |so |then |i mean |is (?:it|that) (?:bad|good|serious)\W* )*what(?:'s|s| is| does| do) (?:it|that|this|they|the word|that word)(?: actually| even| really)? ?(?:mean|means|about)?",
    re.I,
)
_BEEP_THEN = re.compile(r"(?:and |so |then |just )*(?:give me a |do a |make a |a )?(?:beep|bleep|ping|buzz|ring|ding|chime|shout|sound)(?: (?:at )?(?:me|us))?(?: (?:right|just|bang on|exactly))?(?: (?:then|for it|for that|at (?:that|the) time|on the dot|when it'?s (?:time|due)|when (?:it|that) comes))?", re.I)  # fmt: skip
_QUESTIONS = re.compile(
    r"\?|\b(?:what|who|whose|when|where|which|how|why|whether|tell|find|check|does|do|need to know)\b", re.I
)
_READ_IT = re.compile(
    r"(?:and |so |then |please |just |can you |could you |would you )*read(?: (?:it|this|that|me it|it (?:to|for) me))?(?: out)?(?: loud)?(?: please)?",
    re.I,
)
_ONLY_SHOWN = re.compile(  # says what is held, or that nobody knows, and asks nothing
    r"(?:(?:right|so|ok|okay|well|now|hi|hello|hiya|good (?:morning|afternoon|evening|day)|guten \w+|bonjour|hola) )*(?:here(?:'s| is)|this is|this one's|that's|it's|i've (?:got|been (?:sent|given))|i have|there's|there is|got|on this \w+ (?:is|there's))\b"
    r"|.*\b(?:no idea|no clue|not a clue|haven't a clue|dunno|god knows|don't know|can't tell|not sure|goodness knows|heaven knows)(?: what| which)?(?: (?:it|this|that) is)?$",
    re.I,
)
_OTHER_UNIT = re.compile(
    rf"(?:(?:no|sorry|oops|wait|oh|er|i mean|rather|actually|make (?:it|that)|in|into|to|not that) )*(?P<unit>{UNIT})(?: (?:i (?:meant|mean|want|wanted)|instead|rather|not [a-z]+|sorry|please))*",
    re.I,
)
_READS = re.compile(r"(?:(?:and|then|please|now) )*read\b", re.I)
_COUNTS_FROM = re.compile(r"\b(?:that (?:same |very )?(?:day|morning|afternoon|evening|night)|the (?:same )?(?:day|morning|afternoon|evening|night|week)(?: (?:before|of it|after))|(?:days?|hours?|weeks?|minutes?) before)\b(?! (?:the|my|our|i|we|yesterday)\b)", re.I)  # fmt: skip
_ONE_MORE = re.compile(r"(?:(?:and|then|also|plus) )*(?:another|one more|an extra|a second)\b", re.I)
LONGEST = 8  # words of a half that only says when


def mended(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, each half wish with the wish it belongs to; only where somebody read the request whole."""
    found: list[Intent] = []
    for intent in intents:
        whole = _whole(found[-1], intent) if found and intent.clause.hints else None
        if whole is None and len(found) > 1 and intent.clause.hints and found[-1].label in NOT_TOOLS:
            timed = _with_time(found[-2], intent)  # past an aside: "ring June, it's her birthday, about six should do"
            found[-2:] = [timed, found[-1]] if timed else found[-2:]
            found += [] if timed else [intent]
        elif whole is None:
            found.append(_seen(found[-1], intent) if found else intent)
        else:
            found[-1] = whole
    return found


def _seen(before: Intent, intent: Intent) -> Intent:
    """ "screenshot | and read the screen to me": the screen is taken once and then read."""
    twice = before.label == intent.label == "take_screenshot"
    return replace(intent, label="read_text") if twice and _READS.match(intent.clause.words) else intent


def _whole(first: Intent, second: Intent) -> Intent | None:
    """Both as one wish; None where each stands alone."""
    if _MANNER.fullmatch(second.clause.plain) and first.label not in NOT_TOOLS[1:]:
        return first
    if names_what_is_shown(first, second):
        return second
    if told := _told_beside(first, second):
        return told
    named = first.label in _NAMED and _CALLED.match(second.clause.plain)
    summed = first.label == "calculate" and _ALTOGETHER.fullmatch(second.clause.plain)
    content = (
        first.label in ("add_note", "remember")
        and second.label == "calculate"
        and _STATED.fullmatch(second.clause.plain)
    )
    if named or summed or content:
        return _joined(first, second, first.confidence)
    return _looked_up(first, second) or _with_time(first, second)


def _says_when_only(first: Intent) -> bool:
    """Whether a reminder is asked for with its time and without what it is for: "sort us a reminder for monday afternoon"."""
    said = re.sub(r"\barvo\b", "afternoon", first.clause.plain, flags=re.I)
    words = REMIND.sub(" ", said, count=1)
    return words != said and bool(find_times(words)) and not bare(without(words, find_times(words)))


def _tells_what(second: Intent) -> bool:
    """Whether a clause that asks for nothing itself may say what a reminder is for: "two o'clock, picking the car up"."""
    if _ONE_MORE.match(second.clause.plain):
        return False
    asks = second.label not in (*NOT_TOOLS, "set_reminder") or REMIND.search(second.clause.words)
    return not asks and second.label != "ask_text" and not re.match(r"(?:what|when|where|who|how|is|are|do|does|can|thanks?|ta|cheers|please)\b", second.clause.plain, re.I)  # fmt: skip


def _is_told_date(first: Intent, second: Intent) -> bool:
    """Whether a date is told, and the wish counts from it: "the supper's on the 25th. | remind me that same morning at nine"."""
    told, wish = first.clause.words, second.clause.words
    return bool(find_times(told)) and not REMIND.search(told) and REMIND.search(wish) is not None and _COUNTS_FROM.search(wish) is not None  # fmt: skip


def _told_beside(first: Intent, second: Intent) -> Intent | None:
    """A wish with what is told beside it: its occasion, its reason, the amounts that it is about; None for two wishes."""
    words, pair = second.clause.plain, (first.label, second.label)
    if pair == ("ask_text", "ask_text") and _OCCASION.match(first.clause.plain):
        return second  # "before i put it in the sauce | has this jar got nuts in it"
    if pair == ("define_word", "define_word") and _MEANS_IT.fullmatch(words):
        return first
    if first.label == "set_reminder" and _says_when_only(first) and _tells_what(second):
        return _joined(first, second, first.confidence)
    if pair == ("set_reminder", "set_reminder") and _is_told_date(first, second):
        return _joined(first, second, second.confidence)
    if pair == ("set_reminder", "change_setting") and _BEEP_THEN.fullmatch(words):
        return first
    if pair == ("ask_text", "read_text") and _READ_IT.fullmatch(words) and _ONLY_SHOWN.match(first.clause.plain):
        return None if _QUESTIONS.search(first.clause.words) else second
    if pair == ("convert_units", "convert_units") and (unit := _OTHER_UNIT.fullmatch(words)):
        plain = quantity_and_unit(first.clause.words)
        if plain and with_smaller(plain[1], unit["unit"]):
            return first  # "in feet | and inches" is told with both
        return _reworded(first, f"{plain[0]} in {unit['unit']}") if plain else None
    if pair == ("change_setting", "say_more") and _LASTS.search(f"{first.clause.words} {words}"):
        lasting = replace(second, label="change_setting", confidence=max(first.confidence, second.confidence))
        return lasting if _DETAIL.search(words) else None
    if pair == ("ask_text", "ask_text"):  # "i'm paying for the bulbs and the trowel | how much is that"
        goes = _WHY_ASKED.fullmatch(words) or (_MINE.match(first.clause.plain) and _HOW_MUCH.fullmatch(words))
    elif pair == ("calculate", "ask_text"):  # "i've only twenty on me | how much am i short"
        goes = _EACH.search(words) or (_PUT_BY.fullmatch(first.clause.plain) and _ENOUGH.search(words))
    elif first.label == "look_closer":
        goes = _UP_THERE.fullmatch(words) if second.label in ("read_text", "ask_text") else None
    else:  # "how's Caoimhe spelt | i've to write it on the card"
        goes = _FOR.fullmatch(words) if first.label in ("spell", "define_word") and second.label in _KEPT else None
    return _joined(first, second, first.confidence) if goes else None


def _reworded(first: Intent, words: str) -> Intent:
    return replace(first, clause=Clause(words, first.clause.hints), marks=())


def names_what_is_shown(first: Intent, second: Intent) -> bool:
    """Whether the first only says what the picture of the second is: "concert ticket. | read it"."""
    about = second.label in PICTURE_LABELS or second.label in ("add_document", "look_closer")
    idle = first.label in (
        *NOT_TOOLS,
        "read_text",
        "describe_picture",
        "add_document",
        "remove_document",
        "add_note",
        "tell_date",
    )
    return about and idle and "?" not in first.clause.words and _SHOWN.fullmatch(first.clause.plain) is not None


def _looked_up(first: Intent, second: Intent) -> Intent | None:
    """A question and the place where its answer is looked for."""
    for question, place in ((first, second), (second, first)):
        said = strip_manners(place.clause.plain)
        bare = (_LOOK.fullmatch(said) and not _ASKS.match(place.clause.plain)) or _SAYS.fullmatch(place.clause.plain)
        sure = question.label == "ask_text" and question.confidence > 0.9
        asks = _ASKS.match(question.clause.plain) or _ASKS.match(question.clause.words)
        if bare and question.label in _SOUGHT and not sure and asks:
            return _joined(replace(question, label="search_documents"), place, max(first.confidence, second.confidence))
    return None


def _with_time(first: Intent, second: Intent) -> Intent | None:
    """A reminder and when it is to be, said after it."""
    words = second.clause.plain
    if first.label != "set_reminder" or not _WHEN.fullmatch(words) or len(words.split()) > LONGEST:
        return None
    said = _SAID_WHEN.sub("", words).strip()
    said = said if find_times(said) else f"at {said}"
    if not find_times(said):
        return None
    return _joined(first, replace(second, clause=Clause(said)), first.confidence)


def _joined(first: Intent, second: Intent, confidence: float) -> Intent:
    words = f"{first.clause.words.rstrip(' ,;.?')}, {second.clause.words}"
    return replace(first, clause=Clause(words, first.clause.hints), confidence=max(first.confidence, confidence))
