"""Addresses that the user sets: https, or http on this machine; without a password in them."""

from assistant.hub.addresses import is_this_machine, origin
from kernels.errors import UserError


def place_of(address: str, what: str, example: str) -> tuple[str, bool]:
    """(host, whether it is this machine) of an address.

    Args:
        what: names the address in messages, such as "The setting search_address".
        example: of one that would do.

    Raises:
        UserError: it is no address, carries a password, or is neither https nor on this machine. It is not repeated:
            it may hold a secret.
    """
    scheme, host, port = origin(address)
    if scheme not in ("http", "https") or not host or not port or "@" in address or len(address) > 2000:
        raise UserError(f"{what} is no address that can be used.", f"Give one such as {example}.")
    inside = is_this_machine(host)
    if scheme != "https" and not inside:
        raise UserError(f"The address {scheme}://{host} is not encrypted, so nothing is sent to it.", "Use https.")
    return host, inside
