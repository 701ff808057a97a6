"""Which notes or facts a user's words mean: never more than they clearly say; asks where several fit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.memory import Entry, Kind
from assistant.phrases.dates import Unclear
from assistant.phrases.wording import say_list
from assistant.state.similar import content_words
from assistant.tools.base import ToolContext

OFFERED = 4  # at once when it asks which
MOST = 2_000  # entries that are looked through
LISTED = re.compile(r"^(?P<list>[\w' -]{1,40}?\blist): (?P<items>.+)$", re.I | re.S)
_TO_LIST = re.compile(r"\b(?P<list>(?:[\w-]+ ){0,2}?[\w-]+ ?list)\b", re.I)
_SMALL = (
    r"(?:notes?|facts?|item|entry|one|the|a|my|our|any|that|this|it|from|off|on|in|of|about|saying|says|said|with|"
    r"please|list)"
)
_POINTING = re.compile(
    rf"(?:{_SMALL}|you (?:just )?(?:read|said|told me)|i (?:just )?(?:added|made|took|told you)|\W)*", re.I
)
_LATEST = re.compile(r"\b(?:last|latest|newest|most recent|previous)\b", re.I)
_OLDEST = re.compile(r"\b(?:oldest|earliest|very first)\b", re.I)
_ALL = re.compile(r"\b(?:all|every|everything|both)\b", re.I)
_NUMBER = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th)(?: (?:one|note|fact))?\b", re.I)


@dataclass(frozen=True)
class Names:
    """How one kind of entry is spoken of: several of them, none that fits, none at all."""

    many: str
    none: str
    empty: str
    kinds: tuple[Kind, ...]


NOTES = Names("notes", "I found no note", "You have no notes.", ("note",))
FACTS = Names("things you told me", "You told me nothing", "You have told me nothing yet.", ("fact",))


def choose(context: ToolContext, which: str, names: Names) -> list[Entry]:
    """The entries that `which` means.

    Raises:
        Unclear: none or several fit; its question offers them.
    """
    entries = context.store.entries(names.kinds, MOST)
    if not entries:
        raise Unclear(names.empty, "")
    if _ALL.search(which) and _POINTING.fullmatch(_ALL.sub("", which)):
        return entries
    listed = _on_list(entries, which)
    if listed:
        return listed
    number = _NUMBER.search(which)
    bare = _NUMBER.sub(" ", _OLDEST.sub(" ", _LATEST.sub(" ", which)))
    fitting = _fitting(context, entries, bare, names)
    if _LATEST.search(which) and fitting:
        return fitting[:1]
    if _OLDEST.search(which) and fitting:
        return fitting[-1:]
    if number and fitting:
        place = ("first", "second", "third", "fourth", "1st", "2nd", "3rd", "4th").index(number[1].lower()) % 4
        return fitting[place : place + 1] or fitting[-1:]
    if len(fitting) == 1:
        return fitting
    if not fitting:
        remedy = f"The latest: {offered(entries[:OFFERED])}. Which one?" if names is NOTES else ""
        raise Unclear(f"{names.none} about {which.strip()[:80]!r}.", remedy)
    many = f"{len(fitting)} {names.many} fit."
    raise Unclear(many, f"Which one: {offered(fitting[:OFFERED], 'or')}?")


def offered(entries: Sequence[Entry], joint: str = "and") -> str:
    """'call Tom', 'buy milk' or 'water the plants'."""
    return say_list([quoted(one.text) for one in entries], joint)


def quoted(text: str, limit: int = 80) -> str:
    """A text in quotes, cut at a word where it is long."""
    text = " ".join(text.split())
    return f"'{text if len(text) <= limit else text[:limit].rsplit(' ', 1)[0] + ' ...'}'"


def items_of(entry: Entry) -> tuple[str, list[str]]:
    """The list that a note belongs to ("shopping list") and its items; ("", []) for any other note."""
    found = LISTED.match(entry.text)
    if not found:
        return "", []
    parts = re.split(r",\s*(?:and\s+)?|;\s*|\s+and\s+|\n+", found["items"].strip(" ."))
    return found["list"].lower(), [part.strip() for part in parts if part.strip()]


def whole_list(query: str, found: Sequence[Entry]) -> str:
    """All of a list that was asked for by its name and stands in several notes, oldest first; "" for anything else."""
    name = " ".join(query.lower().split()).replace("my ", "").replace("the ", "")
    listed = [
        items for listed, items in map(items_of, sorted(found, key=lambda one: (one.at, one.id))) if listed == name
    ]
    items = dict.fromkeys(item for one in listed for item in one)
    return f"{name.capitalize()}: {', '.join(items)}" if name.endswith("list") and len(listed) > 1 else ""


def item_named(which: str) -> str:
    """What is to come off a list: "milk" of "take milk off my shopping list"."""
    text = re.sub(r"\b(?:off|from|on|in) (?:(?:my|the|our) )?(?:[\w-]+ ){0,2}?[\w-]* ?list\b.*$", "", which, flags=re.I)
    text = re.sub(
        r"^(?:(?:please|take|remove|delete|cross|strike|drop|off|out|the|my|some|any|item)\s+)+", "", text, flags=re.I
    )
    return "" if _TO_LIST.search(text) else text.strip(" .,!?")


def same_words(wanted: str, text: str) -> bool:
    """Whether every content word of `wanted` is in `text`; "egg" is in "eggs"."""
    words = content_words(wanted)
    there = re.findall(r"\w+", text.lower())
    return bool(words) and all(any(_alike(word, one) for one in there) for word in words)


def _alike(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return first == second or (len(short) >= 3 and long in (f"{short}s", f"{short}es", f"{short[:-1]}ies"))


def _on_list(entries: Sequence[Entry], which: str) -> list[Entry]:
    """The notes of a list that is named, or those with the item that is named with it."""
    named = _TO_LIST.search(which)
    if not named:
        return []
    wanted = re.sub(r"^(?:my|the|our|off|from|on|whole|entire)\s+", "", named["list"].lower())
    of_list = [one for one in entries if items_of(one)[0] and same_words(wanted, items_of(one)[0])]
    item = item_named(which)
    if not item or _POINTING.fullmatch(item):
        return of_list
    return [one for one in of_list if any(same_words(item, part) for part in items_of(one)[1])]


def _fitting(context: ToolContext, entries: list[Entry], words: str, names: Names) -> list[Entry]:
    """Entries with all the words; else the one that search finds, which may have other words; newest first."""
    if _POINTING.fullmatch(words):
        return _meant_last(context, entries) if not _LATEST.search(words) else entries
    bare = re.sub(
        rf"\b(?:{_SMALL}|i (?:just )?(?:made|took|wrote|added|kept)|delete|remove|forget|erase|change|edit)\b",
        " ",
        words,
        flags=re.I,
    )
    exact = [one for one in entries if same_words(bare, one.text)]
    if exact:
        return exact
    found = context.store.find(bare, names.kinds, OFFERED, context.now())
    return found[:1] if found and (len(found) == 1 or found[0].score > found[1].score + 0.1) else list(found)


def _meant_last(context: ToolContext, entries: list[Entry]) -> list[Entry]:
    """What "that note" points at: the one this conversation named last, else all."""
    known = {one.id: one for one in entries}
    for turn in context.store.turns(3):
        results = turn.data.get("results")
        for record in reversed(results if isinstance(results, list) else []):
            data = record.get("data") if isinstance(record, dict) else None
            if isinstance(data, dict) and data.get("id") in known and data.get("kind") == known[data["id"]].kind:
                return [known[data["id"]]]
    return entries
