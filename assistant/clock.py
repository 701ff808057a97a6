"""The one source of the present: the system's clock, or the ISO time in ANTIGONE_NOW."""

import os
from datetime import datetime

from kernels.errors import UserError


def now() -> datetime:
    """The present as a local, timezone-aware datetime.

    Raises:
        UserError: ANTIGONE_NOW is set to something that is not an ISO time.
    """
    fixed = os.environ.get("ANTIGONE_NOW")
    if not fixed:
        return datetime.now().astimezone()
    try:
        return datetime.fromisoformat(fixed).astimezone()
    except ValueError:
        raise UserError(
            f"ANTIGONE_NOW is {fixed!r}, which is not an ISO time.",
            "Set it to something like 2026-11-21T09:30, or unset it.",
        ) from None
