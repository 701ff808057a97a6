"""Documents that are kept: add, ask, read a page, list, remove. What they say is quoted, never obeyed."""

import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assistant.documents import UNDO_LASTS, Kept, Library, PageRead, Quote, Taken, way_back
from assistant.library import titles
from assistant.permissions import Tier
from assistant.phrases.wording import say_list
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError

READING_S = 590.0  # of reading before what is left waits for another time
LISTED = 6
SAID_AT_ONCE = 700  # letters of a page; the rest comes with "more"
UNSURE_READING = 0.9  # below this mean confidence a document's print may be wrong in places
TURNS_BACK = 6  # in which "it" and "the next page" are looked for
_ALL = re.compile(
    r"(?:all|every|everything|all (?:of )?(?:my |the )?(?:documents|files|papers)|every document|them all)", re.I
)


def _add_effect(context: ToolContext, name: str = "") -> str:
    return f"Keep {say_list([path.name for path in _shown(context)])}, so that I can search in it"


@tool(
    tier=Tier.KEEP, time_limit_s=600, undo="Say undo.", effect=_add_effect,
    examples=("keep this document", "add this to my documents as the contract"),
)  # fmt: skip
def add_document(context: ToolContext, name: str = "") -> ToolResult:
    """Keep the document or picture that is shown, so that questions about it can be answered later.

    Args:
        name: what to call it, such as "the tenancy contract"; empty for its own name.
    """
    deadline = time.monotonic() + READING_S
    taken = [_take(context, path, name, deadline) for path in _shown(context)]
    said, steps = way_back(taken)
    if steps:
        context.store.journal(context.now(), said, steps)
    last = taken[-1].document
    unsure = context.store.library.sureness(last) < UNSURE_READING
    note = "It was read from a picture, so some words may be wrong." if unsure else ""
    text = " ".join(_told(one) for one in taken)
    return ToolResult(f"{text} {note}".strip(), {**_data(last), "how": taken[-1].how}, more="Ask me what it says.")


CLOSE = 0.3  # chance from which the nearest passage of a document that was named is worth hearing


@tool(tier=Tier.LOOK, time_limit_s=20, examples=("what did the contract say about notice",))
def search_documents(context: ToolContext, question: str) -> ToolResult:
    """Answer a question from the documents that were kept, with the very words, the document and the page.

    Args:
        question: what the user wants to know, such as "what does the contract say about notice".
    """
    library = context.store.library
    if not library.all():
        return ToolResult(_NONE, {"matches": []}, more=_HOW, found=False)
    found = library.answer(question)
    if not found.quotes:
        if found.near is not None and found.only is not None and found.near.confidence >= CLOSE:
            said = f"I found no sure answer. The closest, in {found.near.cited}: '{found.near.text}'"
            return ToolResult(said, {"matches": [], "quote": found.near.text}, confidence=found.near.confidence)
        near = f"The closest I found, in {found.near.cited}: '{found.near.around}'" if found.near else ""
        return ToolResult("That is not in your documents.", {"matches": []}, more=near, found=False)
    best = found.quotes[0]
    data = {**_data(best.document), "page": best.page, "quote": best.text, "heading": best.heading,
            "matches": [_as_match(quote) for quote in found.quotes]}  # fmt: skip
    return ToolResult(f"{best.cited}: '{best.text}'", data, _around(found.quotes), best.confidence)


@tool(tier=Tier.LOOK, time_limit_s=20, examples=("read page three of the contract",))
def read_document(context: ToolContext, name: str = "", page: int = 0) -> ToolResult:
    """Read a page of a kept document aloud, word for word.

    Args:
        name: which document, such as "the contract"; empty for the one that was talked about last.
        page: which page, from 1; 0 for the first one, or the one that the words "next page" mean.
    """
    library = context.store.library
    document, before = _meant(context, name)
    number = page or titles.page_meant(context.request, before, document)
    text = library.page(document, number)
    cited = f"{titles.spoken(document.name)}, page {number} of {document.pages}"
    data = {**_data(document), "page": number, "text": text, "lines": _lines(text, number)}
    if not text:
        return ToolResult(f"{cited} has no print.", data, found=False)
    said, rest = _first_part(text)
    sure = round(library.sureness(document), 3)
    return ToolResult(f"{cited}: {said}", data, rest, sure)


@tool(tier=Tier.LOOK, examples=("which documents do I have",))
def list_documents(context: ToolContext) -> ToolResult:
    """Say which documents are kept."""
    library = context.store.library
    documents = library.all()
    begun = [f"{file} was read as far as page {here} of {pages}; keep it again and I go on." for file, here, pages
             in library.unfinished()]  # fmt: skip
    data = {"documents": [one.as_json() for one in documents]}
    if not documents:
        return ToolResult(_NONE, data, " ".join([_HOW, *begun]), found=False)
    told = [f"{titles.inside(one.name)}, {_pages(one)}" for one in documents]
    count = f"{len(documents)} documents" if len(documents) > 1 else "one document"
    first = f"You have {count}{', the newest first' if len(documents) > 1 else ''}: {'; '.join(told[:LISTED])}."
    left = f" {len(told) - LISTED} more." if len(told) > LISTED else ""
    return ToolResult(first + left, data, " ".join(["; ".join(told[LISTED:]), *begun]).strip())


def _remove_effect(context: ToolContext, name: str) -> str:
    chosen = _to_remove(context, name)
    told = say_list([f"{titles.inside(one.name)}, {_pages(one)}" for one in chosen[:LISTED]])
    rest = f" and {len(chosen) - LISTED} more" if len(chosen) > LISTED else ""
    return f"Remove {told}{rest}, from your documents"


@tool(tier=Tier.CHANGE, undo="Say undo, within a month.", effect=_remove_effect, examples=("remove the contract",))
def remove_document(context: ToolContext, name: str) -> ToolResult:
    """Remove a kept document.

    Args:
        name: which one, such as "the contract".
    """
    chosen = _to_remove(context, name)
    names = say_list([titles.inside(one.name) for one in chosen])
    now = context.now()

    def take_away() -> None:
        for document in chosen:
            context.store.library.remove(document, now)

    are = "is" if len(chosen) == 1 else "are"
    steps = [{"do": "document", "id": one.id, "show": True} for one in chosen]
    context.store.journal(now, f"{names} {are} back", steps, act=take_away)
    text = f"Removed {names}. Undo brings {'it' if len(chosen) == 1 else 'them'} back for {UNDO_LASTS.days} days."
    return ToolResult(text, {"removed": [one.as_json() for one in chosen]})


_NONE = "You have kept no documents yet."
_HOW = "Show me one, as a picture or a file, and say: keep this document."


def _shown(context: ToolContext) -> tuple[Path, ...]:
    if not context.pictures:
        raise UserError("There is no document here to keep.", "Add a file or take a picture of it, then ask again.")
    several = re.search(r"\b(?:these|both|all of them|all)\b", context.request, re.I)
    return context.pictures if several else context.pictures[-1:]


def _take(context: ToolContext, path: Path, name: str, deadline: float) -> Taken:
    """Read it in, stopping in good time; what was read by then is not lost."""
    passing = (Path(tempfile.gettempdir()).resolve(), Path(context.settings.home).resolve())
    lasting = not any(path.resolve().is_relative_to(folder) for folder in passing)
    given = "" if not re.search(r"\w", name) or titles.is_pointer(name) else name
    events: Iterator[PageRead | Taken] = context.store.library.add(path, context.now(), given, lasting=lasting)
    for event in events:
        if isinstance(event, Taken):
            return event
        if context.over.is_set() or time.monotonic() > deadline:
            raise UserError(
                f"I have read {event.page} of {event.pages} pages of {event.name}, and they are not lost.",
                "Ask me to keep it again, and I go on from there.",
            )
    raise UserError(f"{path.name} could not be read to its end.", "Ask me to keep it again.")


def _told(taken: Taken) -> str:
    name = titles.inside(taken.document.name)
    start = titles.spoken(taken.document.name)
    return {
        "added": f"I keep {name}, {_pages(taken.document)}.",
        "unchanged": f"I have {name} already; nothing in it has changed.",
        "changed": f"{start} is up to date; {taken.encoded} of its {taken.chunks} parts were new.",
        "back": f"{start} is kept again.",
    }[taken.how]


def _pages(document: Kept) -> str:
    return "1 page" if document.pages == 1 else f"{document.pages:,} pages"


def _data(document: Kept) -> dict[str, Any]:
    return {"document": document.id, "name": document.name, "pages": document.pages, "page": 1}


def _as_match(quote: Quote) -> dict[str, Any]:
    return {"name": quote.document.name, "document": quote.document.id, "page": quote.page, "quote": quote.text,
            "heading": quote.heading, "confidence": quote.confidence}  # fmt: skip


def _around(quotes: tuple[Quote, ...]) -> str:
    """What "more" adds: the whole passage with its heading, then the other places."""
    best = quotes[0]
    heading = f"Under {best.heading.replace(' > ', ', ')}: " if best.heading else "In full: "
    others = [f"Also {quote.cited}: '{quote.text}'" for quote in quotes[1:]]
    return " ".join([f"{heading}'{best.around}'", *others])


def _first_part(text: str) -> tuple[str, str]:
    """What is said at once and the rest, parted where a paragraph, a sentence or a word ends."""
    if len(text) <= SAID_AT_ONCE:
        return text, ""
    for mark in ("\n\n", ". ", " "):
        end = text.rfind(mark, SAID_AT_ONCE // 3, SAID_AT_ONCE)
        if end > 0:
            break
    end = end + 1 if end > 0 else SAID_AT_ONCE
    return f"{text[:end].rstrip()} ... Say more for the rest.", text[end:].lstrip()


def _lines(text: str, page: int) -> list[dict[str, Any]]:
    paragraphs = enumerate(text.split("\n\n"), start=1)
    return [
        {"text": line, "page": page, "paragraph": number} for number, lines in paragraphs for line in lines.split("\n")
    ]


def _to_remove(context: ToolContext, name: str) -> list[Kept]:
    library = context.store.library
    if _ALL.fullmatch(name.strip(" .!?")):
        everything = library.all()
        if not everything:
            raise UserError(_NONE, _HOW)
        return everything
    return [_meant(context, name)[0]]


def _meant(context: ToolContext, name: str) -> tuple[Kept, int]:
    """The document that is meant, and which of its pages was talked about last (0: none).

    Raises:
        UserError: there is none, or several fit.
    """
    library = context.store.library
    documents = library.all()
    if not documents:
        raise UserError(_NONE, _HOW)
    last, page = _last(context, library)
    named = library.named(name) if not titles.is_pointer(name) else titles.mentioned(context.request, documents)
    if not named and not titles.is_pointer(name):
        raise UserError(f"You have no document called {name.strip()}.", f"You have: {_names(documents)}.")
    if not named:
        named = [last] if last is not None else documents
    if last is not None and any(one.id == last.id for one in named):
        return last, page
    if len(named) > 1:
        raise UserError("There are several.", f"Say which one: {_names(named, 'or')}.")
    return named[0], 0


def _names(documents: list[Kept], joint: str = "and") -> str:
    return say_list([titles.inside(one.name) for one in documents[:LISTED]], joint)


def _last(context: ToolContext, library: Library) -> tuple[Kept | None, int]:
    """The document and page that were talked about last, in this turn or a recent one."""
    for data in _recent(context):
        identity, page = data.get("document"), data.get("page")
        if isinstance(identity, int) and (document := library.get(identity)) is not None:
            return document, page if isinstance(page, int) else 0
    return None, 0


def _recent(context: ToolContext) -> Iterator[Mapping[str, Any]]:
    yield from (result.data for _, result in reversed(context.results))
    for turn in context.store.turns(TURNS_BACK):
        records = turn.data.get("results")
        for record in reversed(records if isinstance(records, list) else []):
            data = record.get("data") if isinstance(record, Mapping) else None
            if isinstance(data, Mapping):
                yield data
