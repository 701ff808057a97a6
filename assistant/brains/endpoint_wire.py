"""The wire to a model server: one request, its answer in pieces, and plain sentences for all that can go wrong."""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.hub.addresses import is_this_machine
from assistant.web.fetch import certificates
from kernels.errors import UserError

if TYPE_CHECKING:
    import httpx

KEY_VARIABLE = "ANTIGONE_ENDPOINT_KEY"
SERVICE = "antigone-endpoint"  # in the keyring; the user's name there is the host, so that no host gets another's key
MOST_BYTES = 4 << 20  # of one answer on the wire, frames included
MOST_LINE = 1 << 20
_KEY = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect, between two pieces, and for a whole answer."""

    connect_s: float = 5.0
    silence_s: float = 60.0  # a large model on a processor reads a long prompt for that long
    whole_s: float = 180.0


class Wire:
    """Requests to one server.

    Args:
        address: of the API, without a slash at its end.
        host: for messages.
        key: bearer token or None.
        limits: of its patience.
    """

    def __init__(self, address: str, host: str, key: str | None, limits: Limits) -> None:
        self._address, self._host, self._key = address, host, key
        self._limits = limits
        self._client: httpx.Client | None = None

    def models(self) -> list[str]:
        """The names of the server's models; empty where it lists none.

        Raises:
            UserError: it cannot be reached, or wants a key.
        """
        with self._sent("GET", "/models") as response:
            if response.status_code in (404, 405, 501):
                return []
            self._check(response, None)
            found = self._json(self._read(response))
        rows = found.get("data") if isinstance(found, dict) else None
        return [str(row["id"]) for row in rows or [] if isinstance(row, dict) and row.get("id")][:1000]

    @contextmanager
    def stream(self, body: Mapping[str, Any], refused: type[Exception] | None = None) -> Iterator[Iterator[str]]:
        """The pieces of an answer as they come; leaving the context closes the connection.

        Args:
            body: of the request.
            refused: raised in place of a UserError where the server does not take this form of a request.

        Raises:
            UserError: from here or while reading: no connection, silence, a refusal, or something that is no answer.
        """
        with self._sent("POST", "/chat/completions", body) as response:
            self._check(response, refused)
            kind = response.headers.get("content-type", "")
            if kind.startswith("text/event-stream"):
                yield self._pieces(response)
            else:  # a server that knows no streaming answers in one piece
                yield iter([_content(self._json(self._read(response)), "message")])

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> "Iterator[httpx.Response]":
        import httpx

        headers = {"User-Agent": "antigone", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            with self._opened().stream(method, self._address + path, json=body, headers=headers) as response:
                yield response
        except httpx.ConnectError:
            raise self._failed(
                "cannot be reached", "See that it is running, and the setting endpoint_address"
            ) from None
        except httpx.TimeoutException:
            raise self._failed("did not answer in time", "Try again, or use a smaller model there") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._failed(f"broke off ({type(error).__name__})", "Try again") from None

    def _opened(self) -> "httpx.Client":
        import httpx

        if self._client is None:
            proxies = not is_this_machine(self._host)  # nothing for this machine goes through somebody's proxy
            timeout = httpx.Timeout(self._limits.silence_s, connect=self._limits.connect_s)
            self._client = httpx.Client(
                timeout=timeout, follow_redirects=False, trust_env=proxies, verify=certificates()
            )
        return self._client

    def _check(self, response: "httpx.Response", refused: type[Exception] | None) -> None:
        status = response.status_code
        if status < 300:
            return
        if status < 400:
            raise self._failed("sent the request on to another address, which is not followed", "Set that one instead")
        if status in (401, 403):
            raise self._failed("wants another key", f"Keep it with: antigone endpoint login; or set {KEY_VARIABLE}")
        if status in (400, 413, 415, 422, 500, 501) and refused is not None:
            raise refused(f"status {status}")
        if status == 404:
            raise self._failed("has no chat completions there", "End endpoint_address in /v1, and see endpoint_model")
        what = "is busy" if status in (429, 503) else "failed inside"
        raise self._failed(f"{what} (status {status})", "Try again later, or look at its log")

    def _pieces(self, response: "httpx.Response") -> Iterator[str]:
        """The text of server-sent events. Specification: HTML Living Standard, 9.2; only `data` lines are used."""
        seen = 0
        for line in self._lines(response):
            if not line.startswith("data:"):
                continue
            data = line[5:].strip()
            if data == "[DONE]":
                return
            found = self._json(data)
            seen += 1
            if isinstance(found, dict) and found.get("error"):
                raise self._failed("failed in the middle of its answer", "Try again, or look at its log")
            piece = _content(found, "delta")
            if piece:
                yield piece
        if not seen:
            raise self._no_answer()

    def _lines(self, response: "httpx.Response") -> Iterator[str]:
        kept = b""
        for block in self._blocks(response):
            kept += block
            *lines, kept = kept.split(b"\n")
            if len(kept) > MOST_LINE:
                raise self._failed("sent far too much", "Choose another model or server")
            for line in lines:
                yield line.decode("utf-8", "replace").rstrip("\r")
        if kept:
            yield kept.decode("utf-8", "replace")

    def _read(self, response: "httpx.Response") -> str:
        return b"".join(self._blocks(response)).decode("utf-8", "replace")

    def _blocks(self, response: "httpx.Response") -> Iterator[bytes]:
        total, end = 0, time.monotonic() + self._limits.whole_s
        for block in response.iter_raw():
            total += len(block)
            if total > MOST_BYTES:
                raise self._failed("sent far too much", "Choose another model or server")
            if time.monotonic() > end:
                raise self._failed("did not come to an end in time", "Ask for less, or use a smaller model there")
            yield block

    def _json(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise self._no_answer() from None

    def _no_answer(self) -> UserError:
        return self._failed("did not answer as a model server does", "See the setting endpoint_address; it ends in /v1")

    def _failed(self, what: str, remedy: str) -> UserError:
        return UserError(f"The model server at {self._host} {what}.", f"{remedy}.")


def key_for(host: str) -> str | None:
    """The key for a host: from the keyring, else from the environment; None where there is none."""
    try:
        import keyring

        found = keyring.get_password(SERVICE, host)
    except Exception:  # no such package, no backend, a locked ring
        found = None
    key = (found or os.environ.get(KEY_VARIABLE, "")).strip()
    return key if _KEY.fullmatch(key) else None


def keep_key(host: str, key: str) -> None:
    """Put a host's key into the keyring; "" takes it out.

    Raises:
        UserError: it is no key, or no keyring works here.
    """
    if key and not _KEY.fullmatch(key):
        raise UserError("That is no key: a key is one word of letters, digits and signs.", "Copy it whole.")
    try:
        import keyring

        if key:
            keyring.set_password(SERVICE, host, key)
        elif keyring.get_password(SERVICE, host) is not None:
            keyring.delete_password(SERVICE, host)
    except Exception as error:  # backends raise what they like
        raise UserError(
            f"This system has no keyring that works ({type(error).__name__}).",
            f"Set the environment variable {KEY_VARIABLE} instead.",
        ) from None


def _content(found: Any, part: str) -> str:
    """The text of the first choice; "" where there is none."""
    choices = found.get("choices") if isinstance(found, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get(part) if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
