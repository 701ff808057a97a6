"""The voice loop: a microphone in, a loudspeaker out, the agent in between, and the user may speak at any moment.

    loop = open_loop(session, speaker, options)
    for event in loop.run(Microphone()):       # events of the ear, of the agent's turns, of devices, of the loop itself
        ...                                    # closing the iterator stops everything
    loop.close()

Blocks of sound, results of the ear, events of the turn and of devices come through one inbox; the thread that iterates
decides (talking/dialogue.py has the rules). Reading the microphone, recognising, the agent's turn, making speech and
playing it have threads of their own.
"""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assistant.languages import text as sentence
from assistant.settings import Settings
from assistant.speaking.playback import Loudspeaker, Output, Player
from assistant.speech import RATE_HZ, Speaker
from assistant.talking.inbox import Inbox, Wake
from assistant.talking.loop import VoiceLoop
from assistant.talking.turns import Session

__all__ = ["VoiceLoop", "open_loop"]


def open_loop(
    session: Session,
    speaker: Speaker,
    options: Settings,
    output: Callable[[int], Output] | None = None,
    *,
    push_to_talk: bool = False,
    terminal: bool = False,
) -> VoiceLoop:
    """A loop with an ear, a player and an echo canceller of its own. The speaker may be shared; it is never changed.

    Raises:
        UserError: a model is missing or damaged.
    """
    from assistant.listening.ear import open_ear
    from assistant.listening.echo import EchoCanceller
    from assistant.speaking.reference import Reference

    inbox: Inbox = queue.SimpleQueue()

    def wake() -> None:
        inbox.put(Wake())

    speaker.start()
    warming = ThreadPoolExecutor(1, "warming")
    warm = warming.submit(getattr(session, "warm", lambda: None))
    warming.shutdown(wait=False)
    reference = Reference(RATE_HZ)
    player = Player(
        RATE_HZ, output or (lambda rate_hz: Loudspeaker(rate_hz, options.loudspeaker)), reference, wake, True
    )
    pool = ThreadPoolExecutor(2, "ear")
    said = sentence("voice.starting", options.language)
    if options.speech:
        player.add(lambda cancelled: speaker.clauses(said, cancelled, language=options.language))
    ear = open_ear(options, executor=pool, wake=wake)
    canceller = EchoCanceller(reference, options.echo)
    return VoiceLoop(
        session,
        speaker,
        player,
        ear,
        options,
        inbox=inbox,
        pool=pool,
        canceller=canceller,
        push_to_talk=push_to_talk,
        terminal=terminal,
        warm=warm.result,
    )
