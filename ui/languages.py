"""Which language the page is in, and the route that hands its sentences to the page's scripts.

The choice made on the page (a cookie) comes first, then the setting `language` where the user set it, then what the
browser asks for, then the system's.
"""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from assistant import languages
from assistant.settings import Settings

COOKIE = "antigone-language"  # written by ui/static/looks.js


def chooser(options: Settings) -> Callable[[Request], str]:
    """What says in which language a browser is answered."""
    fixed = options.language if "language" in options.model_fields_set else None

    def language_for(request: Request) -> str:
        chosen = request.cookies.get(COOKIE)
        if chosen in languages.LANGUAGES:
            return chosen
        return fixed or languages.accepted(request.headers.get("accept-language", "")) or options.language

    return language_for


def words() -> APIRouter:
    """The catalogues: the same for everybody."""
    router = APIRouter(prefix="/antigone")

    @router.get("/words/{language}.json")
    def catalogue(language: str) -> Response:
        if language not in languages.LANGUAGES:
            raise HTTPException(404)
        return JSONResponse(dict(languages.catalogue(language)))

    return router
