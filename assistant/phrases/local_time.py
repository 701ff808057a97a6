"""Wall-clock times made aware of their zone."""

from datetime import datetime


def localise(wall: datetime, now: datetime) -> datetime:
    """A wall-clock time as an aware datetime in the zone of `now`.

    `datetime.astimezone()` gives `now` a fixed offset; a date on the other side of a clock change needs the system's
    own rules, so a `now` in the system's zone is answered by those.
    """
    if now.tzinfo is None or now.utcoffset() == now.astimezone().utcoffset():
        return wall.astimezone()
    return wall.replace(tzinfo=now.tzinfo)
