"""`antigone memory ...` and `antigone audit ...`: what is kept, and the record of what was done. Bodies are imported
when called."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from assistant.commands.groups import Json, run

memory_app = typer.Typer(help="What is remembered: show, forget, export, delete everything.", rich_markup_mode=None)
audit_app = typer.Typer(help="The record of requests, tools, consents and contacts.", rich_markup_mode=None)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@memory_app.command("show")
def memory_show(json: Json = False) -> None:
    """Everything that is known and kept, with its time and source."""
    run("memory", "show", as_json_lines=json)


@memory_app.command("forget")
def memory_forget(
    words: list[str],
    yes: Yes = False,
    for_good: Annotated[bool, typer.Option("--for-good", help="At once, without a way back.")] = False,
) -> None:
    """Forget what the words mean, such as: my sister's number."""
    run("memory", "forget", words=" ".join(words), yes=yes, for_good=for_good)


@memory_app.command("export")
def memory_export(file: Path) -> None:
    """Write everything that is kept to a new JSON file."""
    run("memory", "export", path=file)


@memory_app.command("delete")
def memory_delete(yes: Yes = False) -> None:
    """Delete everything that is kept, for good."""
    run("memory", "delete", yes=yes)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[Optional[str], typer.Option(help="A last hash that you noted before.")] = None,
    json: Json = False,
) -> None:
    """Say whether the record is as it was written; ends with exit code 2 where it is not."""
    run("audit", "verify", as_json=json, head=head)


@audit_app.command("show")
def audit_show(
    day: Annotated[Optional[str], typer.Option(help="Of that time: yesterday, last week, 2026-11-21.")] = None,
    kind: Annotated[Optional[str], typer.Option(help="Of that kind: request, tool, consent, outside.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest.")] = 20,
    json: Json = False,
) -> None:
    """The latest entries in sentences."""
    run("audit", "show", as_json=json, day=day, kind=kind, limit=limit)


@audit_app.command("export")
def audit_export(file: Path) -> None:
    """Write the whole record with its hashes to a new JSON file."""
    run("audit", "export", path=file)
