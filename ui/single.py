"""One program a data folder: a second start finds the first, shows its page and ends.

The first holds the folder's lock (assistant/running.py) and answers at /antigone/instance to whoever knows the token
of its record, which only this account can read.
"""

import hmac
import http.client
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import running
from assistant.running import Claim, Instance
from kernels.errors import UserError
from ui.guard import refuse

PATH, HEADER = "/antigone/instance", "x-antigone-token"
ANSWER_S = 2.0  # a program that takes longer hangs
STARTING_S = 90.0  # on a slow disk the first start of the day takes this long at most
SIGN_OF_LIFE_S = 5.0
GOODBYE_S = 8.0  # for turns and engines to end
_LOOK_EVERY_S = 0.1
_BODY_BYTES = 1000


class Doorbell:
    """ASGI middleware of the first program: tells other starts of this account that it is alive, and lets them end it.

    `visited` is set when a browser has asked for the page.
    """

    def __init__(self, app: ASGIApp, token: str, stop: Callable[[], None]) -> None:
        self.app = app
        self.visited = threading.Event()
        self._token = token.encode()
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/":
            self.visited.set()
        if scope["type"] not in ("http", "websocket") or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER.encode(), b"")
        if scope["type"] != "http" or not hmac.compare_digest(given, self._token):
            await refuse(scope, receive, send, 404, "There is nothing at this address.")
            return
        await JSONResponse({"pid": os.getpid()})(scope, receive, send)
        if scope["method"] == "DELETE":
            self._stop()


def enter(home: Path, say: Callable[[str], object] = print, starting_s: float = STARTING_S) -> Claim | Instance:
    """The right to run on this data folder, or else the program that has it and answers.

    Args:
        home: the data folder.
        say: a line to the person while another start is waited for.
        starting_s: seconds that other start is given.

    Raises:
        UserError: the other one does not answer, or the folder cannot be written to.
    """
    began = said = time.monotonic()
    while True:
        held = running.claim(home)
        if held is not None:
            return held
        other = running.instance(home)
        if other is not None and other.ready:
            if answers(other):
                return other
            if running.instance(home) == other:  # else it ended meanwhile, or another took its place
                raise UserError(
                    f"Antigone runs already (process {other.pid}) but does not answer.",
                    "End it with: antigone stop. Then start again.",
                )
        now = time.monotonic()
        if now - began > starting_s:
            raise UserError("Another start of Antigone does not get ready.", "End it with: antigone stop.")
        if now - said >= SIGN_OF_LIFE_S:
            say("Another start of Antigone is under way. Waiting for it.")
            said = now
        time.sleep(_LOOK_EVERY_S)


def answers(other: Instance, method: str = "GET") -> bool:
    """Whether the program of that record answers within two seconds; with DELETE it is asked to end as well."""
    connection = http.client.HTTPConnection("127.0.0.1", other.port, timeout=ANSWER_S)
    try:
        connection.request(method, PATH, headers={HEADER: other.token})
        reply = connection.getresponse()
        return reply.status == 200 and json.loads(reply.read(_BODY_BYTES)).get("pid") == other.pid
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(home: Path, goodbye_s: float = GOODBYE_S) -> str:
    """End the program that runs on this data folder, by force where it does not answer; says what was done.

    Raises:
        UserError: it cannot be ended, or the folder cannot be written to.
    """
    if _free(home):
        return "Antigone is not running."
    other = running.instance(home)
    if other is not None and other.ready and answers(other, "DELETE") and _ends(home, goodbye_s):
        return "Antigone has stopped. Nothing was lost."
    if other is None:  # between its lock and its record
        time.sleep(_LOOK_EVERY_S)
        other = running.instance(home)
    for end in ("terminate", "kill"):
        try:
            if other is not None:
                getattr(psutil.Process(other.pid), end)()
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied:
            break
        if _ends(home, goodbye_s):
            return "Antigone did not answer, so it was ended. What was kept before is as it was."
    who = f" (process {other.pid})" if other is not None else ""
    raise UserError(f"Antigone{who} could not be ended.", "Log out and in again, or restart the computer.")


def _ends(home: Path, within_s: float) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if _free(home):
            return True
        time.sleep(_LOOK_EVERY_S)
    return False


def _free(home: Path) -> bool:
    """Whether nobody runs on this folder."""
    if not os.path.exists(home / running.LOCK):
        return True
    held = running.claim(home)
    if held is None:
        return False
    held.release()
    return True
