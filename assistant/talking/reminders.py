"""What is due, said by the loop and told to whoever asked for it: was it heard?"""

from collections.abc import Iterator
from concurrent.futures import Future

from assistant.messages import Event
from assistant.speaking.playback import Playing
from assistant.talking.dialogue import Dialogue
from assistant.talking.events import Notice
from assistant.talking.inbox import Remind


class Reminders:
    """Reminders on their way to the user."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Playing, Future[bool]]] = []

    def say(self, item: Remind, talk: Dialogue) -> Iterator[Event]:
        """Say one right after what is being said."""
        yield Notice(item.text)
        playing = talk.remind(item.text)
        if playing is None:
            item.heard.set_result(True)
        else:
            self._waiting.append((playing, item.heard))

    def look(self) -> None:
        """See which were heard, and which were silenced before they began: those are told again."""
        for playing, heard in self._waiting[:]:
            if playing.wait(0):
                heard.set_result(playing.began_s is not None)
                self._waiting.remove((playing, heard))

    def end(self) -> None:
        """Nobody hears any more."""
        for _, heard in self._waiting:
            heard.set_result(False)
        self._waiting.clear()
