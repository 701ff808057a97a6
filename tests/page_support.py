"""What the page's tests share: a scripted agent, a server on loopback in a thread, and Debian's Chromium."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.messages import (
    Answer,
    AnswerPart,
    ConsentAsked,
    Event,
    Failed,
    Heard,
    Request,
    Thinking,
    ToolCalled,
    ToolReturned,
)

SHORT = "The letter is from Doctor Vogel. Your appointment is on Friday at ten."
MORE = "Bring your insurance card.\nCall 555 0100 if you cannot come."
QUESTION = "Delete the note “milk” of 3 May? Say yes or no."
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


class Scripted:
    """An agent whose turns follow the first word of the request; it records what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.pending = False
        self.go_on = threading.Event()  # a "slow" turn waits for it
        self.closed = threading.Event()  # set when a turn's iterator was closed early

    def turn(self, request: Request) -> Iterator[Event]:
        self.requests.append(request)
        yield Thinking("reading the request")
        if request.audio is not None:
            yield Heard("what does it say", confidence=0.9)
        if request.text.startswith("slow"):
            yield from self._slow()
            return
        if request.text.startswith("crash"):
            raise RuntimeError("secret detail of the machine")
        if request.text.startswith("fail"):
            yield Failed("The picture is too dark to read.", "Turn on a light and take it again.")
            return
        if request.text.startswith("delete"):
            yield ConsentAsked(QUESTION, "delete_note", {})
            self.pending = True  # only once the turn goes on, as the real agent's store does
            yield Answer(QUESTION)
            return
        if self.pending and request.text in ("yes", "no"):
            self.pending = False
            yield Answer("The note is deleted." if request.text == "yes" else "All right, I left it as it was.")
            return
        if request.text.startswith("hostile"):
            yield Answer(HOSTILE)
            return
        yield ToolCalled("read_text", {})
        yield ToolReturned("read_text", {"said": "Doctor Vogel", "found": True})
        for part in SHORT.split(". "):
            yield AnswerPart(part if part.endswith(".") else part + ".")
        yield Answer(SHORT, more=MORE)

    def _slow(self) -> Iterator[Event]:
        try:
            for _ in range(600):
                yield Thinking("reading page 2 of 9")
                if self.go_on.wait(0.05):
                    break
            yield Answer(SHORT)
        except GeneratorExit:
            self.closed.set()
            raise


def tone(text: str, manner: Any) -> Iterator[tuple[np.ndarray, int]]:
    """Stands in for the voice: a quiet tone a sentence, so that the page's sound can be followed without a model."""
    for _ in text.split(". "):
        yield (0.1 * np.sin(np.arange(4410) * 0.1)).astype(np.float32), 22050


@contextmanager
def served(
    open_session: Callable[[], Any],
    speak: Callable[[str, Any], Iterator[Any]] = tone,
    data: Any = None,
    port: int = 7900,
    **more: Any,
) -> Iterator[Any]:
    """The page's server (its address is server.page) while it serves, at `port` or the next that is free."""
    from ui.app import build
    from ui.serve import Server, free_port

    listener = free_port(port)
    server = Server(build(open_session, speak, data=data, **more), listener.getsockname()[1], open_browser=False)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield server
    finally:
        server.conversations.close()
        server.should_exit = True
        thread.join(10)


def chromium() -> str:
    """Where the browser is; skips with the remedy when there is none."""
    for place in (os.environ.get("ANTIGONE_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if place and Path(place).exists():
            return place
    pytest.skip("Chromium is missing. Install it with: apt install chromium, or set ANTIGONE_CHROMIUM to it.")


@contextmanager
def playwright() -> Iterator[Any]:
    """Playwright, once a module: two at a time in one thread are not allowed."""
    api = pytest.importorskip("playwright.sync_api", reason="Install it with: pip install playwright")
    chromium()
    with api.sync_playwright() as play:
        yield play


def browser(play: Any, *arguments: str) -> Any:
    """Headless Chromium; close it when done."""
    return play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *arguments])


def go(page: Any, view: str) -> None:
    """Show another view by its link, as with a mouse."""
    page.click(f"#views a[data-view={view}]")
    page.wait_for_selector(f"#{view}-view", state="visible")


def until(page: Any, expression: str, arg: Any = None, seconds: float = 60) -> None:
    """Until an expression holds in the page, whose policy allows no wait_for_function.

    Raises:
        AssertionError: it never did.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"never: {expression} {arg or ''}"
        page.wait_for_timeout(50)


def choose(page: Any, label: str, on: bool = True) -> None:
    """Check a box or radio of the settings, wait until the program knows, and go back to the message."""
    go(page, "settings")
    box = page.get_by_label(label)
    if box.is_checked() != on:
        with page.expect_response("**/run/predict"):  # by which the browser keeps it
            box.set_checked(on)
    page.click("#views a[data-view=conversation]")
    page.focus("#message textarea")


def open_page(context: Any, address: str) -> Any:
    """A page that has said it is ready; its errors on the console are kept in page.complaints."""
    page = context.new_page()
    page.set_default_timeout(int(os.environ.get("T", "60000")))
    page.complaints = []
    page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#state-text:text-is('Ready')")
    return page
