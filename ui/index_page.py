"""The page as the browser gets it first: Gradio's document with our language, title, colours and scripts put into it.

Our part of the head is written by the server, not by Gradio's scripts, so that the right colours and the right language
are there before anything is drawn.
"""

import base64
import hashlib
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.languages import TAGS, text
from ui.guard import POLICY
from ui.sessions import COOKIE

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_LANG = re.compile(r'(<html\s+)lang="en"')
_UNWANTED = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*?/>|<link rel="manifest"[^>]*/>', re.DOTALL)
_FIRST = (
    "<head><title>Antigone</title>"
    '<meta name="description" content="{description}">'
    '<meta name="theme-color" content="#fbfaf7">'
    '<link rel="icon" href="/antigone/icons/antigone.svg" type="image/svg+xml">'
    '<link rel="manifest" href="/antigone/manifest-{language}.webmanifest">'
    '<script src="/antigone/static/early.js"></script>'
)
STYLES = ("colours.css", "style.css", "controls.css", "views.css", "media.css")
_LAST = "".join(f'<link rel="stylesheet" href="/antigone/static/{name}">' for name in STYLES) + (
    '<script type="module" src="/antigone/static/page.js"></script></head>'
)


class IndexPage:
    """Finishes Gradio's first page: language, title, our head, no foreign addresses, a policy without inline scripts
    but Gradio's own (named by their hashes), and the cookie of a conversation.

    Args:
        app: what answers the request.
        cookie_for: from the cookie that came, the new one to set, or None when the old one is good.
        language_for: which language a browser is answered in.
    """

    def __init__(
        self, app: ASGIApp, cookie_for: Callable[[str | None], str | None], language_for: Callable[[Request], str]
    ) -> None:
        self.app = app
        self.cookie_for = cookie_for
        self.language_for = language_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        cookie = self.cookie_for(request.cookies.get(COOKIE))
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        status, body = 500, bytearray()

        async def gather(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                body.extend(message.get("body", b""))

        await self.app({**scope, "headers": plain}, receive, gather)
        page = finish_page(body.decode(), self.language_for(request))
        headers = {"content-security-policy": policy(page), "content-type": "text/html; charset=utf-8"}
        response = Response(page, status, headers)
        if cookie is not None:
            response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", path="/")
        await response(scope, receive, send)


def finish_page(page: str, language: str) -> str:
    """Gradio's page in a language, with our head and without tags that point to other machines."""
    first = _FIRST.format(language=language, description=text("app.description", language))
    page = _LANG.sub(rf'\1lang="{TAGS[language]}" data-language="{language}"', page, count=1)
    page = _UNWANTED.sub("", page).replace("<head>", first, 1)
    return page.replace("</head>", _LAST, 1)


def policy(page: str) -> str:
    """The content policy that allows exactly the inline scripts of this page."""
    hashes = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _INLINE_SCRIPT.findall(page)
    )
    return POLICY.format(scripts=" ".join(f"'sha256-{digest}'" for digest in hashes))
