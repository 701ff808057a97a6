"""What a remembered sentence is about: whether a new one takes the place of an old one, and where it is listed.

"My sister's number is 555" and "my sister's number is now 777" are about one thing that has one value, so the second
takes the first one's place; "I am allergic to nuts" and "I am allergic to penicillin" are both true. Only what can be
told from the words counts as one thing; all else is kept beside what is there.
"""

import re

GROUPS = ("you", "people", "health", "what you like", "numbers and codes", "where things are", "other things")

_NAMED = re.compile(
    r"(?:(?:please|you can|you may|always|just)\s+)*(?:call me|address me as|my (?:first )?name(?:'s| is)(?: now)?|"
    r"i(?:'m| am) (?:called|named)|i go by)\s+(?P<name>[^\W\d_][\w'’.\- ]{0,59}?)"
    r"(?:\s+(?:from now on|please|now|instead|in future))*\s*[.!]*",
    re.I,
)
_PROPERTIES = {
    "number", "phone", "telephone", "mobile", "cell", "fax", "email", "mail", "address", "password", "passcode",
    "passphrase", "code", "pin", "combination", "birthday", "anniversary", "age", "size", "weight", "height", "type",
    "group", "name", "surname", "nickname", "doctor", "dentist", "gp", "optician", "physio", "pharmacy", "pharmacist",
    "chemist", "bank", "landlord", "boss", "postcode", "zip", "iban", "account", "insurance", "passport", "licence",
    "license", "plate", "registration", "network", "wifi", "ssid", "station", "floor", "seat", "gate", "platform",
    "dose", "dosage", "neighbour", "neighbor", "hairdresser", "colour", "color", "username", "login", "extension",
    "deadline",
}  # fmt: skip
_PEOPLE = (
    r"sister|brother|mother|mum|mom|father|dad|parent|son|daughter|child|wife|husband|partner|friend|girlfriend|"
    r"boyfriend|uncle|aunt|cousin|niece|nephew|grandmother|grandfather|grandma|grandpa|grandson|granddaughter|"
    r"neighbou?r|colleague|boss|landlord|teacher|carer|doctor|dentist|plumber|cleaner|helper"
)
_HEALTH = r"allerg\w*|blood|insulin|diabet\w*|asthma\w*|prescri\w*|medic\w*|pills?|tablets?|dos(?:e|age)|epilep\w*"
_LIKES = (
    r"favou?rite|(?:i|we) (?:really |always )?(?:like|love|prefer|enjoy|hate|dislike|want|need|can't stand)|"
    r"i (?:do not|don't|never) (?:like|want|eat|drink)|(?:please |always |never )(?:speak|say|tell|give|use|read)"
)
_PLACES = r"in|on|under|underneath|behind|beside|next to|near|at|above|below|inside|between|by|with|over|opposite"
_THING = r"(?:(?:my|our|the|his|her|their|its|a|an)\s+)*"
_IS = re.compile(
    r"(?P<what>.+?)\s+(?P<verb>is|are|was|were|(?:has |have )?(?:changed|moved) to|lives?|works?)\s+(?P<value>.+)"
)
_PRONOUNS = frozenset(("i", "you", "it", "this", "that", "these", "those", "there", "he", "she", "they", "we", "who"))
_PHONE = re.compile(r"\b(?:tele)?phone number\b|\b(?:tele)?phone\b")


def name_in(fact: str) -> str:
    """The user's own name, where the sentence tells it ("call me Ana"); else ""."""
    found = _NAMED.fullmatch(fact.strip())
    name = found["name"].strip(" .,") if found else ""
    return name if name and len(name.split()) <= 4 and name.split()[0].lower() not in _NO_NAMES else ""


_NO_NAMES = frozenset(("a", "an", "the", "when", "if", "at", "in", "on", "back", "later", "tomorrow", "not", "every"))


def subject(fact: str) -> str:
    """What the sentence gives the one value of, the same for every way of saying it; "" where many may be true."""
    if name_in(fact):
        return "name"
    words = _plain(fact)
    own = re.match(r"i (?:now )?(live|work|weigh|bank|study)s?\b", words)
    if own:
        return f"i {own[1]}"
    if re.match(r"i am (?:now )?\w+(?:[ -]\w+)? years? old", words):
        return "i age"
    told = _IS.match(words)
    if told is None or told["what"].split()[0] in _PRONOUNS:
        return ""
    what = _turned(told["what"])
    is_new = re.search(r"\b(?:now|new|changed|no longer|instead)\b", words) is not None
    aspect = _aspect(what, told["verb"], told["value"], is_new)
    return f"{_key(what, told['value'])}|{aspect}" if aspect else ""


def group(fact: str) -> str:
    """Under which heading of GROUPS the sentence is listed."""
    words = _plain(fact)
    if re.search(rf"\b(?:{_HEALTH})\b", words):
        return "health"
    if name_in(fact) or re.match(
        r"(?:i|my (?:name|age|birthday|address|height|weight|job)) (?:am|is|live|work)", words
    ):
        return "you"
    if re.search(rf"\b(?:{_LIKES})\b", words):
        return "what you like"
    if re.search(rf"\b(?:{_PEOPLE})s?\b", words):
        return "people"
    if re.search(rf"\b(?:is|are) (?:now |kept |hidden |always |still )?(?:{_PLACES})\b", words):
        return "where things are"
    if re.search(r"\d{3}|\b(?:number|password|passcode|code|pin|account)\b", words):
        return "numbers and codes"
    return "you" if words.startswith(("i ", "my ")) else "other things"


def _plain(fact: str) -> str:
    words = " ".join(fact.lower().replace("’", "'").split()).strip(" .,!?")
    words = re.sub(r"\bi'm\b", "i am", words)
    words = re.sub(r"(?<=\w)'s (?=(?:now|in|on|at|under|called)\b)", " is ", words)
    return re.sub(r"^(?:(?:actually|well|so|and|please|from now on|remember|that)[, ]+)+", "", words)


def _aspect(what: str, verb: str, value: str, is_new: bool) -> str:
    """Which of a thing's values the sentence gives: where it is, its name, what it is, where somebody lives; or ""."""
    if verb.startswith(("live", "work")):
        return verb.rstrip("s")
    if re.match(r"(?:called|named)\b", value):
        return "name"
    is_person = re.search(rf"\b(?:{_PEOPLE})s?$", what) is not None
    places = "in|at" if is_person else _PLACES
    if re.match(rf"(?:(?:now|kept|stored|hidden|still|always) )*(?:{places})\b", value):
        return "where"
    words = re.findall(r"\w+", what)
    if is_person and words[-1] not in _PROPERTIES:
        return ""
    has_one_value = words[-1] in _PROPERTIES or "favourite" in words or "favorite" in words
    return "what" if has_one_value or is_new else ""


def _turned(what: str) -> str:
    """ "The number of my sister" -> "sister number": the thing stands last."""
    what = _PHONE.sub("number", what)
    found = re.fullmatch(rf"(?P<thing>.+?) (?:of|for) {_THING}(?P<owner>.+)", what)
    return f"{found['owner']} {found['thing']}" if found else what


def _key(what: str, value: str) -> str:
    """The words that name the thing, in one order; the PIN "for the bank card" is the bank card's."""
    purpose = re.search(rf"\bfor {_THING}([\w ]+)$", value)
    words = re.findall(r"[\w']+", f"{what} {purpose[1] if purpose else ''}")
    skipped = ("my", "our", "the", "a", "an", "his", "her", "their", "its", "new", "now", "current", "old", "is")
    return " ".join(sorted({_stem(word) for word in words if word not in skipped}))


def _stem(word: str) -> str:
    word = re.sub(r"'s?$", "", word).replace("'", "")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
