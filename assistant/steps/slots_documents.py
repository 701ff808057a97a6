"""Arguments of documents and of the web."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits
from assistant.steps.slots import Filled, Material, Missing, bare

_ERASE = (
    r"(?:delete|remove|erase|get rid of|throw away|throw out|bin|scrap|drop|forget|chuck|ditch|dump|lose|take|tear up)"
)
_KIND = r"(?:document|file|contract|manual|paper|lease|policy|agreement|handbook|guide|warranty|pdf|report|statement|tenancy|brochure|letter|leaflet|bill|recipe|text)"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


_NUMBER = r"(?:\d{1,4}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|one|two|three|four|five|six|seven|eight|nine)"
_CODE = re.compile(rf"\b(?P<letter>[b-hj-z]) (?P<number>{_NUMBER})\b", re.I)
_WRITTEN_CODE = re.compile(r"\b[A-Z]{1,2}\d{1,4}\b")
_TOLD = re.compile(
    r"^(?P<told>.{8,}?)[.;,!]\s+(?P<asked>(?:(?:so|and|well|now) )*(?:would|does|do|is|are|can|will|what(?:'s)?|how|who|when|where|which|am|should|could|has|have)\b.+)$",
    re.I,
)
_THING = re.compile(
    r"\b(?:the|my|our|that|this) (?P<thing>(?:[\w-]+ ){0,2}?[\w-]+)(?=(?:'s|'ve)?\s+(?:is|are|was|were|has|have|had|keeps?|won't|doesn't|isn't|can't|went|got|gone|came|fell|blew|broke|stopped|burst|leak\w*|[\w-]+ed|[\w-]+ing)\b)",
    re.I,
)
_POINTS = re.compile(r"\b(?:about|on|for|cover|covers|covered|of|with|by|if|when|to)(?P<it> (?:it|that|this|them))\b(?! (?:is|was|will)\b)", re.I)  # fmt: skip
_IT = re.compile(r"(?P<it> (?:it|that|this))\b(?! (?:says?|manual|booklet|one))", re.I)
_AROUND = re.compile(r"[\s,.]+(?:do you (?:think|know|reckon)|would you say|you(?:'ve| have)(?: got)? (?:it|the|my|that)\b[^?]*|i gave (?:it to you|you (?:it|that|the)\b[^?]*))(?=$|,)", re.I)  # fmt: skip


def _asked(words: str, material: Material) -> str:
    """The question, with what was told before it in the place of "it": "the fence blew down. would they cover it" """
    text = _CODE.sub(lambda match: f"{match['letter'].upper()}{to_digits(match['number']).strip()}", words)
    split = _TOLD.match(text)
    at = material.request.lower().find(words.lower()) if split is None else 0
    told = split["told"] if split else material.request[: max(at, 0)]
    asked = split["asked"] if split else text
    told = _CODE.sub(lambda match: f"{match['letter'].upper()}{to_digits(match['number']).strip()}", told)
    code, thing, points = _WRITTEN_CODE.search(told), _THING.search(told), _POINTS.search(asked)
    points = points or (_IT.search(asked) if code else None)
    if points is None or not (code or thing):
        return text
    named = code[0] if code else f"the {thing['thing']}" if thing else ""
    return _AROUND.sub("", f"{asked[: points.start('it')]} {named}{asked[points.end() :]}")


_WHICH = r"(?P<which>(?:the|my|our|me|that|this|those|them|his|her|their) (?:[\w'-]+ ){0,4}?[\w'-]+)"
_SAYS = r"(?:say|says|said|mention|mentions|tell (?:me|us)|state|states|have|got|read|allow|let (?:me|us)|cover)(?: (?:so|that|it|this|anything|owt|a word|about (?:it|that|this)|on (?:it|that|this)|to say(?: about (?:it|that))?|in (?:it|there)|at all|there|down|me))*"
_GIVEN = r"(?:,? (?:that |which )?(?:i gave you|i(?:'ve| have) given you|you(?:'ve| have)(?: got)?(?: of mine| there)?|you keep|you kept|i added|i showed you))?"
_PLACE = re.compile(  # said after a question: where its answer is looked for, and nothing else
    rf"[\s,;.?!]+(?:(?:so|and|but|just|please|can you|could you|i think|i'm sure|it might) )*(?:(?:what(?:'s|s| does| do| did)?|does|do|did|will|would|if|whether) {_WHICH}{_GIVEN} {_SAYS}|(?:it(?:'s|'ll be| will be| should be| must be| is| might be)|you'll find it|that's|the answer(?:'s| is)|it says(?: it)?) (?:all )?(?:somewhere )?in (?P<in>.+?){_GIVEN}"
    rf"|according to (?P<by>.+?){_GIVEN}|(?:look|check|search|see|have a look)(?: (?:it up )?(?:in|at|through|up))? (?P<look>(?:the|my|our|me|that) (?:[\w'-]+ ){{0,3}}?[\w'-]+){_GIVEN})[\s.?!]*$",
    re.I,
)
_ANY = re.compile(r"(?:(?:my|the|our|me|those|them|your|one of|all|of) )*(?:documents?|files?|papers?|paperwork|stuff|things|library)(?: somewhere)?", re.I)  # fmt: skip


def _with_place(text: str) -> str:
    """The question and, short, where to look: "can i keep a cat, does the lease say" -> "can i keep a cat in the lease"."""
    place = _PLACE.search(text)
    if place is None or len(text[: place.start()].split()) < 3:
        return text
    which = next(filter(None, place.groupdict().values()), "")
    asked = text[: place.start()].rstrip(" ,;.?!")
    return asked if _ANY.fullmatch(which) else f"{asked} in {which}"


def search_documents(words: str, material: Material) -> Filled:
    text = _with_place(_asked(words.strip(" ."), material))
    inside = re.match(
        rf"^(?:please )?(?:look|check|search|see)(?: up)?(?: in| into| through| inside)? (?P<which>(?:my|the|our) (?:[\w'-]+ )*?{_KIND})(?: for| about| to see| whether| if)?\s+(?P<question>.+)$",
        text, re.I,
    )  # fmt: skip
    if inside:
        return {"question": f"{inside['question']} in {inside['which']}"}
    text = re.sub(
        r"^(?:please )?(?:find|look up|look|check|see|tell me|hunt out|dig out|read)(?: out| up)? (?=(?:what|if|whether|how|when|where|who|which)\b)",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"^(?:(?:please )?(?:search|look(?: up)?|check|find|go|browse)(?: through| in| into| inside| for)?\s+(?:(?:all |any )?(?:of )?(?:my|the|our) (?:[\w'-]+ ){0,1}?(?:documents|files|papers|paperwork|library))\s*(?:for|about|to see|and (?:tell me|find|see)|whether|if)?\s*)",
        "", text, flags=re.I,
    )  # fmt: skip
    text = re.sub(r"^(?:find|search(?: for)?|look(?: for)?)\s+(?:anything |something )?(?:about |on )?(.+?)\s+in (?:all )?(?:my|the|our) (?:documents|files|papers|paperwork|library)$", r"\1", text, flags=re.I)  # fmt: skip
    return (
        {"question": text}
        if re.search(r"\w", text)
        else Missing("What should I look for in your documents?", "question")
    )


def _page(words: str) -> int:
    page = re.search(r"\bpage (?:number )?(\d{1,5})\b|\b(\d{1,5})(?:st|nd|rd|th) page\b", to_digits(words), re.I)
    ordinal = re.search(rf"\b({'|'.join(_ORDINALS)}) page\b", words, re.I)
    if page:
        return int(page[1] or page[2])
    return _ORDINALS.index(ordinal[1].lower()) + 1 if ordinal else 0


def _document_name(words: str) -> str:
    text = words.strip(" .?!")
    text = re.sub(r"\s+(?:(?:that |which )?(?:you've|you have|i've|i have|you|i) (?:got|kept|have|keep|stored|saved|gave you)(?: of mine)?|any ?more|any longer)$", "", text, flags=re.I)  # fmt: skip
    called = re.search(r"\b(?:called|named|as|under(?: the name)?|titled)\s+(?:the |my )?(.+)$", text, re.I)
    if called:
        return bare(called[1])
    text = re.sub(
        r"^(?:(?:please|can you|could you|i(?:'d| would)? (?:want|like|love|need) (?:you )?to|let me|let's) )+",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"\s*\b(?:right )?(?:from )?(?:the )?(?:very )?(?:start|beginning|top|first word|cover)(?: (?:to|through to|right through to) (?:the )?(?:finish|end|bottom|last word|cover))?$|\s+(?:in full|right through|all of it|the whole (?:thing|lot)|word for word|anyway)$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"(?:[\s,]+(?:itself|word (?:for|by) word|in its entirety))+$", "", text, flags=re.I)
    text = re.sub(r"^(?:hear|listen to) (?=\S)", "read ", text, flags=re.I)
    text = re.sub(
        rf"^(?:please )?(?:{_ERASE}|read|open|continue|go on with|go to|turn to|show|add|save|keep|store|put|file|import|index)(?: me| out| through| away| on with)?\s+",
        "", text, flags=re.I,
    )  # fmt: skip
    text = re.sub(r"\b(?:the )?(?:[\w-]+ page|page (?:number )?[\w-]+)(?: of| from| in)?\b\s*", " ", text, flags=re.I)
    text = re.sub(r"\s+(?:out of|off|from|to|in|into|with|among)\s+(?:my|the|our)\s+(?:documents|library|files|paperwork|papers|collection)$|\s+for later$|\s+(?:out|aloud|please|to me|again)$", "", text, flags=re.I)  # fmt: skip
    text = re.sub(
        r"^(?:my|the|our|that|this|a|it|stored|saved)\b\s*(?:stored |saved )?", "", text.strip(), flags=re.I
    ).strip()
    return "" if re.fullmatch(rf"{_KIND}s?|it|this|that|one|them", text, re.I) and text.lower() in ("document", "file", "text", "it", "this", "that", "one", "them") else text  # fmt: skip


def read_document(words: str, material: Material) -> Filled:
    name, page = _document_name(words), _page(words)
    return {**({"name": name} if name else {}), **({"page": page} if page else {})}


def add_document(words: str, material: Material) -> Filled:
    called = re.search(
        r"\b(?:called|named|call it|name it|as|under(?: the name)?|titled)\s+(?:the |my )?(.+)$",
        words.strip(" .?!"),
        re.I,
    )
    named = re.search(rf"\b(?:this|that|my|the) ((?:[\w'-]+ )?{_KIND})\b", words, re.I)
    name = bare(called[1]) if called else named[1] if named else ""
    return {"name": name} if name and name.lower() not in ("document", "file", "text", "paper") else {}


def remove_document(words: str, material: Material) -> Filled:
    name = _document_name(words)
    its = re.match(r"(?:its|their|his|her) (?P<kind>[\w-]+)$", name, re.I)
    things = re.findall(
        r"\b(?:that|the|our|my|this) ((?:[\w-]+ )?[\w-]+?)(?=\s*(?:,|\.|$| (?:is|was|has|went|broke|so|and|now|any ?more)\b))",
        material.request,
        re.I,
    )
    things = [thing for thing in things if not re.search(r"\b(?:documents?|files?|papers?)\b", thing, re.I)]
    name = f"{things[0]} {its['kind']}" if its and things else name  # "we've sold that kettle, so bin its booklet"
    return {"name": name} if name else Missing("Which document should I remove?", "name")


def web_search(words: str, material: Material) -> Filled:
    text = words.strip(" ?.!")
    text = re.sub(r"^(?:please )?(?:search|look|google|find|browse)(?: up| on)?\s*(?:(?:the )?(?:web|internet|net|google|duckduckgo|wikipedia|online)\s*)?(?:for|about|up)?\s+", "", text, flags=re.I)  # fmt: skip
    text = re.sub(r"\s+(?:on (?:the )?(?:web|internet|net|google|wikipedia)|online)$", "", text, flags=re.I).strip()
    return {"query": text} if text else Missing("What should I search for?", "query")


def fetch_page(words: str, material: Material) -> Filled:
    address = re.search(r"\bhttps?://\S+|\b(?:[\w-]+(?:\.| dot ))+[a-z]{2,}(?:/\S*)?", words, re.I)
    return (
        {"address": re.sub(r" dot ", ".", address[0]).rstrip(".,;!?")}
        if address
        else Missing("Which address?", "address")
    )
