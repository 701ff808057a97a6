"""How the program starts: with a command it runs the command, without one it opens the page.

Nothing heavy is imported here: `antigone say` and `antigone --help` never load the page.
"""

import sys
from typing import Annotated

import typer

from assistant.cli import app
from kernels.errors import UserError

DEFAULT_PORT = 7860
_PORT_HELP = "Where the page is served; the next free one when it is taken."


@app.callback(invoke_without_command=True)
def page(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help=_PORT_HELP)] = DEFAULT_PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")] = False,
) -> None:
    """An assistant that hears, sees, reads and answers aloud. Without a command: its page."""
    if context.invoked_subcommand is not None:
        return
    print("Antigone is starting. This takes a few seconds.", flush=True)
    try:
        from ui.serve import serve

        serve(port, open_browser=not no_browser)
    except UserError as error:
        print(f"{error.text} {error.remedy}", file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        pass  # stopped while it was still starting
    print("Antigone has stopped. Nothing was lost.", flush=True)


def main() -> None:
    """The entry point `antigone`."""
    app(prog_name="antigone")


if __name__ == "__main__":
    main()
