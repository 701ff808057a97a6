"""What makes the page an installed application: its manifest, its icons, and a notice while the program is not running.

The notice is kept in the browser by a service worker that answers for the page's own address alone, and only when
nobody does: nothing that is said, shown or kept is ever in its cache.
"""

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from assistant.languages import LANGUAGES, TAGS, text

ICONS = Path(__file__).resolve().parents[1] / "assets" / "icons"
STATIC = Path(__file__).parent / "static"
GROUND, ACCENT = "#fbfaf7", "#0b4f8a"  # of the light colours: what a splash screen and a title bar show
_KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
_SHORTCUTS = {"ask": "/#message", "photo": "/#pictures-view", "talk": "/#talk"}  # name in the catalogue, where it leads
_AWAY = """<!doctype html>
<html lang="{tag}" data-language="{language}"><head><meta charset="utf-8"><title>Antigone: {away}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="/antigone/static/early.js"></script><link rel="stylesheet" href="/antigone/static/colours.css">
<link rel="stylesheet" href="/antigone/static/away.css"><script type="module" src="/antigone/static/away.js"></script>
</head><body><main><h1 tabindex="-1">{away}</h1><p>{how}</p></main></body></html>
"""


def routes() -> APIRouter:
    """Manifest, icons, service worker and the notice: the same for everybody."""
    router = APIRouter(prefix="/antigone")

    @router.get("/manifest-{language}.webmanifest")
    def its_manifest(language: str) -> Response:
        return JSONResponse(manifest(_known(language)), media_type="application/manifest+json")

    @router.get("/icons/{name}")
    def icon(name: str) -> Response:
        path = ICONS / name
        if not re.fullmatch(r"[a-z0-9-]+\.(png|svg)", name) or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type=_KINDS[path.suffix], headers={"cache-control": "max-age=3600"})

    @router.get("/away.js")
    def worker() -> Response:
        # from this address it may answer for the whole page, which a script under /static may not
        return FileResponse(
            STATIC / "away-worker.js",
            media_type="text/javascript; charset=utf-8",
            headers={"service-worker-allowed": "/", "cache-control": "no-cache"},
        )

    @router.get("/away-{language}")
    def away(language: str) -> Response:
        said = {name: text(f"app.{name}", _known(language)) for name in ("away", "away_how")}
        return HTMLResponse(
            _AWAY.format(tag=TAGS[language], language=language, away=said["away"], how=said["away_how"])
        )

    return router


def manifest(language: str) -> dict[str, Any]:
    """The web app manifest (W3C Application Manifest) in a language."""
    kinds = (("antigone", "any"), ("antigone-maskable", "maskable"))
    icons = [
        {
            "src": f"/antigone/icons/{name}-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, purpose in kinds
        for size in (192, 512)
    ]
    drawing = {"src": "/antigone/icons/antigone.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    return {
        "id": "/",
        "name": "Antigone",
        "short_name": "Antigone",
        "description": text("app.description", language),
        "lang": TAGS[language],
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": ACCENT,
        "categories": ["accessibility", "utilities"],
        "icons": [*icons, drawing],
        "shortcuts": [
            {"name": text(f"app.{name}", language), "url": address, "icons": icons[:1]}
            for name, address in _SHORTCUTS.items()
        ],
    }


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise HTTPException(404)
    return language
