"""Wall-clock times made aware of their zone."""

from datetime import datetime


def localise(wall: datetime, now: datetime) -> datetime:
    """A wall-clock time as an aware datetime in the zone of `now`.

    `datetime.astimezone()` gives `now` a fixed offset; a date on the other side of a clock change needs the system's
    own rules, so a `now` in the system's zone is answered by those. A time that the clocks skip in spring is taken as
    that much after the change: 2:30 is 3:30.
    """
    if now.tzinfo is None or now.utcoffset() == now.astimezone().utcoffset():
        moment = wall.astimezone()
        return moment if moment.replace(tzinfo=None) == wall else wall.replace(fold=1).astimezone()
    return wall.replace(tzinfo=now.tzinfo)
