"""A hub on loopback: speaks the protocol of the real one for repositories made in memory, and misbehaves on request."""

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 10_000  # from this size a file is an LFS object: listed with its SHA-256, sent by the CDN


@lru_cache(maxsize=64)
def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=64)
def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Repository:
    """Files at one commit. `listing` may be changed to lie; `gated` needs the token."""

    files: dict[str, bytes]
    commit: str = COMMIT
    licence: str | None = "mit"
    gated: str | bool = False
    token: str = ""
    extra: list[dict[str, Any]] = field(default_factory=list)

    def listing(self, name: str = "") -> dict[str, Any]:
        siblings = []
        for path, data in self.files.items():
            entry: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": git_sha1(data)}
            if len(data) >= LARGE:
                entry["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 135}
            siblings.append(entry)
        card = {"license": self.licence} if self.licence else None
        return {
            "id": name,
            "modelId": name,
            "tags": [],
            "private": False,
            "sha": self.commit,
            "gated": self.gated,
            "siblings": siblings + self.extra,
            "cardData": card,
        }


Handler = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One GET. `hub.faults` holds, by path pattern, what to do in place of the right thing, each used once."""

    protocol_version = "HTTP/1.1"
    hub: "Hub"

    def do_GET(self) -> None:
        self.hub.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        for pattern, faults in self.hub.faults.items():
            if faults and re.search(pattern, self.path):
                fault = faults[0]
                if not getattr(fault, "always", False):
                    faults.pop(0)
                fault(self)
                return
        self.serve()

    def do_HEAD(self) -> None:
        self.do_GET()

    def serve(self) -> None:
        path = unquote(self.path.partition("?")[0])
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/(.+)", path):
            self._api(*found.groups())
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(*found.groups())
        elif found := re.fullmatch(r"/cdn/([0-9a-f]{64})", path):
            self.content(self.hub.objects()[found[1]], etag=f'"{found[1]}"')
        else:
            self.error(404, "RepoNotFound")

    def _api(self, name: str, revision: str) -> None:
        repository = self.hub.repositories.get(name)
        if repository is None:
            return self.error(401, "RepoNotFound")
        if revision not in ("main", repository.commit, "refs/pr/1"):
            return self.error(404, "RevisionNotFound")
        self.send(200, json.dumps(repository.listing(name)).encode(), {"Content-Type": "application/json"})

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repository = self.hub.repositories[name]
        if repository.gated and self.headers.get("Authorization") != f"Bearer {repository.token}":
            return self.error(403 if "Authorization" in self.headers else 401, "GatedRepo")
        data = repository.files.get(path)
        if data is None or revision not in ("main", repository.commit):
            return self.error(404, "EntryNotFound")
        headers = {"X-Repo-Commit": repository.commit}
        if len(data) >= LARGE:
            place = f"{self.hub.cdn or self.hub.address}/cdn/{sha256(data)}?signature=1"
            headers |= {"X-Linked-Etag": f'"{sha256(data)}"', "X-Linked-Size": str(len(data)), "Location": place}
            return self.send(302, b"", headers)
        return self.content(data, etag=f'"{git_sha1(data)}"', headers=headers)

    def content(self, data: bytes, *, etag: str, headers: dict[str, str] | None = None, ranges: bool = True) -> None:
        """Send a file, from where Range says when If-Range agrees."""
        headers = {"ETag": etag, "Accept-Ranges": "bytes", **(headers or {})}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not (ranges and wanted and self.headers.get("If-Range", etag) == etag):
            return self.send(200, data, headers)
        start = int(wanted[1])
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self.send(206, data[start:], headers)

    def error(self, status: int, code: str) -> None:
        self.send(status, b'{"error": "no"}', {"X-Error-Code": code, "Content-Type": "application/json"})

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.write(body)

    def write(self, body: bytes) -> None:
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def cut(self) -> None:
        """Break the connection off."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Hub(ThreadingHTTPServer):
    """The server: `repositories`, `faults` by path pattern, and `seen`, every request's path and headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), type("BoundRequest", (Request,), {"hub": self}))
        self.repositories: dict[str, Repository] = {}
        self.faults: dict[str, list[Handler]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.cdn = ""
        self.ended = threading.Event()

    def objects(self) -> dict[str, bytes]:
        return {sha256(data): data for repository in self.repositories.values() for data in repository.files.values()}

    def asked(self, pattern: str) -> list[dict[str, str]]:
        """Headers of every request whose path fits."""
        return [headers for path, headers in self.seen if re.search(pattern, path)]

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that left


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        hub.shutdown()
        hub.server_close()
        thread.join()


# -- faults: what a hub, a CDN or the way there can do wrong ----------------------------------------------------------


def always(fault: Handler) -> Handler:
    """Not only once."""
    fault.always = True  # type: ignore[attr-defined]
    return fault


def status(code: int, name: str = "", headers: dict[str, str] | None = None) -> Handler:
    return lambda request: request.send(code, b"no", {**({"X-Error-Code": name} if name else {}), **(headers or {})})


def cut_after(count: int) -> Handler:
    """Promise all, send so many bytes of what is wanted, break off."""

    def fault(request: Request) -> None:
        data = next(data for key, data in request.hub.objects().items() if key in request.path)
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        headers = {"ETag": f'"{sha256(data)}"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        request.send(206 if start else 200, data[start : start + count], headers, length=len(data) - start)
        request.cut()

    return fault


def silent(request: Request) -> None:
    """Accept the request and never answer."""
    request.hub.ended.wait(20)
    request.close_connection = True


def drip(request: Request) -> None:
    """A byte now and then: never silent, never done."""
    data = next(data for key, data in request.hub.objects().items() if key in request.path)
    found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    start = int(found[1]) if found else 0
    headers = {"ETag": '"x"', "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
    request.send(206 if start else 200, b"", headers, length=len(data) - start)
    for n in range(start, len(data)):
        if request.hub.ended.wait(0.05) or request.close_connection:
            return
        request.write(data[n : n + 1])


def body(data: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> Handler:
    return lambda request: request.send(200, data, headers, length)


def redirect(place: str) -> Handler:
    return lambda request: request.send(302, b"", {"Location": place})


def endless(request: Request) -> None:
    """JSON without end."""
    request.send(200, b'{"siblings": "', {"Content-Type": "application/json"}, length=1 << 32)
    while not request.close_connection and not request.hub.ended.is_set():
        request.write(b"x" * (1 << 20))


def wait_until(true: Callable[[], bool], most_s: float = 10.0) -> None:
    ends = time.monotonic() + most_s
    while not true():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)
