"""Requests to the hub: encrypted, patient, and never led to a machine of this network.

Over httpx rather than huggingface_hub's own client. That client compares sizes but not hashes, keeps a cache of links,
draws progress bars that a screen reader cannot follow, follows a redirect to any host, and takes another path
(xet) when a package happens to be there. What is needed of the protocol is one answer in JSON and one file by range.
The hub's default address is the one in huggingface_hub's constants.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assistant.hub.addresses import (
    Unknown,
    check_scheme,
    has_proxy,
    host_of,
    is_this_machine,
    led_to,
    no_address,
    origin,
    refuse_private,
)  # fmt: skip
from kernels.errors import UserError

if TYPE_CHECKING:
    import ssl

    import httpx

_REDIRECTS = 5
_MOST_JSON = 16 << 20  # bytes; a repository of 10,000 files has an answer of some 3 MB
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Patience:
    """How long to wait for an answer, and how often to try again.

    Attributes:
        connect_s, read_s: seconds until a connection, and between two pieces of an answer.
        tries: attempts in a row that bring next to nothing before giving up.
        wait_s: pause before the second attempt, doubled each time up to `most_wait_s`.
        slowest: bytes a second; a transfer that stays below for `read_s` counts as stalled.
    """

    connect_s: float = 15.0
    read_s: float = 30.0
    tries: int = 5
    wait_s: float = 1.0
    most_wait_s: float = 30.0
    slowest: float = 512.0

    @property
    def worthwhile(self) -> float:
        """Bytes that an attempt must bring to count as one that got on."""
        return self.slowest * self.read_s

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return float(min(self.most_wait_s, self.wait_s * 2 ** max(0, failures - 1)))


class Unanswered(Exception):
    """Something that may pass: no connection, a connection that broke, a server that is busy. `after_s` is its wish."""

    def __init__(self, what: str, after_s: float = 0.0) -> None:
        super().__init__(what)
        self.after_s = after_s


class Refused(Exception):
    """The server said no. `status` is HTTP's, `code` the hub's X-Error-Code ("GatedRepo", "RepoNotFound" ...)."""

    def __init__(self, status: int, code: str, place: str) -> None:
        super().__init__(f"{status} {code}".strip())
        self.status, self.code, self.place = status, code, place


class Net:
    """A client for one endpoint. Close it, or use it in a `with` statement."""

    def __init__(self, endpoint: str, token: str | None = None, patience: Patience | None = None) -> None:
        """
        Args:
            endpoint: the hub's address; https, or http on this machine.
            token: sent to the endpoint itself and to no other host.

        Raises:
            UserError: the address is not one that may be used.
        """
        import httpx

        self.endpoint = endpoint.rstrip("/")
        self._home = origin(self.endpoint)
        check_scheme(self.endpoint)
        self._token, self.patience = token, patience or Patience()
        timeout = httpx.Timeout(self.patience.read_s, connect=self.patience.connect_s)
        # nothing goes to this machine through somebody's proxy
        proxies = not is_this_machine(self._home[1])
        self._client = httpx.Client(timeout=timeout, trust_env=proxies, verify=_certificates())

    def __enter__(self) -> "Net":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get_json(self, path: str) -> Any:
        """What the endpoint answers, as Python's types.

        Raises:
            Refused: the server said no.
            UserError: the hub cannot be reached, or its answer is not JSON or too large.
        """
        failures = 0
        while True:
            try:
                with self.get(path) as response:
                    return _parse(response, self.patience.read_s)
            except Unanswered as error:
                failures += 1
                if failures >= self.patience.tries:
                    raise UserError(
                        f"The hub {host_of(self.endpoint)} did not answer ({error}), so nothing was changed.",
                        "Connect this computer to the internet, or try again later.",
                    ) from None
                time.sleep(max(error.after_s, self.patience.pause(failures)))

    @contextmanager
    def get(self, path: str, headers: Mapping[str, str] | None = None) -> "Iterator[httpx.Response]":
        """The answer to a GET of a path of the endpoint, redirects followed, its body still to be read.

        Raises:
            Unanswered: it may work later; also for what breaks while the caller reads.
            Refused: the server said no.
            UserError: a redirect that is not followed.
        """
        import httpx

        url, found = self.endpoint + path, None
        try:
            for _ in range(_REDIRECTS + 1):
                response = self._ask(url, headers or {})
                if response.status_code not in (301, 302, 303, 307, 308):
                    found = response
                    break
                response.close()
                url = led_to(url, response.headers.get("location", ""))
            if found is None:
                raise UserError(
                    f"The hub {host_of(self.endpoint)} sent the request from place to place without end.",
                    "Try again later; nothing was changed.",
                )
            self._check_status(found)
            yield found
        except (httpx.TransportError, httpx.StreamError) as error:
            raise Unanswered(_why(error)) from None
        except Unknown as error:
            raise Unanswered(str(error)) from None
        except httpx.InvalidURL:
            raise no_address(url) from None
        finally:
            if found is not None:
                found.close()

    def _ask(self, url: str, headers: Mapping[str, str]) -> "httpx.Response":
        check_scheme(url)
        place = origin(url)
        home = place == self._home
        if not home:
            refuse_private(*place[1:])
        sent = {"User-Agent": "antigone", "Accept-Encoding": "identity", **headers}
        if home and self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        response = self._client.send(self._client.build_request("GET", url, headers=sent), stream=True)
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None and not has_proxy(url) else None
        if peer and not home:  # a name may lead elsewhere by the time it is used
            try:
                refuse_private(str(peer[0]), place[2])
            except UserError:
                response.close()
                raise
        return response

    @staticmethod
    def _check_status(response: "httpx.Response") -> None:
        status = response.status_code
        if status in _AGAIN:
            wish = response.headers.get("retry-after", "")
            raise Unanswered(f"status {status}", min(float(wish), 120.0) if wish.isdecimal() else 0.0)
        if status >= 300 and status != 416:
            code = "".join(c for c in response.headers.get("x-error-code", "") if c.isalnum())[:40]
            if response.headers.get("x-error-message") == "Access to this resource is disabled.":
                code = "DisabledRepo"
            raise Refused(status, code, host_of(str(response.url)))


def endpoint_in_use() -> str:
    """The hub's address: the setting hub_address, else HF_ENDPOINT, else Hugging Face's own."""
    from huggingface_hub import constants

    from assistant import settings

    return settings.load().hub_address or os.environ.get("HF_ENDPOINT", "") or constants.ENDPOINT


@lru_cache(maxsize=1)
def _certificates() -> "ssl.SSLContext":
    """Whom to believe; reading the list takes longer than asking a hub."""
    import httpx

    return httpx.create_ssl_context()


def _parse(response: "httpx.Response", limit_s: float) -> Any:
    data, started = bytearray(), time.monotonic()
    for block in response.iter_raw():
        data += block
        if len(data) > _MOST_JSON:
            raise UserError("The hub's answer is far too large to be what was asked for.", "Try again later.")
        if time.monotonic() - started > limit_s:
            raise Unanswered("the answer came too slowly")
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UserError(
            f"{host_of(str(response.url))} did not answer as a hub does: no JSON came, but "
            f"{response.headers.get('content-type', 'something else')[:60]!r}.",
            "Where this network asks for a sign-in first, open a browser and sign in; then try again.",
        ) from None


def _why(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return "it fell silent"
    return "the connection broke off"
