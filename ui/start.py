"""Starts the page: settings, log, one program at a time, and every failure as plain sentences, aloud where needed."""

import os
import platform
import sys

import structlog

from assistant import logs, settings
from assistant.cli import unforeseen
from kernels.errors import UserError

GOODBYE = "Antigone has stopped. Nothing was lost."


def start(port: str | None, open_browser: bool, desktop: bool) -> int:
    """Serve the page until it is stopped.

    Args:
        port: what the user gave for the port, None for the setting.
        open_browser: show the page in the browser when it is ready.
        desktop: no terminal is there.

    Returns:
        The exit code: 0, 2 after a failure that the user can mend, 1 after one of ours.
    """
    try:
        served = _start(port, open_browser, desktop)
    except UserError as error:
        _fail(f"{error.text} {error.remedy}", desktop)
        return error.exit_code
    except KeyboardInterrupt:  # pressed again while it was ending
        served = True
    except Exception as error:
        structlog.get_logger().error("stopped by a mistake", exc_info=error)
        _fail(unforeseen(error), desktop)
        return 1
    if served:
        structlog.get_logger().info("stopped")
        print(GOODBYE, flush=True)
    return 0


def _start(port: str | None, open_browser: bool, desktop: bool) -> bool:
    """Serve; False when another start serves already."""
    options = settings.load({"port": port})
    unseen = desktop and (sys.stdout is None or not sys.stdout.isatty())
    if logs.begin(options.home, standard=unseen) is not None and unseen:
        _print_to_log()
    structlog.get_logger().info(
        "starting", pid=os.getpid(), python=platform.python_version(), system=platform.platform(), desktop=desktop
    )
    print("Antigone is starting. This takes a few seconds.", flush=True)
    if desktop and open_browser:
        from ui.desktop import voice

        voice.begun(options)
    from ui.serve import say, serve

    return serve(options, open_browser, _aloud if desktop else say)


def stop_other(desktop: bool) -> None:
    """End the program that runs in the background, and tell how it went.

    Raises:
        UserError: it cannot be ended.
    """
    from ui import single
    from ui.desktop import voice

    try:
        done = single.stop(settings.home())
    except UserError as error:
        if desktop:
            voice.tell_person(f"{error.text} {error.remedy}")
        raise
    print(done)
    if desktop:
        voice.tell_person(done)


def _print_to_log() -> None:
    """Print to the streams that end in the log now; without a terminal there may have been none."""
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def _fail(text: str, desktop: bool) -> None:
    print(text, file=sys.stderr, flush=True)
    if desktop:
        from ui.desktop import voice

        voice.tell_person(text)


def _aloud(line: str) -> None:
    from ui.desktop import voice

    print(line, flush=True)
    voice.tell_person(line)
