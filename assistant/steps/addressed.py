"""To whom a sentence is said: to the assistant, to somebody else in the room, or to nobody who could do it.

Four things tell a sentence to another person, whatever it is about: a name that is called ("mum, can you ...", "... will you,
Karen"), what only a person has ("your coat", "your brother"), what only a person does ("what time are you going home", "pass me
my glasses") and several people ("you two"). A wish for a lamp, a door or music is one that nothing here can do, whoever it is
said to. Neither ever notes, sets or changes anything.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.steps.labels import LABELS
from assistant.steps.planning import Intent

_IDLE = ("chat", "vague", "world", "sure", "where_that")  # nothing is done for them
LONGEST = 400  # characters of a request in which a sentence is looked for; a longer one is mostly dictated

_KIN = (
    r"(?:mum(?:my)?|mam|mom(?:my)?|ma|mother|dad(?:dy)?|da|father|gran(?:ny|dad|dma|dpa|pa)?|nan(?:na|a)?|grandad|auntie|aunty|uncle|son|sis|"
    r"kids|children|boys|girls|lads|everyone|everybody|guys|folks|nurse|doctor|driver|waiter|officer|miss|sir|madam|young (?:man|lady)|missus|neighbour)"
)
_OPENING = r"(?:(?:oh|ah|hey|hi|hiya|hello|right|ok|okay|no|yes|well|so|now|please|sorry|here|look|listen|excuse me|thanks|ta|ach|och)[,!. ]+)*"
_DO = (  # an imperative, or the question that stands for one
    r"(?:(?:please|just|quickly|will you|would you|could you|can you|can i|could i|do you|did you|have you|are you|is that you|what|where|when|who|why|how)\b|"
    r"(?:turn|put|take|give|get|bring|pass|hand|fetch|hold|come|go|sit|stand|stop|shut|close|open|leave|keep|tell|ask|look|mind|wait|watch|help|make|write|note|"
    r"read|add|set|switch|let|don't|do|stay|be|say|remember|ring|call|move|pick|lift|drop|try|show|find|finish|eat|drink|wash|tidy|clean)\b(?! (?:was|is|says?|said)\b))"
)
_CALLED_FIRST = re.compile(  # "dad turn that down"; without a comma only what tells no past: "dad put the bins out"
    rf"^{_OPENING}{_KIN}(?:, {_DO}|(?:,? (?:(?:can|could|will|would) (?:you|i|ye)|turn|give|bring|pass|hand|hold)\b(?! up\b)))",
    re.I,
)
_SHOWN = re.compile(
    rf"^{_OPENING}(?:look at|see|feel|smell|taste|watch) (?:the|that|this|these|those|his|her|their) [^,]*?,? {_KIN}(?:[,.!]|$)",
    re.I,
)  # "look at the colour on that lemon mum, ..."
_OF_THEM = re.compile(r"\b(?:her|him|she|he|them|they|his|their)\b", re.I)  # a name before this is what is spoken of
_TAG = re.compile(  # a name has its place behind the question at the end: "make a note of that will you Karen, you're better at it"
    r"^(?P<wish>[a-z']+ .*?)[, ]+(?:(?:will|would|could|can|won't) (?:you|ya|ye|yous)),? (?P<name>[a-z][\w'-]+)[.!?]*(?:$|[,;] ?.*$)",
    re.I,
)
_NO_NAME = re.compile(  # what else ends such a question: the assistant's own names among it
    r"(?:please|now|then|thanks|thank|ta|kindly|too|again|later|today|tomorrow|tonight|quickly|instead|first|dear|love|pet|hen|mate|"
    r"duck|darling|sweetheart|sweetie|honey|hun|babe|pal|chuck|petal|flower|treasure|antigone|assistant|computer|machine|alexa|siri|"
    r"google|cortana|jarvis|robot|do|read|see|hear|say|help|find|tell|go|be|just|soon|once|maybe|for|me|us|and|so|that|it|this|"
    r"because|cos|as|before|when|if|i|the|a|an|my)",
    re.I,
)
_NAME_LAST = re.compile(r"(?:don't (?:you )?forget|remember to|make sure|mind)\b[^,]*, (?P<name>[A-Z][a-z]+)[.!]?$")
_FIRST = re.compile(r"(?:(?:please|just|and|so|go on|now|then|also|oh)[, ]+)*(?:make|take|write|note|add|put|jot|get|read|set|remind|remember|keep|save|find|look|turn|start|stop|open|tell|show|spell|say|check|give|hold|cancel|delete|pass|bring|leave)\b", re.I)  # fmt: skip

_OWN = (  # what people have and an assistant has not
    r"(?:mum|mam|mom|mother|dad|father|brother|sister|gran|granny|nan|nana|grand\w+|husband|wife|son|daughter|kids|children|auntie?|uncle|cousin|mate|boss|teacher|"
    r"coat|jacket|hat|scarf|gloves?|shoes?|boots?|socks?|slippers|trousers|jumper|clothes|uniform|pyjamas|bag|purse|wallet|keys|glasses|umbrella|watch|"
    r"eyes|ears|hair|hands?|feet|foot|teeth|face|nose|fingers?|legs?|knees?|arms?|back|bum|mouth|"
    r"dinner|tea|lunch|breakfast|supper|homework|school|room|bedroom|bed|toys?|bike|car|seat|chair|plate|cup|drink|pocket money|tablets|"
    r"weekend|birthday|holidays?|shift|train|bus|flight|bath|shower|plans)"
)
_YOURS = re.compile(rf"\byour (?:own |new |other |old |wee |little |lovely |poor |nice )*{_OWN}\b", re.I)
_SEVERAL = re.compile(
    r"\b(?:(?:can|could|will|would|are|have|do|did|stop it|quiet|hush)(?:,| the)? )?(?:you (?:two|three|lot|pair|kids|children|boys|girls|lads|guys|all)|the (?:pair|lot|both|two) of you|both of you|yourselves)\b(?! (?:know|remember|have|keep|hold|stored?)\b)",
    re.I,
)
_WHEN_YOU = re.compile(
    r"\b(?:when|before|after|once|as soon as) you (?:go(?! through)|leave|get (?:home|in|there|back|out|up)|come (?:in|home|back|over|round)|pass|pop|set off|arrive|land|see (?:him|her|them))\b",
    re.I,
)
_COMING = re.compile(  # "give me two minutes, i'm coming"
    r"\b(?:start|go on|go ahead|carry on|begin) without me\b|(?:^|[,;] )(?:hang on |ok |just a (?:sec|minute),? )?i(?:'m| am) (?:just )?(?:coming|on my way)\b|^(?:just )?(?:give me|hang on|wait) .{0,30}[,;] i'll be (?:right )?(?:there|down|over|with you|out|in|back)\b|\b(?:can|shall|could) i (?:get|bring|offer|help|fetch|make|give) you\b",
    re.I,
)
_LAST = re.compile(  # "is it the right way up, Ken", "take the next left, driver"; not "in Cork, Ireland"
    rf"^{_OPENING}(?:is|are|do|does|did|have|has|can|could|wait|take|hold|turn|go|come|stop|keep|leave|drop|pass|give|who|why)\b[^A-Z]*?(?<! in)(?:, (?P<name>[A-Z][a-z]+)|, (?i:{_KIN}))[.!?]*$"
)
_CAN = (  # what is asked of an assistant: "do you remember", "have you got my number", "what time are you waking me"
    r"(?:know|remember|hav(?:e|ing)|got|get|keep(?:ing)?|kept|stor(?:e|ed|ing)|sav(?:e|ed|ing)|say(?:ing)?|said|tell(?:ing)?|told|read(?:ing)?|see(?:ing)?|saw|hear(?:ing)?|heard|"
    r"understand|understood|mean|meant|think|set|setting|not(?:e|ed|ing)|writ(?:e|ten|ing)|wrote|jot(?:ted)?|mak(?:e|ing)|made|find|found|look(?:ing|ed)?|work(?:ing|ed)?|do|doing|done|"
    r"help(?:ing)?|us(?:e|ed|ing)|start(?:ed|ing)?|stop(?:ped|ping)?|cancel(?:led|ling)?|delet(?:e|ed|ing)|remov(?:e|ed|ing)|add(?:ed|ing)?|count(?:ed|ing)?|spell(?:ing)?|describ\w+|call(?:ed|ing)?|"
    r"wak(?:e|ing)|remind(?:ed|ing)?|warn(?:ed|ing)?|nudg\w+|catch|caught|need(?:ed)?|want|reckon|recommend|suggest|manage|speak(?:ing)?|talk(?:ing)?|support|recogni[sz]e|identify|convert|calculate|"
    r"open|scan(?:ned|ning)?|hold|holding|forget|forgot(?:ten)?|record(?:ed|ing)?|listen(?:ing)?|chang(?:e|ed|ing)|learn\w*|repeat(?:ed)?|call|answer|play|search(?:ed|ing)?|check(?:ed|ing)?|"
    r"show|time|timing|beep(?:ing)?|go(?:ing)? to|able|sure|there|on|ready|certain|supposed|meant|still|switched|connected|online|happy|allowed|aware|a|an|the|my|that|it|this|any|anything|something|no|sleep\w*|dream\w*|feel\w*|believe|enjoy|like|love|prefer|exist|live|today|tonight|now|then|lately|real|human|alive|old|clever|smart|lonely|tired|bored|angry|cross|deaf|stupid|broken|free|safe|right|wrong|called|from)"
)
_OF_PERSON = re.compile(  # "what time are you going home", "have you put the bins out yet"; not "have you got my number"
    rf"^{_OPENING}(?:(?:and|but|so|hey) )*(?:(?:what|where|when|who|why|how|which)(?:'s)?(?: (?:time|much|many|long|day|one|often|far|come|kind of))?(?: (?!all\b)[\w']+)? )?(?:all )?(?:do|did|have|are|were|is) (?:you|ya|ye|yous)(?: (?:ever|not|all|really|actually|just|already|still|even|also|going to|gonna))* (?!{_CAN}\b|(?:ever|not|all|really|actually|just|already|still|even|also)\b)(?P<verb>[a-z']+)",
    re.I,
)
_ANYONE = re.compile(  # "you" is whoever has the packet in hand: "how long do you cook these for", "how do you open it"
    rf"^{_OPENING}(?:(?:and|but|so) )*(?:how(?: (?:many|much|long|often|hot|soon|high))?|what (?:temperature|heat|setting|time|way))(?: (?!do\b)[\w']+){{0,4}} do (?:you|ya|ye) "
    r"(?:take|use|cook|boil|bake|heat|microwave|fry|grill|steam|roast|apply|rub|mix|add|store|keep|open|close|wash|clean|dry|iron|recycle|chill|freeze|defrost|thaw|reheat|pay|return|claim|give|dilute|shake|set|charge|fit|assemble|press|water|plant|need|have to)\b"
    r"(?! (?:your|my|her|his) (?:hair|hands?|teeth|face)\b)",
    re.I,
)
_KEPT = re.compile(  # what an assistant keeps or shows: of it all these verbs may be asked
    r"\b(?:lists?|notes?|noted|reminders?|timers?|alarms?|documents?|files?|pictures?|photos?|letters?|pages?|texts?|numbers?|codes?|names?|address(?:es)?|facts?|diary|calendar|memory|"
    r"settings?|volume|voice|speed|barcode|label|reading|print|word|words|about me|screen|camera|app|program|paperwork|manual|contract|remind(?:ing)?|minutes? on)\b",
    re.I,
)
_HANDS = re.compile(  # what takes hands or feet: "Derek, pass the magnifier"
    rf"^{_OPENING}(?:[a-z]+, )?(?:(?:please|just|go on|and|then|quickly|could you|can you|would you|will you) )*"
    r"(?:(?:pass|hand|fetch|bring)(?: me| us| him| her| them| it)? (?!up\b|back\b|that up\b)(?:(?:over|here|through|in) )?(?:my|the|that|those|a|some|your|his|her|it|them|over|here)\b|"
    r"hold (?:the|your|this|that|my|his|her|it) (?:\w+ )?(?:torch|light|door|hand|lead|bag|cup|still|steady|higher|lower|tight|ladder|end|baby|horses)\b|"
    r"(?:shift|budge|scoot|shove|move) (?:over|up|along|out of|your)\b|sit (?:down|still|up|yourself|there)\b|stand (?:up|still|back|there)\b|come (?:here|in|on in|over|and|down|away|back|inside)\b|get (?:down|off|out|up|in here|inside|away)(?: (?:of|from|off|on|to|here|there)\b|[,.!]|$)|"
    r"go (?:to bed|home|outside|away|upstairs|downstairs|and (?:get|see|play|wash|ask|put|tell|fetch))\b|mind (?:the|your|out)\b|hush\b|"
    r"put (?:it|that|this|them|those|the [\w' -]+?|your [\w' -]+?)(?: back)?(?: down)?(?: over)?(?: there| here)? (?:on|in|under|beside|by|next to|behind) the (?:\w+ )?(?:table|shelf|side|floor|chair|settee|sofa|bed|counter|worktop|fridge|freezer|cupboard|drawer|oven|sink|hall|doorstep|porch|windowsill|car|boot|microwave|kitchen|bedroom|corner|rack|hook|tray|desk)\b|"
    r"(?:let|take|put|walk|feed) the (?:dog|cat|dogs|cats|puppy|budgie|hens|kids|baby|wean)\b)",
    re.I,
)
_THEIRS = re.compile(rf"^{_OPENING}(?:remind|tell|ask) (?:your|yer)\b", re.I)
_DICTATED = re.compile(  # the words of a letter or a note may speak to anybody
    r"\b(?:note|notes|write|jot|list|message|letter|card|text)\b.{0,40}?(?:\b(?:says?|saying|that|reads?|down)\b|:)|[\"“]|\b(?:remind|wake|nudge|prompt|prod|ping|tell|alert|warn) (?:me|us)\b|\bdon't let (?:me|us)\b|\bwant telling\b|\bremember (?:that|this|my)\b|\b(?:says?|said|spell|mean)\b",
    re.I,
)

_MACHINE = (  # of the house; none of them is within reach
    r"(?:oven|tell?y|television|tv|radio|wireless|stereo|hi-?fi|record player|heating|central heating|heater|boiler|immersion|(?:big |main |hall |kitchen |bedroom |porch |outside )?lights?|lamps?|fan|ac|air ?con(?:ditioning)?|"
    r"washing machine|washer|dryer|tumble dryer|dishwasher|kettle|hob|cooker|grill|microwave|slow cooker|air ?fryer|toaster|iron|hoover|vacuum|sprinklers?|tap|shower|bath|fire|electric blanket|blanket|blinds?|curtains?|thermostat|music|film|movie|match|football|news|subtitles|"
    r"burglar alarm|house alarm|doorbell|router|wi-?fi|printer|sat ?nav|engine|garden hose|plug|socket|generator)"
)
_PLACE = r"(?: (?:in|on|off|of|up|down|out|back|low|lower|high|higher|over|to|for|at)\b.*| (?:a (?:bit|little|touch|notch)|please|now|for me|tonight|today|again|loud|quiet\w*|louder|will you|would you|would ya|will ya|mum|dad)\b.*)?"
_HOUSE = re.compile(
    rf"^{_OPENING}(?:[a-z]+, )?(?:(?:please|just|go on and|and|then|could you|can you|would you|will you|i want you to|i need you to|i'd like you to) )*(?:"
    rf"(?:turn|switch|put|flick|shut|start|stop|pause|dim|set|knock|fire|crank|bang|stick|pop|on|off|leave|run|open|close|draw|pull)(?: (?:on|off|up|down|over))? (?:(?:the|my|that|our|this|some|a|his|her|those) )?{_MACHINE}{_PLACE}|"
    r"(?:open|close|shut|lock|unlock|bolt|answer)(?: up)? (?:(?:the|my|that|our|a) )?(?:(?:front|back|side|garage|kitchen|bedroom|bathroom|car|shed|patio) )?(?:door|window|gate|garage|shed|jar|bottle|tin|drawer|cupboard|curtains|blinds)s?\b.*)[\s.!?]*$",
    re.I,
)
_PLAYED = re.compile(  # "put some Abba on", "stick on a bit of christy moore"; a list that was spoken of is another matter
    rf"^{_OPENING}(?:(?:please|just|go on and|and|then|could you|can you|would you|will you|can we have) )*(?:"
    r"(?:put|stick|pop|bang|whack|throw|slap|fling|get) (?:us |me )?(?:on )(?P<after>(?:some|a bit of|a wee bit of|a little|the|that)\b.{2,60})|"
    r"(?:put|stick|pop|bang|whack|throw|slap|fling|get) (?:us |me )?(?P<before>(?:some|a bit of|a wee bit of|a little|that new|the new|the latest)\b.{2,40}?) on\b(?! (?:the|my|it|there|our|to|a)\b).*)$",
    re.I,
)
_HIRED = re.compile(  # what has to be ordered, sent or rung
    rf"^{_OPENING}(?:(?:please|just|go on and|and|could you|can you|would you|will you|i want you to|i need you to|i'd like you to|you) )*(?:"
    r"(?:book|reserve|order|get)(?: me| us)? (?:a|an|two|three|some|the) (?:\w+ )?(?:table|taxi|cab|room|seats?|tickets?|flight|haircut|takeaway|pizza|curry|lift|uber|delivery|appointment with)\b|"
    r"(?:send|text|email|message|whatsapp)(?: (?:a|an|the))? ?(?:quick )?(?:text|message|email|letter|whatsapp|card|voice note)?(?: (?:to|off to))? (?!me\b|that\b|it\b)(?:my|the|our|him|her|them|[a-z]+)\b (?:and|an|n|to|that|saying|telling|say|i|with)\b.*|"
    r"send (?:a |an )?(?:text|message|email)\b.*|tell (?:my|the|our) [\w' ]+ (?:that )?(?:i'm|i am|i'll|i can't|we're|we'll)\b.*|"
    r"(?:skip|next|previous)(?: (?:this|the|that))? (?:track|song|tune|station|channel)\b.*|print (?:this|that|it|the|my|me|us|out|off)\b.*|(?:film|video) (?:this|that|it|him|her|them|me|us)\b.*|(?:take|shoot|record|make) (?:a|me a) (?:video|film)\b.*|"
    r"(?:book|squeeze|fit) (?:me|us) in (?:at|with|for)\b.*|(?:put|turn|switch|stick|flick)(?: (?:it|the telly|the tv))?(?: (?:on|over|to|onto|back))* (?:the )?(?:[\w' ]+ (?:fm|am)|(?:bbc|itv|radio|channel)(?: [\w]+)?)(?: on)?(?: (?:please|for me))?|"
    r"tell (?:them|him|her|[a-z]+) (?:that )?(?:i'll|i'm|i said|i can't|we're|we'll|hello)\b.*)",
    re.I,
)


def said_to_another(sentence: str) -> bool:
    """Whether a sentence is said to somebody else in the room."""
    text = " ".join(sentence.split()).strip()
    dictated = _DICTATED.search(text) is not None
    called = _CALLED_FIRST.match(text) is not None and not (dictated and _OF_THEM.search(text))
    last = _LAST.match(text) if not dictated and not _KEPT.search(text) else None
    called = (
        called
        or _SHOWN.match(text) is not None
        or (last is not None and _NO_NAME.fullmatch(last["name"] or "") is None)
    )
    if called or _is_tagged(text) or _NAME_LAST.search(text):
        return True
    if dictated:
        return False
    if _THEIRS.match(text) or (_HANDS.match(text) and not _KEPT.search(text)):
        return True
    person = _OF_PERSON.match(text) is not None and _ANYONE.match(text) is None
    asks = person or _COMING.search(text) is not None or _SEVERAL.search(text) is not None
    return not _KEPT.search(text) and (asks or _YOURS.search(text) is not None or _WHEN_YOU.search(text) is not None)


def out_of_reach(sentence: str, *, listed: bool = False) -> bool:
    """Whether a sentence wants of the house or the world what nothing here can do: a lamp, a door, music, a taxi.

    Args:
        listed: a list was spoken of just now, so that "stick some eggs on" is about that.
    """
    text = " ".join(sentence.split()).strip()
    if _DICTATED.search(text) and not _HIRED.match(text):
        return False
    if _HIRED.match(text):
        return True
    if _KEPT.search(text):
        return False
    return _HOUSE.match(text) is not None or (not listed and _PLAYED.match(text) is not None)


def _is_tagged(text: str) -> bool:
    """Whether a wish ends in a question with a name behind it."""
    match = _TAG.match(text) if _FIRST.match(text) else None
    return match is not None and _NO_NAME.fullmatch(match["name"]) is None


def with_others_left(intents: Sequence[Intent], request: str, *, listed: bool = False) -> list[Intent]:
    """The steps without those that stand in a sentence said to another (they are talk) or out of reach (nothing can do them).

    Args:
        request: the whole request, which still has the names and the "you" that a clause has lost.
        listed: a list was spoken of just now.
    """
    if len(request) > LONGEST:
        return list(intents)
    found, at = [], 0
    for intent in intents:
        sentence, at = _sentence(intent.clause.words, request, at)
        label = intent.label
        if label not in LABELS:
            pass  # a tool that was added may well do it: a lamp, a taxi
        elif label not in _IDLE and said_to_another(sentence):
            label = "chat"
        elif label not in ("world", "sure", "where_that") and out_of_reach(sentence, listed=listed):
            label = "world"
        same = label == intent.label
        found.append(intent if same else replace(intent, label=label, arguments={}, marks=()))
    return found


def _sentence(clause: str, request: str, start: int) -> tuple[str, int]:
    """The sentence of the request in which a clause stands, and where the clause ends; the clause where it is not found."""
    at = request.lower().find(clause.lower(), start)
    if at < 0:
        return clause, start
    ends = [0, *(match.end() for match in re.finditer(r"[.!?]+\s+", request)), len(request)]
    first = max(end for end in ends if end <= at)
    last = min((end for end in ends if end >= at + len(clause)), default=len(request))
    return request[first:last], at + len(clause)
