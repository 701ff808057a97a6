"""The command line's group for kept documents; its bodies lie in documents.py and are imported when called."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.commands.groups import Json, run

documents_app = typer.Typer(help="Keep documents to ask about; list, search and remove them.", rich_markup_mode=None)


@documents_app.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(help="PDF, DOCX, HTML, Markdown, text or pictures; or folders.")],
    name: Annotated[str, typer.Option(help="What to call it; for one file.")] = "",
    json: Json = False,
) -> None:
    """Read files and keep what they say; what was interrupted goes on, what is unchanged is left alone."""
    run("documents", "add", files=files, name=name, as_json=json)


@documents_app.command("list")
def list_documents(json: Json = False) -> None:
    """Every document that is kept."""
    run("documents", "list_documents", as_json=json)


@documents_app.command("search")
def search(words: list[str], json: Json = False) -> None:
    """The passages that answer a question, word for word, with document and page."""
    run("documents", "search", words=" ".join(words), as_json=json)


@documents_app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Its name, or part of it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it may go.")] = False,
    for_good: Annotated[bool, typer.Option("--for-good", help="So that undo can't bring it back.")] = False,
) -> None:
    """Remove a document."""
    run("documents", "remove", name=name, yes=yes, for_good=for_good)
