"""Commands in groups of their own: `antigone mcp ...` and `antigone endpoint ...`. Bodies are imported when called."""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]

mcp_app = typer.Typer(help="Tools of other programs (MCP), and ours for them.", rich_markup_mode=None)
endpoint_app = typer.Typer(help="The model server of the setting endpoint_address.", rich_markup_mode=None)


def run(command: str, function: str, /, **options: Any) -> None:
    """As the command line's own `run`, which is there by the time that a command is called."""
    from assistant import cli

    cli.run(command, function, **options)


@mcp_app.command("add")
def mcp_add(
    name: str,
    command: Annotated[Optional[list[str]], typer.Argument(help="After --: the program and its arguments.")] = None,
    url: Annotated[Optional[str], typer.Option(help="The address of a server that runs already.")] = None,
    pass_on: Annotated[
        Optional[list[str]], typer.Option(help="An environment variable it needs; for an address, its key.")
    ] = None,
) -> None:
    """Connect a server; its tools ask each time until you trust them."""
    run("mcp", "add", name=name, command=command or [], url=url, pass_on=pass_on or [])


@mcp_app.command("list")
def mcp_list(json: Json = False) -> None:
    """Every server that is connected."""
    run("mcp", "list_servers", as_json=json)


@mcp_app.command("tools")
def mcp_tools(name: Annotated[Optional[str], typer.Argument()] = None) -> None:
    """What the servers' tools say of themselves, and which are trusted."""
    run("mcp", "tools", name=name)


@mcp_app.command("check")
def mcp_check(name: str) -> None:
    """Connect to a server again and say what changed."""
    run("mcp", "check", name=name)


@mcp_app.command("trust")
def mcp_trust(
    name: str,
    tool: Annotated[Optional[str], typer.Argument(help="One tool; all of the server's when left out.")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Let it run without asking each time.")] = False,
) -> None:
    """Allow a server's tool as it is now."""
    run("mcp", "trust", name=name, tool=tool, runs=runs)


@mcp_app.command("distrust")
def mcp_distrust(name: str, tool: Annotated[Optional[str], typer.Argument()] = None) -> None:
    """Take trust back."""
    run("mcp", "distrust", name=name, tool=tool)


@mcp_app.command("remove")
def mcp_remove(name: str) -> None:
    """Forget a server."""
    run("mcp", "remove", name=name)


@mcp_app.command("serve")
def mcp_serve(
    folder: Annotated[Optional[list[Path]], typer.Option(help="A folder whose files may be looked at.")] = None,
) -> None:
    """Offer reading and describing to another program, over standard input and output."""
    run("mcp", "serve", folders=folder or [])


@endpoint_app.command("check")
def endpoint_check() -> None:
    """Ask the model server for a word."""
    run("endpoint", "check")


@endpoint_app.command("login")
def endpoint_login() -> None:
    """Keep the model server's key in this system's keyring."""
    run("endpoint", "login")


@endpoint_app.command("logout")
def endpoint_logout() -> None:
    """Take the model server's key out of the keyring."""
    run("endpoint", "logout")
