"""What a voice socket may send, and how it is told that it may not."""

from dataclasses import dataclass

MICROPHONE_HZ = 16_000  # of what comes up, 16-bit little-endian mono
VOICE_HZ = 22_050  # of what goes down, the same


@dataclass(frozen=True)
class Limits:
    """Of all voice sockets together, and of each.

    Attributes:
        loops: conversations by voice at a time; each needs an ear and a voice of its own.
        frame_bytes: of sound in one message; a page sends 1,024.
        text_bytes: of one text message.
        texts_per_s, texts_burst: text messages; a page sends some 15 a second.
        burst_s: sound that may come at once, after the network or the browser has paused.
        flood_s: sound beyond real time and that, all of it dropped, that closes the socket.
        hello_s: until the first message.
        idle_s: without any message; a page whose microphone is open sends 31 a second.
        away_s: how long a loop waits for its page to come back.
        slow_s: until a message has left for the page.
        waiting: messages that wait to leave.
    """

    loops: int = 4
    frame_bytes: int = 16_384
    text_bytes: int = 4_096
    texts_per_s: float = 60.0
    texts_burst: float = 120.0
    burst_s: float = 3.0
    flood_s: float = 10.0
    hello_s: float = 5.0
    idle_s: float = 15.0
    away_s: float = 20.0
    slow_s: float = 10.0
    waiting: int = 512


class Closing(Exception):
    """The socket is to be closed.

    Args:
        code: of RFC 6455 section 7.4, or one of ours below.
        reason: one plain sentence, at most 123 bytes.
    """

    TAKEN_OVER = 4000  # another tab of the same conversation talks now
    FULL = 4001  # as many conversations by voice as there may be
    ENDED = 4002  # the loop has ended by itself
    IDLE = 4003  # nothing came, or nothing could leave: the page may come back
    UNSUPPORTED, NOT_UNDERSTOOD, TOO_MUCH, TOO_LARGE, GOING_AWAY = 1003, 1007, 1008, 1009, 1001

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Meter:
    """A token bucket: `rate` units a second in the long run, `burst` at once.

    Args:
        now: seconds of a monotonic clock, as all other times.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, now

    def take(self, amount: float, now: float) -> bool:
        """Whether that much may pass now; if so it has."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
