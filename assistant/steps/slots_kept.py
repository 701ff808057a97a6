"""Arguments of notes and facts that change or go."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.steps.reasons import owned
from assistant.steps.slots import Filled, Material, Missing, bare

_ERASE = r"(?:dispose of|get shot of|delete|remove|erase|get rid of|throw away|throw out|bin|scrap|drop|wipe|clear|empty|cross|strike|scratch|take|forget|undo|lose|get|dump|ditch|chuck|tear up|rip up|tick)"


_IT = re.compile(rf"(?:(?:and|then|so|please|just|now) )*{_ERASE} (?:it|that|this|them|that (?:one|note))\b(?: (?:away|off|out|now|too|please|then|was|is|has|i|we|he|she|they)\b.*)?", re.I)  # fmt: skip


def _found_before(words: str, material: Material) -> str:
    """The note that a step of this turn found, where "it" is all that the words say of it: "what's noted of the piano, then bin it"."""
    if not _IT.fullmatch(words.strip(" .?!")):
        return ""
    found = next((one for one in material.earlier if one.now and one.step in ("search_notes", "recall")), None)
    return " ".join(found.text.split()) if found is not None else ""


def delete_note(words: str, material: Material) -> Filled:
    if found := _found_before(words, material):
        return {"which": found}
    text = re.sub(r"\s+(?:can (?:be )?(?:go|binned|deleted|thrown (?:out|away))|(?:is|isn't|are|aren't) (?:no longer )?(?:needed|wanted)|any ?more|any longer|now)$", "", words.strip(" .?!"), flags=re.I)  # fmt: skip
    text = re.sub(r"^(?:(?:i|we) (?:don't|do not|no longer) (?:need|want)|(?:i'm|i am|we're|we are) (?:done|finished) with)\s+", "", text, flags=re.I)  # fmt: skip
    listed = re.match(
        rf"{_ERASE} (?P<what>.+?) (?:off|from|out of|of) (?:of )?(?:my |the |our )?(?P<list>[\w -]*?(?:lists?|notes?|notebook))$",
        text,
        re.I,
    )
    if listed and not re.fullmatch(r"(?:all|all of|every|the (?:first|last))", listed["what"], re.I):
        return {"which": f"{bare(re.sub(r'^(?:the|my) ', '', listed['what']))} off my {listed['list'].strip()}"}
    text = re.sub(rf"^{_ERASE}(?: away| off| out)? ", "", text, flags=re.I)
    named = re.search(r"\bnotes?\b (?:about|on|of|for|saying|that says?|with|where|from|to|called|i (?:made|took|wrote) (?:about|on)?|that)\s*(.+)$", text, re.I)  # fmt: skip
    if named:
        return {"which": bare(named[1])}
    kept = re.sub(r"^(?:my|the|that|this|a)\s+", "", text, flags=re.I)
    before = re.match(r"(?!last|latest|newest|first|all|other|two\b)([\w' -]+?) notes?$", kept, re.I)
    kept = re.sub(r"\s+(?:out|away|off|up)$", "", before[1] if before else kept, flags=re.I)
    return {"which": kept or "last"}


_EDIT = r"(?:change|edit|correct|update|fix|rewrite|amend|modify|replace|alter|reword|rephrase|revise|adjust|swap|switch|make|have)"
_LISTED = r"(?P<list>(?:on|in) (?:my|the|our) [\w -]*?(?:lists?|notes?))"
_SAYS = re.compile(  # what stands before the new words of a note, the plainest first
    r"[,;]?\s*\b(?:so (?:that )?(?:it|that) (?:says|reads)|to (?:say|read)|(?:(?:and )?it |that |which )?(?:should|ought to|needs to|must|has to) (?:actually |really |now )?(?:say|read|be|have been)|"
    rf"(?:and |so |please )*{_EDIT} (?:it|that)(?: to)?(?: (?:say|read|be))?(?: to)?|say(?:ing)? instead|it's (?:actually|really)|is (?:actually|really)|(?<=note) (?:say|read))[\s:,]+(?P<text>.+)$",
    re.I,
)
_SAYS_SHORT = re.compile(r"\s*(?:\b(?:to|with|into)\b|:|,)\s*(?P<text>.+)$", re.I)


_VALUE = re.compile(r"(?:[£$€] ?)?\d[\d.,:/-]*(?: ?(?:[ap]\.?m\.?|percent|%|pounds|quid))?|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|november|december)", re.I)  # fmt: skip
_WHERE_NOTED = re.compile(  # "the roofer's putting his price up, so where i've noted 640 make it 710"
    r"^(?:(?:the|my|our|that) )?(?P<who>[\w-]+?)(?:'s)? .*?\b(?:where|what) (?:i've|i have|i|it|you've|you) (?:noted?|wrote|written|put|says?|said|got|have)(?: down)? (?P<old>[\w£$€.:' -]{1,30}?),? (?:please )?(?:make|change|put|write) (?:it |that )?(?:to |into )?(?P<new>[\w£$€.:' -]{1,30})$",
    re.I,
)


def edit_note(words: str, material: Material) -> Filled:
    """The note that is meant and its new words; a value alone stands beside the name of what it is of."""
    where = _WHERE_NOTED.match(words.strip(" .?!"))
    if where is not None and where["who"].lower() not in ("in", "and", "so", "change", "edit"):
        return {"which": f"{where['who']} {where['old']}", "text": f"{where['who']} {where['new']}"}
    filled = _edited(words)
    if isinstance(filled, Missing) or not _VALUE.fullmatch(str(filled["text"])):
        return filled
    name = re.sub(r"^(?:the|my|our|that|this) |\s*\bnotes?\b\s*", "", str(filled["which"]), flags=re.I).strip()
    named = re.fullmatch(r"(?!last$|latest$|newest$)[^\W\d_][^\d_]{2,40}", name)
    return {**filled, "text": f"{name} {filled['text']}"} if named and len(name.split()) < 5 and not re.search(r"\b(?:lists?|on|in)\b", name, re.I) else filled  # fmt: skip


def _edited(words: str) -> Filled:
    text = words.strip(" .?!")
    patterns = (
        r"^in (?:my|the) note (?:about|on) (?P<which>.+?)[, ]+(?:change|put|write|say)\s+(?:it to |that )?(?P<text>.+)$",
        r"^(?:add|append|put|write) (?P<text>.+?) (?:to|in|on|into) (?:my |the )?(?:last |latest )?note (?:about|on|of|for) (?P<which>.+)$",
        rf"^{_EDIT} (?P<which>.+?) (?:to|with|into|for|by) (?P<text>.+?) {_LISTED}$",
        rf"^(?:put|have|make it) (?P<text>.+?) (?:instead of|rather than|in place of) (?P<which>.+?) {_LISTED}$",
        rf"^{_EDIT} (?P<which>.+? (?:on|in) (?:my|the) [\w -]*?(?:lists?|notes?)) (?:to|with|into|for|by) (?P<text>.+)$",
        rf"^{_EDIT} (?:the |my |that |our )?(?P<which>[\w' ]+?) note (?:(?:to )?(?:say|read) |into )?(?P<text>(?!(?:to|into|with|for|so|about|on|of|that|saying|where|from|i|it|is|should|says?|which|needs?|by)\b).+)$",
        rf"^{_LISTED}[, ]+{_EDIT} (?P<which>.+?) (?:to|with|into|for|by) (?P<text>.+)$",
    )
    for pattern in patterns:
        match = re.match(pattern, text, re.I)
        if match:
            parts = match.groupdict()
            place = f" {parts['list']}" if parts.get("list") else ""
            more = (
                "+ "
                if re.match(r"(?:add|append|put)\b(?!.*\b(?:instead of|rather than|in place of)\b)", text, re.I)
                else ""
            )  # joins what is there
            new = re.sub(r",? (?:instead|now)$", "", bare(parts["text"]), flags=re.I)
            return {"which": f"{bare(parts['which']) or 'last'}{place}", "text": f"{more}{new}"}
    found = _SAYS.search(text) or _SAYS_SHORT.search(text, re.match(r".*?\bnotes?\b|", text, re.I).end())  # type: ignore[union-attr]
    which = _which_note(text[: found.start()] if found else text)
    new = re.sub(r",? instead$|(?<!do)(?<!is)(?<!am)(?<!are)(?<!did)(?<!will),? (?:and )?not \w[\w.:/-]*(?: \w+)?$|,? (?:instead of|rather than) .*$", "", found["text"], flags=re.I) if found else ""  # fmt: skip
    return {"which": which, "text": bare(new)} if bare(new) else Missing("What should the note say instead?", "text", {"which": which})  # fmt: skip


def _which_note(words: str) -> str:
    """The name of a note in "change my last note about the boiler", "that plumber note is wrong"; "last" if it has none."""
    text = re.sub(
        r"\s*(?:'s|\bis|\bwas) (?:all )?(?:wrong|incorrect|out of date|not right|no longer right|outdated|old).*$",
        "",
        words.strip(" ,"),
        flags=re.I,
    )
    text = re.sub(rf"^(?:{_EDIT})\s+", "", text, flags=re.I)
    after = re.search(
        r"\bnotes?\b(?: i (?:made|took|wrote))? (?:about|on|of|for|saying|that says|where|with|called)\s+(.+)$",
        text,
        re.I,
    )
    before = re.search(r"(?:^|\b(?:the|my|that|this|our) )([\w' -]*?)\s*\bnotes?\b", text, re.I)
    which = after[1] if after else before[1] if before else text
    return (
        re.sub(
            r"^(?:the |my |that |this |our )?(?:last|latest|newest)?\s*(?=$)|^(?:that|this|my|our) ",
            "",
            bare(which),
            flags=re.I,
        ).strip()
        or "last"
    )


def forget(words: str, material: Material) -> Filled:
    text = words.strip(" .?!")
    text = re.sub(
        r"^(?:(?:please|i want you to|you can|you could|you should|you may|you might as well|now|just)\s+)*(?:forget|delete|erase|remove|wipe|clear|unlearn|lose|drop|scrub|bin|dump|scrap|strike|(?:i )?(?:don't|do not|stop|no longer) (?:(?:want|need) you (?:to )?)?(?:remember(?:ing)?|know(?:ing)?|keep(?:ing)?|hav(?:e|ing)))\s+(?:about\s+)?",
        "", text, flags=re.I,
    )  # fmt: skip
    text = re.sub(r"^(?:(?:everything|anything|all|what|whatever)\s+)?(?:that\s+)?(?:(?:you (?:know|remember|have)(?: (?:got|down|kept|noted))?|you(?:'ve|'d)? (?:got|had|kept|noted|written)(?: down)?|i(?:'ve| have)? (?:told|said|mentioned)(?: to)?(?: you)?)\s*)?(?:about|on|of)\s+", "", text, flags=re.I)  # fmt: skip
    text = re.sub(r"^(?:(?:the|that) (?:fact|thing|bit|part|stuff)s? (?:that|about|on|with))\s+", "", text, flags=re.I)
    text = re.sub(
        r"\s+(?:from|out of) (?:your|the) (?:memory|head|records?)$|\s+(?:isn't|is not|is no longer|aren't) (?:true|right|so|correct)\b.*$",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"\s+any ?(?:more|longer)$", "", text, flags=re.I)
    return {"what": owned(text, material.request)} if text else Missing("What should I forget?", "what")
