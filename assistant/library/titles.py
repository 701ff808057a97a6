"""What a document is called: a title that can be spoken, and which document and page the user means by their words."""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.library.pieces import Block
from assistant.library.shelf import Kept
from assistant.phrases.number_words import to_digits
from kernels.errors import UserError

LONGEST = 60  # letters
ALIKE = 0.8  # of two words, such as "tenency" and "tenancy"

LONGEST_STEM = 200  # letters of a file's name that are looked at
_NAMELESS = re.compile(  # one after another; a repeated choice of them would try every way to part a long number
    r"img|image|dsc|dcim|scan(?:ned)?|picture|photo|pxl|screenshot|document|doc|file|page|unnamed|"
    r"untitled|download(?:ed)?|output|print|new|copy|of|whatsapp|signal|camera|capture|shot|attachment|final|tmp|temp|"
    r"[0-9a-f]{8,}(?![a-z])|[\d\W_]+",
    re.I,
)
_SMALL = frozenset(  # words that name no document
    re.findall(
        r"\w+",
        "a an the my our this that your his her their of in on at from for to and about please document documents file "
        "paper papers called named one it them which what does do did say says said read tell me is are was pdf page",
    )
)


def title_of(file: str, blocks: Iterable[Block], given: str = "") -> str:
    """A title: what the user calls it, else the file's name in words, else the first line that was read."""
    if given.strip():
        return _shorten(re.sub(r"^(?:the|my|a|an|this)\s+", "", given.strip(), flags=re.I))
    words = _words_of(Path(file).stem[:LONGEST_STEM])
    if _NAMELESS.sub("", words.replace(" ", "")):
        return _shorten(words)
    for block in blocks:
        line = block.text.strip().split("\n")[0]
        if len(re.findall(r"[^\W\d_]", line)) >= 3:
            return _shorten(line.strip(" .:,;#*-"))
    return _shorten(words) or "document"


def apart(title: str, taken: Iterable[str]) -> str:
    """The title, with a number behind it where another document has it already."""
    known = {name.casefold() for name in taken}
    if title.casefold() not in known:
        return title
    numbered = (f"{title} {number}" for number in range(2, len(known) + 3))
    return next(name for name in numbered if name.casefold() not in known)


def spoken(title: str) -> str:
    """A title as a sentence begins with it: "contract" is "The contract", a name of its own stays as it is."""
    if re.match(r"(?:the|my|our|a|an)\b", title, re.I):
        return title[:1].upper() + title[1:]
    common = title.islower() and not re.search(r"\d", title) and len(title.split()) <= 4
    return f"The {title}" if common else title[:1].upper() + title[1:]


def inside(title: str) -> str:
    """A title as it stands within a sentence."""
    start = spoken(title)
    return f"the {start[4:]}" if start.startswith("The ") else start


def is_pointer(name: str) -> bool:
    """Whether a name only points ("it", "that document", "") and names nothing."""
    return not any(_plain(word) not in _SMALL for word in re.findall(r"\w+", name))


def find(name: str, documents: Sequence[Kept]) -> list[Kept]:
    """The documents a spoken name may mean, the likeliest first; several where it fits them equally well."""
    asked = _content(name)
    if not asked:
        return []
    exact = [one for one in documents if one.name.casefold() == name.strip().casefold() or one.file == name.strip()]
    if exact:
        return exact
    scored = [(_fit(asked, one), one) for one in documents]
    best = max((score for score, _ in scored), default=0.0)
    fit = [one for score, one in scored if score == best] if best >= 0.5 else []
    return fit or mentioned(
        name, documents
    )  # "hear the lease from start to finish": its whole title, among other words


def mentioned(question: str, documents: Sequence[Kept]) -> list[Kept]:
    """The documents that a question names ("what did the contract say about notice"); none where it names none."""
    words = set(_content(question))
    scored = [(_named_in(words, one), one) for one in documents]
    best = max((score for score, _ in scored), default=0.0)
    return [one for score, one in scored if score == best] if best >= 0.5 else []


def without(question: str, document: Kept) -> str:
    """The question without the words that only named the document; as it was if nothing else would be left."""
    names = set(_content(document.name))
    kept = [word for word in question.split() if _plain(word) not in names]
    return " ".join(kept) if any(_plain(word) not in _SMALL for word in kept) else question


def _fit(asked: Sequence[str], document: Kept) -> float:
    """Share of the asked words that the title or file name holds; a little less for a longer title."""
    title = _content(f"{document.name} {_words_of(Path(document.file).stem)}")
    here = sum(max((_alike(word, other) for other in title), default=0.0) for word in asked) / len(asked)
    return round(here - 0.001 * len(_content(document.name)), 4) if here >= 0.5 else 0.0


def _named_in(words: set[str], document: Kept) -> float:
    """Share of the title's words that are in the question; a number or date need not be said."""
    title = [word for word in _content(document.name) if not word.isdigit()]
    return sum(word in words for word in title) / len(title) if title else 0.0


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.0
    likeness = difflib.SequenceMatcher(None, word, other).ratio() if len(word) > 3 else 0.0
    return likeness if likeness >= ALIKE else 0.0


def _content(text: str) -> list[str]:
    words = [_plain(word) for word in re.findall(r"\w+", text)]
    return [word for word in words if word not in _SMALL] or [word for word in words if word not in ("the", "a", "my")]


def _plain(word: str) -> str:
    word = re.sub(r"\W", "", re.sub(r"['’]s$", "", word.casefold()))
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _words_of(stem: str) -> str:
    """ "tenancy_contract-2024" as words; capitals within a word part it too."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_\-.+~]+", " ", stem))
    return " ".join(text.split())


def _shorten(text: str) -> str:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]


def page_meant(request: str, before: int, document: Kept) -> int:
    """The page that the words mean: a number, the next, the one before, the last, that one; else the first.

    Args:
        request: the user's words.
        before: the page that was talked about last, 0 if none was.

    Raises:
        UserError: the next page after the last.
    """
    words = to_digits(request.lower())
    if found := re.search(r"\bpages? (?:number )?(\d{1,4})\b|\b(\d{1,4})(?:st|nd|rd|th) page\b", words):
        return int(found[1] or found[2])
    if re.search(r"\bsecond page\b", words):
        return 2
    if re.search(r"\blast (?:page|one)\b", words):
        return document.pages
    if before and re.search(r"\b(?:next|following|go on|continue|after that|keep (?:reading|going))\b", words):
        if before >= document.pages:
            raise UserError(f"That was the last page of {inside(document.name)}.", "Ask for another page.")
        return before + 1
    if before and re.search(r"\b(?:previous|back|before)\b", words):
        return max(1, before - 1)
    if before and re.search(
        r"\b(?:that|this|same|the) (?:page|one|part|passage)\b|\bagain\b|\baround (?:it|that)\b", words
    ):
        return before
    return 1
