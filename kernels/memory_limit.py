"""How much memory this process may still take, and the refusal to load what would not fit.

Free is the least of what the machine has available, what its control group (cgroup v2 or v1) leaves, and what the
limit on address space (RLIMIT_AS, `ulimit -v`) leaves.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernels.errors import UserError

MIB = 1 << 20
_UNLIMITED = 1 << 60  # cgroup v1 says "no limit" by a number near 2 ** 63
_INACTIVE = ("inactive_file", "total_inactive_file")


@dataclass(frozen=True)
class Room:
    """Bytes that are free, and who sets the limit ("this computer", "its control group" ...)."""

    free: int
    whose: str


def room(most: int = 0) -> Room:
    """The tightest limit in force.

    Args:
        most: bytes that models may take in all by the user's own setting; 0 is no such limit.
    """
    found = [Room(_available(), "on this computer")]
    found += [Room(free, "in the control group that this program runs in") for free in _control_groups()]
    found += [Room(free, "under the limit on address space (ulimit -v)") for free in _address_space()]
    if most:
        found.append(Room(max(0, most - _resident()), "under the setting memory_limit_mb"))
    return min(found, key=lambda limit: limit.free)


def check(name: str, need: int, *, most: int = 0, smaller: Mapping[str, int] | None = None) -> None:
    """See that a model fits before anything of it is loaded.

    Args:
        name: of the model, for the message.
        need: bytes it takes at its peak.
        most: see `room`.
        smaller: what else could be tried, in words that end "Try ...", and the bytes each takes.

    Raises:
        UserError: it does not fit; the message says what is needed, what is free and what would fit.
    """
    limit = room(most)
    if need <= limit.free:
        return
    fitting = [words for words, bytes_needed in (smaller or {}).items() if bytes_needed <= limit.free]
    text = f"{name} needs {megabytes(need)} of memory, and {megabytes(limit.free)} are free {limit.whose}."
    if fitting:
        raise UserError(text, f"This would fit: {'; or '.join(fitting)}.")
    raise UserError(text, "Nothing smaller that is here would fit: close other programs, or raise the limit.")


def megabytes(size: int) -> str:
    """A size as it is said: whole megabytes."""
    return f"{size / 1e6:,.0f} MB"


def _available() -> int:
    """What the system could still give without swapping."""
    try:
        import psutil
    except ImportError:  # on a machine with torch alone
        if not hasattr(os, "sysconf"):
            return _UNLIMITED
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(psutil.virtual_memory().available)


def _resident() -> int:
    """What this process takes now."""
    try:
        import psutil
    except ImportError:
        return 0
    return int(psutil.Process().memory_info().rss)


def _control_groups(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """What each control group above this process leaves; pages of files that can be dropped count as free."""
    for line in (_text(own) or "").splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        base, limit, used = (
            (root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
            if kinds else (root, "memory.max", "memory.current")
        )  # fmt: skip
        folder = base / path.lstrip("/")
        for group in (folder, *folder.parents):
            if not group.is_relative_to(base):
                break
            most, now = _text(group / limit), _text(group / used)
            if most is not None and now is not None and most.strip().isdigit() and int(most) < _UNLIMITED:
                yield max(0, int(most) - int(now) + _droppable(group))


def _droppable(group: Path) -> int:
    """Bytes of files in memory that the system can drop at once."""
    fields = dict(line.split() for line in (_text(group / "memory.stat") or "").splitlines() if line.count(" ") == 1)
    return max((int(fields[name]) for name in _INACTIVE if name in fields), default=0)


def _address_space() -> Iterator[int]:
    """What RLIMIT_AS leaves, where the system has it."""
    if sys.platform == "win32":
        return
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return
    pages = (_text(Path("/proc/self/statm")) or "0").split()[0]
    yield max(0, most - int(pages) * os.sysconf("SC_PAGE_SIZE"))


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
