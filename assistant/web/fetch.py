"""One page from the public web: guarded at every step, limited in size and time, never more than text.

Nothing of this machine is sent but the address: no cookies, no referrer, no scripts run. Through no proxy, because a
proxy would look names up where the guard cannot see it.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from assistant.web.guard import Guard, Place
from kernels.errors import UserError

if TYPE_CHECKING:
    import ssl

    import httpx

MOST_BYTES = 3_000_000
REDIRECTS = 5
_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True)
class Patience:
    """Seconds to connect, between two pieces, and for everything."""

    connect_s: float = 8.0
    silence_s: float = 10.0
    whole_s: float = 25.0


@dataclass(frozen=True)
class Fetched:
    """What came: its last address, its type without parameters, its bytes and the character set it names or ""."""

    url: str
    kind: str
    data: bytes
    charset: str


def fetch(url: str, guard: Guard, patience: Patience | None = None) -> Fetched:
    """A page's bytes; redirects are followed, each one guarded anew.

    Raises:
        UserError: the guard refuses, the server does not answer in time, or it sends what is no page of text.
    """
    patience = patience or Patience()
    end = time.monotonic() + patience.whole_s
    seen_https = False
    for _ in range(REDIRECTS + 1):
        place = guard.check(url)
        if seen_https and place.scheme == "http":
            raise UserError(f"{place.host} leads to an address that is not encrypted.", "It was not followed.")
        seen_https = place.scheme == "https"
        found = _once(url, place, guard, patience, end)
        if isinstance(found, Fetched):
            return found
        url = found
    raise UserError(f"{place.host} sends the request from place to place without end.", "Try another page.")


def _once(url: str, place: Place, guard: Guard, patience: Patience, end: float) -> "Fetched | str":
    """The page, or where it has gone."""
    import httpx

    timeout = httpx.Timeout(patience.silence_s, connect=patience.connect_s)
    try:
        with httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False, verify=certificates()) as client:
            response = client.send(_request(client, place, guard), stream=True)
            try:
                if response.status_code in (301, 302, 303, 307, 308):
                    return _led(url, response.headers.get("location", ""))
                return _page(url, place, response, end)
            finally:
                response.close()
    except httpx.ConnectError:
        raise UserError(f"{place.host} cannot be reached.", "Check the address and the connection.") from None
    except httpx.TimeoutException:
        raise _slow(place) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, ValueError):
        raise UserError(f"{place.host} broke off, or does not answer as a web server does.", "Try again.") from None


def _request(client: "httpx.Client", place: Place, guard: Guard) -> "httpx.Request":
    """To the checked address, in the name of the host: the certificate is checked against the name."""
    address, port = guard.dial(place.address, place.port)
    shown = f"[{address}]" if ":" in address else address
    headers = {
        "Host": place.host,
        "User-Agent": "antigone",
        "Accept": ", ".join(_TYPES),
        "Accept-Encoding": "identity",  # or a small answer could become a large one
    }
    target = f"{place.scheme}://{shown}:{port}{place.path}"
    return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": place.host})


def _led(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise UserError("The page has moved to what is no address.", "Try another page.") from None


def _page(url: str, place: Place, response: "httpx.Response", end: float) -> Fetched:
    status = response.status_code
    if status >= 400:
        what = {404: "has no such page", 403: "does not let programs read that page", 401: "wants a sign-in"}
        raise UserError(f"{place.host} {what.get(status, f'refused (status {status})')}.", "Try another page.")
    kind, _, parameters = response.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind not in _TYPES:
        shown = kind if kind.isascii() and len(kind) < 60 and kind else "something else"
        raise UserError(f"That is no page of text but {shown}.", "I read pages and plain text alone.")
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise UserError(f"{place.host} sends packed pages, which are refused.", "Try another page.")
    data = bytearray()
    for block in response.iter_raw():
        data += block
        if len(data) > MOST_BYTES:
            raise UserError(f"The page is larger than {MOST_BYTES // 1_000_000} megabytes.", "Try another page.")
        if time.monotonic() > end:
            raise _slow(place)
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'")[:40]
    return Fetched(url, kind, bytes(data), charset)


def _slow(place: Place) -> UserError:
    return UserError(f"{place.host} is too slow.", "Try again later.")


@lru_cache(maxsize=1)
def certificates() -> "ssl.SSLContext":
    """Whom to believe; reading the list takes longer than asking most servers."""
    import httpx

    return httpx.create_ssl_context()


def host_of(url: str) -> str:
    """The host of an address, for saying where something is from."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
