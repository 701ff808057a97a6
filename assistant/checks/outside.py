"""What the user connected: servers of tools, the model server, the search server. Only this machine is asked."""

import shutil
from collections.abc import Iterator

from assistant import settings
from assistant.checks.finding import Finding, in_force
from assistant.mcp import config
from kernels.errors import UserError


def servers_of_tools() -> Iterator[Finding]:
    """Whether the connected servers can be started, and which of their tools changed since they were trusted."""
    servers = config.read(settings.home()).values()
    if not servers:
        yield Finding("servers", "good", "No server of tools is connected; none is needed.")
    for server in servers:
        again = f"Connect it again: antigone mcp remove {server.name}, then antigone mcp add"
        changed = [tool.name for tool in server.tools if tool.changed]
        if server.command and shutil.which(server.command[0]) is None:
            yield Finding("servers", "bad", f"{server.name}: there is no program {server.command[0]}.", again)
        elif changed:
            text = f"{server.name}: {', '.join(changed)} changed since you trusted it."
            yield Finding("servers", "note", text, f"See it with: antigone mcp tools {server.name}")
        else:
            yield Finding("servers", "good", f"{server.name} is connected, with {len(server.tools)} tools.")


def model_and_search_server() -> Iterator[Finding]:
    """Whether the servers that the settings name may be used; one on this machine is asked for its models."""
    options = in_force()
    if not options.endpoint_address and not options.search_address:
        yield Finding("endpoint", "good", "No model server and no search server are set; none is needed.")
    if options.endpoint_address:
        yield _endpoint(options)
    if options.search_address:
        from assistant.web.places import place_of

        try:
            host, _ = place_of(options.search_address, "The setting search_address", "http://127.0.0.1:8888")
        except UserError as error:
            yield Finding("search", "bad", error.text, error.remedy)
            return
        off = "" if options.allow_outside else " Searches are off: allow_outside is off."
        yield Finding("search", "good", f"Searches go to {host}.{off}")


def _endpoint(options: settings.Settings) -> Finding:
    from assistant.brains.endpoint import EndpointBrain, place_of
    from assistant.brains.endpoint_wire import Limits, key_for

    try:
        host, inside = place_of(options.endpoint_address)
        if not inside and not options.allow_outside:
            text = f"The model server {host} is not used: it is outside this machine."
            return Finding("endpoint", "note", text, "Turn on allow_outside, or take endpoint_address out.")
        if not inside:
            return Finding("endpoint", "good", f"Talk goes to the model server {host}, outside this machine.")
        limits = Limits(connect_s=1.0, silence_s=3.0, whole_s=5.0)
        brain = EndpointBrain(options.endpoint_address, options.endpoint_model, key=key_for(host), limits=limits)
        return Finding("endpoint", "good", f"The model server on this machine answers with {brain.model}.")
    except UserError as error:
        return Finding("endpoint", "bad", error.text, error.remedy)
