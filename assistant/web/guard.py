"""The guard of every address that a request or a page names: only public machines, only the usual ports.

A name is looked up once, every address it has is checked, and the connection goes to a checked address, not to the
name: between check and use nothing can be exchanged (DNS rebinding). The certificate is still checked against the name.
Ranges: the IANA special-purpose registries, as Python's `ipaddress.is_global` knows them.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from kernels.errors import UserError

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000  # characters of an address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # holds an IPv4 address in its last four bytes

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int], tuple[str, int]]


@dataclass(frozen=True)
class Place:
    """Where a checked request goes: `scheme`, the `host` by name, the `address` to connect to and its `port`."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver. Raises OSError where it is not known."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def as_is(address: str, port: int) -> tuple[str, int]:
    """Connect to the checked address itself."""
    return address, port


@dataclass(frozen=True)
class Guard:
    """Checks addresses.

    Attributes:
        resolve: name and port -> addresses.
        dial: checked address and port -> what is connected to; the same but in tests, whose servers are on loopback.
    """

    resolve: Resolve = look_up
    dial: Dial = as_is

    def check(self, url: str) -> Place:
        """A place on the public internet.

        Raises:
            UserError: the address is none, carries a password, has another port or scheme, is not known, or leads to
                this machine or a network of its own.
        """
        scheme, host, port, path = _parts(url)
        if port != PORTS[scheme]:
            raise UserError(f"{host} is asked for by an unusual port, which is refused.", "Give its usual address.")
        try:
            addresses = list(self.resolve(host, port))
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise UserError(f"{host} is not known to the network.", "Check the address and the connection.")
        for address in addresses:  # one that is private among public ones is refused too
            if not is_public(address):
                raise UserError(
                    f"{host} is a machine of this computer's own network, which is refused.",
                    "Only public pages can be fetched.",
                )
        return Place(scheme, host, addresses[0], port, path)


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, also where one address is wrapped in another."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if found.ipv4_mapped is not None:
            return True
    return found.is_global and not found.is_multicast


def _parts(url: str) -> tuple[str, str, int, str]:
    bad = UserError("That is no address of a page.", "Give one such as https://example.org/page.")
    if len(url) > LONGEST or any(sign <= " " or sign == "\x7f" for sign in url):
        raise bad
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        raise bad from None
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        raise bad
    path = parts.path or "/"
    return parts.scheme, host, port or PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path
