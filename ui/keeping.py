"""Kept documents as the page lists, searches, keeps and removes them. They are the user's, as the memory is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.documents import PageRead, Quote, way_back
from assistant.library import titles
from assistant.memory import Store
from kernels.errors import UserError

LISTED = 500


def kept(store: Store) -> dict[str, Any]:
    """All documents, newest first, and those whose reading was interrupted."""
    documents = store.library.all()
    begun = [{"file": file, "here": here, "pages": pages} for file, here, pages in store.library.unfinished()]
    return {"items": [one.as_json() for one in documents[:LISTED]], "count": len(documents), "unfinished": begun}


def search(store: Store, question: str) -> dict[str, Any]:
    """The passages that answer; `near` is what came closest where none does."""
    found = store.library.answer(question)
    return {"quotes": [_told(one) for one in found.quotes], "near": _told(found.near) if found.near else None}


def keep(store: Store, path: Path, name: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Take a document of the shelf in: an event a page, then the document. Closing it stops between two pages.

    Raises:
        UserError: it cannot be read, or the disk is full.
    """
    for event in store.library.add(path, now, Path(name).stem if Path(name).stem != path.stem else "", lasting=False):
        if isinstance(event, PageRead):
            yield {"page": event.page, "of": event.pages}
            continue
        said, steps = way_back([event])
        if steps:
            store.journal(now, said, steps)
        yield {"kept": event.document.as_json(), "how": event.how}


def remove(store: Store, identity: int, agreed: bool, now: datetime) -> str:
    """Remove a document if the user agreed; what undoing it says. Question and answer go to the audit log.

    Raises:
        UserError: it is not there any more.
    """
    document = store.library.get(identity)
    if document is None:
        raise UserError("It is not there any more.", "Look at the list again; something else may have removed it.")
    name = titles.inside(document.name)
    detail = {"tool": "page", "effect": f"Remove {name} from the kept documents"}
    store.record("consent asked", detail, now)
    store.record("consent given" if agreed else "consent refused", detail, now)
    said = f"{name} is back"
    if agreed:
        step = {"do": "document", "id": document.id, "show": True}
        store.journal(now, said, [step], act=lambda: store.library.remove(document, now))
    return said


def _told(quote: Quote) -> dict[str, Any]:
    return {"name": quote.document.name, "page": quote.page, "pages": quote.document.pages, "text": quote.text,
            "heading": quote.heading.replace(" > ", ", "), "around": quote.around}  # fmt: skip
