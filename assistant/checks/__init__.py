"""What the doctor looks at: each check answers with what it found and, where something is amiss, the remedy."""

from collections.abc import Callable, Iterator

from assistant.checks.brains import brain
from assistant.checks.desktop import browser, network, page, screen_reader
from assistant.checks.finding import Finding
from assistant.checks.machine import arithmetic, compiled, disk_and_memory, processor_and_gpu
from assistant.checks.outside import model_and_search_server, servers_of_tools
from assistant.checks.program import kept, log, model_files, python_and_settings
from assistant.checks.sound import Say, devices, loudspeaker, microphone, spare_voice, voice_and_ears
from assistant.checks.tools import camera, plugins

Check = Callable[[], Iterator[Finding]]
AudibleCheck = Callable[[Say], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    python_and_settings,
    model_files,
    brain,
    disk_and_memory,
    kept,
    log,
    processor_and_gpu,
    arithmetic,
    compiled,
    devices,
    spare_voice,
    voice_and_ears,
    camera,
    plugins,
    browser,
    page,
    network,
    screen_reader,
    servers_of_tools,
    model_and_search_server,
)
AUDIBLE: tuple[AudibleCheck, ...] = (loudspeaker, microphone)  # make sound or listen: left out where quiet is wanted

__all__ = ["AUDIBLE", "CHECKS", "AudibleCheck", "Check", "Finding", "Say"]
