"""The page's door: only this machine's own page gets in, only to the addresses the page needs.

Hostile pages in the user's browser are the attacker here (DNS rebinding, cross-site requests, framing), and other
conversations on the same machine. Every route passes through, the WebSocket too.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost", "[::1]")
BODY_LIMIT_BYTES = 4 * 2**20  # of what is not an upload; uploads have limits of their own

# All that the page uses; Gradio's other routes (files, uploads, proxy, API description, monitoring) stay shut.
_OPEN = re.compile(
    r"/|/theme\.css|/assets/[\w.\-]+|/assets/[\w.\-]+/[\w.\-]+|/static/(?:js|css|fonts|img)/[\w./\-]+|/favicon\.ico"
    r"|/gradio_api/run/predict|/gradio_api/heartbeat/\w+|/antigone/[\w./\-]+"
)
_CROSS_SITE = ("cross-site", "same-site")

POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(self), display-capture=(self), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware: checks the request, closes what the page does not use, sets the protective headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is not None:
            await refuse(scope, receive, send, *refusal)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("content-security-policy", POLICY.format(scripts=""))
                if not scope["path"].startswith(("/assets/", "/static/")):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, protected)


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """Status and plain reason when a request may not come in."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or re.sub(r":\d+$", "", hosts[0]) not in HOSTS:
        return 400, "This page is served to this computer only."
    origins = headers.getlist("origin")
    if any(origin != f"http://{hosts[0]}" for origin in origins):
        return 403, "This request came from another page."
    # following a link to the page is all that another page may do
    link = (
        scope["path"] == "/"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    if headers.get("sec-fetch-site") in _CROSS_SITE and not link:
        return 403, "This request came from another page."
    if (scope["type"] == "websocket" or "upgrade" in headers) and not origins:
        return 403, "A connection must say which page it comes from."
    if not _OPEN.fullmatch(scope["path"]) or ".." in scope["path"] or "//" in scope["path"]:
        return 404, "There is nothing at this address."
    length = headers.get("content-length", "0")
    uploading = scope["path"] in ("/antigone/files", "/antigone/documents", "/antigone/recording")
    if not uploading and (not length.isdigit() or int(length) > BODY_LIMIT_BYTES):
        return 413, "That is too long."
    if not uploading and "chunked" in headers.get("transfer-encoding", "").lower():
        return 411, "The length is missing."
    return None


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    """Answer a request or a WebSocket with a status and its reason, in the protective headers."""
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    await PlainTextResponse(reason, status, dict(_HEADERS))(scope, receive, send)
