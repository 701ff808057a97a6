"""How the program starts: with a command it runs the command, without one it opens the page.

Nothing heavy is imported here: `antigone say` and `antigone --help` never load the page.
"""

import atexit
import contextlib
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import Annotated, Optional

import typer

from assistant.cli import app, told

_PORT_HELP = "Where the page is served, 7860 unless a setting says otherwise; the next free one when it is taken."
_DESKTOP_HELP = "Started without a terminal: what would be printed goes to the log, and failures are said aloud."
_SHORTCUT_HELP = "GNOME only: keys that start it from anywhere, such as '<Super><Alt>a'."


@app.callback(invoke_without_command=True)
def page(
    context: typer.Context,
    port: Annotated[Optional[str], typer.Option(metavar="NUMBER", help=_PORT_HELP)] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")] = False,
    desktop: Annotated[bool, typer.Option("--desktop", help=_DESKTOP_HELP)] = False,
) -> None:
    """An assistant that hears, sees, reads and answers aloud. Without a command: its page."""
    if context.invoked_subcommand is not None:
        return
    from ui.start import start

    code = start(port, open_browser=not no_browser, desktop=desktop)
    if code:
        raise typer.Exit(code)


@app.command("install-desktop")
def install_desktop(
    autostart: Annotated[
        Optional[bool], typer.Option("--autostart/--no-autostart", help="Start with the login too, without a window.")
    ] = None,
    shortcut: Annotated[Optional[str], typer.Option(metavar="KEYS", help=_SHORTCUT_HELP)] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take everything back.")] = False,
) -> None:
    """Put Antigone into the desktop's menu, for this account alone."""
    from ui.desktop import install

    told(install.run, autostart=autostart, shortcut_keys=shortcut, remove=remove)


@app.command()
def stop(
    desktop: Annotated[bool, typer.Option("--desktop", help="Say aloud how it went: no terminal shows it.")] = False,
) -> None:
    """End the page that runs in the background."""
    from ui.start import stop_other

    told(stop_other, desktop=desktop)


def main() -> None:
    """The entry point `antigone`."""
    code: list[int] = []
    atexit.register(_leave, code)  # first, so that it runs after all that others registered
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell starts what runs behind it deaf
        signal.signal(signal.SIGINT, _at_once)
    if hasattr(signal, "pthread_sigmask"):  # held back by ui/environment.py until now
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        app(prog_name="antigone")
    except SystemExit as end:
        code.append(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # from here on there is nothing to end in good order


def _leave(code: list[int]) -> None:
    """End without taking the interpreter down while a thread may still load a model in native code.

    CPython unwinds such a thread when it next asks for the interpreter's lock, and C++ that bears no unwinding aborts
    the whole program ("terminate called without an active exception"). CPython's documentation warns of it under
    `PyEval_RestoreThread`. By now the command is over and everything registered for the end has been closed.
    """
    if code and any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                with contextlib.suppress(OSError):  # nobody reads it any more
                    stream.flush()
        os._exit(code[0])


def _at_once(_: int, __: FrameType | None) -> None:
    """Control and C while it starts: nothing was begun that wants an end, and imports don't bear an exception well.

    Commands (assistant/cli.py) and the server (ui/serve.py) take the key over when there is something to end.
    """
    os.write(2, b"Stopped. Nothing was lost.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
