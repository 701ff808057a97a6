"""Serves the page on this machine's loopback address, opens the browser, and ends cleanly on Ctrl-C."""

import contextlib
import errno
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from assistant.cli import take_interrupts
from assistant.running import Claim, Instance
from assistant.settings import Settings
from kernels.errors import UserError
from ui.accounts import OwnAccount
from ui.browser import open_page
from ui.private_files import sweep
from ui.single import Doorbell, enter

ADDRESS = "127.0.0.1"
PORTS_TRIED = 20
GOODBYE_S = 2
SOCKET_BYTES = 2**16  # of one WebSocket message
PING_S = 10.0  # between two questions whether a WebSocket's page is still there, and for the answer
VISIT_S = 20.0  # for a browser to start and to ask for the page

Tell = Callable[[str], None]


def say(line: str) -> None:
    """One whole line to the person."""
    print(line, flush=True)


def serve(options: Settings, open_browser: bool, tell: Tell = say) -> bool:
    """Serve until stopped, or show the page of the program that runs already (then False). Prints plain lines.

    Args:
        options: the settings in force.
        open_browser: show the page in the browser.
        tell: how what the person must know now is said; `say` prints it.

    Raises:
        UserError: no free port, another program that hangs, or a data folder that cannot be written to.
    """
    held = enter(options.home, say)
    if isinstance(held, Instance):
        _show_other(held, open_browser, tell)
        return False
    try:
        _serve(options, held, open_browser, tell)
    finally:
        held.release()
    return True


def _show_other(other: Instance, open_browser: bool, tell: Tell) -> None:
    if open_browser and open_page(other.page):
        say(f"Antigone is running already. Its page is shown: {other.page}")
    elif open_browser:
        tell(f"Antigone is running already, but no browser could be opened. Open {other.page} yourself.")
    else:
        say(f"Antigone is running already at {other.page}")


def _serve(options: Settings, held: Claim, open_browser: bool, tell: Tell) -> None:
    sweep()
    listener = free_port(options.port)
    with listener:
        chosen = listener.getsockname()[1]
        held.record(chosen, ready=False)
        if chosen != options.port:
            say(f"Port {options.port} is taken, so port {chosen} is used.")
        from ui.app import build  # Gradio takes seconds to import; the port is known to be free before that
        from ui.backstage import Backstage

        backstage = Backstage(options)

        def ready() -> None:
            held.record(chosen, ready=True)
            structlog.get_logger().info("ready", port=chosen)
            backstage.start(app.state.conversations.remind)

        try:
            app = build(backstage.open_session, backstage.speak, options, backstage, backstage.open_loop)
            Server(app, chosen, open_browser, ready, held.token, tell).run(sockets=[listener])
        finally:
            backstage.close()


def free_port(first: int) -> socket.socket:
    """A listening socket on loopback at `first` or the next free port.

    Raises:
        UserError: none of the ports tried is free, or this account may not use them.
    """
    last = min(first + PORTS_TRIED, 65536)
    refused = 0
    for port in range(first, last):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen(128)
        except OSError as error:
            refused += error.errno == errno.EACCES
            listener.close()
            continue
        return listener
    if refused == last - first:
        raise UserError(f"The system gives port {first} to no ordinary program.", "Choose one from 1024 up: --port.")
    raise UserError(
        f"No port from {first} to {last - 1} is free on this computer.",
        "Close another program that serves a page, or choose one with --port.",
    )


class Server(uvicorn.Server):
    """uvicorn, saying in plain lines what happens."""

    def __init__(
        self,
        app: FastAPI,
        port: int,
        open_browser: bool,
        when_ready: Callable[[], object] = lambda: None,
        token: str = "",
        tell: Tell = say,
    ) -> None:
        self.doorbell = Doorbell(app, token, self._end)
        super().__init__(
            uvicorn.Config(
                OwnAccount(self.doorbell),
                proxy_headers=False,  # nobody may say who the client is but the system
                log_config=None,  # what it reports goes where all records go
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GOODBYE_S,
                ws_max_size=SOCKET_BYTES,
                ws_ping_interval=PING_S,
                ws_ping_timeout=PING_S,
                ws_per_message_deflate=False,  # sound does not shrink, and what unpacks to gigabytes stays out
            )
        )
        self.page = f"http://{ADDRESS}:{port}"
        self.conversations = app.state.conversations
        self.open_browser = open_browser
        self.when_ready = when_ready
        self.tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        say(f"Ready at {self.page}")
        say("To stop, press Control and C here, or from anywhere: antigone stop")
        self.when_ready()
        if self.open_browser:
            threading.Thread(target=self._show, name="browser", daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._end()
        super().handle_exit(sig, frame)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        take_interrupts()  # from here on there is something to end
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
            super().run(sockets)

    def _end(self) -> None:
        threading.Thread(target=self.conversations.close, daemon=True).start()  # lets the pages' event streams end
        self.should_exit = True

    def _show(self) -> None:
        if not open_page(self.page):
            self.tell(f"No browser could be opened. Open {self.page} yourself.")
        elif not self.doorbell.visited.wait(VISIT_S) and not self.should_exit:
            self.tell(f"The browser has not shown the page yet. Its address is {self.page}")
