"""What "it", "the total", "the day before" refer to: earlier results of this turn, the last turn, a reminder by name."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.tools.base import ToolContext


def anchors(context: "ToolContext", when: str) -> list[date | datetime]:
    return []


def total_amount(context: "ToolContext") -> Decimal | None:
    return None
