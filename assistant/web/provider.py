"""Where web searches and pages come from: one interface, and the provider behind it that the user set up.

The search server is any that answers as SearXNG does (`/search?q=...&format=json`): one of your own on this machine, or
one that you trust. There is none by default. Pages come over the guarded fetcher.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from assistant.web.fetch import Patience, certificates, fetch
from assistant.web.guard import Guard
from assistant.web.page import Page, read
from assistant.web.places import place_of
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings

MOST_BYTES = 2_000_000
MOST_HITS = 8
LONGEST_QUERY = 400
_PATIENCE = Patience(connect_s=5.0, silence_s=15.0, whole_s=25.0)


@dataclass(frozen=True)
class Hit:
    """One result: a page's title, what the search server shows of it, its address."""

    title: str
    snippet: str
    url: str


class Provider(Protocol):
    """Searches the web and fetches pages."""

    def search(self, query: str) -> Sequence[Hit]:
        """Results, best first; empty where there are none. Raises UserError where it cannot be searched."""
        ...

    def page(self, url: str) -> Page:
        """A page's text. Raises UserError where it cannot be fetched or read."""
        ...


@dataclass(frozen=True)
class SearxProvider:
    """Searches at a SearXNG server.

    Attributes:
        address: of the server; "" where none is set, and then pages alone can be fetched.
        guard: for the addresses of pages. The server's own address is the user's word and is not guarded.
        patience: with the search server.
    """

    address: str = ""
    guard: Guard = field(default_factory=Guard)
    patience: Patience = _PATIENCE

    def search(self, query: str) -> Sequence[Hit]:
        """See Provider."""
        if not self.address:
            remedy = "Set search_address to a SearXNG server, for example http://127.0.0.1:8888."
            raise UserError("No search server is set.", remedy)
        host, inside = place_of(self.address, "The setting search_address", "http://127.0.0.1:8888")
        address = self.address.rstrip("/") + "/search"
        found = _json(_asked(address, query[:LONGEST_QUERY], host, inside, self.patience), host)
        rows = found.get("results") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            raise _no_search(host)
        hits = (_hit(row) for row in rows[:100])
        return [hit for hit in hits if hit is not None][:MOST_HITS]

    def page(self, url: str) -> Page:
        """See Provider."""
        return read(fetch(url, self.guard))


def provider_of(settings: "Settings") -> Provider:
    """The provider that the settings name."""
    return SearxProvider(settings.search_address)


def _asked(address: str, query: str, host: str, inside: bool, patience: Patience) -> bytes:
    import httpx

    end = time.monotonic() + patience.whole_s
    timeout = httpx.Timeout(patience.silence_s, connect=patience.connect_s)
    headers = {"User-Agent": "antigone", "Accept": "application/json", "Accept-Encoding": "identity"}
    data = bytearray()
    try:
        with (
            httpx.Client(
                timeout=timeout, follow_redirects=False, trust_env=not inside, verify=certificates()
            ) as client,
            client.stream("GET", address, params={"q": query, "format": "json"}, headers=headers) as response,
        ):
            if response.status_code != 200:
                if response.status_code == 403:  # how SearXNG says that JSON is off
                    remedy = "Turn on the json format in its settings."
                    raise UserError(f"The search server {host} gives no results as JSON.", remedy)
                raise UserError(f"The search server {host} refused the search.", "Try again later.")
            for block in response.iter_raw():
                data += block
                if len(data) > MOST_BYTES:
                    raise UserError(f"The search server {host} sent far too much.", "Try other words.")
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("the whole answer")
    except httpx.TimeoutException:
        raise UserError(f"The search server {host} did not answer in time.", "Try again later.") from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
        remedy = "See that it runs, and the setting search_address."
        raise UserError(f"The search server {host} cannot be reached.", remedy) from None
    return bytes(data)


def _json(data: bytes, host: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise _no_search(host) from None


def _no_search(host: str) -> UserError:
    return UserError(f"{host} does not answer as a search server does.", "See the setting search_address.")


def _hit(row: Any) -> Hit | None:
    if not isinstance(row, dict) or not isinstance(row.get("url"), str):
        return None
    url = row["url"].strip()
    if not url.startswith(("https://", "http://")) or len(url) > 2000:
        return None
    title, snippet = (" ".join(str(row.get(name) or "").split()) for name in ("title", "content"))
    return Hit(title[:200], snippet[:400], url)
