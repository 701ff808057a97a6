from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernels.errors import UserError


@dataclass(frozen=True)
class Sum:
    text: str
    value: Decimal
    more: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def evaluate(expression: str, total: Callable[[], Decimal | None] = lambda: None) -> Sum:
    raise UserError("I can't calculate that yet.", "Try again later.")
