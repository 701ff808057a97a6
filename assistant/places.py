"""Time zones by the names people say."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return {name.rsplit("/", 1)[-1].replace("_", " ").lower(): name for name in sorted(available_timezones())}


def find_zone(place: str) -> tuple[str, ZoneInfo] | None:
    name = _cities().get(place.strip().lower())
    return (place.strip().title(), ZoneInfo(name)) if name else None
