"""`antigone endpoint check|login|logout`: the model server that the settings name."""

import sys
import time

from assistant import settings
from kernels.errors import UserError


def check() -> None:
    """Ask the server for a word: which model answers, how fast, and whether it holds a reply to a schema.

    Raises:
        UserError: none is set, it is outside while that is off, or it does not answer as a model server does.
    """
    from assistant.brains.endpoint import EndpointBrain

    brain = EndpointBrain.from_settings(_options())
    started = time.monotonic()
    answer = "".join(brain.talk([{"role": "user", "content": "Say hello in one word."}])).strip()
    seconds = time.monotonic() - started
    print(f"{brain.host} answers with the model {brain.model}: {answer[:200]!r}, in {seconds:.1f} seconds.")
    held = "holds its replies to a schema" if brain.shape != "none" else "cannot be held to a schema; calls are checked"
    print(f"It {held}.")
    brain.close()


def login() -> None:
    """Keep the server's key in the system's keyring."""
    import getpass

    from assistant.brains.endpoint import place_of
    from assistant.brains.endpoint_wire import keep_key

    host, _ = place_of(_options().endpoint_address)
    asked = f"The key for {host} (what you type is not shown): "
    secret = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline(1024)
    if not secret.strip():
        raise UserError("No key was given, so nothing was kept.", "Start again and paste it.")
    keep_key(host, secret.strip())
    print(f"The key for {host} is kept in this system's keyring.")


def logout() -> None:
    """Take the server's key out of the keyring."""
    from assistant.brains.endpoint import place_of
    from assistant.brains.endpoint_wire import keep_key

    host, _ = place_of(_options().endpoint_address)
    keep_key(host, "")
    print(f"The keyring holds no key for {host} now.")


def _options() -> settings.Settings:
    options = settings.load()
    if not options.endpoint_address:
        remedy = "Set endpoint_address, for example to http://127.0.0.1:8080/v1."
        raise UserError("No model server is set.", remedy)
    return options
