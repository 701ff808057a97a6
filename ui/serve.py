"""Serves the page on this machine's loopback address, opens the browser, and ends cleanly on Ctrl-C."""

import contextlib
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from kernels.errors import UserError
from ui.accounts import OwnAccount
from ui.private_files import sweep

ADDRESS = "127.0.0.1"
PORTS_TRIED = 20
GOODBYE_S = 2


def serve(port: int, open_browser: bool) -> None:
    """Serve until stopped. Prints plain lines: where the page is and how to stop.

    Raises:
        UserError: no free port near `port`.
    """
    from assistant import settings

    options = settings.load()
    sweep()
    listener = free_port(port)
    from ui.app import build  # Gradio takes seconds to import; the port is known to be free before that
    from ui.backstage import Backstage

    backstage = Backstage(options)
    app = build(backstage.open_session, backstage.speak, options, backstage)
    chosen = listener.getsockname()[1]
    if chosen != port:
        print(f"Port {port} is taken, so port {chosen} is used.", flush=True)
    try:
        Server(app, chosen, open_browser, lambda: backstage.start(app.state.conversations.remind)).run(
            sockets=[listener]
        )
    finally:
        backstage.close()


def free_port(first: int) -> socket.socket:
    """A listening socket on loopback at `first` or the next free port.

    Raises:
        UserError: none of the ports tried is free.
    """
    last = min(first + PORTS_TRIED, 65536)
    for port in range(first, last):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise UserError(
        f"No port from {first} to {last - 1} is free on this computer.",
        "Close another program that serves a page, or choose one with --port.",
    )


class Server(uvicorn.Server):
    """uvicorn, saying in plain lines what happens."""

    def __init__(
        self, app: FastAPI, port: int, open_browser: bool, when_ready: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                OwnAccount(app),
                proxy_headers=False,  # nobody may say who the client is but the system
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GOODBYE_S,
            )
        )
        self.page = f"http://{ADDRESS}:{port}"
        self.conversations = app.state.conversations
        self.open_browser = open_browser
        self.when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        print(f"Ready at {self.page}", flush=True)
        print("To stop, press Control and C here.", flush=True)
        self.when_ready()
        if self.open_browser:
            threading.Thread(target=_open, args=(self.page,), daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        threading.Thread(target=self.conversations.close, daemon=True).start()  # lets the pages' event streams end
        super().handle_exit(sig, frame)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
            super().run(sockets)


def _open(page: str) -> None:
    if not webbrowser.open(page):
        print(f"No browser could be opened. Open {page} yourself.", flush=True)
