"""Where a request may go: https, or this machine when the hub was set up there; never elsewhere in this network."""

import ipaddress
import socket
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from kernels.errors import UserError


class Unknown(Exception):
    """A name that the network does not know just now."""


def host_of(url: str) -> str:
    """The host of an address, for messages."""
    return urlsplit(url).hostname or "?"


def refuse_private(host: str, port: int) -> None:
    """See that a host to which the hub redirects is on the public internet.

    Raises:
        UserError: it is this machine or one of its network.
        Unknown: its name is not known just now.
    """
    try:
        places = [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError:
        if has_proxy(f"https://{host}"):
            return  # the proxy looks the name up
        raise Unknown(f"{host} is not known to the network") from None
    for place in places:
        address = ipaddress.ip_address(place.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        if not (mapped or address).is_global:
            raise UserError(
                f"The hub sent the download to {host}, a machine of this computer's own network, which is refused.",
                "Nothing was fetched from there. Tell those who run the hub, or try again later.",
            )


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; empty where it is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def led_to(url: str, location: str) -> str:
    """Where a redirect leads. Raises UserError where that is no address."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise no_address(location) from None


def no_address(url: str) -> UserError:
    """The refusal of something that is no address, or one that carries a password."""
    shown = repr(url[:200]) if "@" not in url else "An address with a name and a password"
    return UserError(f"{shown} is no address of a hub.", "Give one such as https://hub.example.org.")


def check_scheme(url: str) -> None:
    """See that an address is encrypted, or this machine's. Raises UserError where it is not."""
    scheme, host, _ = origin(url)
    if not host or "@" in urlsplit(url).netloc:
        raise no_address(url)
    if scheme != "https" and not (scheme == "http" and is_this_machine(host)):
        raise UserError(
            f"The address {scheme}://{host} is not encrypted, so nothing was fetched from it.", "Use https."
        )


def is_this_machine(host: str) -> bool:
    """Whether a host is loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def has_proxy(url: str) -> bool:
    """Whether the system sends requests to an address through a proxy."""
    proxies = getproxies()
    return (urlsplit(url).scheme in proxies or "all" in proxies) and not proxy_bypass(host_of(url))
